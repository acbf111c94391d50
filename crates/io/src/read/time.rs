//! Times: numbers, or dates as text.
//!
//! Dates are ISO 8601 as RFC 3339 has it, which is what TOML's dates are: so the crate that reads
//! those reads these, and is in the build already. `jiff` and `time` read more, and would take
//! longer to build than everything else that reading needs.

use std::borrow::Cow;

use toml_datetime::{Datetime, Offset};

use crate::error::{RowProblem, shown};
use crate::read::intern::decode;

/// A time: an integer, any other number without its fraction, or a date in seconds since 1970.
pub(crate) fn time(field: &[u8]) -> Result<i64, RowProblem> {
    let problem = || RowProblem::Time { value: shown(&decode(field)) };
    let text = std::str::from_utf8(field.trim_ascii()).map_err(|_| problem())?;
    if let Ok(integer) = text.parse() {
        return Ok(integer);
    }
    match fast_float2::parse::<f64, _>(text) {
        // 2^63: what is below fits an i64.
        Ok(number) if number.abs() < 9_223_372_036_854_775_808.0 => Ok(number as i64),
        _ => seconds(text).ok_or_else(problem),
    }
}

/// A date, or a date and a time, in seconds since 1970. Without an offset it is taken for UTC.
fn seconds(text: &str) -> Option<i64> {
    let Datetime { date, time, offset } = rfc_3339(text).parse().ok()?;
    let date = date?;
    let of_day = time.map_or(0, |time| {
        let minutes = i64::from(time.hour) * 60 + i64::from(time.minute);
        minutes * 60 + i64::from(time.second.unwrap_or(0))
    });
    let offset = match offset {
        Some(Offset::Custom { minutes }) => i64::from(minutes) * 60,
        Some(Offset::Z) | None => 0,
    };
    Some(days(date.year.into(), date.month.into(), date.day.into()) * 86_400 + of_day - offset)
}

/// Offsets as data sets write them, ` UTC`, `+02` or `+0200`, in the way of RFC 3339.
fn rfc_3339(text: &str) -> Cow<'_, str> {
    for name in [" UTC", " GMT"] {
        if let Some(text) = text.strip_suffix(name) {
            return text.into();
        }
    }
    let Some(at) = text.rfind(['+', '-']).filter(|&at| text[..at].contains(':')) else {
        return text.into();
    };
    let (time, offset) = text.split_at(at);
    match offset.len() {
        3 => format!("{}{offset}:00", time.trim_end()).into(),
        5 if offset.is_ascii() => {
            format!("{}{}:{}", time.trim_end(), &offset[..3], &offset[3..]).into()
        }
        _ => text.into(),
    }
}

/// Days from 1970-01-01, in the Gregorian calendar. Years start with March, so that the day that
/// some of them lack comes last (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// What a field looks like that is written as a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Date,
    /// Without a date.
    TimeOfDay,
}

impl Written {
    /// Whether a field is written as a time, though perhaps in no way that is read.
    pub(crate) fn of(field: &str) -> Option<Self> {
        // Most fields are numbers, and every one of a sample is looked at.
        if !field.bytes().take(5).any(|byte| matches!(byte, b'-' | b'/' | b'.' | b':')) {
            return None;
        }
        let first = field.split([' ', 'T']).next()?;
        let numbers = |text: &str, separator| {
            let number = |part: &str| part.parse::<u16>().ok().map(|_| part.len());
            text.split(separator).map(number).collect::<Option<Vec<usize>>>()
        };
        let date = |separator| {
            matches!(
                numbers(first, separator).as_deref(),
                Some([4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 4])
            )
        };
        if ['-', '/', '.'].into_iter().any(date) {
            return Some(Self::Date);
        }
        let whole = first.split('.').next()?;
        let clock = matches!(numbers(whole, ':').as_deref(), Some([1 | 2, 2] | [1 | 2, 2, 2]));
        clock.then_some(Self::TimeOfDay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_times() {
        for (text, expected) in [
            ("900000000", 900_000_000),
            ("-5", -5),
            ("1.9", 1),
            ("1.5e9", 1_500_000_000),
            ("1970-01-01", 0),
            ("1969-12-31 23:59:59", -1),
            ("2024-05-01", 1_714_521_600),
            (" 2024-05-01 12:30:00 ", 1_714_566_600),
            ("2024-05-01T12:30:00Z", 1_714_566_600),
            ("2024-05-01t12:30:00z", 1_714_566_600),
            ("2024-05-01 12:30", 1_714_566_600),
            ("2024-05-01T14:30:00+02:00", 1_714_566_600),
            ("2024-05-01 14:30:00+0200", 1_714_566_600),
            ("2024-05-01 14:30:00 +0200", 1_714_566_600),
            ("2024-05-01 07:30:00-05", 1_714_566_600),
            ("2024-05-01 12:30:00.999", 1_714_566_600),
            ("2014-04-07T10:51:09.277Z", 1_396_867_869),
            ("2019-11-01 00:00:00 UTC", 1_572_566_400),
            ("2000-02-29", 951_782_400),
            ("0000-03-01", -62_162_035_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(time(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn days_follow_one_another() {
        let mut expected = days(1899, 12, 31);
        for year in 1900..2101 {
            for month in 1..13 {
                for day in 1..32 {
                    if format!("{year}-{month:02}-{day:02}").parse::<Datetime>().is_ok() {
                        expected += 1;
                        assert_eq!(days(year, month, day), expected, "{year}-{month}-{day}");
                    }
                }
            }
        }
        assert_eq!(days(1970, 1, 1), 0);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "x",
            "yesterday",
            "12:30",
            "12:30:05",
            "01/05/2024",
            "1.5.2024",
            "2024-13-01",
            "2023-02-29",
            "2024-05-01T",
            "2024-05-01X12:00",
            "2024-05-01 25:00:00",
            "2024-5-1",
            "nan",
            "inf",
            "1e30",
            "2024-05-01 12:30:00+2é",
            "+",
            "-",
            "2024-05-01 12:30:00+",
        ] {
            assert!(time(text.as_bytes()).is_err(), "{text}");
        }
        assert!(time(b"\xff").is_err());
    }

    #[test]
    fn times_are_known_by_their_look() {
        for text in ["2024-05-01", "2024-05-01T12:30:00Z", "12/1/2010 8:26", "1.5.2024"] {
            assert_eq!(Written::of(text), Some(Written::Date), "{text}");
        }
        for text in ["12:30", "12:30:05", "8:26 AM", "12:30:05.123"] {
            assert_eq!(Written::of(text), Some(Written::TimeOfDay), "{text}");
        }
        for text in ["", "5", "1.5", "1.2.3", "a:b", "31:1", "1-2", "2024", "5:100", "-1-2"] {
            assert_eq!(Written::of(text), None, "{text}");
        }
    }
}
