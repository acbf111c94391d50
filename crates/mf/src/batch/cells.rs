//! What a step trains on.

use crate::Error;
use crate::streams::{Purpose, Stream, stream};
use foretaste_data::{ItemId, UserId};
use rand::Rng;

/// A cell of the matrix of users and items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Its user.
    pub user: UserId,
    /// Its item.
    pub item: ItemId,
    /// y, as the objective understands it.
    pub label: f32,
    /// What its loss is multiplied by; of a triple, the weight of the first cell counts.
    pub weight: f32,
}

/// The cells of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The cells; for an objective of triples, always (u, i) and then (u, j).
    pub cells: Vec<Cell>,
    /// What the sums of losses and of gradients are divided by. Default 1.
    pub divisor: f64,
}

impl Default for Batch {
    fn default() -> Self {
        Self { cells: Vec::new(), divisor: 1.0 }
    }
}

impl Batch {
    /// Forgets the cells; the divisor is 1 again.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.divisor = 1.0;
    }

    /// Sets the divisor to the sum of the weights: losses and gradients become weighted means.
    pub fn average(&mut self) {
        self.divisor = self.cells.iter().map(|cell| f64::from(cell.weight)).sum();
    }
}

/// Gives the batches of an epoch, one after the other.
pub trait Batches {
    /// Fills `batch`, which is clear; `false` if the epoch is over. The next call begins another.
    fn next(&mut self, batch: &mut Batch) -> bool;
}

/// Draws the cells of a batch uniformly with replacement: from one list, or so many from each of
/// several. Losses are averaged by weight.
///
/// A list of positives and one of all other cells, as many from each, is the sampling of Saito et
/// al., WSDM 2020, on real data; a list of all cells the one on semi-synthetic data.
#[derive(Clone, Debug)]
pub struct CellSampler {
    lists: Vec<(Vec<Cell>, usize)>,
    steps: usize,
    done: usize,
    stream: Stream,
}

impl CellSampler {
    /// Batches of so many cells of each of `lists`; an epoch is `steps` of them.
    ///
    /// # Errors
    /// [`Error::NoData`] if a list is empty, or nothing is to be drawn.
    pub fn new(lists: Vec<(Vec<Cell>, usize)>, steps: usize, seed: u64) -> Result<Self, Error> {
        if lists.iter().any(|(cells, _)| cells.is_empty()) {
            return Err(Error::NoData { reason: "a list of cells to draw from is empty" });
        }
        if steps == 0 || lists.iter().all(|(_, count)| *count == 0) {
            return Err(Error::NoData { reason: "batches without cells" });
        }
        Ok(Self { lists, steps, done: 0, stream: stream(seed, Purpose::Batches) })
    }
}

impl Batches for CellSampler {
    fn next(&mut self, batch: &mut Batch) -> bool {
        if self.done == self.steps {
            self.done = 0;
            return false;
        }
        self.done += 1;
        for (cells, count) in &self.lists {
            let draw = (0..*count).map(|_| cells[self.stream.random_range(0..cells.len())]);
            batch.cells.extend(draw);
        }
        batch.average();
        true
    }
}
