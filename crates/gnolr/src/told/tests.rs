use super::*;
use crate::testing::part;
use crate::{Embeddings, Params};
use foretaste_data::Dataset;
use foretaste_mf::Silent;

/// Users of four kinds view items of theirs, the more the higher their number, and buy some.
fn shop((users, items): (u32, u32)) -> Dataset {
    let all = || (0..users).flat_map(|user| (0..items).map(move |item| (user, item)));
    let views = |&(user, item): &(u32, u32)| {
        (item + user) % 4 < 2 && (user * 7 + item * 13) % 100 < 5 + user % 40
    };
    let views: Vec<_> = all().filter(views).collect();
    let buys: Vec<_> = views
        .iter()
        .copied()
        .filter(|(user, item)| item % 3 == user % 3 || item % 11 == 0)
        .collect();
    let shape = (users as usize, items as usize);
    let parts = vec![("view".into(), part(&views, shape)), ("buy".into(), part(&buys, shape))];
    Dataset::of_feedbacks(parts).unwrap()
}

#[test]
fn means_over_all_pairs_are_the_shares_of_the_data() {
    // Once of all pairs, and once of some.
    for (shape, bound) in [((60, 40), 2e-4), ((700, 500), 0.02)] {
        let data = shop(shape);
        for embeddings in [Embeddings::Nested, Embeddings::Shared] {
            let params = Params { factors: 32, epochs: 5, embeddings, ..Params::default() };
            let method = params.clone().check().unwrap();
            let fit = method.fit(&data, &mut Silent).unwrap();
            let (users, items) = (data.users().len() as u32, data.items().len() as u32);
            let rows =
                [&fit.trained.factors.users, &fit.trained.factors.items].map(|t| t.to_rows(0));
            let ends = if embeddings == Embeddings::Shared { [32, 32] } else { [16, 32] };
            let mut sums = [0.0f64; 2];
            for (user, item) in (0..users).flat_map(|u| (0..items).map(move |i| (u, i))) {
                let row = |rows: &Vec<f32>, n: u32| rows[n as usize * 32..][..32].to_vec();
                let (u, v) = (row(&rows[0], user), row(&rows[1], item));
                let score = |end: usize| u[..end].iter().zip(&v).map(|(a, b)| a * b).sum::<f32>();
                let told =
                    fit.scale.told(ends.map(score), fit.scale.history_lengths[user as usize]);
                assert!(told[0] >= told[1] && told[1] >= 0.0 && told[0] <= 1.0, "{told:?}");
                sums.iter_mut().zip(told).for_each(|(sum, p)| *sum += f64::from(p));
            }
            let pairs = [data.others()[0].interactions().nnz(), data.interactions().nnz()];
            for (sum, count) in sums.iter().zip(pairs) {
                let off = (sum / count as f64).ln();
                assert!(off.abs() <= bound, "{embeddings}, {shape:?}: {sum}, not {count}");
            }
        }
    }
}

#[test]
fn a_pair_that_was_drawn_stands_for_more_of_a_user_who_has_less() {
    let scale = Scale {
        offsets: vec![1.0, 2.0],
        gammas: vec![6.0, 0.9],
        weights: vec![1.0, 1.0, 4.0],
        stands_for: 2.5,
        negatives: 4,
        items: 100,
        history_lengths: vec![10, 50],
        shifts: vec![0.0, 0.3],
    };
    let sigma = |x: f64| 1.0 / (1.0 + (-x).exp());
    // 90 pairs for 40 that are drawn, 50 for 200, and of who has none the average.
    for (own, rho) in [(10, 2.25), (50, 0.25), (0, 2.5)] {
        let (first, second) = (sigma(0.5 - 1.0), sigma(0.7 - 2.0 - 0.3));
        let masses = [rho * (1.0 - first), first - second, second / 4.0];
        let all: f64 = masses.iter().sum();
        let told = scale.told([0.5, 0.7], own);
        let expected = [(masses[1] + masses[2]) / all, masses[2] / all];
        for (found, expected) in told.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() <= 1e-6, "{own}: {found}, {expected}");
        }
    }
    // Who has everything, and scores beyond measure.
    for own in [0, 1, 100, u32::MAX] {
        for s in [-1e30, -100.0, 0.0, 100.0, 1e30] {
            let told = scale.told([s, s], own);
            assert!(told[0] >= told[1] && told[1] >= 0.0 && told[0] <= 1.0, "{own}, {s}: {told:?}");
        }
    }
}
