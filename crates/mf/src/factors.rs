//! A trained factorization: x_ui = ⟨U_u, V_i⟩ + b_i.

use crate::Table;
use foretaste_data::UserId;
use foretaste_model::{Error, ModelFile, Scorer, Tensor};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, Axis};
use std::collections::BTreeMap;

/// The parameters of a factorization. Scores come from the first channel of the tables; what
/// further channels mean is their method's matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// One row a user.
    pub users: Table,
    /// One row an item, as wide as a user's.
    pub items: Table,
    /// One number an item, if the model has item biases.
    pub item_bias: Option<Vec<f32>>,
}

impl Factors {
    /// The parameters as tensors of a model file: `user_factors`, `item_factors`, `item_bias`.
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        let tensor = |table: &Table| Tensor {
            rows: table.rows(),
            cols: table.widths()[0],
            values: table.to_rows(0),
        };
        let mut tensors = BTreeMap::from([
            ("user_factors".to_owned(), tensor(&self.users)),
            ("item_factors".to_owned(), tensor(&self.items)),
        ]);
        if let Some(bias) = &self.item_bias {
            let bias = Tensor { rows: bias.len(), cols: 1, values: bias.clone() };
            tensors.insert("item_bias".to_owned(), bias);
        }
        tensors
    }

    /// Takes the parameters out of a model file.
    ///
    /// # Errors
    /// [`Error::Tensor`] if one is missing or their shapes do not fit.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let users = file.take("user_factors", file.users.len(), None)?;
        let items = file.take("item_factors", file.items.len(), Some(users.cols))?;
        if users.cols == 0 {
            let (name, reason) = ("user_factors".into(), "has no columns".into());
            return Err(Error::Tensor { name, reason });
        }
        let item_bias = match file.tensors.contains_key("item_bias") {
            true => Some(file.take("item_bias", file.items.len(), Some(1))?.values),
            false => None,
        };
        let table = |tensor: Tensor| {
            Table::from_rows(tensor.cols, &tensor.values).expect("a tensor holds whole rows")
        };
        Ok(Self { users: table(users), items: table(items), item_bias })
    }
}

impl Scorer for Factors {
    fn n_users(&self) -> usize {
        self.users.rows()
    }

    fn n_items(&self) -> usize {
        self.items.rows()
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        let (factors, items) = (self.users.view(0), self.items.view(0));
        let users: Vec<usize> = users.iter().map(|user| user.index()).collect();
        let rows = factors.select(Axis(0), &users);
        general_mat_mul(1.0, &rows, &items.t(), 0.0, &mut out);
        if let Some(bias) = &self.item_bias {
            let bias = ArrayView1::from(bias);
            out.axis_iter_mut(Axis(0)).for_each(|mut row| row += &bias);
        }
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        Some(self.items.view(0))
    }
}
