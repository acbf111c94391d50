//! `demo`: the main job on the bundled data.

use crate::args::Global;
use crate::commands::evaluate::{interval, metrics_json, test_set};
use crate::commands::recommend::title;
use crate::commands::train::fit;
use crate::failure::Outcome;
use crate::output::{Format, Report, thousands};
use foretaste::data::{
    Dataset, Interactions, Keep, ReadOptions, Split, SplitMethod, Titles, UserId,
    read_interactions_from, read_titles_from, split,
};
use foretaste::eval::{Metric, Summary, TestSet, evaluate};
use foretaste::{Method, Recommender};
use serde_json::json;
use std::time::Duration;

/// Train and compare the methods on bundled data; needs no arguments.
///
/// The data is simulated: 1,000 users clicked on some of the items that they were shown, and
/// popular items were shown more. A fifth of each user's clicks is held out. Since the simulation
/// knows which items every user would really like, the lists are scored against that, too.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Seed of the split and of the training.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

const CLICKS: &[u8] = include_bytes!("../../../../datasets/sample/interactions.csv");
const RELEVANCE: &[u8] = include_bytes!("../../../../datasets/sample/relevance.txt");
const ITEMS: &[u8] = include_bytes!("../../../../datasets/sample/items.csv");

/// The bundled data, split.
struct Sample {
    train: Dataset,
    /// Held-out clicks.
    clicks: TestSet,
    /// What users would like among what they have not clicked in training.
    liked: TestSet,
    titles: Titles,
}

/// A method's row of the table.
struct Row {
    method: Method,
    model: Recommender,
    seconds: Duration,
    clicks: Vec<Summary>,
    liked: Vec<Summary>,
}

impl Demo {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let sample = Sample::read(self.seed)?;
        let mut rows = Vec::new();
        for name in Method::NAMES {
            let mut method = Method::named(name)?;
            if let Some(params) = method.params_mut() {
                params.seed = self.seed;
            }
            rows.push(self.row(method, &sample, global)?);
        }
        let (train, titles) = (&sample.train, &sample.titles);
        report(train, &rows).print(global.format())?;
        if global.format() == Format::Table
            && let Some(best) = rows.last()
        {
            example(&best.model, titles).print(Format::Table)?;
        }
        Ok(())
    }

    fn row(&self, method: Method, sample: &Sample, global: &Global) -> Outcome<Row> {
        let metrics: [Metric; 2] = ["ndcg@10".parse()?, "recall@20".parse()?];
        let (model, seconds) = fit(&method, sample.train.clone(), None, (metrics[0], 1), global)?;
        let measure = |test: &TestSet, metrics: &[Metric]| {
            let evaluation = evaluate(model.scorer(), &[model.seen()], test, metrics)?;
            Outcome::Ok(evaluation.summary(self.seed))
        };
        let clicks = measure(&sample.clicks, &metrics)?;
        let liked = measure(&sample.liked, &metrics[..1])?;
        Ok(Row { method, model, seconds, clicks, liked })
    }
}

impl Sample {
    fn read(seed: u64) -> Outcome<Self> {
        let options = ReadOptions::default();
        let (clicks, _) = read_interactions_from(CLICKS, "interactions.csv", &options)?;
        let (liked, _) = read_interactions_from(RELEVANCE, "relevance.txt", &options)?;
        let Split { train, test, .. } =
            split(&clicks, SplitMethod::Random { valid: 0.0, test: 0.2 }, seed)?;
        let unseen = without(&liked, &train)?;
        Ok(Self {
            clicks: test_set(&test, &train.users, &train.items)?,
            liked: test_set(&unseen, &train.users, &train.items)?,
            titles: read_titles_from(ITEMS, "items.csv")?,
            train,
        })
    }
}

/// The pairs of `all` that `seen` does not hold.
fn without(all: &Dataset, seen: &Dataset) -> Outcome<Dataset> {
    let (users, items) = (all.users.indices_in(&seen.users), all.items.indices_in(&seen.items));
    let is_new = |pair: &foretaste::data::Pair| {
        let user = users[pair.user.index()].map(UserId);
        let item = items[pair.item.index()].map(foretaste::data::ItemId);
        !user.zip(item).is_some_and(|(user, item)| seen.interactions.contains(user, item))
    };
    let pairs = all.interactions.pairs().filter(is_new).collect();
    let (rows, columns) = (all.users.len(), all.items.len());
    let (interactions, _) = Interactions::from_pairs(pairs, rows, columns, Keep::default())?;
    Ok(Dataset { users: all.users.clone(), items: all.items.clone(), interactions })
}

fn report(train: &Dataset, rows: &[Row]) -> Report {
    let json = |row: &Row| {
        json!({ "name": row.method.name(), "seconds": row.seconds.as_secs_f64(),
            "metrics": metrics_json(&row.clicks), "true_relevance": metrics_json(&row.liked) })
    };
    let cells = |row: &Row| {
        let summaries = row.clicks.iter().chain(&row.liked).map(interval);
        let name = std::iter::once(row.method.name().to_owned());
        name.chain(summaries).chain([format!("{:.2}", row.seconds.as_secs_f64())]).collect()
    };
    let [users, items, nnz] = [train.users.len(), train.items.len(), train.interactions.nnz()]
        .map(|count| thousands(count as u64));
    let above = [
        format!("Bundled sample: {users} users, {items} items, trained on {nnz} clicks."),
        "Means over users with 95% intervals: of the held-out clicks, and of what users truly like."
            .to_owned(),
        String::new(),
    ];
    let header =
        vec!["method", "NDCG@10, clicks", "Recall@20, clicks", "NDCG@10, true likes", "seconds"];
    Report {
        json: json!({ "rows": rows.iter().map(json).collect::<Vec<_>>() }),
        header,
        rows: rows.iter().map(cells).collect(),
        above: above.to_vec(),
    }
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
    Report { json: json!(null), header, rows, above: vec![above] }
}
