//! Files of interactions that can't be used, or only with a remark.

use crate::support::{Folder, ratings, rows};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once('\u{feff}').chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect()
}

/// File, content, and what has to be said of it.
type Case = (&'static str, Vec<u8>, &'static [&'static str]);

fn whole_files() -> Vec<Case> {
    let cut = gzip(&ratings());
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let long = ["user,item\n1,2\n", &"x".repeat(10_000_000), ",3\n4,5\n"].concat();
    vec![
        ("empty.csv", vec![], &["error: empty.csv: the file is empty"]),
        ("blank.csv", b"\n \n\r\n".into(), &["error: blank.csv: the file is empty"]),
        (
            "header.csv",
            b"user,item\n".into(),
            &["header.csv: the file has a header and no rows", "--no-header"],
        ),
        ("binary.csv", binary, &["binary.csv: this is a binary file", "UTF-8 text"]),
        ("utf16.csv", utf16("user,item\n1,2\n"), &["utf16.csv: this is a binary file", "UTF-16"]),
        (
            "cut.csv.gz",
            cut[..cut.len() / 2].into(),
            &["cut.csv.gz: the gzip data ends too early", "again"],
        ),
        (
            "garbage.csv.zst",
            b"\x28\xb5\x2f\xfdgarbage garbage garbage".into(),
            &["garbage.csv.zst: the zstd data is damaged", "again"],
        ),
        ("long.csv", long.into(), &["long.csv:3: the row is longer than", "--delimiter"]),
    ]
}

fn bad_rows() -> Vec<Case> {
    vec![
        (
            "word.csv",
            b"user,item,rating\n1,2,five\n2,3,4\n".into(),
            &["error: word.csv:2: rating \"five\" is not a number", "--on-bad-row skip"],
        ),
        (
            "nan.csv",
            b"user,item,rating\n1,2,3\n2,3,NaN\n".into(),
            &["nan.csv:3: rating \"NaN\" is not a finite number", "--on-bad-row skip"],
        ),
        (
            "inf.csv",
            b"user,item,rating\r\n1,2,inf\r\n2,3,4\r\n".into(),
            &["inf.csv:2: rating \"inf\" is not a finite number", "--on-bad-row skip"],
        ),
        (
            "mixed.csv",
            b"user,item\n1,2\n1;3\n2\t3\n".into(),
            &["mixed.csv:3: found 1 field(s), expected at least 2", "--delimiter"],
        ),
        (
            "empty-id.csv",
            b"user,item\n1,2\n,3\n".into(),
            &["empty-id.csv:3: the user id is empty", "--on-bad-row skip"],
        ),
    ]
}

/// Times are read where they are needed only: by a split by time.
fn bad_times() -> Vec<Case> {
    vec![(
        "date.csv",
        b"user,item,time\n1,2,yesterday\n2,3,5\n1,3,6\n2,2,7\n3,2,8\n3,4,9\n".into(),
        &["date.csv:2: time \"yesterday\" is neither a number nor a date", "seconds since 1970"],
    )]
}

fn open_quotes() -> Vec<Case> {
    let said = &[":3: a quoted field starts in this row and never ends", "close the quote"];
    vec![
        ("middle.csv", b"user,item\n1,2\n1,\"3\n2,3\n3,4\n".into(), said),
        ("last.csv", b"user,item\n1,2\n1,\"3".into(), said),
    ]
}

#[test]
fn what_is_wrong_is_said_with_file_line_and_remedy_by_every_command() {
    let folder = Folder::trained();
    for (name, content, said) in [whole_files(), bad_rows(), open_quotes()].concat() {
        folder.write(name, content);
        let words: Vec<&str> = std::iter::once(name).chain(said.iter().copied()).collect();
        folder.fails_saying(3, &format!("inspect {name}"), &words);
        folder.fails_saying(3, &format!("train {name} -o new.model"), &words);
        folder.fails_saying(3, &format!("evaluate good.model {name}"), &words);
        folder.fails_saying(3, &format!("split {name} -o parts"), &words);
    }
    for (name, content, said) in bad_times() {
        folder.write(name, content);
        for by in ["last-one", "user-time", "time"] {
            folder.fails_saying(3, &format!("split {name} -o parts --by {by}"), said);
        }
        for command in ["inspect", "split -o parts --by random-one --valid 0"] {
            let ran = folder.ok(&format!("{command} {name}"));
            let note = format!("note: {name}: times are left out, the first that can't be read");
            assert!(ran.lines("note: ")[0].starts_with(&note), "{ran:?}");
        }
        assert_eq!(folder.text("parts/test.csv").lines().next(), Some("user,item"));
        let ran = folder.ok(&format!("train {name} -o new.model --epochs 1"));
        assert_eq!(ran.lines("note: "), [""; 0]);
    }
}

#[test]
fn skipping_drops_and_counts_bad_rows_and_nothing_else() {
    let folder = Folder::new();
    for (name, content, said) in bad_rows() {
        folder.write(name, content);
        let ran = folder.ok(&format!("inspect {name} --json --on-bad-row skip"));
        let expected = if name == "mixed.csv" { 2 } else { 1 };
        assert_eq!(ran.json()["bad_rows"], expected, "{ran:?}");
        let note = ran.lines("note: ")[0].to_owned();
        let reason = said[0].rsplit_once(": ").unwrap().1;
        assert!(note.starts_with(&format!("note: {name}: skipped {expected} bad row")), "{note}");
        assert!(note.contains("the first in line") && note.contains(reason), "{note}");
    }
    for (name, content, _) in bad_times() {
        folder.write(name, content);
        let split = format!("split {name} -o parts --by last-one --valid 0 --on-bad-row skip");
        let note = folder.ok(&split).lines("note: ")[0].to_owned();
        assert!(
            note.starts_with("note: date.csv: skipped 1 bad row, the first in line 2"),
            "{note}"
        );
    }
    for (name, content, said) in open_quotes() {
        folder.write(name, content);
        folder.fails_saying(3, &format!("inspect {name} --on-bad-row skip"), said);
    }
    folder.write("all.csv", "user,item,rating\n1,2,x\n2,3,y\n");
    folder.fails_saying(3, "inspect all.csv --on-bad-row skip", &["2 bad row(s)", "line 2"]);
}

#[test]
fn a_file_that_is_none_is_named() {
    let folder = Folder::trained();
    for command in ["inspect", "train -o new.model", "split -o parts", "evaluate good.model"] {
        folder.fails_saying(3, &format!("{command} none.csv"), &["error: none.csv: no such file"]);
    }
    folder.fails_saying(3, "inspect .", &["error: .: is a folder", "name one of the files"]);
    folder.fails_saying(3, "train . -o new.model", &["there is no train.csv", "foretaste split"]);
    folder.fails_saying(3, "evaluate good.model .", &["there is no train.csv"]);
}

#[test]
fn a_missing_column_is_told_from_those_there_are() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.write("bare.csv", "1,2\n3,4\n");
    let there_are = "there are: user, item, rating, time";
    for (columns, name, said) in [
        ("user=who", "good.csv", ["there is no column \"who\"", there_are]),
        ("user=9", "good.csv", ["there is no column \"9\"", there_are]),
        ("user=1,item=1", "good.csv", ["can't be both user and item", "--columns"]),
        ("user=1,item=5", "bare.csv", ["bare.csv:1: found 2 field(s)", "at least 5"]),
    ] {
        folder.fails_saying(3, &format!("inspect {name} --columns {columns}"), &said);
    }
    folder.fails_saying(
        3,
        "inspect bare.csv --no-header --columns user=who",
        &["\"who\"", "the file has no header"],
    );
}

#[test]
fn thresholds_need_ratings_and_leave_something() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.write("bare.csv", "1,2\n3,4\n");
    folder.fails_saying(
        3,
        "inspect good.csv --positive rating>=9",
        &[&format!("none of {} passes rating>=9", rows().len()), "lower the threshold"],
    );
    folder.fails_saying(
        3,
        "inspect bare.csv --positive rating>=4",
        &["needs a rating column", "--columns rating=N"],
    );
}

