//! A server on this machine that plays a language model.

use crate::support::{Folder, Ran, foretaste};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is asked: the head in lower case, and the body.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) head: String,
    pub(super) body: Value,
}

/// Answers until the test's process ends.
pub(super) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server whose answers, a status and a body, depend on what is asked and how much was before.
    pub(super) fn new(answer: impl Fn(usize, &Asked) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let asked = read(&stream);
                let before = log.lock().unwrap().len();
                let (status, body) = answer(before, &asked);
                log.lock().unwrap().push(asked);
                let (body, head) = (body.to_string(), "Connection: close\r\nRetry-After: 0");
                let length = body.len();
                let text = format!(
                    "HTTP/1.1 {status} X\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}"
                );
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { url, asked }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Runs `augment` with it, and a key.
    pub(super) fn run(&self, folder: &Folder, arguments: &str) -> Ran {
        let mut command = foretaste(folder, &format!("augment {arguments} --llm-model m"));
        command.args(["--base-url", &self.url, "--key-env", "A_KEY"]).env("A_KEY", "sk-7f3");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (code, what) =
            (output.status.code(), format!("{command:?}").replace("sk-7f3", "the key"));
        let ran = Ran { what, code, stdout: text(output.stdout), stderr: text(output.stderr) };
        let said = format!("{} {}", ran.stdout, ran.stderr);
        assert!(!said.contains("sk-7f3") && !said.contains("panicked"), "{ran:?}");
        ran
    }

    /// The same, which has to succeed.
    pub(super) fn ok(&self, folder: &Folder, arguments: &str) -> Ran {
        let ran = self.run(folder, arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }
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
    Asked { head, body: serde_json::from_slice(&body).unwrap_or_default() }
}

/// A vector for each text: how long it is, and its last letter.
pub(super) fn vectors(asked: &Asked) -> (u16, Value) {
    let texts = asked.body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    let row = |(n, text): (usize, &str)| json!({ "index": n, "embedding": [text.len(), text.bytes().last().unwrap(), 0.5] });
    (200, json!({ "data": texts.enumerate().map(row).collect::<Vec<_>>() }))
}

/// What is offered in a prompt, in order.
pub(super) fn offered(asked: &Asked) -> Vec<String> {
    let prompt = asked.body["messages"][0]["content"].as_str().unwrap();
    let (_, rest) = prompt.split_once("which one least?\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty());
    lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

/// A completion that says this.
pub(super) fn says(text: impl Into<String>) -> (u16, Value) {
    let message = json!({ "content": text.into() });
    let usage = json!({ "prompt_tokens": 100, "completion_tokens": 10 });
    (200, json!({ "choices": [{ "message": message, "finish_reason": "stop" }], "usage": usage }))
}

/// All text in the files of a folder.
pub(super) fn all_text(folder: &Folder, name: &str) -> String {
    let mut text = String::new();
    let mut folders = vec![folder.path(name)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => text += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()),
            }
        }
    }
    text
}
