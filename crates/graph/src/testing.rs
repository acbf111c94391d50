//! Data for tests, losses by their definitions in f64, and differences of them.

use crate::texts::Texts;
use foretaste_data::{Dataset, FeatureTable, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste_mf::dense::Matrix;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Numbers of a row.
pub(crate) type Rows = Vec<Vec<f64>>;

/// 14 users and 11 items; user 3 has none, item 4 nobody.
pub(crate) fn clicks() -> Interactions {
    let has = |user: u32, item: u32| {
        user != 3 && item != 4 && (user * 31 + item * 17).wrapping_mul(2_654_435_761) >> 30 == 0
    };
    let cells = (0..14).flat_map(|user| (0..11).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = cells.filter(|&(user, item)| has(user, item)).map(pair).collect();
    Interactions::from_pairs(pairs, 14, 11, Keep::default()).unwrap().0
}

/// The same with a vector of seven numbers of each item but 2 and 5, and of users, if `of_users`, but 1.
pub(crate) fn with_texts(of_users: bool) -> Dataset {
    let data = clicks();
    let ids = |n: usize| (0..n).map(|id| id.to_string()).collect::<Vec<_>>();
    let (users, items) = (ids(data.n_users()), ids(data.n_items()));
    let table = |ids: &[String], without: &[&str], seed| {
        let ids: Vec<&String> = ids.iter().filter(|id| !without.contains(&id.as_str())).collect();
        let values: Vec<f32> = random(ids.len(), 7, seed).to_vec();
        FeatureTable::of_vectors(&ids, 7, &values).unwrap()
    };
    let whole = Dataset::new(IdTable::from_text(&users), IdTable::from_text(&items), data).unwrap();
    let whole = whole.with_item_features(table(&items, &["2", "5"], 5)).unwrap();
    match of_users {
        true => whole.with_user_features(table(&users, &["1"], 6)).unwrap(),
        false => whole,
    }
}

pub(crate) fn texts() -> Texts {
    Texts::of(&with_texts(true)).unwrap()
}

/// Numbers between −1 and 1.
pub(crate) fn random(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut matrix = Matrix::zeros(rows, columns);
    let values: Vec<f32> = (0..rows * columns).map(|_| rng.random_range(-1.0..1.0)).collect();
    matrix.fill(&values);
    matrix
}

pub(crate) fn wide(matrix: &Matrix) -> Rows {
    let row = |row| matrix.values(row).iter().map(|&x| f64::from(x)).collect();
    (0..matrix.rows()).map(row).collect()
}

/// Σ_l c Â^l of rows, by the definition; of these edges between nodes, scaled by `degrees`.
pub(crate) fn propagated(
    edges: &[(usize, usize)],
    degrees: &[f64],
    rows: &Rows,
    (layers, c): (u32, f64),
) -> Rows {
    let mut layer = rows.clone();
    let mut out: Rows = rows.iter().map(|row| row.iter().map(|x| c * x).collect()).collect();
    for _ in 0..layers {
        let mut next: Rows = rows.iter().map(|row| vec![0.0; row.len()]).collect();
        for &(a, b) in edges {
            let by = 1.0 / (degrees[a] * degrees[b]).sqrt();
            for n in 0..rows[0].len() {
                next[a][n] += by * layer[b][n];
                next[b][n] += by * layer[a][n];
            }
        }
        for (out, next) in out.iter_mut().flatten().zip(next.iter().flatten()) {
            *out += c * next;
        }
        layer = next;
    }
    out
}

/// Edges of nodes and how many each has.
pub(crate) fn edges(data: &Interactions) -> (Vec<(usize, usize)>, Vec<f64>) {
    let users = data.n_users();
    let edge = |pair: Pair| (pair.user.index(), users + pair.item.index());
    let edges: Vec<_> = data.pairs().map(edge).collect();
    let mut degrees = vec![0.0; users + data.n_items()];
    for &(a, b) in &edges {
        degrees[a] += 1.0;
        degrees[b] += 1.0;
    }
    (edges, degrees)
}

pub(crate) fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn cosine(a: &[f64], b: &[f64]) -> f64 {
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

/// −x_own / τ + ln Σ exp(x / τ).
pub(crate) fn nce(own: f64, all: impl Iterator<Item = f64>, temperature: f64) -> f64 {
    all.map(|x| (x / temperature).exp()).sum::<f64>().ln() - own / temperature
}

/// Checks −∂ loss / ∂ of every number of some rows.
pub(crate) fn assert_gradient(along: &Matrix, rows: &Rows, loss: impl Fn(&Rows) -> f64) {
    /// Of numbers near 1 in f64, errors of the difference are some 1e-9.
    const STEP: f64 = 1e-5;
    let mut largest: f64 = 0.0;
    for row in 0..rows.len() {
        for column in 0..rows[0].len() {
            let moved = |by: f64| {
                let mut rows = rows.clone();
                rows[row][column] += by;
                loss(&rows)
            };
            let expected = (moved(-STEP) - moved(STEP)) / (2.0 * STEP);
            let found = f64::from(along.values(row)[column]);
            largest = largest.max(expected.abs());
            // Sums of some tens of f32 products, each rounded to 6e-8 of numbers of this size.
            let bound = 2e-6 + 2e-5 * expected.abs();
            assert!((found - expected).abs() < bound, "{row}, {column}: {found}, {expected}");
        }
    }
    assert!(largest > 1e-3, "nothing to tell apart: {largest}");
}
