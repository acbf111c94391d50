use super::*;
use foretaste_data::{Keep, Pair};
use foretaste_mf::Table;

const WIDTH: usize = 5;

fn matrix(pairs: &[(u32, u32)], shape: (usize, usize)) -> Interactions {
    let pair = |&(user, item): &(u32, u32)| Pair {
        user: UserId(user),
        item: ItemId(item),
        weight: 1.0,
        time: 0,
    };
    let pairs = pairs.iter().map(pair).collect();
    Interactions::from_pairs(pairs, shape.0, shape.1, Keep::default()).unwrap().0
}

/// Numbers of no pattern, around 0.
fn numbers(count: usize, first: usize) -> Vec<f32> {
    (first..first + count).map(|n| ((n * 7919 + 31) % 211) as f32 / 97.0 - 1.1).collect()
}

/// Four users, six items, with biases of items and blocks of two.
fn case() -> (Interactions, Factors, Gates) {
    let data = matrix(&[(0, 0), (0, 1), (1, 1), (2, 2), (2, 0), (2, 1), (3, 5)], (4, 6));
    let table = |rows, first| Table::from_rows(WIDTH, &numbers(rows * WIDTH, first)).unwrap();
    let mut factors = Factors::new(table(4, 0), table(6, 50));
    factors.biases[0].items = numbers(6, 90);
    let mut gates = Gates::new(&data, 2, WIDTH);
    for (side, alpha) in gates.alpha.iter_mut().enumerate() {
        *alpha = numbers(alpha.len(), 30 * side).iter().map(|x| (x + 1.2) / 2.4).collect();
    }
    (data, factors, gates)
}

/// The loss of a triple by definition.
fn loss(factors: &Factors, gates: &Gates, (u, i, j): (usize, usize, usize)) -> f64 {
    let number = |side: usize, n: usize, k: usize| {
        let rows = [&factors.users, &factors.items][side].to_rows(0);
        let block = gates.blocks[side][n] as usize;
        f64::from(rows[n * WIDTH + k]) * f64::from(gates.alpha[side][block * WIDTH + k])
    };
    let bias = |item: usize| f64::from(factors.biases[0].items[item]);
    let x: f64 =
        (0..WIDTH).map(|k| number(0, u, k) * (number(1, i, k) - number(1, j, k))).sum::<f64>()
            + bias(i)
            - bias(j);
    (-x).exp().ln_1p()
}

#[test]
fn gradients_of_gates_are_those_of_the_loss() {
    let (_, factors, gates) = case();
    for triple in [(0, 0, 3), (1, 1, 4), (2, 2, 5), (3, 5, 0), (3, 5, 4)] {
        let mut sums = Sums::new(&gates.alpha);
        let tables = [factors.users.to_rows(0), factors.items.to_rows(0)];
        let ids = (UserId(triple.0 as u32), ItemId(triple.1 as u32), ItemId(triple.2 as u32));
        gates.add(&tables, &factors.biases[0].items, ids, &mut sums);
        for side in [0, 1] {
            for at in 0..gates.alpha[side].len() {
                let moved = |by: f32| {
                    let mut moved = gates.clone();
                    moved.alpha[side][at] += by;
                    loss(&factors, &moved, triple)
                };
                // A power of two, so that gates near 1 move by it up to their rounding of 2⁻²⁴.
                let slope = (moved(0.0078125) - moved(-0.0078125)) / 0.015625;
                let found = sums.gradients[side][at];
                // A third of a squared step times the third derivative, some 1; products of f32.
                assert!((found - slope).abs() < 1e-4, "{triple:?} {side} {at}: {found} {slope}");
            }
        }
    }
}

