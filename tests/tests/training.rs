//! Training: the same model whatever the threads, and a better one than popularity.

use foretaste::bpr::BprTechnique;
use foretaste::data::{Dataset, Split, SplitMethod, align, split};
use foretaste::eval::{TestSet, evaluate};
use foretaste::files::Overwrite;
use foretaste::mf::{
    Bias, EpochReport, Error, Monitor, Negatives, Params, Schedule, Silent, Steps,
};
use foretaste::model::Scorer;
use foretaste::{Method, Recommender, Seen};
use foretaste_tests::support::{clicks, quick, set, train, with_vectors};
use serde_json::json;

const ITEM: Bias = Bias { user: false, item: true, global: false };

fn bytes(method: &Method, data: &Dataset, threads: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    train(method, data, threads).save(&path, Overwrite::Refuse).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes_at_any_thread_count() {
    let data = clicks();
    let variants = [
        Params { factors: 16, epochs: 4, ..Params::default() },
        Params { factors: 33, epochs: 3, bias: ITEM, negatives: 3, ..Params::default() },
        Params { factors: 1, epochs: 3, sampler: Negatives::Popularity(0.5), ..Params::default() },
    ];
    for params in variants {
        let method = bpr(&params);
        let one = bytes(&method, &data, 1);
        for threads in [2, 3, 8] {
            assert!(bytes(&method, &data, threads) == one, "{threads} threads, {params:?}");
        }
        let reseeded = bpr(&Params { seed: 43, ..params });
        assert!(bytes(&reseeded, &data, 1) != one, "the seed must matter");
    }
}

#[test]
fn searches_for_negatives_give_the_same_bytes_at_any_thread_count() {
    let data = clicks();
    let few = set(quick("warp"), "max_draws", json!(3));
    let biased = set(set(quick("warp"), "bias", json!(ITEM)), "steps", json!("adagrad"));
    for method in [quick("warp"), few, set(biased, "negatives", json!(2))] {
        let one = bytes(&method, &data, 1);
        for threads in [2, 3, 8] {
            assert!(bytes(&method, &data, threads) == one, "{threads} threads, {method:?}");
        }
        let reseeded = set(method, "seed", json!(43));
        assert!(bytes(&reseeded, &data, 1) != one, "the seed must matter");
    }
}

fn bpr(params: &Params) -> Method {
    Method::of(BprTechnique, params)
}

/// NDCG@10 on a fifth of each user's clicks, held out.
fn quality(method: &Method) -> f64 {
    let by = SplitMethod::Random { valid: 0.0, test: 0.2 };
    let Split { train: rows, test, .. } = split(&clicks(), by, 5).unwrap();
    let test = align(&test, rows.users(), rows.items()).unwrap();
    let test = TestSet::binary(&test.interactions, &[], &[]).unwrap();
    let model = train(method, &rows, 2);
    let metric = "ndcg@10".parse().unwrap();
    evaluate(model.scorer(), &[model.seen()], &test, &[metric]).unwrap().means()[0]
}

#[test]
fn bpr_beats_popularity() {
    let popularity = quality(&foretaste::method("popularity").unwrap());
    for bias in [Bias::default(), ITEM] {
        let bpr = quality(&bpr(&Params { factors: 16, bias, ..Params::default() }));
        assert!(bpr > 1.1 * popularity, "BPR {bpr}, popularity {popularity}");
    }
}

#[test]
fn warp_beats_popularity_and_one_draw_of_it() {
    let popularity = quality(&foretaste::method("popularity").unwrap());
    let warp = set(foretaste::method("warp").unwrap(), "factors", json!(16));
    let one = quality(&set(warp.clone(), "max_draws", json!(1)));
    let warp = quality(&warp);
    assert!(
        warp > 1.1 * popularity && warp > one,
        "{warp}, popularity {popularity}, one draw {one}"
    );
}

#[test]
fn the_loss_falls_from_that_of_a_coin() {
    let params = Params { epochs: 12, sampler: Negatives::Uniform, ..Params::default() };
    let model = train(&bpr(&params), &clicks(), 2);
    let history = model.history();
    // The mean over the first epoch: a coin's loss at its start, less at its end.
    let coin = std::f64::consts::LN_2;
    assert!((0.4..coin).contains(&history[0].loss), "{}", history[0].loss);
    assert!(history.last().unwrap().loss < 0.8 * history[0].loss);
}

#[test]
fn a_diverging_training_is_an_error_that_names_the_epoch() {
    let steps = Steps::Sgd;
    let params = Params { lr: 10.0, schedule: Schedule::Constant, steps, ..Params::default() };
    let fit = Recommender::fit(&bpr(&params), clicks(), &mut Silent);
    match fit {
        Err(foretaste::Error::Training(Error::Diverged { epoch, learning_rate })) => {
            assert!(epoch >= 1 && learning_rate == Some(10.0));
        }
        Ok(_) => panic!("a learning rate of 10 should diverge"),
        Err(other) => panic!("{other}"),
    }
}

/// A validation that is best in epoch 4.
struct Peak(Vec<u32>);

impl Monitor for Peak {
    fn validate(&mut self, epoch: u32, _: &dyn Scorer) -> Result<Option<f64>, Error> {
        Ok(epoch.is_multiple_of(2).then_some(-(f64::from(epoch) - 4.0).abs()))
    }

    fn epoch(&mut self, report: &EpochReport) {
        self.0.push(report.epoch);
    }
}

#[test]
fn early_stopping_keeps_the_best_model() {
    let params = Params { factors: 8, epochs: 50, patience: 3, ..Params::default() };
    let mut peak = Peak(Vec::new());
    let stopped = Recommender::fit(&bpr(&params), clicks(), &mut peak).unwrap();
    // Better in 2 and 4; then 6, 8 and 10 are no better.
    assert_eq!(peak.0, (1..=10).collect::<Vec<_>>());
    assert_eq!(stopped.info().training["best_epoch"], 4);
    // The learning rate falls towards the same last epoch, so that the first four are the same.
    let mut short = Stop(4);
    let short = Recommender::fit(&bpr(&params), clicks(), &mut short).unwrap();
    let users = [0, 1, 2].map(foretaste::data::UserId);
    assert_eq!(stopped.recommend(&users, 20, Seen::All), short.recommend(&users, 20, Seen::All));
}

/// A validation that has no score.
struct Without(Result<f64, String>);

impl Monitor for Without {
    fn validate(&mut self, epoch: u32, _: &dyn Scorer) -> Result<Option<f64>, Error> {
        let failed = |reason| Error::Validation { epoch, reason };
        self.0.clone().map(Some).map_err(failed)
    }
}

#[test]
fn a_validation_without_a_score_ends_the_training() {
    let params = Params { factors: 8, epochs: 5, patience: 3, ..Params::default() };
    for (validation, reason) in [
        (Ok(f64::NAN), "the score is NaN"),
        (Ok(f64::INFINITY), "the score is inf"),
        (Err("there is none".to_owned()), "there is none"),
    ] {
        let mut monitor = Without(validation);
        let fit = Recommender::fit(&bpr(&params), clicks(), &mut monitor);
        let error = fit.unwrap_err().to_string();
        assert_eq!(error, format!("the validation after epoch 1 failed: {reason}"));
    }
}

/// Interrupts the training when it was asked so often.
struct Interrupt(u32);

impl Monitor for Interrupt {
    fn interrupted(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 == 0
    }
}

#[test]
fn an_interrupt_ends_every_training_between_two_rounds() {
    let als = [("solver", json!("als")), ("loss", json!("squared"))];
    let als =
        als.into_iter().fold(quick("relmf"), |method, (name, value)| set(method, name, value));
    let iterative = foretaste::registry().names().into_iter().map(quick);
    for method in iterative.filter(Method::has_epochs).chain([als]) {
        let mut monitor = Interrupt(2);
        let fit = Recommender::fit(&method, with_vectors(clicks()), &mut monitor);
        let Err(foretaste::Error::Training(Error::Interrupted { epoch })) = fit else {
            panic!("{}: {fit:?}", method.name());
        };
        assert!(epoch <= 2, "{}: epoch {epoch}", method.name());
    }
}

/// Ends the training after an epoch.
struct Stop(u32);

impl Monitor for Stop {
    fn progress(&mut self, epoch: u32, _share: f64) -> bool {
        epoch < self.0
    }
}

#[test]
fn more_items_than_can_be_dealt_are_an_error() {
    use foretaste::data::{Interactions, ItemId};
    let n_items = (1 << 30) + 1;
    let data = Interactions::from_rows(vec![0, 1], vec![ItemId(0)], n_items).unwrap();
    let bpr = foretaste::bpr::Bpr::new(Params::default()).unwrap();
    let error = bpr.fit(&data, &mut Silent).unwrap_err();
    assert_eq!(error, Error::TooManyItems { items: n_items });
}

#[test]
fn data_with_nothing_to_learn_is_an_error() {
    for rows in ["user,item\na,x\n", "user,item\na,x\na,y\nb,x\nb,y\n"] {
        let options = Default::default();
        let read = foretaste::io::read_interactions_from(rows.as_bytes(), "rows", &options);
        let fit = Recommender::fit(&quick("bpr"), read.unwrap().0, &mut Silent);
        assert!(matches!(fit, Err(foretaste::Error::Training(Error::NoData { .. }))));
    }
}

#[test]
fn a_user_with_every_item_does_no_harm() {
    let mut rows = "user,item\n".to_owned();
    for item in 0..200 {
        rows += &format!("all,{item}\nsome{},{item}\n", item % 7);
    }
    let read = foretaste::io::read_interactions_from(rows.as_bytes(), "rows", &Default::default());
    let model = train(&quick("bpr"), &read.unwrap().0, 2);
    // A negative for each of 200 interactions; the other user's 200 have none.
    assert_eq!(model.history()[0].samples, 200);
    assert_eq!(model.history()[0].skipped, 200);
}
