//! The options that make a method and its parameters.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use foretaste::Method;
use foretaste::mf::{Negatives, Schedule, Steps};
use foretaste::relmf::{Estimator, Exposure, Loss, Propensity, Solver};
use foretaste_experiment::settings::{self, Setting};
use serde::Serialize;
use serde_json::Value;

/// A method and its parameters.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// The method, one of those that `foretaste methods` lists: popularity, bpr, ials, relmf, ….
    /// Defaults below are bpr's; `foretaste methods METHOD` lists all parameters of another.
    #[arg(short, long, default_value = "bpr", value_name = "METHOD")]
    pub(crate) model: String,
    /// Length of a factor row [default: 64].
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    factors: Option<usize>,
    /// Passes over the data [default: 60].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<u32>,
    /// Learning rate of the first epoch [default: 0.1].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, value_parser = finite)]
    lr: Option<f32>,
    /// How the learning rate falls: constant, linear (to zero), or a factor per epoch such as
    /// 0.98 [default: linear].
    #[arg(long, value_name = "SCHEDULE", allow_negative_numbers = true, value_parser = str::parse::<Schedule>)]
    schedule: Option<Schedule>,
    /// How long steps are: sgd (the learning rate), or adagrad (shorter for rows that have seen
    /// large gradients) [default: sgd].
    #[arg(long, value_name = "STEPS", value_parser = str::parse::<Steps>)]
    steps: Option<Steps>,
    /// L2 regularisation [default: 0.03].
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true, value_parser = finite)]
    reg: Option<f32>,
    /// Negatives drawn per positive [default: 1].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    negatives: Option<u32>,
    /// How negatives are drawn: uniform, as in the paper; pop^POWER, by popularity; hardest-of-N,
    /// the one of N uniform draws that the model likes best; or hardest, with an N that suits the
    /// number of items [default: hardest].
    #[arg(long, value_name = "SAMPLER", value_parser = str::parse::<Negatives>)]
    sampler: Option<Negatives>,
    /// Give each item a bias.
    #[arg(long)]
    item_bias: bool,
    /// Standard deviation of the initial factors [default: 0.1].
    #[arg(long, value_name = "SD", allow_negative_numbers = true, value_parser = finite)]
    init_sd: Option<f32>,
    /// Seed of all random numbers [default: 42].
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// relmf: naive, wmf, unbiased or clipped [default: clipped].
    #[arg(long, value_name = "ESTIMATOR", value_parser = str::parse::<Estimator>)]
    estimator: Option<Estimator>,
    /// relmf, ubpr: how likely it is that an item was seen: pop^POWER of its popularity, const:P,
    /// file:FILE with item,propensity or user,item,propensity, or from:FEEDBACK, estimated from what
    /// was shown, a feedback before the last of --feedback [default: pop^0.5].
    #[arg(long, value_name = "PROPENSITY", value_parser = str::parse::<Propensity>)]
    propensity: Option<Propensity>,
    /// relmf, ubpr with --propensity from:FEEDBACK: item (the share of users to whom it was shown), pair (by
    /// a model of who is shown what) or relative (that, whatever the user's activity) [default: relative].
    #[arg(long, value_name = "WHICH", value_parser = str::parse::<Exposure>)]
    exposure: Option<Exposure>,
    /// relmf, ubpr: what smaller propensities are raised to, M [default: 0.3, of ubpr 0.1].
    #[arg(long, value_name = "M", allow_negative_numbers = true, value_parser = finite)]
    clip: Option<f32>,
    /// relmf with --estimator wmf: the weight of a click [default: 10].
    #[arg(long, value_name = "C", allow_negative_numbers = true, value_parser = finite)]
    confidence: Option<f32>,
    /// relmf: ce (cross-entropy) or squared [default: ce].
    #[arg(long, value_name = "LOSS", value_parser = str::parse::<Loss>)]
    loss: Option<Loss>,
    /// relmf: sgd, or als, which solves for all cells exactly and needs --loss squared [default:
    /// sgd].
    #[arg(long, value_name = "SOLVER", value_parser = str::parse::<Solver>)]
    solver: Option<Solver>,
    /// relmf with --solver als: its regularisation, in units of what noise alone would need
    /// [default: 1].
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true, value_parser = finite)]
    shrinkage: Option<f32>,
    /// ubpr: what a triple can gain at most [default: 0].
    #[arg(long, value_name = "BETA", allow_negative_numbers = true, value_parser = finite)]
    beta: Option<f32>,
    /// expomf: how sure a click or its absence is of what is seen [default: 5].
    #[arg(long, value_name = "PRECISION", allow_negative_numbers = true, value_parser = finite)]
    precision: Option<f32>,
    /// expomf: its regularisation, relative to the precision [default: 10].
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true, value_parser = finite)]
    ridge: Option<f32>,
    /// nbpo, nbpo-o, nbpo-s: length of the rows that make the flip probability.
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    flip_dim: Option<usize>,
    /// nbpo, nbpo-o, nbpo-s: L2 regularisation of those rows.
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true, value_parser = finite)]
    flip_reg: Option<f32>,
    /// nbpo, nbpo-o, nbpo-s: about what the flip probability is at the start.
    #[arg(long, value_name = "PROBABILITY", allow_negative_numbers = true, value_parser = finite)]
    flip_prior: Option<f32>,
    /// Any parameter that `foretaste methods METHOD` lists, by its name: floor=0.01, bias.user=true;
    /// may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

