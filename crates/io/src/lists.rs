//! Lists of recommendations as Parquet.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

/// An item of somebody's list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListRow<'a> {
    /// Whose list it is.
    pub user: &'a str,
    /// Its place, counted from 1.
    pub rank: u32,
    /// The item.
    pub item: &'a str,
    /// Its score.
    pub score: f32,
    /// What the item is called, if that is known; left out of files without titles.
    pub title: Option<&'a str>,
}

/// What the columns of a file of lists are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListColumns {
    /// User ids are whole numbers, and written as such: all of them have to be then.
    pub integer_users: bool,
    /// Item ids are whole numbers.
    pub integer_items: bool,
    /// There is a column of titles, null where none is known.
    pub titles: bool,
}

impl ListColumns {
    fn schema(self) -> String {
        let id = |name: &str, integer: bool| match integer {
            true => format!("required int64 {name};"),
            false => format!("required binary {name} (STRING);"),
        };
        format!(
            "message lists {{ {} required int32 rank; {} required float score; {} }}",
            id("user", self.integer_users),
            id("item", self.integer_items),
            if self.titles { "optional binary title (STRING);" } else { "" },
        )
    }
}

/// Writes a Parquet file of lists: columns `user`, `rank`, `item`, `score` and `title`, compressed by
/// Snappy. Memory is bounded by a group of 2²⁰ rows. The same rows are the same bytes, however they are
/// dealt to batches.
pub struct ListWriter<'a> {
    output: &'a mut dyn Write,
    file: SerializedFileWriter<Vec<u8>>,
    columns: ListColumns,
    users: Ids,
    items: Ids,
    ranks: Vec<i32>,
    scores: Vec<f32>,
    titles: Vec<ByteArray>,
    /// 1 where there is a title.
    titled: Vec<i16>,
}

impl std::fmt::Debug for ListWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListWriter").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// Rows in a group.
const GROUP: usize = 1 << 20;

impl<'a> ListWriter<'a> {
    /// Begins a file.
    ///
    /// # Errors
    /// What `output` returns.
    pub fn new(output: &'a mut dyn Write, columns: ListColumns) -> io::Result<Self> {
        let schema = parse_message_type(&columns.schema()).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("foretaste".into())
            .build();
        let file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))
            .map_err(failed)?;
        Ok(Self {
            output,
            file,
            columns,
            users: Ids::new(columns.integer_users),
            items: Ids::new(columns.integer_items),
            ranks: Vec::new(),
            scores: Vec::new(),
            titles: Vec::new(),
            titled: Vec::new(),
        })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// What `output` returns; [`io::ErrorKind::InvalidInput`] for an id that is no whole number where
    /// all are to be.
    pub fn write(&mut self, rows: &[ListRow<'_>]) -> io::Result<()> {
        for row in rows {
            self.users.push(row.user)?;
            self.items.push(row.item)?;
            self.ranks.push(row.rank.cast_signed());
            self.scores.push(row.score);
            if self.columns.titles {
                self.titled.push(row.title.is_some().into());
                self.titles.extend(row.title.map(ByteArray::from));
            }
            if self.ranks.len() == GROUP {
                self.write_group()?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and the footer.
    ///
    /// # Errors
    /// What `output` returns.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.ranks.is_empty() {
            self.write_group()?;
        }
        self.file.finish().map_err(failed)?;
        self.pass_on()?;
        self.output.flush()
    }

    fn write_group(&mut self) -> io::Result<()> {
        self.write_columns().map_err(failed)?;
        self.file.flush()?;
        self.pass_on()?;
        self.users.clear();
        self.items.clear();
        self.ranks.clear();
        self.scores.clear();
        self.titles.clear();
        self.titled.clear();
        Ok(())
    }

    fn write_columns(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        self.users.write(&mut group)?;
        column::<Int32Type>(&mut group, &self.ranks, None)?;
        self.items.write(&mut group)?;
        column::<FloatType>(&mut group, &self.scores, None)?;
        if self.columns.titles {
            column::<ByteArrayType>(&mut group, &self.titles, Some(&self.titled))?;
        }
        group.close().map(drop)
    }

    /// The crate wants an output that threads may share; what it wrote goes on from here.
    fn pass_on(&mut self) -> io::Result<()> {
        self.output.write_all(self.file.inner())?;
        self.file.inner_mut().clear();
        Ok(())
    }
}

/// The ids of a group, in either form.
#[derive(Debug)]
enum Ids {
    Integers(Vec<i64>),
    Text(Vec<ByteArray>),
}

impl Ids {
    fn new(integers: bool) -> Self {
        if integers { Self::Integers(Vec::new()) } else { Self::Text(Vec::new()) }
    }

    fn push(&mut self, id: &str) -> io::Result<()> {
        match self {
            Self::Integers(ids) => ids.push(id.parse().map_err(|_| {
                io::Error::new(io::ErrorKind::InvalidInput, format!("\"{id}\" is no whole number"))
            })?),
            Self::Text(ids) => ids.push(ByteArray::from(id)),
        }
        Ok(())
    }

    fn write(&self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<()> {
        match self {
            Self::Integers(ids) => column::<Int64Type>(group, ids, None),
            Self::Text(ids) => column::<ByteArrayType>(group, ids, None),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Integers(ids) => ids.clear(),
            Self::Text(ids) => ids.clear(),
        }
    }
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let missing = || ParquetError::General("the schema has fewer columns".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, read_interactions_from};
    use foretaste_data::Keep;

    fn written(columns: ListColumns, rows: &[ListRow<'_>], batch: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut writer = ListWriter::new(&mut bytes, columns)?;
        rows.chunks(batch).try_for_each(|rows| writer.write(rows))?;
        writer.finish()?;
        Ok(bytes)
    }

    #[test]
    fn lists_are_read_as_they_were_written() {
        let row = |user, rank, item, score, title| ListRow { user, rank, item, score, title };
        let rows = [
            row("7", 1, "31", 0.1, Some("Zoë, the")),
            row("7", 2, "20", -1.5e-8, None),
            row("8", 1, "31", 3.0, Some("")),
        ];
        for titles in [false, true] {
            for integers in [false, true] {
                let columns =
                    ListColumns { integer_users: integers, integer_items: integers, titles };
                let bytes = written(columns, &rows, 1).unwrap();
                assert_eq!(bytes, written(columns, &rows, 3).unwrap());
                let keep = Keep { weights: true, times: false };
                let columns = "rating=score".parse().unwrap();
                let options = ReadOptions { keep, columns, ..ReadOptions::default() };
                let (data, _) = read_interactions_from(&bytes[..], "lists", &options).unwrap();
                assert_eq!(data.interactions().weights().unwrap(), [-1.5e-8, 0.1, 3.0]);
                assert_eq!(data.items().name(0).as_deref(), Some("20"));
            }
        }
    }

    #[test]
    fn an_id_that_is_no_number_is_refused_where_all_are_to_be() {
        let columns = ListColumns { integer_items: true, ..ListColumns::default() };
        let row = ListRow { user: "a", rank: 1, item: "b", score: 1.0, title: None };
        let error = written(columns, &[row], 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(written(columns, &[], 1).unwrap().ends_with(b"PAR1"));
    }
}
