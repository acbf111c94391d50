//! `compare`: models and methods on one split, side by side.

mod runs;
mod table;

use crate::args::Global;
use crate::best::{self, Best, Validated};
use crate::commands::evaluate::choice::{self, Wanted};
use crate::destination::{Destination, will_be_same};
use crate::extra::Extra;
use crate::failure::{Code, Failure, Outcome};
use crate::held_out;
use crate::input::{Core, Reading, is_stdin};
use crate::learning::{Learning, check_share, hold_out, refuse_second_valid};
use crate::material::{Tested, material, others};
use crate::output::Format;
use foretaste::data::Keep;
use foretaste::eval::{Metric, Reach};
use foretaste_experiment::{
    About, Comparison, DEFAULT_EVERY, DEFAULT_SEED, Gate, Learns, LearntRows, Material,
    SeenFeedback, check_metrics, default_metrics, listed, position, publish, select_for,
    validation_metric,
};
use runs::Run;
use serde_json::Value;
use std::path::{Path, PathBuf};

pub(crate) use runs::train;
pub(crate) use table::{CSV_HEADER, csv_rows, differences, json, legend, overview};

/// Compare models and methods on one split.
///
/// A RUN is a model file; or a method, with parameters if need be (bpr, or bpr:factors=32,lr=0.05),
/// which is trained on the folder's train.csv, once for each seed. Of several feedbacks, feedback_as=union and
/// feedback_weights=[1,3,10] among the parameters say what it learns from; shuffled_features=true is a run's
/// control of what features bring. NAME=RUN gives it a name. Each
/// figure is the mean over users with its 95% bootstrap interval; each is held against the best, by
/// the paired differences of users, with a paired t-test and Wilcoxon's signed-rank test,
/// Holm-corrected for the number of methods.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("written").args(["report", "best"]).multiple(true)))]
pub(crate) struct Compare {
    /// Model files or methods, as bpr:factors=32,lr=0.05, or NAME=RUN.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// A folder with train.csv, test.csv and, optionally, valid.csv.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Hold out this share of each user's rows of train.csv to validate trainings on, where there is no
    /// valid.csv.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    valid: Option<f64>,
    /// Train each method with so many seeds: --seed and those that follow it.
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// The first seed of the trainings, and the seed of the bootstrap.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// What to measure, by comma, else ndcg@10,recall@20; the first decides which is the best. If
    /// there is a valid.csv, the first that tells how well held-out items are ranked validates
    /// trainings.
    #[arg(long, value_delimiter = ',', value_name = "METRICS")]
    metrics: Vec<Wanted>,
    /// Cut-offs, by comma, of metrics that are given without one; alone, of ndcg and recall.
    #[arg(short, value_delimiter = ',', value_name = "K", value_parser = super::recommend::list_length,
        allow_negative_numbers = true)]
    k: Vec<usize>,
    /// Of which feedbacks lists leave out what the user has in training: the target, all, or target,all for
    /// columns of both. Trainings are validated by lists that leave out the target's.
    #[arg(
        long,
        value_name = "WHICH",
        value_delimiter = ',',
        default_value = "target",
        help_heading = "Several feedbacks and features"
    )]
    seen_feedback: Vec<SeenFeedback>,
    /// Hold the others against this one instead of the best.
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Exit with code 5 if a mean is below a value: NAME:metric@k:value; may be given several times.
    #[arg(long, value_name = "GATE")]
    fail_below: Vec<Gate>,
    /// Write a report of it: one HTML file with tables and plots; - is stdout, instead of the table.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Write how the best of the methods that are trained here is trained again: a file of flags for
    /// `foretaste train --config`.
    #[arg(long, value_name = "FILE.toml")]
    best: Option<PathBuf>,
    /// Replace the report, and what is none of foretaste's files of flags, if they exist.
    #[arg(long, requires = "written")]
    force: bool,
    #[command(flatten)]
    learning: Learning,
    #[command(flatten)]
    extra: Extra,
    #[command(flatten)]
    reading: Reading,
}

/// A comparison has one seed for each training of a method.
pub(crate) fn seeds(first: u64, count: u32) -> Vec<u64> {
    (0..u64::from(count)).map(|n| first.wrapping_add(n)).collect()
}

