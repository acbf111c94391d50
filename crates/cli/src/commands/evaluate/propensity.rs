//! How likely items are to be observed: `pop^0.5`, `const:0.1`, `file:P.csv`.

use crate::failure::{Code, Failure, Outcome};
use crate::input::{Part, Parts};
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable};
use foretaste::eval::{Estimator, Metric, Weights};
use foretaste::relmf::shown_shares;
use foretaste_experiment::{DEFAULT_CLIP, Propensities, Rule};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Estimates from feedback that is biased towards what was shown.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Biased feedback")]
pub(super) struct Unbiased {
    /// Also estimate by inverse propensities what each metric would be under complete knowledge.
    #[arg(long)]
    ips: bool,
    /// Also estimate, self-normalised, what each metric would be had users rated items at random.
    #[arg(long)]
    snips: bool,
    /// How likely items were observed: pop^E (popularity to a power), const:P, file:ITEMS.csv
    /// (item, propensity) or from:FEEDBACK (the share of users to whom an item was shown, by
    /// FEEDBACK.csv of the folder) [default: pop^0.5].
    #[arg(long, value_name = "WHAT")]
    propensity: Option<Propensity>,
    /// Take no propensity for less than M, so that no item weighs more than 1/M [default: 0.01].
    #[arg(long, value_name = "M", allow_negative_numbers = true)]
    clip: Option<f64>,
}

/// Where propensities come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Propensity {
    Rule(Rule),
    File(PathBuf),
    From(String),
}

impl FromStr for Propensity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rule) = Rule::parse(text) {
            return rule.map(Self::Rule);
        }
        if let Some(name) = text.strip_prefix("from:").filter(|name| !name.is_empty()) {
            return Ok(Self::From(name.to_owned()));
        }
        match text.strip_prefix("file:") {
            Some(path) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => {
                let forms = "pop^0.5, const:0.1, file:ITEMS.csv and from:FEEDBACK";
                Err(format!("it is none of {forms}"))
            }
        }
    }
}

impl fmt::Display for Propensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => rule.fmt(f),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::From(name) => write!(f, "from:{name}"),
        }
    }
}

impl Unbiased {
    /// The file of propensities, if there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.propensity {
            Some(Propensity::File(path)) => Some(path),
            _ => None,
        }
    }

    /// The part of a folder that has the log of what was shown, if propensities are from there.
    pub(super) fn log(&self, data: Option<&Path>) -> Outcome<Option<Part>> {
        let Some(Propensity::From(name)) = &self.propensity else { return Ok(None) };
        match data.filter(|data| data.is_dir()) {
            Some(folder) => Ok(Some(Parts::other(folder, name)?)),
            None => {
                let message = format!("--propensity from:{name} is of a folder with {name}.csv");
                Err(Failure::usage(message).help("DATA names the folder of the split"))
            }
        }
    }

    pub(super) fn estimators(&self) -> impl Iterator<Item = Estimator> {
        let asked = [(self.ips, Estimator::Ips), (self.snips, Estimator::Snips)];
        asked.into_iter().filter_map(|(asked, estimator)| asked.then_some(estimator))
    }

    /// Propensities without a metric that uses them are a mistake, and the other way round.
    pub(super) fn check(&self, metrics: &[Metric]) -> Outcome {
        let used = metrics.iter().any(|metric| metric.estimator() != Estimator::Plain);
        let asked = self.estimators().next().is_some();
        if asked && !used {
            return Err(Failure::usage("none of the metrics has an estimator by propensities")
                .help("ndcg, ndcg_clip, recall and precision have"));
        }
        if !used && (self.propensity.is_some() || self.clip.is_some()) {
            return Err(Failure::usage("there is no use for propensities")
                .help("ask for --ips, --snips or a metric such as ndcg@10:snips"));
        }
        let clip = self.clip();
        if !(0.0..=1.0).contains(&clip) {
            return Err(Failure::usage(format_args!("--clip is {clip}: it must be from 0 to 1")));
        }
        Ok(())
    }

    pub(super) fn clip(&self) -> f64 {
        self.clip.unwrap_or(DEFAULT_CLIP)
    }

    pub(super) fn source(&self) -> Propensity {
        self.propensity.clone().unwrap_or(Propensity::Rule(Rule::default()))
    }

    /// The weights of the model's items, and of those of the test data that it does not know; `log` is
    /// what was shown, if propensities are from there.
    pub(super) fn weights(
        &self,
        model: &Recommender,
        test: &Dataset,
        log: Option<Dataset>,
    ) -> Outcome<Weights> {
        let propensities = match self.source() {
            Propensity::Rule(rule) => rule.propensities(model, test),
            Propensity::File(path) => of_file(&path, model, test)?,
            Propensity::From(name) => of_log(&name, log, model, test)?,
        };
        Ok(propensities.weights(model, test, self.clip())?)
    }
}

