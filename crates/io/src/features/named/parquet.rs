//! Vectors as Parquet.

use std::io::{self, Write};
use std::ops::Range;

use super::NamedVectors;
use crate::table::parquet::{begin, chunk, failed, pass_on};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int64Type};
use parquet::errors::Result;
use parquet::file::writer::SerializedFileWriter;

/// Numbers in a group, which bounds memory.
const GROUP: usize = 1 << 24;

impl NamedVectors<'_> {
    /// Writes a Parquet file: a column of ids, `item` or `user`, which are whole numbers if all of them
    /// are, and `f1`, `f2`, … of 32-bit numbers.
    ///
    /// # Errors
    /// What `output` returns.
    pub fn write_parquet(&self, output: &mut dyn Write) -> io::Result<()> {
        let mut file = begin(&self.schema(), false).map_err(failed)?;
        let rows = (GROUP / self.width.max(1)).max(1);
        for start in (0..self.ids.len()).step_by(rows) {
            let rows = start..self.ids.len().min(start + rows);
            self.write_group(&mut file, rows).map_err(failed)?;
            pass_on(&mut file, output)?;
        }
        file.finish().map_err(failed)?;
        pass_on(&mut file, output)?;
        output.flush()
    }

    fn schema(&self) -> String {
        let (id, text) = match self.ids.integers() {
            Some(_) => ("int64", ""),
            None => ("binary", " (STRING)"),
        };
        let numbers: String = (1..=self.width).map(|n| format!(" required float f{n};")).collect();
        format!("message vectors {{ required {id} {}{text};{numbers} }}", self.side.name())
    }

    fn write_group(
        &self,
        file: &mut SerializedFileWriter<Vec<u8>>,
        rows: Range<usize>,
    ) -> Result<()> {
        let mut group = file.next_row_group()?;
        match self.ids.integers() {
            Some(ids) => chunk::<Int64Type>(&mut group, &mut ids[rows.clone()].to_vec(), None)?,
            None => {
                let ids = rows.clone().filter_map(|row| self.ids.name(row as u32));
                let mut ids = ids.map(|id| ByteArray::from(&*id)).collect();
                chunk::<ByteArrayType>(&mut group, &mut ids, None)?;
            }
        }
        let mut columns = vec![Vec::with_capacity(rows.len()); self.width];
        for row in rows {
            let vector = (self.row)(row);
            columns.iter_mut().zip(vector).for_each(|(column, value)| column.push(value));
        }
        columns.iter_mut().try_for_each(|values| chunk::<FloatType>(&mut group, values, None))?;
        group.close()?;
        file.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;
    use bytes::Bytes;
    use foretaste_data::IdTable;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn parquet_has_the_ids_and_the_very_numbers() {
        let value = |row: usize, n: usize| (row as f32 - 1.5) * 0.1 + n as f32 * 1e-7;
        let row = |row: usize| (0..3).map(|n| value(row, n)).collect::<Vec<f32>>();
        for names in [["1", "20", "300"], ["1", "b,\"", "\u{e9}"]] {
            let ids = IdTable::from_text(names);
            let vectors = NamedVectors { side: Side::User, ids: &ids, width: 3, row: &row };
            let mut bytes = Vec::new();
            vectors.write_parquet(&mut bytes).unwrap();
            let file = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
            let rows: Vec<_> =
                file.get_row_iter(None).unwrap().map(std::result::Result::unwrap).collect();
            assert_eq!(rows.len(), 3);
            for (n, found) in rows.iter().enumerate() {
                let cells: Vec<(&String, &Field)> = found.get_column_iter().collect();
                let header: Vec<&str> = cells.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(header, ["user", "f1", "f2", "f3"]);
                let id = match cells[0].1 {
                    Field::Long(id) => id.to_string(),
                    Field::Str(id) => id.clone(),
                    other => panic!("{other:?}"),
                };
                assert_eq!(id, names[n]);
                let numbers = cells[1..].iter().map(|(_, cell)| (*cell).clone());
                assert_eq!(
                    numbers.collect::<Vec<_>>(),
                    row(n).into_iter().map(Field::Float).collect::<Vec<_>>()
                );
            }
        }
    }
}
