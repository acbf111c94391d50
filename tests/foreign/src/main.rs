//! The command line with a method more: items that are often in the hands of one user.

use foretaste::data::{Feedback, Interactions, Preference, UserId};
use foretaste::model::{
    About, Error, Fitted, FoldInError, Histories, Model, ModelFile, Monitor, Parameter, Scorer,
    Task, Tensor, TrainingError, Typed, Uses, at_least,
};
use ndarray::{ArrayViewMut2, Axis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

/// Scores an item by the items of the user that it is seen with, in any feedback: c_ij / (c_i
/// c_j)^normalise. Of what a user is said to prefer, that which is liked is more like the user's items, and
/// what is disliked less.
#[derive(Debug)]
struct Together;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    normalise: f32,
    extra_weight: f32,
}

#[derive(Debug)]
struct Neighbours {
    histories: Interactions,
    /// Row by row, how alike two items are.
    alike: Vec<f32>,
}

impl Scorer for Neighbours {
    fn n_users(&self) -> usize {
        self.histories.n_users()
    }

    fn n_items(&self) -> usize {
        self.histories.n_items()
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        out.fill(0.0);
        for (user, mut row) in users.iter().zip(out.axis_iter_mut(Axis(0))) {
            for item in self.histories.row(*user) {
                let alike = self.alike[item.index() * self.n_items()..].iter();
                row.iter_mut().zip(alike).for_each(|(score, alike)| *score += alike);
            }
        }
    }
}

impl Model for Neighbours {
    fn fold_in(&self, of: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        Ok(Box::new(Self { histories: of.interactions.clone(), alike: self.alike.clone() }))
    }

    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let alike = Tensor::new(&[self.n_items(), self.n_items()], self.alike.clone());
        BTreeMap::from([("alike".to_owned(), alike)])
    }
}

impl Typed for Together {
    type Parameters = Parameters;

    fn about(&self) -> About {
        About { name: "together", summary: "items that are seen together", source: "" }
    }

    fn defaults(&self) -> Parameters {
        Parameters { normalise: 0.5, extra_weight: 1.0 }
    }

    fn described(&self) -> Vec<Parameter> {
        let meaning = "how much it counts against an item that many have it";
        let weight = "how much a preference beside the data weighs";
        vec![
            Parameter::new("normalise", meaning).range(at_least(0).at_most(1)),
            Parameter::new("extra_weight", weight).range(at_least(0)),
        ]
    }

    fn fit(
        &self,
        parameters: &Parameters,
        task: &Task<'_>,
        _: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let histories = task.data.interactions().clone();
        let n = histories.n_items();
        let mut alike = vec![0.0; n * n];
        let others = task.data.others().iter().map(Feedback::interactions);
        for matrix in others.chain([&histories]) {
            let counts = matrix.item_counts();
            for row in (0..matrix.n_users() as u32).map(|user| matrix.row(UserId(user))) {
                let pairs = row.iter().flat_map(|a| row.iter().map(move |b| (a, b)));
                for (a, b) in pairs.map(|(a, b)| (a.index(), b.index())) {
                    let size = counts[a] as f32 * counts[b] as f32;
                    alike[a * n + b] += size.powf(-parameters.normalise);
                }
            }
        }
        for Preference { user, liked, disliked } in task.extra {
            for a in histories.row(*user) {
                alike[a.index() * n + liked.index()] += parameters.extra_weight;
                alike[a.index() * n + disliked.index()] -= parameters.extra_weight;
            }
        }
        Ok(Fitted::at_once(Neighbours { histories, alike }))
    }

    fn uses(&self) -> Uses {
        Uses { feedback: true, extra: true, ..Uses::default() }
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        let n = file.items.len();
        let (_, alike) = file.take("alike", &[Some(n), Some(n)])?;
        Ok(Box::new(Neighbours { histories: file.seen.clone(), alike }))
    }
}

fn main() -> ExitCode {
    let registry = foretaste::registry().with(Arc::new(Together)).expect("a name of its own");
    foretaste_cli::run(registry, std::env::args_os())
}
