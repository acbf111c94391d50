//! Answers are the model's, byte for byte, and what the description says of them.

use super::*;
use crate::api::{
    Explanations, FoundItems, FoundUsers, History, ModelFacts, Recommendations, SimilarItems,
};
use foretaste::io::{Titles, list_lines};
use foretaste::{Query, Seen, Whose};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

fn titles() -> Titles {
    [("i1", "One"), ("i2", "<b>Two</b>"), ("i3", "Three")].into_iter().collect()
}

/// The body of an answer with the lists of users, as the command line writes them.
fn expected(model: &Recommender, users: &[&str], query: &Query<'_>, seen: Seen) -> String {
    let ids: Vec<UserId> = users.iter().map(|id| model.user(id).unwrap()).collect();
    let (lists, titles) = (model.recommend_where(&ids, query, seen), titles());
    let line = |(user, list): (&UserId, &Vec<_>)| {
        model.list_line(Whose::User(*user), Some(model.user_name(*user)), list, Some(&titles))
    };
    let lines: Vec<_> = ids.iter().zip(&lists).map(line).collect();
    let fingerprint = model.fingerprint().unwrap();
    format!("{{\"model\":\"{fingerprint}\",\"lists\":[{}]}}", list_lines(&lines).join(","))
}

#[test]
fn lists_are_those_of_the_library_byte_for_byte() {
    for method in ["bpr", "ials", "ease", "popularity", "nbpo"] {
        let model = trained(method, 0);
        let server = Running::of(&model, Options::default());
        let query = Query::new(10);
        let answer = server.post("/v1/recommend", r#"{"users": ["u3", "u17", "u3"]}"#);
        assert_eq!(answer.text, expected(&model, &["u3", "u17", "u3"], &query, Seen::All));
        let answer = server.get("/v1/users/u5/recommendations?k=3&with_seen=true");
        assert_eq!(answer.text, expected(&model, &["u5"], &Query::new(3), Seen::None));

        let deny = model.item_set(["i4", "i9"]).0;
        let allow = model.item_set((0..60).map(|n| format!("i{n}"))).0;
        let body = serde_json::json!({
            "users": ["u1"], "allow": (0..60).map(|n| format!("i{n}")).collect::<Vec<_>>(), "deny": ["i4", "i9"],
        });
        let answer = server.post("/v1/recommend", &body.to_string());
        let query = query.allow(&allow).deny(&deny);
        assert_eq!(answer.text, expected(&model, &["u1"], &query, Seen::All), "{method}");
    }
}

#[test]
fn many_who_ask_at_once_get_their_own_lists() {
    let model = trained("bpr", 0);
    let server = Running::of(&model, Options::default());
    std::thread::scope(|scope| {
        for user in 0..40 {
            let (model, server) = (&model, &server);
            scope.spawn(move || {
                let (id, k) = (format!("u{user}"), user % 12 + 1);
                let body = format!(r#"{{"users": ["{id}"], "k": {k}}}"#);
                for _ in 0..5 {
                    let answer = server.post("/v1/recommend", &body);
                    assert_eq!(answer.text, expected(model, &[&id], &Query::new(k), Seen::All));
                }
                let body = format!(r#"{{"history": ["i{user}", "i2", "x"], "k": {k}}}"#);
                let answer = server.post("/v1/recommend", &body).json();
                let listed = answer["lists"][0]["items"].as_array().unwrap();
                assert_eq!(
                    (listed.len(), &answer["unknown_items"]),
                    (k, &serde_json::json!(["x"]))
                );
                assert!(listed.iter().all(|item| item["item"] != "i2"));
            });
        }
    });
    let text = server.get("/metrics").text;
    assert!(text.contains("foretaste_folded_total 40\n"), "{text}");
    assert!(text.contains("foretaste_unknown_items_total 40\n"), "{text}");
    let of_lists =
        "foretaste_requests_total{route=\"/v1/recommend\",method=\"POST\",status=\"200\"} 240\n";
    assert!(text.contains(of_lists), "{text}");
    assert!(!text.contains("u17") && !text.contains("i17"), "no id is told");
}

#[test]
fn a_history_gets_the_list_that_the_model_has_for_it() {
    let model = trained("ials", 0);
    let server = Running::of(&model, Options::default());
    let pair = |n: &u32| (ItemId(*n), model.item_name(ItemId(*n)));
    let (items, names): (Vec<_>, Vec<_>) = [3, 50, 77].iter().map(pair).unzip();
    let history = Interactions::from_rows(vec![0, 3], items, model.items().len()).unwrap();
    let scorer = model.model().fold_in(&foretaste::model::Histories::new(&history)).unwrap();
    let list =
        foretaste::model::recommend(&*scorer, &[UserId(0)], &Query::new(5).exclude(&[&history]));
    let body = serde_json::json!({"history": names.iter().rev().collect::<Vec<_>>(), "k": 5});
    let found = server.post("/v1/recommend", &body.to_string()).json();
    let found = found["lists"][0]["items"].as_array().unwrap();
    let found: Vec<(&str, f64)> = found
        .iter()
        .map(|item| (item["item"].as_str().unwrap(), item["score"].as_f64().unwrap()))
        .collect();
    let expected: Vec<(String, f64)> =
        list[0].iter().map(|(item, score)| (model.item_name(*item), f64::from(*score))).collect();
    assert_eq!(found, expected.iter().map(|(item, score)| (&item[..], *score)).collect::<Vec<_>>());
}

#[test]
fn filters_and_fallbacks_do_what_they_say() {
    let model = trained("bpr", 0);
    let server = Running::of(&model, Options::default());
    let filter = r#"{"must": [{"key": "genre", "match": {"value": "War"}}], "must_not": [{"key": "year", "range": {"lt": 1950}}]}"#;
    let body = format!(r#"{{"users": ["u1"], "k": 100, "filter": {filter}}}"#);
    for _ in 0..2 {
        let answer = server.post("/v1/recommend", &body).json();
        let items = answer["lists"][0]["items"].as_array().unwrap();
        let number = |item: &Value| item["item"].as_str().unwrap()[1..].parse::<usize>().unwrap();
        assert!(
            items.len() > 50
                && items.iter().map(number).all(|n| n % 2 == 0 && (50..190).contains(&n))
        );
    }
    let said: String = filter.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let answer = server.get(&format!("/v1/users/u1/recommendations?k=100&filter={said}"));
    assert_eq!(answer.text, server.post("/v1/recommend", &body).text);

    let popular = r#"{"users": ["nobody", "u1"], "k": 2, "fallback": "popularity"}"#;
    let answer = server.post("/v1/recommend", popular).json();
    assert_eq!(
        (&answer["lists"][0]["user"], &answer["lists"][1]["user"]),
        (&"nobody".into(), &"u1".into())
    );
    let most = model.seen().item_counts().into_iter().max().unwrap();
    assert_eq!(answer["lists"][0]["items"][0]["score"], f64::from(most));
    let answer =
        server.post("/v1/recommend", r#"{"history": [], "fallback": "popularity"}"#).json();
    assert_eq!(answer["lists"][0]["user"], Value::Null);
    assert_eq!(answer["lists"][0]["items"].as_array().unwrap().len(), 10);
    let answer = server.post("/v1/recommend", r#"{"users": ["u1"], "allow": ["x"]}"#).json();
    assert_eq!(answer["lists"][0]["items"], serde_json::json!([]));
    assert_eq!(answer["unknown_items"], serde_json::json!(["x"]));
}

#[test]
fn what_is_told_of_users_items_and_scores_is_the_models() {
    let model = trained("ials", 0);
    let server = Running::of(&model, Options::default());
    let history = server.get("/v1/users/u3/history?limit=1000").json();
    let had = model.seen().row(model.user("u3").unwrap());
    assert_eq!(history["total"], had.len());
    let told =
        history["items"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap());
    assert!(told.eq(had.iter().map(|item| model.item_name(*item))));

    let like = server.get("/v1/items/i1/similar?k=4").json();
    let expected =
        model.similar(model.item("i1").unwrap(), 4, foretaste::Similarity::Cosine).unwrap();
    let names: Vec<_> = expected.iter().map(|(item, _)| model.item_name(*item)).collect();
    let told = like["items"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap());
    assert!(told.eq(names.iter().map(String::as_str)));
    assert_eq!(like["title"], "One");

    let answer =
        server.post("/v1/explain", r#"{"user": "u3", "items": ["i1", "i2"], "k": 4}"#).json();
    for explained in answer["explanations"].as_array().unwrap() {
        let sum = |parts: &Value| -> f64 {
            parts.as_array().unwrap().iter().map(|part| part["value"].as_f64().unwrap()).sum()
        };
        let parts = sum(&explained["terms"]) + sum(&explained["history"]);
        let score = explained["score"].as_f64().unwrap();
        assert!((parts + explained["rest"].as_f64().unwrap() - score).abs() < 1e-6, "{explained}");
        assert_eq!(explained["history"].as_array().unwrap().len(), 4);
        let near = explained["nearest"].as_array().unwrap();
        assert!(
            near.iter()
                .all(|item| had.contains(&model.item(item["item"].as_str().unwrap()).unwrap()))
        );
    }
    let answer = server.post("/v1/explain", r#"{"history": ["i5", "i9"], "items": ["i1"]}"#).json();
    assert_eq!(answer["explanations"][0]["nearest"].as_array().unwrap().len(), 2);
    assert_eq!(answer["explanations"][0]["terms"], Value::Null);
}

/// Every answer reads as the type that the description has of it, whose fields are all that it has.
#[test]
fn answers_are_what_the_description_says() {
    fn same<T: DeserializeOwned + serde::Serialize>(answer: &Answer) {
        assert_eq!(answer.status, 200, "{answer:?}");
        let value: T = serde_json::from_str(&answer.text).unwrap();
        let again = serde_json::to_value(&value).unwrap();
        assert_eq!(again, answer.json());
    }
    for method in ["bpr", "nbpo"] {
        let server = Running::of(&trained(method, 0), Options::default());
        same::<Recommendations>(
            &server.post("/v1/recommend", r#"{"users": ["u1"], "deny": ["x"]}"#),
        );
        same::<Recommendations>(&server.post("/v1/recommend", r#"{"history": ["i1", "x"]}"#));
        same::<Recommendations>(&server.get("/v1/users/u1/recommendations"));
        same::<History>(&server.get("/v1/users/u1/history"));
        same::<FoundUsers>(&server.get("/v1/users?q=1"));
        same::<FoundItems>(&server.get("/v1/items?q=e"));
        same::<SimilarItems>(&server.get("/v1/items/i1/similar?by=dot"));
        same::<Explanations>(&server.post("/v1/explain", r#"{"user": "u1", "items": ["i1"]}"#));
        same::<ModelFacts>(&server.get("/v1/model"));
    }
    let description: Value = serde_json::from_str(crate::openapi()).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: BTreeSet<&str> =
        description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let server = Running::of(&trained("bpr", 0), Options::default());
    for path in &paths {
        let known = server.get(&path.replace("{id}", "u1"));
        let of_items = server.get(&path.replace("{id}", "i1"));
        assert!(
            [known.status, of_items.status].iter().any(|status| [200, 405].contains(status)),
            "{path}"
        );
    }
    assert_eq!(paths.len(), 12);
    assert_eq!(server.get("/openapi.json").text, crate::openapi());
}

#[test]
fn pages_may_load_nothing_from_elsewhere() {
    let server = Running::of(&trained("popularity", 0), Options::default());
    for (path, kind) in
        [("/", "text/html"), ("/explorer.js", "text/javascript"), ("/explorer.css", "text/css")]
    {
        let answer = server.get(path);
        assert_eq!(answer.status, 200);
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{}", answer.head);
        assert!(
            answer.head.contains("content-security-policy: default-src 'none'; script-src 'self'")
        );
        assert!(answer.head.contains("x-content-type-options: nosniff"));
        assert!(!answer.text.contains("innerHTML") && !answer.text.contains("http://"), "{path}");
    }
}
