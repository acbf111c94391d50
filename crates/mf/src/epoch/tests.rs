//! What the engine samples, seen by an objective that takes notes.
//!
//! With item rows 2ⁱ and user rows 2^(20 u) of length 1, x = 2^(20 u) (2ⁱ − 2ʲ) tells which triple
//! was drawn; the learning rate is so small that no row ever changes.

use super::*;
use crate::points::Points;
use crate::triples::Triples;
use crate::{Bias, Negatives, Pairwise, Pointwise, Schedule, Table, Weighting};
use foretaste_data::{ItemId, Keep, Pair, UserId};
use std::collections::BTreeMap;
use std::sync::Mutex;

mod searches;
mod thin_cells;

const ITEMS: u32 = 12;
const HISTORIES: [&[u32]; 3] = [&[0, 3, 4], &[1, 2, 3, 5, 6, 7, 8, 9, 10, 11], &[7]];
const TINY: f32 = 1e-30;

type Counts = BTreeMap<(usize, usize, usize), f64>;

/// Counts the triples by their difference of scores; also those of two of the user's items?
struct Notes(Mutex<BTreeMap<u32, f64>>, bool);

impl Pairwise for Notes {
    fn descent(&self, x: f32, [i, j]: [f32; 2]) -> f32 {
        assert!(i == 1.0 && (j == 0.0 || self.1), "labels {i} and {j}");
        *self.0.lock().unwrap().entry(x.to_bits()).or_default() += 1.0;
        0.0
    }

    fn loss(&self, _x: f32, _y: [f32; 2]) -> f32 {
        0.0
    }
}

fn engine_of<'a>(
    data: &'a Interactions,
    targets: Targets<'a>,
    params: &Params,
    blocks: usize,
) -> Engine<'a> {
    Engine::with_plan(data, targets, Plan::with_blocks(&Whole::of(data), params, blocks))
}

fn histories() -> Interactions {
    let pairs = HISTORIES.iter().zip(0..).flat_map(|(items, user)| {
        items.iter().map(move |&item| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        })
    });
    let size = (HISTORIES.len(), ITEMS as usize);
    Interactions::from_pairs(pairs.collect(), size.0, size.1, Keep::default()).unwrap().0
}

fn triples(blocks: usize, epochs: u32, sampler: Negatives) -> Counts {
    let data = histories();
    let negatives = 2;
    let params = Params { lr: TINY, factors: 1, epochs, negatives, sampler, ..Params::default() };
    let (users, items, mut factors) = telling();
    let before = factors.clone();
    let notes = Notes(Mutex::default(), sampler == Negatives::Any);
    let mut engine = engine_of(&data, Targets::Ones, &params, blocks);
    for epoch in 1..=epochs {
        engine.epoch(&Triples(&notes), (epoch, params.lr), &mut factors, &mut |_| true);
    }
    assert_eq!(factors, before, "the rows must stay what tells the triples apart");
    let mut counts = Counts::new();
    for (bits, count) in notes.0.into_inner().unwrap() {
        counts.insert(decode(f32::from_bits(bits), &users, &items), count);
    }
    counts
}

fn decode(x: f32, users: &[f32], items: &[f32]) -> (usize, usize, usize) {
    for (u, user) in users.iter().enumerate() {
        for (i, item) in items.iter().enumerate() {
            if let Some(j) = items.iter().position(|other| user * (item - other) == x)
                && i != j
            {
                return (u, i, j);
            }
        }
    }
    panic!("{x} is the score of no triple");
}

