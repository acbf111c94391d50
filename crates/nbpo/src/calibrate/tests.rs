use super::*;
use foretaste_mf::Silent;
use foretaste_mf::{Bias, Negatives, Params};
use foretaste_sim::{Flips, Planted};

fn params() -> ValidParams {
    Params {
        factors: 4,
        epochs: 15,
        reg: 0.01,
        sampler: Negatives::Uniform,
        bias: Bias { user: true, item: true, global: true },
        ..Params::default()
    }
    .check()
    .unwrap()
}

fn planted(flips: Flips) -> Interactions {
    Planted { users: 200, items: 150, rank: 2, flips, ..Planted::default() }
        .generate()
        .unwrap()
        .observed
}

#[test]
fn a_tenth_is_held_out_and_nothing_lost() {
    let data = planted(Flips::None);
    let Held { kept, held, .. } = Held::out(&data, 1);
    assert_eq!(kept.nnz() + held.nnz(), data.nnz());
    for user in (0..200).map(UserId) {
        let mut both = [kept.row(user), held.row(user)].concat();
        both.sort_unstable();
        assert_eq!(both, data.row(user));
    }
    let (n, p) = (data.nnz() as f64, 0.1);
    let errors = (held.nnz() as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
    assert!(errors.abs() < 4.0, "{errors}");
    assert_ne!(Held::out(&data, 2).held, held);
}

#[test]
fn the_likelihood_is_that_of_its_formula() {
    let data = planted(Flips::Uniform { rate: 0.5 });
    let held = Held::out(&data, 3);
    let noise = Noise { rate: 0.5, by_item: -0.5, by_user: 0.0 };
    let factors = noise.fit(&held.kept, &params(), Start::default(), &mut Silent).unwrap().factors;
    let (mut sum, mut cells) = (0.0, 0.0);
    for (user, item) in (0..200).flat_map(|u| (0..150).map(move |i| (UserId(u), ItemId(i)))) {
        if !held.kept.contains(user, item) {
            let kept = 1.0 - f64::from(flip_probability(&factors, user, item));
            let x = f64::from(factors.score(0, user.index(), item.index()));
            let q = kept / (1.0 + (-x).exp());
            let v = 0.1 / 0.9 * q / (1.0 - q);
            sum += if held.held.contains(user, item) { v.ln() } else { (1.0 - v).ln() };
            cells += 1.0;
        }
    }
    let found = held.log_likelihood(&factors);
    // The block product sums in another order than the dot product: f32 roundings of scores.
    assert!((found - sum / cells).abs() < 1e-6, "{found} {}", sum / cells);
}

#[test]
fn folds_hold_out_each_pair_once() {
    let data = planted(Flips::Uniform { rate: 0.6 });
    let folds: Vec<Held> = (0..FOLDS).map(|fold| Held::fold(&data, 7, FOLDS, fold)).collect();
    assert_eq!(folds.iter().map(|fold| fold.held.nnz()).sum::<usize>(), data.nnz());
    for pair in data.pairs() {
        let held = folds.iter().filter(|fold| fold.held.contains(pair.user, pair.item)).count();
        let kept = folds.iter().filter(|fold| fold.kept.contains(pair.user, pair.item)).count();
        assert_eq!((held, kept), (1, FOLDS as usize - 1));
    }
}

#[test]
fn a_gain_counts_beyond_its_standard_error() {
    // Of gains −1 and 3 in turn, the mean is 1 and the standard deviation 2.
    let gains = |users: usize| (0..users).map(|n| [-1.0, 3.0][n % 2]).collect::<Vec<f64>>();
    assert!(better(&gains(16), &[0.0; 16]) && better(&gains(6), &[0.0; 6]));
    // The standard error of the sum of 2 is 4, of the sum of 4 it is 4.6.
    assert!(!better(&gains(2), &[0.0; 2]) && !better(&gains(4), &[0.0; 4]));
    assert!(!better(&[0.0; 16], &gains(16)) && !better(&[0.0; 16], &[0.0; 16]));
}

#[test]
fn the_larger_slope_is_of_what_the_noise_depends_on() {
    let found = |flips| calibrate(&planted(flips), &params(), None, &mut Silent).unwrap();
    let by_item = found(Flips::Popularity { rate: 0.6 });
    assert!(by_item.by_item < 0.0 && by_item.by_item < by_item.by_user, "{by_item:?}");
    let by_user = found(Flips::User { rate: 0.6 });
    assert!(by_user.by_user < 0.0 && by_user.by_user < by_user.by_item, "{by_user:?}");
}
