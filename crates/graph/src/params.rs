//! What is known of a backbone, and how it is trained.

use foretaste_mf::{Error, Training};
use foretaste_model::{Described, Range, among, parameters};
use serde::{Deserialize, Serialize};

/// How the rows of the layers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
}

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// −ln σ(⟨e_u, e_i⟩ − ⟨e_u, e_j⟩), with an item j for each interaction.
    Bpr,
    /// −ln of the softmax of cosines / τ, of an interaction and of items that a batch shares.
    Softmax,
}

/// Which triples of a step are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drop {
    /// Those that the model finds least likely.
    LargestLoss,
    /// Those that it finds most likely.
    SmallestLoss,
}

const DROPPED: &[&str] = &["largest-loss", "smallest-loss"];
const COMBINED: &[&str] = &["sum", "mean"];
const LOSSES: &[&str] = &["bpr", "softmax"];

parameters! {
    /// The parameters of LightGCN, and of what is built on it. Unchecked: [`Params::check`] makes the [`LightGcn`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Length of the rows of numbers that stand for users and items.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// Passes over all interactions.
        #[range(at_least(1))]
        pub epochs: u32,
        /// How far numbers go along the edges between users and items.
        #[symbol("L")]
        #[range(at_least(1).at_most(16))]
        pub layers: u32,
        /// How the rows of the layers become one: `mean` or `sum`.
        #[values(combined())]
        pub combine: Combine,
        /// What is minimised: `bpr`, of inner products, or `softmax`, of cosines.
        #[values(losses())]
        pub loss: Loss,
        /// What cosines are divided by, for `softmax`.
        #[symbol("τ")]
        #[range(at_least(0.02).at_most(10))]
        pub temperature: f32,
        /// Items that stand for all in a batch, for `softmax`; all, where there are no more.
        #[symbol("M")]
        #[range(at_least(1).at_most(65536))]
        pub shared_negatives: usize,
        /// Interactions of a step.
        #[symbol("B")]
        #[range(at_least(1).at_most(1_048_576))]
        pub batch: usize,
        /// Learning rate of Adam.
        #[symbol("η")]
        #[range(above(0).at_most(10))]
        pub lr: f32,
        /// λ of ½λ‖·‖² over all numbers, at each step.
        #[symbol("λ")]
        #[range(at_least(0).at_most(1000))]
        pub reg: f32,
        /// The share of edges that a step goes along, drawn anew for each.
        #[range(above(0).at_most(1))]
        pub keep_edges: f32,
        /// How much an extra preference counts, if there are any (`--extra`): what an interaction counts, times
        /// this.
        #[range(at_least(0).at_most(1000))]
        pub extra_weight: f32,
        /// Extra preferences that a step has, as a share of its interactions; drawn anew for each step, all
        /// where there are no more.
        #[symbol("ω_3")]
        #[range(above(0).at_most(1000))]
        pub extra_share: f32,
        /// The share of a step's triples that is left out, for `bpr`.
        #[symbol("ω_4")]
        #[range(at_least(0).below(1))]
        pub drop_fraction: f32,
        /// Which of them: those of the `largest-loss`, which may be noise, or of the `smallest-loss`, which have
        /// nothing left to teach.
        #[values(dropped())]
        pub drop: Drop,
        /// Standard deviation of the first numbers.
        #[symbol("σ")]
        #[range(above(0).at_most(10))]
        pub init_sd: f32,
        /// Validations without a better one after which the training stops; 0 never stops early.
        #[range(at_least(0))]
        pub patience: u32,
        /// Seed of all random numbers.
        #[range(at_least(0))]
        pub seed: u64,
    }
}

fn combined() -> Range {
    among(COMBINED)
}

fn dropped() -> Range {
    among(DROPPED)
}

fn losses() -> Range {
    among(LOSSES)
}

impl Default for Params {
    fn default() -> Self {
        Self {
            factors: 64,
            epochs: 180,
            layers: 3,
            combine: Combine::Sum,
            loss: Loss::Bpr,
            temperature: 0.15,
            shared_negatives: 1024,
            batch: 4096,
            lr: 1e-3,
            reg: 2e-7,
            keep_edges: 1.0,
            extra_weight: 1.0,
            extra_share: 0.1,
            drop_fraction: 0.0,
            drop: Drop::LargestLoss,
            init_sd: 0.01,
            patience: 0,
            seed: 42,
        }
    }
}

impl Params {
    /// c, what each layer's rows are multiplied by.
    pub(crate) fn layer_weight(&self) -> f32 {
        match self.combine {
            Combine::Sum => 1.0,
            Combine::Mean => 1.0 / (self.layers + 1) as f32,
        }
    }

    pub(crate) fn training(&self) -> Training {
        let Self { factors, epochs, patience, seed, init_sd, .. } = *self;
        Training { factors, epochs, init_sd, patience, seed }
    }

    /// Those of the parameters that the loss has no use for.
    pub(crate) fn idle(&self) -> Vec<(&'static str, &'static str)> {
        match self.loss {
            Loss::Bpr => {
                vec![("temperature", "loss=softmax"), ("shared_negatives", "loss=softmax")]
            }
            Loss::Softmax => Vec::new(),
        }
    }

    pub(crate) fn checked(self) -> Result<Self, Error> {
        self.check_ranges()?;
        Ok(self)
    }
}
