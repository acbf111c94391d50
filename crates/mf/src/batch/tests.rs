mod directions;

use super::*;
use crate::{Biases, Error, Factors, Pairwise, Pointwise, Table};
use foretaste_data::{Interactions, ItemId, UserId};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Squared error of a sum of two channels, the second at twice its weight.
struct Squared;

impl Pointwise<2> for Squared {
    fn ascent(&self, [a, b]: [f32; 2], y: f32) -> [f32; 2] {
        let rest = y - a - 2.0 * b;
        [rest, 2.0 * rest]
    }

    fn loss(&self, [a, b]: [f32; 2], y: f32) -> f32 {
        (y - a - 2.0 * b).powi(2) / 2.0
    }
}

/// (x − 1)² / 2.
struct Margin;

impl Pairwise for Margin {
    fn descent(&self, x: f32, _: [f32; 2]) -> f32 {
        1.0 - x
    }

    fn loss(&self, x: f32, _: [f32; 2]) -> f32 {
        (1.0 - x).powi(2) / 2.0
    }
}

const USERS: usize = 70;
const ITEMS: usize = 9;
const WIDTHS: [usize; 2] = [5, 18];

fn random_factors(rng: &mut Xoshiro256PlusPlus) -> Factors {
    let mut table = |rows| {
        let mut table = Table::zeros(rows, &WIDTHS);
        (0..2).for_each(|channel| table.fill_normal(channel, 0.3, rng));
        table
    };
    let (users, items) = (table(USERS), table(ITEMS));
    let mut numbers = |len| (0..len).map(|_| rng.random_range(-0.2..0.2)).collect();
    let first = Biases { users: numbers(USERS), items: numbers(ITEMS), global: 0.1 };
    let second = Biases { users: Vec::new(), items: numbers(ITEMS), global: -0.1 };
    Factors { users, items, biases: vec![first, second] }
}

fn random_batch(len: usize, rng: &mut Xoshiro256PlusPlus) -> Batch {
    let cell = |_| Cell {
        user: UserId(rng.random_range(0..USERS as u32)),
        item: ItemId(rng.random_range(0..ITEMS as u32)),
        label: rng.random_range(0.0..2.0),
        weight: rng.random_range(-0.5..2.0),
    };
    Batch { cells: (0..len).map(cell).collect(), divisor: len as f64 / 2.0 }
}

const REG: [f32; 2] = [0.1, 0.03];

fn settings(optimiser: Optimiser) -> Settings<2> {
    Settings { optimiser, lr: 0.05, decay: 1.0, reg: REG, global: [true, false], lengths: None }
}

/// All parameters, one after the other, and λ of each; in f64, by the textbook.
struct Oracle {
    x: Vec<f64>,
    reg: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
    t: i32,
}

impl Oracle {
    fn new(factors: &Factors) -> Self {
        let x = flat(factors);
        let widths = |rows| (0..2).map(move |c| (c, rows * WIDTHS[c]));
        let mut reg = Vec::new();
        for (c, len) in widths(USERS).chain(widths(ITEMS)) {
            reg.resize(reg.len() + len, f64::from(REG[c]));
        }
        for (c, biases) in factors.biases.iter().enumerate() {
            let len = reg.len() + biases.users.len() + biases.items.len();
            reg.resize(len, f64::from(REG[c]));
            reg.push(0.0);
        }
        let zeros = vec![0.0; x.len()];
        Self { x, reg, m: zeros.clone(), v: zeros, t: 0 }
    }

    /// Where the numbers of user, item and biases of a cell are, in a channel.
    fn places(&self, channel: usize, cell: &Cell) -> (usize, usize, Vec<usize>) {
        let (user, item) = (cell.user.index(), cell.item.index());
        let item_start = USERS * (WIDTHS[0] + WIDTHS[1]);
        let bias_start = item_start + ITEMS * (WIDTHS[0] + WIDTHS[1]);
        let before = |rows| if channel == 0 { 0 } else { rows * WIDTHS[0] };
        let u = before(USERS) + user * WIDTHS[channel];
        let v = item_start + before(ITEMS) + item * WIDTHS[channel];
        let biases = match channel {
            0 => vec![bias_start + user, bias_start + USERS + item, bias_start + USERS + ITEMS],
            _ => vec![bias_start + USERS + ITEMS + 1 + item, self.x.len() - 1],
        };
        (u, v, biases)
    }

