//! Numbers of users or items, as they travel and are kept.

use super::Scheme;
use crate::{Channel, Error, State};
use foretaste_kernels::{LANES, Lanes};

/// What says of which users or blocks a state is.
pub(super) const FIRST: &str = "first";
const ROWS: &str = "rows";
const SUMS: &str = "sums";

fn biases_of(channel: usize) -> String {
    format!("biases.{channel}")
}

pub(super) fn wrong(name: impl Into<String>, reason: impl Into<String>) -> Error {
    Error::State { name: name.into(), reason: reason.into() }
}

/// Whose numbers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Users,
    Items,
}

impl Side {
    /// Whether a channel has biases of them.
    pub(super) fn has_biases(self, channel: &Channel) -> bool {
        match self {
            Self::Users => channel.bias.user,
            Self::Items => channel.bias.item,
        }
    }
}

/// What of a row's numbers a list has, or takes.
pub(super) struct Numbers<'a> {
    /// With its padding.
    pub(super) row: &'a mut [Lanes],
    pub(super) biases: Vec<Option<&'a mut f32>>,
    pub(super) sum: Option<&'a mut f32>,
}

/// Lists that are being made.
pub(super) struct Filled {
    rows: Vec<f32>,
    biases: Vec<Vec<f32>>,
    sums: Vec<f32>,
}

impl Filled {
    pub(super) fn new(len: usize, lanes: usize, channels: usize) -> Self {
        let rows = Vec::with_capacity(len * lanes * LANES);
        Self { rows, biases: vec![Vec::new(); channels], sums: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        row: &[Lanes],
        biases: impl Iterator<Item = Option<f32>>,
        sum: Option<f32>,
    ) {
        self.rows.extend_from_slice(row.as_flattened());
        self.biases.iter_mut().zip(biases).for_each(|(all, bias)| all.extend(bias));
        self.sums.extend(sum);
    }

    pub(super) fn into_state(self, first: Vec<u64>) -> State {
        let mut state = State::default();
        state.put(ROWS, self.rows);
        for (channel, biases) in self.biases.into_iter().enumerate() {
            state.put(biases_of(channel), biases);
        }
        state.put(SUMS, self.sums);
        state.put(FIRST, first);
        state
    }
}

/// The lists of a state.
pub(super) struct Lists<'a> {
    rows: &'a [f32],
    biases: Vec<&'a [f32]>,
    sums: &'a [f32],
    /// Numbers in a row, with its padding.
    width: usize,
}

impl<'a> Lists<'a> {
    /// Of so many users or items.
    pub(super) fn of<K>(
        state: &'a State,
        (side, len): (Side, usize),
        scheme: &Scheme<K>,
    ) -> Result<Self, Error> {
        let only = |has: bool| if has { len } else { 0 };
        let lists =
            scheme.channels.iter().enumerate().map(|(channel, one)| {
                state.get_all(&biases_of(channel), only(side.has_biases(one)))
            });
        let biases = lists.collect::<Result<_, Error>>()?;
        let width = scheme.lanes() * LANES;
        let rows = state.get_all(ROWS, len * width)?;
        Ok(Self { rows, biases, sums: state.get_all(SUMS, only(scheme.is_adaptive()))?, width })
    }

    /// Copies the numbers of the n-th.
    pub(super) fn copy(&self, n: usize, to: Numbers<'_>) {
        to.row.as_flattened_mut().copy_from_slice(&self.rows[n * self.width..(n + 1) * self.width]);
        for (own, biases) in to.biases.into_iter().zip(&self.biases) {
            if let (Some(own), Some(bias)) = (own, biases.get(n)) {
                *own = *bias;
            }
        }
        if let (Some(own), Some(sum)) = (to.sum, self.sums.get(n)) {
            *own = *sum;
        }
    }
}
