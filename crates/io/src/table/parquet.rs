//! Rows as Parquet.

use super::{Cells, Rows, WriteRows};
use parquet::basic::{Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows in a group.
const GROUP: usize = 1 << 20;

/// A file in the making.
pub(super) struct Groups<'a> {
    out: &'a mut dyn Write,
    /// `None` until the first part says what the columns are.
    table: Option<Table>,
}

struct Table {
    file: SerializedFileWriter<Vec<u8>>,
    /// The columns of the group in the making.
    columns: Vec<(&'static str, Column)>,
    rows: usize,
}

impl<'a> Groups<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, table: None }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.table.as_mut().map_or(Ok(()), |table| pass_on(&mut table.file, self.out))
    }
}

impl WriteRows for Groups<'_> {
    fn write(&mut self, rows: &Rows<'_>) -> io::Result<()> {
        let table = match &mut self.table {
            Some(table) => table,
            none => none.insert(Table::new(rows).map_err(failed)?),
        };
        let mut start = 0;
        while start < rows.len() {
            let end = rows.len().min(start + GROUP - table.rows);
            table.take(rows, start..end)?;
            start = end;
            if table.rows == GROUP {
                table.write_group().map_err(failed)?;
            }
        }
        self.pass_on()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if let Some(table) = &mut self.table {
            if table.rows > 0 {
                table.write_group().map_err(failed)?;
            }
            table.file.finish().map_err(failed)?;
        }
        self.pass_on()?;
        self.out.flush()
    }
}

impl Table {
    fn new(rows: &Rows<'_>) -> Result<Self> {
        let columns: Vec<_> =
            rows.columns.iter().map(|(name, cells)| (*name, Column::of(cells))).collect();
        let fields = columns.iter().map(|(name, column)| column.field(name));
        let schema = format!("message table {{ {} }}", fields.collect::<String>());
        Ok(Self { file: begin(&schema, true)?, columns, rows: 0 })
    }

    fn take(&mut self, rows: &Rows<'_>, part: std::ops::Range<usize>) -> io::Result<()> {
        let other = || invalid("a part of a table has other columns than the first".into());
        if rows.columns.len() != self.columns.len() {
            return Err(other());
        }
        for ((name, column), (of, cells)) in self.columns.iter_mut().zip(&rows.columns) {
            if name != of || !column.take(cells, part.clone())? {
                return Err(other());
            }
        }
        self.rows += part.len();
        Ok(())
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        self.columns.iter_mut().try_for_each(|(_, column)| column.write(&mut group))?;
        group.close()?;
        self.file.flush()?;
        self.rows = 0;
        Ok(())
    }
}

/// What a group has of a column; `there` is 1 where there is a value.
enum Column {
    Text { values: Vec<ByteArray>, there: Vec<i16> },
    Integers { values: Vec<i64>, there: Vec<i16> },
    Whole(Vec<i32>),
    Scores { values: Vec<f32>, there: Vec<i16> },
}

impl Column {
    fn of(cells: &Cells<'_>) -> Self {
        let there = Vec::new();
        match cells {
            Cells::Ids { integers: true, .. } => Self::Integers { values: Vec::new(), there },
            Cells::Text(_) | Cells::Ids { .. } => Self::Text { values: Vec::new(), there },
            Cells::Whole(_) => Self::Whole(Vec::new()),
            Cells::Scores(_) => Self::Scores { values: Vec::new(), there },
        }
    }

    fn field(&self, name: &str) -> String {
        match self {
            Self::Text { .. } => format!("optional binary {name} (STRING); "),
            Self::Integers { .. } => format!("optional int64 {name}; "),
            Self::Whole(_) => format!("required int32 {name}; "),
            Self::Scores { .. } => format!("optional float {name}; "),
        }
    }

    /// Says `false` if the cells are of another kind.
    fn take(&mut self, cells: &Cells<'_>, part: std::ops::Range<usize>) -> io::Result<bool> {
        match (self, cells) {
            (
                Self::Text { values, there },
                Cells::Text(cells) | Cells::Ids { ids: cells, integers: false },
            ) => {
                let cells = &cells[part];
                there.extend(cells.iter().map(|cell| i16::from(cell.is_some())));
                values.extend(cells.iter().flatten().map(|text| ByteArray::from(*text)));
            }
            (Self::Integers { values, there }, Cells::Ids { ids, integers: true }) => {
                let ids = &ids[part];
                there.extend(ids.iter().map(|id| i16::from(id.is_some())));
                for id in ids.iter().flatten() {
                    let number = id.parse();
                    values
                        .push(number.map_err(|_| invalid(format!("\"{id}\" is no whole number")))?);
                }
            }
            (Self::Whole(values), Cells::Whole(cells)) => {
                values.extend(cells[part].iter().map(|cell| cell.cast_signed()));
            }
            (Self::Scores { values, there }, Cells::Scores(cells)) => {
                let cells = &cells[part];
                there.extend(cells.iter().map(|cell| i16::from(cell.is_some())));
                values.extend(cells.iter().flatten());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Writes what there is, and begins anew.
    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<()> {
        match self {
            Self::Text { values, there } => chunk::<ByteArrayType>(group, values, Some(there)),
            Self::Integers { values, there } => chunk::<Int64Type>(group, values, Some(there)),
            Self::Whole(values) => chunk::<Int32Type>(group, values, None),
            Self::Scores { values, there } => chunk::<FloatType>(group, values, Some(there)),
        }
    }
}

/// Begins a file; without a `dictionary`, of values that are hardly ever the same.
pub(crate) fn begin(schema: &str, dictionary: bool) -> Result<SerializedFileWriter<Vec<u8>>> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("foretaste".into());
    let properties = match dictionary {
        true => properties,
        false => properties.set_dictionary_enabled(false).set_encoding(Encoding::PLAIN),
    };
    let schema = Arc::new(parse_message_type(schema)?);
    SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))
}

/// The crate wants an output that threads may share; what it wrote goes on from here.
pub(crate) fn pass_on(
    file: &mut SerializedFileWriter<Vec<u8>>,
    output: &mut dyn Write,
) -> io::Result<()> {
    output.write_all(file.inner())?;
    file.inner_mut().clear();
    Ok(())
}

/// Writes a column of a group, and empties it.
pub(crate) fn chunk<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &mut Vec<T::T>,
    there: Option<&mut Vec<i16>>,
) -> Result<()> {
    let missing = || ParquetError::General("the schema has fewer columns".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, there.as_ref().map(|there| &there[..]), None)?;
    column.close()?;
    values.clear();
    there.into_iter().for_each(|there| there.clear());
    Ok(())
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// What went wrong, for who writes to an output.
pub(crate) fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}
