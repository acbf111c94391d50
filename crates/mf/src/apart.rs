//! Training in parts: by workers that have a part of the users each and pass the items round.
//!
//! In round r of an epoch, user block t meets item block (t + r) mod B. Cells that share no block may be trained
//! on in any order, exactly; all that counts is the order in which each block meets its partners. So the blocks are
//! cut into Q ranges, the same for users and items, and an epoch takes Q + 1 super-rounds instead of B rounds: in
//! super-round R worker T holds item range (T + R) mod Q, and trains on its cells (t, i) in ascending i − t: those
//! with i ≥ t if R = 0, all if 0 < R < Q, those with i < t if R = Q. Each block then has met its partners in the
//! order of the rounds, and since a cell's random numbers are keyed by epoch, block and round, the numbers are
//! those of a training on one machine, bit for bit, for any Q.
//!
//! Between epochs the items are dealt anew, and each worker sends to each other what this one needs.
//!
//! What is averaged over all cells of a round has no place in this: biases of all pairs are refused.

mod lists;
mod part;
mod plan;
mod worker;

use crate::cell::Task;
use crate::course;
use crate::deal::Deal;
use crate::epoch::first_sums;
use crate::points::Points;
use crate::searches::Searches;
use crate::streams::{Purpose, stream};
use crate::table::normal;
use crate::train::{check_searches, check_triples, check_whole};
use crate::triples::Triples;
use crate::{
    Channel, Error, Factors, Negatives, Pairwise, Params, Pointwise, Problem, Ranking, State,
    Table, Targets, ValidParams,
};
use foretaste_data::Interactions;
use foretaste_kernels::{LANES, Lanes, lanes_for};
use foretaste_model::{Apart, Footprint, Place, Scorer, Tally, Whole, Worker};
use lists::{Lists, Numbers, Side, wrong};
pub(crate) use plan::{Plan, weight_of_positives};
use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;
use worker::{Member, blocks_from, users_from};

/// An objective that makes tasks.
trait Kind: Debug + Send + Sync + 'static {
    type Task<'a>: Task
    where
        Self: 'a;

    fn task(&self, params: &Params) -> Self::Task<'_>;
}

#[derive(Debug)]
struct OfTriples<O>(O);

#[derive(Debug)]
struct OfSearches<O>(O);

#[derive(Debug)]
struct OfPairs<O, const C: usize> {
    objective: O,
    more: Vec<Channel>,
}

impl<O: Pairwise + Debug + Send + 'static> Kind for OfTriples<O> {
    type Task<'a> = Triples<'a, O>;

    fn task(&self, _: &Params) -> Triples<'_, O> {
        Triples(&self.0)
    }
}

impl<O: Ranking + Debug + Send + 'static> Kind for OfSearches<O> {
    type Task<'a> = Searches<'a, O>;

    fn task(&self, _: &Params) -> Searches<'_, O> {
        Searches(&self.0)
    }
}

impl<O: Pointwise<C> + Debug + Send + 'static, const C: usize> Kind for OfPairs<O, C> {
    type Task<'a> = Points<'a, O, C>;

    fn task(&self, params: &Params) -> Points<'_, O, C> {
        Points::new(&self.objective, params, &self.more).expect("they were checked")
    }
}

/// The training by workers of what [`train_pairwise`](crate::train_pairwise) trains; `targets` are the labels of
/// each item's pairs, 1 if there are none.
///
/// # Errors
/// As there, and [`Error::Method`] where it can't be done in parts.
pub fn pairwise_apart(
    objective: impl Pairwise + Debug + Send + 'static,
    (whole, targets): (&Whole, Option<Vec<f32>>),
    params: &ValidParams,
) -> Result<Box<dyn Apart>, Error> {
    check_triples(&Problem::default(), params.get())?;
    scheme(OfTriples(objective), (whole, targets), params, &[])
}

/// The same of what [`train_ranking`](crate::train_ranking) trains.
///
/// # Errors
/// As for [`pairwise_apart`].
pub fn ranking_apart(
    objective: impl Ranking + Debug + Send + 'static,
    whole: &Whole,
    params: &ValidParams,
) -> Result<Box<dyn Apart>, Error> {
    check_triples(&Problem::default(), params.get())?;
    check_searches(params.get())?;
    scheme(OfSearches(objective), (whole, None), params, &[])
}

/// The same of what [`train_pointwise`](crate::train_pointwise) trains, from normal rows.
///
/// # Errors
/// As for [`pairwise_apart`].
pub fn pointwise_apart<const C: usize>(
    objective: impl Pointwise<C> + Debug + Send + 'static,
    (whole, targets): (&Whole, Option<Vec<f32>>),
    params: &ValidParams,
    more: &[Channel],
) -> Result<Box<dyn Apart>, Error> {
    Points::new(&objective, params.get(), more)?;
    scheme(OfPairs { objective, more: more.to_vec() }, (whole, targets), params, more)
}

