//! BPR-MF: the parameters, checked, and the training.

use crate::BprLoss;
use foretaste_data::Interactions;
use foretaste_mf::{
    BySteps, Error, FactorModel, Monitor, Params, Problem, Start, Trained, ValidParams,
    pairwise_apart, train_pairwise,
};
use foretaste_model::{Apart, Whole};

/// What a model file calls this method.
pub const METHOD: &str = "bpr";

/// BPR-MF with legal parameters. The method has none of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Bpr {
    params: ValidParams,
}

impl Bpr {
    /// BPR-MF with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn new(params: Params) -> Result<Self, Error> {
        Ok(Self { params: params.check()? })
    }

    /// The parameters.
    pub fn params(&self) -> &Params {
        self.params.get()
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the
    /// result.
    ///
    /// # Errors
    /// As for [`train_pairwise`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`Bpr::fit`] from an earlier model, or from a state.
    ///
    /// # Errors
    /// As for [`train_pairwise`].
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let problem = Problem { from: start, ..Problem::default() };
        train_pairwise(&BprLoss, &problem, data, &self.params, monitor)
    }

    /// The training by workers that have a part of such data each.
    ///
    /// # Errors
    /// As for [`pairwise_apart`].
    pub fn apart(&self, whole: &Whole) -> Result<Box<dyn Apart>, Error> {
        pairwise_apart(BprLoss, (whole, None), &self.params)
    }

    /// A model of this method, with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        model.with_fold_in(BySteps::on_triples(BprLoss, &self.params, data))
    }
}
