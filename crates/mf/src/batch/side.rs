//! Users or items: the sums of their gradients, and their steps.

use super::Optimiser;
use super::grouping::Grouping;
use super::optimiser::Rule;
use crate::{Biases, Error, Table};
use foretaste_kernels::{LANES, Lanes, dispatch, dot};
use foretaste_model::State;
use rayon::prelude::*;
use std::ops::Range;

/// Rows that one task works on.
const ROWS: usize = 64;

/// Names the biases of one side.
pub(super) type Which = fn(&mut Biases) -> &mut Vec<f32>;

/// What the trainer keeps of the rows of users, or of items.
#[derive(Clone, Debug)]
pub(super) struct Side<const C: usize> {
    /// The cells of the batch by row.
    pub(super) cells: Grouping,
    /// Lanes in a row, and those of each channel.
    lanes: usize,
    channels: [Range<usize>; C],
    /// The sums of gradients; zero in rows without cells.
    sums: Vec<Lanes>,
    /// Of Adam; else empty.
    moments: [Vec<Lanes>; 2],
    /// The same of the biases.
    bias_sums: [Vec<f32>; C],
    bias_moments: [[Vec<f32>; 2]; C],
}

impl<const C: usize> Side<C> {
    /// For `table` and biases of the given lengths.
    pub(super) fn new(table: &Table, biases: [usize; C], optimiser: Optimiser) -> Self {
        let kept = |len| if optimiser == Optimiser::Sgd { 0 } else { len };
        let sums = vec![[0.0; LANES]; table.rows() * table.lanes()];
        Self {
            cells: Grouping::new(table.rows()),
            lanes: table.lanes(),
            channels: std::array::from_fn(|channel| table.channel_lanes(channel)),
            moments: [0, 1].map(|_| vec![[0.0; LANES]; kept(sums.len())]),
            sums,
            bias_sums: biases.map(|len| vec![0.0; len]),
            bias_moments: biases.map(|len| [0, 1].map(|_| vec![0.0; kept(len)])),
        }
    }

    /// Sums what the cells give each row: Σ a_c · (the row of `others`), and Σ a_c for biases.
    pub(super) fn sum(
        &mut self,
        others: &Table,
        other: impl Fn(usize) -> usize + Sync,
        ascent: &[[f32; C]],
    ) {
        let Self { cells, lanes, channels, sums, .. } = self;
        let (cells, channels) = (&*cells, &*channels);
        sums.par_chunks_mut(ROWS * *lanes).enumerate().for_each(|(part, rows)| {
            dispatch(
                #[inline(always)]
                || {
                    for (n, row) in rows.chunks_exact_mut(*lanes).enumerate() {
                        row.fill([0.0; LANES]);
                        for &cell in cells.of(part * ROWS + n) {
                            let cell = cell as usize;
                            add(row, others.row(other(cell)), &ascent[cell], channels);
                        }
                    }
                },
            );
        });
        for (channel, sums) in self.bias_sums.iter_mut().enumerate() {
            for (row, sum) in sums.iter_mut().enumerate() {
                let ascents = self.cells.of(row).iter().map(|&n| ascent[n as usize][channel]);
                *sum = ascents.map(f64::from).sum::<f64>() as f32;
            }
        }
    }

    /// Adds the moments to a state, under names that start with `prefix`.
    pub(super) fn save(&self, prefix: &str, state: &mut State) {
        let moments = [("first", 0), ("second", 1)];
        for (name, n) in moments {
            state.put(format!("{prefix}.{name}"), self.moments[n].as_flattened().to_vec());
            for (channel, moments) in self.bias_moments.iter().enumerate() {
                state.put(format!("{prefix}.bias_{name}.{channel}"), moments[n].clone());
            }
        }
    }

    /// Takes them from a state.
    pub(super) fn restore(&mut self, prefix: &str, state: &State) -> Result<(), Error> {
        for (name, n) in [("first", 0), ("second", 1)] {
            let own = self.moments[n].as_flattened_mut();
            own.copy_from_slice(state.get_all(&format!("{prefix}.{name}"), own.len())?);
            for (channel, moments) in self.bias_moments.iter_mut().enumerate() {
                let name = format!("{prefix}.bias_{name}.{channel}");
                let len = moments[n].len();
                moments[n].copy_from_slice(state.get_all(&name, len)?);
            }
        }
        Ok(())
    }

