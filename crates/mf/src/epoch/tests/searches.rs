//! Searches for a negative: the law of the draws that end them, by brute force over all blocks.

use super::*;
use crate::Ranking;
use crate::searches::Searches;

const DRAWS: usize = 5;

/// Searches that end at an item above the positive; notes of each triple how often it was found by which
/// draw.
#[derive(Default)]
struct Sought(Mutex<BTreeMap<u32, [f64; DRAWS]>>);

impl Ranking for Sought {
    fn draws(&self) -> u32 {
        DRAWS as u32
    }

    fn descent(&self, x: f32, _draw: u32) -> f32 {
        if x < 0.0 { 1.0 } else { 0.0 }
    }

    fn loss(&self, x: f32, draw: u32) -> f32 {
        self.0.lock().unwrap().entry(x.to_bits()).or_default()[draw as usize - 1] += 1.0;
        0.0
    }
}

/// How likely each draw is to end a search for a user's item, over all blocks of `size` that hold it.
fn ends(user: usize, item: u32, size: u32) -> [f64; DRAWS] {
    let own: u32 = HISTORIES[user].iter().map(|item| 1 << item).sum();
    let (mut blocks, mut ends) = (0.0, [0.0; DRAWS]);
    for block in 0..1u32 << ITEMS {
        if block.count_ones() != size || block >> item & 1 == 0 {
            continue;
        }
        blocks += 1.0;
        let others = block & !own;
        if others > 0 {
            let above = f64::from((others >> item).count_ones()) / f64::from(others.count_ones());
            let mut left = 1.0;
            for end in &mut ends {
                *end += left * above;
                left *= 1.0 - above;
            }
        }
    }
    ends.map(|end| end / blocks)
}

#[test]
fn a_search_ends_at_each_draw_as_often_as_the_rank_says_and_so_do_its_estimates() {
    let (data, epochs) = (histories(), 6000);
    let sampler = Negatives::Uniform;
    let params = Params { lr: TINY, factors: 1, epochs, sampler, ..Params::default() };
    for blocks in [1, 3] {
        let (users, items, mut factors) = telling();
        let notes = Sought::default();
        let mut engine = engine_of(&data, Targets::Ones, &params, blocks);
        for epoch in 1..=epochs {
            engine.epoch(&Searches(&notes), (epoch, params.lr), &mut factors, &mut |_| true);
        }
        let mut counts = BTreeMap::<_, [f64; DRAWS]>::new();
        for (x, found) in notes.0.into_inner().unwrap() {
            let (user, i, j) = decode(f32::from_bits(x), &users, &items);
            assert!(j > i && !HISTORIES[user].contains(&(j as u32)), "user {user}, {i} and {j}");
            let all = counts.entry((user, i as u32)).or_default();
            all.iter_mut().zip(found).for_each(|(all, found)| *all += found);
        }
        for (user, item) in
            (0..).zip(HISTORIES).flat_map(|(u, own)| own.iter().map(move |i| (u, *i)))
        {
            let found = counts.get(&(user, item)).copied().unwrap_or_default();
            assert_ends(found, ends(user, item, ITEMS / blocks as u32), f64::from(epochs));
        }
    }
}

/// Counts of draws against their shares of `total`, by chi-squared; and the mean of the ranks that they
/// stand for, within six standard errors.
fn assert_ends(found: [f64; DRAWS], shares: [f64; DRAWS], total: f64) {
    let rank = |draw: usize| f64::from((ITEMS - 1) / (draw as u32 + 1));
    let (mut statistic, mut freedom) = (0.0f64, 0.0f64);
    let (mut rest, mut share_of_rest) = (total, 1.0);
    let [mut estimate, mut mean, mut square] = [0.0f64; 3];
    for draw in 0..DRAWS {
        let expected = shares[draw] * total;
        estimate += found[draw] * rank(draw) / total;
        mean += shares[draw] * rank(draw);
        square += shares[draw] * rank(draw).powi(2);
        // Those that are too rare for chi-squared count as the rest.
        if expected >= 5.0 {
            statistic += (found[draw] - expected).powi(2) / expected;
            freedom += 1.0;
            (rest, share_of_rest) = (rest - found[draw], share_of_rest - shares[draw]);
        }
    }
    if share_of_rest * total >= 5.0 {
        statistic += (rest - share_of_rest * total).powi(2) / (share_of_rest * total);
    }
    let bound = freedom + 6.0 * (2.0 * freedom).sqrt();
    assert!(statistic <= bound, "{found:?}: chi-squared {statistic} of {freedom}");
    let error = ((square - mean * mean).max(0.0) / total).sqrt();
    // Sums of some thousand numbers, for ranks that are always the same.
    let rounding = total * f64::EPSILON * mean;
    assert!((estimate - mean).abs() <= 6.0 * error + rounding, "{found:?}: {estimate}, not {mean}");
}