    fn score(&self, channel: usize, cell: &Cell) -> f64 {
        let (u, v, biases) = self.places(channel, cell);
        let dot: f64 = (0..WIDTHS[channel]).map(|k| self.x[u + k] * self.x[v + k]).sum();
        dot + biases.iter().map(|&at| self.x[at]).sum::<f64>()
    }

    fn step(&mut self, batch: &Batch, settings: &Settings<2>) -> f64 {
        let (mut loss, mut gradient) = (0.0, vec![0.0; self.x.len()]);
        for cell in &batch.cells {
            let weight = f64::from(cell.weight) / batch.divisor;
            let rest = f64::from(cell.label) - self.score(0, cell) - 2.0 * self.score(1, cell);
            loss += weight * rest * rest / 2.0;
            for (channel, times) in [(0, 1.0), (1, 2.0)] {
                let (u, v, biases) = self.places(channel, cell);
                for k in 0..WIDTHS[channel] {
                    gradient[u + k] += weight * times * rest * self.x[v + k];
                    gradient[v + k] += weight * times * rest * self.x[u + k];
                }
                biases.iter().for_each(|&at| gradient[at] += weight * times * rest);
            }
        }
        // The global bias of the second channel is not trained.
        *gradient.last_mut().unwrap() = 0.0;
        self.t += 1;
        for (n, gradient) in gradient.iter().enumerate() {
            let along = gradient - self.reg[n] * self.x[n];
            self.x[n] += match settings.optimiser {
                Optimiser::Sgd => f64::from(settings.lr) * along,
                Optimiser::Adam { beta1, beta2, epsilon } => {
                    let [beta1, beta2, epsilon] = [beta1, beta2, epsilon].map(f64::from);
                    self.m[n] = beta1 * self.m[n] + (1.0 - beta1) * along;
                    self.v[n] = beta2 * self.v[n] + (1.0 - beta2) * along * along;
                    let corrected = f64::from(settings.lr) * (1.0 - beta2.powi(self.t)).sqrt()
                        / (1.0 - beta1.powi(self.t));
                    corrected * self.m[n] / (self.v[n].sqrt() + epsilon)
                }
            };
        }
        loss
    }
}

fn flat(factors: &Factors) -> Vec<f64> {
    let mut all = Vec::new();
    for table in [&factors.users, &factors.items] {
        (0..2).for_each(|channel| all.extend(table.to_rows(channel)));
    }
    for biases in &factors.biases {
        all.extend(biases.users.iter().chain(&biases.items));
        all.push(biases.global);
    }
    all.into_iter().map(f64::from).collect()
}

#[test]
fn steps_are_those_of_a_dense_oracle() {
    for optimiser in [Optimiser::Sgd, Optimiser::ADAM] {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let (factors, settings) = (random_factors(&mut rng), settings(optimiser));
        let mut oracle = Oracle::new(&factors);
        let mut trainer = Trainer::new(factors, settings).unwrap();
        for _ in 0..20 {
            let batch = random_batch(400, &mut rng);
            let loss = trainer.step(&Cells(&Squared), &batch).unwrap();
            let expected = oracle.step(&batch, &settings);
            assert!((loss - expected).abs() < 1e-4 * expected.abs(), "{loss}, not {expected}");
        }
        let found = flat(trainer.factors());
        let error = found.iter().zip(&oracle.x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Rounding to f32 some hundred times; Adam divides small gradients by their own size.
        assert!(error < 2e-5, "{optimiser:?}: off by {error}");
    }
}

#[test]
fn a_triple_is_a_pair_of_cells_of_opposite_sign() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let table = |rows, rng: &mut _| Table::normal(rows, 3, 0.5, rng);
    let start = Factors::new(table(USERS, &mut rng), table(ITEMS, &mut rng));
    let settings = Settings {
        optimiser: Optimiser::Sgd,
        lr: 0.1,
        decay: 1.0,
        reg: [0.0],
        global: [false],
        lengths: None,
    };
    let cell = |item, weight| Cell { user: UserId(4), item: ItemId(item), label: 1.0, weight };
    // The weight of the second cell does not count.
    let batch = Batch { cells: vec![cell(2, 3.0), cell(7, 99.0)], divisor: 2.0 };
    let mut trainer = Trainer::new(start.clone(), settings).unwrap();
    let loss = trainer.step(&Triples(&Margin), &batch).unwrap();
    let x = start.score(0, 4, 2) - start.score(0, 4, 7);
    assert!((loss - f64::from(1.5 * (1.0 - x).powi(2) / 2.0)).abs() < 1e-6);
    let (u, v) = (start.users.to_rows(0), start.items.to_rows(0));
    let (found_u, found_v) =
        (trainer.factors().users.to_rows(0), trainer.factors().items.to_rows(0));
    let rate = 0.1 * 1.5 * (1.0 - x);
    for k in 0..3 {
        let near = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6);
        near(found_u[12 + k], u[12 + k] + rate * (v[6 + k] - v[21 + k]));
        near(found_v[6 + k], v[6 + k] + rate * u[12 + k]);
        near(found_v[21 + k], v[21 + k] - rate * u[12 + k]);
    }
    assert_eq!(found_v[..6], v[..6]);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let train = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
            let mut trainer =
                Trainer::new(random_factors(&mut rng), settings(Optimiser::ADAM)).unwrap();
            let losses: Vec<f64> = (0..5)
                .map(|_| trainer.step(&Cells(&Squared), &random_batch(5000, &mut rng)).unwrap())
                .collect();
            (losses, trainer.into_factors())
        })
    };
    assert_eq!(train(1), train(3));
}

