//! Data and trainings for the tests.

use foretaste::data::{Dataset, FeatureTable};
use foretaste::mf::Silent;
use foretaste::sim;
use foretaste::{Method, Recommender};
use serde_json::{Value, json};

/// Simulated clicks of 300 users on 200 items, 15 each.
///
/// # Panics
/// Never: the parameters are legal.
pub fn clicks() -> Dataset {
    let params = sim::Params { users: 300, items: 200, interactions: 4_500, ..Default::default() };
    let simulation = params.check().expect("legal parameters");
    simulation.generate().expect("a small simulation").clicks
}

/// The same data, with a vector of eight numbers and two of ten tags of each item, for methods that learn from
/// texts or tags.
///
/// # Panics
/// Never: the numbers are finite.
pub fn with_vectors(data: Dataset) -> Dataset {
    let ids: Vec<String> = data.items().names().map(Into::into).collect();
    let number = |n: u32| n.wrapping_mul(2_654_435_761) as f32 / u32::MAX as f32 - 0.5;
    let values: Vec<f32> = (0..8 * ids.len() as u32).map(number).collect();
    if ids.is_empty() {
        return data;
    }
    let table = FeatureTable::of_vectors(&ids, 8, &values).expect("finite numbers of each item");
    let tags = |(n, id): (usize, &String)| {
        [n % 7, 7 + n % 3].map(|tag| (id.clone(), format!("tag {tag}")))
    };
    let rows: Vec<_> = ids.iter().enumerate().flat_map(tags).collect();
    let (tags, _) = FeatureTable::of_tags(&rows).expect("a few tags");
    let data = data.with_item_features(table).expect("items that the data have");
    data.with_item_features(tags).expect("items that the data have")
}

/// A method with parameters that suit a quick test.
///
/// # Panics
/// If there is no such method.
pub fn quick(name: &str) -> Method {
    let method = foretaste::method(name).expect("a known method");
    let small = [("factors", json!(20)), ("epochs", json!(12))];
    small.into_iter().fold(method, |method, (name, value)| set(method, name, value))
}

/// The method with another value of a parameter, if it has that parameter.
///
/// # Panics
/// If the value is not of its type.
pub fn set(method: Method, name: &str, value: Value) -> Method {
    let mut parameters = method.parameters().clone();
    if !parameters.contains_key(name) {
        return method;
    }
    parameters.insert(name.into(), value);
    method.with(parameters).expect("a value of the parameter's type")
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
