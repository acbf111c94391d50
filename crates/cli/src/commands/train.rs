//! `train`: from interactions to a model file.

mod fitting;
mod model;
mod popular;
mod propensities;

use crate::args::Global;
use crate::checkpoints::{self, Continuing};
use crate::destination::Destination;
use crate::extra::Extra;
use crate::failure::{Failure, Outcome};
use crate::input::{Core, Reading, WeighedAs, Whole, understood};
use crate::learning::{self, Learning, check_share, refuse_second_valid};
use crate::output::{Format, Report, count};
use foretaste::data::{Dataset, Keep};
use foretaste::eval::Metric;
use foretaste::model::WARM_START;
use foretaste::{Method, Recommender};
use foretaste_experiment::{
    DEFAULT_EVERY, DEFAULT_METRIC, DEFAULT_SEED, Lesson, check_validation, select,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use fitting::fit;
use fitting::fit_to;
pub(crate) use model::ModelArgs;
use popular::{Popular, add};
use propensities::of_propensities;

/// Train a model and write it to a file.
///
/// DATA is a file of interactions, or a folder with train.csv and, optionally, valid.csv (names
/// of other formats will do: train.txt, train.tsv.gz). Rows that fail --positive, and those of
/// train-seen.csv in a folder, are kept in the model for lists to leave out, and nothing is learnt from
/// them; so are the other feedbacks' pairs, of 4 bytes each, for `recommend --seen-feedback all`. Of several feedbacks (--feedback) a method
/// learns from the last, unless it says that it uses the others; what was shown (impression,click) it may use
/// with --propensity from:impression. Results: what was learnt, on stdout.
#[derive(Debug, clap::Args)]
pub(crate) struct Train {
    /// A file of interactions, - for stdin, or a folder with train.csv and, optionally, valid.csv.
    data: PathBuf,
    /// Where to write the model; - is stdout, which gets nothing else then.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the output file if it exists.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    validation: Validation,
    #[command(flatten)]
    learning: Learning,
    #[command(flatten)]
    extra: Extra,
    #[command(flatten)]
    continuing: Continuing,
    #[command(flatten)]
    core: Core,
    #[command(flatten)]
    weighed_as: WeighedAs,
    #[command(flatten)]
    reading: Reading,
}

/// On what the training is validated, and when it stops for it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Validation")]
pub(crate) struct Validation {
    /// Hold out this share of each user's interactions to validate on, instead of valid.csv.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    valid: Option<f64>,
    /// Train on the rows of the folder's valid.csv, too, and validate on none: once parameters are
    /// chosen.
    #[arg(long, conflicts_with_all = ["valid", "early_stop"])]
    with_valid: bool,
    /// Stop when METRIC has not risen for PATIENCE validations, and keep the best model.
    #[arg(long, value_name = "METRIC:PATIENCE", value_parser = early_stop)]
    early_stop: Option<(Metric, u32)>,
    /// Epochs between two validations.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_EVERY,
        value_parser = clap::value_parser!(u32).range(1..))]
    validate_every: u32,
}

fn early_stop(text: &str) -> Result<(Metric, u32), String> {
    let (metric, patience) = text.rsplit_once(':').ok_or("write METRIC:PATIENCE, as ndcg@10:5")?;
    let metric = metric.parse().map_err(|error: foretaste::eval::Error| error.to_string())?;
    match patience.parse() {
        Ok(0) | Err(_) => Err("PATIENCE is a whole number from 1".into()),
        Ok(patience) => Ok((metric, patience)),
    }
}

/// What to train on and what to validate on.
struct Material {
    train: Dataset,
    valid: Option<Dataset>,
    /// What users had of other feedbacks, whether the method learns from it or not.
    others: Option<Dataset>,
    /// Where the training data comes from.
    source: serde_json::Value,
}

