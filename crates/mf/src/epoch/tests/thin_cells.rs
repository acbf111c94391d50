//! Whether lists get worse where cells hold few positives: an experiment, run by name alone.

use super::*;
use crate::BprLoss;
use ndarray_rand::rand_distr::StandardNormal;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const USERS: usize = 3000;
const ITEMS: usize = 4000;
/// Clicks of each user: those to learn from, and those that are held out.
const CLICKS: (usize, usize) = (40, 10);
const EPOCHS: u32 = 30;
const SEEDS: u64 = 8;

/// Clicks of users whose tastes have 8 dimensions, on items that are popular to differing degrees; and the held-out
/// ones of each user.
fn clicks(seed: u64) -> (Interactions, Vec<Vec<usize>>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut tastes = |rows: usize| -> Vec<[f32; 8]> {
        (0..rows).map(|_| std::array::from_fn(|_| rng.sample(StandardNormal))).collect()
    };
    let (users, items) = (tastes(USERS), tastes(ITEMS));
    let popular: Vec<f32> = (0..ITEMS).map(|_| rng.sample::<f32, _>(StandardNormal)).collect();
    let (mut pairs, mut held_out) = (Vec::new(), Vec::new());
    for (user, taste) in users.iter().enumerate() {
        // The largest of these are draws without replacement, in proportion to e to the preference.
        let mut drawn: Vec<(f32, usize)> = (0..ITEMS)
            .map(|item| {
                let likes: f32 = taste.iter().zip(&items[item]).map(|(a, b)| a * b).sum();
                let chance: f32 = rng.random_range(f32::EPSILON..1.0);
                (0.7 * likes + popular[item] - (-chance.ln()).ln(), item)
            })
            .collect();
        drawn.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Those drawn first are liked best: who is held out is left to chance.
        let mut chosen: Vec<usize> =
            drawn[..CLICKS.0 + CLICKS.1].iter().map(|(_, item)| *item).collect();
        for at in (1..chosen.len()).rev() {
            chosen.swap(at, rng.random_range(0..=at));
        }
        held_out.push(chosen.split_off(CLICKS.0));
        pairs.extend(chosen.into_iter().map(|item| Pair {
            user: UserId(user as u32),
            item: ItemId(item as u32),
            weight: 1.0,
            time: 0,
        }));
    }
    (Interactions::from_pairs(pairs, USERS, ITEMS, Keep::default()).unwrap().0, held_out)
}

/// Means over users of NDCG@10, and of the share of the others below a held-out item.
fn quality(
    score: impl Fn(usize, usize) -> f32,
    data: &Interactions,
    held_out: &[Vec<usize>],
) -> [f64; 2] {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let ideal: f64 = (0..CLICKS.1.min(10)).map(gain).sum();
    let mut sums = [0.0; 2];
    for (user, wanted) in held_out.iter().enumerate() {
        let mut scores: Vec<f32> = (0..ITEMS).map(|item| score(user, item)).collect();
        for item in data.row(UserId(user as u32)) {
            scores[item.index()] = f32::NEG_INFINITY;
        }
        let others = (ITEMS - CLICKS.0 - CLICKS.1) as f64;
        for &item in wanted {
            let above = scores.iter().filter(|&&score| score > scores[item]).count();
            if above < 10 {
                sums[0] += gain(above) / ideal;
            }
            let relevant = wanted.iter().filter(|&&one| scores[one] > scores[item]).count();
            sums[1] += (1.0 - (above - relevant) as f64 / others) / wanted.len() as f64;
        }
    }
    sums.map(|sum| sum / held_out.len() as f64)
}

fn trained(data: &Interactions, params: &Params, blocks: usize) -> Factors {
    let mut factors = Factors::initial(data, params, &[]);
    let mut engine = engine_of(data, Targets::Ones, params, blocks);
    for epoch in 1..=params.epochs {
        let rate = params.lr * params.schedule.share(epoch, params.epochs);
        engine.epoch(&Triples(&BprLoss), (epoch, rate), &mut factors, &mut |_| true);
    }
    factors
}

/// The mean, and the error of it.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// `cargo test -p foretaste-mf thin_cells -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "figures are what it is run for")]
fn thin_cells_rank_no_worse() {
    const BLOCKS: [usize; 3] = [16, 62, 108];
    for sampler in [Negatives::Hardest(0), Negatives::Uniform] {
        let mut found: [[Vec<f64>; 2]; 3] = Default::default();
        let mut popular: [Vec<f64>; 2] = Default::default();
        for seed in 1..=SEEDS {
            let (data, held_out) = clicks(seed);
            let counts = data.item_counts();
            let figures = quality(|_, item| counts[item] as f32, &data, &held_out);
            popular.iter_mut().zip(figures).for_each(|(all, one)| all.push(one));
            let params = Params { factors: 16, epochs: EPOCHS, seed, sampler, ..Params::default() };
            for (blocks, found) in BLOCKS.iter().zip(&mut found) {
                let factors = trained(&data, &params, *blocks);
                let score = |user, item| factors.score(0, user, item);
                let figures = quality(score, &data, &held_out);
                found.iter_mut().zip(figures).for_each(|(all, one)| all.push(one));
            }
        }
        for (at, name) in ["NDCG@10", "AUC"].into_iter().enumerate() {
            let (of_popular, _) = mean(&popular[at]);
            println!("{name} of popularity: {of_popular:.4}");
            for (blocks, of_blocks) in BLOCKS.iter().zip(&found) {
                let (value, error) = mean(&of_blocks[at]);
                let pairs = of_blocks[at].iter().zip(&found[0][at]);
                let (more, of_more) = mean(&pairs.map(|(a, b)| a - b).collect::<Vec<_>>());
                let cell = USERS * CLICKS.0 / (blocks * blocks);
                println!(
                    "{sampler:?} {name} {blocks} blocks, {cell} a cell: {value:.4} ± {error:.4}, \
                     by {more:+.4} ± {of_more:.4} more than 16 blocks"
                );
                assert!(value > of_popular, "{name} of {blocks} blocks: nothing was learnt");
                assert!(more > -0.02 * value, "{name} of {blocks} blocks: {more}");
            }
        }
    }
}
