//! Vectors that are made: of texts, and of wider vectors.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::{count, thousands};
use crate::shell;
use foretaste::data::FeatureTable;
use foretaste::io::{FeatureReport, Side, read_texts, read_vectors};
use foretaste::spectral::principal_components;
use foretaste::texts::{Encoded, Params};
use serde::Serialize;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What vectors are made of.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Several feedbacks and features")]
pub(crate) struct Making {
    /// Texts of items, whose vectors are made of the words that they share: a table, JSON lines or Parquet
    /// with a column of ids and one called text, or else the second.
    #[arg(long, value_name = "FILE")]
    pub(crate) item_texts: Option<PathBuf>,
    /// Texts of users, likewise.
    #[arg(long, value_name = "FILE")]
    pub(crate) user_texts: Option<PathBuf>,
    /// How many numbers a vector of a text has [default: 128].
    #[arg(long, value_name = "N", allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=Params::MOST_NUMBERS as i64))]
    pub(crate) text_numbers: Option<u32>,
    /// Make vectors of N numbers of given ones that have more: along the directions in which they differ
    /// most (principal components).
    #[arg(long, value_name = "N", allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=Params::MOST_NUMBERS as i64))]
    pub(crate) pca: Option<u32>,
}

/// Features as they were found, and what was made of them.
#[derive(Debug, Serialize)]
pub(crate) struct FoundFeatures {
    #[serde(flatten)]
    pub(crate) report: FeatureReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<Value>,
}

impl From<FeatureReport> for FoundFeatures {
    fn from(report: FeatureReport) -> Self {
        Self { report, made: None }
    }
}

/// The seed of principal components, the same everywhere.
const SEED: u64 = 42;

impl Making {
    /// Refuses two sources of the same vectors, and options of what is not there; `given` are files of
    /// vectors, of items and of users.
    pub(super) fn check(&self, given: [&Option<PathBuf>; 2]) -> Outcome {
        let sides = [("item", &self.item_texts, given[0]), ("user", &self.user_texts, given[1])];
        for (side, texts, vectors) in sides {
            if texts.is_some() && vectors.is_some() {
                let message = format!(
                    "--{side}-texts and --{side}-features: both are vectors of {side}s, which have one each"
                );
                return Err(Failure::usage(message).help("leave out one of the two"));
            }
        }
        if self.text_numbers.is_some() && self.item_texts.is_none() && self.user_texts.is_none() {
            return Err(Failure::usage("--text-numbers: there are no texts")
                .help("--item-texts FILE and --user-texts FILE name them"));
        }
        if self.pca.is_some() && given.iter().all(|vectors| vectors.is_none()) {
            return Err(Failure::usage("--pca: no vectors are given").help(
                "--item-features FILE and --user-features FILE name them; of texts --text-numbers \
                 says how many numbers there are",
            ));
        }
        Ok(())
    }

    /// The texts with the side that they are of.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&PathBuf, Side)> {
        let both = [(&self.item_texts, Side::Item), (&self.user_texts, Side::User)];
        both.into_iter().filter_map(|(path, side)| Some((path.as_ref()?, side)))
    }

    /// The flags again.
    pub(super) fn arguments(&self) -> impl Iterator<Item = OsString> {
        let files = [("--item-texts", &self.item_texts), ("--user-texts", &self.user_texts)];
        let files = files.into_iter().filter_map(|(flag, file)| Some((flag, file.as_ref()?)));
        let numbers = [("--text-numbers", self.text_numbers), ("--pca", self.pca)];
        let numbers = numbers
            .into_iter()
            .filter_map(|(flag, number)| Some(shell::option(flag, number?.to_string())));
        files.map(|(flag, file)| shell::option(flag, file)).chain(numbers)
    }

    /// The vectors in a file, of as many numbers as are wanted at most.
    pub(super) fn vectors(
        &self,
        path: &Path,
        side: Side,
        global: &Global,
    ) -> Outcome<(FeatureTable, FoundFeatures)> {
        let (table, report) = read_vectors(path, side)?;
        let Some((wanted, given)) = self.pca.zip(table.features().vectors()) else {
            return Ok((table, report.into()));
        };
        let (wanted, width, path) = (wanted as usize, given.width(), path.display());
        if width <= wanted {
            let has = count(width as u64, "number");
            global.note(format_args!(
                "note: {path}: its vectors stay as they are: of {has}, no more than --pca {wanted}"
            ));
            return Ok((table, report.into()));
        }
        let values: Vec<f32> = given.iter().flat_map(|(_, vector)| vector).copied().collect();
        let found = principal_components(&values, width, wanted, SEED);
        if found.width == 0 {
            let message = format!("{path}: --pca {wanted}: all its vectors are the same");
            return Err(
                Failure::data(message).help("leave the file out: it tells none from another")
            );
        }
        let numbers = count(found.width as u64, "number");
        let share = 100.0 * found.share;
        global.note(format_args!(
            "read {path}: vectors of {width} numbers become vectors of {numbers}, with {share:.1}% of the variance"
        ));
        let made = json!({ "pca": { "of": width, "numbers": found.width, "share": found.share } });
        let ids: Vec<_> = table.ids().names().collect();
        let table = FeatureTable::of_vectors(&ids, found.width, &found.values)?;
        Ok((table, FoundFeatures { report, made: Some(made) }))
    }

    /// Vectors of the texts in a file.
    pub(super) fn of_texts(
        &self,
        path: &Path,
        side: Side,
        global: &Global,
    ) -> Outcome<(FeatureTable, FoundFeatures)> {
        let (texts, report) = read_texts(path, side)?;
        let mut params = Params::default();
        if let Some(numbers) = self.text_numbers {
            params.numbers = numbers as usize;
        }
        let encoder = params.check().map_err(Failure::usage)?;
        let (ids, encoded) = (texts.ids, encoder.encode(&texts.texts));
        let Params { least, share, .. } = encoder.params();
        let rule = format!("in at least {least} texts and in at most {}% of them", 100.0 * share);
        if encoded.known.is_empty() {
            let message = format!("{}: no word is {rule}: there are no vectors", path.display());
            return Err(Failure::data(message).help(
                "texts are told apart by words that some of them share; or give vectors of your own: \
                 --item-features, --user-features",
            ));
        }
        say(path, &encoded, ids.len(), &rule, global);
        let made = json!({ "texts": { "by": encoder.params(), "words": encoded.words,
            "found_words": encoded.found, "vectors": encoded.known.len(), "share": encoded.share } });
        let known: Vec<&str> = encoded.known.iter().map(|&text| ids[text].as_str()).collect();
        let table = FeatureTable::of_vectors(&known, encoded.width, &encoded.values)?;
        Ok((table, FoundFeatures { report, made: Some(made) }))
    }
}

/// Says what texts have become.
fn say(path: &Path, encoded: &Encoded, texts: usize, rule: &str, global: &Global) {
    let Encoded { words, found, share, known, .. } = encoded;
    let (path, share) = (path.display(), 100.0 * share);
    let (of, words) = (count(texts as u64, "text"), thousands(*words as u64));
    let found = count(*found as u64, "word");
    global.note(format_args!(
        "read {path}: {of} of {found}, of which {words} are {rule}; the vectors have {share:.1}% of these"
    ));
    let without = texts - known.len();
    if without > 0 {
        let (without, have) =
            (count(without as u64, "text"), if without == 1 { "has" } else { "have" });
        let numbers = count(encoded.width as u64, "number");
        global.note(format_args!(
            "note: {path}: {without} {have} no vector: no such word, or none that {numbers} tell of"
        ));
    }
}
