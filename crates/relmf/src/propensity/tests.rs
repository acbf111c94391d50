use super::*;
use crate::testing::abc as data;
use foretaste_data::{Keep, Pair, UserId};

/// What matters to feedbacks alone.
const HOW: (Exposure, u64) = (Exposure::Item, 1);

#[test]
fn popularity_to_a_power_counts_the_clicks_of_the_data() {
    let half = Propensities::new(&Propensity::default(), HOW, 0.001, &data()).unwrap();
    assert_eq!(half.inverse(0.0), Labels::Items(vec![1.0, 2.0, 2f32.sqrt()]));
    assert_eq!(half.inverse(0.8), Labels::Items(vec![1.0, 1.25, 1.25]));
    assert_eq!(half.inverse(1.0), Labels::Items(vec![1.0; 3]));
    let floored = Propensities::new(&Propensity::Popularity(10.0), HOW, 0.125, &data()).unwrap();
    assert_eq!(floored.inverse(0.0), Labels::Items(vec![1.0, 8.0, 8.0]));
}

#[test]
fn items_without_clicks_get_the_floor_and_data_without_clicks_too() {
    let mut data = data();
    let pair = Pair { user: UserId(0), item: ItemId(1), weight: 1.0, time: 0 };
    for pairs in [vec![pair], vec![]] {
        let (clicks, _) = Interactions::from_pairs(pairs.clone(), 4, 3, Keep::default()).unwrap();
        data = data.with_interactions(clicks).unwrap();
        for power in [0.0, 0.5] {
            let found =
                Propensities::new(&Propensity::Popularity(power), HOW, 0.01, &data).unwrap();
            let Labels::Items(inverse) = found.inverse(0.0) else { panic!("{found:?}") };
            let without = if power == 0.0 { 1.0 } else { 1.0 / 0.01_f32 };
            assert_eq!(inverse[2], without);
            assert_eq!(inverse[1], if pairs.is_empty() { without } else { 1.0 });
        }
    }
}

#[test]
fn texts_are_read_as_they_are_written() {
    for text in ["pop^0.5", "pop^0", "const:0.1", "file:a b,c.csv", "from:impression"] {
        let propensity: Propensity = text.parse().unwrap();
        assert_eq!(propensity.to_string(), text);
        let json = serde_json::to_string(&propensity).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Propensity>(&json).unwrap(), propensity);
    }
    for (text, said) in [
        ("pop", "\"pop\" is no propensity; write pop^0.5, const:0.1, file:PATH or from:FEEDBACK"),
        ("pop^x", "\"pop^x\" is no propensity"),
        ("from:", "\"from:\" is no propensity"),
        ("file:", "\"file:\" is no propensity"),
        ("pop^-1", "the power of popularity must be from 0 to 10"),
        ("pop^NaN", "the power of popularity must be from 0 to 10, not NaN"),
        ("const:0", "the propensity must be above 0 and at most 1"),
        ("const:1.5", "the propensity must be above 0 and at most 1, not 1.5"),
    ] {
        let error = text.parse::<Propensity>().unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn propensities_at_hand_are_checked_too() {
    for value in [0.0, -0.5, 1.5, f32::NAN, f32::INFINITY, 1e-40] {
        let error = Propensities::items(vec![1.0, value]).unwrap_err();
        assert!(matches!(error, Error::Value { at: 1, .. }), "{error}");
    }
    let data = data().into_interactions();
    let error = Propensities::pairs(vec![0.5; 3], &data).unwrap_err().to_string();
    assert_eq!(error, "there are 3 propensities and 7 interactions");
    let items = Propensities::items(vec![0.5; 2]).unwrap();
    assert!(matches!(items.check_shape(&data), Err(Error::Shape { expected: 3, found: 2, .. })));
}

#[cfg(not(feature = "io"))]
#[test]
fn a_build_without_a_reader_says_so() {
    let file = Propensity::File("p.csv".into());
    let error = Propensities::new(&file, HOW, 0.001, &data()).unwrap_err().to_string();
    assert_eq!(error, "p.csv: this build reads no files of propensities; the feature `io` does");
}
