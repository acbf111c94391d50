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
fn it_is_said_what_is_learned_from() {
    let said = |feedback, features, union| {
        let rows = if union { LearntRows::Union } else { LearntRows::Target };
        let learns = rows.into();
        described(&data(), ("bpr", None), uses(feedback, features), &learns)
    };
    assert_eq!(
        said(false, false, false),
        "bpr learns from buy; view, cart and features of items are left out"
    );
    assert_eq!(
        said(false, false, true),
        "bpr learns from the union of view, cart and buy; features of items are left out"
    );
    assert_eq!(said(true, true, false), "bpr learns from view, cart, buy and features of items");
    let weights = FeedbackWeights::new([1.0, 3.0, 10.5].map(|one| (None, one)).into()).unwrap();
    assert_eq!(
        described(
            &data(),
            ("ials", None),
            uses(false, true),
            &LearntRows::Weighted(weights).into()
        ),
        "ials learns from the union of view, cart, buy and features of items, weighing 1,3,10.5"
    );
    let shuffled = Learns { shuffled_features: true, ..Learns::default() };
    assert_eq!(
        described(&data(), ("knn", None), uses(false, true), &shuffled),
        "knn learns from buy and features of items; view and cart are left out; features are shuffled"
    );
    let side = Uses { side_feedback: true, ..Uses::default() };
    assert_eq!(
        described(&data(), ("relmf", Some("view".into())), side, &Learns::default()),
        "relmf learns from buy, and from view what was shown; cart and features of items are left \
         out"
    );
}