/// Each user's triples, as counts over (its items × the others) in a fixed order, must not differ
/// from `share(j)` by more than chance: chi-squared below its mean plus six deviations.
fn assert_shares(counts: &Counts, share: impl Fn(usize) -> f64) {
    for (user, items) in HISTORIES.iter().enumerate() {
        let has = |j: &usize| items.contains(&(*j as u32));
        let others: Vec<usize> = (0..ITEMS as usize).filter(|j| !has(j)).collect();
        let own = counts.iter().filter(|((u, ..), _)| *u == user);
        assert!(own.clone().all(|((_, i, j), _)| has(i) && !has(j)), "user {user}");
        let total: f64 = own.map(|(_, count)| count).sum();
        let weight: f64 = others.iter().map(|&j| share(j)).sum();
        let mut statistic = 0.0;
        for &item in *items {
            for &other in &others {
                let count = counts.get(&(user, item as usize, other)).copied().unwrap_or(0.0);
                let mean = total * share(other) / weight / items.len() as f64;
                statistic += (count - mean) * (count - mean) / mean;
            }
        }
        let freedom = (items.len() * others.len() - 1) as f64;
        let bound = freedom + 6.0 * (2.0 * freedom).sqrt();
        assert!(statistic < bound, "user {user}: chi-squared {statistic} of {freedom}");
    }
}

#[test]
fn in_the_long_run_every_triple_is_drawn_equally_often() {
    for blocks in [1, 3, 4] {
        assert_shares(&triples(blocks, 6000, Negatives::Uniform), |_| 1.0);
    }
}

#[test]
fn without_blocks_popular_negatives_are_drawn_in_proportion() {
    let counts = histories().item_counts();
    let share = |j: usize| f64::from(counts[j]).sqrt();
    assert_shares(&triples(1, 4000, Negatives::Popularity(0.5)), share);
}

/// Rows in which item j scores 2ʲ (times the user's power): the hardest of n draws from m others
/// is the one of rank r, by score, with probability ((r/m)ⁿ − ((r−1)/m)ⁿ).
#[test]
fn without_blocks_the_hardest_of_two_is_drawn_as_often_as_it_should() {
    let counts = triples(1, 4000, Negatives::Hardest(2));
    for (user, items) in HISTORIES.iter().enumerate() {
        let others: Vec<usize> =
            (0..ITEMS as usize).filter(|j| !items.contains(&(*j as u32))).collect();
        let own = || counts.iter().filter(|((u, ..), _)| *u == user);
        let total: f64 = own().map(|(_, count)| count).sum();
        let (m, freedom) = (others.len() as f64, others.len() as f64 - 1.0);
        let mut statistic = 0.0;
        for (j, rank) in others.iter().zip(1..) {
            let share = (f64::from(rank) / m).powi(2) - (f64::from(rank - 1) / m).powi(2);
            let count: f64 = own().filter(|((_, _, o), _)| o == j).map(|(_, count)| count).sum();
            statistic += (count - total * share).powi(2) / (total * share);
        }
        let bound = freedom + 6.0 * (2.0 * freedom).sqrt();
        assert!(statistic < bound, "user {user}: chi-squared {statistic} of {freedom}");
    }
}

/// The histories as [`Negatives::Any`] sees them: each positive against every other item.
#[test]
fn any_other_item_is_drawn_equally_often_and_labelled() {
    for blocks in [1, 3] {
        let counts = triples(blocks, 6000, Negatives::Any);
        for (user, items) in HISTORIES.iter().enumerate() {
            let own = || counts.iter().filter(|((u, ..), _)| *u == user);
            let cells = items.len() as f64 * f64::from(ITEMS - 1);
            let mean = own().map(|(_, count)| count).sum::<f64>() / cells;
            assert_eq!(own().count(), cells as usize, "user {user}");
            let statistic: f64 = own().map(|(_, count)| (count - mean).powi(2) / mean).sum();
            let freedom = cells - 1.0;
            let bound = freedom + 6.0 * (2.0 * freedom).sqrt();
            assert!(statistic < bound, "user {user}: chi-squared {statistic} of {freedom}");
        }
    }
}

#[test]
fn with_more_blocks_than_items_no_item_has_another_beside_it() {
    assert!(triples(20, 3, Negatives::Uniform).is_empty());
    assert!(triples(20, 3, Negatives::Popularity(1.0)).is_empty());
}

/// Notes the label of every negative that is drawn, by its triple.
struct Labels(Mutex<Vec<(f32, [f32; 2])>>);

