use super::*;
use foretaste_mf::{Negatives, Silent};

/// User u has the first u + 1 of 8 items.
fn stairs() -> Interactions {
    let (mut starts, mut items) = (vec![0], Vec::new());
    for user in 0..6_u32 {
        items.extend((0..=user).map(ItemId));
        starts.push(items.len());
    }
    Interactions::from_rows(starts, items, 8).unwrap()
}

fn params() -> ValidParams {
    Params { factors: 4, epochs: 5, sampler: Negatives::Uniform, ..Params::default() }
        .check()
        .unwrap()
}

#[test]
fn given_noise_is_what_the_model_has_after_training() {
    let noise = Noise { rate: 0.7, by_item: -1.5, by_user: 0.5 };
    let factors = noise.fit(&stairs(), &params(), Start::default(), &mut Silent).unwrap().factors;
    let (logs, mean) =
        (|n: usize| (n as f64 + 1.0).ln(), |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64);
    let z = |counts: &[usize], at: usize| {
        let x: Vec<f64> = counts.iter().map(|&n| logs(n)).collect();
        let squares: Vec<f64> = x.iter().map(|y| (y - mean(&x)).powi(2)).collect();
        (x[at] - mean(&x)) / mean(&squares).sqrt()
    };
    for (user, item) in (0..6).flat_map(|user| (0..8).map(move |item| (user, item))) {
        let by_item = -1.5 * z(&[6, 5, 4, 3, 2, 1, 0, 0], item);
        let gamma = (0.7_f64 / 0.3).ln() + by_item + 0.5 * z(&[1, 2, 3, 4, 5, 6], user);
        let expected = 1.0 / (1.0 + (-gamma).exp());
        let found = flip_probability(&factors, UserId(user as u32), ItemId(item as u32));
        // A handful of f32 roundings of a logit below 8.
        assert!((f64::from(found) - expected).abs() < 1e-5, "{user} {item}: {found} {expected}");
    }
}

#[test]
fn equal_counts_have_no_slope() {
    assert!(standard(&[3, 3, 3]).all(|z| z == 0.0));
    assert_eq!(standard(&[]).count(), 0);
}

#[test]
fn the_papers_start_is_near_its_flip_rate() {
    let channel = Channel { factors: 50, reg: 0.0, init_sd: 1.0, bias: Bias::default() };
    let start = paper_start(&stairs(), params().get(), &channel, 0.002);
    let gammas: Vec<f32> = (0..48).map(|n| start.score(1, n / 8, n % 8)).collect();
    let mean = gammas.iter().sum::<f32>() / 48.0;
    // sd of a product of uniforms over its mean, √7 / 3, by √50 terms; 6 users are independent.
    let bound = 3.0 * 6.213 * 7_f32.sqrt() / 3.0 / 300_f32.sqrt();
    assert!((mean + 6.213).abs() < bound, "{mean}");
    assert!(start.users.to_rows(1).iter().all(|&p| p >= 0.0));
    assert!(start.items.to_rows(1).iter().all(|&q| q <= 0.0));
}
