use super::*;
use crate::SoftmaxTechnique;
use crate::testing::{clicks, pairs};
use foretaste_data::{Dataset, IdTable, ItemId, UserId};
use foretaste_mf::Silent;
use foretaste_model::{Fitted, Histories, Task, Typed};

fn small() -> Params {
    Params {
        factors: 11,
        epochs: 6,
        block: 40,
        shared_negatives: 30,
        lr: 0.05,
        ..Params::default()
    }
}

fn fit(params: &Params, data: &Interactions) -> Trained {
    params.clone().check().unwrap().fit(data, &mut Silent).unwrap()
}

fn numbers(trained: &Trained) -> Vec<f32> {
    let mut all = trained.factors.users.to_rows(0);
    all.extend(trained.factors.items.to_rows(0));
    all
}

fn dataset(interactions: Interactions) -> Dataset {
    let ids = |n: usize| IdTable::from_integers((0..n as i64).collect());
    let (users, items) = (ids(interactions.n_users()), ids(interactions.n_items()));
    Dataset::new(users, items, interactions).unwrap()
}

#[test]
fn each_value_out_of_its_range_is_named() {
    let good = Params::default();
    good.clone().check().unwrap();
    for (name, said, params) in [
        ("factors", "from 1 to 4096, not 0", Params { factors: 0, ..good.clone() }),
        ("epochs", "at least 1, not 0", Params { epochs: 0, ..good.clone() }),
        ("temperature", "from 0 to 10, not -1", Params { temperature: -1.0, ..good.clone() }),
        ("temperature", "not NaN", Params { temperature: f32::NAN, ..good.clone() }),
        (
            "shared_negatives",
            "from 1 to 65536, not 0",
            Params { shared_negatives: 0, ..good.clone() },
        ),
        (
            "shared_negatives",
            "from 1 to 65536, not 65537",
            Params { shared_negatives: 65_537, ..good.clone() },
        ),
        ("lr", "above 0 and at most 10, not 0", Params { lr: 0.0, ..good.clone() }),
    ] {
        let error = params.check().unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be ")) && error.ends_with(said), "{error}");
    }
}

#[test]
fn what_a_user_likes_is_found() {
    let data = clicks();
    for loss in LOSSES {
        // As many factors as there are tastes, so that there is no room for what is chance.
        let params = Params { loss, factors: 3, temperature: 0.2, epochs: 12, ..small() };
        let trained = fit(&params, &data);
        // Of what users lack, which third suits them.
        let (mut right, mut all) = (0.0, 0.0);
        for user in (0..150).filter(|&user| user != 8) {
            let lacks = |item: &u32| !data.contains(UserId(user), ItemId(*item)) && *item != 9;
            let score = |item: u32| trained.factors.score(0, user as usize, item as usize);
            let (own, other): (Vec<u32>, _) =
                (0..90).filter(lacks).partition(|item| item % 3 == user % 3);
            for a in own {
                right += other.iter().filter(|&&b| score(a) > score(b)).count() as f64;
                all += other.len() as f64;
            }
        }
        assert!(right / all > 0.9, "{loss}: {}", right / all);
        let losses: Vec<f64> = trained.history.iter().map(|epoch| epoch.loss).collect();
        assert!(losses[11] < losses[0], "{loss}: {losses:?}");
        for row in trained.factors.items.to_rows(0).chunks_exact(3) {
            let square: f32 = row.iter().map(|x| x * x).sum();
            assert!((square - 1.0).abs() < 1e-5, "{square}");
        }
    }
}

#[test]
fn as_many_negatives_as_items_are_the_whole_softmax() {
    let data = clicks();
    let of = |shared_negatives| fit(&Params { shared_negatives, ..small() }, &data);
    let all = of(90);
    assert_eq!(all, of(65_536));
    assert_ne!(all.factors, of(89).factors);
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    let data = clicks();
    for loss in LOSSES {
        let params = Params { loss, factors: 37, block: 70, epochs: 3, ..small() };
        let on = |threads, seed| {
            let params = Params { seed, ..params.clone() };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&params, &data))
        };
        let one = on(1, 42);
        for threads in [2, 3, 8] {
            assert_eq!(one, on(threads, 42), "{loss}, {threads} threads");
        }
        assert_ne!(one.factors, on(1, 43).factors);
    }
}

