//! Trainings that are stopped and gone on with, or that begin with an earlier model.

use crate::args::Global;
use crate::destination::{check_inputs, is_same, is_stdout, overwrite};
use crate::failure::{Code, Failure, Outcome};
use crate::output::{count, note};
use crate::{shell, signals};
use foretaste::Method;
use foretaste::data::{Dataset, preferences_fingerprint};
use foretaste::eval::Metric;
use foretaste::files::{OutputProblem, check_writable};
use foretaste::model::{Checkpoint, Error, ModelFile, Run, Start, State, WarmStart};
use foretaste_experiment::Lesson;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Epochs between two checkpoints, unless it is said.
const EVERY: u32 = 5;

/// Where a training's state is kept, and what it begins from.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Stopping and going on")]
pub(crate) struct Continuing {
    /// Keep the state of the training in FILE, after every few epochs, and when Ctrl-C or SIGTERM end
    /// it, with exit code 130. The file is removed once the model is written.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Epochs between two checkpoints [default: 5].
    #[arg(long, visible_alias = "every", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    checkpoint_every: Option<u32>,
    /// Go on from the checkpoint in FILE, with the same data and options as before, to the same model,
    /// byte for byte. Further states are kept in FILE, too, unless --checkpoint names another.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Start from the rows of the model in OLD for users and items that it knows, by their ids. It must
    /// be of the same method, with rows of the same length.
    #[arg(long, value_name = "OLD")]
    warm_start: Option<PathBuf>,
    /// Hold the items that OLD knows to their rows there, so that the new model's users work with OLD's
    /// items: LAMBDA/2 times the square of how far an item is from its old row is added to the loss, to the sum of an
    /// epoch's samples, or, of `ials`, to half the squares. `inf` leaves these items as they are, and
    /// learns the others. Of methods that train rows by steps along a loss of their samples, and `ials`.
    #[arg(long, value_name = "LAMBDA", requires = "warm_start", value_parser = anchor,
        allow_negative_numbers = true)]
    anchor: Option<f32>,
}

fn anchor(text: &str) -> Result<f32, String> {
    let weight = text.parse().ok().filter(|&weight: &f32| weight >= 0.0);
    weight.ok_or_else(|| "it is a number from 0, or inf".to_owned())
}

impl Continuing {
    /// The files that are read.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        self.resume.iter().chain(&self.warm_start).cloned().collect()
    }

    /// What is to be done, as far as it can be known before there are data: reads the files, and
    /// refuses what can't be. `output` and `inputs` are other files of the command.
    pub(crate) fn plan(
        &self,
        method: &Method,
        (output, force): (&Path, bool),
        inputs: &[PathBuf],
    ) -> Outcome<Plan> {
        let (name, starts) = (method.name(), method.starts());
        let kept = self.checkpoint.as_ref().or(self.resume.as_ref());
        if self.checkpoint_every.is_some() && kept.is_none() {
            return Err(Failure::usage("--checkpoint-every without a checkpoint")
                .help("--checkpoint FILE keeps the state of the training"));
        }
        if kept.is_some() && !starts.resumed {
            return Err(Failure::usage(format_args!("{name} keeps no checkpoints"))
                .help("leave out --checkpoint and --resume"));
        }
        if self.warm_start.is_some() && !starts.warm {
            return Err(Failure::usage(format_args!("{name} can't start from an earlier model"))
                .help("leave out --warm-start"));
        }
        if self.anchor.is_some() && !starts.anchored {
            let message = format!("{name} can't hold items to an earlier model's");
            return Err(Failure::usage(message)
                .help("leave out --anchor; `foretaste align` turns the model once it is trained"));
        }
        if let Some(path) = kept {
            self.check_kept(path, (output, force), inputs)?;
        }
        let resumed = self.resume.as_deref().map(load).transpose()?;
        let load = |path: &PathBuf| Outcome::Ok((path.clone(), ModelFile::load(path)?));
        let old = self.warm_start.as_ref().map(load).transpose()?;
        let kept = kept.map(|path| (path.clone(), self.checkpoint_every.unwrap_or(EVERY)));
        let resumed = self.resume.clone().zip(resumed);
        Ok(Plan { kept, resumed, old, anchor: self.anchor.unwrap_or(0.0) })
    }

    /// Refuses a file that can't be written, or that is something else.
    fn check_kept(
        &self,
        path: &Path,
        (output, force): (&Path, bool),
        inputs: &[PathBuf],
    ) -> Outcome {
        let shown = path.display();
        let other = "name another file for the checkpoint";
        let special = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        if is_stdout(path) || special {
            return Err(
                Failure::usage(format_args!("{shown}: a checkpoint must be a file")).help(other)
            );
        }
        if path == output || is_same(path, output) {
            return Err(Failure::usage(format_args!("{shown}: is the model and the checkpoint"))
                .help(other));
        }
        let others: Vec<PathBuf> = inputs.iter().chain(&self.warm_start).cloned().collect();
        check_inputs(&[path.to_owned()], &others)?;
        let is_resumed = |from: &PathBuf| path == from || is_same(from, path);
        let replaced = force || self.resume.as_ref().is_some_and(is_resumed);
        check_writable(path, overwrite(replaced)).map_err(|error| match error.problem {
            OutputProblem::Exists => {
                let help =
                    format!("--resume {} goes on from it, --force replaces it", shell::path(path));
                Failure::from(error).help(help)
            }
            _ => error.into(),
        })
    }
}

