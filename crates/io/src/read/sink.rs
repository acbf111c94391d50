//! Where the rows go, however they are read.

use crate::error::shown;
use crate::read::intern::{FileIds, Interned, decode};
use crate::read::report::OddIds;
use foretaste_data::{
    Coordinates, Dataset, Error, IdTable, Interactions, ItemId, Keep, Repeats, UserId,
};

/// Collects rows into a [`Dataset`]; the order of the rows leaves no trace in it.
#[derive(Debug)]
pub(crate) struct RowSink {
    repeats: Repeats,
    users: Side,
    items: Side,
    rows: Coordinates,
}

/// One interaction, as read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) line: u64,
    pub(crate) user: &'a [u8],
    pub(crate) item: &'a [u8],
    /// Used if weights are kept.
    pub(crate) weight: f32,
    /// Used if times are kept.
    pub(crate) time: i64,
}

/// What became of the rows.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) dataset: Dataset,
    /// Rows that were seen and are not positive, over their own ids.
    pub(crate) not_positive: Option<Dataset>,
    pub(crate) duplicates: u64,
    pub(crate) odd_users: Option<OddIds>,
    pub(crate) odd_items: Option<OddIds>,
    /// The first id of each side that was no UTF-8.
    pub(crate) old_text: [Option<String>; 2],
    pub(crate) times: Option<(i64, i64)>,
}

impl RowSink {
    pub(crate) fn new(keep: Keep, repeats: Repeats) -> Self {
        let rows = Coordinates::for_keep(keep);
        Self { repeats, users: Side::default(), items: Side::default(), rows }
    }

    /// Number of rows taken.
    pub(crate) fn len(&self) -> usize {
        self.rows.users.len()
    }

    /// Keeps no times, also of the rows that were taken.
    pub(crate) fn forget_times(&mut self) {
        self.rows.times = None;
    }

    /// Takes a row.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if there are more rows or ids than 32 bits count.
    pub(crate) fn push(&mut self, row: Row<'_>) -> Result<(), Error> {
        if self.len() >= u32::MAX as usize {
            return Err(Error::TooLarge { what: "interactions", value: self.len() as u64 + 1 });
        }
        self.rows.users.push(UserId(self.users.take(row.user, row.line)?));
        self.rows.items.push(ItemId(self.items.take(row.item, row.line)?));
        if let Some(weights) = &mut self.rows.weights {
            weights.push(row.weight);
        }
        if let Some(times) = &mut self.rows.times {
            times.push(row.time);
        }
        Ok(())
    }

    /// Whether no row was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sorts ids and rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if a dimension exceeds 32 bits.
    pub(crate) fn finish(self) -> Result<Collected, Error> {
        let Self { repeats, users, items, mut rows } = self;
        let total = rows.users.len() as u64;
        let (odd_users, odd_items) = (users.odd(total), items.odd(total));
        let old_text = [&users, &items].map(|side| side.file.old_text.clone());
        let (users, ranks) = users.file.ids.finish();
        rows.users.iter_mut().for_each(|user| user.0 = ranks[user.index()]);
        let (items, ranks) = items.file.ids.finish();
        rows.items.iter_mut().for_each(|item| item.0 = ranks[item.index()]);
        let built = Collected::build(rows, users, items, repeats)?;
        Ok(Collected { odd_users, odd_items, old_text, ..built })
    }
}

impl Collected {
    /// What becomes of rows whose ids have been numbered.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if a dimension exceeds 32 bits.
    pub(crate) fn build(
        rows: Coordinates,
        users: IdTable,
        items: IdTable,
        repeats: Repeats,
    ) -> Result<Self, Error> {
        let times = rows
            .times
            .as_ref()
            .and_then(|times| Some((*times.iter().min()?, *times.iter().max()?)));
        let (interactions, dropped) =
            Interactions::from_repeated(rows, users.len(), items.len(), repeats)?;
        let dataset = Dataset::new(users, items, interactions)?;
        let duplicates = dropped as u64;
        let (odd_users, odd_items, old_text) = (None, None, [None, None]);
        let not_positive = None;
        Ok(Self { dataset, not_positive, duplicates, odd_users, odd_items, old_text, times })
    }

    /// The same with what came of the rows that do not pass the rule for positive ones, if there are
    /// any.
    pub(crate) fn with_rest(self, rest: Option<Self>) -> Self {
        Self { not_positive: rest.map(|rest| rest.dataset), ..self }
    }
}

/// The ids of one side, and those among them that look out of place.
#[derive(Debug, Default)]
struct Side {
    file: FileIds,
    odd_rows: u64,
    first_odd: Option<(u64, String)>,
}

impl Side {
    fn take(&mut self, id: &[u8], line: u64) -> Result<u32, Error> {
        let Interned { index, is_plain } = self.file.intern(id)?;
        if !is_plain {
            self.odd_rows += 1;
            if self.first_odd.is_none() {
                self.first_odd = Some((line, shown(&decode(id))));
            }
        }
        Ok(index)
    }

    /// The odd ids, if no more than one in ten rows has one.
    fn odd(&self, rows: u64) -> Option<OddIds> {
        let (first_line, first_value) = self.first_odd.clone()?;
        let few = self.odd_rows.saturating_mul(10) <= rows;
        few.then_some(OddIds { rows: self.odd_rows, first_line, first_value })
    }
}
