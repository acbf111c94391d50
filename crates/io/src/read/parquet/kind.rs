//! What the values of a column are.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;

/// What the values of a column are, as far as they can be ids, numbers or times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    /// In the bits of a signed number of the same width.
    Unsigned,
    Bool,
    Float,
    Text,
    /// Digits behind the point.
    Decimal(u32),
    /// Days since 1970.
    Date,
    /// Since 1970; so many in a second.
    Timestamp(i64),
    /// A day and nanoseconds, as programs of old write timestamps.
    Int96,
    /// Inside of another column.
    Nested,
    /// Anything else.
    Other,
}

impl Kind {
    pub(crate) fn of(column: &ColumnDescriptor) -> Self {
        let plain = column.path().parts().len() == 1 && column.max_rep_level() == 0;
        if !plain || column.max_def_level() > 1 {
            return Self::Nested;
        }
        match column.physical_type() {
            Type::BOOLEAN => Self::Bool,
            Type::FLOAT | Type::DOUBLE => Self::Float,
            Type::INT96 => Self::Int96,
            Type::INT32 | Type::INT64 => Self::of_integer(column),
            Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Self::of_bytes(column),
        }
    }

    fn of_integer(column: &ColumnDescriptor) -> Self {
        const MILLIS: i64 = 1000;
        const MICROS: i64 = 1_000_000;
        match column.logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => Self::Timestamp(match time.unit {
                TimeUnit::MILLIS => MILLIS,
                TimeUnit::MICROS => MICROS,
                TimeUnit::NANOS => 1_000_000_000,
            }),
            Some(LogicalType::Integer(integer)) if !integer.is_signed => Self::Unsigned,
            _ => match column.converted_type() {
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64 => Self::Unsigned,
                ConvertedType::TIMESTAMP_MILLIS => Self::Timestamp(MILLIS),
                ConvertedType::TIMESTAMP_MICROS => Self::Timestamp(MICROS),
                ConvertedType::DATE => Self::Date,
                ConvertedType::DECIMAL => Self::decimal(column),
                ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64 => Self::Integer,
                _ => Self::Other,
            },
        }
    }

    fn of_bytes(column: &ColumnDescriptor) -> Self {
        let fixed = column.physical_type() == Type::FIXED_LEN_BYTE_ARRAY;
        match column.converted_type() {
            ConvertedType::DECIMAL => Self::decimal(column),
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM if !fixed => Self::Text,
            _ => Self::Other,
        }
    }

    fn decimal(column: &ColumnDescriptor) -> Self {
        // More digits than 128 bits hold are not read.
        let scale = u32::try_from(column.type_scale()).ok().filter(|scale| *scale <= 38);
        scale.map_or(Self::Other, Self::Decimal)
    }

    /// Whether values can be taken as they are, without a look at them as text.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Unsigned)
    }
}
