//! The operations of [`rows`](crate::rows) on rows whose numbers count as much as gates say: α ⊙ e instead of
//! e. With gates of 1 they give the same bits.

use crate::rows::tree_sum;
use crate::{LANES, Lanes, Move};
use std::array::from_fn;

/// A row, and a gate for each of its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Gated<'a> {
    /// The numbers.
    pub row: &'a [Lanes],
    /// How much each counts.
    pub gates: &'a [Lanes],
}

/// A row that may change, and a gate for each of its numbers.
#[derive(Debug)]
pub struct GatedMut<'a> {
    /// The numbers.
    pub row: &'a mut [Lanes],
    /// How much each counts.
    pub gates: &'a [Lanes],
}

impl GatedMut<'_> {
    /// The same to look at.
    #[inline(always)]
    pub fn as_gated(&self) -> Gated<'_> {
        Gated { row: self.row, gates: self.gates }
    }
}

impl<'a> Gated<'a> {
    /// Half of the lanes of a row are its numbers, the other half their gates.
    #[inline(always)]
    pub fn of(lanes: &'a [Lanes]) -> Self {
        let (row, gates) = lanes.split_at(lanes.len() / 2);
        Self { row, gates }
    }

    #[inline(always)]
    fn lanes(self) -> impl Iterator<Item = Lanes> {
        self.row.iter().zip(self.gates).map(|(row, gates)| from_fn(|n| gates[n] * row[n]))
    }
}

impl<'a> GatedMut<'a> {
    /// Half of the lanes of a row are its numbers, the other half their gates.
    #[inline(always)]
    pub fn of(lanes: &'a mut [Lanes]) -> Self {
        let (row, gates) = lanes.split_at_mut(lanes.len() / 2);
        Self { row, gates }
    }
}

/// [`dot`](crate::dot) of rows with gates.
#[inline(always)]
pub fn gated_dot(a: Gated<'_>, b: Gated<'_>) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.lanes().zip(b.lanes()) {
        for n in 0..LANES {
            sums[n] += a[n] * b[n];
        }
    }
    tree_sum(sums)
}

/// [`sub_dot`](crate::sub_dot) of rows with gates.
#[inline(always)]
pub fn gated_sub_dot(a: Gated<'_>, b: Gated<'_>, c: Gated<'_>) -> f32 {
    let mut sums = [0.0; LANES];
    for ((a, b), c) in a.lanes().zip(b.lanes()).zip(c.lanes()) {
        for n in 0..LANES {
            sums[n] += a[n] * (b[n] - c[n]);
        }
    }
    tree_sum(sums)
}

/// [`gated_sub_dot`], and the squared lengths of what it changes by with `a` and with `b`: those of the
/// gates of `a` times the difference, and of the gates of `b` and of `c` times what `a` counts.
#[inline(always)]
pub fn gated_sub_dot_with_norms(a: Gated<'_>, b: Gated<'_>, c: Gated<'_>) -> (f32, [f32; 3]) {
    let (mut sums, mut squares) = ([0.0; LANES], [[0.0; LANES]; 3]);
    let gates = a.gates.iter().zip(b.gates).zip(c.gates);
    for (((a, b), c), ((of_a, of_b), of_c)) in a.lanes().zip(b.lanes()).zip(c.lanes()).zip(gates) {
        for n in 0..LANES {
            let difference = b[n] - c[n];
            sums[n] += a[n] * difference;
            for (square, number) in
                squares.iter_mut().zip([of_a[n] * difference, of_b[n] * a[n], of_c[n] * a[n]])
            {
                square[n] += number * number;
            }
        }
    }
    (tree_sum(sums), squares.map(tree_sum))
}

