//! Scores of given pairs.

use crate::{Scorer, score_rows};
use foretaste_data::{ItemId, UserId};
use rayon::prelude::*;

/// The score of each pair, in the order of `pairs`: the same numbers that lists have.
///
/// In parallel on the current rayon pool, whose size does not change the result. Of scores that are
/// no inner products, all of a user are computed, once for all pairs of the user.
///
/// # Panics
/// If a user or item is unknown to the scorer.
pub fn score_pairs(scorer: &dyn Scorer, pairs: &[(UserId, ItemId)]) -> Vec<f32> {
    if let Some(products) = scorer.products() {
        let score = |(user, item): &(UserId, ItemId)| products.score(user.index(), item.index());
        return pairs.par_iter().with_min_len(1024).map(score).collect();
    }
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_unstable_by_key(|&at| (pairs[at].0, at));
    let of_users: Vec<&[usize]> = order.chunk_by(|&a, &b| pairs[a].0 == pairs[b].0).collect();
    let users: Vec<UserId> = of_users.iter().map(|places| pairs[places[0]].0).collect();
    let scores = score_rows(scorer, &users, |n, scores| {
        of_users[n].iter().map(|&at| scores[pairs[at].1.index()]).collect::<Vec<f32>>()
    });
    let mut all = vec![0.0; pairs.len()];
    for (at, score) in order.iter().zip(scores.iter().flatten()) {
        all[*at] = *score;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Products;
    use ndarray::{Array2, ArrayViewMut2, array};

    /// The product of the numbers of user and item, written down or as inner products.
    #[derive(Debug)]
    struct Times {
        users: Array2<f32>,
        items: Array2<f32>,
        by_products: bool,
    }

    impl Scorer for Times {
        fn n_users(&self) -> usize {
            self.users.nrows()
        }

        fn n_items(&self) -> usize {
            self.items.nrows()
        }

        fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
            Products::new(self.users.view(), self.items.view()).score_block(users, out);
        }

        fn products(&self) -> Option<Products<'_>> {
            self.by_products.then(|| Products::new(self.users.view(), self.items.view()))
        }
    }

    #[test]
    fn pairs_keep_their_order_whatever_the_scorer_has() {
        let pairs = [(2, 1), (0, 0), (2, 0), (1, 2), (2, 1)];
        let pairs = pairs.map(|(user, item)| (UserId(user), ItemId(item)));
        for by_products in [false, true] {
            let (users, items) = (array![[1.0], [3.0], [5.0]], array![[2.0], [7.0], [11.0]]);
            let scorer = Times { users, items, by_products };
            assert_eq!(score_pairs(&scorer, &pairs), [35.0, 2.0, 10.0, 33.0, 35.0]);
            assert!(score_pairs(&scorer, &[]).is_empty());
        }
    }
}
