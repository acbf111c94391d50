//! The beginning of a file as rows, for one delimiter and then another.

use crate::Delimiter;
use crate::read::intern::decode;
use crate::read::records::{Dialect, RecordError, Records};
use crate::read::time::Written;

/// More rows than this tell no more.
pub(crate) const ROWS: usize = 1000;

/// The rows at the beginning of a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) rows: Vec<Vec<String>>,
}

impl Sample {
    /// Splits the beginning of a text; of a row that the beginning cuts off, nothing is taken.
    pub(crate) fn split(text: &[u8], complete: bool, dialect: Dialect) -> Self {
        let end = memchr::memrchr(dialect.terminator, text).filter(|_| !complete);
        let text = &text[..end.map_or(text.len(), |end| end + 1)];
        let mut sample = Self::default();
        let mut records = Records::new(text, dialect);
        while sample.rows.len() < ROWS {
            match records.next() {
                Ok(Some(record)) => {
                    let field = |n| decode(record.field(n).unwrap_or_default()).into_owned();
                    sample.rows.push((0..record.len()).map(field).collect());
                }
                // A stray quote must not hide which delimiter this is.
                Err(RecordError::Bad { .. }) if dialect.quotes => {
                    return Self::split(text, true, Dialect { quotes: false, ..dialect });
                }
                _ => break,
            }
        }
        sample
    }

    /// The commonest number of fields above one, and the share of rows that have it.
    pub(crate) fn width(&self) -> (usize, f64) {
        let mut widths: Vec<usize> = self.rows.iter().map(Vec::len).collect();
        widths.sort_unstable();
        let commonest = (widths.chunk_by(|a, b| a == b))
            .filter(|group| group[0] > 1)
            .max_by_key(|group| group.len());
        commonest.map_or((0, 0.0), |group| (group[0], group.len() as f64 / widths.len() as f64))
    }

    /// The share of rows below the first `skip` whose field in `column` passes.
    pub(crate) fn share(&self, column: usize, skip: usize, passes: impl Fn(&str) -> bool) -> f64 {
        let rows = self.rows.iter().skip(skip);
        let fields: Vec<&String> = rows.filter_map(|row| row.get(column)).collect();
        let passing = fields.iter().filter(|field| passes(field)).count();
        if fields.is_empty() { 0.0 } else { passing as f64 / fields.len() as f64 }
    }

    /// Whether commas are part of numbers, and of nothing else.
    fn has_decimal_commas(&self) -> bool {
        let mut fields = self.rows.iter().flatten().filter(|field| field.contains(',')).peekable();
        fields.peek().is_some() && fields.all(|field| is_decimal_comma(field))
    }

    /// How the fields of a column below the first `skip` rows are written, if as times.
    pub(crate) fn written(&self, column: usize, skip: usize) -> Option<Written> {
        let mostly = |passes: fn(&str) -> bool| self.share(column, skip, passes) >= 0.9;
        if mostly(|field| Written::of(field) == Some(Written::Date)) {
            return Some(Written::Date);
        }
        let clock = mostly(|field| Written::of(field) == Some(Written::TimeOfDay));
        clock.then_some(Written::TimeOfDay)
    }

    /// The first row, if any.
    pub(crate) fn first(&self) -> &[String] {
        self.rows.first().map_or(&[], Vec::as_slice)
    }
}

/// `5,0`
pub(crate) fn is_decimal_comma(field: &str) -> bool {
    field.contains(',') && field.replacen(',', ".", 1).parse::<f64>().is_ok()
}

/// The byte that ends lines: `\n`, unless the text has `\r` alone.
pub(crate) fn terminator(text: &[u8]) -> u8 {
    let old_mac = memchr::memchr(b'\n', text).is_none() && memchr::memchr(b'\r', text).is_some();
    if old_mac { b'\r' } else { b'\n' }
}

