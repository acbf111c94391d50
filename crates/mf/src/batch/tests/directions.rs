//! Rows whose directions alone count.

use super::*;
use foretaste_model::State;

/// The loss of a batch of which directions alone count, by free rows, in f64.
fn directed_loss(rows: &[Vec<Vec<f64>>; 2], lengths: [f32; 2], batch: &Batch) -> f64 {
    let ends = [0..WIDTHS[0], WIDTHS[0]..WIDTHS[0] + WIDTHS[1]];
    let score = |cell: &Cell, channel: usize| {
        let [u, v] = [cell.user.index(), cell.item.index()];
        let part = |side: usize, row: usize| &rows[side][row][ends[channel].clone()];
        let (u, v) = (part(0, u), part(1, v));
        let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let dot: f64 = u.iter().zip(v).map(|(u, v)| u * v).sum();
        f64::from(lengths[channel]) * dot / (norm(u) * norm(v))
    };
    let of_cell = |cell: &Cell| {
        let rest = f64::from(cell.label) - score(cell, 0) - 2.0 * score(cell, 1);
        f64::from(cell.weight) * rest * rest / 2.0
    };
    batch.cells.iter().map(of_cell).sum::<f64>() / batch.divisor
}

#[test]
fn where_directions_alone_count_a_step_is_along_their_gradient() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let lengths = [2.0, 0.5];
    let mut factors = random_factors(&mut rng);
    factors.biases = vec![Biases::default(); 2];
    let batch = random_batch(40, &mut rng);
    let rows = |of_channels: [Vec<f32>; 2]| -> Vec<Vec<f64>> {
        let parts = |channel: usize| of_channels[channel].chunks(WIDTHS[channel]);
        let row = |(one, other): (&[f32], &[f32])| [one, other].concat().into_iter();
        parts(0).zip(parts(1)).map(|both| row(both).map(f64::from).collect()).collect()
    };
    let of_table = |table: &Table| rows([0, 1].map(|channel| table.to_rows(channel)));
    let lr = 1.0;
    let settings = Settings {
        lr,
        reg: [0.0; 2],
        global: [false; 2],
        lengths: Some(lengths),
        ..settings(Optimiser::Sgd)
    };
    let mut trainer = Trainer::new(factors.clone(), settings).unwrap();
    let before = [of_table(&factors.users), of_table(&factors.items)];
    let loss = trainer.step(&Cells(&Squared), &batch).unwrap();
    let expected = directed_loss(&before, lengths, &batch);
    assert!((loss - expected).abs() <= 1e-5 * expected.abs(), "{loss}, {expected}");
    let mut state = State::default();
    trainer.save(&mut state);
    let free = |side: &str, len: usize| {
        let list = |channel: usize| {
            let name = format!("batch.{side}.{channel}");
            state.get_all::<f32>(&name, len * WIDTHS[channel]).unwrap().to_vec()
        };
        rows([0, 1].map(list))
    };
    let after = [free("users", USERS), free("items", ITEMS)];
    let step = 1e-5;
    for side in 0..2 {
        for row in 0..before[side].len() {
            for k in 0..WIDTHS[0] + WIDTHS[1] {
                let at = |moved: f64| {
                    let mut rows = before.clone();
                    rows[side][row][k] += moved;
                    directed_loss(&rows, lengths, &batch)
                };
                let slope = (at(step) - at(-step)) / (2.0 * step);
                let moved = (after[side][row][k] - before[side][row][k]) / f64::from(lr);
                // The step is a difference of f32 rows below 2, and a sum of some numbers in f32.
                let bound = 4.0 * f64::from(f32::EPSILON) * 2.0 + 1e-5 * (0.1 + slope.abs());
                assert!((moved + slope).abs() <= bound, "{side}, {row}, {k}: {moved}, {slope}");
            }
        }
    }
    // What rows stand for has the lengths.
    for row in of_table(&trainer.factors().users) {
        for (part, square) in [&row[..WIDTHS[0]], &row[WIDTHS[0]..]].into_iter().zip(lengths) {
            let found: f64 = part.iter().map(|x| x * x).sum();
            assert!((found / f64::from(square) - 1.0).abs() <= 1e-5, "{found}");
        }
    }
}
