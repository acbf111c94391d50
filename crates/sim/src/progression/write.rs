//! What a [`Truth`] looks like on disk.

use std::io::{self, Write};

use foretaste_data::Interactions;
use serde::Serialize;

use super::{Params, Truth};
use crate::GENERATOR_VERSION;

/// Most rows of `truth.csv`.
const MAX_ROWS: usize = 1_000_000;

/// One of the files that describe a [`Truth`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Table {
    /// `LEVEL.csv`: `user,item,time` of the pairs of a level, by its place from 0, that are not held out.
    Train(usize),
    /// `test-LEVEL.csv`, of the last level `test.csv`: those that are held out.
    Test(usize),
    /// `truth.csv`: `user,item` and π of each level by its name, of every pair of the first users, up to a
    /// million rows.
    Truth,
    /// `items.csv`: `item,title,genre`; the genre is that of the first level's taste.
    Items,
    /// `manifest.json`: the parameters and what came of them.
    Manifest,
}

impl Table {
    /// All files of so many levels.
    pub fn all(levels: usize) -> Vec<Self> {
        let parts = (0..levels).flat_map(|level| [Self::Train(level), Self::Test(level)]);
        parts.chain([Self::Truth, Self::Items, Self::Manifest]).collect()
    }

    /// The name of the file, of levels that are called so.
    ///
    /// # Panics
    /// If it is of a level that there is not.
    pub fn file_name(self, levels: &[String]) -> String {
        match self {
            Self::Train(level) => format!("{}.csv", levels[level]),
            Self::Test(level) if level + 1 == levels.len() => "test.csv".to_owned(),
            Self::Test(level) => format!("test-{}.csv", levels[level]),
            Self::Truth => "truth.csv".to_owned(),
            Self::Items => "items.csv".to_owned(),
            Self::Manifest => "manifest.json".to_owned(),
        }
    }

    /// Writes the contents of the file, in chunks of a few kilobytes, and flushes.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// # Panics
    /// If it is of a level that there is not.
    pub fn write(self, truth: &Truth, out: &mut dyn Write) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        match self {
            Self::Train(level) => pairs(&truth.train[level], &mut out),
            Self::Test(level) => pairs(&truth.test[level], &mut out),
            Self::Truth => cells(truth, &mut out),
            Self::Items => return crate::Table::Items.write(&truth.world, &mut out),
            Self::Manifest => manifest(truth, &mut out),
        }?;
        out.flush()
    }
}

fn pairs(pairs: &Interactions, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "user,item,time")?;
    let mut pairs: Vec<_> = pairs.pairs().collect();
    pairs.sort_unstable_by_key(|pair| (pair.user, pair.time, pair.item));
    for pair in pairs {
        writeln!(out, "{},{},{}", pair.user.0 + 1, pair.item.0 + 1, pair.time)?;
    }
    Ok(())
}

fn cells(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "user,item,{}", truth.params.levels.join(","))?;
    let n = truth.params.world.items as usize;
    for cell in 0..truth.probabilities[0].len().min(MAX_ROWS) {
        write!(out, "{},{}", cell / n + 1, cell % n + 1)?;
        for level in &truth.probabilities {
            write!(out, ",{}", level[cell])?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The contents of `manifest.json`.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    generator: &'static str,
    generator_version: u32,
    /// What says to readers of the folder that it has several feedbacks.
    feedback: &'a [String],
    params: &'a Params,
    counts: Vec<Count<'a>>,
}

/// What the parameters came to, of a level.
#[derive(Debug, Serialize)]
struct Count<'a> {
    level: &'a str,
    /// Σ π_t.
    expected: f64,
    train: usize,
    test: usize,
}

fn manifest(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    let count = |level: usize| Count {
        level: truth.params.levels[level].as_str(),
        expected: truth.probabilities[level].iter().map(|&p| f64::from(p)).sum(),
        train: truth.train[level].nnz(),
        test: truth.test[level].nnz(),
    };
    let manifest = Manifest {
        generator: "foretaste-sim",
        generator_version: GENERATOR_VERSION,
        feedback: &truth.params.levels,
        params: &truth.params,
        counts: (0..truth.params.levels.len()).map(count).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &manifest)?;
    writeln!(out)
}
