//! From clicks and propensities to a trained model.

use crate::solver::squares;
use crate::{Error, Estimator, Params, Propensities, RelMfLoss, Solver, UbprLoss, UbprParams};
use foretaste_data::{Dataset, Interactions, ItemId};
use foretaste_mf::{
    ByLeastSquares, BySteps, FactorModel, LeastSquares, Monitor, Problem, Reported, Start, Targets,
    Trained, ValidParams, pairwise_apart, pointwise_apart, train_by_least_squares, train_pairwise,
    train_pointwise,
};
use foretaste_model::{Apart, Model, Scorer, Whole};

/// Rel-MF with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct RelMf {
    pub(crate) params: Params,
    pub(crate) mf: ValidParams,
}

/// UBPR with legal parameters; made by [`UbprParams::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ubpr {
    pub(crate) params: UbprParams,
    pub(crate) mf: ValidParams,
}

impl RelMf {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The loss of a cell.
    pub fn loss(&self) -> RelMfLoss {
        RelMfLoss::new(self.params.loss, self.params.estimator)
    }

    /// What a click counts.
    pub fn labels(&self, propensities: &Propensities) -> Labels {
        let Params { estimator, clip, confidence, .. } = self.params;
        match estimator {
            Estimator::Naive => Labels::One,
            Estimator::Wmf => Labels::Items(vec![confidence; propensities.n_items()]),
            Estimator::Unbiased => propensities.inverse(0.0),
            Estimator::Clipped => propensities.inverse(clip),
        }
    }

    /// Trains on `data`, with the propensities that the parameters name; in parallel on the
    /// current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// Those of [`Propensities::new`], and [`Error::Training`] as for [`train_pointwise`].
    pub fn fit(&self, data: &Dataset, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_with(data.interactions(), &self.propensities(data)?, Start::default(), monitor)
    }

    /// The propensities that the parameters name; 1 for all where the estimator needs none.
    ///
    /// # Errors
    /// Those of [`Propensities::new`].
    pub fn propensities(&self, data: &Dataset) -> Result<Propensities, Error> {
        let Params { propensity, exposure, floor, estimator, mf, .. } = &self.params;
        match estimator.weights_clicks() {
            true => Propensities::new(propensity, (*exposure, mf.seed), *floor, data),
            false => Ok(Propensities::constant(data.interactions().n_items(), 1.0)),
        }
    }

    /// [`RelMf::fit`] with propensities that are at hand, from nothing, an earlier model, or a state. The
    /// exact solver begins an interrupted half of a sweep anew. Where clicks have weights, each counts so
    /// many times, with the estimator `wmf` and steps.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there are weights and the estimator or the solver is another;
    /// [`Error::Shape`] if the propensities are not of this data; [`Error::Training`] as for
    /// [`train_pointwise`].
    pub fn fit_with(
        &self,
        data: &Interactions,
        propensities: &Propensities,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        propensities.check_shape(data)?;
        self.check_weights(data)?;
        let labels = self.labels(propensities).weighted_by(data);
        match self.params.solver {
            Solver::Sgd => {
                let targets = labels.targets();
                let problem = Problem { targets, from: start, ..Problem::default() };
                Ok(train_pointwise(&self.loss(), &problem, data, &self.mf, monitor)?)
            }
            Solver::Als => self.solve(data, &labels, start, monitor),
        }
    }

    /// The training by workers that have a part of such data each: by steps, with propensities that follow
    /// from popularity.
    ///
    /// # Errors
    /// [`Error::Parameter`] where it is another, and as for [`pointwise_apart`].
    pub fn apart(&self, whole: &Whole) -> Result<Box<dyn Apart>, Error> {
        let Params { propensity, floor, estimator, solver, .. } = &self.params;
        if *solver != Solver::Sgd {
            let rule = "sgd where a training is in parts".to_owned();
            return Err(Error::Parameter { name: "solver", rule, value: "als".to_owned() });
        }
        let counts = &whole.item_counts;
        let propensities = match estimator.weights_clicks() {
            true => Propensities::of_counts(propensity, *floor, counts)?,
            false => Propensities::constant(counts.len(), 1.0),
        };
        let targets = self.labels(&propensities).by_item();
        Ok(pointwise_apart(self.loss(), (whole, targets), &self.mf, &[])?)
    }

    /// Refuses weights but where y is how much a click counts. With the other estimators y is a label:
    /// a larger one would weigh the loss of 1 and take from that of 0, which has no least value. The
    /// exact solver's x² of a click may not count less than that of other cells.
    fn check_weights(&self, data: &Interactions) -> Result<(), Error> {
        let Params { solver, estimator, .. } = self.params;
        let refuse = |name, rule: &str, value: String| {
            let rule = format!("{rule} where interactions have weights");
            Err(Error::Parameter { name, rule, value })
        };
        match (data.weights(), estimator, solver) {
            (None, ..) | (_, Estimator::Wmf, Solver::Sgd) => Ok(()),
            (_, Estimator::Wmf, Solver::Als) => refuse("solver", "sgd", "als".into()),
            (_, other, _) => refuse("estimator", "wmf", format!("{other:?}").to_lowercase()),
        }
    }

    /// λ in units of what chance gives, and how much more than other cells a click counts.
    fn of_squares(&self) -> (f32, f32) {
        let Params { shrinkage, estimator, confidence, .. } = self.params;
        (shrinkage, if estimator == Estimator::Wmf { confidence - 1.0 } else { 0.0 })
    }

