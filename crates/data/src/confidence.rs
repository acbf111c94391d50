//! What a weight counts in training.

use std::fmt;
use std::str::FromStr;

/// From a weight r above 0, as plays are, to how many times an interaction counts: reads as `linear`,
/// `log1p` or `log1p:0.5`.
///
/// Hu, Koren, Volinsky (ICDM 2008) have both, as confidences c = 1 + α r and c = 1 + α log(1 + r/ε).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Confidence {
    /// r.
    #[default]
    Linear,
    /// log(1 + r/ε).
    Log1p {
        /// ε, above 0: where the logarithm begins to bend.
        epsilon: f64,
    },
}

impl Confidence {
    /// What a weight counts.
    pub fn of(self, weight: f32) -> f32 {
        match self {
            Self::Linear => weight,
            Self::Log1p { epsilon } => libm::log1p(f64::from(weight) / epsilon) as f32,
        }
    }
}

impl FromStr for Confidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = || "linear, log1p, or log1p:EPS with EPS above 0".to_owned();
        match text {
            "linear" => Ok(Self::Linear),
            "log1p" => Ok(Self::Log1p { epsilon: 1.0 }),
            _ => {
                let epsilon: Option<f64> =
                    text.strip_prefix("log1p:").and_then(|text| text.parse().ok());
                let legal = epsilon.filter(|epsilon| epsilon.is_normal() && *epsilon > 0.0);
                legal.map(|epsilon| Self::Log1p { epsilon }).ok_or_else(rule)
            }
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Log1p { epsilon: 1.0 } => f.write_str("log1p"),
            Self::Log1p { epsilon } => write!(f, "log1p:{epsilon}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interactions, ItemId, Keep, Pair, UserId};

    #[test]
    fn both_forms_are_read_and_count_what_the_paper_says() {
        for (text, weight, counts) in [
            ("linear", 2.5, 2.5),
            ("log1p", 0.0, 0.0),
            ("log1p", 1.0, std::f32::consts::LN_2),
            // log(1 + 1/0.5) = log 3.
            ("log1p:0.5", 1.0, 1.098_612_3),
        ] {
            let confidence: Confidence = text.parse().unwrap();
            assert_eq!(confidence.of(weight), counts, "{text}");
            assert_eq!(confidence.to_string(), text);
        }
        for text in ["", "log", "log1p:", "log1p:0", "log1p:-1", "log1p:nan", "log1p:inf", "Linear"]
        {
            assert!(text.parse::<Confidence>().is_err(), "{text}");
        }
    }

    #[test]
    fn pairs_count_what_their_weights_do() {
        let pair = Pair { user: UserId(0), item: ItemId(0), weight: 1.0, time: 0 };
        let by = Confidence::Log1p { epsilon: 1.0 };
        let weights = |keep| {
            let (pairs, _) = Interactions::from_pairs(vec![pair], 1, 1, keep).unwrap();
            pairs.weighed(by).weights().map(<[f32]>::to_vec)
        };
        let kept = Keep { weights: true, times: false };
        assert_eq!(weights(kept), Some(vec![std::f32::consts::LN_2]));
        assert_eq!(weights(Keep::default()), None);
    }
}
