//! `tune`: a random search for parameters.

use crate::args::Global;
use crate::best::{self, Best, Validated};
use crate::cells::plain;
use crate::commands::evaluate::choice::check_lengths;
use crate::commands::experiment::{UNITS, goes_on, open_store, train};
use crate::destination::check_output_folder;
use crate::extra::Extra;
use crate::failure::{Failure, Outcome};
use crate::held_out::{self, Role};
use crate::input::{Core, Reading, is_stdin};
use crate::learning::{DEFAULT_SHARE, Learning, check_share, hold_out, refuse_second_valid};
use crate::output::Report;
use foretaste::Method;
use foretaste::data::{Dataset, Keep};
use foretaste::eval::Metric;
use foretaste_experiment::{
    DEFAULT_EVERY, DEFAULT_METRIC, DEFAULT_SEED, Entry, Learns, Material, MethodPlan, Range,
    Search, SearchPlan, Trial, check_ranges, check_validation, select_for,
    settings::{self, Setting},
    tune,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Search a method's parameters at random, by a metric on validation rows.
///
/// DATA is a folder with train.csv and valid.csv; or a file, or a folder without valid.csv, of which
/// --valid is held out. Finished trials are kept in DIR: a search that was interrupted goes on, and one
/// with more trials does only those. The best is printed twice: as a run for `compare`, and as the
/// command line that trains it again, which is in DIR/best.toml, too: `foretaste train --config
/// DIR/best.toml`.
#[derive(Debug, clap::Args)]
pub(crate) struct Tune {
    /// A folder with train.csv, or a file of interactions, - for stdin.
    data: PathBuf,
    /// The method, with parameters that stay as they are: bpr, or bpr:factors=32.
    #[arg(short, long, default_value = "bpr", value_name = "METHOD")]
    model: String,
    /// What to try: lr=log:0.01..0.3, reg=0.0..0.1, negatives=1..5 or factors=32|64; of several feedbacks
    /// also feedback_weights=[1,1,1]|[1,3,10]; may be given several times.
    #[arg(short, long, required = true, value_name = "NAME=RANGE")]
    range: Vec<String>,
    /// How many to try.
    #[arg(long, default_value_t = 20, value_name = "N", allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    trials: u32,
    /// What decides, on the validation part.
    #[arg(long, default_value = DEFAULT_METRIC)]
    metric: Metric,
    /// Hold out this share of each user's interactions to validate on, where there is no valid.csv: a
    /// tenth if nothing else is said.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    valid: Option<f64>,
    /// Epochs between two validations.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_EVERY,
        value_parser = clap::value_parser!(u32).range(1..))]
    validate_every: u32,
    /// Seed of the draws and of the trainings.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// The folder for finished trials; made if it doesn't exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Train the best on training and validation rows, into DIR/best.model: as many epochs as were best
    /// in validation.
    #[arg(long)]
    refit: bool,
    /// Replace DIR/best.toml, if it is none of foretaste's, and DIR/best.model.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    learning: Learning,
    #[command(flatten)]
    extra: Extra,
    #[command(flatten)]
    core: Core,
    #[command(flatten)]
    reading: Reading,
}

/// What to train on and what to validate on.
struct Parts {
    train: Dataset,
    valid: Dataset,
    /// Where the latter is from.
    path: PathBuf,
    /// Which share of the rows it is, if it was held out.
    share: Option<f64>,
}

/// The model of what won beside its refit.
const VALIDATED: &str = "validated.model";

