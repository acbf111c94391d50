//! Progress on stderr, where stderr is a terminal.

mod line;
mod screen;

use crate::args::Global;
use crate::checkpoints::Keeper;
use crate::output::{bytes, note};
use foretaste::mf::{EpochReport, Error, Monitor};
use foretaste::model::{Scorer, State};
use foretaste_experiment::Validation;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use line::Line;
use screen::Screen;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A progress bar of one line, whatever the width of the terminal; invisible where stderr is no
/// terminal or takes no control codes, or if `quiet`.
pub(crate) struct Bar {
    bar: ProgressBar,
    remark: Arc<Mutex<String>>,
}

impl Bar {
    /// A bar for so many units of what is done: `training`, ` samples`.
    fn new(total: u64, what: &'static str, unit: &'static str, quiet: bool) -> Self {
        let remark = Arc::<Mutex<String>>::default();
        if quiet || !screen::takes_codes() {
            return Self { bar: ProgressBar::hidden(), remark };
        }
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(Screen::stderr()), 20);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        bar.set_style(style(what, unit, Arc::clone(&remark), screen::columns));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, remark }
    }

    /// The total may turn out to be another than was thought.
    pub(crate) fn set(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Begins with what was done before, which says nothing of how fast it goes.
    #[cfg(feature = "fetch")]
    pub(crate) fn starts_at(&self, done: u64) {
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    /// Does something else on the screen.
    pub(crate) fn aside(&self, other: impl FnOnce()) {
        self.bar.suspend(other);
    }

    fn say(&self, remark: String) {
        *self.remark.lock().unwrap_or_else(PoisonError::into_inner) = remark;
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A style that asks for the width whenever it draws.
fn style(
    what: &'static str,
    unit: &'static str,
    remark: Arc<Mutex<String>>,
    columns: impl Fn() -> usize + Clone + Send + Sync + 'static,
) -> ProgressStyle {
    let line = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let remark = remark.lock().unwrap_or_else(PoisonError::into_inner);
        let (share, rate) = (f64::from(state.fraction()), state.per_sec());
        let known = state.pos() > 0 && rate > 0.0;
        let left = known.then(|| state.eta());
        let line = Line { what, share, rate, unit, left, remark: &remark };
        // Writing to a string does not fail.
        let _ = out.write_str(&line.fit(columns()));
    };
    ProgressStyle::with_template("{line}").expect("it is a constant").with_key("line", line)
}

/// Files below it are read before a bar could say anything.
const LARGE: u64 = 32 << 20;

/// A progress bar over the bytes of a file; invisible also if the file is small.
pub(crate) fn reading(path: &Path, quiet: bool) -> Bar {
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    Bar::new(size, "reading", "B", quiet || size < LARGE)
}

/// A progress bar over the bytes of a download.
#[cfg(feature = "fetch")]
pub(crate) fn downloading(quiet: bool) -> Bar {
    Bar::new(0, "downloading", "B", quiet)
}

/// A progress bar over questions that are asked.
pub(crate) fn asking(quiet: bool) -> Bar {
    Bar::new(0, "asking", " answers", quiet)
}

/// Memory that any machine has need not be told of.
const WORTH_SAYING: u64 = 1 << 30;

/// A training's progress bar, its log and its validation.
pub(crate) struct Training {
    bar: Bar,
    log: bool,
    quiet: bool,
    samples_per_epoch: u64,
    validation: Option<Validation>,
    keeper: Option<Keeper>,
    /// Whether the first progress is that of a training of before.
    resumed: bool,
}

impl Training {
    pub(crate) fn new(
        (epochs, samples_per_epoch): (u32, u64),
        validation: Option<Validation>,
        (keeper, resumed): (Option<Keeper>, bool),
        global: &Global,
    ) -> Self {
        let total = u64::from(epochs) * samples_per_epoch;
        let bar = Bar::new(total, "training", " samples", global.quiet);
        let (log, quiet) = (global.verbose, global.quiet);
        Self { bar, log, quiet, samples_per_epoch, validation, keeper, resumed }
    }

    /// What keeps the states.
    pub(crate) fn into_keeper(self) -> Option<Keeper> {
        self.keeper
    }
}

impl Monitor for Training {
    fn validate(&mut self, epoch: u32, model: &dyn Scorer) -> Result<Option<f64>, Error> {
        match &self.validation {
            Some(validation) => validation.after(epoch, model),
            None => Ok(None),
        }
    }

    fn estimating(&mut self, trainings: u32) {
        self.bar.say(format!("estimating parameters: {trainings} trainings"));
    }

    fn memory(&mut self, size: u64) {
        if size >= WORTH_SAYING && !self.quiet {
            let line = format!("training and writing the model take {} of memory", bytes(size));
            self.bar.bar.suspend(|| note(&line));
        }
    }

    fn epoch(&mut self, report: &EpochReport) {
        let metric = report.metric.map(|metric| format!(", validation {metric:.4}"));
        let metric = metric.unwrap_or_default();
        let line = format!("epoch {}: loss {:.4}{metric}", report.epoch, report.loss);
        if self.log {
            self.bar.bar.suspend(|| note(&line));
        }
        self.bar.say(line);
    }

    fn progress(&mut self, epoch: u32, share: f64) -> bool {
        let done = f64::from(epoch - 1) + share;
        self.bar.bar.set_position((done * self.samples_per_epoch as f64) as u64);
        if std::mem::take(&mut self.resumed) {
            // What was done before says nothing of how fast it goes.
            self.bar.bar.reset_eta();
        }
        true
    }

    fn interrupted(&mut self) -> bool {
        self.keeper.as_ref().is_some_and(Keeper::is_asked_to_end)
    }

    fn checkpoint(&mut self, epochs: u32, ending: bool, state: &mut dyn FnMut() -> State) {
        let Some(keeper) = &mut self.keeper else { return };
        if let Some(problem) = keeper.offered(epochs, ending, state) {
            self.bar.bar.suspend(|| note(format_args!("warning: {problem}")));
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_bar_is_one_line_on_a_terminal_of_any_width_and_follows_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen");
        let screen = Screen::file(std::fs::File::create(&path).unwrap());
        let target = ProgressDrawTarget::term_like(Box::new(screen));
        let bar = ProgressBar::with_draw_target(Some(1000), target);
        let columns = Arc::new(AtomicUsize::new(80));
        let width = Arc::clone(&columns);
        let remark = Arc::new(Mutex::new("epoch 1: loss 0.5, validation 0.4".to_owned()));
        bar.set_style(style("training", " samples", remark, move || width.load(Ordering::Relaxed)));
        let mut drawn = 0;
        for now in [80, 20, 200, 40, 5, 1, 80] {
            columns.store(now, Ordering::Relaxed);
            for done in 480..500 {
                bar.set_position(done);
                bar.tick();
            }
            let all = std::fs::read_to_string(&path).unwrap();
            // Each drawing clears from the start of its line, and goes back there.
            for line in all[drawn..].split('\r').filter(|line| !line.is_empty()) {
                let line = line.strip_prefix("\x1b[2K").unwrap_or(line);
                assert!(line.chars().count() < now, "{now}: {line:?}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
            assert_eq!(all[drawn..].contains("49%"), now >= 5, "{now}");
            drawn = all.len();
        }
        bar.finish_and_clear();
        let all = std::fs::read_to_string(&path).unwrap();
        assert!(all.ends_with("\r\x1b[2K\r"), "{:?}", &all[drawn..]);
    }
}