    /// Turns the sums, gradients of what `rows` stand for where directions alone count, into those of the
    /// rows: (√γ / ‖W‖) (g − ŵ ⟨ŵ, g⟩), with ŵ = W / ‖W‖.
    pub(super) fn project(&mut self, rows: &Table, lengths: &[f32; C]) {
        let Self { cells, lanes, channels, sums, .. } = self;
        let (cells, channels, lanes) = (&*cells, &*channels, *lanes);
        sums.par_chunks_mut(lanes).enumerate().for_each(|(n, sums)| {
            if cells.of(n).is_empty() {
                return;
            }
            for (at, &square) in channels.iter().zip(lengths).filter(|(at, _)| !at.is_empty()) {
                let (row, sums) = (&rows.row(n)[at.clone()], &mut sums[at.clone()]);
                let norm = dot(row, row).max(f32::MIN_POSITIVE).sqrt();
                let along = dot(row, sums) / (norm * norm);
                let scale = square.sqrt() / norm;
                let pairs = sums.as_flattened_mut().iter_mut().zip(row.as_flattened());
                pairs.for_each(|(g, w)| *g = scale * (*g - along * w));
            }
        });
    }

    /// Moves all rows of `table`, and of `biases` those that `which` names; false if a number is
    /// unsound.
    pub(super) fn step(
        &mut self,
        table: &mut Table,
        (biases, which): (&mut [Biases], Which),
        rule: &Rule,
        reg: &[f32; C],
    ) -> bool {
        let mut sound = true;
        for (c, biases) in biases.iter_mut().enumerate() {
            let [first, second] = &mut self.bias_moments[c];
            sound &= rule.step(which(biases), &self.bias_sums[c], (first, second), reg[c]);
        }
        let Self { lanes, channels, sums, moments: [first, second], .. } = self;
        let size = ROWS * *lanes;
        let mut moments: Vec<_> = first.chunks_mut(size).zip(second.chunks_mut(size)).collect();
        moments.resize_with(sums.len().div_ceil(size), Default::default);
        let parts = table.data_mut().par_chunks_mut(size).zip(sums.par_chunks(size)).zip(moments);
        let step_part = |((rows, sums), (first, second)): Part<'_>| {
            let mut sound = true;
            for row in (0..rows.len()).step_by(*lanes) {
                for (lanes, &reg) in channels.iter().zip(reg) {
                    let at = row + lanes.start..row + lanes.end;
                    let values = rows[at.clone()].as_flattened_mut();
                    let moments = (part_of(first, at.clone()), part_of(second, at.clone()));
                    sound &= rule.step(values, sums[at].as_flattened(), moments, reg);
                }
            }
            sound
        };
        let step_part = |part: Part<'_>| {
            dispatch(
                #[inline(always)]
                || step_part(part),
            )
        };
        sound & parts.map(step_part).reduce(|| true, |a, b| a & b)
    }
}

/// Sets `used` to what the rows of a table stand for, of these squared lengths.
pub(super) fn direct<const C: usize>(rows: &Table, lengths: &[f32; C], used: &mut Table) {
    let lanes = rows.lanes();
    let channels: [Range<usize>; C] = std::array::from_fn(|channel| rows.channel_lanes(channel));
    used.data_mut().par_chunks_mut(lanes.max(1)).enumerate().for_each(|(n, used)| {
        for (at, &square) in channels.iter().zip(lengths).filter(|(at, _)| !at.is_empty()) {
            let (row, used) = (&rows.row(n)[at.clone()], &mut used[at.clone()]);
            let scale = (square / dot(row, row).max(f32::MIN_POSITIVE)).sqrt();
            let pairs = used.as_flattened_mut().iter_mut().zip(row.as_flattened());
            pairs.for_each(|(x, w)| *x = scale * w);
        }
    });
}

/// Rows, their sums, and their moments if there are any.
type Part<'a> = ((&'a mut [Lanes], &'a [Lanes]), (&'a mut [Lanes], &'a mut [Lanes]));

/// A part of `lanes`, or nothing of nothing.
#[inline(always)]
fn part_of(lanes: &mut [Lanes], at: Range<usize>) -> &mut [f32] {
    lanes.get_mut(at).unwrap_or_default().as_flattened_mut()
}

/// `row += a_c · other`, in each channel.
#[inline(always)]
fn add<const C: usize>(
    row: &mut [Lanes],
    other: &[Lanes],
    ascent: &[f32; C],
    channels: &[Range<usize>; C],
) {
    for (at, &a) in channels.iter().zip(ascent) {
        for (x, y) in row[at.clone()].iter_mut().zip(&other[at.clone()]) {
            for n in 0..LANES {
                x[n] += a * y[n];
            }
        }
    }
}
