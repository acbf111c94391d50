use super::*;
use crate::IalsTechnique;
use crate::testing::{clicks, pairs};
use foretaste_data::{Dataset, IdTable, UserId};
use foretaste_mf::Silent;
use foretaste_model::{Fitted, Histories, Model, Scorer, Task, Typed};
use ndarray::Array2;

fn small() -> Params {
    Params { factors: 11, epochs: 4, ..Params::default() }
}

fn dataset(interactions: Interactions) -> Dataset {
    let ids = |n: usize| IdTable::from_integers((0..n as i64).collect());
    let (users, items) = (ids(interactions.n_users()), ids(interactions.n_items()));
    Dataset::new(users, items, interactions).unwrap()
}

fn scores(scorer: &dyn Scorer) -> Vec<u32> {
    let users: Vec<UserId> = (0..scorer.n_users() as u32).map(UserId).collect();
    let mut scores = Array2::zeros((users.len(), scorer.n_items()));
    scorer.score_block(&users, scores.view_mut());
    scores.iter().map(|x: &f32| x.to_bits()).collect()
}

/// Every user but those without history is where folding in puts them.
fn assert_folded(model: &dyn Model, data: &Interactions, of: &str) {
    let folded = model.fold_in(&Histories::new(data)).unwrap();
    let (folded, stored) = (scores(&*folded), scores(model));
    let n = data.n_items();
    let mut compared = 0;
    for user in (0..data.n_users()).filter(|&user| data.starts()[user] < data.starts()[user + 1]) {
        let row = user * n..(user + 1) * n;
        assert_eq!(folded[row.clone()], stored[row], "user {user}, {of}");
        compared += 1;
    }
    assert!(compared > 0);
}

/// Validates so that an epoch is the best.
struct Best(u32, Vec<Vec<u32>>);

impl Monitor for Best {
    fn validate(&mut self, epoch: u32, scorer: &dyn Scorer) -> Result<Option<f64>, Error> {
        self.1.push(scores(scorer));
        Ok(Some(-f64::from(epoch.abs_diff(self.0))))
    }
}

#[test]
fn each_value_out_of_its_range_is_named() {
    let good = Params::default();
    good.clone().check().unwrap();
    for (name, said, params) in [
        ("factors", "from 1 to 4096, not 0", Params { factors: 0, ..good.clone() }),
        ("epochs", "at least 1, not 0", Params { epochs: 0, ..good.clone() }),
        ("alpha", "from 0 to 1000, not 1001", Params { alpha: 1001.0, ..good.clone() }),
        ("popularity_exponent", "not 2", Params { popularity_exponent: 2.0, ..good.clone() }),
        ("alpha", "not NaN", Params { alpha: f32::NAN, ..good.clone() }),
        ("cg_steps", "from 0 to 1000, not 1001", Params { cg_steps: 1001, ..good.clone() }),
        ("reg", "from 0 to 10000, not -1", Params { reg: -1.0, ..good.clone() }),
        ("reg", "not inf", Params { reg: f32::INFINITY, ..good.clone() }),
        ("nu", "from 0 to 2, not 2.5", Params { nu: 2.5, ..good.clone() }),
        ("init_sd", "above 0 and at most 10, not 0", Params { init_sd: 0.0, ..good.clone() }),
    ] {
        let error = params.check().unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be ")) && error.ends_with(said), "{error}");
    }
    for extreme in [1e-6, 1e3] {
        Params { alpha: extreme, reg: extreme, ..good.clone() }.check().unwrap();
    }
}

#[test]
fn a_user_is_where_folding_in_puts_them_bit_by_bit() {
    let data = dataset(clicks());
    for (params, best) in [
        (small(), 4),
        (small(), 2),
        (Params { alpha: 1.0, reg: 0.5, nu: 0.0, ..small() }, 3),
        (Params { factors: 37, nu: 0.5, ..small() }, 4),
        (Params { factors: 160, ..small() }, 1),
        (Params { cg_steps: 0, ..small() }, 3),
    ] {
        let mut monitor = Best(best, Vec::new());
        let Fitted { model, best_epoch, .. } =
            IalsTechnique.fit(&params, &Task::new(&data), &mut monitor).unwrap();
        assert_eq!(best_epoch, best);
        assert_folded(&*model, data.interactions(), &format!("{best}: {params:?}"));
        // What is kept is what was validated.
        assert!(scores(&*model) == monitor.1[best as usize - 1], "{best}: {params:?}");
        let last = params.epochs == best;
        assert_eq!(monitor.1.last() == Some(&monitor.1[best as usize - 1]), last, "{params:?}");
    }
}

#[test]
fn training_stops_when_validations_bring_nothing() {
    let ials = Params { epochs: 9, patience: 2, ..small() }.check().unwrap();
    let trained = ials.fit(&clicks(), &mut Best(3, Vec::new())).unwrap();
    assert_eq!((trained.best_epoch, trained.history.len()), (3, 5));
}

