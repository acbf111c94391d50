//! The flags of what there is beside one feedback, and its files.

use super::{Making, Whole, of_file, of_folder, one};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::Reading;
use crate::input::parts::{feedback_of, files};
use crate::shell;
use foretaste::data::Keep;
use foretaste::io::{FeedbackNames, Side, read_tags};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What is read beside one feedback.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Several feedbacks and features")]
pub(crate) struct Beside {
    /// Read several feedbacks, weakest first, as view,cart,buy: the last is what is recommended for,
    /// and what --positive is about. They are in a folder with view.csv, cart.csv and buy.csv, or in
    /// a file with a column of events.
    #[arg(long, value_name = "NAMES")]
    pub(crate) feedback: Option<FeedbackNames>,
    /// Vectors of items: .npy or .safetensors beside a file of ids (NAME.ids, one a line), or a table
    /// whose rows are an item and its numbers.
    #[arg(long, value_name = "FILE")]
    pub(crate) item_features: Option<PathBuf>,
    /// Vectors of users, likewise.
    #[arg(long, value_name = "FILE")]
    pub(crate) user_features: Option<PathBuf>,
    /// Tags of items: rows of an item and a tag.
    #[arg(long, value_name = "FILE")]
    pub(crate) item_tags: Option<PathBuf>,
    /// Tags of users: rows of a user and a tag.
    #[arg(long, value_name = "FILE")]
    pub(crate) user_tags: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) making: Making,
}

impl Beside {
    /// The same with the feedbacks of a split, where they are not named.
    pub(crate) fn with_feedback_of(self, data: &Path) -> Outcome<Self> {
        let names = match &self.feedback {
            None if data.is_dir() => feedback_of(data)?,
            names => names.clone(),
        };
        Ok(Self { feedback: names, ..self })
    }

    /// The flags again.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let names =
            self.feedback.iter().map(|names| shell::option("--feedback", names.to_string()));
        let files = [
            ("--item-features", &self.item_features),
            ("--user-features", &self.user_features),
            ("--item-tags", &self.item_tags),
            ("--user-tags", &self.user_tags),
        ];
        let files = files.into_iter().filter_map(|(flag, file)| Some((flag, file.as_ref()?)));
        let files = files.map(|(flag, file)| shell::option(flag, file));
        names.chain(files).chain(self.making.arguments()).collect()
    }

    /// Refuses a folder where one feedback is to be read from a file.
    pub(crate) fn refuse_folder(&self, data: &Path) -> Outcome {
        if self.feedback.is_some() || !data.is_dir() {
            return Ok(());
        }
        Err(Failure::data(format_args!("{}: is a folder, not a file", data.display()))
            .help("name one of the files in it; --feedback names those of several feedbacks"))
    }

    /// The files that are read for a file or folder of data.
    pub(crate) fn inputs(&self, data: &Path) -> Vec<PathBuf> {
        let mut inputs = files(data, self.feedback.as_ref());
        for file in [&self.item_features, &self.user_features, &self.item_tags, &self.user_tags] {
            inputs.extend(file.iter().flat_map(|file| [file.clone(), file.with_extension("ids")]));
        }
        inputs.extend(self.making.texts().map(|(file, _)| file.clone()));
        inputs
    }

    /// The files that a split may have of this, beside those that every split may have.
    pub(crate) fn outputs(&self) -> Vec<String> {
        let names = self.feedback.iter().flat_map(|names| names.iter());
        let mut files: Vec<String> = names.map(|name| format!("{name}.csv")).collect();
        let Making { item_texts, user_texts, .. } = &self.making;
        for (vectors, texts, name) in [
            (&self.item_features, item_texts, "item-features"),
            (&self.user_features, user_texts, "user-features"),
        ] {
            if vectors.is_some() || texts.is_some() {
                files.extend(["npy", "ids"].map(|ending| format!("{name}.{ending}")));
            }
        }
        for (file, name) in [(&self.item_tags, "item-tags.csv"), (&self.user_tags, "user-tags.csv")]
        {
            files.extend(file.iter().map(|_| name.to_owned()));
        }
        files
    }

    /// Reads everything, and says on stderr what was found.
    pub(crate) fn read(
        &self,
        data: &Path,
        reading: &Reading,
        keep: Keep,
        global: &Global,
    ) -> Outcome<Whole> {
        self.making.check([&self.item_features, &self.user_features])?;
        let (mut whole, rest) = match &self.feedback {
            None => one(data, reading, keep, global)?,
            Some(names) if data.is_dir() => of_folder(data, names, reading, keep, global)?,
            Some(names) => of_file(data, names, reading, keep, global)?,
        };
        for (path, side) in [(&self.item_features, Side::Item), (&self.user_features, Side::User)] {
            if let Some(path) = path {
                whole = whole.with(self.making.vectors(path, side, global)?, path, global)?;
            }
        }
        for (path, side) in self.making.texts() {
            whole = whole.with(self.making.of_texts(path, side, global)?, path, global)?;
        }
        for (path, side) in [(&self.item_tags, Side::Item), (&self.user_tags, Side::User)] {
            if let Some(path) = path {
                let (table, report) = read_tags(path, side)?;
                whole = whole.with((table, report.into()), path, global)?;
            }
        }
        // Now that all ids are known.
        let what = whole.target_file.display().to_string();
        whole.data = rest.add_to(whole.data, &what, global)?;
        Ok(whole)
    }
}
