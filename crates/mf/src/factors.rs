//! A trained factorization: x_ui = ⟨U_u, V_i⟩ + b_u + b_i + b, in each channel.

use crate::streams::{Purpose, stream};
use crate::table::normal;
use crate::{Bias, Channel, Params, Table, Training};
use foretaste_data::{Interactions, UserId};
use foretaste_model::{Error, ModelFile, Products, Rotation, Scorer, Tensor};
use ndarray::{ArrayView2, ArrayViewMut2};
use rand::Rng;
use rand::distr::Distribution;
use std::collections::BTreeMap;

/// The parameters of a factorization. Scores come from the first channel; what further channels
/// mean is their method's matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// One row a user.
    pub users: Table,
    /// One row an item, as wide as a user's.
    pub items: Table,
    /// The biases of each channel.
    pub biases: Vec<Biases>,
}

/// The biases of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Biases {
    /// b_u, one number a user; empty if users have none.
    pub users: Vec<f32>,
    /// b_i, one number an item; empty if items have none.
    pub items: Vec<f32>,
    /// b; 0 if there is none.
    pub global: f32,
}

impl Biases {
    /// What a pair's score has of biases.
    #[inline]
    pub fn of(&self, user: usize, item: usize) -> f32 {
        let one = |biases: &[f32], n: usize| biases.get(n).copied().unwrap_or(0.0);
        self.global + one(&self.users, user) + one(&self.items, item)
    }
}

/// Uniform numbers between 0 and this one, which may be negative.
#[derive(Clone, Copy, Debug)]
struct UpTo(f32);

impl Distribution<f32> for UpTo {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f32 {
        self.0 * rng.random::<f32>()
    }
}

/// The name of a tensor of a channel: the first's have no number.
fn named(name: &str, channel: usize) -> String {
    match channel {
        0 => name.to_owned(),
        _ => format!("{name}_{}", channel + 1),
    }
}

impl Factors {
    /// What a training starts from: normal factors, biases 0. A function of the shape of `data`,
    /// of the parameters and of the channels after the first.
    pub fn initial(data: &Interactions, params: &Params, more: &[Channel]) -> Self {
        let first = std::iter::once(params.first_channel());
        let channels: Vec<Channel> = first.chain(more.iter().copied()).collect();
        Self::of_channels(data, params.seed, &channels)
    }

    /// What a training without steps starts from: the same of one channel without biases.
    pub fn initial_rows(data: &Interactions, training: &Training) -> Self {
        let Training { factors, init_sd, seed, .. } = *training;
        let channel = Channel { factors, reg: 0.0, init_sd, bias: Bias::default() };
        Self::of_channels(data, seed, &[channel])
    }

    fn of_channels(data: &Interactions, seed: u64, channels: &[Channel]) -> Self {
        let mut factors = Self::zeros((data.n_users(), data.n_items()), channels);
        let sds: Vec<_> =
            channels.iter().map(|channel| normal(channel.init_sd)).enumerate().collect();
        let fill = |table: &mut Table, purpose: fn(u64) -> Purpose| {
            table.fill_by_chunks(&sds, |chunk| stream(seed, purpose(chunk)));
        };
        fill(&mut factors.users, |chunk| Purpose::InitialUsers { chunk });
        fill(&mut factors.items, |chunk| Purpose::InitialItems { chunk });
        factors
    }

    /// Of so many users and items, all numbers 0.
    pub(crate) fn zeros((n_users, n_items): (usize, usize), channels: &[Channel]) -> Self {
        let widths: Vec<usize> = channels.iter().map(|channel| channel.factors).collect();
        let zeros = |on: bool, len| vec![0.0; if on { len } else { 0 }];
        let biases = |Bias { user, item, .. }: Bias| Biases {
            users: zeros(user, n_users),
            items: zeros(item, n_items),
            global: 0.0,
        };
        Self {
            users: Table::zeros(n_users, &widths),
            items: Table::zeros(n_items, &widths),
            biases: channels.iter().map(|channel| biases(channel.bias)).collect(),
        }
    }

