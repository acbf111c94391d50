//! The blocked trainer and the sequential one, by how well they rank what was held out.

use crate::sequential;
use crate::welch::Welch;
use foretaste::bpr::Bpr;
use foretaste::data::{Dataset, Interactions};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::mf::{Factors, Params, Silent};
use rayon::prelude::*;

/// A matrix to train on and what was held out of it.
#[derive(Debug)]
pub struct Task {
    /// What is trained on.
    pub train: Interactions,
    /// What is ranked, in the same space.
    pub test: TestSet,
}

impl Task {
    /// The two parts of a split.
    ///
    /// # Panics
    /// If the parts cannot be brought into one space, which takes more ids than fit 32 bits.
    pub fn new(train: Dataset, test: &Dataset) -> Self {
        let test = TestSet::of_dataset(test, train.users(), train.items(), |_| true);
        Self { train: train.into_interactions(), test: test.expect("both parts have few ids") }
    }

    /// The means of `metrics` over the users of the test part.
    ///
    /// # Panics
    /// If the test part is empty or a metric repeats.
    pub fn means(&self, model: &Factors, metrics: &[Metric]) -> Vec<f64> {
        let evaluation = evaluate(model, &[&self.train], &self.test, metrics);
        evaluation.expect("a test part of the same space").means()
    }

    /// Trains with both trainers for each of `seeds` and compares the means of each metric:
    /// tested is the blocked trainer, the reference the sequential one.
    ///
    /// # Panics
    /// If a training fails, or for what [`Task::means`] panics.
    pub fn compare(&self, params: &Params, seeds: &[u64], metrics: &[Metric]) -> Vec<Welch> {
        let seeded = |&seed: &u64| Params { seed, ..params.clone() };
        let blocked = self.runs(seeds, metrics, |seed| {
            let bpr = Bpr::new(seeded(seed)).expect("legal parameters");
            bpr.fit(&self.train, &mut Silent).expect("a training that converges").factors
        });
        let sequential =
            self.runs(seeds, metrics, |seed| sequential::train(&self.train, &seeded(seed)));
        let pairs = blocked.iter().zip(&sequential);
        pairs.map(|(blocked, sequential)| Welch::new(blocked, sequential)).collect()
    }

    /// For each metric, one value a seed.
    fn runs(
        &self,
        seeds: &[u64],
        metrics: &[Metric],
        train: impl Fn(&u64) -> Factors + Sync,
    ) -> Vec<Vec<f64>> {
        let runs: Vec<_> = seeds.par_iter().map(|seed| self.means(&train(seed), metrics)).collect();
        (0..metrics.len()).map(|n| runs.iter().map(|means| means[n]).collect()).collect()
    }
}