impl Tune {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        check_validation(self.metric)?;
        let plan = self.plan(global)?;
        self.extra.check(std::iter::once(&plan.method), global.registry())?;
        let (metric, seed, every) = (self.metric, self.seed, self.validate_every);
        let how = SearchPlan { metric, seed, every, refit: false };
        check_output_folder(&self.output)?;
        check_output_folder(&self.output.join(UNITS))?;
        self.check_outputs(&plan.method)?;
        let Parts { train: rows, valid, path, share } = self.parts(&plan, global)?;
        if self.metric != DEFAULT_METRIC.parse()? {
            check_lengths(&[self.metric], rows.items().len())?;
        }
        let extra = self.extra.read(&rows, global)?;
        let material = Material::new(rows, Some(valid), Vec::new())?.with_extra(extra.rows);
        if let Some(reach) = material.reach_of_valid()? {
            held_out::check(&reach, Role::Validation, &path, global)?;
        }
        let store = open_store(&self.output)?;
        let last_words = goes_on(global);
        let search = tune(&plan, &how, &material, &store, &mut |job| train(job, global))
            .map_err(|failure: Failure| failure.about_data(&self.data))?;
        drop(last_words);
        let (_, learns) = search.chosen(&plan)?;
        self.print((&plan, learns), &search, share, global)
    }

    /// Refuses to write where something else is, and to read stdin twice.
    fn check_outputs(&self, method: &Method) -> Outcome {
        let mut inputs = self.learning.inputs(&self.data);
        inputs.extend(method.side_file());
        inputs.extend(self.extra.file().map(Path::to_owned));
        if self.refit && is_stdin(&self.data) {
            return Err(Failure::usage("--refit: stdin can be read once")
                .help("name a file, or train the best yourself"));
        }
        best::check_text(inputs.iter().chain([&self.output]).map(PathBuf::as_path))?;
        if self.output.is_dir() {
            best::check_file(&self.output.join(best::FILE), self.force, &inputs)?;
        }
        if self.output.is_dir() && self.refit {
            best::check_model(&self.output.join(best::MODEL), self.force, &inputs)?;
        }
        Ok(())
    }

    fn plan(&self, global: &Global) -> Outcome<MethodPlan> {
        let default = self.learning.learns()?;
        let (Entry { method, learns, .. }, settings) =
            Entry::with_settings(global.registry(), &self.model, &default)
                .map_err(|error| Failure::from(error).about_run(&self.model))?;
        let mut ranges: Vec<(String, Range)> = Vec::new();
        for text in &self.range {
            let help = "write NAME=RANGE, as lr=log:0.01..0.3, reg=0.0..0.1 or factors=32|64";
            let (name, range) = text.split_once('=').ok_or_else(|| {
                Failure::usage(format_args!("--range {text}: there is no `=`")).help(help)
            })?;
            let (name, range): (String, Range) = (name.trim().replace('-', "_"), range.parse()?);
            if ranges.iter().any(|(other, _)| *other == name) {
                return Err(Failure::usage(format_args!("--range {text}: {name} is given twice")));
            }
            ranges.push((name, range));
        }
        let methods = check_ranges(&ranges, &method, &learns).map_err(|(at, reason)| {
            Failure::usage(format_args!("--range {}: {reason}", self.range[at]))
        })?;
        settings::check_effects(settings.iter().map(|(name, _)| name), &methods)?;
        // What is asked for of the one method that there is has to be of use, whatever is drawn.
        for method in &methods {
            learns.check(method).and_then(|()| default.check(method))?;
        }
        let name = method.name().to_owned();
        Ok(MethodPlan { name, method, learns, ranges, trials: self.trials })
    }

    fn parts(&self, plan: &MethodPlan, global: &Global) -> Outcome<Parts> {
        self.valid.map_or(Ok(()), check_share)?;
        let lessons = plan.lessons()?;
        let learners = lessons.iter().map(|learns| (&plan.method, learns));
        let reading = (&self.reading, Keep::default());
        let whole = self.learning.read(&self.data, learners.clone(), false, reading, global)?;
        let used = |data| select_for(data, learners.clone(), false);
        if self.valid.is_some() {
            refuse_second_valid("--valid", whole.valid.as_deref())?;
        }
        let rows = whole.read_valid(&self.reading, global)?;
        let data = used(self.core.apply(whole.data, &whole.target_file)?)?;
        if let Some((valid, path)) = rows.zip(whole.valid) {
            return Ok(Parts { train: data, valid, path: path.to_path_buf(), share: None });
        }
        let (share, path) = (self.valid.unwrap_or(DEFAULT_SHARE), self.data.clone());
        let (train, valid) = hold_out(&data, share, &format!("--valid {share}"), self.seed)
            .map_err(|failure| failure.about_data(&path))?;
        Ok(Parts { train, valid, path, share: Some(share) })
    }

    fn print(
        &self,
        (plan, learns): (&MethodPlan, Learns),
        search: &Search,
        share: Option<f64>,
        global: &Global,
    ) -> Outcome {
        let format = global.format();
        let mut order: Vec<usize> = (0..search.trials.len()).collect();
        let score = |n: usize| search.trials[n].score.unwrap_or(f64::NEG_INFINITY);
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let names: Vec<String> = plan.ranges.iter().map(|(name, _)| name.clone()).collect();
        let row = |&n: &usize| {
            let Trial { drawn, score, seconds, .. } = &search.trials[n];
            let head = [(n + 1).to_string(), format.number_or_nothing(*score, 4)];
            let drawn = names.iter().map(|name| plain(&drawn[name]));
            let seconds = format.number_or_nothing(*seconds, 2);
            head.into_iter().chain(drawn).chain([seconds]).collect()
        };
        let best = &search.trials[search.best];
        let (method, settings) = self.best(best, global)?;
        let of_feedback = learns.settings();
        let written = settings.iter().chain(&of_feedback);
        let written = written.map(|(name, value)| settings::written(name, value));
        let written = written.collect::<Vec<_>>().join(",");
        let run = format!("{}:{written}", method.name());
        let trial = search.best + 1;
        let won = self.won((method, learns), settings, share);
        let train = won.command();
        let config = self.output.join(best::FILE);
        let score = best.score.unwrap_or(f64::NAN);
        let (data, metric) = (self.data.display(), self.metric);
        let why = format!("trial {trial} of tune on {data}, {metric} {score:.4}");
        won.write(&config, &why, global)?;
        let json = json!({ "model": search.name, "metric": self.metric, "run": run,
            "train": &train, "best": { "config": best.method, "score": best.score },
            "trials": search.trials });
        let header = ["trial".to_owned(), self.metric.to_string()].into_iter();
        let header: Vec<String> =
            header.chain(names.iter().cloned()).chain(["seconds".into()]).collect();
        let rows: Vec<Vec<String>> = order.iter().map(row).collect();
        let print = |json| {
            let (header_of_rows, above) = (Vec::new(), Vec::new());
            Report { json, header: header_of_rows, rows: rows.clone(), above }
                .print_under(&header, format)?;
            global.note(format_args!("wrote {}", config.display()));
            global.note(format_args!("best: {run}"));
            // A line of its own, to be pasted.
            global.note(&train);
            Ok(())
        };
        if !self.refit {
            return print(json);
        }
        let epochs = best::epochs(&won.method, &best.history);
        let model = self.output.join(best::MODEL);
        let all = Best { model, ..won.on_all_rows(epochs) };
        best::print_beside(json, print, || all.refit(epochs, self.force, global), global)
    }

    /// How the best is trained again.
    fn won(
        &self,
        (method, learns): (Method, Learns),
        settings: Vec<Setting>,
        share: Option<f64>,
    ) -> Best<'_> {
        // The refit has the name that it would have.
        let name = if self.refit { VALIDATED } else { best::MODEL };
        Best {
            data: &self.data,
            has_valid: share.is_none(),
            method,
            settings,
            seed: self.seed,
            validation: Some(Validated { share, metric: self.metric, every: self.validate_every }),
            beside: &self.learning.beside,
            extra: self.extra.file(),
            learns,
            core: self.core,
            reading: &self.reading,
            model: self.output.join(name),
        }
    }

    /// The method of a trial, and the parameters that were given or drawn and have an effect.
    fn best(&self, trial: &Trial, global: &Global) -> Outcome<(Method, Vec<Setting>)> {
        let (entry, mut settings) =
            Entry::with_settings(global.registry(), &self.model, &Learns::default())?;
        settings.retain(|(name, _)| trial.drawn.get(name).is_none());
        let drawn = trial.drawn.as_object().into_iter().flatten();
        settings.extend(drawn.map(|(name, value)| (name.clone(), value.clone())));
        let (method, _) = settings::learner(&entry.method, &mut settings, &Learns::default())?;
        settings.retain(|(name, _)| settings::idle(&method, name).is_none());
        Ok((method, settings))
    }
}