/// [`step_triple`](crate::step_triple) of rows with gates: a row moves along what counts of the others,
/// as much as its own gates say.
#[inline(always)]
pub fn step_gated_triple(
    u: GatedMut<'_>,
    i: GatedMut<'_>,
    j: GatedMut<'_>,
    [move_u, move_i, move_j]: [Move; 3],
) {
    let gates = u.gates.iter().zip(i.gates).zip(j.gates);
    for (((u, i), j), ((of_u, of_i), of_j)) in u.row.iter_mut().zip(i.row).zip(j.row).zip(gates) {
        let (old_u, old_i, old_j) = (*u, *i, *j);
        let along_u: Lanes = from_fn(|n| of_u[n] * old_u[n]);
        *u = from_fn(|n| {
            let along = of_u[n] * (of_i[n] * old_i[n] - of_j[n] * old_j[n]);
            move_u.keep * old_u[n] + move_u.rate * along
        });
        *i = from_fn(|n| move_i.keep * old_i[n] + move_i.rate * (of_i[n] * along_u[n]));
        *j = from_fn(|n| move_j.keep * old_j[n] - move_j.rate * (of_j[n] * along_u[n]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dot, step_triple, sub_dot, sub_dot_with_norms};

    /// Three rows of two lanes and of no pattern.
    fn rows() -> [Vec<Lanes>; 3] {
        let number = |at: usize| ((at * 7919 + 13) % 101) as f32 / 37.0 - 1.3;
        from_fn(|row| (0..2).map(|lane| from_fn(|n| number(row * 64 + lane * 16 + n))).collect())
    }

    #[test]
    fn gates_of_one_change_no_bit() {
        let [u, i, j] = rows();
        let ones = vec![[1.0; LANES]; 2];
        let gated = |row| Gated { row, gates: &ones };
        assert_eq!(gated_dot(gated(&u), gated(&i)).to_bits(), dot(&u, &i).to_bits());
        let x = gated_sub_dot(gated(&u), gated(&i), gated(&j));
        assert_eq!(x.to_bits(), sub_dot(&u, &i, &j).to_bits());
        let (x, squares) = gated_sub_dot_with_norms(gated(&u), gated(&i), gated(&j));
        let expected = sub_dot_with_norms(&u, &i, &j);
        assert_eq!((x, squares), (expected.0, [expected.2, expected.1, expected.1]));
        let moves = [0.9, 0.8, 0.7].map(|keep| Move { keep, rate: 0.3 - keep });
        let (mut plain, mut found) = (rows(), rows());
        let [u, i, j] = &mut plain;
        step_triple(u, i, j, moves);
        let [u, i, j] = found.each_mut().map(|row| GatedMut { row, gates: &ones });
        step_gated_triple(u, i, j, moves);
        assert_eq!(plain, found);
    }

    #[test]
    fn a_step_goes_along_what_counts() {
        let [mut u, mut i, mut j] = rows();
        let (before, gates) = (rows(), rows());
        let moves = [0.9, 0.8, 0.7].map(|keep| Move { keep, rate: 0.25 });
        step_gated_triple(
            GatedMut { row: &mut u, gates: &gates[0] },
            GatedMut { row: &mut i, gates: &gates[1] },
            GatedMut { row: &mut j, gates: &gates[2] },
            moves,
        );
        for (lane, n) in (0..2).flat_map(|lane| (0..LANES).map(move |n| (lane, n))) {
            let [e, a] = [&before, &gates].map(|all| from_fn(|row| f64::from(all[row][lane][n])));
            let [e, a]: [[f64; 3]; 2] = [e, a];
            let expected = [
                0.9 * e[0] + 0.25 * a[0] * (a[1] * e[1] - a[2] * e[2]),
                0.8 * e[1] + 0.25 * a[1] * a[0] * e[0],
                0.7 * e[2] - 0.25 * a[2] * a[0] * e[0],
            ];
            let found = [u[lane][n], i[lane][n], j[lane][n]];
            // A handful of roundings of numbers below 8.
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((f64::from(found) - expected).abs() < 8.0 * 4.0 * f64::from(f32::EPSILON));
            }
        }
    }
}
