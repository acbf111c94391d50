use crate::{Dnis, DnisTechnique, Params};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste_mf::{BprLoss, Error, Problem, Steps, train_pairwise};
use foretaste_model::{Model, Monitor, Scorer, Silent, Start, State, Task, Typed};

/// Two kinds of users, of whom each has a third of the items of its kind and few others.
fn data() -> Interactions {
    let pairs = (0..80u32).flat_map(|user| {
        let has = move |item: &u32| match user % 2 == item % 2 {
            true => (user / 2 * 5 + item * 7) % 9 < 4,
            false => (user * 3 + item).is_multiple_of(29),
        };
        (0..60).filter(has).map(move |item| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        })
    });
    Interactions::from_pairs(pairs.collect(), 80, 60, Keep::default()).unwrap().0
}

fn params() -> Params {
    let mf = foretaste_mf::Params { factors: 8, epochs: 12, ..foretaste_mf::Params::default() };
    Params { warm_up: 0.25, search: 0.4444, gate_batch: 64, blocks: 4, mf, ..Params::default() }
}

#[test]
fn gates_that_stay_and_nothing_left_out_are_plain_bpr_bit_for_bit() {
    let data = data();
    for steps in [Steps::Sgd, Steps::AdaGrad] {
        let mf = foretaste_mf::Params { steps, ..params().mf };
        let (warm_up, search) = (0.3, 1.0);
        let still =
            Params { keep: 1.0, gate_lr: 0.0, axes: false, warm_up, search, mf, ..params() };
        let method = Dnis::new(still.clone()).unwrap();
        let start = Start::default();
        // Validation rows that are of no use, so that all of the data is trained on.
        let found = method.fit(&data, Some(&data), start, &mut Silent).unwrap();
        let (problem, mf) = (Problem::default(), still.mf.check().unwrap());
        let plain = train_pairwise(&BprLoss, &problem, &data, &mf, &mut Silent).unwrap();
        assert_eq!(found.trained, plain);
    }
}

#[test]
fn a_share_is_kept_and_each_row_has_something() {
    let data = data();
    for (keep, axes, search) in [(0.25, false, 0.5), (0.5, true, 0.5), (0.125, true, 1.0)] {
        let method = Dnis::new(Params { keep, axes, search, ..params() }).unwrap();
        let found = method.fit(&data, None, Start::default(), &mut Silent).unwrap();
        let factors = found.trained.factors;
        let rows = [factors.users.to_rows(0), factors.items.to_rows(0)];
        let kept = rows.iter().flatten().filter(|x| **x != 0.0).count();
        assert_eq!(kept as f32, keep * 140.0 * 8.0, "{keep}");
        let has_some = |row: &[f32]| row.iter().any(|x| *x != 0.0);
        assert!(rows.iter().all(|rows| rows.chunks(8).all(has_some)));
        assert!(found.held_out > 0 && found.gates.iter().flatten().any(|gate| *gate < 1.0));
    }
}

/// Notes which epochs it was asked of, and how many numbers of their models are 0.
#[derive(Default)]
struct Notes {
    epochs: Vec<u32>,
    /// Stops after so many questions for the progress, and keeps the state.
    stop_after: Option<u32>,
    asked: u32,
    state: Option<State>,
}

impl Monitor for Notes {
    fn validate(&mut self, epoch: u32, model: &dyn Scorer) -> Result<Option<f64>, Error> {
        self.epochs.push(epoch);
        let rows = model.item_vectors().unwrap();
        let zeros = rows.iter().filter(|x| **x == 0.0).count();
        assert!(zeros * 3 > rows.len(), "what is validated is pruned");
        Ok(Some(f64::from(epoch)))
    }

    fn interrupted(&mut self) -> bool {
        self.asked += 1;
        self.stop_after == Some(self.asked)
    }

    fn checkpoint(&mut self, _: u32, ending: bool, state: &mut dyn FnMut() -> State) {
        if ending {
            self.state = Some(state());
        }
    }
}

