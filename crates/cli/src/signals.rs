//! What is left behind when a signal ends the process: nothing.

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
        if let Some(signal) = signals.forever().next() {
            abandon_outputs();
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
