//! A data set with all that is known: several feedbacks, and features of users and items.

mod beside;
mod made;
mod with_features;

pub(crate) use beside::Beside;
pub(crate) use made::{FoundFeatures, Making};

use super::parts::{Part, Parts, is_file_stem, part_of_folder};
use super::{Core, Reading, Rest, is_stdin, stdin};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::{count, thousands};
use crate::progress;
use foretaste::data::{Dataset, Feedback, Keep};
use foretaste::io::{
    self, FeedbackNames, ReadApart, ReadFeedback, ReadReport, read_events, read_events_from,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Which part of a folder of several feedbacks is the training part.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Target {
    /// The folder has several feedbacks, weakest first, as view,cart,buy: buy.csv is its training part.
    #[arg(long, value_name = "NAMES", help_heading = "Reading")]
    feedback: Option<FeedbackNames>,
}

impl Target {
    /// Refuses to look for a feedback in a file.
    pub(crate) fn check(&self, data: Option<&Path>) -> Outcome {
        match &self.feedback {
            Some(names) if !data.is_some_and(Path::is_dir) => {
                Err(Failure::usage(format_args!("--feedback {names} is of a folder"))
                    .help(format_args!("`foretaste split FILE --feedback {names} -o FOLDER`")))
            }
            _ => Ok(()),
        }
    }

    /// The feedback whose part is held out, if it is named.
    pub(crate) fn name(&self) -> Option<&str> {
        self.feedback.as_ref().map(FeedbackNames::target)
    }

    /// The parts of a folder. Of one that has no train.csv and says nothing of feedbacks, the training part is
    /// of the feedback that a model was `learnt` for, if there is one.
    pub(crate) fn parts(&self, folder: &Path, learnt: Option<&str>) -> Outcome<Parts> {
        if let Some(names) = &self.feedback {
            return Ok(Parts::of_feedback(folder, names)?.1);
        }
        Parts::of_folder(folder).or_else(|failure| {
            let learnt = learnt.and_then(|name| name.parse().ok());
            let parts = learnt.and_then(|names| Parts::of_feedback(folder, &names).ok());
            parts.map(|(_, parts)| parts).ok_or(failure)
        })
    }

    /// The files that a command reads if it is given this file or folder.
    pub(crate) fn inputs(&self, data: &Path) -> Vec<PathBuf> {
        super::parts::files(data, self.feedback.as_ref())
    }
}

/// All that was read, and the other parts of the split, if it is one.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) data: Dataset,
    /// What was read of each feedback, the target last.
    pub(crate) found: Vec<Found>,
    /// Rows of events that were not asked for.
    other_rows: u64,
    pub(crate) features: Vec<FoundFeatures>,
    /// What was read of the validation part, if its rows are training rows, too.
    pub(crate) with_valid: Option<ReadReport>,
    pub(crate) valid: Option<Part>,
    pub(crate) test: Option<Part>,
    /// The file, or the part of a folder, that the target is in.
    pub(crate) target_file: Part,
}

/// What was read of a feedback.
#[derive(Debug)]
pub(crate) struct Found {
    /// `None` of data of one feedback.
    pub(crate) name: Option<String>,
    pub(crate) report: ReadReport,
}

impl Whole {
    /// Whether something has been held out of it.
    pub(crate) fn is_split(&self) -> bool {
        self.valid.is_some() || self.test.is_some()
    }

    /// The rows of the validation part, if there is one.
    pub(crate) fn read_valid(
        &self,
        reading: &Reading,
        global: &Global,
    ) -> Outcome<Option<Dataset>> {
        let read = |part| Outcome::Ok(reading.read_part(part, Keep::default(), global)?.0);
        self.valid.as_ref().map(read).transpose()
    }

    /// The test part and its rows; `folder` is where it has to be.
    pub(crate) fn read_test(
        &self,
        folder: &Path,
        reading: &Reading,
        global: &Global,
    ) -> Outcome<(&Part, Dataset)> {
        let part = self.test.as_ref().ok_or_else(|| {
            Failure::data(format_args!("{}: there is no test.csv", folder.display()))
                .help("`foretaste split FILE -o FOLDER` makes such a folder")
        })?;
        Ok((part, reading.read_part(part, Keep::default(), global)?.0))
    }

