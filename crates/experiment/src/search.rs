//! Ranges of parameters, and draws from them.

use crate::entry::refuse_seed;
use crate::settings::{self, Setting};
use crate::{Error, Learns, learns};
use foretaste::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::str::FromStr;

/// The values that a search tries for a parameter.
///
/// In an experiment file: `{ log = [0.01, 0.3] }`, `{ uniform = [0, 0.5] }`, `{ int = [1, 5] }`,
/// `{ choice = [32, 64] }`. On the command line: `log:0.01..0.3`, `0.0..0.5`, `1..5`, `32|64`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Range {
    /// Numbers whose logarithm is uniform between those of the ends.
    Log(f64, f64),
    /// Numbers between the ends.
    Uniform(f64, f64),
    /// Whole numbers between the ends, both included.
    Int(i64, i64),
    /// One of these, each as often.
    Choice(Vec<Value>),
}

impl Range {
    /// Says what is wrong with the range, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let ordered = |low: f64, high: f64| low < high && low.is_finite() && high.is_finite();
        match self {
            Self::Log(low, high) if *low > 0.0 && ordered(*low, *high) => Ok(()),
            Self::Log(low, high) => {
                Err(format!("log = [{low}, {high}]: two numbers, 0 < first < second"))
            }
            Self::Uniform(low, high) if ordered(*low, *high) => Ok(()),
            Self::Uniform(low, high) => Err(format!("uniform = [{low}, {high}]: first < second")),
            Self::Int(low, high) if low < high => Ok(()),
            Self::Int(low, high) => Err(format!("int = [{low}, {high}]: first < second")),
            Self::Choice(values) if values.len() >= 2 => Ok(()),
            Self::Choice(_) => Err("choice: at least two values".into()),
        }
    }

    /// The value at a place between 0 and 1, exclusive. Numbers have four significant digits: more
    /// would tell nothing, and read badly.
    pub(crate) fn at(&self, place: f64) -> Value {
        let rounded = |x: f64, low: f64, high: f64| {
            json!(format!("{x:.3e}").parse::<f64>().unwrap_or(x).clamp(low, high))
        };
        match self {
            Self::Log(low, high) => {
                let between = |low: f64, high: f64| low + place * (high - low);
                rounded(libm::exp(between(libm::log(*low), libm::log(*high))), *low, *high)
            }
            Self::Uniform(low, high) => rounded(low + place * (high - low), *low, *high),
            Self::Int(low, high) => {
                let count = high.abs_diff(*low) as f64 + 1.0;
                json!(low.saturating_add((place * count) as i64).min(*high))
            }
            Self::Choice(values) => values[(place * values.len() as f64) as usize].clone(),
        }
    }

    /// The lowest and the highest value, or all of a choice: what has to be legal.
    pub(crate) fn ends(&self) -> Vec<Value> {
        match self {
            Self::Log(low, high) | Self::Uniform(low, high) => vec![json!(low), json!(high)],
            Self::Int(low, high) => vec![json!(low), json!(high)],
            Self::Choice(values) => values.clone(),
        }
    }
}