impl Train {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        match self.train(global)? {
            Some(report) => report.print(global.format()),
            None => Ok(()),
        }
    }

    /// Trains and writes the model; the report, unless the model is on stdout.
    pub(crate) fn train(&self, global: &Global) -> Outcome<Option<Report>> {
        let (metric, patience) = self.validation.early_stop.unzip();
        let metric = metric.unwrap_or(DEFAULT_METRIC.parse()?);
        check_validation(metric)?;
        let method = self.model.method(patience, global)?;
        let inputs = self.inputs(&method);
        let output = self.destination(&inputs, global)?;
        self.check_validation(&method)?;
        self.weighed_as.check(&method, global)?;
        self.extra.check(std::iter::once(&method), global.registry())?;
        let plan = self.continuing.plan(&method, (&self.output, self.force), &inputs)?;
        let kept = plan.kept();
        let Material { train, valid, others, mut source } = self.material(&method, global)?;
        let lesson = Lesson::of_selected(train, (&method, &self.learning.learns()?))?;
        let extra = self.extra.read(lesson.learned(), global)?;
        if let Some(extra) = extra.provenance() {
            source["extra"] = extra;
        }
        let said = extra.said();
        let lesson = lesson.preferring(extra.rows);
        let learned = lesson.learned();
        let shape = (learned.users().len(), learned.items().len(), learned.interactions().nnz());
        global.note(format_args!(
            "training {} on {} of {} and {}{said}{}",
            method.name(),
            count(shape.2 as u64, "interaction"),
            count(shape.0 as u64, "user"),
            count(shape.1 as u64, "item"),
            method.whole("seed").map_or(String::new(), |seed| format!(", seed {seed}")),
        ));
        let every = self.validation.validate_every;
        let validate = (metric, every);
        let (model, seconds) = fit_to(&method, lesson, valid.as_ref(), validate, plan, global)
            .map_err(|failure| failure.about_data(&self.data))?;
        let model = match &others {
            Some(pairs) => model.with_seen_in_others(pairs)?,
            None => model,
        };
        of_propensities(&model).iter().for_each(|note| global.note(note));
        if let Some(with) = worked_with(&model) {
            global.note(format_args!("trained with {with}"));
        }
        if model.is_flat() {
            global.note(
                "nothing was learned, all scores are equal: less regularisation (--reg, --shrinkage, \
                 --ridge), or more data",
            );
        }
        let beside = match &valid {
            Some(valid) if method.has_epochs() => Popular::of(&model, valid, metric)?,
            _ => None,
        };
        let doubt = beside.and_then(|beside| beside.doubt(&method, metric));
        doubt.iter().for_each(|doubt| global.note(doubt));
        let bytes = model.to_bytes()?;
        output.write(|out| out.write_all(&bytes))?;
        if let Some(kept) = kept {
            checkpoints::remove(&kept);
        }
        if output.is_stdout() {
            return Ok(None);
        }
        let mut report = report(&model, &method, seconds, (&self.output, source), global.format());
        add(&mut report, beside, metric, global.format());
        Ok(Some(report))
    }

    /// The files that are read, but those that the training begins from.
    fn inputs(&self, method: &Method) -> Vec<PathBuf> {
        let mut inputs = self.learning.inputs(&self.data);
        inputs.extend(method.side_file());
        inputs.extend(self.extra.file().map(Path::to_owned));
        inputs
    }

    fn destination(&self, inputs: &[PathBuf], global: &Global) -> Outcome<Destination> {
        let all = [inputs, &self.continuing.inputs()].concat();
        Destination::new(&self.output, self.force, &all, global)
    }

    /// Refuses a validation of what learns nothing, and shares that can't be held out.
    fn check_validation(&self, method: &Method) -> Outcome {
        let Validation { valid, early_stop, .. } = &self.validation;
        if !method.has_epochs() && (valid.is_some() || early_stop.is_some()) {
            let name = method.name();
            return Err(Failure::usage(format_args!("{name} has no epochs to validate"))
                .help("leave out --valid and --early-stop"));
        }
        valid.map_or(Ok(()), check_share)
    }

    fn material(&self, method: &Method, global: &Global) -> Outcome<Material> {
        let learns = self.learning.learns()?;
        learns.check(method)?;
        let weighing = &self.weighed_as.weighing;
        if weighing.is_given() && learns.is_union() {
            let message = "--weight: weights of several feedbacks are not alike";
            return Err(Failure::usage(message).help("leave out --feedback-as union"));
        }
        let reading = weighing.reading(&self.reading)?.with_not_positive();
        let with_valid = self.validation.with_valid;
        if with_valid && weighing.is_given() {
            let message = "--with-valid: weights of two files are not added up";
            return Err(Failure::usage(message).help("name one file of all rows instead"));
        }
        let reading = if with_valid { reading.with_valid() } else { reading };
        let keep = Keep { weights: weighing.is_given(), ..Keep::default() };
        let learners = std::iter::once((method, &learns));
        let whole = self.learning.read(&self.data, learners, false, (&reading, keep), global)?;
        let mut source = whole.provenance(&reading, self.core);
        if let Some(weight) = self.weighed_as.provenance() {
            source["weight"] = weight;
        }
        source["understood"] = understood(whole.target());
        if with_valid && whole.with_valid.is_none() {
            let message = format!("--with-valid: {} has no valid.csv", self.data.display());
            return Err(Failure::usage(message).help("leave it out: all rows are trained on"));
        }
        let Whole { data, valid, target_file: file, .. } = whole;
        let valid_file = valid.filter(|_| !with_valid);
        if data.target_name().is_some() {
            let as_what = if learns.is_union() { "union" } else { "target" };
            source["feedback_as"] = json!(as_what);
        }
        let data = self.weighed_as.weighed(self.core.apply(data, &file)?, global)?;
        if let Some(pairs) = data.not_positive() {
            source["not_positive"] = json!(pairs.nnz());
        }
        let others = data.of_others()?;
        let train = select(data, method.uses(), learns.is_union())?;
        let (train, valid) = match (self.validation.valid, &valid_file) {
            (Some(share), _) => {
                refuse_second_valid("--valid", valid_file.as_deref())?;
                hold_out(&train, share, method).map_err(|failure| failure.about_data(&file))?
            }
            (None, Some(file)) => {
                (train, Some(self.reading.read_part(file, Keep::default(), global)?.0))
            }
            (None, None) => (train, None),
        };
        if valid.is_none() && self.validation.early_stop.is_some() {
            return Err(Failure::usage("--early-stop needs something to validate on")
                .help("--valid 0.1 holds out a tenth of each user's interactions"));
        }
        Ok(Material { train, valid, others, source })
    }
}

