//! Several feedbacks out of one file, told apart by a column of events.
//!
//! Each has a reader of its own, and so a data set and a report like those of a file of its own: a
//! folder with a file for each feedback gives the same. Only the general reader does this: the fast
//! path knows no text.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crate::error::{near, shown};
use crate::read::columns::find_event;
use crate::read::doubt::{Doubt, Kind};
use crate::read::intern::decode;
use crate::read::layout::Layout;
use crate::read::opened::Opened;
use crate::read::parquet::Source;
#[cfg(feature = "parquet")]
use crate::read::parquet::{Table, each_record};
use crate::read::records::Record;
use crate::read::rows::{Refusal, RowReader, Tally, too_few};
use crate::read::sample::Sample;
use crate::read::sink::Collected;
use crate::read::source::{Progress, RawInput, Text};
use crate::read::{Found, ReadApart, check_some, collect, in_file, record_error};
use crate::{
    Column, Columns, Compression, Error, FeedbackNames, FormatKind, InputProblem, ReadOptions,
    ReadReport,
};
use foretaste_data::Dataset;

/// A feedback as it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadFeedback {
    /// What it is called.
    pub name: String,
    /// Its rows, over the ids that it has.
    pub data: Dataset,
    /// Of the last, rows that were seen and are not positive, over their own ids; `None` if there are
    /// none, or [`ReadOptions::not_positive`] does not ask for them.
    pub not_positive: Option<Dataset>,
    /// What was found of it: rows are those of this feedback.
    pub report: ReadReport,
}

/// Several feedbacks, weakest first, and what else the file holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadEvents {
    /// Those that were asked for, in that order.
    pub feedbacks: Vec<ReadFeedback>,
    /// Rows of events that were not asked for: they are left out.
    pub other_rows: u64,
    /// Those events, the commonest first, of the first 1000 that were met.
    pub others: Vec<Kind>,
}

/// Reads several feedbacks out of a file that says in a column what happened.
///
/// The column is the one asked for, else one of a usual name, else the one that holds the names.
/// Events are told apart by their text, whatever the case of its letters.
/// [`ReadOptions::positive`] is about the last feedback, which is to be recommended for; the others
/// are taken whole. `progress` is called with the bytes read and the size of the file.
///
/// # Errors
/// As [`read_interactions`](crate::read_interactions) for each feedback;
/// [`InputProblem::NoEvents`] if no column says what happened, and [`InputProblem::NoSuchEvent`] if
/// no row is of one of them.
pub fn read_events(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    names: &FeedbackNames,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ReadEvents, Error> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let (opened, size, options) =
        Opened::file(path, options).map_err(|problem| in_file(&name, problem))?;
    read_opened(opened, size, Some(progress), &name, &options, names)
}

