//! Trainings by sweeps.

use super::{Half, LeastSquares};
use crate::{Epochs, Error, Factors, Monitor, Pass, Progress, Trained, Training, train_epochs};
use foretaste_data::Interactions;
use foretaste_model::{Scorer, Start, State};

/// What is reported of a sweep, a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reported {
    /// The loss without λ's part.
    Loss,
    /// All that a sweep lowers, divided by this.
    Objective {
        /// What it is divided by.
        divided_by: f64,
    },
}

/// Trains by sweeps over users and items of `data`, which is the solver's, from normal rows, an earlier
/// model, or a state. With `users_at_last`, a model's users are at the minimum for its items. What an
/// earlier model holds items with counts in units of what is reported.
///
/// # Errors
/// [`Error::NoData`] without interactions; otherwise as for [`train_epochs`].
pub fn train_by_least_squares(
    data: &Interactions,
    (solver, users_at_last, reported): (LeastSquares, bool, Reported),
    training: &Training,
    start: Start<'_>,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    if data.nnz() == 0 {
        return Err(Error::NoData { reason: "no interactions" });
    }
    let (mut factors, mut solver) = (Factors::initial_rows(data, training), solver);
    if let Some(warm) = start.warm {
        factors.carry(warm, 1)?;
        let unit = match reported {
            Reported::Objective { divided_by } => divided_by,
            Reported::Loss => 1.0,
        };
        solver = solver.holding(warm, &factors, unit);
    }
    let samples = data.nnz() as u64;
    let mut sweeps = Sweeps { solver, users_at_last, reported, samples };
    train_epochs(factors, training, start.state, monitor, &mut sweeps)
}

struct Sweeps {
    solver: LeastSquares,
    users_at_last: bool,
    reported: Reported,
    samples: u64,
}

impl Epochs for Sweeps {
    fn epoch(
        &mut self,
        _: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        let Self { solver, reported, samples, .. } = self;
        let Some(whole) = solver.sweep(&[Half::Users, Half::Items], factors, progress) else {
            return Ok(None);
        };
        let loss = match reported {
            Reported::Objective { divided_by } => whole / *divided_by,
            Reported::Loss => {
                let penalty = |half| solver.penalty(half, factors);
                whole - penalty(Half::Users) - penalty(Half::Items)
            }
        };
        let cells = factors.n_users() as f64 * factors.n_items() as f64;
        let (loss, samples) = (loss / cells, *samples);
        Ok(Some(Pass { loss, samples, skipped: 0, learning_rate: None }))
    }

    fn finished(&self, factors: &Factors) -> Option<Factors> {
        self.users_at_last.then(|| {
            let mut finished = factors.clone();
            self.solver.solve_users(&mut finished);
            finished
        })
    }

    fn save(&self, state: &mut State) {
        self.solver.save(state);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.solver.restore(state)
    }
}
