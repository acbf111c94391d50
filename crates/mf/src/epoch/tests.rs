//! What the engine samples, seen by an objective that takes notes.
//!
//! With item rows 2ⁱ and user rows 2^(20 u) of length 1, x = 2^(20 u) (2ⁱ − 2ʲ) tells which triple
//! was drawn; the learning rate is so small that no row ever changes.

use super::*;
use crate::triples::Triples;
use crate::{Negatives, Pairwise, Table};
use foretaste_data::{ItemId, Keep, Pair, UserId};
use std::collections::BTreeMap;
use std::sync::Mutex;

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
    let power = |n: u32| f32::powi(2.0, n as i32);
    let users: Vec<f32> = (0..HISTORIES.len() as u32).map(|user| power(20 * user)).collect();
    let items: Vec<f32> = (0..ITEMS).map(power).collect();
    let [of_users, of_items] = [&users, &items].map(|rows| Table::from_rows(1, rows).unwrap());
    let mut factors = Factors::new(of_users, of_items);
    let before = factors.clone();
    let notes = Notes(Mutex::default(), sampler == Negatives::Any);
    let mut engine = Engine::with_blocks(&data, Targets::Ones, &params, blocks);
    for epoch in 1..=epochs {
        engine.epoch(&Triples(&notes), epoch, &mut factors, &mut |_| ());
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
