//! Tables of many rows in files: what the ending says, csv or JSON lines, a part at a time.

use crate::args::Global;
use crate::destination::Destination;
use crate::failure::{Failure, Outcome};
use crate::output::shown_json;
use flate2::write::GzEncoder;
use foretaste::data::IdTable;
use rayon::prelude::*;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The cells of a column.
#[derive(Debug)]
pub(crate) enum Cells<'a> {
    Text(Vec<Option<&'a str>>),
    Whole(Vec<u32>),
    /// Written with the fewest digits that read back as the same number.
    Score(Vec<Option<f32>>),
}

impl Cells<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Whole(cells) => cells.len(),
            Self::Score(cells) => cells.len(),
        }
    }
}

/// Some rows, column by column: all columns are of one length, and those of a table have the same
/// names and kinds in all its parts.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) columns: Vec<(&'static str, Cells<'a>)>,
}

impl Rows<'_> {
    fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }
}

/// What writes a table of a format.
trait RowWriter {
    fn write(&mut self, rows: &Rows<'_>) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// The formats, by the endings of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Csv,
    JsonLines,
}

impl Kind {
    const ALL: [(&'static str, Self); 2] = [(".csv", Self::Csv), (".jsonl", Self::JsonLines)];

    fn writer<'a>(self, out: &'a mut dyn Write) -> Box<dyn RowWriter + 'a> {
        match self {
            Self::Csv => Box::new(Text { out, first: true, format: csv_rows }),
            Self::JsonLines => Box::new(Text { out, first: false, format: json_rows }),
        }
    }
}

/// Why a table is not written to its end.
pub(crate) enum Stop {
    Write(io::Error),
    Failure(Failure),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Of what is written to stdout.
impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Write(error) => error.into(),
            Stop::Failure(failure) => failure,
        }
    }
}

/// A file for a table.
#[derive(Debug)]
pub(crate) struct TableFile {
    destination: Destination,
    path: PathBuf,
    kind: Kind,
    gzip: bool,
}

