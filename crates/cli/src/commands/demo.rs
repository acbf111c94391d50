//! `demo`: the main job on the bundled data.

use crate::args::Global;
use crate::commands::compare::{differences, json, legend, overview, train, write_report};
use crate::commands::recommend::title;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Report, thousands};
use foretaste::baselines::POPULARITY;
use foretaste::data::{
    Dataset, Interactions, Keep, Overwrite, Pair, ReadOptions, Split, SplitMethod, Titles, UserId,
    check_writable, read_interactions_from, read_titles_from, split,
};
use foretaste::eval::Metric;
use foretaste::{Method, Recommender, bpr, nbpo, relmf};
use foretaste_experiment::{About, Comparison, HeldOut, Material, Runs, publish, settings};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Train and compare the methods on bundled data; needs no arguments.
///
/// The data is simulated: 1,000 users clicked on some of the items that they were shown, and
/// popular items were shown more. A tenth of each user's clicks decides when a training is best, a
/// fifth is held out. Since the simulation knows which items every user would really like, the
/// lists are scored against that, too. A report with plots is written beside the table.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Seed of the split, of the training and of the bootstrap.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Where to write the report; an earlier report is replaced, no other file.
    #[arg(long, value_name = "FILE.html", default_value = "foretaste-demo.html")]
    report: PathBuf,
}

/// What is compared: what everybody starts from, and one method of each paper.
const METHODS: [&str; 4] = [POPULARITY, bpr::METHOD, relmf::METHOD, nbpo::NBPO];

const CLICKS: &[u8] = include_bytes!("../../../../datasets/sample/interactions.csv");
const RELEVANCE: &[u8] = include_bytes!("../../../../datasets/sample/relevance.txt");
const ITEMS: &[u8] = include_bytes!("../../../../datasets/sample/items.csv");

/// What true relevance is called in the table.
const TRUTH: &str = "true relevance";

impl Demo {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let overwrite = own(&self.report);
        check_writable(&self.report, overwrite).map_err(|error| {
            Failure::from(error).help("--report FILE.html names another file to write")
        })?;
        let (material, titles) = self.read()?;
        let mut methods: Vec<Runs> = Vec::new();
        let mut last = None;
        for name in METHODS {
            let method = Method::named(name)?;
            let method = settings::with_seed(&method, self.seed).unwrap_or(method);
            let (model, measured) = train(&method, &material, global)?;
            methods.push((name.to_owned(), vec![measured]));
            last = Some(model);
        }
        let comparison = Comparison::new(material.columns(), methods, None, self.seed);
        let about = About {
            title: "Recommenders on the bundled sample".into(),
            lead: "Simulated clicks: popular items were shown more, so clicks say less than they \
                   seem to. The simulation also knows what every user truly likes."
                .into(),
            seed: self.seed,
            ..About::default()
        };
        write_report(&publish(&comparison, &material, about), &self.report, overwrite)?;
        let above = above(&material, &comparison);
        overview(&comparison, json(&comparison), above, global.format())?;
        if global.format() == Format::Table {
            differences(&comparison).print(Format::Table)?;
            if let Some(model) = &last {
                example(model, &titles).print(Format::Table)?;
            }
        }
        global.note(format_args!("wrote {}", self.report.display()));
        Ok(())
    }

    /// The bundled data, split.
    fn read(&self) -> Outcome<(Material, Titles)> {
        let options = ReadOptions::default();
        let (clicks, _) = read_interactions_from(CLICKS, "interactions.csv", &options)?;
        let (liked, _) = read_interactions_from(RELEVANCE, "relevance.txt", &options)?;
        let by = SplitMethod::Random { valid: 0.1, test: 0.2 };
        let Split { train, valid, test } = split(&clicks, by, self.seed)?;
        let mut unseen = without(&liked, &train)?;
        if let Some(valid) = &valid {
            unseen = without(&unseen, valid)?;
        }
        let metrics: [Metric; 2] = ["ndcg@10".parse()?, "recall@20".parse()?];
        let held_out = vec![
            HeldOut::new("", &test, &train, &metrics)?,
            HeldOut::new(TRUTH, &unseen, &train, &metrics[..1])?,
        ];
        Ok((Material::new(train, valid, held_out)?, read_titles_from(ITEMS, "items.csv")?))
    }
}

/// Replace an earlier report, and nothing else.
fn own(path: &Path) -> Overwrite {
    const MARK: &[u8] = br#"<meta name="generator" content="foretaste">"#;
    let found = std::fs::read(path).unwrap_or_default();
    let ours = found.windows(MARK.len()).take(1000).any(|window| window == MARK);
    if ours { Overwrite::Replace } else { Overwrite::Refuse }
}

fn above(material: &Material, comparison: &Comparison) -> Vec<String> {
    let train = &material.train;
    let [users, items, nnz] = [train.users.len(), train.items.len(), train.interactions.nnz()]
        .map(|count| thousands(count as u64));
    vec![
        format!("Bundled sample: {users} users, {items} items, trained on {nnz} clicks."),
        format!("Held-out clicks, and what users truly like: {}.", legend(comparison)),
        String::new(),
    ]
}

/// The pairs of `all` that `seen` does not hold.
fn without(all: &Dataset, seen: &Dataset) -> Outcome<Dataset> {
    let (users, items) = (all.users.indices_in(&seen.users), all.items.indices_in(&seen.items));
    let is_new = |pair: &Pair| {
        let user = users[pair.user.index()].map(UserId);
        let item = items[pair.item.index()].map(foretaste::data::ItemId);
        !user.zip(item).is_some_and(|(user, item)| seen.interactions.contains(user, item))
    };
    let pairs = all.interactions.pairs().filter(is_new).collect();
    let (rows, columns) = (all.users.len(), all.items.len());
    let (interactions, _) = Interactions::from_pairs(pairs, rows, columns, Keep::default())?;
    Ok(Dataset { users: all.users.clone(), items: all.items.clone(), interactions })
}

/// What one user clicked, and what the model recommends.
fn example(model: &Recommender, titles: &Titles) -> Report {
    const SHOWN: usize = 5;
    let user = UserId(0);
    let name = |item| title(model, item, Some(titles));
    let clicked = model.seen().row(user).iter().map(|item| name(*item));
    let list = &model.recommend(&[user], SHOWN, false)[0];
    let rows = clicked.zip(list).map(|(clicked, (item, _))| vec![clicked, name(*item)]).collect();
    let above = format!(
        "\nUser {}, by {}: some of {} clicks, and what comes next",
        model.user_name(user),
        model.info().method,
        model.seen().row(user).len(),
    );
    let header = vec!["clicked", "recommended"];
    Report { json: Value::Null, header, rows, above: vec![above] }
}
