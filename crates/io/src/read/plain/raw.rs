//! Rows with raw ids in the place of dense indices.

use crate::read::plain::{Unclear, number};
use crate::read::rows::{Rules, Tally, weight};
use crate::read::sink::Collected;
use foretaste_data::{Coordinates, ItemId, Keep, UserId};

/// A row, as far as it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RawRow {
    pub(crate) user: u32,
    pub(crate) item: u32,
    pub(crate) rating: Option<f64>,
    pub(crate) time: i64,
}

/// The rows of a file, or of a part of it.
#[derive(Debug)]
pub(crate) struct RawRows {
    rows: Coordinates,
    /// Those that do not pass the rule for positive ones; none unless they are kept.
    rest: Coordinates,
    tally: Tally,
}

impl RawRows {
    /// None, with the columns that are to be kept.
    pub(crate) fn new(keep: Keep) -> Self {
        let (rows, rest) = (Coordinates::for_keep(keep), Coordinates::for_keep(keep));
        Self { rows, rest, tally: Tally::default() }
    }

    /// Removes the rows, and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.rest.clear();
        self.tally = Tally::default();
    }

    /// Takes a row; `accepted` as in [`Rules::admit`].
    #[inline]
    pub(crate) fn take(&mut self, row: RawRow, accepted: bool, rules: &Rules<'_>) {
        self.tally.rows += 1;
        let rows = match rules.admit(row.rating, accepted, &mut self.tally) {
            true => &mut self.rows,
            false if rules.keeps_rest() => &mut self.rest,
            false => return,
        };
        rows.users.push(UserId(row.user));
        rows.items.push(ItemId(row.item));
        if let Some(weights) = &mut rows.weights {
            weights.push(weight(row.rating));
        }
        if let Some(times) = &mut rows.times {
            times.push(row.time);
        }
    }

    /// Adds the rows of the part that follows.
    pub(crate) fn append(&mut self, part: &Self) -> Result<(), Unclear> {
        self.rows.append(&part.rows);
        self.rest.append(&part.rest);
        self.tally.merge(&part.tally);
        // One row more is what the general reader counts to before it refuses.
        let most = self.rows.users.len().max(self.rest.users.len());
        if most > u32::MAX as usize { Err(Unclear) } else { Ok(()) }
    }

    /// Numbers the ids and sorts the rows.
    pub(crate) fn finish(self, rules: &Rules<'_>) -> Result<(Tally, Collected), Unclear> {
        let Self { rows, rest, tally } = self;
        if rows.users.is_empty() || rules.is_in_doubt(&tally) {
            return Err(Unclear);
        }
        let repeats = rules.repeats();
        let collected = number::finish(rows, repeats)?;
        let rest = (!rest.users.is_empty()).then(|| number::finish(rest, repeats)).transpose()?;
        Ok((tally, collected.with_rest(rest)))
    }
}
