use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::{Chat, Failure, Offline, Prices, Reply, Secret};

type Answer = Result<Reply, Failure>;

/// Answers as a script says, then by a function of the request; and knows what was asked.
struct Mock<F> {
    script: Mutex<VecDeque<Answer>>,
    then: F,
    asked: Mutex<Vec<Value>>,
    key: Option<Secret>,
}

impl<F: Fn(&Value) -> Answer + Sync> Mock<F> {
    fn new(script: Vec<Answer>, then: F) -> Self {
        Self { script: Mutex::new(script.into()), then, asked: Mutex::default(), key: None }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl<F: Fn(&Value) -> Answer + Sync> Transport for Mock<F> {
    fn post(&self, _path: &str, body: &[u8]) -> Answer {
        let request = serde_json::from_slice(body).unwrap();
        let scripted = self.script.lock().unwrap().pop_front();
        let answer = scripted.unwrap_or_else(|| (self.then)(&request));
        self.asked.lock().unwrap().push(request);
        answer
    }

    fn key(&self) -> Option<&Secret> {
        self.key.as_ref()
    }
}

fn ok(body: Value) -> Answer {
    Ok(Reply::ok(body.to_string().into()))
}

fn status(status: u16) -> Answer {
    Ok(Reply::of_status(status, b"no".to_vec()))
}

/// Says what it was asked, backwards.
fn echo(request: &Value) -> Answer {
    let asked = request["messages"][0]["content"].as_str().unwrap();
    let text: String = asked.chars().rev().collect();
    ok(json!({ "choices": [{ "message": { "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 2 } }))
}

/// A vector of length and first letter of each text, in the wrong order.
fn lengths(request: &Value) -> Answer {
    let texts = request["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    let row = |(n, text): (usize, &str)| json!({ "index": n, "embedding": [text.len(), text.as_bytes()[0]] });
    let rows: Vec<_> = texts.enumerate().map(row).collect();
    let rows: Vec<_> = rows.into_iter().rev().collect();
    ok(json!({ "data": rows, "usage": { "prompt_tokens": 5 } }))
}

fn chats(texts: &[&str]) -> Vec<Chat> {
    texts.iter().map(|text| Chat::new(*text)).collect()
}

/// A client whose naps are added up.
fn client<'a>(transport: &'a dyn Transport, cache: Cache) -> (Client<'a>, Arc<Mutex<Duration>>) {
    let slept = Arc::new(Mutex::new(Duration::ZERO));
    let sum = Arc::clone(&slept);
    let pause = move |nap| *sum.lock().unwrap() += nap;
    (Client::new(transport, "m", cache).pausing(pause), slept)
}

fn open(folder: &Path) -> Cache {
    Cache::open(folder).unwrap()
}

#[test]
fn everything_public_can_go_between_threads() {
    fn check<T: Send + Sync + fmt::Debug>() {}
    check::<Client<'_>>();
    check::<Cache>();
    check::<Secret>();
    check::<crate::Endpoint>();
    check::<crate::Template>();
    check::<Error>();
    check::<Event>();
}

#[test]
fn answers_are_in_the_order_of_the_questions_at_any_number_of_threads() {
    let texts: Vec<String> = (0..50).map(|n| format!("question {}", n % 40)).collect();
    let chats: Vec<Chat> = texts.iter().map(Chat::new).collect();
    let mut results = Vec::new();
    for threads in [1, 4] {
        let mock = Mock::new(Vec::new(), echo);
        let (client, _) = client(&mock, Cache::none());
        let answers = client.by_threads(threads).chat(&chats, &mut |_| ()).unwrap();
        assert_eq!(answers.texts[7], "7 noitseuq");
        assert_eq!(answers.texts[47], "7 noitseuq");
        assert_eq!(mock.asked(), 40, "what is there twice is asked once");
        assert_eq!((answers.tally.asked, answers.tally.repeats), (40, 10));
        assert_eq!((answers.tally.tokens_in, answers.tally.tokens_out), (400, 80));
        results.push(answers);
    }
    assert_eq!(results[0], results[1]);
}

#[test]
fn the_second_run_asks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mock::new(Vec::new(), echo);
    let first =
        client(&mock, open(folder.path())).0.chat(&chats(&["a", "b"]), &mut |_| ()).unwrap();
    let second =
        client(&mock, open(folder.path())).0.chat(&chats(&["b", "a"]), &mut |_| ()).unwrap();
    assert_eq!(mock.asked(), 2);
    assert_eq!(second.texts, ["b", "a"]);
    assert_eq!((second.tally.requests, second.tally.cached), (0, 2));
    assert_eq!((second.tally.tokens_in, second.tally.cost), (0, 0.0));
    assert_eq!(first.digest, second.digest);
    // Without a server, too; and what is not there is told.
    let (offline, _) = client(&Offline, Cache::read(folder.path()).unwrap());
    assert_eq!(offline.chat(&chats(&["a"]), &mut |_| ()).unwrap().texts, ["a"]);
    let error = offline.chat(&chats(&["a", "new", "newer"]), &mut |_| ()).unwrap_err().to_string();
    assert_eq!(error, "2 of 3 answers are not in the cache, the first to \"new\"");
    // Another model, parameter or provider is another question.
    let (mine, _) = client(&Offline, Cache::read(folder.path()).unwrap());
    let warm = mine.with_parameter("temperature", json!(0.5)).unwrap();
    assert!(warm.chat(&chats(&["a"]), &mut |_| ()).is_err());
    let cold = warm.with_parameter("temperature", Value::Null).unwrap();
    assert!(cold.chat(&chats(&["a"]), &mut |_| ()).is_ok());
    assert!(cold.of_provider("x").chat(&chats(&["a"]), &mut |_| ()).is_err());
}

#[test]
fn half_a_file_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mock::new(Vec::new(), echo);
    client(&mock, open(folder.path())).0.chat(&chats(&["ab"]), &mut |_| ()).unwrap();
    let mut inner = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let inner = inner.find(|path| path.is_dir()).unwrap();
    let file = fs::read_dir(inner).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let (offline, _) = client(&Offline, Cache::read(folder.path()).unwrap());
    assert!(matches!(offline.chat(&chats(&["ab"]), &mut |_| ()), Err(Error::Missing { .. })));
    let (again, _) = client(&mock, open(folder.path()));
    assert_eq!(again.chat(&chats(&["ab"]), &mut |_| ()).unwrap().texts, ["ba"]);
    assert_eq!(mock.asked(), 2);
    assert_eq!(fs::read(&file).unwrap(), whole);
}

#[test]
fn what_passes_is_asked_again_after_the_wait_that_the_server_wants() {
    let later = Reply { retry_after: Some("7".into()), ..Reply::of_status(429, Vec::new()) };
    let cut = Failure::Cut("3 of 9 B".into());
    let script = vec![Ok(later), status(500), Err(cut), ok(json!({ "choices": [] }))];
    let mock = Mock::new(script, echo);
    let (client, slept) = client(&mock, Cache::none());
    let mut events = Vec::new();
    let asked = client.chat(&chats(&["ab"]), &mut |event| events.push(event));
    // An answer of another form is no accident.
    assert!(matches!(asked, Err(Error::Unanswered { problem: Problem::Content(_), .. })));
    assert_eq!((mock.asked(), events.len()), (4, 3));
    let slept = slept.lock().unwrap().as_secs_f64();
    assert!((7.0 + 0.75 * 6.0..=7.0 + 6.0).contains(&slept), "{slept}");
    assert_eq!(client.chat(&chats(&["ab"]), &mut |_| ()).unwrap().texts, ["ba"]);
}

#[test]
fn six_tries_are_enough_and_a_long_wait_is_the_end() {
    let mock = Mock::new(Vec::new(), |_| status(503));
    let (client, slept) = client(&mock, Cache::none());
    let error = client.chat(&chats(&["ab"]), &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("the server answers 503: no"), "{error}");
    assert_eq!(mock.asked(), 6);
    assert!(slept.lock().unwrap().as_secs() <= 31);
    let hour = Reply { retry_after: Some("3600".into()), ..Reply::of_status(429, Vec::new()) };
    let mock = Mock::new(Vec::new(), move |_| Ok(hour.clone()));
    let (client, slept) = self::client(&mock, Cache::none());
    let error = client.chat(&chats(&["a", "b"]), &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("asked again in 3600 s"), "{error}");
    assert_eq!((mock.asked(), slept.lock().unwrap().as_secs()), (1, 0));
}

#[test]
fn a_refusal_leaves_the_others_and_a_lock_ends_it_all() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mock::new(Vec::new(), |request| match request.to_string().contains("bad") {
        true => status(400),
        false => echo(request),
    });
    let (one, _) = client(&mock, open(folder.path()));
    let error = one.chat(&chats(&["a", "bad", "c"]), &mut |_| ()).unwrap_err().to_string();
    assert!(
        error.contains("1 of 3 questions unanswered, the first: the server answers 400"),
        "{error}"
    );
    assert!(error.ends_with("(asked: \"bad\")"), "{error}");
    // What was answered is kept.
    drop(one);
    let (offline, _) = client(&Offline, Cache::read(folder.path()).unwrap());
    assert_eq!(offline.chat(&chats(&["c", "a"]), &mut |_| ()).unwrap().texts, ["c", "a"]);
    // Five in a row are enough.
    let many: Vec<String> = (0..20).map(|n| format!("bad {n}")).collect();
    let many: Vec<Chat> = many.iter().map(Chat::new).collect();
    let before = mock.asked();
    assert!(client(&mock, Cache::none()).0.chat(&many, &mut |_| ()).is_err());
    assert_eq!(mock.asked() - before, 5);
    for end in [401, 403, 404] {
        let mock = Mock::new(vec![status(end)], echo);
        let asked = client(&mock, Cache::none()).0.chat(&chats(&["a", "b", "c"]), &mut |_| ());
        let error = asked.unwrap_err();
        assert!(error.to_string().starts_with(&format!("the server answers {end}")), "{error}");
        assert!(error.help().is_some() && mock.asked() == 1);
    }
}

#[test]
fn no_more_is_spent_than_the_budget_has() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<String> = (0..20).map(|n| format!("question {n}")).collect();
    let many: Vec<Chat> = many.iter().map(Chat::new).collect();
    let mock = Mock::new(Vec::new(), echo);
    let prices = Prices { input: 1e6, output: 0.0 };
    let budget = Budget { cost: Some(65.0), prices, tokens: None };
    let of = |cache| {
        let (client, _) = client(&mock, cache);
        client.within(budget).with_parameter("max_tokens", json!(5)).unwrap()
    };
    let one = of(open(folder.path()));
    let estimate = one.estimate_chat(&many);
    assert_eq!((estimate.requests, estimate.tokens_in, estimate.tokens_out), (20, 140, 100));
    assert_eq!(estimate.cost, 140.0);
    let error = one.chat(&many, &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::Cost { spent: 60.0, .. }), "{error}");
    assert_eq!(mock.asked(), 6);
    drop(one);
    // The next run goes on.
    let estimate = of(Cache::read(folder.path()).unwrap()).estimate_chat(&many);
    assert_eq!((estimate.asked, estimate.cached), (14, 6));
    let tokens = Budget { tokens: Some(11), ..Budget::default() };
    let error = of(Cache::none()).within(tokens).chat(&many, &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::Tokens { limit: 11, spent: 0, needed: 12 }), "{error}");
}

#[test]
fn a_key_that_a_server_repeats_is_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let leak = json!({ "choices": [{ "message": { "content": "your key is sk-9" } }] });
    let error = Reply::of_status(429, b"{\"error\": {\"message\": \"sk-9 is slow\"}}".to_vec());
    let mut mock = Mock::new(vec![Ok(error), ok(leak)], |_| status(401));
    mock.key = Some(Secret::new("sk-9").unwrap());
    let (client, _) = client(&mock, open(folder.path()));
    let mut events = String::new();
    let mut watch = |event| events += &format!("{event:?}");
    let answers = client.chat(&chats(&["a"]), &mut watch).unwrap();
    assert_eq!(answers.texts, ["your key is ***"]);
    assert!(events.contains("*** is slow") && !events.contains("sk-9"), "{events}");
    assert!(!format!("{client:?}").contains("sk-9"));
    for folder in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(file).unwrap();
            assert!(text.contains("***") && !text.contains("sk-9"), "{text}");
        }
    }
}

