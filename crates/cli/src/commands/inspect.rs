//! `inspect`: what is in a file of interactions.

mod several;

use crate::args::Global;
use crate::cells::properties;
use crate::failure::Outcome;
use crate::input::{Beside, Reading, Weighing, columns, short, understood, weights};
use crate::output::{Format, Report, bytes, count, thousands};
use foretaste::data::{Dataset, Keep};
use foretaste::io::{self, Compression, Delimiter, FormatKind, ReadReport};
use foretaste::mf::{Params, Targets, memory_estimate};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Say what a file of interactions holds, and how it was understood.
///
/// Of several feedbacks (--feedback view,cart,buy) the figures are of the last, and a line each says
/// what the others hold.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// The file, or - for stdin; of several feedbacks, it may be a folder.
    file: PathBuf,
    /// Length of a factor row, to estimate the memory of training.
    #[arg(long, value_name = "K", default_value_t = 64, value_parser = factors)]
    factors: usize,
    #[command(flatten)]
    beside: Beside,
    #[command(flatten)]
    weighing: Weighing,
    #[command(flatten)]
    reading: Reading,
}

fn factors(text: &str) -> Result<usize, String> {
    let rule = || "a whole number from 1 to 4096".to_owned();
    text.parse().ok().filter(|k| (1..=4096).contains(k)).ok_or_else(rule)
}

/// Shares of the interactions that the most popular items have.
#[derive(Clone, Copy, Debug)]
struct Concentration {
    /// Of the most popular item.
    top: f64,
    /// Of the most popular hundredth and tenth of the items.
    top_1: f64,
    top_10: f64,
    /// 0: all items equally popular; 1: one item has everything.
    gini: f64,
}

impl Concentration {
    fn of(mut counts: Vec<u32>) -> Self {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let share = |items: usize| {
            counts[..items].iter().map(|&count| f64::from(count)).sum::<f64>() / total
        };
        let n = counts.len();
        // Gini = (n + 1 − 2 Σ (mean of the cumulative shares)) / n, with counts ascending.
        let ranked =
            counts.iter().zip(1u32..).map(|(&count, rank)| f64::from(count) * f64::from(rank));
        let gini = (n as f64 + 1.0 - 2.0 * ranked.sum::<f64>() / total) / n as f64;
        Self { top: share(1), top_1: share(n.div_ceil(100)), top_10: share(n.div_ceil(10)), gini }
    }
}

