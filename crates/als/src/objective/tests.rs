use super::Objective;
use crate::Params;
use crate::testing::{clicks, loss, plays};
use foretaste_data::Interactions;
use foretaste_mf::{Factors, Half, LeastSquares, Silent, Table};

mod held;

/// With K below and above the number of items, and above that of users; every kind of ν and of weights.
fn variants() -> Vec<Params> {
    let params = |factors, alpha, reg, nu, popularity_exponent| Params {
        factors,
        alpha,
        reg,
        nu,
        popularity_exponent,
        ..Params::default()
    };
    vec![
        params(11, 0.1, 0.003, 1.0, 0.0),
        params(11, 1.0, 2.0, 0.0, 0.5),
        params(11, 0.02, 0.05, 0.5, 0.0),
        params(5, 30.0, 1e-6, 2.0, 1.0),
        params(37, 0.1, 0.01, 1.0, 0.3),
        params(160, 0.3, 0.003, 1.0, 0.0),
        params(160, 0.3, 0.5, 0.0, 0.7),
    ]
}

/// Clicks, and plays that weigh.
fn all() -> Vec<(Interactions, Params)> {
    let with = |params: Params| [(clicks(), params.clone()), (plays(), params)];
    variants().into_iter().flat_map(with).collect()
}

fn solver(data: &Interactions, params: &Params) -> (LeastSquares, Factors) {
    let solver = Objective::new(params, data).solver(data);
    let start = foretaste_mf::Params { factors: params.factors, ..Default::default() };
    (solver, Factors::initial(data, &start, &[]))
}

/// The table of a side.
type Of = fn(&mut Factors) -> &mut Table;

/// The first and second derivative of the loss in one number of a table: the loss is quadratic, so
/// differences are exact but for rounding.
fn derivatives(
    data: &Interactions,
    params: &Params,
    factors: &Factors,
    side: Of,
    at: usize,
) -> [f64; 2] {
    derivatives_of(|factors| loss(data, params, factors), factors, side, at)
}

/// The same of any loss that is quadratic.
fn derivatives_of(
    loss: impl Fn(&Factors) -> f64,
    factors: &Factors,
    side: Of,
    at: usize,
) -> [f64; 2] {
    let moved = |step: f32| {
        let mut factors = factors.clone();
        let table = side(&mut factors);
        let mut rows = table.to_rows(0);
        rows[at] += step;
        *table = Table::from_rows(table.widths()[0], &rows).unwrap();
        loss(&factors)
    };
    let [low, middle, high] = [-0.125, 0.0, 0.125].map(moved);
    [(high - low) / 0.25, (high - 2.0 * middle + low) / (0.125 * 0.125)]
}

#[test]
fn each_half_of_a_sweep_ends_where_the_loss_has_no_slope() {
    for (data, params) in all() {
        let (mut solver, mut factors) = solver(&data, &params);
        let k = params.factors;
        // Below 1, factors are rounded to f32 by 6e-8 at most, each of a row's.
        let rounding = f64::from(f32::EPSILON) / 2.0 * k as f64;
        let sides: [(Of, Half); 2] = [
            (|factors| &mut factors.users, Half::Users),
            (|factors| &mut factors.items, Half::Items),
        ];
        for (at, (side, half)) in sides.into_iter().cycle().take(5).enumerate() {
            // Of rows 0, 1, 7 (of users, the one who has all) and 25.
            let places = [0, k + 1, 7 * k + k / 2, 26 * k - 1];
            let slopes =
                |factors: &Factors| places.map(|at| derivatives(&data, &params, factors, side, at));
            let before = slopes(&factors);
            solver.sweep(&[half], &mut factors, &mut |_| true).unwrap();
            for (place, [slope, second]) in slopes(&factors).into_iter().enumerate() {
                let said = format!("{at} {place}: {slope} of {second}, {params:?}");
                assert!(slope.abs() < rounding * second, "{said}");
            }
            let moved = before.iter().any(|[slope, second]| slope.abs() > rounding * second);
            assert!(moved, "{at}: there was nothing to solve for, {params:?}");
        }
    }
}

