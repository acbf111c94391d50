//! Trainings that are interrupted and gone on with end as if they had not been; those that begin with an
//! earlier model have its rows.

use foretaste::data::{Dataset, UserId};
use foretaste::mf::{Error, Factors, Params, Silent};
use foretaste::model::{Checkpoint, ModelFile, Monitor, Run, Scorer, Start, State, WarmStart};
use foretaste::{Method, Recommender, Seen};
use foretaste_tests::support::{clicks, quick, set, train, with_vectors};
use serde_json::json;

/// All methods that take epochs, in their variants.
pub(crate) fn methods() -> Vec<Method> {
    let with = |name, settings: &[(&str, serde_json::Value)]| {
        let settings = settings.iter().cloned();
        settings.fold(quick(name), |method, (name, value)| set(method, name, value))
    };
    let all = foretaste::registry().names().into_iter().map(quick).filter(Method::has_epochs);
    let variants = [
        with("bpr", &[("steps", json!("adagrad"))]),
        with("warp", &[("steps", json!("adagrad")), ("bias", json!({ "item": true }))]),
        with("gnolr", &[("trainer", json!("batch"))]),
        with("lightgcn", &[("loss", json!("softmax")), ("keep_edges", json!(0.8))]),
        with("rlmrec", &[("alignment", json!("gen")), ("batch", json!(700))]),
        with("relmf", &[("steps", json!("adagrad")), ("bias", every_bias())]),
        with("relmf", &[("solver", json!("als")), ("loss", json!("squared"))]),
    ];
    let quicker = |method: Method| match method.name() {
        "nbpo-calibrated" => set(set(method, "factors", json!(4)), "epochs", json!(5)),
        // As much as their defaults learn in more epochs.
        "lightgcn" | "rlmrec" | "alpharec" | "sesa" => set(method, "lr", json!(0.02)),
        _ => method,
    };
    all.chain(variants).map(quicker).collect()
}

/// What a method is trained on here. An estimate takes a hundred trainings, so it gets less.
pub(crate) fn data_for(method: &Method) -> Dataset {
    with_vectors(if method.name() == "nbpo-calibrated" { first(100, 200) } else { clicks() })
}

pub(crate) fn every_bias() -> serde_json::Value {
    json!({ "user": true, "item": true, "global": true })
}

/// Counts how often it is asked whether to go on, ends the training one time, and keeps states. Epoch 4
/// is the best.
#[derive(Default)]
pub(crate) struct Stop {
    pub(crate) asked: u32,
    pub(crate) at: Option<u32>,
    pub(crate) ended: Option<State>,
    pub(crate) between: Vec<(u32, State)>,
}

impl Monitor for Stop {
    fn validate(&mut self, epoch: u32, _: &dyn Scorer) -> Result<Option<f64>, Error> {
        Ok(epoch.is_multiple_of(2).then_some(-(f64::from(epoch) - 4.0).abs()))
    }

    fn interrupted(&mut self) -> bool {
        self.asked += 1;
        self.at == Some(self.asked)
    }

    fn checkpoint(&mut self, epochs: u32, ending: bool, state: &mut dyn FnMut() -> State) {
        match ending {
            true => self.ended = Some(state()),
            false if epochs == 3 || epochs == 0 => self.between.push((epochs, state())),
            false => {}
        }
    }
}

pub(crate) fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn fit(method: &Method, state: Option<&State>, threads: usize, stop: &mut Stop) -> Fit {
    let start = Start { state, ..Start::default() };
    let mut own = std::mem::take(stop);
    let (fitted, own) = on(threads, move || {
        let fitted = Recommender::fit_from(method, data_for(method), start, &mut own);
        (fitted.map(|model| (model.to_bytes().unwrap(), format!("{:?}", model.history()))), own)
    });
    *stop = own;
    fitted
}

/// The bytes of the model, and its history.
type Fit = Result<(Vec<u8>, String), foretaste::Error>;

/// Interrupts where it is asked for the n-th time.
fn interrupt(method: &Method, state: Option<&State>, at: u32, threads: usize) -> State {
    let mut stop = Stop { at: Some(at), ..Stop::default() };
    let error = fit(method, state, threads, &mut stop).unwrap_err();
    assert!(matches!(error, foretaste::Error::Training(Error::Interrupted { .. })), "{error}");
    stop.ended.expect("it is offered")
}

