//! Blocks of positives with drawn negatives.

use super::{Batch, Batches, Cell};
use crate::Error;
use crate::negatives::{BlockSampler, Marks};
use crate::streams::{Purpose, Stream, stream};
use foretaste_data::{Interactions, ItemId, UserId};

/// What a positive and its negatives become in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emit {
    /// One cell of label 1 whose weight is the number of negatives, and a cell of label 0 and
    /// weight 1 for each of them.
    Cells,
    /// Two cells for each negative: the positive's, then the negative's.
    Triples,
}

/// Positives in the caller's order, in blocks, each with negatives drawn uniformly from the items
/// that its user has not. Gradients are summed.
///
/// The procedure of Yu and Qin, SIGIR 2020, whose program takes the positives in the order of the
/// file and adds a positive's gradient once for each of its negatives.
#[derive(Clone, Debug)]
pub struct PositiveBlocks<'a> {
    positives: Vec<(UserId, ItemId)>,
    seen: &'a Interactions,
    block: usize,
    negatives: u32,
    emit: Emit,
    next: usize,
    sampler: BlockSampler,
    /// The user whose items are marked.
    marked: Option<UserId>,
    marks: Marks,
    stream: Stream,
}

impl<'a> PositiveBlocks<'a> {
    /// Blocks of `block` of the `positives`, each with so many `negatives` that are not in `seen`.
    /// A positive of a user who has every item is left out.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `block` or `negatives` is 0 or a positive is not in `seen`,
    /// [`Error::NoData`] if no positive is left.
    pub fn new(
        positives: &[(UserId, ItemId)],
        seen: &'a Interactions,
        (block, negatives): (usize, u32),
        emit: Emit,
        seed: u64,
    ) -> Result<Self, Error> {
        let check = |name, value: usize| match value {
            0 => Err(Error::parameter(name, "at least 1", 0)),
            _ => Ok(()),
        };
        check("block", block)?;
        check("negatives", negatives as usize)?;
        if let Some((user, item)) = positives.iter().find(|(u, i)| !seen.contains(*u, *i)) {
            let (name, rule) = ("positives", "among the pairs that are not drawn");
            let value = format!("user {}, item {}", user.0, item.0);
            return Err(Error::parameter(name, rule, value));
        }
        let lacks = |user: UserId| seen.row(user).len() < seen.n_items();
        let positives: Vec<_> = positives.iter().copied().filter(|(u, _)| lacks(*u)).collect();
        if positives.is_empty() {
            return Err(Error::NoData { reason: "no user with an item lacks another one" });
        }
        Ok(Self {
            positives,
            seen,
            block,
            negatives,
            emit,
            next: 0,
            sampler: BlockSampler::uniform(seen.n_items()),
            marked: None,
            marks: Marks::new(seen.n_items()),
            stream: stream(seed, Purpose::Batches),
        })
    }

    /// Marks the items of `user`, and those of no other.
    fn mark(&mut self, user: UserId) {
        if self.marked == Some(user) {
            return;
        }
        if let Some(before) = self.marked.replace(user) {
            self.seen.row(before).iter().for_each(|item| self.marks.remove(item.0));
        }
        self.seen.row(user).iter().for_each(|item| self.marks.add(item.0));
    }
}

impl Batches for PositiveBlocks<'_> {
    fn next(&mut self, batch: &mut Batch) -> bool {
        if self.next == self.positives.len() {
            self.next = 0;
            return false;
        }
        let end = (self.next + self.block).min(self.positives.len());
        for at in self.next..end {
            let (user, item) = self.positives[at];
            self.mark(user);
            let positive = Cell { user, item, label: 1.0, weight: 1.0 };
            if self.emit == Emit::Cells {
                batch.cells.push(Cell { weight: self.negatives as f32, ..positive });
            }
            for _ in 0..self.negatives {
                let item = ItemId(self.sampler.draw_unmarked(&self.marks, &mut self.stream));
                if self.emit == Emit::Triples {
                    batch.cells.push(positive);
                }
                batch.cells.push(Cell { user, item, label: 0.0, weight: 1.0 });
            }
        }
        self.next = end;
        true
    }
}
