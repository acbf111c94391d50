//! θ from a log of what was shown: another feedback of the data.
//!
//! The log has O, which item was shown to whom; θ is O's probability. Of a click O is known: it is 1,
//! since who clicks has seen. But 1/O is 1, and clicks weighted by it are the naive estimator: what is
//! wanted is how likely the item was to be shown to the user before it was. So no click's θ may learn
//! from that click's own impression:
//!
//! ```text
//! item        θ_ui = (n_i − ½)/m        n_i of m users were shown i: the other n_i − 1 of m − 1, and a
//!                                       half for nothing being impossible or certain
//! pair        θ_ui = g(x_ui)            x of a factorization of O that was not told of this pair; g rises
//! relative    min(1, g(x_ui) n̄/n_u)     n_u items were shown to u, n̄ to a user on average
//! ```
//!
//! That some users are shown more than others does not mislead about the order of what one of them likes:
//! a factor of the user's multiplies the labels of all their clicks. It makes a few of them count much,
//! which is variance. `relative` takes it out, as self-normalised estimators do; the loss then is that of
//! all pairs up to a factor of each user's, and lists are of one user each.
//!
//! The factorization is logistic, x_ui = b + b_u + b_i + ⟨U_u, V_i⟩, of all cells. The impressions are
//! dealt into [`FOLDS`] at random; each fold gets its x from a training without them, in which they
//! were zeros like what was never shown. So both kinds of zeros have x by the same rule, and among them
//! `g` finds, for each x, the share of what was shown: a fold stands for 1/[`FOLDS`] of the pairs that
//! were shown, and pairs that never were are weighed so, too. `g` is the rising step function of least
//! squares (isotonic regression). It needs every impression, and as many of the other pairs.
//!
//! Where a click is not in the log, the log is incomplete: the item was seen in a way that it does not
//! tell of. Such clicks are counted, and taken for impressions; of an item that was clicked and, by the
//! log, never shown, θ thus is the share of users who clicked on it.

mod pairs;

use crate::{Error, Propensities};
use foretaste_data::{Dataset, Feedback, Interactions, ItemId, UserId};
use foretaste_model::among;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

pub use pairs::FOLDS;

/// How θ is estimated from impressions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// One an item: the share of users to whom it was shown.
    Item,
    /// One a click, by a model of who is shown what.
    Pair,
    /// The same, relative to how much the user is shown.
    #[default]
    Relative,
}

impl Exposure {
    pub(crate) const ALL: [Self; 3] = [Self::Item, Self::Pair, Self::Relative];
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Item => "item",
            Self::Pair => "pair",
            Self::Relative => "relative",
        })
    }
}

impl FromStr for Exposure {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|one| one.to_string() == text);
        let (name, rule) = ("exposure", among(Self::ALL).to_string());
        found.ok_or_else(|| Error::Parameter { name, rule, value: text.to_owned() })
    }
}

/// What a log of impressions lacks, or has too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// Clicks on what, by the log, was not shown to the user.
    pub unlogged_clicks: usize,
    /// Items with clicks that, by the log, were shown to nobody.
    pub never_shown: usize,
    /// Whether every user was shown every item: then θ is 1, and nothing is corrected.
    pub all_shown: bool,
}

/// θ of the clicks of `data` by the feedback called `name`.
pub(crate) fn from_feedback(
    name: &str,
    exposure: Exposure,
    seed: u64,
    data: &Dataset,
) -> Result<(Propensities, Logged), Error> {
    let (log, clicks) = (log(name, data)?, data.interactions());
    let shown = both(log, clicks)?;
    let mut logged = Logged {
        unlogged_clicks: clicks.nnz() - clicks.common(log),
        never_shown: never_shown(&log.item_counts(), &clicks.item_counts()),
        all_shown: false,
    };
    let users = active(&shown);
    if shown.nnz() == users * shown.n_items() {
        logged.all_shown = true;
        return Ok((Propensities::constant(clicks.n_items(), 1.0), logged));
    }
    let of_pairs = |theta| Propensities::of_pairs(theta, shown.n_items());
    let theta = match exposure {
        Exposure::Item => Propensities::of_items(shown_shares(&shown)),
        Exposure::Pair => of_pairs(pairs::theta(&shown, clicks, seed)?),
        Exposure::Relative => {
            let theta = pairs::theta(&shown, clicks, seed)?;
            of_pairs(relative(theta, clicks, &shown, users))
        }
    };
    Ok((theta, logged))
}

/// The feedback of this name, which is not the target.
fn log<'a>(name: &str, data: &'a Dataset) -> Result<&'a Interactions, Error> {
    if data.target_name() == Some(name) {
        return Err(Error::Target { name: name.to_owned() });
    }
    let others = data.others();
    let Some(found) = others.iter().find(|one| one.name() == name) else {
        let others = others.iter().map(|one| Feedback::name(one).to_owned()).collect();
        return Err(Error::NoFeedback { name: name.to_owned(), others });
    };
    match found.interactions().nnz() {
        0 => Err(Error::EmptyFeedback { name: name.to_owned() }),
        _ => Ok(found.interactions()),
    }
}

/// What was shown, and what was clicked, which was shown, too.
fn both(log: &Interactions, clicks: &Interactions) -> Result<Interactions, Error> {
    let (mut starts, mut items) = (vec![0], Vec::with_capacity(log.nnz()));
    for user in (0..log.n_users() as u32).map(UserId) {
        let mut row = [log.row(user), clicks.row(user)].concat();
        row.sort_unstable();
        row.dedup();
        items.append(&mut row);
        starts.push(items.len());
    }
    Ok(Interactions::from_rows(starts, items, log.n_items())?)
}

/// How many users have a row.
fn active(shown: &Interactions) -> usize {
    shown.starts().windows(2).filter(|row| row[0] < row[1]).count()
}

fn never_shown(shown: &[u32], clicked: &[u32]) -> usize {
    shown.iter().zip(clicked).filter(|&(&shown, &clicked)| shown == 0 && clicked > 0).count()
}

/// The share (n_i − ½)/m of the users with a row to whom each item was shown, for a user to whom it was:
/// θ by [`Exposure::Item`] where `shown` has what was shown, and what was clicked. 0 for what was not
/// shown.
pub fn shown_shares(shown: &Interactions) -> Vec<f32> {
    let users = active(shown);
    let share = |count: u32| ((f64::from(count) - 0.5).max(0.0) / users as f64) as f32;
    shown.item_counts().into_iter().map(share).collect()
}

/// θ_ui n̄/n_u, at most 1: n_u is how many items the user was shown, n̄ its mean over users.
fn relative(
    mut theta: Vec<f32>,
    clicks: &Interactions,
    shown: &Interactions,
    users: usize,
) -> Vec<f32> {
    let mean = shown.nnz() as f64 / users as f64;
    for (user, row) in clicks.starts().windows(2).enumerate() {
        let own = shown.row(UserId(user as u32)).len() as f64;
        let times = |theta: &mut f32| *theta = (f64::from(*theta) * mean / own).min(1.0) as f32;
        theta[row[0]..row[1]].iter_mut().for_each(times);
    }
    theta
}

/// Where each click is among what was shown.
fn places(clicks: &Interactions, shown: &Interactions) -> Vec<usize> {
    let place = |user: UserId, item: &ItemId| {
        let row = shown.row(user);
        shown.starts()[user.index()] + row.partition_point(|other| other < item)
    };
    let users = (0..clicks.n_users() as u32).map(UserId);
    users.flat_map(|user| clicks.row(user).iter().map(move |item| place(user, item))).collect()
}

#[cfg(test)]
mod tests;
