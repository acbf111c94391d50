//! `similar`: items like an item, users like a user.

use crate::args::Global;
use crate::commands::recommend::{list_length, title};
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::{Format, Report};
use crate::titles::Listing;
use foretaste::data::{ItemId, printable_json};
use foretaste::io::Side;
use foretaste::model::Scored;
use foretaste::{Recommender, Similarity};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// List the items most like an item, or the users most like a user.
///
/// By the vectors of the model; of users, too: they are alike if the same items suit them.
#[derive(Debug, clap::Args)]
pub(crate) struct Similar {
    /// The model file.
    model: PathBuf,
    /// The item's id.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true,
        required_unless_present_any = ["items", "user"])]
    item: Option<String>,
    /// A file of items, each of which gets a list: one id a line, or a table with a column of items.
    /// What the model does not know is left out, and counted.
    #[arg(long, value_name = "FILE", conflicts_with = "item")]
    items: Option<PathBuf>,
    /// A user's id, to list users.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true,
        conflicts_with_all = ["item", "items", "titles"])]
    user: Option<String>,
    /// Fail if the model does not know an id of the file, instead of leaving it out.
    #[arg(long, requires = "items")]
    strict: bool,
    /// How many to list.
    #[arg(short, default_value_t = 10, value_name = "K", value_parser = list_length,
        allow_negative_numbers = true)]
    k: usize,
    /// How alike is measured: by angle (cosine), or by dot product, which favours popular items.
    #[arg(long, value_enum, default_value = "cosine")]
    by: By,
    /// A file of item titles to print beside the ids: id and title, as in movies.csv or u.item.
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum By {
    Cosine,
    Dot,
}

/// Items whose lists are held in memory at once.
const AT_ONCE: usize = 4096;

impl Similar {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let model = input::model(&self.model, global)?;
        if let Some(user) = &self.user {
            return self.users(user, &model, global);
        }
        let mut listing = Listing::read(self.titles.as_deref(), &model)?;
        match (&self.items, &self.item) {
            (Some(path), _) => self.many(path, &model, listing.as_mut(), global)?,
            (None, item) => {
                let id = item.as_deref().unwrap_or_default();
                self.one(id, &model, listing.as_mut(), global)?;
            }
        }
        listing.iter().for_each(|listing| listing.note(&model, global));
        Ok(())
    }

    fn similarity(&self) -> Similarity {
        match self.by {
            By::Cosine => Similarity::Cosine,
            By::Dot => Similarity::Dot,
        }
    }

    fn list(&self, item: ItemId, model: &Recommender) -> Outcome<Vec<Scored>> {
        model.similar(item, self.k, self.similarity()).ok_or_else(|| no_vectors(model, "item"))
    }

    /// Items like an item.
    fn one(
        &self,
        id: &str,
        model: &Recommender,
        mut listing: Option<&mut Listing>,
        global: &Global,
    ) -> Outcome {
        let item = input::item(model, id)?;
        let list = self.list(item, model)?;
        if let Some(listing) = &mut listing {
            listing.add(list.iter().map(|(item, _)| *item));
        }
        let listing = listing.as_deref();
        let titles = listing.map(|listing| &listing.titles);
        let above = match title(model, item, titles) {
            title if title.is_empty() => format!("like {id}"),
            title => format!("like {id} {title}"),
        };
        Report {
            json: as_json(model, item, &list, listing),
            header: header(&["rank", "item", "score"], listing),
            rows: rows(model, &list, listing, global.format()),
            above: vec![above],
        }
        .print(global.format())
    }

    /// Items like each item of a file, in its order.
    fn many(
        &self,
        path: &Path,
        model: &Recommender,
        mut listing: Option<&mut Listing>,
        global: &Global,
    ) -> Outcome {
        let (ids, unknown) = input::ids(path, Side::Item, model.items())?;
        unknown.tell(self.strict, global)?;
        let items: Vec<ItemId> = ids.iter().filter_map(|listed| model.item(&listed.id)).collect();
        let items = input::once(&items, |item| item, ("items", "one list"), global);
        let format = global.format();
        let mut first = true;
        for items in items.chunks(AT_ONCE) {
            let lists = items.par_iter().map(|&item| self.list(item, model));
            let lists: Vec<Vec<Scored>> = lists.collect::<Outcome<_>>()?;
            if let Some(listing) = &mut listing {
                listing.add(lists.iter().flatten().map(|(item, _)| *item));
            }
            let listing = listing.as_deref();
            let lists = items.iter().zip(&lists);
            if format == Format::Json {
                let lines = lists.map(|(&item, list)| as_json(model, item, list, listing));
                print_lines(lines)?;
                continue;
            }
            let of_item = |(&item, list): (&ItemId, &Vec<Scored>)| {
                let like = model.item_name(item);
                let rows = rows(model, list, listing, format).into_iter();
                rows.map(move |row| [vec![like.clone()], row].concat()).collect::<Vec<_>>()
            };
            let rows = lists.flat_map(of_item).collect();
            let header = header(&["like", "rank", "item", "score"], listing);
            Report { json: Value::Null, header, rows, above: Vec::new() }
                .print_part(format, std::mem::take(&mut first))?;
        }
        Ok(())
    }

    /// Users like a user.
    fn users(&self, id: &str, model: &Recommender, global: &Global) -> Outcome {
        let user = input::user(model, id)?;
        let list = model.similar_users(user, self.k, self.similarity());
        let list = list.ok_or_else(|| no_vectors(model, "user"))?;
        let named = list.iter().map(|(user, score)| (model.user_name(*user), *score));
        let users: Vec<Value> = (named.clone())
            .map(|(user, score)| json!({ "user": user, "score": f64::from(score) }))
            .collect();
        let row = |(rank, (user, score)): (usize, (String, f32))| {
            vec![(rank + 1).to_string(), user, global.format().score(score)]
        };
        Report {
            json: json!({ "user": id, "users": users }),
            header: vec!["rank", "user", "score"],
            rows: named.enumerate().map(row).collect(),
            above: vec![format!("like {id}")],
        }
        .print(global.format())
    }
}

fn no_vectors(model: &Recommender, what: &str) -> Failure {
    let method = &model.info().method;
    Failure::usage(format_args!("a {method} model has no {what} vectors to compare"))
        .help("train a factorization, e.g. with --model bpr")
}

fn header(names: &[&'static str], listing: Option<&Listing>) -> Vec<&'static str> {
    names.iter().copied().chain(listing.map(|_| "title")).collect()
}

fn rows(
    model: &Recommender,
    list: &[Scored],
    listing: Option<&Listing>,
    format: Format,
) -> Vec<Vec<String>> {
    let row = |(rank, (item, score)): (usize, &Scored)| {
        let mut row = vec![(rank + 1).to_string(), model.item_name(*item), format.score(*score)];
        row.extend(listing.map(|listing| title(model, *item, Some(&listing.titles))));
        row
    };
    list.iter().enumerate().map(row).collect()
}

fn as_json(model: &Recommender, item: ItemId, list: &[Scored], listing: Option<&Listing>) -> Value {
    let titles = listing.map(|listing| &listing.titles);
    let items: Vec<_> = list.iter().map(|item| model.listed(item, titles)).collect();
    json!({ "item": model.item_name(item), "items": items })
}

/// A line for each value.
fn print_lines(values: impl Iterator<Item = Value>) -> Outcome {
    use std::io::Write;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for value in values {
        writeln!(out, "{}", printable_json(value.to_string()))?;
    }
    Ok(out.flush()?)
}
