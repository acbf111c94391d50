//! `simulate`: feedback whose truth is known.

use crate::args::Global;
use crate::failure::Outcome;
use crate::output::{Report, make_folder, thousands};
use foretaste::data::{Overwrite, check_writable, write_file};
use foretaste::sim::{Params, Table};
use serde_json::json;
use std::path::PathBuf;

/// Make up feedback whose relevance and exposure are known.
///
/// Items are seen in proportion to their popularity, not to the user's taste, so that what is
/// missing is not missing at random. With no options, this makes the bundled sample.
#[derive(Debug, clap::Args)]
pub(crate) struct Simulate {
    /// The folder to write; made if it doesn't exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Replace files that exist.
    #[arg(long)]
    force: bool,
    /// Number of users.
    #[arg(long, default_value_t = Params::default().users)]
    users: u32,
    /// Number of items.
    #[arg(long, default_value_t = Params::default().items)]
    items: u32,
    /// Expected number of interactions.
    #[arg(long, default_value_t = Params::default().interactions)]
    interactions: u64,
    /// Share of user–item pairs that are relevant.
    #[arg(long, default_value_t = Params::default().relevance, allow_negative_numbers = true)]
    relevance: f64,
    /// How unequally items are exposed: exposure falls with rank to this power.
    #[arg(long, default_value_t = Params::default().popularity, allow_negative_numbers = true)]
    popularity: f64,
    /// Share of seen but irrelevant items that are clicked all the same.
    #[arg(long, default_value_t = Params::default().noise, allow_negative_numbers = true)]
    noise: f64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = Params::default().seed)]
    seed: u64,
}

impl Simulate {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let params = Params {
            users: self.users,
            items: self.items,
            interactions: self.interactions,
            relevance: self.relevance,
            popularity: self.popularity,
            noise: self.noise,
            seed: self.seed,
            ..Params::default()
        };
        let simulation = params.check()?;
        let overwrite = if self.force { Overwrite::Replace } else { Overwrite::Refuse };
        make_folder(&self.output)?;
        for table in Table::ALL {
            check_writable(self.output.join(table.file_name()), overwrite)?;
        }
        let feedback = simulation.generate()?;
        let mut rows = Vec::new();
        for table in Table::ALL {
            let path = self.output.join(table.file_name());
            write_file(&path, overwrite, |out| table.write(&feedback, out))?;
            rows.push(vec![path.display().to_string()]);
        }
        let nnz = feedback.clicks.interactions.nnz();
        let json = json!({ "output": self.output.display().to_string(), "users": feedback.clicks.users.len(),
            "items": feedback.clicks.items.len(), "interactions": nnz,
            "relevant": feedback.relevance.nnz() });
        let above = format!("{} interactions", thousands(nnz as u64));
        Report { json, header: vec!["file"], rows, above: vec![above] }.print(global.format())
    }
}
