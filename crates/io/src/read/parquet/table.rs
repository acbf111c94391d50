//! What the footer of a Parquet file says: columns, and groups of rows.

use parquet::basic::Compression;
use parquet::column::reader::get_column_reader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::shown;
use crate::read::layout::Layout;
use crate::read::opened::MAGIC;
use crate::read::parquet::Source;
use crate::read::parquet::column::Column;
use crate::read::parquet::guard::guarded;
use crate::read::parquet::kind::Kind;
use crate::read::parquet::pages::pages;
use crate::read::sample::{ROWS, Sample};
use crate::{FormatKind, InputProblem, ReadOptions};

/// A Parquet file.
pub(crate) struct Table {
    pub(crate) source: Source,
    metadata: ParquetMetaData,
    names: Vec<String>,
    kinds: Vec<Kind>,
}

impl Table {
    /// Reads the footer.
    pub(crate) fn open(source: Source) -> std::result::Result<Self, InputProblem> {
        let size = source.len();
        let end = size.checked_sub(MAGIC.len() as u64);
        let end = end.and_then(|end| source.get_bytes(end, MAGIC.len()).ok());
        if size <= 2 * MAGIC.len() as u64 || end.is_none_or(|end| end != MAGIC) {
            return Err(InputProblem::NotParquet { place: "end" });
        }
        let footer = || ParquetMetaDataReader::new().parse_and_finish(&source);
        let metadata = guarded(footer).map_err(damaged)?;
        let columns = metadata.file_metadata().schema_descr().columns();
        let names = columns.iter().map(|column| column.path().string()).collect();
        let kinds = columns.iter().map(|column| Kind::of(column)).collect();
        Ok(Self { source, metadata, names, kinds })
    }

    /// Works out which column is what.
    pub(crate) fn layout(
        &self,
        sample: &Sample,
        options: &ReadOptions,
    ) -> std::result::Result<Layout, InputProblem> {
        let layout = Layout::named(FormatKind::Parquet, sample, options)?;
        self.check(layout.needed())?;
        Ok(layout)
    }

    /// Refuses columns that can't be read.
    pub(crate) fn check(
        &self,
        needed: impl IntoIterator<Item = usize>,
    ) -> std::result::Result<(), InputProblem> {
        for at in needed {
            let Some(kind) = self.kinds.get(at) else {
                let (found, expected) = (self.names.len(), at + 1);
                return Err(InputProblem::TooFewColumns { found, expected });
            };
            let what = match kind {
                Kind::Nested => "inside of another column",
                Kind::Other => "of a type that is no id, number or time",
                _ => continue,
            };
            return Err(InputProblem::ColumnKind { column: shown(&self.names[at]), what });
        }
        Ok(())
    }

    /// What the columns are called.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The rows at the beginning as text, below the names.
    pub(crate) fn sample(&self) -> std::result::Result<Sample, InputProblem> {
        let mut rows = vec![self.names.clone()];
        if self.groups() == 0 || self.rows(0) == 0 {
            return Ok(Sample { rows });
        }
        let first = self.rows(0).min(ROWS);
        rows.resize_with(first + 1, Vec::new);
        for (at, kind) in self.kinds.iter().enumerate() {
            let columns = match kind {
                Kind::Nested | Kind::Other => None,
                _ => Some(self.column(0, at).and_then(|mut column| {
                    column.read(first)?;
                    Ok(column)
                })),
            };
            let column = columns.transpose().map_err(damaged)?;
            let mut value = 0;
            for (row, fields) in rows.iter_mut().skip(1).enumerate() {
                let mut text = Vec::new();
                if let Some(column) = column.as_ref().filter(|column| column.has(row)) {
                    column.write(value, &mut text);
                    value += 1;
                }
                fields.push(crate::read::decode(&text).into_owned());
            }
        }
        Ok(Sample { rows })
    }

    /// Bytes of the file.
    pub(crate) fn size(&self) -> u64 {
        self.source.len()
    }

    /// Number of groups of rows.
    pub(crate) fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// Number of rows of a group.
    pub(crate) fn rows(&self, group: usize) -> usize {
        usize::try_from(self.metadata.row_group(group).num_rows()).unwrap_or(0)
    }

    pub(crate) fn kind(&self, at: usize) -> Kind {
        self.kinds[at]
    }

    /// A column of a group, from its first row on.
    pub(crate) fn column(&self, group: usize, at: usize) -> Result<Column> {
        let chunk = self.metadata.row_group(group).column(at);
        let known = [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4]
            .contains(&chunk.compression());
        let packed = matches!(
            chunk.compression(),
            Compression::GZIP(_) | Compression::ZSTD(_) | Compression::LZ4_RAW
        );
        if !known && !packed {
            return Err(ParquetError::NYI(format!("{} compression", chunk.compression())));
        }
        let description = chunk.column_descr_ptr();
        let has_nulls = description.max_def_level() > 0;
        let pages = guarded(|| pages(&self.source, chunk, self.rows(group)))?;
        Ok(Column::new(get_column_reader(description, pages), self.kinds[at], has_nulls))
    }
}

/// What an error of the crate means.
pub(crate) fn damaged(error: ParquetError) -> InputProblem {
    match error {
        ParquetError::NYI(what) => InputProblem::UnreadParquet { what },
        error => InputProblem::Damaged {
            compression: "Parquet",
            reason: error.to_string().trim_start_matches("Parquet error: ").to_owned(),
        },
    }
}
