use super::*;
use crate::Propensities;
use crate::testing::{dataset, ids};
use foretaste_data::Dataset;
use foretaste_mf::{Silent, Start};

fn data() -> Dataset {
    let rows = (0..12).flat_map(|user| (0..9).map(move |item| (user, item)));
    let rows = rows.filter(|(user, item)| user % 3 == item % 3 || (user * item) % 7 == 5);
    dataset(ids(12), ids(9), rows)
}

fn quick() -> foretaste_mf::Params {
    foretaste_mf::Params { factors: 4, epochs: 20, ..Params::default().mf }
}

#[test]
fn defaults_are_legal_and_each_illegal_value_is_named() {
    let d = Params::default;
    assert!(d().check().is_ok() && UbprParams::default().check().is_ok());
    let als = || Params { solver: Solver::Als, loss: Loss::Squared, ..d() };
    assert!(als().check().is_ok());
    let bad = [
        ("clip must be from 0 to 1", Params { clip: -0.1, ..d() }),
        ("clip must be from", Params { clip: 1.5, ..d() }),
        ("clip must be from", Params { clip: f32::NAN, ..d() }),
        ("confidence must be from", Params { confidence: 0.0, ..d() }),
        ("floor must be above 0 and at most 1", Params { floor: 0.0, ..d() }),
        ("shrinkage must be from", Params { shrinkage: 0.0, ..d() }),
        (
            "the power of popularity must be",
            Params { propensity: Propensity::Popularity(-1.0), ..d() },
        ),
        ("the propensity must be", Params { propensity: Propensity::Constant(2.0), ..d() }),
        ("loss must be squared for the", Params { solver: Solver::Als, ..d() }),
    ];
    for (said, params) in bad {
        let message = params.check().unwrap_err().to_string();
        assert!(message.starts_with(said), "{message}");
    }
    let mf = foretaste_mf::Params { factors: 0, ..quick() };
    let message = Params { mf, ..d() }.check().unwrap_err().to_string();
    assert!(message.contains("factors"), "{message}");
    let ubpr = UbprParams { beta: f32::INFINITY, ..UbprParams::default() };
    assert!(ubpr.check().unwrap_err().to_string().ends_with("not inf"));
}

#[test]
fn names_and_json_are_read_as_they_are_written() {
    for estimator in Estimator::ALL {
        assert_eq!(estimator.to_string().parse::<Estimator>().unwrap(), estimator);
        let json = serde_json::to_value(estimator).unwrap();
        assert_eq!(json, serde_json::json!(estimator.to_string()));
    }
    for loss in Loss::ALL {
        assert_eq!(loss.to_string().parse::<Loss>().unwrap(), loss);
        assert_eq!(serde_json::to_value(loss).unwrap(), serde_json::json!(loss.to_string()));
    }
    let error = "ips".parse::<Estimator>().unwrap_err().to_string();
    assert_eq!(error, "estimator must be `naive`, `wmf`, `unbiased` or `clipped`, not ips");
    let params = Params { estimator: Estimator::Wmf, solver: Solver::Als, ..Params::default() };
    let json = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<Params>(&json).unwrap(), params);
}

#[test]
fn every_estimator_trains_and_clipping_at_1_is_naive() {
    let data = data();
    let fit = |params: Params| {
        let trained = Params { mf: quick(), ..params }.check().unwrap().fit(&data, &mut Silent);
        trained.unwrap().factors
    };
    let d = Params::default;
    for loss in Loss::ALL {
        let of = |estimator| fit(Params { estimator, loss, clip: 0.9, ..d() });
        let all = Estimator::ALL.map(of);
        for (n, one) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|other| other != one), "{loss}: {:?}", Estimator::ALL[n]);
        }
        assert_eq!(fit(Params { clip: 1.0, loss, ..d() }), all[0]);
        assert_eq!(fit(Params { clip: 0.0, loss, ..d() }), all[2]);
        let constant = Propensity::Constant(1.0);
        let unbiased = Params { estimator: Estimator::Unbiased, loss, propensity: constant, ..d() };
        assert_eq!(fit(unbiased), all[0]);
    }
}

