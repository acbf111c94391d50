//! Items that are held to those of an earlier model.
//!
//! With λ the anchor's weight, λ/2 (‖q − q_old‖² + (b − b_old)²) is added to the loss of the samples of an
//! epoch, for each item that the earlier model knows: as much as λ samples pull. It is not a part of the
//! samples' steps, which would overshoot with a λ that is large. After each of the B rounds of an epoch,
//! every item goes towards its old row as far as minimises the part with what the row has moved by (its
//! proximal step, of length η λ / B):
//!
//! ```text
//! q ← q_old + (q − q_old) / (1 + η λ / B)
//! ```
//!
//! Within a round a row is free. The step is stable for any λ; of an infinite one, rows are the old ones, bit
//! for bit, whenever a round ends. Where steps are adaptive, η is the row's own. What there is of it costs
//! a pass over the rows of items a round, and nothing without an anchor.

use crate::deal::ItemBlock;
use crate::{Factors, Table};
use foretaste_kernels::dispatch;
use foretaste_model::WarmStart;

/// What items are held to.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    weight: f32,
    /// Whether the earlier model knows an item.
    known: Vec<bool>,
    rows: Table,
    /// Of each channel; empty if its items have none.
    biases: Vec<Vec<f32>>,
    /// Lanes of a row that are held.
    lanes: usize,
}

impl Anchor {
    /// What an earlier model holds, of factors that were carried from it in the first `channels`; `None` if
    /// nothing.
    pub(crate) fn of(warm: &WarmStart, carried: &Factors, channels: usize) -> Option<Self> {
        let lanes = (0..channels).map(|channel| carried.items.channel_lanes(channel).end).max();
        let biases = carried.biases.iter().take(channels);
        Some(Self {
            weight: warm.anchor()?,
            known: warm.items().iter().map(Option::is_some).collect(),
            rows: carried.items.clone(),
            biases: biases.map(|biases| biases.items.clone()).collect(),
            lanes: lanes.unwrap_or(0),
        })
    }

    /// Moves the rows and biases of a block of `items`, after steps of this length, of which there are
    /// so many in an epoch.
    pub(crate) fn pull(&self, items: &[u32], block: &mut ItemBlock, (rate, of): (f32, usize)) {
        let whole = self.rows.lanes();
        let weight = f64::from(rate) * f64::from(self.weight) / of as f64;
        dispatch(
            #[inline(always)]
            || {
                for (place, &item) in items.iter().enumerate() {
                    let item = item as usize;
                    if !self.known[item] {
                        continue;
                    }
                    let root = block.sums.get(place).map_or(1.0, |&sum| f64::from(sum).sqrt());
                    let left = share_left(weight / root);
                    let row = &mut block.rows[place * whole..place * whole + self.lanes];
                    let old = self.rows.row(item)[..self.lanes].as_flattened();
                    nearer(row.as_flattened_mut(), old, left);
                    for (biases, old) in block.biases.iter_mut().zip(&self.biases) {
                        if !old.is_empty() {
                            nearer(&mut biases[place..=place], &old[item..=item], left);
                        }
                    }
                }
            },
        );
    }
}

/// 1/(1 + c): the share of a way that is left after a step of this weight.
fn share_left(weight: f64) -> f32 {
    (1.0 / (1.0 + weight)) as f32
}

/// Leaves this share of the way from `old`.
#[inline(always)]
fn nearer(row: &mut [f32], old: &[f32], left: f32) {
    row.iter_mut().zip(old).for_each(|(x, old)| *x = old + (*x - old) * left);
}

#[cfg(test)]
mod tests;
