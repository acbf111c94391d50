//! What can be chosen.

use crate::{Encoder, Error};
use serde::Serialize;

/// How texts become vectors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Params {
    /// How many numbers a vector has, where the texts have as many different words: 128; from 1 to
    /// [`Params::MOST_NUMBERS`].
    pub numbers: usize,
    /// How many words in a row count as a word, too: 1, or 2 for pairs beside the words.
    pub grams: usize,
    /// In how many texts a word has to be: 2; from 1.
    pub least: u32,
    /// In which share of the texts a word may be at most: 0.5; above 0, to 1.
    pub share: f64,
    /// How many words count, those of the most texts: 100,000; from 1.
    pub words: usize,
    /// The seed of the singular vectors.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self { numbers: 128, grams: 1, least: 2, share: 0.5, words: 100_000, seed: 42 }
    }
}

impl Params {
    /// The most numbers of a vector: keeping a thousand directions apart takes seconds, ten thousand hours.
    pub const MOST_NUMBERS: usize = 1024;

    /// Checks them all.
    ///
    /// # Errors
    /// [`Error`] for the first that is out of its range.
    pub fn check(self) -> Result<Encoder, Error> {
        let Self { numbers, grams, least, share, words, .. } = self;
        let most = Self::MOST_NUMBERS;
        for (name, legal, value, range) in [
            ("numbers", (1..=most).contains(&numbers), numbers as f64, "from 1 to 1024"),
            ("grams", (1..=2).contains(&grams), grams as f64, "1 or 2"),
            ("least", least > 0, f64::from(least), "from 1"),
            ("share", share > 0.0 && share <= 1.0, share, "above 0, and at most 1"),
            ("words", (1..=u32::MAX as usize).contains(&words), words as f64, "from 1"),
        ] {
            if !legal {
                return Err(Error { name, value, range });
            }
        }
        Ok(Encoder::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        let plain = Params::default();
        for (name, params) in [
            ("numbers", Params { numbers: 0, ..plain.clone() }),
            ("numbers", Params { numbers: 1025, ..plain.clone() }),
            ("grams", Params { grams: 3, ..plain.clone() }),
            ("grams", Params { grams: 0, ..plain.clone() }),
            ("least", Params { least: 0, ..plain.clone() }),
            ("share", Params { share: 0.0, ..plain.clone() }),
            ("share", Params { share: 1.01, ..plain.clone() }),
            ("share", Params { share: f64::NAN, ..plain.clone() }),
            ("words", Params { words: 0, ..plain.clone() }),
        ] {
            assert_eq!(params.check().unwrap_err().name, name);
        }
        let error = Params { share: 2.0, ..plain.clone() }.check().unwrap_err().to_string();
        assert_eq!(error, "share is 2: it is above 0, and at most 1");
        assert!(plain.check().is_ok());
    }
}