const SWEEP: [Half; 2] = [Half::Users, Half::Items];

#[test]
fn the_loss_of_a_sweep_is_the_definition_and_never_rises() {
    for (data, params) in all() {
        for steps in [None, Some(1), Some(3)] {
            let (solver, mut factors) = solver(&data, &params);
            let mut solver = solver.by_steps(steps);
            let mut told = Vec::new();
            for _ in 0..12 {
                let sum = solver.sweep(&SWEEP, &mut factors, &mut |_| true).unwrap();
                told.push(sum * f64::from(params.alpha));
                let defined = loss(&data, &params, &factors);
                // α0 is an f32: what is divided by it and multiplied again differs by 1e-7. Sums of some
                // hundred clicks in f32 differ by 1e-6 of what is summed, some ten times what is left.
                let rounding = if steps.is_some() { 1e-5 } else { 1e-6 };
                let said = format!("{told:?} {defined}, {steps:?} of {params:?}");
                assert!((told[told.len() - 1] - defined).abs() < rounding * defined, "{said}");
            }
            for pair in told.windows(2) {
                // The rounding of f32 factors.
                assert!(pair[1] <= pair[0] * (1.0 + 1e-6), "{told:?}, {steps:?} of {params:?}");
            }
            assert!(told[11] < told[0], "{told:?}");
        }
    }
}

#[test]
fn what_is_trained_are_these_sweeps_with_users_at_the_minimum_at_last() {
    for (data, params) in all() {
        for steps in [0, 2] {
            let params = Params { epochs: 3, cg_steps: steps, ..params.clone() };
            let trained = params.clone().check().unwrap().fit(&data, &mut Silent).unwrap();
            let (solver, _) = solver(&data, &params);
            let mut solver = solver.by_steps((steps > 0).then_some(steps));
            let mut factors = Factors::initial_rows(&data, &params.training());
            let cells = (data.n_users() * data.n_items()) as f64;
            for report in &trained.history {
                let whole = solver.sweep(&SWEEP, &mut factors, &mut |_| true).unwrap();
                let told = whole / Objective::new(&params, &data).squares.more / cells;
                assert_eq!(report.loss.to_bits(), told.to_bits());
            }
            solver.solve_users(&mut factors);
            assert_eq!(trained.factors, factors, "{params:?}");
            assert!(
                loss(&data, &params, &factors) <= trained.history[2].loss * cells * (1.0 + 1e-5)
            );
        }
    }
}

#[test]
fn conjugate_gradients_end_at_the_minimum() {
    // Item 0 has more users than are copied at once.
    let long = crate::testing::pairs((5000, 6), |user, item| item == 0 || (user + item) % 5 == 0);
    let params = Params { factors: 5, alpha: 0.3, reg: 0.02, ..Params::default() };
    for (data, params) in all().into_iter().chain([(long, params)]) {
        let (mut exact, mut factors) = solver(&data, &params);
        exact.sweep(&[Half::Users], &mut factors, &mut |_| true).unwrap();
        let from = factors.clone();
        let at = |steps: Option<u32>| {
            let mut factors = from.clone();
            let (solver, _) = solver(&data, &params);
            solver.by_steps(steps).sweep(&[Half::Items], &mut factors, &mut |_| true).unwrap();
            loss(&data, &params, &factors)
        };
        let [start, three, many, minimum] =
            [loss(&data, &params, &from), at(Some(3)), at(Some(60)), at(None)];
        let said = format!("{start} {three} {many} {minimum}, {params:?}");
        // As much of the way as f32 knows.
        assert!(many - minimum < 1e-6 * (start - minimum), "{said}");
        // The first three go more than half of it.
        assert!(three - minimum < 0.5 * (start - minimum), "{said}");
    }
}
