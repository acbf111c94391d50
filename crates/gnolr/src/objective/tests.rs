use super::*;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// π of each level, as the paper writes it.
fn reached(s: &[f64], offsets: &[f64], shared: bool) -> Vec<f64> {
    let sum = |level: usize| if shared { s[0] } else { s[..=level].iter().sum() };
    (0..offsets.len()).map(|level| sigma(sum(level) - offsets[level])).collect()
}

/// The loss as the paper writes it: a sum over the levels t of the loss of labels up to t.
fn as_published(s: &[f64], y: usize, offsets: &[f64], shared: bool) -> f64 {
    let pi = reached(s, offsets, shared);
    let of_level = |t: usize| match y.min(t) {
        0 => -(1.0 - pi[0]).ln(),
        c if c < t => -(pi[c - 1] - pi[c]).ln(),
        _ => -pi[t - 1].ln(),
    };
    (1..=offsets.len()).map(of_level).sum()
}

/// Levels, and scores within γ, which is `share` of each gap.
struct Case {
    offsets: Vec<f32>,
    s: [f32; PARTS],
}

fn case(rng: &mut Xoshiro256PlusPlus, levels: usize, share: f32) -> Case {
    let mut offsets = vec![rng.random_range(-1.0..2.0f32)];
    let mut s = [0.0; PARTS];
    s[0] = rng.random_range(-6.0..6.0);
    for part in s.iter_mut().take(levels).skip(1) {
        let gap = rng.random_range(0.2..2.0f32);
        offsets.push(offsets[offsets.len() - 1] + gap);
        *part = share * gap * rng.random_range(-1.0..1.0f32);
    }
    Case { offsets, s }
}

fn in_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

/// The least δ that a label's loss depends on, 1 if on none.
fn gap(case: &Case, y: usize, shared: bool) -> f64 {
    let (s, a) = (in_f64(&case.s), in_f64(&case.offsets));
    match y {
        0 => 1.0,
        y if y == a.len() => 1.0,
        y => a[y] - a[y - 1] - if shared { 0.0 } else { s[y] },
    }
}

#[test]
fn loss_and_gradient_are_those_of_the_paper() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for n in 0..4000 {
        let (levels, shared) = (1 + n % 5, n % 7 == 0);
        // From far inside to the edge, where δ falls to a thousandth.
        let share = [0.5, 0.9, 0.99, 0.999][n / 5 % 4];
        let case = case(&mut rng, levels, share);
        let loss = Nested::new(&case.offsets, &[], shared);
        let (s, a) = (in_f64(&case.s), in_f64(&case.offsets));
        for y in 0..=levels {
            let delta = gap(&case, y, shared);
            // Sums and offsets are below 16, so δ is known to eight roundings of such numbers; the loss falls
            // with 1/δ there, and the gradient with 1/δ².
            let rounding = 8.0 * 16.0 * f64::from(f32::EPSILON) / delta.min(1.0);
            let expected = as_published(&s, y, &a, shared);
            let found = f64::from(Parted::loss(&loss, &case.s, y as f32));
            let times = levels as f64;
            assert!(
                (found - expected).abs() <= (times + expected) * rounding,
                "{levels} levels, y = {y}: {found}, not {expected}, δ = {delta}"
            );
            let ascent = Parted::ascent(&loss, &case.s, y as f32);
            for part in 0..loss.parts() {
                let step = 1e-4 * delta.min(1.0);
                let at = |moved: f64| {
                    let mut s = s.clone();
                    s[part] += moved;
                    as_published(&s, y, &a, shared)
                };
                let slope = (at(step) - at(-step)) / (2.0 * step);
                let bound = (times + slope.abs()) * (rounding + 1e-6);
                let found = f64::from(ascent[part]);
                assert!(
                    (found + slope).abs() <= bound,
                    "{levels} levels, y = {y}, part {part}: {found}, not {}, δ = {delta}",
                    -slope
                );
            }
            let beyond = &ascent[Parted::depth(&loss, y as f32)..];
            assert!(beyond.iter().all(|&ascent| ascent == 0.0), "y = {y}: {ascent:?}");
        }
    }
}

#[test]
fn one_level_is_the_binary_cross_entropy() {
    let loss = Nested::new(&[1.5], &[], false);
    for x in [-8.0f32, -1.0, 0.0, 0.3, 1.5, 8.0] {
        let p = sigma(f64::from(x) - 1.5);
        let mut s = [0.0; PARTS];
        s[0] = x;
        for (y, of_label, slope) in [(0.0, -(1.0 - p).ln(), -p), (1.0, -p.ln(), 1.0 - p)] {
            let found = f64::from(Parted::loss(&loss, &s, y));
            assert!(
                (found - of_label).abs() <= 1e-6 * (1.0 + of_label),
                "{x}: {found}, {of_label}"
            );
            let found = f64::from(Parted::ascent(&loss, &s, y)[0]);
            assert!((found - slope).abs() <= 1e-6, "{x}: {found}, {slope}");
        }
    }
}

#[test]
fn probabilities_fall_from_level_to_level_where_gamma_is_legal() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    for n in 0..100_000 {
        let case = case(&mut rng, 1 + n % PARTS, 0.9999);
        let loss = Nested::new(&case.offsets, &[], false);
        let shifted = loss.shifted(&case.s);
        let pi = shifted[..case.offsets.len()].iter().map(|&x| sigmoid(x)).collect::<Vec<_>>();
        assert!(pi.windows(2).all(|pair| pair[0] >= pair[1]), "{pi:?}");
    }
    // And not where it is not.
    let loss = Nested::new(&[0.0, 0.5], &[], false);
    let shifted = loss.shifted(&[0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(shifted[1] > shifted[0]);
}

#[test]
fn whatever_the_scores_and_labels_numbers_are_finite() {
    for s in [-1e30f32, -100.0, 0.0, 0.5, 100.0, 1e30] {
        for second in [-1e30f32, 0.0, 0.5, 1e30] {
            let loss = Nested::new(&[0.0, 0.5], &[1.0, 1.0, 1000.0], false);
            let x = [s, second, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
            for y in [0.0, 1.0, 2.0, 3.0, 1e9] {
                let ascent = Parted::ascent(&loss, &x, y);
                assert!(ascent.iter().all(|x| x.is_finite()), "{x:?}, {y}: {ascent:?}");
            }
        }
    }
}

#[test]
fn a_pair_counts_its_weight() {
    let s = [0.3, -0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let (plain, heavy) =
        (Nested::new(&[0.0, 0.5], &[], false), Nested::new(&[0.0, 0.5], &[1.0, 2.0, 4.0], false));
    for (y, weight) in [(0.0, 1.0), (1.0, 2.0), (2.0, 4.0)] {
        let of = |loss: &Nested| (Parted::loss(loss, &s, y), Parted::ascent(loss, &s, y));
        let ((once, ascent), (times, steeper)) = (of(&plain), of(&heavy));
        assert_eq!(times, weight * once);
        assert!(ascent.iter().zip(steeper).all(|(a, b)| (weight * a - b).abs() <= 1e-6 * b.abs()));
    }
}

#[test]
fn exp_m1_is_precise_near_nothing() {
    for x in [1e-6f32, 1e-4, 0.01, 0.2, 0.4999, 0.5, 1.0, 5.0] {
        let expected = f64::from(x).exp_m1();
        let error = (f64::from(exp_m1(x)) - expected).abs() / expected;
        assert!(error <= 2f64.powi(-20), "{x}: {error}");
    }
}
