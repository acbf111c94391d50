//! A comparison as tables and as JSON.

use crate::failure::Outcome;
use crate::output::{Format, Report};
use foretaste_experiment::{Column, Comparison, Estimate, Pair, Row};
use serde_json::{Map, Value, json};

/// What the cells of [`overview`] hold.
pub(crate) fn legend(comparison: &Comparison) -> &'static str {
    let spread = comparison.rows.iter().any(|row| row.runs.len() > 1);
    if spread {
        "mean [95% interval over users] ± sd over seeds"
    } else {
        "mean [95% interval over users]"
    }
}

/// Prints a row a method and a column a figure, below some lines.
/// `json` is what programs get instead.
pub(crate) fn overview(
    comparison: &Comparison,
    json: Value,
    above: Vec<String>,
    format: Format,
) -> Outcome {
    let columns = comparison.columns.iter().map(ToString::to_string);
    let header = std::iter::once("method".to_owned()).chain(columns).chain(["seconds".into()]);
    let cells = |row: &Row| {
        let seconds = row.seconds.map_or("–".to_owned(), |seconds| format!("{seconds:.2}"));
        let cells = row.estimates.iter().map(estimate);
        std::iter::once(row.name.clone()).chain(cells).chain([seconds]).collect()
    };
    let rows = comparison.rows.iter().map(cells).collect();
    let report = Report { json, header: Vec::new(), rows, above };
    report.print_under(&header.collect::<Vec<_>>(), format)
}

/// ".4281 [.4230, .4333] ± .0004".
fn estimate(estimate: &Estimate) -> String {
    let Estimate { mean, low, high, sd } = estimate;
    let sd = sd.map_or(String::new(), |sd| format!(" ± {sd:.4}"));
    format!("{mean:.4} [{low:.4}, {high:.4}]{sd}")
}

/// A row a pair.
pub(crate) fn differences(comparison: &Comparison) -> Report {
    let cells = |pair: &Pair| {
        vec![
            comparison.rows[pair.a].name.clone(),
            comparison.columns[pair.column].to_string(),
            format!("{:+.4} [{:+.4}, {:+.4}]", pair.diff, pair.low, pair.high),
            p_value(pair.p_t),
            p_value(pair.p_t_holm),
            p_value(pair.p_wilcoxon),
            p_value(pair.p_wilcoxon_holm),
        ]
    };
    let baseline = &comparison.rows[comparison.baseline].name;
    let header = vec!["method", "metric", "difference", "p of t", "Holm", "p of Wilcoxon", "Holm"];
    Report {
        json: Value::Null,
        header,
        rows: comparison.pairs.iter().map(cells).collect(),
        above: vec![format!("\nPaired differences from {baseline}, [95% interval over users]")],
    }
}

fn p_value(p: f64) -> String {
    match p {
        p if p.is_nan() => "–".into(),
        p if p < 1e-4 => "<0.0001".into(),
        p => format!("{p:.4}"),
    }
}

/// `{"rows": […], "pairs": […]}`.
pub(crate) fn json(comparison: &Comparison) -> Value {
    let rows: Vec<Value> = comparison.rows.iter().map(|row| row_json(comparison, row)).collect();
    let pairs: Vec<Value> =
        comparison.pairs.iter().map(|pair| pair_json(comparison, pair)).collect();
    json!({ "rows": rows, "pairs": pairs, "baseline": comparison.rows[comparison.baseline].name })
}

fn row_json(comparison: &Comparison, row: &Row) -> Value {
    let seeds: Vec<u64> = row.runs.iter().filter_map(|run| run.seed()).collect();
    let mut json = json!({ "name": row.name, "seconds": row.seconds, "seeds": seeds,
        "config": row.config(), "metrics": metrics_json(comparison, row, "") });
    if comparison.columns.iter().any(|column| !column.label.is_empty()) {
        for label in labels(&comparison.columns) {
            json[label.replace(' ', "_")] = metrics_json(comparison, row, &label);
        }
    }
    json
}

/// The labels of all columns but the main ones.
fn labels(columns: &[Column]) -> Vec<String> {
    let mut labels: Vec<String> = columns.iter().map(|column| column.label.clone()).collect();
    labels.dedup();
    labels.into_iter().filter(|label| !label.is_empty()).collect()
}

/// `{"ndcg@10": {"mean", "low", "high", "sd"?}, …}` of the columns with this label.
fn metrics_json(comparison: &Comparison, row: &Row, label: &str) -> Value {
    let figures = comparison.columns.iter().zip(&row.estimates);
    let figures = figures.filter(|(column, _)| column.label == label);
    let figure = |(column, Estimate { mean, low, high, sd }): (&Column, &Estimate)| {
        let mut json = json!({ "mean": mean, "low": low, "high": high });
        if let Some(sd) = sd {
            json["sd"] = json!(sd);
        }
        (column.metric.to_string(), json)
    };
    Value::Object(figures.map(figure).collect::<Map<_, _>>())
}

fn pair_json(comparison: &Comparison, pair: &Pair) -> Value {
    json!({
        "a": comparison.rows[pair.a].name,
        "b": comparison.rows[pair.b].name,
        "metric": comparison.columns[pair.column].to_string(),
        "diff": pair.diff, "low": pair.low, "high": pair.high,
        "p_t": pair.p_t, "p_wilcoxon": pair.p_wilcoxon,
        "p_t_holm": pair.p_t_holm, "p_wilcoxon_holm": pair.p_wilcoxon_holm,
    })
}
