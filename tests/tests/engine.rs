//! The engine with objectives of the tests' own: what methods will rely on.

use foretaste::mf::{
    Bias, Channel, Error, Factors, Negatives, Params, Pointwise, Problem, Silent, Steps, Targets,
    Weighting, train_pointwise,
};
use foretaste_tests::objective::assert_pointwise;
use foretaste_tests::support::clicks;

/// Logistic matrix factorization: cross-entropy of the label.
struct Logistic;

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

impl Pointwise<1> for Logistic {
    fn ascent(&self, [x]: [f32; 1], y: f32) -> [f32; 1] {
        [y - sigmoid(x)]
    }

    fn loss(&self, [x]: [f32; 1], y: f32) -> f32 {
        y * softplus(-x) + (1.0 - y) * softplus(x)
    }
}

/// Two channels whose losses have nothing to do with each other: the second learns the opposite.
struct Opposites;

impl Pointwise<2> for Opposites {
    fn ascent(&self, [a, b]: [f32; 2], y: f32) -> [f32; 2] {
        [Logistic.ascent([a], y)[0], -Logistic.ascent([-b], y)[0]]
    }

    fn loss(&self, [a, b]: [f32; 2], y: f32) -> f32 {
        Logistic.loss([a], y) + Logistic.loss([-b], y)
    }
}

const SECOND: Channel = Channel { factors: 24, reg: 0.01, init_sd: 0.1, bias: NONE };
const NONE: Bias = Bias { user: false, item: false, global: false };

fn two() -> Problem<'static> {
    Problem { more: &[SECOND], ..Problem::default() }
}

fn params(steps: Steps) -> Params {
    let lr = if steps == Steps::Sgd { 0.1 } else { 0.5 };
    Params { factors: 16, epochs: 8, lr, steps, negatives: 2, ..Params::default() }
}

fn train(params: Params, threads: usize) -> (Factors, f64) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let data = clicks().into_interactions();
    let trained = pool.install(|| {
        train_pointwise(&Opposites, &two(), &data, &params.check().unwrap(), &mut Silent)
    });
    let trained = trained.unwrap();
    let loss = trained.history.last().unwrap().loss;
    (trained.factors, loss)
}

#[test]
fn the_objectives_are_sound() {
    assert_pointwise(&Logistic, &[1.0, 0.0, 2.5], 0.1);
    assert_pointwise(&Opposites, &[1.0, 0.0], 0.1);
}

#[test]
fn two_channels_learn_side_by_side_at_any_thread_count() {
    for steps in [Steps::Sgd, Steps::AdaGrad] {
        for item in [false, true] {
            let bias = Bias { user: item, item, global: item };
            let params = Params { bias, ..params(steps) };
            let (one, loss) = train(params.clone(), 1);
            assert_eq!(train(params, 3).0, one);
            assert_eq!(one.users.widths(), [16, 24]);
            // A coin's loss in both channels is 2 ln 2.
            assert!(loss < 1.8 * std::f64::consts::LN_2, "{steps:?}: {loss}");
        }
    }
}

#[test]
fn the_channels_learn_what_they_should() {
    let (factors, _) = train(params(Steps::AdaGrad), 2);
    let data = clicks().into_interactions();
    for (channel, sign) in [(0, 1.0), (1, -1.0)] {
        let scores = factors.users.view(channel).dot(&factors.items.view(channel).t());
        let (mut on, mut n) = (0.0, 0.0);
        for pair in data.pairs() {
            on += f64::from(scores[[pair.user.index(), pair.item.index()]]);
            n += 1.0;
        }
        let all = f64::from(scores.mean().unwrap());
        assert!(sign * (on / n - all) > 0.5, "channel {channel}: {} against {all}", on / n);
    }
}

#[test]
fn one_channel_of_two_is_the_same_as_one_alone() {
    // With the second channel's rows at (almost) zero and kept there, the first must not notice.
    let data = clicks().into_interactions();
    let params = Params { sampler: Negatives::Uniform, ..params(Steps::Sgd) };
    let valid = params.check().unwrap();
    let alone =
        train_pointwise(&Logistic, &Problem::default(), &data, &valid, &mut Silent).unwrap();
    let both = train_pointwise(&Opposites, &two(), &data, &valid, &mut Silent).unwrap();
    let users = |factors: &Factors| factors.users.rows();
    assert_eq!(users(&alone.factors), users(&both.factors));
    let (a, b) = (alone.history.last().unwrap().loss, both.history.last().unwrap().loss);
    // Another start of the items (the stream fills both channels), the same problem: half the loss.
    assert!((b - 2.0 * a).abs() < 0.15 * b, "{a} and {b}");
}

