//! A server on this machine that answers as it is told to, well or badly.

use crate::support::{Folder, Ran};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// A request: its lines, in lower case but for the first.
#[derive(Clone, Debug)]
pub(super) struct Request(pub(super) Vec<String>);

impl Request {
    pub(super) fn path(&self) -> &str {
        self.0[0].split(' ').nth(1).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{name}: ");
        self.0[1..].iter().find_map(|line| line.strip_prefix(&start))
    }

    /// The first byte that is asked for.
    pub(super) fn from(&self) -> usize {
        let range = self.header("range").and_then(|range| range.strip_prefix("bytes="));
        range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap())
    }
}

/// What is sent, byte by byte; the connection is closed behind it, unless it hangs.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    bytes: Vec<u8>,
    hangs: bool,
}

impl Answer {
    pub(super) fn new(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
        Self { bytes: [head.as_bytes(), body].concat(), hangs: false }
    }

    /// A file, or its end if that is asked for of this version.
    pub(super) fn file(request: &Request, tag: &str, body: &[u8]) -> Self {
        let (from, all) = (request.from(), body.len());
        let same = request.header("if-range").is_none_or(|asked| asked == format!("\"{tag}\""));
        let tag = format!("ETag: \"{tag}\"\r\n");
        if from == 0 || !same {
            return Self::new("200 OK", &format!("{tag}Content-Length: {all}\r\n"), body);
        }
        let (length, last) = (all - from, all - 1);
        let range = format!("Content-Range: bytes {from}-{last}/{all}\r\n");
        let headers = format!("{tag}{range}Content-Length: {length}\r\n");
        Self::new("206 Partial Content", &headers, &body[from..])
    }

    /// Nothing, on an open connection.
    pub(super) fn silence() -> Self {
        Self { bytes: Vec::new(), hangs: true }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self::new("302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n"), b"")
    }

    /// The same without its last bytes.
    pub(super) fn without_last(mut self, bytes: usize) -> Self {
        self.bytes.truncate(self.bytes.len() - bytes);
        self
    }

    /// The same, and then nothing, on an open connection.
    pub(super) fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }
}

/// Answers until the test's process ends.
pub(super) struct Server {
    pub(super) address: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server whose answers depend on the request and on how many were before.
    pub(super) fn new(answer: impl Fn(usize, &Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                let before = log.lock().unwrap().len();
                let answer = answer(before, &request);
                log.lock().unwrap().push(request);
                // Whoever asked may be gone already.
                let _ = stream.write_all(&answer.bytes);
                if answer.hangs {
                    open.push(stream);
                }
            }
        });
        Self { address, asked }
    }

    /// One that has a file.
    pub(super) fn of(body: Vec<u8>) -> Self {
        Self::new(move |_, request| Answer::file(request, "one", &body))
    }

    pub(super) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// A registry with one data set, `x`, of one file on this server.
    pub(super) fn registry(&self, file: &str, download: &str, read: &str) -> String {
        let address = &self.address;
        format!(
            "[[dataset]]\nname = \"x\"\ntitle = \"X\"\ndescription = \"An X.\"\n\
             homepage = \"https://x.org\"\nterms = \"Be kind.\"\n\
             size = {{ users = 1, items = 1, interactions = 1 }}\nread = {{ {read} }}\n\
             [[dataset.download]]\nurl = \"http://{address}/{file}\"\n{download}\n"
        )
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut lines = Vec::new();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        if line.is_empty() {
            break;
        }
        lines.push(match lines.is_empty() {
            true => line,
            false => line.split_once(':').map_or(line.clone(), |(name, value)| {
                format!("{}: {}", name.to_lowercase(), value.trim())
            }),
        });
    }
    lines.resize(lines.len().max(1), "? /".to_owned());
    Request(lines)
}

/// A command that fetches `x` by `r.toml`, whatever proxies this machine has.
pub(super) fn command(folder: &Folder, arguments: &str) -> Command {
    let mut command = crate::support::foretaste(folder, "fetch --registry r.toml");
    command.args(arguments.split_whitespace());
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

/// Runs it.
pub(super) fn ran(mut command: Command) -> Ran {
    let what = format!("{command:?}");
    let output = command.output().unwrap();
    let ran = Ran {
        what,
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("os error"), "{ran:?}");
    ran
}

/// Fetches `x`, whose terms are accepted.
pub(super) fn fetch(folder: &Folder, arguments: &str) -> Ran {
    ran(command(folder, &format!("x --accept-terms {arguments}")))
}

/// Fetches what has to fail with this code, and say all of these.
pub(super) fn fails(folder: &Folder, code: i32, arguments: &str, said: &[&str]) -> Ran {
    let ran = fetch(folder, arguments);
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert_eq!(ran.stdout, "", "{ran:?}");
    let told = [ran.lines("error: "), ran.lines("help: ")].concat().join("\n");
    assert_eq!(ran.lines("error: ").len(), 1, "{ran:?}");
    for text in said {
        assert!(told.contains(text), "{text:?} is not in {ran:?}");
    }
    ran
}

/// The names in a folder of the folder, in alphabetical order; none if it is not there.
pub(super) fn names(folder: &Folder, name: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path(name)).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