#[test]
fn parameters_that_the_client_sets_are_refused() {
    for name in ["model", "messages", "stream", "n"] {
        let client = Client::new(&Offline, "m", Cache::none());
        assert!(client.with_parameter(name, json!(1)).is_err(), "{name}");
    }
    let mock = Mock::new(Vec::new(), echo);
    let client = client(&mock, Cache::none()).0.with_parameter("seed", json!(3)).unwrap();
    client.chat(&[Chat::new("a").with_system("s")], &mut |_| ()).unwrap();
    let asked = mock.asked.lock().unwrap()[0].clone();
    let messages =
        json!([{ "role": "system", "content": "s" }, { "role": "user", "content": "a" }]);
    assert_eq!(asked, json!({ "model": "m", "seed": 3, "messages": messages }));
}

#[test]
fn rows_are_in_the_order_of_the_texts_and_empty_ones_are_zero() {
    let folder = tempfile::tempdir().unwrap();
    let texts = ["bb", "", "a", "ccc", "a", " \n", "dddd"];
    let expected = [2, 98, 0, 0, 1, 97, 3, 99, 1, 97, 0, 0, 4, 100].map(|x| x as f32);
    let mock = Mock::new(Vec::new(), lengths);
    let of = |cache| client(&mock, cache).0.with_texts(3);
    let first = of(open(folder.path())).embed(&texts, &mut |_| ()).unwrap();
    assert_eq!((first.width, &first.values[..]), (2, &expected[..]));
    assert_eq!((first.empty, first.tally.repeats, first.tally.asked), (2, 1, 4));
    assert_eq!((mock.asked(), first.tally.tokens_in), (2, 10));
    let asked = mock.asked.lock().unwrap()[0].clone();
    let input = json!(["bb", "a", "ccc"]);
    assert_eq!(asked, json!({ "model": "m", "input": input, "encoding_format": "float" }));
    let again = of(open(folder.path())).embed(&texts, &mut |_| ()).unwrap();
    assert_eq!((&again.values, &again.digest), (&first.values, &first.digest));
    assert_eq!((again.tally.requests, again.tally.cached, mock.asked()), (0, 4, 2));
    let more = of(open(folder.path())).estimate_embed(&["a", "new", "newer", ""]).unwrap();
    assert_eq!((more.requests, more.asked, more.cached, more.tokens_in), (1, 2, 1, 3));
    let none = of(Cache::none()).embed(&["", " "], &mut |_| ()).unwrap();
    assert_eq!((none.width, none.values.len(), none.empty), (0, 0, 2));
}

