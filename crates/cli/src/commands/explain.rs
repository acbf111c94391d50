//! `explain`: what a score is made of.

use crate::args::Global;
use crate::commands::recommend::{list_length, title};
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::{Format, Report, count};
use crate::titles::Listing;
use foretaste::Recommender;
use foretaste::data::ItemId;
use foretaste::io::Titles;
use foretaste::model::{Explanation, Scored, score_pairs};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Say what the score of an item for a user is made of.
///
/// Terms and rest sum to the score. Of ease, item-knn and gf-cf the terms are what each item of the
/// user's history brings; of ials, and of relmf with the exact solver, too, by the user's own likeness of
/// the two items (Hu, Koren, Volinsky, ICDM 2008, section 5). Of other factorizations they are the
/// biases, and the inner product of user and item is the rest. Of sesa they are tags, and nothing is left.
///
/// Beside them stand the items of the history nearest to the item, as `similar` has it: what the user
/// has that is like it, and no parts of the score.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The model file.
    model: PathBuf,
    /// The user's id.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true)]
    user: String,
    /// The item's id.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true)]
    item: String,
    /// How many terms and items of the history to list, those first that bring most or take most away;
    /// the others are summed up. Programs get all of what the score is made of.
    #[arg(short, default_value_t = 10, value_name = "K", value_parser = list_length,
        allow_negative_numbers = true)]
    k: usize,
    /// A file of item titles to print beside the ids: id and title, as in movies.csv or u.item.
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
}

/// Everything that is to be said.
struct Found<'a> {
    model: &'a Recommender,
    args: &'a Explain,
    score: f32,
    explanation: Explanation,
    /// The items of the history most like the item, with their likeness.
    nearest: Vec<Scored>,
    titles: Option<&'a Titles>,
}

impl Explain {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let model = input::model(&self.model, global)?;
        let user = input::user(&model, &self.user)?;
        let item = input::item(&model, &self.item)?;
        let history = model.seen().row(user);
        let mut explanation = model.explain(user, item).ok_or_else(|| {
            let method = &model.info().method;
            Failure::usage(format_args!("a {method} model can't say what its scores are made of"))
                .help("those of popularity, ease, item-knn, and of factorizations such as bpr and ials can")
        })?;
        explanation.history.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        let listing = Listing::read(self.titles.as_deref(), &model)?;
        let score = score_pairs(model.scorer(), &[(user, item)])[0];
        let titles = listing.as_ref().map(|listing| &listing.titles);
        let nearest = model.nearest(item, history, self.k).unwrap_or_default();
        Found { model: &model, args: self, score, explanation, nearest, titles }
            .print(global.format())
    }
}

impl Found<'_> {
    fn print(&self, format: Format) -> Outcome {
        let report = Report {
            json: self.json(),
            header: self.header(),
            rows: self.rows(format),
            above: self.above(),
        };
        report.print(format)
    }

    fn json(&self) -> Value {
        let Explanation { terms, history, rest } = &self.explanation;
        let item = |&(item, value): &Scored, name: &str| {
            let id = self.model.item_name(item);
            let mut json = json!({ "item": id, name: f64::from(value) });
            if let Some(title) = self.titles.and_then(|titles| titles.get(&id)) {
                json["title"] = title.into();
            }
            json
        };
        let of_history = |scored: &Scored| {
            let mut json = item(scored, "value");
            json["name"] = "item of the history".into();
            json
        };
        let named =
            terms.iter().map(|(name, value)| json!({ "name": name, "value": f64::from(*value) }));
        json!({
            "user": self.args.user,
            "item": self.args.item,
            "score": f64::from(self.score),
            "terms": named.chain(history.iter().map(of_history)).collect::<Vec<_>>(),
            "rest": f64::from(*rest),
            "nearest": self.nearest.iter().map(|scored| item(scored, "likeness")).collect::<Vec<_>>(),
        })
    }

    fn header(&self) -> Vec<&'static str> {
        let names = ["part", "item", "value"];
        names.into_iter().chain(self.titles.map(|_| "title")).collect()
    }

    /// Parts that sum to the score, and what is near.
    fn rows(&self, format: Format) -> Vec<Vec<String>> {
        let Explanation { terms, history, rest } = &self.explanation;
        let row =
            |part: &str, item: Option<ItemId>, value: f32| {
                let name = item.map_or(String::new(), |item| self.model.item_name(item));
                let mut row = vec![part.to_owned(), name, format.score(value)];
                row.extend(self.titles.map(|_| {
                    item.map_or(String::new(), |item| title(self.model, item, self.titles))
                }));
                row
            };
        // Programs get all; people the first, and the sum of the others.
        let k = if format == Format::Csv { usize::MAX } else { self.args.k };
        let mut terms: Vec<&(String, f32)> = terms.iter().collect();
        if terms.len() > k {
            terms.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        }
        let (first, others) = terms.split_at(terms.len().min(k));
        let mut rows: Vec<_> = first.iter().map(|(name, value)| row(name, None, *value)).collect();
        if !others.is_empty() {
            let sum: f64 = others.iter().map(|(_, value)| f64::from(*value)).sum();
            rows.push(row(&count(others.len() as u64, "other term"), None, sum as f32));
        }
        let shown = history.len().min(k);
        let (first, others) = history.split_at(shown);
        rows.extend(
            first.iter().map(|&(item, value)| row("item of the history", Some(item), value)),
        );
        if !others.is_empty() {
            let sum: f64 = others.iter().map(|(_, value)| f64::from(*value)).sum();
            let name = format!("{} of the history", count(others.len() as u64, "other item"));
            rows.push(row(&name, None, sum as f32));
        }
        rows.push(row("rest", None, *rest));
        rows.push(row("score", None, self.score));
        rows.extend(self.nearest.iter().map(|&(item, value)| row("nearest", Some(item), value)));
        rows
    }

    fn above(&self) -> Vec<String> {
        let of = |id: &str| match self.titles.and_then(|titles| titles.get(id)) {
            Some(title) => format!("{id} {title}"),
            None => id.to_owned(),
        };
        vec![format!("item {} for user {}", of(&self.args.item), self.args.user)]
    }
}
