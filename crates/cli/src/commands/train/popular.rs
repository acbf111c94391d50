//! What popularity makes of the validation rows: a model below it is of no use yet.

use crate::commands::evaluate::test_set;
use crate::failure::Outcome;
use crate::output::{Format, Report};
use foretaste::baselines::Popularity;
use foretaste::data::Dataset;
use foretaste::eval::{Metric, evaluate};
use foretaste::{Method, Recommender};
use serde_json::{Value, json};

/// The model's figure on the validation rows, and popularity's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Popular {
    model: f64,
    popularity: f64,
}

impl Popular {
    /// Of a model that was validated by the metric on these rows.
    pub(super) fn of(
        model: &Recommender,
        valid: &Dataset,
        metric: Metric,
    ) -> Outcome<Option<Self>> {
        let Some(found) = model.info().training["metric"].as_f64() else { return Ok(None) };
        let held_out = test_set(valid, model.users(), model.items())?;
        let popular = Popularity::fit(model.seen());
        let popularity = evaluate(&popular, &[model.seen()], &held_out, &[metric])?.means()[0];
        Ok(Some(Self { model: found, popularity }))
    }

    /// What to say of a model of this method that is below.
    pub(super) fn doubt(&self, method: &Method, metric: Metric) -> Option<String> {
        if self.model >= self.popularity {
            return None;
        }
        let has = |parameter| method.parameters().contains_key(parameter);
        let others = if method.name() == "ials" { "" } else { "--model ials, " };
        let drawn = method.parameters().get("sampler");
        let sampler =
            if drawn.is_some_and(|drawn| drawn != "uniform") { "--sampler uniform, " } else { "" };
        let reg = if has("reg") { "a larger --reg, " } else { "" };
        Some(format!(
            "note: {metric} is {:.4} on the validation rows; popularity has {:.4}: the model is \
             below it; try {others}{sampler}{reg}or `foretaste tune`",
            self.model, self.popularity
        ))
    }
}

/// Adds popularity's figure to a report, beside the model's.
pub(super) fn add(report: &mut Report, beside: Option<Popular>, metric: Metric, format: Format) {
    report.json["validation"] = beside.map_or(Value::Null, |beside| {
        json!({ "metric": metric, "model": beside.model, "popularity": beside.popularity })
    });
    let at = report.header.iter().position(|name| *name == "validation");
    let at = at.expect("the report has the model's figure") + 1;
    report.header.insert(at, "popularity");
    let popularity = beside.map(|beside| beside.popularity);
    for row in &mut report.rows {
        row.insert(at, format.number_or_nothing(popularity, 4));
    }
}
