//! Which numbers of rows to keep, and on which axes.

use crate::{Factors, Table};
use foretaste_kernels::symmetric;
use foretaste_spectral::{balanced_axes, times};
use rayon::prelude::*;

impl Factors {
    /// The same scores with the numbers of the first channel on axes of their own: those of the singular vectors of
    /// U Vᵀ, the largest value first, of which users and items have the root each. Other channels stay.
    #[must_use]
    pub fn on_axes(mut self) -> Self {
        let width = self.users.widths()[0];
        let rows = [self.users.to_rows(0), self.items.to_rows(0)];
        let axes = balanced_axes(&rows[0], &rows[1], width);
        self.users.fill(0, &times(&rows[0], &axes[0], width));
        self.items.fill(0, &times(&rows[1], &axes[1], width));
        self
    }

    /// Which numbers of the first channel, of all users' rows and of all items', are the largest by magnitude: a
    /// share of them in all, of users and items together, and in any case the largest of each row. Of equal ones,
    /// those that come first.
    pub fn largest(&self, share: f64) -> [Vec<bool>; 2] {
        let tables = [&self.users, &self.items];
        let rows: Vec<Vec<f32>> = tables.iter().map(|table| table.to_rows(0)).collect();
        let width = self.users.widths()[0];
        let mut keep = [0, 1].map(|side| vec![false; rows[side].len()]);
        for (rows, keep) in rows.iter().zip(&mut keep) {
            for (row, keep) in rows.chunks_exact(width).zip(keep.chunks_exact_mut(width)) {
                let later =
                    |best: usize, n: usize| if row[n].abs() > row[best].abs() { n } else { best };
                keep[(1..width).fold(0, later)] = true;
            }
        }
        let numbers: usize = rows.iter().map(Vec::len).sum();
        let firsts: usize = tables.iter().map(|table| table.rows()).sum();
        let more = ((share * numbers as f64).round() as usize).min(numbers).saturating_sub(firsts);
        let others = || {
            let sides = rows.iter().zip(&keep).enumerate();
            sides.flat_map(|(side, (rows, keep))| {
                let open = rows.iter().zip(keep).enumerate().filter(|(_, (_, keep))| !**keep);
                open.map(move |(at, (x, _))| (x.abs(), side, at))
            })
        };
        if more == 0 {
            return keep;
        }
        let mut sizes: Vec<f32> = others().map(|(size, ..)| size).collect();
        let (larger, &mut least, _) = sizes.select_nth_unstable_by(more - 1, |a, b| b.total_cmp(a));
        let mut equal = more - larger.iter().filter(|size| **size > least).count();
        let mut chosen = Vec::with_capacity(more);
        for (size, side, at) in others() {
            if size > least || (size == least && equal > 0) {
                equal -= usize::from(size == least);
                chosen.push((side, at));
            }
        }
        chosen.into_iter().for_each(|(side, at)| keep[side][at] = true);
        keep
    }

    /// The first channel with zeros in the place of what is not kept, as [`Factors::largest`] tells it; other
    /// channels go.
    ///
    /// # Panics
    /// If there is not one answer a number.
    #[must_use]
    pub fn pruned(&self, keep: &[Vec<bool>; 2]) -> Self {
        let prune = |table: &Table, keep: &[bool]| {
            let mut rows = table.to_rows(0);
            assert_eq!(rows.len(), keep.len(), "one answer a number");
            rows.iter_mut().zip(keep).for_each(|(x, keep)| *x = if *keep { *x } else { 0.0 });
            let mut pruned = Table::zeros(table.rows(), &table.widths()[..1]);
            pruned.fill(0, &rows);
            pruned
        };
        let (users, items) = (prune(&self.users, &keep[0]), prune(&self.items, &keep[1]));
        Self { users, items, biases: self.biases[..1].to_vec() }
    }
}

