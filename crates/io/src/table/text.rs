//! Rows as lines of text.

use super::{Cells, Rows, WriteRows};
use foretaste_data::{printable_json, push_csv};
use rayon::prelude::*;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

/// Rows of a part that are made to text at once, on one thread.
const AT_ONCE: usize = 4096;

/// Lines of text, of which parts are made in parallel.
pub(super) struct Text<'a> {
    out: &'a mut dyn Write,
    /// Whether a header is to come.
    header: bool,
    lines: fn(&Rows<'_>, Range<usize>) -> String,
}

impl<'a> Text<'a> {
    pub(super) fn csv(out: &'a mut dyn Write) -> Self {
        Self { out, header: true, lines: csv }
    }

    pub(super) fn json_lines(out: &'a mut dyn Write) -> Self {
        Self { out, header: false, lines: json }
    }
}

impl WriteRows for Text<'_> {
    fn write(&mut self, rows: &Rows<'_>) -> io::Result<()> {
        if std::mem::take(&mut self.header) {
            let names: Vec<&str> = rows.columns.iter().map(|(name, _)| *name).collect();
            writeln!(self.out, "{}", names.join(","))?;
        }
        let starts = (0..rows.len()).step_by(AT_ONCE).collect::<Vec<_>>();
        let lines = |&start: &usize| (self.lines)(rows, start..rows.len().min(start + AT_ONCE));
        let lines: Vec<String> = starts.par_iter().map(lines).collect();
        lines.iter().try_for_each(|lines| self.out.write_all(lines.as_bytes()))
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

/// Text as in all files; what there is not is nothing.
fn csv(rows: &Rows<'_>, part: Range<usize>) -> String {
    let mut lines = String::new();
    for n in part {
        for (at, (_, cells)) in rows.columns.iter().enumerate() {
            lines += if at > 0 { "," } else { "" };
            match cells {
                Cells::Text(cells) | Cells::Ids { ids: cells, .. } => {
                    cells[n].iter().for_each(|text| push_csv(&mut lines, text));
                }
                Cells::Whole(cells) => put(&mut lines, format_args!("{}", cells[n])),
                Cells::Scores(cells) => match cells[n] {
                    None => {}
                    // The shortest that reads back as the same.
                    Some(score) => put(&mut lines, format_args!("{score:?}")),
                },
            }
        }
        lines.push('\n');
    }
    lines
}

fn json(rows: &Rows<'_>, part: Range<usize>) -> String {
    let mut lines = String::new();
    for n in part {
        let mut line = "{".to_owned();
        for (at, (name, cells)) in rows.columns.iter().enumerate() {
            let cell = match cells {
                Cells::Text(cells) | Cells::Ids { ids: cells, .. } => {
                    serde_json::to_string(&cells[n])
                }
                Cells::Whole(cells) => serde_json::to_string(&cells[n]),
                // As in lists: the same number, for who reads numbers as f64.
                Cells::Scores(cells) => serde_json::to_string(&cells[n].map(f64::from)),
            };
            let (comma, cell) = (if at > 0 { "," } else { "" }, cell.expect("plain data"));
            put(&mut line, format_args!("{comma}\"{name}\":{cell}"));
        }
        line.push('}');
        lines += &printable_json(line);
        lines.push('\n');
    }
    lines
}

fn put(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("text can be added to");
}
