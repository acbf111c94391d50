//! `augment profiles`: texts as vectors.

use super::server::{Server, Watch, joined, row_of};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::{Report, count};
use crate::vector_files::VectorFiles;
use foretaste::data::IdTable;
use foretaste::io::{NamedVectors, Side, read_texts};
use serde_json::json;
use std::path::PathBuf;

/// Turn texts about items or users into vectors, by a model for embeddings.
///
/// TEXTS is a table id,text; a column called text, profile or description is taken, or a title. Vectors are
/// written as --item-features and --user-features read them: a .npy and, beside it, a .ids. An empty text
/// has a vector of zeros.
#[derive(Debug, clap::Args)]
pub(crate) struct Profiles {
    /// The file of texts: id,text.
    texts: PathBuf,
    /// The file to write: .npy.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace files that are there already.
    #[arg(long)]
    force: bool,
    /// Whose texts they are.
    #[arg(long, value_enum, default_value_t)]
    of: Of,
    /// Ask for vectors of so many numbers, of models that can.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    dimensions: Option<u32>,
    /// Texts in a request, at most.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=2048))]
    texts_per_request: u16,
    #[command(flatten)]
    server: Server,
}

/// Whose texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    #[default]
    Items,
    Users,
}

impl Profiles {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let files = self.files()?;
        let side = if self.of == Of::Users { Side::User } else { Side::Item };
        let transport = self.server.transport()?;
        let (texts, _) = read_texts(&self.texts, side)?;
        let client = self.server.client(&*transport)?;
        let client =
            client.with_dimensions(self.dimensions).with_texts(self.texts_per_request.into());
        let all: Vec<&str> = texts.texts.iter().map(String::as_str).collect();
        let format = global.format();
        if self.server.dry_run {
            let (columns, json) = self.server.estimated(&client.estimate_embed(&all)?, format);
            let (header, rows) = row_of(columns);
            return Report { json, header, rows, above: Vec::new() }.print(format);
        }
        let mut watch = Watch::new(global);
        let made = client.embed(&all, &mut |event| watch.show(event))?;
        drop(watch);
        if made.width == 0 {
            let message = format!("{}: all texts are empty", self.texts.display());
            return Err(Failure::data(message).help("a row is an id and its text"));
        }
        if made.empty > 0 {
            let (empty, file) = (count(made.empty, "text"), self.texts.display());
            global.note(format_args!("note: {file}: {empty} without a word: vectors of zeros"));
        }
        let (ids, order) = by_id(&texts.ids);
        let row = |n: usize| made.values[order[n] * made.width..][..made.width].to_vec();
        let named = NamedVectors { side, ids: &ids, width: made.width, row: &row };
        files.write(&named, |out| named.write_npy(out))?;
        let (mut columns, json) = self.server.took(&made.tally, &made.digest, format);
        let own = [
            ("rows", format.count(texts.ids.len() as u64)),
            ("columns", format.count(made.width as u64)),
            ("empty", format.count(made.empty)),
        ];
        columns.splice(0..0, own);
        columns.push(("file", self.output.display().to_string()));
        let json = joined(
            json!({ "rows": texts.ids.len(), "columns": made.width, "empty": made.empty,
                "output": self.output.display().to_string(),
                "ids": files.ids.display().to_string() }),
            json,
        );
        let (header, rows) = row_of(columns);
        Report { json, header, rows, above: Vec::new() }.print(format)
    }

    fn files(&self) -> Outcome<VectorFiles> {
        if self.output.extension().is_none_or(|ending| ending != "npy") {
            let message = format!("{}: the ending is not .npy", self.output.display());
            return Err(
                Failure::usage(message).help("-o embeddings.npy; the ids are in embeddings.ids")
            );
        }
        let inputs: Vec<PathBuf> = self.server.inputs().chain([self.texts.clone()]).collect();
        VectorFiles::new(&self.output, self.force, &inputs)
    }
}

/// The ids in the order of tables, and of each the place of its text.
fn by_id(texts: &[String]) -> (IdTable, Vec<usize>) {
    let ids = IdTable::from_text(texts);
    let mut order = vec![0; ids.len()];
    for (place, id) in texts.iter().enumerate() {
        if let Some(index) = ids.index_of(id) {
            order[index as usize] = place;
        }
    }
    (ids, order)
}
