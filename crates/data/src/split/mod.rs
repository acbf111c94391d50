//! Splits into training, validation and test parts.

mod rng;
mod seen;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Dataset, Error, Interactions};
pub(crate) use rng::Stream;

/// The parts of a data set. All keep its users and items, so that an index means the same in each.
///
/// Of several feedbacks the target is dealt; the others, and features, are in the training part,
/// whole: they are what is known when the target is to be foretold. So a pair that is held out may
/// well have been viewed in training, as it will have been in life: see
/// [`Dataset::known_by_others`]. By a point in time, other feedbacks may be later than what is held
/// out.
///
/// What is not positive ([`Dataset::not_positive`]) is dealt, too, and which positives are in a part
/// does not depend on it. At random, the same share of each user's; by time, by the same cut: what came
/// after the last positive that stays in training is not in it. Of a user of whom nothing is held out,
/// and where one positive of each is drawn, all of it stays in training.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// What is learnt from.
    pub train: Dataset,
    /// What decides when to stop and which parameters are best, if it was asked for.
    pub valid: Option<Dataset>,
    /// What is reported on.
    pub test: Dataset,
}

/// How to split. Fractions are of all interactions in question; of `n`, ⌊n × fraction⌋ go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum SplitMethod {
    /// Of each user, a random part.
    Random {
        /// The fraction for validation; 0 for none.
        valid: f64,
        /// The fraction for testing.
        test: f64,
    },
    /// Of each user, one interaction for testing and, if wanted, one for validation. Users with
    /// fewer than one for each part stay in training whole.
    LeaveOneOut {
        /// Which are held out.
        held_out: HeldOut,
        /// Whether one is for validation.
        valid: bool,
    },
    /// Of each user, the latest part: training first, then validation, then testing.
    UserTime {
        /// The fraction for validation; 0 for none.
        valid: f64,
        /// The fraction for testing.
        test: f64,
    },
    /// The latest part of all interactions. Of those as late as the last that stays, all stay, so
    /// that no moment is in two parts; and users or items may have nothing to train on.
    GlobalTime {
        /// The fraction for validation; 0 for none.
        valid: f64,
        /// The fraction for testing.
        test: f64,
    },
}

/// Which interactions of a user [`SplitMethod::LeaveOneOut`] holds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeldOut {
    /// The latest for testing, the one before for validation.
    Latest,
    /// Any.
    Random,
}

impl SplitMethod {
    fn fractions(self) -> Option<(f64, f64)> {
        match self {
            Self::Random { valid, test }
            | Self::UserTime { valid, test }
            | Self::GlobalTime { valid, test } => Some((valid, test)),
            Self::LeaveOneOut { .. } => None,
        }
    }

    fn has_valid(self) -> bool {
        match self {
            Self::LeaveOneOut { valid, .. } => valid,
            Self::Random { valid, .. }
            | Self::UserTime { valid, .. }
            | Self::GlobalTime { valid, .. } => valid > 0.0,
        }
    }

    fn check(self) -> Result<(), Error> {
        let Some((valid, test)) = self.fractions() else { return Ok(()) };
        for (part, value) in [("valid", valid), ("test", test)] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::Fraction { part, value });
            }
        }
        if valid + test >= 1.0 { Err(Error::Fractions { valid, test }) } else { Ok(()) }
    }

    /// How many of a user's `n` interactions go to validation and to testing. One always stays.
    fn held_out(self, n: usize) -> (usize, usize) {
        match self.fractions() {
            Some((valid, test)) => {
                let test = part_of(n, test).min(n.saturating_sub(1));
                (part_of(n, valid).min(n.saturating_sub(1 + test)), test)
            }
            None => {
                let valid = usize::from(self.has_valid());
                if n >= valid + 2 { (valid, 1) } else { (0, 0) }
            }
        }
    }
}

