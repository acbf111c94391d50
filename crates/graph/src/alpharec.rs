//! AlphaRec: no rows of their own; what nodes start from is what a tower makes of their texts.
//!
//! ```text
//! E^(0)_i = tower(s_i),   E^(0)_u = tower(mean of the s_i of the user's items)
//! E = Σ_l c Â^l E^(0),    softmax of cosines with drawn items
//! ```
//!
//! (Sheng et al., section 4.) An item that nobody has yet has a text, and so a score.
//!
//! **Departures from the paper**: a step takes a share of the items for new and leaves out their edges
//! (after DropoutNet, Volkovs et al., NeurIPS 2017). Without that, an item that nobody has is told by the
//! tower alone, which has only ever been trained as one of several layers, and is scored no better than by chance.
//! Scores of such items are then brought to the mean and the deviation of others' (`newcomers.rs`). The items
//! that stand for all are shared by a batch, where the program draws 256 for each interaction. Vectors are
//! brought to length 1. Whoever has no text starts from what the
//! tower makes of zeros.

use crate::base::Base;
use crate::lightgcn::{completed, initial};
use crate::params::{Combine, Loss, Params};
use crate::streams::{Purpose, stream};
use crate::texts::Texts;
use crate::tower::Tower;
use crate::trainer::Trainer;
use foretaste_data::Dataset;
use foretaste_mf::{Error, FactorModel, Monitor, Start, Trained, train_epochs};
use foretaste_model::{
    About, Described, Error as FileError, Fitted, Model, ModelFile, Parameter, Starts, Task,
    TrainingError, Typed, Uses, parameters,
};
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "alpharec";

parameters! {
    /// The parameters of AlphaRec. Unchecked: [`AlphaRecParams::check`] makes the [`AlphaRec`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct AlphaRecParams {
        /// Length of the rows of numbers that stand for users and items.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// Numbers between the two layers of the tower; 0 for as many as a text has.
        #[symbol("H")]
        #[range(at_least(0).at_most(4096))]
        pub text_hidden: usize,
        /// Passes over all interactions.
        #[range(at_least(1))]
        pub epochs: u32,
        /// How far numbers go along the edges between users and items.
        #[symbol("L")]
        #[range(at_least(0).at_most(16))]
        pub layers: u32,
        /// What cosines are divided by.
        #[symbol("τ")]
        #[range(at_least(0.02).at_most(10))]
        pub temperature: f32,
        /// Items that stand for all in a batch; all, where there are no more.
        #[symbol("M")]
        #[range(at_least(1).at_most(65536))]
        pub shared_negatives: usize,
        /// The share of items that a step takes for new, without edges, drawn anew for each: what teaches the
        /// tower to speak for items that nobody has.
        #[range(at_least(0).below(1))]
        pub new_items: f32,
        /// Interactions of a step.
        #[symbol("B")]
        #[range(at_least(1).at_most(1_048_576))]
        pub batch: usize,
        /// Learning rate of Adam.
        #[symbol("η")]
        #[range(above(0).at_most(10))]
        pub lr: f32,
        /// λ of ½λ‖·‖² over all weights of the tower, at each step.
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

impl Default for AlphaRecParams {
    fn default() -> Self {
        Self {
            factors: 64,
            text_hidden: 0,
            epochs: 65,
            layers: 2,
            temperature: 0.15,
            shared_negatives: 1024,
            new_items: 0.5,
            batch: 4096,
            lr: 5e-4,
            reg: 1e-6,
            patience: 0,
            seed: 42,
        }
    }
}

impl AlphaRecParams {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<AlphaRec, Error> {
        self.check_ranges()?;
        Ok(AlphaRec { params: self })
    }

    /// The backbone that does the rest.
    fn backbone(&self) -> Params {
        let Self { factors, epochs, layers, temperature, shared_negatives, .. } = *self;
        let Self { batch, lr, reg, patience, seed, .. } = *self;
        Params {
            factors,
            epochs,
            layers,
            combine: Combine::Mean,
            loss: Loss::Softmax,
            temperature,
            shared_negatives,
            batch,
            lr,
            reg,
            patience,
            seed,
            ..Params::default()
        }
    }
}

/// AlphaRec with legal parameters; made by [`AlphaRecParams::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct AlphaRec {
    params: AlphaRecParams,
}

impl AlphaRec {
    /// The parameters.
    pub fn params(&self) -> &AlphaRecParams {
        &self.params
    }

    /// Trains on `data` and the vectors of its items, and of its users, if they have some; in parallel on
    /// the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions, [`Error::Method`] without vectors; otherwise as for
    /// [`train_epochs`].
    pub fn fit_from(
        &self,
        data: &Dataset,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let (params, pairs) = (self.params.backbone(), data.interactions());
        let mut factors = initial(pairs, &params, start)?;
        // Of items that nobody has, whose scores are brought to those of others.
        if pairs.item_counts().contains(&0) {
            factors.biases[0].items = vec![0.0; pairs.n_items()];
        }
        let texts = Texts::of(data)?;
        let hidden = match self.params.text_hidden {
            0 => texts.width().min(4096),
            hidden => hidden,
        };
        let mut rng = stream(params.seed, Purpose::Tower, 0, 0);
        let tower = Tower::random([texts.width(), hidden, params.factors], &mut rng);
        let base = Base::of_texts(texts.of_all(), tower);
        let trainer = Trainer::new(pairs, &params, base, None);
        let mut trainer = trainer.taking_for_new(self.params.new_items);
        train_epochs(factors, &params.training(), start.state, monitor, &mut trainer)
    }
}

/// AlphaRec, for registries.
#[derive(Clone, Copy, Debug)]
pub struct AlphaRecTechnique;

impl Typed for AlphaRecTechnique {
    type Parameters = AlphaRecParams;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "texts of items, brought to where users are; scores new items, too",
            source: "Sheng, Zhang, Zhang, et al. Language Representations Can be What Recommenders Need. \
                     ICLR 2025",
        }
    }

    fn defaults(&self) -> AlphaRecParams {
        AlphaRecParams::default()
    }

    fn described(&self) -> Vec<Parameter> {
        AlphaRecParams::described()
    }

    fn check(&self, parameters: &AlphaRecParams) -> Result<(), TrainingError> {
        parameters.clone().check().map(drop)
    }

    fn fit(
        &self,
        parameters: &AlphaRecParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = parameters.clone().check()?;
        let trained = method.fit_from(task.data, task.start, monitor)?;
        let data = task.data.interactions();
        Ok(trained.fitted(|model| completed(&method.params.backbone(), model, data, true)))
    }

    fn uses(&self) -> Uses {
        Uses { features: true, cold: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts { resumed: true, ..Starts::default() }
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, FileError> {
        FactorModel::load(file, AlphaRecParams::check, |method, model, data| {
            completed(&method.params.backbone(), model, data, true)
        })
    }
}
