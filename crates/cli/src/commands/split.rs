//! `split`: one file into training, validation and test parts.

use crate::args::Global;
use crate::failure::{Code, Failure, Outcome};
use crate::input::{Core, Reading};
use crate::output::{Report, make_folder, thousands};
use foretaste::data::{
    self, Dataset, HeldOut, Keep, Overwrite, Split as Parts, SplitMethod, check_writable,
    write_file, write_interactions,
};
use serde_json::json;
use std::path::PathBuf;

/// Split interactions into train.csv, valid.csv and test.csv, with a manifest.
#[derive(Debug, clap::Args)]
pub(crate) struct Split {
    /// The file of interactions.
    file: PathBuf,
    /// The folder to write; made if it doesn't exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace an earlier split.
    #[arg(long)]
    force: bool,
    /// How to choose what is held out.
    #[arg(long, value_enum, default_value_t)]
    by: By,
    /// Share held out for the test; last-one and random-one hold out one interaction a user.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.2, allow_negative_numbers = true)]
    test: f64,
    /// Share held out for validation, 0 for none; with last-one and random-one, any share is one
    /// interaction a user.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.1, allow_negative_numbers = true)]
    valid: f64,
    /// Seed of the random choice.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    core: Core,
    #[command(flatten)]
    reading: Reading,
}

const MANIFEST: &str = "manifest.json";

/// What a split may write.
const FILES: [&str; 4] = ["train.csv", "valid.csv", "test.csv", MANIFEST];

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
        let overwrite = if self.force { Overwrite::Replace } else { Overwrite::Refuse };
        if self.output.is_dir() {
            FILES.iter().try_for_each(|name| check_writable(self.output.join(name), overwrite))?;
        }
        let (data, read) =
            self.reading.read(&self.file, Keep { weights: true, times: true }, global)?;
        let data = self.core.apply(data, &self.file)?;
        let parts = self.parts(&data)?;
        make_folder(&self.output)?;
        let mut counts = serde_json::Map::new();
        let mut rows = Vec::new();
        for (name, part) in &parts {
            let path = self.output.join(format!("{name}.csv"));
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
        self.drop_stale(&parts)?;
        let manifest = self.output.join(MANIFEST);
        write_file(&manifest, overwrite, |out| writeln!(out, "{json:#}"))?;
        let header = vec!["part", "interactions", "users", "file"];
        Report { json, header, rows, above: Vec::new() }.print(global.format())
    }

    /// The parts to write, by name. One that was asked for and is empty is of no use to anybody.
    fn parts(&self, data: &Dataset) -> Outcome<Vec<(&'static str, Dataset)>> {
        let Parts { train, valid, test } =
            data::split(data, self.method(), self.seed).map_err(|error| match error {
                data::Error::NoTimes => Failure::from(error)
                    .about(&self.file)
                    .help("--columns time=N names the column of times; --by random needs none"),
                _ => error.into(),
            })?;
        let tests = matches!(self.by, By::LastOne | By::RandomOne) || self.test > 0.0;
        let parts = [("train", Some(train)), ("valid", valid), ("test", tests.then_some(test))];
        let parts: Vec<_> = parts.into_iter().filter_map(|(n, part)| Some((n, part?))).collect();
        if let Some((name, _)) = parts.iter().find(|(_, part)| part.interactions.nnz() == 0) {
            let message = format!("{}: the {name} part would be empty", self.file.display());
            let help = "users have too few interactions for these shares: --k-core leaves such \
                        users out, --valid 0 writes no validation part";
            return Err(Failure::data(message).help(help));
        }
        Ok(parts)
    }

    /// Removes a part of an earlier split that this one does not have, so that no later command
    /// takes them for one.
    fn drop_stale(&self, parts: &[(&'static str, Dataset)]) -> Outcome {
        for stem in ["valid", "test"] {
            let path = self.output.join(format!("{stem}.csv"));
            if parts.iter().all(|(name, _)| *name != stem) && path.is_file() {
                std::fs::remove_file(&path)
                    .map_err(|error| Failure::io(Code::Runtime, &path, &error))?;
            }
        }
        Ok(())
    }
}
