//! Rows of columns, into a data set.

use crate::column::{Column, Id};
use crate::fault::{Fault, Outcome, Trouble};
use foretaste::data::{
    Coordinates, Dataset, Interactions, Interner, ItemId, Keep, Repeats, UserId,
};
use foretaste::io::Threshold;

/// The most rows that one data set has.
const MOST: usize = u32::MAX as usize;

/// The columns of some rows.
pub(crate) struct Columns<'py> {
    pub(crate) users: Column<'py>,
    pub(crate) items: Column<'py>,
    pub(crate) weights: Option<Column<'py>>,
    pub(crate) times: Option<Column<'py>>,
    /// What the rule for positive rows looks at, or what says which feedback a row is.
    pub(crate) marks: Option<Column<'py>>,
}

/// What columns are called.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) user: String,
    pub(crate) item: String,
    pub(crate) weight: String,
    pub(crate) time: String,
    pub(crate) mark: String,
}

/// Which rows are what.
#[derive(Debug)]
pub(crate) enum Rule {
    /// All are positive.
    All,
    /// Those that pass are positive, and the rest was seen.
    Positive(Threshold),
    /// Feedbacks by name, weakest first; what is none of them is left out.
    Feedback(Vec<String>),
}

/// Of what type ids were given, which they are returned as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    pub(crate) integers: bool,
    pub(crate) text: bool,
}

/// A group that a row is in: a sink's number, or none.
type Group = u8;
const NONE: Group = Group::MAX;

/// Collects rows, each in the sink of its group.
#[derive(Debug)]
pub(crate) struct Rows {
    names: Names,
    rule: Rule,
    sinks: Vec<Sink>,
    repeats: Repeats,
    skip_missing: bool,
    kinds: [Kinds; 2],
    /// Rows that were looked at.
    rows: u64,
    pub(crate) skipped: u64,
    pub(crate) left_out: u64,
}

#[derive(Debug)]
struct Sink {
    users: Interner,
    items: Interner,
    rows: Coordinates,
}

impl Sink {
    fn new(keep: Keep) -> Self {
        let rows = Coordinates::for_keep(keep);
        Self { users: Interner::default(), items: Interner::default(), rows }
    }

    /// The data set, and how many rows were repeats.
    fn finish(self, repeats: Repeats) -> Outcome<(Dataset, u64)> {
        let Self { users, items, mut rows } = self;
        let (users, ranks) = users.finish();
        rows.users.iter_mut().for_each(|user| user.0 = ranks[user.index()]);
        let (items, ranks) = items.finish();
        rows.items.iter_mut().for_each(|item| item.0 = ranks[item.index()]);
        let (matrix, dropped) =
            Interactions::from_repeated(rows, users.len(), items.len(), repeats)?;
        Ok((Dataset::new(users, items, matrix)?, dropped as u64))
    }
}

impl Rows {
    pub(crate) fn new(names: Names, rule: Rule, keep: Keep, skip_missing: bool) -> Self {
        let sinks = match &rule {
            Rule::All => 1,
            Rule::Positive(_) => 2,
            Rule::Feedback(names) => names.len(),
        };
        // Weights are plays and counts, which add up.
        let repeats = if keep.weights { Repeats::Sum } else { Repeats::Latest };
        Self {
            names,
            rule,
            sinks: (0..sinks).map(|_| Sink::new(keep)).collect(),
            repeats,
            skip_missing,
            kinds: [Kinds::default(); 2],
            rows: 0,
            skipped: 0,
            left_out: 0,
        }
    }

    /// Takes rows.
    pub(crate) fn take(&mut self, columns: &Columns<'_>) -> Outcome {
        let rows = columns.users.len();
        let others = [
            (&self.names.item, Some(&columns.items)),
            (&self.names.weight, columns.weights.as_ref()),
            (&self.names.time, columns.times.as_ref()),
            (&self.names.mark, columns.marks.as_ref()),
        ];
        for (name, column) in others {
            if let Some(column) = column.filter(|column| column.len() != rows) {
                let (user, found) = (&self.names.user, column.len());
                return Err(Fault::data(format!(
                    "column {name} has {found} values, and column {user} {rows}"
                )));
            }
        }
        let taken: usize = self.sinks.iter().map(|sink| sink.rows.users.len()).sum();
        if taken + rows > MOST {
            return Err(Fault::data("more than 2^32 rows are for several machines"));
        }
        let groups = self.groups(columns)?;
        self.take_ids(columns, groups.as_deref())?;
        self.take_numbers(columns, groups.as_deref())?;
        self.rows += rows as u64;
        Ok(())
    }

