//! What looks wrong and is no error.

use super::*;
use crate::{Doubt, FoundColumn, Kind};

fn doubts(text: &str) -> Vec<Doubt> {
    read_with(text, &ReadOptions::default()).unwrap().1.doubts
}

fn column(number: usize, name: &str) -> FoundColumn {
    FoundColumn { number, name: (!name.is_empty()).then(|| name.to_owned()) }
}

fn kind(value: &str, rows: u64) -> Kind {
    Kind { value: value.into(), rows }
}

#[test]
fn a_table_that_is_clear_gives_rise_to_none() {
    for text in [
        "1,31,4,900000000\n1,20,3.5,900000001\n2,20,5,900000002\n",
        "user,item\nann,tea\nbob,jam\n",
        "1 5 3 9\n2 3\n3 9 5\n",
        "user,item,title,adult\n1,2,Yes,0\n1,3,x,1\n",
        "user,item,new\n1,2,true\n1,3,true\n",
        "user,item\nns:1,2\nns:2,3\n",
        "user,item,event\n1,2,view\n1,3,view\n",
        "user,item,event\n1,2,buy\n1,3,buy\n",
    ] {
        assert_eq!(doubts(text), [], "{text:?}");
    }
    // The only interactions that a test part holds of each user.
    let rows: String = (0..30).map(|n| format!("{n},{}\n", n % 7)).collect();
    assert_eq!(doubts(&format!("user,item\n{rows}")), []);
}

#[test]
fn ratings_that_are_not_positive_are_counted() {
    for (text, rows, smallest) in [
        ("user,item,rating\n1,2,0\n1,3,5\n1,4,0.0\n", 2, 0.0),
        ("user,item,feedback\n1,2,-1\n1,3,1\n", 1, -1.0),
        ("user,item,liked\n1,2,0\n1,3,1\n", 1, 0.0),
        ("1,2,-0.0\n1,3,1\n", 1, 0.0),
    ] {
        assert_eq!(doubts(text), [Doubt::NotPositive { rows, smallest }], "{text:?}");
        let options =
            ReadOptions { positive: Some("rating>=1".parse().unwrap()), ..ReadOptions::default() };
        assert_eq!(read_with(text, &options).unwrap().1.doubts, []);
    }
}

#[test]
fn kinds_that_all_count_as_positive_are_told() {
    let events = "user,item,event_type\n1,2,view\n1,3,buy\n1,4,view\n";
    let (what, liked) = (column(3, "event_type"), column(3, "liked"));
    let kinds = vec![kind("view", 2), kind("buy", 1)];
    assert_eq!(doubts(events), [Doubt::Kinds { column: what, kinds, rows: 3 }]);
    let flags = "user,item,liked\n1,2,False\n1,3,True\n";
    let kinds = vec![kind("False", 1), kind("True", 1)];
    assert_eq!(doubts(flags), [Doubt::Kinds { column: liked, kinds, rows: 2 }]);
    let kinds = vec![kind("no", 2)];
    let bare = Doubt::Kinds { column: column(3, ""), kinds, rows: 2 };
    assert_eq!(doubts("1,2,no\n1,3,no\n"), [bare]);
}

#[test]
fn columns_that_look_like_something_else_are_told() {
    let looks = |text: &str| match &doubts(text)[..] {
        [Doubt::Looks { side, column, like, example }] => {
            format!("{side} {} {like} {example}", column.number)
        }
        other => panic!("{text:?}: {other:?}"),
    };
    for (text, expected) in [
        ("1,12:30\n2,12:31\n", "item 2 a time of day 12:30"),
        ("1,2024-05-01\n2,2024-05-02\n", "item 2 a date 2024-05-01"),
        ("1,1700000000,5\n2,1700000001,7\n", "item 2 a time since 1970 1700000000"),
        ("1,1700000000123,5\n2,1700000001123,7\n", "item 2 a time since 1970 1700000000123"),
        ("1,3.5,77\n2,4.0,78\n", "item 2 a rating 3.5"),
    ] {
        assert_eq!(looks(text), expected);
    }
    let numbered: String = (0..20).map(|n| format!("{n},{},{}\n", n % 3, n % 5)).collect();
    assert_eq!(
        doubts(&numbered)[..],
        [Doubt::NotPositive { rows: 4, smallest: 0.0 }, Doubt::UsersOnce { column: column(1, "") }]
    );
    let constant: String = (0..20).map(|n| format!("{},7,{}\n", n % 3, 1 + n % 5)).collect();
    assert_eq!(doubts(&constant), [Doubt::OneItem { column: column(2, "") }]);
    for (text, example) in [("1;2;5,0\n1;3;4,5\n", "5,0"), ("1,2,80%\n1,3,90 %\n", "80%")] {
        let (column, example) = (column(3, ""), example.to_owned());
        assert_eq!(doubts(text), [Doubt::UnreadRatings { column, example }], "{text:?}");
    }
}

#[test]
fn ids_that_look_odd_are_told() {
    let decimals = |side| Doubt::DecimalIds { side, example: "1.0".into() };
    assert_eq!(doubts("user,item\n1.0,2\n3.0,4\n"), [decimals("user")]);
    assert_eq!(doubts("4,1.0\n5,2.0\n"), [decimals("item")]);
    let blanks = Doubt::BlankIds { side: "item", example: " x".into() };
    assert_eq!(doubts("user,item\n1,\" x\"\n1,y\n"), [blanks]);
    assert_eq!(doubts("user,item\n1, x\n1,y \n"), []);
    for example in ["1:", "1: 31"] {
        let colon = Doubt::ColonIds { example: example.into() };
        assert_eq!(doubts(&format!("{example},2\n{example},3\n")), [colon]);
    }
}
