use super::*;
use crate::testing::dataset;
use crate::{Error, FeatureTable, HeldOut, IdTable, ItemId, Keep, SplitMethod, k_core, split};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn rows(text: &str) -> Dataset {
    dataset(text, Keep::default())
}

/// Feedbacks a, b, c, … of these lines.
fn of_lines(parts: &[&str]) -> Dataset {
    let names = ["a", "b", "c"];
    let part = |(name, text): (&&str, &&str)| ((*name).to_owned(), rows(text));
    Dataset::of_feedbacks(names.iter().zip(parts).map(part).collect()).unwrap()
}

/// The pairs of a matrix as they were written.
fn written(data: &Dataset, matrix: &Interactions) -> BTreeSet<(String, String)> {
    let name = |ids: &IdTable, index| ids.name(index).unwrap().into_owned();
    let pair =
        |pair: crate::Pair| (name(data.users(), pair.user.0), name(data.items(), pair.item.0));
    matrix.pairs().map(pair).collect()
}

#[test]
fn all_feedbacks_have_the_ids_of_any() {
    let data = of_lines(&["1,x\n3,y\n", "1,7\n", "2,9\n1,x\n"]);
    assert_eq!(data.users(), &IdTable::from_text(["1", "2", "3"]));
    assert_eq!(data.items(), &IdTable::from_text(["7", "9", "x", "y"]));
    assert_eq!(data.target_name(), Some("c"));
    let names: Vec<&str> = data.others().iter().map(Feedback::name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(data.interactions().row(UserId(0)), [ItemId(2)]);
    assert_eq!(data.others()[0].interactions().row(UserId(2)), [ItemId(3)]);
}

#[test]
fn the_last_feedback_is_the_target() {
    let (one, other) = (("one".to_owned(), rows("1,2\n")), ("other".to_owned(), rows("1,3\n")));
    let forth = Dataset::of_feedbacks(vec![one.clone(), other.clone()]).unwrap();
    let back = Dataset::of_feedbacks(vec![other, one]).unwrap();
    assert_eq!(written(&forth, forth.interactions()), [("1".into(), "3".into())].into());
    assert_eq!(written(&back, back.interactions()), [("1".into(), "2".into())].into());
    assert_ne!(forth.fingerprint(), back.fingerprint());
}

#[test]
fn no_feedback_and_a_name_twice_are_errors() {
    let error = Dataset::of_feedbacks(vec![]).unwrap_err();
    assert!(matches!(error, Error::Feedback { .. }));
    let part = || ("buy".to_owned(), rows("1,2\n"));
    let error = Dataset::of_feedbacks(vec![part(), part()]).unwrap_err().to_string();
    assert_eq!(error, "feedback \"buy\" is there twice");
}

#[test]
fn one_feedback_is_the_data_alone() {
    let alone = rows("1,2\n2,3\n");
    let named = Dataset::of_feedbacks(vec![("buy".to_owned(), alone.clone())]).unwrap();
    assert!(named.is_plain());
    assert_eq!(named.fingerprint(), alone.fingerprint());
    assert_eq!(named.into_parts(), alone.into_parts());
}

#[test]
fn the_target_alone_is_what_its_own_rows_would_give() {
    let target = "1,2\n2,30\n";
    let data = of_lines(&["1,x\n9,2\n", target]);
    let table = FeatureTable::of_vectors(&["cold"], 1, &[1.0]).unwrap();
    let data = data.with_item_features(table).unwrap();
    assert_eq!(data.into_target().unwrap().into_parts(), rows(target).into_parts());
}

#[test]
fn the_union_has_the_latest_and_then_the_heaviest_of_a_pair() {
    let keep = Keep { weights: true, times: false };
    let weighted = dataset("1,2,3\n1,3,1\n", keep);
    let parts = vec![("view".to_owned(), weighted), ("buy".to_owned(), rows("1,2\n2,3\n"))];
    let union = Dataset::of_feedbacks(parts).unwrap().union().unwrap();
    assert_eq!(union.interactions().weights().unwrap(), [3.0, 1.0, 1.0]);
    assert_eq!(union.interactions().times(), None);
    assert_eq!((union.target_name(), union.others()), (Some("view+buy"), &[][..]));
}

#[test]
fn splits_deal_the_target_and_leave_the_rest_in_training() {
    let data = of_lines(&["1,2\n1,5\n2,3\n", "1,2\n1,3\n2,2\n2,3\n"]);
    let table = FeatureTable::of_vectors(&["2", "4"], 1, &[1.0, 2.0]).unwrap();
    let data = data.with_item_features(table).unwrap();
    let method = SplitMethod::LeaveOneOut { held_out: HeldOut::Random, valid: false };
    let parts = split(&data, method, 1).unwrap();
    assert_eq!(parts.train.others(), data.others());
    assert_eq!(parts.train.item_features(), data.item_features());
    assert!(parts.test.is_plain());
    assert_eq!((parts.train.interactions().nnz(), parts.test.interactions().nnz()), (2, 2));
    let views = data.others()[0].interactions();
    assert_eq!(
        data.known_by_others(parts.test.interactions()),
        views.common(parts.test.interactions())
    );
    assert_eq!(data.known_by_others(data.interactions()), 2);
}

#[test]
fn the_core_counts_the_target_and_takes_the_rest_along() {
    let data = of_lines(&["1,a\n1,z\n9,a\n2,x\n", "1,a\n1,b\n2,a\n2,b\n3,x\n"]);
    let table = FeatureTable::of_vectors(&["a", "x"], 1, &[1.0, 2.0]).unwrap();
    let core = k_core(&data.with_item_features(table).unwrap(), 2, 2).unwrap();
    assert_eq!(core.users(), &IdTable::from_text(["1", "2"]));
    assert_eq!(core.items(), &IdTable::from_text(["a", "b"]));
    assert_eq!(written(&core, core.others()[0].interactions()), [("1".into(), "a".into())].into());
    assert_eq!(core.item_features().vectors().unwrap().known(), 1);
}

#[test]
fn compact_keeps_whatever_is_known() {
    let data = of_lines(&["1,2\n", "2,3\n"]);
    let table = FeatureTable::of_vectors(&["4"], 1, &[1.0]).unwrap();
    let data = data.with_item_features(table).unwrap();
    assert_eq!(data.compact().unwrap(), data);
    let less = data.clone().without_features().compact().unwrap();
    assert_eq!(less.items(), &IdTable::from_text(["2", "3"]));
}

fn lines() -> impl Strategy<Value = BTreeSet<(String, String)>> {
    prop::collection::btree_set(("[1-4x]", "[1-9]|10|[ab]"), 1..12)
}

proptest! {
    #[test]
    fn aligning_neither_loses_nor_doubles_a_pair(
        parts in prop::collection::vec(lines(), 1..4),
        cold in prop::collection::btree_set("[5-9]|[a-d]", 1..5),
    ) {
        let texts: Vec<String> = (parts.iter())
            .map(|part| part.iter().map(|(user, item)| format!("{user},{item}\n")).collect())
            .collect();
        let data = of_lines(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let ids: Vec<&str> = cold.iter().map(String::as_str).collect();
        let values: Vec<f32> = (0..ids.len()).map(|n| n as f32).collect();
        let table = FeatureTable::of_vectors(&ids, 1, &values).unwrap();
        let with_vectors = data.clone().with_item_features(table).unwrap();
        for data in [&data, &with_vectors] {
            let all = data.others().iter().map(Feedback::interactions).chain([data.interactions()]);
            for (matrix, part) in all.zip(&parts) {
                prop_assert_eq!(&written(data, matrix), part);
                prop_assert_eq!(matrix.nnz(), part.len());
            }
            let union = data.union().unwrap();
            let pairs: BTreeSet<_> = parts.iter().flatten().cloned().collect();
            prop_assert_eq!(written(&union, union.interactions()), pairs);
            let target = &parts[parts.len() - 1];
            let others = parts[..parts.len() - 1].iter();
            let known = target.iter().filter(|pair| others.clone().any(|part| part.contains(*pair)));
            prop_assert_eq!(data.known_by_others(data.interactions()), known.count());
            for (n, other) in data.others().iter().enumerate() {
                let common = other.interactions().common(data.interactions());
                prop_assert_eq!(common, parts[n].intersection(target).count());
            }
        }
        let vectors = with_vectors.item_features().vectors().unwrap();
        prop_assert_eq!(vectors.known(), ids.len());
        for (id, value) in ids.iter().zip(&values) {
            let index = with_vectors.items().index_of(id).unwrap() as usize;
            prop_assert_eq!(vectors.get(index), Some(&[*value][..]));
        }
    }
}

#[test]
fn a_union_can_weigh_pairs_by_the_strongest_of_their_feedbacks() {
    let data = of_lines(&["1,x\n1,y\n3,y\n", "1,y\n2,x\n", "1,y\n3,z\n"]);
    let union = data.union().unwrap();
    // 1,x 1,y 2,x 3,y 3,z
    assert_eq!(data.strongest(union.interactions()), [0, 2, 1, 0, 2]);
    let weighted = data.weighted_union(&[1.0, 2.0, 5.0]).unwrap();
    assert_eq!(weighted.interactions().weights(), Some(&[1.0, 5.0, 2.0, 1.0, 5.0][..]));
    assert_eq!(weighted.interactions().clone().without_weights(), *union.interactions());
    assert_eq!(weighted.target_name(), union.target_name());
    let error = data.weighted_union(&[1.0, 2.0]).unwrap_err();
    assert!(matches!(error, Error::Shape { found: 2, expected: 3, .. }), "{error}");
}