    /// Held-out rows of other feedbacks than the target, by name, where a folder has parts of them:
    /// `test-cart.csv`.
    pub(crate) fn read_lower_tests(
        &self,
        folder: &Path,
        reading: &Reading,
        global: &Global,
    ) -> Outcome<Vec<(String, Dataset)>> {
        let mut found = Vec::new();
        for name in self.data.others().iter().map(Feedback::name) {
            if let Some(part) = part_of_folder(folder, &format!("test-{name}"))? {
                let rows = reading.of_all_rows().read_part(&part, Keep::default(), global)?.0;
                found.push((name.to_owned(), rows));
            }
        }
        Ok(found)
    }

    /// What was read of the target.
    pub(crate) fn target(&self) -> &ReadReport {
        &self.found.last().expect("there is a target").report
    }

    /// Where everything came from; as [`Reading::provenance`], and what there is besides.
    pub(crate) fn provenance(&self, reading: &Reading, core: Core) -> Value {
        let mut source = reading.provenance(&self.target_file, core, self.target());
        let file = |report: &ReadReport| {
            json!({ "file": report.file, "sha256": report.sha256, "rows": report.rows,
                "bad_rows": report.bad_rows, "below_threshold": report.below_threshold,
                "duplicates": report.duplicates })
        };
        let feedback = |Found { name, report }: &Found| {
            let mut found = file(report);
            found["name"] = json!(name);
            found
        };
        if self.data.target_name().is_some() {
            source["feedback"] = self.found.iter().map(feedback).collect();
            source["other_rows"] = self.other_rows.into();
        }
        if let Some(report) = &self.with_valid {
            source["with_valid"] = file(report);
        }
        if !self.features.is_empty() {
            source["features"] = json!(self.features);
        }
        source
    }
}

/// What was read, and beside it what is not positive.
type Read = (Whole, Rest);

/// Data of one feedback.
fn one(data: &Path, reading: &Reading, keep: Keep, global: &Global) -> Outcome<Read> {
    let parts = match data.is_dir() {
        true => Parts::of_folder(data)?,
        false => Parts::of_file(data.to_owned()),
    };
    let TrainingPart { data, report, with_valid, rest } = target(&parts, reading, keep, global)?;
    let whole = whole(data, vec![Found { name: None, report }], 0, parts);
    Ok((Whole { with_valid, ..whole }, rest))
}

/// The training part of the target.
struct TrainingPart {
    data: Dataset,
    report: ReadReport,
    /// Of the validation part, if it is within.
    with_valid: Option<ReadReport>,
    /// What is not positive.
    rest: Rest,
}

fn target(parts: &Parts, reading: &Reading, keep: Keep, global: &Global) -> Outcome<TrainingPart> {
    let ReadApart { data, not_positive, report, .. } =
        reading.read_apart(&parts.train, keep, global)?;
    let mut rest = Rest::read(not_positive, parts.seen.as_ref(), reading, keep, global)?;
    let Some(valid) = parts.valid.as_ref().filter(|_| reading.with_valid) else {
        return Ok(TrainingPart { data, report, with_valid: None, rest });
    };
    let read = reading.read_apart(valid, keep, global)?;
    let seen = parts.valid_seen.as_ref();
    rest.join(Rest::read(read.not_positive, seen, reading, keep, global)?);
    let data = rows_of_both(data, read.data)?;
    Ok(TrainingPart { data, report, with_valid: Some(read.report), rest })
}

/// One data set with the rows of two, as if they were one file's.
fn rows_of_both(one: Dataset, other: Dataset) -> Outcome<Dataset> {
    let named = [("valid", other), ("train", one)].map(|(name, rows)| (name.to_owned(), rows));
    let (users, items, matrix) = Dataset::of_feedbacks(named.into())?.union()?.into_parts();
    Ok(Dataset::new(users, items, matrix)?)
}

