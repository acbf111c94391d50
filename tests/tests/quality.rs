//! The blocked trainer ranks as well as the sequential one.

use foretaste::data::{Split, SplitMethod, split};
use foretaste::mf::{Negatives, Params, Schedule, Steps};
use foretaste::sim;
use foretaste_tests::quality::Task;

/// Trainings of each kind.
const SEEDS: u64 = 12;
/// Standard errors of a difference between two means of [`SEEDS`] runs that chance may make: it
/// makes more once in a thousand times (Student's t with 22 degrees of freedom).
const CHANCE: f64 = 3.79;
/// What the blocked trainer lost in this test with blocks that were not dealt anew, as a share:
/// 6% of NDCG@10. A tolerance above that would prove nothing.
const FIXED_BLOCKS: f64 = 0.05;

/// Simulated clicks on items enough for 16 blocks, a fifth of each user's held out.
fn task() -> Task {
    let params =
        sim::Params { users: 800, items: 1_024, interactions: 40_000, ..Default::default() };
    let clicks = params.check().unwrap().generate().unwrap().clicks;
    let by = SplitMethod::Random { valid: 0.0, test: 0.2 };
    let Split { train, test, .. } = split(&clicks, by, 5).unwrap();
    Task::new(train, &test)
}

#[test]
fn blocks_cost_no_quality() {
    let task = task();
    let sgd = Params {
        factors: 16,
        epochs: 15,
        lr: 0.15,
        schedule: Schedule::Linear,
        steps: Steps::Sgd,
        negatives: 1,
        sampler: Negatives::Uniform,
        ..Params::default()
    };
    let adagrad = Params { lr: 0.5, steps: Steps::AdaGrad, ..sgd.clone() };
    let seeds: Vec<u64> = (1..=SEEDS).collect();
    let metrics = ["ndcg@10".parse().unwrap(), "recall@20".parse().unwrap()];
    for params in [sgd, adagrad] {
        for (metric, welch) in metrics.iter().zip(task.compare(&params, &seeds, &metrics)) {
            let tolerance = CHANCE * welch.standard_error / welch.reference.0;
            assert!(tolerance < FIXED_BLOCKS, "{metric}, {:?}: {welch:?}", params.steps);
            let difference = welch.relative();
            assert!(
                difference.abs() <= tolerance,
                "{metric}, {:?}: {difference:+.4} with a tolerance of {tolerance:.4}; {welch:?}",
                params.steps
            );
        }
    }
}
