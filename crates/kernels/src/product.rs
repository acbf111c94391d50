//! Matrix products whose result does not depend on how they are cut into blocks.

use crate::dispatch::run;
use pulp::NullaryFnOnce;

/// Items that are multiplied at once.
const WIDTH: usize = 16;
/// Users that are multiplied at once: their sums stay in registers.
const HEIGHT: usize = 6;

/// ⟨a, b⟩, summed from the first number to the last: what [`multiply`] gives for every pair of rows.
#[inline]
pub fn dot_in_order(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// [`dot_in_order`] of one row with several of its length. A sum waits for its last addition, so that
/// several at once take no longer than one.
#[inline]
pub fn dots_in_order<const N: usize>(a: &[f32], rows: [&[f32]; N]) -> [f32; N] {
    let rows = rows.map(|row| &row[..a.len()]);
    let mut sums = [0.0; N];
    for (k, a) in a.iter().enumerate() {
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum += a * row[k];
        }
    }
    sums
}

/// Writes `⟨users[m], items[n]⟩` into `out[m · items.len() + n]`, each sum in the order of
/// [`dot_in_order`] and without fused operations: the same bits on every machine and in any block.
///
/// # Panics
/// If the rows are not all of one length or `out` has another size.
pub fn multiply(users: &[&[f32]], items: &[&[f32]], out: &mut [f32]) {
    assert_eq!(out.len(), users.len() * items.len(), "a number for each pair of rows");
    if out.is_empty() {
        return;
    }
    let len = users.first().map_or(0, |row| row.len());
    assert!(users.iter().chain(items).all(|row| row.len() == len), "rows of {len} numbers");
    run(Multiply { users, items, len, out });
}

/// A struct and not a closure: one that could be called twice is called through a function that
/// is not compiled for the instruction set.
struct Multiply<'a> {
    users: &'a [&'a [f32]],
    items: &'a [&'a [f32]],
    len: usize,
    out: &'a mut [f32],
}

impl NullaryFnOnce for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let mut panel = vec![[0.0; WIDTH]; self.len];
        for (start, items) in (0..).step_by(WIDTH).zip(self.items.chunks(WIDTH)) {
            for (n, item) in items.iter().enumerate() {
                for (column, number) in panel.iter_mut().zip(*item) {
                    column[n] = *number;
                }
            }
            let rows = self.out.chunks_mut(HEIGHT * self.items.len());
            for (users, out) in self.users.chunks(HEIGHT).zip(rows) {
                // What is missing of a whole group is computed twice.
                let rows = std::array::from_fn(|m| &users[m.min(users.len() - 1)][..self.len]);
                let sums = sums(rows, &panel);
                for (out, sums) in out.chunks_mut(self.items.len()).zip(&sums) {
                    out[start..start + items.len()].copy_from_slice(&sums[..items.len()]);
                }
            }
        }
    }
}

#[inline(always)]
fn sums(users: [&[f32]; HEIGHT], panel: &[[f32; WIDTH]]) -> [[f32; WIDTH]; HEIGHT] {
    let mut sums = [[0.0; WIDTH]; HEIGHT];
    for (k, items) in panel.iter().enumerate() {
        for (sums, user) in sums.iter_mut().zip(users) {
            for n in 0..WIDTH {
                sums[n] += user[k] * items[n];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_the_sum_in_order(
            (users, items) in (0usize..40).prop_flat_map(|len| {
                let row = prop::collection::vec(-2.0f32..2.0, len);
                (prop::collection::vec(row.clone(), 0..15), prop::collection::vec(row, 0..40))
            }),
        ) {
            let users: Vec<&[f32]> = users.iter().map(Vec::as_slice).collect();
            let items: Vec<&[f32]> = items.iter().map(Vec::as_slice).collect();
            let mut out = vec![f32::NAN; users.len() * items.len()];
            multiply(&users, &items, &mut out);
            let pairs = users.iter().flat_map(|user| items.iter().map(move |item| (user, item)));
            let expected: Vec<f32> = pairs.map(|(user, item)| dot_in_order(user, item)).collect();
            prop_assert_eq!(out, expected);
        }
    }
}