impl Inspect {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let keep = Keep { weights: true, times: true };
        let beside = self.beside.clone().with_feedback_of(&self.file)?;
        beside.refuse_folder(&self.file)?;
        let reading =
            self.weighing.reading(&self.reading)?.without_need_of_times().with_not_positive();
        let whole = beside.read(&self.file, &reading, keep, global)?;
        let several = several::described(&whole);
        let read = whole.target().clone();
        let data = whole.data.into_target()?;
        let (users, items, nnz) =
            (data.users().len(), data.items().len(), data.interactions().nnz());
        let mut per_user: Vec<usize> =
            data.interactions().starts().windows(2).map(|bounds| bounds[1] - bounds[0]).collect();
        per_user.sort_unstable();
        let params = Params { factors: self.factors, ..Params::default() };
        let training = memory_estimate(&params, &[], Targets::Ones, (users, items, nnz))
            + 4 * nnz as u64
            + 8 * users as u64;
        let concentration = Concentration::of(data.interactions().item_counts());
        let understood = understood(&read);
        let mut json = json!({
            "file": self.file.display().to_string(),
            "format": read.format,
            "rows": read.rows,
            "bad_rows": read.bad_rows,
            "below_threshold": read.below_threshold,
            "duplicates": read.duplicates,
            "users": users,
            "items": items,
            "interactions": nnz,
            "density": nnz as f64 / users as f64 / items as f64,
            "per_user": { "min": per_user[0], "median": per_user[users / 2],
                "max": per_user[users - 1] },
            "popularity": { "top_item": concentration.top, "top_1_percent": concentration.top_1,
                "top_10_percent": concentration.top_10, "gini": concentration.gini },
            "rating": read.ratings,
            "time": read.times,
            "training_bytes": training,
            "sha256": read.sha256,
            "positive": understood["positive"],
            "remarks": understood["remarks"],
            "doubts": understood["doubts"],
        });
        if let Some(pairs) = data.not_positive() {
            json["not_positive"] = pairs.nnz().into();
        }
        if let Some(weights) = weights(data.interactions(), &read) {
            json["weight"] = weights;
        }
        let mut rows = match global.format() {
            Format::Csv => Vec::new(),
            _ => self.rows(&data, &read, &json, &per_user, concentration),
        };
        rows.extend(several::rows(&several));
        json.as_object_mut().expect("an object, as above").extend(several);
        if global.format() == Format::Csv {
            rows = csv_rows(&json);
        }
        Report { json, header: vec!["property", "value"], rows, above: Vec::new() }
            .print(global.format())
    }

    fn rows(
        &self,
        data: &Dataset,
        read: &ReadReport,
        json: &Value,
        per_user: &[usize],
        popular: Concentration,
    ) -> Vec<Vec<String>> {
        let users = per_user.len();
        let density = json["density"].as_f64().unwrap_or(0.0);
        let percent = |share: f64| format!("{:.1}%", share * 100.0);
        let mut rows = vec![
            ("format", describe(&read.format)),
            ("rows read", thousands(read.rows)),
            ("users", thousands(users as u64)),
            ("items", thousands(data.items().len() as u64)),
            ("interactions", thousands(data.interactions().nnz() as u64)),
            ("density", format!("{:.4}%", density * 100.0)),
            ("rows that fail --positive", thousands(read.below_threshold)),
            ("repeated rows", thousands(read.duplicates)),
            ("bad rows", thousands(read.bad_rows)),
            (
                "per user",
                format!(
                    "{} to {}, median {}",
                    per_user[0],
                    per_user[users - 1],
                    per_user[users / 2]
                ),
            ),
            ("top item's share", percent(popular.top)),
            ("top 1% of items", percent(popular.top_1)),
            ("top 10% of items", percent(popular.top_10)),
            ("Gini of popularity", format!("{:.3}", popular.gini)),
        ];
        if let Some(ratings) = &read.ratings {
            let (min, max) = (ratings.min, ratings.max);
            let name = if read.weighted { "weights of rows" } else { "ratings" };
            rows.push((name, format!("{min} to {max}, mean {:.2}", ratings.mean)));
        }
        if let Some(weights) = json.get("weight") {
            let [min, max, mean] = ["min", "max", "mean"].map(|name| weights[name].as_f64());
            let [min, max, mean] = [min, max, mean].map(Option::unwrap_or_default);
            rows.push(("weights, summed", format!("{min} to {max}, mean {mean:.2}")));
        }
        if let Some(times) = &read.times {
            rows.push(("times", format!("{} to {}", times.0, times.1)));
        }
        if let Some(pairs) = json["not_positive"].as_u64() {
            rows.push(("seen but not positive", count(pairs, "pair")));
        }
        let training = json["training_bytes"].as_u64().unwrap_or(0);
        rows.push(("training needs", format!("{} at K = {}", bytes(training), self.factors)));
        rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
    }
}

/// What JSON says, a row a value.
fn csv_rows(json: &Value) -> Vec<Vec<String>> {
    let mut json = json.clone();
    if let Some([min, max]) = json["time"].as_array().map(Vec::as_slice) {
        json["time"] = json!({ "min": min, "max": max });
    }
    properties(&json)
}

/// "',' between fields, with header, user=1,item=2, gzip".
fn describe(format: &io::Format) -> String {
    let mut text = match format.kind {
        FormatKind::Adjacency => "adjacency list: a user, then its items".to_owned(),
        FormatKind::Table => {
            let columns = columns(format, |column| column.number.to_string());
            let header = if format.header { "with" } else { "without" };
            let delimiter = format.delimiter.map_or("nothing", Delimiter::name);
            format!("{delimiter} between fields, {header} header, {columns}")
        }
        FormatKind::JsonLines => format!("JSON lines, {}", columns(format, short)),
        FormatKind::Parquet => format!("Parquet, {}", columns(format, short)),
    };
    match format.compression {
        Compression::None => {}
        Compression::Gzip => text += ", gzip",
        Compression::Zstd => text += ", zstd",
    }
    text
}
