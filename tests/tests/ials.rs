//! Implicit ALS against the equations of its papers, solved densely and in f64.

use foretaste::als::{Ials, Params};
use foretaste::data::{Interactions, Keep, UserId};
use foretaste::mf::{Factors, Silent};
use foretaste::model::{Histories, ModelFile, Scorer};
use foretaste::relmf::{self, Estimator, Loss, Solver};
use foretaste::{Method, Recommender};
use foretaste_tests::support::clicks;
use ndarray::Array2;
use std::path::Path;

const SWEEPS: u32 = 3;

/// Factors are rounded to f32 after each half-sweep, an error of 6e-8 that equations of a condition of
/// up to some hundred enlarge.
const PRECISION: f64 = 1e-4;

/// Rows of a side, one after the other.
type Rows = Vec<Vec<f64>>;

/// The equations of a row: what multiplies Σ_observed v vᵀ, Σ_all a v vᵀ, Σ_observed v, and λ of a row with
/// so many observations among cells that count so much.
struct Equations<'a> {
    observed: f64,
    all: f64,
    right: f64,
    ridge: &'a dyn Fn(usize, f64) -> f64,
    /// a: the items' numbers of users to this power, by their mean.
    exponent: f64,
}

/// Exact sweeps, of cells that weigh alike.
fn params() -> Params {
    let exact = Params { cg_steps: 0, popularity_exponent: 0.0, ..Params::default() };
    Params { factors: 12, epochs: SWEEPS, alpha: 0.25, reg: 0.02, nu: 0.75, ..exact }
}

fn fit(params: Params, data: &Interactions) -> Factors {
    let ials: Ials = params.check().unwrap();
    ials.fit(data, &mut Silent).unwrap().factors
}

fn rows(table: &foretaste::mf::Table) -> Rows {
    let k = table.widths()[0];
    table.to_rows(0).chunks(k).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect()
}

/// What the training starts from: normal numbers of the deviation σ/√K.
fn start(params: &Params, data: &Interactions) -> Rows {
    let init_sd = params.init_sd / (params.factors as f32).sqrt();
    let Params { factors, seed, .. } = *params;
    let of_training = foretaste::mf::Params { factors, init_sd, seed, ..Default::default() };
    rows(&Factors::initial(data, &of_training, &[]).items)
}

/// Users, items, …, users, of this many sweeps.
fn solve_densely(data: &Interactions, items: Rows, equations: &Equations<'_>) -> (Rows, Rows) {
    let (m, n) = (data.n_users(), data.n_items());
    let (mut of_users, mut of_items) = (vec![Vec::new(); m], vec![Vec::new(); n]);
    for pair in data.pairs() {
        of_users[pair.user.index()].push(pair.item.index());
        of_items[pair.item.index()].push(pair.user.index());
    }
    let powers: Vec<f64> =
        of_items.iter().map(|users| (users.len().max(1) as f64).powf(equations.exponent)).collect();
    let mean = powers.iter().sum::<f64>() / n as f64;
    let weights: Vec<f64> = powers.iter().map(|power| power / mean).collect();
    let users_of = |items: &Rows| -> Rows {
        of_users.iter().map(|observed| row(observed, items, &weights, equations)).collect()
    };
    let items_of = |users: &Rows| -> Rows {
        let each = of_items.iter().zip(&weights);
        each.map(|(observed, weight)| row(observed, users, &vec![*weight; m], equations)).collect()
    };
    let mut items = items;
    for _ in 0..SWEEPS {
        items = items_of(&users_of(&items));
    }
    (users_of(&items), items)
}

/// A row whose cells have these weights.
fn row(observed: &[usize], other: &Rows, cells: &[f64], equations: &Equations<'_>) -> Vec<f64> {
    let k = other[0].len();
    if observed.is_empty() {
        return vec![0.0; k];
    }
    let ridge = (equations.ridge)(observed.len(), cells.iter().sum());
    // The matrix, and the right side as its last column.
    let mut matrix = vec![vec![0.0; k + 1]; k];
    for (at, v) in other.iter().enumerate() {
        let observed = if observed.contains(&at) { 1.0 } else { 0.0 };
        let weight = equations.all * cells[at] + equations.observed * observed;
        for (a, matrix) in matrix.iter_mut().enumerate() {
            (0..k).for_each(|b| matrix[b] += weight * v[a] * v[b]);
            matrix[k] += equations.right * observed * v[a];
        }
    }
    (0..k).for_each(|n| matrix[n][n] += ridge);
    eliminate(matrix)
}

/// Gauss and Jordan's elimination.
fn eliminate(mut matrix: Rows) -> Vec<f64> {
    let k = matrix.len();
    for n in 0..k {
        let pivot = matrix[n][n];
        matrix[n].iter_mut().for_each(|x| *x /= pivot);
        let row = matrix[n].clone();
        for (_, other) in matrix.iter_mut().enumerate().filter(|(m, _)| *m != n) {
            let times = other[n];
            other.iter_mut().zip(&row).for_each(|(x, y)| *x -= times * y);
        }
    }
    matrix.iter().map(|row| row[k]).collect()
}

/// Whether two sides, one of them multiplied by a number, are equal but for rounding.
fn assert_near(found: &Rows, times: f64, expected: &Rows, what: &str) {
    let largest = expected.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()));
    assert!(largest > 0.1, "{what}: nothing but small numbers");
    for (n, (found, expected)) in found.iter().zip(expected).enumerate() {
        for (found, expected) in found.iter().zip(expected) {
            let gap = (found * times - expected).abs();
            assert!(gap < PRECISION * largest, "{what} {n}: {} {expected}", found * times);
        }
    }
}

