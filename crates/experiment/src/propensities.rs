//! How likely items are to be observed, and what test items weigh for it.

use crate::Error;
use foretaste::Recommender;
use foretaste::data::{Dataset, ItemId, UserId};
use foretaste::eval::{Weights, popularity_propensities};
use std::fmt;

/// No propensity is taken for less, if it is not said.
pub const DEFAULT_CLIP: f64 = 0.01;

/// Where propensities come from that need nothing but the model: `pop^0.5`, `const:0.1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// The popularity in training, as a share of the most popular item's, to a power from 0.
    Power(f64),
    /// One for all items, above 0 and at most 1.
    Constant(f64),
}

impl Default for Rule {
    fn default() -> Self {
        Self::Power(0.5)
    }
}

impl Rule {
    /// Reads `pop^0.5` or `const:0.1`, or says what is wrong with the number; `None` of what begins with
    /// neither.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|x| x.is_finite());
        if let Some(power) = text.strip_prefix("pop^") {
            let power = number(power).filter(|power| *power >= 0.0);
            return Some(power.map(Self::Power).ok_or("the power must be a number from 0".into()));
        }
        let constant = number(text.strip_prefix("const:")?).filter(|p| *p > 0.0 && *p <= 1.0);
        Some(constant.map(Self::Constant).ok_or("it must be above 0 and at most 1".into()))
    }

    /// The propensities of a model's items and of the test data's.
    pub fn propensities(self, model: &Recommender, test: &Dataset) -> Propensities {
        let (n_items, n_tested) = (model.items().len(), test.items().len());
        match self {
            Self::Power(power) => {
                let known = popularity_propensities(&model.seen().item_counts(), power);
                // As rare as an item without any interaction.
                let unknown = if power == 0.0 { 1.0 } else { 0.0 };
                Propensities { known, of_test: vec![unknown; n_tested] }
            }
            Self::Constant(constant) => {
                Propensities { known: vec![constant; n_items], of_test: vec![constant; n_tested] }
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Power(power) => write!(f, "pop^{power}"),
            Self::Constant(constant) => write!(f, "const:{constant}"),
        }
    }
}

/// How likely items are to be observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Propensities {
    /// One for each of the model's items.
    pub known: Vec<f64>,
    /// One for each item of the test data, of which those that the model does not know are used.
    pub of_test: Vec<f64>,
}

impl Propensities {
    /// What the model's items weigh, and those of the test data that it does not know. No propensity is
    /// taken for less than `clip`.
    ///
    /// # Errors
    /// [`Error::Unclipped`] if an item would weigh infinitely much; [`Error::Eval`] if a propensity is no
    /// probability, or there is not one for each of the model's items.
    ///
    /// # Panics
    /// If there is not one for each item of the test data.
    pub fn weights(
        &self,
        model: &Recommender,
        test: &Dataset,
        clip: f64,
    ) -> Result<Weights, Error> {
        let all = || self.known.iter().chain(&self.of_test);
        if clip == 0.0 && all().any(|propensity| *propensity == 0.0) {
            return Err(Error::Unclipped);
        }
        let sums = unknown_sums(model, test, |item| 1.0 / self.of_test[item.index()].max(clip));
        Ok(Weights::new(&self.known, clip)?.with_unknown(sums, model.users().len())?)
    }
}

/// For each of the model's users, the weights of the test items that the model does not know.
fn unknown_sums(model: &Recommender, test: &Dataset, weight: impl Fn(ItemId) -> f64) -> Vec<f64> {
    let users = test.users().indices_in(model.users());
    let items = test.items().indices_in(model.items());
    let mut sums = vec![0.0; model.users().len()];
    for (at, user) in users.iter().enumerate() {
        let Some(user) = user else { continue };
        let row = test.interactions().row(UserId(at as u32)).iter();
        let unknown = row.filter(|item| items[item.index()].is_none());
        sums[*user as usize] = unknown.map(|item| weight(*item)).sum();
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in ["pop^0.5", "pop^0", "const:0.1", "const:1"] {
            assert_eq!(Rule::parse(text).unwrap().unwrap().to_string(), text);
        }
        for wrong in ["pop^-1", "pop^x", "pop^inf", "const:0", "const:1.5", "const:nan"] {
            assert!(Rule::parse(wrong).unwrap().is_err(), "{wrong}");
        }
        assert!(Rule::parse("file:x").is_none());
        assert_eq!(Rule::default().to_string(), "pop^0.5");
    }
}
