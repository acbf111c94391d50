//! `demo`: the main job on the bundled data.

mod served;

use crate::args::Global;
use crate::commands::compare::{
    CSV_HEADER, csv_rows, differences, json, legend, overview, train, write_report,
};
use crate::commands::recommend::title;
use crate::commands::serve::{LOCAL, address};
use crate::destination::{Destination, refuse_stdout};
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Report, thousands};
use foretaste::data::{
    Dataset, Interactions, ItemId, Keep, Pair, Split, SplitMethod, UserId, split,
};
use foretaste::eval::Metric;
use foretaste::files::{Overwrite, check_writable, write_file};
use foretaste::io::{ReadOptions, Titles, read_interactions_from, read_titles_from};
use foretaste::relmf::Propensity;
use foretaste::{Recommender, Seen};
use foretaste_experiment::{
    About, Comparison, Entry, HeldOut, Learns, Material, Runs, publish, settings,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Train and compare the methods on bundled data; needs no arguments.
///
/// The data is simulated: 1,000 users clicked on some of the items that they were shown, and
/// popular items were shown more. A fifth of each user's clicks is held out. Since the simulation
/// knows which items every user would really like, the lists are scored against that, too, once
/// more among the rarer half of the items alone. relmf estimates how likely each item was to be shown
/// from a log of what was, as a shop has it; oracle is relmf with the true probabilities, which only a
/// simulation knows. Then all is repeated with 30% of the clicks lost. A report with plots is written,
/// and the table of the true probabilities beside it.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Seed of the split, of the training and of the bootstrap.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Where to write the report; an earlier report is replaced, no other file.
    #[arg(long, value_name = "FILE.html", default_value = "foretaste-demo.html")]
    report: PathBuf,
    /// Instead, train ials on the bundled clicks and serve it, with a page to look at it: where, HOST:PORT or
    /// a port. The model and the titles are written beside the report's name.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = LOCAL,
        value_parser = address)]
    serve: Option<SocketAddr>,
}

/// What is compared: what everybody starts from, one method of each paper, and the strongest baselines.
const METHODS: [&str; 9] = [
    "popularity",
    "bpr",
    "naive=relmf:estimator=naive",
    "relmf=relmf:propensity=from:impression",
    "oracle=relmf",
    "nbpo",
    "ials",
    "softmax",
    "ease",
];

/// The method that is told the true probabilities.
const ORACLE: &str = "oracle";

const CLICKS: &[u8] = include_bytes!("../../../../datasets/sample/interactions.csv");
const RELEVANCE: &[u8] = include_bytes!("../../../../datasets/sample/relevance.txt");
/// The parameter of methods that weight clicks by how likely they were seen.
const PROPENSITY: &str = "propensity";

const IMPRESSIONS: &[u8] = include_bytes!("../../../../datasets/sample/impression.txt");
const PROPENSITIES: &[u8] = include_bytes!("../../../../datasets/sample/propensities.csv");
const ITEMS: &[u8] = include_bytes!("../../../../datasets/sample/items.csv");

/// What true relevance is called in the table.
const TRUTH: &str = "true relevance";
const RARE: &str = "rare items";

/// The share of clicks that is lost in the second comparison.
const LOST: f64 = 0.3;

