//! Writing runs and qrels.

use super::escape_id;
use crate::Error;
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, UserId};
use foretaste_model::{Query, Scorer, recommend};
use std::io::Write;

/// Users whose lists are held at once by [`write_run`].
const CHUNK: usize = 4096;

/// Writes lists as a run, `user Q0 item rank score tag` a line, under the users' and items'
/// original ids.
#[derive(Debug)]
pub struct RunWriter<'a, W: Write> {
    out: W,
    tag: String,
    users: &'a IdTable,
    items: &'a IdTable,
}

impl<'a, W: Write> RunWriter<'a, W> {
    /// Writes to `out`, which should be buffered, under the ids of the model's space. `tag` names
    /// the run in every line.
    pub fn new(out: W, tag: &str, users: &'a IdTable, items: &'a IdTable) -> Self {
        Self { out, tag: escape_id(tag).into_owned(), users, items }
    }

    /// Writes the list of one user, best first. The score at rank r of n is n − r + 1: strictly
    /// decreasing, so that no reader's way with ties can reorder the list.
    ///
    /// # Errors
    /// [`Error::Write`]; [`Error::Size`] if a table does not hold the user or an item.
    pub fn write_list(&mut self, user: UserId, list: &[ItemId]) -> Result<(), Error> {
        let user = token("ids of users", self.users, user.0)?;
        for (at, item) in list.iter().enumerate() {
            let item = token("ids of items", self.items, item.0)?;
            let (rank, score, tag) = (at + 1, list.len() - at, &self.tag);
            writeln!(self.out, "{user} Q0 {item} {rank} {score} {tag}")?;
        }
        Ok(())
    }

    /// Flushes, and returns the output.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn finish(mut self) -> Result<W, Error> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Writes the best `k` items for each of `users`, usually
/// [`TestSet::known_users`](crate::TestSet::known_users), without those that a row of `mask` holds:
/// the lists that [`evaluate`](crate::evaluate) scores, if `k` is the largest cut-off.
///
/// Memory: the lists of a few thousand users.
///
/// # Errors
/// [`Error::Write`]; [`Error::Size`] if the writer's tables do not hold a user or an item.
///
/// # Panics
/// If a user is unknown to the scorer.
pub fn write_run<W: Write>(
    writer: &mut RunWriter<'_, W>,
    scorer: &dyn Scorer,
    mask: &[&Interactions],
    users: &[UserId],
    k: usize,
) -> Result<(), Error> {
    let query = Query::new(k).exclude(mask);
    for users in users.chunks(CHUNK) {
        for (&user, list) in users.iter().zip(recommend(scorer, users, &query)) {
            let items: Vec<ItemId> = list.iter().map(|(item, _)| *item).collect();
            writer.write_list(user, &items)?;
        }
    }
    Ok(())
}

/// Writes the pairs of `test` as qrels, `user 0 item rel` a line, where `rel` is 1 or, if `graded`,
/// the pair's weight (trec_eval reads whole numbers only).
///
/// Give it the test data as they were read, not in the model's space: users and items that the
/// model does not know count as misses, in other tools too.
///
/// # Errors
/// [`Error::Write`]; [`Error::Size`] if the tables of ids do not fit the matrix.
pub fn write_qrels(mut out: impl Write, test: &Dataset, graded: bool) -> Result<(), Error> {
    for pair in test.interactions().pairs() {
        let user = token("ids of users", test.users(), pair.user.0)?;
        let item = token("ids of items", test.items(), pair.item.0)?;
        // As f64, whose shortest decimal reads back as the same gain.
        let rel = if graded { f64::from(pair.weight) } else { 1.0 };
        writeln!(out, "{user} 0 {item} {rel}")?;
    }
    out.flush()?;
    Ok(())
}

fn token(what: &'static str, table: &IdTable, index: u32) -> Result<String, Error> {
    match table.name(index) {
        Some(id) => Ok(escape_id(&id).into_owned()),
        None => Err(Error::Size { what, expected: index as usize + 1, found: table.len() }),
    }
}
