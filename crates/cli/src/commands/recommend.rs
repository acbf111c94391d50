//! `recommend`: the best items for users.

mod filters;
mod people;
mod show;

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Reading};
use crate::output::{Format, Report, count};
use crate::table_file::{Stop, TableFile};
use crate::titles::Listing;
use filters::{Filtering, Filters};
use foretaste::data::Interactions;
use foretaste::io::Titles;
use foretaste::model::Scored;
use foretaste::{Recommender, Seen};
use people::{Asked, Hidden, People, Who};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(crate) use show::title;

/// List the best items for users, without those that they have had.
///
/// What a user has had is what the model was trained on, and rows that failed `train --positive`: a
/// film that was rated low has been seen, too.
///
/// For users of the model (--user, --users, --all), or for anybody by what they have (--items,
/// --histories): these are folded in, and what they have is left out of their lists. Filters are
/// exact: a list has K items as long as K may be listed.
///
/// With --json, models that learn label noise (nbpo and its variants) tell with each item the
/// probability `flip` that the user would like it and there were no interaction even so.
#[derive(Debug, clap::Args)]
pub(crate) struct Recommend {
    /// The model file.
    model: PathBuf,
    #[command(flatten)]
    asked: Asked,
    /// How many items to list.
    #[arg(short, default_value_t = 10, value_name = "K", value_parser = list_length,
        allow_negative_numbers = true)]
    k: usize,
    /// What to leave out of that which a user has had, or has in the history: all, positives (what
    /// else was seen may be listed), or none.
    #[arg(long, value_name = "all|positives|none", default_value_t, hide_possible_values = true)]
    seen: Seen,
    /// The same as --seen none.
    #[arg(long, conflicts_with = "seen")]
    with_seen: bool,
    /// Of several feedbacks, which one's items count as seen: the target's, or those of all.
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    seen_feedback: SeenFeedback,
    /// A file of item titles to print beside the ids: id and title, as in movies.csv or u.item.
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
    /// Write the lists to a file, as user,rank,item,score and title, instead of printing them: the
    /// ending says how, .csv or .jsonl, each also with .gz, or .parquet. Scores are exact.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there already.
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    filtering: Filtering,
    #[command(flatten)]
    reading: Reading,
}

/// Of which feedbacks items count as seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum SeenFeedback {
    /// Those of the target.
    #[default]
    Target,
    /// Those of all feedbacks that the data had.
    All,
}

/// A model that can't leave out what users had of other feedbacks.
pub(crate) fn no_others(model: &Path) -> Failure {
    let model = model.display();
    let message =
        format!("{model}: --seen-feedback all: the model has no pairs of other feedbacks");
    Failure::usage(message)
        .help("train it again from several: `foretaste train DATA --feedback view,cart,buy`")
}

/// A list has at least one item.
pub(crate) fn list_length(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&k| k > 0).ok_or_else(|| "a whole number from 1".to_owned())
}

/// Users whose lists are held in memory at once.
const AT_ONCE: usize = 8192;

/// What lists are made of.
struct Lists<'a> {
    people: &'a People<'a>,
    filters: &'a Filters,
    hidden: Hidden<'a>,
    listing: &'a mut Option<Listing>,
}

/// Some people and their lists.
struct Batch<'a> {
    people: &'a People<'a>,
    who: &'a [Who],
    lists: Vec<Vec<Scored>>,
    titles: Option<&'a Titles>,
}

/// How long the lists became.
#[derive(Default)]
struct Lengths {
    places: u64,
    /// Lists of fewer than k items.
    short: u64,
    empty: u64,
}

