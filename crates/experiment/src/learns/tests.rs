use super::*;
use crate::settings::{self, parse};

fn learns(method: &str, text: &str, default: &Learns) -> Result<(Learns, Vec<Setting>), Error> {
    let method = settings::method(&foretaste::registry(), method).unwrap();
    let mut settings = if text.is_empty() { Vec::new() } else { parse(text).unwrap() };
    settings::learner(&method, &mut settings, default).map(|(_, learns)| (learns, settings))
}

fn union() -> Learns {
    LearntRows::Union.into()
}

fn weighted(weights: &[f64]) -> Learns {
    LearntRows::Weighted(FeedbackWeights::InOrder(weights.to_vec())).into()
}

#[test]
fn settings_say_what_is_learnt_from_and_lose_it() {
    let (found, rest) = learns("ials", "factors=8,feedback_weights=[1,3,10.5]", &Learns::default())
        .expect("weights in order");
    assert_eq!(found, weighted(&[1.0, 3.0, 10.5]));
    assert_eq!(rest, parse("factors=8").unwrap());
    let (named, _) =
        learns("ials", "feedback_weights={view=1,buy=10}", &Learns::default()).unwrap();
    let LearntRows::Weighted(weights) = &named.rows else { panic!("{named:?}") };
    assert_eq!(weights.of(&["view", "buy"]).unwrap(), [1.0, 10.0]);
    assert_eq!(weights.of(&["buy", "view"]).unwrap(), [10.0, 1.0]);
    assert_eq!(learns("bpr", "feedback_as=union", &Learns::default()).unwrap().0, union());
    assert_eq!(learns("bpr", "feedback_as=target", &union()).unwrap().0, Learns::default());
    // What settings say is what they say again.
    let shuffled = Learns { shuffled_features: true, ..union() };
    for learns in [union(), weighted(&[1.0, 2.5]), named.clone(), shuffled] {
        let said = Said::by(&learns.settings()).unwrap();
        assert_eq!(said.rows, Some(learns.rows.clone()));
        assert_eq!(said.shuffled_features.unwrap_or_default(), learns.shuffled_features);
    }
}

#[test]
fn a_default_holds_as_far_as_the_method_goes() {
    let default = weighted(&[1.0, 3.0]);
    for (method, expected) in
        [("ials", default.clone()), ("bpr", union()), ("gnolr", Learns::default())]
    {
        assert_eq!(learns(method, "", &default).unwrap().0, expected, "{method}");
    }
}

#[test]
fn shuffled_features_are_of_methods_that_use_features() {
    let default = Learns { shuffled_features: true, ..Learns::default() };
    assert_eq!(learns("bpr", "", &default).unwrap().0, Learns::default());
    assert_eq!(learns("bpr", "shuffled_features=false", &default).unwrap().0, Learns::default());
    let suffix = |rows: LearntRows| Learns { rows, ..default.clone() }.suffix();
    assert_eq!(suffix(LearntRows::Target), " with shuffled features");
    assert_eq!(suffix(LearntRows::Union), " as a union with shuffled features");
}

#[test]
fn what_can_not_be_is_refused_and_told_why() {
    for (method, text, said) in [
        ("bpr", "feedback_weights=[1,3]", "bpr: it takes no weights"),
        ("gnolr", "feedback_as=union", "gnolr: it learns from each feedback by itself"),
        ("gnolr", "feedback_weights=[1,3]", "gnolr: it learns from each feedback by itself"),
        ("ials", "feedback_weights=[1,0]", "a weight is a number above 0"),
        ("ials", "feedback_weights=[1,-3]", "a weight is a number above 0"),
        ("ials", "feedback_weights=[1,nan]", "a weight is a number above 0"),
        ("ials", "feedback_weights=[1,1e60]", "a weight is a number above 0"),
        ("ials", "feedback_weights=[1,1e-60]", "a weight is a number above 0"),
        ("ials", "feedback_weights=[]", "a weight is a number above 0"),
        ("ials", "feedback_weights={view=\"x\"}", "a weight is a number above 0"),
        ("ials", "feedback_weights=3", "a list or a table"),
        ("ials", "feedback_as=both", "feedback_as=target or feedback_as=union"),
        ("ials", "shuffled_features=true", "ials: it uses no features"),
        ("ials", "shuffled_features=1", "shuffled_features=true or =false"),
        ("ials", "feedback_as=target,feedback_weights=[1,3]", "weights are of a union"),
    ] {
        let error = learns(method, text, &Learns::default()).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn weights_are_of_the_feedbacks_that_there_are() {
    let of = |weights: Vec<(Option<String>, f64)>| {
        FeedbackWeights::new(weights).and_then(|weights| weights.of(&["view", "cart", "buy"]))
    };
    let named = |names: &[&str]| names.iter().map(|name| (Some((*name).into()), 2.0)).collect();
    for (weights, said) in [
        (vec![(None, 1.0), (None, 2.0)], "2 for 3 feedbacks"),
        (named(&["view", "crat", "buy"]), "no feedback crat (did you mean `cart`?)"),
        (named(&["view", "buy"]), "none is given for cart"),
        (named(&["view", "view"]), "view is given twice"),
        (vec![(None, 1.0), (Some("view".into()), 2.0)], "either all have names or none has"),
    ] {
        let error = of(weights).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(of(named(&["buy", "cart", "view"])).unwrap(), [2.0; 3]);
}

#[test]
fn a_model_tells_what_it_learnt_from() {
    let union = json!({ "names": ["view", "buy"], "as": "union" });
    assert_eq!(LearntRows::of_model(&union), LearntRows::Union);
    let mut weighing = union.clone();
    weighing["weights"] = json!([1.0_f32, 2.5]);
    assert_eq!(LearntRows::of_model(&weighing), weighted(&[1.0, 2.5]).rows);
    assert_eq!(LearntRows::of_model(&Value::Null), LearntRows::Target);
}
