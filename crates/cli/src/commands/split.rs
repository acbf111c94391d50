//! `split`: one file into training, validation and test parts.

mod features;

use crate::args::Global;
use crate::destination::{check_inputs, check_output_folder, overwrite};
use crate::failure::{Failure, Outcome};
use crate::input::{
    Beside, Core, FILES, MANIFEST, Reading, SEEN_PARTS, Weighing, check_names, former, incomplete,
};
use crate::output::{Format, Report, make_folder, thousands};
use foretaste::data::{
    self, Dataset, Feedback, HeldOut, Interactions, Keep, Split as Parts, SplitMethod,
};
use foretaste::files::{FileSet, check_writable};
use foretaste::io::write_pairs;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Split interactions into train.csv, valid.csv and test.csv, with a manifest.
///
/// Of several feedbacks (--feedback view,cart,buy) the last is split: buy.csv is its training part.
/// The others go to view.csv and cart.csv whole: they are what is known, also of what is held out, unless
/// --hold-out-all deals them, too.
/// Features are written beside, as item-features.npy, user-features.npy, item-tags.csv
/// and user-tags.csv.
///
/// Rows that fail --positive are dealt, too, where there are any: to train-seen.csv, valid-seen.csv and
/// test-seen.csv. At random, the same share of each user's; by time, by the same point in time; of one
/// interaction a user at random, all are in train-seen.csv. `train` keeps those of train-seen.csv for lists
/// to leave out. Rows of users or items without positive feedback are in none.
#[derive(Debug, clap::Args)]
pub(crate) struct Split {
    /// The file of interactions, or - for stdin; of several feedbacks, it may be a folder.
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
    /// Of several feedbacks, hold out all of a pair together: pairs of any feedback are dealt, and what is held
    /// out of the others is in test-view.csv, test-cart.csv, and so on. Nothing of a held-out pair is in
    /// training then.
    #[arg(long, help_heading = "Several feedbacks and features")]
    hold_out_all: bool,
    #[command(flatten)]
    beside: Beside,
    #[command(flatten)]
    core: Core,
    #[command(flatten)]
    weighing: Weighing,
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
        let reading = self.weighing.reading(&self.reading)?.with_not_positive();
        let reading = if by_time { reading } else { reading.without_need_of_times() };
        let keep = Keep { weights: true, times: true };
        let whole = self.beside.read(&self.file, &reading, keep, global)?;
        if whole.is_split() {
            let message = format!("{}: has a held-out part already", self.file.display());
            return Err(Failure::usage(message).help("name a file or folder of all interactions"));
        }
        let mut source = whole.provenance(&reading, self.core);
        if self.weighing.is_given() {
            source["weighted"] = true.into();
        }
        let data = self.core.apply(whole.data, &self.file)?;
        if self.hold_out_all && data.others().is_empty() {
            return Err(Failure::usage("--hold-out-all: there is one feedback")
                .help("--feedback view,cart,buy names several"));
        }
        let Dealt { parts, others } = self.deal(&data)?;
        make_folder(&self.output)?;
        let mut set = FileSet::new(&self.output, overwrite(self.force));
        let (mut described, mut rows) = (serde_json::Map::new(), Vec::new());
        let others = others.iter().map(|(name, part)| (name.as_str(), part));
        let target = data.target_name().unwrap_or("train");
        let name = |name| if name == "train" { target } else { name };
        let dealt = parts.iter().map(|(part, data)| (name(*part), data.interactions()));
        for (name, part) in others.chain(dealt) {
            let (json, row) = self.stage(name, (&data, part), &mut set, global.format())?;
            described.insert(name.to_owned(), json);
            rows.push(row);
        }
        let mut seen = serde_json::Map::new();
        for (name, part) in of_seen(&parts) {
            let (json, row) = self.stage(name, (&data, part), &mut set, global.format())?;
            seen.insert(name.to_owned(), json);
            rows.push(row);
        }
        described.extend(features::stage(&data, &mut set)?);
        let mut json = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "source": source,
            "method": self.method(),
            "seed": self.seed,
            "parts": described,
        });
        if !data.others().is_empty() {
            let names = data.others().iter().map(Feedback::name).chain(data.target_name());
            json["feedback"] = names.collect();
        }
        if !seen.is_empty() {
            json["seen"] = seen.into();
        }
        let above =
            if self.hold_out_all { Vec::new() } else { self.known(&data, &parts, &mut json) };
        if self.hold_out_all {
            json["hold_out_all"] = true.into();
        }
        set.stage(MANIFEST, |out| writeln!(out, "{json:#}"))?;
        // A part of an earlier split that this one does not have would be taken for one of it.
        let all = self.all_files();
        set.place(&incomplete(), &all.iter().map(String::as_str).collect::<Vec<_>>())?;
        let header = vec!["part", "interactions", "users", "file"];
        Report { json, header, rows, above }.print(global.format())
    }

    /// Adds to the manifest how much of what is held out has been seen in another feedback; returns the same in a line.
    fn known(
        &self,
        data: &Dataset,
        parts: &[(&'static str, Dataset)],
        manifest: &mut Value,
    ) -> Vec<String> {
        if data.others().is_empty() {
            return Vec::new();
        }
        let others: Vec<&str> = data.others().iter().map(Feedback::name).collect();
        let held_out = parts.iter().filter(|(name, _)| *name != "train");
        let of_part = |(name, part): &(&str, Dataset)| {
            let (known, all) =
                (data.known_by_others(part.interactions()), part.interactions().nnz());
            manifest["parts"][*name]["known_by_others"] = json!(known);
            format!("{} of {} of {name}", thousands(known as u64), thousands(all as u64))
        };
        let known: Vec<String> = held_out.map(of_part).collect();
        let (known, others) = (known.join(" and "), others.join(" or "));
        vec![format!("of what is held out, also in {others} of the training part: {known}")]
    }

    /// The files that a split has or may have had.
    fn all_files(&self) -> Vec<String> {
        let mut all: Vec<String> = FILES.map(str::to_owned).into();
        all.extend(self.beside.outputs());
        if let Some(names) = self.beside.feedback.as_ref().filter(|_| self.hold_out_all) {
            let files = names.iter().take(names.len() - 1);
            let files =
                files.flat_map(|name| ["valid", "test"].map(|part| format!("{part}-{name}.csv")));
            all.extend(files);
        }
        all.extend(former(&self.output));
        all.sort();
        all.dedup();
        all
    }

    /// Writes a part under a temporary name; returns what the manifest and the table say of it.
    fn stage(
        &self,
        name: &str,
        (data, part): (&Dataset, &Interactions),
        set: &mut FileSet,
        format: Format,
    ) -> Outcome<(Value, Vec<String>)> {
        let file = format!("{name}.csv");
        let sha256 = set.stage(&file, |out| write_pairs(data, part, out))?;
        let users = part.starts().windows(2).filter(|row| row[0] < row[1]).count();
        let nnz = part.nnz();
        let path = self.output.join(&file).display().to_string();
        let row = vec![name.to_owned(), format.count(nnz as u64), format.count(users as u64), path];
        let json = json!({ "file": file, "sha256": sha256, "interactions": nnz, "users": users });
        Ok((json, row))
    }

    /// What can be said of the output before anything is read.
    fn check_output(&self) -> Outcome {
        self.beside.refuse_folder(&self.file)?;
        self.beside.feedback.iter().try_for_each(check_names)?;
        check_output_folder(&self.output)?;
        let files: Vec<PathBuf> =
            self.all_files().iter().map(|name| self.output.join(name)).collect();
        check_inputs(&files, &self.beside.inputs(&self.file))?;
        if self.output.is_dir() {
            files.iter().try_for_each(|file| check_writable(file, overwrite(self.force)))?;
        }
        Ok(())
    }

    /// The parts to write of the target, and of other feedbacks.
    fn deal(&self, data: &Dataset) -> Outcome<Dealt> {
        let all = data.others().iter();
        if !self.hold_out_all {
            let whole = all.map(|other| (other.name().to_owned(), other.interactions().clone()));
            return Ok(Dealt { others: whole.collect(), parts: self.parts(data)? });
        }
        let parts = self.parts(&data.union()?)?;
        let mut others = Vec::new();
        for (part, dealt) in &parts {
            for other in data.others() {
                let name = match *part {
                    "train" => other.name().to_owned(),
                    held_out => format!("{held_out}-{}", other.name()),
                };
                others.push((name, other.interactions().clone().within(dealt.interactions())));
            }
        }
        let of_target = |(name, part): (&'static str, Dataset)| {
            let own = data.interactions().clone().within(part.interactions());
            Ok((name, part.with_interactions(own)?))
        };
        let parts = parts.into_iter().map(of_target).collect::<Outcome<Vec<_>>>()?;
        self.check_parts(&parts)?;
        Ok(Dealt { parts, others })
    }

    /// The parts of what is dealt, by name.
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
        self.check_parts(&parts)?;
        Ok(parts)
    }

    /// A part that was asked for and is empty is of no use to anybody.
    fn check_parts(&self, parts: &[(&'static str, Dataset)]) -> Outcome {
        if let Some((name, _)) = parts.iter().find(|(_, part)| part.interactions().nnz() == 0) {
            let message = format!("{}: the {name} part would be empty", self.file.display());
            let help = "users have too few interactions for these shares: --k-core leaves such \
                        users out, --valid 0 writes no validation part";
            return Err(Failure::data(message).help(help));
        }
        Ok(())
    }
}

/// What a split writes.
struct Dealt {
    /// Of the target.
    parts: Vec<(&'static str, Dataset)>,
    /// Of other feedbacks, by the names of their files.
    others: Vec<(String, Interactions)>,
}

/// What is not positive of the parts, by the names of its own files.
fn of_seen<'a>(
    parts: &'a [(&'static str, Dataset)],
) -> impl Iterator<Item = (&'static str, &'a Interactions)> {
    let name = |part| SEEN_PARTS.iter().find(|(of, _)| *of == part).map(|(_, name)| *name);
    parts.iter().filter_map(move |(part, data)| Some((name(*part)?, data.not_positive()?)))
}