fn scheme<K: Kind>(
    kind: K,
    (whole, targets): (&Whole, Option<Vec<f32>>),
    params: &ValidParams,
    more: &[Channel],
) -> Result<Box<dyn Apart>, Error> {
    let params = params.get();
    let channels: Vec<Channel> =
        std::iter::once(params.first_channel()).chain(more.iter().copied()).collect();
    let rule = "without one of all pairs, which all workers would move at once, where a training is in parts";
    let averaged = channels.iter().find(|channel| channel.bias.global);
    Error::unless(averaged.is_none(), "bias", rule, params.bias)?;
    check_whole(whole, params)?;
    targets
        .as_deref()
        .map_or(Targets::Ones, Targets::Items)
        .check_size(whole.n_items(), whole.nnz)?;
    let lanes = channels.iter().map(|channel| lanes_for(channel.factors)).sum();
    let plan = Plan::new(whole, params, lanes);
    let (n_users, nnz) = (whole.n_users, whole.nnz);
    let scheme = Scheme { kind, plan, n_users, nnz, channels, targets };
    Ok(Box::new(Shared(Arc::new(scheme))))
}

/// All that the workers of a training have in common.
#[derive(Debug)]
struct Scheme<K> {
    kind: K,
    plan: Plan,
    n_users: usize,
    nnz: usize,
    channels: Vec<Channel>,
    /// The labels of each item's pairs, if not 1.
    targets: Option<Vec<f32>>,
}

impl<K> Scheme<K> {
    fn targets(&self) -> Targets<'_> {
        self.targets.as_deref().map_or(Targets::Ones, Targets::Items)
    }

    fn dealt(&self, epoch: u32) -> Deal {
        let mut deal = Deal::new(self.plan.n_items, self.plan.blocks);
        deal.shuffle(self.plan.params.seed, epoch);
        deal
    }

    /// Calls `put` with the first numbers of each of some of so many rows.
    fn first_rows(
        &self,
        rows: (usize, Range<usize>),
        purpose: fn(u64) -> Purpose,
        mut put: impl FnMut(usize, &[Lanes]),
    ) {
        let widths: Vec<usize> = self.channels.iter().map(|channel| channel.factors).collect();
        let sds: Vec<_> =
            self.channels.iter().map(|channel| normal(channel.init_sd)).enumerate().collect();
        let seed = self.plan.params.seed;
        let stream = |chunk| stream(seed, purpose(chunk));
        Table::each_by_chunks(rows, (&widths, &sds), stream, &mut put);
    }

    fn lanes(&self) -> usize {
        self.channels.iter().map(|channel| lanes_for(channel.factors)).sum()
    }

    fn is_adaptive(&self) -> bool {
        self.plan.params.steps != crate::Steps::Sgd
    }
}

#[derive(Debug)]
struct Shared<K>(Arc<Scheme<K>>);

impl<K: Kind> Apart for Shared<K> {
    fn blocks(&self) -> usize {
        self.0.plan.blocks
    }

    fn epochs(&self) -> u32 {
        self.0.plan.params.epochs
    }

    fn footprint(&self, workers: usize) -> Footprint {
        let Scheme { plan, n_users, nnz, channels, .. } = &*self.0;
        let (workers, blocks) = (workers.max(1), plan.blocks);
        // A worker's share; blocks are whole.
        let part = |of: usize| of.div_ceil(blocks) as u64 * blocks.div_ceil(workers) as u64;
        let number = |on: bool| 4 * u64::from(on);
        let biases = |side: Side| {
            channels.iter().map(|channel| number(side.has_biases(channel))).sum::<u64>()
        };
        let row = (self.0.lanes() * LANES * 4) as u64 + number(self.0.is_adaptive());
        let (user, item) = (row + biases(Side::Users), row + biases(Side::Items));
        let n_items = plan.n_items as u64;
        let items = part(plan.n_items) * item;
        // Dealt twice; counts, and what is drawn by.
        let of_all = n_items
            * match plan.params.sampler {
                Negatives::Popularity(_) => 44,
                _ => 20,
            };
        let pairs = part(*nnz);
        let cells = pairs.min(part(*n_users) * blocks as u64);
        let users = part(*n_users);
        // Columns of the pairs, and rows of them.
        let loading = pairs * 12 + users * 16 + of_all + ODDS_AND_ENDS;
        // Rows of the pairs, and the worker's; their order. Items as rows, as a list, and as the bytes that go and
        // those that come.
        let own = users * (user + 16) + pairs * 10 + cells * 4;
        let training = own + items * 4 + of_all + ODDS_AND_ENDS;
        // All numbers as lists and as bytes; the last time, the pairs, too.
        let training = training + users * (user * 2 + 4) + items * 2 + pairs * 4;
        let sent = match workers {
            1 => 0,
            _ => items * (workers as u64) + items * (workers as u64 - 1) / workers as u64,
        };
        Footprint { loading, training, sent }
    }

