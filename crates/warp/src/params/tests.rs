use super::*;
use foretaste_data::ItemId;
use foretaste_mf::{Bias, Schedule, Silent, Steps};

fn interactions(rows: &[&[u32]], n_items: usize) -> Interactions {
    let starts = rows.iter().scan(0, |end, row| {
        *end += row.len();
        Some(*end)
    });
    let items = rows.iter().flat_map(|row| row.iter().copied().map(ItemId)).collect();
    Interactions::from_rows(std::iter::once(0).chain(starts).collect(), items, n_items).unwrap()
}

fn with(change: impl FnOnce(&mut Params)) -> Params {
    let mut params = Params::default();
    change(&mut params);
    params
}

fn fit(params: Params, data: &Interactions) -> Result<Trained, Error> {
    Warp::new(params).unwrap().fit(data, &mut Silent)
}

fn is_finite(trained: &Trained) -> bool {
    let Trained { factors, history, .. } = trained;
    let rows = [&factors.users, &factors.items].map(|table| table.to_rows(0));
    let mut numbers = rows.iter().flatten().chain(&factors.biases[0].items);
    numbers.all(|x| x.is_finite()) && history.iter().all(|epoch| epoch.loss.is_finite())
}

#[test]
fn each_illegal_value_is_named() {
    let bad = [
        ("max_draws", with(|all| all.max_draws = 0)),
        ("max_draws", with(|all| all.max_draws = 10_001)),
        ("margin", with(|all| all.margin = 0.0)),
        ("margin", with(|all| all.margin = f32::NAN)),
        ("reg", with(|all| all.mf.reg = -0.1)),
        ("sampler", with(|all| all.mf.sampler = Negatives::Hardest(0))),
        ("sampler", with(|all| all.mf.sampler = Negatives::Any)),
    ];
    for (expected, params) in bad {
        match Warp::new(params) {
            Err(Error::Parameter { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn lambda_follows_from_the_data_unless_it_is_given() {
    // Users have 64 each, items 16 of them and 0: (64 + 16) / 2 of an interaction.
    let row: Vec<u32> = (0..64).collect();
    let data = interactions(&[&*row; 16], 100);
    let expected = (0.81 / libm::pow(40.0, 0.4)) as f32;
    assert_eq!(Params::default().reg_of(&Whole::of(&data)), expected);
    assert_eq!(with(|all| all.mf.reg = 0.5).reg_of(&Whole::of(&data)), 0.5);
    assert_eq!(with(|all| all.mf.reg = 1e-45).reg_of(&Whole::of(&data)), expected);
    assert_eq!(Params::default().reg_of(&Whole::of(&interactions(&[&[0], &[1]], 3))), 0.2);
    assert_eq!(Params::default().reg_of(&Whole::of(&interactions(&[], 3))), 0.2);
}

#[test]
fn small_and_strange_data_train_or_say_why_not() {
    let one_user = interactions(&[&[0, 2]], 5);
    let one_free = interactions(&[&[0, 1, 2], &[], &[0, 1, 2, 3]], 4);
    for data in [&one_user, &one_free] {
        for draws in [1, 100, 10_000] {
            let trained = fit(with(|all| all.max_draws = draws), data).unwrap();
            assert!(is_finite(&trained));
        }
        // More factors than users and items.
        assert!(is_finite(&fit(with(|all| all.mf.factors = 300), data).unwrap()));
    }
    for nothing in [interactions(&[&[0, 1], &[0, 1]], 2), interactions(&[&[], &[]], 2)] {
        assert!(matches!(fit(Params::default(), &nothing), Err(Error::NoData { .. })));
    }
}

#[test]
fn legal_extremes_give_finite_numbers_or_the_epoch_that_diverged() {
    let rows: Vec<Vec<u32>> = (0..40).map(|u| (0..8).map(|n| u % 5 + 7 * n).collect()).collect();
    let data = interactions(&rows.iter().map(|row| &**row).collect::<Vec<_>>(), 60);
    let mut diverged = 0;
    for steps in [Steps::Sgd, Steps::AdaGrad] {
        for (lr, reg, margin) in
            [(10.0, 1e-30, 100.0), (10.0, 1.0, 100.0), (10.0, 1e-30, 1e-30), (1e-30, 1.0, 1.0)]
        {
            for init_sd in [1e-30, 10.0] {
                let params = with(|all| {
                    (all.margin, all.mf.lr, all.mf.reg) = (margin, lr, reg);
                    (all.mf.init_sd, all.mf.steps) = (init_sd, steps);
                    all.mf.schedule = Schedule::Constant;
                    all.mf.bias = Bias { item: true, ..Bias::default() };
                });
                match fit(params, &data) {
                    Ok(trained) => assert!(is_finite(&trained)),
                    Err(Error::Diverged { .. }) => diverged += 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
    assert!(diverged > 0, "steps of ten times a margin of a hundred stay nowhere");
}
