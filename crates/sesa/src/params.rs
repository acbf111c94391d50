//! The parameters, checked.

use crate::Sesa;
use foretaste_mf::{Error, Training};
use foretaste_model::{Described, parameters};
use serde::{Deserialize, Serialize};

parameters! {
    /// The parameters of SESA. Unchecked: [`Params::check`] makes the [`Sesa`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Items that a tag needs to be a dimension.
        #[range(at_least(1))]
        pub min_items: u32,
        /// Dimensions at most: the tags that most items have.
        #[symbol("S")]
        #[range(at_least(1).at_most(4096))]
        pub max_tags: usize,
        /// Tags that an item that somebody has gets beside its own, of those that its users' other items have.
        #[range(at_least(0).at_most(4096))]
        pub inferred: usize,
        /// Passes over all users.
        #[range(at_least(1))]
        pub epochs: u32,
        /// Users of a step.
        #[symbol("B")]
        #[range(at_least(1).at_most(65536))]
        pub batch: usize,
        /// The share of a user's items that a step foretells by the others.
        #[range(above(0).below(1))]
        pub hold_out: f32,
        /// How the sum over a history of n items is scaled: by n to the power of minus this; 0 is the sum, 1
        /// the mean.
        #[symbol("α")]
        #[range(at_least(0).at_most(1))]
        pub history_power: f32,
        /// Items that stand for all in a step; all, where there are no more.
        #[symbol("M")]
        #[range(at_least(1).at_most(65536))]
        pub shared_negatives: usize,
        /// The share of items that a step takes for new, drawn anew for each: what teaches tags and vectors to
        /// speak for items that nobody has.
        #[range(at_least(0).below(1))]
        pub new_items: f32,
        /// How much it counts that vectors tell the tags of their items, beside the interactions.
        #[symbol("λ_t")]
        #[range(at_least(0).at_most(1000))]
        pub tag_weight: f32,
        /// Learning rate of Adam.
        #[symbol("η")]
        #[range(above(0).at_most(10))]
        pub lr: f32,
        /// λ of ½λ‖·‖² over all numbers, at each step.
        #[symbol("λ")]
        #[range(at_least(0).at_most(1000))]
        pub reg: f32,
        /// Validations without a better one after which the training stops; 0 never stops early.
        #[range(at_least(0))]
        pub patience: u32,
        /// Seed of all random numbers.
        #[range(at_least(0))]
        pub seed: u64,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            min_items: 5,
            max_tags: 512,
            inferred: 64,
            epochs: 80,
            batch: 128,
            hold_out: 0.3,
            history_power: 0.5,
            shared_negatives: 1024,
            new_items: 0.1,
            tag_weight: 1.0,
            lr: 0.01,
            reg: 1e-6,
            patience: 0,
            seed: 42,
        }
    }
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<Sesa, Error> {
        self.check_ranges()?;
        Ok(Sesa { params: self })
    }

    pub(crate) fn training(&self, factors: usize) -> Training {
        let Self { epochs, patience, seed, .. } = *self;
        Training { factors, epochs, init_sd: 0.0, patience, seed }
    }
}
