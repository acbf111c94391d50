//! Recommending: users per second, seen items left out.
#![allow(missing_docs, reason = "criterion_group! makes public functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foretaste::data::{Interactions, UserId};
use foretaste::mf::{Factors, Table};
use foretaste::model::{Catalogue, Query, recommend, select_top_k};
use foretaste_benches::{ML_1M, ML_20M, ML_100K, generate};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn factors(data: &Interactions) -> Factors {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let users = Table::normal(data.n_users(), 64, 0.1, &mut rng);
    Factors::new(users, Table::normal(data.n_items(), 64, 0.1, &mut rng))
}

fn lists(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recommend_10");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let data = generate(shape);
        let model = factors(&data);
        let users: Vec<UserId> = (0..data.n_users().min(6_000) as u32).map(UserId).collect();
        group.throughput(Throughput::Elements(users.len() as u64));
        group.bench_function(format!("{}/k64", shape.name), |bencher| {
            bencher.iter(|| recommend(&model, &users, &Query::new(10).exclude(&[&data])));
        });
    }
    group.finish();
}

/// A few users at a time, as a server is asked: with items that are made ready once, and without.
fn few(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recommend_10_few");
    let data = generate(ML_20M);
    let model = factors(&data);
    let catalogue = Catalogue::new(&model);
    for n in [1, 8, 64] {
        let users: Vec<UserId> = (0..n).map(UserId).collect();
        group.throughput(Throughput::Elements(u64::from(n)));
        group.bench_function(format!("catalogue/{n}"), |bencher| {
            let exclude = [&data];
            let query = Query::new(10).exclude(&exclude);
            bencher.iter(|| catalogue.recommend(&model, &users, &query));
        });
        group.bench_function(format!("recommend/{n}"), |bencher| {
            bencher.iter(|| recommend(&model, &users, &Query::new(10).exclude(&[&data])));
        });
    }
    group.finish();
}

fn selection(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("select_top_k");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let scores: Vec<f32> = (0..27_000).map(|_| rng.random()).collect();
    group.throughput(Throughput::Elements(scores.len() as u64));
    let mut best = Vec::new();
    for k in [10, 100, 1000] {
        group.bench_function(format!("27000/{k}"), |bencher| {
            bencher.iter(|| select_top_k(&scores, k, &mut best));
        });
    }
    group.finish();
}

criterion_group!(benches, lists, few, selection);
criterion_main!(benches);
