//! Vectors of all ids of a table, made row by row as they are written.

#[cfg(feature = "parquet")]
mod parquet;

use std::fmt;
use std::io::{self, Write};

use super::npy::header_of;
use super::{Side, check_id};
use foretaste_data::{IdTable, push_csv};
use rayon::prelude::*;

/// A vector for each id of a table.
#[derive(Clone, Copy)]
pub struct NamedVectors<'a> {
    /// Of whom they are.
    pub side: Side,
    /// Whose they are, in their order.
    pub ids: &'a IdTable,
    /// How long each is.
    pub width: usize,
    /// The vector of an id, by its index.
    pub row: &'a (dyn Fn(usize) -> Vec<f32> + Sync),
}

impl fmt::Debug for NamedVectors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, ids, width, .. } = self;
        let mut shown = f.debug_struct("NamedVectors");
        shown.field("side", side).field("rows", &ids.len()).field("width", width);
        shown.finish_non_exhaustive()
    }
}

/// Rows that are made at once, by as many threads as there are.
const AT_ONCE: usize = 4096;

impl NamedVectors<'_> {
    /// The first id that can't be a line of a file of ids.
    pub fn id_of_no_line(&self) -> Option<String> {
        let is_line = |id: &str| check_id(id.as_bytes(), self.side).is_ok();
        self.ids.names().find(|id| !is_line(id)).map(String::from)
    }

    /// Writes the vectors as `.npy`, in the order of [`NamedVectors::write_ids`].
    ///
    /// # Errors
    /// What `output` returns.
    pub fn write_npy(&self, output: &mut dyn Write) -> io::Result<()> {
        output.write_all(&header_of(self.ids.len(), self.width))?;
        self.write_rows(output, |row| {
            (self.row)(row).into_iter().flat_map(f32::to_le_bytes).collect()
        })
    }

    /// Writes the ids, one a line.
    ///
    /// # Errors
    /// What `output` returns.
    pub fn write_ids(&self, output: &mut dyn Write) -> io::Result<()> {
        self.ids.names().try_for_each(|id| writeln!(output, "{id}"))
    }

    /// Writes the ids and vectors as csv with a header, `item,f1,f2,…`, `user,…` of users. Numbers have
    /// the fewest digits that read back as the same number.
    ///
    /// # Errors
    /// What `output` returns.
    pub fn write_csv(&self, output: &mut dyn Write) -> io::Result<()> {
        let names: String = (1..=self.width).map(|n| format!(",f{n}")).collect();
        writeln!(output, "{}{names}", self.side.name())?;
        self.write_rows(output, |row| {
            let id = self.ids.name(row as u32).unwrap_or_default();
            let mut line = String::new();
            push_csv(&mut line, &id);
            (self.row)(row).iter().for_each(|value| line += &format!(",{value:?}"));
            (line + "\n").into_bytes()
        })
    }

    fn write_rows(
        &self,
        output: &mut dyn Write,
        bytes: impl Fn(usize) -> Vec<u8> + Sync,
    ) -> io::Result<()> {
        for start in (0..self.ids.len()).step_by(AT_ONCE) {
            let rows = start..self.ids.len().min(start + AT_ONCE);
            let rows: Vec<Vec<u8>> = rows.into_par_iter().map(&bytes).collect();
            rows.iter().try_for_each(|bytes| output.write_all(bytes))?;
        }
        output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_no_line_is_found() {
        let row = |_: usize| vec![0.5_f32];
        let found = |ids: &[&str]| {
            let ids = IdTable::from_text(ids);
            NamedVectors { side: Side::Item, ids: &ids, width: 1, row: &row }.id_of_no_line()
        };
        assert_eq!(found(&["1", " a ", "\u{e9}\""]), None);
        assert_eq!(found(&["1", "a\nb"]).as_deref(), Some("a\nb"));
        assert_eq!(found(&["a\r"]).as_deref(), Some("a\r"));
        assert_eq!(found(&["", "b"]).as_deref(), Some(""));
    }

    #[test]
    fn csv_has_the_fewest_digits_that_read_back() {
        let ids = IdTable::from_text(["7", "x,\"y"]);
        let row = |n: usize| vec![0.1 + n as f32, -1e-9];
        let vectors = NamedVectors { side: Side::User, ids: &ids, width: 2, row: &row };
        let mut bytes = Vec::new();
        vectors.write_csv(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "user,f1,f2\n7,0.1,-1e-9\n\"x,\"\"y\",1.1,-1e-9\n");
    }
}
