//! Evaluating: values resampled per second, lists scored per second, users ranked per second.
#![allow(missing_docs, reason = "criterion_group! makes public functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use foretaste::data::Interactions;
use foretaste::eval::{Ideal, Metric, RESAMPLES, TestSet, bootstrap_means, evaluate};
use foretaste::mf::{Factors, Table};
use foretaste_benches::{ML_1M, ML_20M, ML_100K, generate};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Ten metrics, as many as an `evaluate` with all its cut-offs prints.
const METRICS: [&str; 10] = [
    "ndcg@5",
    "ndcg@10",
    "ndcg@20",
    "recall@5",
    "recall@10",
    "recall@20",
    "ap@20",
    "rr@20",
    "precision@20",
    "hit@20",
];

fn metrics() -> Vec<Metric> {
    METRICS.iter().map(|name| name.parse().expect("a known metric")).collect()
}

fn bootstrap(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bootstrap_means");
    group.sample_size(10);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    for shape in [ML_100K, ML_1M, ML_20M] {
        for columns in [1, METRICS.len()] {
            let count = shape.users * columns;
            let values: Vec<f64> = (0..count).map(|_| rng.random()).collect();
            group.throughput(Throughput::Elements((count * RESAMPLES) as u64));
            let id = BenchmarkId::new(format!("{}/users", shape.name), columns);
            group.bench_function(id, |bencher| {
                bencher.iter(|| bootstrap_means(&values, columns, 1));
            });
        }
    }
    group.finish();
}

fn lists(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("metrics_of_top_20");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let hit = |_| f64::from(u8::from(rng.random_bool(0.15)));
    let lists: Vec<f64> = (0..20 * ML_1M.users).map(hit).collect();
    group.throughput(Throughput::Elements(ML_1M.users as u64));
    for name in METRICS {
        let metric: Metric = name.parse().expect("a known metric");
        group.bench_function(name, |bencher| {
            let value = |list| metric.of_list(list, Ideal::Binary(25));
            bencher.iter(|| lists.chunks_exact(20).filter_map(value).sum::<f64>());
        });
    }
    group.finish();
}

/// Scores, masks, lists and metrics together: what `foretaste evaluate` does but for intervals.
fn users(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let seen = generate(shape);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let users = Table::normal(seen.n_users(), 64, 0.1, &mut rng);
        let model = Factors::new(users, Table::normal(seen.n_items(), 64, 0.1, &mut rng));
        let test = TestSet::binary(&shifted(&seen), &[], &[]);
        let test = test.expect("no counts of unknown items");
        group.throughput(Throughput::Elements(test.n_users() as u64));
        group.bench_function(format!("{}/k64/10 metrics", shape.name), |bencher| {
            let metrics = metrics();
            bencher.iter(|| evaluate(&model, &[&seen], &test, &metrics));
        });
    }
    group.finish();
}

/// What the next user has, as if it had been held out; the last user gets nothing.
fn shifted(data: &Interactions) -> Interactions {
    let mut starts: Vec<usize> =
        data.starts()[1..].iter().map(|at| at - data.starts()[1]).collect();
    starts.push(starts[starts.len() - 1]);
    let items = data.items()[data.starts()[1]..].to_vec();
    Interactions::from_rows(starts, items, data.n_items()).expect("rows are those of the data")
}

criterion_group!(benches, bootstrap, lists, users);
criterion_main!(benches);