    /// Fills a channel with uniform numbers between 0 and `ends`, of users and of items: a function of
    /// the shape and the seed.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn fill_uniform(&mut self, channel: usize, ends: [f32; 2], seed: u64) {
        let fill = |table: &mut Table, end: f32, purpose: fn(u64) -> Purpose| {
            table.fill_by_chunks(&[(channel, UpTo(end))], |chunk| stream(seed, purpose(chunk)));
        };
        fill(&mut self.users, ends[0], |chunk| Purpose::UniformUsers { chunk });
        fill(&mut self.items, ends[1], |chunk| Purpose::UniformItems { chunk });
    }

    /// A factorization of one channel without biases.
    pub fn new(users: Table, items: Table) -> Self {
        Self { users, items, biases: vec![Biases::default()] }
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.biases.len()
    }

    /// The score of a pair in a channel.
    ///
    /// # Panics
    /// If there is no such channel, user or item.
    pub fn score(&self, channel: usize, user: usize, item: usize) -> f32 {
        let lanes = self.users.channel_lanes(channel);
        let (u, v) = (&self.users.row(user)[lanes.clone()], &self.items.row(item)[lanes]);
        foretaste_kernels::dot(u, v) + self.biases[channel].of(user, item)
    }

    /// Whether no user's scores differ by more than a millionth: nothing was learned.
    pub fn is_flat(&self) -> bool {
        let largest = |table: &Table| {
            table.view(0).iter().fold(0.0, |most: f64, &x| most.max(f64::from(x.abs())))
        };
        let biases = &self.biases[0].items;
        let ends = biases
            .iter()
            .fold((0.0, 0.0), |(low, high): (f32, f32), &bias| (low.min(bias), high.max(bias)));
        let product = self.users.widths()[0] as f64 * largest(&self.users) * largest(&self.items);
        2.0 * product + f64::from(ends.1 - ends.0) <= 1e-6
    }

    /// The same in another space: with the rows of the first `channels` turned. Their scores stay what they
    /// are, but for rounding; biases are not of the space.
    ///
    /// # Panics
    /// If there are not so many, or their rows are of another length than the rotation's.
    pub(crate) fn turned(&self, rotation: &Rotation, channels: usize) -> Self {
        let table = |table: &Table| {
            let mut widths = table.widths().to_vec();
            widths[..channels].fill(rotation.to());
            let mut turned = Table::zeros(table.rows(), &widths);
            for channel in 0..widths.len() {
                let rows = table.to_rows(channel);
                match channel < channels {
                    true => turned.fill(channel, &rotation.turn(&rows)),
                    false => turned.fill(channel, &rows),
                }
            }
            turned
        };
        let (users, items) = (table(&self.users), table(&self.items));
        Self { users, items, biases: self.biases.clone() }
    }

    /// The parameters as tensors of a model file: `user_factors`, `item_factors`, `user_bias`,
    /// `item_bias`, `global_bias`; with `_2` at the end of those of the second channel.
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        let mut tensors = BTreeMap::new();
        for (channel, biases) in self.biases.iter().enumerate() {
            let mut insert = |name, cols: usize, values: Vec<f32>| {
                let tensor = Tensor::new(&[values.len() / cols.max(1), cols], values);
                tensors.insert(named(name, channel), tensor);
            };
            let cols = self.users.widths()[channel];
            insert("user_factors", cols, self.users.to_rows(channel));
            insert("item_factors", cols, self.items.to_rows(channel));
            if !biases.users.is_empty() {
                insert("user_bias", 1, biases.users.clone());
            }
            if !biases.items.is_empty() {
                insert("item_bias", 1, biases.items.clone());
            }
            if biases.global != 0.0 {
                insert("global_bias", 1, vec![biases.global]);
            }
        }
        tensors
    }

    /// Takes the parameters out of a model file.
    ///
    /// # Errors
    /// [`Error::Tensor`] if one is missing or their shapes do not fit.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let (n_users, n_items) = (file.users.len(), file.items.len());
        let (mut widths, mut biases) = (Vec::new(), Vec::new());
        let (mut users, mut items) = (Vec::new(), Vec::new());
        while users.is_empty() || file.tensors.contains_key(&named("user_factors", users.len())) {
            let channel = users.len();
            let name = named("user_factors", channel);
            let (shape, of_users) = file.take::<f32>(&name, &[Some(n_users), None])?;
            let width = shape[1];
            if width == 0 {
                return Err(Error::Tensor { name, reason: "has no columns".into() });
            }
            let name = named("item_factors", channel);
            items.push(file.take::<f32>(&name, &[Some(n_items), Some(width)])?.1);
            users.push(of_users);
            widths.push(width);
            let mut bias = |name, rows| -> Result<Vec<f32>, Error> {
                let name = named(name, channel);
                match file.tensors.contains_key(&name) {
                    true => Ok(file.take(&name, &[Some(rows), Some(1)])?.1),
                    false => Ok(Vec::new()),
                }
            };
            biases.push(Biases {
                users: bias("user_bias", n_users)?,
                items: bias("item_bias", n_items)?,
                global: bias("global_bias", 1)?.first().copied().unwrap_or(0.0),
            });
        }
        let table = |rows, channels: Vec<Vec<f32>>| {
            let mut table = Table::zeros(rows, &widths);
            channels.iter().enumerate().for_each(|(channel, rows)| table.fill(channel, rows));
            table
        };
        Ok(Self { users: table(n_users, users), items: table(n_items, items), biases })
    }
}

impl Factors {
    fn inner_products(&self) -> Products<'_> {
        let products = Products::new(self.users.view(0), self.items.view(0))
            .padded_from(self.items.widths()[0]);
        match self.biases.first() {
            Some(Biases { users, items, global }) => products.with_biases(users, items, *global),
            None => products,
        }
    }
}

impl Scorer for Factors {
    fn n_users(&self) -> usize {
        self.users.rows()
    }

    fn n_items(&self) -> usize {
        self.items.rows()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.inner_products().score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        Some(self.inner_products())
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        Some(self.items.view(0))
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        Some(self.users.view(0))
    }
}