#[test]
fn one_user_or_one_item_is_too_little_to_learn_from() {
    let folder = Folder::new();
    folder.write("user.csv", "user,item\n1,2\n1,3\n");
    folder.write("item.csv", "user,item\n1,2\n2,2\n");
    for name in ["user.csv", "item.csv"] {
        let error = format!("error: {name}: there is nothing to learn from");
        let said = [error.as_str(), "--model popularity"];
        folder.fails_saying(3, &format!("train {name} -o new.model"), &said);
        folder.ok(&format!("inspect {name}"));
        folder.ok(&format!("train {name} -o {name}.model --model popularity"));
    }
}

#[test]
fn odd_ids_are_kept_and_counted() {
    let folder = Folder::new();
    let numbers = (0..10).flat_map(|user| (0..3).map(move |item| format!("{user},{item}\n")));
    let rows = numbers.chain(["-5,1\n".to_owned(), "x1,2\n".to_owned()]).collect::<String>();
    folder.write("odd.csv", ["user,item\n", &rows].concat());
    let ran = folder.ok("train odd.csv -o odd.model --model popularity");
    let note = "note: odd.csv: 2 user ids are no whole number like the others, \
                the first in line 32: \"-5\"; kept as text";
    assert_eq!(ran.lines("note: "), [note]);
    let ran = folder.ok("recommend odd.model --user -5 --user x1 --format csv -k 1");
    assert_eq!([ran.cells()[1][0], ran.cells()[2][0]], ["-5", "x1"]);
}

#[test]
fn repeated_rows_are_counted() {
    let folder = Folder::new();
    folder.write("twice.csv", "user,item\n1,2\n1,2\n2,3\n1,2\n");
    let ran = folder.ok("inspect twice.csv --json");
    assert_eq!(ran.lines("note: "), ["note: twice.csv: kept 2 repeated interactions once"]);
    assert_eq!((&ran.json()["duplicates"], &ran.json()["interactions"]), (&2.into(), &2.into()));
}
