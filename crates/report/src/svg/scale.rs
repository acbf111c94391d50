//! From values to places on an axis: a range, and ticks at round numbers.

use crate::Axis;
use crate::format::tick;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// An axis: its range and its ticks, in the numbers that are drawn (logarithms if it is
/// logarithmic).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) label: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) ticks: Vec<(f64, String)>,
    log: bool,
}

impl Scale {
    /// An axis that holds all finite `values`, with ticks at round numbers.
    pub(crate) fn around(axis: &Axis, values: impl IntoIterator<Item = f64>) -> Self {
        let map = |value: f64| if axis.log { value.log10() } else { value };
        let drawn = values.into_iter().map(map).filter(|value| value.is_finite());
        let ends = drawn.fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let (low, high) = match ends {
            Some((low, high)) if high - low > 1e-12 * high.abs().max(1e-300) => (low, high),
            Some((only, _)) if only != 0.0 && !axis.log => {
                (only - only.abs() / 10.0, only + only.abs() / 10.0)
            }
            Some((only, _)) => (only - 1.0, only + 1.0),
            None => (0.0, 1.0),
        };
        let (margin, label) = ((high - low) * 0.04, axis.label.clone());
        let (low, high) = (low - margin, high + margin);
        Self {
            ticks: if axis.log { log_ticks(low, high) } else { ticks(low, high) },
            label,
            low,
            high,
            log: axis.log,
        }
    }

    /// An axis from `low` to `high`, exactly.
    pub(crate) fn exactly(label: &str, low: f64, high: f64) -> Self {
        Self { label: label.into(), low, high, ticks: ticks(low, high), log: false }
    }

    /// An axis of named places: 0, 1, 2, …
    pub(crate) fn places(label: &str, names: &[String]) -> Self {
        let ticks = (0u32..).map(f64::from).zip(names.iter().cloned()).collect();
        let high = names.len() as f64 - 0.5;
        Self { label: label.into(), low: -0.5, high: high.max(0.5), ticks, log: false }
    }

    /// Where a value is drawn; `None` if it has no place.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        let at = if self.log { value.log10() } else { value };
        at.is_finite().then_some(at)
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        first + (share.clamp(-1.0, 2.0) * f64::from(last - first)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|(at, _)| at == value);
        tick.map_or(String::new(), |(_, label)| label.clone())
    }
}

/// Three to six round numbers within a range.
fn ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let step = round_step((high - low) / 4.0);
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|n| n as f64 * step).map(|value| (value, tick(value, step))).collect()
}

/// The nearest of 1, 2, 2.5 and 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let far = |factor: f64| (factor * power / rough).ln().abs();
    let nearest = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().min_by(|&a, &b| far(a).total_cmp(&far(b)));
    nearest.unwrap_or(1.0) * power
}

/// Powers of ten, with 2 and 5 times them where there are few.
fn log_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let within = |factors: &[f64]| {
        let powers = low.floor() as i32..=high.ceil() as i32;
        let all = powers.flat_map(|power| factors.iter().map(move |f| f * 10f64.powi(power)));
        let drawn = all.map(|value| (value.log10(), format!("{value}").replace("0.", ".")));
        drawn.filter(|(at, _)| (low..=high).contains(at)).collect::<Vec<_>>()
    };
    let powers = within(&[1.0]);
    if powers.len() >= 3 { powers } else { within(&[1.0, 2.0, 5.0]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], log: bool) -> Vec<String> {
        let axis = Axis { label: String::new(), log };
        let scale = Scale::around(&axis, values.iter().copied());
        assert!(scale.low < scale.high && scale.low.is_finite() && scale.high.is_finite());
        assert!(scale.ticks.iter().all(|(at, _)| (scale.low..=scale.high).contains(at)));
        scale.ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(labels(&[0.312, 0.4281], false), ["0.325", "0.350", "0.375", "0.400", "0.425"]);
        assert_eq!(labels(&[1.0, 60.0], false), ["0", "20", "40", "60"]);
        assert_eq!(labels(&[-0.02, 0.01], false), ["−0.02", "−0.01", "0.00", "0.01"]);
        for values in [vec![], vec![0.0], vec![5.0, 5.0], vec![f64::NAN, 1e-9], vec![-1e12, 1e12]] {
            let count = labels(&values, false).len();
            assert!((3..=7).contains(&count), "{values:?}: {count}");
        }
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(&[0.001, 0.9], true), [".001", ".01", ".1", "1"]);
        assert_eq!(labels(&[1.0, 9.0, 0.0, -3.0], true), ["1", "2", "5"]);
    }
}
