use super::*;
use crate::{Learns, LearntRows};
use foretaste::data::{IdTable, ItemId, Keep, Pair, UserId};
use foretaste::model::Silent;

/// Users and items 0, 1, …; each row a user's items.
fn data(rows: &[&[u32]]) -> Dataset {
    let pair = |(user, items): (usize, &&[u32])| {
        let user = UserId(user as u32);
        items
            .iter()
            .map(move |&item| Pair { user, item: ItemId(item), weight: 1.0, time: 0 })
            .collect::<Vec<_>>()
    };
    let pairs = rows.iter().enumerate().flat_map(pair).collect();
    let (matrix, _) = Interactions::from_pairs(pairs, rows.len(), 5, Keep::default()).unwrap();
    let ids = |n: usize| IdTable::from_integers((0..n as i64).collect());
    Dataset::new(ids(rows.len()), ids(5), matrix).unwrap()
}

fn method(name: &str, given: &[(&str, u32)]) -> Method {
    let given = given.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
    foretaste::method(name).unwrap().with(given).unwrap()
}

fn lesson(method: &Method, rows: &[&[u32]]) -> Lesson {
    Lesson::new(data(rows), (method, &Learns::default())).unwrap()
}

struct Watching(Validation);

impl Monitor for Watching {
    fn validate(&mut self, epoch: u32, model: &dyn Scorer) -> Result<Option<f64>, TrainingError> {
        self.0.after(epoch, model)
    }
}

#[test]
fn epochs_are_validated_every_so_often_and_at_the_end() {
    let bpr = method("bpr", &[("epochs", 7), ("factors", 2)]);
    let lesson = lesson(&bpr, &[&[0, 1], &[1, 2], &[2, 3]]);
    let valid = data(&[&[2], &[3], &[4]]);
    let validate = (DEFAULT_METRIC.parse().unwrap(), 3);
    let (training, validation) = Training::new(&bpr, lesson, Some(&valid), validate).unwrap();
    assert_eq!((training.epochs(), training.samples()), (7, 6));
    let mut watching = Watching(validation.unwrap());
    let fitted = training.fit(Start::default(), &mut watching).unwrap();
    let validated = fitted.history.iter().filter(|report| report.metric.is_some());
    assert_eq!(validated.map(|report| report.epoch).collect::<Vec<_>>(), [3, 6, 7]);
    let model = training.finish(fitted);
    assert_eq!(model.seen(), data(&[&[0, 1], &[1, 2], &[2, 3]]).interactions());
    assert!(model.info().training.get("feedback").is_none());
}

#[test]
fn held_out_rows_of_others_can_validate_nothing_but_what_has_no_epochs() {
    let valid = data(&[&[], &[], &[], &[1]]);
    let validate = (DEFAULT_METRIC.parse().unwrap(), 1);
    for (name, is_validated) in [("bpr", true), ("popularity", false)] {
        let method = method(name, &[]);
        let lesson = lesson(&method, &[&[0, 1], &[1, 2], &[2, 3]]);
        match Training::new(&method, lesson, Some(&valid), validate) {
            Err(Error::NoValidationUsers) => assert!(is_validated, "{name}"),
            Ok((_, validation)) => assert!(validation.is_none() && !is_validated, "{name}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_model_of_a_union_says_so_and_lists_leave_out_the_target() {
    let feedbacks = [("view", data(&[&[0, 1], &[1, 2]])), ("buy", data(&[&[3], &[2]]))];
    let all = Dataset::of_feedbacks(feedbacks.map(|(name, data)| (name.into(), data)).into());
    let method = method("popularity", &[]);
    let lesson = Lesson::new(all.unwrap(), (&method, &LearntRows::Union.into())).unwrap();
    let validate = (DEFAULT_METRIC.parse().unwrap(), 1);
    let (training, _) = Training::new(&method, lesson, None, validate).unwrap();
    let fitted = training.fit(Start::default(), &mut Silent).unwrap();
    let model = training.finish(fitted);
    assert_eq!(model.seen().nnz(), 2);
    let note = &model.info().training["feedback"];
    assert_eq!(*note, serde_json::json!({ "names": ["view", "buy"], "as": "union" }));
    assert_eq!(LearntRows::of_model(note), LearntRows::Union);
}
