//! Which random numbers divide the cells and fill the batches.

use crate::Result;
use foretaste::mf::batch::{Batch, Batches, Cell, CellSampler};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_mt::Mt;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Deserialize;

/// Who draws.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Draws {
    /// This program, anew with each seed.
    #[default]
    Own,
    /// The authors' program, number by number: NumPy's legacy generator, of the same seeds for
    /// the division and, of the semi-synthetic experiment, the batches, whatever the seed.
    Authors,
}

impl Draws {
    /// Nine tenths of the cells or rows to train on, and a tenth to validate on; `theirs` is the
    /// authors' seed.
    pub(crate) fn divide<T>(self, mut all: Vec<T>, seed: u64, theirs: u32) -> (Vec<T>, Vec<T>) {
        let of_validation = all.len().div_ceil(10);
        match self {
            Self::Own => {
                all.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x5eed));
                let valid = all.split_off(all.len() - of_validation);
                (all, valid)
            }
            Self::Authors => {
                NumPy::new(theirs).shuffle(&mut all);
                let train = all.split_off(of_validation);
                (train, all)
            }
        }
    }

    /// Epochs of `steps` batches of cells that are drawn with replacement.
    pub(crate) fn batches(
        self,
        cells: Vec<Cell>,
        size: usize,
        steps: usize,
        seed: u64,
    ) -> Result<Box<dyn Batches>> {
        Ok(match self {
            Self::Own => Box::new(CellSampler::new(vec![(cells, size)], steps, seed)?),
            Self::Authors => {
                Box::new(OfNumPy { cells, size, steps, done: 0, numbers: NumPy::new(12345) })
            }
        })
    }
}

struct OfNumPy {
    cells: Vec<Cell>,
    size: usize,
    steps: usize,
    done: usize,
    numbers: NumPy,
}

impl Batches for OfNumPy {
    fn next(&mut self, batch: &mut Batch) -> bool {
        if self.done == self.steps {
            self.done = 0;
            return false;
        }
        self.done += 1;
        let last = self.cells.len() as u32 - 1;
        let draw = (0..self.size).map(|_| self.cells[self.numbers.up_to(last)]);
        batch.cells.extend(draw);
        batch.average();
        true
    }
}

/// `numpy.random.RandomState`: the Mersenne Twister, whose numbers are masked and, if they are too
/// large, drawn again.
struct NumPy(Mt);

impl NumPy {
    fn new(seed: u32) -> Self {
        Self(Mt::new(seed))
    }

    /// From 0 to `last`.
    fn up_to(&mut self, last: u32) -> usize {
        let mask = u32::MAX.checked_shr(last.leading_zeros()).unwrap_or(0);
        loop {
            let number = self.0.next_u32() & mask;
            if number <= last {
                return number as usize;
            }
        }
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for n in (1..values.len()).rev() {
            values.swap(n, self.up_to(n as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_numpy() {
        // RandomState(0).permutation(12)
        let mut order: Vec<u32> = (0..12).collect();
        NumPy::new(0).shuffle(&mut order);
        assert_eq!(order, [6, 11, 4, 10, 2, 8, 1, 7, 9, 3, 0, 5]);
        // RandomState(12345).choice(np.arange(1000), size=8), then .choice(np.arange(70000), size=4)
        let mut numbers = NumPy::new(12345);
        let small: Vec<usize> = (0..8).map(|_| numbers.up_to(999)).collect();
        assert_eq!(small, [482, 485, 285, 129, 420, 425, 382, 357]);
        let large: Vec<usize> = (0..4).map(|_| numbers.up_to(69_999)).collect();
        assert_eq!(large, [16930, 47873, 27766, 52593]);
    }
}
