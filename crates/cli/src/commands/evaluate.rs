//! `evaluate`: how well a model ranks what was held out.

mod calibrated;
pub(crate) mod choice;
mod crossed;
mod files;
mod level;
mod propensity;
mod ranked;
mod rated;
mod report;
mod seen;

use crate::args::Global;
use crate::commands::recommend::list_length;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Part, Parts, Reading, Target};
use crate::output::Format;
use crate::shell;
use choice::Wanted;
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable};
use foretaste::eval::TestSet;
use foretaste_experiment::SeenFeedback;
use std::path::{Path, PathBuf};

/// Rank all items for each user and score the lists against held-out interactions.
///
/// DATA is a folder with train.csv, optionally valid.csv, and test.csv: the test part is scored,
/// the others are left out of the lists. Or it is a file to be scored, and what the model was
/// trained on is left out. Each figure is the mean over users with its 95% bootstrap interval.
///
/// With --feedback cart, or view,cart, a model of several feedbacks, which `gnolr` makes, ranks for that
/// one instead of the last, and test-cart.csv is scored.
///
/// Users whom the model does not know are folded in by what train.csv (or --train) has of them, if it
/// has anything: what a recommender does for people who come after its training.
///
/// Metrics: ndcg, recall, precision, ap, rr, hit (or hr) and f1 @k by trec_eval's definitions, and
/// auc; variants recall_min, ap_min, ndcg_clip and precision_micro @k; coverage, gini, arp and
/// novelty @k of what is listed; with --candidates rated also dcg_saito, recall_saito and map_saito
/// @k. Averages run over every user with a test item; who has no list scores 0.
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
    /// What to measure, by comma: ndcg@10,recall@20,auc; those without @k at each -k.
    #[arg(long, value_delimiter = ',', value_name = "METRICS")]
    metrics: Vec<Wanted>,
    /// Lengths of the lists, by comma, for metrics that do not say theirs.
    #[arg(short, value_delimiter = ',', value_name = "K", value_parser = list_length,
        allow_negative_numbers = true)]
    k: Vec<usize>,
    /// Which items to rank: all, or those that a user rated in the test data, where these were picked
    /// at random; --positive then says which of them are relevant.
    #[arg(long, value_enum, default_value = "all", value_name = "WHICH")]
    candidates: Candidates,
    /// What to leave out of the lists: the positives of the training part (train), those of the
    /// validation part, too (train+valid, or positives), or also what of the training part was seen and
    /// is not positive (seen; train+seen without the validation part), by train-seen.csv, --positive or
    /// the model. Rows of the test part never are, nor what is not positive of the validation part
    /// [default: positives].
    #[arg(long, value_enum, value_name = "WHAT", hide_possible_values = true)]
    mask: Option<Mask>,
    /// Of which feedbacks lists leave out what the user has: the target; or all that the model was trained
    /// with, also those that it did not learn from.
    #[arg(long, value_name = "target|all", default_value = "target")]
    seen_feedback: SeenFeedback,
    /// Also hold the probabilities of a model of several feedbacks, which `gnolr` makes, against what
    /// happened, in ten bins each: of every feedback with a test part (test-cart.csv beside test.csv).
    #[arg(long)]
    calibration: bool,
    /// Also score the thirds of the training interactions by popularity: head, mid and tail.
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Also score the items with at most N training interactions by themselves.
    #[arg(long, value_name = "N")]
    rare: Option<u32>,
    /// Rank the items of OLD for this model's users, as well: four tables, of the users of either and the items of
    /// either, of the users whom both know, each beside OLD by itself. What OLD lacks is in no list of its items.
    /// It says something of models in one space: `foretaste align`, `train --anchor`.
    #[arg(long, value_name = "OLD", conflicts_with_all = ["candidates", "seen_feedback", "calibration", "by",
        "rare", "per_user", "trec"])]
    items_from: Option<PathBuf>,
    #[command(flatten)]
    unbiased: propensity::Unbiased,
    /// Write the figures of each user to a CSV file; - is stdout, instead of the table.
    #[arg(long, value_name = "FILE")]
    per_user: Option<PathBuf>,
    /// Write lists and held-out pairs to DIR/run.txt and DIR/qrels.txt, as trec_eval reads them.
    #[arg(long, value_name = "DIR")]
    trec: Option<PathBuf>,
    /// Replace files that are there already.
    #[arg(long)]
    force: bool,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    target: Target,
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
    #[value(name = "positives", aliases = ["train+valid", "all"])]
    Positives,
    /// The training interactions, and what of that part is not positive.
    #[value(name = "train+seen")]
    TrainSeen,
    /// The training and the validation interactions, and what is not positive of the training part.
    #[value(name = "seen", alias = "train+valid+seen")]
    Seen,
}

