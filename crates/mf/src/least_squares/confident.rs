//! Clicks of which each says how sure it is, as the first implicit alternating least squares has them.
//!
//! Every click has a confidence c, which may be negative: such a pair is disliked. With all other cells
//! of confidence 1 (Hu, Koren, Volinsky, ICDM 2008; dislikes as the library `implicit` has them):
//!
//! ```text
//! loss     Σ_{c > 0} c (1 − x)² + Σ_{c < 0} |c| x² + Σ_others x² + λ (‖U‖² + ‖V‖²)
//! minimum  (VᵀV + Σ_clicked (|c| − 1) V_i V_iᵀ + λI) U_u = Σ_{c > 0} c V_i
//! ```
//!
//! That is not [`LeastSquares`](super::LeastSquares) with weights, where x² counts w more of a click that
//! adds w V_i: here it counts c − 1 more, of a click that adds c V_i, and less where c is below 1.

use super::gram::gram;
use super::values::{Cells, Rows, Values};
use super::{Half, Ridge, Squares, put};
use crate::table::settle_numbers;
use crate::{Factors, Progress};
use foretaste_data::{Interactions, Side};

/// Clicks with confidences, from both sides.
#[derive(Debug)]
pub struct Confident {
    users: (Side, Values),
    items: (Side, Values),
    squares: Squares,
    /// Σ c of what is liked: the loss of no factors.
    liked: f64,
}

impl Confident {
    /// With a confidence for each click, in the order of [`Interactions::items`].
    ///
    /// # Panics
    /// If there is not one for each.
    pub fn new(data: &Interactions, confidences: &[f32], factors: usize, lambda: f64) -> Self {
        let of_users = values(data, confidences);
        let of_items = of_users.by_items(data);
        Self {
            users: (Side::of_users(data), of_users),
            items: (Side::of_items(data), of_items),
            squares: squares(factors, lambda),
            liked: confidences.iter().map(|&c| f64::from(c.max(0.0))).sum(),
        }
    }

    /// Takes one side some steps of conjugate gradients nearer to its minimum, or there; rows without
    /// clicks are 0. Gives what the loss has of all cells and of λ of this side; `None`, and the factors
    /// as they were, where `progress` says `false`. Without steps nothing moves. Rows that have no
    /// single minimum (where λ is 0) are NaN.
    pub fn half(
        &self,
        half: Half,
        factors: &mut Factors,
        steps: Option<u32>,
        progress: Progress<'_>,
    ) -> Option<f64> {
        let k = self.squares.factors;
        let (this, other, (side, values)) = match half {
            Half::Users => (&mut factors.users, &factors.items, &self.users),
            Half::Items => (&mut factors.items, &factors.users, &self.items),
        };
        let rows = other.to_rows(0);
        let gram = gram(&rows, k, None);
        let of = of(side, values, self.squares);
        let least = match steps {
            Some(steps) => of.descend(this, other, &gram, steps, progress)?,
            None => {
                let (solved, least) = of.solve(&rows, Some(gram), progress)?;
                put(this, k, &solved);
                least
            }
        };
        Some(least + self.liked)
    }
}

/// The rows of users with these confidences at their minimum, given the items' rows of `factors` numbers
/// and the sum of their outer products, right of its diagonal; one after the other. Rows without clicks
/// are 0, those without a single minimum NaN.
///
/// # Panics
/// If there is not a confidence for each click, or a row for each item.
pub fn solve_confident(
    (data, confidences): (&Interactions, &[f32]),
    (items, products): (&[f32], &[f64]),
    factors: usize,
    lambda: f64,
) -> Vec<f32> {
    assert_eq!(items.len(), data.n_items() * factors, "a row an item");
    let (side, values) = (Side::of_users(data), values(data, confidences));
    let of = of(&side, &values, squares(factors, lambda));
    let solved = of.solve(items, Some(products.to_vec()), &mut |_| true);
    let (mut rows, _) = solved.expect("nobody stops it");
    settle_numbers(&mut rows);
    rows
}

/// The sum of the rows' outer products, k × k numbers of which those right of the diagonal are set.
///
/// # Panics
/// If rows are not of k numbers.
pub fn sum_of_products(rows: &[f32], k: usize) -> Vec<f64> {
    assert!(k > 0 && rows.len().is_multiple_of(k), "whole rows");
    gram(rows, k, None)
}

fn squares(factors: usize, lambda: f64) -> Squares {
    Squares { factors, ridge: Ridge::same(lambda), more: 1.0 }
}

fn values(data: &Interactions, confidences: &[f32]) -> Values {
    assert_eq!(confidences.len(), data.nnz(), "a confidence a click");
    let liked = confidences.iter().map(|&c| c.max(0.0)).collect();
    // What is no number stays so, and comes to light in the factors.
    Values::apart(liked, confidences.iter().map(|c| c.abs() - 1.0).collect())
}

