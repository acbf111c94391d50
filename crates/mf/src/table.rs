//! Tables of factor rows, padded to whole lanes.

use foretaste_kernels::{LANES, Lanes, lanes_for};
use ndarray::{Array2, ArrayView2, s};
use ndarray_rand::{RandomExt, rand_distr::Normal};
use rand::Rng;
use rand::distr::Distribution;
use rayon::prelude::*;
use std::ops::Range;

/// `rows` rows of one or more channels: vectors of their own that lie side by side, so that what
/// belongs to one user or item is read at once.
///
/// In memory each channel of a row fills whole [`Lanes`]; the padding is zero and stays zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Numbers in each channel, without padding.
    widths: Vec<usize>,
    /// Lanes in a row.
    lanes: usize,
    data: Vec<Lanes>,
}

impl Table {
    /// A table of zeros, with a channel for each of `widths`.
    pub fn zeros(rows: usize, widths: &[usize]) -> Self {
        let lanes = widths.iter().map(|&width| lanes_for(width)).sum();
        Self { widths: widths.to_vec(), lanes, data: vec![[0.0; LANES]; rows * lanes] }
    }

    /// A table of one channel of independent normal numbers with mean 0 and standard deviation
    /// `sd`.
    ///
    /// # Panics
    /// If `sd` is negative or not finite.
    pub fn normal(rows: usize, cols: usize, sd: f32, rng: &mut impl Rng) -> Self {
        let mut table = Self::zeros(rows, &[cols]);
        table.fill_normal(0, sd, rng);
        table
    }

    /// Fills a channel with independent normal numbers with mean 0 and standard deviation `sd`.
    ///
    /// # Panics
    /// If `sd` is negative or not finite, or there is no such channel.
    pub fn fill_normal(&mut self, channel: usize, sd: f32, rng: &mut impl Rng) {
        let (within, width) = (self.channel_lanes(channel), self.widths[channel]);
        let lanes = self.lanes;
        // In chunks, so that the unpadded numbers need no second table.
        for rows in self.data.chunks_mut((CHUNK * lanes).max(1)) {
            fill_rows(rows, lanes, (within.clone(), width), normal(sd), rng);
        }
    }

    /// Fills channels with numbers of a distribution each, drawn chunk by chunk of [`CHUNK`] rows from
    /// the chunk's own `stream`, in parallel: a row's numbers do not depend on how many rows there are
    /// before its chunk.
    ///
    /// # Panics
    /// If there is no such channel.
    pub(crate) fn fill_by_chunks<D: Distribution<f32> + Copy + Sync, R: Rng>(
        &mut self,
        channels: &[(usize, D)],
        stream: impl Fn(u64) -> R + Sync,
    ) {
        let place = |&(n, numbers): &(usize, D)| (self.channel_lanes(n), self.widths[n], numbers);
        let channels: Vec<_> = channels.iter().map(place).collect();
        let lanes = self.lanes;
        let chunks = self.data.par_chunks_mut((CHUNK * lanes).max(1)).enumerate();
        chunks.for_each(|(chunk, rows)| {
            let mut rng = stream(chunk as u64);
            for (within, width, numbers) in &channels {
                fill_rows(rows, lanes, (within.clone(), *width), *numbers, &mut rng);
            }
        });
    }

