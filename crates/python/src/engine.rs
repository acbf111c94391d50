//! Long work: on a thread of its own, watched by the caller's.
//!
//! Signals of Python arrive on its main thread alone, and callbacks need the interpreter. So the thread that
//! computes knows nothing of Python: it sends what happens and reads two flags. The thread that called waits,
//! lets other threads of Python run meanwhile, passes events on, and looks for signals.

use crate::fault::Outcome;
use crate::pool::pool;
use foretaste::model::{EpochReport, Monitor, Scorer, TrainingError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a signal waits at most until it is looked for.
const TICK: Duration = Duration::from_millis(50);

/// Events that may wait to be heard.
const WAITING: usize = 256;

/// Parts of an epoch that progress is told in.
const PARTS: f64 = 1000.0;

/// What happens while something is computed.
#[derive(Debug)]
enum Event {
    Epoch {
        report: EpochReport,
        seconds: f64,
    },
    Estimating {
        trainings: u32,
    },
    Memory {
        bytes: u64,
    },
    /// What is worth knowing, in words.
    Note(String),
}

/// What both threads see.
#[derive(Debug, Default)]
struct Flags {
    /// To end at once, without a model.
    cancelled: AtomicBool,
    /// To end after this epoch.
    stopped: AtomicBool,
    epoch: AtomicU32,
    part: AtomicU32,
}

/// What scores the model after an epoch; `None` if the epoch is not validated.
pub(crate) type Validate<'a> =
    Box<dyn FnMut(u32, &dyn Scorer) -> Result<Option<f64>, TrainingError> + Send + 'a>;

/// The engine's end of it.
pub(crate) struct Watch<'a> {
    events: SyncSender<Event>,
    flags: Arc<Flags>,
    began: Instant,
    pub(crate) validate: Option<Validate<'a>>,
}

impl Watch<'_> {
    /// The same watch with what scores the model after an epoch.
    pub(crate) fn validating<'b>(&self, validate: Option<Validate<'b>>) -> Watch<'b> {
        let (events, flags) = (self.events.clone(), Arc::clone(&self.flags));
        Watch { events, flags, began: Instant::now(), validate }
    }

    /// Says something worth knowing.
    pub(crate) fn note(&self, note: impl Into<String>) {
        self.send(Event::Note(note.into()));
    }

    /// Whether to end at once.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.flags.cancelled.load(Relaxed)
    }

    fn send(&self, event: Event) {
        // Who listens no more has cancelled.
        drop(self.events.send(event));
    }
}

impl Monitor for Watch<'_> {
    fn validate(&mut self, epoch: u32, model: &dyn Scorer) -> Result<Option<f64>, TrainingError> {
        self.validate.as_mut().map_or(Ok(None), |validate| validate(epoch, model))
    }

    fn estimating(&mut self, trainings: u32) {
        self.send(Event::Estimating { trainings });
    }

    fn memory(&mut self, bytes: u64) {
        self.send(Event::Memory { bytes });
    }

    fn epoch(&mut self, report: &EpochReport) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.began = Instant::now();
        self.send(Event::Epoch { report: report.clone(), seconds });
    }

    fn progress(&mut self, epoch: u32, share: f64) -> bool {
        self.flags.epoch.store(epoch, Relaxed);
        self.flags.part.store((share * PARTS) as u32, Relaxed);
        !self.flags.stopped.load(Relaxed)
    }

    fn interrupted(&mut self) -> bool {
        self.is_cancelled()
    }
}

/// What Python is told of an epoch.
pub(crate) fn told<'py>(
    py: Python<'py>,
    report: &EpochReport,
    seconds: Option<f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("epoch", report.epoch)?;
    told.set_item("loss", report.loss)?;
    told.set_item("metric", report.metric)?;
    told.set_item("learning_rate", report.learning_rate)?;
    told.set_item("samples", report.samples)?;
    told.set_item("skipped", report.skipped)?;
    if let Some(seconds) = seconds {
        told.set_item("seconds", seconds)?;
    }
    Ok(told)
}

/// Computes on a thread of its own, with a pool of `threads`, until it is done or a signal or an exception ends
/// it. `listener` is called with the name of an event and what is to be said of it; if it returns `False`, the
/// training ends after the epoch.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    threads: usize,
    listener: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&mut Watch<'_>) -> Outcome<T> + Send + 'static,
) -> PyResult<T> {
    let flags = Arc::new(Flags::default());
    // Who trains faster than Python listens waits for it.
    let (events, received) = sync_channel(WAITING);
    let mut watch =
        Watch { events, flags: Arc::clone(&flags), began: Instant::now(), validate: None };
    let pool = pool(threads)?;
    let computing = std::thread::Builder::new().name("foretaste".into()).spawn(move || {
        // The watch is dropped at the end, which is how the other side knows.
        let outcome = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&mut watch))));
        drop(watch);
        outcome
    })?;
    let heard = listen(py, Mutex::new(received), &flags, listener);
    if heard.is_err() {
        flags.cancelled.store(true, Relaxed);
    }
    let outcome = py.detach(|| computing.join());
    heard?;
    match outcome.unwrap_or_else(Err) {
        Ok(outcome) => Ok(outcome?),
        // A bug: PyO3 makes an exception of it that is no `Exception`.
        Err(panic) => resume_unwind(panic),
    }
}

/// Passes events on until there will be no more. The receiver ends with it: nobody waits for who listens no more.
fn listen(
    py: Python<'_>,
    received: Mutex<Receiver<Event>>,
    flags: &Flags,
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let mut told_part = (0, 0);
    loop {
        let next = || received.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(TICK);
        match py.detach(next) {
            Ok(event) => pass(py, &event, flags, listener)?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                let part = (flags.epoch.load(Relaxed), flags.part.load(Relaxed));
                if let Some(listener) = listener.filter(|_| part != told_part) {
                    told_part = part;
                    listener.call1(("progress", (part.0, f64::from(part.1) / PARTS)))?;
                }
            }
        }
        py.check_signals()?;
    }
}

fn pass(
    py: Python<'_>,
    event: &Event,
    flags: &Flags,
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let Some(listener) = listener else { return Ok(()) };
    let answer = match event {
        Event::Epoch { report, seconds } => {
            listener.call1(("epoch", told(py, report, Some(*seconds))?))?
        }
        Event::Estimating { trainings } => listener.call1(("estimating", trainings))?,
        Event::Memory { bytes } => listener.call1(("memory", bytes))?,
        Event::Note(note) => listener.call1(("note", note))?,
    };
    if answer.extract::<bool>().is_ok_and(|go_on| !go_on) {
        flags.stopped.store(true, Relaxed);
    }
    Ok(())
}
