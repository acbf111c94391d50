//! Broken files of titles and users.

use crate::support::Folder;

#[test]
fn a_broken_titles_file_is_named_with_its_line() {
    let folder = Folder::trained();
    let shape = "an item's id and its title";
    for (content, said) in [
        ("1,a\n2\n", ["titles.csv:2: found 1 field(s)", shape]),
        ("id,title\n", ["titles.csv: the file has a header and no rows", shape]),
        ("1,a\n,b\n", ["titles.csv:2: the item id is empty", shape]),
        ("id,title\n1,\"a\n", ["titles.csv:2: a quoted field", shape]),
        ("", ["titles.csv: the file is empty", ""]),
        ("\0\0", ["titles.csv: this is a binary file", "UTF-8"]),
    ] {
        folder.write("titles.csv", content);
        folder.fails_saying(3, "recommend good.model --user 1 --titles titles.csv", &said);
        folder.fails_saying(3, "similar good.model --item 1 --titles titles.csv", &said);
    }
    folder.fails_saying(3, "recommend good.model --user 1 --titles no.csv", &["no.csv: no such"]);
}

#[test]
fn help_names_only_options_that_the_command_has() {
    let folder = Folder::trained();
    folder.write("titles.csv", "1,a\n2\n");
    let ran = folder.fails(3, "recommend good.model --user 1 --titles titles.csv");
    assert!(!ran.stderr.contains("--on-bad-row") && !ran.stderr.contains("--columns"), "{ran:?}");
}

#[test]
fn extra_preferences_are_refused_by_methods_that_do_not_use_them() {
    let folder = Folder::trained();
    folder.write("extra.csv", "user,liked,disliked\n1,2,3\n");
    let said = ["--extra: bpr does not learn from extra preferences", "leave it out"];
    folder.fails_saying(2, "train good.csv -o new.model --extra extra.csv", &said);
}

#[test]
fn a_broken_users_file_is_named() {
    let folder = Folder::trained();
    folder.write("binary.txt", [0xff, 0xfe, 0, 1]);
    folder.write("empty.txt", "\n\n");
    for (name, said) in [
        ("none.txt", "none.txt: no such file"),
        (".", ".: is a folder"),
        ("binary.txt", "binary.txt: this is a binary file, not text"),
        ("empty.txt", "empty.txt: the file is empty"),
    ] {
        let said = [said, "one user id a line"];
        folder.fails_saying(3, &format!("recommend good.model --users {name}"), &said);
    }
}
