//! The epochs: warm-up, search, and the training of what is kept.

use crate::Dnis;
use crate::gates::{Gates, HeldOut, Moves};
use crate::held_out::hold_out;
use crate::objective::Loss;
use foretaste_data::Interactions;
use foretaste_mf::{
    EpochReport, Epochs, Error, Factors, GatedTriples, Monitor, Pass, Progress, Start, State,
    Trained, train_epochs,
};
use foretaste_model::Scorer;
use std::borrow::Cow;

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The model, with zeros in the place of what is not kept.
    pub trained: Trained,
    /// Gates of users and of items at the end of the search: K numbers a block, the most frequent block first.
    pub gates: [Vec<f32>; 2],
    /// Interactions that they were learnt on.
    pub held_out: usize,
}

pub(crate) fn search(
    method: &Dnis,
    (data, validation): (&Interactions, Option<&Interactions>),
    start: Start<'_>,
    monitor: &mut dyn Monitor,
) -> Result<Found, Error> {
    let params = method.params();
    method.mf().check_data(data)?;
    let searches = method.searches() > 0;
    let parts = match validation {
        Some(rows) => (Cow::Borrowed(data), Cow::Borrowed(rows)),
        None if searches => {
            let (rest, held) = hold_out(data, params.gate_share, params.mf.seed)?;
            (Cow::Owned(rest), Cow::Owned(held))
        }
        None => (Cow::Borrowed(data), Cow::Owned(data.clone())),
    };
    if searches && parts.1.nnz() == 0 {
        return Err(Error::NoData {
            reason: "no validation row of a user and an item of the data",
        });
    }
    let mut first = Factors::initial(data, method.mf().get(), &[]);
    if let Some(warm) = start.warm {
        first.carry(warm, 1)?;
    }
    let gates = Gates::new(data, params.blocks as usize, params.mf.factors);
    let factors = first.with_gates();
    let mut search = Search {
        method,
        data,
        engine: GatedTriples::new(&Loss, &parts.0, method.mf())?,
        held_out: HeldOut { rows: &parts.1, seen: &parts.0 },
        gates,
        epoch: 0,
        is_pruned: false,
        is_turned: false,
    };
    let training = params.mf.training();
    let quiet = &mut Quietly { monitor, before: search.first_validated() };
    let trained = train_epochs(factors, &training, start.state, quiet, &mut search)?;
    Ok(Found { trained, gates: search.gates.alpha, held_out: search.held_out.rows.nnz() })
}

struct Search<'a> {
    method: &'a Dnis,
    data: &'a Interactions,
    /// On all data, once the search is over.
    engine: GatedTriples<'a, Loss>,
    held_out: HeldOut<'a>,
    gates: Gates,
    /// The epoch that was begun last.
    epoch: u32,
    is_pruned: bool,
    /// Whether numbers are on axes of their own.
    is_turned: bool,
}

impl<'a> Search<'a> {
    /// The first epoch whose model is of what is kept.
    fn first_validated(&self) -> u32 {
        self.method.first_after().min(self.method.params().mf.epochs)
    }

    /// Leaves of the numbers those that count most, and makes them what they count.
    fn prune(&mut self, factors: &mut Factors) -> Result<(), Error> {
        let counting = factors.gated();
        let keep = counting.largest(f64::from(self.method.params().keep));
        *factors = counting.pruned(&keep).with_gates();
        let tables = [&mut factors.users, &mut factors.items];
        for (table, keep) in tables.into_iter().zip(&keep) {
            let gates: Vec<f32> = keep.iter().map(|&keep| f32::from(u8::from(keep))).collect();
            table.fill(1, &gates);
        }
        self.trains_all()
    }

    fn trains_all(&mut self) -> Result<(), Error> {
        self.engine = GatedTriples::new(&Loss, self.data, self.method.mf())?;
        self.is_pruned = true;
        Ok(())
    }

    /// The learning rate of an epoch: it falls during the search, and once more after it.
    fn rate(&self, epoch: u32) -> f32 {
        let foretaste_mf::Params { lr, schedule, epochs, .. } = *self.method.mf().get();
        let before = self.method.first_after() - 1;
        let share = match epoch > before {
            true => schedule.share(epoch - before, epochs - before),
            false => schedule.share(epoch, before),
        };
        lr * share
    }
}

impl Epochs for Search<'_> {
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        self.epoch = epoch;
        let params = self.method.params();
        if epoch == self.method.warm_up() + 1 && params.axes && !self.is_turned {
            *factors = factors.clone().on_axes();
            self.is_turned = true;
        }
        if epoch >= self.method.first_after() && !self.is_pruned {
            self.prune(factors)?;
        }
        let pass = self.engine.epoch((epoch, self.rate(epoch)), factors, progress);
        if pass.is_some() && epoch > self.method.warm_up() && !self.is_pruned {
            let moves = Moves {
                rate: params.gate_lr,
                l1: params.gate_l1,
                batch: params.gate_batch as usize,
                seed: params.mf.seed,
            };
            self.gates.step(factors, self.held_out, epoch, moves);
            self.gates.put(factors);
        }
        Ok(pass)
    }

    fn finished(&self, factors: &Factors) -> Option<Factors> {
        let model = factors.gated();
        let is_whole = !self.is_pruned && self.epoch < self.first_validated();
        Some(match is_whole || self.is_pruned {
            true => model,
            false => model.pruned(&model.largest(f64::from(self.method.params().keep))),
        })
    }

    fn save(&self, state: &mut State) {
        self.engine.save(state);
        self.gates.save(state);
        state.put("gates.pruned", vec![u8::from(self.is_pruned)]);
        state.put("gates.turned", vec![u8::from(self.is_turned)]);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        if state.get_one::<u8>("gates.pruned")? != 0 {
            self.trains_all()?;
        }
        self.is_turned = state.get_one::<u8>("gates.turned")? != 0;
        self.gates.restore(state)?;
        self.engine.restore(state)
    }
}

/// A monitor that is not asked of models before what is kept is chosen: the best of them would be the model.
struct Quietly<'a> {
    monitor: &'a mut dyn Monitor,
    before: u32,
}

impl Monitor for Quietly<'_> {
    fn validate(&mut self, epoch: u32, model: &dyn Scorer) -> Result<Option<f64>, Error> {
        if epoch < self.before { Ok(None) } else { self.monitor.validate(epoch, model) }
    }

    fn estimating(&mut self, trainings: u32) {
        self.monitor.estimating(trainings);
    }

    fn memory(&mut self, bytes: u64) {
        self.monitor.memory(bytes);
    }

    fn epoch(&mut self, report: &EpochReport) {
        self.monitor.epoch(report);
    }

    fn progress(&mut self, epoch: u32, share: f64) -> bool {
        self.monitor.progress(epoch, share)
    }

    fn interrupted(&mut self) -> bool {
        self.monitor.interrupted()
    }

    fn checkpoint(&mut self, epochs: u32, ending: bool, state: &mut dyn FnMut() -> State) {
        self.monitor.checkpoint(epochs, ending, state);
    }
}

#[cfg(test)]
mod tests;
