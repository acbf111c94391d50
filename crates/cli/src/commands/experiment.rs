//! `experiment`: a file of methods, searches and seeds becomes a folder of results.

mod data;

use crate::args::Global;
use crate::best::{self, Best, Validated};
use crate::commands::compare::{json, print, write_report};
use crate::commands::train::fit;
use crate::destination::{Destination, check_inputs, check_output_folder};
use crate::failure::{Code, Failure, Outcome};
use crate::input::{Beside, Core, Reading};
use crate::output::{count, make_folder};
use crate::signals::LastWords;
use data::{beside, material};
use foretaste::files::{Overwrite, check_writable, write_file};
use foretaste_experiment::{
    About, Comparison, EXAMPLE, Findings, Fitted, Job, Material, Plan, SplitPlan, Store, position,
    publish, read_plan, run,
};
use foretaste_report::Fact;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Run an experiment file: methods, searches for their parameters, seeds; and write a report.
///
/// The file is TOML. DIR gets results.json and report.html, and a file for each finished training:
/// an experiment that was interrupted or changed does only what is not there yet. Parameters are
/// chosen on the validation part, never on the test part. DIR/best-NAME.toml says of each method how it
/// is trained: `foretaste train --config DIR/best-NAME.toml`. Of data that are a folder that is the
/// same training; of a file, or where validation rows are held out of a folder, it is one of all rows,
/// with as many epochs as were best in validation.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("An experiment file:\n\n{EXAMPLE}"))]
pub(crate) struct Experiment {
    /// The experiment file.
    file: PathBuf,
    /// The folder for the results; made if it doesn't exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Train the best method on training and validation rows of the folder, into DIR/best.model: as many
    /// epochs as were best in validation.
    #[arg(long)]
    refit: bool,
    /// Replace the report of another experiment, and best.model; finished trainings are kept.
    #[arg(long)]
    force: bool,
}

const RESULTS: &str = "results.json";
const REPORT: &str = "report.html";
/// The folder of finished trainings.
pub(crate) const UNITS: &str = "units";

