//! A comparison as tables and as JSON.

use crate::failure::Outcome;
use crate::held_out;
use crate::output::{Format, Report};
use foretaste::eval::Reach;
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

/// Prints a row a method and a column a figure, below some lines; as CSV [`csv_rows`]. `json` is what
/// programs get instead.
pub(crate) fn overview(
    comparison: &Comparison,
    json: Value,
    above: Vec<String>,
    format: Format,
) -> Outcome {
    if format == Format::Csv {
        let (header, above) = (CSV_HEADER.to_vec(), Vec::new());
        return Report { json, header, rows: csv_rows(comparison), above }.print(format);
    }
    let columns = comparison.columns.iter().map(ToString::to_string);
    let header = std::iter::once("method".to_owned()).chain(columns).chain(["seconds".into()]);
    let cells = |row: &Row| {
        let seconds = format.number_or_nothing(row.seconds, 2);
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

/// The columns of [`csv_rows`].
pub(crate) const CSV_HEADER: [&str; 16] = [
    "method",
    "metric",
    "mean",
    "low",
    "high",
    "sd",
    "trainings",
    "seconds",
    "baseline",
    "diff",
    "diff_low",
    "diff_high",
    "p_t",
    "p_t_holm",
    "p_wilcoxon",
    "p_wilcoxon_holm",
];

/// One table for programs: a row a method and figure, with its difference from the baseline; fields of
/// what there is not, such as the baseline's own difference, are empty.
pub(crate) fn csv_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let number = |x: f64| Format::Csv.number(x, 0);
    let baseline = &comparison.rows[comparison.baseline].name;
    let cells = |n: usize, row: &Row, column: usize| {
        let Estimate { mean, low, high, sd } = row.estimates[column];
        let head = [row.name.clone(), comparison.columns[column].to_string()];
        let figures = [mean, low, high, sd.unwrap_or(f64::NAN)].map(number);
        let training = [row.runs.len().to_string(), number(row.seconds.unwrap_or(f64::NAN))];
        let pair = match comparison.pair(n, column) {
            Some(p) => [p.diff, p.low, p.high, p.p_t, p.p_t_holm, p.p_wilcoxon, p.p_wilcoxon_holm],
            None => [f64::NAN; 7],
        };
        let rest = [baseline.clone()].into_iter().chain(pair.map(number));
        head.into_iter().chain(figures).chain(training).chain(rest).collect()
    };
    let columns = 0..comparison.columns.len();
    let rows = comparison.rows.iter().enumerate();
    rows.flat_map(|(n, row)| columns.clone().map(move |column| cells(n, row, column))).collect()
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

/// `{"rows": […], "pairs": […], "baseline", "test": {…}}`.
pub(crate) fn json(comparison: &Comparison, reach: &Reach) -> Value {
    let rows: Vec<Value> = comparison.rows.iter().map(|row| row_json(comparison, row)).collect();
    let pairs: Vec<Value> =
        comparison.pairs.iter().map(|pair| pair_json(comparison, pair)).collect();
    json!({ "rows": rows, "pairs": pairs, "baseline": comparison.rows[comparison.baseline].name,
        "test": held_out::json(reach) })
}

fn row_json(comparison: &Comparison, row: &Row) -> Value {
    let seeds: Vec<u64> = row.runs.iter().filter_map(|run| run.seed()).collect();
    let mut json = json!({ "name": row.name, "seconds": row.seconds, "seeds": seeds,
        "config": row.config(), "metrics": metrics_json(comparison, row, "") });
    let first = &row.runs[0];
    if first.learns().is_union() {
        json["feedback"] = first.feedback.clone();
    }
    if !first.calibration.is_empty() {
        json["calibration"] = json!(first.calibration);
    }
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
