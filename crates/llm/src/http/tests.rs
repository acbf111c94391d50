//! The transport and the client against a server on this machine, which answers well or badly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;
use crate::{Cache, Chat, Client, Error, Problem, connect};

const COMPLETION: &str = r#"{"choices": [{"message": {"content": "Yes"}}]}"#;

/// A request: its head in lower case, and its body.
#[derive(Clone, Debug)]
struct Asked {
    head: String,
    body: String,
}

/// Bytes that are sent; then the connection is closed, unless it hangs.
#[derive(Clone)]
struct Answer(Vec<u8>, bool);

fn answer(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    Answer(text.into_bytes(), false)
}

fn good() -> Answer {
    answer("200 OK", "", COMPLETION)
}

/// Sends one answer after the other, the last again and again; returns the address and what is asked.
fn server(answers: Vec<Answer>) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for (n, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            log.lock().unwrap().push(read(&stream));
            let Answer(bytes, hangs) = &answers[n.min(answers.len() - 1)];
            let _ = stream.write_all(bytes);
            if *hangs {
                open.push(stream);
            }
        }
    });
    (url, asked)
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
        head += &line.to_lowercase();
        line.clear();
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    let _ = reader.read_exact(&mut body);
    Asked { head, body: String::from_utf8(body).unwrap() }
}

/// What the server's first answer is, with this much patience and no pauses.
fn ask(url: &str, key: Option<&str>, seconds: u64) -> Result<String, Error> {
    let key = key.map(|key| Secret::new(key).unwrap());
    let endpoint = Endpoint::new(url, key)?;
    let transport = connect(endpoint, Duration::from_secs(seconds))?;
    let client = Client::new(&*transport, "m", Cache::none()).pausing(|_| ());
    let answers = client.chat(&[Chat::new("Well?")], &mut |_| ())?;
    Ok(answers.texts[0].clone())
}

fn problem(asked: Result<String, Error>) -> Problem {
    match asked {
        Err(Error::Unanswered { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_question_and_the_key_get_there() {
    let (url, asked) = server(vec![good()]);
    assert_eq!(ask(&url, Some("sk-1"), 60).unwrap(), "Yes");
    assert_eq!(ask(&url, None, 60).unwrap(), "Yes");
    let asked = asked.lock().unwrap();
    let head = &asked[0].head;
    assert!(head.starts_with("post /v1/chat/completions http/1.1"), "{head}");
    assert!(head.contains("authorization: bearer sk-1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    assert_eq!(asked[0].body, r#"{"messages":[{"content":"Well?","role":"user"}],"model":"m"}"#);
    assert!(!asked[1].head.contains("authorization"), "{:?}", asked[1]);
}

#[test]
fn the_key_is_not_shown() {
    let endpoint = Endpoint::new("https://a.org/v1", Some(Secret::new("sk-1").unwrap())).unwrap();
    let shown = format!("{endpoint:?} {:?}", Http::new(endpoint.clone(), Duration::from_secs(1)));
    assert!(shown.contains("***") && !shown.contains("sk-1"), "{shown}");
}

#[test]
fn what_passes_is_asked_again() {
    let whole = good().0;
    let cut = Answer(whole[..whole.len() - 9].to_vec(), false);
    let unended = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n{\"choices\"";
    let answers = vec![
        answer("429 Too Many Requests", "Retry-After: 3\r\n", ""),
        answer("500 Internal Server Error", "", "oops"),
        cut,
        Answer(unended.into(), false),
        Answer(Vec::new(), false),
        good(),
    ];
    let (url, asked) = server(answers);
    assert_eq!(ask(&url, None, 60).unwrap(), "Yes");
    assert_eq!(asked.lock().unwrap().len(), 6);
}

#[test]
fn headers_of_an_answer_are_kept() {
    let headers = "Retry-After: 3\r\nDate: x\r\nLocation: /y\r\nContent-Type: text/plain\r\n";
    let (url, _) = server(vec![answer("429 Too Many Requests", headers, "slow")]);
    let transport = Http::new(Endpoint::new(&url, None).unwrap(), Duration::from_secs(60));
    let reply = transport.post("/embeddings", b"{}").unwrap();
    let text = |text: &str| Some(text.to_owned());
    let expected = Reply {
        retry_after: text("3"),
        date: text("x"),
        location: text("/y"),
        content_type: text("text/plain"),
        ..Reply::of_status(429, b"slow".to_vec())
    };
    assert_eq!(reply, expected);
}

#[test]
fn redirects_and_pages_are_no_answers() {
    let (other, at_other) = server(vec![good()]);
    let to = format!("Location: {other}/chat/completions\r\n");
    for status in ["302 Found", "307 Temporary Redirect"] {
        let (url, asked) = server(vec![answer(status, &to, "")]);
        let problem = problem(ask(&url, Some("sk-1"), 60));
        assert_eq!(problem, Problem::Redirect { to: format!("{other}/chat/completions") });
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
    assert!(at_other.lock().unwrap().is_empty());
    let page = answer("200 OK", "Content-Type: text/html\r\n", "<html></html>");
    assert_eq!(problem(ask(&server(vec![page]).0, None, 60)), Problem::Page);
}

#[test]
fn silence_has_an_end() {
    let started = good().0[..50].to_vec();
    for silence in [Answer(Vec::new(), true), Answer(started, true)] {
        let (url, asked) = server(vec![silence.clone(), silence, good()]);
        assert_eq!(ask(&url, None, 1).unwrap(), "Yes");
        assert_eq!(asked.lock().unwrap().len(), 3);
    }
    let (url, _) = server(vec![Answer(Vec::new(), true)]);
    let transport = Http::new(Endpoint::new(&url, None).unwrap(), Duration::from_secs(1));
    assert_eq!(transport.post("/x", b"{}"), Err(Failure::TimedOut { seconds: 1 }));
}

#[test]
fn a_body_without_end_is_not_read() {
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u64::MAX);
    let (url, asked) = server(vec![Answer(large.into(), true)]);
    let problem = problem(ask(&url, None, 60));
    assert_eq!(problem, Problem::Failure(Failure::TooLarge { limit: LARGEST }));
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn nobody_there_is_told_with_the_address_and_without_the_key() {
    // Whoever listened there is gone.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = ask(&format!("http://127.0.0.1:{port}/v1"), Some("sk-1"), 5).unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains(&format!("127.0.0.1:{port}")) && !said.contains("sk-1"), "{said}");
}

#[test]
fn a_wrong_key_is_told_without_it() {
    let body = r#"{"error": {"message": "Incorrect API key provided: sk-1"}}"#;
    let (url, asked) = server(vec![answer("401 Unauthorized", "", body)]);
    let error = ask(&url, Some("sk-1"), 60).unwrap_err();
    assert_eq!(error.to_string(), "the server answers 401: Incorrect API key provided: ***");
    assert!(error.help().unwrap().contains("--key-env"));
    assert_eq!(asked.lock().unwrap().len(), 1);
}
