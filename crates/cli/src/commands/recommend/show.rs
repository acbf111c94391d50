//! Lists as they are printed and written.

use super::{Batch, Who};
use crate::cells::NOTHING;
use crate::failure::Outcome;
use crate::output::{Format, Report};
use crate::table_file::Stop;
use foretaste::Recommender;
use foretaste::data::{IdTable, ItemId};
use foretaste::io::{Cells, ListLine, Rows, Titles, list_lines};
use foretaste::model::Scored;
use rayon::prelude::*;
use serde_json::Value;
use std::io::{self, Write};

/// The title of an item, or nothing.
pub(crate) fn title(model: &Recommender, item: ItemId, titles: Option<&Titles>) -> String {
    let title = titles.and_then(|titles| titles.get(&model.item_name(item)));
    title.unwrap_or_default().to_owned()
}

impl Batch<'_> {
    /// Prints the lists; the first with a header, where there is one.
    pub(super) fn print(&self, format: Format, first: bool) -> Outcome {
        if format == Format::Json {
            return self.print_json();
        }
        self.table(format).print_part(format, first)
    }

    fn print_json(&self) -> Outcome {
        let line = |(&who, list): (&Who, &Vec<Scored>)| {
            let name = self.people.name(who);
            self.people.model.list_line(self.people.whose(who), name, list, self.titles)
        };
        let lines: Vec<ListLine<'_>> =
            self.who.par_iter().zip(&self.lists).with_min_len(64).map(line).collect();
        let lines = list_lines(&lines);
        let mut out = io::BufWriter::new(io::stdout().lock());
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        Ok(out.flush()?)
    }

    fn table(&self, format: Format) -> Report {
        let mut rows = Vec::new();
        for (&who, list) in self.who.iter().zip(&self.lists) {
            let nobody = if format == Format::Csv { "" } else { NOTHING };
            let user = self.people.name(who).unwrap_or_else(|| nobody.to_owned());
            for (rank, (item, score)) in list.iter().enumerate() {
                let name = self.people.model.item_name(*item);
                let mut row =
                    vec![user.clone(), (rank + 1).to_string(), name, format.score(*score)];
                row.extend(self.titles.map(|_| title(self.people.model, *item, self.titles)));
                rows.push(row);
            }
        }
        let mut header = vec!["user", "rank", "item", "score"];
        header.extend(self.titles.map(|_| "title"));
        Report { json: Value::Null, header, rows, above: Vec::new() }
    }

    /// Gives the lists as rows of a table, of items by these names.
    pub(super) fn rows(
        &self,
        items: &[String],
        write: &mut dyn FnMut(&Rows<'_>) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let names: Vec<Option<String>> =
            self.who.iter().map(|&who| self.people.name(who)).collect();
        let places = || self.lists.iter().flatten();
        let users = names.iter().zip(&self.lists);
        let users = users.flat_map(|(name, list)| list.iter().map(|_| name.as_deref())).collect();
        let ranks = self.lists.iter().flat_map(|list| 1..=list.len() as u32).collect();
        let named = |place: &Scored| Some(items[place.0.index()].as_str());
        let of_items = is_whole(self.people.model.items());
        let mut columns = vec![
            (
                "user",
                Cells::Ids {
                    ids: users,
                    integers: self.people.tables().map(is_whole) == [true; 3],
                },
            ),
            ("rank", Cells::Whole(ranks)),
            ("item", Cells::Ids { ids: places().map(named).collect(), integers: of_items }),
            ("score", Cells::Scores(places().map(|place| Some(place.1)).collect())),
        ];
        if let Some(titles) = self.titles {
            let title = |place: &Scored| titles.get(&items[place.0.index()]);
            columns.push(("title", Cells::Text(places().map(title).collect())));
        }
        Ok(write(&Rows { columns })?)
    }
}

/// Whether all ids are whole numbers.
fn is_whole(ids: &IdTable) -> bool {
    ids.integers().is_some()
}
