//! GNOLR: the parameters, checked, and the training.

use crate::batches::train_by_batches;
use crate::{GnolrModel, Levels, Nested, Scale};
use foretaste_data::{Dataset, Interactions};
use foretaste_kernels::LANES;
use foretaste_mf::{
    BySteps, Error, FactorModel, Layout, Monitor, Negatives, Problem, Start, Targets, Trained,
    ValidParams, train_parted,
};
use foretaste_model::{Described, Range, among, parameters};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a model file calls this method.
pub const METHOD: &str = "gnolr";

/// What levels are scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Embeddings {
    /// Each level adds a part of the rows to those before.
    Nested,
    /// All levels have one score, and thresholds of their own.
    Shared,
}

impl fmt::Display for Embeddings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nested => "nested",
            Self::Shared => "shared",
        })
    }
}

/// How the loss is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trainer {
    /// By the engine's steps, pair by pair.
    Blocked,
    /// By Adam on batches, as the paper's program does.
    Batch,
}

impl fmt::Display for Trainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "blocked",
            Self::Batch => "batch",
        })
    }
}

parameters! {
    /// Parameters of GNOLR. Unchecked: [`Params::check`] makes the [`Gnolr`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Length of the rows of numbers that stand for users and items, of all parts: at least 16 a
        /// level where there are several.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// Passes over the pairs of all feedbacks.
        #[range(at_least(1))]
        pub epochs: u32,
        /// Whether each level adds a part of the rows (`nested`), or all have one score (`shared`, ordinal
        /// regression as it was before).
        #[values(embeddings())]
        pub embeddings: Embeddings,
        /// The largest score of a part, of levels above the first: below the least difference of the a_t of two
        /// neighbouring levels. 0 for nine tenths of each level's own.
        #[symbol("γ")]
        #[range(at_least(0).at_most(100))]
        pub gamma: f32,
        /// The largest score of the first level's part.
        #[symbol("γ₁")]
        #[range(above(0).at_most(100))]
        pub first_gamma: f32,
        /// How much a pair of a level above the first counts.
        #[range(above(0).at_most(1000))]
        pub depth_weight: f32,
        /// Pairs without feedback that are drawn for each pair of a feedback.
        #[range(at_least(1).at_most(1000))]
        pub negatives: u32,
        /// How the loss is minimised: by the engine's steps (`blocked`), or by Adam on batches (`batch`), as
        /// the paper's program does, many times slower.
        #[values(trainers())]
        pub trainer: Trainer,
        /// Learning rate of the first epoch; on a line to 0. Of the blocked trainer.
        #[symbol("η")]
        #[range(above(0).at_most(10))]
        pub lr: f32,
        /// Learning rate of Adam, of the batch trainer.
        #[range(above(0).at_most(10))]
        pub adam_lr: f32,
        /// Pairs in a batch, of the batch trainer.
        #[range(at_least(1).at_most(1_000_000))]
        pub batch: usize,
        /// Validations without a better one after which the training stops; 0 never stops early.
        #[range(at_least(0))]
        pub patience: u32,
        /// Seed of all random numbers.
        #[range(at_least(0))]
        pub seed: u64,
    }
}

fn embeddings() -> Range {
    among([Embeddings::Nested, Embeddings::Shared])
}

fn trainers() -> Range {
    among([Trainer::Blocked, Trainer::Batch])
}

impl Default for Params {
    fn default() -> Self {
        Self {
            factors: 128,
            epochs: 60,
            embeddings: Embeddings::Nested,
            gamma: 0.0,
            first_gamma: 6.0,
            depth_weight: 4.0,
            negatives: 16,
            trainer: Trainer::Blocked,
            lr: 0.3,
            adam_lr: 0.01,
            batch: 1024,
            patience: 0,
            seed: 42,
        }
    }
}

