use super::squares;
use crate::Params;
use crate::testing::{clicks, loss, plays};
use foretaste_data::Interactions;
use foretaste_mf::{Factors, LeastSquares, Table, Targets};

/// With K below and above the number of items, and above that of users; every kind of ν.
fn variants() -> Vec<Params> {
    let params = |factors, alpha, reg, nu| Params { factors, alpha, reg, nu, ..Params::default() };
    vec![
        params(11, 0.1, 0.003, 1.0),
        params(11, 1.0, 2.0, 0.0),
        params(11, 0.02, 0.05, 0.5),
        params(5, 30.0, 1e-6, 2.0),
        params(37, 0.1, 0.01, 1.0),
        params(160, 0.3, 0.003, 1.0),
        params(160, 0.3, 0.5, 0.0),
    ]
}

/// Clicks, and plays that weigh.
fn all() -> Vec<(Interactions, Params)> {
    let with = |params: Params| [(clicks(), params.clone()), (plays(), params)];
    variants().into_iter().flat_map(with).collect()
}

fn solver(data: &Interactions, params: &Params) -> (LeastSquares, Factors) {
    let weights = vec![params.weight(); data.n_items()];
    let solver = LeastSquares::new(data, Targets::Items(&weights), squares(params, data.n_items()));
    let solver = match data.weights() {
        Some(weights) => solver.weighted_by(weights),
        None => solver,
    };
    let start = foretaste_mf::Params { factors: params.factors, ..Default::default() };
    (solver, Factors::initial(data, &start, &[]))
}

/// The first and second derivative of the loss in one number of a table: the loss is quadratic, so
/// differences are exact but for rounding.
fn derivatives(
    data: &Interactions,
    params: &Params,
    factors: &Factors,
    side: fn(&mut Factors) -> &mut Table,
    at: usize,
) -> [f64; 2] {
    let moved = |step: f32| {
        let mut factors = factors.clone();
        let table = side(&mut factors);
        let mut rows = table.to_rows(0);
        rows[at] += step;
        *table = Table::from_rows(params.factors, &rows).unwrap();
        loss(data, params, &factors)
    };
    let [low, middle, high] = [-0.125, 0.0, 0.125].map(moved);
    [(high - low) / 0.25, (high - 2.0 * middle + low) / (0.125 * 0.125)]
}

type Half = fn(&mut LeastSquares, &mut Factors, &mut dyn FnMut(f64) -> bool) -> bool;

#[test]
fn each_half_of_a_sweep_ends_where_the_loss_has_no_slope() {
    for (data, params) in all() {
        let (mut solver, mut factors) = solver(&data, &params);
        let k = params.factors;
        // Below 1, factors are rounded to f32 by 6e-8 at most, each of a row's.
        let rounding = f64::from(f32::EPSILON) / 2.0 * k as f64;
        let users: (fn(&mut Factors) -> &mut Table, Half) = (
            |factors| &mut factors.users,
            |solver, factors, go_on| solver.solve_users(factors, go_on),
        );
        let items: (fn(&mut Factors) -> &mut Table, Half) = (
            |factors| &mut factors.items,
            |solver, factors, go_on| solver.solve_items(factors, go_on),
        );
        for (sweep, (side, solve)) in [users, items, users, items, users].into_iter().enumerate() {
            // Of rows 0, 1, 7 (of users, the one who has all) and 25.
            let places = [0, k + 1, 7 * k + k / 2, 26 * k - 1];
            let slopes =
                |factors: &Factors| places.map(|at| derivatives(&data, &params, factors, side, at));
            let before = slopes(&factors);
            assert!(solve(&mut solver, &mut factors, &mut |_| true));
            for (at, [slope, second]) in slopes(&factors).into_iter().enumerate() {
                let said = format!("{sweep} {at}: {slope} of {second}, {params:?}");
                assert!(slope.abs() < rounding * second, "{said}");
            }
            let moved = before.iter().any(|[slope, second]| slope.abs() > rounding * second);
            assert!(moved, "{sweep}: there was nothing to solve for, {params:?}");
        }
    }
}

#[test]
fn the_reported_loss_is_the_definition_a_cell_and_never_rises() {
    for (data, params) in all() {
        let params = Params { epochs: 12, ..params };
        let ials = params.clone().check().unwrap();
        let cells = (data.n_users() * data.n_items()) as f64;
        let history = ials.fit(&data, &mut foretaste_mf::Silent).unwrap().history;
        assert_eq!(history.len(), 12);
        for epochs in [1, 2, 12] {
            let shorter = Params { epochs, ..params.clone() }.check().unwrap();
            let factors = shorter.fit(&data, &mut foretaste_mf::Silent).unwrap().factors;
            let (told, defined) =
                (history[epochs as usize - 1].loss, loss(&data, &params, &factors) / cells);
            // α0 is an f32: what is divided by it and multiplied again differs by 1e-7.
            assert!((told - defined).abs() < 1e-6 * defined, "{told} {defined}, {params:?}");
        }
        for pair in history.windows(2) {
            // The rounding of f32 factors.
            assert!(pair[1].loss <= pair[0].loss * (1.0 + 1e-6), "{history:?}");
        }
        assert!(history[11].loss < history[0].loss, "{history:?}");
    }
}
