//! `train`: from interactions to a model file.

use crate::args::Global;
use crate::commands::evaluate::test_set;
use crate::failure::{Failure, Outcome};
use crate::input::{Core, Parts, Reading};
use crate::output::{Report, count};
use crate::progress::{Training, Validate};
use foretaste::data::{Dataset, Keep, Overwrite, Split, SplitMethod, split};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::mf::{Bias, Factors, Negatives, Params, Schedule, Steps};
use foretaste::{Method, Recommender};
use foretaste_experiment::settings::{self, Setting};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Train a model and write it to a file.
///
/// DATA is a file of interactions, or a folder with train.csv and, optionally, valid.csv (names
/// of other formats will do: train.txt, train.tsv.gz). Results: what was learnt, on stdout.
#[derive(Debug, clap::Args)]
pub(crate) struct Train {
    /// A file of interactions, or a folder with train.csv and, optionally, valid.csv.
    data: PathBuf,
    /// Where to write the model.
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
    core: Core,
    #[command(flatten)]
    reading: Reading,
}

/// A method and its parameters.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// The method: popularity, bpr, relmf, ubpr, bpo, nbpo, nbpo-o, nbpo-s or nbpo-calibrated.
    /// Defaults below are bpr's; `model info` shows those of a trained model.
    #[arg(short, long, default_value = "bpr", value_name = "METHOD")]
    pub(crate) model: String,
    /// Length of a factor row [default: 64].
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    factors: Option<usize>,
    /// Passes over the data [default: 60].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<u32>,
    /// Learning rate of the first epoch [default: 0.1].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f32>,
    /// How the learning rate falls: constant, linear (to zero), or a factor per epoch such as
    /// 0.98 [default: linear].
    #[arg(long, value_name = "SCHEDULE", allow_negative_numbers = true, value_parser = schedule)]
    schedule: Option<Schedule>,
    /// How long steps are: sgd (the learning rate), or adagrad (shorter for rows that have seen
    /// large gradients) [default: sgd].
    #[arg(long, value_name = "STEPS", value_parser = steps)]
    steps: Option<Steps>,
    /// L2 regularisation [default: 0.03].
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true)]
    reg: Option<f32>,
    /// Negatives drawn per positive [default: 1].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    negatives: Option<u32>,
    /// How negatives are drawn: uniform, as in the paper; pop^POWER, by popularity; hardest-of-N,
    /// the one of N uniform draws that the model likes best; or hardest, with an N that suits the
    /// number of items [default: hardest].
    #[arg(long, value_name = "SAMPLER", value_parser = sampler)]
    sampler: Option<Negatives>,
    /// Give each item a bias.
    #[arg(long)]
    item_bias: bool,
    /// Standard deviation of the initial factors [default: 0.1].
    #[arg(long, value_name = "SD", allow_negative_numbers = true)]
    init_sd: Option<f32>,
    /// Seed of all random numbers [default: 42].
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// relmf: naive, wmf, unbiased or clipped [default: clipped].
    #[arg(long, value_name = "ESTIMATOR")]
    estimator: Option<String>,
    /// relmf, ubpr: how likely it is that an item was seen: pop^POWER of its popularity, const:P,
    /// or file:FILE with item,propensity or user,item,propensity [default: pop^0.5].
    #[arg(long, value_name = "PROPENSITY")]
    propensity: Option<String>,
    /// relmf, ubpr: what smaller propensities are raised to, M [default: 0.3, of ubpr 0.1].
    #[arg(long, value_name = "M", allow_negative_numbers = true)]
    clip: Option<String>,
    /// relmf: ce (cross-entropy) or squared [default: ce].
    #[arg(long, value_name = "LOSS")]
    loss: Option<String>,
    /// nbpo, nbpo-o, nbpo-s: length of the rows that make the flip probability.
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    flip_dim: Option<String>,
    /// nbpo, nbpo-o, nbpo-s: L2 regularisation of those rows.
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true)]
    flip_reg: Option<String>,
    /// nbpo, nbpo-o, nbpo-s: about what the flip probability is at the start.
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true)]
    flip_prior: Option<String>,
    /// Any parameter that `model info` shows, by its name: confidence=20, bias.user=true; may be
    /// given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

