//! Which numbers of rows to keep, and on which axes.

use crate::{Factors, Table};
use foretaste_spectral::{balanced_axes, times};

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
}
