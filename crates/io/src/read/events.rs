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
use crate::read::records::{Record, Records};
use crate::read::rows::{Refusal, RowReader, Tally, too_few};
use crate::read::sample::Sample;
use crate::read::sink::Collected;
use crate::read::source::{RawInput, Text};
use crate::read::{Found, check_some, in_file, open, record_error};
use crate::{
    Column, Columns, Error, FeedbackNames, FormatKind, InputProblem, ReadOptions, ReadReport,
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
    let (file, size) = open(path).map_err(|problem| in_file(&name, problem))?;
    let raw = RawInput::new(file, size, Some(progress), options.checksum);
    read(raw, &name, options, names)
}

fn read<R: Read>(
    mut raw: RawInput<'_, R>,
    name: &str,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<ReadEvents, Error> {
    let text = Text::open(&mut raw).map_err(|problem| in_file(name, problem))?;
    let compression = text.compression;
    let (at, plans) = plans(&text, options, names).map_err(|problem| in_file(name, problem))?;
    let readers = plans.iter().map(|plan| RowReader::new(&plan.layout, &plan.options)).collect();
    let mut events = Events { at, names, readers, other_rows: 0, others: BTreeMap::new() };
    events.read(text, &plans[0].layout, name)?;
    events.check(&plans).map_err(|problem| in_file(name, problem))?;
    let (other_rows, others) = (events.other_rows, commonest_first(&events.others));
    let collected = events.finish()?;
    let (bytes, sha256) = raw.finish().map_err(|error| in_file(name, error.into()))?;
    let feedback = |((plan, feedback), (collected, tally)): ((Plan, &String), (_, _))| {
        let (layout, sha256) = (plan.layout, sha256.clone());
        let found = Found { layout, compression, tally, collected, sha256 };
        let (data, report) = found.conclude(name, bytes, &plan.options);
        ReadFeedback { name: feedback.clone(), data, report }
    };
    let feedbacks = plans.into_iter().zip(names.iter()).zip(collected).map(feedback).collect();
    Ok(ReadEvents { feedbacks, other_rows, others })
}

/// How the rows of a feedback are read.
#[derive(Debug)]
struct Plan {
    layout: Layout,
    options: ReadOptions,
}

/// The column of events, and a plan for each feedback.
fn plans(
    text: &Text<'_>,
    options: &ReadOptions,
    names: &FeedbackNames,
) -> Result<(usize, Vec<Plan>), InputProblem> {
    let all = ReadOptions { positive: None, ..options.clone() };
    let at = event_column(text, &Layout::detect(text, &all)?, names);
    let at = at.ok_or_else(|| match text.sample.trim_ascii().is_empty() {
        true => InputProblem::Empty,
        false => InputProblem::NoEvents { names: names.to_string() },
    })?;
    let event = options.columns.event.clone().unwrap_or(Column::Number(at + 1));
    let columns = Columns { event: Some(event), ..options.columns.clone() };
    let plan = |(n, _): (usize, &String)| {
        let is_target = n + 1 == names.len();
        let positive = options.positive.clone().filter(|_| is_target);
        let options = ReadOptions { positive, columns: columns.clone(), ..options.clone() };
        let mut layout = Layout::detect(text, &options)?;
        // What looks wrong is said once, and that there are several events is no surprise.
        layout.doubts.retain(|doubt| {
            is_target && !matches!(doubt, Doubt::Kinds { column, .. } if column.number == at + 1)
        });
        Ok(Plan { layout, options })
    };
    Ok((at, names.iter().enumerate().map(plan).collect::<Result<_, InputProblem>>()?))
}

/// The column that says what happened: asked for, by its name, or because it says some of `names`.
fn event_column(text: &Text<'_>, layout: &Layout, names: &FeedbackNames) -> Option<usize> {
    if layout.kind == FormatKind::Adjacency {
        return None;
    }
    let by_name = || layout.header.as_deref().and_then(find_event);
    layout.roles.event.or_else(by_name).or_else(|| speaking_column(text, layout, names))
}

/// The column that says the names most often, of those that are not known to be something else. Names
/// that are numbers say nothing: they may as well be ratings.
fn speaking_column(text: &Text<'_>, layout: &Layout, names: &FeedbackNames) -> Option<usize> {
    let roles = &layout.roles;
    let known = [
        Some(roles.user).filter(|_| !roles.user_guessed),
        Some(roles.item).filter(|_| !roles.item_guessed),
    ];
    let sample = Sample::split(&text.sample, text.complete, layout.dialect);
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

impl Events<'_> {
    fn read(&mut self, text: Text<'_>, layout: &Layout, name: &str) -> Result<(), Error> {
        let compression = text.compression;
        let mut records = Records::new(text.into_read(), layout.dialect);
        let mut header = layout.header.is_some();
        while let Some(record) =
            records.next().map_err(|error| record_error(error, name, compression))?
        {
            if std::mem::take(&mut header) {
                continue;
            }
            self.take(&record, layout).map_err(|refusal| match refusal {
                Refusal::Row(problem) => {
                    Error::Row { file: name.to_owned(), line: record.line, problem }
                }
                Refusal::Fatal(error) => error.into(),
            })?;
        }
        Ok(())
    }

    fn take(&mut self, record: &Record<'_>, layout: &Layout) -> Result<(), Refusal> {
        /// More events than these are no events.
        const MOST: usize = 1000;
        let target = self.readers.len() - 1;
        let Some(event) = record.field(self.at) else {
            let problem = too_few(record, self.at, layout.dialect.delimiter);
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

    fn finish(self) -> Result<Vec<(Collected, Tally)>, Error> {
        let finish = |RowReader { sink, tally, .. }| Ok((sink.finish()?, tally));
        self.readers.into_iter().map(finish).collect()
    }
}

fn commonest_first(kinds: &BTreeMap<Box<str>, u64>) -> Vec<Kind> {
    let kinds = kinds.iter().map(|(value, &rows)| Kind { value: shown(value), rows });
    let mut kinds: Vec<Kind> = kinds.collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
    kinds
}
