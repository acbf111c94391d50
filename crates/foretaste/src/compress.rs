//! Models in less room: fewer numbers a row, fewer bits a number.

use crate::aligned::WIDEST;
use crate::{Error, Recommender};
use foretaste_mf::Factors;
use foretaste_model::{ModelFile, Precision, Registry, Storage};
use serde_json::{Value, json};
use std::path::Path;

/// What is left out of the rows of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Keep {
    /// Nothing.
    All,
    /// All numbers but this share of them, the largest on the axes of the singular vectors; these are moved to where
    /// scores are nearest to what they were.
    Largest(f64),
    /// All columns but this share of them: those of the largest singular values. The nearest scores that so few
    /// columns can give.
    Columns(f64),
}

/// Why a model can't be made smaller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressError {
    /// There are no rows of numbers whose inner products are the scores.
    #[error("{method} has no rows of numbers to leave some out of")]
    NoRows {
        /// The method.
        method: String,
    },
    /// There are rows, and they are for more than scores.
    #[error("rows of {method} are not for scores alone: leaving numbers out would break the rest")]
    NotScoresAlone {
        /// The method.
        method: String,
    },
    /// There are more numbers in a row than axes are sought for.
    #[error("rows of {width} numbers are too wide to leave some out of: at most {WIDEST}")]
    TooWide {
        /// Numbers in a row.
        width: usize,
    },
    /// No matrix is in the model.
    #[error("{method} has no matrix of numbers to store in fewer bits")]
    NoMatrix {
        /// The method.
        method: String,
    },
}

impl Recommender {
    /// The model with what is left of its rows, and with its matrices stored so: what a file of it holds, and gives the
    /// lists of. Runs on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::Compress`] if the model has not what is to be made smaller; [`Error::Model`] if a number is too large
    /// for 16 bits, or the method is not in the registry.
    pub fn compressed(
        &self,
        keep: Keep,
        numbers: Precision,
        registry: &Registry,
    ) -> Result<Self, Error> {
        // A bit for each number is not worth its room where nearly all are kept.
        let sparse =
            self.info().storage.sparse || matches!(keep, Keep::Largest(share) if share <= 0.9);
        let storage = Storage { numbers, sparse };
        let method = self.info().method.clone();
        let mut file = self.file_of(&method);
        if file.tensors.values().all(|tensor| tensor.shape().get(1).is_none_or(|&n| n < 2)) {
            return Err(CompressError::NoMatrix { method }.into());
        }
        let fingerprint = file.fingerprint()?;
        let (name, share) = match keep {
            Keep::All => ("all", 1.0),
            Keep::Largest(share) => ("largest", share),
            Keep::Columns(share) => ("columns", share),
        };
        if keep != Keep::All {
            let factors = left(self.factors(&mut file)?, keep);
            if let (Keep::Columns(_), Some(parameters)) =
                (keep, file.info.parameters.as_object_mut())
            {
                parameters.insert("factors".to_owned(), factors.items.widths()[0].into());
            }
            file.tensors.extend(factors.tensors());
        }
        if let Some(training) = file.info.training.as_object_mut() {
            let what =
                json!({ "of": fingerprint, "kept": name, "share": share, "numbers": numbers });
            training.insert("compressed".to_owned(), what);
        }
        (file.info.storage, file.info.format) = (storage, storage.format());
        // What is stored is what it scores by.
        let bytes = file.to_bytes()?;
        let file = ModelFile::from_bytes(&bytes, Path::new("the compressed model"))?;
        Self::from_file(registry, file)
    }

    /// Takes the rows whose inner products are the scores out of the file, if they are for nothing else.
    fn factors(&self, file: &mut ModelFile) -> Result<Factors, Error> {
        let method = file.info.method.clone();
        let factors = Factors::from_file(file)
            .map_err(|_| CompressError::NoRows { method: method.clone() })?;
        let alone = factors.channels() == 1
            && self.model().levels().is_none()
            && self.model().products().is_some_and(|products| {
                let pairs = (0..products.n_users().min(8)).zip(0..products.n_items().min(8));
                pairs.into_iter().all(|(u, i)| {
                    let (own, score) = (factors.score(0, u, i), products.score(u, i));
                    (own - score).abs() <= 1e-4 * (1.0 + score.abs())
                })
            });
        let width = factors.items.widths()[0];
        match alone {
            true if width > WIDEST => Err(CompressError::TooWide { width }.into()),
            true => Ok(factors),
            false => Err(CompressError::NotScoresAlone { method }.into()),
        }
    }

    /// The share of their first `k` items that lists of two models of the same users and items have in common, over
    /// at most 1,000 users, evenly spaced; 1 without users.
    ///
    /// # Panics
    /// If the models are of other users or items.
    pub fn overlap(&self, other: &Self, k: usize) -> f64 {
        assert_eq!((self.users(), self.items()), (other.users(), other.items()), "one data set");
        let step = self.users().len().div_ceil(1000).max(1);
        let users: Vec<_> =
            (0..self.users().len() as u32).step_by(step).map(foretaste_data::UserId).collect();
        let lists = |model: &Self| model.recommend(&users, k, crate::Seen::All);
        let (mut common, mut all) = (0usize, 0usize);
        for (own, others) in lists(self).iter().zip(lists(other)) {
            let is_common =
                |item: &foretaste_data::ItemId| others.iter().any(|(other, _)| other == item);
            common += own.iter().filter(|(item, _)| is_common(item)).count();
            all += own.len();
        }
        if all == 0 { 1.0 } else { common as f64 / all as f64 }
    }

    /// What was made smaller in the model, as its file notes it.
    pub fn compression(&self) -> Option<&Value> {
        self.info().training.get("compressed")
    }
}

fn left(factors: Factors, keep: Keep) -> Factors {
    let whole = factors.on_axes();
    match keep {
        Keep::All => whole,
        Keep::Largest(share) => {
            let keep = whole.largest(share);
            whole.pruned(&keep).refitted(&whole, &keep)
        }
        Keep::Columns(share) => {
            let width = whole.items.widths()[0];
            whole.truncated(((share * width as f64).round() as usize).clamp(1, width))
        }
    }
}

#[cfg(test)]
mod tests;
