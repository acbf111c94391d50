//! Users of one model with items of another.

use crate::aligned::vectors;
use crate::{Error, Recommender};
use foretaste_data::{IdTable, UserId};
use foretaste_model::{Products, Scorer};
use ndarray::{Array2, ArrayViewMut2};

/// Scores of one model's users and another's items: what becomes of lists where one of the two is swapped. The
/// biases are those of the items; what all scores of a user have in common is left out, since it changes no list.
#[derive(Clone, Debug)]
pub struct Crossed {
    users: Array2<f32>,
    items: Array2<f32>,
    biases: Vec<f32>,
}

impl Crossed {
    /// User `n` is the one with the `n`-th of `ids`, items are those of their model. Where rows are of different
    /// lengths, the shorter go on with zeros. Takes as much memory as the rows.
    ///
    /// # Errors
    /// [`Error::Align`] if the scores of either model are no products of vectors.
    ///
    /// # Panics
    /// If the first model does not know a user.
    pub fn new((users, ids): (&Recommender, &IdTable), items: &Recommender) -> Result<Self, Error> {
        let [of_users, of_items] = [vectors(users)?, vectors(items)?];
        let width = of_users.factors().min(of_items.factors());
        let known = ids.indices_in(users.users());
        let user = |n: usize| of_users.user(known[n].expect("the model knows the user") as usize);
        let rows = |rows: usize, row: &dyn Fn(usize) -> Vec<f32>| {
            let numbers = (0..rows).flat_map(|n| row(n).into_iter().take(width)).collect();
            Array2::from_shape_vec((rows, width), numbers).expect("rows of one length")
        };
        let bias = |n: usize| of_items.item(n)[of_items.factors()];
        let biases = match of_items.has_item_bias() {
            true => (0..of_items.n_items()).map(bias).collect(),
            false => Vec::new(),
        };
        let users = rows(ids.len(), &user);
        let items = rows(of_items.n_items(), &|n| of_items.item(n));
        Ok(Self { users, items, biases })
    }

    fn inner_products(&self) -> Products<'_> {
        Products::new(self.users.view(), self.items.view()).with_biases(&[], &self.biases, 0.0)
    }
}

impl Scorer for Crossed {
    fn n_users(&self) -> usize {
        self.users.nrows()
    }

    fn n_items(&self) -> usize {
        self.items.nrows()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.inner_products().score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        Some(self.inner_products())
    }
}
