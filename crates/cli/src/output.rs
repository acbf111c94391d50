//! Results on stdout, as a table, JSON or CSV; notes on stderr.

use crate::failure::{Code, Failure, Outcome};
use clap::ValueEnum;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use console::Term;
use foretaste::data::{printable, printable_json};
use serde_json::Value;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people.
    #[default]
    Table,
    /// JSON; the names of its fields stay from version to version.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

/// A result: the same figures for people and for programs.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) json: Value,
    /// The names of the columns; empty to go on with rows of an earlier report.
    pub(crate) header: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Lines above the table; for people only.
    pub(crate) above: Vec<String>,
}

impl Report {
    pub(crate) fn print(&self, format: Format) -> Outcome {
        self.print_under(&self.header, format)
    }

    /// Prints one of several parts of a result; as CSV, they are one table with one header.
    pub(crate) fn print_part(mut self, format: Format, is_first: bool) -> Outcome {
        if format == Format::Csv && !is_first {
            self.header.clear();
        }
        self.print(format)
    }

    /// Prints a table whose last column is prose, which goes over as many lines as it needs.
    pub(crate) fn print_wrapped(&self, format: Format) -> Outcome {
        self.print_as(&self.header, Some(columns()), format)
    }

    /// Prints under column names that are not known in advance, instead of [`Report::header`].
    pub(crate) fn print_under<T: AsRef<str>>(&self, header: &[T], format: Format) -> Outcome {
        self.print_as(header, None, format)
    }

    fn print_as<T: AsRef<str>>(&self, header: &[T], width: Option<u16>, format: Format) -> Outcome {
        let mut out = std::io::stdout().lock();
        match format {
            Format::Table => {
                for line in &self.above {
                    let text = line.trim_start_matches('\n');
                    let blank = &line[..line.len() - text.len()];
                    writeln!(out, "{blank}{}", printable(text))?;
                }
                if !self.rows.is_empty() {
                    writeln!(out, "{}", self.table(header, width))?;
                }
            }
            Format::Json => writeln!(out, "{}", printable_json(self.json.to_string()))?,
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                if !header.is_empty() {
                    csv.write_record(header.iter().map(AsRef::as_ref))?;
                }
                for row in &self.rows {
                    csv.write_record(row)?;
                }
                csv.flush()?;
            }
        }
        Ok(out.flush()?)
    }

    /// Numbers to the right, text to the left; ids and titles do nothing to the terminal. Of a table
    /// of some width, the last two columns are broken into lines.
    fn table<T: AsRef<str>>(&self, header: &[T], width: Option<u16>) -> String {
        let mut table = Table::new();
        let header: Vec<_> = header.iter().map(|name| printable(name.as_ref())).collect();
        table
            .load_style(NOTHING)
            .set_header(header)
            .add_rows(self.rows.iter().map(|row| row.iter().map(|cell| printable(cell))));
        let columns = table.column_count();
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        for (n, column) in table.column_iter_mut().enumerate() {
            let constraint = match columns - n {
                1 => None,
                2 if n > 0 => Some(ColumnConstraint::UpperBoundary(Width::Percentage(25))),
                _ => Some(ColumnConstraint::ContentWidth),
            };
            if let Some(constraint) = constraint.filter(|_| width.is_some()) {
                column.set_constraint(constraint);
            }
            let number = |row: &Vec<String>| {
                row.get(n).is_some_and(|cell| {
                    cell.starts_with(|c: char| c.is_ascii_digit() || "-–+<[".contains(c))
                })
            };
            if self.rows.iter().all(number) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// Prints text to stdout as it is.
pub(crate) fn print(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a line to stderr, whatever ids and names it holds; a closed stderr is no reason to stop.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", printable(&line.to_string()));
}

/// How wide a table with prose is: as the terminal, or as the help where there is none.
fn columns() -> u16 {
    match Term::stdout().size_checked() {
        Some((_, columns @ 1..)) => columns.max(60),
        _ => 100,
    }
}

/// Makes the folder of the results, if need be.
pub(crate) fn make_folder(path: &Path) -> Outcome {
    std::fs::create_dir_all(path).map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => Code::Usage,
            _ => Code::Runtime,
        };
        Failure::io(code, path, &error).help("name another folder to write")
    })
}

/// A count with its thousands apart.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "1 user", "2 users".
pub(crate) fn count(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A size in memory, in the largest unit that leaves at least one.
pub(crate) fn bytes(size: u64) -> String {
    match size {
        0..1_000_000 => format!("{:.1} kB", size as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size as f64 / 1e6),
        _ => format!("{:.2} GB", size as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count(1, "user"), "1 user");
        assert_eq!(bytes(12_345_678), "12.3 MB");
    }
}
