//! Epochs of steps on batches: forward along the edges, a loss, and back.
//!
//! ```text
//! for each batch of B interactions, of an order that each epoch draws
//!     Â: all edges, or those that the batch keeps
//!     E = Σ_l c Â^l E^(0)                        adjacency.rs
//!     along = −∂ loss / ∂ E                      losses.rs; what texts add: rlmrec.rs
//!     E^(0) moves by Adam along Σ_l c Â^l along
//! ```
//!
//! Random numbers depend on (seed, epoch, batch) alone, so that an interrupted epoch goes on where it was.

use crate::adjacency::{Adjacency, Scratch};
use crate::base::Base;
use crate::losses::{self, Along};
use crate::newcomers;
use crate::params::{Loss, Params};
use crate::streams::{Purpose, key, some_of, stream};
use foretaste_data::{Interactions, ItemId, Preference, UserId};
use foretaste_mf::batch::{Optimiser, Rule};
use foretaste_mf::dense::Directions;
use foretaste_mf::dense::Matrix;
use foretaste_mf::{Begun, Epochs, Error, Factors, Pass, Progress, State};
use rand::Rng;
use rand::seq::SliceRandom;
use std::borrow::Cow;
use std::fmt::Debug;

/// A batch, as nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) epoch: u32,
    pub(crate) number: u64,
    /// Users and items of the interactions.
    pub(crate) pairs: Vec<[u32; 2]>,
    /// For each, an item that its user has not; for `bpr`.
    pub(crate) others: Vec<u32>,
    /// Users, what they are said to prefer, and to what.
    pub(crate) extra: Vec<[u32; 3]>,
}

/// What adds to the loss of the interactions.
pub(crate) trait Beside: Debug + Sync {
    /// Replaces what some nodes start from, for a batch.
    fn mask(&mut self, _batch: &Batch, _base: &mut Cow<'_, Matrix>) {}

    /// Adds what moves the nodes; the loss, by its weight. What moves its own numbers is remembered.
    fn add(&mut self, batch: &Batch, along: &mut Along<'_>) -> f64;

    /// Takes what is along masked rows, and moves its own numbers; whether they are sound.
    fn step(&mut self, rule: &Rule, reg: f32, along: &mut Matrix) -> bool;

    fn save(&self, state: &mut State);

    fn restore(&mut self, state: &State) -> Result<(), Error>;
}

/// The training of a backbone.
#[derive(Debug)]
pub(crate) struct Trainer<'a> {
    data: &'a Interactions,
    /// What users are said to prefer, as nodes.
    extra: Vec<[u32; 3]>,
    /// Items that somebody has, as nodes.
    had: Vec<u32>,
    params: Params,
    /// The share of items that a step takes for new.
    new_items: f32,
    graph: Adjacency,
    base: Base,
    beside: Option<Box<dyn Beside + 'a>>,
    steps: u32,
    begun: Begun,
    nodes: Matrix,
    sums: Matrix,
    scratch: Scratch,
}

impl<'a> Trainer<'a> {
    pub(crate) fn new(
        data: &'a Interactions,
        params: &Params,
        base: Base,
        beside: Option<Box<dyn Beside + 'a>>,
    ) -> Self {
        let items = data.item_counts().into_iter().zip(data.n_users() as u32..);
        Self {
            data,
            extra: Vec::new(),
            had: items.filter(|(count, _)| *count > 0).map(|(_, node)| node).collect(),
            params: params.clone(),
            new_items: 0.0,
            graph: Adjacency::new(data),
            base,
            beside,
            steps: 0,
            begun: Begun::default(),
            nodes: Matrix::default(),
            sums: Matrix::default(),
            scratch: Scratch::default(),
        }
    }

    /// With a share of the items that each step takes for new.
    pub(crate) fn taking_for_new(self, new_items: f32) -> Self {
        Self { new_items, ..self }
    }

    /// With what users are said to prefer.
    pub(crate) fn preferring(self, extra: &[Preference]) -> Self {
        let users = self.data.n_users() as u32;
        let nodes = |one: &Preference| [one.user.0, users + one.liked.0, users + one.disliked.0];
        Self { extra: extra.iter().map(nodes).collect(), ..self }
    }

    /// The interactions of an epoch, in its order, but for those of users who have every item.
    fn order(&self, epoch: u32) -> Vec<[u32; 2]> {
        let users = self.data.n_users() as u32;
        let lacks = |user: UserId| self.data.row(user).len() < self.data.n_items();
        let pairs = self.data.pairs().filter(|pair| lacks(pair.user));
        let mut order: Vec<_> = pairs.map(|pair| [pair.user.0, users + pair.item.0]).collect();
        order.shuffle(&mut stream(self.params.seed, Purpose::Order, epoch, 0));
        order
    }

