//! Items like an item, users like a user.

use crate::top_k::better_first;
use crate::{Model, Scored, Scorer, select_top_k};
use foretaste_data::{ItemId, UserId};
use ndarray::{ArrayView1, ArrayView2};
use std::collections::BTreeSet;

/// How alike two vectors are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Similarity {
    /// The cosine of their angle: popularity, which lengthens vectors, does not count.
    #[default]
    Cosine,
    /// Their dot product.
    Dot,
}

/// The `k` items most like `item`, most alike first, without the item itself; `None` if the model
/// has no item vectors or not this item.
pub fn similar_items(
    scorer: &(impl Scorer + ?Sized),
    item: ItemId,
    k: usize,
    similarity: Similarity,
) -> Option<Vec<Scored>> {
    nearest(scorer.item_vectors()?, item.index(), k, similarity)
}

/// The `k` users most like `user`, most alike first, without the user; `None` if the model has no
/// user vectors or not this user.
pub fn similar_users(
    scorer: &(impl Scorer + ?Sized),
    user: UserId,
    k: usize,
    similarity: Similarity,
) -> Option<Vec<(UserId, f32)>> {
    let best = nearest(scorer.user_vectors()?, user.index(), k, similarity)?;
    Some(best.into_iter().map(|(row, score)| (UserId(row.0), score)).collect())
}

/// Those of `among` that are most like `item`, at most `k`, most alike first, without the item itself: what
/// [`Model::similar`] has of them, which is asked for all items where the model has no vectors.
///
/// [`Model::similar`]: crate::Model::similar
pub(crate) fn nearest_among(
    model: &(impl Model + ?Sized),
    item: ItemId,
    among: &[ItemId],
    k: usize,
) -> Option<Vec<Scored>> {
    let Some(vectors) = model.item_vectors() else {
        let all = model.similar(item, model.n_items(), Similarity::Cosine)?;
        let among: BTreeSet<ItemId> = among.iter().copied().collect();
        return Some(all.into_iter().filter(|one| among.contains(&one.0)).take(k).collect());
    };
    if item.index() >= vectors.nrows() {
        return None;
    }
    let cosine = Cosine::new(vectors.row(item.index()));
    let others = among.iter().filter(|other| **other != item && other.index() < vectors.nrows());
    let mut near: Vec<Scored> =
        others.map(|other| (*other, cosine.of(vectors.row(other.index())))).collect();
    near.sort_unstable_by(better_first);
    near.dedup();
    near.truncate(k);
    Some(near)
}

/// Angles with a vector.
struct Cosine<'a> {
    own: ArrayView1<'a, f32>,
    length: f64,
}

impl<'a> Cosine<'a> {
    fn new(own: ArrayView1<'a, f32>) -> Self {
        Self { own, length: dot(own, own).sqrt() }
    }

    /// A vector of length zero is like nothing.
    fn of(&self, other: ArrayView1<'_, f32>) -> f32 {
        let product = self.length * dot(other, other).sqrt();
        if product > 0.0 { (dot(other, self.own) / product) as f32 } else { 0.0 }
    }
}

/// The rows most like a row, by their numbers.
fn nearest(
    vectors: ArrayView2<'_, f32>,
    row: usize,
    k: usize,
    similarity: Similarity,
) -> Option<Vec<Scored>> {
    if row >= vectors.nrows() {
        return None;
    }
    let own = vectors.row(row);
    let mut scores = match similarity {
        Similarity::Dot => vectors.dot(&own),
        Similarity::Cosine => {
            let cosine = Cosine::new(own);
            vectors.rows().into_iter().map(|row| cosine.of(row)).collect()
        }
    };
    scores[row] = f32::NEG_INFINITY;
    let mut best = Vec::new();
    select_top_k(scores.as_slice().expect("a fresh vector is contiguous"), k, &mut best);
    Some(best)
}

/// In f64: squares of small numbers are no numbers of f32.
fn dot(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_data::UserId;
    use ndarray::{Array2, ArrayView2, ArrayViewMut2, array, s};

    #[derive(Debug)]
    struct Vectors(Array2<f32>);

    impl Scorer for Vectors {
        fn n_users(&self) -> usize {
            0
        }

        fn n_items(&self) -> usize {
            self.0.nrows()
        }

        fn score_block(&self, _: &[UserId], _: ArrayViewMut2<'_, f32>) {}

        fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
            Some(self.0.view())
        }

        fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
            Some(self.0.slice(s![..2, ..]))
        }
    }

    #[test]
    fn the_angle_is_that_of_small_and_large_vectors() {
        let vectors = Vectors(array![[3e-22, 4e-22], [3e15, 4e15], [4.0, -3.0], [0.0, 0.0]]);
        let like = |item, similarity| {
            let best = similar_items(&vectors, ItemId(item), 3, similarity).unwrap();
            best.into_iter().map(|(item, score)| (item.0, score)).collect::<Vec<_>>()
        };
        let cosines = like(0, Similarity::Cosine);
        assert!(cosines[0].0 == 1 && (cosines[0].1 - 1.0).abs() < 1e-6, "{cosines:?}");
        assert!(cosines[1..].iter().all(|(_, cosine)| cosine.abs() < 1e-6), "{cosines:?}");
        assert_eq!(like(3, Similarity::Cosine), [(0, 0.0), (1, 0.0), (2, 0.0)]);
        assert_eq!(like(0, Similarity::Dot)[0].0, 1);
        assert!(similar_items(&vectors, ItemId(4), 1, Similarity::Dot).is_none());
        let users = similar_users(&vectors, UserId(1), 3, Similarity::Dot).unwrap();
        assert_eq!(users.iter().map(|(user, _)| user.0).collect::<Vec<_>>(), [0]);
        assert!(similar_users(&vectors, UserId(2), 1, Similarity::Dot).is_none());
    }
}