    /// Calls `put` with each of `rows`, of a table of so many that [`Table::fill_by_chunks`] filled: of those chunks
    /// alone, a few at a time.
    pub(crate) fn each_by_chunks<D: Distribution<f32> + Copy + Sync, R: Rng>(
        (all, rows): (usize, Range<usize>),
        (widths, channels): (&[usize], &[(usize, D)]),
        stream: impl Fn(u64) -> R + Sync,
        put: &mut impl FnMut(usize, &[Lanes]),
    ) {
        /// Chunks that are filled at once.
        const MANY: usize = 16;
        let chunks = rows.start / CHUNK..rows.end.div_ceil(CHUNK);
        for first in chunks.clone().step_by(MANY) {
            let last = (first + MANY).min(chunks.end);
            let filled = |chunk: usize| {
                let mut table = Self::zeros(CHUNK.min(all - chunk * CHUNK), widths);
                table.fill_by_chunks(channels, |_| stream(chunk as u64));
                table
            };
            let tables: Vec<Self> = (first..last).into_par_iter().map(filled).collect();
            for (table, chunk) in tables.iter().zip(first..) {
                let start = chunk * CHUNK;
                let own = rows.start.max(start)..rows.end.min(start + CHUNK);
                own.for_each(|row| put(row, table.row(row - start)));
            }
        }
    }

    /// A table of one channel from unpadded rows, one after the other; `None` if `values` does not
    /// fill whole rows.
    pub fn from_rows(cols: usize, values: &[f32]) -> Option<Self> {
        if cols == 0 || !values.len().is_multiple_of(cols) {
            return None;
        }
        let mut table = Self::zeros(values.len() / cols, &[cols]);
        table.fill(0, values);
        Some(table)
    }

    /// Fills a channel from its unpadded rows, one after the other; leaves rows without values as
    /// they are.
    ///
    /// # Panics
    /// If there is no such channel, or there are more values than rows.
    pub fn fill(&mut self, channel: usize, values: &[f32]) {
        for (row, values) in values.chunks_exact(self.widths[channel].max(1)).enumerate() {
            self.channel_mut(row, channel).copy_from_slice(values);
        }
    }

    /// Sets a row of a channel.
    ///
    /// # Panics
    /// If there is none, or it has another number of values.
    pub fn set(&mut self, row: usize, channel: usize, values: &[f32]) {
        self.channel_mut(row, channel).copy_from_slice(values);
    }

    /// The rows of a channel without padding, one after the other.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn to_rows(&self, channel: usize) -> Vec<f32> {
        let (lanes, width) = (self.channel_lanes(channel), self.widths[channel]);
        let rows = self.data.chunks(self.lanes.max(1));
        rows.flat_map(|row| &row[lanes.clone()].as_flattened()[..width]).copied().collect()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.data.len() / self.lanes.max(1)
    }

    /// Numbers in each channel of a row, without padding.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// Lanes in a row, of all channels.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Where the lanes of a channel are in a row.
    pub(crate) fn channel_lanes(&self, channel: usize) -> Range<usize> {
        let start = self.widths[..channel].iter().map(|&width| lanes_for(width)).sum();
        start..start + lanes_for(self.widths[channel])
    }

    /// One row, all channels, padding included.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> &[Lanes] {
        &self.data[row * self.lanes..(row + 1) * self.lanes]
    }

    fn channel_mut(&mut self, row: usize, channel: usize) -> &mut [f32] {
        let (lanes, width) = (self.channel_lanes(channel), self.widths[channel]);
        let row = &mut self.data[row * self.lanes..(row + 1) * self.lanes];
        &mut row[lanes].as_flattened_mut()[..width]
    }

    /// All lanes of all rows.
    pub(crate) fn data_mut(&mut self) -> &mut [Lanes] {
        &mut self.data
    }

    /// [`settle_numbers`] of all rows, in parallel.
    pub(crate) fn settle(&mut self) -> bool {
        let parts = self.data.as_flattened_mut().par_chunks_mut(1 << 14);
        parts.map(settle_numbers).reduce(|| true, |a, b| a & b)
    }

    /// A channel as a matrix of rows × its lanes' numbers, padding included.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn view(&self, channel: usize) -> ArrayView2<'_, f32> {
        let shape = (self.rows(), self.lanes * LANES);
        let all = ArrayView2::from_shape(shape, self.data.as_flattened())
            .expect("the table holds whole rows of this width");
        let lanes = self.channel_lanes(channel);
        all.slice_move(s![.., lanes.start * LANES..lanes.end * LANES])
    }
}

