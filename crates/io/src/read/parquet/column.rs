//! A column of a group of rows, some rows at a time.

use std::io::Write;

use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::errors::{ParquetError, Result};

use crate::read::parquet::guard::guarded;
use crate::read::parquet::kind::Kind;

/// A column, and those of its values that were read last.
pub(crate) struct Column {
    reader: ColumnReader,
    kind: Kind,
    /// Whether a row is 1 where it has a value; not of columns that have no nulls.
    levels: Option<Vec<i16>>,
    values: Values,
    rows: usize,
}

/// Values of one physical type; rows without a value have none.
enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

impl Column {
    pub(crate) fn new(reader: ColumnReader, kind: Kind, has_nulls: bool) -> Self {
        let values = match &reader {
            ColumnReader::BoolColumnReader(_) => Values::Bool(Vec::new()),
            ColumnReader::Int32ColumnReader(_) => Values::Int32(Vec::new()),
            ColumnReader::Int64ColumnReader(_) => Values::Int64(Vec::new()),
            ColumnReader::Int96ColumnReader(_) => Values::Int96(Vec::new()),
            ColumnReader::FloatColumnReader(_) => Values::Float(Vec::new()),
            ColumnReader::DoubleColumnReader(_) => Values::Double(Vec::new()),
            ColumnReader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(_) => Values::Fixed(Vec::new()),
        };
        Self { reader, kind, levels: has_nulls.then(Vec::new), values, rows: 0 }
    }

    /// Reads the next `rows` rows.
    pub(crate) fn read(&mut self, rows: usize) -> Result<()> {
        guarded(|| self.read_unguarded(rows))
    }

    fn read_unguarded(&mut self, rows: usize) -> Result<()> {
        macro_rules! read {
            ($reader:expr, $values:expr) => {{
                $values.clear();
                let levels = self.levels.as_mut();
                $reader.read_records(rows, levels, None, $values)?
            }};
        }
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
        let (records, ..) = match (&mut self.reader, &mut self.values) {
            (ColumnReader::BoolColumnReader(reader), Values::Bool(values)) => read!(reader, values),
            (ColumnReader::Int32ColumnReader(reader), Values::Int32(values)) => {
                read!(reader, values)
            }
            (ColumnReader::Int64ColumnReader(reader), Values::Int64(values)) => {
                read!(reader, values)
            }
            (ColumnReader::Int96ColumnReader(reader), Values::Int96(values)) => {
                read!(reader, values)
            }
            (ColumnReader::FloatColumnReader(reader), Values::Float(values)) => {
                read!(reader, values)
            }
            (ColumnReader::DoubleColumnReader(reader), Values::Double(values)) => {
                read!(reader, values)
            }
            (ColumnReader::ByteArrayColumnReader(reader), Values::Bytes(values)) => {
                read!(reader, values)
            }
            (ColumnReader::FixedLenByteArrayColumnReader(reader), Values::Fixed(values)) => {
                read!(reader, values)
            }
            _ => unreachable!("the values are of the reader's type"),
        };
        if records != rows {
            return Err(ParquetError::General("a column ends before its group of rows".into()));
        }
        self.rows = rows;
        Ok(())
    }

    /// How many of the rows have a value.
    fn present(&self) -> usize {
        match &self.values {
            Values::Bool(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Int96(values) => values.len(),
            Values::Float(values) => values.len(),
            Values::Double(values) => values.len(),
            Values::Bytes(values) => values.len(),
            Values::Fixed(values) => values.len(),
        }
    }

    /// Whether a row has a value.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.levels.as_ref().is_none_or(|levels| levels[row] > 0)
    }

    /// The whole numbers of all rows, unless one has none.
    pub(crate) fn integers(&self, mut take: impl FnMut(i64) -> Option<()>) -> Option<()> {
        if self.present() != self.rows {
            return None;
        }
        match (&self.values, self.kind) {
            (Values::Int32(values), Kind::Integer) => {
                values.iter().try_for_each(|&value| take(value.into()))
            }
            (Values::Int32(values), Kind::Unsigned) => {
                values.iter().try_for_each(|&value| take(value.cast_unsigned().into()))
            }
            // Those beyond i64 are negative here, and refused as such.
            (Values::Int64(values), Kind::Integer | Kind::Unsigned) => {
                values.iter().try_for_each(|&value| take(value))
            }
            _ => None,
        }
    }

    /// The times of all rows in seconds, unless one has none.
    pub(crate) fn seconds(&self, mut take: impl FnMut(i64)) -> Option<()> {
        let mut each = |value: i64| {
            take(value);
            Some(())
        };
        match (&self.values, self.kind) {
            _ if self.present() != self.rows => None,
            (_, Kind::Integer) => self.integers(each),
            (Values::Int32(values), Kind::Date) => {
                values.iter().try_for_each(|&days| each(i64::from(days) * DAY))
            }
            (Values::Int64(values), Kind::Timestamp(unit)) => {
                values.iter().try_for_each(|&value| each(value.div_euclid(unit)))
            }
            (Values::Double(values), Kind::Float) => {
                values.iter().try_for_each(|&value| each(whole(value)?))
            }
            _ => None,
        }
    }