fn load(path: &Path) -> Outcome<Checkpoint> {
    Checkpoint::load(path).map_err(|error| {
        let help = match &error {
            Error::Read { .. } => "name a file that --checkpoint wrote".to_owned(),
            Error::OtherVersion { found, .. } => {
                format!("go on with version {found}, or begin afresh, without --resume")
            }
            _ => "begin afresh, without --resume".to_owned(),
        };
        Failure::from(error).help(help)
    })
}

/// What a training begins from and where it is kept, before the data are known.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The file, and epochs between two checkpoints.
    kept: Option<(PathBuf, u32)>,
    resumed: Option<(PathBuf, Checkpoint)>,
    old: Option<(PathBuf, ModelFile)>,
    /// How much that model holds the items.
    anchor: f32,
}

/// The same, of these data.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    warm: Option<WarmStart>,
    state: Option<State>,
    /// Seconds that the training has taken before.
    pub(crate) before: f64,
    pub(crate) keeper: Option<Keeper>,
}

impl Plan {
    /// The file that the state is kept in.
    pub(crate) fn kept(&self) -> Option<PathBuf> {
        self.kept.as_ref().map(|(path, _)| path.clone())
    }

    /// Of what is learned from, validated on these data by this metric, every so many epochs.
    pub(crate) fn begin(
        self,
        method: &Method,
        lesson: &Lesson,
        valid: Option<(&Dataset, Metric, u32)>,
        global: &Global,
    ) -> Outcome<Beginning> {
        let (data, target) = (lesson.learned(), lesson.target());
        let start = |(path, old)| warm_start(path, (old, self.anchor), data);
        let (warm, known) = self.old.map(start).transpose()?.unzip();
        let Some((path, every)) = self.kept else {
            known.iter().for_each(|known| global.note(known));
            return Ok(Beginning { warm, ..Beginning::default() });
        };
        let prints =
            [Some(data), target].into_iter().flatten().map(|data| data.fingerprint().to_string());
        let mut run = Run::new(method, prints.collect::<Vec<_>>().join(" "))?;
        run.warm_start = warm.as_ref().map(|warm| warm.fingerprint().to_owned());
        run.anchor = warm.as_ref().and_then(WarmStart::anchor).map(|weight| weight.to_string());
        if !lesson.extra().is_empty() {
            let print = preferences_fingerprint(data.users(), data.items(), lesson.extra());
            run.extra = Some(print.to_string());
        }
        if let Some((valid, metric, every)) = valid {
            let data = valid.fingerprint().to_string();
            run.validation = json!({ "metric": metric.to_string(), "every": every, "data": data });
        }
        let (mut state, mut before) = (None, 0.0);
        if let Some((path, checkpoint)) = self.resumed {
            checkpoint.check(&run, &path).map_err(|error| {
                let help =
                    "repeat the command that wrote it and add --resume, or begin afresh without";
                Failure::from(error).help(help)
            })?;
            let done = count(checkpoint.epochs.into(), "finished epoch");
            global.note(format_args!("training goes on after {done}, from {}", path.display()));
            (state, before) = (Some(checkpoint.state), checkpoint.seconds);
        }
        known.iter().for_each(|known| global.note(known));
        let keeper = Keeper::new(path, every, run, before);
        Ok(Beginning { warm, state, before, keeper: Some(keeper) })
    }
}

