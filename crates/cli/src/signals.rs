//! What a signal does: it ends the process and leaves nothing behind; or, where a training can be gone
//! on with, it ends the training.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether signals only ask.
static DEFERRED: AtomicBool = AtomicBool::new(false);
/// Whether one has asked.
static ASKED: AtomicBool = AtomicBool::new(false);

/// What is said if a signal ends the process.
static LAST_WORDS: Mutex<Option<&str>> = Mutex::new(None);

/// Until it is dropped, a signal that ends the process has a line said.
#[derive(Debug)]
pub(crate) struct LastWords(());

impl LastWords {
    pub(crate) fn new(line: &'static str) -> Self {
        set_last_words(Some(line));
        Self(())
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        set_last_words(None);
    }
}

fn set_last_words(line: Option<&'static str>) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = line;
}

/// As long as it lives, the first signal asks for the end, and only the second one ends the process.
#[derive(Debug)]
pub(crate) struct Deferred(());

/// From now on, signals ask.
pub(crate) fn defer() -> Deferred {
    DEFERRED.store(true, Ordering::SeqCst);
    Deferred(())
}

impl Drop for Deferred {
    fn drop(&mut self) {
        DEFERRED.store(false, Ordering::SeqCst);
    }
}

/// Whether a signal has asked for the end.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

#[cfg(unix)]
pub(crate) use unix::watch;

#[cfg(unix)]
mod unix {
    use super::{ASKED, DEFERRED, LAST_WORDS, Ordering};
    use foretaste::files::abandon_outputs;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// What a shell adds to the number of the signal that ended a process.
    const BASE: i32 = 128;

    /// Ends the process on SIGINT (exit code 130), SIGTERM (143) and SIGHUP (129), once the temporary
    /// files of outputs are removed; files that are getting their names get them first.
    pub(crate) fn watch() {
        let ignored = ignored();
        let wanted = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|n| ignored >> (n - 1) & 1 == 0);
        // Without a handler, signals end the process as ever, and the next run removes what is left.
        let Ok(mut signals) = Signals::new(wanted) else { return };
        let wait = move || {
            let asks = || DEFERRED.load(Ordering::SeqCst) && !ASKED.swap(true, Ordering::SeqCst);
            if let Some(signal) = signals.forever().find(|_| !asks()) {
                abandon_outputs();
                let line = LAST_WORDS.lock().map_or(None, |line| *line);
                line.iter().for_each(crate::output::note);
                std::process::exit(BASE + signal);
            }
        };
        let _ = std::thread::Builder::new().name("signals".into()).spawn(wait);
    }

    /// The signals that whoever started us has us ignore, as nohup and shells without job control do:
    /// bit n − 1 is that of signal n. A handler would undo that. None where the system does not tell.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}
