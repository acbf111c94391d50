//! The options that make a method and its parameters.

use crate::failure::{Failure, Outcome};
use foretaste::Method;
use foretaste::mf::{Bias, Negatives, Params, Schedule, Steps};
use foretaste_experiment::settings::{self, Setting};

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
    #[arg(long, value_name = "SCHEDULE", allow_negative_numbers = true, value_parser = str::parse::<Schedule>)]
    schedule: Option<Schedule>,
    /// How long steps are: sgd (the learning rate), or adagrad (shorter for rows that have seen
    /// large gradients) [default: sgd].
    #[arg(long, value_name = "STEPS", value_parser = str::parse::<Steps>)]
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
    #[arg(long, value_name = "SAMPLER", value_parser = str::parse::<Negatives>)]
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

impl ModelArgs {
    /// The method with its parameters; an option that the method has not is an error.
    pub(super) fn method(&self, patience: Option<u32>) -> Outcome<Method> {
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
            patience: patience.unwrap_or(d.patience),
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