/// [`read_events`] from any input, which messages call `name`.
///
/// # Errors
/// As [`read_events`].
pub fn read_events_from(
    input: impl Read,
    name: &str,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<ReadEvents, Error> {
    let opened = Opened::input(input, options).map_err(|problem| in_file(name, problem))?;
    read_opened(opened, 0, None, name, options, names)
}

fn read_opened(
    opened: Opened<impl Read>,
    size: u64,
    progress: Progress<'_>,
    name: &str,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<ReadEvents, Error> {
    match opened {
        Opened::Parquet(source) => read_parquet(source, name, options, names),
        Opened::Text(text) => {
            read(RawInput::new(text, size, progress, options.checksum), name, options, names)
        }
    }
}

fn read<R: Read>(
    mut raw: RawInput<'_, R>,
    name: &str,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<ReadEvents, Error> {
    let text = Text::open(&mut raw).map_err(|problem| in_file(name, problem))?;
    let compression = text.compression;
    let (at, plans) =
        plans(&Beginning::Text(&text), options, names).map_err(|problem| in_file(name, problem))?;
    let mut events = Events::new(at, names, &plans);
    events.read(text, of_target(&plans), name)?;
    let read = events.finish(&plans, name)?;
    let (bytes, sha256) = raw.finish().map_err(|error| in_file(name, error.into()))?;
    Ok(read.conclude(plans, names, (name, bytes, sha256, compression)))
}

#[cfg(feature = "parquet")]
fn read_parquet(
    source: Source,
    name: &str,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<ReadEvents, Error> {
    let table = Table::open(source).map_err(|problem| in_file(name, problem))?;
    let sample = table.sample().map_err(|problem| in_file(name, problem))?;
    let (at, plans) = plans(&Beginning::Parquet(&table, &sample), options, names)
        .map_err(|problem| in_file(name, problem))?;
    let mut events = Events::new(at, names, &plans);
    let layout = of_target(&plans);
    each_record(&table, layout, name, |record| events.take_from(record, layout, name))?;
    let read = events.finish(&plans, name)?;
    let sha256 = options.checksum.then(|| table.source.checksum()).transpose();
    let sha256 = sha256.map_err(|error| in_file(name, error.into()))?;
    Ok(read.conclude(plans, names, (name, table.size(), sha256, Compression::None)))
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(
    source: Source,
    _: &str,
    _: &ReadOptions,
    _: &FeedbackNames,
) -> Result<ReadEvents, Error> {
    match source {}
}

/// What is looked at before the rows are read.
enum Beginning<'a> {
    Text(&'a Text<'a>),
    #[cfg(feature = "parquet")]
    Parquet(&'a Table, &'a Sample),
}

impl Beginning<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.sample.trim_ascii().is_empty(),
            #[cfg(feature = "parquet")]
            Self::Parquet(_, sample) => sample.rows.len() < 2,
        }
    }

    fn layout(&self, options: &ReadOptions) -> Result<Layout, InputProblem> {
        match self {
            Self::Text(text) => Layout::detect(text, options),
            #[cfg(feature = "parquet")]
            Self::Parquet(table, sample) => table.layout(sample, options),
        }
    }

    fn sample(&self, layout: &Layout) -> Sample {
        match self {
            Self::Text(text) => layout.sample(text),
            #[cfg(feature = "parquet")]
            Self::Parquet(_, sample) => (*sample).clone(),
        }
    }
}

/// How the rows of a feedback are read.
#[derive(Debug)]
struct Plan {
    layout: Layout,
    options: ReadOptions,
}

/// The layout that records are cut by: that of the last, which alone has a rule and needs its column.
fn of_target(plans: &[Plan]) -> &Layout {
    &plans.last().expect("feedbacks have names").layout
}

/// The column of events, and a plan for each feedback.
fn plans(
    file: &Beginning<'_>,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<(usize, Vec<Plan>), InputProblem> {
    let all = ReadOptions { positive: None, ..options.clone() };
    let at = event_column(file, &file.layout(&all)?, names);
    let at = at.ok_or_else(|| match file.is_empty() {
        true => InputProblem::Empty,
        false => InputProblem::NoEvents { names: names.to_string() },
    })?;
    let event = options.columns.event.clone().unwrap_or(Column::Number(at + 1));
    let columns = Columns { event: Some(event), ..options.columns.clone() };
    let plan = |(n, _): (usize, &String)| {
        let is_target = n + 1 == names.len();
        let positive = options.positive.clone().filter(|_| is_target);
        let options = ReadOptions { positive, columns: columns.clone(), ..options.clone() };
        let mut layout = file.layout(&options)?;
        // What looks wrong is said once, and that there are several events is no surprise.
        layout.doubts.retain(|doubt| {
            is_target && !matches!(doubt, Doubt::Kinds { column, .. } if column.number == at + 1)
        });
        Ok(Plan { layout, options })
    };
    Ok((at, names.iter().enumerate().map(plan).collect::<Result<_, InputProblem>>()?))
}

/// The column that says what happened: asked for, by its name, or because it says some of `names`.
fn event_column(file: &Beginning<'_>, layout: &Layout, names: &FeedbackNames) -> Option<usize> {
    if layout.kind == FormatKind::Adjacency {
        return None;
    }
    let by_name = || layout.header.as_deref().and_then(find_event);
    layout.roles.event.or_else(by_name).or_else(|| speaking_column(file, layout, names))
}

/// The column that says the names most often, of those that are not known to be something else. Names
/// that are numbers say nothing: they may as well be ratings.
fn speaking_column(file: &Beginning<'_>, layout: &Layout, names: &FeedbackNames) -> Option<usize> {
    let roles = &layout.roles;
    let known = [
        Some(roles.user).filter(|_| !roles.user_guessed),
        Some(roles.item).filter(|_| !roles.item_guessed),
    ];
    let sample = file.sample(layout);
    let skip = usize::from(layout.header.is_some());
    let says = |field: &str| field.parse::<f64>().is_err() && names.find(field).is_some();
    let width = sample.rows.iter().map(Vec::len).max().unwrap_or(0);
    let columns = (0..width).filter(|at| !known.contains(&Some(*at)));
    let shares = columns.map(|at| (sample.share(at, skip, says), at));
    // The first of equally good ones.
    let (share, at) = shares.rev().max_by(|a, b| a.0.total_cmp(&b.0))?;
    (share > 0.0).then_some(at)
}

/// The rows of a file, each at the reader of its feedback.
struct Events<'a> {
    /// The column of events.
    at: usize,
    names: &'a FeedbackNames,
    readers: Vec<RowReader<'a>>,
    other_rows: u64,
    others: BTreeMap<Box<str>, u64>,
}

impl<'a> Events<'a> {
    fn new(at: usize, names: &'a FeedbackNames, plans: &'a [Plan]) -> Self {
        let readers = plans.iter().map(|plan| RowReader::new(&plan.layout, &plan.options));
        Self { at, names, readers: readers.collect(), other_rows: 0, others: BTreeMap::new() }
    }

