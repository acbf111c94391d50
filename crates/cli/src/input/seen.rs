//! What was seen and is not positive, until it is clear which users and items there are.

use super::{Part, Reading};
use crate::args::Global;
use crate::failure::Outcome;
use crate::output::count;
use foretaste::data::{Dataset, Keep};

/// Rows that are not positive, by the files they are in: those that fail --positive, and those of a
/// split's files of their own.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    parts: Vec<Dataset>,
}

impl Rest {
    /// Those of a part that was read, if there are any, and of the split's file for them.
    pub(crate) fn read(
        failed: Option<Dataset>,
        file: Option<&Part>,
        reading: &Reading,
        keep: Keep,
        global: &Global,
    ) -> Outcome<Self> {
        let mut parts: Vec<Dataset> = failed.into_iter().collect();
        if let Some(part) = file.filter(|_| reading.not_positive) {
            parts.push(reading.of_not_positive().read_part(part, keep, global)?.0);
        }
        Ok(Self { parts })
    }

    /// Adds those of another part.
    pub(super) fn join(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    /// The data with these rows; says on stderr how many there are, if any, and are of no use.
    pub(crate) fn add_to(self, data: Dataset, what: &str, global: &Global) -> Outcome<Dataset> {
        let Some(rows) = self.into_rows()? else { return Ok(data) };
        let (data, unknown) = data.with_not_positive(&rows)?;
        let Some(known) = data.not_positive() else { return Ok(data) };
        let pairs = count(known.nnz() as u64, "pair");
        let unknown = match unknown {
            0 => String::new(),
            unknown => {
                let unknown = count(unknown as u64, "other");
                format!("; {unknown} of users or items without positive feedback left out")
            }
        };
        global.note(format_args!("note: {what}: {pairs} seen but not positive{unknown}"));
        Ok(data)
    }

    /// All of them; `None` if there are none.
    pub(crate) fn into_rows(self) -> Outcome<Option<Dataset>> {
        let Self { mut parts } = self;
        if parts.len() < 2 {
            return Ok(parts.pop());
        }
        let named = parts.into_iter().enumerate().map(|(n, rows)| (n.to_string(), rows));
        Ok(Some(Dataset::of_feedbacks(named.collect())?.union()?))
    }
}
