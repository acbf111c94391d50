//! `split`: one file into training, validation and test parts.

use crate::args::Global;
use crate::destination::{check_inputs, check_output_folder, overwrite};
use crate::failure::{Failure, Outcome};
use crate::input::{Core, FILES, MANIFEST, Reading, incomplete};
use crate::output::{Format, Report, make_folder};
use foretaste::data::{self, Dataset, HeldOut, Keep, Split as Parts, SplitMethod};
use foretaste::files::{FileSet, check_writable};
use foretaste::io::write_interactions;
use serde_json::{Value, json};
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
        self.check_output()?;
        let by_time = matches!(self.by, By::LastOne | By::UserTime | By::Time);
        let reading =
            if by_time { self.reading.clone() } else { self.reading.without_need_of_times() };
        let (data, read) = reading.read(&self.file, Keep { weights: true, times: true }, global)?;
        let source = self.reading.provenance(&self.file, self.core, &read);
        let data = self.core.apply(data, &self.file)?;
        let parts = self.parts(&data)?;
        make_folder(&self.output)?;
        let mut set = FileSet::new(&self.output, overwrite(self.force));
        let (mut described, mut rows) = (serde_json::Map::new(), Vec::new());
        for (name, part) in &parts {
            let (json, row) = self.stage(name, part, &mut set, global.format())?;
            described.insert((*name).to_owned(), json);
            rows.push(row);
        }
        let json = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "source": source,
            "method": self.method(),
            "seed": self.seed,
            "parts": described,
        });
        set.stage(MANIFEST, |out| writeln!(out, "{json:#}"))?;
        // A part of an earlier split that this one does not have would be taken for one of it.
        set.place(&incomplete(), &FILES)?;
        let header = vec!["part", "interactions", "users", "file"];
        Report { json, header, rows, above: Vec::new() }.print(global.format())
    }

    /// Writes a part under a temporary name; returns what the manifest and the table say of it.
    fn stage(
        &self,
        name: &str,
        part: &Dataset,
        set: &mut FileSet,
        format: Format,
    ) -> Outcome<(Value, Vec<String>)> {
        let file = format!("{name}.csv");
        let sha256 = set.stage(&file, |out| write_interactions(part, out))?;
        let users = part.interactions().starts().windows(2).filter(|row| row[0] < row[1]).count();
        let nnz = part.interactions().nnz();
        let path = self.output.join(&file).display().to_string();
        let row = vec![name.to_owned(), format.count(nnz as u64), format.count(users as u64), path];
        let json = json!({ "file": file, "sha256": sha256, "interactions": nnz, "users": users });
        Ok((json, row))
    }

    /// What can be said of the output before anything is read.
    fn check_output(&self) -> Outcome {
        check_output_folder(&self.output)?;
        let files = FILES.map(|name| self.output.join(name));
        check_inputs(&files, std::slice::from_ref(&self.file))?;
        if self.output.is_dir() {
            files.iter().try_for_each(|file| check_writable(file, overwrite(self.force)))?;
        }
        Ok(())
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
        if let Some((name, _)) = parts.iter().find(|(_, part)| part.interactions().nnz() == 0) {
            let message = format!("{}: the {name} part would be empty", self.file.display());
            let help = "users have too few interactions for these shares: --k-core leaves such \
                        users out, --valid 0 writes no validation part";
            return Err(Failure::data(message).help(help));
        }
        Ok(parts)
    }
}