    fn read(&mut self, text: Text<'_>, layout: &Layout, name: &str) -> Result<(), Error> {
        let compression = text.compression;
        let mut records = layout.records(text.into_read());
        let mut header = layout.has_header_line();
        while let Some(record) =
            records.next().map_err(|error| record_error(error, name, compression))?
        {
            if std::mem::take(&mut header) {
                continue;
            }
            self.take_from(&record, layout, name)?;
        }
        Ok(())
    }

    /// Takes a record of the file of this name.
    fn take_from(&mut self, record: &Record<'_>, layout: &Layout, name: &str) -> Result<(), Error> {
        self.take(record, layout).map_err(|refusal| refusal.of(name, record.line))
    }

    fn take(&mut self, record: &Record<'_>, layout: &Layout) -> Result<(), Refusal> {
        /// More events than these are no events.
        const MOST: usize = 1000;
        let target = self.readers.len() - 1;
        if let Err(problem) = record.check() {
            return self.readers[target].refuse(record.line, problem);
        }
        let Some(event) = record.field(self.at) else {
            let problem = too_few(record, self.at, layout);
            return self.readers[target].refuse(record.line, problem);
        };
        let event = decode(event);
        if let Some(n) = self.names.find(&event) {
            return self.readers[n].take(record);
        }
        self.other_rows += 1;
        if let Some(rows) = self.others.get_mut(event.as_ref()) {
            *rows += 1;
        } else if self.others.len() < MOST {
            self.others.insert(event.into(), 1);
        }
        Ok(())
    }

    /// A feedback without a row is an error that says what there is.
    fn check(&self, plans: &[Plan]) -> Result<(), InputProblem> {
        for ((reader, plan), name) in self.readers.iter().zip(plans).zip(self.names.iter()) {
            if reader.tally.rows == 0 {
                return Err(match self.readers.iter().all(|reader| reader.tally.rows == 0) {
                    true if self.other_rows == 0 => InputProblem::HeaderOnly,
                    _ => self.missing(name),
                });
            }
            check_some(reader, &plan.layout, &plan.options)?;
        }
        Ok(())
    }

    fn missing(&self, name: &str) -> InputProblem {
        let readers = self.readers.iter().zip(self.names.iter());
        let named = readers.map(|(reader, name)| (name.as_str().into(), reader.tally.rows));
        let mut all = self.others.clone();
        all.extend(named.filter(|(_, rows)| *rows > 0));
        let kinds = commonest_first(&all);
        let near = near(name, all.keys().map(AsRef::as_ref).filter(|&kind| kind != name));
        let said = |kind: &Kind| format!("{} ({})", kind.value, kind.rows);
        const SHOWN: usize = 12;
        let mut found: Vec<String> = kinds.iter().take(SHOWN).map(said).collect();
        found.extend((kinds.len() > SHOWN).then(|| "…".to_owned()));
        InputProblem::NoSuchEvent { name: shown(name), near, found: found.join(", ") }
    }

    fn finish(self, plans: &[Plan], name: &str) -> Result<Taken, Error> {
        self.check(plans).map_err(|problem| in_file(name, problem))?;
        let (other_rows, others) = (self.other_rows, commonest_first(&self.others));
        let collected = self.readers.into_iter().map(collect).collect::<Result<_, Error>>()?;
        Ok(Taken { collected, other_rows, others })
    }
}

/// What became of all rows.
struct Taken {
    collected: Vec<(Collected, Tally)>,
    other_rows: u64,
    others: Vec<Kind>,
}

impl Taken {
    /// The data sets with their reports, of a file of this name, size and checksum.
    fn conclude(
        self,
        plans: Vec<Plan>,
        names: &FeedbackNames,
        (name, bytes, sha256, compression): (&str, u64, Option<String>, Compression),
    ) -> ReadEvents {
        let feedback = |((plan, feedback), (collected, tally)): ((Plan, &String), (_, _))| {
            let (layout, sha256) = (plan.layout, sha256.clone());
            let found = Found { layout, compression, tally, collected, sha256 };
            let ReadApart { data, not_positive, report } =
                found.conclude(name, bytes, &plan.options);
            ReadFeedback { name: feedback.clone(), data, not_positive, report }
        };
        let feedbacks = plans.into_iter().zip(names.iter()).zip(self.collected);
        let feedbacks = feedbacks.map(feedback).collect();
        ReadEvents { feedbacks, other_rows: self.other_rows, others: self.others }
    }
}

fn commonest_first(kinds: &BTreeMap<Box<str>, u64>) -> Vec<Kind> {
    let kinds = kinds.iter().map(|(value, &rows)| Kind { value: shown(value), rows });
    let mut kinds: Vec<Kind> = kinds.collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
    kinds
}
