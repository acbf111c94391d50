//! What users are said to prefer, in a file beside the data.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::few;
use crate::output::{count, thousands};
use foretaste::data::{Dataset, Preference};
use foretaste::io::{PreferenceReport, read_preferences};
use foretaste::{Method, Registry};
use foretaste_experiment::listed;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A file of preferences, of methods that learn from such.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Extra {
    /// Learn also from FILE, whose rows are user,liked,disliked, as `augment edges` writes it. Of methods
    /// that use it; how much it weighs is their parameter.
    #[arg(long = "extra", value_name = "FILE", help_heading = "Several feedbacks and features")]
    file: Option<PathBuf>,
}

/// What is in the file of the users and items of the data.
#[derive(Debug, Default)]
pub(crate) struct Preferences {
    pub(crate) rows: Vec<Preference>,
    report: Option<PreferenceReport>,
    /// Rows whose disliked item the user has.
    had: u64,
}

impl Extra {
    /// A file that a file of an experiment names.
    pub(crate) fn at(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Refuses a file that none of the methods uses.
    pub(crate) fn check<'a>(
        &self,
        mut methods: impl Iterator<Item = &'a Method> + Clone,
        registry: &Registry,
    ) -> Outcome {
        if self.file.is_none() || methods.clone().any(|method| method.uses().extra) {
            return Ok(());
        }
        let name = methods.next().map_or("", Method::name);
        let others = if methods.next().is_some() { ", nor do the others" } else { "" };
        let users = registry.techniques().iter().filter(|technique| technique.uses().extra);
        let users: Vec<&str> = users.map(|technique| technique.about().name).collect();
        let message = format!("--extra: {name} does not learn from extra preferences{others}");
        Err(Failure::usage(message).help(match &users[..] {
            [] => "leave it out: no method here learns from them".to_owned(),
            users => format!("leave it out, or train what learns from them: {}", listed(users)),
        }))
    }

    /// Reads the file, if there is one, and says what in it is of no use.
    pub(crate) fn read(&self, data: &Dataset, global: &Global) -> Outcome<Preferences> {
        let Some(path) = &self.file else { return Ok(Preferences::default()) };
        let (rows, report) = read_preferences(path, data.users(), data.items())
            .map_err(|error| Failure::from(error).help(HELP))?;
        if rows.is_empty() {
            let message = format!(
                "{}: there is no preference between two items by a user of the data",
                path.display()
            );
            return Err(Failure::data(message).help(format_args!(
                "ids have to be written as in the data, which have a user \"{}\" and an item \"{}\"",
                data.users().name(0).unwrap_or_default(),
                data.items().name(0).unwrap_or_default(),
            )));
        }
        let has = |one: &&Preference| data.interactions().contains(one.user, one.disliked);
        let had = rows.iter().filter(has).count() as u64;
        let preferences = Preferences { rows, report: Some(report), had };
        preferences.remarks().iter().for_each(|remark| global.note(remark));
        Ok(preferences)
    }
}

const HELP: &str = "a row of preferences is a user, what they like and what they don't, as in \
                    user,liked,disliked";

impl Preferences {
    fn remarks(&self) -> Vec<String> {
        let Some(report) = &self.report else { return Vec::new() };
        let rows = count(report.rows, "row");
        let say = |many: u64, what: &str| {
            (many > 0)
                .then(|| format!("note: {}: {} of {rows} {what}", report.file, thousands(many)))
        };
        let unknown = format!(
            "have a user or an item that is not in the data ({}): left out",
            few(&report.unknown_ids)
        );
        let all = [
            say(report.unknown, &unknown),
            say(report.same, "prefer an item to itself: left out"),
            say(report.repeats, "were there before: they count once"),
            say(self.had, "dislike an item that the user has"),
        ];
        all.into_iter().flatten().collect()
    }

    /// What is known of it later.
    pub(crate) fn provenance(&self) -> Option<Value> {
        let report = self.report.as_ref()?;
        Some(json!({ "file": report.file, "rows": report.rows, "used": self.rows.len(),
            "unknown": report.unknown, "same": report.same, "repeats": report.repeats,
            "disliked_had": self.had }))
    }

    /// " and 7 extra preferences"; nothing if there are none.
    pub(crate) fn said(&self) -> String {
        match self.rows.len() as u64 {
            0 => String::new(),
            many => format!(", and on {}", count(many, "extra preference")),
        }
    }
}
