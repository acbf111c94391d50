//! What won: how it is trained again, as a command line, and as a file that `train --config` takes.

use crate::args::{Args, Command, Global};
use crate::commands::train::Train;
use crate::config;
use crate::destination::{check_inputs, is_stdout, overwrite};
use crate::failure::{Failure, Outcome};
use crate::input::{Beside, Core, Reading, is_stdin};
use crate::learning::arguments;
use crate::output::{Format, count};
use crate::shell;
use foretaste::Method;
use foretaste::eval::Metric;
use foretaste::files::{Overwrite, check_writable, write_file};
use foretaste::model::TAG;
use foretaste_experiment::settings::{self, Setting};
use foretaste_experiment::{DEFAULT_EVERY, DEFAULT_METRIC, DEFAULT_SEED, Epoch, Learns, Row};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file of a search, and its model with all rows.
pub(crate) const FILE: &str = "best.toml";
pub(crate) const MODEL: &str = "best.model";

/// What such files begin with: they may be replaced by others of their kind.
const MARK: &str = "# Written by foretaste";

/// A method, its parameters, and the data that it is trained on.
#[derive(Clone, Debug)]
pub(crate) struct Best<'a> {
    pub(crate) data: &'a Path,
    /// Whether they are a folder with a part to validate on.
    pub(crate) has_valid: bool,
    pub(crate) method: Method,
    /// What differs from the method's defaults.
    pub(crate) settings: Vec<Setting>,
    pub(crate) seed: u64,
    /// On what it was validated; `None` to train on all rows.
    pub(crate) validation: Option<Validated>,
    pub(crate) beside: &'a Beside,
    /// What users are said to prefer, of a method that uses it.
    pub(crate) extra: Option<&'a Path>,
    pub(crate) learns: Learns,
    pub(crate) core: Core,
    pub(crate) reading: &'a Reading,
    /// Where the model goes.
    pub(crate) model: PathBuf,
}

/// How a training was validated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validated {
    /// The share that is held out; `None` of a folder with a part for it.
    pub(crate) share: Option<f64>,
    pub(crate) metric: Metric,
    pub(crate) every: u32,
}

/// The method of a row of a comparison, what makes it, and the seed of the first of its trainings.
pub(crate) fn of_row(row: &Row, global: &Global) -> Outcome<(Method, Vec<Setting>, u64)> {
    let config = row.config();
    let defaults = settings::method(global.registry(), config[TAG].as_str().unwrap_or_default())?;
    let mut parameters = config.as_object().cloned().unwrap_or_default();
    parameters.remove(TAG);
    let method = defaults.with(parameters).map_err(Failure::usage)?;
    let settings = settings::changed(&method, &defaults);
    Ok((method, settings, config["seed"].as_u64().unwrap_or(DEFAULT_SEED)))
}

impl Best<'_> {
    /// The same on all rows: of a folder those of train.csv and valid.csv. It is not validated, so of
    /// what has epochs there are as many as were best when it was; `None` leaves them as they are.
    pub(crate) fn on_all_rows(&self, epochs: Option<u32>) -> Self {
        let mut settings = self.settings.clone();
        settings.retain(|(name, _)| name != "patience" && (name != "epochs" || epochs.is_none()));
        settings.extend(epochs.map(|epochs| ("epochs".to_owned(), json!(epochs))));
        Self { settings, validation: None, ..self.clone() }
    }

    /// The words after `foretaste`, of an option one, whatever its value begins with. `apart`: each
    /// setting by itself, else all in a word.
    fn words(&self, apart: bool) -> Vec<OsString> {
        let mut words = vec!["train".into(), path(self.data)];
        words.push(shell::option("--model", self.method.name()));
        let mut option = |name: &str, value: String, default: &str| {
            if value != default {
                words.push(shell::option(name, value));
            }
        };
        let written: Vec<String> =
            self.settings.iter().map(|(name, value)| settings::written(name, value)).collect();
        match apart {
            true => written.into_iter().for_each(|setting| option("--set", setting, "")),
            false => option("--set", written.join(","), ""),
        }
        if settings::with_seed(&self.method, self.seed).is_some() {
            option("--seed", self.seed.to_string(), &DEFAULT_SEED.to_string());
        }
        // What has no epochs is not validated.
        let epochs = self.method.whole("epochs");
        if let Some((epochs, validation)) = epochs.zip(self.validation) {
            if let Some(share) = validation.share {
                option("--valid", share.to_string(), "");
            }
            option("--validate-every", validation.every.to_string(), &DEFAULT_EVERY.to_string());
            if validation.metric.to_string() != DEFAULT_METRIC {
                // There are no more validations than epochs: such a patience does not end.
                let patience = self.method.whole("patience").filter(|patience| *patience > 0);
                let patience = patience.unwrap_or(epochs);
                option("--early-stop", format!("{}:{patience}", validation.metric), "");
            }
        }
        if self.has_valid && self.validation.is_none() {
            words.push("--with-valid".into());
        }
        words.extend(self.beside.arguments().into_iter().chain(arguments(&self.learns)));
        let extra = self.extra.filter(|_| self.method.uses().extra);
        words.extend(extra.map(|path| shell::option("--extra", path)));
        words.extend(self.core.arguments().into_iter().chain(self.reading.arguments()));
        words.extend(["-o".into(), path(&self.model)]);
        words
    }

    /// The command line that does it again.
    pub(crate) fn command(&self) -> String {
        command(&self.words(false))
    }

    /// Writes the file that does the same; `why` is said at its top. Says which other of them it
    /// replaces.
    pub(crate) fn write(&self, to: &Path, why: &str, global: &Global) -> Outcome {
        let text = config::file_of(&self.words(true))?;
        let why = foretaste::data::printable(why);
        let (version, to_shell) = (env!("CARGO_PKG_VERSION"), shell::path(to));
        let head = format!(
            "{MARK} {version}: {why}.\n# To train it: foretaste train --config {to_shell}\n\n"
        );
        let content = head + &text;
        let former = std::fs::read_to_string(to).unwrap_or_default();
        let first = former.lines().next().and_then(|line| line.strip_prefix(MARK));
        if let Some((_, why)) = first.filter(|_| former != content).and_then(|s| s.split_once(": "))
        {
            global.note(format_args!(
                "note: {}: replaces {}",
                to.display(),
                why.trim_end_matches('.')
            ));
        }
        Ok(write_file(to, Overwrite::Replace, |out| out.write_all(content.as_bytes()))?)
    }

    /// Trains it, validated no more; `all` is what it is on all rows, `epochs` those of it.
    pub(crate) fn refit(
        &self,
        epochs: Option<u32>,
        force: bool,
        global: &Global,
    ) -> Outcome<Value> {
        let mut words = self.words(false);
        let line = command(&words);
        global.note(format_args!(
            "refit: {} on training and validation rows{}",
            self.method.name(),
            epochs.map_or(String::new(), |epochs| format!(
                ", {}, as many as were best in validation",
                count(epochs.into(), "epoch")
            )),
        ));
        if force {
            words.push("--force".into());
        }
        training(&words)?.train(global)?;
        global.note(format_args!("wrote {}", self.model.display()));
        Ok(json!({ "train": line, "epochs": epochs, "output": self.model.display().to_string() }))
    }
}

