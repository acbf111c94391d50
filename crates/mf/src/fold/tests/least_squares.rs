//! Folding in by least squares, exactly.

use super::*;

#[test]
fn a_trained_user_is_where_folding_in_puts_them() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let rows: Vec<Vec<u32>> = (0..40)
        .map(|_| (0..ITEMS as u32).filter(|_| rng.random_range(0..6) == 0).collect())
        .collect();
    let rows: Vec<&[u32]> = rows.iter().map(|row| &row[..]).collect();
    let data = interactions(&rows);
    let labels: Vec<f32> = (0..ITEMS).map(|item| 1.0 + item as f32 / 10.0).collect();
    let plain = Ridge::same(2.0);
    let scaled = Ridge { lambda: 0.1, per_cell: 0.3, exponent: 1.0 };
    // Fewer factors than rows, and more.
    for (k, ridge, more) in [(K, plain, 0.0), (K, scaled, 3.0), (70, plain, 0.0), (70, scaled, 3.0)]
    {
        let squares = Squares { factors: k, ridge, more };
        let mut solver = LeastSquares::new(&data, Targets::Items(&labels), squares);
        let params = Params { factors: k, ..Params::default() };
        let mut factors = Factors::initial(&data, &params, &[]);
        let mut last = f64::INFINITY;
        for _ in 0..5 {
            let halves = [Half::Users, Half::Items];
            let all = solver.sweep(&halves, &mut factors, &mut |_| true).unwrap();
            assert!(all <= last + 1e-6 * last.abs().min(1e6), "{all} after {last}");
            last = all;
        }
        solver.solve_users(&mut factors);
        let by = ByLeastSquares::new(squares, labels.clone());
        let folded = fold(&by, &factors, &data);
        let (folded, trained) = (folded.rows.to_rows(0), factors.users.to_rows(0));
        for (user, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            let own = user * k..(user + 1) * k;
            assert_eq!(folded[own.clone()], trained[own], "{row:?}, {squares:?}");
        }
    }
}

#[test]
fn a_score_is_what_the_items_of_the_history_bring() {
    let data = interactions(&[&[0, 3, 8, 21], &[3, 40, 41], &HISTORY]);
    let weights = (0..data.nnz()).map(|at| 0.5 + at as f32).collect();
    let weighted = data.clone().with_weights(weights).unwrap();
    let labels: Vec<f32> = (0..ITEMS).map(|item| 1.0 + item as f32 / 10.0).collect();
    let scaled = Ridge { lambda: 0.1, per_cell: 0.3, exponent: 1.0 };
    for (k, ridge, more, data) in [
        (K, Ridge::same(2.0), 0.0, &data),
        (K, scaled, 3.0, &data),
        (70, scaled, 3.0, &data),
        (K, scaled, 3.0, &weighted),
    ] {
        let squares = Squares { factors: k, ridge, more };
        // Where clicks count as other cells, items have no weights.
        let cells = || (0..ITEMS).map(|item| 0.5 + (item % 3) as f64 / 2.0).collect();
        let by_labels = |labels: &[f32]| {
            let by = ByLeastSquares::new(squares, labels.to_vec());
            by.weighing_items((more != 0.0).then(cells))
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
        let items = Table::normal(ITEMS, k, 0.5, &mut rng);
        let factors = Factors::new(Table::zeros(3, &[k]), items);
        let by = by_labels(&labels);
        let users = fold(&by, &factors, data).rows;
        let folded = Factors { users, ..factors.clone() };
        for (user, item) in [(0, 0), (0, 5), (1, 40), (2, 9)] {
            let history = data.row(UserId(user));
            let shares = by.shares(&factors, (data, UserId(user)), ItemId(item)).unwrap();
            let score = folded.score(0, user as usize, item as usize);
            // Of a score, each factor of the user is rounded, each product and each sum; of a share,
            // the share and a sum.
            let (rows, own) = (folded.users.to_rows(0), folded.items.to_rows(0));
            let products = rows[user as usize * k..][..k].iter().zip(&own[item as usize * k..]);
            let rounded = (k + 2) as f32 * products.map(|(a, b)| (a * b).abs()).sum::<f32>();
            let sizes = shares.iter().map(|share| share.abs()).sum::<f32>();
            let bound = (rounded + (history.len() + 1) as f32 * sizes) * f32::EPSILON;
            let sum: f32 = shares.iter().sum();
            assert!((sum - score).abs() <= bound, "{sum} is not {score}");
            // What counts twice as much brings twice as much, and the others what they brought.
            let mut more = labels.clone();
            more[history[1].index()] *= 2.0;
            let doubled = by_labels(&more);
            let doubled = doubled.shares(&factors, (data, UserId(user)), ItemId(item)).unwrap();
            for (n, (twice, once)) in doubled.iter().zip(&shares).enumerate() {
                assert_eq!(*twice, if n == 1 { 2.0 * once } else { *once });
            }
        }
        let nothing = interactions(&[&[]]);
        assert!(by.shares(&factors, (&nothing, UserId(0)), ItemId(0)).unwrap().is_empty());
    }
}

#[test]
fn numbers_too_small_to_matter_are_zero_in_both() {
    let data = interactions(&[&[0, 3, 8, 21], &[3, 40, 41], &HISTORY]);
    let ridge = Ridge { lambda: 2.0, per_cell: 0.3, exponent: 0.0 };
    let squares = Squares { factors: K, ridge, more: 3.0 };
    let labels = vec![4.0; ITEMS];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
    let items = Table::normal(ITEMS, K, 1e-30, &mut rng);
    let mut factors = Factors::new(Table::zeros(3, &[K]), items);
    let solver = LeastSquares::new(&data, Targets::Items(&labels), squares);
    solver.solve_users(&mut factors);
    let trained = factors.users.to_rows(0);
    let zeros = trained.iter().filter(|&&x| x == 0.0).count();
    assert!(0 < zeros && zeros < trained.len(), "{trained:?}");
    let folded = fold(&ByLeastSquares::new(squares, labels), &factors, &data);
    assert_eq!(folded.rows.to_rows(0), trained);
}

#[test]
fn a_history_that_weighs_is_a_row_that_weighed() {
    let plain = interactions(&[&[0, 3, 8, 21], &[3, 40, 41], &HISTORY]);
    let weighed = |(n, pair): (usize, Pair)| Pair { weight: 0.3 * (1 + n % 5) as f32, ..pair };
    let keep = Keep { weights: true, times: false };
    let pairs = plain.pairs().enumerate().map(weighed).collect();
    let (data, _) = Interactions::from_pairs(pairs, 3, ITEMS, keep).unwrap();
    let ridge = Ridge { lambda: 2.0, per_cell: 0.3, exponent: 0.5 };
    // Of more factors than items, too.
    for k in [K, ITEMS + 4] {
        let squares = Squares { factors: k, ridge, more: 3.0 };
        let labels = vec![4.0; ITEMS];
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
        let items = Table::normal(ITEMS, k, 0.5, &mut rng);
        let mut factors = Factors::new(Table::zeros(3, &[k]), items);
        let solver = |data| LeastSquares::new(data, Targets::Items(&labels), squares);
        solver(&data).solve_users(&mut factors);
        let trained = factors.users.to_rows(0);
        let folded = fold(&ByLeastSquares::new(squares, labels.clone()), &factors, &data);
        assert_eq!(folded.rows.to_rows(0), trained);
        solver(&plain).solve_users(&mut factors);
        assert_ne!(factors.users.to_rows(0), trained);
    }
}