    fn batch(&self, epoch: u32, number: u64, pairs: &[[u32; 2]]) -> Batch {
        let mut others = Vec::new();
        if self.params.loss == Loss::Bpr {
            let (users, items) = (self.data.n_users() as u32, self.data.n_items() as u32);
            let mut rng = stream(self.params.seed, Purpose::Negatives, epoch, number);
            let mut draw = |user: u32| loop {
                let item = rng.random_range(0..items);
                if !self.data.contains(UserId(user), ItemId(item)) {
                    return users + item;
                }
            };
            others = pairs.iter().map(|[user, _]| draw(*user)).collect();
        }
        let count = (pairs.len() as f64 * f64::from(self.params.extra_share)).ceil() as usize;
        let mut rng = stream(self.params.seed, Purpose::Extra, epoch, number);
        let extra = some_of(self.extra.len(), count, &mut rng);
        let extra = extra.into_iter().map(|at| self.extra[at as usize]).collect();
        Batch { epoch, number, pairs: pairs.to_vec(), others, extra }
    }

    /// Finds what the rows that nodes start from are to move along, into `nodes`; the loss of the batch.
    fn find(&mut self, batch: &Batch) -> f64 {
        let Params { layers, keep_edges, seed, .. } = self.params;
        let along_layers = (layers, self.params.layer_weight());
        let thinned = (keep_edges < 1.0 || self.new_items > 0.0).then(|| {
            let key = key(seed, Purpose::Edges, batch.epoch, batch.number);
            self.graph.thinned(keep_edges, self.new_items, key)
        });
        let graph = thinned.as_ref().unwrap_or(&self.graph);
        let mut base = self.base.rows();
        if let Some(beside) = &mut self.beside {
            beside.mask(batch, &mut base);
        }
        let Self { nodes, sums, scratch, .. } = self;
        graph.propagate(&base, along_layers, scratch, nodes);
        sums.clear_like(nodes);
        let mut along = Along { nodes, sums };
        let mut loss = losses::add(&self.params, &self.had, batch, &mut along);
        if let Some(beside) = &mut self.beside {
            loss += beside.add(batch, &mut along);
        }
        // What the nodes were is of no more use.
        graph.propagate(sums, along_layers, scratch, nodes);
        loss
    }

    /// One step; the loss of the batch.
    fn step(&mut self, batch: &Batch) -> Result<f64, Error> {
        let loss = self.find(batch);
        let Params { lr, reg, .. } = self.params;
        let along = &mut self.nodes;
        self.steps = self.steps.saturating_add(1);
        let rule = Rule::new(Optimiser::ADAM, lr, self.steps.min(i32::MAX as u32) as i32, 1.0);
        let mut sound = true;
        if let Some(beside) = &mut self.beside {
            sound &= beside.step(&rule, reg, along);
        }
        sound &= self.base.step(&rule, reg, along);
        let (epoch, learning_rate) = (batch.epoch, Some(lr));
        sound.then_some(loss).ok_or(Error::Diverged { epoch, learning_rate })
    }

    /// Writes what nodes are, and what they start from.
    fn put(&mut self, factors: &mut Factors) {
        let of_texts = self.base.is_of_texts();
        let base = self.base.rows();
        let along_layers = (self.params.layers, self.params.layer_weight());
        let mut nodes = Matrix::default();
        self.graph.propagate(&base, along_layers, &mut self.scratch, &mut nodes);
        if self.params.loss == Loss::Softmax {
            nodes = Directions::of(nodes).rows;
        }
        let users = self.graph.users();
        if of_texts {
            let has = |user: &u32| !self.data.row(UserId(*user)).is_empty();
            let with: Vec<u32> = (0..users as u32).filter(has).collect();
            let new: Vec<u32> = (users as u32..self.graph.nodes() as u32)
                .filter(|node| self.had.binary_search(node).is_err())
                .collect();
            let shift = newcomers::level(&mut nodes, &with, &self.had, &new);
            let biases = &mut factors.biases[0].items;
            new.iter().for_each(|node| biases[*node as usize - users] = shift);
        }
        for node in 0..self.graph.nodes() {
            let (table, row) = match node < users {
                true => (&mut factors.users, node),
                false => (&mut factors.items, node - users),
            };
            table.set(row, 0, nodes.values(node));
            table.set(row, 1, base.values(node));
        }
    }
}

impl Epochs for Trainer<'_> {
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        self.base.take(factors);
        let order = self.order(epoch);
        if order.is_empty() {
            return Err(Error::NoData { reason: "no user with an item lacks another one" });
        }
        let batches = order.len().div_ceil(self.params.batch);
        let mut go_on = true;
        for pairs in order.chunks(self.params.batch).skip(self.begun.batches as usize) {
            let batch = self.batch(epoch, self.begun.batches, pairs);
            let loss = self.step(&batch)? * pairs.len() as f64;
            self.begun.add(loss, pairs.len() as u64);
            go_on = progress(self.begun.batches as f64 / batches as f64);
            if !go_on {
                break;
            }
        }
        self.put(factors);
        if !go_on {
            return Ok(None);
        }
        let skipped = (self.data.nnz() - order.len()) as u64;
        Ok(Some(self.begun.pass(skipped, self.params.lr)))
    }

    fn save(&self, state: &mut State) {
        self.base.save(state);
        if let Some(beside) = &self.beside {
            beside.save(state);
        }
        state.put("graph.steps", vec![self.steps]);
        self.begun.save(state);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.base.restore(state)?;
        if let Some(beside) = &mut self.beside {
            beside.restore(state)?;
        }
        self.steps = state.get_one("graph.steps")?;
        let most = self.data.nnz().div_ceil(self.params.batch) as u64;
        self.begun = Begun::restored(state, most)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
