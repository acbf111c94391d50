//! Raw ids into dense indices.

use crate::read::plain::Unclear;
use crate::read::sink::Collected;
use foretaste_data::{Coordinates, IdTable, Interner, Repeats};

/// Ids below this are always looked up in a table (of 16 MiB).
const DIRECT: usize = 1 << 22;

/// Numbers the ids and sorts the rows.
pub(crate) fn finish(mut rows: Coordinates, repeats: Repeats) -> Result<Collected, Unclear> {
    let Coordinates { users, items, .. } = &mut rows;
    let (users, items) =
        rayon::join(|| number(users, |user| &mut user.0), || number(items, |item| &mut item.0));
    Collected::build(rows, users?, items?, repeats).map_err(|_| Unclear)
}

/// Puts ranks in the place of ids; returns the ids by rank.
fn number<T: Copy>(column: &mut [T], id: impl Fn(&mut T) -> &mut u32) -> Result<IdTable, Unclear> {
    let largest = column.iter_mut().map(|value| *id(value)).max().unwrap_or(0) as usize;
    if largest >= DIRECT.max(column.len()) {
        return number_sparse(column, id);
    }
    let mut ranks = vec![0u32; largest + 1];
    for value in column.iter_mut() {
        ranks[*id(value) as usize] = 1;
    }
    let mut ids = Vec::new();
    for (value, rank) in ranks.iter_mut().enumerate().filter(|(_, rank)| **rank > 0) {
        *rank = ids.len() as u32;
        ids.push(value as i64);
    }
    for value in column.iter_mut() {
        let id = id(value);
        *id = ranks[*id as usize];
    }
    Ok(IdTable::from_integers(ids))
}

/// [`number`] of ids that are too large for a table of all ids.
fn number_sparse<T: Copy>(
    column: &mut [T],
    id: impl Fn(&mut T) -> &mut u32,
) -> Result<IdTable, Unclear> {
    let mut interner = Interner::default();
    for value in column.iter_mut() {
        let id = id(value);
        *id = interner.intern_integer(i64::from(*id)).map_err(|_| Unclear)?;
    }
    let (ids, ranks) = interner.finish();
    for value in column.iter_mut() {
        let id = id(value);
        *id = ranks[*id as usize];
    }
    Ok(ids)
}