impl Pairwise for Labels {
    fn descent(&self, x: f32, y: [f32; 2]) -> f32 {
        self.0.lock().unwrap().push((x, y));
        0.0
    }

    fn loss(&self, _x: f32, _y: [f32; 2]) -> f32 {
        0.0
    }
}

/// Rows that tell triples apart: 2^(20 u) of users, 2ⁱ of items.
fn telling() -> (Vec<f32>, Vec<f32>, Factors) {
    let power = |n: u32| f32::powi(2.0, n as i32);
    let users: Vec<f32> = (0..HISTORIES.len() as u32).map(|user| power(20 * user)).collect();
    let items: Vec<f32> = (0..ITEMS).map(power).collect();
    let [of_users, of_items] = [&users, &items].map(|rows| Table::from_rows(1, rows).unwrap());
    (users, items, Factors::new(of_users, of_items))
}

#[test]
fn a_drawn_item_of_the_users_has_the_label_of_its_pair() {
    let data = histories();
    let targets: Vec<f32> = (0..data.nnz()).map(|pair| 1.0 + pair as f32 / 100.0).collect();
    let label = |user: usize, item: usize| {
        let place = data.row(UserId(user as u32)).binary_search(&ItemId(item as u32));
        place.map_or(0.0, |place| targets[data.starts()[user] + place])
    };
    for blocks in [1, 3] {
        let sampler = Negatives::Any;
        let params = Params { lr: TINY, factors: 1, negatives: 3, sampler, ..Params::default() };
        let (users, items, mut factors) = telling();
        let notes = Labels(Mutex::default());
        let mut engine = engine_of(&data, Targets::Pairs(&targets), &params, blocks);
        (1..=50).for_each(|epoch| {
            engine.epoch(&Triples(&notes), (epoch, params.lr), &mut factors, &mut |_| true);
        });
        let notes = notes.0.into_inner().unwrap();
        assert!(notes.iter().any(|(_, [_, other])| *other > 1.0));
        for (x, y) in notes {
            let (user, i, j) = decode(x, &users, &items);
            assert_eq!(y, [label(user, i), label(user, j)], "user {user}, items {i} and {j}");
        }
    }
}

/// Notes the first channel's score of every pair without a click.
struct Drawn(Mutex<Vec<f32>>);

impl Pointwise<2> for Drawn {
    fn ascent(&self, x: [f32; 2], y: f32) -> [f32; 2] {
        if y == 0.0 {
            self.0.lock().unwrap().push(x[0]);
        }
        [0.0; 2]
    }

    fn loss(&self, _x: [f32; 2], _y: f32) -> f32 {
        0.0
    }
}

/// Of so many draws, the highest score is among them.
#[test]
fn the_hardest_negative_is_that_of_the_channel_that_lists_are_made_of() {
    let data = histories();
    let sampler = Negatives::Hardest(1000);
    let params = Params { lr: TINY, factors: 1, sampler, ..Params::default() };
    let bias = Bias::default();
    let second = crate::Channel { factors: 1, reg: 0.0, init_sd: 1.0, bias };
    let table = |rows: usize, first: &dyn Fn(usize) -> f32, second: &dyn Fn(usize) -> f32| {
        let mut table = Table::zeros(rows, &[1, 1]);
        table.fill(0, &(0..rows).map(first).collect::<Vec<_>>());
        table.fill(1, &(0..rows).map(second).collect::<Vec<_>>());
        table
    };
    // The second channel, which is larger, has the opposite order.
    let items = table(ITEMS as usize, &|i| i as f32, &|i| -100.0 * i as f32);
    let mut factors = Factors::new(table(HISTORIES.len(), &|_| 1.0, &|_| 1.0), items);
    factors.biases.push(crate::Biases::default());
    let notes = Drawn(Mutex::default());
    let points = Points::new(&notes, &params, &[second]).unwrap();
    let mut engine = engine_of(&data, Targets::Ones, &params, 1);
    engine.epoch(&points, (1, params.lr), &mut factors, &mut |_| true);
    let mut drawn = notes.0.into_inner().unwrap();
    drawn.sort_by(f32::total_cmp);
    // User 1, of ten items, lacks 0 and 4; the two others, of four, lack 11.
    assert_eq!(drawn, [vec![4.0; 10], vec![11.0; 4]].concat());
}

