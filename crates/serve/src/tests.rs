//! A server in this process, asked over loopback as anybody asks it.

mod answers;
mod life;
mod wrong;

use crate::{Files, Options, Server, Stopper};
use foretaste::data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste::files::Overwrite;
use foretaste::mf::Silent;
use foretaste::{Recommender, Registry, method, registry};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::LazyLock;
use std::thread::JoinHandle;
use std::time::Duration;

static REGISTRY: LazyLock<Registry> = LazyLock::new(registry);

/// A model of a few pairs.
pub(crate) fn model_of(name: &str, pairs: &[(&str, &str)]) -> Recommender {
    let users = IdTable::from_text(pairs.iter().map(|pair| pair.0));
    let items = IdTable::from_text(pairs.iter().map(|pair| pair.1));
    let pair = |(user, item): &(&str, &str)| Pair {
        user: UserId(users.index_of(user).unwrap()),
        item: ItemId(items.index_of(item).unwrap()),
        weight: 1.0,
        time: 0,
    };
    let pairs = pairs.iter().map(pair).collect();
    let pairs = Interactions::from_pairs(pairs, users.len(), items.len(), Keep::default());
    let data = Dataset::new(users, items, pairs.unwrap().0).unwrap();
    Recommender::fit(&method(name).unwrap(), data, &mut Silent).unwrap()
}

/// A model of 40 users and 200 items; `shift` makes another.
pub(crate) fn trained(name: &str, shift: usize) -> Recommender {
    let pairs: Vec<(String, String)> = (0..40)
        .flat_map(|user| {
            (0..12).map(move |n| (user, (user * 7 + n * n * (user % 5 + 1) + shift) % 200))
        })
        .chain((0..200).map(|item| (item % 40, item)))
        .map(|(user, item)| (format!("u{user}"), format!("i{item}")))
        .collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(u, i)| (u.as_str(), i.as_str())).collect();
    model_of(name, &pairs)
}

/// A server that runs, its folder, and what ends it.
pub(crate) struct Running {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) addr: SocketAddr,
    pub(crate) stopper: Stopper,
    pub(crate) thread: Option<JoinHandle<bool>>,
}

impl Running {
    /// Serves a model with titles and attributes.
    pub(crate) fn of(model: &Recommender, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        model.save(&path("m.model"), Overwrite::Refuse).unwrap();
        std::fs::write(path("titles.csv"), "item,title\ni1,One\ni2,<b>Two</b>\ni3,Three\n")
            .unwrap();
        let rows = (0..190).map(|n| format!("i{n},{},{}\n", ["War", "Drama"][n % 2], 1900 + n));
        let table = format!("item,genre,year\n{}", rows.collect::<String>());
        std::fs::write(path("items.csv"), table).unwrap();
        let files = Files {
            model: path("m.model"),
            titles: Some(path("titles.csv")),
            attributes: Some(path("items.csv")),
        };
        let options = Options { addr: ([127, 0, 0, 1], 0).into(), threads: 2, ..options };
        let server = Server::start(&REGISTRY, files, options).unwrap();
        let (addr, stopper) = (server.addr(), server.stopper());
        let thread = Some(std::thread::spawn(move || server.run().unwrap()));
        Self { folder, addr, stopper, thread }
    }

    pub(crate) fn model(&self) -> std::path::PathBuf {
        self.folder.path().join("m.model")
    }

    /// Puts another model in the place of the one that is there.
    pub(crate) fn replace(&self, model: &Recommender) {
        model.save(&self.model(), Overwrite::Replace).unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        ask(self.addr, &format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"))
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.post_with(path, body, "content-type: application/json\r\n")
    }

    pub(crate) fn post_with(&self, path: &str, body: &str, headers: &str) -> Answer {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{headers}");
        ask(self.addr, &format!("{head}content-length: {length}\r\n\r\n{body}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends a request and reads until the server closes.
pub(crate) fn ask(addr: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that refuses a body does not read it to its end.
    let _ = stream.write_all(request.as_bytes());
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    assert!(!chunked, "answers are written whole");
    Answer { status, head: head.to_lowercase(), text: body.to_owned() }
}

/// Whether a file is there, waiting for it to be asked for.
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    (0..200).any(|_| {
        let holds = holds();
        if !holds {
            std::thread::sleep(Duration::from_millis(25));
        }
        holds
    })
}

/// A file of bytes that are no model.
pub(crate) fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let spoilt = path.with_extension("spoilt");
    std::fs::write(&spoilt, bytes).unwrap();
    std::fs::rename(spoilt, path).unwrap();
}
