//! Requests that can't be: each is told what is wrong, where, and what to do.

use super::*;
use crate::{Error, Token};
use axum::http::HeaderValue;

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let server =
        Running::of(&trained("bpr", 0), Options { max_body: 300_000, ..Options::default() });
    let many = |n: usize| vec!["\"i1\""; n].join(",");
    let cases = [
        ("{}".to_owned(), 400, "bad_request", "$"),
        (r#"{"users": ["u1"], "history": ["i1"]}"#.to_owned(), 400, "bad_request", "$"),
        (r#"{"users": []}"#.to_owned(), 400, "bad_request", "$.users"),
        (r#"{"users": ["u1", "nobody"]}"#.to_owned(), 404, "unknown_user", "$.users[1]"),
        (r#"{"users": [196]}"#.to_owned(), 400, "bad_request", "$.users[0]"),
        (r#"{"users": "u1"}"#.to_owned(), 400, "bad_request", "$.users"),
        (r#"{"users": ["u1"], "k": 0}"#.to_owned(), 400, "bad_request", "$.k"),
        (r#"{"users": ["u1"], "k": 1000000}"#.to_owned(), 400, "bad_request", "$.k"),
        (r#"{"users": ["u1"], "k": -1}"#.to_owned(), 400, "bad_request", "$.k"),
        (r#"{"users": ["u1"], "k": 1e99}"#.to_owned(), 400, "bad_request", "$.k"),
        (r#"{"users": ["u1"], "top": 5}"#.to_owned(), 400, "bad_request", "$.top"),
        (r#"{"users": ["u1"], "users": ["u2"]}"#.to_owned(), 400, "bad_request", "$"),
        (format!(r#"{{"users": [{}], "k": 200}}"#, many(200)), 400, "bad_request", "$.k"),
        (r#"{"history": []}"#.to_owned(), 400, "bad_request", "$.history"),
        (r#"{"history": ["x", "y"]}"#.to_owned(), 404, "unknown_items", "$.history"),
        (format!(r#"{{"history": [{}]}}"#, many(1001)), 400, "bad_request", "$.history"),
        (format!(r#"{{"users": [{}]}}"#, many(257)), 400, "bad_request", "$.users"),
        (
            format!(r#"{{"users": ["u1"], "deny": [{}]}}"#, many(10_001)),
            400,
            "bad_request",
            "$.deny",
        ),
        (
            r#"{"users": ["u1"], "filter": {"must": [{"key": "x", "match": {"value": 1}}]}}"#
                .to_owned(),
            400,
            "bad_request",
            "$.filter.must[0].key",
        ),
        (r#"{"users": ["u1"]"#.to_owned(), 400, "bad_request", ""),
        (r#"{"users": ["u1"]} {}"#.to_owned(), 400, "bad_request", "$"),
        (format!("{}{}", r#"{"users": ["#.repeat(9000), "]}".repeat(9000)), 400, "bad_request", ""),
        (format!(r#"{{"users": ["{}"]}}"#, "u".repeat(300_000)), 413, "too_large", ""),
        ("[]".to_owned(), 400, "bad_request", "$"),
        (String::new(), 400, "bad_request", "$"),
    ];
    for (body, status, code, path) in cases {
        let answer = server.post("/v1/recommend", &body);
        let shown = &body[..body.len().min(80)];
        let json = answer.json();
        assert_eq!((answer.status, &answer.code()[..]), (status, code), "{shown}: {json}");
        if !path.is_empty() {
            assert_eq!(json["error"]["path"], path, "{shown}: {json}");
        }
        assert!(json["error"]["help"].as_str().is_some_and(|help| !help.is_empty()), "{json}");
        assert!(json["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    assert_eq!(server.post_with("/v1/recommend", "{}", "").code(), "unsupported_media_type");
    // Whoever says first how much will come is not waited for.
    let head = "POST /v1/recommend HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n";
    let answer =
        ask(server.addr, &format!("{head}connection: close\r\ncontent-length: 300001\r\n\r\n"));
    assert_eq!((answer.status, &answer.code()[..]), (413, "too_large"));
}

#[test]
fn addresses_and_parameters_that_can_not_be() {
    let server = Running::of(&trained("ease", 0), Options::default());
    let cases = [
        ("/v1/users/nobody/recommendations", 404, "unknown_user"),
        ("/v1/users/nobody/history", 404, "unknown_user"),
        ("/v1/users/u1/history?limit=0", 400, "bad_request"),
        ("/v1/users/u1/recommendations?k=many", 400, "bad_request"),
        ("/v1/users/u1/recommendations?top=5", 400, "bad_request"),
        ("/v1/users/u1/recommendations?filter=%7B", 400, "bad_request"),
        ("/v1/users/%ff/history", 400, "bad_request"),
        ("/v1/users/%00/history", 404, "unknown_user"),
        ("/v1/items/nothing/similar", 404, "unknown_item"),
        ("/v1/items/i1/similar?by=magic", 400, "bad_request"),
        ("/v1/items?limit=21", 400, "bad_request"),
        ("/v1/items/i1", 404, "not_found"),
        ("/v2/recommend", 404, "not_found"),
        ("/v1/recommend", 405, "method_not_allowed"),
    ];
    for (path, status, code) in cases {
        let answer = server.get(path);
        assert_eq!((answer.status, &answer.code()[..]), (status, code), "{path}: {answer:?}");
    }
    let explain = [
        (r#"{"items": ["i1"]}"#, "bad_request"),
        (r#"{"user": "u1", "items": []}"#, "bad_request"),
        (r#"{"user": "u1", "items": ["i1"], "k": 101}"#, "bad_request"),
        (r#"{"user": "nobody", "items": ["i1"]}"#, "unknown_user"),
        (r#"{"user": "u1", "items": ["x"]}"#, "unknown_item"),
        (r#"{"history": ["x"], "items": ["i1"]}"#, "bad_request"),
    ];
    for (body, code) in explain {
        assert_eq!(server.post("/v1/explain", body).code(), code, "{body}");
    }
}

#[test]
fn whoever_shows_no_token_is_told_nothing() {
    let options = Options {
        token: Some(Token::new("secret")),
        cors: vec![HeaderValue::from_static("https://shop.example")],
        ..Options::default()
    };
    let server = Running::of(&trained("bpr", 0), options);
    let body = r#"{"users": ["u1"]}"#;
    let json = "content-type: application/json\r\n";
    let with =
        |header: &str| server.post_with("/v1/recommend", body, &format!("{json}{header}\r\n"));
    for header in
        ["authorization: Bearer secret", "authorization: bearer  secret", "x-api-key: secret"]
    {
        assert_eq!(with(header).status, 200, "{header}");
    }
    let wrong = [
        "authorization: Bearer secre",
        "authorization: Bearer secret2",
        "authorization: Basic secret",
        "authorization: secret",
        "authorization: Bearer",
        "x-api-key:",
        "x-api-key: Bearer secret",
        "cookie: secret",
    ];
    for header in wrong {
        let answer = with(header);
        assert_eq!((answer.status, &answer.code()[..]), (401, "unauthorized"), "{header}");
        assert!(answer.head.contains("www-authenticate: bearer"));
        assert!(!answer.text.contains("secret"));
    }
    for path in ["/v1/model", "/v1/users/nobody/history", "/v1/items", "/metrics"] {
        assert_eq!(server.get(path).status, 401, "{path}");
    }
    assert_eq!(server.post("/v1/admin/reload", "").status, 401);
    for path in ["/healthz", "/readyz", "/", "/explorer.js", "/explorer.css", "/openapi.json"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    // A browser asks for leave without a token, and is told of its own origin alone.
    let leave = |origin: &str| {
        let asked = "access-control-request-method: POST\r\nconnection: close\r\n\r\n";
        ask(
            server.addr,
            &format!("OPTIONS /v1/recommend HTTP/1.1\r\nhost: h\r\norigin: {origin}\r\n{asked}"),
        )
    };
    let answer = leave("https://shop.example");
    assert!(
        answer.head.contains("access-control-allow-origin: https://shop.example"),
        "{answer:?}"
    );
    assert!(!leave("https://other.example").head.contains("access-control-allow-origin"));
}

#[test]
fn figures_are_open_where_they_are_to_be() {
    let options =
        Options { token: Some(Token::new("t")), metrics_open: true, ..Options::default() };
    let server = Running::of(&trained("popularity", 0), options);
    assert_eq!(server.get("/metrics").status, 200);
    assert_eq!(server.get("/v1/model").status, 401);
    // Without --cors, no page of another origin may ask.
    let request =
        "GET / HTTP/1.1\r\nhost: h\r\norigin: https://a.example\r\nconnection: close\r\n\r\n";
    assert!(!ask(server.addr, request).head.contains("access-control"));
}

#[test]
fn a_server_that_can_not_be_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    trained("popularity", 0).save(&path("m"), Overwrite::Refuse).unwrap();
    std::fs::write(path("titles"), "item,title\nother,Other\n").unwrap();
    std::fs::write(path("empty"), "").unwrap();
    let start = |files: Files, addr: [u8; 4], port: u16, insecure: bool| {
        let options = Options { addr: (addr, port).into(), insecure, ..Options::default() };
        Server::start(&REGISTRY, files, options)
    };
    let files = Files { model: path("m"), titles: None, attributes: None };
    let local = [127, 0, 0, 1];
    assert!(matches!(start(files.clone(), [0, 0, 0, 0], 0, false), Err(Error::Open(_))));
    assert!(start(files.clone(), [0, 0, 0, 0], 0, true).is_ok());
    let first = start(files.clone(), local, 0, false).unwrap();
    let port = first.addr().port();
    assert!(matches!(start(files.clone(), local, port, false), Err(Error::Bind { .. })));
    let missing = Files { model: path("none"), ..files.clone() };
    assert!(matches!(start(missing, local, 0, false), Err(Error::Model(_))));
    let strange = Files { titles: Some(path("titles")), ..files.clone() };
    assert!(matches!(start(strange, local, 0, false), Err(Error::Strange { .. })));
    let empty = Files { attributes: Some(path("empty")), ..files.clone() };
    assert!(matches!(start(empty, local, 0, false), Err(Error::Table(_))));
    spoil(&path("m"));
    assert!(matches!(start(files, local, 0, false), Err(Error::Model(_))));
}
