//! Weights of interactions: which column has them, and what training makes of them.

use super::Reading;
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use foretaste::Method;
use foretaste::data::{Confidence, Dataset, Interactions};
use foretaste::io::{Column, Columns, ReadReport};
use serde_json::{Value, json};

/// Where weights are.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Weighing {
    /// The column that says how much an interaction counts, by number or header name: plays, counts,
    /// hours. Each is above 0; those of a pair that is there more than once add up.
    #[arg(long, value_name = "COLUMN")]
    weight: Option<Column>,
}

impl Weighing {
    /// To read the weights, if there are to be some.
    pub(crate) fn reading(&self, reading: &Reading) -> Outcome<Reading> {
        let Some(column) = &self.weight else { return Ok(reading.clone()) };
        let columns = reading.columns.clone().unwrap_or_default();
        if columns.rating.is_some() {
            let message = format!("--weight {column}: --columns names the ratings, too");
            return Err(Failure::usage(message).help("weights are read in the place of ratings"));
        }
        let columns = Columns { rating: Some(column.clone()), ..columns };
        Ok(Reading { columns: Some(columns), weighted: true, ..reading.clone() })
    }

    pub(crate) fn is_given(&self) -> bool {
        self.weight.is_some()
    }
}

/// What training makes of weights.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct WeighedAs {
    #[command(flatten)]
    pub(crate) weighing: Weighing,
    /// What a weight r counts in training: linear, r itself, or log1p, log(1 + r/ε), with log1p:EPS for
    /// another ε than 1. With ials, whose α is 1/--set alpha, they are c = 1 + α r and 1 + α log(1 + r/ε)
    /// [default: linear].
    #[arg(long, value_name = "linear|log1p[:EPS]", requires = "weight", help_heading = "Reading")]
    weight_as: Option<Confidence>,
}

impl WeighedAs {
    /// Refuses a method that can't weigh.
    pub(crate) fn check(&self, method: &Method, global: &Global) -> Outcome {
        let Some(column) = self.weighing.weight.as_ref().filter(|_| !method.uses().weights) else {
            return Ok(());
        };
        let weigh = global.registry().techniques().iter().filter(|one| one.uses().weights);
        let names: Vec<&str> = weigh.map(|one| one.about().name).collect();
        let message = format!("--weight {column}: {} does not weigh interactions", method.name());
        Err(Failure::usage(message).help(format_args!("{} do; or leave it out", names.join(", "))))
    }

    /// The data with what its weights count, which is said on stderr.
    pub(crate) fn weighed(&self, data: Dataset, global: &Global) -> Outcome<Dataset> {
        let Some(column) = &self.weighing.weight else { return Ok(data) };
        let confidence = self.weight_as.unwrap_or_default();
        let weighed = data.interactions().clone().weighed(confidence);
        if let Some((min, max, mean)) = weighed.weight_range() {
            global.note(format_args!(
                "weighing by {column}, {confidence}: an interaction counts {min} to {max}, {mean:.3} on \
                 average"
            ));
        }
        Ok(data.with_interactions(weighed)?)
    }

    /// For where rows came from.
    pub(crate) fn provenance(&self) -> Option<Value> {
        let column = self.weighing.weight.as_ref()?;
        let confidence = self.weight_as.unwrap_or_default();
        Some(json!({ "column": column.to_string(), "as": confidence.to_string() }))
    }
}

/// What pairs weigh, repeated rows summed; `None` unless the file was read for its weights.
pub(crate) fn weights(data: &Interactions, read: &ReadReport) -> Option<Value> {
    let (min, max, mean) = if read.weighted { data.weight_range()? } else { return None };
    // An f32 is told in as few digits as it was written.
    let told = |weight: f32| weight.to_string().parse::<f64>().ok();
    Some(json!({ "min": told(min), "max": told(max), "mean": mean }))
}
