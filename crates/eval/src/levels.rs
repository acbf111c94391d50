//! Whether what a model says of feedbacks that build on one another is what happens in the test.
//!
//! A model of levels tells π_t, the probability that feedback t or a stronger one comes of a pair
//! ([`Levelled`]). Two events of the test parts are held against it, both of users who have a held-out pair:
//!
//! - [`Among::Unknown`]: **feedback t, or a stronger one, is held out**, among all pairs without such a
//!   feedback in training. A test part is a share of all pairs, which no model can know, so the odds of π_t are
//!   multiplied by one factor a level, with which as many events are predicted as there are: what is drawn is the
//!   shape, not the rate. Of pairs that were held out at random the factor is the share that was
//!   ([`Calibration::at_rate_of_events`]). Held-out pairs are all counted; of others at most
//!   [`SAMPLE`] a user, evenly spread over the items, which stand for the rest.
//! - [`Among::Reached`]: **a held-out pair that reached feedback t − 1 reached t**, among held-out pairs with no
//!   feedback in training. π_t / π_{t−1} is held against it as it is, without a factor. It says something where the
//!   parts hold out all feedbacks of a pair together; a pair of which only one is held out is left out.

use crate::{Calibration, Error, Mass, Reliability};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{Levelled, Scorer};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// So many bins have the diagrams.
pub const BINS: usize = 10;
/// So many items of a user without a held-out pair are looked at, at most.
pub const SAMPLE: usize = 1000;

/// What users have of each level, weakest first, in the model's space.
#[derive(Clone, Copy, Debug)]
pub struct LevelPairs<'a> {
    /// In training; nothing is known of a level without.
    pub trained: &'a [Option<&'a Interactions>],
    /// Held out, where there is a part of it.
    pub held_out: &'a [Option<&'a Interactions>],
    /// Pairs that are looked at nowhere, such as those of a validation part.
    pub left_out: &'a [&'a Interactions],
}

/// A diagram of one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelReliability {
    /// Its name.
    pub name: String,
    /// Among which pairs.
    pub among: Among,
    /// The diagram.
    #[serde(flatten)]
    pub reliability: Reliability,
}

/// The pairs of which an event is predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Among {
    /// Those without the feedback or a stronger one in training.
    Unknown {
        /// What the odds of π were multiplied by.
        factor: f64,
    },
    /// Held-out pairs that reached the feedback before.
    Reached {
        /// That feedback.
        before: String,
    },
}

/// A prediction of level `.0`, among reached pairs if `.1`; what happened; how many pairs it stands for.
type Seen = (usize, bool, f32, bool, f64);

/// Diagrams of all levels that have a held-out part: for each, weakest first, among the unknown, then
/// among those that reached the one before, if this has a part, too. What has no pair is left out.
///
/// Runs in parallel on the current rayon pool, whose size does not change the result.
///
/// # Errors
/// [`Error::Size`] if pairs are not of the model's levels, users and items, or it has no vectors of
/// users.
pub fn level_reliability(
    levels: &dyn Levelled,
    scorer: &dyn Scorer,
    pairs: LevelPairs<'_>,
) -> Result<Vec<LevelReliability>, Error> {
    check(levels, scorer, pairs)?;
    let mut tallies = vec![[Calibration::default(), Calibration::default()]; levels.names().len()];
    let is_tested =
        |user: &UserId| pairs.held_out.iter().flatten().any(|part| !part.row(*user).is_empty());
    let users = (0..scorer.n_users() as u32).map(UserId).filter(is_tested);
    let users: Vec<UserId> = users.collect();
    // Sums are taken in the order of users, a few hundred of them held at once.
    for block in users.chunks(256) {
        let of = |user: &UserId| of_user(levels, scorer, pairs, *user);
        for seen in block.par_iter().map(of).collect::<Vec<_>>().into_iter().flatten() {
            let (level, reached, predicted, happened, weight) = seen;
            tallies[level][usize::from(reached)].add(predicted, happened, weight);
        }
    }
    let mut found = Vec::new();
    for (level, [unknown, reached]) in tallies.into_iter().enumerate() {
        let name = &levels.names()[level];
        let mut push = |among, reliability| {
            found.push(LevelReliability { name: name.clone(), among, reliability });
        };
        if !unknown.is_empty() {
            let (unknown, factor) = unknown.at_rate_of_events();
            push(Among::Unknown { factor }, unknown.reliability(BINS, Mass::Predicted));
        }
        if !reached.is_empty() {
            let before = levels.names()[level - 1].clone();
            push(Among::Reached { before }, reached.reliability(BINS, Mass::Pairs));
        }
    }
    Ok(found)
}

