//! `compress`: a smaller model, and what that costs.

mod cost;
mod searched;

use crate::args::Global;
use crate::destination::Destination;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Part, Parts, Reading};
use crate::output::{Format, Report, bytes};
use foretaste::data::{Dataset, Keep as Kept};
use foretaste::eval::Metric;
use foretaste::model::Precision;
use foretaste::{Keep, Recommender};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Make a model smaller, and say what that costs.
///
/// --to f16 or i8 stores numbers in 16 or 8 bits, of any method: nearly nothing is lost. --keep leaves numbers
/// out of the rows of a factorization. By magnitude: all but the largest on the axes of the singular vectors, and
/// those are moved to where scores are nearest to what they were. By svd: all columns but the first, the nearest
/// scores that rows so short can give. By dnis: gates say which, learnt on validation rows (of DATA's valid.csv, or a
/// share of what the model was trained on), and training goes on with what is left; of models of bpr and dnis. In
/// memory, rows are as long as before, but for svd.
///
/// With DATA, a folder of a split or a file of held-out interactions, NDCG@10 is measured before and after.
#[derive(Debug, clap::Args)]
pub(crate) struct Compress {
    /// The model file.
    model: PathBuf,
    /// A folder with test.csv, or a file of held-out interactions, to measure the cost on.
    data: Option<PathBuf>,
    /// Where to write the smaller model; - is stdout, which gets nothing else then.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the output file if it exists.
    #[arg(long)]
    force: bool,
    /// Share of the numbers of all rows that is kept, above 0 and at most 1.
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = share, allow_negative_numbers = true)]
    keep: f64,
    /// What chooses the numbers that are kept.
    #[arg(long, value_enum, default_value = "magnitude")]
    by: By,
    /// The bits of a number.
    #[arg(long, value_enum, default_value = "f32")]
    to: To,
    /// What is measured on DATA.
    #[arg(long, value_name = "METRIC", default_value = "ndcg@10")]
    metric: Metric,
    #[command(flatten)]
    reading: Reading,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "must be above 0 and at most 1, as in 0.25 for a quarter".to_owned())
}

/// What chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// The largest numbers stay.
    Magnitude,
    /// Gates say which stay, and training goes on.
    Dnis,
    /// The columns of the largest singular values stay.
    Svd,
}

/// The bits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// All 32.
    F32,
    /// 16.
    F16,
    /// 8, and 32 for each row.
    I8,
}

impl To {
    fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::F16 => Precision::F16,
            Self::I8 => Precision::I8,
        }
    }
}

/// How many items of lists are compared.
const LISTED: usize = 10;

