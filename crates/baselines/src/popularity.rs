//! The same list for everybody: items by their number of users.

use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{
    Error, Explanation, FoldInError, Histories, Model, ModelFile, Scorer, Tensor,
};
use ndarray::{ArrayView1, ArrayViewMut2, Axis};
use std::collections::BTreeMap;

/// What a model file calls this method.
pub const METHOD: &str = "popularity";

/// Scores an item by the number of users who have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    n_users: usize,
    counts: Vec<f32>,
}

impl Popularity {
    /// Counts the users of each item.
    pub fn fit(data: &Interactions) -> Self {
        // Exact up to 2²⁴ users of one item; beyond, counts that close together may tie.
        let counts = data.item_counts().into_iter().map(|count| count as f32).collect();
        Self { n_users: data.n_users(), counts }
    }

    /// Takes the counts out of a model file.
    ///
    /// # Errors
    /// [`Error::Tensor`] if they are missing or do not fit the items.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let (_, counts) = file.take("item_counts", &[Some(file.items.len()), Some(1)])?;
        Ok(Self { n_users: file.users.len(), counts })
    }
}

impl Scorer for Popularity {
    fn n_users(&self) -> usize {
        self.n_users
    }

    fn n_items(&self) -> usize {
        self.counts.len()
    }

    fn score_block(&self, _users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        let counts = ArrayView1::from(&self.counts);
        out.axis_iter_mut(Axis(0)).for_each(|mut row| row.assign(&counts));
    }
}

impl Model for Popularity {
    /// The same scores for everybody, whatever they have.
    fn fold_in(&self, histories: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        let (n_users, found) = (histories.interactions.n_users(), histories.interactions.n_items());
        match found == self.n_items() {
            true => Ok(Box::new(Self { n_users, counts: self.counts.clone() })),
            false => Err(FoldInError::Items { expected: self.n_items(), found }),
        }
    }

    fn explain(&self, _: UserId, item: ItemId, _: &Interactions) -> Option<Explanation> {
        let terms = vec![("users of the item".to_owned(), self.counts[item.index()])];
        Some(Explanation { terms, ..Explanation::default() })
    }

    /// `item_counts`, items × 1.
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let counts = Tensor::new(&[self.counts.len(), 1], self.counts.clone());
        BTreeMap::from([("item_counts".to_owned(), counts)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_data::{Keep, Pair};
    use foretaste_model::{Query, recommend};

    #[test]
    fn recommends_what_most_users_have_and_this_one_has_not() {
        let pairs = [(0, 2), (1, 2), (1, 0), (2, 2), (2, 1), (2, 0)];
        let pairs = pairs.map(|(user, item)| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        });
        let (data, _) = Interactions::from_pairs(pairs.to_vec(), 3, 4, Keep::default()).unwrap();
        let model = Popularity::fit(&data);
        let list = recommend(&model, &[UserId(0)], &Query::new(9).exclude(&[&data]));
        let expected = [(ItemId(0), 2.0), (ItemId(1), 1.0), (ItemId(3), 0.0)];
        assert_eq!(list, [expected]);
    }
}
