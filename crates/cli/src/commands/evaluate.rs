//! `evaluate`: how well a model ranks what was held out.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Parts, Reading};
use crate::output::{Report, count};
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable, Interactions, Keep, align};
use foretaste::eval::{Evaluation, Metric, Summary, TestSet, UnknownUsers, evaluate};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Rank all items for each user and score the lists against held-out interactions.
///
/// DATA is a folder with train.csv, optionally valid.csv, and test.csv: the test part is scored,
/// the others are left out of the lists. Or it is a file to be scored, and what the model was
/// trained on is left out. Each figure is the mean over users with its 95% bootstrap interval.
#[derive(Debug, clap::Args)]
pub(crate) struct Evaluate {
    /// The model file.
    model: PathBuf,
    /// A folder with train.csv and test.csv, or a file of held-out interactions.
    #[arg(required_unless_present = "test")]
    data: Option<PathBuf>,
    /// Interactions to leave out of the lists [default: what the model was trained on].
    #[arg(long, value_name = "FILE", requires = "test", conflicts_with = "data")]
    train: Option<PathBuf>,
    /// Held-out interactions, instead of DATA.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    test: Option<PathBuf>,
    /// What to measure, by comma: ndcg@k, recall@k, precision@k, ap@k, rr@k, hit@k, f1@k, auc.
    #[arg(long, value_delimiter = ',', value_name = "METRICS", default_value = DEFAULT_METRICS)]
    metrics: Vec<Metric>,
    /// What to leave out of the lists: train, or train and valid.
    #[arg(long, value_enum, default_value = "all", value_name = "WHAT")]
    mask: Mask,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) const DEFAULT_METRICS: &str =
    "ndcg@10,recall@20,precision@10,ap@10,rr@10,hit@10,f1@10,auc";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Mask {
    /// The training interactions.
    Train,
    /// The training and the validation interactions.
    All,
}

impl Evaluate {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let model = input::model(&self.model)?;
        let (test, masks) = self.parts()?;
        let mut mask = Vec::new();
        for path in &masks {
            let (data, _) = self.reading.read(path, Keep::default(), global)?;
            mask.push(align(&data, model.users(), model.items())?.interactions);
        }
        let (test, _) = self.reading.read(&test, Keep::default(), global)?;
        let test_set = test_set(&test, model.users(), model.items())?;
        if mask.is_empty() {
            mask.push(model.seen().clone());
        } else if mask[0] != *model.seen() {
            global.note(
                "note: the model was not trained on exactly these training interactions; \
                 figures may be too good",
            );
        }
        let mask: Vec<&Interactions> = mask.iter().collect();
        let evaluation = evaluate(model.scorer(), &mask, &test_set, &self.metrics)?;
        remarks(&evaluation, &test_set, &test, global);
        report(&model, &evaluation, self.seed).print(global.format())
    }

    /// The file to score, and those to leave out of the lists; none means what the model was
    /// trained on.
    fn parts(&self) -> Outcome<(PathBuf, Vec<PathBuf>)> {
        if let Some(test) = &self.test {
            return Ok((test.clone(), self.train.clone().into_iter().collect()));
        }
        let data = self.data.as_deref().unwrap_or(Path::new(""));
        if !data.is_dir() {
            return Ok((data.to_owned(), Vec::new()));
        }
        let Parts { train, valid, test } = Parts::of_folder(data)?;
        let test = test.ok_or_else(|| {
            Failure::data(format_args!("{}: there is no test.csv", data.display()))
                .help("name the file to score with --test FILE")
        })?;
        let valid = valid.filter(|_| self.mask == Mask::All);
        Ok((test, [Some(train), valid].into_iter().flatten().collect()))
    }
}

/// Held-out interactions in a model's space.
pub(crate) fn test_set(test: &Dataset, users: &IdTable, items: &IdTable) -> Outcome<TestSet> {
    let aligned = align(test, users, items)?;
    let unknown = UnknownUsers { users: aligned.unknown_users, rows: aligned.unknown_user_rows };
    Ok(TestSet::binary(&aligned.interactions, &aligned.unknown_items_per_user, unknown)?)
}

fn remarks(evaluation: &Evaluation, test_set: &TestSet, test: &Dataset, global: &Global) {
    let without = evaluation.users_without_list() as u64;
    if without > 0 {
        global.note(format_args!(
            "note: {} in the test data without a list (unknown to the model): each scores 0",
            count(without, "user")
        ));
    }
    let known: usize =
        (0..test_set.known_users().len()).map(|n| test_set.known(n).items.len()).sum();
    let unknown = test.interactions.nnz() - known - test_set.unknown_users().rows;
    if unknown > 0 {
        global.note(format_args!(
            "note: {} of items that the model does not know: misses",
            count(unknown as u64, "test interaction")
        ));
    }
    let masked = evaluation.relevant_but_masked() as u64;
    if masked > 0 {
        global.note(format_args!(
            "note: {} among the interactions left out of the lists: misses; do the parts overlap?",
            count(masked, "test interaction")
        ));
    }
}

/// `{"ndcg@10": {"mean", "low", "high"}, …}`.
pub(crate) fn metrics_json(summaries: &[Summary]) -> Value {
    let metric = |summary: &Summary| {
        let Summary { mean, low, high, .. } = summary;
        (summary.metric.to_string(), json!({ "mean": mean, "low": low, "high": high }))
    };
    Value::Object(summaries.iter().map(metric).collect::<Map<_, _>>())
}

/// ".3945 [.3901, .3990]".
pub(crate) fn interval(summary: &Summary) -> String {
    format!("{:.4} [{:.4}, {:.4}]", summary.mean, summary.low, summary.high)
}

fn report(model: &Recommender, evaluation: &Evaluation, seed: u64) -> Report {
    let summaries = evaluation.summary(seed);
    let json = json!({
        "model": model.info().method,
        "users": evaluation.users().len(),
        "users_without_list": evaluation.users_without_list(),
        "metrics": metrics_json(&summaries),
    });
    let row = |summary: &Summary| {
        let numbers = [summary.mean, summary.low, summary.high].map(|x| format!("{x:.4}"));
        std::iter::once(summary.metric.to_string()).chain(numbers).collect()
    };
    let users = evaluation.users().len() as u64;
    let above = format!("{}, {}, full ranking", model.info().method, count(users, "test user"));
    Report {
        json,
        header: vec!["metric", "mean", "95% low", "high"],
        rows: summaries.iter().map(row).collect(),
        above: vec![above],
    }
}