impl Compress {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        self.check()?;
        let parts = self.data.as_deref().map(parts).transpose()?;
        let inputs: Vec<PathBuf> = std::iter::once(&self.model)
            .chain(self.data.as_ref().filter(|data| !data.is_dir()))
            .cloned()
            .collect();
        let output = Destination::new(&self.output, self.force, &inputs, global)?;
        let whole = input::model(&self.model, global)?;
        if self.keep == 1.0 && whole.info().storage.numbers == self.to.precision() {
            let message = format!(
                "{} holds its numbers in {} already",
                self.model.display(),
                self.to.precision()
            );
            return Err(Failure::usage(message).help(NOTHING));
        }
        let valid = parts.as_ref().and_then(|parts| parts.valid.as_ref());
        let valid: Option<Dataset> = valid
            .map(|part| Ok::<_, Failure>(self.reading.read_part(part, Kept::default(), global)?.0))
            .transpose()?;
        let small = self.smaller(&whole, valid.as_ref(), global)?;
        let overlap = whole.overlap(&small, LISTED);
        let test = parts.as_ref().and_then(|parts| parts.test.as_ref());
        let cost = test
            .map(|test| cost::of(self, [&whole, &small], (test, valid.as_ref()), global))
            .transpose()?;
        let content = small.to_bytes()?;
        output.write(|out| out.write_all(&content))?;
        if output.is_stdout() {
            return Ok(());
        }
        let before = std::fs::metadata(&self.model).map_or(0, |file| file.len());
        let found = Found { before, after: content.len() as u64, overlap, cost };
        self.report(&small, &found, global.format()).print(global.format())
    }

    fn check(&self) -> Outcome {
        if self.keep == 1.0 && self.to == To::F32 {
            return Err(Failure::usage("nothing is to be made smaller").help(NOTHING));
        }
        Ok(())
    }

    fn smaller(
        &self,
        whole: &Recommender,
        valid: Option<&Dataset>,
        global: &Global,
    ) -> Outcome<Recommender> {
        let keep = match self.by {
            _ if self.keep == 1.0 => Keep::All,
            By::Magnitude => Keep::Largest(self.keep),
            By::Svd => Keep::Columns(self.keep),
            By::Dnis => {
                let searched = searched::of(whole, self.keep, valid, global)?;
                return match self.to {
                    To::F32 => Ok(searched),
                    to => Ok(searched.compressed(Keep::All, to.precision(), global.registry())?),
                };
            }
        };
        Ok(whole.compressed(keep, self.to.precision(), global.registry())?)
    }

    fn report(&self, small: &Recommender, found: &Found, format: Format) -> Report {
        let Found { before, after, overlap, cost } = found;
        let by = match self.by {
            _ if self.keep == 1.0 => "none",
            By::Magnitude => "magnitude",
            By::Dnis => "dnis",
            By::Svd => "svd",
        };
        let mut json = json!({
            "output": self.output.display().to_string(), "model": small.info().method, "keep": self.keep, "by": by,
            "numbers": self.to.precision(), "bytes_before": before, "bytes": after, "overlap@10": overlap,
        });
        let size = |size: u64| if format == Format::Csv { size.to_string() } else { bytes(size) };
        let mut header =
            vec!["model", "keep", "by", "numbers", "before", "after", "same in top 10"];
        let mut row = vec![
            small.info().method.clone(),
            self.keep.to_string(),
            by.to_owned(),
            self.to.precision().to_string(),
            size(*before),
            size(*after),
            format!("{overlap:.4}"),
        ];
        if let Some([before, after]) = cost {
            json["metric"] = self.metric.to_string().into();
            json["quality_before"] = (*before).into();
            json["quality"] = (*after).into();
            header.extend(["metric", "quality before", "quality after"]);
            row.extend([self.metric.to_string(), format!("{before:.4}"), format!("{after:.4}")]);
        }
        header.push("file");
        row.push(self.output.display().to_string());
        Report { json, header, rows: vec![row], above: Vec::new() }
    }
}

const NOTHING: &str =
    "--to i8 stores numbers in 8 bits, --to f16 in 16, --keep 0.25 a quarter of them";

/// What came of it.
struct Found {
    before: u64,
    after: u64,
    overlap: f64,
    /// The metric before and after.
    cost: Option<[f64; 2]>,
}

/// What there is of validation and test rows.
struct HeldOut {
    valid: Option<Part>,
    test: Option<Part>,
}

fn parts(data: &Path) -> Outcome<HeldOut> {
    if !data.is_dir() {
        return Ok(HeldOut { valid: None, test: Some(data.to_owned().into()) });
    }
    let Parts { valid, test, .. } = Parts::of_folder(data)?;
    if valid.is_none() && test.is_none() {
        return Err(Failure::data(format_args!("{}: there is no test.csv", data.display()))
            .help("leave the folder out, or name a file of held-out interactions"));
    }
    Ok(HeldOut { valid, test })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_above_0_and_at_most_1() {
        assert_eq!((share("0.25"), share("1")), (Ok(0.25), Ok(1.0)));
        for wrong in ["0", "2", "-1", "NaN", "inf", "a quarter", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
