//! Models in the space of earlier ones.

use crate::{Error, Recommender};
use foretaste_align::{Fit, Rotation};
use foretaste_data::UserId;
use foretaste_model::{ModelFile, Registry, ScoreVectors, Scorer};
use serde_json::json;

/// What the training's results say of the model that a model was aligned with: its checksum, how many
/// items both know, and how far these were from the old ones, before and after.
pub const ALIGNED: &str = "aligned";

/// How an alignment went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// Items that both models know.
    pub shared_items: usize,
    /// Numbers in a row that are factors, of the new model and the old one as they were.
    pub factors: [usize; 2],
    /// How far the shared items are from the old ones.
    pub fit: Fit,
    /// The largest difference of a score from what it was, of those of some users and all items, as a share
    /// of the largest score.
    pub largest_change: f64,
}

/// Why models can't be aligned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlignError {
    /// The old model's scores are no products of vectors.
    #[error("the scores of a {method} model are no products of vectors")]
    NoVectors {
        /// Its method.
        method: String,
    },
    /// The new model can't be brought to another space.
    #[error("the numbers of a {method} model's rows can't be mixed")]
    NotTurned {
        /// Its method.
        method: String,
    },
    /// There are more numbers in a row than a rotation is sought for.
    #[error("rows of {width} numbers are too wide to be turned: at most {WIDEST}")]
    TooWide {
        /// Numbers in a row.
        width: usize,
    },
    /// There is nothing to go by.
    #[error("the models have no items in common")]
    NoSharedItems,
    /// There is nothing to go by, either.
    #[error("the items that both models have are zeros in one of them")]
    Zeros,
}

/// The widest rows that are turned: a rotation takes time that grows with the cube, minutes here.
pub(crate) const WIDEST: usize = 1024;

/// Users whose scores are compared.
const COMPARED: usize = 256;
/// Numbers of scores at once.
const AT_ONCE: usize = 1 << 20;

impl Recommender {
    /// The same model in the space of `old`: turned so that the items that both know, by their ids, come as near
    /// as they can to those of `old`. Its scores are what they were but for rounding; its users can be multiplied
    /// with the items of `old`, and the other way round. Where widths differ, rows end in zeros; biases are what
    /// they were.
    ///
    /// Runs on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::Align`] if there is no such rotation; [`Error::Model`] of a model that can't be read again by the
    /// registry that it is of.
    pub fn aligned_with(
        &self,
        old: &Self,
        registry: &Registry,
    ) -> Result<(Self, Alignment), Error> {
        let [new_vectors, old_vectors] = [vectors(self)?, vectors(old)?];
        let factors = [new_vectors.factors(), old_vectors.factors()];
        let width = factors[0].max(factors[1]);
        if width > WIDEST {
            return Err(AlignError::TooWide { width }.into());
        }
        let known = self.items().indices_in(old.items());
        let shared: Vec<(usize, usize)> = (0..).zip(&known).filter_map(pair).collect();
        if shared.is_empty() {
            return Err(AlignError::NoSharedItems.into());
        }
        let rows = |of: &dyn Fn(&(usize, usize)) -> Vec<f32>, width: usize| -> Vec<f32> {
            shared.iter().flat_map(|pair| of(pair).into_iter().take(width)).collect()
        };
        let new_rows = rows(&|pair| new_vectors.item(pair.0), factors[0]);
        let old_rows = rows(&|pair| old_vectors.item(pair.1), factors[1]);
        let found = Rotation::between((&new_rows, factors[0]), (&old_rows, factors[1]));
        let (rotation, fit) = found.ok_or(AlignError::Zeros)?;
        let shared_items = shared.len();
        let tensors = self.model().turned(&rotation).ok_or_else(|| {
            Error::from(AlignError::NotTurned { method: self.info().method.clone() })
        })?;
        let mut file = ModelFile { tensors, ..self.file.clone() };
        file.info.training[ALIGNED] = json!({
            "model": old.fingerprint()?,
            "items": shared_items,
            "before": fit.before,
            "after": fit.after,
        });
        // What is longer now says so, or it could not fold in.
        let width = &mut file.info.parameters["factors"];
        if rotation.to() != rotation.from() && *width == json!(rotation.from()) {
            *width = json!(rotation.to());
        }
        // What was left out of rows is there again.
        file.info.storage.sparse = false;
        let aligned = Self::from_file(registry, file)?;
        let largest_change = largest_change(self.scorer(), aligned.scorer());
        Ok((aligned, Alignment { shared_items, factors, fit, largest_change }))
    }
}

fn pair((own, old): (usize, &Option<u32>)) -> Option<(usize, usize)> {
    Some((own, (*old)? as usize))
}

pub(crate) fn vectors(model: &Recommender) -> Result<ScoreVectors<'_>, Error> {
    let method = || AlignError::NoVectors { method: model.info().method.clone() };
    let products = model.scorer().products().ok_or_else(method)?;
    Ok(ScoreVectors::new(products))
}

/// Of evenly spaced users, in blocks that do not grow with the items.
fn largest_change(before: &dyn Scorer, after: &dyn Scorer) -> f64 {
    let (n_users, n_items) = (before.n_users(), before.n_items());
    let every = n_users.div_ceil(COMPARED).max(1);
    let users: Vec<UserId> = (0..n_users as u32).step_by(every).map(UserId).collect();
    let (mut largest, mut changed) = (0.0f64, 0.0f64);
    for users in users.chunks((AT_ONCE / n_items.max(1)).max(1)) {
        let [before, after] = [before, after].map(|scorer| {
            let mut scores = ndarray::Array2::zeros((users.len(), n_items));
            scorer.score_block(users, scores.view_mut());
            scores
        });
        for (&before, &after) in before.iter().zip(&after) {
            let (before, after) = (f64::from(before), f64::from(after));
            largest = largest.max(before.abs());
            changed = changed.max((before - after).abs());
        }
    }
    changed / largest.max(f64::MIN_POSITIVE)
}
