//! What may be listed, by files.

use crate::support::{Folder, foretaste, items};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Stdio;

/// The best of each user's whole list that pass, k of them.
fn expected(whole: &[Value], k: usize, passes: impl Fn(&Value, &str) -> bool) -> Vec<Vec<String>> {
    let best = |list: &Value| {
        let all = items(list).into_iter();
        all.filter(|item| passes(&list["user"], item)).take(k).collect()
    };
    whole.iter().map(best).collect()
}

fn listed(folder: &Folder, arguments: &str) -> Vec<Vec<String>> {
    folder.ok(arguments).json_lines().iter().map(items).collect()
}

#[test]
fn filters_are_exact_for_users_and_anybody() {
    let folder = Folder::trained();
    let allowed: Vec<u32> = (0..30).filter(|item| item % 2 == 0).collect();
    let lines: String = allowed.iter().map(|item| format!("{item}\n")).collect();
    folder.write("allow.txt", lines);
    folder.write("deny.csv", "title,item\nTea,4\nJam,6\n");
    folder.write("pairs.csv", "user,item\n3,8\n3,10\n5,8\n7,12\n");
    let denied: BTreeSet<(&str, &str)> =
        BTreeSet::from([("3", "8"), ("3", "10"), ("5", "8"), ("7", "12")]);
    let even = |item: &str| item.parse::<u32>().unwrap() % 2 == 0;
    for who in ["--all", "--histories good.csv"] {
        let all = format!("recommend good.model {who} --json");
        let whole = folder.ok(&format!("{all} -k 30")).json_lines();
        let all = format!("{all} -k 4");
        assert_eq!(
            listed(&folder, &format!("{all} --allow allow.txt")),
            expected(&whole, 4, |_, item| even(item))
        );
        assert_eq!(
            listed(
                &folder,
                &format!("{all} --allow allow.txt --deny deny.csv --deny-pairs pairs.csv")
            ),
            expected(&whole, 4, |user, item| {
                let pair = (user.as_str().unwrap(), item);
                even(item) && !["4", "6"].contains(&item) && !denied.contains(&pair)
            })
        );
        assert_eq!(
            listed(&folder, &format!("{all} --deny-pairs pairs.csv")),
            expected(&whole, 4, |user, item| !denied.contains(&(user.as_str().unwrap(), item)))
        );
    }
    let whole = [folder.ok("recommend good.model --items 1,2 -k 30 --json").json()];
    assert_eq!(
        listed(&folder, "recommend good.model --items 1,2 -k 4 --allow allow.txt --json"),
        expected(&whole, 4, |_, item| even(item))
    );
}

#[test]
fn filters_hold_for_the_popular_list() {
    let folder = Folder::trained();
    let all = "recommend good.model --user zz --user yy --fallback popularity --json";
    let whole = folder.ok(&format!("{all} -k 30")).json_lines();
    let best = items(&whole[0]);
    assert_eq!(best.len(), 30);
    folder.write("deny.txt", &best[0]);
    folder.write("pairs.csv", format!("user,item\nyy,{}\n", best[1]));
    let ran = folder.ok(&format!("{all} -k 3 --deny deny.txt --deny-pairs pairs.csv"));
    let lists: Vec<Vec<String>> = ran.json_lines().iter().map(items).collect();
    assert_eq!(lists, [&best[1..4], &best[2..5]]);
    assert!(!ran.stderr.contains("note: "), "{ran:?}");
}

#[test]
fn what_leaves_fewer_is_told_once() {
    let folder = Folder::trained();
    folder.write("few.txt", "1\n2\n3\n");
    let ran = folder.ok("recommend good.model --all --allow few.txt --json");
    let lists: Vec<Vec<String>> = ran.json_lines().iter().map(items).collect();
    assert!(lists.len() == 40 && lists.iter().all(|list| list.len() <= 3), "{ran:?}");
    let none = lists.iter().filter(|list| list.is_empty()).count();
    let none = if none > 0 { format!(", {none} of them none") } else { String::new() };
    let note = format!(
        "note: 40 of 40 users got fewer than 10 items{none}: the filters and what they had leave no more"
    );
    assert_eq!(ran.lines("note: "), [note]);

    let everything: String = (0..30).map(|item| format!("{item}\n")).collect();
    folder.write("everything.txt", everything);
    let ran = folder.ok("recommend good.model --all --with-seen --deny everything.txt --json");
    assert!(
        ran.json_lines().iter().all(|list| items(list).is_empty()) && ran.json_lines().len() == 40
    );
    let note =
        "note: 40 of 40 users got fewer than 10 items, 40 of them none: the filters leave no more";
    assert_eq!(ran.lines("note: "), [note]);
}