#[test]
fn what_is_too_much_is_asked_in_halves() {
    let mock = Mock::new(Vec::new(), |request| match request["input"].as_array().unwrap().len() {
        0..=2 => lengths(request),
        _ => status(413),
    });
    let texts = ["a", "bb", "ccc", "dddd", "eeeee"];
    let rows = client(&mock, Cache::none()).0.embed(&texts, &mut |_| ()).unwrap();
    assert_eq!(
        rows.values.iter().step_by(2).copied().collect::<Vec<_>>(),
        [1.0, 2.0, 3.0, 4.0, 5.0]
    );
    // 5, then 2 and 3, then 1 and 2.
    assert_eq!(mock.asked(), 5);
    let mock = Mock::new(Vec::new(), |_| status(413));
    let error = client(&mock, Cache::none()).0.embed(&["long"], &mut |_| ()).unwrap_err();
    assert_eq!(error.help().unwrap(), "the text is too long for the server");
}

#[test]
fn vectors_of_two_widths_are_refused_across_batches_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let of_width = |width: usize| {
        move |request: &Value| {
            let rows = request["input"].as_array().unwrap().iter().enumerate();
            ok(
                json!({ "data": rows.map(|(n, _)| json!({ "index": n, "embedding": vec![1; width] }))
                .collect::<Vec<_>>() }),
            )
        }
    };
    let mock = Mock::new(vec![of_width(3)(&json!({ "input": [0] }))], of_width(2));
    let error = client(&mock, Cache::none()).0.with_texts(1).embed(&["a", "b"], &mut |_| ());
    assert!(matches!(error, Err(Error::Widths { expected: 3, found: 2 })), "{error:?}");
    let (old, new) = (Mock::new(Vec::new(), of_width(4)), Mock::new(Vec::new(), of_width(2)));
    client(&old, open(folder.path())).0.embed(&["a"], &mut |_| ()).unwrap();
    let error = client(&new, open(folder.path())).0.embed(&["a", "b"], &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::Widths { expected: 4, found: 2 }), "{error:?}");
    assert!(error.help().unwrap().contains("--provider"));
}