impl ModelArgs {
    /// The method with its parameters; an option that the method has not, or that has no effect
    /// beside the others, is an error.
    pub(super) fn method(&self, patience: Option<u32>, global: &Global) -> Outcome<Method> {
        let method = settings::method(global.registry(), &self.model)?;
        // To what has no epochs, the caller says that it can't be validated.
        let patience = patience.filter(|_| method.has_epochs());
        Ok(settings::given(&method, &self.settings(patience)?)?)
    }

    /// What was asked for, as changes of the defaults.
    fn settings(&self, patience: Option<u32>) -> Outcome<Vec<Setting>> {
        let options = [
            ("factors", value(self.factors)),
            ("epochs", value(self.epochs)),
            ("lr", value(self.lr)),
            ("schedule", value(self.schedule)),
            ("steps", value(self.steps)),
            ("reg", value(self.reg)),
            ("negatives", value(self.negatives)),
            ("sampler", value(self.sampler)),
            ("bias.item", value(self.item_bias.then_some(true))),
            ("init_sd", value(self.init_sd)),
            ("seed", value(self.seed)),
            ("patience", value(patience)),
            ("estimator", value(self.estimator)),
            ("propensity", value(self.propensity.clone())),
            ("exposure", value(self.exposure)),
            ("clip", value(self.clip)),
            ("confidence", value(self.confidence)),
            ("loss", value(self.loss)),
            ("solver", value(self.solver)),
            ("shrinkage", value(self.shrinkage)),
            ("beta", value(self.beta)),
            ("precision", value(self.precision)),
            ("ridge", value(self.ridge)),
            ("flip_dim", value(self.flip_dim)),
            ("flip_reg", value(self.flip_reg)),
            ("flip_prior", value(self.flip_prior)),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut all: Vec<Setting> = given.collect();
        for text in &self.set {
            for (name, value) in settings::parse(text)? {
                check_other(&all, &name, &value, text)?;
                all.push((name, value));
            }
        }
        Ok(all)
    }
}

/// Refuses another value for what has one.
fn check_other(all: &[Setting], name: &str, value: &Value, text: &str) -> Outcome {
    match all.iter().find(|(other, given)| other == name && given != value) {
        None => Ok(()),
        Some((_, given)) => {
            let message = format!("--set {text}: {name} is given twice, as {given}, too");
            Err(Failure::usage(message).help("leave out one of them"))
        }
    }
}

/// A number that JSON can hold; the method says whether it may be so small or large.
fn finite(text: &str) -> Result<f32, String> {
    let number: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() { Ok(number) } else { Err("not a finite number".into()) }
}

/// An option's value, if it was given, as it stands in a method's JSON.
fn value(option: Option<impl Serialize>) -> Option<Value> {
    option.map(|option| serde_json::to_value(option).expect("options are plain data"))
}