fn schedule(text: &str) -> Result<Schedule, String> {
    match text {
        "constant" => Ok(Schedule::Constant),
        "linear" => Ok(Schedule::Linear),
        _ => text.parse().map(Schedule::Exponential).map_err(|_| {
            "a schedule is `constant`, `linear`, or a factor per epoch such as 0.98".into()
        }),
    }
}

fn steps(text: &str) -> Result<Steps, String> {
    match text {
        "sgd" => Ok(Steps::Sgd),
        "adagrad" => Ok(Steps::AdaGrad),
        _ => Err("steps are `sgd` or `adagrad`".into()),
    }
}

fn sampler(text: &str) -> Result<Negatives, String> {
    match text {
        "uniform" => return Ok(Negatives::Uniform),
        "hardest" => return Ok(Negatives::Hardest(0)),
        _ => {}
    }
    if let Some(Ok(power)) = text.strip_prefix("pop^").map(str::parse) {
        return Ok(Negatives::Popularity(power));
    }
    if let Some(Ok(of)) = text.strip_prefix("hardest-of-").map(str::parse) {
        return Ok(Negatives::Hardest(of));
    }
    Err("a sampler is `uniform`, `hardest`, `hardest-of-8`, or `pop^0.5`".into())
}

impl ModelArgs {
    /// The method with its parameters; an option that the method has not is an error.
    fn method(&self, patience: u32) -> Outcome<Method> {
        let mut method = settings::method(&self.model)?;
        let own = self.own_settings()?;
        if !own.is_empty() {
            method = settings::with(&method, &own)?;
        }
        let name = method.name();
        let Some(params) = method.params_mut() else {
            let given = self.epochs.is_some() || self.factors.is_some() || self.lr.is_some();
            let given = given || self.reg.is_some() || self.negatives.is_some();
            let given =
                given || self.schedule.is_some() || self.steps.is_some() || self.sampler.is_some();
            if given || self.item_bias || self.init_sd.is_some() || self.seed.is_some() {
                return Err(Failure::usage(format_args!("{name} has no parameters to set"))
                    .help("leave out --factors, --epochs, --seed and the like"));
            }
            return Ok(method);
        };
        let d = params.clone();
        *params = Params {
            factors: self.factors.unwrap_or(d.factors),
            epochs: self.epochs.unwrap_or(d.epochs),
            lr: self.lr.unwrap_or(d.lr),
            schedule: self.schedule.unwrap_or(d.schedule),
            steps: self.steps.unwrap_or(d.steps),
            reg: self.reg.unwrap_or(d.reg),
            negatives: self.negatives.unwrap_or(d.negatives),
            sampler: self.sampler.unwrap_or(d.sampler),
            bias: Bias { item: d.bias.item || self.item_bias, ..d.bias },
            weighting: d.weighting,
            init_sd: self.init_sd.unwrap_or(d.init_sd),
            seed: self.seed.unwrap_or(d.seed),
            patience,
        };
        method.check()?;
        Ok(method)
    }

    /// The parameters that are not every factorization's.
    fn own_settings(&self) -> Outcome<Vec<Setting>> {
        let named = [
            ("estimator", &self.estimator),
            ("propensity", &self.propensity),
            ("clip", &self.clip),
            ("loss", &self.loss),
            ("flip_dim", &self.flip_dim),
            ("flip_reg", &self.flip_reg),
            ("flip_prior", &self.flip_prior),
        ];
        let given = named.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let mut all: Vec<Setting> =
            given.map(|(name, value)| (name.to_owned(), settings::scalar(value))).collect();
        for text in &self.set {
            all.extend(settings::parse(text)?);
        }
        Ok(all)
    }
}

