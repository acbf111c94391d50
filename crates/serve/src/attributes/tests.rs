//! Values of cells, of several rows, and numbers.

use super::*;
use crate::tests::model_of;

fn read(table: &str) -> Result<Attributes, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.csv");
    std::fs::write(&path, table).unwrap();
    Attributes::read(&path, &model_of("popularity", &[("a", "1"), ("a", "2"), ("a", "3")]))
}

#[test]
fn values_add_up_and_numbers_are_compared_as_such() {
    let table =
        "year,movieId,genre\n1990,1,Drama| War\n2.5e3,2,\n1990.0,1,Noir\nsoon,3,War\n1,9,War\n";
    let attributes = read(table).unwrap();
    assert_eq!(attributes.names().collect::<Vec<_>>(), ["genre", "year"]);
    assert_eq!(attributes.unknown, 1);
    let of = |items: ItemSet| items.iter().map(|item| item.0).collect::<Vec<_>>();
    assert_eq!(of(attributes.with("genre", "War")), [0, 2]);
    assert_eq!(of(attributes.with("genre", "Noir")), [0]);
    assert_eq!(of(attributes.with("genre", "")), [0; 0]);
    assert_eq!(of(attributes.with("nothing", "War")), [0; 0]);
    assert_eq!(of(attributes.any("genre")), [0, 2]);
    let bounds = |gt, gte, lt, lte| Bounds { gt, gte, lt, lte };
    assert_eq!(of(attributes.between("year", &bounds(None, Some(1990.0), None, None))), [0, 1]);
    assert_eq!(of(attributes.between("year", &bounds(Some(1990.0), None, None, None))), [1]);
    assert_eq!(of(attributes.between("year", &bounds(None, None, Some(1990.0), None))), [0; 0]);
    assert_eq!(of(attributes.between("year", &bounds(None, None, None, Some(1990.0)))), [0]);
}

#[test]
fn a_table_that_says_nothing_of_the_items_is_refused() {
    let reason = |table: &str| read(table).unwrap_err().to_string();
    assert!(
        reason("name,genre\n1,War\n").ends_with("names no column of items, e.g. item or movieId")
    );
    assert!(reason("item,genre\n7,War\n").ends_with("there is no row of any item of the model"));
    assert!(reason("").contains("empty"));
}
