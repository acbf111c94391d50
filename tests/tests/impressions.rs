//! θ from simulated impressions, against the θ that they were drawn with.

use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions};
use foretaste::files::Overwrite;
use foretaste::relmf::{Exposure, Propensities, Propensity};
use foretaste::sim::{Feedback, Params};
use foretaste_tests::support::{set, train};
use serde_json::json;

/// By what is shown: an item's popularity, a user's activity, or a list of each user.
fn worlds() -> [Params; 3] {
    let flat = Params {
        users: 400,
        items: 300,
        interactions: 8_000,
        popularity: 0.0,
        activity: 0.0,
        seed: 5,
        ..Params::default()
    };
    [
        Params { popularity: 1.2, ..flat.clone() },
        Params { activity: 1.0, ..flat.clone() },
        Params { position: 1.8, ..flat },
    ]
}

fn draw(params: Params) -> Feedback {
    params.check().unwrap().generate().unwrap()
}

/// The clicks beside the log of what was shown.
fn logged(feedback: &Feedback, clicks: Interactions) -> Dataset {
    let of = |pairs: Interactions| {
        let (users, items) = (feedback.clicks.users(), feedback.clicks.items());
        Dataset::new(users.clone(), items.clone(), pairs).unwrap()
    };
    let shown = ("impression".to_owned(), of(feedback.exposed.clone()));
    Dataset::of_feedbacks(vec![shown, ("click".to_owned(), of(clicks))]).unwrap()
}

fn estimate(data: &Dataset, exposure: Exposure) -> Propensities {
    let from = Propensity::From("impression".into());
    Propensities::new(&from, (exposure, 1), 1e-3, data).unwrap()
}

/// The share of other users is a mean of as many draws: within 4.5 standard errors of any of 300 items.
#[test]
fn shares_are_within_their_sampling_error() {
    for params in worlds() {
        let feedback = draw(params);
        let clicks = feedback.clicks.interactions().clone();
        let users = clicks.n_users() as f64;
        let data = logged(&feedback, clicks);
        let found = estimate(&data, Exposure::Item).by_item(data.interactions()).unwrap();
        let truth = feedback.item_exposure();
        for (item, (&found, &theta)) in found.iter().zip(&truth).enumerate() {
            // A half and the click's own impression move it by at most one in `users`.
            let error = 4.5 * (theta * (1.0 - theta) / users).sqrt() + 1.0 / users;
            let off = (f64::from(found) - theta).abs();
            assert!(found == 0.0 || off < error, "item {item}: {found} for {theta}");
        }
    }
}

/// Of impressions in tenths by estimate, the mean of 1/θ is that of the estimates: a pair comes to be
/// among them in proportion to θ, so that E(1/θ | estimate) is 1/estimate where that is calibrated. Terms
/// of an item, and of a user, may be off together, so that the error of their sum is by items and users.
/// An estimate that is shrunk is biased: by less than a fiftieth, as far as the sampling error can tell.
#[test]
fn pairs_are_calibrated_in_every_tenth() {
    for params in worlds() {
        let feedback = draw(params);
        let data = logged(&feedback, feedback.exposed.clone());
        let found = estimate(&data, Exposure::Pair);
        let mut all: Vec<(f64, f64, usize, usize)> = (data.interactions().pairs().enumerate())
            .map(|(at, pair)| {
                let theta = feedback.theta_row(pair.user)[pair.item.index()];
                let found = found.of(at, pair.item);
                (found.into(), theta.into(), pair.user.index(), pair.item.index())
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (tenth, part) in all.chunks(all.len().div_ceil(10)).enumerate() {
            let (mut users, mut items) = (vec![0.0; 400], vec![0.0; 300]);
            let (mut sum, mut whole) = (0.0, 0.0);
            for &(found, theta, user, item) in part {
                let off = 1.0 / theta - 1.0 / found;
                users[user] += off;
                items[item] += off;
                (sum, whole) = (sum + off, whole + 1.0 / theta);
            }
            let squares = |sums: &[f64]| sums.iter().map(|sum| sum * sum).sum::<f64>();
            let error = (squares(&users) + squares(&items)).sqrt();
            let estimate: f64 = sum / whole;
            let bound = 4.0 * error + 0.02 * whole;
            assert!(sum.abs() < bound && estimate.abs() < 0.05, "{tenth}: {estimate}");
        }
    }
}

/// Where users or lists decide what is shown, items alone can't know it.
#[test]
fn pairs_come_nearer_to_the_truth_than_items() {
    for (n, params) in worlds().into_iter().enumerate() {
        let feedback = draw(params);
        let data = logged(&feedback, feedback.clicks.interactions().clone());
        let off = |exposure| {
            let found = estimate(&data, exposure);
            let clicks = data.interactions().pairs().enumerate();
            let squares = clicks.map(|(at, pair)| {
                let theta = feedback.theta_row(pair.user)[pair.item.index()];
                (found.of(at, pair.item) / theta).ln().powi(2)
            });
            (squares.sum::<f32>() / data.interactions().nnz() as f32).sqrt()
        };
        let (items, pairs) = (off(Exposure::Item), off(Exposure::Pair));
        assert!(if n == 0 { pairs < 0.25 } else { pairs < 0.6 * items }, "{n}: {items}, {pairs}");
    }
}

#[test]
fn models_have_the_same_bytes_at_any_thread_count_and_after_loading() {
    let feedback = draw(worlds()[0].clone());
    let data = logged(&feedback, feedback.clicks.interactions().clone());
    for (name, exposure) in [("relmf", "item"), ("relmf", "pair"), ("ubpr", "relative")] {
        let method = set(foretaste::method(name).unwrap(), "exposure", json!(exposure));
        let method = set(method, "propensity", json!("from:impression"));
        let method = set(set(method, "factors", json!(8)), "epochs", json!(3));
        assert_eq!(method.side_feedback().as_deref(), Some("impression"));
        assert!(method.uses().side_feedback && !method.uses().feedback);
        let model = train(&method, &data, 1);
        let one = model.to_bytes().unwrap();
        for threads in [2, 3, 8] {
            let bytes = train(&method, &data, threads).to_bytes().unwrap();
            assert!(bytes == one, "{name}, {exposure}: {threads} threads");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        model.save(&path, Overwrite::Refuse).unwrap();
        let loaded = Recommender::load(&path).unwrap();
        assert!(loaded.to_bytes().unwrap() == one, "{name}, {exposure}");
    }
}
