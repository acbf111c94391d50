//! The methods by name.

use crate::{
    BPO, BpoModel, BpoParams, CalibratedModel, CalibratedParams, NBPO_CALIBRATED, NbpoModel,
    NbpoParams, Variant,
};
use foretaste_mf::FactorModel;
use foretaste_model::{
    About, Apart, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed, Whole,
};

const SOURCE: &str = "Yu, Qin. Sampler Design for Implicit Feedback Data by Noisy-label Robust \
                      Learning. SIGIR 2020";

/// BPO, for registries.
#[derive(Clone, Copy, Debug)]
pub struct BpoTechnique;

/// NBPO or a variant of it, for registries.
#[derive(Clone, Copy, Debug)]
pub struct NbpoTechnique(pub Variant);

/// Calibrated NBPO, for registries.
#[derive(Clone, Copy, Debug)]
pub struct CalibratedTechnique;

impl Typed for BpoTechnique {
    type Parameters = BpoParams;

    fn about(&self) -> About {
        let summary = "matrix factorization with the logistic loss on single pairs";
        About { name: BPO, summary, source: SOURCE }
    }

    fn defaults(&self) -> BpoParams {
        BpoParams::default()
    }

    fn described(&self) -> Vec<Parameter> {
        BpoParams::described()
    }

    fn check(&self, parameters: &BpoParams) -> Result<(), TrainingError> {
        BpoModel::new(parameters.clone()).map(drop)
    }

    fn fit(
        &self,
        parameters: &BpoParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = BpoModel::new(parameters.clone())?;
        let data = task.data.interactions();
        let trained = method.fit_from(data, task.start, monitor)?;
        Ok(trained.fitted(|model| method.complete(model, data)))
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, BpoModel::new, BpoModel::complete)
    }

    fn apart(
        &self,
        parameters: &BpoParams,
        whole: &Whole,
    ) -> Result<Box<dyn Apart>, TrainingError> {
        BpoModel::new(parameters.clone())?.apart(whole)
    }
}

impl NbpoTechnique {
    fn model(self, parameters: &NbpoParams) -> Result<NbpoModel, TrainingError> {
        NbpoModel::new(NbpoParams { variant: self.0, ..parameters.clone() })
    }
}

impl Typed for NbpoTechnique {
    type Parameters = NbpoParams;

    fn about(&self) -> About {
        let summary = match self.0 {
            Variant::Nbpo => "BPO that learns label noise, by the paper's field of steps",
            Variant::NbpoO => "BPO that learns label noise, by the log-likelihood",
            Variant::NbpoS => "BPO that learns label noise, by the likelihood",
        };
        About { name: self.0.name(), summary, source: SOURCE }
    }

    fn defaults(&self) -> NbpoParams {
        NbpoParams::of(self.0)
    }

    fn described(&self) -> Vec<Parameter> {
        NbpoParams::described()
    }

    fn check(&self, parameters: &NbpoParams) -> Result<(), TrainingError> {
        self.model(parameters).map(drop)
    }

    fn fit(
        &self,
        parameters: &NbpoParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = self.model(parameters)?;
        let data = task.data.interactions();
        let trained = method.fit_from(data, task.start, monitor)?;
        Ok(trained.fitted(|model| method.complete(model, data)))
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, |parameters| self.model(&parameters), NbpoModel::complete)
    }
}

impl Typed for CalibratedTechnique {
    type Parameters = CalibratedParams;

    fn about(&self) -> About {
        let summary = "BPO that learns label noise whose rates are estimated from the data";
        About { name: NBPO_CALIBRATED, summary, source: SOURCE }
    }

    fn defaults(&self) -> CalibratedParams {
        CalibratedParams::default()
    }

    fn described(&self) -> Vec<Parameter> {
        CalibratedParams::described()
    }

    fn check(&self, parameters: &CalibratedParams) -> Result<(), TrainingError> {
        CalibratedModel::new(parameters.clone()).map(drop)
    }

    fn fit(
        &self,
        parameters: &CalibratedParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = CalibratedModel::new(parameters.clone())?;
        let data = task.data.interactions();
        let trained = method.fit_from(data, task.start, monitor)?;
        Ok(trained.fitted(|model| method.complete(model, data)))
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, CalibratedModel::new, CalibratedModel::complete)
    }
}
