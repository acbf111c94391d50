//! Features beside the interactions, and what is said of them.

use super::{FoundFeatures, Whole};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::parts::check_features;
use crate::output::count;
use foretaste::data::{FeatureTable, Features};
use foretaste::io::Side;
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
        self.data = match report.side {
            Side::User => self.data.with_user_features(table)?,
            Side::Item => self.data.with_item_features(table)?,
        };
        self.features.push(found);
        Ok(self)
    }
}

/// "vectors of 64 numbers", "12 tags".
fn describe(features: &Features) -> String {
    match (features.vectors(), features.tags()) {
        (Some(vectors), _) => format!("vectors of {}", count(vectors.width() as u64, "number")),
        (_, tags) => count(tags.map_or(0, |tags| tags.names().len()) as u64, "tag"),
    }
}
