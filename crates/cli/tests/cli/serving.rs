//! A model behind HTTP, by the command; what the server does is tested where it is.

use crate::support::Folder;

#[cfg(not(feature = "serve"))]
#[test]
fn without_the_feature_it_is_said_how_to_have_it() {
    let folder = Folder::new();
    for arguments in ["serve m.model", "serve --print-openapi", "demo --serve"] {
        folder.fails_saying(2, arguments, &["without serving", "--features serve"]);
    }
}

#[test]
fn addresses_times_and_sizes_that_can_not_be() {
    let folder = Folder::new();
    folder.fails_saying(2, "serve", &["<MODEL>"]);
    folder.fails_saying(2, "serve m --addr nowhere", &["HOST:PORT"]);
    folder.fails_saying(2, "serve m --max-body 1G", &["from 1 to 64M"]);
    folder.fails_saying(2, "serve m --max-inflight 0", &["1..=65536"]);
}

#[cfg(all(unix, feature = "serve"))]
mod served {
    use super::*;
    use crate::interrupting::is_ignored;
    use crate::support::foretaste;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::process::{Child, Command, Stdio};

    /// A server, its address, and the rest of what it says.
    struct Server(Child, String);

    impl Server {
        fn start(folder: &Folder, arguments: &str) -> Self {
            let mut command = foretaste(folder, arguments);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let line = lines.find_map(|line| line.ok().filter(|line| line.contains("http://")));
            let line = line.expect("a line with the address");
            std::thread::spawn(move || lines.count());
            let addr = line.split_once("http://").unwrap().1.trim_end_matches('/').to_owned();
            Self(child, addr)
        }

        fn get(&self, path: &str) -> String {
            let mut stream = TcpStream::connect(&self.1).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.split_once("\r\n\r\n").unwrap().1.to_owned()
        }

        /// Asks for the end, and gives the exit code.
        fn end(&mut self) -> Option<i32> {
            let id = self.0.id().to_string();
            assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
            self.0.wait().unwrap().code()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
        }
    }

    #[test]
    fn lists_are_those_of_recommend_and_a_signal_ends_it_well() {
        let folder = Folder::trained();
        let mut server = Server::start(&folder, "serve good.model --addr 0");
        let list = folder.ok("recommend good.model --user 1 -k 4 --json").stdout;
        let answer = server.get("/v1/users/1/recommendations?k=4");
        assert!(answer.ends_with(&format!("\"lists\":[{}]}}", list.trim())), "{answer} {list}");
        folder.ok(&format!("serve --check http://{}", server.1));
        let port = server.1.rsplit_once(':').unwrap().1.to_owned();
        let taken = format!("serve good.model --addr {port}");
        folder.fails_saying(1, &taken, &[&server.1, "--addr takes another port"]);
        if !is_ignored(15) {
            assert_eq!(server.end(), Some(0));
            folder.fails_saying(1, &format!("serve --check http://{}", server.1), &[&server.1]);
        }
    }

    #[test]
    fn what_can_not_be_served_is_told() {
        let folder = Folder::trained();
        folder.fails_saying(4, "serve none.model", &["none.model", "no such file"]);
        folder.write("bad.model", "nothing");
        folder.fails_saying(4, "serve bad.model", &["bad.model"]);
        let open = "serve good.model --addr 0.0.0.0:0";
        folder.fails_saying(2, open, &["there is no token", "--token-file", "--insecure"]);
        folder.write("token", " \n");
        folder.fails_saying(
            2,
            "serve good.model --token-file token",
            &["token: there is no token"],
        );
        folder.fails_saying(2, "serve good.model --watch soon", &["--watch soon", "500ms"]);
        folder.fails_saying(2, "serve good.model --cors *", &["this is no origin"]);
        folder.write("titles.csv", "item,title\nzzz,Z\n");
        let strange = "serve good.model --titles titles.csv --addr 0";
        folder.fails_saying(3, strange, &["titles.csv", "no title for any item"]);
        let description = folder.ok("serve --print-openapi").stdout;
        assert!(description.contains("\"/v1/recommend\"") && description.contains("3.1"));
    }

    #[test]
    fn the_demo_is_served_by_one_command() {
        let folder = Folder::new();
        let server = Server::start(&folder, "demo --serve 0");
        assert!(server.get("/").contains("<html"));
        let answer = server.get("/v1/items?q=puppy&limit=1");
        assert!(answer.contains("Puppy"), "{answer}");
        assert!(server.get("/v1/model").contains("\"genre\""));
    }
}