impl Compare {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let metrics = self.metrics()?;
        let learns = self.learning.learns()?;
        let runs = Run::parse(&self.runs, global.registry(), &learns)?;
        self.check(&runs, &metrics)?;
        self.extra.check(runs.iter().filter_map(Run::method), global.registry())?;
        let report = self.destination(&runs, global)?;
        self.check_best(&runs)?;
        let (material, reach) = self.material(&runs, &metrics, global)?;
        let extra = self.extra.read(&material.train, global)?;
        let material = material.with_extra(extra.rows);
        let seeds = seeds(self.seed, self.seeds);
        let measured = runs::measure(&runs, &material, &seeds, &self.data, global)?;
        let names = runs.iter().map(Run::name);
        let baseline = self.baseline.as_deref().map(|name| position(name, names)).transpose()?;
        let comparison = Comparison::new(&material, measured, baseline, self.seed)?;
        if !report.as_ref().is_some_and(Destination::is_stdout) {
            print(json(&comparison, &reach), &comparison, &reach, global)?;
        }
        if let Some((path, report)) = self.report.as_ref().zip(report) {
            let title = format!("{} on {}", self::names(&comparison), folder_name(&self.data));
            let about = About { title, seed: self.seed, ..About::default() };
            write_report(&publish(&comparison, &material, about), &report)?;
            if !report.is_stdout() {
                global.note(format_args!("wrote {}", path.display()));
            }
        }
        if let Some(path) = &self.best {
            self.write_best(path, &runs, &comparison, &material, global)?;
        }
        self.gates(&comparison)
    }

    /// Refuses a file of the best that can't be, or be written.
    fn check_best(&self, runs: &[Run]) -> Outcome {
        let Some(path) = &self.best else { return Ok(()) };
        if runs.iter().all(|run| run.method().is_none()) {
            let message = "--best: no method is trained here, there are model files alone";
            return Err(
                Failure::usage(message).help("`foretaste model info FILE` has their parameters")
            );
        }
        let model = path.with_extension("model");
        if will_be_same(path, &model) {
            let message = format!("--best {}: is what its model is to be called", path.display());
            return Err(Failure::usage(message).help("name a file that ends in .toml"));
        }
        if self.report.as_ref().is_some_and(|report| will_be_same(path, report)) {
            let message = format!("{}: is the report and the file of the best", path.display());
            return Err(Failure::usage(message).help("--report and --best name a file each"));
        }
        let inputs = self.inputs(runs);
        best::check_text(inputs.iter().chain([path]).map(PathBuf::as_path))?;
        best::check_file(path, self.force, &inputs)
    }

    /// Writes how the method is trained that has the highest mean of those that were trained.
    fn write_best(
        &self,
        path: &Path,
        runs: &[Run],
        comparison: &Comparison,
        material: &Material,
        global: &Global,
    ) -> Outcome {
        let trained: Vec<usize> = (0..runs.len()).filter(|&n| runs[n].method().is_some()).collect();
        let Some(row) = comparison.best_of(&trained) else { return Ok(()) };
        let row = &comparison.rows[row];
        let (method, settings, seed) = best::of_row(row, global)?;
        let validation = material.valid.is_some().then(|| Validated {
            share: self.valid,
            metric: validation_metric(&material.held_out[0].metrics),
            every: DEFAULT_EVERY,
        });
        let won = Best {
            data: &self.data,
            has_valid: material.valid.is_some() && self.valid.is_none(),
            method,
            settings,
            seed,
            validation,
            beside: &self.learning.beside,
            extra: self.extra.file(),
            learns: row.runs[0].learns(),
            core: Core::default(),
            reading: &self.reading,
            model: path.with_extension("model"),
        };
        won.write(
            path,
            &format!("{}, the best of a comparison by {}", row.name, comparison.columns[0]),
            global,
        )?;
        global.note(format_args!("wrote {}: {}", path.display(), row.name));
        Ok(())
    }

    /// The files that are read.
    fn inputs(&self, runs: &[Run]) -> Vec<PathBuf> {
        let mut inputs = self.learning.inputs(&self.data);
        inputs.extend(runs.iter().filter_map(Run::file));
        inputs.extend(self.extra.file().map(Path::to_owned));
        inputs
    }

    /// Where the report goes: to none of the files that are read.
    fn destination(&self, runs: &[Run], global: &Global) -> Outcome<Option<Destination>> {
        let Some(path) = &self.report else { return Ok(None) };
        Destination::new(path, self.force, &self.inputs(runs), global).map(Some)
    }

    /// What can be said before anything is read.
    fn check(&self, runs: &[Run], metrics: &[Metric]) -> Outcome {
        let names = || runs.iter().map(Run::name);
        self.valid.map_or(Ok(()), check_share)?;
        if (1..self.seen_feedback.len())
            .any(|n| self.seen_feedback[..n].contains(&self.seen_feedback[n]))
        {
            return Err(
                Failure::usage("--seen-feedback: one is given twice").help("target,all is both")
            );
        }
        let learns =
            |run: &Run, so: fn(&Learns) -> bool| run.learner().is_some_and(|(_, it)| so(it));
        let weighs = |run: &Run| learns(run, |it| matches!(it.rows, LearntRows::Weighted(_)));
        if !self.learning.feedback_weights.is_empty() && !runs.iter().any(weighs) {
            let message = "--feedback-weights: none of the methods takes weights";
            return Err(Failure::usage(message).help("`ials` does"));
        }
        if self.learning.shuffled_features
            && !runs.iter().any(|run| learns(run, |it| it.shuffled_features))
        {
            let message = "--shuffled-features: none of the methods uses features";
            return Err(Failure::usage(message).help("leave it out"));
        }
        let is_file = |run: &&Run| run.method().is_none();
        if let Some(run) = runs.iter().find(is_file).filter(|_| self.valid.is_some()) {
            let message =
                format!("--valid: {} may have learned from what it holds out", run.name());
            return Err(Failure::usage(message).help("leave it out, or compare methods alone"));
        }
        if let Some(name) = &self.baseline {
            position(name, names())?;
        }
        let metrics: Vec<String> = metrics.iter().map(ToString::to_string).collect();
        for gate in &self.fail_below {
            position(&gate.name, names())?;
            if !metrics.contains(&gate.metric.to_string()) {
                let message = format!("--fail-below {gate}: {} is not measured", gate.metric);
                return Err(Failure::usage(message).help(format_args!(
                    "--metrics {},{}",
                    metrics.join(","),
                    gate.metric
                )));
            }
        }
        Ok(())
    }

    /// Those that were asked for; those without a cut-off get each of -k.
    fn metrics(&self) -> Outcome<Vec<Metric>> {
        let wanted = match (self.metrics.is_empty(), self.k.is_empty()) {
            (false, _) => self.metrics.clone(),
            (true, true) => return Ok(default_metrics()),
            (true, false) => choice::named("ndcg,recall")?,
        };
        let metrics = choice::at_cutoffs(&wanted, &self.k)?;
        check_metrics(&metrics)?;
        Ok(metrics)
    }

    fn material(
        &self,
        runs: &[Run],
        metrics: &[Metric],
        global: &Global,
    ) -> Outcome<(Material, Reach)> {
        if self.data.is_file() || is_stdin(&self.data) {
            return Err(Failure::usage(format_args!("{}: is a file", self.data.display()))
                .help("`foretaste split FILE -o FOLDER` makes a folder to compare on"));
        }
        let learners = runs.iter().filter_map(Run::learner);
        // Also of models that learnt from it before.
        let union = self.learning.learns()?.is_union();
        let reading = (&self.reading, Keep::default());
        let all = union || self.seen_feedback.contains(&SeenFeedback::All);
        let whole = self.learning.read(&self.data, learners.clone(), all, reading, global)?;
        if self.valid.is_some() {
            refuse_second_valid("--valid", whole.valid.as_deref())?;
        }
        let valid = whole.read_valid(&self.reading, global)?;
        let (test, test_rows) = whole.read_test(&self.data, &self.reading, global)?;
        let test = test.clone();
        let lower = whole.read_lower_tests(&self.data, &self.reading, global)?;
        let others = others(&whole.data, &self.seen_feedback)?;
        let train = select_for(whole.data, learners, union)?;
        let (train, valid) = match self.valid {
            None => (train, valid),
            Some(share) => {
                let (train, valid) =
                    hold_out(&train, share, &format!("--valid {share}"), self.seed)
                        .map_err(|failure| failure.about_data(&self.data))?;
                (train, Some(valid))
            }
        };
        if metrics != default_metrics() {
            choice::check_lengths(metrics, train.items().len())?;
        }
        let tested = Tested {
            test: &test_rows,
            lower,
            metrics,
            seen: &self.seen_feedback,
            others,
            path: &test,
        };
        material((train, valid), tested, global)
    }

    fn gates(&self, comparison: &Comparison) -> Outcome {
        let mut missed = Vec::new();
        for gate in &self.fail_below {
            let mean = gate.mean(comparison)?;
            // A mean that is no number is no success.
            if mean.is_nan() || mean < gate.least {
                let Gate { name, metric, least } = gate;
                missed.push(format!("{metric} of {name} is {mean:.4}, below {least}"));
            }
        }
        match missed.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(Code::Gate, anyhow::anyhow!("{}", missed.join("; ")))),
        }
    }
}

/// Prints a comparison, and for people the differences below it. `json` is what programs get.
pub(crate) fn print(
    json: Value,
    comparison: &Comparison,
    reach: &Reach,
    global: &Global,
) -> Outcome {
    let users = held_out::users(reach.users, reach.users_without_list());
    let above = format!("{users}, full ranking, {}", legend(comparison));
    overview(comparison, json, vec![above], global.format())?;
    if global.format() == Format::Table && comparison.rows.len() > 1 {
        differences(comparison).print(Format::Table)?;
    }
    Ok(())
}

/// The names of what is compared, if they are few.
fn names(comparison: &Comparison) -> String {
    let names: Vec<&str> = comparison.rows.iter().map(|row| row.name.as_str()).collect();
    if names.len() <= 3 { listed(&names) } else { format!("{} methods", names.len()) }
}

/// The last part of a path, however it is written.
fn folder_name(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Writes the page, whole or not at all.
pub(crate) fn write_report(report: &foretaste_report::Report, to: &Destination) -> Outcome {
    to.write(|out| out.write_all(report.html().as_bytes()))
}
