//! Epochs of blocks of users.

use crate::Params;
use crate::block::{Block, NOWHERE, Negatives};
use crate::item_steps::{ItemSteps, step_user};
use crate::objective::Objective;
use crate::rows::{add, normalise, put_rows, rows_of};
use foretaste_data::{Interactions, UserId};
use foretaste_kernels::{LANES, Lanes, dispatch};
use foretaste_mf::{Epochs, Error, Factors, Pass, Progress, State};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::rand_core::RngCore;
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};
use rayon::prelude::*;

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Order { epoch: u32 },
    Negatives { epoch: u32, block: u32 },
    FoldIn,
}

/// The stream of a seed for a purpose: none of those of the initial rows.
pub(crate) fn stream(seed: u64, purpose: Purpose) -> Xoshiro256PlusPlus {
    let (tag, epoch, block) = match purpose {
        Purpose::Order { epoch } => (101, epoch, 0),
        Purpose::Negatives { epoch, block } => (102, epoch, block),
        Purpose::FoldIn => (103, 0, 0),
    };
    let parts = [tag, u64::from(epoch), u64::from(block)];
    let mix = |x: u64| SplitMix64::seed_from_u64(x).next_u64();
    Xoshiro256PlusPlus::seed_from_u64(
        parts.into_iter().fold(seed, |key, part| mix(mix(key) ^ part)),
    )
}

/// So many of n items, ascending, all sets equally likely; or all.
pub(crate) fn sample(n_items: usize, count: usize, seed: u64, purpose: Purpose) -> Vec<u32> {
    if count >= n_items {
        return (0..n_items as u32).collect();
    }
    let drawn = rand::seq::index::sample(&mut stream(seed, purpose), n_items, count);
    let mut items: Vec<u32> = drawn.iter().map(|item| item as u32).collect();
    items.sort_unstable();
    items
}

/// Trains block by block.
#[derive(Debug)]
pub(crate) struct Solver<'a> {
    data: &'a Interactions,
    params: &'a Params,
    objective: Objective,
    /// Users who have an item, and those who have none.
    users: Vec<u32>,
    strangers: Vec<u32>,
    steps: ItemSteps,
    /// Of an epoch that was interrupted.
    begun: Begun,
    negatives: Negatives,
    block: Block,
    places: Vec<u32>,
}

/// How far an epoch is.
#[derive(Clone, Copy, Debug, Default)]
struct Begun {
    blocks: u32,
    loss: f64,
}

impl<'a> Solver<'a> {
    pub(crate) fn new(data: &'a Interactions, params: &'a Params, lanes: usize) -> Self {
        let has = |user: &u32| !data.row(UserId(*user)).is_empty();
        let (users, strangers) = (0..data.n_users() as u32).partition(has);
        let n_items = data.n_items();
        Self {
            data,
            params,
            objective: params.objective(data),
            users,
            strangers,
            steps: ItemSteps::new(n_items, lanes, params.factors),
            begun: Begun::default(),
            negatives: Negatives::default(),
            block: Block::default(),
            places: vec![NOWHERE; n_items],
        }
    }

    /// The users of each block.
    fn order(&self, epoch: u32) -> Vec<u32> {
        let mut order = self.users.clone();
        order.shuffle(&mut stream(self.params.seed, Purpose::Order { epoch }));
        order
    }

    fn block_size(&self) -> usize {
        self.params.block_size(self.users.len())
    }

