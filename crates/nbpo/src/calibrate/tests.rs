use super::*;
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
    let Held { kept, held } = Held::out(&data, 1);
    assert_eq!(kept.nnz() + held.nnz(), data.nnz());
    for user in (0..200).map(UserId) {
        let mut both = [kept.row(user), held.row(user)].concat();
        both.sort_unstable();
        assert_eq!(both, data.row(user));
    }
    let (n, p) = (data.nnz() as f64, HELD);
    let errors = (held.nnz() as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
    assert!(errors.abs() < 4.0, "{errors}");
    assert_ne!(Held::out(&data, 2).held, held);
}

#[test]
fn the_likelihood_is_that_of_its_formula() {
    let data = planted(Flips::Uniform { rate: 0.5 });
    let held = Held::out(&data, 3);
    let noise = Noise { rate: 0.5, by_item: -0.5, by_user: 0.0 };
    let factors = noise.fit(&held.kept, &params(), &mut Silent).unwrap().factors;
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
