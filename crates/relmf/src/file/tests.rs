use super::*;

use crate::testing::abc as data;
use crate::{Exposure, Labels, Propensity};

/// The propensities in a file.
fn from_file(text: &str) -> Result<Propensities, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, text).unwrap();
    Propensities::new(&Propensity::File(path), (Exposure::Item, 1), 0.001, &data())
}

/// What is wrong with a file, after its folder.
fn wrong(text: &str) -> String {
    let message = from_file(text).unwrap_err().to_string();
    message[message.find("p.csv").unwrap()..].to_owned()
}

#[test]
fn a_file_may_be_of_items_or_of_pairs_in_any_format() {
    let items = Labels::Items(vec![2.0, 4.0, 8.0]);
    for text in [
        "item,propensity\na,0.5\nb,0.25\nc,0.125\n",
        "c;0.125\r\na;0.5\r\nb;0.25",
        "item\tp\n\"b\"\t0.25\n\na\t5e-1\nc\t.125\nd\t0.9\n",
        "Propensity,ITEM\n0.125,c\n0.5,a\n0.25,b\n",
    ] {
        let found = from_file(text).unwrap();
        assert_eq!(found.inverse(0.0), items, "{text:?}");
        assert_eq!(found.unknown_rows(), text.matches('d').count() % 2, "{text:?}");
    }
    let swapped = "item,theta,user\na,1,1\nb,0.5,1\nc,0.25,1\na,0.1,2\nc,0.5,2\na,0.1,3\na,0.5,4\n";
    assert_eq!(from_file(swapped).unwrap().of(1, ItemId(1)), 0.5);
    let mut text = "user,item,propensity\n4,a,0.5\n9,a,0.3\n4,b,0.1\n".to_owned();
    for row in ["1,a,1", "1,b,0.5", "1,c,0.25", "2,a,0.125", "2,c,0.5", "3,a,0.0001"] {
        text += &format!("{row}\n");
    }
    let found = from_file(&text).unwrap();
    let inverse = vec![1.0, 2.0, 4.0, 8.0, 2.0, 1.0 / 0.001_f32, 2.0];
    assert_eq!(found.inverse(0.0), Labels::Pairs(inverse));
    assert_eq!((found.unknown_rows(), found.of(3, ItemId(0))), (2, 0.125));
    let means = found.by_item(data().interactions()).unwrap();
    assert_eq!(means[1..], [0.5, 0.375]);
    assert!((means[0] - (1.0 + 0.125 + 0.001 + 0.5) / 4.0).abs() < 1e-7, "{means:?}");
}

#[test]
fn what_is_wrong_with_a_file_is_one_line_that_names_it() {
    let rest = "b,0.25\nc,0.125\n";
    for (text, said) in [
        (format!("a,0\n{rest}"), "p.csv:1: propensity 0 is not above 0 and at most 1"),
        (format!("a,1.5\n{rest}"), "p.csv:1: propensity 1.5 is not above 0 and at most 1"),
        (format!("a,-1\n{rest}"), "p.csv:1: propensity -1 is not above 0 and at most 1"),
        (format!("a,NaN\n{rest}"), "p.csv:1: propensity NaN is not above 0 and at most 1"),
        (format!("a,1e-300\n{rest}"), "p.csv:1: propensity 1e-300 is not above 0 and at most 1"),
        (format!("i,p\na,x\n{rest}"), "p.csv:2: propensity \"x\" is not a number"),
        (format!("a,1\n{rest}a,1\n"), "p.csv:4: item a comes twice, first in line 1"),
        (format!("a,1,0.5\n{rest}"), "p.csv:2: 2 fields; there must be 3"),
        (
            "a\nb\n".into(),
            "p.csv: 1 columns; there must be item,propensity or user,item,propensity",
        ),
        (format!("a,0.5o\n{rest}"), "p.csv:1: propensity \"0.5o\" is not a number"),
        (
            "item,title,propensity\na,x,1\n".into(),
            "p.csv: columns item,title,propensity; there must be item,propensity or user,item,",
        ),
        ("user,propensity\n1,1\n".into(), "p.csv: columns user,propensity; there must be item,"),
        ("propensity,user,item\n0.5,1,b\n".into(), "p.csv: no propensity for user 1, item a"),
        ("p,item\n0.5,a\n".into(), "p.csv: columns p,item; there must be item,propensity"),
        ("a,0.5\nb,0.5\n".into(), "p.csv: no propensity for item c, which was clicked"),
        ("a,0.5\n".into(), "p.csv: no propensity for item b, which was clicked, and 1 more"),
        ("i,p\n".into(), "p.csv: no propensity for item a, which was clicked, and 2 more"),
        ("1,a,0.5\n".into(), "p.csv: no propensity for user 1, item b, which was clicked, and 5"),
        ("1,a,1\n1,a,1\n".into(), "p.csv:2: user 1, item a comes twice, first in line 1"),
        (String::new(), "p.csv: the file is empty"),
    ] {
        let message = wrong(&text);
        assert!(message.starts_with(said) && !message.contains('\n'), "{text:?}: {message}");
    }
    let missing = Propensity::File("no/such.csv".into());
    let error =
        Propensities::new(&missing, (Exposure::Item, 1), 0.001, &data()).unwrap_err().to_string();
    assert_eq!(error, "no/such.csv: no such file");
}