impl Recommend {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let file = self.file(global)?;
        let model = input::model(&self.model, global)?;
        let people = self.asked.people(&model, &self.reading, global)?;
        let filters = self.filtering.read(&model, &people, self.asked.strict, global)?;
        let hidden = Hidden { seen: self.seen(), others: self.seen_in_others(&model)? };
        let mut listing = Listing::read(self.titles.as_deref(), &model)?;
        let mut lengths = Lengths::default();
        let mut lists = Lists { people: &people, filters: &filters, hidden, listing: &mut listing };
        match &file {
            Some(file) => {
                let items: Vec<String> = model.items().names().map(String::from).collect();
                file.write(|write| {
                    self.each_part(&mut lists, &mut lengths, |part| part.rows(&items, write))
                })?;
            }
            None => {
                let mut first = true;
                self.each_part(&mut lists, &mut lengths, |part| {
                    Ok(part.print(global.format(), std::mem::take(&mut first))?)
                })?;
            }
        }
        self.note(&lengths, &people, &filters, global);
        listing.iter().for_each(|listing| listing.note(&model, global));
        match file.filter(|file| !file.is_stdout()) {
            Some(file) => report(&file, &people, &lengths, global.format()),
            None => Ok(()),
        }
    }

    /// Makes the lists, some users at a time.
    fn each_part(
        &self,
        Lists { people, filters, hidden, listing }: &mut Lists<'_>,
        lengths: &mut Lengths,
        mut take: impl FnMut(&Batch<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        for who in people.who.chunks(AT_ONCE) {
            let lists = people.lists(who, filters, self.k, *hidden);
            lengths.count(&lists, self.k);
            if let Some(listing) = listing {
                listing.add(lists.iter().flatten().map(|(item, _)| *item));
            }
            let titles = listing.as_ref().map(|listing| &listing.titles);
            take(&Batch { people, who, lists, titles })?;
        }
        Ok(())
    }

    /// What is left out of that which users had of the target.
    fn seen(&self) -> Seen {
        if self.with_seen { Seen::None } else { self.seen }
    }

    /// What is left out of that which they had of other feedbacks.
    fn seen_in_others<'a>(&self, model: &'a Recommender) -> Outcome<Option<&'a Interactions>> {
        if self.seen_feedback == SeenFeedback::Target {
            return Ok(None);
        }
        if self.seen() == Seen::None {
            return Err(Failure::usage("--seen-feedback all is of no use with --seen none")
                .help("leave out one of them"));
        }
        Ok(Some(model.seen_in_others().ok_or_else(|| no_others(&self.model))?))
    }

    /// Where the lists go, if not to stdout.
    fn file(&self, global: &Global) -> Outcome<Option<TableFile>> {
        let Some(path) = &self.output else { return Ok(None) };
        let asked = [&self.asked.users, &self.asked.histories, &self.titles];
        let asked = asked.into_iter().flatten().map(PathBuf::as_path);
        let inputs = asked.chain(self.filtering.files()).chain([self.model.as_path()]);
        let inputs: Vec<PathBuf> = inputs.map(PathBuf::from).collect();
        TableFile::new(path, self.force, &inputs, global).map(Some)
    }

    /// Says whose lists are shorter than asked for.
    fn note(&self, lengths: &Lengths, people: &People<'_>, filters: &Filters, global: &Global) {
        let seen = if self.seen() == Seen::None { "" } else { " and what they had" };
        if filters.are_any() && lengths.short > 0 {
            let all = count(people.who.len() as u64, "user");
            let none = match lengths.empty {
                0 => String::new(),
                none => format!(", {none} of them none"),
            };
            global.note(format_args!(
                "note: {} of {all} got fewer than {} items{none}: the filters{seen} leave no more",
                lengths.short, self.k
            ));
        } else if lengths.empty > 0 {
            global.note(format_args!(
                "note: nothing to list for {}, who had every item; --seen none lists those, too",
                count(lengths.empty, "user")
            ));
        }
    }
}

impl Lengths {
    fn count(&mut self, lists: &[Vec<Scored>], k: usize) {
        self.places += lists.iter().map(|list| list.len() as u64).sum::<u64>();
        self.short += lists.iter().filter(|list| list.len() < k).count() as u64;
        self.empty += lists.iter().filter(|list| list.is_empty()).count() as u64;
    }
}

/// What was written.
fn report(file: &TableFile, people: &People<'_>, lengths: &Lengths, format: Format) -> Outcome {
    let (users, file) = (people.who.len() as u64, file.path().display().to_string());
    let row = vec![format.count(users), format.count(lengths.places), file.clone()];
    let json = json!({ "users": users, "rows": lengths.places, "output": file });
    Report { json, header: vec!["users", "rows", "file"], rows: vec![row], above: Vec::new() }
        .print(format)
}
