use super::*;
use crate::testing::dataset;
use crate::{Dataset, Keep};

fn data() -> Dataset {
    dataset("1,10\n2,9\n", Keep::default())
}

#[test]
fn vectors_go_to_their_ids_and_unknown_ids_get_an_index() {
    let table = FeatureTable::of_vectors(&["10", "8"], 2, &[1.0, 2.0, 3.0, 4.0]).unwrap();
    let data = data().with_item_features(table).unwrap();
    assert_eq!(data.items(), &IdTable::from_text(["8", "9", "10"]));
    let vectors = data.item_features().vectors().unwrap();
    assert_eq!((vectors.width(), vectors.len(), vectors.known()), (2, 3, 2));
    assert_eq!(vectors.get(0), Some(&[3.0, 4.0][..]));
    assert_eq!((vectors.get(1), vectors.get(3)), (None, None));
    assert_eq!(vectors.iter().last(), Some((2, &[1.0, 2.0][..])));
    assert_eq!(data.interactions().n_items(), 3);
    assert!(data.item_features().has(0) && !data.item_features().has(1));
    assert!(data.user_features().is_empty());
}

#[test]
fn a_text_id_puts_all_in_another_order() {
    let table = FeatureTable::of_vectors(&["x"], 1, &[5.0]).unwrap();
    let first = FeatureTable::of_vectors(&["9", "10"], 1, &[9.0, 10.0]).unwrap();
    let data = data().with_item_features(first).unwrap();
    let (tags, _) = FeatureTable::of_tags(&[("x", "t")]).unwrap();
    let data = data.with_item_features(tags).unwrap();
    assert_eq!(data.items(), &IdTable::from_text(["10", "9", "x"]));
    let vectors = data.item_features().vectors().unwrap();
    assert_eq!((vectors.get(0), vectors.get(1)), (Some(&[10.0][..]), Some(&[9.0][..])));
    // Vectors that come later stand for those that were there.
    let data = data.with_item_features(table).unwrap();
    assert_eq!(data.item_features().vectors().unwrap().known(), 1);
    assert!(data.item_features().tags().is_some());
}

#[test]
fn tags_are_sorted_and_repeats_counted() {
    let rows = [("10", "b"), ("9", "a"), ("10", "a"), ("10", "b")];
    let (table, repeats) = FeatureTable::of_tags(&rows).unwrap();
    assert_eq!(repeats, 1);
    let data = data().with_item_features(table).unwrap();
    let tags = data.item_features().tags().unwrap();
    assert_eq!(tags.names(), ["a", "b"]);
    assert_eq!((tags.of(0), tags.of(1), tags.of(2)), (&[0][..], &[0, 1][..], &[][..]));
    assert_eq!((tags.counts(), tags.known()), (vec![2, 1], 2));
}

#[test]
fn tags_of_nobody_go() {
    let (table, _) = FeatureTable::of_tags(&[("cold", "a"), ("9", "b")]).unwrap();
    let data = data().with_item_features(table).unwrap().compact_to_target().unwrap();
    let tags = data.item_features().tags().unwrap();
    assert_eq!((tags.names(), tags.of(0)), (&["b".to_owned()][..], &[0][..]));
}

#[test]
fn what_makes_no_table_is_an_error() {
    let message = |ids: &[&str], width, values: &[f32]| {
        FeatureTable::of_vectors(ids, width, values).unwrap_err().to_string()
    };
    assert_eq!(message(&["a", "b"], 2, &[1.0; 3]), "3 values are no 2 vectors of 2");
    assert_eq!(message(&["a"], 0, &[]), "0 values are no 1 vectors of 0");
    assert_eq!(message(&["a", "b"], 1, &[1.0, f32::NAN]), "value 1 of vector 2 is NaN");
    assert_eq!(message(&["a"], 2, &[1.0, f32::INFINITY]), "value 2 of vector 1 is inf");
    assert_eq!(message(&["a", "b", "a"], 1, &[1.0; 3]), "vectors 1 and 3 are both of id \"a\"");
}

#[test]
fn everything_counts_for_the_fingerprint() {
    let with = |ids: &[&str], values: &[f32]| {
        let table = FeatureTable::of_vectors(ids, 1, values).unwrap();
        data().with_item_features(table).unwrap().fingerprint()
    };
    let tagged = |tag| {
        let (table, _) = FeatureTable::of_tags(&[("9", tag)]).unwrap();
        data().with_item_features(table).unwrap().fingerprint()
    };
    let users = FeatureTable::of_vectors(&["1"], 1, &[1.0]).unwrap();
    let all = [
        data().fingerprint(),
        with(&["9"], &[1.0]),
        with(&["9"], &[2.0]),
        with(&["10"], &[1.0]),
        tagged("a"),
        tagged("b"),
        data().with_user_features(users).unwrap().fingerprint(),
    ];
    for (n, one) in all.iter().enumerate() {
        assert!(!all[..n].contains(one), "{n}");
    }
}
