//! Downloads that end early, and go on.

use super::server::{Answer, Request, Server, command, fails, fetch, names};
#[cfg(unix)]
use crate::interrupting::is_ignored;
use crate::support::Folder;
use std::fs::File;
use std::process::Stdio;

/// Long enough to come in several pieces.
fn body() -> Vec<u8> {
    (0..60_000_u32).flat_map(|n| format!("{},{}\n", n % 977, n % 1009).into_bytes()).collect()
}

fn folder(server: &Server, download: &str) -> Folder {
    let folder = Folder::new();
    folder.write("r.toml", server.registry("x.csv", download, "file = \"x.csv\""));
    folder
}

/// The checksum of [`body`], as a fetch of it says.
fn sha256() -> String {
    let folder = folder(&Server::of(body()), "");
    fetch(&folder, "--json").json()["sources"][0]["sha256"].as_str().unwrap().to_owned()
}

const PART: [&str; 2] = ["x.csv.part", "x.csv.part.json"];

#[test]
fn an_interrupted_body_is_gone_on_with_at_once() {
    let missing = [100_000, 50_000, 0];
    let server = Server::new(move |before, request| {
        Answer::file(request, "one", &body()).without_last(missing[before])
    });
    let folder = folder(&server, "");
    let ran = fetch(&folder, "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let asked = server.asked();
    let from: Vec<usize> = asked.iter().map(Request::from).collect();
    assert_eq!(from, [0, body().len() - 100_000, body().len() - 50_000]);
    assert_eq!(asked[1].header("if-range"), Some("\"one\""));
    assert!(ran.stderr.contains("asking again"), "{ran:?}");
    assert!(folder.read("x/x.csv") == body());
}

#[test]
fn the_same_command_goes_on_where_the_last_one_ended() {
    let whole = body().len();
    let server = Server::new(move |before, request| {
        let last = if before == 0 { 300_000 } else { whole - request.from() };
        Answer::file(request, "one", &body()).without_last(if before < 2 { last } else { 0 })
    });
    let folder = folder(&server, "");
    let said = ["interrupted after", &format!("of {whole} B"), "the same command goes on"];
    fails(&folder, 1, "", &said);
    assert_eq!(names(&folder, "x"), PART);
    let came = folder.read("x/x.csv.part");
    assert!(came.len() == whole - 300_000 && body().starts_with(&came));
    let ran = fetch(&folder, "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("going on after"), "{ran:?}");
    assert_eq!(server.asked().last().unwrap().from(), came.len());
    assert!(folder.read("x/x.csv") == body());
    assert_eq!(names(&folder, "x"), ["fetched.json", "x.csv"]);
}

#[test]
fn another_file_is_not_joined_to_what_came_of_the_first() {
    let other: Vec<u8> = body().iter().rev().copied().collect();
    let new = other.clone();
    let server = Server::new(move |before, request| match before {
        0 => Answer::file(request, "one", &body()).without_last(300_000),
        1 => Answer::new("503 Service Unavailable", "Content-Length: 0\r\n", b""),
        _ => Answer::file(request, "two", &new),
    });
    let folder = folder(&server, "");
    fails(&folder, 1, "", &["503"]);
    assert_eq!(names(&folder, "x"), PART);
    let ran = fetch(&folder, "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(server.asked()[2].from() > 0 && folder.read("x/x.csv") == other);
}

#[test]
fn a_server_that_knows_no_ranges_sends_all_again() {
    for refusal in ["200 OK", "416 Range Not Satisfiable"] {
        let server = Server::new(move |before, request| {
            let all =
                Answer::new("200 OK", &format!("Content-Length: {}\r\n", body().len()), &body());
            match (before, request.from()) {
                (0, _) => all.without_last(300_000),
                (1, _) => Answer::new("503 Service Unavailable", "Content-Length: 0\r\n", b""),
                (_, 1..) if refusal != "200 OK" => {
                    Answer::new(refusal, "Content-Length: 0\r\n", b"")
                }
                _ => all,
            }
        });
        // Of a file without a tag, the checksum will tell whether the parts belong together.
        let folder = folder(&server, &format!("sha256 = \"{}\"\nstated = \"others\"", sha256()));
        fails(&folder, 1, "", &["503"]);
        assert_eq!(names(&folder, "x"), PART);
        let ran = fetch(&folder, "");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(server.asked()[2].from() > 0 && folder.read("x/x.csv") == body());
    }
}

#[test]
fn a_server_that_hangs_is_not_waited_for_forever() {
    let silent = Server::new(|_, _| Answer::silence());
    let folder1 = folder(&silent, "");
    fails(&folder1, 1, "--timeout 1", &["nothing came for 1 s, after 0 B", "--timeout"]);
    assert!(names(&folder1, "x").is_empty());
    let halting = Server::new(|before, request| {
        let answer = Answer::file(request, "one", &body()).without_last(300_000);
        if before == 0 { answer.hanging() } else { Answer::silence() }
    });
    let folder2 = folder(&halting, "");
    fails(&folder2, 1, "--timeout 1", &["nothing came for 1 s"]);
    assert_eq!(folder2.read("x/x.csv.part").len(), body().len() - 300_000);
}

#[test]
fn a_server_that_sends_more_than_it_said_is_told_from_a_registry_that_is_wrong() {
    let whole = body().len();
    let server = Server::new(move |before, request| {
        if before == 0 {
            return Answer::file(request, "one", &body()).without_last(300_000);
        }
        // Of as many bytes as there will be.
        let rest = [&body()[request.from()..], b"more"].concat();
        let range = format!("Content-Range: bytes {}-/*\r\n", request.from());
        Answer::new("206 Partial Content", &range, &rest)
    });
    let folder = folder(&server, "");
    let said = [format!("x.csv: has {} B, the server said {whole} B", whole + 4)];
    fails(&folder, 3, "", &[&said[0]]);
    assert!(!folder.path("x").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_what_came() {
    let server = Server::new(|before, request| {
        let answer = Answer::file(request, "one", &body());
        if before == 0 { answer.without_last(300_000).hanging() } else { answer }
    });
    let folder = folder(&server, "");
    let mut command = command(&folder, "x --accept-terms");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let part = folder.path("x/x.csv.part");
    let came = || std::fs::metadata(&part).map_or(0, |found| found.len() as usize);
    while came() < body().len() - 300_000 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(child.try_wait().unwrap().is_none());
    }
    // Jobs in the background of a script ignore the first.
    let (signal, code) = if is_ignored(2) { ("-TERM", 143) } else { ("-INT", 130) };
    let killed =
        std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(code));
    assert_eq!(names(&folder, "x"), PART);
    let ran = fetch(&folder, "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(server.asked()[1].from() > 0 && folder.read("x/x.csv") == body());
}

#[test]
fn two_processes_do_not_write_to_one_part() {
    let server = Server::of(body());
    let folder = folder(&server, "");
    std::fs::create_dir(folder.path("x")).unwrap();
    let part = File::create(folder.path("x/x.csv.part")).unwrap();
    part.lock().unwrap();
    fails(&folder, 1, "", &["x.csv.part: another process is downloading this"]);
    assert!(server.asked().is_empty());
    drop(part);
    assert_eq!(fetch(&folder, "").code, Some(0));
}

/// A file may be no larger than this many blocks of 512 B, as if the disk were full then.
#[cfg(unix)]
fn on_a_full_disk(folder: &Folder, blocks: u32) -> crate::support::Ran {
    let fetch = command(folder, "x --accept-terms");
    let mut shell = std::process::Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(fetch.get_program()).args(fetch.get_args());
    shell.current_dir(folder.path(""));
    for (name, value) in fetch.get_envs() {
        assert!(value.is_none(), "{name:?}");
        shell.env_remove(name);
    }
    super::server::ran(shell)
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_output_and_can_be_gone_on_with() {
    let server = Server::of(body());
    let folder = folder(&server, "");
    let ran = on_a_full_disk(&folder, 400);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.lines("error: x/x.csv.part: ").len() == 1, "{ran:?}");
    assert!(ran.lines("help: make room").len() == 1, "{ran:?}");
    assert_eq!(names(&folder, "x"), PART);
    assert!(body().starts_with(&folder.read("x/x.csv.part")));
    assert_eq!(fetch(&folder, "").code, Some(0));
    assert!(folder.read("x/x.csv") == body() && server.asked()[1].from() > 0);
}
