//! What is known of nodes by their texts: a vector each.

use foretaste_data::{Dataset, UserId, Vectors};
use foretaste_mf::Error;
use foretaste_mf::dense::{Matrix, unit};
use foretaste_model::Concern;

/// Vectors of length 1 of some of the nodes, users first and then items.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    /// Of each node, which row is its own, or [`NONE`].
    places: Vec<u32>,
    rows: Matrix,
}

const NONE: u32 = u32::MAX;

impl Texts {
    /// Those of a data set. Where no user has a vector, a user's is the mean of what their items have.
    /// A vector of zeros is none.
    ///
    /// # Errors
    /// [`Error::Method`] if there are none, or those of users and items are of two widths.
    pub(crate) fn of(data: &Dataset) -> Result<Self, Error> {
        let of_users = data.user_features().vectors().filter(|vectors| vectors.known() > 0);
        let of_items = data.item_features().vectors().filter(|vectors| vectors.known() > 0);
        let Some(items) = of_items else {
            let message = "there are no vectors of items".to_owned();
            let help = "--item-features FILE has them: a row an item, of its text";
            return Err(refused(message, help));
        };
        if let Some(users) = of_users.filter(|users| users.width() != items.width()) {
            let (own, other) = (users.width(), items.width());
            let message = format!("vectors of users have {own} numbers, those of items {other}");
            return Err(refused(message, "make both with the same encoder"));
        }
        let width = items.width();
        let (n_users, n_items) = (data.users().len(), data.items().len());
        let mut texts =
            Self { places: vec![NONE; n_users + n_items], rows: Matrix::zeros(0, width) };
        let mut values = Vec::new();
        let mut put = |node: usize, vector: &[f32], values: &mut Vec<f32>| {
            if let Some(vector) = unit(vector) {
                texts.places[node] = (values.len() / width) as u32;
                values.extend(vector);
            }
        };
        match of_users {
            Some(users) => users.iter().for_each(|(user, vector)| put(user, vector, &mut values)),
            None => (0..n_users).for_each(|user| {
                if let Some(mean) = mean(data.interactions().row(UserId(user as u32)), items) {
                    put(user, &mean, &mut values);
                }
            }),
        }
        let of_users = values.len();
        items.iter().for_each(|(item, vector)| put(n_users + item, vector, &mut values));
        if values.len() == of_users {
            let message = "no vector of an item has a direction".to_owned();
            return Err(refused(message, "vectors of zeros say nothing"));
        }
        texts.rows = Matrix::zeros(values.len() / width, width);
        texts.rows.fill(&values);
        Ok(texts)
    }

    /// Numbers in a vector.
    pub(crate) fn width(&self) -> usize {
        self.rows.columns()
    }

    pub(crate) fn has(&self, node: u32) -> bool {
        self.places[node as usize] != NONE
    }

    /// The vectors of nodes that have one.
    pub(crate) fn gathered(&self, nodes: &[u32]) -> Matrix {
        let places: Vec<u32> = nodes.iter().map(|&node| self.places[node as usize]).collect();
        Matrix::gathered(&self.rows, &places)
    }

    /// A row for each node, of zeros where there is no vector.
    pub(crate) fn of_all(&self) -> Matrix {
        let mut rows = Matrix::zeros(self.places.len(), self.width());
        for (node, &place) in self.places.iter().enumerate().filter(|(_, place)| **place != NONE) {
            rows.row_mut(node).copy_from_slice(self.rows.row(place as usize));
        }
        rows
    }

    /// Nodes of a range that have a vector.
    pub(crate) fn known(&self, nodes: std::ops::Range<usize>) -> Vec<u32> {
        nodes.map(|node| node as u32).filter(|&node| self.has(node)).collect()
    }
}

fn mean(items: &[foretaste_data::ItemId], vectors: &Vectors) -> Option<Vec<f32>> {
    let mut sums = vec![0.0; vectors.width()];
    let mut count = 0;
    for vector in items.iter().filter_map(|item| vectors.get(item.index())) {
        sums.iter_mut().zip(vector).for_each(|(sum, &x)| *sum += f64::from(x));
        count += 1;
    }
    (count > 0).then(|| sums.into_iter().map(|sum| (sum / f64::from(count)) as f32).collect())
}

fn refused(message: String, help: &str) -> Error {
    Error::Method { concern: Concern::Data, message, help: Some(help.to_owned()) }
}