/// What to start from, and what it knows of the data, to be said once nothing speaks against it.
fn warm_start(
    path: PathBuf,
    (old, anchor): (ModelFile, f32),
    data: &Dataset,
) -> Outcome<(WarmStart, String)> {
    let warm = WarmStart::new(old, data.users(), data.items())?;
    let warm = warm.anchored(anchor).map_err(Failure::usage)?;
    let (users, items) = (warm.known_users() as u64, warm.known_items() as u64);
    let unknown = match (users, items) {
        (0, 0) => Some(("--warm-start", "users and items")),
        (_, 0) if warm.anchor().is_some() => Some(("--anchor", "items")),
        _ => None,
    };
    if let Some((flag, what)) = unknown {
        let message = format!("{}: knows none of the {what}", path.display());
        return Err(Failure::usage(message).help(format_args!(
            "{flag} takes a model of such data; ids have to be written alike"
        )));
    }
    let (users, items) = (count(users, "user"), count(items, "item"));
    let said = format!("training starts from a model that knows {users} and {items} of these");
    Ok(match warm.anchor() {
        Some(weight) => (warm, format!("{said}, and holds these items by {weight}")),
        None => (warm, said),
    })
}

impl Beginning {
    /// What the method is to begin from.
    pub(crate) fn start(&self) -> Start<'_> {
        Start { warm: self.warm.as_ref(), state: self.state.as_ref() }
    }
}

/// Keeps the states that a training offers. While it is there, signals end the training, not the
/// process; the second one does.
#[derive(Debug)]
pub(crate) struct Keeper {
    path: PathBuf,
    every: u32,
    run: Run,
    before: f64,
    started: Instant,
    /// Since the last that was kept.
    offers: u32,
    /// What became of the one that was offered at the end.
    ended: Option<Result<(), Error>>,
    _deferred: signals::Deferred,
}

impl Keeper {
    fn new(path: PathBuf, every: u32, run: Run, before: f64) -> Self {
        let (started, _deferred) = (Instant::now(), signals::defer());
        Self { path, every, run, before, started, offers: 0, ended: None, _deferred }
    }

    /// Whether a signal asks for the end.
    pub(crate) fn is_asked_to_end(&self) -> bool {
        signals::asked()
    }

    /// Keeps a state, if it is time to; says what went wrong where the training goes on.
    pub(crate) fn offered(
        &mut self,
        epochs: u32,
        ending: bool,
        state: &mut dyn FnMut() -> State,
    ) -> Option<String> {
        self.offers += 1;
        if !ending && self.offers < self.every {
            return None;
        }
        self.offers = 0;
        let seconds = self.before + self.started.elapsed().as_secs_f64();
        let checkpoint = Checkpoint { run: self.run.clone(), epochs, seconds, state: state() };
        let saved = checkpoint.save(&self.path);
        if ending {
            self.ended = Some(saved);
            return None;
        }
        saved.err().map(|error| format!("the checkpoint was not written: {error}"))
    }

    /// What to say of a training that was ended.
    pub(crate) fn interrupted(self, epoch: u32) -> Failure {
        let path = self.path.display();
        match self.ended {
            Some(Ok(())) => {
                let help = format!(
                    "the same command with --resume {} goes on from there",
                    shell::path(&self.path)
                );
                let message = format!("interrupted in epoch {epoch}; {path} has the state");
                Failure::new(Code::Interrupted, anyhow::anyhow!("{message}")).help(help)
            }
            Some(Err(error)) => Failure::from(error),
            None => {
                Failure::new(Code::Runtime, anyhow::anyhow!("{path}: there was no state to keep"))
            }
        }
    }
}

/// Removes the checkpoint of a training whose model is written.
pub(crate) fn remove(path: &Path) {
    // A link stays, as where files are written.
    let Ok(file) = fs::canonicalize(path) else { return };
    if let Err(error) = fs::remove_file(file) {
        note(format_args!("{}: the checkpoint is of no more use ({error})", path.display()));
    }
}