#[test]
fn rows_without_data_are_zero_and_empty_data_is_refused() {
    let factors = small().check().unwrap().fit(&clicks(), &mut Silent).unwrap().factors;
    let (users, items) = (factors.users.to_rows(0), factors.items.to_rows(0));
    assert!(users[8 * 11..9 * 11].iter().all(|&x| x == 0.0), "{users:?}");
    assert!(items[9 * 11..10 * 11].iter().any(|&x| x != 0.0), "user 7 has it");
    let fewer = pairs((5, 4), |user, item| item != 2 && (user + item) % 2 == 0);
    let factors = small().check().unwrap().fit(&fewer, &mut Silent).unwrap().factors;
    assert!(factors.items.to_rows(0)[2 * 11..3 * 11].iter().all(|&x| x == 0.0));
    let nothing = pairs((5, 4), |_, _| false);
    let error = small().check().unwrap().fit(&nothing, &mut Silent).unwrap_err();
    assert_eq!(error, Error::NoData { reason: "no interactions" });
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    for params in [small(), Params { factors: 37, ..small() }, Params { cg_steps: 0, ..small() }] {
        let fit = |threads, seed| {
            let ials = Params { seed, ..params.clone() }.check().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ials.fit(&clicks(), &mut Silent).unwrap())
        };
        let one = fit(1, 42);
        assert_eq!(one, fit(2, 42));
        assert_eq!(one, fit(3, 42));
        assert_ne!(one.factors, fit(1, 43).factors);
    }
}

#[test]
fn extreme_data_and_parameters_give_finite_factors_or_an_error() {
    let shapes = [
        ("clicks", clicks()),
        ("one item", pairs((6, 1), |user, _| user != 2)),
        ("one user", pairs((1, 6), |_, item| item != 2)),
        ("one cell", pairs((1, 1), |_, _| true)),
        ("everything", pairs((9, 7), |_, _| true)),
        ("alike", pairs((40, 20), |_, item| item < 15)),
    ];
    for (name, data) in shapes {
        for (factors, alpha, reg, nu, init_sd) in [
            (1, 0.1, 0.003, 1.0, 0.1),
            (16, 0.1, 1e-6, 1.0, 0.1),
            (16, 0.1, 1e-6, 0.0, 10.0),
            (16, 1e-6, 1e-6, 0.0, 0.1),
            (16, 1e-6, 1e4, 2.0, 0.1),
            (16, 1e3, 1e-6, 0.0, 0.1),
            (16, 1e-37, 0.0, 1.0, 0.1),
            (16, 1e3, 1e4, 2.0, 1e-30),
            (16, 0.1, 1e4, 1.0, f32::MIN_POSITIVE),
        ] {
            for cg_steps in [0, 3] {
                let popularity_exponent = nu / 2.0;
                let params = Params {
                    factors,
                    cg_steps,
                    alpha,
                    popularity_exponent,
                    reg,
                    nu,
                    init_sd,
                    ..Params::default()
                };
                match params.clone().check().unwrap().fit(&data, &mut Silent) {
                    Ok(trained) => {
                        let mut all = trained.factors.users.to_rows(0);
                        all.extend(trained.factors.items.to_rows(0));
                        assert!(all.iter().all(|x| x.is_finite()), "{name}, {params:?}");
                        let losses = trained.history.iter().map(|epoch| epoch.loss);
                        assert!(losses.clone().all(f64::is_finite), "{name}, {params:?}");
                    }
                    Err(Error::Diverged { learning_rate: None, .. }) => {}
                    Err(error) => panic!("{name}, {params:?}: {error}"),
                }
            }
        }
    }
}

#[test]
fn without_a_penalty_of_its_own_it_follows_alpha_and_is_less_of_few_items() {
    for (alpha, nu, n, expected) in [
        (0.1, 1.0, 1000, 15.8 * 0.1f64.sqrt()),
        (0.25, 0.5, 41_000, 7.9),
        (1.0, 0.0, 7, 0.0875),
        (0.1, 1.0, 30, 0.375),
    ] {
        let params = Params { alpha, nu, ..small() };
        let lambda = params.lambda(alpha, n);
        let penalty = lambda * (f64::from(alpha) * n as f64).powf(f64::from(nu));
        assert!((penalty - expected).abs() < 1e-5, "{penalty}");
        let same = Params { reg: lambda as f32, ..params.clone() };
        assert!((same.lambda(alpha, n) / lambda - 1.0).abs() < 1e-6);
    }
    let data = dataset(pairs((3, 4), |user, item| user == item));
    let fitted = IalsTechnique.fit(&small(), &Task::new(&data), &mut Silent).unwrap();
    let noted = |name: &str| fitted.notes[name].as_f64().unwrap();
    assert_eq!(noted("lambda") as f32, small().lambda(0.3, 4) as f32);
    assert_eq!(noted("alpha"), 0.3);
    // 12 d, from .01 to .3.
    for (interactions, shape, expected) in
        [(1000, (100, 20), 0.3), (600, (200, 1000), 0.036), (7, (500, 100), 0.01)]
    {
        assert_eq!(small().alpha_of(interactions, shape), expected);
    }
    assert_eq!(Params { alpha: 0.3, ..small() }.alpha_of(7, (500, 100)), 0.3);
}
