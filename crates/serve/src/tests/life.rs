//! Another model, too many requests, clients that hang, and the end.

use super::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

#[test]
fn another_model_is_taken_and_no_answer_is_of_two() {
    let models = [trained("bpr", 0), trained("bpr", 3)];
    let server =
        Running::of(&models[0], Options { watch: Duration::from_millis(20), ..Options::default() });
    let body = r#"{"users": ["u1", "u2", "u9"], "k": 5}"#;
    // What each model answers.
    let first = server.post("/v1/recommend", body).text;
    server.replace(&models[1]);
    assert!(eventually(|| server.post("/v1/recommend", body).text != first));
    let second = server.post("/v1/recommend", body).text;
    let fingerprint = |model: &Recommender| model.fingerprint().unwrap();
    assert!(first.contains(&fingerprint(&models[0])) && second.contains(&fingerprint(&models[1])));

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let askers = [(); 4].map(|()| {
            scope.spawn(|| {
                let mut seen = BTreeSet::new();
                while !done.load(Ordering::Relaxed) {
                    seen.insert(server.post("/v1/recommend", body).text);
                }
                seen
            })
        });
        for n in 0..10 {
            server.replace(&models[n % 2]);
            std::thread::sleep(Duration::from_millis(40));
        }
        done.store(true, Ordering::Relaxed);
        let seen: BTreeSet<String> =
            askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect();
        assert_eq!(seen, BTreeSet::from([first.clone(), second.clone()]));
    });
}

#[test]
fn a_file_that_is_no_model_leaves_the_one_that_is_served() {
    let models = [trained("bpr", 0), trained("bpr", 3)];
    let server = Running::of(&models[0], Options { watch: Duration::ZERO, ..Options::default() });
    let before = server.get("/v1/users/u1/recommendations").text;
    let reload = || server.post("/v1/admin/reload", "");
    assert_eq!(reload().json()["changed"], false);
    spoil(&server.model());
    let answer = reload();
    assert_eq!((answer.status, &answer.code()[..]), (500, "reload_failed"));
    assert_eq!(server.get("/v1/users/u1/recommendations").text, before);
    let text = server.get("/metrics").text;
    assert!(text.contains("foretaste_reload_failures_total 1\n"), "{text}");
    assert!(text.contains("foretaste_reloads_total 1\n"), "{text}");
    server.replace(&models[1]);
    let answer = reload().json();
    assert_eq!(answer["changed"], true);
    assert_eq!(answer["model"], models[1].fingerprint().unwrap());
    std::fs::remove_file(server.model()).unwrap();
    assert_eq!(reload().code(), "reload_failed");
    assert_eq!(server.get("/v1/model").json()["model"], models[1].fingerprint().unwrap());
}

/// One request hangs with half a body, and holds the only permit until its time is over.
#[test]
fn who_comes_too_many_is_told_to_come_again() {
    let options =
        Options { max_inflight: 1, timeout: Duration::from_secs(3), ..Options::default() };
    let server = Running::of(&trained("bpr", 0), options);
    let mut hanging = TcpStream::connect(server.addr).unwrap();
    let head = "POST /v1/recommend HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    hanging.write_all(head.as_bytes()).unwrap();
    let shed = || server.get("/v1/model").status == 503;
    assert!(eventually(shed));
    let answer = server.get("/v1/model");
    if answer.status == 503 {
        assert_eq!(answer.code(), "overloaded");
        assert!(answer.head.contains("retry-after: 1"));
    }
    // Health needs no permit.
    assert_eq!(server.get("/healthz").status, 200);
    let mut answer = [0; 400];
    hanging.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let n = hanging.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..n]).into_owned();
    assert!(answer.contains("503") && answer.contains("\"timeout\""), "{answer}");
    assert!(eventually(|| server.get("/v1/model").status == 200));
    let text = server.get("/metrics").text;
    assert!(text.contains("foretaste_timeouts_total 1\n"), "{text}");
}

#[test]
fn the_end_answers_what_is_under_way_and_takes_no_more() {
    let mut server = Running::of(
        &trained("bpr", 0),
        Options { timeout: Duration::from_secs(5), ..Options::default() },
    );
    let mut half = TcpStream::connect(server.addr).unwrap();
    let body = r#"{"users": ["u1"]}"#;
    let length = body.len();
    let head = format!(
        "POST /v1/recommend HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    half.write_all(head.as_bytes()).unwrap();
    half.write_all(&body.as_bytes()[..4]).unwrap();
    // It is at work on this one when it is stopped.
    assert!(eventually(|| server.get("/metrics").text.contains("foretaste_in_flight 1\n")));
    server.stopper.stop();
    assert!(eventually(|| TcpStream::connect(server.addr).is_err()));
    half.write_all(&body.as_bytes()[4..]).unwrap();
    let mut answer = String::new();
    half.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    half.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"lists\""), "{answer}");
    assert!(server.thread.take().unwrap().join().unwrap(), "all were answered in time");
}

#[test]
fn who_hangs_does_not_hold_the_end_up() {
    let options = Options {
        timeout: Duration::from_secs(30),
        drain: Duration::from_millis(200),
        ..Options::default()
    };
    let mut server = Running::of(&trained("bpr", 0), options);
    let mut half = TcpStream::connect(server.addr).unwrap();
    half.write_all(b"POST /v1/recommend HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{").unwrap();
    assert!(eventually(|| server.get("/metrics").text.contains("foretaste_in_flight 1\n")));
    let start = Instant::now();
    server.stopper.stop();
    assert!(!server.thread.take().unwrap().join().unwrap(), "one was not answered");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_check_tells_whether_a_server_is_ready() {
    let server = Running::of(&trained("popularity", 0), Options::default());
    let second = Duration::from_secs(5);
    assert_eq!(crate::check(&format!("http://{}", server.addr), second), Ok(()));
    assert!(crate::check("https://127.0.0.1", second).is_err());
    assert!(crate::check("nonsense", second).is_err());
    let addr = server.addr;
    drop(server);
    assert!(crate::check(&format!("http://{addr}"), second).is_err());
}
