use super::squares;
use crate::{Estimator, Exposure, Labels, Loss, Params, Propensities};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste_kernels::symmetric;
use foretaste_mf::{Factors, Half, LeastSquares, Silent, Trained};

const SWEEP: [Half; 2] = [Half::Users, Half::Items];

// So that an item has more clicks than are added to a matrix at once, and some Gram matrices are sums
// of parts.
const USERS: u32 = 400;
const ITEMS: u32 = 30;
const K: usize = 11;

/// A third of the items suits a user; a little of the rest is clicked too.
fn data() -> Dataset {
    let cells = (0..USERS).flat_map(|user| (0..ITEMS).map(move |item| (user, item)));
    let clicked = |&(user, item): &(u32, u32)| {
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        noise % 10 < if user % 3 == item % 3 { 7 } else { 1 }
    };
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = cells.filter(clicked).map(pair).collect();
    let (users, items) = (USERS as usize, ITEMS as usize);
    let (interactions, _) = Interactions::from_pairs(pairs, users, items, Keep::default()).unwrap();
    let ids = |n: u32| IdTable::from_integers((0..i64::from(n)).collect());
    Dataset::new(ids(USERS), ids(ITEMS), interactions).unwrap()
}

fn params(epochs: u32) -> Params {
    let d = Params::default();
    let mf = foretaste_mf::Params { factors: K, epochs, ..d.mf };
    Params {
        estimator: Estimator::Clipped,
        loss: Loss::Squared,
        solver: crate::Solver::Als,
        mf,
        ..d
    }
}

/// The matrix of the y, row by row.
fn labels(data: &Interactions, labels: &Labels) -> Vec<f64> {
    let mut y = vec![0.0; (USERS * ITEMS) as usize];
    for (at, pair) in data.pairs().enumerate() {
        let cell = pair.user.index() * ITEMS as usize + pair.item.index();
        y[cell] = f64::from(labels.targets().of(pair.item.index(), at));
    }
    y
}

/// Σ_D [y (1 − x)² + (1 − y) x²] + λ (‖U‖² + ‖V‖²), cell by cell; of weighted clicks, Σ_clicks
/// y (1 − x)² + Σ_others x².
fn objective(
    y: &[f64],
    weighted: bool,
    users: &[f32],
    items: &[f32],
    k: usize,
    lambda: f64,
) -> f64 {
    let cell = |(cell, y): (usize, &f64)| {
        let (user, item) = (cell / ITEMS as usize, cell % ITEMS as usize);
        let x = symmetric::dot(&users[user * k..(user + 1) * k], &items[item * k..(item + 1) * k]);
        let other = if weighted && *y > 0.0 { 0.0 } else { 1.0 - y };
        y * (1.0 - x) * (1.0 - x) + other * x * x
    };
    let squares = |rows: &[f32]| rows.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    y.iter().enumerate().map(cell).sum::<f64>() + lambda * (squares(users) + squares(items))
}

#[test]
fn no_sweep_raises_the_objective_and_the_reported_loss_is_its_first_part() {
    for (k, estimator, confidence) in [
        (K, Estimator::Clipped, 10.0),
        (K, Estimator::Wmf, 10.0),
        (K, Estimator::Wmf, 0.2),
        // More factors than items.
        (37, Estimator::Clipped, 10.0),
        (37, Estimator::Wmf, 10.0),
        (37, Estimator::Wmf, 0.2),
        // More than users, too.
        (450, Estimator::Wmf, 10.0),
    ] {
        sweep_by_sweep(k, estimator, confidence);
    }
}

