//! Interactions and models from the files that the command line names.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::{count, thousands};
use foretaste::Recommender;
use foretaste::data::{
    BadRow, Columns, Dataset, Delimiter, FormatKind, Keep, ReadOptions, ReadReport, Threshold,
    k_core, read_interactions,
};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// How to read interactions.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Reading {
    /// Which columns hold what, by number or header name: user=1,item=2,rating=3,time=4.
    #[arg(long, value_name = "COLUMNS")]
    columns: Option<Columns>,
    /// Which rows are positive feedback, e.g. 'rating>=4'; all, if not given.
    #[arg(long, value_name = "RULE")]
    positive: Option<Threshold>,
    /// Whether a line is an interaction (table) or a user and its items (adjacency).
    #[arg(long, value_name = "table|adjacency")]
    layout: Option<FormatKind>,
    /// What separates the fields: , tab ; | :: or space.
    #[arg(long, value_name = "DELIMITER", allow_hyphen_values = true)]
    delimiter: Option<Delimiter>,
    /// The first line is a header.
    #[arg(long, conflicts_with = "no_header")]
    header: bool,
    /// The first line is an interaction.
    #[arg(long)]
    no_header: bool,
    /// What to do with a line that can't be used: fail, or skip and count it.
    #[arg(long, value_name = "fail|skip", default_value = "fail")]
    on_bad_row: BadRow,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            columns: None,
            positive: None,
            layout: None,
            delimiter: None,
            header: false,
            no_header: false,
            on_bad_row: BadRow::Fail,
        }
    }
}

impl Reading {
    /// Reads a file and says on stderr what was odd about it.
    pub(crate) fn read(
        &self,
        path: &Path,
        keep: Keep,
        global: &Global,
    ) -> Outcome<(Dataset, ReadReport)> {
        let options = ReadOptions {
            columns: self.columns.clone().unwrap_or_default(),
            format: self.layout,
            delimiter: self.delimiter,
            header: if self.header { Some(true) } else { self.no_header.then_some(false) },
            keep,
            on_bad_row: self.on_bad_row,
            positive: self.positive.clone(),
            checksum: true,
        };
        let (data, report) = read_interactions(path, &options)?;
        for line in remarks(&report) {
            global.note(format_args!("note: {}: {line}", path.display()));
        }
        Ok((data, report))
    }
}

/// What a reader of the file should know before trusting it.
pub(crate) fn remarks(report: &ReadReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(first) = &report.first_bad {
        let skipped = count(report.bad_rows, "bad row");
        remarks
            .push(format!("skipped {skipped}, the first in line {}: {}", first.line, first.reason));
    }
    if report.duplicates > 0 {
        remarks.push(format!("kept {} once", count(report.duplicates, "repeated interaction")));
    }
    for (side, odd) in [("user", &report.odd_users), ("item", &report.odd_items)] {
        if let Some(odd) = odd {
            remarks.push(format!(
                "{} no whole number like the others, the first in line {}: \"{}\"; kept as text",
                match odd.rows {
                    1 => format!("1 {side} id is"),
                    n => format!("{} {side} ids are", thousands(n)),
                },
                odd.first_line,
                odd.first_value,
            ));
        }
    }
    remarks
}

/// Which users and items are too rare to keep.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Core {
    /// Keep only users and items with at least N interactions among themselves.
    #[arg(long, value_name = "N", default_value_t = 1)]
    k_core: u32,
}

impl Core {
    pub(crate) fn apply(self, data: Dataset, path: &Path) -> Outcome<Dataset> {
        if self.k_core <= 1 {
            return Ok(data);
        }
        let core = k_core(&data, self.k_core, self.k_core)?;
        if core.interactions.nnz() == 0 {
            let n = self.k_core;
            return Err(Failure::data(format_args!("{}: the {n}-core is empty", path.display()))
                .help("--k-core takes a smaller number"));
        }
        Ok(core)
    }
}

/// The files of a split.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) train: PathBuf,
    pub(crate) valid: Option<PathBuf>,
    pub(crate) test: Option<PathBuf>,
}

impl Parts {
    /// Finds `train.*`, `valid.*` and `test.*` in a folder.
    pub(crate) fn of_folder(folder: &Path) -> Outcome<Self> {
        let train = part(folder, "train")?.ok_or_else(|| {
            Failure::data(format_args!("{}: there is no train.csv", folder.display()))
                .help("`foretaste split FILE -o FOLDER` makes such a folder; or name a file")
        })?;
        Ok(Self { train, valid: part(folder, "valid")?, test: part(folder, "test")? })
    }
}

/// The one file of a folder whose name up to the first dot is `stem`.
fn part(folder: &Path, stem: &str) -> Outcome<Option<PathBuf>> {
    let failed =
        |error: std::io::Error| Failure::data(format_args!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.split('.').next() == Some(stem) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    match &found[..] {
        [first, second, ..] => Err(Failure::data(format_args!(
            "{}: two files could be the {stem} part: {} and {}",
            folder.display(),
            first.display(),
            second.display()
        ))
        .help("leave one of them in the folder")),
        _ => Ok(found.pop()),
    }
}

/// Loads a model file.
pub(crate) fn model(path: &Path) -> Outcome<Recommender> {
    Ok(Recommender::load(path)?)
}
