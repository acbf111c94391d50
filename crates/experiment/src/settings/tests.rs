use super::*;

fn named(name: &str) -> Result<Method, Error> {
    method(&foretaste::registry(), name)
}

fn bpr(text: &str) -> Result<Method, Error> {
    with(&named("bpr")?, &parse(text)?)
}

#[test]
fn what_was_changed_makes_the_method_again() {
    let registry = foretaste::registry();
    for text in [
        "bpr",
        "bpr:factors=16,schedule=0.98,sampler=pop^0.5,bias.item=true",
        "relmf:estimator=wmf,confidence=3,reg=0.01",
        "nbpo:flip_reg=0.3",
        "popularity",
    ] {
        let entry = crate::Entry::parse(&registry, text, &Learns::default()).unwrap();
        let defaults = named(entry.method.name()).unwrap();
        let found = changed(&entry.method, &defaults);
        assert_eq!(with(&defaults, &found).unwrap(), entry.method, "{text}: {found:?}");
        assert_eq!(found.is_empty(), !text.contains(':'), "{text}: {found:?}");
    }
    let clip = with(&named("relmf").unwrap(), &parse("estimator=naive,clip=0.2").unwrap());
    let found = changed(&clip.unwrap(), &named("relmf").unwrap());
    assert_eq!(found, [("estimator".to_owned(), json!("naive"))]);
}

#[test]
fn settings_change_what_they_name_and_nothing_else() {
    let made = bpr("factors=16,lr=0.05,schedule=0.98,sampler=pop^0.5").unwrap();
    let (made, default) = (made.to_json(), named("bpr").unwrap().to_json());
    assert_eq!((&made["factors"], &made["lr"]), (&json!(16), &json!(0.05)));
    assert_eq!(made["schedule"], json!({ "exponential": 0.98 }));
    assert_eq!(made["sampler"], json!({ "popularity": 0.5 }));
    let changed = ["factors", "lr", "schedule", "sampler"];
    for (name, value) in default.as_object().unwrap() {
        assert_eq!(made[name] == *value, !changed.contains(&name.as_str()), "{name}");
    }
    let other = bpr("sampler=hardest-of-8,init-sd=0.2,schedule={exponential=0.5}").unwrap();
    assert_eq!(other.to_json()["sampler"], json!({ "hardest": 8 }));
    assert_eq!(other.to_json()["init_sd"], json!(0.2));
    let numbers = parse("a=.05,b=1.,c=-.5,d=1.2.3,e=.x").unwrap();
    let expected = [json!(0.05), json!(1.0), json!(-0.5), json!("1.2.3"), json!(".x")];
    assert_eq!(numbers.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), expected);
    assert_eq!(bpr("sampler=uniform").unwrap().to_json()["sampler"], json!("uniform"));
}

#[test]
fn what_can_not_be_is_said_with_what_may_have_been_meant() {
    for (text, said) in [
        ("facters=8", "bpr has no parameter `facters` (did you mean `factors`?)"),
        ("model=popularity", "bpr has no parameter `model`"),
        ("factors=many", "bpr: factors = \"many\": invalid type"),
        ("factors=8.5", "bpr: factors = 8.5: invalid type"),
        ("factors=0", "factors must be from 1 to 4096, not 0"),
        ("factors", "`factors` is not of the form name=value"),
        ("factors=", "`factors=` is not of the form"),
        ("lr=0.1,lr=0.2", "each name once"),
        ("sampler=pop^x", "bpr: sampler = \"pop^x\": unknown variant"),
        ("lr.x=1", "bpr has no parameter `lr.x`"),
    ] {
        let error = bpr(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    // Its parameters are not refused by the type that reads them.
    let error = with(&named("relmf").unwrap(), &parse("model=bpr").unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "relmf has no parameter `model`");
    let error = with(&named("popularity").unwrap(), &parse("lr=1").unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "popularity has no parameter `lr`");
    let error = named("brp").unwrap_err().to_string();
    assert!(error.contains("no method `brp` (did you mean `bpr`?)"), "{error}");
}

#[test]
fn what_was_asked_for_has_an_effect() {
    let relmf = |text: &str| given(&named("relmf")?, &parse(text)?);
    for text in ["clip=0.1", "estimator=wmf,confidence=3", "solver=als,loss=squared,epochs=9"] {
        relmf(text).unwrap();
    }
    for (text, name, beside) in [
        ("estimator=naive,clip=0.1", "clip", "the estimator clipped"),
        ("clip=0.1,confidence=3", "confidence", "the estimator wmf"),
        ("estimator=wmf,floor=0.1", "floor", "the estimators unbiased and clipped"),
        ("shrinkage=2", "shrinkage", "the solver als"),
        ("solver=als,loss=squared,reg=0.1", "reg", "the solver sgd"),
    ] {
        let error = relmf(text).unwrap_err().to_string();
        assert_eq!(error, format!("relmf: `{name}` has an effect with {beside} only"));
        with(&named("relmf").unwrap(), &parse(text).unwrap()).unwrap();
    }
}

#[test]
fn a_setting_that_is_written_is_read_back() {
    for value in [
        json!(0.1),
        json!(1e-7),
        json!(3),
        json!(true),
        json!("hardest-of-8"),
        json!("pop^0.5"),
        json!("file:a, b's \"c\".csv"),
        json!("4"),
        json!("true"),
        json!(""),
        json!(" x "),
        json!("a,b=c"),
        json!("\\"),
        json!("it's,x"),
        json!({ "exponential": 0.98 }),
        json!([1, "a,b", { "c": 2 }]),
    ] {
        let text = format!("{},last=1", written("a.b", &value));
        let expected = [("a.b".to_owned(), value), ("last".to_owned(), json!(1))];
        assert_eq!(parse(&text).unwrap(), expected, "{text}");
    }
    assert_eq!(written("sampler", &json!("hardest-of-8")), "sampler=hardest-of-8");
    assert_eq!(written("lr", &json!(0.05)), "lr=0.05");
}

#[test]
fn what_is_random_has_a_seed() {
    assert_eq!(with_seed(&named("bpr").unwrap(), 7).unwrap().to_json()[SEED], json!(7));
    assert_eq!(with_seed(&named("popularity").unwrap(), 7), None);
}
