//! Text into records: lines, or several lines where a quoted field holds line breaks.
//!
//! This does by hand what the `csv` crate does for tables, for three reasons: line numbers stay
//! right with CRLF and blank lines; a record is refused once it grows past [`MAX_RECORD`], so
//! memory is bounded whatever the input; and a quote that is never closed is told apart from a
//! field that happens to end with the file. Within a record the fields are those of `csv`, which
//! a property test holds it to.

use std::io::{self, Read};
use std::ops::Range;

use crate::Delimiter;
use crate::error::RowProblem;
use crate::read::fields::{Fields, Quotes};
use crate::read::json::JsonFields;

/// The longest record that is read.
pub(crate) const MAX_RECORD: usize = 4 << 20;

const BUFFER: usize = 256 << 10;

/// How text is cut up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) delimiter: Delimiter,
    /// Whether quotes are syntax.
    pub(crate) quotes: bool,
    /// The byte that ends a line: `\n`, or `\r` where there is no `\n` at all.
    pub(crate) terminator: u8,
}

impl Dialect {
    /// Whether a line is one that is left out.
    pub(crate) fn is_blank(self, text: &[u8]) -> bool {
        let tab = self.delimiter == Delimiter::Tab;
        text.iter().all(|&byte| byte.is_ascii_whitespace() && !(tab && byte == b'\t'))
    }
}

/// Why there is no next record.
#[derive(Debug)]
pub(crate) enum RecordError {
    Io(io::Error),
    Bad { line: u64, problem: RowProblem },
}

/// A record, as long as the next one isn't asked for.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    /// The line where it starts, counted from 1.
    pub(crate) line: u64,
    text: &'a [u8],
    fields: &'a Fields,
    /// Why it has no fields, if it has none.
    problem: Option<&'a RowProblem>,
}

impl<'a> Record<'a> {
    /// Splits the text of a record, without its line end, into fields.
    pub(crate) fn split(
        line: u64,
        text: &'a [u8],
        dialect: Dialect,
        fields: &'a mut Fields,
    ) -> Self {
        fields.split(text, dialect.delimiter, dialect.quotes);
        Self { line, text, fields, problem: None }
    }

    /// A record whose fields have been set.
    pub(crate) fn of_fields(
        line: u64,
        fields: &'a Fields,
        problem: Option<&'a RowProblem>,
    ) -> Self {
        Self { line, text: &[], fields, problem }
    }

    /// Whether it has fields at all.
    pub(crate) fn check(&self) -> Result<(), RowProblem> {
        self.problem.map_or(Ok(()), |problem| Err(problem.clone()))
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// All of it, without the line end.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    pub(crate) fn field(&self, n: usize) -> Option<&'a [u8]> {
        self.fields.get(self.text, n)
    }
}

/// The records of an input, blank lines left out.
#[derive(Debug)]
pub(crate) struct Records<R> {
    input: R,
    dialect: Dialect,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not yet been handed out.
    unread: Range<usize>,
    at_end: bool,
    /// Lines handed out.
    lines: u64,
    /// Bytes handed out.
    consumed: u64,
    fields: Fields,
    /// Of JSON lines, what to take out of them.
    json: Option<JsonFields>,
    /// What is wrong with the last record.
    problem: Option<RowProblem>,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(input: R, dialect: Dialect) -> Self {
        Self {
            input,
            dialect,
            buffer: vec![0; BUFFER],
            unread: 0..0,
            at_end: false,
            lines: 0,
            consumed: 0,
            fields: Fields::default(),
            json: None,
            problem: None,
        }
    }

    /// The same of lines of JSON.
    pub(crate) fn of_json(input: R, dialect: Dialect, json: JsonFields) -> Self {
        Self { json: Some(json), ..Self::new(input, dialect) }
    }

    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>, RecordError> {
        let (line, range) = loop {
            let line = self.lines + 1;
            let Some(range) = self.frame()? else { return Ok(None) };
            if !self.dialect.is_blank(&self.buffer[range.clone()]) {
                break (line, range);
            }
        };
        let (text, dialect) = (&self.buffer[range], self.dialect);
        if let Some(json) = &self.json {
            self.problem = json.split(text, &mut self.fields).err();
            return Ok(Some(Record::of_fields(line, &self.fields, self.problem.as_ref())));
        }
        Ok(Some(Record::split(line, text, dialect, &mut self.fields)))
    }

