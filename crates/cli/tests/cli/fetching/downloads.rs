//! Downloads that succeed, to a first model.

use super::packed::{gzip, tar_gz, zip};
use super::server::{Answer, Server, command, fails, fetch, names, ran};
use crate::support::{Folder, ratings, rows};

/// [`rows`] with tabs and without a header, as MovieLens 100K has them.
fn tabbed() -> String {
    let line = |row: [u32; 4]| row.map(|field| field.to_string()).join("\t") + "\n";
    rows().into_iter().map(line).collect()
}

/// [`rows`] as lists of items by user, each behind what `start` makes of user and length.
fn lists(start: impl Fn(u32, usize) -> String) -> String {
    let list = |user| {
        let items = rows().into_iter().filter(|row| row[0] == user).map(|row| row[1].to_string());
        let items: Vec<String> = items.collect();
        format!("{} {}\n", start(user, items.len()), items.join(" "))
    };
    (0..40).map(list).collect()
}

/// [`rows`] as a matrix of ratings.
fn matrix() -> String {
    let mut cells = vec![vec![0; 30]; 40];
    rows().iter().for_each(|row| cells[row[0] as usize][row[1] as usize] = row[2]);
    let line = |row: &Vec<u32>| row.iter().map(u32::to_string).collect::<Vec<_>>().join(" ") + "\n";
    cells.iter().map(line).collect()
}

#[test]
fn from_a_name_to_a_first_model() {
    let [tabbed, matrix] = [tabbed(), matrix()];
    let [tabbed, matrix] = [tabbed.as_bytes(), matrix.as_bytes()];
    let counted = lists(|_, length| length.to_string());
    let colons = String::from_utf8(tabbed.to_vec()).unwrap().replace('\t', "::");
    let columns = "columns = \"user=1,item=2,rating=3,time=4\", positive = \"rating>=2\"";
    for (file, body, take, read) in [
        (
            "x.zip",
            zip(&[("x/u.data", tabbed, false), ("x/README", b"Hello", false)]),
            "take = [{ from = \"x/u.data\" }, { from = \"x/NONE\", optional = true }]",
            format!("file = \"u.data\", {columns}"),
        ),
        (
            "x.tar.gz",
            tar_gz(&[("./x/ratings.dat", colons.as_bytes(), false), ("y", b"", false)]),
            "take = [{ from = \"x/ratings.dat\" }]",
            format!("file = \"ratings.dat\", {columns}"),
        ),
        ("x.csv.gz", gzip(ratings().as_bytes()), "", "file = \"x.csv\"".to_owned()),
        (
            "users.dat",
            counted.into_bytes(),
            "take = [{ to = \"interactions.csv\", as = \"counted\" }]",
            "file = \"interactions.csv\"".to_owned(),
        ),
        (
            "coat.zip",
            zip(&[("train.ascii", matrix, false), ("test.ascii", matrix, false)]),
            "take = [{ from = \"train.ascii\", to = \"train.csv\", as = \"matrix\" }, \
             { from = \"test.ascii\", to = \"test.csv\", as = \"matrix\" }]",
            "file = \".\", positive = \"rating>=4\"".to_owned(),
        ),
        (
            "train.txt",
            lists(|user, _| user.to_string()).into_bytes(),
            "[[dataset.download]]\nurl = \"http://ADDRESS/test.txt\"",
            "file = \".\"".to_owned(),
        ),
    ] {
        let (folder, server) = (Folder::new(), Server::of(body));
        let take = take.replace("ADDRESS", &server.address);
        folder.write("r.toml", server.registry(file, &take, &read));
        let ran = fetch(&folder, "");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains("note: terms: Be kind."), "{ran:?}");
        assert!(!names(&folder, "x").iter().any(|name| name.contains(".part")), "{file}");
        let next = ran.lines("next: foretaste ");
        assert_eq!(next.len(), 2, "{ran:?}");
        for line in next {
            let arguments = line.strip_prefix("next: foretaste ").unwrap().replace('\'', "");
            let held_out = file == "train.txt" || file == "coat.zip";
            // Test rows that are in the training part, too, are in no list.
            if !(held_out && arguments.starts_with("evaluate")) {
                folder.ok(&arguments);
            }
        }
        assert!(folder.path("x.model").is_file(), "{file}");
    }
}

#[test]
fn where_files_are_from_is_beside_them() {
    let folder = Folder::new();
    let server = Server::of(ratings().into_bytes());
    folder.write("r.toml", server.registry("x.csv", "", "file = \"x.csv\""));
    let ran = fetch(&folder, "-o deep/er --json");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("nothing to verify it by is known"), "{ran:?}");
    assert_eq!(names(&folder, "deep/er"), ["fetched.json", "x.csv"]);
    assert_eq!(folder.text("deep/er/x.csv"), ratings());
    let json = ran.json();
    let stored: serde_json::Value =
        serde_json::from_str(&folder.text("deep/er/fetched.json")).unwrap();
    assert_eq!(json["files"], stored["files"]);
    assert_eq!(json["sources"], stored["sources"]);
    assert_eq!(stored["sources"][0]["etag"], "\"one\"");
    assert_eq!(stored["sources"][0]["verified"], serde_json::Value::Null);
    assert_eq!(stored["files"][0]["bytes"], ratings().len());
    assert_eq!(stored["terms"], "Be kind.");
}