/// Splits a data set.
///
/// Every user draws from a stream of their own, keyed by `seed` and their index, so that the
/// result depends on nothing else. Interactions of a user at the same time are in random order.
///
/// # Errors
/// [`Error::NoTimes`] for a method by time if the data has none; [`Error::Fraction`] and
/// [`Error::Fractions`] if fractions are not in [0, 1) or leave nothing to train on.
pub fn split(dataset: &Dataset, method: SplitMethod, seed: u64) -> Result<Split, Error> {
    method.check()?;
    let matrix = dataset.interactions();
    let parts = match method {
        SplitMethod::GlobalTime { valid, test } => {
            by_moment(matrix.times().ok_or(Error::NoTimes)?, valid, test)
        }
        SplitMethod::UserTime { .. }
        | SplitMethod::LeaveOneOut { held_out: HeldOut::Latest, .. } => {
            let times = matrix.times().ok_or(Error::NoTimes)?;
            by_user(matrix, method, seed, Some(times))
        }
        SplitMethod::Random { .. } | SplitMethod::LeaveOneOut { .. } => {
            by_user(matrix, method, seed, None)
        }
    };
    let seen = (dataset.not_positive())
        .map(|pairs| Ok((pairs, seen::deal(dataset, pairs, &parts, method, seed)?)))
        .transpose()?;
    let part = |wanted| matrix.select(|at| parts[at] == wanted);
    let seen_part =
        |wanted| seen.as_ref().map(|(pairs, parts)| pairs.select(|at| parts[at] == wanted));
    let alone = |wanted| dataset.alone(part(wanted)).seen_with(seen_part(wanted));
    // What else is known is known in training.
    let train = Dataset {
        others: dataset.others.clone(),
        user_features: dataset.user_features.clone(),
        item_features: dataset.item_features.clone(),
        ..alone(Part::Train)
    };
    let valid = method.has_valid().then(|| alone(Part::Valid));
    Ok(Split { train, valid, test: alone(Part::Test) })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Train,
    Valid,
    Test,
}

/// ⌊n × fraction⌋, where a product a hair below an integer (0.29 × 100) counts as that integer.
fn part_of(n: usize, fraction: f64) -> usize {
    (n as f64 * fraction + 1e-9) as usize
}

fn by_user(
    matrix: &Interactions,
    method: SplitMethod,
    seed: u64,
    times: Option<&[i64]>,
) -> Vec<Part> {
    let mut parts = vec![Part::Train; matrix.nnz()];
    let (mut rows, mut rest) = (Vec::with_capacity(matrix.n_users()), &mut parts[..]);
    for bounds in matrix.starts().windows(2) {
        let (row, behind) = rest.split_at_mut(bounds[1] - bounds[0]);
        rows.push((bounds[0], row));
        rest = behind;
    }
    rows.into_par_iter().enumerate().for_each(|(user, (start, row))| {
        let (valid, test) = method.held_out(row.len());
        if valid + test > 0 {
            let times = times.map(|times| &times[start..start + row.len()]);
            let order = Stream::new(seed, user as u64).shuffled(row.len(), times);
            let train = row.len() - valid - test;
            order[train..train + valid].iter().for_each(|&at| row[at as usize] = Part::Valid);
            order[train + valid..].iter().for_each(|&at| row[at as usize] = Part::Test);
        }
    });
    parts
}

fn by_moment(times: &[i64], valid: f64, test: f64) -> Vec<Part> {
    let cuts = cuts(times, valid, test);
    times.iter().map(|&time| part_at(time, cuts)).collect()
}

/// The last moment of training, and the last of validation.
fn cuts(times: &[i64], valid: f64, test: f64) -> (i64, i64) {
    let mut sorted = times.to_vec();
    sorted.par_sort_unstable();
    let n = sorted.len();
    let test = part_of(n, test);
    // The last time that stays out of a part of the `latest` interactions.
    let last_before = |latest: usize| {
        n.checked_sub(latest + 1).and_then(|at| sorted.get(at)).copied().unwrap_or(i64::MIN)
    };
    (last_before(test + part_of(n, valid)), last_before(test))
}

fn part_at(time: i64, (train_end, valid_end): (i64, i64)) -> Part {
    match time {
        _ if time <= train_end => Part::Train,
        _ if time <= valid_end => Part::Valid,
        _ => Part::Test,
    }
}
