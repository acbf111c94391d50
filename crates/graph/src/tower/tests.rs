use super::*;
use crate::testing::{Rows, assert_gradient, product, random, wide};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What a tower makes of rows, by the definition.
pub(crate) fn passed(parts: &[Rows; 4], rows: &Rows) -> Rows {
    let [first, bend, second, shift] = parts;
    let layer = |row: &[f64], weights: &Rows, by: &Rows| -> Vec<f64> {
        (0..by[0].len())
            .map(|at| by[0][at] + row.iter().zip(weights).map(|(x, w)| x * w[at]).sum::<f64>())
            .collect()
    };
    let of_row = |row: &Vec<f64>| {
        let hidden = layer(row, first, bend).into_iter();
        let hidden: Vec<f64> = hidden.map(|x| if x < 0.0 { 0.01 * x } else { x }).collect();
        layer(&hidden, second, shift)
    };
    rows.iter().map(of_row).collect()
}

#[test]
fn a_tower_goes_back_against_the_gradient() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let tower = Tower::random([7, 6, 5], &mut rng);
    let (rows, along) = (random(9, 7, 2), random(9, 5, 3));
    let through = tower.pass(&rows);
    let (of_weights, of_rows) = tower.back_all(&rows, &through, &along);
    let parts = tower.parts.each_ref().map(wide);
    // A loss whose gradient by the results is −along.
    let loss = |parts: &[Rows; 4], rows: &Rows| {
        -product(&passed(parts, rows).concat(), &wide(&along).concat())
    };
    assert_gradient(&of_rows, &wide(&rows), |rows| loss(&parts, rows));
    for n in 0..4 {
        assert_gradient(&of_weights.parts[n], &parts[n], |part| {
            let mut parts = parts.clone();
            parts[n].clone_from(part);
            loss(&parts, &wide(&rows))
        });
    }
}
