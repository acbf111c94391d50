//! Feedbacks that build on one another.

use super::{File, Simulate};
use crate::args::Global;
use crate::failure::Outcome;
use crate::output::thousands;
use foretaste::data::Interactions;
use foretaste::io::FeedbackNames;
use foretaste::sim::Params as World;
use foretaste::sim::progression::{Params, Table, Truth};
use serde_json::{Value, json};

/// Several feedbacks instead of one.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Progression")]
pub(super) struct Progression {
    /// Several feedbacks that build on one another, weakest first, such as view,cart,buy: view.csv has
    /// --interactions pairs, less what is held out; cart.csv and buy.csv those of them that went on. Held out are
    /// pairs with all of their feedbacks: test.csv has those of the last, test-view.csv and test-cart.csv of the
    /// others. truth.csv has the probability of each feedback for up to a million pairs.
    #[arg(long, value_name = "NAMES")]
    progression: Option<FeedbackNames>,
    /// Share of each feedback's pairs that go on to the next, such as 0.2,0.5 [default: 0.2 for each].
    #[arg(
        long,
        value_name = "SHARES",
        value_delimiter = ',',
        requires = "progression",
        allow_negative_numbers = true
    )]
    shares: Option<Vec<f64>>,
    /// How much the taste that decides who goes on is that of the first feedback, from -1 to 1
    /// [default: 0.5].
    #[arg(long, value_name = "RHO", requires = "progression", allow_negative_numbers = true)]
    correlation: Option<f64>,
    /// Share of pairs that are held out [default: 0.2].
    #[arg(long, value_name = "FRACTION", requires = "progression", allow_negative_numbers = true)]
    test: Option<f64>,
}

impl Progression {
    /// What is asked for, if it is.
    pub(super) fn params(&self, world: World) -> Option<Params> {
        let levels = self.progression.as_ref()?.to_vec();
        let d = Params::default();
        let each = || vec![d.shares[0]; levels.len().saturating_sub(1)];
        Some(Params {
            world,
            shares: self.shares.clone().unwrap_or_else(each),
            correlation: self.correlation.unwrap_or(d.correlation),
            test: self.test.unwrap_or(d.test),
            levels,
        })
    }
}

impl Simulate {
    pub(super) fn progressing(&self, params: Params, global: &Global) -> Outcome {
        let names = params.levels.clone();
        let progression = params.check()?;
        let tables = Table::all(names.len());
        let files: Vec<String> = tables.iter().map(|table| table.file_name(&names)).collect();
        self.check_output(&files)?;
        let truth = &progression.generate()?;
        let file = |(table, name): (Table, String)| -> File<'_> {
            (name, Box::new(move |out| table.write(truth, out)))
        };
        let files = tables.into_iter().zip(files).map(file).collect();
        let (above, json) = counts(truth);
        self.write(files, above, json, global)
    }
}

/// What came of each level, in lines and for programs.
fn counts(truth: &Truth) -> (Vec<String>, Value) {
    let (mut lines, mut levels) = (Vec::new(), Vec::new());
    for (name, (train, test)) in truth.params.levels.iter().zip(truth.train.iter().zip(&truth.test))
    {
        let [train, test] = [train, test].map(Interactions::nnz);
        let [kept, held] = [train, test].map(|count| thousands(count as u64));
        lines.push(format!("{name}: {kept} interactions, and {held} held out"));
        levels.push(json!({ "name": name, "interactions": train, "held_out": test }));
    }
    let World { users, items, .. } = truth.params.world;
    (lines, json!({ "users": users, "items": items, "levels": levels }))
}
