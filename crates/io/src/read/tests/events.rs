//! Several feedbacks out of one file.

use super::rows;
use crate::{
    BadRow, Error, ReadEvents, ReadOptions, read_events, read_events_from, read_interactions,
};
use foretaste_data::{Dataset, Keep};

const KEEP: Keep = Keep { weights: true, times: true };

fn read_with(text: &str, names: &str, options: ReadOptions) -> Result<ReadEvents, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    std::fs::write(&path, text).unwrap();
    read_events(path, &options, &names.parse().unwrap(), &mut |_, _| ())
}

fn options() -> ReadOptions {
    ReadOptions { keep: KEEP, checksum: true, ..ReadOptions::default() }
}

fn read(text: &str, names: &str) -> ReadEvents {
    read_with(text, names, options()).unwrap()
}

fn message(text: &str, names: &str, options: ReadOptions) -> String {
    let message = read_with(text, names, options).unwrap_err().to_string();
    message[message.find("events:").unwrap()..].to_owned()
}

/// What each feedback has, as `user item`.
fn pairs(found: &ReadEvents) -> Vec<(&str, Vec<String>)> {
    let short = |row: &String| row.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
    let of = |data: &Dataset| rows(data).iter().map(short).collect();
    found.feedbacks.iter().map(|one| (one.name.as_str(), of(&one.data))).collect()
}

const TEXT: &str = "user,item,behavior,time\n\
    1,a,view,10\n1,b,fav,11\n2,a,View,12\n1,a,buy,13\n2,b,fav,14\n1,a,view,15\n3,c,share,16\n";

#[test]
fn every_row_goes_to_its_feedback_or_is_counted() {
    let found = read(TEXT, "view,buy");
    let expected = [("view", vec!["1 a".into(), "2 a".into()]), ("buy", vec!["1 a".into()])];
    assert_eq!(pairs(&found), expected);
    let view = &found.feedbacks[0].report;
    assert_eq!((view.rows, view.duplicates, view.times), (3, 1, Some((10, 15))));
    assert_eq!((found.feedbacks[1].report.rows, found.other_rows), (1, 3));
    let others: Vec<_> = found.others.iter().map(|kind| (kind.value.as_str(), kind.rows)).collect();
    assert_eq!(others, [("fav", 2), ("share", 1)]);
    assert!(found.feedbacks[1].report.doubts.is_empty());
    assert_eq!(found.feedbacks[0].report.sha256.as_ref().unwrap().len(), 64);
}

#[test]
fn the_order_is_that_of_the_names() {
    let names = |names| read(TEXT, names).feedbacks.into_iter().map(|one| one.name);
    assert!(names("view,buy").eq(["view", "buy"]));
    assert!(names("buy,view").eq(["buy", "view"]));
}

#[test]
fn the_column_is_found_by_its_name_or_by_what_it_says() {
    let expected = [("view", vec!["1 a".to_owned()]), ("buy", vec!["2 b".to_owned()])];
    for text in [
        "user,item,type\n1,a,view\n2,b,buy\n3,c,else\n",
        "user,item,feedback\n1,a,view\n2,b,buy\n",
        "user\titem\twhat\n1\ta\tview\n2\tb\tbuy\n",
        "1,a,view\n2,b,buy\n",
        "view,1,a\nbuy,2,b\n",
        "1,a,5,view\n2,b,4,buy\n",
    ] {
        assert_eq!(pairs(&read(text, "view,buy")), expected, "{text}");
    }
    let columns = ReadOptions { columns: "user=1,item=2,event=4".parse().unwrap(), ..options() };
    let found = read_with("1,a,buy,3\n2,b,buy,4\n", "3,4", columns).unwrap();
    assert_eq!(pairs(&found), [("3", vec!["1 a".to_owned()]), ("4", vec!["2 b".to_owned()])]);
}

