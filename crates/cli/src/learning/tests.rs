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
