//! DNIS: the parameters, checked, and the training.

use crate::Found;
use crate::objective::Loss;
use crate::search::search;
use foretaste_data::Interactions;
use foretaste_mf::{BySteps, Error, FactorModel, Monitor, Start, ValidParams};
use foretaste_model::{Described, Storage, parameters};
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "dnis";

/// The share of numbers above which a bit for each is not worth its room, by some margin.
const SPARSE: f32 = 0.9;

fn share_of(epochs: u32, share: f32) -> u32 {
    (f64::from(epochs) * f64::from(share)).round() as u32
}

parameters! {
    /// Parameters of DNIS. Unchecked: [`Dnis::new`] checks them.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Params {
        /// Share of the numbers of all rows that is kept; one a row at least.
        #[range(above(0).at_most(1))]
        pub keep: f32,
        /// Blocks of users, and of items, by how many interactions they have; a block has gates of its own.
        #[symbol("L")]
        #[range(at_least(1).at_most(1000))]
        pub blocks: u32,
        /// Share of the epochs that are over before gates move.
        #[range(at_least(0).at_most(1))]
        pub warm_up: f32,
        /// Share of the epochs after that in which they move. The others train what is kept.
        #[range(at_least(0).at_most(1))]
        pub search: f32,
        /// How much a gate moves on average in a step.
        #[symbol("η_α")]
        #[range(at_least(0).at_most(1))]
        pub gate_lr: f32,
        /// Weight of the sum of the gates beside the mean loss.
        #[symbol("μ")]
        #[range(at_least(0).at_most(1))]
        pub gate_l1: f32,
        /// Held-out interactions of a step of gates.
        #[range(at_least(1).at_most(1_000_000))]
        pub gate_batch: u32,
        /// Share of the interactions that are held out for gates during the search, where there are no validation rows.
        #[range(above(0).at_most(0.5))]
        pub gate_share: f32,
        /// Whether numbers lie on the axes of the singular vectors of all scores, from the end of the warm-up on.
        #[values(among([true, false]))]
        pub axes: bool,
        #[flatten(sampler: forms("`uniform`, `hardest`, `hardest-of-8`, or `pop^0.5`"),
            factors: at_least(1).at_most(1024))]
        /// Those of the engine. Axes of wider rows would take minutes and more. The epochs are of warm-up, search and what comes after it.
        pub mf: foretaste_mf::Params,
    }
}

impl Default for Params {
    fn default() -> Self {
        let mf = foretaste_mf::Params { epochs: 100, ..foretaste_mf::Params::default() };
        Self {
            keep: 0.25,
            blocks: 10,
            warm_up: 0.2,
            search: 0.25,
            gate_lr: 0.1,
            gate_l1: 1e-5,
            gate_batch: 4096,
            gate_share: 0.1,
            axes: true,
            mf,
        }
    }
}

/// DNIS with legal parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Dnis {
    params: Params,
    mf: ValidParams,
}

impl Dnis {
    /// DNIS with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn new(params: Params) -> Result<Self, Error> {
        params.check_ranges()?;
        let sampler = params.mf.sampler;
        let rule = "one that draws what users have not";
        Error::unless(sampler != foretaste_mf::Negatives::Any, "sampler", rule, sampler)?;
        let mf = params.mf.clone().check()?;
        Ok(Self { params, mf })
    }

    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Those of the engine.
    pub(crate) fn mf(&self) -> &ValidParams {
        &self.mf
    }

    /// Epochs before gates move.
    pub(crate) fn warm_up(&self) -> u32 {
        share_of(self.params.mf.epochs, self.params.warm_up)
    }

    /// Epochs in which they move.
    pub(crate) fn searches(&self) -> u32 {
        share_of(self.params.mf.epochs - self.warm_up(), self.params.search)
    }

    /// The first epoch after the search.
    pub(crate) fn first_after(&self) -> u32 {
        self.warm_up() + self.searches() + 1
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the result. Gates are
    /// learnt on `validation`, of the same users and items, or, if that is not given, on a share of `data`.
    ///
    /// # Errors
    /// [`Error::NoData`] if there is nothing to learn from or to hold out; otherwise as for
    /// [`train_pairwise`](foretaste_mf::train_pairwise).
    pub fn fit(
        &self,
        data: &Interactions,
        validation: Option<&Interactions>,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Found, Error> {
        search(self, (data, validation), start, monitor)
    }

    /// A model of this method, with the way to fold in, and zeros left out of its file where that is shorter.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let storage = Storage { sparse: self.params.keep <= SPARSE, ..Storage::default() };
        model.with_storage(storage).with_fold_in(BySteps::on_triples(Loss, &self.mf, data))
    }
}
