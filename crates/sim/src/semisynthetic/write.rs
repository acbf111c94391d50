//! What a [`Truth`] looks like on disk.

use std::borrow::Cow;
use std::io::{self, Write};

use foretaste_data::{IdTable, Interactions, UserId, push_quoted};
use serde::Serialize;

use super::{Params, Truth};

/// One of the files that describe a [`Truth`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Table {
    /// `interactions.csv`: `user,item` of every click.
    Clicks,
    /// `propensities.csv`: `user,item,propensity` of every click.
    Propensities,
    /// `relevance.csv`: `user,item` of everything relevant, clicked or not.
    Relevance,
    /// `impression.csv`: `user,item` of everything that was shown, clicked or not.
    Impressions,
    /// `truth.csv`: `user,item,exposure,relevance,exposed,relevant` of every cell: θ, γ, O and R.
    Truth,
    /// `manifest.json`: the parameters and what came of them.
    Manifest,
}

impl Table {
    /// All files.
    pub const ALL: [Self; 6] = [
        Self::Clicks,
        Self::Propensities,
        Self::Relevance,
        Self::Impressions,
        Self::Truth,
        Self::Manifest,
    ];

    /// The name of the file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Clicks => "interactions.csv",
            Self::Propensities => "propensities.csv",
            Self::Relevance => "relevance.csv",
            Self::Impressions => "impression.csv",
            Self::Truth => "truth.csv",
            Self::Manifest => "manifest.json",
        }
    }

    /// Writes the contents of the file, in chunks of a few kilobytes, and flushes.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, truth: &Truth, out: &mut dyn Write) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        match self {
            Self::Clicks => clicks(truth, &mut out),
            Self::Propensities => propensities(truth, &mut out),
            Self::Relevance => relevance(truth, &mut out),
            Self::Impressions => pairs(truth, &truth.exposed, &mut out),
            Self::Truth => cells(truth, &mut out),
            Self::Manifest => manifest(truth, &mut out),
        }?;
        out.flush()
    }
}

/// Ids as fields of a table. Text is quoted always: readers trim blanks that are not.
fn names(ids: &IdTable) -> Vec<String> {
    let field = |name: Cow<'_, str>| match ids.integers() {
        Some(_) => name.into_owned(),
        None => {
            let mut field = String::new();
            push_quoted(&mut field, &name);
            field
        }
    };
    ids.names().map(field).collect()
}

fn clicks(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    pairs(truth, &truth.clicks, out)
}

fn pairs(truth: &Truth, pairs: &Interactions, out: &mut impl Write) -> io::Result<()> {
    let (users, items) = (names(&truth.users), names(&truth.items));
    writeln!(out, "user,item")?;
    for pair in pairs.pairs() {
        writeln!(out, "{},{}", users[pair.user.index()], items[pair.item.index()])?;
    }
    Ok(())
}

fn propensities(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    let (users, items) = (names(&truth.users), names(&truth.items));
    writeln!(out, "user,item,propensity")?;
    for pair in truth.clicks.pairs() {
        let (user, item) = (pair.user.index(), pair.item.index());
        let theta = truth.theta[user * items.len() + item];
        writeln!(out, "{},{},{theta}", users[user], items[item])?;
    }
    Ok(())
}

fn relevance(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    pairs(truth, &truth.relevance, out)
}

fn cells(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    let (users, items) = (names(&truth.users), names(&truth.items));
    writeln!(out, "user,item,exposure,relevance,exposed,relevant")?;
    for (user, name) in users.iter().enumerate() {
        let (mut shown, mut liked) = (vec![0; items.len()], vec![0; items.len()]);
        truth.exposed.row(UserId(user as u32)).iter().for_each(|item| shown[item.index()] = 1);
        truth.relevance.row(UserId(user as u32)).iter().for_each(|item| liked[item.index()] = 1);
        for (item, id) in items.iter().enumerate() {
            let cell = user * items.len() + item;
            let (theta, gamma) = (truth.theta[cell], truth.gamma[cell]);
            writeln!(out, "{name},{id},{theta},{gamma},{},{}", shown[item], liked[item])?;
        }
    }
    Ok(())
}

/// The contents of `manifest.json`.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    generator: &'static str,
    params: &'a Params,
    counts: Counts,
}

/// What the parameters came to.
#[derive(Debug, Serialize)]
struct Counts {
    users: usize,
    items: usize,
    clicks: usize,
    relevant: usize,
    exposed: usize,
}

fn manifest(truth: &Truth, out: &mut impl Write) -> io::Result<()> {
    let counts = Counts {
        users: truth.users.len(),
        items: truth.items.len(),
        clicks: truth.clicks.nnz(),
        relevant: truth.relevance.nnz(),
        exposed: truth.exposed.nnz(),
    };
    let generator = "foretaste-sim, semi-synthetic";
    serde_json::to_writer_pretty(
        &mut *out,
        &Manifest { generator, params: &truth.params, counts },
    )?;
    writeln!(out)
}
