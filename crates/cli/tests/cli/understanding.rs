//! What is said about how a file was understood.

use crate::support::{Folder, keys, ratings, rows};
use serde_json::json;

/// The one line of understanding, without its start.
fn read(folder: &Folder, arguments: &str, name: &str) -> String {
    let ran = folder.ok(arguments);
    let start = format!("read {name}: ");
    match &ran.lines(&start)[..] {
        [line] => line[start.len()..].to_owned(),
        _ => panic!("{ran:?}"),
    }
}

#[test]
fn every_command_says_in_a_line_what_it_understood() {
    let folder = Folder::split();
    let all = rows().len();
    let columns = "user=user,item=item,rating=rating,time=time";
    let whole = format!(
        "{columns}; all {all} rows count as positive, whatever their rating (1 to 5); \
         --positive 'rating>=4' takes those rated 4 or more"
    );
    for command in ["inspect", "train -o new.model --model popularity", "split -o new"] {
        assert_eq!(read(&folder, &format!("{command} good.csv"), "good.csv"), whole, "{command}");
    }
    let test = read(&folder, "evaluate part.model parts/test.csv", "parts/test.csv");
    assert!(test.starts_with(&format!("{columns}; all ")), "{test}");
    let four = rows().iter().filter(|row| row[2] >= 4).count();
    let some = format!("{columns}; {four} of {all} rows count as positive: rating>=4");
    assert_eq!(read(&folder, "inspect good.csv --positive rating>=4", "good.csv"), some);
    for command in
        ["compare popularity --data parts", "tune parts -o t --trials 1 --range lr=log:0.01..0.3"]
    {
        let ran = folder.ok(command);
        for part in ["train", "valid", "test"] {
            let start = format!("read parts/{part}.csv: {columns}; all ");
            // A search for parameters has no use for the test part.
            let expected = usize::from(part != "test" || command.starts_with("compare"));
            assert_eq!(ran.lines(&start).len(), expected, "{ran:?}");
        }
    }
    assert_eq!(folder.ok("compare popularity --data parts --quiet").stderr, "");
    let rated = "evaluate good.model good.csv --candidates rated --positive rating>=4";
    assert_eq!(read(&folder, rated, "good.csv"), format!("{columns}; {all} rows"));
    folder.write("lists.txt", "1: 31 45\n2: 31\n");
    let lists = "lists, a user and then its items; all 3 rows count as positive";
    assert_eq!(read(&folder, "inspect lists.txt", "lists.txt"), lists);
    folder.write("one.csv", "7,8,3\n");
    let one = "user=1,item=2,rating=3; the 1 row counts as positive";
    assert_eq!(read(&folder, "inspect one.csv", "one.csv"), one);
}

#[test]
fn what_counts_as_positive_and_should_not_is_remarked_on() {
    let folder = Folder::new();
    for (name, content, note) in [
        (
            "zero.csv",
            "user,item,rating\n1,2,0\n1,3,4\n2,3,5\n",
            "1 row rated 0 or below counts as positive; --positive 'rating>0' leaves it out",
        ),
        (
            "minus.csv",
            "user,item,feedback\n1,2,-1\n1,3,1\n2,3,-1\n",
            "2 rows rated 0 or below count as positive (down to -1); --positive 'rating>0' leaves \
             them out",
        ),
        (
            "liked.csv",
            "user,item,liked\n1,2,false\n1,3,true\n2,3,true\n",
            "all kinds of liked count as positive: true (2), false (1) in the first 3 rows; \
             --positive 'liked=true' takes one of them",
        ),
        (
            "events.csv",
            "user,item,event\n1,2,view\n1,3,buy\n2,3,view\n",
            "all kinds of event count as positive: view (2), buy (1) in the first 3 rows; \
             --positive 'event=buy' takes one of them; --feedback tells them apart",
        ),
        (
            "clock.csv",
            "1,12:30:05\n2,12:31:00\n1,12:35:00\n",
            "column 2 is taken for the item, and looks like a time of day (\"12:30:05\"); \
             --columns user=N,item=N says which are",
        ),
        (
            "float.csv",
            "user,item\n1.0,2\n2.0,3\n",
            "user ids are written as decimals (\"1.0\") and kept so: 1.0 is not 1 elsewhere",
        ),
    ] {
        folder.write(name, content);
        let ran = folder.ok(&format!("inspect {name} --json"));
        assert_eq!(ran.lines("note: "), [format!("note: {name}: {note}")]);
        assert_eq!(ran.json()["remarks"], json!([note]));
        let train = format!("train {name} -o {name}.model --model popularity");
        assert_eq!(folder.ok(&train).lines("note: ").len(), 1);
    }
}

#[test]
fn words_say_which_rows_are_positive() {
    let folder = Folder::new();
    folder.write("events.csv", "user,item,event\n1,2,view\n1,3,Buy\n2,3,cart\n");
    let ran = folder.ok("inspect events.csv --json --positive event=buy");
    assert_eq!(
        (&ran.json()["interactions"], &ran.json()["below_threshold"]),
        (&1.into(), &2.into())
    );
    assert_eq!(ran.json()["positive"], json!({ "rule": "event=buy", "rows": 1 }));
    assert_eq!(ran.lines("note: "), [""; 0]);
    let two = folder.ok("inspect events.csv --json --positive event=buy,cart");
    assert_eq!(two.json()["interactions"], 2);
    folder.fails_saying(
        3,
        "inspect events.csv --positive event=bye",
        &["none of 3 passes event=bye", "the column holds Buy, cart, view"],
    );
    folder.fails_saying(
        3,
        "inspect events.csv --positive what=buy",
        &["the rule what=buy is on \"what\", and there is no such column", "--columns event=N"],
    );
    folder.fails_saying(2, "inspect events.csv --positive event", &["rating>=4 or event=buy"]);
}

#[test]
fn programs_are_told_the_same() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let inspected = folder.ok("inspect good.csv --json").json();
    let trained = folder.ok("train good.csv -o new.model --model popularity --json").json();
    let understood = &trained["source"]["understood"];
    assert_eq!(keys(understood), ["doubts", "format", "positive", "remarks"]);
    for name in keys(understood) {
        assert_eq!(inspected[name], understood[name], "{name}");
    }
    assert_eq!(inspected["format"]["rating"], json!({ "number": 3, "name": "rating" }));
    assert_eq!(inspected["positive"], json!({ "rule": null, "rows": rows().len() }));
}

#[test]
fn dates_are_times() {
    let folder = Folder::new();
    let rows: String = (10..30)
        .map(|day| {
            format!("1,{day},2024-05-{day} 12:00:00\n2,{day},2024-05-{day}T14:00:00+02:00\n")
        })
        .collect();
    folder.write("dates.csv", ["user,item,date\n", &rows].concat());
    let json = folder.ok("inspect dates.csv --json").json();
    assert_eq!(json["time"], json!([1_715_342_400, 1_716_984_000]));
    folder.ok("split dates.csv -o parts --by last-one --valid 0");
    assert_eq!(folder.text("parts/test.csv"), "user,item,time\n1,29,1716984000\n2,29,1716984000\n");
}
