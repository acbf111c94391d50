//! Data for tests.

use crate::Params;
use crate::concepts::Concepts;
use foretaste_data::{Dataset, FeatureTable, IdTable, Interactions, ItemId, Keep, Pair, UserId};

/// Users like what is of their kind: 60 users and 30 items of three kinds, of which items 28 and 29 nobody has.
/// Tags are an item's kind and its number of five; items 5 and 28 have none. Vectors, if there are any, tell the
/// kind; item 7 has none.
pub(crate) fn kinds(vectors: bool) -> Dataset {
    let kind = |item: u32| item % 3;
    let has = |user: u32, item: u32| {
        item < 28 && kind(item) == user % 3 && (item * 7 + user * 5) % 11 < 7
    };
    let cells = (0..60).flat_map(|user| (0..30).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = cells.filter(|&(user, item)| has(user, item)).map(pair).collect();
    let pairs = Interactions::from_pairs(pairs, 60, 30, Keep::default()).unwrap().0;
    let ids = |n: u32| (0..n).map(|id| id.to_string()).collect::<Vec<_>>();
    let (users, items) = (IdTable::from_text(ids(60)), IdTable::from_text(ids(30)));
    let data = Dataset::new(users, items, pairs).unwrap();
    let data = data.with_item_features(tags(|kind| format!("kind {kind}"))).unwrap();
    if !vectors {
        return data;
    }
    let with: Vec<u32> = (0..30).filter(|&item| item != 7).collect();
    let vector = |item: &u32| {
        let mut vector = [0.1 * (item % 4) as f32, -0.2, 0.3 - 0.1 * (item % 5) as f32, 0.1];
        vector[kind(*item) as usize] += 1.0;
        vector
    };
    let values: Vec<f32> = with.iter().flat_map(vector).collect();
    let ids: Vec<String> = with.iter().map(u32::to_string).collect();
    data.with_item_features(FeatureTable::of_vectors(&ids, 4, &values).unwrap()).unwrap()
}

/// The tags of those items, with names for their kinds.
pub(crate) fn tags(name: impl Fn(u32) -> String) -> FeatureTable {
    let of = |item: u32| [(item, name(item % 3)), (item, format!("five {}", item % 5))];
    let rows: Vec<(String, String)> = (0..30)
        .filter(|item| ![5, 28].contains(item))
        .flat_map(of)
        .map(|(item, tag)| (item.to_string(), tag))
        .collect();
    FeatureTable::of_tags(&rows).unwrap().0
}

/// Parameters for such data.
pub(crate) fn quick() -> Params {
    let (epochs, batch, inferred) = (60, 16, 4);
    Params { min_items: 2, epochs, batch, inferred, lr: 0.05, new_items: 0.2, ..Params::default() }
}

pub(crate) fn concepts(data: &Dataset) -> Concepts {
    Concepts::of(data, &quick()).unwrap()
}