#[test]
fn extreme_data_and_parameters_give_finite_rows() {
    let shapes = [
        ("clicks", clicks()),
        ("one item", pairs((6, 1), |user, _| user != 2)),
        ("one user", pairs((1, 6), |_, item| item != 2)),
        ("one cell", pairs((1, 1), |_, _| true)),
        ("everything", pairs((9, 7), |_, _| true)),
        ("alike", pairs((40, 20), |_, item| item < 15)),
    ];
    for (name, data) in shapes {
        for loss in LOSSES {
            for (factors, temperature, negative_weight, lr, lr_users) in [
                (1, 0.0, 1.2, 0.01, 1.0),
                (100, 1e-6, 1.2, 0.01, 1.0),
                (20, f32::MIN_POSITIVE, 100.0, 10.0, 100.0),
                (3, 10.0, 0.0, 1e-6, 1e-6),
            ] {
                let params = Params {
                    factors,
                    loss,
                    temperature,
                    negative_weight,
                    lr,
                    lr_users,
                    shared_negatives: 65_536,
                    epochs: 3,
                    ..Params::default()
                };
                let trained = fit(&params, &data);
                let said = format!("{name}, {params:?}");
                assert!(numbers(&trained).iter().all(|x| x.is_finite()), "{said}");
                assert!(trained.history.iter().all(|epoch| epoch.loss.is_finite()), "{said}");
            }
        }
    }
    let nothing = pairs((5, 4), |_, _| false);
    let error = small().check().unwrap().fit(&nothing, &mut Silent).unwrap_err();
    assert_eq!(error, Error::NoData { reason: "no interactions" });
}

#[test]
fn whoever_has_no_items_is_the_mean_of_the_others() {
    let trained = fit(&small(), &clicks());
    let users = trained.factors.users.to_rows(0);
    let mut mean = [0.0f64; 11];
    for (user, row) in users.chunks_exact(11).enumerate().filter(|(user, _)| *user != 8) {
        assert!(row.iter().any(|&x| x != 0.0), "{user}");
        mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let length = mean.iter().map(|x| x * x).sum::<f64>().sqrt();
    for (mean, &x) in mean.iter().zip(&users[8 * 11..9 * 11]) {
        assert!((mean / length - f64::from(x)).abs() < 1e-5);
    }
}

#[test]
fn what_is_not_given_follows_from_the_data() {
    let params = Params::default();
    assert!((params.temperature_of(810_128, 40_981) - 0.116).abs() < 1e-3);
    assert!((params.temperature_of(31_887, 1_522) - 0.3).abs() < 2e-3);
    let given = Params { negative_weight: 0.3, ..params.clone() };
    assert_eq!(given.negative_weight_of(1, (1, 1)), 0.3);
    assert_eq!(params.negative_weight_of(1, (1, 1)), 1.0);
    assert!((params.negative_weight_of(100, (100, 100)) - 1.18).abs() < 1e-6);
    assert_eq!(Params { temperature: 0.5, ..params.clone() }.temperature_of(1, 1), 0.5);
    let data = dataset(clicks());
    let fitted = SoftmaxTechnique.fit(&small(), &Task::new(&data), &mut Silent).unwrap();
    let expected = params.temperature_of(data.interactions().nnz(), 90);
    assert_eq!(fitted.notes[crate::TEMPERATURE], expected);
    let shape = (150, 90);
    let expected = params.negative_weight_of(data.interactions().nnz(), shape);
    assert_eq!(fitted.notes[crate::NEGATIVE_WEIGHT], expected);
}

#[test]
fn folding_in_a_history_gives_nearly_the_stored_lists_and_does_not_depend_on_others() {
    let data = dataset(clicks());
    let params = Params { epochs: 12, shared_negatives: 90, ..small() };
    let Fitted { model, .. } =
        SoftmaxTechnique.fit(&params, &Task::new(&data), &mut Silent).unwrap();
    let interactions = data.interactions();
    let folded = model.fold_in(&Histories::new(interactions)).unwrap();
    let (stored, rows) = (model.user_vectors().unwrap(), folded.user_vectors().unwrap());
    let cosine = |user: usize| stored.row(user).dot(&rows.row(user));
    let mean = (0..150).map(cosine).sum::<f32>() / 150.0;
    assert!(mean > 0.9, "{mean}");
    // One alone.
    let alone = interactions.row(UserId(40)).to_vec();
    let alone = Interactions::from_rows(vec![0, alone.len()], alone, 90).unwrap();
    let one = model.fold_in(&Histories::new(&alone)).unwrap();
    assert_eq!(one.user_vectors().unwrap().row(0), rows.row(40));
    // Without a history.
    let nobody = Interactions::from_rows(vec![0, 0], Vec::new(), 90).unwrap();
    let nobody = model.fold_in(&Histories::new(&nobody)).unwrap();
    assert!(nobody.user_vectors().unwrap().iter().all(|x| x.is_finite()));
}