/// A file for each feedback.
fn of_folder(
    folder: &Path,
    names: &FeedbackNames,
    reading: &Reading,
    keep: Keep,
    global: &Global,
) -> Outcome<Read> {
    let (others, parts) = Parts::of_feedback(folder, names)?;
    // The rule for positive rows is about the target.
    let all = reading.of_all_rows();
    let mut feedbacks = Vec::with_capacity(names.len());
    for part in &others {
        feedbacks.push(all.read_part(part, keep, global)?);
    }
    let TrainingPart { data, report, with_valid, rest } = target(&parts, reading, keep, global)?;
    feedbacks.push((data, report));
    let named = names.iter().cloned().zip(feedbacks);
    let feedbacks = named.map(|(name, (data, report))| (name, data, report));
    Ok((Whole { with_valid, ..join(feedbacks, 0, parts)? }, rest))
}

/// A file with a column of events.
fn of_file(
    path: &Path,
    names: &FeedbackNames,
    reading: &Reading,
    keep: Keep,
    global: &Global,
) -> Outcome<Read> {
    let options = reading.options(keep);
    let bar = progress::reading(path, global.quiet);
    let result = match is_stdin(path) {
        true => read_events_from(stdin::take()?, stdin::NAME, &options, names),
        false => read_events(path, &options, names, &mut |read, size| bar.set(read, size)),
    };
    drop(bar);
    let (mut events, file) = (result?, stdin::name(path));
    let of = |one: &ReadFeedback| format!("{} of {}", count(one.report.rows, "row"), one.name);
    let all: Vec<String> = events.feedbacks.iter().map(of).collect();
    let target = events.feedbacks.last().map(|one| &one.report);
    let columns = target.map_or(String::new(), super::remarks::short_columns);
    global.note(format_args!("read {file}: {columns}; {}", all.join(", ")));
    if events.other_rows > 0 {
        let kind = |kind: &io::Kind| format!("{} ({})", kind.value, thousands(kind.rows));
        let kinds: Vec<String> = events.others.iter().take(6).map(kind).collect();
        let more = if events.others.len() > 6 { ", …" } else { "" };
        global.note(format_args!(
            "note: {file}: {} of other events left out: {}{more}",
            count(events.other_rows, "row"),
            kinds.join(", "),
        ));
    }
    for one in &events.feedbacks {
        for line in super::remarks(&one.report) {
            global.note(format_args!("note: {file}: {}: {line}", one.name));
        }
    }
    let not_positive = events.feedbacks.last_mut().and_then(|target| target.not_positive.take());
    let rest = Rest::read(not_positive, None, reading, keep, global)?;
    let feedbacks = events.feedbacks.into_iter().map(|one| (one.name, one.data, one.report));
    let parts = Parts::of_file(path.to_owned());
    Ok((join(feedbacks, events.other_rows, parts)?, rest))
}

fn join(
    feedbacks: impl Iterator<Item = (String, Dataset, ReadReport)>,
    other_rows: u64,
    files: Parts,
) -> Outcome<Whole> {
    let (mut found, mut parts) = (Vec::new(), Vec::new());
    for (name, data, report) in feedbacks {
        found.push(Found { name: Some(name.clone()), report });
        parts.push((name, data));
    }
    Ok(whole(Dataset::of_feedbacks(parts)?, found, other_rows, files))
}

fn whole(data: Dataset, found: Vec<Found>, other_rows: u64, parts: Parts) -> Whole {
    let Parts { train: target_file, valid, test, .. } = parts;
    let (features, with_valid) = (Vec::new(), None);
    Whole { data, found, other_rows, features, with_valid, valid, test, target_file }
}

/// Refuses names that can't be those of files of a split.
pub(crate) fn check_names(names: &FeedbackNames) -> Outcome {
    match names.iter().find(|name| !is_file_stem(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format_args!(
            "--feedback {names}: {name}.csv can't be the file of a feedback beside others"
        ))
        .help("names of files have no / \\ and no dot, and are none of train, valid and test")),
    }
}