impl Factors {
    /// The numbers that are kept moved to where the scores are nearest to those of `whole`, of which the first channel
    /// has the rows of before: least squares over all pairs, of users' rows and of items' in turn.
    ///
    /// # Panics
    /// If there is not one answer a number, or `whole` is of another shape.
    #[must_use]
    pub fn refitted(mut self, whole: &Self, keep: &[Vec<bool>; 2]) -> Self {
        let width = self.users.widths()[0];
        let whole = [whole.users.to_rows(0), whole.items.to_rows(0)];
        let mut rows = [self.users.to_rows(0), self.items.to_rows(0)];
        for _ in 0..SWEEPS {
            for side in [0, 1] {
                let others = &rows[1 - side];
                let gram = cross(others, others, width);
                let onto = cross(others, &whole[1 - side], width);
                let nothing = 1e-9 * (0..width).map(|n| gram[n * width + n]).sum::<f64>();
                rows[side] = whole[side]
                    .par_chunks_exact(width)
                    .zip(keep[side].par_chunks_exact(width))
                    .flat_map_iter(|(row, keep)| nearest(row, keep, (&gram, &onto), nothing))
                    .collect();
            }
        }
        self.users.fill(0, &rows[0]);
        self.items.fill(0, &rows[1]);
        self
    }

    /// The first numbers of each row, in one channel.
    ///
    /// # Panics
    /// If rows have fewer numbers.
    #[must_use]
    pub fn truncated(&self, width: usize) -> Self {
        let cut = |table: &Table| {
            let first: Vec<f32> = table
                .to_rows(0)
                .chunks_exact(table.widths()[0])
                .flat_map(|row| row[..width].to_vec())
                .collect();
            let mut cut = Table::zeros(table.rows(), &[width]);
            cut.fill(0, &first);
            cut
        };
        let (users, items) = (cut(&self.users), cut(&self.items));
        Self { users, items, biases: self.biases[..1].to_vec() }
    }
}

/// Turns of users and items. What further ones gain is lost in the rounding of figures.
const SWEEPS: usize = 4;

/// Aᵀ B of rows, in f64.
fn cross(a: &[f32], b: &[f32], width: usize) -> Vec<f64> {
    /// Rows that are summed together: the sum is the same at any thread count.
    const CHUNK: usize = 1024;
    let part = |(a, b): (&[f32], &[f32])| {
        let mut sums = vec![0.0; width * width];
        for (a, b) in a.chunks_exact(width).zip(b.chunks_exact(width)) {
            for (x, sums) in a.iter().zip(sums.chunks_exact_mut(width)) {
                let x = f64::from(*x);
                sums.iter_mut().zip(b).for_each(|(sum, y)| *sum += x * f64::from(*y));
            }
        }
        sums
    };
    let chunks = a.par_chunks(CHUNK * width).zip(b.par_chunks(CHUNK * width));
    let parts: Vec<Vec<f64>> = chunks.map(part).collect();
    parts.into_iter().fold(vec![0.0; width * width], |mut sums, part| {
        sums.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
        sums
    })
}

