//! Interactions and models from the files that the command line names.

mod arguments;
mod ids;
mod pairs;
mod parts;
mod remarks;
mod seen;
mod stdin;
mod weighing;
mod whole;

use crate::args::Global;
use crate::failure::{Code, Failure, Outcome};
use crate::progress;
use foretaste::data::{Dataset, Keep, k_core};
use foretaste::io::{
    BadRow, Columns, Delimiter, Doubt, FormatKind, InputProblem, ReadApart, ReadOptions,
    ReadReport, Threshold, Titles, read_interactions_apart, read_interactions_apart_from,
    read_titles, read_titles_from,
};
use foretaste::{Recommender, io, model};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub(crate) use ids::{Unknown, examples, few, ids, item, once, user};
pub(crate) use pairs::{Pair, pairs};
pub(crate) use parts::{
    FILES, MANIFEST, Part, Parts, SEEN_PARTS, former, incomplete, part_of_folder,
};
pub(crate) use seen::Rest;
pub(crate) use weighing::{WeighedAs, Weighing, weights};
pub(crate) use whole::{Beside, Making, Target, Whole, check_names};

pub(crate) use stdin::{is_stdin, name};

pub(crate) use remarks::{columns, remarks, short, understood};

/// How to read interactions.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Reading {
    /// Which columns hold what, by number or header name: user=1,item=2,rating=3,time=4,event=5.
    #[arg(long, value_name = "COLUMNS")]
    columns: Option<Columns>,
    /// Which rows are positive feedback: 'rating>=4', or those where a column says one of some
    /// words, 'event=buy', 'liked=true', 'event=cart,buy'; all, if not given.
    #[arg(long, value_name = "RULE")]
    positive: Option<Threshold>,
    /// What the file is: a line an interaction (table), a user and its items (adjacency) or a JSON
    /// object (jsonl); or parquet.
    #[arg(long, value_name = "table|adjacency|jsonl|parquet")]
    layout: Option<FormatKind>,
    /// What separates the fields: , tab ; | :: or space.
    #[arg(long, value_name = "DELIMITER", allow_hyphen_values = true)]
    delimiter: Option<Delimiter>,
    /// The first line is a header.
    #[arg(long, conflicts_with = "no_header")]
    header: bool,
    /// The first line is an interaction.
    #[arg(long)]
    no_header: bool,
    /// What to do with a line that can't be used: fail, or skip and count it.
    #[arg(long, value_name = "fail|skip", default_value = "fail")]
    on_bad_row: BadRow,
    /// What the rows are.
    #[arg(skip)]
    rows: Rows,
    /// Times that can't be read are no reason to fail.
    #[arg(skip)]
    lenient_times: bool,
    /// Ratings are weights.
    #[arg(skip)]
    weighted: bool,
    /// Rows that are not positive are kept as such.
    #[arg(skip)]
    not_positive: bool,
    /// Rows of the validation part are training rows, too.
    #[arg(skip)]
    with_valid: bool,
}

/// What rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rows {
    /// Positive feedback, or what the rule for it picks.
    #[default]
    Positive,
    /// Rows with ratings, of which none counts as positive yet.
    Rated,
    /// Rows that were seen and are not positive.
    NotPositive,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            columns: None,
            positive: None,
            layout: None,
            delimiter: None,
            header: false,
            no_header: false,
            on_bad_row: BadRow::Fail,
            rows: Rows::Positive,
            lenient_times: false,
            weighted: false,
            not_positive: false,
            with_valid: false,
        }
    }
}

impl From<&ReadOptions> for Reading {
    /// The same as flags would say it.
    fn from(options: &ReadOptions) -> Self {
        let ReadOptions { columns, format, delimiter, header, on_bad_row, positive, .. } = options;
        Self {
            columns: (*columns != Columns::default()).then(|| columns.clone()),
            positive: positive.clone(),
            layout: *format,
            delimiter: *delimiter,
            header: *header == Some(true),
            no_header: *header == Some(false),
            on_bad_row: *on_bad_row,
            rows: Rows::Positive,
            weighted: options.weighted,
            lenient_times: options.lenient_times,
            not_positive: options.not_positive,
            with_valid: false,
        }
    }
}

