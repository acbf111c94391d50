//! The fast path: ids that are whole numbers, groups of rows in parallel.

use rayon::prelude::*;

use crate::read::parquet::Table;
use crate::read::parquet::column::Column;
use crate::read::plain::Unclear;
use crate::read::plain::raw::{RawRow, RawRows};
use crate::read::rows::Rules;
use crate::read::source::Progress;

/// Rows that are read at once.
const BATCH: usize = 1 << 16;

/// Reads all groups. The result does not depend on the number of threads.
pub(crate) fn read(
    table: &Table,
    rules: &Rules<'_>,
    progress: &mut Progress<'_>,
    size: u64,
) -> Result<RawRows, Unclear> {
    let roles = &rules.layout.roles;
    let plain = rules.layout.rule.is_none()
        && [roles.user, roles.item].iter().all(|&at| table.kind(at).is_number());
    if !plain {
        return Err(Unclear);
    }
    let mut rows = RawRows::new(rules.keep);
    let groups: Vec<usize> = (0..table.groups()).collect();
    // Some groups for each thread are in memory twice.
    for batch in groups.chunks(4 * rayon::current_num_threads()) {
        let parts: Vec<RawRows> = (batch.par_iter().with_max_len(1))
            .map(|&group| read_group(table, group, rules))
            .collect::<Result<_, Unclear>>()?;
        parts.iter().try_for_each(|part| rows.append(part))?;
        if let Some(progress) = progress {
            let done = batch.last().map_or(0, |last| last + 1) as u64;
            progress(size * done / groups.len() as u64, size);
        }
    }
    Ok(rows)
}

fn read_group(table: &Table, group: usize, rules: &Rules<'_>) -> Result<RawRows, Unclear> {
    let roles = &rules.layout.roles;
    let column = |at: usize| table.column(group, at).map_err(|_| Unclear);
    let (mut users, mut items) = (column(roles.user)?, column(roles.item)?);
    let mut ratings = roles.rating.map(column).transpose()?;
    let mut times = roles.time.filter(|_| rules.keep.times).map(column).transpose()?;
    let (mut part, mut batch) = (RawRows::new(rules.keep), Batch::default());
    let rows = table.rows(group);
    for start in (0..rows).step_by(BATCH) {
        let all = [Some(&mut users), Some(&mut items), ratings.as_mut(), times.as_mut()];
        for column in all.into_iter().flatten() {
            column.read(BATCH.min(rows - start)).map_err(|_| Unclear)?;
        }
        batch.fill((&users, &items, ratings.as_ref(), times.as_ref())).ok_or(Unclear)?;
        batch.rows().for_each(|row| part.take(row, true, rules));
    }
    Ok(part)
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

    fn rows(&self) -> impl Iterator<Item = RawRow> {
        let ids = self.users.iter().zip(&self.items).enumerate();
        ids.map(|(row, (&user, &item))| RawRow {
            user,
            item,
            rating: self.ratings.get(row).copied(),
            time: self.times.get(row).copied().unwrap_or(0),
        })
    }
}