    fn worker(&self, place: Place<'_>, pairs: Interactions) -> Result<Box<dyn Worker>, Error> {
        Ok(Box::new(Member::new(Arc::clone(&self.0), place, pairs)?))
    }

    fn whole(
        &self,
        users: &[State],
        items: &[State],
        tallies: &[Vec<Tally>],
    ) -> Result<State, Error> {
        self.0.whole(users, items, tallies)
    }

    fn scorer(&self, users: &State, items: &[State]) -> Result<Box<dyn Scorer>, Error> {
        let range = users_from(users, self.0.n_users)?;
        let mut all = Gathered::new(&self.0, range.len());
        all.put_users(users, range.start)?;
        all.put_items(items)?;
        Ok(Box::new(all.factors))
    }
}

/// Lists of blocks, random streams, what the thread pool allocates.
const ODDS_AND_ENDS: u64 = 1 << 20;

impl<K> Scheme<K> {
    fn whole(
        &self,
        users: &[State],
        items: &[State],
        tallies: &[Vec<Tally>],
    ) -> Result<State, Error> {
        let Self { plan, n_users, .. } = self;
        let mut all = Gathered::new(self, *n_users);
        let mut found = 0;
        for state in users {
            found += all.put_users(state, 0)?;
        }
        if found != *n_users {
            return Err(wrong("users", format!("are {found}, not {n_users}")));
        }
        all.put_items(items)?;
        let epochs = plan.params.epochs as usize;
        if tallies.len() != epochs || tallies.iter().any(|blocks| blocks.len() != plan.blocks) {
            let reason = format!("are not of {epochs} epochs and {} blocks", plan.blocks);
            return Err(wrong("tallies", reason));
        }
        Ok(course::ended(&all.factors, (all.sums, &plan.params), tallies))
    }
}

/// The numbers of users and of all items, out of what workers saved.
struct Gathered<'a, K> {
    scheme: &'a Scheme<K>,
    factors: Factors,
    /// Sums of squared gradients, of users and of items.
    sums: [Vec<f32>; 2],
}

impl<'a, K> Gathered<'a, K> {
    /// Of so many users, all numbers 0.
    fn new(scheme: &'a Scheme<K>, n_users: usize) -> Self {
        let (steps, n_items) = (scheme.plan.params.steps, scheme.plan.n_items);
        let factors = Factors::zeros((n_users, n_items), &scheme.channels);
        Self { scheme, factors, sums: [n_users, n_items].map(|len| first_sums(steps, len)) }
    }

    /// Puts the users of a state where they are from the `first` on; says how many.
    fn put_users(&mut self, state: &State, first: usize) -> Result<usize, Error> {
        let range = users_from(state, self.scheme.n_users)?;
        let lists = Lists::of(state, (Side::Users, range.len()), self.scheme)?;
        for (n, user) in range.clone().enumerate() {
            self.put(Side::Users, user - first, (&lists, n));
        }
        Ok(range.len())
    }

    /// Puts the items of states of the last epoch.
    fn put_items(&mut self, states: &[State]) -> Result<(), Error> {
        let plan = &self.scheme.plan;
        let deal = self.scheme.dealt(plan.params.epochs);
        let mut found = vec![false; plan.blocks];
        for state in states {
            let blocks = blocks_from(state, plan.blocks)?;
            found[blocks.clone()].fill(true);
            let items: Vec<u32> = blocks.flat_map(|block| deal.items(block)).copied().collect();
            let lists = Lists::of(state, (Side::Items, items.len()), self.scheme)?;
            for (n, &item) in items.iter().enumerate() {
                self.put(Side::Items, item as usize, (&lists, n));
            }
        }
        match found.iter().position(|found| !found) {
            Some(block) => Err(wrong("items", format!("have no block {block}"))),
            None => Ok(()),
        }
    }

    /// Takes the numbers of a user or item from the n-th of lists.
    fn put(&mut self, side: Side, at: usize, (lists, n): (&Lists<'_>, usize)) {
        let Factors { users, items, biases } = &mut self.factors;
        let [of_users, of_items] = &mut self.sums;
        let (table, sums) = match side {
            Side::Users => (users, of_users),
            Side::Items => (items, of_items),
        };
        let biases = biases.iter_mut().map(|channel| match side {
            Side::Users => channel.users.get_mut(at),
            Side::Items => channel.items.get_mut(at),
        });
        let (biases, lanes) = (biases.collect(), table.lanes());
        let row = &mut table.data_mut()[at * lanes..(at + 1) * lanes];
        lists.copy(n, Numbers { row, biases, sum: sums.get_mut(at) });
    }
}

#[cfg(test)]
mod tests;