/// Prints what a search has found, which no failure of the refit takes away: before it, or with what it
/// did where both are one document.
pub(crate) fn print_beside(
    mut json: Value,
    print: impl Fn(Value) -> Outcome,
    refit: impl FnOnce() -> Outcome<Value>,
    global: &Global,
) -> Outcome {
    if global.format() != Format::Json {
        print(json)?;
        return refit().map(drop);
    }
    let refitted = refit();
    json["refit"] = refitted.as_ref().map_or(Value::Null, Value::clone);
    print(json)?;
    refitted.map(drop)
}

/// What words say to `train`.
fn training(words: &[OsString]) -> Outcome<Train> {
    let words = std::iter::once("foretaste".into()).chain(words.iter().cloned());
    let args = <Args as clap::Parser>::try_parse_from::<_, OsString>(words);
    match args.map_err(|error| Failure::arguments(&error))?.command {
        Command::Train(train) => Ok(*train),
        _ => Err(Failure::usage("this is no training")),
    }
}

fn command(words: &[OsString]) -> String {
    // Paths are text, as `check_text` has seen to.
    let word = |word: &OsString| {
        let word = word.to_string_lossy();
        match word.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
            Some((flag, value)) => format!("{flag}={}", shell::quoted(value)),
            None => shell::quoted(&word),
        }
    };
    let words: Vec<String> = words.iter().map(word).collect();
    format!("foretaste {}", words.join(" "))
}

/// A path as a word: what starts with a dash is no option, but for stdin.
fn path(path: &Path) -> OsString {
    let is_like_option = path.as_os_str().as_encoded_bytes().starts_with(b"-");
    let path = if is_like_option && !is_stdin(path) { &Path::new(".").join(path) } else { path };
    path.as_os_str().to_owned()
}

/// Refuses, before anything is searched, paths that neither a file of flags nor JSON can hold.
pub(crate) fn check_text<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Outcome {
    match paths.into_iter().find(|path| path.to_str().is_none()) {
        None => Ok(()),
        Some(path) => {
            let message =
                format!("{}: is not UTF-8 text: no file of flags can hold it", path.display());
            Err(Failure::usage(message).help("name it by another path, as from within its folder"))
        }
    }
}

/// Refuses a file that can't be written, is one of the inputs, or is something else than such a file;
/// `force` replaces that.
pub(crate) fn check_file(to: &Path, force: bool, inputs: &[PathBuf]) -> Outcome {
    if is_stdout(to) {
        let message = format!("{}: flags for another command go to a file", to.display());
        return Err(Failure::usage(message).help("name a file"));
    }
    check_inputs(&[to.to_owned()], inputs)?;
    check_writable(to, overwrite(force || is_ours(to)))?;
    Ok(())
}

/// The same of a model.
pub(crate) fn check_model(to: &Path, force: bool, inputs: &[PathBuf]) -> Outcome {
    check_inputs(&[to.to_owned()], inputs)?;
    check_writable(to, overwrite(force))?;
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(MARK.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == MARK.as_bytes()
}

/// The epoch that was best; nothing of what has no epochs.
pub(crate) fn epochs(method: &Method, history: &[Epoch]) -> Option<u32> {
    Epoch::best(history).filter(|_| method.has_epochs())
}

/// A file for what is called so: `best-NAME.toml`, of letters that every system takes.
pub(crate) fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_.+^".contains(c) { c } else { '_' };
    format!("best-{}.toml", name.chars().map(plain).collect::<String>())
}
