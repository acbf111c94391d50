//! One record into fields.

use memchr::memmem;

use crate::Delimiter;

/// Where a field is that is not there: behind all text, which is below 4 GiB.
const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// Where the fields of a record are. Reused from record to record.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    spans: Vec<(u32, u32)>,
    /// The fields of a record with quotes, without the quotes.
    unquoted: Vec<u8>,
    is_unquoted: bool,
}

impl Fields {
    /// Number of fields.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Field `n` of `record`, which must be the record that was split.
    pub(crate) fn get<'a>(&'a self, record: &'a [u8], n: usize) -> Option<&'a [u8]> {
        let &(start, end) = self.spans.get(n)?;
        let text = if self.is_unquoted { &self.unquoted } else { record };
        text.get(start as usize..end as usize)
    }

    /// `n` fields, none of which is there yet.
    pub(crate) fn start(&mut self, n: usize) {
        self.unquoted.clear();
        self.is_unquoted = true;
        self.spans.clear();
        self.spans.resize(n, NOWHERE);
    }

    /// Sets field `n` of those that were started.
    pub(crate) fn put(&mut self, n: usize, text: &[u8]) {
        let start = self.unquoted.len();
        self.unquoted.extend_from_slice(text);
        self.spans[n] = (start as u32, self.unquoted.len() as u32);
    }

    /// Field `n` is not there.
    pub(crate) fn leave_out(&mut self, n: usize) {
        self.spans[n] = NOWHERE;
    }

    /// Splits `record` (below 4 GiB), without surrounding blanks except inside quotes.
    pub(crate) fn split(&mut self, record: &[u8], delimiter: Delimiter, quotes: bool) {
        self.spans.clear();
        self.is_unquoted = false;
        match delimiter.byte() {
            Some(byte) if quotes && memchr::memchr(b'"', record).is_some() => {
                self.is_unquoted = true;
                self.split_quoted(record, byte);
            }
            Some(byte) => self.split_at(record, memchr::memchr_iter(byte, record), 1),
            None if delimiter == Delimiter::Space => self.split_blanks(record),
            None => self.split_at(record, memmem::find_iter(record, "::"), 2),
        }
    }

    fn split_at(&mut self, record: &[u8], ends: impl Iterator<Item = usize>, width: usize) {
        let mut start = 0;
        for end in ends.chain([record.len()]) {
            self.push_trimmed(record, start, end);
            start = end + width;
        }
    }

    fn push_trimmed(&mut self, record: &[u8], start: usize, end: usize) {
        let (start, end) = trim(record, start, end);
        self.spans.push((start as u32, end as u32));
    }

    fn split_blanks(&mut self, record: &[u8]) {
        let mut start = None;
        for (at, byte) in record.iter().enumerate() {
            match (byte.is_ascii_whitespace(), start) {
                (false, None) => start = Some(at),
                (true, Some(first)) => {
                    self.spans.push((first as u32, at as u32));
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(first) = start {
            self.spans.push((first as u32, record.len() as u32));
        }
    }

    fn split_quoted(&mut self, record: &[u8], delimiter: u8) {
        self.unquoted.clear();
        let (mut state, mut start, mut quoted_end) = (Quotes::FieldStart, 0, None);
        for &byte in record {
            let before = state;
            state = state.after(byte, delimiter);
            match (before, state) {
                (Quotes::Open, Quotes::Closing) => quoted_end = Some(self.unquoted.len()),
                (Quotes::FieldStart, Quotes::Open) => {}
                (_, Quotes::FieldStart) => {
                    self.push_unquoted(start, quoted_end.take());
                    start = self.unquoted.len();
                }
                _ => self.unquoted.push(byte),
            }
        }
        self.push_unquoted(start, quoted_end);
    }

    /// Ends a field: blanks outside its quotes go, those inside stay.
    fn push_unquoted(&mut self, start: usize, quoted_end: Option<usize>) {
        let end = self.unquoted.len();
        let (start, end) = match quoted_end {
            Some(quoted_end) => (start, trim(&self.unquoted, quoted_end, end).1),
            None => trim(&self.unquoted, start, end),
        };
        self.spans.push((start as u32, end as u32));
    }
}

/// `start..end` without the blanks at both ends of it.
fn trim(text: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    while end > start && text[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    while start < end && text[start].is_ascii_whitespace() {
        start += 1;
    }
    (start, end)
}

/// Where in a record with quotes one is. A quote opens at the start of a field alone; within
/// quotes two of them are one; what follows a closing quote belongs to the field. As `csv` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    FieldStart,
    Plain,
    Open,
    /// Behind a quote that closes, unless another follows.
    Closing,
}

impl Quotes {
    pub(crate) fn after(self, byte: u8, delimiter: u8) -> Self {
        match self {
            Self::Open if byte == b'"' => Self::Closing,
            Self::Open => Self::Open,
            Self::FieldStart | Self::Closing if byte == b'"' => Self::Open,
            _ if byte == delimiter => Self::FieldStart,
            _ => Self::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(record: &str, delimiter: Delimiter) -> Vec<String> {
        let mut fields = Fields::default();
        fields.split(record.as_bytes(), delimiter, delimiter.quotes());
        (0..fields.len())
            .map(|n| String::from_utf8(fields.get(record.as_bytes(), n).unwrap().to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn every_delimiter_splits() {
        assert_eq!(split("1, 2 ,,3", Delimiter::Comma), ["1", "2", "", "3"]);
        assert_eq!(split("1\t\"a\tb\"", Delimiter::Tab), ["1", "a\tb"]);
        assert_eq!(split("1;2", Delimiter::Semicolon), ["1", "2"]);
        assert_eq!(split("1|\"a|b\"", Delimiter::Pipe), ["1", "\"a", "b\""]);
        assert_eq!(split("1::a:b::2", Delimiter::DoubleColon), ["1", "a:b", "2"]);
        assert_eq!(split(" 1  2\t3 ", Delimiter::Space), ["1", "2", "3"]);
    }

    #[test]
    fn blanks_inside_quotes_stay() {
        assert_eq!(split("\" a \" , b ,\"\"", Delimiter::Comma), [" a ", "b", ""]);
        assert_eq!(split("a\"b,\"c\"\"d\",\"e\"f", Delimiter::Comma), ["a\"b", "c\"d", "ef"]);
    }

    proptest! {
        #[test]
        fn agrees_with_csv(record in "[a,\"b]{1,24}") {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(record.as_bytes());
            let theirs = reader.records().next().unwrap().unwrap();
            let theirs: Vec<_> = theirs.iter().map(str::to_owned).collect();
            prop_assert_eq!(split(&record, Delimiter::Comma), theirs);
        }
    }
}