/// The same state, once it was in a file.
fn filed(state: State, method: &Method) -> State {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let run = Run::new(method, "data".into()).unwrap();
    let written = Checkpoint { run: run.clone(), epochs: 1, seconds: 2.0, state };
    written.save(&path).unwrap();
    let read = Checkpoint::load(&path).unwrap();
    assert_eq!((read.epochs, read.seconds), (1, 2.0));
    read.check(&run, &path).unwrap();
    read.state
}

#[test]
fn an_interrupted_training_that_goes_on_is_the_same_training() {
    for method in methods() {
        let mut all = Stop::default();
        let whole = fit(&method, None, 2, &mut all).unwrap();
        let asked = all.asked;
        assert!(asked > 12, "{}: asked {asked} times", method.name());
        for at in [1, asked / 3, asked / 2 + 1, asked - 1, asked] {
            let state = filed(interrupt(&method, None, at, 1), &method);
            let resumed = fit(&method, Some(&state), 2, &mut Stop::default()).unwrap();
            assert!(resumed == whole, "{:?}, stopped at {at} of {asked}", method.to_json());
        }
        // More than once, on other threads each time.
        let first = interrupt(&method, None, asked / 4, 2);
        let second = interrupt(&method, Some(&first), asked / 4, 1);
        let resumed = fit(&method, Some(&second), 3, &mut Stop::default()).unwrap();
        assert!(resumed == whole, "{:?}, stopped twice", method.to_json());
        for (epochs, state) in all.between.iter().rev().take(2) {
            let resumed = fit(&method, Some(state), 1, &mut Stop::default()).unwrap();
            assert!(resumed == whole, "{:?}, after epoch {epochs}", method.to_json());
        }
        assert!(all.between.iter().any(|(epochs, _)| *epochs == 3), "{}", method.name());
    }
}

#[test]
fn an_estimate_goes_on_after_its_last_training() {
    let calibrated = |method: &Method| method.name() == "nbpo-calibrated";
    let method = methods().into_iter().find(calibrated).unwrap();
    let mut all = Stop::default();
    fit(&method, None, 2, &mut all).unwrap();
    let (trainings, asked) =
        (all.between.iter().filter(|(epochs, _)| *epochs == 0).count(), all.asked);
    assert!(trainings > 10, "{trainings}");
    let mut rest = Stop::default();
    let state = interrupt(&method, None, asked / 2, 2);
    fit(&method, Some(&state), 2, &mut rest).unwrap();
    assert!(rest.asked < asked * 6 / 10, "{} of {asked} are done again", rest.asked);
}

#[test]
fn a_state_of_something_else_is_an_error() {
    let state = interrupt(&quick("bpr"), None, 5, 1);
    for other in ["ials", "nbpo", "expomf"] {
        let method = set(quick(other), "factors", json!(8));
        let error = fit(&method, Some(&state), 1, &mut Stop::default()).unwrap_err();
        assert!(matches!(error, foretaste::Error::Training(Error::State { .. })), "{error}");
    }
    let error = fit(&quick("popularity"), Some(&state), 1, &mut Stop::default()).unwrap_err();
    assert_eq!(error.to_string(), "popularity keeps no state to go on from");
}

/// The rows of the first users and items.
pub(crate) fn first(users: u32, items: u32) -> Dataset {
    let all = clicks();
    let mut rows = "user,item\n".to_owned();
    for pair in all.interactions().pairs() {
        if pair.user.0 < users && pair.item.0 < items {
            let user = all.users().name(pair.user.0).unwrap();
            rows += &format!("{user},{}\n", all.items().name(pair.item.0).unwrap());
        }
    }
    foretaste::io::read_interactions_from(rows.as_bytes(), "rows", &Default::default()).unwrap().0
}

pub(crate) fn warm(old: &Recommender, data: &Dataset) -> WarmStart {
    let bytes = old.to_bytes().unwrap();
    let file = ModelFile::from_bytes(&bytes, std::path::Path::new("old")).unwrap();
    assert_eq!(file.fingerprint().unwrap().len(), 64);
    WarmStart::new(file, data.users(), data.items()).unwrap()
}

