//! What comes is not what the registry says, or leads to elsewhere.

use super::packed::{Entry, gzip, tar_gz, zip};
use super::server::{Answer, Server, fails, fetch, names};
use crate::support::{Folder, ratings};

fn folder(server: &Server, file: &str, download: &str, read: &str) -> Folder {
    let folder = Folder::new();
    folder.write("r.toml", server.registry(file, download, &format!("file = \"{read}\"")));
    folder
}

fn plain(server: &Server, download: &str) -> Folder {
    folder(server, "x.csv", download, "x.csv")
}

#[test]
fn a_wrong_checksum_is_told_beside_the_right_one_and_nothing_is_left() {
    let server = Server::of(b"abc".to_vec());
    let wrong = "0".repeat(32);
    let folder = plain(&server, &format!("md5 = \"{wrong}\"\nstated = \"publisher\""));
    let said = ["has the MD5 900150983cd24fb0d6963f7d28e17f72", &wrong, "nothing is kept"];
    fails(&folder, 3, "", &said);
    assert!(names(&folder, "x").is_empty() && !folder.path("x").exists());
    let folder = plain(&server, &format!("sha256 = \"{}\"\nstated = \"others\"", "0".repeat(64)));
    fails(&folder, 3, "", &["has the SHA-256 ba7816bf"]);
    assert!(!folder.path("x").exists());
}

#[test]
fn a_wrong_size_is_noticed_from_the_header_or_from_the_body() {
    let server = Server::of(b"abcdef".to_vec());
    fails(&plain(&server, "bytes = 5"), 3, "", &["has 6 B, the registry says 5 B"]);
    fails(&plain(&server, "bytes = 7"), 3, "", &["has 6 B, the registry says 7 B"]);
    // Without a length, the end of the connection is that of the file.
    let server = Server::new(|_, _| Answer::new("200 OK", "", b"abcdef"));
    let folder = plain(&server, "bytes = 5");
    fails(&folder, 3, "", &["has 6 B, the registry says 5 B"]);
    assert!(!folder.path("x").exists());
    fails(&plain(&server, "bytes = 7"), 1, "", &["interrupted after 6 of 7 B"]);
    assert_eq!(fetch(&plain(&server, ""), "").code, Some(0));
}