#[test]
fn ids_of_filters_that_the_model_does_not_know_are_told() {
    let folder = Folder::trained();
    folder.write("some.txt", "item\n1\nzz\n2\nyy\n");
    folder.write("none.txt", "zz\nyy\n");
    folder.write("pairs.csv", "user,item\n3,8\n3,zz\nxx,8\n");
    folder.write("empty.txt", "\n");
    folder.write("header.csv", "user,item\n");
    let list = "recommend good.model --user 3 -k 1 --json";
    let notes = |filter: &str| {
        let ran = folder.ok(&format!("{list} {filter}"));
        ran.lines("note: ").join("\n")
    };
    let some = "note: some.txt: the model does not know 2 of 4 items (\"zz\", \"yy\"): left out";
    assert_eq!(notes("--allow some.txt"), some);
    assert_eq!(notes("--deny some.txt"), some);
    let pairs = "pairs.csv: the model does not know the user or the item of 2 of 3 pairs";
    assert_eq!(notes("--deny-pairs pairs.csv"), format!("note: {pairs}: left out"));
    assert_eq!(notes("--deny empty.txt"), "note: empty.txt: the file is empty: it denies nothing");
    let header = "note: header.csv: the file is empty: it denies nothing";
    assert_eq!(notes("--deny-pairs header.csv"), header);
    for (filter, said) in [
        ("--allow none.txt", ["none.txt: the model knows none of 2 items", "such as \"0\""]),
        ("--deny none.txt", ["none.txt: the model knows none of 2 items", "such as \"0\""]),
        ("--allow empty.txt", ["empty.txt: the file is empty", "one item id a line"]),
        ("--allow missing.txt", ["missing.txt: no such file", "one item id a line"]),
        ("--deny missing.txt", ["missing.txt: no such file", "one item id a line"]),
        (
            "--allow some.txt --strict",
            ["some.txt:3: the model has no item \"zz\" (nor 1 other)", ""],
        ),
        ("--deny some.txt --strict", ["some.txt:3: the model has no item \"zz\"", "--strict"]),
        ("--deny-pairs pairs.csv --strict", [pairs, "without --strict"]),
    ] {
        folder.fails_saying(3, &format!("{list} {filter}"), &said);
    }
}

/// However a list of items is written, it says the same; from stdin, too.
#[test]
fn lists_of_ids_are_read_as_other_files_are() {
    let folder = Folder::trained();
    let list = "recommend good.model --user 3 -k 28 --with-seen --json";
    let whole = items(&folder.ok(&format!("{list} -k 30").replace("-k 28 ", "")).json());
    let [a, b] = [&whole[0], &whole[1]];
    for (name, text) in [
        ("two.csv", format!("{a},sold out\n{b},late\n")),
        ("quoted.txt", format!("\"{a}\"\n\"{b}\"\n")),
        ("line.txt", format!("{a},{b}\n")),
        ("lines.jsonl", format!("{{\"item\":\"{a}\"}}\n{{\"item\":{b},\"why\":\"late\"}}\n")),
    ] {
        folder.write(name, &text);
        let ran = folder.ok(&format!("{list} --deny {name}"));
        assert_eq!((items(&ran.json()), ran.stderr.as_str()), (whole[2..].to_vec(), ""), "{name}");
        let (code, stdout, stderr) = piped(&folder, &format!("{list} --deny -"), &text);
        assert_eq!((code, stdout, stderr.as_str()), (Some(0), ran.stdout, ""), "{name}");
    }
    let (code, stdout, stderr) = piped(
        &folder,
        "recommend good.model --users - --json",
        "{\"user\":3}\n{\"user\":\"zz\"}\n",
    );
    assert_eq!((code, stdout.lines().count()), (Some(0), 1));
    assert!(stderr.contains("note: stdin: the model does not know 1 of 2 users"), "{stderr}");
    let twice = "recommend good.model --users - --deny -";
    assert_eq!(piped(&folder, twice, "3\n").0, Some(2));
}

/// Runs a line with something on stdin: exit code, stdout, stderr.
fn piped(folder: &Folder, arguments: &str, text: &str) -> (Option<i32>, String, String) {
    use std::io::Write;
    let mut command = foretaste(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
