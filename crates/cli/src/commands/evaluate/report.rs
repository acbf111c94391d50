//! What an evaluation prints.

use super::calibrated::table;
use super::{Candidates, Evaluate, files};
use crate::args::Global;
use crate::failure::Outcome;
use crate::held_out;
use crate::output::{Format, Report, count, thousands};
use foretaste::Recommender;
use foretaste::eval::{Evaluation, LevelReliability, Reach, Summary};
use foretaste_experiment::SeenFeedback;
use serde_json::{Map, Value, json};

/// A band of items.
pub(super) struct Part {
    pub(super) name: String,
    /// How many items of the model are in it.
    pub(super) items: usize,
    /// `None` if no user has a test item in it.
    pub(super) evaluation: Option<Evaluation>,
}

/// Everything that was found.
pub(super) struct Found<'a> {
    pub(super) args: &'a Evaluate,
    pub(super) model: &'a Recommender,
    pub(super) evaluation: Evaluation,
    pub(super) reach: Reach,
    /// Users whom the model did not know and was told of.
    pub(super) folded_in: usize,
    pub(super) parts: Vec<Part>,
    /// Whether propensities were used.
    pub(super) weighted: bool,
    /// Probabilities of feedbacks beside what happened, if that is asked for.
    pub(super) calibration: Option<Vec<LevelReliability>>,
}

impl Found<'_> {
    pub(super) fn print(&self, global: &Global) -> Outcome {
        if files::per_user(self.args).is_some_and(|file| file.is_stdout()) {
            return Ok(());
        }
        let seed = self.args.seed;
        let whole = self.evaluation.summary(seed);
        let parts: Vec<Vec<Summary>> = (self.parts.iter())
            .map(|part| part.evaluation.as_ref().map_or(Vec::new(), |found| found.summary(seed)))
            .collect();
        let mut json = json!({
            "model": self.model.info().method,
            "users": self.evaluation.users().len(),
            "users_without_list": self.evaluation.users_without_list(),
            "test": held_out::json(&self.reach),
            "metrics": metrics_json(&whole),
        });
        if self.folded_in > 0 {
            json["users_folded_in"] = self.folded_in.into();
        }
        match self.args.candidates {
            Candidates::All => {
                let seen = self.args.mask().has_seen();
                json["mask"] = if seen { "seen" } else { "positives" }.into();
                if self.args.seen_feedback == SeenFeedback::All {
                    json["seen_feedback"] = "all".into();
                }
            }
            Candidates::Rated => json["candidates"] = "rated".into(),
        }
        if self.weighted {
            let unbiased = &self.args.unbiased;
            json["propensities"] =
                json!({ "source": unbiased.source().to_string(), "clip": unbiased.clip() });
        }
        if !self.parts.is_empty() {
            json["parts"] = self.parts_json(&parts);
        }
        if let Some(diagrams) = &self.calibration {
            json["calibration"] = json!(diagrams);
        }
        let format = global.format();
        let of_part = |name: &str, summaries: &[Summary]| -> Vec<Vec<String>> {
            summaries.iter().map(|summary| row(name, summary, format)).collect()
        };
        let mut rows = of_part("all", &whole);
        for (part, summaries) in self.parts.iter().zip(&parts) {
            rows.extend(of_part(&part.name, summaries));
        }
        let low = if format == Format::Csv { "low" } else { "95% low" };
        let mut header = vec!["items", "metric", "mean", low, "high"];
        if self.parts.is_empty() {
            header.remove(0);
            rows.iter_mut().for_each(|row| drop(row.remove(0)));
        }
        Report { json, header, rows, above: self.above() }.print(format)?;
        match &self.calibration {
            Some(diagrams) if format == Format::Table => table(diagrams).print(format),
            _ => Ok(()),
        }
    }

    /// `{"head": {"items", "users", "metrics"}, …}`.
    fn parts_json(&self, summaries: &[Vec<Summary>]) -> Value {
        let part = |(part, summaries): (&Part, &Vec<Summary>)| {
            let users = part.evaluation.as_ref().map_or(0, |found| found.users().len());
            let metrics = metrics_json(summaries);
            let value = json!({ "items": part.items, "users": users, "metrics": metrics });
            (part.name.clone(), value)
        };
        Value::Object(self.parts.iter().zip(summaries).map(part).collect())
    }

    fn above(&self) -> Vec<String> {
        let found = &self.evaluation;
        let mut users = held_out::users(found.users().len(), found.users_without_list());
        if self.folded_in > 0 {
            users.push_str(&format!(", {} folded in", thousands(self.folded_in as u64)));
        }
        let ranking = match self.args.candidates {
            Candidates::All => "full ranking",
            Candidates::Rated => "ranking of rated items only",
        };
        let mut lines = vec![format!("{}, {users}, {ranking}", self.model.info().method)];
        if self.args.mask().has_seen() {
            let what = "left out of the lists, too: what was seen in training and is not positive";
            lines.push(what.to_owned());
        }
        if self.args.seen_feedback == SeenFeedback::All {
            lines.push("left out of the lists, too: what users had of other feedbacks".to_owned());
        }
        if self.weighted {
            let (source, clip) = (self.args.unbiased.source(), self.args.unbiased.clip());
            lines.push(format!("propensities {source}, clipped at {clip}"));
        }
        for part in &self.parts {
            let items = count(part.items as u64, "item");
            let users = part.evaluation.as_ref().map_or(0, |found| found.users().len());
            let users = count(users as u64, "test user");
            lines.push(format!("{}: {items}, {users}", part.name));
        }
        lines
    }
}

fn row(items: &str, summary: &Summary, format: Format) -> Vec<String> {
    let numbers = [summary.mean, summary.low, summary.high].map(|x| format.number(x, 4));
    [items.to_owned(), summary.metric.to_string()].into_iter().chain(numbers).collect()
}

/// `{"ndcg@10": {"mean", "low", "high"}, …}`; null where a number is not defined.
fn metrics_json(summaries: &[Summary]) -> Value {
    let metric = |summary: &Summary| {
        let Summary { mean, low, high, .. } = summary;
        (summary.metric.to_string(), json!({ "mean": mean, "low": low, "high": high }))
    };
    Value::Object(summaries.iter().map(metric).collect::<Map<_, _>>())
}