#[test]
fn only_what_is_pruned_is_validated() {
    let (data, mut notes) = (data(), Notes::default());
    let method = Dnis::new(params()).unwrap();
    let found = method.fit(&data, None, Start::default(), &mut notes).unwrap();
    assert_eq!((notes.epochs, found.trained.best_epoch), (vec![8, 9, 10, 11, 12], 12));
    // Without epochs after the search, the last is.
    let mut notes = Notes::default();
    let method = Dnis::new(Params { search: 1.0, ..params() }).unwrap();
    method.fit(&data, None, Start::default(), &mut notes).unwrap();
    assert_eq!(notes.epochs, [12]);
}

#[test]
fn an_interrupted_training_goes_on_to_the_same_model() {
    let data = data();
    let method = Dnis::new(params()).unwrap();
    let fit = |start: Start<'_>, notes: &mut Notes| method.fit(&data, None, start, notes);
    let mut whole = Notes::default();
    let expected = fit(Start::default(), &mut whole).unwrap();
    for after in 1..whole.asked {
        let mut notes = Notes { stop_after: Some(after), ..Notes::default() };
        let error = fit(Start::default(), &mut notes).unwrap_err();
        assert!(matches!(error, Error::Interrupted { .. }), "{error}");
        let state = notes.state.expect("the state is offered first");
        let start = Start { state: Some(&state), ..Start::default() };
        assert_eq!(fit(start, &mut Notes::default()).unwrap(), expected, "after {after}");
    }
}

#[test]
fn threads_change_no_bit() {
    let data = data();
    let method = Dnis::new(params()).unwrap();
    let fitted = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| method.fit(&data, None, Start::default(), &mut Silent).unwrap())
    };
    let one = fitted(1);
    assert_eq!(one, fitted(2));
    assert_eq!(one, fitted(3));
}

#[test]
fn the_model_knows_what_its_gates_were_learnt_on() {
    let data = data();
    let ids = |n: usize| IdTable::from_sorted_integers((0..n as i64).collect()).unwrap();
    let set = Dataset::new(ids(80), ids(60), data.clone()).unwrap();
    let fit = |task: Task<'_>| DnisTechnique.fit(&params(), &task, &mut Silent).unwrap();
    let own = fit(Task::new(&set)).notes["gates"].clone();
    assert_eq!(own["learnt_on"], "a share of the training rows");
    let few = Interactions::from_rows((0..=80).collect(), vec![ItemId(59); 80], 60).unwrap();
    let given = fit(Task::new(&set).validated_on(&few)).notes["gates"].clone();
    assert_eq!((&given["learnt_on"], &given["rows"]), (&"validation rows".into(), &80.into()));
    assert_eq!(given["open"]["users"].as_array().unwrap().len(), 4);
}

#[test]
fn nothing_to_learn_gates_on_is_said() {
    let data = data();
    let none = Interactions::from_rows(vec![0; 81], Vec::new(), 60).unwrap();
    let method = Dnis::new(params()).unwrap();
    let error = method.fit(&data, Some(&none), Start::default(), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("validation"), "{error}");
}

#[test]
fn it_learns_and_folds_in() {
    let data = data();
    let method = Dnis::new(params()).unwrap();
    let found = method.fit(&data, None, Start::default(), &mut Silent).unwrap();
    let model = method.complete(foretaste_mf::FactorModel::new(found.trained.factors), &data);
    let histories = foretaste_model::Histories::new(&data);
    let folded = model.fold_in(&histories).unwrap();
    for scorer in [&model as &dyn Scorer, &*folded] {
        let users: Vec<UserId> = (0..80).map(UserId).collect();
        let kind = |n: usize, scores: &mut [f32]| {
            let mean = |kind: usize| scores.iter().skip(kind).step_by(2).sum::<f32>();
            mean(n % 2) > mean(1 - n % 2)
        };
        let right = foretaste_model::score_rows(scorer, &users, kind);
        let right = right.iter().filter(|right| **right).count();
        assert!(right > 72, "{right} of 80 users have their kind of items above the other");
    }
}
