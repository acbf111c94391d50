//! From a comparison to the data of its report.

use crate::assumed::plots;
use crate::calibration::pictures;
use crate::{Comparison, Estimate, Material, Measured, Pair, Row, SeenFeedback, validation_metric};
use foretaste::data::Dataset;
use foretaste::eval::{Band, Metric, RESAMPLES, gini};
use foretaste_report::{Bands, Curve, Difference, Exposure, Fact, Figure, Method, Report};
use serde_json::Value;

/// What a report says beyond the figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The headline.
    pub title: String,
    /// A sentence or two on what was done; a sentence on the data follows it.
    pub lead: String,
    /// What trainings were validated by; by default, [`validation_metric`] of the columns.
    pub validation: Option<Metric>,
    /// The seed of the bootstrap.
    pub seed: u64,
    /// More facts on how the figures were made.
    pub making: Vec<Fact>,
}

/// The points of a Lorenz curve, from 0 to 1.
const LORENZ_POINTS: usize = 200;

/// The data of a report of `comparison`, whose runs were measured on `material`.
pub fn publish(comparison: &Comparison, material: &Material, about: About) -> Report {
    let validated = |run: &Measured| run.history.iter().any(|epoch| epoch.metric.is_some());
    let is_validated = comparison.rows.iter().flat_map(|row| &row.runs).any(validated);
    let metrics: Vec<Metric> = comparison.columns.iter().map(|column| column.metric).collect();
    let validation = about.validation.unwrap_or_else(|| validation_metric(&metrics));
    let first =
        comparison.columns.first().map_or(String::new(), |column| column.metric.to_string());
    Report {
        title: about.title,
        lead: format!("{} {}", about.lead, data_sentence(material)).trim().to_owned(),
        columns: comparison.columns.iter().map(ToString::to_string).collect(),
        methods: comparison.rows.iter().map(|row| method(row, material)).collect(),
        baseline: comparison.baseline,
        differences: comparison.pairs.iter().map(difference).collect(),
        validation: if is_validated { validation.to_string() } else { String::new() },
        bands: Some(Bands {
            metric: first,
            names: Band::ALL.map(|band| band.name().to_owned()).into(),
            caption: "Each band holds a third of the training interactions, popular items first. \
                      Only items of the band count as relevant."
                .into(),
        }),
        list_length: material.list_length(),
        plots: plots(comparison),
        calibration: pictures(comparison),
        data: data_facts(material),
        making: making_facts(comparison, about.seed).into_iter().chain(about.making).collect(),
    }
}

fn method(row: &Row, material: &Material) -> Method {
    let curve = |of: &dyn Fn(&crate::Epoch) -> Option<f64>| -> Vec<Curve> {
        let curve = |run: &Measured| {
            let point = |epoch: &crate::Epoch| Some((f64::from(epoch.epoch), of(epoch)?));
            run.history.iter().filter_map(point).collect::<Curve>()
        };
        row.runs.iter().map(curve).filter(|curve| !curve.is_empty()).collect()
    };
    Method {
        name: row.name.clone(),
        figures: row.estimates.iter().map(figure).collect(),
        seconds: row.seconds,
        trainings: row.runs.len(),
        loss: curve(&|epoch| Some(epoch.loss)),
        validation: curve(&|epoch| epoch.metric),
        bands: row.bands.iter().map(figure).collect(),
        exposure: Some(exposure(&row.runs[0].exposure, material.train.items().len())),
        config: config_facts(row.config()).into_iter().chain(learnt_from(&row.runs[0])).collect(),
    }
}

fn figure(estimate: &Estimate) -> Figure {
    let &Estimate { mean, low, high, sd } = estimate;
    Figure { mean, low, high, sd }
}

fn difference(pair: &Pair) -> Difference {
    Difference {
        method: pair.a,
        column: pair.column,
        figure: Figure { mean: pair.diff, low: pair.low, high: pair.high, sd: None },
        p_t: [pair.p_t, pair.p_t_holm],
        p_wilcoxon: [pair.p_wilcoxon, pair.p_wilcoxon_holm],
    }
}

/// The Lorenz curve of `listed`, ascending counts of the items that are listed at all, and its
/// figures.
fn exposure(listed: &[u64], n_items: usize) -> Exposure {
    let unlisted = n_items.saturating_sub(listed.len());
    let all: u64 = listed.iter().sum();
    let mut sums = vec![0];
    listed.iter().for_each(|count| sums.push(sums[sums.len() - 1] + count));
    let share = |items: usize| match all {
        0 => items as f64 / n_items.max(1) as f64,
        _ => sums[items.saturating_sub(unlisted)] as f64 / all as f64,
    };
    let point = |n: usize| {
        let items = n * n_items / LORENZ_POINTS;
        (items as f64 / n_items.max(1) as f64, share(items))
    };
    let counts: Vec<u64> = std::iter::repeat_n(0, unlisted).chain(listed.iter().copied()).collect();
    Exposure {
        lorenz: (0..=LORENZ_POINTS).map(point).collect(),
        gini: gini(&counts),
        coverage: listed.len() as f64 / n_items.max(1) as f64,
    }
}

