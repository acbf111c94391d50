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
use foretaste_spectral::{Matrix, sum_rows};

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

impl Matrix for Graph {
    fn shape(&self) -> (usize, usize) {
        (self.of_user.len(), self.of_item.len())
    }

    fn times(&self, y: &[f32], width: usize) -> Vec<f32> {
        product((&self.users, &self.of_user), (y, &self.of_item), width)
    }

    fn transposed_times(&self, z: &[f32], width: usize) -> Vec<f32> {
        product((&self.items, &self.of_item), (z, &self.of_user), width)
    }
}

/// Of each row of a side, the rows that its columns stand for, summed, both scaled.
fn product(
    (side, of_row): (&Side, &[f32]),
    (rows, of_column): (&[f32], &[f32]),
    width: usize,
) -> Vec<f32> {
    let entries = |row: usize| {
        let scaled = move |&column: &u32| (column, of_row[row] * of_column[column as usize]);
        side.columns(row).iter().map(scaled)
    };
    sum_rows(side.rows(), width, entries, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_data::ItemId;

    #[test]
    fn products_are_those_of_the_scaled_matrix() {
        let items = [0, 2, 0, 1, 2].map(ItemId).to_vec();
        let graph = Graph::new(&Interactions::from_rows(vec![0, 2, 2, 5], items, 4).unwrap());
        let has = [[1.0, 0.0, 1.0, 0.0], [0.0; 4], [1.0, 1.0, 1.0, 0.0]];
        let (users, items) = ([2.0f32, 1.0, 3.0], [2.0f32, 1.0, 2.0, 1.0]);
        let x = |u: usize, i: usize| has[u][i] / (users[u] * items[i]).sqrt();
        let y = [1.0, 2.0, -3.0, 0.5, 4.0, 1.0, 7.0, 7.0];
        let found = graph.times(&y, 2);
        for (u, at) in (0..3).flat_map(|u| [(u, 0), (u, 1)]) {
            let expected: f32 = (0..4).map(|i| x(u, i) * y[2 * i + at]).sum();
            assert!((found[2 * u + at] - expected).abs() < 1e-5);
        }
        let found = graph.transposed_times(&[1.0, 9.0, -2.0], 1);
        for (i, found) in found.iter().enumerate() {
            let expected = x(0, i) - 2.0 * x(2, i);
            assert!((found - expected).abs() < 1e-5);
        }
        assert_eq!(found.len(), 4);
        assert_eq!(graph.shape(), (3, 4));
    }
}