impl FromStr for Range {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let form = "log:0.01..0.3, 0.0..0.5, 1..5 or 32|64";
        let wrong = || Error::Form { text: text.into(), form };
        let range = match text.split_once("..") {
            Some((low, high)) => match low.strip_prefix("log:") {
                Some(low) => {
                    Self::Log(number(low).ok_or_else(wrong)?, number(high).ok_or_else(wrong)?)
                }
                None => match (low.trim().parse(), high.trim().parse()) {
                    (Ok(low), Ok(high)) => Self::Int(low, high),
                    _ => Self::Uniform(
                        number(low).ok_or_else(wrong)?,
                        number(high).ok_or_else(wrong)?,
                    ),
                },
            },
            None => Self::Choice(text.split('|').map(settings::scalar).collect()),
        };
        range.check().map_err(|_| wrong())?;
        Ok(range)
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// Checks that the method takes what the ranges hold, their ends or all of a choice, and that each
/// has an effect, if only beside an end of another. Returns the method as it is and with each end.
///
/// # Errors
/// Which of them is wrong and why, in words.
pub fn check_ranges(
    ranges: &[(String, Range)],
    method: &Method,
    learns: &Learns,
) -> Result<Vec<Method>, (usize, String)> {
    let mut methods = vec![method.clone()];
    for (at, (name, range)) in ranges.iter().enumerate() {
        if name == learns::SHUFFLED {
            let reason =
                "shuffled_features: is a control, not a choice: give it among the parameters";
            return Err((at, reason.into()));
        }
        range.check().map_err(|reason| (at, format!("{name}: {reason}")))?;
        for value in range.ends() {
            let setting = [(name.clone(), value)];
            let changed = refuse_seed(&setting)
                .and_then(|()| settings::learner(method, &mut setting.to_vec(), learns));
            let (changed, _) = changed.map_err(|error| (at, error.to_string()))?;
            methods.push(changed);
        }
    }
    for (at, (name, range)) in ranges.iter().enumerate() {
        // What is learnt from has an effect on every method that can learn from it.
        if learns::is_ours(name) {
            let settings: Vec<[Setting; 1]> =
                range.ends().into_iter().map(|value| [(name.clone(), value)]).collect();
            for method in &methods {
                let each = settings.iter().map(|setting| Learns::of(setting, method, learns));
                each.collect::<Result<Vec<_>, _>>().map_err(|error| (at, error.to_string()))?;
            }
            if ranges[..at].iter().any(|(name, _)| learns::is_ours(name)) {
                let reason = "feedback_as and feedback_weights: a search has one of them: with equal \
                              weights a union is one without";
                return Err((at, reason.into()));
            }
            continue;
        }
        let effect = settings::check_effects([name], &methods);
        effect.map_err(|error| (at, error.to_string()))?;
    }
    Ok(methods)
}

/// The parameters of one trial of a search.
///
/// Each comes from a hash of seed, search, trial and its own name: a parameter that is added to a
/// search leaves the draws of the others, and the number of trials leaves the first ones.
pub(crate) fn draw(
    ranges: &[(String, Range)],
    search: &str,
    trial: u32,
    seed: u64,
) -> Vec<Setting> {
    let value = |(name, range): &(String, Range)| {
        let mut hash = Sha256::new();
        for part in [search.as_bytes(), name.as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(trial.to_le_bytes());
        hash.update(seed.to_le_bytes());
        let bytes: [u8; 32] = hash.finalize().into();
        let (first, _) = bytes.split_first_chunk::<8>().expect("a hash has 32 bytes");
        let place = (u64::from_le_bytes(*first) >> 11) as f64 / (1u64 << 53) as f64;
        (name.clone(), range.at(place))
    };
    ranges.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(range: &Range) -> Vec<Value> {
        let ranges = [("lr".to_owned(), range.clone())];
        (0..2000).map(|trial| draw(&ranges, "bpr", trial, 1)[0].1.clone()).collect()
    }

    /// The share of draws in each of four equal parts of the range; 2000 draws of a quarter have a
    /// standard deviation of 1%.
    fn quarters(places: impl Iterator<Item = f64>) -> [f64; 4] {
        let mut shares = [0.0; 4];
        places.for_each(|place| shares[((place * 4.0) as usize).min(3)] += 1.0 / 2000.0);
        shares
    }

    #[test]
    fn draws_follow_their_range() {
        let log = drawn(&Range::Log(0.01, 0.16));
        let place = |value: &Value| (value.as_f64().unwrap() / 0.01).ln() / 16f64.ln();
        let uniform = drawn(&Range::Uniform(-1.0, 3.0));
        let flat = |value: &Value| (value.as_f64().unwrap() + 1.0) / 4.0;
        let int = drawn(&Range::Int(1, 4));
        let whole = |value: &Value| (value.as_i64().unwrap() - 1) as f64 / 4.0;
        let choice = drawn(&"a|b|c|d".parse().unwrap());
        let letter = |value: &Value| f64::from(value.as_str().unwrap().as_bytes()[0] - b'a') / 4.0;
        for (name, shares) in [
            ("log", quarters(log.iter().map(place))),
            ("uniform", quarters(uniform.iter().map(flat))),
            ("int", quarters(int.iter().map(whole))),
            ("choice", quarters(choice.iter().map(letter))),
        ] {
            assert!(shares.iter().all(|share| (share - 0.25).abs() < 0.05), "{name}: {shares:?}");
        }
    }

    #[test]
    fn no_draw_is_outside_of_its_range() {
        for (low, high) in [(0.9998, 0.99999), (0.010_000_1, 0.010_000_4), (1.0, 1e9)] {
            for range in [Range::Uniform(low, high), Range::Log(low, high)] {
                let inside = |value: &Value| (low..=high).contains(&value.as_f64().unwrap());
                assert!(drawn(&range).iter().all(inside), "{range:?}");
            }
        }
    }

    #[test]
    fn a_draw_depends_on_its_own_name_trial_and_seed_alone() {
        let range = |name: &str| (name.to_owned(), Range::Uniform(0.0, 1.0));
        let both = draw(&[range("lr"), range("reg")], "bpr", 3, 1);
        assert_eq!(draw(&[range("reg")], "bpr", 3, 1)[0], both[1]);
        assert_ne!(both[0].1, both[1].1);
        for (search, trial, seed) in [("bpo", 3, 1), ("bpr", 4, 1), ("bpr", 3, 2)] {
            assert_ne!(draw(&[range("lr")], search, trial, seed)[0], both[0]);
        }
    }

    #[test]
    fn a_range_without_an_effect_is_refused() {
        let method = settings::method(&foretaste::registry(), "relmf").unwrap();
        let ranges = |texts: &[(&str, &str)]| -> Vec<(String, Range)> {
            texts.iter().map(|(name, range)| ((*name).to_owned(), range.parse().unwrap())).collect()
        };
        let weight = ("confidence", "2.0..9.0");
        let (at, reason) =
            check_ranges(&ranges(&[("lr", "0.1|0.2"), weight]), &method, &Learns::default())
                .unwrap_err();
        assert_eq!(at, 1);
        assert!(reason.contains("`confidence` has an effect with the estimator wmf"), "{reason}");
        let beside = ranges(&[weight, ("estimator", "wmf|clipped")]);
        assert!(check_ranges(&beside, &method, &Learns::default()).is_ok());
        let control = ranges(&[("shuffled_features", "true|false")]);
        let (_, reason) = check_ranges(&control, &method, &Learns::default()).unwrap_err();
        assert!(reason.contains("a control, not a choice"), "{reason}");
    }

    #[test]
    fn ranges_are_read_and_checked() {
        for (text, range) in [
            ("log:0.01..0.3", Range::Log(0.01, 0.3)),
            ("0.0..0.5", Range::Uniform(0.0, 0.5)),
            ("1..5", Range::Int(1, 5)),
            ("32|64", Range::Choice(vec![json!(32), json!(64)])),
        ] {
            assert_eq!(text.parse::<Range>().unwrap(), range);
        }
        for wrong in ["log:0..1", "log:2..1", "5..1", "1..1", "x..y", "7", "0.0..inf", "log:nan..1"]
        {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
