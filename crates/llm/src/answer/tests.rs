use serde_json::json;

use super::*;
use crate::Failure;
use crate::error::Fate;

fn said(body: &str, texts: usize) -> String {
    vectors(body.as_bytes(), texts).unwrap_err().to_string()
}

#[test]
fn vectors_are_sorted_by_their_index() {
    let body = json!({ "data": [
        { "index": 2, "embedding": [5.0, 6.0] },
        { "index": 0, "embedding": [1, 2] },
        { "index": 1, "embedding": "AABAQAAAgEA=" },
    ], "usage": { "prompt_tokens": 7, "total_tokens": 7 } });
    let (vectors, used) = vectors(body.to_string().as_bytes(), 3).unwrap();
    assert_eq!(vectors, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    assert_eq!(used, Some((7, 0)));
}

#[test]
fn vectors_without_an_index_are_in_order() {
    let body = r#"{"data": [{"embedding": [1]}, {"embedding": [2]}]}"#;
    assert_eq!(vectors(body.as_bytes(), 2).unwrap(), (vec![vec![1.0], vec![2.0]], None));
}

#[test]
fn vectors_that_are_wrong_are_told() {
    let of = |rows: &str| format!(r#"{{"data": [{rows}]}}"#);
    for (rows, expected) in [
        (r#"{"index": 0, "embedding": [1]}"#, "has 1 vectors for 2 texts"),
        (
            r#"{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}"#,
            "vectors of 1 and of 2 numbers",
        ),
        (
            r#"{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [2]}"#,
            "two vectors of index 0",
        ),
        (r#"{"index": 0, "embedding": [1]}, {"index": 2, "embedding": [2]}"#, "of no text"),
        (r#"{"index": 0, "embedding": [1]}, {"embedding": [2]}"#, "of no text"),
        (r#"{"index": 0, "embedding": [0, 0]}, {"index": 1, "embedding": [2, 1]}"#, "is zero"),
        (r#"{"index": 0, "embedding": [1e300]}, {"index": 1, "embedding": [2]}"#, "not finite"),
        (r#"{"index": 0, "embedding": "AADAfw=="}, {"index": 1, "embedding": [2]}"#, "not finite"),
        (r#"{"index": 0, "embedding": []}, {"index": 1, "embedding": []}"#, "has no number"),
        (r#"{"index": 0, "embedding": "?"}, {"index": 1, "embedding": [1]}"#, "no base64"),
        (r#"{"index": 0, "embedding": [null]}, {"index": 1, "embedding": [1]}"#, "another form"),
    ] {
        let said = said(&of(rows), 2);
        assert!(said.contains(expected), "{expected:?} is not in {said:?}");
    }
    assert!(said("{}", 1).contains("another form"));
}

#[test]
fn what_is_no_json_is_asked_for_again() {
    for body in ["", "{\"data\": [", "busy"] {
        let problem = vectors(body.as_bytes(), 1).unwrap_err();
        assert!(matches!(problem, Problem::Failure(Failure::Cut(_))), "{problem:?}");
        assert_eq!(problem.fate(), Fate::Again);
        assert_eq!(completion(body.as_bytes()).unwrap_err().fate(), Fate::Again);
    }
}

#[test]
fn a_completion_has_a_text() {
    let of = |message: Value| json!({ "choices": [{ "message": message }] }).to_string();
    let text_of = |body: String| {
        completion(body.as_bytes()).map(|(answer, _)| text(&answer).unwrap().to_owned())
    };
    assert_eq!(text_of(of(json!({ "content": "Yes" }))).unwrap(), "Yes");
    assert_eq!(text_of(of(json!({ "content": null, "refusal": "No" }))).unwrap(), "");
    for wrong in [of(json!({ "content": 5 })), "{\"choices\": []}".into(), "[]".into(), "5".into()]
    {
        assert!(matches!(text_of(wrong), Err(Problem::Content(_))));
    }
}

#[test]
fn an_error_is_told_in_the_server_s_words() {
    let key = Secret::new("sk-1").unwrap();
    for (content, expected) in [
        (r#"{"error": {"message": "bad key sk-1"}}"#, "bad key ***"),
        (r#"{"error": "no model\n\u001b[2J"}"#, "no model  [2J"),
        (r#"{"detail": "busy"}"#, "busy"),
        (r#"{"detail": []}"#, ""),
        ("<html>Bad gateway</html>", ""),
        ("plain sk-1", "plain ***"),
    ] {
        let reply = Reply::of_status(502, content.into());
        let Err(Problem::Status { status: 502, message }) = body(&reply, Some(&key)) else {
            panic!("{content}");
        };
        assert_eq!(message, expected);
    }
    let long = Reply::of_status(400, vec![b'x'; 10_000]);
    assert!(body(&long, None).unwrap_err().to_string().len() < 400);
}

#[test]
fn pages_and_redirects_are_no_answers() {
    let page = Reply::ok(b" <!DOCTYPE html>".to_vec());
    assert_eq!(body(&page, None), Err(Problem::Page));
    let html = Reply { content_type: Some("text/html; charset=utf-8".into()), ..Reply::ok(vec![]) };
    assert_eq!(body(&html, None), Err(Problem::Page));
    let to = Reply { location: Some("https://b.org/".into()), ..Reply::of_status(307, vec![]) };
    assert_eq!(body(&to, None), Err(Problem::Redirect { to: "https://b.org/".into() }));
    assert_eq!(body(&to, None).unwrap_err().fate(), Fate::End);
}
