//! Figures that must not be fallen below: `NAME:metric@k:value`.

use crate::{Comparison, Error, entry};
use foretaste::eval::Metric;
use std::fmt;
use std::str::FromStr;

/// A mean that a method has to reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Which method.
    pub name: String,
    /// Which figure.
    pub metric: Metric,
    /// The least mean that will do.
    pub least: f64,
}

impl FromStr for Gate {
    type Err = Error;

    /// The name may hold colons itself.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong =
            || Error::Form { text: text.into(), form: "NAME:metric@k:value, as bpr:ndcg@10:0.35" };
        let (rest, least) = text.rsplit_once(':').ok_or_else(wrong)?;
        let (name, metric) = rest.rsplit_once(':').ok_or_else(wrong)?;
        let least: f64 = least.parse().map_err(|_| wrong())?;
        if name.is_empty() || !least.is_finite() {
            return Err(wrong());
        }
        Ok(Self { name: name.into(), metric: metric.parse()?, least })
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.metric, self.least)
    }
}

impl Gate {
    /// The mean that it is about; is it below [`Gate::least`], the gate is not met.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a method or a metric that is not in the comparison.
    pub fn mean(&self, comparison: &Comparison) -> Result<f64, Error> {
        let row = entry::position(&self.name, comparison.rows.iter().map(|row| row.name.as_str()))?;
        let columns: Vec<String> = comparison.columns.iter().map(ToString::to_string).collect();
        let column = entry::position(&self.metric.to_string(), columns.iter().map(String::as_str))?;
        Ok(comparison.rows[row].estimates[column].mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_colons() {
        let gate: Gate = "bpr:factors=8,lr=0.1:ndcg@10:0.35".parse().unwrap();
        assert_eq!((gate.name.as_str(), gate.least), ("bpr:factors=8,lr=0.1", 0.35));
        assert_eq!(gate.metric.to_string(), "ndcg@10");
        assert_eq!(gate.to_string(), "bpr:factors=8,lr=0.1:ndcg@10:0.35");
        for wrong in ["bpr", "bpr:ndcg@10", ":ndcg@10:1", "bpr:ndcg@10:x", "bpr:ndcg@10:nan"] {
            assert!(matches!(wrong.parse::<Gate>(), Err(Error::Form { .. })), "{wrong}");
        }
        assert!(matches!("bpr:ndgc@10:1".parse::<Gate>(), Err(Error::Eval(_))));
    }
}
