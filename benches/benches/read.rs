//! Reading: bytes per second from csv to a matrix that training can use.
#![allow(missing_docs, reason = "criterion_group! makes public functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foretaste::io::{ReadOptions, read_interactions, read_interactions_from};
use foretaste_benches::{ML_1M, ML_20M, ML_100K, csv, generate};

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read_csv");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let text = csv(&generate(shape));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(shape.name, |bencher| {
            let options = ReadOptions::default();
            bencher.iter(|| read_interactions_from(&text[..], "bench", &options));
        });
    }
    group.finish();
}

/// The same from a file, which plain ones like this are read from in parallel.
fn read_file(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read_csv_file");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let text = csv(&generate(shape));
        let name = format!("foretaste-bench-{}-{}.csv", shape.name, std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, &text).expect("the folder for temporary files takes one");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(shape.name, |bencher| {
            let options = ReadOptions::default();
            bencher.iter(|| read_interactions(&path, &options));
        });
        std::fs::remove_file(&path).expect("the file is ours");
    }
    group.finish();
}

criterion_group!(benches, read, read_file);
criterion_main!(benches);
