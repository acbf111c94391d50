//! `similar`: items like an item.

use crate::args::Global;
use crate::commands::recommend::{Listed, examples, list_length, title};
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::Report;
use crate::titles::Listing;
use foretaste::Similarity;
use serde_json::json;
use std::path::PathBuf;

/// List the items most like an item.
#[derive(Debug, clap::Args)]
pub(crate) struct Similar {
    /// The model file.
    model: PathBuf,
    /// The item's id.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true)]
    item: String,
    /// How many items to list.
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

impl Similar {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let model = input::model(&self.model, global)?;
        let item = model.item(&self.item).ok_or_else(|| {
            Failure::usage(format_args!("the model has no item \"{}\"", self.item))
                .help(examples(model.items(), "item"))
        })?;
        let similarity = match self.by {
            By::Cosine => Similarity::Cosine,
            By::Dot => Similarity::Dot,
        };
        let list = model.similar(item, self.k, similarity).ok_or_else(|| {
            let method = &model.info().method;
            Failure::usage(format_args!("a {method} model has no item vectors to compare"))
                .help("train a factorization, e.g. with --model bpr")
        })?;
        let read = |path: &PathBuf| Listing::read(path, &model);
        let mut listing = self.titles.as_ref().map(read).transpose()?;
        if let Some(listing) = &mut listing {
            listing.add(list.iter().map(|(item, _)| *item));
        }
        let titles = listing.as_ref().map(|listing| &listing.titles);
        let items: Vec<Listed<'_>> =
            list.iter().map(|item| Listed::new(&model, item, titles)).collect();
        let row = |(rank, (item, score)): (usize, &(_, f32))| {
            let name = model.item_name(*item);
            let mut row = vec![(rank + 1).to_string(), name, global.format().score(*score)];
            row.extend(titles.map(|_| title(&model, *item, titles)));
            row
        };
        let mut header = vec!["rank", "item", "score"];
        header.extend(titles.map(|_| "title"));
        let above = match title(&model, item, titles) {
            title if title.is_empty() => format!("like {}", self.item),
            title => format!("like {} {title}", self.item),
        };
        Report {
            json: json!({ "item": self.item, "items": items }),
            header,
            rows: list.iter().enumerate().map(row).collect(),
            above: vec![above],
        }
        .print(global.format())?;
        listing.iter().for_each(|listing| listing.note(&model, global));
        Ok(())
    }
}
