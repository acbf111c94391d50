//! Tables of factor rows, padded to whole lanes.

use foretaste_kernels::{LANES, Lanes, lanes_for};
use ndarray::{Array2, ArrayView2, s};
use ndarray_rand::{RandomExt, rand_distr::Normal};
use rand::Rng;
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
        let normal = Normal::new(0.0, sd).expect("the caller checked the deviation");
        let cols = self.widths[channel];
        // In chunks, so that the unpadded numbers need no second table.
        for start in (0..self.rows()).step_by(1024) {
            let count = (self.rows() - start).min(1024);
            let numbers: Array2<f32> = Array2::random_using((count, cols), normal, rng);
            for (row, numbers) in (start..).zip(numbers.rows()) {
                let numbers = numbers.as_slice().expect("rows are contiguous");
                self.channel_mut(row, channel).copy_from_slice(numbers);
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