    /// How many bytes of the input the records so far take, with the lines that were left out.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The place of the next record in the buffer, without its line end.
    fn frame(&mut self) -> Result<Option<Range<usize>>, RecordError> {
        let line = self.lines + 1;
        let (mut scanned, mut quotes) = (0, Quotes::FieldStart);
        loop {
            let window = &self.buffer[self.unread.start + scanned..self.unread.end];
            let end = memchr::memchr(self.dialect.terminator, window);
            if end.is_none() && !self.at_end {
                if self.unread.len() > MAX_RECORD {
                    quotes = self.quotes_after(quotes, window);
                    self.check_length(self.unread.len(), line, quotes)?;
                }
                self.fill().map_err(RecordError::Io)?;
                continue;
            }
            let segment = &window[..end.unwrap_or(window.len())];
            quotes = self.quotes_after(quotes, segment);
            let length = scanned + segment.len();
            scanned = length + usize::from(end.is_some());
            if scanned == 0 {
                return Ok(None);
            }
            self.check_length(scanned, line, quotes)?;
            self.lines += u64::from(!segment.is_empty() || end.is_some());
            if quotes != Quotes::Open {
                return Ok(Some(self.hand_out(length, scanned)));
            }
            if end.is_none() {
                return Err(RecordError::Bad { line, problem: RowProblem::UnterminatedQuote });
            }
        }
    }

    fn quotes_after(&self, quotes: Quotes, segment: &[u8]) -> Quotes {
        let plain = quotes != Quotes::Open && memchr::memchr(b'"', segment).is_none();
        match self.dialect.delimiter.byte() {
            Some(delimiter) if self.dialect.quotes && !plain => {
                segment.iter().fold(quotes, |quotes, &byte| quotes.after(byte, delimiter))
            }
            _ => Quotes::Plain,
        }
    }

    fn hand_out(&mut self, length: usize, consumed: usize) -> Range<usize> {
        let start = self.unread.start;
        let end = start + without_returns(&self.buffer[start..start + length]).len();
        self.unread.start += consumed;
        self.consumed += consumed as u64;
        start..end
    }

    fn check_length(&self, length: usize, line: u64, quotes: Quotes) -> Result<(), RecordError> {
        if length <= MAX_RECORD {
            return Ok(());
        }
        let problem = if quotes == Quotes::Open {
            RowProblem::UnterminatedQuote
        } else {
            RowProblem::TooLong { limit: MAX_RECORD }
        };
        Err(RecordError::Bad { line, problem })
    }

    /// Reads more behind what is unread, making room first.
    fn fill(&mut self) -> io::Result<()> {
        if self.unread.start > 0 {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        if self.unread.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = loop {
            match self.input.read(&mut self.buffer[self.unread.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.at_end = count == 0;
        self.unread.end += count;
        Ok(())
    }
}

/// A line without the carriage returns in front of its end.
pub(crate) fn without_returns(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r'] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Dialect = Dialect { delimiter: Delimiter::Comma, quotes: true, terminator: b'\n' };

    /// Gives one byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(input: impl Read) -> Result<Vec<(u64, Vec<String>)>, RecordError> {
        let mut records = Records::new(input, CSV);
        let mut found = Vec::new();
        while let Some(record) = records.next()? {
            let fields = (0..record.len())
                .map(|n| String::from_utf8_lossy(record.field(n).unwrap()).into_owned())
                .collect();
            found.push((record.line, fields));
        }
        Ok(found)
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn lines_are_counted_with_blank_ones_crlf_and_breaks_in_quotes() {
        let text = b"\n\r\n1,2\r\n \n\"a\r\nb\",3\r\n4,5";
        let expected = [row(3, &["1", "2"]), row(5, &["a\r\nb", "3"]), row(7, &["4", "5"])];
        assert_eq!(all(&text[..]).unwrap(), expected);
        assert_eq!(all(Drip(text)).unwrap(), expected);
        assert!(all(&b""[..]).unwrap().is_empty());
    }

    #[test]
    fn an_open_quote_is_an_error_naming_its_first_line() {
        for text in ["1,2\n3,\"4\n5,6\n", "1,2\n\"3", "1,2\n3,\""] {
            let error = all(text.as_bytes()).unwrap_err();
            let unterminated = RowProblem::UnterminatedQuote;
            assert!(
                matches!(error, RecordError::Bad { line: 2, problem } if problem == unterminated)
            );
        }
    }

    #[test]
    fn a_record_without_end_is_refused_in_bounded_memory() {
        for (byte, quoted) in [(b'x', false), (b'"', true)] {
            let start = [b'1', b'\n', byte];
            let endless = start[..].chain(io::repeat(b'x'));
            let mut records = Records::new(endless, CSV);
            assert!(records.next().unwrap().is_some());
            let Err(RecordError::Bad { line: 2, problem }) = records.next() else {
                panic!("an endless record was taken")
            };
            assert_eq!(problem == RowProblem::UnterminatedQuote, quoted);
            assert!(records.buffer.len() <= 3 * MAX_RECORD);
        }
    }
}