/// −∂ loss / ∂ of a number of a row, by the formula that the engine steps along.
#[test]
fn gradients_of_numbers_are_those_of_the_loss() {
    let (_, factors, gates) = case();
    let triple = (2, 2, 5);
    let block = |side: usize, n: usize| gates.blocks[side][n] as usize * WIDTH;
    let row = |side: usize, n: usize, k: usize| {
        f64::from([&factors.users, &factors.items][side].to_rows(0)[n * WIDTH + k])
    };
    let alpha = |side: usize, n: usize, k: usize| f64::from(gates.alpha[side][block(side, n) + k]);
    let counting = |side, n, k| alpha(side, n, k) * row(side, n, k);
    let c = 1.0 - (-loss(&factors, &gates, triple)).exp();
    for k in 0..WIDTH {
        let formula = [
            (0, 2, c * alpha(0, 2, k) * (counting(1, 2, k) - counting(1, 5, k))),
            (1, 2, c * alpha(1, 2, k) * counting(0, 2, k)),
            (1, 5, -c * alpha(1, 5, k) * counting(0, 2, k)),
        ];
        for (side, n, ascent) in formula {
            let moved = |by: f32| {
                let mut moved = factors.clone();
                let table = [&mut moved.users, &mut moved.items].into_iter().nth(side).unwrap();
                let mut numbers = table.to_rows(0)[n * WIDTH..(n + 1) * WIDTH].to_vec();
                numbers[k] += by;
                table.set(n, 0, &numbers);
                loss(&moved, &gates, triple)
            };
            let slope = (moved(0.0078125) - moved(-0.0078125)) / 0.015625;
            assert!((ascent + slope).abs() < 1e-4, "{side} {k}: {ascent} {slope}");
        }
    }
}

#[test]
fn a_step_moves_gates_of_a_block_by_the_rate_on_average_and_stays_within_bounds() {
    let (data, factors, before) = case();
    let held = matrix(&[(0, 3), (1, 4), (2, 5), (3, 0), (2, 4)], (4, 6));
    let held_out = HeldOut { rows: &held, seen: &data };
    let moves = Moves { rate: 1e-3, l1: 0.0, batch: 100, seed: 1 };
    let mut gates = before.clone();
    gates.step(&factors, held_out, 1, moves);
    for side in [0, 1] {
        let rows = gates.alpha[side].chunks(WIDTH).zip(before.alpha[side].chunks(WIDTH));
        for (after, before) in rows {
            let mean = after.iter().zip(before).map(|(a, b)| (a - b).abs()).sum::<f32>() / 5.0;
            // What leaves the bounds is cut off.
            assert!(mean > 0.0 && mean < 1.001e-3, "{side}: {mean}");
        }
    }
    gates.step(&factors, held_out, 1, Moves { rate: 1.0, l1: 0.5, ..moves });
    let all = || gates.alpha.iter().flatten();
    assert!(all().all(|alpha| (0.0..=1.0).contains(alpha)) && all().any(|alpha| *alpha == 0.0));
    let mut still = before.clone();
    still.step(&factors, held_out, 1, Moves { rate: 0.0, ..moves });
    assert_eq!(still, before);
}

#[test]
fn a_penalty_closes_what_the_loss_does_not_need() {
    let (data, mut factors, _) = case();
    let mut gates = Gates::new(&data, 2, WIDTH);
    // The last number of items is 0: it is in no score.
    let mut rows = factors.items.to_rows(0);
    rows.chunks_mut(WIDTH).for_each(|row| row[WIDTH - 1] = 0.0);
    factors.items.fill(0, &rows);
    let held = matrix(&[(0, 3), (1, 4), (2, 5), (3, 0)], (4, 6));
    let moves = Moves { rate: 0.05, l1: 1e-3, batch: 2, seed: 1 };
    for epoch in 1..600 {
        gates.step(&factors, HeldOut { rows: &held, seen: &data }, epoch, moves);
    }
    let last = |side: usize| gates.alpha[side].iter().skip(WIDTH - 1).step_by(WIDTH);
    assert!(last(0).all(|&alpha| alpha == 0.0), "{:?}", gates.alpha);
}

#[test]
fn threads_and_users_with_everything_change_nothing() {
    let (data, factors, before) = case();
    // User 3 has all: there is nothing to compare with.
    let held = matrix(&[(0, 3), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4), (1, 5)], (4, 6));
    let moves = Moves { rate: 0.01, l1: 1e-5, batch: 300, seed: 9 };
    let stepped = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut gates = before.clone();
        pool.install(|| {
            gates.step(&factors, HeldOut { rows: &held, seen: &data }, 1, moves);
        });
        gates
    };
    assert_eq!(stepped(1), stepped(3));
}