impl Params {
    /// Checks every value that can be without data.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<Gnolr, Error> {
        self.check_ranges()?;
        Ok(Gnolr { params: self })
    }

    /// How rows are made of parts for so many levels.
    ///
    /// The levels above the first share half of the row, and each has whole lanes of 16 numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there are too few numbers.
    pub(crate) fn widths(&self, levels: usize) -> Result<Vec<usize>, Error> {
        let others = levels - 1;
        if self.embeddings == Embeddings::Shared || others == 0 {
            return Ok(vec![self.factors]);
        }
        let lanes = self.factors / LANES;
        let rule = format!("at least {}: {levels} levels have 16 each", levels * LANES);
        Error::unless(lanes >= levels, "factors", rule, self.factors)?;
        let deeper = (lanes / (2 * others)).max(1) * LANES;
        let first = lanes * LANES - others * deeper;
        let mut widths = vec![deeper; levels];
        widths[0] = first;
        widths[others] += self.factors % LANES;
        Ok(widths)
    }

    /// What the engine is told.
    pub(crate) fn engine(&self) -> Result<ValidParams, Error> {
        let Self { factors, epochs, negatives, lr, patience, seed, .. } = *self;
        let sampler = Negatives::Uniform;
        let (reg, init_sd) = (0.0, 1.0);
        foretaste_mf::Params {
            factors,
            epochs,
            negatives,
            lr,
            patience,
            seed,
            sampler,
            reg,
            init_sd,
            ..foretaste_mf::Params::default()
        }
        .check()
    }
}

/// GNOLR with parameters that are legal as far as that can be known without data.
#[derive(Clone, Debug, PartialEq)]
pub struct Gnolr {
    params: Params,
}

/// A training's result: what the factors are, and what their scores mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The factors, and how the training went.
    pub trained: Trained,
    /// The levels of the data.
    pub levels: Levels,
    /// The numbers that follow from them.
    pub scale: Scale,
}

impl Gnolr {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Trains on the feedbacks of `data`, in parallel on the current rayon pool, whose size does not change
    /// the result.
    ///
    /// # Errors
    /// As for [`Levels::of`], [`Scale::new`] and [`train_parted`].
    pub fn fit(&self, data: &Dataset, monitor: &mut dyn Monitor) -> Result<Fit, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`Gnolr::fit`] from an earlier model, or from a state.
    ///
    /// # Errors
    /// As there.
    pub fn fit_from(
        &self,
        data: &Dataset,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fit, Error> {
        let levels = Levels::of(data)?;
        let scale = Scale::new(&levels, &self.params)?;
        let (loss, layout) = (self.loss(&scale), self.layout(&scale)?);
        let trained = match self.params.trainer {
            Trainer::Blocked => {
                let targets = Targets::Pairs(levels.labels());
                let problem = Problem { targets, from: start, ..Problem::default() };
                let engine = self.params.engine()?;
                train_parted(&loss, &layout, &problem, levels.pairs(), &engine, monitor)?
            }
            Trainer::Batch => {
                train_by_batches(&self.params, &loss, &layout, &levels, start, monitor)?
            }
        };
        let ends = ends(layout.widths());
        let scale = scale.brought_to_shares(&trained.factors, &ends, &levels, self.params.seed);
        Ok(Fit { trained, levels, scale })
    }

    fn loss(&self, scale: &Scale) -> Nested {
        let shared = self.params.embeddings == Embeddings::Shared;
        Nested::new(&scale.offsets, &scale.weights, shared)
    }

    fn layout(&self, scale: &Scale) -> Result<Layout, Error> {
        let widths = self.params.widths(scale.offsets.len())?;
        let parts: Vec<_> = widths.into_iter().zip(scale.gammas.iter().copied()).collect();
        Layout::new(&parts)
    }

    /// A model of factors, with the way to fold in, by histories that weigh what their labels are. Factors of
    /// another shape, which a strange file may have, give lists all the same.
    pub(crate) fn complete(
        &self,
        model: FactorModel,
        (names, scale): (&[String], &Scale),
        data: &Interactions,
    ) -> GnolrModel {
        let (Ok(layout), Ok(engine)) = (self.layout(scale), self.params.engine()) else {
            return GnolrModel::new(model);
        };
        if model.factors().users.widths() != [layout.factors()] {
            return GnolrModel::new(model);
        }
        let fold_in = BySteps::on_parts(self.loss(scale), &layout, &engine, data);
        let model = model.with_fold_in(fold_in);
        GnolrModel::new(model).with_levels(names, scale, layout.widths())
    }
}

/// Where the numbers of each part end in a row.
pub(crate) fn ends(widths: &[usize]) -> Vec<usize> {
    let end = |end: &mut usize, width: &usize| {
        *end += width;
        Some(*end)
    };
    widths.iter().scan(0, end).collect()
}

#[cfg(test)]
mod tests;
