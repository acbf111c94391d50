//! Propensity-weighted metrics against a truth that only a simulation knows.
//!
//! Per draw, users have relevant items R; what is shown follows popularity, whatever the taste. The
//! clicks are the training data; a second draw of exposure, from the same probabilities, gives the test
//! data. The truth of `recall@10` is that of all relevant items that are no training items, which
//! `recall@10` of the clicked ones estimates naively, and `:snips` by weighting. The truth of `ndcg@10`
//! is its expectation over test sets of the same sizes that are drawn uniformly from the relevant items (see
//! `foretaste::eval::unbiased`): R/I(R) times the mean discount of a relevant item.

use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::eval::{Evaluator, Metric, TestSet, Weights};
use foretaste::model::Scorer;
use foretaste::sim::{Feedback, Params};
use ndarray::{Array2, ArrayViewMut2};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::io::Write;

const DRAWS: u64 = 20;
const K: usize = 10;
const METRICS: [&str; 6] = [
    "recall@10",
    "recall@10:snips",
    "ndcg@10",
    "ndcg@10:snips",
    "precision@10",
    "precision@10:ips",
];

#[derive(Debug)]
struct Table(Array2<f32>);

impl Scorer for Table {
    fn n_users(&self) -> usize {
        self.0.nrows()
    }

    fn n_items(&self) -> usize {
        self.0.ncols()
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        for (user, mut row) in users.iter().zip(out.rows_mut()) {
            row.assign(&self.0.row(user.index()));
        }
    }
}

/// How much a scorer leans towards popular items.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Leaning {
    /// It ranks by popularity alone.
    Wholly,
    /// It ranks by taste and popularity, with noise.
    Partly,
    /// It ranks by taste, with noise.
    Not,
}

fn draw(seed: u64) -> Feedback {
    let params = Params { users: 200, items: 300, interactions: 4000, seed, ..Params::default() };
    params.check().unwrap().generate().unwrap()
}

/// A second draw of exposure: what is relevant and shown, but not in the training data.
fn test_pairs(feedback: &Feedback, rng: &mut Xoshiro256PlusPlus) -> Interactions {
    let (mut starts, mut items) = (vec![0], Vec::new());
    for user in (0..feedback.params.users).map(UserId) {
        for (item, &theta) in (0..).map(ItemId).zip(feedback.theta_row(user)) {
            let shown = rng.random::<f32>() < theta;
            let seen = feedback.clicks.interactions().contains(user, item);
            if shown && feedback.relevance.contains(user, item) && !seen {
                items.push(item);
            }
        }
        starts.push(items.len());
    }
    Interactions::from_rows(starts, items, feedback.params.items as usize).unwrap()
}

fn scorer(feedback: &Feedback, leaning: Leaning, rng: &mut Xoshiro256PlusPlus) -> Table {
    let counts = feedback.clicks.interactions().item_counts();
    let shape = (feedback.params.users as usize, feedback.params.items as usize);
    Table(Array2::from_shape_fn(shape, |(user, item)| {
        let popularity = (counts[item] as f32 + 1.0).ln();
        let taste = feedback.gamma_row(UserId(user as u32))[item].ln();
        let noise: f32 = (0..4).map(|_| rng.random::<f32>() - 0.5).sum::<f32>() * 1.7;
        match leaning {
            Leaning::Wholly => popularity,
            Leaning::Partly => taste + 0.5 * popularity + noise,
            Leaning::Not => taste + noise,
        }
    }))
}

/// The true values of recall, NDCG and precision, by sorting, over the users of the test set.
fn truth(scorer: &Table, feedback: &Feedback, test: &Interactions) -> [f64; 3] {
    let train = feedback.clicks.interactions();
    let discount = |rank: usize| 1.0 / ((rank + 1) as f64).log2();
    let (mut sums, mut users) = ([0.0; 3], 0.0);
    for user in (0..feedback.params.users).map(UserId) {
        let observed = test.row(user).len();
        if observed == 0 {
            continue;
        }
        users += 1.0;
        let scores = scorer.0.row(user.index());
        let mut list: Vec<ItemId> = (0..feedback.params.items).map(ItemId).collect();
        list.retain(|item| !train.contains(user, *item));
        list.sort_by(|a, b| scores[b.index()].total_cmp(&scores[a.index()]));
        let relevant = list.iter().filter(|item| feedback.relevance.contains(user, **item));
        let relevant = relevant.count() as f64;
        let ranks = (1..=K).filter(|rank| feedback.relevance.contains(user, list[rank - 1]));
        let hits: Vec<usize> = ranks.collect();
        let ideal: f64 = (1..=observed.min(K)).map(discount).sum();
        let gain: f64 = hits.iter().map(|rank| discount(*rank)).sum();
        sums[0] += hits.len() as f64 / relevant;
        sums[1] += observed as f64 / ideal * gain / relevant;
        sums[2] += hits.len() as f64 / K as f64;
    }
    sums.map(|sum| sum / users)
}

