//! `export`: a model's vectors, and an index of them, as files that other programs read.

#[cfg(feature = "hnsw")]
mod index;

use crate::args::Global;
use crate::commands::recommend::list_length;
use crate::destination::Destination;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::{Format, Report, bytes};
use crate::vector_files::VectorFiles;
use foretaste::Recommender;
use foretaste::io::{NamedVectors, Side};
use foretaste::model::{ScoreVectors, Scorer};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Write a model's vectors, or an index of its items, to a file.
///
/// The inner product of a user's vector and an item's is the score that `recommend` ranks by. Where a
/// model has biases, they are numbers beside the factors: the item's bias, which is 1 in the vectors of
/// users, then what all scores of the user have in common, which is 1 in those of items.
///
/// By the ending of -o: .npy is a matrix for NumPy, with the ids beside it in a file that ends in .ids,
/// a line each, as --item-features reads them. .csv is a table item,f1,f2,… of exact numbers, .parquet
/// the same. .hnsw is an index for approximate search of the items of large inner products, a file of
/// USearch, whose keys are lines of the .ids beside it, counted from 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The model file.
    model: PathBuf,
    /// Whose vectors.
    #[arg(long, value_enum)]
    what: What,
    /// The file to write: .npy, .csv, .parquet or .hnsw.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace files that are there already.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    indexing: Indexing,
}

/// What an index is made with, and whether it is tried.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Of .hnsw")]
struct Indexing {
    /// Links of an item in the graph, 2 to 256; twice as many on its lowest layer. [default: 16]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u16).range(2..=256),
        allow_negative_numbers = true)]
    m: Option<u16>,
    /// Candidates among which an item's links are chosen, 1 to 10000. [default: 128]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000),
        allow_negative_numbers = true)]
    ef_construction: Option<u16>,
    /// Compare with exact lists for N users, evenly spaced by their ids: how much of them is found,
    /// and how many lists a second either makes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..),
        allow_negative_numbers = true)]
    measure: Option<u32>,
    /// Candidates that a search looks at when it is measured, 1 to 10000. [default: 64, as USearch's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000),
        requires = "measure", allow_negative_numbers = true)]
    ef: Option<u16>,
    /// How many items the lists have that are compared.
    #[arg(short, default_value_t = 10, value_name = "K", value_parser = list_length,
        requires = "measure", allow_negative_numbers = true)]
    k: usize,
}

impl Indexing {
    /// The first of the flags that were given.
    fn given(&self) -> Option<&'static str> {
        let Self { m, ef_construction, measure, .. } = self;
        let flags = [
            ("--m", m.is_some()),
            ("--ef-construction", ef_construction.is_some()),
            ("--measure", measure.is_some()),
        ];
        flags.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

/// Whose vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Items,
    Users,
}

impl What {
    fn name(self) -> &'static str {
        if self == Self::Items { "items" } else { "users" }
    }
}

/// The formats, by the endings of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Npy,
    Csv,
    Parquet,
    Index,
}

