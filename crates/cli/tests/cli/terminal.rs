//! Ids, titles and names that would command a terminal.

use crate::support::Folder;

/// Every control character, a separator and an override, but those that no id or no file of text
/// can hold: line breaks and zero.
fn commands() -> Vec<char> {
    let codes = (1..0x20).chain(0x7f..0xa0).filter(|code| ![0x0a, 0x0d].contains(code));
    codes.chain([0x2028, 0x2029, 0x202e, 0x2066]).filter_map(char::from_u32).collect()
}

/// A model of users and items with a control character each, and their titles.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut rows = "user,item\n".to_owned();
    let mut titles = "item,title\n".to_owned();
    for (n, command) in commands().into_iter().enumerate() {
        rows += &format!("\"u{n}{command}[2J\",\"i{n}{command}[2J\"\n\"u{n}{command}[2J\",\"j\"\n");
        titles += &format!("\"i{n}{command}[2J\",\"t{command}\r\nis{command}[31m\"\n");
    }
    folder.write("odd.csv", rows);
    folder.write("titles.csv", titles);
    folder.ok("train odd.csv -o odd.model --model popularity");
    folder
}

fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || !(c.is_control() || commands().contains(&c)))
}

#[test]
fn what_people_read_commands_no_terminal() {
    let folder = folder();
    let user = format!("u0{}[2J", commands()[0]);
    let item = format!("i5{}[2J", commands()[5]);
    for (rows, arguments) in [
        (
            None,
            vec![
                "recommend",
                "odd.model",
                "--all",
                "--titles",
                "titles.csv",
                "--with-seen",
                "-k",
                "99",
            ],
        ),
        (
            Some(2 + commands().len()),
            vec![
                "recommend",
                "odd.model",
                "--user",
                &user,
                "--titles",
                "titles.csv",
                "--with-seen",
                "-k",
                "99",
            ],
        ),
        (None, vec!["inspect", "odd.csv"]),
    ] {
        let ran = folder.run_with(&arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{ran:?}");
        // A row is a line, whatever is in the titles.
        let lines = ran.stdout.lines().count();
        assert!(rows.is_none_or(|rows| lines == rows), "{lines} lines in {ran:?}");
    }
    for arguments in [
        vec!["recommend", "odd.model", "--user", "\u{1b}[2J\u{9b}2J"],
        vec!["similar", "odd.model", "--item", &item],
        vec!["inspect", "\u{9b}2J\u{202e}.csv"],
        vec!["train", "odd.csv", "-o", "none\u{9b}/m.model"],
        vec!["train", "odd.csv", "-o", "m.model", "--model", "\u{1b}[2J"],
        vec!["train", "odd.csv", "-o", "m.model", "--factors", "\u{1b}[2J\u{9b}"],
        vec!["\u{1b}[2J\u{9b}"],
    ] {
        let ran = folder.run_with(&arguments);
        assert!(ran.code != Some(0) && !ran.stderr.is_empty(), "{ran:?}");
        assert!(is_harmless(&ran.stderr) && ran.stdout.is_empty(), "{ran:?}");
    }
}

#[test]
fn programs_get_the_exact_ids() {
    let folder = folder();
    let json = folder.ok("recommend odd.model --all --with-seen -k 99 --json --titles titles.csv");
    assert!(is_harmless(&json.stdout), "{json:?}");
    let csv = folder.ok("recommend odd.model --all --with-seen -k 99 --format csv");
    for (n, command) in commands().into_iter().enumerate() {
        let user = format!("u{n}{command}[2J");
        assert!(csv.stdout.contains(&user), "{user:?}");
        let line = json.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        let mut line = line.filter(|line: &serde_json::Value| line["user"] == user.as_str());
        let items = line.next().unwrap()["items"].clone();
        let item = format!("i{n}{command}[2J");
        assert!(items.as_array().unwrap().iter().any(|i| i["item"] == item.as_str()), "{item:?}");
    }
}