/// What of several feedbacks was learnt from.
fn learnt_from(run: &Measured) -> Vec<Fact> {
    config_facts(&Value::Object(run.learns().settings().into_iter().collect()))
}

/// All parameters, those of others behind a dot.
pub(crate) fn config_facts(config: &Value) -> Vec<Fact> {
    fn collect(value: &Value, name: &str, facts: &mut Vec<Fact>) {
        match value {
            Value::Object(entries) => {
                for (entry, value) in entries {
                    let dot = if name.is_empty() { "" } else { "." };
                    collect(value, &format!("{name}{dot}{entry}"), facts);
                }
            }
            Value::String(text) => facts.push(Fact::new(name, text)),
            other => facts.push(Fact::new(name, other.to_string())),
        }
    }
    let mut facts = Vec::new();
    collect(config, "", &mut facts);
    facts
}

fn data_sentence(material: &Material) -> String {
    format!(
        "Trained on {} of {} users and {} items; for each test user all items are ranked that \
         the user does not have in training{}{}.",
        counted(&material.train),
        grouped(material.train.users().len()),
        grouped(material.train.items().len()),
        if material.valid.is_some() { " or validation" } else { "" },
        match material.held_out.first().map(|held_out| held_out.seen) {
            Some(SeenFeedback::All) => ", of any feedback",
            _ => "",
        },
    )
}

fn counted(data: &Dataset) -> String {
    format!("{} interactions", grouped(data.interactions().nnz()))
}

fn data_facts(material: &Material) -> Vec<Fact> {
    let (train, nnz) = (&material.train, material.train.interactions().nnz());
    let (users, items) = (train.users().len(), train.items().len());
    let size = format!("{}, {} users, {} items", counted(train), grouped(users), grouped(items));
    let density = 100.0 * nnz as f64 / (users as f64 * items as f64);
    let mut facts =
        vec![Fact::new("Training", size), Fact::new("Density", format!("{density:.2}%"))];
    if let Some(valid) = &material.valid {
        facts.push(Fact::new("Validation", counted(valid)));
    }
    for held_out in &material.held_out {
        let name = match held_out.label.as_str() {
            "" => "Test".to_owned(),
            label => format!("Test, {label}"),
        };
        let test = &held_out.test;
        let mut size =
            format!("{} of {} users", grouped(test.n_relevant()), grouped(test.n_users()));
        let unknown = test.unknown_users().len();
        if unknown > 0 {
            size +=
                &format!(", {} of them not in training: no list, each scores 0", grouped(unknown));
        }
        facts.push(Fact::new(name, size));
    }
    let mut counts = train.interactions().item_counts();
    counts.sort_unstable();
    let top: u64 =
        counts.iter().rev().take(items.div_ceil(100)).map(|&count| u64::from(count)).sum();
    let share = format!("{:.1}% of the interactions", 100.0 * top as f64 / nnz.max(1) as f64);
    facts.push(Fact::new("Most popular 1% of items", share));
    facts.push(Fact::new("Fingerprint", material.fingerprint()));
    facts
}

fn making_facts(comparison: &Comparison, seed: u64) -> Vec<Fact> {
    let mut seeds: Vec<u64> =
        comparison.rows.iter().flat_map(|row| &row.runs).filter_map(Measured::seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    let mut facts = vec![Fact::new("foretaste", env!("CARGO_PKG_VERSION"))];
    if !seeds.is_empty() {
        facts.push(Fact::new("Seeds", seeds.join(", ")));
    }
    facts.extend([
        Fact::new("Metrics", "definitions of trec_eval; ties by item id; full ranking"),
        Fact::new("Intervals", format!("{RESAMPLES} bootstrap resamples of users, seed {seed}")),
        Fact::new("Tests", "paired t and Wilcoxon signed-rank on users; Holm over methods"),
    ]);
    facts
}

/// A count with its thousands apart.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lorenz_curve_runs_from_nothing_to_all_below_the_diagonal() {
        // Of four items, one is never listed, the others once, once and twice.
        let found = exposure(&[1, 1, 2], 4);
        let at = |x: f64| found.lorenz.iter().find(|point| point.0 == x).unwrap().1;
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(at), [0.0, 0.0, 0.25, 0.5, 1.0]);
        assert_eq!((found.coverage, found.gini), (0.75, 0.375));
        assert!(
            found.lorenz.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1)
        );
        assert_eq!(exposure(&[], 3).lorenz.last(), Some(&(1.0, 1.0)));
        assert!(exposure(&[], 0).lorenz.iter().all(|point| point.0.is_finite()));
    }

    #[test]
    fn parameters_are_named_with_dots() {
        let config = json!({ "model": "bpr", "bias": { "item": true }, "lr": 0.1 });
        let facts = config_facts(&config);
        let text: Vec<String> =
            facts.iter().map(|fact| format!("{}={}", fact.name, fact.value)).collect();
        assert_eq!(text, ["bias.item=true", "lr=0.1", "model=bpr"]);
        assert_eq!([1, 999, 1000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
    }
}
