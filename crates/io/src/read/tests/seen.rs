//! Rows that were seen and are not positive.

use super::*;
use crate::{ReadApart, read_events, read_interactions_apart};
use foretaste_data::Interactions;

const TEXT: &str = "user,item,rating,time\n\
    ann,tea,5,1\nann,oil,2,2\nann,oil,1,3\nann,jam,1,4\nbob,jam,4,5\nbob,tea,5,6\nbob,tea,1,7\n\
    cat,tea,1,8\nann,ale,3,9\n";

fn options(not_positive: bool) -> ReadOptions {
    let positive = Some("rating>=4".parse().unwrap());
    ReadOptions { keep: ALL, positive, not_positive, ..ReadOptions::default() }
}

fn apart(text: &str, options: &ReadOptions) -> ReadApart {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, text).unwrap();
    read_interactions_apart(path, options, &mut |_, _| ()).unwrap()
}

/// What is not positive, as `user item weight time`.
fn seen(data: &Dataset) -> Vec<String> {
    let pairs = data.not_positive().cloned();
    pairs.map_or(Vec::new(), |pairs| rows(&with(data, pairs)))
}

fn with(data: &Dataset, pairs: Interactions) -> Dataset {
    Dataset::new(data.users().clone(), data.items().clone(), pairs).unwrap()
}

#[test]
fn what_fails_the_rule_is_kept_if_asked_for_and_nothing_else_changes() {
    let (without, report) = read_with(TEXT, &options(false)).unwrap();
    assert_eq!(without.not_positive(), None);
    let (with, same) = read_with(TEXT, &options(true)).unwrap();
    // The latest of a pair; bob's tea is positive, cat has no positive, and neither has ale or oil.
    assert_eq!(seen(&with), ["ann jam 1 4"]);
    assert_eq!(with.with_not_positive_pairs(None).unwrap(), without);
    let json = |report: &ReadReport| serde_json::to_string(report).unwrap();
    assert_eq!(json(&report), json(&same));
    assert_eq!(report.below_threshold, 6);
}

#[test]
fn it_can_be_had_with_its_own_ids() {
    let rest = apart(TEXT, &options(true)).not_positive.unwrap();
    let expected = ["ann ale 3 9", "ann jam 1 4", "ann oil 1 3", "bob tea 1 7", "cat tea 1 8"];
    assert_eq!(rows(&rest), expected);
}

#[test]
fn where_all_rows_are_positive_there_is_none() {
    let rule = |text: &str| Some(text.parse().unwrap());
    for positive in [None, rule("rating>0")] {
        let options = ReadOptions { positive, ..options(true) };
        assert!(apart(TEXT, &options).not_positive.is_none());
    }
}

#[test]
fn numbers_and_words_as_ids_give_the_same() {
    let numbers = "1,7,5\n1,8,2\n2,8,4\n2,7,1\n3,7,2\n";
    let words = numbers.replace("1,", "x1,");
    let found = apart(numbers, &options(true)).not_positive.unwrap();
    assert_eq!(rows(&found), ["1 8 2 0", "2 7 1 0", "3 7 2 0"]);
    let found = apart(&words, &options(true)).not_positive.unwrap();
    assert_eq!(rows(&found), ["2 7 1 0", "3 7 2 0", "x1 8 2 0"]);
}

#[test]
fn of_several_feedbacks_it_is_the_targets() {
    let text = "user,item,event,rating\n1,7,view,1\n1,8,view,1\n1,7,buy,5\n1,8,buy,2\n2,8,buy,5\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    std::fs::write(&path, text).unwrap();
    let names = "view,buy".parse().unwrap();
    let found = read_events(path, &options(true), &names, &mut |_, _| ()).unwrap().feedbacks;
    assert!(found[0].not_positive.is_none());
    assert_eq!(rows(found[1].not_positive.as_ref().unwrap()), ["1 8 2 0"]);
}
