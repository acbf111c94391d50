//! Filters as sets of items, and those that can't be.

use super::*;
use crate::tests::model_of;
use proptest::prelude::*;

fn attributes() -> Attributes {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.csv");
    let table = "item,genre,year\n1,Drama,1990\n2,War,2000\n3,Drama|War,2010\n4,,1990\n";
    std::fs::write(&path, table).unwrap();
    let pairs = [("a", "1"), ("a", "2"), ("a", "3"), ("a", "4"), ("a", "5")];
    Attributes::read(&path, &model_of("popularity", &pairs)).unwrap()
}

/// The items, from 1 on; or the code and the place of what is wrong.
fn items(filter: &str) -> Result<Vec<u32>, String> {
    let filter: Filter = serde_json::from_str(filter).map_err(|error| error.to_string())?;
    let found = filter.items(Some(&attributes()), 5);
    let found = found.map_err(|refusal| format!("{refusal:?}"))?;
    Ok(found.iter().map(|item| item.0 + 1).collect())
}

#[test]
fn conditions_are_combined() {
    let drama = r#"{"key": "genre", "match": {"value": "Drama"}}"#;
    let war = r#"{"key": "genre", "match": {"any": ["War", "Noir"]}}"#;
    let early = r#"{"key": "year", "range": {"lt": 2000}}"#;
    let cases = [
        (format!(r#"{{"must": [{drama}]}}"#), vec![1, 3]),
        (format!(r#"{{"must": [{drama}, {war}]}}"#), vec![3]),
        (format!(r#"{{"should": [{drama}, {war}]}}"#), vec![1, 2, 3]),
        (format!(r#"{{"must_not": [{drama}]}}"#), vec![2, 4, 5]),
        (format!(r#"{{"must": [{early}], "must_not": [{drama}]}}"#), vec![4]),
        (
            format!(r#"{{"must": [{{"should": [{early}, {war}]}}], "must_not": [{drama}]}}"#),
            vec![2, 4],
        ),
        (r#"{"must": [{"key": "genre", "match": {"except": ["War"]}}]}"#.to_owned(), vec![1]),
        (r#"{"must": [{"key": "year", "match": {"value": 1990}}]}"#.to_owned(), vec![1, 4]),
        (r#"{"must": [{"key": "year", "match": {"value": "1990"}}]}"#.to_owned(), vec![1, 4]),
        (r#"{"must": [{"key": "year", "match": {"value": true}}]}"#.to_owned(), vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(items(&filter).unwrap(), expected, "{filter}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let deep = (0..4).fold(r#"{"key": "year", "match": {"value": 1}}"#.to_owned(), |inner, _| {
        format!(r#"{{"must": [{inner}]}}"#)
    });
    let many = vec![r#"{"key": "year", "match": {"value": 1}}"#; 33].join(",");
    let cases = [
        ("{}".to_owned(), "no condition"),
        (r#"{"must": [{}]}"#.to_owned(), "$.filter.must[0]"),
        (
            r#"{"must": [{"key": "colour", "match": {"value": 1}}]}"#.to_owned(),
            "there are: genre, year",
        ),
        (r#"{"must": [{"key": "year", "match": {}}]}"#.to_owned(), "$.filter.must[0].match"),
        (r#"{"must": [{"key": "year", "range": {}}]}"#.to_owned(), "without a bound"),
        (r#"{"must": [{"key": "year"}]}"#.to_owned(), "a key with a match or a range"),
        (
            r#"{"must": [{"key": "year", "match": {"value": null, "any": [[]]}}]}"#.to_owned(),
            "a text, a number",
        ),
        (r#"{"also": []}"#.to_owned(), "unknown field"),
        (deep, "3 deep"),
        (format!(r#"{{"must": [{many}]}}"#), "at most 32 conditions"),
    ];
    for (filter, expected) in cases {
        let wrong = items(&filter).unwrap_err();
        assert!(wrong.contains(expected), "{filter}: {wrong}");
    }
}

proptest! {
    /// The key of kept filters is a filter in one way of writing.
    #[test]
    fn a_filter_is_written_in_one_way(gte in -5.0f64..5.0, word in "[a-z\"]{0,5}", not in any::<bool>()) {
        let matches = Match { value: Some(Word::Text(word)), ..Match::default() };
        let one = Condition { key: Some("k".into()), matches: Some(matches), ..Condition::default() };
        let range = Range { gte: Some(gte), ..Range::default() };
        let two = Condition { key: Some("n".into()), range: Some(range), ..Condition::default() };
        let (must, must_not) = if not { (vec![two], vec![one]) } else { (vec![one, two], vec![]) };
        let filter = Filter { must, must_not, should: Vec::new() };
        let text = serde_json::to_string(&filter).unwrap();
        let again: Filter = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        prop_assert_eq!(again, filter);
    }
}