#[test]
fn a_feedback_is_what_a_file_of_it_would_be() {
    let folder = tempfile::tempdir().unwrap();
    let found = read(TEXT, "view,fav");
    for one in &found.feedbacks {
        let lines = TEXT
            .lines()
            .filter(|line| line.starts_with("user") || line.to_lowercase().contains(&one.name));
        let path = folder.path().join(&one.name);
        std::fs::write(&path, lines.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        assert_eq!(read_interactions(&path, &options()).unwrap().0, one.data);
    }
}

#[test]
fn the_rule_for_positive_rows_is_about_the_last() {
    let text = "user,item,event,rating\n1,a,view,0\n1,a,buy,3\n1,b,buy,5\n";
    let rule = |rule: &str| ReadOptions { positive: Some(rule.parse().unwrap()), ..options() };
    let found = read_with(text, "view,buy", rule("rating>=4")).unwrap();
    let expected = [("view", vec!["1 a".to_owned()]), ("buy", vec!["1 b".to_owned()])];
    assert_eq!(pairs(&found), expected);
    assert_eq!(found.feedbacks[1].report.below_threshold, 1);
    let none = message(text, "view,buy", rule("rating>5"));
    assert_eq!(none, "events: no rows left: none of 2 passes rating>5");
}

#[test]
fn what_is_missing_is_said_with_what_there_is() {
    assert_eq!(
        message(TEXT, "veiw,buy", options()),
        "events: no row is of \"veiw\" (did you mean \"view\"?); there are: fav (2), view (2), \
         View (1), buy (1), share (1)"
    );
    assert_eq!(
        message(TEXT, "view,cart", options()),
        "events: no row is of \"cart\"; there are: view (3), fav (2), buy (1), share (1)"
    );
    let empty = "events: the file is empty";
    assert_eq!(message("", "view,buy", options()), empty);
    assert_eq!(message(" \n\n", "view,buy", options()), empty);
    let header = "events: the file has a header and no rows";
    assert_eq!(message("user,item,event\n", "view,buy", options()), header);
    assert_eq!(
        message("1,2\n3,4\n", "view,buy", options()),
        "events: no column says which rows are view,buy"
    );
    assert_eq!(
        message("1: 2 3\n2: 3 4\n", "view,buy", options()),
        "events: no column says which rows are view,buy"
    );
}

#[test]
fn bad_rows_are_errors_or_counted() {
    let text = "user,item,event\n1,a,view\n1,a\n1,,buy\n2,b,buy\n";
    let message = message(text, "view,buy", options());
    assert_eq!(message, "events:3: found 2 field(s), expected at least 3 (delimiter ',')");
    let found = read_with(text, "view,buy", ReadOptions { on_bad_row: BadRow::Skip, ..options() });
    let report = &found.unwrap().feedbacks[1].report;
    assert_eq!((report.rows, report.bad_rows), (3, 2));
    assert_eq!(report.first_bad.as_ref().unwrap().line, 3);
}

#[test]
fn a_rule_may_be_about_any_column_of_any_format() {
    let csv = "user,item,what,liked,n\n1,a,view,0,1\n1,a,buy,0,2\n1,b,buy,1,3\n";
    let line = |line: &str| match line.split(',').collect::<Vec<_>>()[..] {
        [user, item, what, liked, n] => format!(
            "{{\"user\":{user},\"item\":\"{item}\",\"what\":\"{what}\",\"liked\":{liked},\"n\":{n}}}\n"
        ),
        _ => unreachable!(),
    };
    let json: String = csv.lines().skip(1).map(line).collect();
    let columns = "user=user,item=item,rating=n,event=what".parse().unwrap();
    let asked = ReadOptions { columns, ..options() };
    for options in [options(), asked] {
        let options = ReadOptions { positive: Some("liked=1".parse().unwrap()), ..options };
        let names = "view,buy".parse().unwrap();
        for text in [csv, &json] {
            let found = read_events_from(text.as_bytes(), "events", &options, &names).unwrap();
            let expected = [("view", vec!["1 a".to_owned()]), ("buy", vec!["1 b".to_owned()])];
            assert_eq!(pairs(&found), expected, "{text}");
            assert_eq!(found.feedbacks[1].report.below_threshold, 1);
            assert_eq!(found.feedbacks[1].report.format.event.as_ref().unwrap().number, 3);
        }
    }
}