#[test]
fn redirects_to_elsewhere_are_shown_and_refused() {
    let elsewhere = Server::of(ratings().into_bytes());
    let other = format!("http://{}/x.csv", elsewhere.address);
    for (to, said) in [
        (other.as_str(), "a host that the registry does not name"),
        ("http://files.example.org/x.csv", "which is not https"),
        ("ftp://127.0.0.1/x.csv", "which is no address"),
        ("file:///etc/passwd", "which is no address"),
        ("", "which is no address"),
        ("/x.csv", "after so many redirects"),
    ] {
        let target = to.to_owned();
        let server = Server::new(move |_, _| Answer::redirect(&target));
        let folder = plain(&server, "");
        fails(&folder, 3, "", &["redirects to", to, said]);
        assert!(server.asked().len() <= 6 && !folder.path("x").exists(), "{to}");
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn what_is_not_there_or_a_web_page_is_no_file() {
    let server = Server::new(|_, _| Answer::new("404 Not Found", "Content-Length: 4\r\n", b"none"));
    let folder = plain(&server, "");
    fails(&folder, 1, "", &["x.csv: the server answers 404 Not Found", "--registry"]);
    assert!(!folder.path("x").exists());
    let page = "Content-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n";
    let server = Server::new(move |_, _| Answer::new("200 OK", page, b"<html>"));
    fails(&plain(&server, ""), 3, "", &["answers with a web page"]);
    let gone = Server::of(Vec::new());
    let folder = plain(&gone, "");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    folder.write("r.toml", folder.text("r.toml").replace(&gone.address, &closed.to_string()));
    fails(&folder, 1, "", &["x.csv: ", "refused", "HTTPS_PROXY"]);
}

const TAKE: &str = "take = [{ from = \"x/x.csv\" }]";

#[test]
fn archives_that_lead_out_of_their_folder_are_refused_whole() {
    let good: Entry<'_> = ("x/x.csv", b"1,2\n", false);
    for (bad, said) in [
        (("../evil", b"!".as_slice(), false), "\"../evil\""),
        (("x/../../evil", b"!", false), "leads out of it"),
        (("/evil", b"!", false), "\"/evil\""),
        (("x\\..\\evil", b"!", false), "leads out of it"),
        (("x/link", b"/etc/passwd", true), "has a link, \"x/link\""),
    ] {
        for entries in [[good, bad], [bad, good]] {
            for (file, body) in [("x.zip", zip(&entries)), ("x.tgz", tar_gz(&entries))] {
                let folder = folder(&Server::of(body), file, TAKE, "x.csv");
                fails(&folder, 3, "", &[file, said]);
                assert_eq!(folder.names().into_iter().collect::<Vec<_>>(), ["r.toml"]);
            }
        }
    }
    // The very file that is wanted, as a link.
    let link = [("x/x.csv", b"/etc/passwd".as_slice(), true)];
    for (file, body) in [("x.zip", zip(&link)), ("x.tgz", tar_gz(&link))] {
        fails(&folder(&Server::of(body), file, TAKE, "x.csv"), 3, "", &["has a link"]);
    }
}

#[test]
fn archives_that_are_damaged_or_of_other_contents_are_refused() {
    let rows = ratings();
    let good = [("x/x.csv", rows.as_bytes(), false)];
    let none = [("y.csv", rows.as_bytes(), false)];
    let zeros = vec![b'\n'; 40 << 20];
    let bomb = [("x/x.csv", zeros.as_slice(), false)];
    let cut = |mut packed: Vec<u8>| {
        packed.truncate(packed.len() / 2);
        packed
    };
    let flipped = |mut packed: Vec<u8>| {
        packed[200] ^= 1;
        packed
    };
    for (file, body, said) in [
        ("x.zip", zip(&none), "x.zip: has no x/x.csv"),
        ("x.tgz", tar_gz(&none), "x.tgz: has no x/x.csv"),
        ("x.zip", zip(&bomb), "unpacks to more than 64 times its size"),
        ("x.tgz", tar_gz(&bomb), "unpacks to more than 64 times its size"),
        ("x.zip", b"user,item\n1,2\n".to_vec(), "x.zip: is no zip archive"),
        ("x.zip", cut(zip(&good)), "x.zip: is no zip archive"),
        ("x.zip", flipped(zip(&good)), "x.zip: x/x.csv: "),
        ("x.tgz", b"user,item\n1,2\n".to_vec(), "x.tgz: is no tar archive"),
        ("x.tgz", cut(tar_gz(&good)), "x.tgz: "),
        ("x.tgz", flipped(tar_gz(&good)), "x.tgz: "),
    ] {
        let folder = folder(&Server::of(body), file, TAKE, "x.csv");
        fails(&folder, 3, "", &[said]);
        assert!(!folder.path("x").exists(), "{file}: {said}");
    }
    for body in [gzip(&zeros), cut(gzip(rows.as_bytes())), rows.clone().into_bytes()] {
        let folder = folder(&Server::of(body), "x.csv.gz", "", "x.csv");
        fails(&folder, 3, "", &["x.csv.gz: "]);
        assert!(!folder.path("x").exists());
    }
    let counted = "take = [{ to = \"x.csv\", as = \"counted\" }]";
    let folder = folder(&Server::of(b"2 1 2\n3 1\n".to_vec()), "u.dat", counted, "x.csv");
    fails(&folder, 3, "", &["u.dat: line 2: has 1 items, and says 3"]);
    assert!(!folder.path("x").exists());
}
