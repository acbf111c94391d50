//! What a training on Coat is judged by.

use super::Split;
use foretaste::data::ItemId;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Names of the figures, in the order of [`Figures::test`].
pub(super) const FIGURES: [&str; 6] =
    ["dcg@1", "dcg@3", "dcg@5", "recall@5", "ndcg@5", "rare dcg@5"];

/// Figures of one training.
pub(super) struct Figures {
    /// DCG@5 of the validation cells, by SNIPS.
    pub(super) valid: f64,
    pub(super) test: [f64; 6],
    /// DCG@5 of each user.
    pub(super) users: Vec<f64>,
}

impl Figures {
    /// Of all cells' scores, by user; items of up to `rare` training positives are rare.
    pub(super) fn of(
        scores: &[Vec<f32>],
        split: &Split,
        tests: &[Vec<(ItemId, bool)>],
        rare: u32,
    ) -> Self {
        let ranked = |user: usize, cells: &[(ItemId, bool)]| -> Vec<(ItemId, bool)> {
            let mut cells = cells.to_vec();
            // A stable order, whatever the file's, in which ties are broken at random.
            cells.sort();
            cells.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(user as u64));
            let score = |cell: &(ItemId, bool)| scores[user][cell.0.index()];
            cells.sort_by(|a, b| score(b).total_cmp(&score(a)));
            cells
        };
        let mut means = [Mean::default(); 7];
        let mut users = Vec::new();
        for (user, tests) in tests.iter().enumerate() {
            let list: Vec<f64> = ranked(user, tests).iter().map(|c| gain(c.1)).collect();
            users.push(dcg(&list, 5));
            means[0].add(dcg(&list, 1));
            means[1].add(dcg(&list, 3));
            means[2].add(dcg(&list, 5));
            means[3].add(list.iter().take(5).sum::<f64>() / list.iter().sum::<f64>());
            if let Some(ndcg) = ndcg_5(&list) {
                means[4].add(ndcg);
            }
            let is_rare = |cell: &&(ItemId, bool)| split.counts[cell.0.index()] <= rare;
            let rare: Vec<_> = tests.iter().filter(is_rare).copied().collect();
            if !rare.is_empty() {
                let list: Vec<f64> = ranked(user, &rare).iter().map(|c| gain(c.1)).collect();
                means[5].add(dcg(&list, 5));
            }
            let list = ranked(user, &split.valid[user]);
            let weights = list.iter().map(|(item, y)| match y {
                true => 1.0 / split.theta[item.index()],
                false => 0.0,
            });
            let weights: Vec<f64> = weights.collect();
            let total: f64 = weights.iter().sum();
            if total > 0.0 {
                means[6].add(dcg(&weights, 5) / total);
            }
        }
        let [test @ .., valid] = means.map(|mean| mean.sum / mean.count);
        Self { valid, test, users }
    }
}

#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }
}

/// What an item of a list counts: a little if it is not relevant.
fn gain(relevant: bool) -> f64 {
    if relevant { 1.0 } else { 0.001 }
}

/// Not normalised, with the discounts 1, 1, 1/log₂3, ….
fn dcg(gains: &[f64], k: usize) -> f64 {
    let discounted = |(n, gain): (usize, &f64)| gain / (n.max(1) as f64 + 1.0).log2();
    gains.iter().take(k).enumerate().map(discounted).sum()
}

/// By the usual definition, of binary relevance; `None` if nothing is relevant.
fn ndcg_5(gains: &[f64]) -> Option<f64> {
    let relevant = gains.iter().filter(|gain| **gain == 1.0).count();
    let discount = |n: usize| 1.0 / (n as f64 + 2.0).log2();
    let found = (0..gains.len().min(5)).filter(|&n| gains[n] == 1.0).map(discount);
    let ideal: f64 = (0..relevant.min(5)).map(discount).sum();
    (relevant > 0).then(|| found.sum::<f64>() / ideal)
}