impl Experiment {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let text = std::fs::read_to_string(&self.file)
            .map_err(|error| Failure::io(Code::Usage, &self.file, &error))?;
        let plan = read_plan(global.registry(), &text, &self.file)?;
        self.check_files(&plan)?;
        let (material, reach) = material(&plan, global)?;
        if self.refit && material.valid.is_none() {
            let message = format!("--refit: {} has no valid.csv", plan.data.path.display());
            return Err(Failure::usage(message).help(
                "leave it out: all rows are trained on; or hold some out: `valid = 0.1` in [split]",
            ));
        }
        let mut experiment = json!({ "plan": plan.to_json(), "train": material.learned(&plan.data.learns),
            "tests": material.tests_json() });
        if let Some(extra) = material.extra_fingerprint() {
            experiment["extra"] = extra.into();
        }
        self.check_output(&experiment)?;
        let store = open_store(&self.output)?;
        let (mut trained, last_words) = (0, goes_on(global));
        let Findings { runs, searches } = run(&plan, &material, &store, &mut |job: &Job<'_>| {
            trained += 1;
            train(job, global)
        })
        .map_err(|failure: Failure| failure.about_data(&plan.data.path))?;
        drop(last_words);
        let names = runs.iter().map(|(name, _)| name.as_str());
        let baseline = plan.baseline.as_deref().map(|name| position(name, names)).transpose()?;
        let all = runs.iter().map(|(_, runs)| runs.len()).sum::<usize>()
            + searches.iter().map(|search| search.trials.len()).sum::<usize>();
        let comparison = Comparison::new(&material, runs, baseline, plan.bootstrap_seed)?;
        let mut results = json(&comparison, &reach);
        results["version"] = json!(env!("CARGO_PKG_VERSION"));
        results["experiment"] = experiment;
        results["searches"] = json!(searches);
        self.write_report(&comparison, &plan, &material)?;
        self.write_results(&results)?;
        let reading = (&beside(&plan.data), &Reading::from(&plan.data.read));
        let won = self.write_best(&comparison, &plan, reading, &material, global)?;
        let print = |results| {
            print(results, &comparison, &reach, global)?;
            let reused = all - trained;
            if reused > 0 {
                let all = count(all as u64, "training");
                global.note(format_args!("{reused} of {all} had been done before"));
            }
            global.note(format_args!("wrote {}", self.output.join(REPORT).display()));
            Ok(())
        };
        let Some((won, epochs)) = won.filter(|_| self.refit) else { return print(results) };
        let refit = || {
            let done = won.refit(epochs, self.force, global)?;
            let mut results = results.clone();
            results["refit"] = done.clone();
            self.write_results(&results)?;
            Ok(done)
        };
        best::print_beside(results.clone(), print, refit, global)
    }

    /// Refuses results where they can't be written, or would replace what is read.
    fn check_files(&self, plan: &Plan) -> Outcome {
        check_output_folder(&self.output)?;
        check_output_folder(&self.output.join(UNITS))?;
        let mut inputs = beside(&plan.data).inputs(&plan.data.path);
        let methods = plan.methods.iter();
        inputs.extend(methods.filter_map(|method| method.method.side_file()));
        inputs.extend(plan.data.extra.clone());
        best::check_text(inputs.iter().chain([&self.output]).map(PathBuf::as_path))?;
        inputs.push(self.file.clone());
        let files = [RESULTS, REPORT].map(|name| self.output.join(name));
        check_inputs(&files, &inputs)?;
        if self.output.is_dir() {
            files.iter().try_for_each(|file| check_writable(file, Overwrite::Replace))?;
            for file in best_files(plan) {
                best::check_file(&self.output.join(file), self.force, &inputs)?;
            }
        }
        if self.refit && !plan.data.path.is_dir() {
            let message = format!("--refit: {} is no folder", plan.data.path.display());
            return Err(Failure::usage(message).help(
                "the test part of a file must stay out of it: `foretaste split FILE -o FOLDER` first",
            ));
        }
        if self.refit && self.output.is_dir() {
            best::check_model(&self.output.join(best::MODEL), self.force, &inputs)?;
        }
        Ok(())
    }

    /// Writes how each method is trained; gives the best on all rows, and how many epochs it gets.
    fn write_best<'a>(
        &self,
        comparison: &Comparison,
        plan: &'a Plan,
        (beside, reading): (&'a Beside, &'a Reading),
        material: &Material,
        global: &Global,
    ) -> Outcome<Option<(Best<'a>, Option<u32>)>> {
        let all: Vec<usize> = (0..comparison.rows.len()).collect();
        let (data, mut best) = (&plan.data, None);
        let is_split = data.path.is_dir() && data.split.is_none();
        let has_valid = is_split && material.valid.is_some();
        // What is trained on all rows, or on those of a folder, as they are, is that training.
        let same = is_split && !plan.search.refit;
        for ((n, row), file) in comparison.rows.iter().enumerate().zip(best_files(plan)) {
            let (method, settings, seed) = best::of_row(row, global)?;
            let epochs = best::epochs(&method, &row.runs[0].history);
            let validation = has_valid.then_some(Validated {
                share: None,
                metric: plan.search.metric,
                every: plan.search.every,
            });
            let path = self.output.join(&file);
            let won = Best {
                data: &data.path,
                has_valid,
                method,
                settings,
                seed,
                validation,
                beside,
                extra: data.extra.as_deref(),
                learns: row.runs[0].learns(),
                core: Core::of(data.k_core),
                reading,
                model: path.with_extension("model"),
            };
            let why = format!("{}, of the experiment {}", row.name, self.file.display());
            match same {
                true => won.write(&path, &why, global)?,
                false => won.on_all_rows(epochs).write(&path, &why, global)?,
            }
            if comparison.best_of(&all) == Some(n) {
                let model = self.output.join(best::MODEL);
                best = Some((Best { model, ..won.on_all_rows(epochs) }, epochs));
            }
        }
        global.note(format_args!("wrote {}", self.output.join("best-*.toml").display()));
        Ok(best)
    }

    /// Refuses a folder with the report of another experiment.
    fn check_output(&self, experiment: &Value) -> Outcome {
        let path = self.output.join(RESULTS);
        if self.force || !path.exists() {
            return Ok(());
        }
        let found = std::fs::read(&path).unwrap_or_default();
        let found: Value = serde_json::from_slice(&found).unwrap_or_default();
        if found["experiment"] == *experiment {
            return Ok(());
        }
        let message = format!("{}: holds the results of another experiment", path.display());
        Err(Failure::usage(message).help(
            "--force replaces results and report, and keeps finished trainings; or name another folder",
        ))
    }

    fn write_report(&self, comparison: &Comparison, plan: &Plan, material: &Material) -> Outcome {
        let title = match plan.title.as_str() {
            "" => self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            title => title.to_owned(),
        };
        let validation = Some(plan.search.metric);
        let seed = plan.bootstrap_seed;
        let about = About { title, seed, validation, making: making(plan), ..About::default() };
        let report = publish(comparison, material, about);
        let page = Destination::at(&self.output.join(REPORT), Overwrite::Replace);
        write_report(&report, &page)
    }

    fn write_results(&self, results: &Value) -> Outcome {
        let path = self.output.join(RESULTS);
        Ok(write_file(path, Overwrite::Replace, |out| writeln!(out, "{results:#}"))?)
    }
}

