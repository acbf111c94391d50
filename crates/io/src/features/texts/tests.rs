use super::*;
use std::io::Write;

fn read_as(name: &str, bytes: &[u8], side: Side) -> Result<(Texts, FeatureReport), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read_texts(&path, side)
}

fn read(bytes: &[u8]) -> Vec<(String, String)> {
    let (found, report) = read_as("texts", bytes, Side::Item).unwrap();
    assert_eq!(report.rows, found.ids.len() as u64);
    assert_eq!(found.ids.len(), found.texts.len());
    found.ids.into_iter().zip(found.texts).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn tables_and_lines_of_json_give_the_same_texts() {
    let expected = pairs(&[("7", "Red, \"dry\"\nwine"), ("b c", ""), ("9", "caf\u{e9}")]);
    let csv = "item,text\n7,\"Red, \"\"dry\"\"\nwine\"\nb c,\n9,caf\u{e9}\n";
    let reordered = csv.replace("item,text", "f0,f1").replace("f0,f1", "item_id,about");
    let json = "{\"id\":7,\"n\":[1],\"text\":\"Red, \\\"dry\\\"\\nwine\"}\n\n\
        {\"text\":null,\"id\":\"b c\"}\n{\"id\":9,\"text\":\"caf\\u00e9\"}\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let latin: Vec<u8> = csv.chars().map(|c| c as u8).collect();
    for (name, bytes) in [
        ("csv", csv.as_bytes()),
        ("another name", reordered.as_bytes()),
        ("no header", &csv.as_bytes()["item,text\n".len()..]),
        ("JSON", json.as_bytes()),
        ("gzip", &gzip.finish().unwrap()),
        ("windows-1252", &latin),
        ("byte-order mark", format!("\u{feff}{csv}").as_bytes()),
        ("CRLF", csv.replace("wine\"\n", "wine\"\r\n").replace("text\n", "text\r\n").as_bytes()),
    ] {
        assert_eq!(read(bytes), expected, "{name}");
    }
}

#[test]
fn columns_are_found_by_name_wherever_they_are() {
    let expected = pairs(&[("1", "a; b"), ("2", "c")]);
    for text in [
        "title,text,item\nx,a; b,1\ny,c,2\n",
        "Text;ID\n\"a; b\";1\nc;2\n",
        "movieId\ttitle\ttext\n1\tx\ta; b\n2\ty\tc\n",
        "movieId|title|genre\n1|a; b|x\n2|c|y\n",
        "{\"text\":\"a; b\",\"k\":\"1\"}\n{\"text\":\"c\",\"k\":\"2\"}\n",
    ] {
        assert_eq!(read(text.as_bytes()), expected, "{text}");
    }
    let users = read_as("t", b"item,user,text\n5,ann,hello\n", Side::User).unwrap().0;
    assert_eq!((&users.ids[0][..], &users.texts[0][..]), ("ann", "hello"));
}

#[test]
fn long_texts_are_read_wherever_they_begin() {
    let long = "word ".repeat(200_000);
    let csv = read(format!("item,text\n1,\"{long}\"\n2,short\n").as_bytes());
    assert_eq!((csv[0].1.len(), &csv[1].1[..]), (long.len(), "short"));
    let json = format!("{{\"id\":1,\"text\":\"{long}\"}}\n{{\"id\":2,\"text\":\"short\"}}\n");
    assert_eq!(read(json.as_bytes()), csv);
}

#[test]
fn what_are_no_texts_is_an_error_that_says_where() {
    for (bytes, said) in [
        (&b""[..], "t: the file is empty"),
        (b"item,text\n", "t: the file has a header and no rows"),
        (b"item,text\n1,a\n2\n", "t:3: found 1 field(s), expected at least 2 (delimiter ',')"),
        (b"item,text\n1,a\n,b\n", "t:3: the item id is empty"),
        (b"item,text\n1,a\n2,b\n1,c\n", "t:4: the item id \"1\" is here again, first in line 2"),
        (b"item,text\n1,\"a\n2,b\n", "t:2: a quoted field starts in this row and never ends"),
        (b"{\"id\":1}\n", "t: there is no text: its rows have the field id alone"),
        (b"{\"id\":1,\"text\":[\"a\"]}\n", "t:1: "),
        (b"{\"id\":1,\"text\":\"a\"}\n{\"text\":\"b\"}\n", "t:2: the item id is empty"),
        (b"{\"id\":1,\"text\":\"a\"}\n{\"id\":\n", "t:2: "),
        (b"[{\"id\":1,\"text\":\"a\"}]", "t: "),
        (b"\xff\xfea\0,\0b\0", "t: "),
    ] {
        let error = read_as("t", bytes, Side::Item).unwrap_err();
        let message = error.to_string();
        assert!(message[message.find("t:").unwrap()..].contains(said), "{message}");
        assert!(error.help().is_some() || message.ends_with("empty"), "{message}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_gives_the_texts_of_its_columns() {
    use crate::{Cells, TableFormat, TableWriter};
    let written = |columns| {
        let mut bytes = Vec::new();
        let mut writer = TableWriter::new(&mut bytes, TableFormat::Parquet);
        writer.write(&crate::Rows { columns }).unwrap();
        writer.finish().unwrap();
        bytes
    };
    let ids = || Cells::Ids { ids: vec![Some("7"), Some("9")], integers: true };
    let texts = || Cells::Text(vec![Some("Red,\nwine"), None]);
    let expected = pairs(&[("7", "Red,\nwine"), ("9", "")]);
    let title = ("title", Cells::Text(vec![Some("x"), Some("y")]));
    assert_eq!(read(&written(vec![title, ("text", texts()), ("item", ids())])), expected);
    assert_eq!(read(&written(vec![("k", ids()), ("about", texts())])), expected);
    let error = read_as("t", &written(vec![("item", ids())]), Side::Item).unwrap_err();
    assert!(error.to_string().ends_with("its rows have the field item alone"), "{error}");
    let no_id = vec![("item", texts()), ("text", texts())];
    let error = read_as("t", &written(no_id), Side::Item).unwrap_err();
    assert!(error.to_string().contains("holds a line break"), "{error}");
}