/// The delimiter that fits a text best, with the text's rows by it.
///
/// A header whose names `knows` settles it. Else the delimiter that gives most rows the same
/// number of fields; blanks are only considered when none of the others does so for half of the
/// rows, since they also occur inside ids and titles.
pub(crate) fn choose(
    text: &[u8],
    complete: bool,
    delimiters: &[Delimiter],
    knows: impl Fn(&[String]) -> bool,
) -> (Dialect, Sample) {
    let terminator = terminator(text);
    let mut best: Option<(f64, Dialect, Sample)> = None;
    for &delimiter in delimiters {
        let dialect = Dialect { delimiter, quotes: delimiter.quotes(), terminator };
        let sample = Sample::split(text, complete, dialect);
        if knows(sample.first()) {
            return (dialect, sample);
        }
        let fit = match delimiter {
            Delimiter::Space => blank_fit(&sample),
            _ => sample.width().1,
        };
        let decimal = delimiter == Delimiter::Semicolon && sample.has_decimal_commas();
        let wider = |other: &Sample| decimal && sample.width().0 > other.width().0;
        let better = |(other_fit, _, other): &(f64, Dialect, Sample)| {
            fit > *other_fit || (fit == *other_fit && wider(other))
        };
        if best.as_ref().is_none_or(better) {
            best = Some((fit, dialect, sample));
        }
    }
    // Where nothing fits, a comma makes the clearest message.
    let fitting = best.filter(|(fit, ..)| *fit > 0.0).map(|(_, dialect, sample)| (dialect, sample));
    fitting.unwrap_or_else(|| {
        let only = if let [delimiter] = delimiters { *delimiter } else { Delimiter::Comma };
        let dialect = Dialect { delimiter: only, quotes: only.quotes(), terminator };
        (dialect, Sample::split(text, complete, dialect))
    })
}

/// Rows of blanks need not have equal widths; half a point at most, so that they come last.
fn blank_fit(sample: &Sample) -> f64 {
    let several = sample.rows.iter().filter(|row| row.len() > 1).count();
    if several * 2 >= sample.rows.len() && several > 0 { 0.499 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniff(text: &str) -> Delimiter {
        choose(text.as_bytes(), true, &Delimiter::ALL, |_| false).0.delimiter
    }

    #[test]
    fn the_delimiter_that_cuts_rows_alike_is_chosen() {
        for (text, delimiter) in [
            ("1,2,3\n4,5,6\n", Delimiter::Comma),
            ("1,\"a|b;c\",x|y\n4,\"d\ne|f\",6|7|8\n", Delimiter::Comma),
            ("1::Toy Story, The::A|B\n2::Jumanji::C\n", Delimiter::DoubleColon),
            ("1\t2\t3\n", Delimiter::Tab),
            ("1;2,5;3\n1;2;3\n", Delimiter::Semicolon),
            ("1|Toy Story|x\n2|Four, Five|y\n", Delimiter::Pipe),
            ("1 2 3\n2 9\n3 4 5 6\n", Delimiter::Space),
            ("1;2;5,0\n1;3;4,5\n", Delimiter::Semicolon),
            ("1,a;b\n2,c;d\n", Delimiter::Comma),
            ("1,2\n1;3\n2\t3\n", Delimiter::Tab),
            ("a\nb\n", Delimiter::Comma),
            ("1,2\n3,\"4 5\n", Delimiter::Comma),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(sniff(text), delimiter, "{text:?}");
        }
    }

    #[test]
    fn a_row_that_the_sample_cuts_off_does_not_count() {
        let sample = choose(b"1,2\n3,4\n5", false, &Delimiter::ALL, |_| false).1;
        assert_eq!(sample.rows.len(), 2);
    }

    #[test]
    fn a_file_of_lone_carriage_returns_has_lines() {
        let (dialect, sample) = choose(b"1,2\r3,4\r", true, &Delimiter::ALL, |_| false);
        assert_eq!((dialect.terminator, sample.rows.len()), (b'\r', 2));
    }
}
