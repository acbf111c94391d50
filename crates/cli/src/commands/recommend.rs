//! `recommend`: the best items for users.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::{Format, Report, count, shown_json};
use crate::titles::Listing;
use foretaste::Recommender;
use foretaste::data::{IdTable, ItemId, UserId};
use foretaste::io::Titles;
use foretaste::model::Scored;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

/// List the best items for users, without those that they had in the training data.
///
/// With --json, models that learn label noise (nbpo and its variants) tell with each item the
/// probability `flip` that the user would like it and there were no interaction even so.
#[derive(Debug, clap::Args)]
pub(crate) struct Recommend {
    /// The model file.
    model: PathBuf,
    /// A user's id; may be given several times.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true,
        required_unless_present_any = ["users", "all"])]
    user: Vec<String>,
    /// A file with one user id a line.
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    users: Option<PathBuf>,
    /// All users of the model.
    #[arg(long, conflicts_with = "user")]
    all: bool,
    /// How many items to list.
    #[arg(short, default_value_t = 10, value_name = "K", value_parser = list_length,
        allow_negative_numbers = true)]
    k: usize,
    /// List items that the user had in the training data, too.
    #[arg(long)]
    with_seen: bool,
    /// A file of item titles to print beside the ids: id and title, as in movies.csv or u.item.
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
}

/// A list has at least one item.
pub(crate) fn list_length(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&k| k > 0).ok_or_else(|| "a whole number from 1".to_owned())
}

/// Users whose lists are held in memory at once.
const AT_ONCE: usize = 8192;

impl Recommend {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let model = input::model(&self.model, global)?;
        let users = self.wanted(&model)?;
        let read = |path: &PathBuf| Listing::read(path, &model);
        let mut listing = self.titles.as_ref().map(read).transpose()?;
        let (mut csv_header, mut without) = (true, 0);
        for users in users.chunks(AT_ONCE) {
            let lists = model.recommend(users, self.k, self.with_seen);
            without += lists.iter().filter(|list| list.is_empty()).count() as u64;
            if let Some(listing) = &mut listing {
                listing.add(lists.iter().flatten().map(|(item, _)| *item));
            }
            let titles = listing.as_ref().map(|listing| &listing.titles);
            match global.format() {
                Format::Json => print_json(&model, users, &lists, titles)?,
                format => {
                    let mut report = table(&model, users, &lists, titles, format);
                    if format == Format::Csv && !std::mem::take(&mut csv_header) {
                        report.header.clear();
                    }
                    report.print(format)?;
                }
            }
        }
        if without > 0 {
            global.note(format_args!(
                "note: nothing to list for {}, who had every item; --with-seen lists those, too",
                count(without, "user")
            ));
        }
        listing.iter().for_each(|listing| listing.note(&model, global));
        Ok(())
    }

    fn wanted(&self, model: &Recommender) -> Outcome<Vec<UserId>> {
        if self.all {
            return Ok((0..model.users().len() as u32).map(UserId).collect());
        }
        // Each id with where it is from, for the message.
        let mut ids: Vec<(String, String)> =
            self.user.iter().map(|id| (String::new(), id.clone())).collect();
        if let Some(path) = &self.users {
            let located = |(line, id)| (format!("{}:{line}: ", path.display()), id);
            ids.extend(input::ids(path)?.into_iter().map(located));
        }
        let unknown: Vec<_> = ids.iter().filter(|(_, id)| model.user(id).is_none()).collect();
        if let Some((place, first)) = unknown.first() {
            let more = match unknown.len() - 1 {
                0 => String::new(),
                more => format!(" (nor {})", count(more as u64, "other")),
            };
            let message = format!("{place}the model has no user \"{first}\"{more}");
            return Err(Failure::usage(message).help(examples(model.users(), "user")));
        }
        Ok(ids.iter().filter_map(|(_, id)| model.user(id)).collect())
    }
}

/// What ids of the model look like.
pub(crate) fn examples(ids: &IdTable, what: &str) -> String {
    let some: Vec<_> = (0..3).filter_map(|n| ids.name(n)).map(|id| format!("\"{id}\"")).collect();
    format!("{what} ids are those of the training data, such as {}", some.join(", "))
}

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
    user: String,
}

fn print_json(
    model: &Recommender,
    users: &[UserId],
    lists: &[Vec<Scored>],
    titles: Option<&Titles>,
) -> Outcome {
    // For all users of a large model, writing takes longer than finding: in parallel, then.
    let line = |(user, list): (&UserId, &Vec<Scored>)| {
        let listed = |item: &Scored| Listed {
            flip: model.flip_probability(*user, item.0),
            ..Listed::new(model, item, titles)
        };
        let items = list.iter().map(listed).collect();
        let line = Line { items, user: model.user_name(*user) };
        shown_json(serde_json::to_string(&line).expect("a list is plain data"))
    };
    let lines: Vec<String> = users.par_iter().zip(lists).with_min_len(64).map(line).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(out.flush()?)
}

/// The title of an item, or nothing.
pub(crate) fn title(model: &Recommender, item: ItemId, titles: Option<&Titles>) -> String {
    let title = titles.and_then(|titles| titles.get(&model.item_name(item)));
    title.unwrap_or_default().to_owned()
}

fn table(
    model: &Recommender,
    users: &[UserId],
    lists: &[Vec<Scored>],
    titles: Option<&Titles>,
    format: Format,
) -> Report {
    let mut rows = Vec::new();
    for (user, list) in users.iter().zip(lists) {
        for (rank, (item, score)) in list.iter().enumerate() {
            let name = model.item_name(*item);
            let mut row =
                vec![model.user_name(*user), (rank + 1).to_string(), name, format.score(*score)];
            row.extend(titles.map(|_| title(model, *item, titles)));
            rows.push(row);
        }
    }
    let mut header = vec!["user", "rank", "item", "score"];
    header.extend(titles.map(|_| "title"));
    Report { json: Value::Null, header, rows, above: Vec::new() }
}