/// Errors of the naive and of the weighted estimate, for recall, NDCG and precision.
fn errors(seed: u64, leaning: Leaning) -> [[f64; 2]; 3] {
    let feedback = draw(seed);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let pairs = test_pairs(&feedback, &mut rng);
    let scorer = scorer(&feedback, leaning, &mut rng);
    let test = TestSet::binary(&pairs, &[], &[]).unwrap();
    let weights = Weights::new(&feedback.item_exposure(), 0.0).unwrap();
    let metrics: Vec<Metric> = METRICS.iter().map(|name| name.parse().unwrap()).collect();
    let mask = [feedback.clicks.interactions()];
    let evaluator = Evaluator::new(&scorer, &mask, &metrics).unwrap().weights(&weights).unwrap();
    let means = evaluator.evaluate(&test).unwrap().means();
    let truth = truth(&scorer, &feedback, &pairs);
    [0, 1, 2].map(|n| [means[2 * n] - truth[n], means[2 * n + 1] - truth[n]])
}

struct Errors {
    /// Mean absolute errors, naive and weighted.
    absolute: [f64; 2],
    /// Mean errors, and their standard error over draws.
    signed: [f64; 2],
    standard: [f64; 2],
    /// Draws in which the weighted estimate's error is below half of the naive one's.
    halved: usize,
}

fn over_draws(leaning: Leaning) -> [Errors; 3] {
    let draws: Vec<[[f64; 2]; 3]> = (1..=DRAWS).map(|seed| errors(seed, leaning)).collect();
    [0, 1, 2].map(|metric| {
        let n = DRAWS as f64;
        let of = |which: usize| draws.iter().map(move |draw| draw[metric][which]);
        let mean = |which: usize| of(which).sum::<f64>() / n;
        let spread = |which: usize| {
            let squares: f64 = of(which).map(|error| (error - mean(which)).powi(2)).sum();
            (squares / (n - 1.0) / n).sqrt()
        };
        let halved = draws.iter().filter(|draw| draw[metric][1].abs() < draw[metric][0].abs() / 2.0);
        let errors = Errors {
            absolute: [0, 1].map(|which| of(which).map(f64::abs).sum::<f64>() / n),
            signed: [0, 1].map(mean),
            standard: [0, 1].map(spread),
            halved: halved.count(),
        };
        let _ = writeln!(
            std::io::stderr(),
            "{leaning:?} {:<13} mean |error|: naive {:.4}, weighted {:.4}; halved in {} of {DRAWS} draws",
            METRICS[2 * metric],
            errors.absolute[0],
            errors.absolute[1],
            errors.halved,
        );
        errors
    })
}

#[test]
fn weighting_halves_the_error_where_a_model_leans_towards_what_is_shown() {
    for leaning in [Leaning::Wholly, Leaning::Partly] {
        for errors in over_draws(leaning) {
            assert!(errors.absolute[1] < errors.absolute[0] / 2.0, "{leaning:?}");
            assert!(errors.halved > DRAWS as usize * 3 / 4, "{leaning:?}: {}", errors.halved);
        }
    }
}

/// Where a model does not lean, exposure drops out of the naive estimate, too: there is nothing to repair, and
/// weighting costs variance. Both hold the truth up to chance: three standard errors, or the bias of
/// order 1/R that self-normalising leaves, for which a hundredth is allowed.
#[test]
fn weighting_gains_nothing_where_a_model_does_not_lean() {
    let [recall, ndcg, _] = over_draws(Leaning::Not);
    for errors in [recall, ndcg] {
        for which in [0, 1] {
            let slack = 3.0 * errors.standard[which] + 0.01;
            assert!(errors.signed[which].abs() < slack, "{}", errors.signed[which]);
        }
        assert!(errors.absolute[1] > errors.absolute[0] / 2.0);
    }
}
