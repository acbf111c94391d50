//! Data and trainings for the tests.

use foretaste::data::Dataset;
use foretaste::mf::{Params, Silent};
use foretaste::sim;
use foretaste::{Method, Recommender};

/// Simulated clicks of 300 users on 200 items, 15 each.
///
/// # Panics
/// Never: the parameters are legal.
pub fn clicks() -> Dataset {
    let params = sim::Params { users: 300, items: 200, interactions: 4_500, ..Default::default() };
    let simulation = params.check().expect("legal parameters");
    simulation.generate().expect("a small simulation").clicks
}

/// A method with parameters that suit a quick test.
///
/// # Panics
/// If there is no such method.
pub fn quick(name: &str) -> Method {
    let mut method = Method::named(name).expect("a known method");
    if let Some(params) = method.params_mut() {
        *params = Params { factors: 20, epochs: 12, ..params.clone() };
    }
    method
}

/// Trains on a pool of its own.
///
/// # Panics
/// If the training fails.
pub fn train(method: &Method, data: &Dataset, threads: usize) -> Recommender {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let fit = || Recommender::fit(method, data.clone(), &mut Silent).expect("a quick training");
    pool.expect("a small pool").install(fit)
}
