//! JSON lines.

use super::*;
use crate::{FormatKind, InputProblem, RowProblem, read_events_from};

#[test]
fn json_lines_are_the_same_data_as_a_table() {
    let table = read_all("userId,movieId,rating,timestamp\n1,31,4,900000000\n1,20,3.5,900000001\n");
    for text in [
        "{\"userId\":1,\"movieId\":31,\"rating\":4,\"timestamp\":900000000}\n\
         {\"userId\":1,\"movieId\":20,\"rating\":3.5,\"timestamp\":900000001}\n",
        "\u{feff}{\"timestamp\":\"1998-07-09T16:00:00Z\",\"rating\":\"4.0\",\"x\":{\"a\":[1]},\
         \"user_id\":\"1\",\"item_id\":\"31\"}\r\n\r\n\
         {\"item_id\":20,\"user_id\":1,\"rating\":3.5,\"timestamp\":900000001.5}",
    ] {
        let (dataset, report) = read_all(text);
        assert_eq!(dataset, table.0, "{text}");
        assert_eq!(report.rows, 2);
        assert_eq!((report.format.kind, report.format.delimiter), (FormatKind::JsonLines, None));
    }
}

#[test]
fn fields_are_named_and_rules_are_held_against_them() {
    let text = "{\"uid\":\"a\",\"iid\":\"x\",\"event\":\"view\"}\n\
                {\"uid\":\"a\",\"iid\":\"y\",\"event\":\"buy\"}\n";
    let columns = "user=uid,item=iid".parse().unwrap();
    let positive = Some("event=buy".parse().unwrap());
    let options = ReadOptions { columns, positive, ..ReadOptions::default() };
    let (dataset, report) = read_with(text, &options).unwrap();
    assert_eq!(rows(&dataset), ["a y 1 0"]);
    assert_eq!(report.below_threshold, 1);
    let both = ReadOptions { positive: None, ..options.clone() };
    let events = read_events_from(text.as_bytes(), "file", &both, &"view,buy".parse().unwrap());
    assert_eq!(events.unwrap().feedbacks.len(), 2);
    // Nothing but names tells what is what.
    let error = read_with("{\"a\":1,\"b\":2}\n", &ReadOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "file: no field is known to be the user; there are: a, b");
}

#[test]
fn what_is_said_of_tables_is_refused() {
    let format = Some(FormatKind::JsonLines);
    let json = ReadOptions { format, ..ReadOptions::default() };
    for options in [
        ReadOptions { delimiter: Some(crate::Delimiter::Comma), ..json.clone() },
        ReadOptions { header: Some(true), ..json.clone() },
        ReadOptions { header: Some(false), ..ReadOptions::default() },
    ] {
        let error = read_with("{\"user\":1,\"item\":2}\n", &options).unwrap_err();
        assert_eq!(error.to_string(), "file: a line of JSON has neither a delimiter nor a header");
    }
}

#[test]
fn a_bad_line_is_named_and_can_be_skipped() {
    let good = "{\"user\":1,\"item\":2}\n";
    for (bad, message) in [
        ("{\"user\":3}", "there is no field \"item\""),
        ("{\"user\":null,\"item\":2}", "there is no field \"user\""),
        ("{\"user\":3,\"item\":[2]}", "the field \"item\" holds an array or an object"),
        (
            "{\"user\":3,\"item\":2",
            "the line is no JSON object: EOF while parsing an object (column 18)",
        ),
        ("3,2", "the line is no JSON object: invalid type: integer `3`, expected an o… (column 1)"),
        ("{\"user\":\"\",\"item\":2}", "the user id is empty"),
    ] {
        let text = [good, good, bad, "\n", good].concat();
        let error = read_with(&text, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("file:3: {message}"));
        let skip = ReadOptions { on_bad_row: crate::BadRow::Skip, ..ReadOptions::default() };
        let (_, report) = read_with(&text, &skip).unwrap();
        assert_eq!((report.rows, report.bad_rows), (4, 1), "{bad}");
        assert_eq!(report.first_bad.unwrap().line, 3);
    }
}

#[test]
fn an_array_and_no_json_at_all_are_errors() {
    let error = read_with("[{\"user\":1,\"item\":2}]", &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Input { problem: InputProblem::JsonArray, .. }));
    let lines = ReadOptions { format: Some(FormatKind::JsonLines), ..ReadOptions::default() };
    let error = read_with("user,item\n1,2\n", &lines).unwrap_err();
    let json = |problem: &RowProblem| matches!(problem, RowProblem::Json { .. });
    assert!(matches!(error, Error::Row { line: 1, problem, .. } if json(&problem)));
    let error = read_with("\n", &lines).unwrap_err();
    assert!(matches!(error, Error::Input { problem: InputProblem::Empty, .. }));
}