impl Reading {
    /// To read all rows with their ratings, and the rule that says which of them are positive.
    pub(crate) fn of_ratings(&self) -> Outcome<(Self, Option<Threshold>)> {
        if let Some(rule) = self.positive.as_ref().filter(|rule| !rule.is_numeric()) {
            let message = format_args!("--positive '{rule}' is not about the rating");
            return Err(Failure::usage(message).help("'rating>=4' is; here rows are told by it"));
        }
        Ok((Self { positive: None, rows: Rows::Rated, ..self.clone() }, self.positive.clone()))
    }

    /// The flags that say how to read something, as they were given.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        [
            (self.columns.is_some(), "--columns"),
            (self.positive.is_some(), "--positive"),
            (self.layout.is_some(), "--layout"),
            (self.delimiter.is_some(), "--delimiter"),
            (self.header, "--header"),
            (self.no_header, "--no-header"),
            (self.on_bad_row != BadRow::Fail, "--on-bad-row"),
        ]
        .into_iter()
        .filter_map(|(given, flag)| given.then_some(flag))
        .collect()
    }

    /// To go on without times where they can't be read.
    pub(crate) fn without_need_of_times(&self) -> Self {
        Self { lenient_times: true, ..self.clone() }
    }

    /// To keep what is not positive, too.
    pub(crate) fn with_not_positive(&self) -> Self {
        Self { not_positive: true, ..self.clone() }
    }

    /// To take the validation part for a second half of the training part.
    pub(crate) fn with_valid(&self) -> Self {
        Self { with_valid: true, ..self.clone() }
    }

    /// To take all rows, whatever their rating.
    pub(crate) fn of_all_rows(&self) -> Self {
        Self { positive: None, ..self.clone() }
    }

    /// To read rows none of which is positive.
    pub(crate) fn of_not_positive(&self) -> Self {
        Self { rows: Rows::NotPositive, ..self.of_all_rows().without_need_of_times() }
    }

    /// Reads a file and says on stderr how it was understood and what was odd about it.
    pub(crate) fn read(
        &self,
        path: &Path,
        keep: Keep,
        global: &Global,
    ) -> Outcome<(Dataset, ReadReport)> {
        let ReadApart { data, report, .. } = read_as(path, &self.options(keep), self.rows, global)?;
        Ok((data, report))
    }

    /// What the reader is told.
    fn options(&self, keep: Keep) -> ReadOptions {
        ReadOptions {
            checksum: true,
            columns: self.columns.clone().unwrap_or_default(),
            format: self.layout,
            delimiter: self.delimiter,
            header: self.header_given(),
            keep,
            on_bad_row: self.on_bad_row,
            lenient_times: self.lenient_times,
            weighted: self.weighted,
            positive: self.positive.clone(),
            not_positive: self.not_positive,
        }
    }

    /// Whether the first line is a header, if that is said.
    fn header_given(&self) -> Option<bool> {
        if self.header { Some(true) } else { self.no_header.then_some(false) }
    }

    /// [`Reading::read`] of a part of a split.
    pub(crate) fn read_part(
        &self,
        part: &Part,
        keep: Keep,
        global: &Global,
    ) -> Outcome<(Dataset, ReadReport)> {
        let (data, report) = self.read(part, keep, global)?;
        part.check(&report)?;
        Ok((data, report))
    }

    /// [`Reading::read_part`] with what is not positive by itself, over its own ids.
    pub(crate) fn read_apart(
        &self,
        part: &Part,
        keep: Keep,
        global: &Global,
    ) -> Outcome<ReadApart> {
        let read = read_as(part, &self.options(keep), self.rows, global)?;
        part.check(&read.report)?;
        Ok(read)
    }

    /// Where rows came from: the file, how it was read and what was found in it; enough to get the
    /// same rows again.
    pub(crate) fn provenance(&self, path: &Path, core: Core, report: &ReadReport) -> Value {
        json!({
            "file": path.display().to_string(),
            "sha256": report.sha256,
            "format": report.format,
            "rows": report.rows,
            "bad_rows": report.bad_rows,
            "below_threshold": report.below_threshold,
            "duplicates": report.duplicates,
            "reading": {
                "columns": self.columns.as_ref().map(ToString::to_string),
                "positive": self.positive.as_ref().map(ToString::to_string),
                "layout": self.layout,
                "delimiter": self.delimiter,
                "header": self.header_given(),
                "on_bad_row": self.on_bad_row,
            },
            "k_core": core.k_core,
        })
    }
}