impl Kind {
    const ALL: [(&'static str, Self); 4] =
        [("npy", Self::Npy), ("csv", Self::Csv), ("parquet", Self::Parquet), ("hnsw", Self::Index)];

    /// What the ending says, if this build can write it.
    fn of(path: &Path) -> Outcome<Self> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let kind = Self::ALL.into_iter().find(|(known, _)| *known == ending);
        let (_, kind) = kind.ok_or_else(|| {
            let message = format!("{}: the ending names no format of vectors", path.display());
            Failure::usage(message).help("there are .npy, .csv, .parquet and .hnsw")
        })?;
        let (what, feature, built) = match kind {
            Self::Parquet => ("Parquet", "parquet", cfg!(feature = "parquet")),
            Self::Index => ("index", "hnsw", cfg!(feature = "hnsw")),
            Self::Npy | Self::Csv => return Ok(kind),
        };
        match built {
            true => Ok(kind),
            false => {
                let message = format!("{}: this build writes no {what}", path.display());
                Err(Failure::usage(message).help(format_args!(
                    "install with `--features {feature}`, as releases are built, or write .npy"
                )))
            }
        }
    }

    /// Whether a file of ids lies beside it.
    fn has_ids_beside(self) -> bool {
        matches!(self, Self::Npy | Self::Index)
    }
}

/// Where it goes.
enum To {
    Single(Destination),
    Pair(VectorFiles),
}

/// What was written, as JSON, cells and lines above them.
struct Written {
    json: Value,
    above: Vec<String>,
}

impl Export {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let kind = Kind::of(&self.output)?;
        self.check_flags(kind)?;
        let inputs = [self.model.clone()];
        let to = match kind.has_ids_beside() {
            true => To::Pair(VectorFiles::new(&self.output, self.force, &inputs)?),
            false => To::Single(Destination::new(&self.output, self.force, &inputs, global)?),
        };
        let model = input::model(&self.model, global)?;
        let vectors = of_scorer(model.scorer()).ok_or_else(|| no_vectors(&model))?;
        let row = |n: usize| match self.what {
            What::Items => vectors.item(n),
            What::Users => vectors.user(n),
        };
        let (side, ids) = match self.what {
            What::Items => (Side::Item, model.items()),
            What::Users => (Side::User, model.users()),
        };
        let named = NamedVectors { side, ids, width: vectors.width(), row: &row };
        let written = Written { json: self.json(&named, vectors), above: Vec::new() };
        let written = match (&to, kind) {
            (To::Single(file), _) => {
                file.write(|out| match kind {
                    #[cfg(feature = "parquet")]
                    Kind::Parquet => named.write_parquet(out),
                    _ => named.write_csv(out),
                })?;
                if file.is_stdout() {
                    return Ok(());
                }
                written
            }
            #[cfg(feature = "hnsw")]
            (To::Pair(files), Kind::Index) => {
                self.write_index((model.scorer(), vectors), &named, files, written)?
            }
            (To::Pair(files), _) => {
                files.write(&named, |out| named.write_npy(out))?;
                written
            }
        };
        let ids = match &to {
            To::Pair(files) => Some(&files.ids),
            To::Single(_) => None,
        };
        self.report(written, ids, global.format())
    }

    /// Flags that are about another kind of file.
    fn check_flags(&self, kind: Kind) -> Outcome {
        match (kind, self.indexing.given()) {
            (Kind::Index, _) if self.what == What::Users => {
                Err(Failure::usage(format_args!("{}: an index is of items", self.output.display()))
                    .help("use --what items; .npy, .csv and .parquet have vectors of users"))
            }
            (Kind::Npy | Kind::Csv | Kind::Parquet, Some(flag)) => {
                Err(Failure::usage(format_args!("{flag} is about an index"))
                    .help("-o FILE.hnsw writes one"))
            }
            _ => Ok(()),
        }
    }

    fn json(&self, named: &NamedVectors<'_>, vectors: ScoreVectors<'_>) -> Value {
        json!({
            "what": self.what.name(),
            "rows": named.ids.len(),
            "columns": named.width,
            "factors": vectors.factors(),
            "item_bias": vectors.has_item_bias(),
            "user_bias": vectors.has_user_bias(),
            "output": self.output.display().to_string(),
        })
    }

    fn report(&self, written: Written, ids: Option<&PathBuf>, format: Format) -> Outcome {
        let Written { mut json, above } = written;
        // Of what is no regular file, nobody can say.
        let size = std::fs::metadata(&self.output).map_or(0, |found| found.len());
        json["bytes"] = size.into();
        let shown_size = if format == Format::Table { bytes(size) } else { size.to_string() };
        let number = |name: &str| format.count(json[name].as_u64().unwrap_or_default());
        let file = self.output.display().to_string();
        let mut row = vec![number("rows"), number("columns"), shown_size, file];
        let mut header = vec!["rows", "columns", "bytes", "file"];
        if let Some(ids) = ids {
            row.push(ids.display().to_string());
            json["ids"] = ids.display().to_string().into();
            header.push("ids");
        }
        Report { json, header, rows: vec![row], above }.print(format)
    }
}

/// The vectors of a model whose scores are inner products.
fn of_scorer<'a>(scorer: &'a (dyn Scorer + 'a)) -> Option<ScoreVectors<'a>> {
    scorer.products().map(ScoreVectors::new)
}

fn no_vectors(model: &Recommender) -> Failure {
    let method = &model.info().method;
    Failure::usage(format_args!("the scores of a {method} model are no products of vectors"))
        .help("train a factorization, e.g. with --model bpr")
}