#[test]
fn checksums_that_are_right_are_told_as_verified() {
    let folder = Folder::new();
    // The MD5 and the SHA-256 of these three letters are in every standard.
    let server = Server::of(b"abc".to_vec());
    for sum in [
        "md5 = \"900150983cd24fb0d6963f7d28e17f72\"",
        "sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
    ] {
        let sums = format!("bytes = 3\n{sum}\nstated = \"publisher\"");
        folder.write("r.toml", server.registry("x.csv", &sums, "file = \"x.csv\""));
        let ran = fetch(&folder, "--force");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains("as the publisher states"), "{ran:?}");
    }
}

#[test]
fn nothing_is_asked_for_before_the_terms_are_accepted() {
    let folder = Folder::new();
    let server = Server::of(ratings().into_bytes());
    folder.write("r.toml", server.registry("x.csv", "", "file = \"x.csv\""));
    let ran = ran(command(&folder, "x"));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    for said in ["note: terms: Be kind.", "not accepted", "https://x.org; --accept-terms"] {
        assert!(ran.stderr.contains(said), "{said:?} is not in {ran:?}");
    }
    assert!(server.asked().is_empty() && names(&folder, "x").is_empty());
}

#[test]
fn files_that_are_there_are_replaced_only_by_force() {
    let folder = Folder::new();
    let body = zip(&[("x.csv", ratings().as_bytes(), false)]);
    let server = Server::of(body.clone());
    let take = "take = [{ from = \"x.csv\" }]";
    folder.write("r.toml", server.registry("x.zip", take, "file = \"x.csv\""));
    std::fs::create_dir(folder.path("x")).unwrap();
    for name in ["x.csv", "fetched.json", "x.zip"] {
        folder.write(&format!("x/{name}"), "mine");
        fails(&folder, 2, "--keep-archive", &[name, "exists already", "--force"]);
        assert_eq!(names(&folder, "x"), [name]);
        std::fs::remove_file(folder.path(&format!("x/{name}"))).unwrap();
    }
    assert!(server.asked().is_empty());
    folder.write("x/x.csv", "mine");
    let ran = fetch(&folder, "--keep-archive --force");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(names(&folder, "x"), ["fetched.json", "x.csv", "x.zip"]);
    assert!(folder.read("x/x.zip") == body && folder.text("x/x.csv") == ratings());
}

/// What appears in the folder during the download is in the way of the archive, or of an output.
#[test]
fn archives_are_kept_with_the_outputs_or_not_at_all() {
    for (blocked, code) in [("x.zip", 1), ("x.csv", 2)] {
        let folder = Folder::new();
        let body = zip(&[("x.csv", ratings().as_bytes(), false)]);
        let path = folder.path("x").join(blocked).join("mine");
        let server = Server::new(move |_, request| {
            std::fs::create_dir_all(&path).unwrap();
            Answer::file(request, "one", &body)
        });
        let take = "take = [{ from = \"x.csv\" }]";
        folder.write("r.toml", server.registry("x.zip", take, "file = \"x.csv\""));
        fails(&folder, code, "--keep-archive", &[blocked]);
        assert_eq!(names(&folder, "x"), [blocked, "x.zip.part", "x.zip.part.json"]);
        std::fs::remove_dir_all(folder.path("x").join(blocked)).unwrap();
        let ran = fetch(&folder, "--keep-archive");
        // The part was whole: nothing was asked for again.
        assert_eq!((ran.code, server.asked().len()), (Some(0), 1), "{ran:?}");
        assert_eq!(names(&folder, "x"), ["fetched.json", "x.csv", "x.zip"]);
    }
}

#[test]
fn redirects_are_followed_to_hosts_that_the_registry_names() {
    let folder = Folder::new();
    let there = Server::of(ratings().into_bytes());
    let to = format!("http://{}/y.csv", there.address);
    let here = Server::new(move |_, request| match request.path() {
        "/x.csv" => Answer::redirect("z.csv"),
        _ => Answer::redirect(&to),
    });
    let registry = here.registry("x.csv", "", "file = \"x.csv\"");
    let named = format!("redirects = [\"{}\"]\n[[dataset.download]]", there.address);
    folder.write("r.toml", registry.replace("[[dataset.download]]", &named));
    let ran = fetch(&folder, "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stderr.contains(&format!("redirected to http://{}/y.csv", there.address)),
        "{ran:?}"
    );
    assert_eq!(here.asked().len(), 2);
    assert_eq!(folder.text("x/x.csv"), ratings());
}

#[test]
fn a_proxy_of_the_environment_is_asked() {
    let folder = Folder::new();
    let server = Server::of(ratings().into_bytes());
    let proxy = Server::new(|_, _| Answer::new("403 Forbidden", "Content-Length: 0\r\n", b""));
    folder.write("r.toml", server.registry("x.csv", "", "file = \"x.csv\""));
    let mut command = command(&folder, "x --accept-terms");
    command.env("ALL_PROXY", format!("http://{}", proxy.address));
    let ran = ran(command);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!((proxy.asked().len(), server.asked().len()), (1, 0), "{ran:?}");
}