fn read_as(path: &Path, options: &ReadOptions, rows: Rows, global: &Global) -> Outcome<ReadApart> {
    let bar = progress::reading(path, global.quiet);
    let result = match is_stdin(path) {
        true => read_interactions_apart_from(stdin::take()?, stdin::NAME, options),
        false => read_interactions_apart(path, options, &mut |read, size| bar.set(read, size)),
    };
    drop(bar);
    let mut read = result?;
    if rows == Rows::NotPositive {
        read.report.doubts.retain(|doubt| !matches!(doubt, Doubt::NotPositive { .. }));
    }
    let understanding = remarks::understanding(&read.report, rows != Rows::Positive);
    say_once(format!("read {}: {understanding}", read.report.file), global);
    for line in remarks(&read.report) {
        say_once(format!("note: {}: {line}", read.report.file), global);
    }
    Ok(read)
}

/// Says a line on stderr that nothing has said so far: a refit reads again what the search has read.
fn say_once(line: String, global: &Global) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if !said.contains(&line) {
        global.note(&line);
        said.insert(line);
    }
}

/// Which users and items are too rare to keep.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Core {
    /// Keep only users and items with at least N interactions among themselves.
    #[arg(long, value_name = "N", default_value_t = 1)]
    k_core: u32,
}

impl Core {
    pub(crate) fn of(k_core: u32) -> Self {
        Self { k_core }
    }

    pub(crate) fn apply(self, data: Dataset, path: &Path) -> Outcome<Dataset> {
        if self.k_core <= 1 {
            return Ok(data);
        }
        let core = k_core(&data, self.k_core, self.k_core)?;
        if core.interactions().nnz() == 0 {
            let n = self.k_core;
            return Err(Failure::data(format_args!("{}: the {n}-core is empty", path.display()))
                .help("--k-core takes a smaller number"));
        }
        Ok(core)
    }
}

/// Loads a model file.
pub(crate) fn model(path: &Path, global: &Global) -> Outcome<Recommender> {
    Recommender::load_by(global.registry(), path).map_err(|error| match error {
        foretaste::Error::Model(model::Error::UnknownMethod { .. }) => {
            Failure::from(error).about(path)
        }
        foretaste::Error::Model(model::Error::Tensor { .. }) => {
            Failure::new(Code::Model, error).about(path).help("train the model again")
        }
        _ => error.into(),
    })
}

/// Reads item titles; the flags that say how to read interactions are not for them.
pub(crate) fn titles(path: &Path) -> Outcome<Titles> {
    let read = match is_stdin(path) {
        true => read_titles_from(stdin::take()?, stdin::NAME),
        false => read_titles(path),
    };
    read.map_err(|error| {
        let reading = match &error {
            io::Error::Row { .. } => true,
            io::Error::Input { problem, .. } => matches!(problem, InputProblem::HeaderOnly),
            _ => false,
        };
        let failure = Failure::from(error);
        if reading {
            failure.help("a line of titles is an item's id and its title, as in movies.csv")
        } else {
            failure
        }
    })
}