    /// Of each row the group; `None` if all are in the first.
    fn groups(&mut self, columns: &Columns<'_>) -> Outcome<Option<Vec<Group>>> {
        let mut groups = self.marked(columns)?;
        for (name, column) in
            [(&self.names.user, &columns.users), (&self.names.item, &columns.items)]
        {
            let missing = column.missing();
            let Some(first) = missing.first() else { continue };
            if !self.skip_missing {
                let row = self.rows + *first as u64;
                return Err(Fault::Data(Trouble {
                    message: format!(
                        "column {name}: {} rows have no id, the first is row {row}; drop them, or say \
                         on_null=\"skip\"",
                        missing.len()
                    ),
                    column: Some(name.clone()),
                    row: Some(row),
                    value: None,
                }));
            }
            let groups = groups.get_or_insert_with(|| vec![0; columns.users.len()]);
            for row in missing {
                self.skipped += u64::from(groups[row] != NONE);
                groups[row] = NONE;
            }
        }
        Ok(groups)
    }

    fn marked(&mut self, columns: &Columns<'_>) -> Outcome<Option<Vec<Group>>> {
        let name = &self.names.mark;
        let Some(marks) = &columns.marks else { return Ok(None) };
        match &self.rule {
            Rule::All => Ok(None),
            Rule::Positive(rule) => {
                if rule.is_numeric() && marks.is_numeric() {
                    let floats = marks.floats(name)?;
                    if let Some(row) = floats.iter().position(|value| value.is_nan()) {
                        let row = self.rows + row as u64;
                        return Err(Fault::Data(Trouble {
                            message: format!("column {name}, row {row}: there is no value"),
                            column: Some(name.clone()),
                            row: Some(row),
                            value: None,
                        }));
                    }
                    let group = |value: &f64| Group::from(!rule.passes(*value));
                    return Ok(Some(floats.iter().map(group).collect()));
                }
                let mut groups = Vec::with_capacity(marks.len());
                marks.each_text(name, |_, text| {
                    let passes = text.is_some_and(|text| rule.accepts(text.as_bytes()));
                    groups.push(Group::from(!passes));
                })?;
                Ok(Some(groups))
            }
            Rule::Feedback(names) => {
                let mut groups = Vec::with_capacity(marks.len());
                let mut left_out = 0;
                marks.each_text(name, |_, text| {
                    let is = |name: &String| {
                        text.is_some_and(|text| text.trim().eq_ignore_ascii_case(name))
                    };
                    let group = names.iter().position(is);
                    left_out += u64::from(group.is_none());
                    groups.push(group.map_or(NONE, |group| group as Group));
                })?;
                self.left_out += left_out;
                Ok(Some(groups))
            }
        }
    }

    fn take_ids(&mut self, columns: &Columns<'_>, groups: Option<&[Group]>) -> Outcome {
        let (sinks, start) = (&mut self.sinks, self.rows);
        let mut kinds = [Kinds::default(); 2];
        numbered(&columns.users, &self.names.user, start, &mut kinds[0], groups, |group, id| {
            let sink = &mut sinks[group];
            sink.rows.users.push(UserId(interned(&mut sink.users, id)?));
            Ok(())
        })?;
        numbered(&columns.items, &self.names.item, start, &mut kinds[1], groups, |group, id| {
            let sink = &mut sinks[group];
            sink.rows.items.push(ItemId(interned(&mut sink.items, id)?));
            Ok(())
        })?;
        for (known, new) in self.kinds.iter_mut().zip(kinds) {
            known.integers |= new.integers;
            known.text |= new.text;
        }
        let names = [&self.names.user, &self.names.item];
        match names.iter().zip(self.kinds).find(|(_, kinds)| kinds.integers && kinds.text) {
            None => Ok(()),
            Some((name, _)) => Err(Fault::data(format!(
                "column {name}: integers and text in one column; make all of them text"
            ))),
        }
    }

