use super::*;
use crate::testing::{kinds, quick};
use foretaste_data::FeatureTable;

fn of(rows: &[(&str, &str)], params: &Params) -> Result<Concepts, String> {
    let (table, _) = FeatureTable::of_tags(rows).unwrap();
    let data = kinds(false).without_features().with_item_features(table).unwrap();
    Concepts::of(&data, params).map_err(|error| error.to_string())
}

#[test]
fn tags_are_dimensions_from_so_many_items_on_and_the_most_frequent_ones() {
    let rows = [("1", "b"), ("2", "b"), ("3", "b"), ("1", "a"), ("2", "a"), ("1", "B"), ("4", "c")];
    let names = |min_items, max_tags| {
        let concepts = of(&rows, &Params { min_items, max_tags, ..quick() })?;
        Ok::<_, String>((concepts.names.clone(), concepts.left_out))
    };
    let all = ["B", "a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(names(1, 9).unwrap(), (all, 0));
    assert_eq!(names(2, 9).unwrap(), (vec!["a".to_owned(), "b".to_owned()], 2));
    assert_eq!(names(1, 1).unwrap(), (vec!["b".to_owned()], 3));
    let said = names(4, 9).unwrap_err();
    assert_eq!(said, "no tag is of 4 items: the most frequent one is of 3");
    let none = Concepts::of(&kinds(false).without_features(), &quick()).unwrap_err();
    assert_eq!(none.to_string(), "there are no tags of items");
}

#[test]
fn rows_have_length_1_and_own_tags_first() {
    let concepts = crate::testing::concepts(&kinds(false));
    assert_eq!(concepts.len(), 8);
    for item in 0..30 {
        let entries = &concepts.entries[concepts.of_item(item)];
        assert!(entries.is_sorted_by_key(|entry| entry.tag));
        let own: Vec<_> = entries.iter().filter(|entry| entry.own > 0.0).collect();
        assert_eq!(own.len(), if [5, 28].contains(&item) { 0 } else { 2 }, "{item}");
        let length =
            |of: &dyn Fn(&Entry) -> f32| entries.iter().map(|e| of(e) * of(e)).sum::<f32>();
        // Nobody has the last two.
        assert_eq!(entries.len(), [own.len() + 4, own.len()][usize::from(item >= 28)], "{item}");
        if !own.is_empty() {
            assert!((length(&|entry| entry.own) - 1.0).abs() < 1e-6);
            assert!(own.iter().all(|own| entries.iter().all(|entry| entry.all <= own.all)));
        }
        if !entries.is_empty() {
            assert!((length(&|entry| entry.all) - 1.0).abs() < 1e-6);
        }
    }
    // An item of kind 2 without tags: its users' other items are of kind 2.
    let inferred = &concepts.entries[concepts.of_item(5)];
    let most = inferred.iter().max_by(|a, b| a.all.total_cmp(&b.all)).unwrap();
    assert_eq!(concepts.names[most.tag as usize], "kind 2");
    assert_eq!(concepts.without_tags(), 2);
}

#[test]
fn one_tag_for_all_items_and_tags_of_items_that_nobody_has_do_no_harm() {
    let ids: Vec<String> = (0..30).map(|id| id.to_string()).collect();
    let rows: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "all")).collect();
    let concepts = of(&rows, &quick()).unwrap();
    assert!(concepts.rarity[0] > 0.0 && concepts.entries.len() == 30);
    let strangers = of(&[("x", "new"), ("y", "new")], &quick()).unwrap();
    assert_eq!((strangers.len(), strangers.entries.len(), strangers.without_tags()), (1, 2, 30));
}