fn of<'a>(side: &'a Side, values: &'a Values, squares: Squares) -> Rows<'a> {
    Rows { squares, side, values, cells: Cells::Same, anchor: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;
    use foretaste_data::ItemId;
    use proptest::prelude::*;

    const K: usize = 3;
    const LAMBDA: f64 = 0.7;

    /// The loss, cell by cell.
    fn loss(data: &Interactions, confidences: &[f32], factors: &Factors) -> f64 {
        let score = |user, item| f64::from(factors.score(0, user, item));
        let all = (0..data.n_users()).flat_map(|u| (0..data.n_items()).map(move |i| (u, i)));
        let mut loss: f64 = all.map(|(u, i)| score(u, i).powi(2)).sum();
        for (pair, &c) in data.pairs().zip(confidences) {
            let (x, c) = (score(pair.user.index(), pair.item.index()), f64::from(c));
            loss -= x * x;
            loss += if c > 0.0 { c * (1.0 - x).powi(2) } else { -c * x * x };
        }
        let square =
            |table: &Table| table.view(0).iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        loss + LAMBDA * (square(&factors.users) + square(&factors.items))
    }

    fn of_lambda(table: &Table) -> f64 {
        LAMBDA * table.view(0).iter().map(|&x| f64::from(x).powi(2)).sum::<f64>()
    }

    /// Any clicks of 5 users and 4 items, with any confidences; and factors.
    fn case() -> impl Strategy<Value = (Interactions, Vec<f32>, Factors)> {
        let cell =
            prop::option::of(prop_oneof![-3.0f32..-0.1, 0.1f32..1.0, 1.0f32..9.0, Just(1.0)]);
        let numbers = prop::collection::vec(-1.0f32..1.0, 9 * K);
        (prop::collection::vec(cell, 20), numbers).prop_map(|(cells, numbers)| {
            let (mut starts, mut items, mut confidences) = (vec![0], Vec::new(), Vec::new());
            for row in cells.chunks(4) {
                let clicks =
                    (0..).map(ItemId).zip(row).filter_map(|(item, c)| c.map(|c| (item, c)));
                for (item, c) in clicks {
                    items.push(item);
                    confidences.push(c);
                }
                starts.push(items.len());
            }
            let table = |rows| Table::from_rows(K, rows).unwrap();
            let factors = Factors::new(table(&numbers[..5 * K]), table(&numbers[5 * K..]));
            (Interactions::from_rows(starts, items, 4).unwrap(), confidences, factors)
        })
    }

    proptest! {
        #[test]
        fn a_half_ends_where_no_number_can_move((data, confidences, mut factors) in case()) {
            let clicks = Confident::new(&data, &confidences, K, LAMBDA);
            for half in [Half::Users, Half::Items] {
                let before = loss(&data, &confidences, &factors);
                let told = clicks.half(half, &mut factors, None, &mut |_| true).unwrap();
                let least = loss(&data, &confidences, &factors);
                let other = match half {
                    Half::Users => of_lambda(&factors.items),
                    Half::Items => of_lambda(&factors.users),
                };
                // A row without clicks is 0, where the loss of its cells is.
                prop_assert!(least <= before + 1e-4 * before);
                prop_assert!((told + other - least).abs() < 1e-4 * (1.0 + least), "{told} {other} {least}");
                let side = if half == Half::Users { &factors.users } else { &factors.items };
                let rows = side.to_rows(0);
                for at in 0..rows.len() {
                    for step in [-1e-2, 1e-2] {
                        let mut moved = rows.clone();
                        moved[at] += step;
                        let mut other = factors.clone();
                        let table = Table::from_rows(K, &moved).unwrap();
                        match half {
                            Half::Users => other.users = table,
                            Half::Items => other.items = table,
                        }
                        prop_assert!(loss(&data, &confidences, &other) > least - 1e-6 * (1.0 + least));
                    }
                }
            }
        }

        #[test]
        fn steps_end_where_the_minimum_is((data, confidences, factors) in case()) {
            let clicks = Confident::new(&data, &confidences, K, LAMBDA);
            let (mut exact, mut near) = (factors.clone(), factors);
            clicks.half(Half::Users, &mut exact, None, &mut |_| true).unwrap();
            clicks.half(Half::Users, &mut near, Some(9), &mut |_| true).unwrap();
            for (a, b) in exact.users.view(0).iter().zip(near.users.view(0)) {
                prop_assert!((a - b).abs() < 1e-3, "{a} {b}");
            }
            let items = exact.items.to_rows(0);
            let products = sum_of_products(&items, K);
            let alone = solve_confident((&data, &confidences), (&items, &products), K, LAMBDA);
            prop_assert_eq!(alone, exact.users.to_rows(0));
        }
    }

    #[test]
    fn what_is_stopped_stays_and_what_has_no_minimum_is_no_number() {
        let data = Interactions::from_rows(vec![0, 1], vec![ItemId(0)], 1).unwrap();
        let table = || Table::from_rows(2, &[1.0, 0.0]).unwrap();
        let mut factors = Factors::new(table(), table());
        let clicks = Confident::new(&data, &[2.0], 2, 0.0);
        assert_eq!(clicks.half(Half::Users, &mut factors, Some(1), &mut |_| false), None);
        assert_eq!(factors, Factors::new(table(), table()));
        clicks.half(Half::Users, &mut factors, None, &mut |_| true);
        assert!(factors.users.to_rows(0).iter().all(|x| x.is_nan()));
    }
}
