//! Lists as they are printed and written.

use super::{Part, Who};
use crate::cells::NOTHING;
use crate::failure::Outcome;
use crate::output::{Format, Report, shown_json};
use crate::table_file::{Cells, Rows, Stop};
use foretaste::Recommender;
use foretaste::data::ItemId;
use foretaste::io::Titles;
use foretaste::model::Scored;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// An item of a list, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<'a> {
    item: String,
    score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flip: Option<f32>,
}

impl<'a> Listed<'a> {
    pub(crate) fn new(model: &Recommender, scored: &Scored, titles: Option<&'a Titles>) -> Self {
        let item = model.item_name(scored.0);
        let title = titles.and_then(|titles| titles.get(&item));
        Self { item, score: f64::from(scored.1), title, flip: None }
    }
}

/// A user's list, for programs.
#[derive(Debug, Serialize)]
struct Line<'a> {
    items: Vec<Listed<'a>>,
    user: Option<String>,
}

/// The title of an item, or nothing.
pub(crate) fn title(model: &Recommender, item: ItemId, titles: Option<&Titles>) -> String {
    let title = titles.and_then(|titles| titles.get(&model.item_name(item)));
    title.unwrap_or_default().to_owned()
}

impl Part<'_> {
    /// Prints the lists; the first with a header, where there is one.
    pub(super) fn print(&self, format: Format, first: bool) -> Outcome {
        if format == Format::Json {
            return self.print_json();
        }
        let mut report = self.table(format);
        if format == Format::Csv && !first {
            report.header.clear();
        }
        report.print(format)
    }

    fn print_json(&self) -> Outcome {
        // For all users of a large model, writing takes longer than finding: in parallel, then.
        let line = |(&who, list): (&Who, &Vec<Scored>)| {
            let flip = |item: ItemId| match who {
                Who::Stored(user) => self.people.model.flip_probability(user, item),
                Who::Folded(_) | Who::Stranger(_) => None,
            };
            let listed = |item: &Scored| Listed {
                flip: flip(item.0),
                ..Listed::new(self.people.model, item, self.titles)
            };
            let items = list.iter().map(listed).collect();
            let line = Line { items, user: self.people.name(who) };
            shown_json(serde_json::to_string(&line).expect("a list is plain data"))
        };
        let lines: Vec<String> =
            self.who.par_iter().zip(&self.lists).with_min_len(64).map(line).collect();
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
        let mut columns = vec![
            ("user", Cells::Text(users)),
            ("rank", Cells::Whole(ranks)),
            ("item", Cells::Text(places().map(named).collect())),
            ("score", Cells::Score(places().map(|place| Some(place.1)).collect())),
        ];
        if let Some(titles) = self.titles {
            let title = |place: &Scored| titles.get(&items[place.0.index()]);
            columns.push(("title", Cells::Text(places().map(title).collect())));
        }
        Ok(write(&Rows { columns })?)
    }
}
