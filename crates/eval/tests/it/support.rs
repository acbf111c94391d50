//! A scorer and matrices to test with.

use foretaste_data::{Interactions, ItemId, Keep, Pair, UserId};
use foretaste_eval::Metric;
use foretaste_model::Scorer;
use ndarray::{Array2, ArrayViewMut2};

/// Scores from a table, users × items.
#[derive(Debug)]
pub(crate) struct Table(pub(crate) Array2<f32>);

impl Scorer for Table {
    fn n_users(&self) -> usize {
        self.0.nrows()
    }

    fn n_items(&self) -> usize {
        self.0.ncols()
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        for (user, mut row) in users.iter().zip(out.rows_mut()) {
            row.assign(&self.0.row(user.index()));
        }
    }
}

/// A number that depends on the arguments alone and looks random.
pub(crate) fn hash(seed: u64, a: usize, b: usize) -> u64 {
    let mut x = seed ^ ((a as u64) << 32) ^ b as u64;
    for _ in 0..3 {
        x = (x ^ (x >> 31)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    x >> 16
}

/// Scores with many ties and some NaN and −∞.
pub(crate) fn noisy_scores(n_users: usize, n_items: usize) -> Table {
    Table(Array2::from_shape_fn((n_users, n_items), |(user, item)| {
        match hash(1, user, item) % 40 {
            0 => f32::NAN,
            1 => f32::NEG_INFINITY,
            level => level as f32 - 20.0,
        }
    }))
}

/// One of `sparsity` pairs; weights 1 to 4.
pub(crate) fn some_pairs(seed: u64, n_users: usize, n_items: usize, sparsity: u64) -> Interactions {
    let cells = (0..n_users).flat_map(|user| (0..n_items).map(move |item| (user, item)));
    let pair = |(user, item)| Pair {
        user: UserId(user as u32),
        item: ItemId(item as u32),
        weight: 1.0 + (hash(seed + 1, user, item) % 4) as f32,
        time: 0,
    };
    let kept = cells.filter(|&(user, item)| hash(seed, user, item).is_multiple_of(sparsity));
    let keep = Keep { weights: true, times: false };
    Interactions::from_pairs(kept.map(pair).collect(), n_users, n_items, keep).unwrap().0
}

/// A matrix of these pairs.
pub(crate) fn matrix(pairs: &[(u32, u32)], n_users: usize, n_items: usize) -> Interactions {
    let pair =
        |&(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = pairs.iter().map(pair).collect();
    Interactions::from_pairs(pairs, n_users, n_items, Keep::default()).unwrap().0
}

pub(crate) fn metrics(names: &[&str]) -> Vec<Metric> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}
