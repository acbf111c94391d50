//! How often 95% intervals hold the true mean.

use foretaste_eval::bootstrap_means;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// Draws the values of users as ranking metrics have them: two fifths are 0, the others skewed
/// towards 0 on (0, 1]. The mean is 3/5 · 2/5, as u^1.5 has the mean 1/2.5.
fn value(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    if uniform() < 0.4 { 0.0 } else { uniform().powf(1.5) }
}

const TRUTH: f64 = 0.6 * 0.4;

/// The share of replicates whose interval holds the true mean: of a metric, and of the difference
/// between two correlated metrics of the same users, whose true mean is 0.
fn coverage(replicates: u64, users: usize) -> [f64; 2] {
    let mut held = [0u64; 2];
    for replicate in 0..replicates {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1_000 + replicate);
        let mut table = Vec::with_capacity(2 * users);
        for _ in 0..users {
            let (common, a, b) = (value(&mut rng), value(&mut rng), value(&mut rng));
            table.extend([common, (common + a) / 2.0 - (common + b) / 2.0]);
        }
        let found = bootstrap_means(&table, 2, replicate);
        for ((held, found), truth) in held.iter_mut().zip(found).zip([TRUTH, 0.0]) {
            *held += u64::from(found.low <= truth && truth <= found.high);
        }
    }
    held.map(|held| held as f64 / replicates as f64)
}

/// The standard error of a share near 95% of 2,000 replicates is half a percent.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    for share in coverage(2000, 200) {
        assert!((0.93..=0.97).contains(&share), "{share}");
    }
}

/// `cargo test --release -p foretaste-eval --test it -- --ignored --nocapture coverage` prints the
/// figures of 4,000 replicates: 94.1% and 94.1% with 50 users, 94.3% and 94.6% with 200, 94.9% and 95.0%
/// with 1,000. Percentile intervals of few users are a little too narrow.
#[test]
#[ignore = "takes some fifteen seconds; prints figures"]
fn coverage_of_many_replicates() {
    for users in [50, 200, 1000] {
        let [mean, difference] = coverage(4000, users);
        eprintln!("{users} users: coverage {mean:.4} of a mean, {difference:.4} of a difference");
        assert!((0.93..=0.97).contains(&mean) && (0.93..=0.97).contains(&difference));
    }
}