    fn train(&mut self, at: (u32, u32), of_block: &[u32], rows: &mut Rows, share: f32) -> f64 {
        let Params { seed, lr, lr_users, .. } = *self.params;
        let (epoch, block) = at;
        let purpose = Purpose::Negatives { epoch, block };
        let n_items = self.data.n_items();
        let items = sample(n_items, self.params.shared_negatives, seed, purpose);
        let lanes = rows.lanes;
        self.negatives.pack(items, &rows.items, lanes);
        let users = (of_block, &rows.users[..]);
        let items = (&rows.items[..], &mut self.places[..]);
        let loss = self.block.run(&self.objective, self.data, users, &self.negatives, items);
        let Block { rows: own, of_users, of_items, .. } = &mut self.block;
        self.steps.step(&mut rows.items, of_items, &mut self.places, lr * share);
        let tiles = own.par_chunks_mut(lanes * 16).zip(of_users.par_chunks_mut(lanes * 16));
        tiles.for_each(|(rows, along)| {
            dispatch(
                #[inline(always)]
                || {
                    for (row, along) in rows.chunks_mut(lanes).zip(along.chunks_mut(lanes)) {
                        step_user(row, along, lr_users * share);
                    }
                },
            );
        });
        for (&user, row) in of_block.iter().zip(own.chunks_exact(lanes)) {
            rows.users[user as usize * lanes..][..lanes].copy_from_slice(row);
        }
        loss
    }
}

/// The rows of all.
struct Rows {
    lanes: usize,
    users: Vec<Lanes>,
    items: Vec<Lanes>,
}

impl Rows {
    /// Those without items are the mean of the others: what is known of nobody in particular.
    fn settle_strangers(&mut self, known: &[u32], strangers: &[u32]) {
        if strangers.is_empty() {
            return;
        }
        let (lanes, users) = (self.lanes, &mut self.users);
        let at = |user: u32| user as usize * lanes..(user as usize + 1) * lanes;
        let mut mean = vec![[0.0; LANES]; lanes];
        known.iter().for_each(|&user| add(&mut mean, 1.0, &users[at(user)]));
        normalise(&mut mean);
        strangers.iter().for_each(|&user| users[at(user)].copy_from_slice(&mean));
    }
}

impl Epochs for Solver<'_> {
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        let (users, items) = (rows_of(&factors.users), rows_of(&factors.items));
        let mut rows = Rows { lanes: factors.users.lanes(), users, items };
        let order = self.order(epoch);
        let size = self.block_size();
        let blocks = order.len().div_ceil(size);
        let all = blocks as f64 * f64::from(self.params.epochs);
        let mut begun = std::mem::take(&mut self.begun);
        let mut go_on = true;
        for block in begun.blocks as usize..blocks {
            let of_block = &order[block * size..order.len().min((block + 1) * size)];
            let done = f64::from(epoch - 1) * blocks as f64 + block as f64;
            let share = (1.0 - done / all) as f32;
            begun.loss += self.train((epoch, block as u32), of_block, &mut rows, share);
            begun.blocks = block as u32 + 1;
            go_on = progress((block + 1) as f64 / blocks as f64);
            if !go_on {
                self.begun = begun;
                break;
            }
        }
        if go_on {
            rows.settle_strangers(&self.users, &self.strangers);
        }
        put_rows(&rows.users, &mut factors.users);
        put_rows(&rows.items, &mut factors.items);
        let pairs = self.data.nnz();
        let learning_rate =
            self.params.lr * (self.params.epochs + 1 - epoch) as f32 / self.params.epochs as f32;
        Ok(go_on.then(|| Pass {
            loss: begun.loss / pairs as f64,
            samples: pairs as u64,
            skipped: 0,
            learning_rate: Some(learning_rate),
        }))
    }

    fn save(&self, state: &mut State) {
        self.steps.save(state);
        state.put("begun.blocks", vec![self.begun.blocks]);
        state.put("begun.loss", vec![self.begun.loss]);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.steps.restore(state)?;
        let (blocks, loss) = (state.get_one("begun.blocks")?, state.get_one("begun.loss")?);
        let most = self.users.len().div_ceil(self.block_size());
        if blocks as usize > most {
            let (name, reason) = ("begun.blocks".to_owned(), format!("is {blocks}, of {most}"));
            return Err(Error::State { name, reason });
        }
        self.begun = Begun { blocks, loss };
        Ok(())
    }
}
