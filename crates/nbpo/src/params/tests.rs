use super::*;
use foretaste_mf::{Factors, Monitor, Silent};

/// Users and items in two groups, who like their own.
fn groups() -> Interactions {
    let rows =
        (0..40_u32).map(|user| (user % 2..30).step_by(2).filter(move |i| (i + user) % 5 > 0));
    let (mut starts, mut items) = (vec![0], Vec::new());
    for row in rows {
        items.extend(row.map(foretaste_data::ItemId));
        starts.push(items.len());
    }
    Interactions::from_rows(starts, items, 30).unwrap()
}

fn quick(params: Params) -> Params {
    Params { factors: 4, epochs: 10, ..params }
}

#[test]
fn illegal_values_are_named() {
    let named = |result: Result<(), Error>, expected: &str| match result {
        Err(Error::Parameter { name, .. }) => assert_eq!(name, expected),
        other => panic!("{expected}: {other:?}"),
    };
    for flip in [-0.1, 1.0, f32::NAN] {
        named(BpoModel::new(BpoParams { flip, ..BpoParams::default() }).map(drop), "flip");
    }
    let nbpo = NbpoParams::default();
    let bad = [
        ("flip_dim", NbpoParams { flip_dim: 0, ..nbpo.clone() }),
        ("flip_dim", NbpoParams { flip_dim: 4097, ..nbpo.clone() }),
        ("flip_reg", NbpoParams { flip_reg: -0.1, ..nbpo.clone() }),
        ("flip_reg", NbpoParams { flip_reg: f32::NAN, ..nbpo.clone() }),
        ("flip_prior", NbpoParams { flip_prior: 0.0, ..nbpo.clone() }),
        ("flip_prior", NbpoParams { flip_prior: 0.5, ..nbpo.clone() }),
        ("negatives", NbpoParams { mf: Params { negatives: 0, ..uniform() }, ..nbpo }),
    ];
    for (expected, params) in bad {
        named(NbpoModel::new(params).map(drop), expected);
    }
    let noise = |rate, by_item, by_user| {
        let noise = Some(Noise { rate, by_item, by_user });
        CalibratedModel::new(CalibratedParams { noise, ..CalibratedParams::default() }).map(drop)
    };
    named(noise(1.0, 0.0, 0.0), "noise.rate");
    named(noise(0.5, 11.0, 0.0), "noise.by_item");
    named(noise(0.5, 0.0, f32::NAN), "noise.by_user");
    let mf = |mf| CalibratedModel::new(CalibratedParams { mf, noise: None }).map(drop);
    named(mf(Params::default()), "sampler");
    named(mf(Params { weighting: Weighting::Population, ..uniform() }), "weighting");
}

#[test]
fn parameters_survive_json() {
    let nbpo = NbpoParams { flip_reg: 0.5, ..NbpoParams::default() };
    let text = serde_json::to_string(&nbpo).unwrap();
    assert_eq!(serde_json::from_str::<NbpoParams>(&text).unwrap(), nbpo);
    let text = serde_json::to_string(&CalibratedParams::default()).unwrap();
    assert_eq!(
        serde_json::from_str::<CalibratedParams>(&text).unwrap(),
        CalibratedParams::default()
    );
}

#[test]
fn every_variant_learns() {
    let data = groups();
    for variant in [Variant::Nbpo, Variant::NbpoO, Variant::NbpoS] {
        let params = NbpoParams { mf: quick(uniform()), variant, ..NbpoParams::default() };
        let history = NbpoModel::new(params).unwrap().fit(&data, &mut Silent).unwrap().history;
        assert!(history[9].loss < history[0].loss, "{variant:?}: {history:?}");
    }
    let params = BpoParams { mf: quick(uniform()), flip: 0.5 };
    let history = BpoModel::new(params).unwrap().fit(&data, &mut Silent).unwrap().history;
    assert!(history[9].loss < history[0].loss, "{history:?}");
}

