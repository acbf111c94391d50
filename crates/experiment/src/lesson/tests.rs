use super::*;
use foretaste::data::{FeatureTable, IdTable, Interactions, ItemId, Keep, Pair, UserId};

/// View, cart and buy of a user and an item each, and features of another item.
fn data() -> Dataset {
    let one = |id: i64| {
        let ids = || IdTable::from_integers(vec![id]);
        let pair = Pair { user: UserId(0), item: ItemId(0), weight: 1.0, time: 0 };
        let (matrix, _) = Interactions::from_pairs(vec![pair], 1, 1, Keep::default()).unwrap();
        Dataset::new(ids(), ids(), matrix).unwrap()
    };
    let names = ["view", "cart", "buy"].map(str::to_owned);
    let data = Dataset::of_feedbacks(names.into_iter().zip([1, 2, 3].map(one)).collect());
    let table = FeatureTable::of_vectors(&["3", "4"], 1, &[1.0, 2.0]).unwrap();
    data.unwrap().with_item_features(table).unwrap()
}

fn uses(feedback: bool, features: bool) -> Uses {
    Uses { feedback, features, ..Uses::default() }
}

#[test]
fn a_method_gets_what_it_uses_and_knows_no_more_items() {
    for (feedback, features, union, items) in [
        (false, false, false, &["3"][..]),
        (false, true, false, &["3", "4"]),
        (true, false, false, &["1", "2", "3"]),
        (true, true, false, &["1", "2", "3", "4"]),
        (false, false, true, &["1", "2", "3"]),
        (false, true, true, &["1", "2", "3", "4"]),
    ] {
        let cold = Uses { cold: true, ..uses(feedback, features) };
        let selected = select(data(), cold, union).unwrap();
        assert_eq!(selected.items(), &IdTable::from_text(items));
        assert_eq!(selected.others().is_empty(), !feedback && !union);
        assert_eq!(selected.item_features().is_empty(), !features);
        // Item 4 is known by its features alone, which not every method that uses them can score.
        let selected = select(data(), uses(feedback, features), union).unwrap();
        let warm: Vec<&str> = items.iter().copied().filter(|item| *item != "4").collect();
        assert_eq!(selected.items(), &IdTable::from_text(warm));
        assert_eq!(selected.item_features().is_empty(), !features);
    }
}

#[test]
fn what_only_says_what_was_shown_adds_no_items() {
    let side = Uses { side_feedback: true, ..Uses::default() };
    let selected = select(data(), side, false).unwrap();
    assert_eq!(selected.items(), &IdTable::from_text(["3"]));
    assert_eq!(selected.others().len(), 2);
    for (cold, items) in [(false, &["3"][..]), (true, &["3", "4"])] {
        let with_features = Uses { features: true, cold, ..side };
        let selected = select(data(), with_features, false).unwrap();
        assert_eq!(selected.items(), &IdTable::from_text(items));
    }
}

#[test]
fn what_data_lack_is_said() {
    let method = |name: &str| foretaste::method(name).unwrap();
    let (bpr, several) = (method("bpr"), data());
    let one = data().into_target().unwrap();
    let union = Learns::from(LearntRows::Union);
    assert!(check_lesson(&several, (&bpr, &union)).is_ok());
    assert!(matches!(check_lesson(&one, (&bpr, &union)), Err(Error::OneFeedback)));
    let shuffled = Learns { shuffled_features: true, ..Learns::default() };
    let knn = method("item-knn");
    assert!(check_lesson(&several, (&knn, &shuffled)).is_ok());
    let plain = data().without_features();
    assert!(matches!(check_lesson(&plain, (&knn, &shuffled)), Err(Error::NoFeatures)));
    let shown = |name: &str| {
        let given = serde_json::json!({ "propensity": format!("from:{name}") });
        method("relmf").with(given.as_object().cloned().unwrap()).unwrap()
    };
    let said = |data: &Dataset, name: &str, learns: &Learns| {
        check_lesson(data, (&shown(name), learns)).unwrap_err().to_string()
    };
    let target = Learns::default();
    assert!(check_lesson(&several, (&shown("view"), &target)).is_ok());
    assert_eq!(
        said(&several, "view", &union),
        "relmf: view says what was shown, not what is liked"
    );
    assert_eq!(
        said(&several, "seen", &target),
        "relmf: there is no feedback \"seen\" beside view and cart"
    );
    assert_eq!(
        said(&several, "buy", &target),
        "relmf: \"buy\" is the target itself, which can't say what was shown"
    );
    assert_eq!(
        said(&one, "seen", &target),
        "relmf: there is no feedback \"seen\": there is one feedback"
    );
}
