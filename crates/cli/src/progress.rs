//! Progress on stderr, where stderr is a terminal.

use crate::args::Global;
use crate::output::note;
use foretaste::eval;
use foretaste::mf::{EpochReport, Error, Factors, Monitor};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::time::Duration;

/// A progress bar over `total` units; invisible where stderr is no terminal, or if `quiet`.
pub(crate) fn bar(total: u64, template: &'static str, quiet: bool) -> ProgressBar {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(total) };
    bar.set_length(total);
    bar.set_style(ProgressStyle::with_template(template).expect("templates are constants"));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Files below it are read before a bar could say anything.
const LARGE: u64 = 32 << 20;

/// A progress bar over the bytes of a file; invisible where [`bar`] is, or the file is small.
pub(crate) fn reading(path: &Path, quiet: bool) -> ProgressBar {
    const TEMPLATE: &str = "reading {bar:30} {percent:>3}%  {bytes_per_sec}  {eta} left";
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    bar(size, TEMPLATE, quiet || size < LARGE)
}

/// A training's progress bar, its log and its validation.
pub(crate) struct Training<'a> {
    bar: ProgressBar,
    log: bool,
    samples_per_epoch: u64,
    validate: Option<Validate<'a>>,
}

/// Computes a metric of a model.
pub(crate) type Measure<'a> = dyn FnMut(&Factors) -> Result<f64, eval::Error> + 'a;

/// A metric of the model, and after how many epochs it is measured.
pub(crate) struct Validate<'a> {
    pub(crate) every: u32,
    pub(crate) epochs: u32,
    pub(crate) measure: Box<Measure<'a>>,
}

impl<'a> Training<'a> {
    pub(crate) fn new(
        epochs: u32,
        samples_per_epoch: u64,
        validate: Option<Validate<'a>>,
        global: &Global,
    ) -> Self {
        const TEMPLATE: &str =
            "training {bar:30} {percent:>3}%  {per_sec} samples  {eta} left  {msg}";
        let bar = bar(u64::from(epochs) * samples_per_epoch, TEMPLATE, global.quiet);
        Self { bar, log: global.verbose, samples_per_epoch, validate }
    }
}

impl Drop for Training<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Monitor for Training<'_> {
    fn validate(&mut self, epoch: u32, factors: &Factors) -> Result<Option<f64>, Error> {
        let Some(validate) = &mut self.validate else { return Ok(None) };
        if !epoch.is_multiple_of(validate.every) && epoch != validate.epochs {
            return Ok(None);
        }
        let failed = |error: eval::Error| Error::Validation { epoch, reason: error.to_string() };
        (validate.measure)(factors).map(Some).map_err(failed)
    }

    fn estimating(&mut self, trainings: u32) {
        self.bar.set_message(format!("estimating parameters: {trainings} trainings"));
    }

    fn epoch(&mut self, report: &EpochReport) {
        let metric = report.metric.map(|metric| format!(", validation {metric:.4}"));
        let metric = metric.unwrap_or_default();
        let line = format!("epoch {}: loss {:.4}{metric}", report.epoch, report.loss);
        if self.log {
            self.bar.suspend(|| note(&line));
        }
        self.bar.set_message(line);
    }

    fn progress(&mut self, epoch: u32, share: f64) -> bool {
        let done = f64::from(epoch - 1) + share;
        self.bar.set_position((done * self.samples_per_epoch as f64) as u64);
        true
    }
}