#[test]
fn channels_must_be_as_many_as_the_objective_has() {
    let data = clicks().into_interactions();
    let valid = params(Steps::Sgd).check().unwrap();
    let result = train_pointwise(&Opposites, &Problem::default(), &data, &valid, &mut Silent);
    assert!(matches!(result, Err(Error::Parameter { name, .. }) if name == "channels"));
    let bad = Channel { factors: 0, ..SECOND };
    let result =
        train_pointwise(&Opposites, &Problem { more: &[bad], ..two() }, &data, &valid, &mut Silent);
    assert!(matches!(result, Err(Error::Parameter { name, .. }) if name == "factors"));
}

/// All that a pair's score is made of but factors, which stay at almost 0.
fn only_biases(bias: Bias, weighting: Weighting) -> Params {
    let (sampler, steps) = (Negatives::Uniform, Steps::AdaGrad);
    let start =
        Params { factors: 1, init_sd: 1e-6, reg: 0.0, lr: 0.5, epochs: 60, ..params(steps) };
    Params { bias, weighting, sampler, negatives: 4, ..start }
}

#[test]
fn weighted_by_the_population_samples_stand_for_all_pairs() {
    let data = clicks().into_interactions();
    let bias = Bias { global: true, ..NONE };
    let fit = |weighting| {
        let valid = only_biases(bias, weighting).check().unwrap();
        let trained = train_pointwise(&Logistic, &Problem::default(), &data, &valid, &mut Silent);
        let factors = trained.unwrap().factors;
        assert!(factors.biases[0].global < 0.0);
        let of_user = |user| {
            let of_item = |item| f64::from(sigmoid(factors.score(0, user, item)));
            (0..data.n_items()).map(of_item).sum::<f64>()
        };
        (0..data.n_users()).map(of_user).sum::<f64>()
    };
    // The likelihood is greatest where as many positives are expected as there are.
    let share = |weighting| fit(weighting) / data.nnz() as f64;
    let (population, sampled) = (share(Weighting::Population), share(Weighting::Sampled));
    assert!((population - 1.0).abs() < 0.1, "{population}");
    assert!(sampled > 1.5, "one positive to four negatives, whatever the data: {sampled}");
}

#[test]
fn biases_learn_what_users_and_items_are_like() {
    let data = clicks().into_interactions();
    let valid = only_biases(Bias { user: true, item: true, global: true }, Weighting::Population);
    let valid = valid.check().unwrap();
    let trained = train_pointwise(&Logistic, &Problem::default(), &data, &valid, &mut Silent);
    let factors = trained.unwrap().factors;
    // The likelihood is greatest where each item's expected count is its count.
    let expected = |item: usize| -> f32 {
        (0..data.n_users()).map(|user| sigmoid(factors.score(0, user, item))).sum()
    };
    let counts = data.item_counts();
    let (mut error, mut total) = (0.0, 0.0);
    for (item, &count) in counts.iter().enumerate() {
        error += (expected(item) - count as f32).abs();
        total += count as f32;
    }
    assert!(error < 0.1 * total, "off by {error} of {total}");
}

#[test]
fn labels_come_by_item_or_by_pair() {
    let data = clicks().into_interactions();
    let of_items: Vec<f32> = (0..data.n_items()).map(|item| 1.0 + (item % 7) as f32).collect();
    let of_pairs: Vec<f32> = data.pairs().map(|pair| of_items[pair.item.index()]).collect();
    let valid = params(Steps::AdaGrad).check().unwrap();
    let fit = |targets| {
        let problem = Problem { targets, ..Problem::default() };
        train_pointwise(&Logistic, &problem, &data, &valid, &mut Silent)
    };
    let factors = |targets| fit(targets).unwrap().factors;
    assert_eq!(factors(Targets::Items(&of_items)), factors(Targets::Pairs(&of_pairs)));
    assert_ne!(factors(Targets::Items(&of_items)), factors(Targets::Ones));
    for wrong in [&[1.0f32][..], &vec![0.0; data.n_items()], &vec![f32::NAN; data.n_items()]] {
        let error = fit(Targets::Items(wrong)).unwrap_err();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == "targets"), "{error}");
    }
}

#[test]
fn a_training_starts_from_what_it_is_given() {
    let data = clicks().into_interactions();
    let valid = params(Steps::Sgd).check().unwrap();
    let fit = |start| {
        let problem = Problem { start: Some(start), ..Problem::default() };
        train_pointwise(&Logistic, &problem, &data, &valid, &mut Silent)
    };
    let initial = Factors::initial(&data, valid.get(), &[]);
    let plain = train_pointwise(&Logistic, &Problem::default(), &data, &valid, &mut Silent);
    let plain = plain.unwrap().factors;
    assert_eq!(fit(initial).unwrap().factors, plain);
    assert_ne!(fit(plain.clone()).unwrap().factors, plain);
    let error = fit(Factors::initial(&data, valid.get(), &[SECOND])).unwrap_err();
    assert!(matches!(&error, Error::Parameter { name, .. } if name == "start"), "{error}");
}
