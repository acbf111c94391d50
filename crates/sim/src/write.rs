//! The files of a simulation, as pure formatting: each goes to a writer that the caller opens.

use std::fmt::Write as _;
use std::io::{self, Write};

use foretaste_data::{Interactions, UserId};
use serde::Serialize;

use crate::{Feedback, Params};

/// Raised by every change that makes the same parameters give other bytes.
pub const GENERATOR_VERSION: u32 = 1;

/// One of the files that describe a [`Feedback`].
///
/// To write a folder:
///
/// ```no_run
/// # let feedback = foretaste_sim::Params::default().check()?.generate()?;
/// for table in foretaste_sim::Table::ALL {
///     table.write(&feedback, &mut std::fs::File::create(table.file_name())?)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Table {
    /// `interactions.csv`: `user,item,time`, by user, then time; hours since the start.
    Clicks,
    /// `relevance.txt`: a line per user: the user, then all relevant items, clicked or not.
    Relevance,
    /// `items.csv`: `item,title,genre`.
    Items,
    /// `propensities.csv`: `item,propensity`, the mean exposure of the item over the users.
    Propensities,
    /// `impression.txt`: a line per user: the user, then all items that were shown, clicked or not.
    /// Beside `interactions.csv` it is a feedback: `--feedback impression,interactions`.
    Impressions,
    /// `manifest.json`: the parameters and what came of them.
    Manifest,
}

impl Table {
    /// All files.
    pub const ALL: [Self; 6] = [
        Self::Clicks,
        Self::Relevance,
        Self::Items,
        Self::Propensities,
        Self::Impressions,
        Self::Manifest,
    ];

    /// The name of the file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Clicks => "interactions.csv",
            Self::Relevance => "relevance.txt",
            Self::Items => "items.csv",
            Self::Propensities => "propensities.csv",
            Self::Impressions => "impression.txt",
            Self::Manifest => "manifest.json",
        }
    }

    /// Writes the contents of the file, in chunks of a few kilobytes, and flushes.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, feedback: &Feedback, out: &mut dyn Write) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        match self {
            Self::Clicks => clicks(feedback, &mut out),
            Self::Relevance => lines(&feedback.relevance, &mut out),
            Self::Impressions => lines(&feedback.exposed, &mut out),
            Self::Items => items(feedback, &mut out),
            Self::Propensities => propensities(feedback, &mut out),
            Self::Manifest => manifest(feedback, &mut out),
        }?;
        out.flush()
    }
}

fn clicks(feedback: &Feedback, out: &mut impl Write) -> io::Result<()> {
    let clicks = feedback.clicks.interactions();
    writeln!(out, "user,item,time")?;
    let mut pairs: Vec<_> = clicks.pairs().collect();
    pairs.sort_unstable_by_key(|pair| (pair.user, pair.time, pair.item));
    for pair in pairs {
        writeln!(out, "{},{},{}", pair.user.0 + 1, pair.item.0 + 1, pair.time)?;
    }
    Ok(())
}

/// A line per user: the user, then the items.
fn lines(pairs: &Interactions, out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    for user in 0..pairs.n_users() as u32 {
        line.clear();
        line.push_str(&(user + 1).to_string());
        for item in pairs.row(UserId(user)) {
            write!(line, " {}", item.0 + 1).expect("a String takes all text");
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn items(feedback: &Feedback, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "item,title,genre")?;
    for (item, (title, genre)) in feedback.titles().iter().zip(&feedback.genres).enumerate() {
        writeln!(out, "{},{title},{genre}", item + 1)?;
    }
    Ok(())
}

fn propensities(feedback: &Feedback, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "item,propensity")?;
    for (item, exposure) in feedback.item_exposure().iter().enumerate() {
        writeln!(out, "{},{exposure:.6}", item + 1)?;
    }
    Ok(())
}

/// The contents of `manifest.json`.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    generator: &'static str,
    generator_version: u32,
    params: &'a Params,
    counts: Counts,
}

/// What the parameters came to.
#[derive(Debug, Serialize)]
struct Counts {
    interactions: usize,
    relevant: usize,
    exposed: usize,
    items_without_interaction: usize,
    users_without_interaction: usize,
}

fn manifest(feedback: &Feedback, out: &mut impl Write) -> io::Result<()> {
    let clicks = feedback.clicks.interactions();
    let users = clicks.starts().windows(2);
    let manifest = Manifest {
        generator: "foretaste-sim",
        generator_version: GENERATOR_VERSION,
        params: &feedback.params,
        counts: Counts {
            interactions: clicks.nnz(),
            relevant: feedback.relevance.nnz(),
            exposed: feedback.exposed.nnz(),
            items_without_interaction: clicks.item_counts().iter().filter(|&&n| n == 0).count(),
            users_without_interaction: users.filter(|bounds| bounds[0] == bounds[1]).count(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &manifest)?;
    writeln!(out)
}
