//! The graph of users and items, scaled, and what is made of it.
//!
//! With X the matrix of users × items, D_u and D_i their numbers of pairs (Shen et al., sections 3 and 4):
//!
//! ```text
//! X̃ = D_u^-½ X D_i^-½
//! x_h = h X̃ᵀ X̃ + α h D_i^-½ V Vᵀ D_i^½        V: right singular vectors of X̃, of the K largest values
//! ```
//!
//! The first term is a linear filter of the graph of items, X̃ᵀX̃; the second one lets low frequencies pass
//! and nothing else. X̃ᵀX̃ is never formed: a row of scores goes from items to users and back.

use foretaste_data::{Interactions, Side};

/// X̃ by its two sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub(crate) users: Side,
    pub(crate) items: Side,
    /// 1/√d; 0 of whoever has no pairs.
    pub(crate) of_user: Vec<f32>,
    pub(crate) of_item: Vec<f32>,
}

impl Graph {
    /// Of these pairs.
    pub fn new(data: &Interactions) -> Self {
        let (users, items) = (Side::of_users(data), Side::of_items(data));
        let scale = |side: &Side| -> Vec<f32> {
            let of = |row| match side.columns(row).len() {
                0 => 0.0,
                pairs => (1.0 / (pairs as f64).sqrt()) as f32,
            };
            (0..side.rows()).map(of).collect()
        };
        let (of_user, of_item) = (scale(&users), scale(&items));
        Self { users, items, of_user, of_item }
    }

    /// √d of an item.
    pub(crate) fn root(&self, item: usize) -> f32 {
        (self.items.columns(item).len() as f64).sqrt() as f32
    }
}
