//! What a training allocates is what `memory_estimate` says.
#![allow(clippy::unwrap_used, reason = "a test may stop where it likes")]

use foretaste::bpr::Bpr;
use foretaste::data::{Interactions, ItemId};
use foretaste::mf::{Bias, Error, Monitor, Negatives, Params, Steps, Targets, memory_estimate};
use foretaste::model::Scorer;
use peak_alloc::PeakAlloc;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const ITEM: Bias = Bias { user: false, item: true, global: false };

/// An estimate may promise too much memory, but no more than 1 / 0.6 of what is needed.
const LEAST: f64 = 0.6;

/// Users with 1 to 2 · `mean` items each, the first items more often than the last.
fn generate(users: usize, items: usize, mean: usize) -> Interactions {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let (mut starts, mut columns) = (vec![0], Vec::new());
    for _ in 0..users {
        let wanted = rng.random_range(1..=2 * mean);
        let draw = |_| {
            let u: f64 = rng.random();
            ItemId((u * u * items as f64) as u32)
        };
        let mut row: Vec<ItemId> = (0..wanted).map(draw).collect();
        row.sort_unstable();
        row.dedup();
        columns.extend(row);
        starts.push(columns.len());
    }
    Interactions::from_rows(starts, columns, items).unwrap()
}

/// Finds each epoch better than the one before, so that each is kept: the worst case.
struct Rising;

impl Monitor for Rising {
    fn validate(&mut self, epoch: u32, _: &dyn Scorer) -> Result<Option<f64>, Error> {
        Ok(Some(f64::from(epoch)))
    }
}

/// Bytes that a training allocates at its peak, on top of what there was before.
fn peak(data: &Interactions, params: &Params, monitor: &mut dyn Monitor) -> usize {
    let bpr = Bpr::new(params.clone()).unwrap();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let trained = bpr.fit(data, monitor).unwrap();
    let peak = ALLOCATOR.peak_usage() - before;
    assert!(trained.history.len() == params.epochs as usize);
    peak
}

/// The counter counts the whole process, so all cases are one test.
#[test]
fn a_training_stays_within_its_estimate() {
    // The pool's own memory is not the training's.
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().unwrap();
    let base = Params {
        epochs: 4,
        lr: 0.05,
        steps: Steps::Sgd,
        negatives: 1,
        sampler: Negatives::Uniform,
        ..Params::default()
    };
    let variants = [
        ("sgd", base.clone()),
        ("adagrad", Params { steps: Steps::AdaGrad, ..base.clone() }),
        ("bias", Params { bias: ITEM, steps: Steps::AdaGrad, ..base.clone() }),
        ("stopping", Params { patience: 2, ..base.clone() }),
        ("popularity", Params { sampler: Negatives::Popularity(0.5), ..base }),
    ];
    // Users, items, mean items a user, K: most memory in users, in items, in the plan, in all.
    let shapes = [
        (20_000, 2_000, 10, 64),
        (2_000, 30_000, 20, 64),
        (4_000, 3_000, 300, 8),
        (6_000, 3_700, 160, 64),
        (3_000, 5_000, 60, 100),
    ];
    let mut wrong = String::new();
    for (users, items, mean, factors) in shapes {
        let data = generate(users, items, mean);
        for (name, params) in &variants {
            let params = Params { factors, ..params.clone() };
            let measured = match params.patience {
                0 => peak(&data, &params, &mut foretaste::mf::Silent),
                _ => peak(&data, &params, &mut Rising),
            };
            let shape = (users, items, data.nnz());
            let estimate = memory_estimate(&params, &[], Targets::Ones, shape);
            let share = measured as f64 / estimate as f64;
            let line = format!(
                "{users} × {items}, {} interactions, K {factors}, {name}: {measured} B of an \
                 estimate of {estimate} B ({share:.3})\n",
                data.nnz()
            );
            print_to_stderr(&line);
            if !(LEAST..=1.0).contains(&share) {
                wrong += &line;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn print_to_stderr(line: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}