    /// A model of this method, with its propensities, with the way to fold in.
    ///
    /// What an item in a history counts follows from the model's θ of it, which is `floor` where the
    /// training had no click on it.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let Params { estimator, clip, floor, confidence, solver, .. } = self.params;
        let theta = model.propensities().unwrap_or_default();
        let labels = match estimator {
            Estimator::Naive => Vec::new(),
            Estimator::Wmf => vec![confidence; model.n_items()],
            Estimator::Unbiased => inverse(theta, floor),
            Estimator::Clipped => inverse(theta, floor.max(clip)),
        };
        match solver {
            Solver::Sgd => {
                let steps = BySteps::on_pairs(self.loss(), &self.mf, &[], data);
                model.with_fold_in(steps.with_labels(labels))
            }
            Solver::Als => {
                let targets =
                    if labels.is_empty() { Targets::Ones } else { Targets::Items(&labels) };
                let k = self.mf.get().factors;
                let squares = squares(data, targets, k, self.of_squares());
                model.with_fold_in(ByLeastSquares::new(squares, labels))
            }
        }
    }

    /// Sweeps of the exact solver.
    fn solve(
        &self,
        data: &Interactions,
        labels: &Labels,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let training = self.mf.get().training();
        let squares = squares(data, labels.targets(), training.factors, self.of_squares());
        let solver = LeastSquares::new(data, labels.targets(), squares);
        let sweeps = (solver, false, Reported::Loss);
        Ok(train_by_least_squares(data, sweeps, &training, start, monitor)?)
    }
}

impl Ubpr {
    /// The parameters.
    pub fn params(&self) -> &UbprParams {
        &self.params
    }

    /// A model of this method, with its propensities, with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let UbprParams { clip, floor, .. } = self.params;
        let labels = inverse(model.propensities().unwrap_or_default(), floor.max(clip));
        let steps = BySteps::on_triples(self.loss(), &self.mf, data);
        model.with_fold_in(steps.with_labels(labels))
    }

    /// The loss of a triple.
    pub fn loss(&self) -> UbprLoss {
        UbprLoss { beta: self.params.beta }
    }

    /// Trains on `data`, as [`RelMf::fit`] does.
    ///
    /// # Errors
    /// As for [`RelMf::fit`].
    pub fn fit(&self, data: &Dataset, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_with(data.interactions(), &self.propensities(data)?, Start::default(), monitor)
    }

    /// The propensities that the parameters name.
    ///
    /// # Errors
    /// Those of [`Propensities::new`].
    pub fn propensities(&self, data: &Dataset) -> Result<Propensities, Error> {
        let UbprParams { propensity, exposure, floor, mf, .. } = &self.params;
        Propensities::new(propensity, (*exposure, mf.seed), *floor, data)
    }

    /// [`Ubpr::fit`] with propensities that are at hand, from nothing, an earlier model, or a state.
    ///
    /// # Errors
    /// As for [`RelMf::fit_with`]; [`Error::Training`], too, if β is 0 and every user who has an item
    /// has all: a clicked j then is no negative.
    pub fn fit_with(
        &self,
        data: &Interactions,
        propensities: &Propensities,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        propensities.check_shape(data)?;
        let full = |row: &[usize]| [0, data.n_items()].contains(&(row[1] - row[0]));
        self.check_learnable(|| !data.starts().windows(2).all(full))?;
        let labels = propensities.inverse(self.params.clip);
        let problem = Problem { targets: labels.targets(), from: start, ..Problem::default() };
        Ok(train_pairwise(&self.loss(), &problem, data, &self.mf, monitor)?)
    }
}

impl Ubpr {
    /// The training by workers that have a part of such data each, with propensities that follow from
    /// popularity.
    ///
    /// # Errors
    /// [`Error::Parameter`] where they are others, and as for [`Ubpr::fit_with`].
    pub fn apart(&self, whole: &Whole) -> Result<Box<dyn Apart>, Error> {
        let UbprParams { propensity, floor, clip, .. } = &self.params;
        let propensities = Propensities::of_counts(propensity, *floor, &whole.item_counts)?;
        self.check_learnable(|| whole.learnable)?;
        let targets = propensities.inverse(*clip).by_item();
        Ok(pairwise_apart(self.loss(), (whole, targets), &self.mf)?)
    }

    /// Whether some pair is a negative: with β = 0 a clicked one is none.
    fn check_learnable(&self, learnable: impl FnOnce() -> bool) -> Result<(), Error> {
        if self.params.beta == 0.0 && !learnable() {
            let reason = "no user with an item lacks another one";
            return Err(foretaste_mf::Error::NoData { reason }.into());
        }
        Ok(())
    }
}

/// 1 / max(θ, `least`) of each item.
fn inverse(theta: &[f32], least: f32) -> Vec<f32> {
    theta.iter().map(|theta| 1.0 / theta.max(least)).collect()
}

/// What clicks count, as the engine takes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// 1, all of them.
    One,
    /// A number an item.
    Items(Vec<f32>),
    /// A number a click, in the order of [`Interactions::items`].
    Pairs(Vec<f32>),
}

impl Labels {
    /// Each as often as the click weighs, if clicks have weights.
    fn weighted_by(self, data: &Interactions) -> Self {
        let Some(weights) = data.weights() else { return self };
        let label = |(at, item): (usize, &ItemId)| self.targets().of(item.index(), at);
        let labels = data.items().iter().enumerate().map(label);
        Self::Pairs(labels.zip(weights).map(|(label, weight)| label * weight).collect())
    }

    /// A number an item; none if all are 1, or each click has its own.
    fn by_item(self) -> Option<Vec<f32>> {
        match self {
            Self::Items(items) => Some(items),
            Self::One | Self::Pairs(_) => None,
        }
    }

    /// The same, borrowed.
    pub fn targets(&self) -> Targets<'_> {
        match self {
            Self::One => Targets::Ones,
            Self::Items(items) => Targets::Items(items),
            Self::Pairs(pairs) => Targets::Pairs(pairs),
        }
    }
}