#[test]
fn a_warm_start_has_the_rows_of_whom_it_knows_and_fresh_ones_of_others() {
    let (old, new) = (first(250, 180), clicks());
    let method = set(quick("relmf"), "bias", every_bias());
    let old = train(&method, &old, 2);
    let warm = warm(&old, &new);
    let params: Params =
        serde_json::from_value(json!({ "factors": 20, "bias": every_bias() })).unwrap();
    let initial = Factors::initial(new.interactions(), &params, &[]);
    let mut carried = initial.clone();
    carried.carry(&warm, 1).unwrap();
    let mut file = warm.model();
    let mut tensor = |name: &str| file.take::<f32>(name, &[None, None]).unwrap().1;
    let mut known = 0;
    for (side, table, of, biases) in [
        ("user", [&carried.users, &initial.users], warm.users(), &carried.biases[0].users),
        ("item", [&carried.items, &initial.items], warm.items(), &carried.biases[0].items),
    ] {
        let rows = tensor(&format!("{side}_factors"));
        let of_biases = tensor(&format!("{side}_bias"));
        let [carried, initial] = table.map(|table| table.to_rows(0));
        for (n, before) in of.iter().enumerate() {
            let own = &carried[n * 20..][..20];
            match before.map(|before| before as usize) {
                Some(before) => assert_eq!(own, &rows[before * 20..][..20], "{side} {n}"),
                None => assert_eq!(own, &initial[n * 20..][..20], "{side} {n}"),
            }
            assert_eq!(biases[n], before.map_or(0.0, |before| of_biases[before as usize]));
            known += usize::from(before.is_some());
        }
    }
    assert_eq!(carried.biases[0].global, tensor("global_bias")[0]);
    assert_eq!(known, old.users().len() + old.items().len());
    assert!(known < new.users().len() + new.items().len());
}

#[test]
fn a_warm_start_is_ahead_and_the_model_says_from_where() {
    for method in methods().into_iter().filter(|method| method.starts().warm) {
        let method = set(method, "schedule", json!("constant"));
        let new = data_for(&method);
        let old = with_vectors(first(new.users().len() as u32 * 5 / 6, 180));
        let old = train(&method, &old, 2);
        let warm = warm(&old, &new);
        let start = Start { warm: Some(&warm), ..Start::default() };
        let from = Recommender::fit_from(&method, new.clone(), start, &mut Silent).unwrap();
        let cold = train(&method, &new, 2);
        let losses = [&from, &cold].map(|model| model.history()[0].loss);
        assert!(losses[0] < losses[1], "{:?}: {losses:?}", method.to_json());
        let note = &from.info().training["warm_start"];
        assert_eq!(note["model"], warm.fingerprint());
        assert_eq!(note["known_users"], old.users().len());
        assert_eq!(note["known_items"], old.items().len());
        assert!(cold.info().training.get("warm_start").is_none());
        // Interrupted, it goes on, too.
        let mut stop = Stop { at: Some(3), ..Stop::default() };
        Recommender::fit_from(&method, new.clone(), start, &mut stop).unwrap_err();
        let start = Start { state: stop.ended.as_ref(), ..start };
        let resumed = Recommender::fit_from(&method, new.clone(), start, &mut Silent).unwrap();
        assert!(resumed.to_bytes().unwrap() == from.to_bytes().unwrap(), "{:?}", method.to_json());
        assert_ne!(
            from.recommend(&[UserId(0)], 5, Seen::All),
            Vec::<Vec<_>>::new(),
            "a model that lists"
        );
    }
}

#[test]
fn a_model_of_another_shape_is_no_start() {
    let new = clicks();
    let refused = |old: &Method, method: &Method| {
        let warm = warm(&train(old, &first(250, 180), 2), &new);
        let start = Start { warm: Some(&warm), ..Start::default() };
        let fit = Recommender::fit_from(method, new.clone(), start, &mut Silent);
        fit.unwrap_err().to_string()
    };
    let bpr = quick("bpr");
    let wider = set(quick("bpr"), "factors", json!(21));
    let item = json!({ "user": false, "item": true, "global": false });
    let biased = set(quick("bpr"), "bias", item);
    let as_in = "as in the model to start from";
    assert_eq!(refused(&bpr, &wider), format!("factors must be 20, {as_in}, not 21"));
    assert_eq!(refused(&biased, &bpr), format!("bias must be of items, {as_in}, not none"));
    assert_eq!(refused(&bpr, &quick("ials")), "the model to start from is of bpr, not of ials");
    let nbpo = set(quick("nbpo"), "flip_dim", json!(4));
    assert_eq!(
        refused(&nbpo, &set(quick("nbpo"), "flip_dim", json!(5))),
        format!("rows of the second kind must be 4, {as_in}, not 5")
    );
    let global = set(quick("relmf"), "bias", every_bias());
    let pairs = json!({ "user": true, "item": true, "global": false });
    assert_eq!(
        refused(&global, &set(quick("relmf"), "bias", pairs)),
        format!("bias must be of all pairs, too, {as_in}, not of users and items")
    );
    let popularity = quick("popularity");
    assert_eq!(refused(&popularity, &popularity), "popularity has no rows to start from");
}
