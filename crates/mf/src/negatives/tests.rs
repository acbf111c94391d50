//! Samplers against their distributions, by chi-squared.

use super::*;
use crate::streams::{Purpose, stream};

/// Draws 200,000 unmarked items and compares the counts with `expected` shares: the statistic
/// exceeds its bound (the mean of chi-squared plus six standard deviations) once in a billion.
fn assert_distribution(sampler: &BlockSampler, marked: &[u32], expected: &[f64]) {
    const DRAWS: usize = 200_000;
    let mut marks = Marks::new(expected.len());
    marked.iter().for_each(|&item| marks.add(item));
    let mut rng = stream(7, Purpose::Deal { epoch: 0 });
    let mut counts = vec![0.0; expected.len()];
    for _ in 0..DRAWS {
        counts[sampler.draw_unmarked(&marks, &mut rng) as usize] += 1.0;
    }
    let total: f64 = expected.iter().sum();
    let (mut statistic, mut freedom) = (0.0, -1.0);
    for (item, (&count, share)) in counts.iter().zip(expected).enumerate() {
        if *share == 0.0 {
            assert_eq!(count, 0.0, "item {item} must never be drawn");
            continue;
        }
        let mean = share / total * DRAWS as f64;
        statistic += (count - mean) * (count - mean) / mean;
        freedom += 1.0;
    }
    let bound = freedom + 6.0 * f64::sqrt(2.0 * f64::max(freedom, 1.0));
    assert!(statistic < bound, "chi-squared {statistic} with {freedom} degrees of freedom");
}

#[test]
fn uniform_draws_are_uniform_over_the_unmarked() {
    let mut expected = vec![1.0; 100];
    assert_distribution(&BlockSampler::uniform(100), &[], &expected);
    for item in [0, 17, 64, 99] {
        expected[item] = 0.0;
    }
    assert_distribution(&BlockSampler::uniform(100), &[0, 17, 64, 99], &expected);
}

#[test]
fn a_user_with_nearly_every_item_gets_the_rest_in_proportion() {
    let mut expected = vec![0.0; 2000];
    expected[3] = 1.0;
    expected[1999] = 1.0;
    let marked: Vec<u32> = (0..2000).filter(|&n| n != 3 && n != 1999).collect();
    assert_distribution(&BlockSampler::uniform(2000), &marked, &expected);
    let mut weights = vec![5.0; 2000];
    weights[3] = 1.0;
    weights[1999] = 3.0;
    let sampler = BlockSampler::weighted(&weights, 10.0);
    expected[1999] = 3.0;
    assert_distribution(&sampler, &marked, &expected);
}

#[test]
fn weighted_draws_follow_the_weights() {
    let weights: Vec<f64> = (0..60).map(|n| f64::from(n % 7) * f64::from(n)).collect();
    let sampler = BlockSampler::weighted(&weights, 100.0);
    assert_distribution(&sampler, &[], &weights);
    let mut rest = weights.clone();
    rest[59] = 0.0;
    assert_distribution(&sampler, &[59], &rest);
    let expected = weights.iter().sum::<f64>() / 100.0;
    assert!((f64::from(sampler.weight) - expected).abs() < 1e-6 * expected);
}

#[test]
fn a_block_without_weight_gives_samples_of_weight_zero() {
    assert_eq!(BlockSampler::weighted(&[0.0, 0.0], 1.0).weight, 0.0);
}

#[test]
fn marks_can_be_set_and_cleared() {
    let mut marks = Marks::new(130);
    marks.add(129);
    marks.add(64);
    assert!(marks.has(129) && marks.has(64) && !marks.has(65));
    marks.remove(129);
    assert!(!marks.has(129) && marks.has(64));
}