    /// The numbers of all rows, unless one has none.
    pub(crate) fn numbers(&self, mut take: impl FnMut(f64)) -> Option<()> {
        let mut each = |value: f64| {
            // Also as the f32 that a weight is.
            (value as f32).is_finite().then(|| take(value))
        };
        match &self.values {
            _ if self.present() != self.rows => None,
            Values::Float(values) => values.iter().try_for_each(|&value| each(as_written(value))),
            Values::Double(values) => values.iter().try_for_each(|&value| each(value)),
            _ => self.integers(|value| each(value as f64)),
        }
    }

    /// Writes a value as a csv file would have it; `at` counts values, not rows.
    pub(crate) fn write(&self, at: usize, out: &mut Vec<u8>) {
        // Writing to memory does not fail.
        let _ = match (&self.values, self.kind) {
            (Values::Bool(values), _) => write!(out, "{}", values[at]),
            (Values::Float(values), _) => write!(out, "{:?}", values[at]),
            (Values::Double(values), _) => write!(out, "{:?}", values[at]),
            (Values::Int96(values), _) => write_time(values[at].to_seconds(), out),
            (Values::Int32(values), kind) => write_integer(values[at].into(), kind, 32, out),
            (Values::Int64(values), kind) => write_integer(values[at], kind, 64, out),
            (Values::Bytes(values), Kind::Decimal(scale)) => {
                write_decimal(big_endian(values[at].data()), scale, out)
            }
            (Values::Bytes(values), _) => out.write_all(values[at].data()),
            (Values::Fixed(values), Kind::Decimal(scale)) => {
                write_decimal(big_endian(values[at].data()), scale, out)
            }
            (Values::Fixed(values), _) => out.write_all(values[at].data()),
        };
    }
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A number without its fraction, if an i64 holds it.
fn whole(value: f64) -> Option<i64> {
    (value.abs() < 9_223_372_036_854_775_808.0).then_some(value as i64)
}

/// What the shortest text of a number reads as.
fn as_written(value: f32) -> f64 {
    let wide = f64::from(value);
    // The text of a half is exact, as long as halves have neighbours that are nearer than a tenth.
    let exact = (2.0 * wide).fract() == 0.0 && wide.abs() < 1_000_000.0;
    if exact { wide } else { value.to_string().parse().unwrap_or(f64::NAN) }
}

fn write_integer(value: i64, kind: Kind, bits: u32, out: &mut Vec<u8>) -> std::io::Result<()> {
    match kind {
        Kind::Unsigned => write!(out, "{}", value.cast_unsigned() & (u64::MAX >> (64 - bits))),
        Kind::Date => write_time(value.saturating_mul(DAY), out),
        Kind::Timestamp(unit) => write_time(value.div_euclid(unit), out),
        Kind::Decimal(scale) => write_decimal(Some(value.into()), scale, out),
        _ => write!(out, "{value}"),
    }
}

/// A time as ISO 8601, so that it is known for one; as a number where the year has not four digits.
fn write_time(seconds: i64, out: &mut Vec<u8>) -> std::io::Result<()> {
    let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date(days);
    if !(0..=9999).contains(&year) {
        return write!(out, "{seconds}");
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a day since 1970-01-01 (Hinnant, "chrono-compatible low-level date
/// algorithms"; the inverse of what reads dates).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A signed number of up to 16 bytes, the most significant first.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let sign = if bytes.first().is_some_and(|byte| *byte >= 128) { -1 } else { 0 };
    (bytes.len() <= 16).then(|| bytes.iter().fold(sign, |sum, &byte| (sum << 8) | i128::from(byte)))
}

/// A decimal; nothing of more digits than are read.
fn write_decimal(value: Option<i128>, scale: u32, out: &mut Vec<u8>) -> std::io::Result<()> {
    let Some(value) = value else { return Ok(()) };
    let one = 10_u128.pow(scale);
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    match scale {
        0 => write!(out, "{sign}{value}"),
        _ => write!(out, "{sign}{}.{:0width$}", value / one, value % one, width = scale as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::time::time;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for seconds in [0, -1, 951_782_399, 951_782_400, 1_714_566_600, 253_402_300_799, 1 << 40] {
            let written = text(|out| write_time(seconds, out));
            assert_eq!(time(written.as_bytes()), Ok(seconds), "{written}");
        }
        // Four centuries, day by day.
        for day in -146_097..146_097 {
            let written = text(|out| write_time(day * DAY, out));
            assert_eq!(time(written.as_bytes()), Ok(day * DAY), "{written}");
        }
    }

    #[test]
    fn decimals_and_unsigned_numbers_are_written_out() {
        for (bytes, scale, expected) in [
            (&[0x01, 0x2c][..], 2, "3.00"),
            (&[0xff, 0xff], 1, "-0.1"),
            (&[0x80], 0, "-128"),
            (&[], 0, "0"),
            (&[5], 3, "0.005"),
        ] {
            assert_eq!(text(|out| write_decimal(big_endian(bytes), scale, out)), expected);
        }
        assert_eq!(big_endian(&[1; 17]), None);
        assert_eq!(text(|out| write_integer(-1, Kind::Unsigned, 32, out)), u32::MAX.to_string());
        assert_eq!(text(|out| write_integer(-1, Kind::Unsigned, 64, out)), u64::MAX.to_string());
    }

    #[test]
    fn single_precision_is_what_its_text_says() {
        for value in [0.0, 0.1, 3.5, 4.0, -0.25, 1e-9, 1e30, 16_777_216.0, 999_999.5, 123_456.7] {
            assert_eq!(as_written(value), value.to_string().parse::<f64>().unwrap());
        }
    }
}