fn check(levels: &dyn Levelled, scorer: &dyn Scorer, pairs: LevelPairs<'_>) -> Result<(), Error> {
    let same = |what, found: usize, expected: usize| match found == expected {
        true => Ok(()),
        false => Err(Error::Size { what, found, expected }),
    };
    let n = levels.names().len();
    same("levels in training", pairs.trained.len(), n)?;
    same("levels held out", pairs.held_out.len(), n)?;
    let all = pairs.trained.iter().chain(pairs.held_out).flatten().copied();
    for matrix in all.chain(pairs.left_out.iter().copied()) {
        same("users", matrix.n_users(), scorer.n_users())?;
        same("items", matrix.n_items(), scorer.n_items())?;
    }
    let vectors = scorer.user_vectors().map_or(0, |vectors| vectors.nrows());
    same("vectors of users", vectors, scorer.n_users())
}

/// One more than the strongest level that each item has in any of the matrices; 0 of none.
fn strongest(parts: &[Option<&Interactions>], user: UserId, n_items: usize) -> Vec<u8> {
    let mut found = vec![0; n_items];
    for (level, part) in parts.iter().enumerate() {
        for item in part.iter().flat_map(|part| part.row(user)) {
            found[item.index()] = level as u8 + 1;
        }
    }
    found
}

fn of_user(
    levels: &dyn Levelled,
    scorer: &dyn Scorer,
    pairs: LevelPairs<'_>,
    user: UserId,
) -> Vec<Seen> {
    let n_items = scorer.n_items();
    let vectors = scorer.user_vectors().expect("there are vectors of users, as was checked");
    let row = vectors.row(user.index()).to_vec();
    let trained = strongest(pairs.trained, user, n_items);
    let mut reached = strongest(pairs.held_out, user, n_items);
    let mut left_out = vec![false; n_items];
    for item in pairs.left_out.iter().flat_map(|part| part.row(user)) {
        left_out[item.index()] = true;
        reached[item.index()] = 0;
    }
    let others: Vec<usize> =
        (0..n_items).filter(|&item| reached[item] == 0 && !left_out[item]).collect();
    let sampled = others.len().min(SAMPLE);
    let weight = others.len() as f64 / sampled.max(1) as f64;
    // From another start for each user, so that all items are looked at by some.
    let start = (u64::from(user.0.wrapping_mul(0x9e37_79b9)) * others.len() as u64) >> 32;
    let place = |at: usize| (at * others.len() + start as usize) / sampled;
    let sample = (0..sampled).map(|at| (others[place(at)], weight));
    let held_out = (0..n_items).filter(|&item| reached[item] > 0).map(|item| (item, 1.0));
    let mut seen = Vec::new();
    for (item, weight) in held_out.chain(sample) {
        let pi = levels.probabilities((&row, levels.history_length(user)), ItemId(item as u32));
        let [trained, reached] = [trained[item], reached[item]].map(usize::from);
        for level in (0..pi.len()).filter(|&level| pairs.held_out[level].is_some()) {
            // Both count from 1.
            if trained <= level {
                seen.push((level, false, pi[level], reached > level, weight));
            }
            let has_before = level > 0 && pairs.held_out[level - 1].is_some();
            if has_before && trained == 0 && reached >= level {
                let ratio = if pi[level - 1] > 0.0 { pi[level] / pi[level - 1] } else { 0.0 };
                seen.push((level, true, ratio, reached > level, 1.0));
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests;