impl TableFile {
    /// A file that can be written, of a format that its ending names.
    pub(crate) fn new(
        path: &Path,
        force: bool,
        inputs: &[PathBuf],
        global: &Global,
    ) -> Outcome<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let (plain, gzip) = match name.strip_suffix(".gz") {
            Some(plain) => (plain, true),
            None => (&name[..], false),
        };
        let kind = Kind::ALL.iter().find(|(ending, _)| plain.ends_with(ending));
        let (_, kind) = kind.ok_or_else(|| {
            let message = format!("{}: the ending names no format of lists", path.display());
            let endings: Vec<&str> = Kind::ALL.iter().map(|(ending, _)| *ending).collect();
            let endings = endings.join(", ");
            Failure::usage(message).help(format_args!("there are {endings}, each also with .gz"))
        })?;
        let destination = Destination::new(path, force, inputs, global)?;
        Ok(Self { destination, path: path.to_owned(), kind: *kind, gzip })
    }

    /// Whether nothing else may be printed.
    pub(crate) fn is_stdout(&self) -> bool {
        self.destination.is_stdout()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file, whole or not at all, by the parts that `content` gives.
    pub(crate) fn write(
        &self,
        content: impl FnOnce(&mut dyn FnMut(&Rows<'_>) -> io::Result<()>) -> Result<(), Stop>,
    ) -> Outcome {
        let mut failed = None;
        let result = self.destination.write(|out| {
            let result = match self.gzip {
                false => write_rows(self.kind, out, content),
                true => {
                    let mut packed = GzEncoder::new(out, flate2::Compression::default());
                    write_rows(self.kind, &mut packed, content)
                        .and_then(|()| Ok(packed.finish().map(drop)?))
                }
            };
            result.map_err(|stop| match stop {
                Stop::Write(error) => error,
                Stop::Failure(failure) => {
                    failed = Some(failure);
                    io::ErrorKind::Other.into()
                }
            })
        });
        match failed {
            Some(failure) => Err(failure),
            None => result,
        }
    }
}

fn write_rows(
    kind: Kind,
    out: &mut dyn Write,
    content: impl FnOnce(&mut dyn FnMut(&Rows<'_>) -> io::Result<()>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut writer = kind.writer(out);
    content(&mut |rows| writer.write(rows))?;
    Ok(writer.finish()?)
}

/// Rows as text, of which parts are made in parallel.
struct Text<'a> {
    out: &'a mut dyn Write,
    /// Whether a header is to come.
    first: bool,
    format: fn(&Rows<'_>, Range<usize>) -> Vec<u8>,
}

impl RowWriter for Text<'_> {
    fn write(&mut self, rows: &Rows<'_>) -> io::Result<()> {
        const PART: usize = 4096;
        if std::mem::take(&mut self.first) {
            let names: Vec<&str> = rows.columns.iter().map(|(name, _)| *name).collect();
            writeln!(self.out, "{}", names.join(","))?;
        }
        let parts = (0..rows.len()).step_by(PART).collect::<Vec<_>>();
        let format = |&start: &usize| (self.format)(rows, start..rows.len().min(start + PART));
        let parts: Vec<Vec<u8>> = parts.par_iter().map(format).collect();
        parts.iter().try_for_each(|part| self.out.write_all(part))
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

/// Text in quotes, as in all files: blanks around an id are part of it. Integers and what there is
/// not have none.
fn csv_rows(rows: &Rows<'_>, part: Range<usize>) -> Vec<u8> {
    let mut lines = String::new();
    for n in part {
        for (at, (_, cells)) in rows.columns.iter().enumerate() {
            lines += if at > 0 { "," } else { "" };
            match cells {
                Cells::Text(cells) => match cells[n] {
                    None => {}
                    Some(text) if IdTable::canonical_integer(text.as_bytes()).is_some() => {
                        lines += text;
                    }
                    Some(text) => lines += &format!("\"{}\"", text.replace('"', "\"\"")),
                },
                Cells::Whole(cells) => lines += &cells[n].to_string(),
                Cells::Score(cells) => lines += &cells[n].map_or(String::new(), shortest),
            }
        }
        lines.push('\n');
    }
    lines.into_bytes()
}

fn shortest(score: f32) -> String {
    format!("{score:?}")
}

fn json_rows(rows: &Rows<'_>, part: Range<usize>) -> Vec<u8> {
    let mut lines = String::new();
    for n in part {
        let cell = |cells: &Cells<'_>| match cells {
            Cells::Text(cells) => serde_json::to_string(&cells[n]),
            Cells::Whole(cells) => serde_json::to_string(&cells[n]),
            Cells::Score(cells) => serde_json::to_string(&cells[n]),
        };
        let fields: Vec<String> = (rows.columns.iter())
            .map(|(name, cells)| format!("\"{name}\":{}", cell(cells).expect("plain data")))
            .collect();
        lines += &shown_json(format!("{{{}}}", fields.join(",")));
        lines.push('\n');
    }
    lines.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows<'static> {
        Rows {
            columns: vec![
                ("user", Cells::Text(vec![Some(" a,\"b"), None])),
                ("rank", Cells::Whole(vec![1, 2])),
                ("score", Cells::Score(vec![Some(0.1), None])),
            ],
        }
    }

    fn written(kind: Kind) -> String {
        let mut out = Vec::new();
        let mut writer = kind.writer(&mut out);
        writer.write(&rows()).unwrap();
        writer.write(&rows()).unwrap();
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn parts_make_one_table() {
        let part = "\" a,\"\"b\",1,0.1\n,2,\n";
        assert_eq!(written(Kind::Csv), format!("user,rank,score\n{part}{part}"));
        let part = "{\"user\":\" a,\\\"b\",\"rank\":1,\"score\":0.1}\n\
                    {\"user\":null,\"rank\":2,\"score\":null}\n";
        assert_eq!(written(Kind::JsonLines), format!("{part}{part}"));
    }

    #[test]
    fn scores_read_back_as_they_were() {
        for score in [0.1_f32 + 0.2, 1e-30, -7.25, f32::MAX, f32::MIN_POSITIVE, 16_777_217.0] {
            let rows = Rows { columns: vec![("score", Cells::Score(vec![Some(score)]))] };
            let csv = String::from_utf8(csv_rows(&rows, 0..1)).unwrap();
            assert_eq!(csv.trim().parse::<f32>().unwrap(), score, "{csv}");
            let json = String::from_utf8(json_rows(&rows, 0..1)).unwrap();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["score"].as_f64().unwrap() as f32, score, "{json}");
        }
    }
}
