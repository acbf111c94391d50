use super::*;
use crate::objective::{LOSSES, Objective};
use crate::rows::{normalise, rows_of};
use crate::testing::{clicks, defined, objective, per, random, unit};

/// Rows of length 1 of all.
fn rows(data: &Interactions, factors: usize) -> [Vec<Lanes>; 2] {
    let factors = random(data, factors, 3);
    let lanes = factors.users.lanes();
    [&factors.users, &factors.items].map(|table| {
        let mut rows = rows_of(table);
        rows.chunks_exact_mut(lanes).for_each(|row| assert!(normalise(row)));
        rows
    })
}

/// Σ |I_u| · the loss by positive, by its definition.
fn loss(
    objective: &Objective,
    data: &Interactions,
    users: &[u32],
    negatives: &[u32],
    [of_users, of_items]: &[Vec<Vec<f64>>; 2],
) -> f64 {
    let length = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
    let cosine = |user: u32, item: u32| {
        let (u, v) = (&of_users[user as usize], &of_items[item as usize]);
        u.iter().zip(v).map(|(u, v)| u * v).sum::<f64>() / (length(u) * length(v))
    };
    let of_user = |&user: &u32| {
        let own: Vec<f64> =
            data.row(UserId(user)).iter().map(|item| cosine(user, item.0)).collect();
        let others: Vec<f64> = negatives.iter().map(|&item| cosine(user, item)).collect();
        own.len() as f64 * defined(objective, &others, &own)
    };
    users.iter().map(of_user).sum()
}

#[test]
fn rows_are_to_move_against_the_gradient() {
    let data = clicks();
    let all: Vec<u32> = (0..data.n_items() as u32).collect();
    let some: Vec<u32> = (0..data.n_items() as u32).step_by(4).collect();
    // Of several tiles; user 7 has all items.
    let users: Vec<u32> = (0..60).filter(|&user| user != 8).collect();
    for factors in [5, 20] {
        let rows = rows(&data, factors);
        let lanes = factors.div_ceil(LANES);
        for which in LOSSES {
            for negatives in [&all, &some] {
                let objective = objective(which, data.n_items());
                let mut packed = Negatives::default();
                packed.pack(negatives.clone(), &rows[1], lanes);
                let (mut block, mut places) = (Block::default(), vec![NOWHERE; all.len()]);
                let told = block.run(
                    &objective,
                    &data,
                    (&users, &rows[0]),
                    &packed,
                    (&rows[1], &mut places),
                );
                let wide =
                    rows.clone().map(|rows| rows.chunks_exact(lanes).map(unit).collect::<Vec<_>>());
                let at = |side: usize, row: usize, n: usize, by: f64| {
                    let mut wide = wide.clone();
                    wide[side][row][n] += by;
                    loss(&objective, &data, &users, negatives, &wide)
                };
                let expected = at(0, 0, 0, 0.0);
                assert!((told - expected).abs() < 1e-5 * expected.abs(), "{told} {expected}");
                // Against central differences, which are off by less than f32 are: a loss of some thousands,
                // to 1e-16 of it, and a third derivative of at most that over τ³, times 1e-10.
                let check = |side: usize, row: usize, along: &[Lanes], weight: f64| {
                    let along: Vec<f64> = along.iter().flatten().map(|&x| f64::from(x)).collect();
                    let own = &wide[side][row];
                    let part: f64 = along.iter().zip(own).map(|(a, b)| a * b).sum();
                    let length = along.iter().map(|x| x * x).sum::<f64>().sqrt();
                    // Sums of 59 f32 products or more that cancel, of the size of the sum's length.
                    let tolerance = 2e-5 * weight * per(&objective) * length.max(10.0);
                    for n in [0, factors - 1] {
                        let h = 1e-5;
                        let slope = (at(side, row, n, h) - at(side, row, n, -h)) / (2.0 * h);
                        let found = weight * per(&objective) * (along[n] - part * own[n]);
                        let said = format!("{which} {side} {row} {n}: {found} {slope}");
                        assert!((found + slope).abs() < tolerance, "{said}");
                    }
                };
                for (place, user) in [(0, 0), (7, 7), (30, 31), (58, 59)] {
                    assert_eq!(users[place], user as u32);
                    let count = data.row(UserId(user as u32)).len() as f64;
                    let along = &block.of_users[place * lanes..(place + 1) * lanes];
                    check(0, user, along, count);
                }
                for item in [0, 9, 41, 89] {
                    let place = places[item] as usize;
                    check(1, item, &block.of_items[place * lanes..(place + 1) * lanes], 1.0);
                }
            }
        }
    }
}