/// On what the training is validated, and when it stops for it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Validation")]
pub(crate) struct Validation {
    /// Hold out this share of each user's interactions to validate on, instead of valid.csv.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    valid: Option<f64>,
    /// Stop when METRIC has not risen for PATIENCE validations, and keep the best model.
    #[arg(long, value_name = "METRIC:PATIENCE", value_parser = early_stop)]
    early_stop: Option<(Metric, u32)>,
    /// Epochs between two validations.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    validate_every: u32,
}

fn early_stop(text: &str) -> Result<(Metric, u32), String> {
    let (metric, patience) = text.split_once(':').ok_or("write METRIC:PATIENCE, as ndcg@10:5")?;
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
    /// Where the training data comes from.
    source: serde_json::Value,
}

impl Train {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let overwrite = if self.force { Overwrite::Replace } else { Overwrite::Refuse };
        foretaste::data::check_writable(&self.output, overwrite)?;
        let (metric, patience) = self.validation.early_stop.unzip();
        let method = self.model.method(patience.unwrap_or(0))?;
        self.check_validation(&method)?;
        let Material { train, valid, source } = self.material(&method, global)?;
        let shape = (train.users.len(), train.items.len(), train.interactions.nnz());
        global.note(format_args!(
            "training {} on {} of {} and {}{}",
            method.name(),
            count(shape.2 as u64, "interaction"),
            count(shape.0 as u64, "user"),
            count(shape.1 as u64, "item"),
            method.params().map_or(String::new(), |params| format!(", seed {}", params.seed)),
        ));
        let metric = metric.unwrap_or("ndcg@10".parse()?);
        let every = self.validation.validate_every;
        let (mut model, seconds) = fit(&method, train, valid.as_ref(), (metric, every), global)
            .map_err(|failure| failure.about_data(&self.data))?;
        model.note("source", without_checksum(&source));
        model.save(&self.output, overwrite)?;
        report(&model, &method, seconds, &self.output, source).print(global.format())
    }

    /// Refuses a validation of what learns nothing, and shares that can't be held out.
    fn check_validation(&self, method: &Method) -> Outcome {
        let Validation { valid, early_stop, .. } = &self.validation;
        if method.params().is_none() && (valid.is_some() || early_stop.is_some()) {
            let name = method.name();
            return Err(Failure::usage(format_args!("{name} has no epochs to validate"))
                .help("leave out --valid and --early-stop"));
        }
        match valid {
            Some(share) if !(*share > 0.0 && *share < 1.0) => {
                Err(Failure::usage(format_args!("--valid {share}: must be above 0 and below 1"))
                    .help("--valid 0.1 holds out a tenth of each user's interactions"))
            }
            _ => Ok(()),
        }
    }

    fn material(&self, method: &Method, global: &Global) -> Outcome<Material> {
        let folder = self.data.is_dir().then(|| Parts::of_folder(&self.data)).transpose()?;
        let file = folder.as_ref().map_or(&self.data, |parts| &parts.train);
        let (train, read) = self.reading.read(file, Keep::default(), global)?;
        let train = self.core.apply(train, file)?;
        let source = json!({ "sha256": read.sha256, "rows": read.rows, "bad_rows": read.bad_rows,
            "below_threshold": read.below_threshold, "duplicates": read.duplicates });
        let valid_file = folder.as_ref().and_then(|parts| parts.valid.as_ref());
        let (train, valid) = match (self.validation.valid, valid_file) {
            (Some(_), Some(file)) => {
                return Err(Failure::usage(format_args!(
                    "--valid would hold out rows although there is {}",
                    file.display()
                ))
                .help("leave out --valid, or name the training file instead of the folder"));
            }
            (Some(share), None) => {
                hold_out(&train, share, method).map_err(|failure| failure.about_data(file))?
            }
            (None, Some(file)) => {
                (train, Some(self.reading.read(file, Keep::default(), global)?.0))
            }
            (None, None) => (train, None),
        };
        if valid.is_none() && self.validation.early_stop.is_some() {
            return Err(Failure::usage("--early-stop needs something to validate on")
                .help("--valid 0.1 holds out a tenth of each user's interactions"));
        }
        Ok(Material { train, valid, source })
    }
}