    fn take_numbers(&mut self, columns: &Columns<'_>, groups: Option<&[Group]>) -> Outcome {
        let of = |row: usize| groups.map_or(0, |groups| groups[row]);
        if let Some(column) = &columns.weights {
            let name = &self.names.weight;
            for (row, weight) in column.floats(name)?.into_iter().enumerate() {
                let group = of(row);
                if group == NONE {
                    continue;
                }
                let kept = weight as f32;
                if !(kept > 0.0 && kept.is_finite()) {
                    let row = self.rows + row as u64;
                    return Err(Fault::Data(Trouble {
                        message: format!(
                            "column {name}, row {row}: {weight} is no weight; a weight is a number above 0"
                        ),
                        column: Some(name.clone()),
                        row: Some(row),
                        value: Some(weight.to_string()),
                    }));
                }
                let sink = &mut self.sinks[usize::from(group)];
                sink.rows.weights.iter_mut().for_each(|weights| weights.push(kept));
            }
        }
        if let Some(column) = &columns.times {
            for (row, time) in column.times(&self.names.time)?.into_iter().enumerate() {
                let group = of(row);
                if group != NONE {
                    let sink = &mut self.sinks[usize::from(group)];
                    sink.rows.times.iter_mut().for_each(|times| times.push(time));
                }
            }
        }
        Ok(())
    }

    /// The data set, of what types its ids were, and how many rows were repeats.
    pub(crate) fn finish(self) -> Outcome<(Dataset, [Kinds; 2], u64)> {
        let Self { rule, sinks, repeats, kinds, .. } = self;
        let mut parts = Vec::with_capacity(sinks.len());
        let mut repeated = 0;
        for sink in sinks {
            let (part, dropped) = sink.finish(repeats)?;
            repeated += dropped;
            parts.push(part);
        }
        let data = match rule {
            Rule::Feedback(names) => Dataset::of_feedbacks(names.into_iter().zip(parts).collect())?,
            _ => {
                let mut parts = parts.into_iter();
                let data = parts.next().expect("there is a sink at least");
                match parts.next() {
                    Some(rest) => data.with_not_positive(&rest)?.0,
                    None => data,
                }
            }
        };
        Ok((data, kinds, repeated))
    }
}

/// Calls `take` with the ids of a column that are in a group.
fn numbered(
    column: &Column<'_>,
    name: &str,
    start: u64,
    kinds: &mut Kinds,
    groups: Option<&[Group]>,
    mut take: impl FnMut(usize, Id<'_>) -> Outcome,
) -> Outcome {
    column.each_id(name, |row, id| {
        let group = groups.map_or(0, |groups| groups[row]);
        if group == NONE {
            return Ok(());
        }
        match id {
            Id::Integer(_) | Id::Large(_) => kinds.integers = true,
            Id::Text(text) => {
                kinds.text = true;
                check(text, name, start + row as u64)?;
            }
        }
        take(usize::from(group), id)
    })
}

/// Refuses text that no file of interactions could hold.
fn check(text: &str, name: &str, row: u64) -> Outcome {
    let what = match text {
        "" => "an empty id",
        text if text.contains(['\n', '\r']) => "an id with a line break",
        _ => return Ok(()),
    };
    Err(Fault::Data(Trouble {
        message: format!("column {name}, row {row}: {what}"),
        column: Some(name.into()),
        row: Some(row),
        value: Some(text.chars().take(40).collect()),
    }))
}

#[inline]
fn interned(ids: &mut Interner, id: Id<'_>) -> Outcome<u32> {
    Ok(match id {
        Id::Integer(id) => ids.intern_integer(id)?,
        Id::Large(id) => ids.intern_text(&id.to_string())?,
        Id::Text(text) => ids.intern(text)?,
    })
}
