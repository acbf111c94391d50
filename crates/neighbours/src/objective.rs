//! How alike two items are, of counts alone.
//!
//! With g_ij the users who have both items, g_ii those of one,
//!
//! ```text
//! s_ij = g_ij / (c_j^a c_i^(1−a) + h)        j the item that is scored, i the one in the history
//!
//! cosine   c_i = g_ii: at a = ½, the cosine of columns; at a = 1, p(has i | has j); at 0, p(has j | has i)
//! gram     c_i = ‖g_i‖ = √Σ_k g_ik²: g_ij/√(‖g_i‖‖g_j‖) at a = ½ (SANSA's scaling)
//! ```
//!
//! Counts and sums of their squares are whole numbers, so a similarity does not depend on the order in
//! which anything was counted.

use foretaste_data::{Interactions, ItemId, Side, UserId};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the users whom two items share are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Similarity {
    /// The users of each.
    Cosine,
    /// The users whom each shares with all items, by the root of the sum of squares.
    #[default]
    Gram,
}

impl Similarity {
    pub(crate) const ALL: [Self; 2] = [Self::Cosine, Self::Gram];
}

impl fmt::Display for Similarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cosine => "cosine",
            Self::Gram => "gram",
        })
    }
}

/// The users whom an item shares with others: counted in a scratch of one number an item, which is 0
/// between two countings.
#[derive(Debug)]
pub(crate) struct Shared {
    counts: Vec<u32>,
    others: Vec<u32>,
}

impl Shared {
    pub(crate) fn new(n_items: usize) -> Self {
        Self { counts: vec![0; n_items], others: Vec::new() }
    }

    /// Calls `visit` with each item that shares users with `item`, itself included, and their number.
    pub(crate) fn count(
        &mut self,
        item: usize,
        (data, side): (&Interactions, &Side),
        mut visit: impl FnMut(u32, u32),
    ) {
        for &user in side.columns(item) {
            for &ItemId(other) in data.row(UserId(user)) {
                let count = &mut self.counts[other as usize];
                if *count == 0 {
                    self.others.push(other);
                }
                *count += 1;
            }
        }
        for other in self.others.drain(..) {
            visit(other, std::mem::take(&mut self.counts[other as usize]));
        }
    }
}

/// c_i of every item.
pub(crate) fn sizes(data: &Interactions, side: &Side, similarity: Similarity) -> Vec<f64> {
    let n_items = data.n_items();
    match similarity {
        Similarity::Cosine => (0..n_items).map(|item| side.columns(item).len() as f64).collect(),
        Similarity::Gram => (0..n_items)
            .into_par_iter()
            .map_init(
                || Shared::new(n_items),
                |shared, item| {
                    let mut squares = 0u128;
                    shared.count(item, (data, side), |_, count| {
                        squares += u128::from(count) * u128::from(count);
                    });
                    (squares as f64).sqrt()
                },
            )
            .collect(),
    }
}
