//! Serving, until a signal comes.

use super::Serve;
use crate::args::Global;
use crate::failure::{Code, Failure, Outcome};
use crate::output::{count, note, print};
use crate::signals;
use foretaste_serve::{Error, Files, HeaderValue, Options, Server, Token, check, openapi};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// The variable that holds a token.
const VARIABLE: &str = "FORETASTE_TOKEN";
/// How often it is looked whether a signal came.
const LOOK: Duration = Duration::from_millis(50);

impl Serve {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        if let Some(url) = &self.check {
            let ready = check(url, time("--timeout", &self.timeout)?);
            return ready
                .map_err(|reason| Failure::new(Code::Runtime, anyhow::anyhow!("{url}: {reason}")));
        }
        if self.print_openapi {
            return print(openapi());
        }
        let options = Options {
            watch: time("--watch", &self.watch)?,
            timeout: time("--timeout", &self.timeout)?,
            drain: time("--drain", &self.drain)?,
            max_body: self.max_body,
            max_inflight: self.max_inflight as usize,
            cors: self.cors.iter().map(|origin| self::origin(origin)).collect::<Outcome<_>>()?,
            metrics_open: self.metrics_open,
            token: token(self.token_file.as_deref(), global)?,
            insecure: self.insecure,
            ..options(self.addr, global)
        };
        let model = self.model.clone().expect("the parser asks for it");
        let (titles, attributes) = (self.titles.clone(), self.attributes.clone());
        serve(Files { model, titles, attributes }, options, global)
    }
}

/// How a server is set if nothing is said but where it is.
pub(crate) fn options(addr: SocketAddr, global: &Global) -> Options {
    let say = if global.quiet { |_: &str| {} } else { |line: &str| note(line) };
    Options { addr, threads: global.threads.into(), say, ..Options::default() }
}

/// Serves until a signal comes.
pub(crate) fn serve(files: Files, options: Options, global: &Global) -> Outcome {
    // From now on, a signal asks for the end, and a second one ends at once.
    let _asking = signals::defer();
    let (path, drain) = (files.model.clone(), options.drain);
    let server = Server::start(global.registry(), files, options);
    let server = server.map_err(|error| failure(error, &path))?;
    let unknown = server.unknown_attributes();
    if unknown > 0 {
        let rows = count(unknown, "row");
        global.note(format_args!(
            "note: the model does not know the items of {rows} of the attributes"
        ));
    }
    let (method, users, items) = server.model();
    let (users, items) = (count(users as u64, "user"), count(items as u64, "item"));
    let (addr, path) = (server.addr(), path.display());
    global.note(format_args!("serves {path} ({method}, {users}, {items}) at http://{addr}/"));
    let stopper = server.stopper();
    let wait = move || {
        while !signals::asked() {
            std::thread::sleep(LOOK);
        }
        stopper.stop();
    };
    std::thread::Builder::new()
        .name("stopper".into())
        .spawn(wait)
        .map_err(|error| Failure::new(Code::Runtime, error))?;
    match server.run() {
        Ok(true) => Ok(()),
        Ok(false) => {
            let drain = humantime::format_duration(drain);
            let message = format!("some requests were not answered within {drain}");
            Err(Failure::new(Code::Runtime, anyhow::anyhow!(message))
                .help("--drain gives them longer"))
        }
        Err(error) => Err(Failure::new(Code::Runtime, error)),
    }
}

fn failure(error: Error, model: &Path) -> Failure {
    match error {
        Error::Model(foretaste::Error::Model(error)) => match error {
            foretaste::model::Error::UnknownMethod { .. }
            | foretaste::model::Error::Tensor { .. } => Failure::from(error).about(model),
            error => error.into(),
        },
        Error::Model(error) => error.into(),
        Error::Table(error) => error.into(),
        Error::Strange { .. } => Failure::new(Code::Data, error)
            .help("ids have to be written as in the data that the model was trained on"),
        Error::Open(_) => Failure::new(Code::Usage, error).help(
            "--token-file FILE names a file with one; --insecure serves everybody; \
             --addr 127.0.0.1:8080 serves this machine alone",
        ),
        Error::Bind { .. } => Failure::new(Code::Runtime, error)
            .help("--addr takes another port; 0 is any that is free"),
        _ => Failure::new(Code::Runtime, error),
    }
}

/// The token of the file, or else of the environment.
fn token(file: Option<&Path>, global: &Global) -> Outcome<Option<Token>> {
    let (text, place) = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|error| Failure::io(Code::Usage, path, &error))?;
            note_readable(path, global);
            (text, path.display().to_string())
        }
        None => match std::env::var(VARIABLE) {
            Ok(text) => (text, VARIABLE.to_owned()),
            Err(_) => return Ok(None),
        },
    };
    let token = text.trim();
    let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(Some(Token::new(token))),
        false => Err(Failure::usage(format_args!("{place}: there is no token"))
            .help("a token is one word of letters, digits and signs; e.g. what `openssl rand -hex 32` prints")),
    }
}

/// Says that others on the machine can read the token.
fn note_readable(path: &Path, global: &Global) {
    #[cfg(unix)]
    if let Ok(about) = std::fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0
    {
        let path = path.display();
        global.note(format_args!("note: {path}: others can read the token; chmod 600 keeps it"));
    }
    #[cfg(not(unix))]
    let _ = (path, global);
}

fn origin(text: &str) -> Outcome<HeaderValue> {
    let origin = text.trim_end_matches('/');
    let is_one = origin.split_once("://").is_some_and(|(scheme, host)| {
        matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', '*', ' '])
    });
    let value = HeaderValue::from_str(origin).ok().filter(|_| is_one);
    value.ok_or_else(|| {
        Failure::usage(format_args!("--cors {text}: this is no origin"))
            .help("an origin is a scheme and a host, e.g. https://shop.example")
    })
}

/// A time of a flag.
fn time(flag: &str, text: &str) -> Outcome<Duration> {
    let time = humantime::parse_duration(text).ok();
    let time = time.filter(|time| *time <= Duration::from_secs(3600));
    time.ok_or_else(|| {
        Failure::usage(format_args!("{flag} {text}: this is no time"))
            .help("e.g. 500ms, 2s or 1min; an hour at most")
    })
}