#[test]
fn decay_ends_at_zero_and_not_in_denormal_numbers() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    for optimiser in [Optimiser::Sgd, Optimiser::ADAM] {
        let settings = Settings { lr: 0.5, reg: [1.0, 1.0], ..settings(optimiser) };
        let mut trainer = Trainer::new(random_factors(&mut rng), settings).unwrap();
        let nothing = Batch::default();
        for _ in 0..300 {
            trainer.step(&Cells(&Squared), &nothing).unwrap();
        }
        assert!(flat(trainer.factors()).iter().all(|x| *x == 0.0 || x.abs() > 1e-31));
        if optimiser == Optimiser::Sgd {
            assert!(trainer.factors().users.to_rows(0).iter().all(|x| *x == 0.0));
        }
    }
}

#[test]
fn what_cannot_be_trained_is_an_error() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let good = settings(Optimiser::Sgd);
    for bad in [
        Settings { lr: 0.0, ..good },
        Settings { decay: f32::NAN, ..good },
        Settings { reg: [0.1, -0.1], ..good },
    ] {
        let error = Trainer::new(random_factors(&mut rng), bad).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
    let one = Factors::new(Table::zeros(1, &[2]), Table::zeros(1, &[2]));
    assert!(Trainer::new(one, good).is_err());
    let mut trainer = Trainer::new(random_factors(&mut rng), good).unwrap();
    let cell = Cell { user: UserId(USERS as u32), item: ItemId(0), label: 1.0, weight: 1.0 };
    let outside = Batch { cells: vec![cell], divisor: 1.0 };
    assert!(matches!(trainer.step(&Cells(&Squared), &outside), Err(Error::Parameter { .. })));
    let cell = Cell { user: UserId(0), label: 1e9, ..cell };
    let huge = Batch { cells: vec![cell], divisor: 1.0 };
    assert!(matches!(trainer.step(&Cells(&Squared), &huge), Err(Error::Diverged { .. })));
    let divided = Batch { divisor: 0.0, ..huge };
    assert!(matches!(trainer.step(&Cells(&Squared), &divided), Err(Error::Parameter { .. })));
}

/// User 0 has items 0, 2 and 5 of six, user 1 all of them, user 2 item 3.
fn seen() -> Interactions {
    let items = [0, 2, 5, 0, 1, 2, 3, 4, 5, 3].map(ItemId).to_vec();
    Interactions::from_rows(vec![0, 3, 9, 10], items, 6).unwrap()
}

