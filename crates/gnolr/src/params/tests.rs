use super::*;
use crate::testing::part;
use foretaste_data::{ItemId, UserId};
use foretaste_mf::Silent;
use foretaste_model::Model;
use rayon::ThreadPoolBuilder;

const SHAPE: (usize, usize) = (60, 40);

/// Users view every fourth item of their kind, and buy of these the ones that are dividable by 3.
fn shop() -> Dataset {
    let all = || (0..60u32).flat_map(|user| (0..40u32).map(move |item| (user, item)));
    let views = |&(user, item): &(u32, u32)| item % 4 == user % 4 && (user + item) % 5 > 0;
    let views: Vec<_> = all().filter(views).collect();
    let buys: Vec<_> = views.iter().copied().filter(|(_, item)| item % 3 == 0).collect();
    Dataset::of_feedbacks(vec![
        ("view".into(), part(&views, SHAPE)),
        ("buy".into(), part(&buys, SHAPE)),
    ])
    .unwrap()
}

fn small() -> Params {
    Params { factors: 32, epochs: 30, negatives: 3, ..Params::default() }
}

fn fit(params: Params, data: &Dataset, threads: usize) -> Fit {
    let train = || params.check().unwrap().fit(data, &mut Silent);
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(train).unwrap()
}

#[test]
fn each_trainer_gives_the_same_at_any_thread_count_and_tells_levels_apart() {
    let data = shop();
    for trainer in [Trainer::Blocked, Trainer::Batch] {
        let params = Params { trainer, batch: 256, ..small() };
        let one = fit(params.clone(), &data, 1);
        for threads in [2, 3, 8] {
            assert_eq!(one, fit(params.clone(), &data, threads), "{trainer}, {threads} threads");
        }
        let history = &one.trained.history;
        assert!(history[29].loss < 0.7 * history[0].loss, "{trainer}: {history:?}");
        let method = params.check().unwrap();
        let factors = FactorModel::new(one.trained.factors.clone());
        let parts = (one.levels.names(), &one.scale);
        let model = method.complete(factors, parts, data.interactions());
        let levels = model.levels().unwrap();
        let users = foretaste_model::Scorer::user_vectors(&model).unwrap();
        let mut mean = [[0.0f64; 2]; 3];
        let mut count = [0.0; 3];
        for user in 0..60u32 {
            let row = users.row(user as usize);
            for item in 0..40 {
                let kind = match (item % 4 == user % 4, item % 3 == 0) {
                    (false, _) => 0,
                    (true, false) => 1,
                    (true, true) => 2,
                };
                let pi = levels.probabilities(
                    (row.as_slice().unwrap(), levels.history_length(UserId(user))),
                    ItemId(item),
                );
                assert!(pi[0] >= pi[1] && pi[1] >= 0.0 && pi[0] <= 1.0, "{pi:?}");
                (0..2).for_each(|level| mean[kind][level] += f64::from(pi[level]));
                count[kind] += 1.0;
            }
        }
        let mean = |kind: usize, level: usize| mean[kind][level] / count[kind];
        assert!(
            mean(1, 0) > 3.0 * mean(0, 0),
            "{trainer}: views {} and {}",
            mean(1, 0),
            mean(0, 0)
        );
        assert!(mean(2, 1) > 2.0 * mean(1, 1), "{trainer}: {} and {}", mean(2, 1), mean(1, 1));
    }
}

#[test]
fn rows_are_divided_among_levels() {
    let widths = |factors, levels| Params { factors, ..Params::default() }.widths(levels);
    let expected = [
        (64, 1, vec![64]),
        (5, 1, vec![5]),
        (64, 2, vec![32, 32]),
        (64, 3, vec![32, 16, 16]),
        (70, 3, vec![32, 16, 22]),
        (64, 4, vec![16, 16, 16, 16]),
        (128, 3, vec![64, 32, 32]),
    ];
    for (factors, levels, expected) in expected {
        assert_eq!(widths(factors, levels).unwrap(), expected);
        assert_eq!(expected.iter().sum::<usize>(), factors);
    }
    let error = widths(47, 3).unwrap_err().to_string();
    assert!(
        error.contains("factors must be at least 48: 3 levels have 16 each, not 47"),
        "{error}"
    );
    let shared = Params { factors: 7, embeddings: Embeddings::Shared, ..Params::default() };
    assert_eq!(shared.widths(3).unwrap(), [7]);
}

#[test]
fn each_illegal_value_is_named() {
    let bad = [
        ("factors", Params { factors: 0, ..Params::default() }),
        ("gamma", Params { gamma: -1.0, ..Params::default() }),
        ("gamma", Params { gamma: f32::NAN, ..Params::default() }),
        ("first_gamma", Params { first_gamma: 0.0, ..Params::default() }),
        ("depth_weight", Params { depth_weight: 0.0, ..Params::default() }),
        ("negatives", Params { negatives: 0, ..Params::default() }),
        ("lr", Params { lr: f32::INFINITY, ..Params::default() }),
        ("batch", Params { batch: 0, ..Params::default() }),
    ];
    for (expected, params) in bad {
        match params.check() {
            Err(Error::Parameter { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn extreme_parameters_end_in_numbers_or_a_word() {
    let data = shop();
    let extreme = [
        Params { lr: 10.0, first_gamma: 100.0, ..small() },
        Params { lr: 1e-30, first_gamma: 1e-30, ..small() },
        Params { depth_weight: 1000.0, ..small() },
        Params { gamma: 1e-30, ..small() },
        Params { adam_lr: 10.0, trainer: Trainer::Batch, ..small() },
        Params { adam_lr: 10.0, first_gamma: 100.0, trainer: Trainer::Batch, ..small() },
        Params { embeddings: Embeddings::Shared, ..small() },
    ];
    for params in extreme {
        match params.clone().check().unwrap().fit(&data, &mut Silent) {
            Ok(Fit { trained, .. }) => {
                let tables = [&trained.factors.users, &trained.factors.items];
                let rows = tables.map(|table| table.to_rows(0));
                assert!(rows.iter().flatten().all(|x| x.is_finite()), "{params:?}");
                assert!(trained.history.iter().all(|epoch| epoch.loss.is_finite()), "{params:?}");
            }
            Err(error) => assert!(matches!(error, Error::Diverged { .. }), "{params:?}: {error}"),
        }
    }
}