#[test]
fn a_penalty_that_shrinks_the_flips_to_nothing_leaves_zeros_not_denormals() {
    let mf = Params { lr: 1.0, ..quick(uniform()) };
    let params = NbpoParams { mf, flip_reg: 1.0, ..NbpoParams::default() };
    let factors = NbpoModel::new(params).unwrap().fit(&groups(), &mut Silent).unwrap().factors;
    let flips = [factors.users.to_rows(1), factors.items.to_rows(1)].concat();
    assert!(flips.iter().all(|&x| x == 0.0), "{flips:?}");
}

#[test]
fn users_with_all_items_or_one_are_trained_on() {
    let all: Vec<_> = (0..6).map(foretaste_data::ItemId).collect();
    let one = [foretaste_data::ItemId(3)];
    let data = |rows: &[&[foretaste_data::ItemId]]| {
        let mut starts = vec![0];
        rows.iter().for_each(|row| starts.push(starts[starts.len() - 1] + row.len()));
        Interactions::from_rows(starts, rows.concat(), 6).unwrap()
    };
    let model =
        NbpoModel::new(NbpoParams { mf: quick(uniform()), ..NbpoParams::default() }).unwrap();
    assert!(model.fit(&data(&[&all, &one]), &mut Silent).is_ok());
    assert!(matches!(model.fit(&data(&[&all]), &mut Silent), Err(Error::NoData { .. })));
}

#[test]
fn a_learning_rate_that_is_too_high_is_an_error_not_a_model() {
    let mf = Params { lr: 10.0, init_sd: 10.0, ..quick(uniform()) };
    let params = CalibratedParams { mf, noise: Some(Noise::default()) };
    let fit = CalibratedModel::new(params).unwrap().fit(&groups(), &mut Silent);
    match fit {
        Err(Error::Diverged { .. }) => {}
        Ok(trained) => assert!(trained.factors.users.to_rows(0).iter().all(|x| x.is_finite())),
        Err(error) => panic!("{error}"),
    }
}

/// Counts the trainings of an estimation.
struct Trainings(u32);

impl Monitor for Trainings {
    fn estimating(&mut self, trainings: u32) {
        self.0 = trainings;
    }
}

#[test]
fn data_without_anything_to_learn_is_refused_before_anything_is_estimated() {
    // A user who has every item, but would lack some once a share is held out.
    let items = (0..1000).map(foretaste_data::ItemId).collect();
    let full = Interactions::from_rows(vec![0, 1000], items, 1000).unwrap();
    let mut trainings = Trainings(0);
    let model = CalibratedModel::new(CalibratedParams::default()).unwrap();
    let error = model.fit(&full, &mut trainings).unwrap_err();
    assert!(matches!(error, Error::NoData { .. }), "{error}");
    assert_eq!(trainings.0, 0);
}

#[test]
fn factors_of_a_strange_file_have_neither_flips_nor_a_way_to_fold_in() {
    use foretaste_data::{ItemId, UserId};
    use foretaste_model::{FoldInError, Histories, Model};
    let data = groups();
    let one = || FactorModel::new(Factors::initial(&data, &quick(uniform()), &[]));
    let nbpo = NbpoModel::new(NbpoParams { mf: quick(uniform()), ..NbpoParams::default() });
    let calibrated = CalibratedParams::default();
    let calibrated = CalibratedParams { mf: quick(calibrated.mf.clone()), ..calibrated };
    let calibrated = CalibratedModel::new(calibrated).unwrap();
    for model in [nbpo.unwrap().complete(one(), &data), calibrated.complete(one(), &data)] {
        assert_eq!(model.flip_probability(UserId(0), ItemId(0)), None);
        let refused = model.fold_in(&Histories::new(&data)).map(drop).unwrap_err();
        assert_eq!(refused, FoldInError::Unsupported);
    }
}