/// The row whose kept numbers give the scores nearest to those of `row`, by the others' AᵀA and AᵀB.
fn nearest(row: &[f32], keep: &[bool], (gram, onto): (&[f64], &[f64]), nothing: f64) -> Vec<f32> {
    let width = row.len();
    let kept: Vec<usize> = (0..width).filter(|&n| keep[n]).collect();
    let k = kept.len();
    let mut matrix: Vec<f64> =
        kept.iter().flat_map(|&n| kept.iter().map(move |&m| gram[n * width + m])).collect();
    (0..k).for_each(|n| matrix[n * k + n] += nothing);
    let product = |&n: &usize| -> f64 {
        row.iter().zip(&onto[n * width..(n + 1) * width]).map(|(x, y)| f64::from(*x) * y).sum()
    };
    let mut solved: Vec<f64> = kept.iter().map(product).collect();
    let mut out: Vec<f32> =
        row.iter().zip(keep).map(|(x, keep)| if *keep { *x } else { 0.0 }).collect();
    if k > 0 && symmetric::factor(&mut matrix, k) {
        symmetric::solve(&matrix, &mut solved);
        if solved.iter().all(|x| x.is_finite()) {
            kept.iter().zip(solved).for_each(|(&n, x)| out[n] = x as f32);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(users: &[f32], items: &[f32], width: usize) -> Factors {
        let table = |rows: &[f32]| Table::from_rows(width, rows).unwrap();
        Factors::new(table(users), table(items))
    }

    #[test]
    fn as_many_are_kept_as_the_share_says_and_one_a_row() {
        let found = factors(&[1.0, -9.0, 3.0, 0.5, 0.25, 0.75], &[-4.0, 5.0, 6.0], 3);
        let kept = |share: f64| {
            let keep = found.largest(share);
            keep.map(|keep| keep.iter().map(|&keep| u8::from(keep)).collect::<Vec<_>>())
        };
        let least = [vec![0, 1, 0, 0, 0, 1], vec![0, 0, 1]];
        assert_eq!(kept(1e-9), least);
        assert_eq!(kept(1.0 / 3.0), least);
        assert_eq!(kept(4.0 / 9.0), [vec![0, 1, 0, 0, 0, 1], vec![0, 1, 1]]);
        assert_eq!(kept(6.0 / 9.0), [vec![0, 1, 1, 0, 0, 1], vec![1, 1, 1]]);
        assert_eq!(kept(1.0), [vec![1; 6], vec![1; 3]]);
        let pruned = found.pruned(&found.largest(4.0 / 9.0));
        assert_eq!(pruned.users.to_rows(0), [0.0, -9.0, 0.0, 0.0, 0.0, 0.75]);
        assert_eq!(pruned.items.to_rows(0), [0.0, 5.0, 6.0]);
    }

    #[test]
    fn of_equals_the_first_are_kept() {
        let keep = factors(&[1.0; 4], &[1.0; 4], 4).largest(0.5);
        assert_eq!(
            keep,
            [
                vec![true; 4].into_iter().enumerate().map(|(n, _)| n < 3).collect(),
                vec![true, false, false, false]
            ]
        );
    }

    /// Σ over all pairs of the squared difference of scores.
    fn distance(a: &Factors, b: &Factors) -> f64 {
        let pairs = (0..a.users.rows()).flat_map(|u| (0..a.items.rows()).map(move |i| (u, i)));
        pairs.map(|(u, i)| f64::from(a.score(0, u, i) - b.score(0, u, i)).powi(2)).sum()
    }

    fn some(rows: usize, first: usize) -> Vec<f32> {
        (first..first + rows * 6).map(|n| ((n * 7919 + 31) % 211) as f32 / 97.0 - 1.1).collect()
    }

    #[test]
    fn on_axes_scores_are_the_same_and_the_first_numbers_say_most() {
        let before = factors(&some(20, 0), &some(15, 400), 6);
        let after = before.clone().on_axes();
        assert!(distance(&before, &after) < 1e-8, "{}", distance(&before, &after));
        let left = [6, 4, 2, 1].map(|width| distance(&before, &after.truncated(width)));
        assert!(left.is_sorted() && left[0] < 1e-8, "{left:?}");
        // Of the best of one number, no other is better: a cut of the rows as they were is not.
        assert!(left[3] < distance(&before, &before.truncated(1)));
    }

    #[test]
    fn refitted_rows_are_where_no_step_brings_scores_nearer() {
        let whole = factors(&some(20, 0), &some(15, 400), 6).on_axes();
        let keep = whole.largest(0.4);
        let pruned = whole.pruned(&keep);
        let found = pruned.clone().refitted(&whole, &keep);
        let zeros = |factors: &Factors| {
            [&factors.users, &factors.items]
                .map(|table| table.to_rows(0).iter().map(|x| *x == 0.0).collect::<Vec<_>>())
        };
        assert_eq!(zeros(&found), zeros(&pruned));
        let least = distance(&whole, &found);
        assert!(least < 0.9 * distance(&whole, &pruned), "{least}");
        // Items were solved last: no number of theirs can be moved to gain anything.
        for (at, keep) in keep[1].iter().enumerate().filter(|(_, keep)| **keep) {
            for by in [-1e-2, 1e-2] {
                let mut moved = found.clone();
                let mut rows = moved.items.to_rows(0);
                rows[at] += by;
                moved.items.fill(0, &rows);
                assert!(distance(&whole, &moved) > least, "{at} {keep}");
            }
        }
        // With everything kept, it stays where it is.
        let all = whole.largest(1.0);
        assert!(distance(&whole, &whole.clone().refitted(&whole, &all)) < 1e-8);
    }
}
