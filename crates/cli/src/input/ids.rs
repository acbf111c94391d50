//! Files of ids, and ids that a model does not know.

use super::stdin::{self, is_stdin};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::{count, thousands};
use foretaste::Recommender;
use foretaste::data::{IdTable, ItemId, UserId};
use foretaste::io::{ListedId, Side, read_ids, read_ids_from};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

/// Reads a file of users or items, - for stdin, with one id a line, or a table with a column of them.
/// Returns all ids, and those that the model does not know, which are still to be told.
pub(crate) fn ids<'a>(
    path: &Path,
    side: Side,
    known: &'a IdTable,
) -> Outcome<(Vec<ListedId>, Unknown<'a>)> {
    let what = if side == Side::User { "user" } else { "item" };
    let is_known = |id: &str| known.index_of(id).is_some();
    let place = stdin::name(path);
    let ids = match is_stdin(path) {
        true => read_ids_from(stdin::take()?, &place, side, is_known),
        false => read_ids(path, side, is_known),
    };
    let ids = ids.map_err(|error| {
        Failure::from(error).help(format_args!(
            "a file of {what}s has one {what} id a line, or is a table with a column of that name"
        ))
    })?;
    let unknown: Vec<&ListedId> = ids.iter().filter(|listed| !is_known(&listed.id)).collect();
    let unknown = Unknown {
        place,
        line: unknown.first().map(|listed| listed.line),
        what,
        ids: unknown.iter().map(|listed| listed.id.clone()).collect(),
        all: ids.len(),
        known,
    };
    Ok((ids, unknown))
}

/// The user of an id.
pub(crate) fn user(model: &Recommender, id: &str) -> Outcome<UserId> {
    model.user(id).ok_or_else(|| not_known("user", id, model.users()))
}

/// The item of an id.
pub(crate) fn item(model: &Recommender, id: &str) -> Outcome<ItemId> {
    model.item(id).ok_or_else(|| not_known("item", id, model.items()))
}

fn not_known(what: &str, id: &str, known: &IdTable) -> Failure {
    Failure::usage(format_args!("the model has no {what} \"{id}\"")).help(examples(known, what))
}

/// Each once, in the order of the first time; says how many more there were, and what each has.
pub(crate) fn once<T: Copy, K: Ord>(
    all: &[T],
    key: impl Fn(T) -> K,
    (what, has): (&str, &str),
    global: &Global,
) -> Vec<T> {
    let mut found = BTreeSet::new();
    let once: Vec<T> = all.iter().copied().filter(|&one| found.insert(key(one))).collect();
    let again = all.len() - once.len();
    if again > 0 {
        let again = count(again as u64, "repeated id");
        global.note(format_args!("note: {again} of {what}: each has {has}"));
    }
    once
}

/// Ids that the model does not know.
#[derive(Clone, Debug)]
pub(crate) struct Unknown<'a> {
    /// The file or flag that they are from.
    pub(crate) place: String,
    /// Where the first of them is, if that is known.
    pub(crate) line: Option<u64>,
    /// `user` or `item`.
    pub(crate) what: &'static str,
    pub(crate) ids: Vec<String>,
    /// Of how many.
    pub(crate) all: usize,
    /// Those of the model.
    pub(crate) known: &'a IdTable,
}

impl Unknown<'_> {
    /// Whether there is no id that the model knows.
    pub(crate) fn are_all(&self) -> bool {
        self.ids.len() == self.all
    }

    /// Says how many they are and which come first; an error if there are no others, or if `strict`.
    pub(crate) fn tell(&self, strict: bool, global: &Global) -> Outcome {
        if !self.are_all() {
            return self.tell_then(strict, "left out", global);
        }
        let (place, what, few) = (&self.place, self.what, few(&self.ids));
        let message = match self.all {
            1 => format!("{place}: the model does not know the {what} {few}"),
            all => format!("{place}: the model knows none of {} ({few})", count(all as u64, what)),
        };
        Err(Failure::data(message).help(examples(self.known, what)))
    }

    /// The same, also if there are no others. `then` says what becomes of them.
    pub(crate) fn tell_then(&self, strict: bool, then: &str, global: &Global) -> Outcome {
        let Some(first) = self.ids.first() else { return Ok(()) };
        let (place, unknown) = (&self.place, self.ids.len());
        if strict {
            let line = self.line.map_or(String::new(), |line| format!(":{line}"));
            let more = match unknown - 1 {
                0 => String::new(),
                more => format!(" (nor {})", count(more as u64, "other")),
            };
            let message =
                format!("{place}{line}: the model has no {} \"{first}\"{more}", self.what);
            let examples = examples(self.known, self.what);
            return Err(Failure::data(message)
                .help(format_args!("{examples}; without --strict, what is unknown is left out")));
        }
        let (all, few) = (count(self.all as u64, self.what), few(&self.ids));
        global.note(format_args!(
            "note: {place}: the model does not know {} of {all} ({few}): {then}",
            thousands(unknown as u64)
        ));
        Ok(())
    }
}

/// What ids of the model look like.
pub(crate) fn examples(ids: &IdTable, what: &str) -> String {
    let some: Vec<_> = (0..3).filter_map(|n| ids.name(n)).map(|id| format!("\"{id}\"")).collect();
    format!("{what} ids are those of the training data, such as {}", some.join(", "))
}

/// The first few ids.
pub(crate) fn few(ids: &[impl Display]) -> String {
    let more = if ids.len() > 3 { ", …" } else { "" };
    let shown: Vec<_> = ids.iter().take(3).map(|id| format!("\"{id}\"")).collect();
    shown.join(", ") + more
}
