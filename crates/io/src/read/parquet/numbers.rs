//! The fast path: ids that are whole numbers, groups of rows in parallel.

use rayon::prelude::*;

use crate::read::parquet::Table;
use crate::read::parquet::column::Column;
use crate::read::plain::Unclear;
use crate::read::rows::{Rules, Tally, weight};
use crate::read::source::Progress;
use foretaste_data::{Coordinates, ItemId, UserId};

/// Rows that are read at once.
const BATCH: usize = 1 << 16;

/// The rows of some groups: raw ids in the place of dense indices.
struct Part {
    rows: Coordinates,
    tally: Tally,
}

/// Reads all groups. The result does not depend on the number of threads.
pub(crate) fn read(
    table: &Table,
    rules: &Rules<'_>,
    progress: &mut Progress<'_>,
    size: u64,
) -> Result<(Coordinates, Tally), Unclear> {
    let roles = &rules.layout.roles;
    let plain = rules.layout.rule.is_none()
        && [roles.user, roles.item].iter().all(|&at| table.kind(at).is_number());
    if !plain {
        return Err(Unclear);
    }
    let (mut rows, mut tally) = (Coordinates::for_keep(rules.keep), Tally::default());
    let groups: Vec<usize> = (0..table.groups()).collect();
    // Some groups for each thread are in memory twice.
    for batch in groups.chunks(4 * rayon::current_num_threads()) {
        let parts: Vec<Part> = (batch.par_iter().with_max_len(1))
            .map(|&group| Part::read(table, group, rules))
            .collect::<Result<_, Unclear>>()?;
        for part in parts {
            rows.append(&part.rows);
            tally.merge(&part.tally);
        }
        if let Some(progress) = progress {
            let done = batch.last().map_or(0, |last| last + 1) as u64;
            progress(size * done / groups.len() as u64, size);
        }
    }
    if rows.users.is_empty() || rows.users.len() > u32::MAX as usize {
        return Err(Unclear);
    }
    Ok((rows, tally))
}

impl Part {
    fn read(table: &Table, group: usize, rules: &Rules<'_>) -> Result<Self, Unclear> {
        let roles = &rules.layout.roles;
        let column = |at: usize| table.column(group, at).map_err(|_| Unclear);
        let (mut users, mut items) = (column(roles.user)?, column(roles.item)?);
        let mut ratings = roles.rating.map(column).transpose()?;
        let mut times = roles.time.filter(|_| rules.keep.times).map(column).transpose()?;
        let mut part = Self { rows: Coordinates::for_keep(rules.keep), tally: Tally::default() };
        let mut batch = Batch::default();
        let rows = table.rows(group);
        for start in (0..rows).step_by(BATCH) {
            let all = [Some(&mut users), Some(&mut items), ratings.as_mut(), times.as_mut()];
            for column in all.into_iter().flatten() {
                column.read(BATCH.min(rows - start)).map_err(|_| Unclear)?;
            }
            batch.fill((&users, &items, ratings.as_ref(), times.as_ref())).ok_or(Unclear)?;
            part.take(&batch, rules);
        }
        Ok(part)
    }

    fn take(&mut self, batch: &Batch, rules: &Rules<'_>) {
        self.tally.rows += batch.users.len() as u64;
        for (row, (&user, &item)) in batch.users.iter().zip(&batch.items).enumerate() {
            let rating = batch.ratings.get(row).copied();
            if !rules.admit(rating, true, &mut self.tally) {
                continue;
            }
            self.rows.users.push(UserId(user));
            self.rows.items.push(ItemId(item));
            if let Some(weights) = &mut self.rows.weights {
                weights.push(weight(rating));
            }
            if let Some(times) = &mut self.rows.times {
                times.push(batch.times[row]);
            }
        }
    }
}

/// Some rows of a group.
#[derive(Default)]
struct Batch {
    users: Vec<u32>,
    items: Vec<u32>,
    /// None where there is no such column.
    ratings: Vec<f64>,
    times: Vec<i64>,
}

type Columns<'a> = (&'a Column, &'a Column, Option<&'a Column>, Option<&'a Column>);

impl Batch {
    /// `None` at what has no place here.
    fn fill(&mut self, (users, items, ratings, times): Columns<'_>) -> Option<()> {
        for (column, ids) in [(users, &mut self.users), (items, &mut self.items)] {
            ids.clear();
            column.integers(|id| {
                ids.push(id.try_into().ok()?);
                Some(())
            })?;
        }
        self.ratings.clear();
        self.times.clear();
        if let Some(ratings) = ratings {
            ratings.numbers(|rating| self.ratings.push(rating))?;
        }
        times.map_or(Some(()), |times| times.seconds(|time| self.times.push(time)))
    }
}
