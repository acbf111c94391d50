//! Training: samples per second of an epoch, planning and dealing included.
#![allow(missing_docs, reason = "criterion_group! makes public functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use foretaste::bpr::Bpr;
use foretaste::gnolr::Nested;
use foretaste::graph;
use foretaste::mf::{
    Bias, Layout, Negatives, Params, Problem, Silent, Start, Steps, Targets, train_parted,
};
use foretaste::nbpo::{BpoModel, BpoParams, NbpoModel, NbpoParams};
use foretaste::relmf::{self, Propensities};
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

/// Steps, objectives, biases and channels beside BPR's: K = 64, two threads.
fn objectives(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("objective_epoch");
    group.sample_size(10);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    let pool = pool.expect("a pool of two threads");
    let adagrad =
        Bpr::new(Params { epochs: 1, steps: Steps::AdaGrad, ..Params::default() }).expect("legal");
    let with = |bias| BpoParams {
        mf: Params { epochs: 1, bias, ..BpoParams::default().mf },
        ..BpoParams::default()
    };
    let bpo = BpoModel::new(with(Bias::default())).expect("legal");
    let biased = BpoModel::new(with(Bias { user: true, item: true, global: true })).expect("legal");
    let mut params = relmf::Params::default();
    params.mf.epochs = 1;
    let relmf = params.check().expect("legal");
    let mut params = NbpoParams::default();
    params.mf.epochs = 1;
    let nbpo = NbpoModel::new(params).expect("legal");
    let gnolr = Params { epochs: 1, negatives: 4, reg: 0.0, lr: 0.3, ..Params::default() };
    let gnolr = gnolr.check().expect("legal");
    let nested = Nested::new(&[1.4, 2.8, 4.2], &[1.0, 1.0, 4.0, 4.0], false);
    let layout = Layout::new(&[(32, 6.0), (16, 1.2), (16, 1.2)]).expect("legal");
    for shape in [ML_100K, ML_1M, ML_20M] {
        let data = generate(shape);
        // A quarter of the pairs are of the second level or the third, a sixteenth of that.
        let labels: Vec<f32> = (0..data.nnz() as u32)
            .map(|pair| 1.0 + (pair.wrapping_mul(0x9e37_79b9).leading_zeros() / 2).min(2) as f32)
            .collect();
        let levels = Problem { targets: Targets::Pairs(&labels), ..Problem::default() };
        let propensities = vec![0.5; data.n_items()];
        let propensities = Propensities::items(propensities).expect("legal");
        let mut run = |name: &str, samples: usize, fit: &(dyn Fn() + Sync)| {
            group.throughput(Throughput::Elements((samples * data.nnz()) as u64));
            let id = BenchmarkId::new(name, shape.name);
            group.bench_function(id, |bencher| bencher.iter(|| pool.install(fit)));
        };
        // Samples: triples of bpr; a pair and its four negatives of the others.
        run("bpr, adagrad", 1, &|| drop(adagrad.fit(&data, &mut Silent)));
        run("bpo", 5, &|| drop(bpo.fit(&data, &mut Silent)));
        run("bpo, biases", 5, &|| drop(biased.fit(&data, &mut Silent)));
        run("relmf", 5, &|| {
            drop(relmf.fit_with(&data, &propensities, Start::default(), &mut Silent))
        });
        run("gnolr, three levels", 5, &|| {
            drop(train_parted(&nested, &layout, &levels, &data, &gnolr, &mut Silent))
        });
        run("nbpo, two channels", 5, &|| drop(nbpo.fit(&data, &mut Silent)));
    }
    group.finish();
}

/// Epochs on the graph: each step goes along all edges, there and back.
fn on_the_graph(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("graph_epoch");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M] {
        let data = generate(shape);
        group.throughput(Throughput::Elements(data.nnz() as u64));
        for (name, loss) in [("bpr", graph::Loss::Bpr), ("softmax", graph::Loss::Softmax)] {
            let params = graph::Params { epochs: 1, loss, ..graph::Params::default() };
            let method = params.check().expect("legal");
            group.bench_function(BenchmarkId::new(name, shape.name), |bencher| {
                bencher.iter(|| method.fit(&data, &mut Silent));
            });
        }
    }
    group.finish();
}

/// What an epoch costs where λ shrinks the flip factors to nothing.
fn vanishing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("nbpo_vanishing_flips");
    group.sample_size(10);
    let data = generate(ML_100K);
    for flip_reg in [0.001, 1.0] {
        let mut params = NbpoParams { flip_reg, ..NbpoParams::default() };
        params.mf.epochs = 20;
        let nbpo = NbpoModel::new(params).expect("legal");
        group.throughput(Throughput::Elements(5 * 20 * data.nnz() as u64));
        group.bench_function(format!("flip_reg={flip_reg}"), |bencher| {
            bencher.iter(|| nbpo.fit(&data, &mut Silent));
        });
    }
    group.finish();
}

fn negatives(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bpr_negatives");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let data = generate(shape);
        for sampler in [Negatives::Uniform, Negatives::Popularity(0.5), Negatives::Hardest(8)] {
            // A row of one lane: drawing the negative is most of the work.
            let params =
                Params { factors: 1, epochs: 1, negatives: 4, sampler, ..Params::default() };
            let bpr = Bpr::new(params).expect("legal parameters");
            group.throughput(Throughput::Elements(4 * data.nnz() as u64));
            group.bench_function(format!("{}/{sampler:?}", shape.name), |bencher| {
                bencher.iter(|| bpr.fit(&data, &mut Silent));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, epoch, on_the_graph, objectives, vanishing, negatives);
criterion_main!(benches);