fn hold_out(data: &Dataset, share: f64, method: &Method) -> Outcome<(Dataset, Option<Dataset>)> {
    let seed = method.whole("seed").unwrap_or(DEFAULT_SEED);
    let (train, test) = learning::hold_out(data, share, &format!("--valid {share}"), seed)?;
    // Nothing is validated by what is not positive, so lists leave out all of it.
    let train = train.with_not_positive_pairs(data.not_positive().cloned())?;
    // Weights of what is held out would be grades of relevance.
    let unweighted = test.interactions().clone().without_weights();
    Ok((train, Some(test.with_interactions(unweighted)?)))
}

/// The numbers that the method worked with, which may follow from the data: "alpha 0.3, lambda 0.029".
fn worked_with(model: &Recommender) -> Option<String> {
    let training = model.info().training.as_object()?;
    let numbers = training.iter().filter(|(name, _)| !["loss", "metric"].contains(&name.as_str()));
    let number = |(name, value): (&String, &serde_json::Value)| {
        let value = value.as_f64().filter(|_| value.is_f64())?;
        // Three digits that count; all of a whole number.
        let digits = (2.0 - value.abs().log10().floor()).clamp(0.0, 9.0) as usize;
        let decimals = if value.fract() == 0.0 { 0 } else { digits };
        Some(format!("{} {value:.decimals$}", name.replace('_', " ")))
    };
    let numbers: Vec<String> = numbers.filter_map(number).collect();
    (!numbers.is_empty()).then(|| numbers.join(", "))
}

fn report(
    model: &Recommender,
    method: &Method,
    seconds: Duration,
    (output, source): (&Path, serde_json::Value),
    format: Format,
) -> Report {
    let history = model.history();
    let seconds = seconds.as_secs_f64();
    let samples: u64 = history.iter().map(|epoch| epoch.samples).sum();
    let rate = samples as f64 / seconds;
    let training = &model.info().training;
    let epoch = |report: &foretaste::mf::EpochReport| json!({ "epoch": report.epoch, "loss": report.loss, "metric": report.metric });
    let mut json = json!({
        "model": method.name(),
        "epochs": history.len(),
        "best_epoch": training["best_epoch"],
        "seconds": seconds,
        "samples_per_second": rate,
        "history": history.iter().map(epoch).collect::<Vec<_>>(),
        "config": method.to_json(),
        "output": output.display().to_string(),
        "source": source,
    });
    if !training[WARM_START].is_null() {
        json[WARM_START] = training[WARM_START].clone();
    }
    let number = |value: &serde_json::Value| format.number_or_nothing(value.as_f64(), 4);
    let best_epoch = training["best_epoch"].as_u64();
    let row = vec![
        method.name().to_owned(),
        history.len().to_string(),
        best_epoch.map_or(format.number(f64::NAN, 0), |epoch| epoch.to_string()),
        number(&training["loss"]),
        number(&training["metric"]),
        format.number(seconds, 2),
        format.number(rate / 1e6, 2),
        output.display().to_string(),
    ];
    let header =
        vec!["model", "epochs", "best", "loss", "validation", "seconds", "Msamples/s", "file"];
    Report { json, header, rows: vec![row], above: Vec::new() }
}
