//! Everything that can be wrong with a file, and what is said about it.

use super::*;
use crate::BadRow;

fn option(text: &str) -> ReadOptions {
    let mut options = ReadOptions { keep: ALL, ..ReadOptions::default() };
    for part in text.split_whitespace() {
        match part.split_once(':').unwrap() {
            ("columns", value) => options.columns = value.parse().unwrap(),
            ("positive", value) => options.positive = Some(value.parse().unwrap()),
            ("format", value) => options.format = Some(value.parse().unwrap()),
            ("bad", value) => options.on_bad_row = value.parse().unwrap(),
            ("weighted", value) => options.weighted = value.parse().unwrap(),
            ("header", value) => options.header = Some(value.parse().unwrap()),
            (other, _) => panic!("{other}"),
        }
    }
    options
}

#[test]
fn bad_rows_are_named_with_line_and_value() {
    let cases: &[(&str, &str, &str)] = &[
        ("user,item,rating\n1,2,five\n", "", "file:2: rating \"five\" is not a number"),
        (
            "\n\nuser,item,rating\r\n\r\n1,2,3\r\n1,3,x\ty\r\n",
            "",
            r#"file:6: rating "x\ty" is not a number"#,
        ),
        ("1,2,3\n1,3,4\n1,4,five\n", "", "file:3: rating \"five\" is not a number"),
        ("1,2,3\n1,3,\n", "", "file:2: rating \"\" is not a number"),
        ("1,2,3\n1,3,NaN\n", "", "file:2: rating \"NaN\" is not a finite number"),
        ("1,2,3\n1,3,-inf\n", "", "file:2: rating \"-inf\" is not a finite number"),
        ("1,2,3\n1,3,1e99\n", "", "file:2: rating \"1e99\" is not a finite number"),
        ("1,2,3\n1,3,0\n", "weighted:true", "file:2: weight \"0\" is not above 0"),
        ("1,2,3\n1,3,1e-60\n", "weighted:true", "file:2: weight \"1e-60\" is not above 0"),
        (
            "user,item,time\n1,2,2020-01-01\n1,3,01/02/2020\n",
            "",
            "file:3: time \"01/02/2020\" is neither a number nor a date such as 2024-05-01 12:30:00",
        ),
        (
            "user,item,time\n1,2,1e30\n",
            "",
            "file:2: time \"1e30\" is neither a number nor a date such as 2024-05-01 12:30:00",
        ),
        ("user,item\n,2\n", "", "file:2: the user id is empty"),
        ("1: 2 3\n2: 4\n: 3\n", "", "file:3: the user id is empty"),
        (
            "user,item,event\n1,2,buy\n1,3\n",
            "positive:event=buy",
            "file:3: found 2 field(s), expected at least 3 (delimiter ',')",
        ),
        ("user,item\n1,\"\"\n", "", "file:2: the item id is empty"),
        ("user,item\n1,\"a\nb\"\n", "", r#"file:2: the item id "a\nb" holds a line break"#),
        ("1,2,3\n4;5;6\n", "", "file:2: found 1 field(s), expected at least 2 (delimiter ',')"),
        ("1\n2\n", "", "file:1: found 1 field(s), expected at least 2 (delimiter ',')"),
        (
            "1,2\n",
            "columns:user=1,item=5",
            "file:1: found 2 field(s), expected at least 5 (delimiter ',')",
        ),
        (
            "user,item\n1,2\n3,\"4\n5,6\n",
            "",
            "file:3: a quoted field starts in this row and never ends",
        ),
        (
            "user,item\n1,2\n3,\"4\n5,6\n",
            "bad:skip",
            "file:3: a quoted field starts in this row and never ends",
        ),
        ("1,2\n\"3", "", "file:2: a quoted field starts in this row and never ends"),
    ];
    for (text, options, message) in cases {
        let error = read_with(text, &option(options)).unwrap_err();
        assert_eq!(error.to_string(), *message, "{text:?}");
        assert!(error.help().is_some(), "{text:?}");
        assert!(matches!(error, Error::Row { .. }));
    }
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let cases: &[(&[u8], &str, &str)] = &[
        (b"", "", "file: the file is empty"),
        (b"\xef\xbb\xbf\n \r\n", "", "file: the file is empty"),
        (b"", "header:true", "file: the file is empty"),
        (b"user,item\n", "", "file: the file has a header and no rows"),
        (b"1,2\n", "header:true", "file: the file has a header and no rows"),
        (b"1\n2\n", "format:adjacency", "file: no user in the file has an item"),
        (
            b"1,2,3e38\n1,3,1\n1,2,3e38\n",
            "weighted:true",
            "the weights of a pair add up to 6.0e38, beyond 32-bit floating point",
        ),
        (
            b"\xff\xfe1\0,\x002\0",
            "",
            "file: this is a binary file, not text (UTF-16 byte-order mark)",
        ),
        (b"PK\x03\x04\0\0", "", "file: this is a binary file, not text (zero byte)"),
        (
            b"user,item,x\n1,2,3\n",
            "columns:rating=stars",
            "file: there is no column \"stars\"; there are: user, item, x",
        ),
        (
            b"user,item\n1,2\n",
            "columns:time=3",
            "file: there is no column \"3\"; there are: user, item",
        ),
        (
            b"1,2\n",
            "columns:user=who header:false",
            "file: column \"who\" was asked for by name, and the file has no header",
        ),
        (b"1,2\n", "columns:user=2,item=2", "file: column 2 can't be both user and item"),
        (
            b"1,2\n",
            "positive:rating>=4",
            "file: the threshold rating>=4 needs a rating column, and none was found",
        ),
        (
            b"1 2 3\n2 3\n",
            "positive:rating>=4",
            "file: the threshold rating>=4 needs a rating column, and none was found",
        ),
        (
            b"user,item,stars\n1,2,3\n",
            "positive:plays>=4",
            "file: the threshold plays>=4 is on \"plays\", and the rating column is \"stars\"",
        ),
        (b"1,2,3\n1,3,3\n", "positive:rating>=4", "file: no rows left: none of 2 passes rating>=4"),
        (
            b"user,item,event\n1,2,view\n",
            "positive:event=buy",
            "file: no rows left: none of 1 passes event=buy",
        ),
        (
            b"user,item,kind\n1,2,view\n",
            "positive:event=buy",
            "file: the rule event=buy is on \"event\", and there is no such column",
        ),
        (
            b"1 2 3\n2 3\n",
            "positive:2=3",
            "file: the rule 2=3 is on \"2\", and there is no such column",
        ),
        (
            b"user,item,rating\n1,2,x\n,3,4\n",
            "bad:skip",
            "file: no rows left: 2 bad row(s) skipped, the first at line 2: rating \"x\" is not a number",
        ),
        (b"\x1f\x8b\x08\x00", "", "file: the gzip data ends too early: the file is truncated"),
        (
            b"\x1f\x8b\x07\x00\0\0\0\0\0\0\0\0",
            "",
            "file: the gzip data is damaged: corrupt gzip stream does not have a matching checksum",
        ),
        (b"\x28\xb5\x2f\xfd", "", "file: the zstd data ends too early: the file is truncated"),
    ];
    for (text, options, message) in cases {
        let error = read_with(text, &option(options)).unwrap_err().to_string();
        if message.contains("damaged") {
            assert!(error.starts_with("file: the gzip data is damaged: "), "{error}");
        } else {
            assert_eq!(error, *message, "{:?}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn missing_files_and_folders_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = crate::read_interactions(folder.path(), &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with(": is a folder, not a file"), "{error}");
    let path = folder.path().join("none.csv");
    let error = crate::read_interactions(path, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("none.csv: no such file"), "{error}");
}

#[test]
fn a_row_beyond_all_bounds_is_refused() {
    let mut text = b"1,2\n3,".to_vec();
    text.resize(5 << 20, b'4');
    let error = read_with(&text, &ReadOptions::default()).unwrap_err().to_string();
    assert_eq!(error, "file:2: the row is longer than 4194304 bytes");
}

#[test]
fn long_values_are_clipped() {
    let text = format!("1,2,3\n1,3,{}\n", "x".repeat(99));
    let error = read_with(text, &ReadOptions::default()).unwrap_err().to_string();
    assert_eq!(error, format!("file:2: rating \"{}…\" is not a number", "x".repeat(40)));
}

#[test]
fn bad_rows_can_be_skipped_and_are_counted() {
    let options = ReadOptions { on_bad_row: BadRow::Skip, ..ReadOptions::default() };
    let text = "user,item,rating\n1,2,x\n1,3,4\n1\n";
    let (dataset, report) = read_with(text, &options).unwrap();
    assert_eq!(dataset.interactions().nnz(), 1);
    assert_eq!((report.rows, report.bad_rows), (3, 2));
    let first = report.first_bad.unwrap();
    assert_eq!((first.line, first.reason.as_str()), (2, "rating \"x\" is not a number"));
}

#[test]
fn a_date_is_no_matter_where_times_are_not_kept() {
    let text = "user,item,time\n1,2,yesterday\n";
    let (dataset, _) = read_with(text, &ReadOptions::default()).unwrap();
    assert_eq!(dataset.interactions().times(), None);
}

#[test]
fn times_that_cannot_be_read_are_left_out_where_nothing_needs_them() {
    let text = "user,item,rating,time\n1,2,3,5\n1,3,4,yesterday\n2,3,4,6\n2,4,5\n";
    for on_bad_row in [BadRow::Fail, BadRow::Skip] {
        let lenient = ReadOptions { keep: ALL, lenient_times: true, on_bad_row, ..option("") };
        let (dataset, report) = read_with(text, &lenient).unwrap();
        assert_eq!((dataset.interactions().nnz(), dataset.interactions().times()), (4, None));
        assert!(dataset.interactions().weights().is_some());
        assert_eq!((report.times, report.bad_rows), (None, 0));
        let reason =
            "time \"yesterday\" is neither a number nor a date such as 2024-05-01 12:30:00";
        let doubt = crate::Doubt::NoTimes { line: 3, reason: reason.into() };
        assert_eq!(report.doubts, [doubt]);
        // A row that can't be used for another reason is as bad as ever.
        let worse = text.to_owned() + "2,5,x,y\n";
        let read = read_with(worse, &lenient);
        assert_eq!(
            read.map(|(_, report)| report.bad_rows).ok(),
            match on_bad_row {
                BadRow::Fail => None,
                BadRow::Skip => Some(1),
            }
        );
    }
    let error = read_with(text, &option("")).unwrap_err().to_string();
    assert!(error.starts_with("file:3: time \"yesterday\""), "{error}");
}

#[test]
fn a_rule_that_nothing_passes_says_what_there_is() {
    let error = read_with("user,item,event\n1,2,view\n", &option("positive:event=buy"));
    assert_eq!(error.unwrap_err().help().as_deref(), Some("the column holds view"));
}