fn sweep_by_sweep(k: usize, estimator: Estimator, confidence: f32) {
    let data = data();
    let params = |epochs| {
        let params = params(epochs);
        Params { mf: foretaste_mf::Params { factors: k, ..params.mf }, ..params }
    };
    let model = Params { estimator, confidence, ..params(1) }.check().unwrap();
    let weighted = estimator == Estimator::Wmf;
    let propensities =
        Propensities::new(&model.params().propensity, (Exposure::Item, 1), 0.001, &data).unwrap();
    let of_clicks = model.labels(&propensities);
    let y = labels(data.interactions(), &of_clicks);
    let more = if weighted { confidence - 1.0 } else { 0.0 };
    let squares = squares(data.interactions(), of_clicks.targets(), k, (1.0, more));
    let mut solver = LeastSquares::new(data.interactions(), of_clicks.targets(), squares);
    let lambda = squares.ridge.lambda;
    let mut factors = Factors::initial(data.interactions(), &model.params().mf, &[]);
    let (mut last, mut plain) = (f64::INFINITY, Vec::new());
    for _ in 0..15 {
        let before = factors.items.to_rows(0);
        let whole = solver.sweep(&SWEEP, &mut factors, &mut |_| true).unwrap();
        let (users, items) = (factors.users.to_rows(0), factors.items.to_rows(0));
        let of = |users: &[f32], items: &[f32]| objective(&y, weighted, users, items, k, lambda);
        // The minimum in U, then in V: of a quadratic function the difference is the slope.
        for at in [0, 7, 33, 149] {
            let slope = |rows: &[f32], of: &dyn Fn(&[f32]) -> f64| {
                let moved = |step: f32| {
                    let mut rows = rows.to_vec();
                    rows[at] += step;
                    of(&rows)
                };
                (moved(0.125) - moved(-0.125)) / 0.25
            };
            let in_u = slope(&users, &|users| of(users, &before));
            let in_v = slope(&items, &|items| of(&users, items));
            assert!(in_u.abs() < 1e-3 && in_v.abs() < 1e-3, "{at}: {in_u} {in_v}");
        }
        let value = of(&users, &items);
        // The rounding of f32 factors.
        assert!(value <= last * (1.0 + 1e-6), "{value} after {last}");
        assert!((whole - value).abs() < 1e-6 * value.abs(), "{whole} {value}");
        plain.push(objective(&y, weighted, &users, &items, k, 0.0) / y.len() as f64);
        last = value;
    }
    // It is what training does.
    let trained = Params { estimator, confidence, ..params(15) }.check().unwrap();
    let trained = trained.fit(&data, &mut Silent).unwrap();
    assert_eq!(trained.factors, factors);
    for (report, plain) in trained.history.iter().zip(plain) {
        assert!((report.loss - plain).abs() < 1e-6 * plain.abs(), "{report:?} {plain}");
    }
}

#[test]
fn it_converges_to_the_largest_singular_values_less_lambda() {
    // Three blocks of 12 × 10 ones: three singular values of √120.
    let block = |user: u32| (0..10).map(move |item| (user, 10 * (user % 3) + item));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs: Vec<_> = (0..36).flat_map(block).map(pair).collect();
    let (data, _) = Interactions::from_pairs(pairs, 36, 30, Keep::default()).unwrap();
    let of_ones = squares(&data, Labels::One.targets(), 3, (0.5, 0.0));
    let mut solver = LeastSquares::new(&data, Labels::One.targets(), of_ones);
    let sigma = 120f64.sqrt();
    // v = 1/3: λ = ½ √⅓ (6 + √30), below σ.
    let lambda = 0.5 * (1f64 / 3.0).sqrt() * (6.0 + 30f64.sqrt());
    assert!((of_ones.ridge.lambda - lambda).abs() < 1e-9 && lambda < sigma);
    let weighted = squares(&data, Labels::Items(vec![16.0; 30]).targets(), 3, (0.5, 15.0));
    assert!((weighted.ridge.lambda - 16f64.powf(0.75) * lambda).abs() < 1e-9);
    let mut factors =
        Factors::initial(&data, &foretaste_mf::Params { factors: 3, ..params(1).mf }, &[]);
    for _ in 0..200 {
        solver.sweep(&SWEEP, &mut factors, &mut |_| true).unwrap();
    }
    // Each block of X is a constant: (σ − λ) / σ inside, 0 outside.
    for (user, item, expected) in
        [(0, 3, 1.0 - lambda / sigma), (0, 13, 0.0), (5, 25, 1.0 - lambda / sigma)]
    {
        let score = f64::from(factors.score(0, user, item));
        assert!((score - expected).abs() < 1e-4, "{user} {item}: {score}, not {expected}");
    }
}

#[test]
fn threads_and_repetition_change_nothing() {
    let data = data();
    for estimator in [Estimator::Clipped, Estimator::Wmf] {
        let model = Params { estimator, ..params(7) }.check().unwrap();
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| model.fit(&data, &mut Silent).unwrap())
        };
        let one = fit(1);
        assert_eq!(one, fit(3));
        assert_eq!(one.history.len(), 7);
    }
}

#[test]
fn empty_rows_stay_empty_and_empty_data_is_refused() {
    let mut data = data();
    let pairs = data.interactions().pairs().filter(|pair| pair.user.0 != 3 && pair.item.0 != 4);
    let (users, items) = (USERS as usize, ITEMS as usize);
    let (fewer, _) =
        Interactions::from_pairs(pairs.collect(), users, items, Keep::default()).unwrap();
    data = data.with_interactions(fewer).unwrap();
    for estimator in [Estimator::Clipped, Estimator::Wmf] {
        let model = Params { estimator, ..params(3) }.check().unwrap();
        let Trained { factors, .. } = model.fit(&data, &mut Silent).unwrap();
        assert!(factors.users.to_rows(0)[3 * K..4 * K].iter().all(|&x| x == 0.0));
        assert!(factors.items.to_rows(0)[4 * K..5 * K].iter().all(|&x| x == 0.0));
    }
    let (none, _) = Interactions::from_pairs(vec![], users, items, Keep::default()).unwrap();
    data = data.with_interactions(none).unwrap();
    let error = params(3).check().unwrap().fit(&data, &mut Silent).unwrap_err();
    assert!(error.to_string().contains("no interactions"), "{error}");
}