impl Demo {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        if let Some(addr) = self.serve {
            return self.served(addr, global);
        }
        refuse_stdout(&self.report)?;
        let overwrite = own(&self.report);
        check_writable(&self.report, overwrite).map_err(|error| {
            Failure::from(error).help("--report FILE.html names another file to write")
        })?;
        let propensities = self.beside("propensities.csv", PROPENSITIES)?;
        let titles = read_titles_from(ITEMS, "items.csv")?;
        let material = self.read(0.0)?;
        let (comparison, models) = self.compare(&material, &propensities, global)?;
        let lost = self.read(LOST)?;
        let (lossy, _) = self.compare(&lost, &propensities, global)?;
        let about = About {
            title: "Recommenders on the bundled sample".into(),
            lead: "Simulated clicks: popular items were shown more, so clicks say less than they \
                   seem to. The simulation also knows what every user truly likes."
                .into(),
            seed: self.seed,
            ..About::default()
        };
        let report = Destination::at(&self.report, overwrite);
        write_report(&publish(&comparison, &material, about), &report)?;
        let above = above(&material, &comparison);
        let reach = |material: &Material| material.held_out[0].reach(material);
        let mut all = json(&comparison, &reach(&material)?);
        all["lost_clicks"] = json(&lossy, &reach(&lost)?);
        match global.format() {
            Format::Csv => csv(&comparison, &lossy).print(Format::Csv)?,
            format => overview(&comparison, all, above, format)?,
        }
        if global.format() == Format::Table {
            let lost =
                vec![String::new(), format!("With {:.0}% of the clicks lost:", 100.0 * LOST)];
            overview(&lossy, Value::Null, lost, Format::Table)?;
            differences(&comparison).print(Format::Table)?;
            example(&models[comparison.baseline], &titles).print(Format::Table)?;
        }
        let replaced = match overwrite {
            Overwrite::Replace => ", in the place of an earlier report",
            _ => "",
        };
        global.note(format_args!("wrote {}{replaced}", self.report.display()));
        Ok(())
    }

    /// A file beside the report, unless it is there already.
    fn beside(&self, extension: &str, bytes: &[u8]) -> Outcome<PathBuf> {
        let path = self.report.with_extension(extension);
        if !std::fs::read(&path).is_ok_and(|found| found == bytes) {
            let written = write_file(&path, Overwrite::Refuse, |file| file.write_all(bytes));
            written.map_err(|error| {
                Failure::from(error)
                    .help("remove it, or --report FILE.html has the files of the demo elsewhere")
            })?;
        }
        Ok(path)
    }

    /// Trains and measures all methods.
    fn compare(
        &self,
        material: &Material,
        propensities: &Path,
        global: &Global,
    ) -> Outcome<(Comparison, Vec<Recommender>)> {
        let (mut runs, mut models): (Vec<Runs>, Vec<_>) = (Vec::new(), Vec::new());
        let mut logged = material.clone();
        logged.train = beside_impressions(&material.train)?;
        for text in METHODS {
            let Entry { name, method, learns } =
                Entry::parse(global.registry(), text, &Learns::default())?;
            let mut method = settings::with_seed(&method, self.seed).unwrap_or(method);
            if name == ORACLE {
                let file = json!(Propensity::File(propensities.to_owned()));
                method = settings::with(&method, &[(PROPENSITY.to_owned(), file)])?;
            }
            let material = if method.side_feedback().is_some() { &logged } else { material };
            let (model, measured) = train((&method, &learns), material, global)?;
            runs.push((name, vec![measured]));
            models.push(model);
        }
        Ok((Comparison::new(material, runs, None, self.seed)?, models))
    }

    /// The bundled data, split; a share of the training part is lost.
    fn read(&self, lost: f64) -> Outcome<Material> {
        let options = ReadOptions::default();
        let (clicks, _) = read_interactions_from(CLICKS, "interactions.csv", &options)?;
        let (liked, _) = read_interactions_from(RELEVANCE, "relevance.txt", &options)?;
        let by = |test| SplitMethod::Random { valid: 0.0, test };
        let Split { mut train, test, .. } = split(&clicks, by(0.2), self.seed)?;
        if lost > 0.0 {
            train = split(&train, by(lost), self.seed)?.train;
        }
        let unseen = without(&liked, &train)?;
        let counts = train.interactions().item_counts();
        let mut sorted = counts.clone();
        sorted.sort_unstable();
        let median = sorted[sorted.len() / 2];
        let is_rare = |item: ItemId| counts[item.index()] < median;
        let metrics: [Metric; 2] = ["ndcg@10".parse()?, "recall@20".parse()?];
        let held_out = vec![
            HeldOut::new("", &test, &train, &metrics)?,
            HeldOut::new(TRUTH, &unseen, &train, &metrics[..1])?,
            HeldOut::new(RARE, &unseen, &train, &metrics[..1])?.among(&unseen, &train, is_rare)?,
        ];
        Ok(Material::new(train, None, held_out)?)
    }
}

/// The clicks beside the log of what was shown to their users, of their items.
fn beside_impressions(clicks: &Dataset) -> Outcome<Dataset> {
    let options = ReadOptions::default();
    let (shown, _) = read_interactions_from(IMPRESSIONS, "impression.txt", &options)?;
    let shown = shown.onto(clicks.users().clone(), clicks.items().clone())?;
    let feedbacks = [("impression", shown), ("click", clicks.clone())];
    Ok(Dataset::of_feedbacks(feedbacks.map(|(name, of)| (name.to_owned(), of)).into())?)
}

/// Both comparisons in one table: first the share of clicks that is lost.
fn csv(whole: &Comparison, lossy: &Comparison) -> Report {
    let rows = |lost: f64, comparison: &Comparison| {
        let rows = csv_rows(comparison).into_iter();
        rows.map(move |row| [vec![lost.to_string()], row].concat())
    };
    let rows = rows(0.0, whole).chain(rows(LOST, lossy)).collect();
    let header = [&["lost_clicks"][..], &CSV_HEADER[..]].concat();
    Report { json: Value::Null, header, rows, above: Vec::new() }
}

/// Replace an earlier report, and nothing else.
fn own(path: &Path) -> Overwrite {
    const MARK: &[u8] = br#"<meta name="generator" content="foretaste">"#;
    // A device may never end.
    let found = if path.is_file() { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
    let ours = found.windows(MARK.len()).take(1000).any(|window| window == MARK);
    if ours { Overwrite::Replace } else { Overwrite::Refuse }
}

fn above(material: &Material, comparison: &Comparison) -> Vec<String> {
    let train = &material.train;
    let [users, items, nnz] =
        [train.users().len(), train.items().len(), train.interactions().nnz()]
            .map(|count| thousands(count as u64));
    vec![
        format!("Bundled sample: {users} users, {items} items, trained on {nnz} clicks."),
        format!("Held-out clicks, and what users truly like: {}.", legend(comparison)),
        String::new(),
    ]
}

/// The pairs of `all` that `seen` does not hold.
fn without(all: &Dataset, seen: &Dataset) -> Outcome<Dataset> {
    let (users, items) =
        (all.users().indices_in(seen.users()), all.items().indices_in(seen.items()));
    let is_new = |pair: &Pair| {
        let user = users[pair.user.index()].map(UserId);
        let item = items[pair.item.index()].map(ItemId);
        !user.zip(item).is_some_and(|(user, item)| seen.interactions().contains(user, item))
    };
    let pairs = all.interactions().pairs().filter(is_new).collect();
    let (rows, columns) = (all.users().len(), all.items().len());
    let (interactions, _) = Interactions::from_pairs(pairs, rows, columns, Keep::default())?;
    Ok(Dataset::new(all.users().clone(), all.items().clone(), interactions)?)
}

/// What one user clicked, and what the model recommends.
fn example(model: &Recommender, titles: &Titles) -> Report {
    const SHOWN: usize = 5;
    let user = UserId(0);
    let name = |item| title(model, item, Some(titles));
    let clicked = model.seen().row(user).iter().map(|item| name(*item));
    let list = &model.recommend(&[user], SHOWN, Seen::All)[0];
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
