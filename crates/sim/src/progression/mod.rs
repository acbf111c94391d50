//! Feedbacks that build on one another, such as views, carts and purchases, of known probabilities.
//!
//! The first level are the clicks of a simulation; each further one is reached by some of those who reached
//! the one before, by a taste of its own. With x_1 = a ⟨p_u, q_i⟩ + b_i of the simulation, and x_t the same of
//! other users' and items' numbers, drawn for the level:
//!
//! ```text
//! π_1 = θ (γ (1 − φ) + (1 − γ) ε)                   that of a click
//! α_t = s(ρ x_1 + √(1 − ρ²) x_t + c_t)              of who reached t − 1, who reaches t
//! π_t = π_{t−1} α_t = P(level t or a further one)
//! ```
//!
//! The intercept c_t is solved for the share of a level's pairs that reach the next, Σ π_t / Σ π_{t−1}. With ρ = 1
//! a progression is one score again; with ρ = 0 what is bought has nothing to do with what is viewed.
//!
//! Of the pairs of the first level some are held out, each with the same probability h, with all the levels that
//! they reached: a held-out pair is in no training part. So what is trained on has a pair of level t with
//! probability (1 − h) π_t.
//!
//! ```
//! use foretaste_sim::{Params as World, progression::{Params, Table}};
//!
//! let world = World { users: 60, items: 40, interactions: 300, ..World::default() };
//! let truth = Params { world, shares: vec![0.5; 2], ..Params::default() }.check()?.generate()?;
//! assert!(truth.probabilities[2].iter().zip(&truth.probabilities[0]).all(|(buy, view)| buy <= view));
//! let mut csv = Vec::new();
//! Table::Train(2).write(&truth, &mut csv)?;
//! assert!(csv.starts_with(b"user,item,time\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod names;
mod write;

pub use write::Table;

use foretaste_data::{Dataset, Interactions, ItemId, Keep, Pair, UserId};
use serde::{Deserialize, Serialize};

use crate::params::in_range;
use crate::random::{Purpose, Stream};
use crate::solve::{intercept, sigmoid};
use crate::taste::Taste;
use crate::{Error, Feedback, MAX_CELLS, Params as World, Simulation};

/// Largest number of levels.
pub const MAX_LEVELS: usize = 8;

/// The parameters, not yet checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// What the first level is of; its `interactions` are the expected pairs of the first level, held out or
    /// not.
    pub world: World,
    /// What the levels are called, weakest first. Default `view`, `cart`, `buy`; 2 to [`MAX_LEVELS`], each
    /// the name of a file and of a column.
    pub levels: Vec<String>,
    /// The expected share of a level's pairs that reach the next, for each level after the first. Default
    /// 0.2 each; inside (0, 1).
    pub shares: Vec<f64>,
    /// ρ, how much the taste of a further level has of the first's. Default 0.5; −1 to 1.
    pub correlation: f64,
    /// h, the probability that a pair is held out. Default 0.2; inside (0, 1).
    pub test: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            world: World::default(),
            levels: ["view", "cart", "buy"].map(str::to_owned).into(),
            shares: vec![0.2; 2],
            correlation: 0.5,
            test: 0.2,
        }
    }
}

impl Params {
    /// Checks every parameter; only what passes can be simulated.
    ///
    /// # Errors
    /// Those of the world's [`check`](World::check); [`Error::Levels`], [`Error::LevelName`] and
    /// [`Error::Shares`] of what levels are; [`Error::OutOfRange`] naming the first number outside its range;
    /// [`Error::TooManyProbabilities`] if users × items × levels are more than [`MAX_CELLS`].
    pub fn check(self) -> Result<Progression, Error> {
        let levels = self.levels.len();
        names::check(&self.levels)?;
        if self.shares.len() + 1 != levels {
            return Err(Error::Shares { found: self.shares.len(), levels });
        }
        let inside = |x: f64| x > 0.0 && x < 1.0;
        for &share in &self.shares {
            in_range("shares", share, "above 0 and below 1", inside)?;
        }
        in_range("correlation", self.correlation, "from -1 to 1", |x| x.abs() <= 1.0)?;
        in_range("test", self.test, "above 0 and below 1", inside)?;
        let world = self.world.clone().check()?;
        let World { users, items, .. } = self.world;
        if u64::from(users) * u64::from(items) > MAX_CELLS / levels as u64 {
            return Err(Error::TooManyProbabilities { users, items, levels });
        }
        Ok(Progression { params: self, world })
    }
}

/// Checked parameters, ready to be simulated with [`Progression::generate`].
#[derive(Clone, Debug, PartialEq)]
pub struct Progression {
    params: Params,
    world: Simulation,
}

/// The pairs of each level, and the probabilities behind them.
///
/// All matrices are users × items over the same dense indices; the original ids are the indices plus 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Truth {
    /// The parameters it was drawn with.
    pub params: Params,
    /// What the first level was drawn from: its clicks are all pairs of that level.
    pub world: Feedback,
    /// π_t, of each level, row by row.
    pub probabilities: Vec<Vec<f32>>,
    /// The pairs of each level that are not held out, with times: a pair's is the same in each level.
    pub train: Vec<Interactions>,
    /// The pairs of each level that are held out, with times.
    pub test: Vec<Interactions>,
}

