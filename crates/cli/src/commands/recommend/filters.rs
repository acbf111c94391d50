//! What may be listed: items for all, and pairs that may not.

use super::people::People;
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Reading, Unknown};
use crate::output::{count, thousands};
use foretaste::data::{Dataset, IdTable, Interactions, Keep, Pair};
use foretaste::io::Side;
use foretaste::{ItemSet, Query, Recommender};
use std::path::{Path, PathBuf};

/// The files that say it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct Filtering {
    /// List these items only: a file with one id a line, or a table or JSON lines with items; - is
    /// stdin, here and below.
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// List none of these items, also not of those of --allow.
    #[arg(long, value_name = "FILE")]
    deny: Option<PathBuf>,
    /// List none of these items for these users: a file of users and items.
    #[arg(long, value_name = "FILE", conflicts_with = "items")]
    deny_pairs: Option<PathBuf>,
    /// List items that nobody had, too, where the model knows them by their features. --allow has the last
    /// word: what it names is listed.
    #[arg(long)]
    include_cold: bool,
}

/// What they say.
#[derive(Debug, Default)]
pub(super) struct Filters {
    allow: Option<ItemSet>,
    deny: Option<ItemSet>,
    /// Of the users of the model, of those who are folded in, and of strangers.
    pairs: Option<[Interactions; 3]>,
}

impl Filtering {
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.allow, &self.deny, &self.deny_pairs].into_iter().flatten().map(PathBuf::as_path)
    }

    /// Reads them, and says which ids the model does not know; with `strict`, that is an error.
    pub(super) fn read(
        &self,
        model: &Recommender,
        people: &People<'_>,
        strict: bool,
        global: &Global,
    ) -> Outcome<Filters> {
        let mut filters = Filters::default();
        if let Some(path) = &self.allow {
            let (items, unknown) = items(path, model)?;
            unknown.tell(strict, global)?;
            filters.allow = Some(items);
        }
        if let Some(path) = &self.deny {
            match items(path, model) {
                Ok((items, unknown)) => {
                    unknown.tell(strict, global)?;
                    filters.deny = Some(items);
                }
                Err(failure) => nothing_denied(failure, path, global)?,
            }
        }
        if self.allow.is_none() && !self.include_cold {
            leave_out_cold(model, &mut filters, global);
        }
        if let Some(path) = &self.deny_pairs {
            match Reading::default().read(path, Keep::default(), global) {
                Ok((pairs, _)) => {
                    tell_unknown_pairs(path, &pairs, model, people, strict, global)?;
                    filters.pairs = Some(by_tables(&pairs, model, people)?);
                }
                Err(failure) => nothing_denied(failure, path, global)?,
            }
        }
        Ok(filters)
    }
}

impl Filters {
    /// Whether anything may not be listed.
    pub(super) fn are_any(&self) -> bool {
        self.allow.is_some() || self.deny.is_some() || self.pairs.is_some()
    }

    /// `k` of the items that may be listed for all.
    pub(super) fn query(&self, k: usize) -> Query<'_> {
        let query = Query::new(k);
        let query = self.allow.as_ref().map_or(query, |allow| query.allow(allow));
        self.deny.as_ref().map_or(query, |deny| query.deny(deny))
    }

    /// The pairs that may not, as [`People::tables`] has the users.
    pub(super) fn pairs(&self) -> [Option<&Interactions>; 3] {
        let pairs = self.pairs.as_ref();
        [0, 1, 2].map(|n| pairs.map(|pairs| &pairs[n]))
    }
}

fn items<'a>(path: &Path, model: &'a Recommender) -> Outcome<(ItemSet, Unknown<'a>)> {
    let (ids, unknown) = input::ids(path, Side::Item, model.items())?;
    let (items, _) = model.item_set(ids.iter().map(|listed| &listed.id));
    Ok((items, unknown))
}

/// Denies items that nobody had of any feedback, and says so.
fn leave_out_cold(model: &Recommender, filters: &mut Filters, global: &Global) {
    let Some(mut cold) = model.cold_items() else { return };
    let left_out = cold.len();
    for item in filters.deny.iter().flat_map(ItemSet::iter) {
        cold.insert(item);
    }
    filters.deny = Some(cold);
    let (items, them) = match left_out {
        1 => ("1 item that nobody had is".to_owned(), "it"),
        more => (format!("{} items that nobody had are", thousands(more as u64)), "them"),
    };
    global.note(format_args!("note: {items} left out; --include-cold lists {them}"));
}

/// A list of what must not be shown may well be empty.
fn nothing_denied(failure: Failure, path: &Path, global: &Global) -> Outcome {
    if !failure.is_of_empty_file() {
        return Err(failure);
    }
    global.note(format_args!("note: {}: the file is empty: it denies nothing", input::name(path)));
    Ok(())
}

/// Pairs of an item that the model does not know, or of a user whom neither it knows nor anybody asked
/// for.
fn tell_unknown_pairs(
    path: &Path,
    pairs: &Dataset,
    model: &Recommender,
    people: &People<'_>,
    strict: bool,
    global: &Global,
) -> Outcome {
    let users = people.tables().map(|table| pairs.users().indices_in(table));
    let items = pairs.items().indices_in(model.items());
    let is_known = |pair: &Pair| {
        let user = users.iter().any(|table| table[pair.user.index()].is_some());
        user && items[pair.item.index()].is_some()
    };
    let unknown = pairs.interactions().pairs().filter(|pair| !is_known(pair)).count();
    if unknown == 0 {
        return Ok(());
    }
    let (place, unknown) = (input::name(path), thousands(unknown as u64));
    let all = count(pairs.interactions().nnz() as u64, "pair");
    let what =
        format!("{place}: the model does not know the user or the item of {unknown} of {all}");
    if strict {
        return Err(Failure::data(what).help("without --strict, what is unknown is left out"));
    }
    global.note(format_args!("note: {what}: left out"));
    Ok(())
}

fn by_tables(
    pairs: &Dataset,
    model: &Recommender,
    people: &People<'_>,
) -> Outcome<[Interactions; 3]> {
    let of = |table: &IdTable| -> Outcome<Interactions> {
        Ok(pairs.clone().onto(table.clone(), model.items().clone())?.into_interactions())
    };
    let [stored, folded, strangers] = people.tables();
    Ok([of(stored)?, of(folded)?, of(strangers)?])
}
