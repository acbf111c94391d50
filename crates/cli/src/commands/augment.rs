//! `augment`: what a language model knows, for methods to learn from.

mod edges;
mod histories;
mod profiles;
mod server;

use crate::args::Global;
use crate::failure::Outcome;

/// Ask a language model for vectors of texts, or for preferences.
///
/// Of any server that speaks as OpenAI's, by its address: none is asked that is not named. Answers are kept
/// in --cache, by what was asked: what was asked before is not asked again, and --offline asks nothing.
/// --dry-run says what a run would take.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Augment {
    Profiles(Box<profiles::Profiles>),
    Edges(Box<edges::Edges>),
}

impl Augment {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        match self {
            Self::Profiles(profiles) => profiles.run(global),
            Self::Edges(edges) => edges.run(global),
        }
    }
}