#[test]
fn all_weights_stay_finite_where_one_click_dominates() {
    let data = data();
    let mut theta = vec![1.0; data.items().len()];
    theta[3] = 1e-6;
    let propensities = Propensities::items(theta).unwrap();
    for loss in Loss::ALL {
        let params =
            Params { estimator: Estimator::Unbiased, loss, mf: quick(), ..Params::default() };
        let trained = params.check().unwrap().fit_with(
            data.interactions(),
            &propensities,
            Start::default(),
            &mut Silent,
        );
        let factors = trained.unwrap().factors;
        assert!(factors.items.to_rows(0).iter().all(|x| x.is_finite()), "{loss}");
    }
    let ubpr = UbprParams {
        clip: 0.0,
        mf: foretaste_mf::Params { factors: 4, ..UbprParams::default().mf },
        ..UbprParams::default()
    };
    ubpr.check()
        .unwrap()
        .fit_with(data.interactions(), &propensities, Start::default(), &mut Silent)
        .unwrap();
}

#[test]
fn data_without_anything_to_learn_is_refused() {
    let full = dataset(ids(2), ids(2), [(0, 0), (0, 1), (1, 0), (1, 1)]);
    let relmf = Params::default().check().unwrap().fit(&full, &mut Silent);
    let ubpr = UbprParams::default().check().unwrap().fit(&full, &mut Silent);
    for error in [relmf.unwrap_err(), ubpr.unwrap_err()] {
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
        assert!(matches!(error, Error::Training(foretaste_mf::Error::NoData { .. })), "{error}");
    }
    // A clicked j that was hardly seen is a negative if a triple may gain.
    let ubpr = UbprParams { beta: 1.0, ..UbprParams::default() };
    ubpr.check().unwrap().fit(&full, &mut Silent).unwrap();
}

#[test]
fn pairs_are_unbiased_only_if_any_item_may_be_the_other() {
    for sampler in [Negatives::Uniform, Negatives::Hardest(0), Negatives::Popularity(0.5)] {
        let mf = foretaste_mf::Params { sampler, ..UbprParams::default().mf };
        let error = UbprParams { mf, ..UbprParams::default() }.check().unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "sampler", .. }), "{error}");
        assert!(error.to_string().ends_with(&format!(", not {sampler}")), "{error}");
    }
}

/// Of a click that counts 100 times, a label of 100 would make a loss without a least value.
#[test]
fn weights_are_learned_from_where_they_are_weights() {
    let data = crate::testing::abc();
    let weights = (1..=data.interactions().nnz()).map(|n| n as f32 * 20.0).collect();
    let weighted = data.interactions().clone().with_weights(weights).unwrap();
    let data = data.with_interactions(weighted).unwrap();
    for estimator in [Estimator::Naive, Estimator::Wmf, Estimator::Unbiased, Estimator::Clipped] {
        for solver in [Solver::Sgd, Solver::Als] {
            let loss = if solver == Solver::Als { Loss::Squared } else { Loss::CrossEntropy };
            let params = Params { estimator, solver, loss, ..Params::default() };
            let Ok(relmf) = params.check() else { continue };
            let found = relmf.fit(&data, &mut Silent);
            match (estimator, solver) {
                (Estimator::Wmf, Solver::Sgd) => {
                    let losses: Vec<f64> = found.unwrap().history.iter().map(|e| e.loss).collect();
                    assert!(losses.iter().all(|loss| *loss >= 0.0), "{losses:?}");
                }
                _ => {
                    let error = found.unwrap_err().to_string();
                    assert!(error.contains("where interactions have weights"), "{error}");
                }
            }
        }
    }
}