#[test]
fn three_sweeps_are_those_of_rendles_equations() {
    let data = clicks();
    let all = data.interactions();
    let corner = all.pairs().filter(|pair| pair.user.0 < 60 && pair.item.0 < 25).collect();
    let (corner, _) = Interactions::from_pairs(corner, 60, 25, Keep::default()).unwrap();
    for (data, params) in [
        (all, params()),
        (all, Params { nu: 0.0, reg: 3.0, ..params() }),
        (all, Params { nu: 1.0, alpha: 0.05, ..params() }),
        (all, Params { popularity_exponent: 0.5, ..params() }),
        // More factors than items.
        (&corner, Params { factors: 28, reg: 0.1, ..params() }),
        (&corner, Params { factors: 28, reg: 0.1, popularity_exponent: 0.3, ..params() }),
    ] {
        let [alpha, reg, nu] = [params.alpha, params.reg, params.nu].map(f64::from);
        let ridge = |count: usize, cells: f64| reg * (count as f64 + alpha * cells).powf(nu);
        let exponent = f64::from(params.popularity_exponent);
        let equations =
            Equations { observed: 1.0, all: alpha, right: 1.0, ridge: &ridge, exponent };
        let (users, items) = solve_densely(data, start(&params, data), &equations);
        let found = fit(params, data);
        assert_near(&rows(&found.users), 1.0, &users, "user");
        assert_near(&rows(&found.items), 1.0, &items, "item");
    }
}

/// c = 1 + 1/α0 and c·λ give the scores of Hu, Koren, Volinsky, who have c (1 − x)² for observed cells
/// and x² for others, divided by c/(c − 1). A start that is larger by the root of that makes each sweep so.
#[test]
fn the_weighted_loss_of_hu_koren_volinsky_is_the_same_method() {
    let data = clicks();
    let data = data.interactions();
    for alpha in [0.1_f32, 0.25, 1.0] {
        let params = Params { alpha, nu: 0.0, reg: 1.5, ..params() };
        let c = 1.0 + 1.0 / f64::from(alpha);
        let root = (c / (c - 1.0)).sqrt();
        let lambda = c * f64::from(params.reg);
        let ridge = |_: usize, _: f64| lambda;
        let equations =
            Equations { observed: c - 1.0, all: 1.0, right: c, ridge: &ridge, exponent: 0.0 };
        let larger = start(&params, data)
            .into_iter()
            .map(|row| row.into_iter().map(|x| root * x).collect())
            .collect();
        let (users, items) = solve_densely(data, larger, &equations);
        let found = fit(params, data);
        assert_near(&rows(&found.users), root, &users, "user");
        assert_near(&rows(&found.items), root, &items, "item");
    }
}

#[test]
fn wmf_by_relmf_is_the_same_method_without_frequency_scaling() {
    let dataset = clicks();
    let data = dataset.interactions();
    // Numbers that f32 holds.
    let (alpha, c) = (0.125_f32, 9.0_f32);
    let root = f64::from(c / (c - 1.0)).sqrt();
    // λ of relmf at a shrinkage of 1: see its module `solver`.
    let (m, n) = (data.n_users() as f64, data.n_items() as f64);
    let density = data.nnz() as f64 / (m * n);
    let lambda = (f64::from(c).powf(1.5) * density).sqrt() * (m.sqrt() + n.sqrt());
    let params =
        Params { alpha, nu: 0.0, reg: (lambda / f64::from(c)) as f32, epochs: 5, ..params() };
    let init_sd = (f64::from(params.init_sd) / (params.factors as f64).sqrt() * root) as f32;
    let d = relmf::Params::default();
    let mf = foretaste::mf::Params {
        factors: params.factors,
        epochs: params.epochs,
        init_sd,
        seed: params.seed,
        ..d.mf
    };
    let relmf = relmf::Params {
        estimator: Estimator::Wmf,
        loss: Loss::Squared,
        solver: Solver::Als,
        confidence: c,
        shrinkage: 1.0,
        mf,
        ..d
    };
    let relmf = relmf.check().unwrap().fit(&dataset, &mut Silent).unwrap().factors;
    // Its users are those before the last items.
    assert_near(&rows(&fit(params, data).items), root, &rows(&relmf.items), "item");
}

#[test]
fn a_user_of_a_model_that_was_loaded_is_where_folding_in_puts_them() {
    let data = clicks();
    // Numbers that are no round ones in JSON.
    let params = Params { alpha: 0.3, reg: 0.007, popularity_exponent: 0.3, ..params() };
    let method = Method::of(foretaste::als::IalsTechnique, &params);
    let trained = Recommender::fit(&method, data.clone(), &mut Silent).unwrap();
    let bytes = trained.to_bytes().unwrap();
    let mut file = ModelFile::from_bytes(&bytes, Path::new("a model")).unwrap();
    let loaded = foretaste::registry().load(&mut file).unwrap();
    let folded = loaded.fold_in(&Histories::new(data.interactions())).unwrap();
    let scores = |scorer: &dyn Scorer| {
        let users: Vec<_> = (0..scorer.n_users() as u32).map(UserId).collect();
        let mut scores = Array2::<f32>::zeros((users.len(), scorer.n_items()));
        scorer.score_block(&users, scores.view_mut());
        scores
    };
    assert!(scores(&*folded) == scores(trained.scorer()));
}
