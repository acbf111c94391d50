//! The parameters, checked, and the solution.

use crate::gram::gram;
use crate::{EaseWeights, Form, FromUsers, Stopped, Triangle, invert, memory};
use foretaste_data::{Interactions, Side};
use foretaste_model::{Concern, Described, Monitor, TrainingError, parameters};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "ease";

parameters! {
    /// The parameters of EASE. Unchecked: [`Params::check`] makes the [`Ease`] that solves.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Weight of the L2 penalty; 0 for five times the items that users have on average.
        #[symbol("λ")]
        #[range(at_least(0).at_most(1e9))]
        pub reg: f32,
        /// GiB of memory that training and writing the model may take: what would take more is refused
        /// before it is begun.
        #[range(above(0).at_most(1e6))]
        pub memory: f32,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self { reg: 0.0, memory: 8.0 }
    }
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<Ease, TrainingError> {
        self.check_ranges()?;
        Ok(Ease { params: self })
    }

    /// λ, of these data.
    pub fn lambda(&self, data: &Interactions) -> f32 {
        /// Of the items of a user, on average: see the README.
        const OF_ITEMS: f64 = 5.0;
        match self.reg {
            0.0 => {
                let users = data.starts().windows(2).filter(|row| row[0] < row[1]).count();
                (OF_ITEMS * data.nnz() as f64 / users.max(1) as f64) as f32
            }
            reg => reg,
        }
    }
}

/// EASE with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ease {
    params: Params,
}

impl Ease {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Solves for all items, in parallel on the current rayon pool, whose size does not change the
    /// result, in the [`Form`] that takes less.
    ///
    /// # Errors
    /// [`TrainingError::NoData`] without interactions; [`TrainingError::Method`] if it would take more
    /// memory than it may, or λ is so small that rounding decides; [`TrainingError::Interrupted`] if the
    /// monitor says so.
    pub fn fit(
        &self,
        data: &Interactions,
        monitor: &mut dyn Monitor,
    ) -> Result<EaseWeights, TrainingError> {
        self.fit_in(Form::of(data), data, monitor)
    }

    /// [`Ease::fit`] in a form of choice.
    ///
    /// # Errors
    /// As there.
    pub fn fit_in(
        &self,
        form: Form,
        data: &Interactions,
        monitor: &mut dyn Monitor,
    ) -> Result<EaseWeights, TrainingError> {
        if data.nnz() == 0 {
            return Err(TrainingError::NoData { reason: "no interactions" });
        }
        let shape = (data.n_users(), data.n_items());
        memory::check(form, shape, self.params.memory)?;
        monitor.memory(memory::bytes_needed(form, shape.0, shape.1) as u64);
        let lambda = self.params.lambda(data);
        let (users, items) = (Side::of_users(data), Side::of_items(data));
        let sides = match form {
            Form::Primal => (&items, &users),
            Form::Dual => (&users, &items),
        };
        let mut matrix = gram(sides, lambda);
        // What is left after the inverse takes a pass over one matrix.
        let go_on = |share: f64| {
            // Its answer is about further epochs.
            monitor.progress(1, share);
            !monitor.interrupted()
        };
        invert(&mut matrix, go_on).map_err(|stopped| match stopped {
            Stopped::Interrupted => TrainingError::Interrupted { epoch: 1 },
            Stopped::Singular(_) => singular(lambda),
        })?;
        match form {
            Form::Primal => Ok(EaseWeights::Items(of_items(&matrix))),
            Form::Dual => {
                let of = FromUsers::new(matrix, items, lambda);
                Ok(EaseWeights::Users(of.ok_or_else(|| singular(lambda))?))
            }
        }
    }
}

fn singular(lambda: f32) -> TrainingError {
    TrainingError::Method {
        concern: Concern::Parameters,
        message: format!(
            "reg = {lambda} is too small for these data: some items or users are so nearly sums of \
             others that rounding would decide"
        ),
        help: Some(
            "more regularisation, as --reg 10, or --reg 0 for what suits the data".to_owned(),
        ),
    }
}

/// B, row by row.
fn of_items(inverse: &Triangle) -> Vec<f32> {
    let n = inverse.n();
    let mut weights = vec![0.0; n * n];
    weights.par_chunks_exact_mut(n.max(1)).enumerate().for_each(|(from, row)| {
        for (to, weight) in row.iter_mut().enumerate().filter(|(to, _)| *to != from) {
            *weight = -inverse.get(from, to) / inverse.get(to, to);
        }
    });
    weights
}

#[cfg(test)]
mod tests;
