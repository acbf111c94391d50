//! The download: terms first, then progress, then what comes next.

use super::{Fetch, describe, next};
use crate::args::Global;
use crate::destination::{overwrite, refuse_stdout};
use crate::failure::{Failure, Outcome};
use crate::output::{Report, bytes, note};
use crate::progress::{Bar, downloading};
use foretaste_fetch::{DataSet, Event, Fetched, Options, Stated, fetch};
use serde_json::json;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

impl Fetch {
    pub(super) fn get(&self, set: &DataSet, global: &Global) -> Outcome {
        let folder = self.folder(set);
        refuse_stdout(&folder)?;
        // Who is asked has to see what for.
        if !(global.quiet && self.accept_terms) {
            describe(set);
        }
        set.downloadable()?;
        self.accept(set)?;
        let mut options = Options::default();
        options.overwrite = overwrite(self.force);
        options.keep_archives = self.keep_archive;
        options.timeout = Duration::from_secs(self.timeout);
        let mut bar = None;
        let fetched = fetch(set, &folder, &options, &mut |event| show(event, &mut bar, global))?;
        drop(bar);
        report(set, &folder, &fetched, global)
    }

    /// Asks on a terminal; elsewhere, the option has to say it.
    fn accept(&self, set: &DataSet) -> Outcome {
        if self.accept_terms {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let message = format!("the terms of {} are not accepted", set.name);
            let help = format!("read them at {}; --accept-terms accepts them", set.terms_url());
            return Err(Failure::usage(message).help(help));
        }
        // A terminal that is gone gives no answer, which is no acceptance.
        let _ = write!(io::stderr(), "Do you accept these terms? [y/N] ");
        let _ = io::stderr().flush();
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Failure::usage(format_args!("the terms of {} are not accepted", set.name))),
        }
    }
}

/// Tells what happens; bytes move the bar of their file.
fn show(event: Event<'_>, bar: &mut Option<Bar>, global: &Global) {
    let said = match event {
        Event::Asked { .. } => {
            *bar = Some(downloading(global.quiet));
            return;
        }
        Event::Received { bytes: came, total } => {
            if let Some(bar) = bar {
                bar.set(came, total.unwrap_or(came));
            }
            return;
        }
        Event::Resumed { at } => {
            if let Some(bar) = bar {
                bar.starts_at(at);
            }
            format!("going on after {} that were there", bytes(at))
        }
        Event::Redirected { to } => format!("redirected to {to}"),
        Event::Again { error } => format!("{error}; asking again"),
        _ => return,
    };
    let line = format!("note: {said}");
    match (global.quiet, bar) {
        (true, _) => {}
        (false, Some(bar)) => bar.aside(|| note(&line)),
        (false, None) => note(&line),
    }
}

fn report(set: &DataSet, folder: &Path, fetched: &Fetched, global: &Global) -> Outcome {
    for source in &fetched.sources {
        let said = match source.verified {
            Some((kind, Stated::Publisher)) => format!("{kind} as the publisher states"),
            Some((kind, _)) => format!("{kind} as others state"),
            None => format!("SHA-256 {}; nothing to verify it by is known", source.sha256),
        };
        global.note(format_args!("note: {}: {said}", source.url));
    }
    let next = next(set, folder);
    next.iter().for_each(|line| global.note(format_args!("next: {line}")));
    let format = global.format();
    let row = |file: &foretaste_fetch::Output| {
        vec![folder.join(&file.name).display().to_string(), format.count(file.bytes)]
    };
    let mut json = json!(fetched);
    json["name"] = json!(set.name);
    json["output"] = json!(folder.display().to_string());
    json["next"] = json!(next);
    let rows = fetched.files.iter().map(row).collect();
    Report { json, header: vec!["file", "bytes"], rows, above: Vec::new() }.print(format)
}
