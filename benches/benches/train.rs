//! Training: samples per second of an epoch, planning and dealing included.
#![allow(missing_docs, reason = "criterion_group! makes public functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use foretaste::bpr::Bpr;
use foretaste::mf::{Params, Silent};
use foretaste_benches::{ML_1M, ML_20M, ML_100K, generate};

fn epoch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bpr_epoch");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let data = generate(shape);
        group.throughput(Throughput::Elements(data.nnz() as u64));
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.expect("a pool of one or two threads");
            for factors in [64, 128] {
                let params = Params { factors, epochs: 1, ..Params::default() };
                let bpr = Bpr::new(params).expect("legal parameters");
                let id = format!("{}/k{factors}", shape.name);
                group.bench_function(BenchmarkId::new(id, threads), |bencher| {
                    bencher.iter(|| pool.install(|| bpr.fit(&data, &mut Silent)));
                });
            }
        }
    }
    group.finish();
}

fn negatives(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bpr_negatives");
    group.sample_size(10);
    let data = generate(ML_100K);
    for sampler in [foretaste::mf::Negatives::Uniform, foretaste::mf::Negatives::Popularity(0.5)] {
        // A row of one lane: drawing the negative is most of the work.
        let params = Params { factors: 1, epochs: 1, negatives: 16, sampler, ..Params::default() };
        let bpr = Bpr::new(params).expect("legal parameters");
        group.throughput(Throughput::Elements(16 * data.nnz() as u64));
        group.bench_function(format!("ml-100k/{sampler:?}"), |bencher| {
            bencher.iter(|| bpr.fit(&data, &mut Silent));
        });
    }
    group.finish();
}

criterion_group!(benches, epoch, negatives);
criterion_main!(benches);
