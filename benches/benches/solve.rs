//! Training without steps: clicks per second of one sweep, its start and its report included.
#![allow(missing_docs, reason = "criterion_group! makes public functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use foretaste::als;
use foretaste::baselines::ExpoMfParams;
use foretaste::mf::{Params, Silent, Start, Training};
use foretaste::relmf::{self, Estimator, Loss, Propensities, Solver};
use foretaste_benches::{ML_1M, ML_20M, ML_100K, generate};

fn least_squares(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("als_sweep");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let data = generate(shape);
        let theta = Propensities::items(vec![0.5; data.n_items()]).expect("a half is legal");
        group.throughput(Throughput::Elements(data.nnz() as u64));
        for estimator in [Estimator::Naive, Estimator::Wmf] {
            let d = relmf::Params::default();
            let mf = Params { epochs: 1, ..d.mf };
            let (solver, loss) = (Solver::Als, Loss::Squared);
            let model = relmf::Params { estimator, solver, loss, mf, ..d };
            let model = model.check().expect("the parameters are legal");
            group.bench_function(BenchmarkId::new(shape.name, estimator), |bencher| {
                bencher.iter(|| {
                    model.fit_with(&data, &theta, Start::default(), &mut Silent).expect("it trains")
                });
            });
        }
    }
    group.finish();
}

/// Steps of conjugate gradients, and the minimum (0), of what `ials` trains by. What is timed has the exact
/// solution for the users that ends a training.
fn implicit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ials_sweep");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M, ML_20M] {
        let data = generate(shape);
        group.throughput(Throughput::Elements(data.nnz() as u64));
        for (factors, steps) in [(64, 3), (64, 0), (128, 3)] {
            let params =
                als::Params { factors, cg_steps: steps, epochs: 1, ..als::Params::default() };
            let model = params.check().expect("the parameters are legal");
            let id = BenchmarkId::new(shape.name, format!("{factors} factors, {steps} steps"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| model.fit(&data, &mut Silent).expect("it trains"));
            });
        }
    }
    group.finish();
}

/// Its time grows with all pairs, so the largest shape is left out.
fn expectation_maximization(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("expomf_sweep");
    group.sample_size(10);
    for shape in [ML_100K, ML_1M] {
        let data = generate(shape);
        group.throughput(Throughput::Elements(data.n_users() as u64 * data.n_items() as u64));
        for factors in [32, 64] {
            let d = ExpoMfParams::default();
            let model =
                ExpoMfParams { training: Training { factors, epochs: 1, ..d.training }, ..d };
            let model = model.check().expect("the parameters are legal");
            group.bench_function(BenchmarkId::new(shape.name, factors), |bencher| {
                bencher.iter(|| model.fit(&data, &mut Silent).expect("it trains"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, least_squares, implicit, expectation_maximization);
criterion_main!(benches);
