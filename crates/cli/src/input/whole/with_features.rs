//! Features beside the interactions, and what is said of them.

use super::{FoundFeatures, Whole};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::parts::check_features;
use crate::output::count;
use foretaste::data::{FeatureTable, Features, Tags, printable};
use foretaste::io::Side;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

impl Whole {
    /// Adds features, and says what they are of.
    pub(super) fn with(
        mut self,
        (table, found): (FeatureTable, FoundFeatures),
        path: &Path,
        global: &Global,
    ) -> Outcome<Self> {
        let report = &found.report;
        check_features(path, report)?;
        let (ids, what) = match report.side {
            Side::User => (self.data.users(), "user"),
            Side::Item => (self.data.items(), "item"),
        };
        let known = table.ids().indices_in(ids).iter().flatten().count();
        let (alone, without) = (table.ids().len() - known, ids.len() - known);
        if known == 0 {
            let message = format!("{}: none of its {what}s is in the data", path.display());
            return Err(Failure::data(message).help("ids have to be written alike"));
        }
        let has = describe(table.features());
        let of = count(table.ids().len() as u64, what);
        global.note(format_args!("read {}: {has} of {of}", path.display()));
        if report.repeats > 0 {
            let repeats = count(report.repeats, "repeated row");
            global.note(format_args!("note: {}: kept {repeats} once", path.display()));
        }
        if alone > 0 {
            let (alone, are) = (count(alone as u64, what), if alone == 1 { "is" } else { "are" });
            global.note(format_args!("note: {}: {alone} {are} known by it alone", path.display()));
        }
        if without > 0 {
            let (without, are) =
                (count(without as u64, what), if without == 1 { "is" } else { "are" });
            global.note(format_args!("note: {}: {without} {are} not in it", path.display()));
        }
        if let Some(said) = table.features().tags().and_then(alike_but_for_case) {
            global.note(format_args!("note: {}: {said}", path.display()));
        }
        self.data = match report.side {
            Side::User => self.data.with_user_features(table)?,
            Side::Item => self.data.with_item_features(table)?,
        };
        self.features.push(found);
        Ok(self)
    }
}

/// What is to be said of tags that differ by case alone, if there are any: they are kept apart.
fn alike_but_for_case(tags: &Tags) -> Option<String> {
    let mut of_lower: BTreeMap<String, &str> = BTreeMap::new();
    let mut example = None;
    for name in tags.names() {
        match of_lower.entry(name.to_lowercase()) {
            Entry::Vacant(free) => drop(free.insert(name)),
            Entry::Occupied(first) => {
                example.get_or_insert((*first.get(), name));
            }
        }
    }
    let (one, other) = example?;
    let same = tags.names().len() - of_lower.len();
    let has = if same == 1 { "differs" } else { "differ" };
    let same = count(same as u64, "tag");
    let (one, other) = (printable(one), printable(other));
    Some(format!("{same} {has} from others by case alone, and stay apart: {one} and {other}"))
}

/// "vectors of 64 numbers", "12 tags".
fn describe(features: &Features) -> String {
    match (features.vectors(), features.tags()) {
        (Some(vectors), _) => format!("vectors of {}", count(vectors.width() as u64, "number")),
        (_, tags) => count(tags.map_or(0, |tags| tags.names().len()) as u64, "tag"),
    }
}