#[test]
fn blocks_keep_the_order_and_draw_uniformly_from_the_rest() {
    let seen = seen();
    let pairs = [(0, 5), (2, 3), (1, 1), (0, 0)].map(|(u, i)| (UserId(u), ItemId(i)));
    let mut blocks = PositiveBlocks::new(&pairs, &seen, (2, 3), Emit::Cells, 7).unwrap();
    let mut drawn = [[0u32; 6]; 3];
    let epochs = 4000;
    for _ in 0..epochs {
        let (mut batch, mut positives, mut sizes) = (Batch::default(), Vec::new(), Vec::new());
        while blocks.next(&mut batch) {
            assert_eq!(batch.divisor, 1.0);
            sizes.push(batch.cells.len());
            for cell in batch.cells.drain(..) {
                let (user, item) = (cell.user, cell.item);
                match cell.label {
                    1.0 => {
                        assert_eq!(cell.weight, 3.0);
                        positives.push((user, item));
                    }
                    _ => {
                        assert!(cell.weight == 1.0 && positives.last().unwrap().0 == user);
                        drawn[user.index()][item.index()] += 1;
                    }
                }
            }
            batch.clear();
        }
        // User 1 has no negative.
        assert_eq!(positives, [pairs[0], pairs[1], pairs[3]]);
        assert_eq!(sizes, [8, 4]);
    }
    for (user, free) in [(0, vec![1, 3, 4]), (2, vec![0, 1, 2, 4, 5])] {
        let total: u32 = drawn[user].iter().sum();
        assert_eq!(total, if user == 0 { 6 } else { 3 } * epochs);
        let expected = f64::from(total) / free.len() as f64;
        for item in 0..6 {
            let count = f64::from(drawn[user][item]);
            match free.contains(&item) {
                // Five standard deviations.
                true => assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{drawn:?}"),
                false => assert_eq!(count, 0.0),
            }
        }
    }
}

#[test]
fn triples_repeat_the_positive_for_each_negative() {
    let seen = seen();
    let pairs = [(0, 5), (2, 3)].map(|(u, i)| (UserId(u), ItemId(i)));
    let mut blocks = PositiveBlocks::new(&pairs, &seen, (9, 2), Emit::Triples, 7).unwrap();
    let mut batch = Batch::default();
    assert!(blocks.next(&mut batch));
    assert_eq!(batch.cells.len(), 8);
    for (n, triple) in batch.cells.chunks(2).enumerate() {
        assert_eq!((triple[0].user, triple[0].item), pairs[n / 2]);
        assert_eq!([triple[0].label, triple[1].label], [1.0, 0.0]);
        assert!(!seen.contains(triple[1].user, triple[1].item));
    }
    batch.clear();
    assert!(!blocks.next(&mut batch));
}

#[test]
fn blocks_of_nothing_are_errors() {
    let seen = seen();
    let make = |pair: (u32, u32), size| {
        let pair = (UserId(pair.0), ItemId(pair.1));
        PositiveBlocks::new(&[pair], &seen, size, Emit::Cells, 1).map(|_| ()).unwrap_err()
    };
    assert!(matches!(make((0, 0), (0, 1)), Error::Parameter { name, .. } if name == "block"));
    assert!(matches!(make((0, 0), (1, 0)), Error::Parameter { name, .. } if name == "negatives"));
    assert!(matches!(make((0, 1), (1, 1)), Error::Parameter { name, .. } if name == "positives"));
    assert!(matches!(make((1, 1), (1, 1)), Error::NoData { .. }));
}

#[test]
fn cells_are_drawn_with_replacement_so_many_of_each_list() {
    let cell = |item, weight| Cell { user: UserId(0), item: ItemId(item), label: 0.5, weight };
    let first: Vec<Cell> = (0..4).map(|item| cell(item, 1.0)).collect();
    let second = vec![cell(9, 0.25)];
    let lists = vec![(first, 400), (second, 40)];
    let mut sampler = CellSampler::new(lists, 2, 11).unwrap();
    let (mut batch, mut counts) = (Batch::default(), [0u32; 4]);
    for _ in 0..2 {
        assert!(sampler.next(&mut batch));
        assert_eq!(batch.divisor, 410.0);
        batch.cells[..400].iter().for_each(|cell| counts[cell.item.index()] += 1);
        assert!(batch.cells[400..].iter().all(|cell| cell.item.0 == 9) && batch.cells.len() == 440);
        batch.clear();
    }
    assert!(!sampler.next(&mut batch) && sampler.next(&mut batch));
    // Binomial(800, ¼): five standard deviations are 61.
    assert!(counts.iter().all(|count| count.abs_diff(200) < 61), "{counts:?}");
    assert!(CellSampler::new(vec![(Vec::new(), 1)], 1, 1).is_err());
}
