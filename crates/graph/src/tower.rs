//! Two layers with a bend between them: from the numbers of a text to those of a node, or back.
//!
//! ```text
//! h = LeakyReLU(X W₁ + b₁),   Y = h W₂ + b₂            the slope below 0 is 0.01
//! ```

use foretaste_mf::dense::Matrix;
use rand::Rng;
use rayon::prelude::*;

const SLOPE: f32 = 0.01;

/// The weights, W₁ (D × H), b₁, W₂ (H × K), b₂; or a number for each, such as a gradient.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tower {
    pub(crate) parts: [Matrix; 4],
}

/// What a tower made of some rows, and what it takes to go back.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    hidden: Matrix,
    pub(crate) out: Matrix,
}

impl Tower {
    /// As PyTorch begins: uniform within 1 / √(numbers that come in).
    pub(crate) fn random(shape: [usize; 3], rng: &mut impl Rng) -> Self {
        let mut tower = Self::zeros(shape);
        for (n, part) in tower.parts.iter_mut().enumerate() {
            let end = 1.0 / (shape[n / 2].max(1) as f32).sqrt();
            for row in 0..part.rows() {
                part.values_mut(row).iter_mut().for_each(|x| *x = rng.random_range(-end..=end));
            }
        }
        tower
    }

    pub(crate) fn zeros([from, hidden, to]: [usize; 3]) -> Self {
        let shapes = [(from, hidden), (1, hidden), (hidden, to), (1, to)];
        Self { parts: shapes.map(|(rows, columns)| Matrix::zeros(rows, columns)) }
    }

    pub(crate) fn pass(&self, rows: &Matrix) -> Passed {
        let [first, bend, second, shift] = &self.parts;
        let mut hidden = rows.times(first);
        shifted(&mut hidden, bend, |x| if x < 0.0 { SLOPE * x } else { x });
        let mut out = hidden.times(second);
        shifted(&mut out, shift, |x| x);
        Passed { hidden, out }
    }

    /// What `along` of the results is of the weights, summed over the rows.
    pub(crate) fn back(&self, rows: &Matrix, passed: &Passed, along: &Matrix) -> Self {
        self.through(rows, passed, along).0
    }

    /// The same, and what it is of the rows.
    pub(crate) fn back_all(
        &self,
        rows: &Matrix,
        passed: &Passed,
        along: &Matrix,
    ) -> (Self, Matrix) {
        let (of_weights, of_hidden) = self.through(rows, passed, along);
        (of_weights, of_hidden.times_transposed(&self.parts[0]))
    }

    fn through(&self, rows: &Matrix, passed: &Passed, along: &Matrix) -> (Self, Matrix) {
        let [.., second, _] = &self.parts;
        let mut of_hidden = along.times_transposed(second);
        // The sign of what comes out of the bend is that of what goes in.
        let bent = of_hidden.all_mut().par_iter_mut().zip(passed.hidden.all());
        bent.for_each(|(along, hidden)| {
            let each = along.iter_mut().zip(hidden);
            each.for_each(|(along, &x)| *along *= if x < 0.0 { SLOPE } else { 1.0 });
        });
        let sums = |matrix: &Matrix| {
            let mut row = Matrix::zeros(1, matrix.columns());
            row.fill(&matrix.column_sums());
            row
        };
        let parts = [
            rows.transposed_times(&of_hidden),
            sums(&of_hidden),
            passed.hidden.transposed_times(along),
            sums(along),
        ];
        (Self { parts }, of_hidden)
    }

    /// All numbers.
    pub(crate) fn to_vec(&self) -> Vec<f32> {
        self.parts.iter().flat_map(Matrix::to_vec).collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.rows() * part.columns()).sum()
    }

    /// Sets them.
    ///
    /// # Panics
    /// If there are not as many.
    pub(crate) fn fill(&mut self, mut values: &[f32]) {
        for part in &mut self.parts {
            let (own, rest) = values.split_at(part.rows() * part.columns());
            part.fill(own);
            values = rest;
        }
        assert!(values.is_empty(), "a value for each number");
    }
}

/// Adds a row to all rows, and bends.
fn shifted(rows: &mut Matrix, by: &Matrix, bend: impl Fn(f32) -> f32 + Sync) {
    let lanes = rows.lanes();
    rows.all_mut().par_chunks_mut(lanes).for_each(|row| {
        let numbers = row.as_flattened_mut().iter_mut().zip(by.row(0).as_flattened());
        numbers.for_each(|(x, by)| *x = bend(*x + by));
    });
}

#[cfg(test)]
pub(crate) mod tests;
