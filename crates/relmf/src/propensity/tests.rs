use super::*;
use foretaste_data::{Keep, Pair, ReadOptions, UserId, read_interactions_from};

/// Item a has 4 clicks, b 1, c 2.
fn data() -> Dataset {
    let rows = "user,item\n1,a\n2,a\n3,a\n4,a\n1,b\n1,c\n2,c\n";
    read_interactions_from(rows.as_bytes(), "rows", &ReadOptions::default()).unwrap().0
}

/// The propensities in a file.
fn from_file(text: &str) -> Result<Propensities, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, text).unwrap();
    Propensities::new(&Propensity::File(path), 0.001, &data())
}

/// What is wrong with a file, after its folder.
fn wrong(text: &str) -> String {
    let message = from_file(text).unwrap_err().to_string();
    message[message.find("p.csv").unwrap()..].to_owned()
}

#[test]
fn popularity_to_a_power_counts_the_clicks_of_the_data() {
    let half = Propensities::new(&Propensity::default(), 0.001, &data()).unwrap();
    assert_eq!(half.inverse(0.0), Labels::Items(vec![1.0, 2.0, 2f32.sqrt()]));
    assert_eq!(half.inverse(0.8), Labels::Items(vec![1.0, 1.25, 1.25]));
    assert_eq!(half.inverse(1.0), Labels::Items(vec![1.0; 3]));
    let floored = Propensities::new(&Propensity::Popularity(10.0), 0.125, &data()).unwrap();
    assert_eq!(floored.inverse(0.0), Labels::Items(vec![1.0, 8.0, 8.0]));
}

#[test]
fn items_without_clicks_get_the_floor_and_data_without_clicks_too() {
    let mut data = data();
    let pair = Pair { user: UserId(0), item: ItemId(1), weight: 1.0, time: 0 };
    for pairs in [vec![pair], vec![]] {
        data.interactions =
            Interactions::from_pairs(pairs.clone(), 4, 3, Keep::default()).unwrap().0;
        for power in [0.0, 0.5] {
            let found = Propensities::new(&Propensity::Popularity(power), 0.01, &data).unwrap();
            let Labels::Items(inverse) = found.inverse(0.0) else { panic!("{found:?}") };
            let without = if power == 0.0 { 1.0 } else { 1.0 / 0.01_f32 };
            assert_eq!(inverse[2], without);
            assert_eq!(inverse[1], if pairs.is_empty() { without } else { 1.0 });
        }
    }
}

#[test]
fn texts_are_read_as_they_are_written() {
    for text in ["pop^0.5", "pop^0", "const:0.1", "file:a b,c.csv"] {
        let propensity: Propensity = text.parse().unwrap();
        assert_eq!(propensity.to_string(), text);
        let json = serde_json::to_string(&propensity).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Propensity>(&json).unwrap(), propensity);
    }
    for (text, said) in [
        ("pop", "\"pop\" is no propensity; write pop^0.5, const:0.1 or file:PATH"),
        ("pop^x", "\"pop^x\" is no propensity"),
        ("file:", "\"file:\" is no propensity"),
        ("pop^-1", "the power of popularity is -1; it must be from 0 to 10"),
        ("pop^NaN", "the power of popularity is NaN"),
        ("const:0", "the propensity is 0; it must be above 0 and at most 1"),
        ("const:1.5", "the propensity is 1.5"),
    ] {
        let error = text.parse::<Propensity>().unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
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
    let means = found.by_item(&data().interactions).unwrap();
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
    let error = Propensities::new(&missing, 0.001, &data()).unwrap_err().to_string();
    assert_eq!(error, "no/such.csv: no such file");
}

#[test]
fn propensities_at_hand_are_checked_too() {
    for value in [0.0, -0.5, 1.5, f32::NAN, f32::INFINITY, 1e-40] {
        let error = Propensities::items(vec![1.0, value]).unwrap_err();
        assert!(matches!(error, Error::Value { at: 1, .. }), "{error}");
    }
    let data = data().interactions;
    let error = Propensities::pairs(vec![0.5; 3], &data).unwrap_err().to_string();
    assert_eq!(error, "there are 3 propensities and 7 interactions");
    let items = Propensities::items(vec![0.5; 2]).unwrap();
    assert!(matches!(items.check_shape(&data), Err(Error::Shape { expected: 3, found: 2, .. })));
}
