//! LightGCN: a row for each node, along the edges.

use crate::base::Base;
use crate::fold::ByEdges;
use crate::params::Params;
use crate::trainer::Trainer;
use foretaste_data::{Interactions, Preference};
use foretaste_mf::{
    Bias, Channel, Error, FactorModel, Factors, Monitor, Start, Trained, train_epochs,
};
use foretaste_model::{
    About, Described, Error as FileError, Fitted, Model, ModelFile, Parameter, Starts, Task,
    TrainingError, Typed, Uses,
};

/// What a model file calls this method.
pub const METHOD: &str = "lightgcn";

/// LightGCN with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct LightGcn {
    params: Params,
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<LightGcn, Error> {
        Ok(LightGcn { params: self.checked()? })
    }
}

impl LightGcn {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions; otherwise as for [`train_epochs`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_from(data, &[], Start::default(), monitor)
    }

    /// [`LightGcn::fit`] with what users are said to prefer, from an earlier model or from a state.
    ///
    /// # Errors
    /// As for [`LightGcn::fit`], and those of the start.
    pub fn fit_from(
        &self,
        data: &Interactions,
        extra: &[Preference],
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let factors = initial(data, &self.params, start)?;
        let nodes = data.n_users() + data.n_items();
        let base = Base::of_rows(nodes, self.params.factors);
        let mut trainer = Trainer::new(data, &self.params, base, None).preferring(extra);
        train_epochs(factors, &self.params.training(), start.state, monitor, &mut trainer)
    }

    /// A model of this method with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        completed(&self.params, model, data, false)
    }
}

/// A model of a backbone with the way to fold in.
pub(crate) fn completed(
    params: &Params,
    model: FactorModel,
    data: &Interactions,
    of_texts: bool,
) -> FactorModel {
    model.with_fold_in(ByEdges::new(data, params.clone(), of_texts))
}

/// What a training starts from: first what nodes are, which the first epoch finds, then what they start
/// from.
pub(crate) fn initial(
    data: &Interactions,
    params: &Params,
    start: Start<'_>,
) -> Result<Factors, Error> {
    if data.nnz() == 0 {
        return Err(Error::NoData { reason: "no interactions" });
    }
    let Params { factors, init_sd, seed, .. } = *params;
    let engine = foretaste_mf::Params { factors, init_sd, seed, ..Default::default() };
    let own = Channel { factors, reg: 0.0, init_sd, bias: Bias::default() };
    let mut factors = Factors::initial(data, &engine, &[own]);
    factors.biases.iter_mut().for_each(|biases| *biases = Default::default());
    if let Some(warm) = start.warm.filter(|_| start.state.is_none()) {
        factors.carry(warm, 2)?;
    }
    Ok(factors)
}

/// LightGCN, for registries.
#[derive(Clone, Copy, Debug)]
pub struct LightGcnTechnique;

impl Typed for LightGcnTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "rows of numbers that go along the edges between users and items",
            source: "He, Deng, Wang, et al. LightGCN: Simplifying and Powering Graph Convolution Network \
                     for Recommendation. SIGIR 2020",
        }
    }

    fn defaults(&self) -> Params {
        Params::default()
    }

    fn described(&self) -> Vec<Parameter> {
        Params::described()
    }

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        parameters.clone().check().map(drop)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = parameters.clone().check()?;
        let data = task.data.interactions();
        let trained = method.fit_from(data, task.extra, task.start, monitor)?;
        Ok(trained.fitted(|model| method.complete(model, data)))
    }

    fn uses(&self) -> Uses {
        Uses { extra: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts::FREE
    }

    fn idle(&self, parameters: &Params) -> Vec<(&'static str, &'static str)> {
        parameters.idle()
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, FileError> {
        FactorModel::load(file, Params::check, LightGcn::complete)
    }
}
