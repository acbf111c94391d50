//! `align`: a model in the space of an earlier one.

use crate::args::Global;
use crate::destination::Destination;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::{Format, Report, count};
use foretaste::{AlignError, Alignment, Error, Recommender};
use serde_json::json;
use std::path::PathBuf;

/// Turn a model so that its users work with an earlier model's items.
///
/// Two trainings end in two spaces: nothing says which way the numbers of a row point. NEW is turned so that the
/// items that both models know, by their ids, come as near as they can to those of OLD (orthogonal Procrustes). Its
/// own scores and lists stay what they are, new users are folded in as before, and vectors of its users can be
/// searched for in an index of OLD's items, and the other way round. `evaluate --items-from` says how well.
///
/// Of different widths, the shorter rows end in zeros: a model that is narrower than OLD becomes as wide. Biases of
/// items are not turned: a user of NEW scores an item of OLD with the bias that it has there.
#[derive(Debug, clap::Args)]
pub(crate) struct Align {
    /// The model file whose space it is to be.
    old: PathBuf,
    /// The model file to turn.
    new: PathBuf,
    /// Where to write the model; - is stdout, which gets nothing else then.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the output file if it exists.
    #[arg(long)]
    force: bool,
}

impl Align {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let inputs = [self.old.clone(), self.new.clone()];
        let output = Destination::new(&self.output, self.force, &inputs, global)?;
        let [old, new] = [input::model(&self.old, global)?, input::model(&self.new, global)?];
        let aligned = new.aligned_with(&old, global.registry());
        let (aligned, found) = aligned.map_err(|error| self.failure(error))?;
        self.notes([&new, &old], &found).iter().for_each(|note| global.note(note));
        let bytes = aligned.to_bytes()?;
        output.write(|out| out.write_all(&bytes))?;
        match output.is_stdout() {
            true => Ok(()),
            false => self.report([&new, &old], &found, bytes.len()).print(global.format()),
        }
    }

    fn failure(&self, error: Error) -> Failure {
        let Error::Align(error) = error else { return error.into() };
        let (old, new) = (self.old.display(), self.new.display());
        let help = match &error {
            AlignError::NoVectors { .. } => {
                "align factorizations, as --model bpr and ials train them".to_owned()
            }
            AlignError::NotTurned { .. } => {
                "each of its numbers has a meaning of its own; train NEW with another method"
                    .to_owned()
            }
            AlignError::NoSharedItems => {
                "align models of the same items; ids have to be written alike".to_owned()
            }
            AlignError::TooWide { .. } => "train the models with fewer --factors".to_owned(),
            _ => "train the models again".to_owned(),
        };
        Failure::usage(format_args!("{new} and {old}: {error}")).help(help)
    }

    /// What speaks against trusting it.
    fn notes(&self, [new, old]: [&Recommender; 2], found: &Alignment) -> Vec<String> {
        let Alignment { shared_items, factors: [own, other], .. } = *found;
        let mut notes = Vec::new();
        let (method, of_old) = (&new.info().method, &old.info().method);
        if method != of_old {
            notes.push(format!(
                "note: the models are of different methods, {method} and {of_old}: how far the items \
                 are apart says what they have in common"
            ));
        }
        if own != other {
            notes.push(format!(
                "note: rows have {own} numbers, those of {} {other}: the shorter end in zeros",
                self.old.display()
            ));
        }
        if shared_items < own.min(other) {
            notes.push(format!(
                "note: both models know {}, fewer than rows have numbers: in the directions that they \
                 leave open, the new model stays as it is, and does not fit the old one's other items",
                count(shared_items as u64, "item")
            ));
        }
        notes
    }

    fn report(&self, [new, old]: [&Recommender; 2], found: &Alignment, bytes: usize) -> Report {
        let Alignment { shared_items, factors: [own, other], fit, largest_change } = *found;
        let file = self.output.display().to_string();
        let json = json!({
            "old": self.old.display().to_string(),
            "new": self.new.display().to_string(),
            "shared_items": shared_items,
            "items": { "new": new.items().len(), "old": old.items().len() },
            "factors": { "new": own, "old": other, "aligned": own.max(other) },
            "residual": { "before": fit.before, "after": fit.after },
            "largest_change": largest_change,
            "bytes": bytes,
            "output": file,
        });
        let row = vec![
            Format::default().count(shared_items as u64),
            format!("{:.4}", fit.before),
            format!("{:.4}", fit.after),
            format!("{largest_change:.1e}"),
            file,
        ];
        let header =
            vec!["shared items", "apart before", "after", "largest change of a score", "file"];
        Report { json, header, rows: vec![row], above: Vec::new() }
    }
}
