//! The engine with objectives of the tests' own: what methods will rely on.

use foretaste::mf::{
    Channel, Error, Factors, Label, Params, Pointwise, Silent, Steps, train_pointwise,
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
    fn ascent(&self, [x]: [f32; 1], label: Label) -> [f32; 1] {
        match label {
            Label::Positive => [sigmoid(-x)],
            Label::Negative => [-sigmoid(x)],
        }
    }

    fn loss(&self, [x]: [f32; 1], label: Label) -> f32 {
        match label {
            Label::Positive => softplus(-x),
            Label::Negative => softplus(x),
        }
    }
}

/// Two channels whose losses have nothing to do with each other: the second learns the opposite.
struct Opposites;

impl Pointwise<2> for Opposites {
    fn ascent(&self, [x, y]: [f32; 2], label: Label) -> [f32; 2] {
        [Logistic.ascent([x], label)[0], -Logistic.ascent([-y], label)[0]]
    }

    fn loss(&self, [x, y]: [f32; 2], label: Label) -> f32 {
        Logistic.loss([x], label) + Logistic.loss([-y], label)
    }
}

const SECOND: Channel = Channel { factors: 24, reg: 0.01, init_sd: 0.1 };

fn params(steps: Steps) -> Params {
    let lr = if steps == Steps::Sgd { 0.1 } else { 0.5 };
    Params { factors: 16, epochs: 8, lr, steps, negatives: 2, ..Params::default() }
}

fn train(params: Params, threads: usize) -> (Factors, f64) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let data = clicks().interactions;
    let trained = pool.install(|| {
        train_pointwise(&Opposites, &[SECOND], &data, &params.check().unwrap(), &mut Silent)
    });
    let trained = trained.unwrap();
    let loss = trained.history.last().unwrap().loss;
    (trained.factors, loss)
}

#[test]
fn the_objectives_are_sound() {
    assert_pointwise(&Logistic, 0.1);
    assert_pointwise(&Opposites, 0.1);
}

#[test]
fn two_channels_learn_side_by_side_at_any_thread_count() {
    for steps in [Steps::Sgd, Steps::AdaGrad] {
        for item_bias in [false, true] {
            let params = Params { item_bias, ..params(steps) };
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
    let data = clicks().interactions;
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
    let data = clicks().interactions;
    let params = Params { sampler: foretaste::mf::Negatives::Uniform, ..params(Steps::Sgd) };
    let valid = params.check().unwrap();
    let alone = train_pointwise(&Logistic, &[], &data, &valid, &mut Silent).unwrap();
    let both = train_pointwise(&Opposites, &[SECOND], &data, &valid, &mut Silent).unwrap();
    let users = |factors: &Factors| factors.users.rows();
    assert_eq!(users(&alone.factors), users(&both.factors));
    let (a, b) = (alone.history.last().unwrap().loss, both.history.last().unwrap().loss);
    // Another start of the items (the stream fills both channels), the same problem: half the loss.
    assert!((b - 2.0 * a).abs() < 0.15 * b, "{a} and {b}");
}

#[test]
fn channels_must_be_as_many_as_the_objective_has() {
    let data = clicks().interactions;
    let valid = params(Steps::Sgd).check().unwrap();
    let result = train_pointwise(&Opposites, &[], &data, &valid, &mut Silent);
    assert!(matches!(result, Err(Error::Parameter { name: "channels", .. })));
    let bad = Channel { factors: 0, ..SECOND };
    let result = train_pointwise(&Opposites, &[bad], &data, &valid, &mut Silent);
    assert!(matches!(result, Err(Error::Parameter { name: "factors", .. })));
}