/// Propensities of the model's items and of the test data's: the shares of users to whom they were
/// shown, among those whom the model or the test data know. What is in either was shown.
fn of_log(
    name: &str,
    log: Option<Dataset>,
    model: &Recommender,
    test: &Dataset,
) -> Outcome<Propensities> {
    let seen = Dataset::new(model.users().clone(), model.items().clone(), model.seen().clone())?;
    let both = |one: Dataset, other: Dataset| {
        let parts = vec![("one".to_owned(), one), ("other".to_owned(), other)];
        Dataset::of_feedbacks(parts)?.union()
    };
    let known = both(seen, test.clone())?;
    let log = log.map(|log| log.onto(known.users().clone(), known.items().clone())).transpose()?;
    let Some(log) = log.filter(|log| log.interactions().nnz() > 0) else {
        let message = format!("{name}: nothing was shown to users of the model or the test data");
        return Err(Failure::data(message).help("is it a log of the same users and items?"));
    };
    let shown = both(log, known)?;
    let shares = shown_shares(shown.interactions());
    let of = |items: &IdTable| -> Vec<f64> {
        let places = items.indices_in(shown.items()).into_iter();
        places.map(|place| place.map_or(0.0, |at| f64::from(shares[at as usize]))).collect()
    };
    Ok(Propensities { known: of(model.items()), of_test: of(test.items()) })
}

/// Propensities of the model's items and of the test data's, from a file; those of items that are not
/// in the test data are never used, and 1 where the file has none.
fn of_file(path: &Path, model: &Recommender, test: &Dataset) -> Outcome<Propensities> {
    let at = |line: u64, problem: String| {
        Failure::data(format_args!("{}:{line}: {problem}", path.display()))
            .help("a line of propensities is an item's id and a number above 0, at most 1")
    };
    let (mut known, mut of_test) =
        (vec![None; model.items().len()], vec![None; test.items().len()]);
    let mut first_lines = BTreeMap::new();
    for (line, item, value) in rows(path)? {
        let propensity = value.parse::<f64>().ok().filter(|p| *p > 0.0 && *p <= 1.0);
        let Some(propensity) = propensity else {
            if line == 1 && value.parse::<f64>().is_err() {
                continue; // a header
            }
            return Err(at(line, format!("the propensity {value:?} is not above 0 and at most 1")));
        };
        if let Some(first) = first_lines.insert(item.clone(), line) {
            return Err(at(line, format!("item {item:?} again, after line {first}")));
        }
        let (in_model, in_test) = (model.items().index_of(&item), test.items().index_of(&item));
        if in_model.is_none() && in_test.is_none() {
            return Err(at(
                line,
                format!("neither the model nor the test data have an item {item:?}"),
            ));
        }
        in_model.into_iter().for_each(|item| known[item as usize] = Some(propensity));
        in_test.into_iter().for_each(|item| of_test[item as usize] = Some(propensity));
    }
    let counts = test.interactions().item_counts();
    if let Some(item) = (0..counts.len()).find(|&n| counts[n] > 0 && of_test[n].is_none()) {
        let name = test.items().name(item as u32).unwrap_or_default();
        let message = format!("{}: there is no propensity for item {name:?}", path.display());
        return Err(Failure::data(message).help("every item of the test data needs one"));
    }
    let filled = |values: Vec<Option<f64>>| values.into_iter().map(|p| p.unwrap_or(1.0)).collect();
    Ok(Propensities { known: filled(known), of_test: filled(of_test) })
}

/// Line, item and propensity of each row.
fn rows(path: &Path) -> Outcome<Vec<(u64, String, String)>> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::io(Code::Data, path, &error))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let delimiter = if text.contains('\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(1, csv::Position::line);
        if record.len() != 2 {
            let found = record.len();
            let message = format!("{}:{line}: found {found} field(s) instead of 2", path.display());
            return Err(Failure::data(message).help("a line is an item's id and its propensity"));
        }
        rows.push((line, record[0].to_owned(), record[1].to_owned()));
    }
    if rows.is_empty() {
        return Err(Failure::data(format_args!("{}: the file is empty", path.display())));
    }
    Ok(rows)
}
