//! Items are found by id and title, whatever the case, popular ones first.

use super::*;
use crate::tests::model_of;

#[test]
fn the_item_of_the_id_comes_first_then_popular_ones() {
    let model =
        model_of("popularity", &[("a", "10"), ("b", "10"), ("a", "1"), ("a", "21"), ("b", "21")]);
    let titles: Titles =
        [("10", "Éclair\nof Light"), ("21", "The ÉCLAIR"), ("1", "other")].into_iter().collect();
    let index = Index::new(&model, Some(&titles), &model.seen().item_counts());
    let find = |words: &str, limit| -> Vec<String> {
        let found = index.find(&model, words, limit);
        found.into_iter().map(|item| model.item_name(item)).collect()
    };
    assert_eq!(find("1", 9), ["1", "10", "21"]);
    assert_eq!(find("éclair", 9), ["10", "21"]);
    assert_eq!(find("éclair", 1), ["10"]);
    assert_eq!(find("eclair of", 9), [""; 0]);
    assert_eq!(find("éclair of", 9), ["10"]);
    assert_eq!(find("", 2), ["10", "21"]);
    // What stands between id and title, and between entries, is not found: it is a blank, as in titles.
    assert_eq!(find("10\u{1}", 9), [""; 0]);
    assert_eq!(find("light\n", 9), [""; 0]);
    assert_eq!(find("éclair\nof", 9), ["10"]);
}

#[test]
fn users_are_found_by_parts_of_ids() {
    let pairs = [("ann", "1"), ("anna", "1"), ("bob", "1"), ("hannes", "1")];
    let model = model_of("popularity", &pairs);
    let find = |part: &str, limit| -> Vec<String> {
        users(&model, part, limit).into_iter().map(|user| model.user_name(user)).collect()
    };
    assert_eq!(find("ann", 9), ["ann", "anna", "hannes"]);
    assert_eq!(find("anna", 1), ["anna"]);
    assert_eq!(find("", 2), ["ann", "anna"]);
    assert_eq!(find("x", 2), [""; 0]);
}
