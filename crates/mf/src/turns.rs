//! Users who take turns in a cell.

use crate::cell::{MAX_CHANNELS, Own, Positives};
use crate::negatives::Marks;
use crate::plan::{FIRST, UserRows};
use foretaste_kernels::Lanes;

/// A user's positives in a cell, and how many of them have been trained on.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) row: &'a mut [Lanes],
    pub(crate) own: Own,
    pub(crate) places: &'a [u16],
    /// The positives' labels; empty if all of an item's are the same.
    targets: &'a [f32],
    done: usize,
    owner: usize,
}

impl Turn<'_> {
    /// Nobody's turn yet, in a cell with so many items, whose labels are kept by place if `labelled`.
    pub(crate) fn new(items: usize, labelled: bool) -> Self {
        let (bias, marks) = ([0.0; MAX_CHANNELS], Marks::new(items));
        let labels = vec![0.0; if labelled { items } else { 0 }];
        let own = Own { sum: 0.0, bias, weight: 1.0, marks, full: false, labels };
        Self { row: &mut [], own, places: &[], targets: &[], done: 0, owner: 0 }
    }

    #[inline(always)]
    pub(crate) fn is_over(&self) -> bool {
        self.done == self.places.len()
    }

    #[inline(always)]
    pub(crate) fn skip(&mut self) {
        self.done = self.places.len();
    }

    /// The next positive: its place in the item block, and its label if it has its own.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<(usize, Option<f32>)> {
        let place = self.places.get(self.done)?;
        let target = self.targets.get(self.done).copied();
        self.done += 1;
        Some((usize::from(place & !FIRST), target))
    }
}

/// The users of a cell who have not had their turn, in order.
#[derive(Debug)]
pub(crate) struct Runs<'a> {
    positives: Positives<'a>,
    /// The rows from that of user `start` on.
    rows: &'a mut [Lanes],
    start: usize,
    lanes: usize,
    sums: &'a mut [f32],
    biases: [&'a mut [f32]; MAX_CHANNELS],
    weights: &'a [f32],
}

impl<'a> Runs<'a> {
    pub(crate) fn new(users: &'a mut UserRows<'_>, positives: Positives<'a>, lanes: usize) -> Self {
        let UserRows { rows, sums, biases, weights } = users;
        let biases = biases.each_mut().map(|biases| &mut **biases);
        Self { positives, rows, start: 0, lanes, sums, biases, weights }
    }

    /// Ends the user's turn, and lets the next one have it; false if there is none.
    #[inline(always)]
    pub(crate) fn next_into(&mut self, turn: &mut Turn<'a>) -> bool {
        self.end(turn);
        let Positives { places, targets, owners } = &mut self.positives;
        let Some((&owner, later)) = owners.split_first() else { return false };
        *owners = later;
        let owner = owner as usize;
        let more = places.iter().skip(1).position(|place| place & FIRST != 0);
        let own = more.map_or(places.len(), |n| n + 1);
        (turn.places, *places) = places.split_at(own);
        (turn.targets, *targets) = targets.split_at(own.min(targets.len()));
        (turn.owner, turn.done) = (owner, 0);
        turn.row = self.row(owner);
        if let Some(sum) = self.sums.get(owner) {
            turn.own.sum = *sum;
        }
        for (own, all) in turn.own.bias.iter_mut().zip(&self.biases) {
            *own = all.get(owner).copied().unwrap_or(0.0);
        }
        turn.own.weight = self.weights.get(owner).copied().unwrap_or(1.0);
        turn.places.iter().for_each(|place| turn.own.marks.add(u32::from(place & !FIRST)));
        if !turn.own.labels.is_empty() {
            for (place, target) in turn.places.iter().zip(turn.targets) {
                turn.own.labels[usize::from(place & !FIRST)] = *target;
            }
        }
        true
    }

    /// Takes the row of a user, who must come after all whose rows were taken.
    #[inline(always)]
    fn row(&mut self, owner: usize) -> &'a mut [Lanes] {
        let rows = std::mem::take(&mut self.rows);
        let (_, rows) = rows.split_at_mut((owner - self.start) * self.lanes);
        let (row, rows) = rows.split_at_mut(self.lanes);
        (self.rows, self.start) = (rows, owner + 1);
        row
    }

    /// Puts back what is not in the user's row.
    #[inline(always)]
    fn end(&mut self, turn: &mut Turn<'a>) {
        if turn.places.is_empty() {
            return;
        }
        if let Some(sum) = self.sums.get_mut(turn.owner) {
            *sum = turn.own.sum;
        }
        for (all, own) in self.biases.iter_mut().zip(turn.own.bias) {
            if let Some(bias) = all.get_mut(turn.owner) {
                *bias = own;
            }
        }
        turn.places.iter().for_each(|place| turn.own.marks.remove(u32::from(place & !FIRST)));
        (turn.places, turn.done) = (&[], 0);
    }
}
