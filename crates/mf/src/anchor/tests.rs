use super::*;

const WIDTHS: [usize; 2] = [5, 3];

fn number(seed: u32) -> f32 {
    (seed.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0
}

fn table(rows: usize, seed: u32) -> Table {
    let mut table = Table::zeros(rows, &WIDTHS);
    for (channel, width) in WIDTHS.into_iter().enumerate() {
        let at = |n: usize| number(seed + 1000 * channel as u32 + n as u32);
        table.fill(channel, &(0..rows * width).map(at).collect::<Vec<f32>>());
    }
    table
}

/// Items 0 to 3, of which 2 is new; biases in the second channel.
fn anchor(weight: f32, channels: usize) -> Anchor {
    let biases = vec![Vec::new(), vec![0.5, -0.25, 0.0, 1.0]];
    let rows = table(4, 1);
    let lanes = rows.channel_lanes(channels - 1).end;
    let biases = biases.into_iter().take(channels).collect();
    Anchor { weight, known: vec![true, true, false, true], rows, biases, lanes }
}

fn block(items: &[u32], sums: &[f32]) -> ItemBlock {
    let (mut block, rows) = (ItemBlock::new(), table(4, 77));
    items.iter().for_each(|&item| block.rows.extend_from_slice(rows.row(item as usize)));
    block.biases[1] = items.iter().map(|&item| number(item + 9)).collect();
    block.sums = sums.to_vec();
    block
}

#[test]
fn a_row_is_pulled_to_the_minimum_of_its_anchor_and_how_far_it_went() {
    let (items, rate, rounds) = ([3, 2, 0], 0.05, 4);
    for (weight, sums) in [(0.3, &[][..]), (40.0, &[]), (40.0, &[0.1, 2.0, 7.0])] {
        let anchor = anchor(weight, 2);
        let (before, mut after) = (block(&items, sums), block(&items, sums));
        anchor.pull(&items, &mut after, (rate, rounds));
        let lanes = anchor.rows.lanes();
        for (place, &item) in items.iter().enumerate() {
            let own = place * lanes..(place + 1) * lanes;
            let [before, moved] =
                [&before, &after].map(|block| block.rows[own.clone()].as_flattened());
            if item == 2 {
                assert_eq!(moved, before, "it is new");
                continue;
            }
            // η of a round: the minimum of (x − before)²/2η + λ/2 (x − old)² has no slope.
            let rate = f64::from(rate) / rounds as f64;
            let rate = sums.get(place).map_or(rate, |&sum| rate / f64::from(sum).sqrt());
            let slope = |x: f32, before: f32, old: f32| {
                let [x, before, old] = [x, before, old].map(f64::from);
                x - before + rate * f64::from(weight) * (x - old)
            };
            let old = anchor.rows.row(item as usize).as_flattened();
            let slack = 1e-6 * (1.0 + rate * f64::from(weight));
            for ((&x, &before), &old) in moved.iter().zip(before).zip(old) {
                assert!(slope(x, before, old).abs() < slack, "{x} from {before} to {old}");
            }
            let bias = |block: &ItemBlock| block.biases[1][place];
            let old = anchor.biases[1][item as usize];
            let before = number(item + 9);
            assert!(slope(bias(&after), before, old).abs() < slack && bias(&after) != before);
        }
    }
}

#[test]
fn the_heavier_the_nearer_and_without_end_the_very_row() {
    let items = [0, 1, 3];
    let pulled = |weight, channels| {
        let mut block = block(&items, &[]);
        anchor(weight, channels).pull(&items, &mut block, (0.05, 16));
        block
    };
    let old = anchor(0.0, 2);
    let rows = |block: &ItemBlock| block.rows.as_flattened().to_vec();
    let of_old: Vec<f32> = items
        .iter()
        .flat_map(|&item| old.rows.row(item as usize).as_flattened().to_vec())
        .collect();
    let fixed = pulled(f32::INFINITY, 2);
    assert_eq!((rows(&fixed), &fixed.biases[1]), (of_old.clone(), &vec![0.5, -0.25, 1.0]));
    for (x, old) in rows(&pulled(1e9, 2)).iter().zip(&of_old) {
        // A three millionth of what is below 2, and rounding.
        assert!((x - old).abs() <= 1e-6, "{x} {old}");
    }
    // What was not carried is not held.
    let first = pulled(f32::INFINITY, 1);
    let lanes = old.rows.lanes();
    for (n, row) in first.rows.chunks(lanes).enumerate() {
        let item = items[n] as usize;
        assert_eq!(row[..1], old.rows.row(item)[..1]);
        assert_eq!(row[1..], block(&items, &[]).rows[n * lanes + 1..(n + 1) * lanes]);
    }
    assert_eq!(first.biases, block(&items, &[]).biases);
}