/// Moves the bias of an item by a step's learning rate for each unit of its weight.
struct Ones;

impl Pointwise<1> for Ones {
    fn ascent(&self, _x: [f32; 1], _y: f32) -> [f32; 1] {
        [1.0]
    }

    fn loss(&self, _x: [f32; 1], y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { 0.0 }
    }
}

/// One user who has ten of twelve items, dealt into three blocks: half of the time, a positive is in
/// a block of its own kind.
#[test]
fn weighted_by_the_population_every_pair_weighs_the_same_also_where_blocks_are_full() {
    let items: Vec<ItemId> = (0..10).map(ItemId).collect();
    let data = Interactions::from_rows(vec![0, 10], items, 12).unwrap();
    let (epochs, lr) = (4000, 1e-4);
    let bias = Bias { item: true, ..Bias::default() };
    let params = Params {
        lr,
        reg: 0.0,
        factors: 1,
        negatives: 2,
        sampler: Negatives::Uniform,
        weighting: Weighting::Population,
        schedule: Schedule::Constant,
        epochs,
        bias,
        ..Params::default()
    };
    let mut factors = Factors::initial(&data, &params, &[]);
    let points = Points::new(&Ones, &params, &[]).unwrap();
    let mut engine = engine_of(&data, Targets::Ones, &params, 3);
    let mut skipped = 0;
    for epoch in 1..=epochs {
        skipped +=
            engine.epoch(&points, (epoch, params.lr), &mut factors, &mut |_| true).unwrap().skipped;
    }
    // 9/11 · 8/10 · 7/9 of the positives.
    let share = f64::from(skipped as u32) / f64::from(epochs * 20);
    assert!((share - 0.509).abs() < 0.02, "{share}");
    let scale = 10.0 * 3.0 / 12.0;
    for (item, &bias) in factors.biases[0].items.iter().enumerate() {
        let weight = f64::from(bias) / f64::from(lr) / f64::from(epochs);
        // A positive counts once an epoch; f32 sums of 4,000 steps. Draws of a negative in an epoch are
        // 4.9 on average and 6 at most, so that their mean is known to within .75%: six of that.
        let tolerance = if item < 10 { 1e-3 } else { 0.045 };
        assert!((weight / scale - 1.0).abs() < tolerance, "item {item}: {weight}, not {scale}");
    }
}

#[test]
fn the_reported_loss_is_of_positives_and_of_all_their_negatives() {
    let rows: Vec<ItemId> =
        (0..200).flat_map(|user| (0..100).map(move |n| (user + 7 * n) % 900)).map(ItemId).collect();
    let mut sorted = rows;
    sorted.chunks_mut(100).for_each(<[ItemId]>::sort_unstable);
    let starts = (0..=200).map(|user| 100 * user).collect();
    let data = Interactions::from_rows(starts, sorted, 900).unwrap();
    for negatives in [1, 3, 4, 7] {
        let sampler = Negatives::Uniform;
        let params = Params { factors: 1, negatives, sampler, ..Params::default() };
        let mut factors = Factors::initial(&data, &params, &[]);
        let points = Points::new(&Ones, &params, &[]).unwrap();
        let mut engine = engine_of(&data, Targets::Ones, &params, 14);
        let tally = engine.epoch(&points, (1, params.lr), &mut factors, &mut |_| true).unwrap();
        assert_eq!(tally.skipped, 0);
        let loss = tally.loss / tally.measured;
        assert!((loss - 1.0 / f64::from(1 + negatives)).abs() < 1e-12, "{negatives}: {loss}");
        // One positive in four is measured: 20,000 / 4,096.
        let share = tally.measured / tally.samples as f64;
        assert!((share - 0.25).abs() < 0.02, "{share}");
    }
}