impl Mask {
    /// Whether the validation part is left out.
    fn has_valid(self) -> bool {
        matches!(self, Self::Positives | Self::Seen)
    }

    /// Whether what is not positive is left out.
    fn has_seen(self) -> bool {
        matches!(self, Self::TrainSeen | Self::Seen)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Candidates {
    /// All items.
    All,
    /// The items that the user rated in the test data.
    Rated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// Thirds of the training interactions.
    Popularity,
}

impl Evaluate {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        files::check(self, global)?;
        self.check(global)?;
        let model = input::model(&self.model, global)?;
        let metrics = self.metrics(model.items().len())?;
        if let Some(old) = &self.items_from {
            return crossed::run(self, old, &model, &metrics, global);
        }
        match self.candidates {
            Candidates::All => ranked::run(self, &model, &metrics, global),
            Candidates::Rated => rated::run(self, &model, &metrics, global),
        }
    }

    /// Refuses what there is no place for.
    fn check(&self, global: &Global) -> Outcome {
        let all = self.seen_feedback == SeenFeedback::All;
        let given = [(all, "--seen-feedback all"), (self.calibration, "--calibration")];
        let given = given.into_iter().find_map(|(given, flag)| given.then_some(flag));
        if let Some(flag) = given.filter(|_| self.candidates == Candidates::Rated) {
            return Err(Failure::usage(format_args!("{flag} is of a ranking of all items"))
                .help("leave out --candidates rated"));
        }
        if self.calibration && global.format() == Format::Csv {
            return Err(Failure::usage("--calibration: there is one table of CSV")
                .help("--json has the bins, too"));
        }
        Ok(())
    }

    /// Says so where a folder would have had its validation part left out, and the test part that is
    /// named by itself has not.
    fn note_unmasked(&self, test: &Path, global: &Global) {
        let by_folder = self.data.as_deref().is_some_and(Path::is_dir);
        if by_folder || !self.mask().has_valid() {
            return;
        }
        let parent = test.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new("."));
        // Whatever else is odd about the folder is no matter: it was not asked for.
        let Ok(Parts { valid: Some(valid), test: Some(part), .. }) = Parts::of_folder(folder)
        else {
            return;
        };
        if part.file_name() == test.file_name() {
            global.note(format_args!(
                "note: {} is not left out of the lists, as `foretaste evaluate {} {}` would; \
                 --mask train says that this is meant",
                valid.display(),
                shell::path(&self.model),
                shell::path(folder),
            ));
        }
    }

    /// What is left out of the lists.
    fn mask(&self) -> Mask {
        self.mask.unwrap_or(Mask::Positives)
    }

    /// The file to score, and those to leave out of the lists.
    fn parts(&self, model: &Recommender, level: Option<&[String]>) -> Outcome<Files> {
        if let Some(test) = &self.test {
            let masks = self.train.clone().map(Part::from).into_iter().collect();
            return Ok(Files { test: test.clone().into(), masks, seen: None });
        }
        let data = self.data.as_deref().unwrap_or(Path::new(""));
        if !data.is_dir() {
            return Ok(Files { test: data.to_owned().into(), masks: Vec::new(), seen: None });
        }
        if let Some(names) = level {
            return level::parts(self, data, names);
        }
        let Parts { train, seen, valid, test, .. } = self.target.parts(data, learnt_for(model))?;
        let test = test.ok_or_else(|| {
            Failure::data(format_args!("{}: there is no test.csv", data.display()))
                .help("name the file to score with --test FILE")
        })?;
        let valid = valid.filter(|_| self.mask().has_valid());
        Ok(Files { test, masks: [Some(train), valid].into_iter().flatten().collect(), seen })
    }
}

/// The feedback that a model ranks for, if it was trained on one by name.
fn learnt_for(model: &Recommender) -> Option<&str> {
    model.info().training["feedback"]["names"].as_array()?.last()?.as_str()
}

/// What an evaluation reads.
struct Files {
    test: Part,
    /// The training part, then others, to leave out of the lists; none means what the model was trained
    /// on.
    masks: Vec<Part>,
    /// What of a folder's training part is not positive.
    seen: Option<Part>,
}

/// Held-out interactions in a model's space.
pub(crate) fn test_set(test: &Dataset, users: &IdTable, items: &IdTable) -> Outcome<TestSet> {
    Ok(TestSet::of_dataset(test, users, items, |_| true)?)
}