impl Truth {
    /// What is to be trained on: the last level, the others beside it.
    ///
    /// # Errors
    /// As for [`Dataset::of_feedbacks`].
    pub fn training(&self) -> Result<Dataset, Error> {
        let clicks = &self.world.clicks;
        let ids = || (clicks.users().clone(), clicks.items().clone());
        let part = |(name, pairs): (&String, &Interactions)| {
            let (users, items) = ids();
            Ok((name.clone(), Dataset::new(users, items, pairs.clone())?))
        };
        let parts: Result<Vec<_>, Error> =
            self.params.levels.iter().zip(&self.train).map(part).collect();
        let (users, items) = ids();
        Ok(Dataset::of_feedbacks(parts?)?.onto(users, items)?)
    }
}

impl Progression {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Draws the pairs of all levels. The same parameters give the same bytes; what is held out, and each
    /// level's taste, have streams of their own.
    ///
    /// Takes time in proportion to users × items × rank × levels, and 4 bytes a cell and level beside what
    /// [`Simulation::generate`] takes.
    ///
    /// # Errors
    /// As there; [`Error::EmptyLevel`] if nothing of a level is left in the training part or the test part.
    pub fn generate(&self) -> Result<Truth, Error> {
        let world = self.world.generate()?;
        let probabilities = self.probabilities(&world);
        let levels = self.reached(world.clicks.interactions(), &probabilities)?;
        let held = self.held_out(&levels[0]);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (level, name) in levels.iter().zip(&self.params.levels) {
            for (part, parts, wanted) in
                [("training", &mut train, false), ("test", &mut test, true)]
            {
                let pairs = level.pairs().filter(|pair| contains(&held, pair) == wanted);
                let pairs = self.matrix(pairs.collect())?;
                if pairs.nnz() == 0 {
                    return Err(Error::EmptyLevel { level: name.clone(), part });
                }
                parts.push(pairs);
            }
        }
        Ok(Truth { params: self.params.clone(), world, probabilities, train, test })
    }

    /// The seed of what is drawn for a level after the first, from 1.
    fn seed(&self, level: usize) -> u64 {
        Stream::new(self.params.world.seed, Purpose::Levels, level as u64).seed()
    }

    /// π of each level.
    fn probabilities(&self, world: &Feedback) -> Vec<Vec<f32>> {
        let clickable = self.world.clickable(&world.gamma, &world.flip_rates);
        let clicked = clickable.iter().zip(&world.theta).map(|(&y, &theta)| y * theta);
        let mut all = vec![clicked.collect::<Vec<f32>>()];
        let first = affinities(&self.params.world);
        let rho = self.params.correlation;
        let own = (1.0 - rho * rho).sqrt();
        for (level, &share) in (1..).zip(&self.params.shares) {
            let before = &all[level - 1];
            let mut cells =
                affinities(&World { seed: self.seed(level), ..self.params.world.clone() });
            let both = cells.iter_mut().zip(&first);
            both.for_each(|(x, &of_first)| {
                *x = (rho * f64::from(of_first) + own * f64::from(*x)) as f32;
            });
            let c = intercept(&cells, before, share);
            let reached = |(x, before): (&mut f32, &f32)| {
                *x = (f64::from(*before) * sigmoid(f64::from(*x) + c)) as f32;
            };
            cells.iter_mut().zip(before).for_each(reached);
            all.push(cells);
        }
        all
    }

    /// The pairs of each level: of those of the level before, one coin each.
    fn reached(
        &self,
        clicks: &Interactions,
        probabilities: &[Vec<f32>],
    ) -> Result<Vec<Interactions>, Error> {
        let n = clicks.n_items();
        let mut levels = vec![clicks.clone()];
        for level in 1..probabilities.len() {
            let (seed, before) = (self.seed(level), &levels[level - 1]);
            let mut pairs: Vec<Pair> = Vec::new();
            let mut stream = (UserId(0), Stream::new(seed, Purpose::Labels, 0));
            for pair in before.pairs() {
                if pair.user != stream.0 {
                    stream = (pair.user, Stream::new(seed, Purpose::Labels, pair.user.0.into()));
                }
                let cell = pair.user.index() * n + pair.item.index();
                let [reached, from] = [level, level - 1].map(|t| f64::from(probabilities[t][cell]));
                if stream.1.uniform() * from < reached {
                    pairs.push(pair);
                }
            }
            levels.push(self.matrix(pairs)?);
        }
        Ok(levels)
    }

    /// Which pairs of the first level are held out, by user.
    fn held_out(&self, first: &Interactions) -> Vec<Vec<ItemId>> {
        let of_user = |user: u32| {
            let mut stream = Stream::new(self.params.world.seed, Purpose::HeldOut, user.into());
            let row = first.row(UserId(user)).iter().copied();
            row.filter(|_| stream.uniform() < self.params.test).collect()
        };
        (0..first.n_users() as u32).map(of_user).collect()
    }

    fn matrix(&self, pairs: Vec<Pair>) -> Result<Interactions, Error> {
        let World { users, items, .. } = self.params.world;
        let keep = Keep { weights: false, times: true };
        Ok(Interactions::from_pairs(pairs, users as usize, items as usize, keep)?.0)
    }
}

fn contains(held: &[Vec<ItemId>], pair: &Pair) -> bool {
    held[pair.user.index()].binary_search(&pair.item).is_ok()
}

/// x of a world of these parameters, row by row.
fn affinities(world: &World) -> Vec<f32> {
    let simulation = Simulation { params: world.clone() };
    simulation.affinities(&Taste::draw(world))
}
