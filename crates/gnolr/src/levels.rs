//! The levels of a data set: which pair has which, and what follows from how many there are.

use crate::Params;
use foretaste_data::{Dataset, Interactions, UserId};
use foretaste_mf::{Error, PARTS};
use foretaste_model::Concern;

/// All pairs of a data set's feedbacks, each with the number of the strongest that it has, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    names: Vec<String>,
    pairs: Interactions,
    labels: Vec<f32>,
    counts: Vec<usize>,
    /// How many pairs of a level lack the one before.
    skipping: Vec<usize>,
}

impl Levels {
    /// The feedbacks of `data`, weakest first; the target is the last.
    ///
    /// # Errors
    /// [`Error::NoData`] without pairs; [`Error::Method`] if there are too many levels, or one is the
    /// strongest of no pair.
    pub fn of(data: &Dataset) -> Result<Self, Error> {
        let others = data.others().iter().map(|other| other.name().to_owned());
        let target = data.target_name().unwrap_or("target").to_owned();
        let names: Vec<String> = others.chain([target]).collect();
        if names.len() > PARTS {
            let message = format!("{} feedbacks are more than {PARTS} levels", names.len());
            return Err(refused(message, Some("leave some of them out")));
        }
        let union = data.union().map_err(|error| refused(error.to_string(), None))?;
        let pairs = union.into_interactions();
        let mut matrices: Vec<&Interactions> =
            data.others().iter().map(|other| other.interactions()).collect();
        matrices.push(data.interactions());
        let labels: Vec<f32> =
            data.strongest(&pairs).into_iter().map(|place| place as f32 + 1.0).collect();
        let count = |level: usize| labels.iter().filter(|&&y| y as usize == level + 1).count();
        let skips = |level: usize| match level {
            0 => 0,
            _ => matrices[level].nnz() - matrices[level].common(matrices[level - 1]),
        };
        let all = 0..names.len();
        let (counts, skipping) = (all.clone().map(count).collect(), all.map(skips).collect());
        let levels = Self { names, pairs, labels, counts, skipping };
        levels.check()?;
        Ok(levels)
    }

    fn check(&self) -> Result<(), Error> {
        if self.pairs.nnz() == 0 {
            return Err(Error::NoData { reason: "no interactions" });
        }
        match self.counts.iter().position(|&count| count == 0) {
            None => Ok(()),
            Some(level) => {
                let name = &self.names[level];
                let message = format!("`{name}` is the strongest feedback of no pair");
                Err(refused(message, Some("leave it out")))
            }
        }
    }

    /// What the feedbacks are called, weakest first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The pairs of all of them.
    pub fn pairs(&self) -> &Interactions {
        &self.pairs
    }

    /// The label of each pair.
    pub fn labels(&self) -> &[f32] {
        &self.labels
    }

    /// How many pairs each level is the strongest of.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// How many pairs of each level lack the one before: they need not nest.
    pub fn skipping(&self) -> &[usize] {
        &self.skipping
    }

    /// Pairs that an epoch draws, with so many for each pair of a user who lacks an item.
    fn drawn(&self, negatives: u32) -> f64 {
        let n = self.pairs.n_items();
        let lengths =
            (0..self.pairs.n_users() as u32).map(|user| self.pairs.row(UserId(user)).len());
        let draws: usize = lengths.filter(|&own| own < n).sum();
        draws as f64 * f64::from(negatives)
    }
}

fn refused(message: String, help: Option<&str>) -> Error {
    let help = help.map(|help| format!("{help}: --feedback names those that are learnt from"));
    Error::Method { concern: Concern::Data, message, help }
}

/// The numbers that follow from how many pairs there are of each level, in what is trained on: each pair of a
/// feedback, and some that are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scale {
    /// a_t.
    pub offsets: Vec<f32>,
    /// γ_t.
    pub gammas: Vec<f32>,
    /// How much a pair counts, by y from 0.
    pub weights: Vec<f32>,
    /// How many pairs of users and items without feedback one stands for that was drawn, over all users.
    pub stands_for: f32,
    /// Pairs that are drawn for each pair of a feedback.
    pub negatives: u32,
    /// Number of items.
    pub items: u32,
    /// Items that each user has feedback of.
    pub history_lengths: Vec<u32>,
    /// b_t, by which S_t is lowered where probabilities are told: 0 before a training.
    pub shifts: Vec<f32>,
}

impl Scale {
    /// Of data with parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] if γ is too large for the data, with the largest that is not.
    pub fn new(levels: &Levels, params: &Params) -> Result<Self, Error> {
        let counts = levels.counts();
        let weight = |level: usize| if level < 2 { 1.0 } else { f64::from(params.depth_weight) };
        let drawn = levels.drawn(params.negatives);
        if drawn == 0.0 {
            return Err(Error::NoData { reason: "no user with an item lacks another one" });
        }
        let of_level = |level: usize| weight(level + 1) * counts[level] as f64;
        let all: f64 = (0..counts.len()).map(of_level).sum::<f64>() + drawn;
        let reached = |level: usize| (level..counts.len()).map(of_level).sum::<f64>();
        let offset = |level: usize| libm::log((all - reached(level)) / reached(level));
        let offsets: Vec<f64> = (0..counts.len()).map(offset).collect();
        let gaps: Vec<f64> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let gammas = gammas(params, &gaps)?;
        let pairs = levels.pairs();
        let cells = pairs.n_users() as f64 * pairs.n_items() as f64;
        Ok(Self {
            offsets: offsets.iter().map(|&a| a as f32).collect(),
            gammas,
            weights: (0..=counts.len()).map(|level| weight(level) as f32).collect(),
            stands_for: ((cells - pairs.nnz() as f64) / drawn) as f32,
            negatives: params.negatives,
            items: pairs.n_items() as u32,
            history_lengths: pairs
                .starts()
                .windows(2)
                .map(|row| (row[1] - row[0]) as u32)
                .collect(),
            shifts: vec![0.0; counts.len()],
        })
    }
}

/// The share of a gap that γ is, where none is given.
const SHARE: f64 = 0.9;

fn gammas(params: &Params, gaps: &[f64]) -> Result<Vec<f32>, Error> {
    // Not a comparison with 0: what is below it has no reciprocal.
    let given = params.gamma >= f32::MIN_POSITIVE;
    let least = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    if given && f64::from(params.gamma) >= least {
        let rule = format!(
            "below {least:.4}, the least difference of a_t between levels of these data (0 chooses)"
        );
        return Err(Error::parameter("gamma", rule, params.gamma));
    }
    let of_gap = |gap: &f64| if given { params.gamma } else { (SHARE * gap) as f32 };
    Ok([params.first_gamma].into_iter().chain(gaps.iter().map(of_gap)).collect())
}

#[cfg(test)]
mod tests;