/// The files of the methods, in their order; names that are the same as files have a number.
fn best_files(plan: &Plan) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for method in &plan.methods {
        let numbered = (2..).map(|n| best::file_name(&format!("{}-{n}", method.name)));
        let mut names = std::iter::once(best::file_name(&method.name)).chain(numbered);
        let is_new = |name: &String| !files.iter().any(|file| file.eq_ignore_ascii_case(name));
        files.extend(names.find(is_new));
    }
    files
}

fn making(plan: &Plan) -> Vec<Fact> {
    let mut facts = Vec::new();
    match plan.data.split {
        Some(SplitPlan::Parts { by, seed }) => {
            facts.push(Fact::new("Split", format!("{}, seed {seed}", json!(by))));
        }
        Some(SplitPlan::Valid { valid, seed }) => {
            let value = format!("{valid} of each user's training rows, seed {seed}");
            facts.push(Fact::new("Validation part", value));
        }
        None => {}
    }
    if plan.search.refit {
        let value = "on training and validation rows, once parameters were chosen";
        facts.push(Fact::new("What is compared was trained", value));
    }
    for method in plan.methods.iter().filter(|method| !method.ranges.is_empty()) {
        let ranges = method.ranges.iter().map(|(name, range)| format!("{name}: {}", json!(range)));
        let ranges: Vec<String> = ranges.collect();
        let value = format!(
            "{} of {} by {} on the validation part, seed {}",
            count(u64::from(method.trials), "random trial"),
            ranges.join(", "),
            plan.search.metric,
            plan.search.seed,
        );
        facts.push(Fact::new(format!("Search, {}", method.name), value));
    }
    facts
}

/// The folder for results, and the one within for finished trainings.
pub(crate) fn open_store(folder: &Path) -> Outcome<Store> {
    let units = folder.join(UNITS);
    make_folder(folder)?;
    make_folder(&units)?;
    Ok(Store::new(units))
}

/// What a signal has said during trainings that are kept one by one.
pub(crate) fn goes_on(global: &Global) -> Option<LastWords> {
    let line = "interrupted; the same command goes on after the trainings that are finished";
    (!global.quiet).then(|| LastWords::new(line))
}

/// Trains; divergence is no failure of a search.
pub(crate) fn train(job: &Job<'_>, global: &Global) -> Outcome<Fitted> {
    let kind = if job.trial { "trial" } else { "training" };
    global.note(format_args!("{}: {kind} {} of {}", job.name, job.number, job.of));
    if let Some(damaged) = job.damaged {
        global.note(format_args!("note: {damaged}: done again"));
    }
    match fit(
        (job.method, job.learns),
        (job.train.clone(), job.extra),
        job.valid,
        job.validate,
        global,
    ) {
        Ok((model, seconds)) => Ok(Fitted::Model(Box::new(model), seconds.as_secs_f64())),
        Err(failure) if failure.is_divergence() => Ok(Fitted::Diverged),
        Err(failure) => Err(failure),
    }
}