/// The checksum of the input changes with the order of its rows; the model file must not.
fn without_checksum(source: &serde_json::Value) -> serde_json::Value {
    let entries = source.as_object().into_iter().flatten().filter(|(name, _)| *name != "sha256");
    entries.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn hold_out(data: &Dataset, share: f64, method: &Method) -> Outcome<(Dataset, Option<Dataset>)> {
    let seed = method.params().map_or(42, |params| params.seed);
    let by = SplitMethod::Random { valid: 0.0, test: share };
    let Split { train, test, .. } = split(data, by, seed)?;
    if test.interactions.nnz() == 0 {
        return Err(Failure::data(format_args!("--valid {share} holds out no interaction"))
            .help("users have too few interactions for this share: --valid takes a larger one"));
    }
    Ok((train, Some(test)))
}

/// Trains under a progress bar; returns the model and the seconds it took.
pub(crate) fn fit(
    method: &Method,
    train: Dataset,
    valid: Option<&Dataset>,
    (metric, every): (Metric, u32),
    global: &Global,
) -> Outcome<(Recommender, Duration)> {
    // What has no epochs is not validated.
    let valid = valid.filter(|_| method.params().is_some());
    let held_out = valid.map(|valid| test_set(valid, &train.users, &train.items)).transpose()?;
    if held_out.as_ref().is_some_and(|held_out: &TestSet| held_out.known_users().is_empty()) {
        return Err(Failure::data("no user of the validation part is in the training part")
            .help("are the two parts of one split?"));
    }
    // The training matrix is moved into the model while the monitor still masks with it.
    let mask = held_out.is_some().then(|| train.interactions.clone());
    let validate = held_out.as_ref().zip(mask.as_ref()).map(|(held_out, mask)| Validate {
        every,
        epochs: method.params().map_or(0, |params| params.epochs),
        measure: Box::new(move |factors: &Factors| {
            let evaluation = evaluate(factors, &[mask], held_out, &[metric]);
            evaluation.map_or(0.0, |evaluation| evaluation.means()[0])
        }),
    });
    let (epochs, negatives) = method.params().map_or((1, 1), |p| (p.epochs, p.negatives));
    let samples = train.interactions.nnz() as u64 * u64::from(negatives);
    let started = Instant::now();
    let mut monitor = Training::new(epochs, samples, validate, global);
    let model = Recommender::fit(method, train, &mut monitor)?;
    Ok((model, started.elapsed()))
}

fn report(
    model: &Recommender,
    method: &Method,
    seconds: Duration,
    output: &Path,
    source: serde_json::Value,
) -> Report {
    let history = model.history();
    let seconds = seconds.as_secs_f64();
    let samples: u64 = history.iter().map(|epoch| epoch.samples).sum();
    let rate = samples as f64 / seconds;
    let training = &model.info().training;
    let epoch = |report: &foretaste::mf::EpochReport| json!({ "epoch": report.epoch, "loss": report.loss, "metric": report.metric });
    let json = json!({
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
    let number = |value: &serde_json::Value| {
        value.as_f64().map_or("–".to_owned(), |value| format!("{value:.4}"))
    };
    let row = vec![
        method.name().to_owned(),
        history.len().to_string(),
        training["best_epoch"].to_string(),
        number(&training["loss"]),
        number(&training["metric"]),
        format!("{seconds:.2}"),
        format!("{:.2}", rate / 1e6),
        output.display().to_string(),
    ];
    let header =
        vec!["model", "epochs", "best", "loss", "validation", "seconds", "Msamples/s", "file"];
    Report { json, header, rows: vec![row], above: Vec::new() }
}
