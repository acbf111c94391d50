//! From texts to vectors.

use crate::Params;
use crate::words::Vocabulary;
use foretaste_spectral::{Matrix, Sparse, right_vectors};
use rayon::prelude::*;

/// Makes vectors of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoder {
    params: Params,
}

/// Vectors of texts, of length 1; those that have none are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// How many numbers a vector has: fewer than were asked for where the texts have fewer directions, 0
    /// where no word counts.
    pub width: usize,
    /// Which texts have a vector, ascending.
    pub known: Vec<usize>,
    /// Their vectors, one after the other.
    pub values: Vec<f32>,
    /// How many words count.
    pub words: usize,
    /// How many different words there are, also those that are in too few texts or in too many.
    pub found: usize,
    /// Which part of the texts, as squares of lengths, the numbers have; from 0 to 1.
    pub share: f64,
}

/// What is left of a text of length 1 in the directions that are kept is rounding if it is shorter.
const NOTHING: f64 = 1e-5;

impl Encoder {
    pub(crate) fn new(params: Params) -> Self {
        Self { params }
    }

    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The vectors of some texts, in parallel on the current rayon pool, whose size does not change the
    /// result. A text has none if none of its words counts, or the numbers say nothing of those that do.
    ///
    /// Memory: some 60 B and the bytes for each different word of the texts; then 24 B for each word that
    /// counts in a text, and 9/8 of [`Params::numbers`] of 4 B, twice for each of the words that count and
    /// once for each text.
    pub fn encode<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Encoded {
        let vocabulary = Vocabulary::new(texts, &self.params);
        let (words, found) = (vocabulary.words.len(), vocabulary.found);
        let rows = vocabulary.weigh(texts);
        drop(vocabulary);
        let some = rows.iter().filter(|row| !row.is_empty()).count();
        let none = Encoded { width: 0, known: vec![], values: vec![], words, found, share: 0.0 };
        let numbers = self.params.numbers.min(words).min(some);
        if numbers == 0 {
            return none;
        }
        let matrix = Sparse::new(&rows, words);
        drop(rows);
        let Some(axes) = right_vectors(&matrix, numbers, self.params.seed, |_| true) else {
            return none;
        };
        let width = axes.rank();
        let told = matrix.times(&axes.vectors, numbers);
        let of_one = |(text, row): (usize, &[f32])| {
            let length = row[..width].iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            let part = |&x: &f32| (f64::from(x) / length) as f32;
            (length > NOTHING).then(|| (text, row[..width].iter().map(part).collect()))
        };
        let rows: Vec<(usize, Vec<f32>)> =
            told.par_chunks_exact(numbers).enumerate().filter_map(of_one).collect();
        let (known, values): (Vec<usize>, Vec<Vec<f32>>) = rows.into_iter().unzip();
        // Each text that has a word is of length 1.
        let share = (axes.squares.iter().sum::<f64>() / some as f64).min(1.0);
        Encoded { width, known, values: values.concat(), words, found, share }
    }
}

#[cfg(test)]
mod tests;