/// Rows that are drawn from one stream.
const CHUNK: usize = 1024;

/// # Panics
/// If `sd` is negative or not finite.
pub(crate) fn normal(sd: f32) -> Normal<f32> {
    Normal::new(0.0, sd).expect("the caller checked the deviation")
}

/// Fills a channel of rows, given by where its lanes are in a row and by its width.
fn fill_rows(
    rows: &mut [Lanes],
    lanes: usize,
    (within, width): (Range<usize>, usize),
    of: impl Distribution<f32>,
    rng: &mut impl Rng,
) {
    let rows = rows.chunks_mut(lanes.max(1));
    let numbers: Array2<f32> = Array2::random_using((rows.len(), width), of, rng);
    for (row, numbers) in rows.zip(numbers.rows()) {
        let numbers = numbers.as_slice().expect("rows are contiguous");
        row[within.clone()].as_flattened_mut()[..width].copy_from_slice(numbers);
    }
}

/// Sets numbers too small to matter to zero, before decay makes them denormal (on which many
/// processors are a hundred times slower); false if any number is larger than a factor ever is in
/// a training that goes somewhere, or not finite.
pub(crate) fn settle_numbers(numbers: &mut [f32]) -> bool {
    const NOTHING: f32 = 1e-30;
    const LARGEST: f32 = 1e6;
    let mut sound = true;
    for x in numbers {
        sound &= x.abs() <= LARGEST;
        *x = if x.abs() < NOTHING { 0.0 } else { *x };
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn rows_survive_padding() {
        for cols in [1, 15, 16, 17, 64] {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            let table = Table::normal(5, cols, 0.1, &mut rng);
            assert_eq!(Table::from_rows(cols, &table.to_rows(0)), Some(table.clone()));
            assert_eq!((table.rows(), table.widths()), (5, &[cols][..]));
            let padding = table.row(4).as_flattened()[cols..].iter();
            assert!(padding.copied().all(|x| x == 0.0));
        }
        assert_eq!(Table::from_rows(3, &[0.0; 4]), None);
    }

    #[test]
    fn a_row_is_drawn_from_its_chunk_whatever_comes_before_and_on_any_thread() {
        let filled = |rows: usize, threads: usize, first: u64| {
            let mut table = Table::zeros(rows, &[20, 3]);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let stream = |chunk| Xoshiro256PlusPlus::seed_from_u64(first + chunk);
            pool.install(|| table.fill_by_chunks(&[(0, normal(0.1)), (1, normal(2.0))], stream));
            table
        };
        let all = filled(3 * CHUNK + 5, 1, 0);
        assert_eq!(all, filled(3 * CHUNK + 5, 3, 0));
        // The last rows alone: the same numbers.
        let last = filled(CHUNK + 5, 2, 2);
        for channel in [0, 1] {
            let (all, last) = (all.to_rows(channel), last.to_rows(channel));
            assert_eq!(all[all.len() - last.len()..], last);
            let mean_square = all.iter().map(|x| x * x).sum::<f32>() / all.len() as f32;
            let expected: f32 = [0.1f32, 2.0][channel].powi(2);
            // Three standard errors of 9,000 numbers or more.
            assert!((mean_square / expected - 1.0).abs() < 0.045, "{mean_square}");
        }
    }

    #[test]
    fn channels_lie_side_by_side() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut table = Table::zeros(3, &[20, 5]);
        table.fill_normal(1, 1.0, &mut rng);
        assert_eq!(table.lanes(), 3);
        assert!(table.to_rows(0).iter().all(|&x| x == 0.0));
        let second = table.to_rows(1);
        assert!(second.len() == 15 && second.iter().all(|&x| x != 0.0));
        assert_eq!(table.view(0).dim(), (3, 32));
        assert_eq!(table.view(1).row(2).as_slice().unwrap()[..5], second[10..]);
    }
}
