//! `split`: one file into training, validation and test parts.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{Core, Reading};
use crate::output::{Report, thousands};
use foretaste::data::{
    self, HeldOut, Keep, Overwrite, Split as Parts, SplitMethod, write_file, write_interactions,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Split interactions into train.csv, valid.csv and test.csv, with a manifest.
#[derive(Debug, clap::Args)]
pub(crate) struct Split {
    /// The file of interactions.
    file: PathBuf,
    /// The folder to write; made if it doesn't exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace parts that exist.
    #[arg(long)]
    force: bool,
    /// How to choose what is held out.
    #[arg(long, value_enum, default_value_t)]
    by: By,
    /// Share held out for the test.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.2)]
    test: f64,
    /// Share held out for validation.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.1)]
    valid: f64,
    /// Seed of the random choice.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    core: Core,
    #[command(flatten)]
    reading: Reading,
}

/// How held-out interactions are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// At random from each user's interactions.
    #[default]
    Random,
    /// The last of each user's interactions by time, one for each part.
    LastOne,
    /// One of each user's interactions at random, for each part.
    RandomOne,
    /// The latest of each user's interactions.
    UserTime,
    /// All interactions after a point in time.
    Time,
}

impl Split {
    fn method(&self) -> SplitMethod {
        let (valid, test) = (self.valid, self.test);
        let one = |held_out| SplitMethod::LeaveOneOut { held_out, valid: valid > 0.0 };
        match self.by {
            By::Random => SplitMethod::Random { valid, test },
            By::LastOne => one(HeldOut::Latest),
            By::RandomOne => one(HeldOut::Random),
            By::UserTime => SplitMethod::UserTime { valid, test },
            By::Time => SplitMethod::GlobalTime { valid, test },
        }
    }

    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let (data, read) =
            self.reading.read(&self.file, Keep { weights: true, times: true }, global)?;
        let data = self.core.apply(data, &self.file)?;
        let parts = data::split(&data, self.method(), self.seed)?;
        std::fs::create_dir_all(&self.output)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", self.output.display())))?;
        let overwrite = if self.force { Overwrite::Replace } else { Overwrite::Refuse };
        let Parts { train, valid, test } = &parts;
        let named = [("train", Some(train)), ("valid", valid.as_ref()), ("test", Some(test))];
        let named: Vec<_> = named.into_iter().filter_map(|(n, part)| Some((n, part?))).collect();
        let path = |name: &str, suffix: &str| self.output.join(format!("{name}.{suffix}"));
        for (name, _) in &named {
            data::check_writable(path(name, "csv"), overwrite)?;
        }
        let mut counts = serde_json::Map::new();
        let mut rows = Vec::new();
        for (name, part) in &named {
            let path = path(name, "csv");
            write_file(&path, overwrite, |out| write_interactions(part, out))?;
            let users = part.interactions.starts().windows(2).filter(|row| row[0] < row[1]).count();
            let nnz = part.interactions.nnz();
            counts.insert((*name).into(), json!({ "interactions": nnz, "users": users }));
            rows.push(vec![
                (*name).to_owned(),
                thousands(nnz as u64),
                thousands(users as u64),
                path.display().to_string(),
            ]);
        }
        let json = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "source": { "sha256": read.sha256, "rows": read.rows, "bad_rows": read.bad_rows,
                "below_threshold": read.below_threshold, "duplicates": read.duplicates },
            "method": self.method(),
            "seed": self.seed,
            "parts": counts,
        });
        self.write_manifest(&path("manifest", "json"), &json, overwrite)?;
        let header = vec!["part", "interactions", "users", "file"];
        Report { json, header, rows, above: Vec::new() }.print(global.format())
    }

    fn write_manifest(
        &self,
        path: &Path,
        json: &serde_json::Value,
        overwrite: Overwrite,
    ) -> Outcome {
        Ok(write_file(path, overwrite, |out| writeln!(out, "{json:#}"))?)
    }
}
