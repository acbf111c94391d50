//! Every format that is read, as found by sniffing.

use super::*;
use crate::{
    Compression, Delimiter, FormatKind, read_events, read_interactions, read_interactions_apart,
};
use foretaste_data::IdTable;
use std::io::Write;

#[test]
fn the_same_rows_in_every_dress_are_the_same_data() {
    let expected = ["1 20 3.5 900000001", "1 31 4 900000000", "2 20 5 900000002"];
    for text in [
        "userId,movieId,rating,timestamp\n1,31,4,900000000\n1,20,3.5,900000001\n2,20,5,900000002\n",
        "\u{feff}rating;User ID;item_id;ts\r\n4;1;31;900000000\r\n3.5;1;20;900000001\r\n5;2;20;900000002",
        "1\t31\t4\t900000000\n1\t20\t3.5\t900000001\n2\t20\t5\t900000002\n\n",
        "1::31::4.0::900000000\n1::20::3.5::900000001\n2::20::5::900000002\n",
        "1|31|4|900000000\n1|20|3.5|900000001\n2|20|5|900000002\n",
        " 1 31 4 900000000\n1  20 3.5 900000001\n2\t20 5 900000002\n",
        "\"1\",\"31\",\"4\",\"900000000\"\n 1 , 20 , 3.5 , 900000001.7\n2,20,5,900000002\n",
        "user,item,rating,time\n1,31,4,1998-07-09\n1,31,4,1998-07-09T16:00:00Z\n\
         1,20,3.5,1998-07-09 16:00:01\n2,20,5,1998-07-09 18:00:02.5+02:00\n",
        "1,31,4,1998-07-09 16:00:00 UTC\n1,20,3.5,900000001\n2,20,5,1998-07-09 18:00:02+0200\n",
        "1,31,4,900000000\r1,20,3.5,900000001\r2,20,5,900000002\r",
        "1,31,1,5\n1,31,4,900000000\n1,20,3.5,900000001\n2,20,5,900000002\n2,20,4,900000002\n",
    ] {
        assert_eq!(rows(&read_all(text).0), expected, "{text:?}");
    }
}

#[test]
fn what_a_file_is_said_to_be_holds_whatever_it_begins_with() {
    let text = "PAR1,x,view\nPAR1,y,view\nPAR2,x,buy\n";
    let options = ReadOptions { format: Some(FormatKind::Table), ..ReadOptions::default() };
    assert_eq!(read_with(text, &options).unwrap().1.rows, 3);
    assert!(read_with(text, &ReadOptions::default()).is_err());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, text).unwrap();
    assert_eq!(read_interactions(&path, &options).unwrap().1.rows, 3);
    let names = "view,buy".parse().unwrap();
    let events = read_events(&path, &options, &names, &mut |_, _| ()).unwrap();
    assert_eq!(events.feedbacks[0].report.rows, 2);
}

/// A pipe has a name and no size.
#[cfg(unix)]
#[test]
fn a_pipe_tells_of_its_progress() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let text = "user,item,event\n1,2,view\n1,3,buy\n";
    let names = "view,buy".parse().unwrap();
    let options = ReadOptions::default();
    for apart in [false, true] {
        let mut told = Vec::new();
        let progress = &mut |done, size| told.push((done, size));
        std::thread::scope(|scope| {
            scope.spawn(|| std::fs::write(&path, text).unwrap());
            match apart {
                true => drop(read_events(&path, &options, &names, progress).unwrap()),
                false => drop(read_interactions_apart(&path, &options, progress).unwrap()),
            }
        });
        assert_eq!(told, [(text.len() as u64, 0)]);
    }
}

#[test]
fn a_threshold_drops_rows_and_their_ids() {
    let text = "1,31,4\n1,20,3.5\n2,20,3\n";
    let positive = Some("rating>=4".parse().unwrap());
    let (dataset, report) =
        read_with(text, &ReadOptions { positive, ..ReadOptions::default() }).unwrap();
    assert_eq!(dataset.users(), &IdTable::from_text(["1"]));
    assert_eq!((report.rows, report.below_threshold), (3, 2));
    let stats = report.ratings.unwrap();
    assert_eq!((stats.min, stats.max, stats.mean), (3.0, 4.0, 3.5));
}

#[test]
fn adjacency_lists_are_told_from_tables() {
    let (dataset, report) = read_all("0 5 3 9\n1 3\n2\n3 9 5\n");
    assert_eq!(report.format.kind, FormatKind::Adjacency);
    assert_eq!((report.rows, dataset.interactions().nnz(), dataset.users().len()), (6, 6, 3));
    let (_, report) = read_all("1 2 3\n4 5 1\n6 7 2\n");
    assert_eq!(report.format.kind, FormatKind::Table);
    let adjacency = Some(FormatKind::Adjacency);
    let forced = ReadOptions { format: adjacency, ..ReadOptions::default() };
    let (dataset, _) = read_with("1 2 3\n4 5 1\n", &forced).unwrap();
    assert_eq!(dataset.interactions().nnz(), 4);
    // Two columns mean the same either way.
    assert_eq!(read_all("1 2\n3 4\n").0, read_all("1,2\n3,4\n").0);
}

#[test]
fn a_colon_behind_the_user_of_a_list_is_no_part_of_the_id() {
    let expected = read_all("1 31 45\n2 31 46\n3 7\n").0;
    for text in [
        "1: 31 45\n2: 31 46\n3: 7\n",
        "1: 31 45\n2: 46 31\n3 7\n",
        "1 : 31 45\n2 : 31 46\n3 : 7\n",
        "1:\t31\t45\n2:\t31\t46\n3:\t7\n",
    ] {
        let (dataset, report) = read_all(text);
        assert_eq!(dataset, expected, "{text:?}");
        assert_eq!((report.format.kind, report.format.colon), (FormatKind::Adjacency, true));
        assert_eq!(report.doubts, []);
    }
    let (dataset, _) = read_all("a:b: x\nc: x y\n");
    assert_eq!(dataset.users(), &IdTable::from_text(["a:b", "c"]));
}

#[test]
fn words_of_a_column_say_which_rows_are_positive() {
    let text = "user,item,event\n1,31,view\n1,20,Buy\n2,20,cart\n2,31,buy\n";
    for (text, rule, left) in [
        (text, "event=buy", 2),
        (text, "event=buy,cart", 3),
        (text, "3=view", 1),
        (&text.replace("event", "what"), "what=buy", 2),
        (&text.replace("user,item,event\n", ""), "3=buy", 2),
        ("user,item,liked\n1,2,True\n1,3,False\n", "liked=true", 1),
        ("user,item,liked\n1,2,1\n1,3,0\n", "liked=1", 1),
        ("1,2,5\n1,3,4.0\n1,4,1\n", "rating=4,5", 2),
        ("1,2,5\n1,3,4.0\n1,4,1\n", "rating==4", 1),
    ] {
        let positive = Some(rule.parse().unwrap());
        let options = ReadOptions { positive, keep: ALL, ..ReadOptions::default() };
        let (dataset, report) = read_with(text, &options).unwrap();
        assert_eq!(dataset.interactions().nnz(), left, "{rule} of {text:?}");
        assert_eq!(report.rows, report.below_threshold + left as u64);
        assert_eq!(report.positive.unwrap().replace("==", "="), rule.replace("==", "="));
        assert_eq!(report.doubts, []);
    }
}

#[test]
fn times_and_row_numbers_are_taken_for_no_ids() {
    for (text, user, item) in [
        ("196,12:30:05,242,5\n186,09:15:00,302,3\n", 1, 3),
        ("2024-05-01,196,242\n2024-05-02,186,302\n", 2, 3),
        ("196,01/05/2024 8:15,242\n186,02/05/2024 9:00,302\n", 1, 3),
        (",who,what\n0,5,a\n1,6,b\n", 2, 3),
        ("Unnamed: 0,userId,what\n0,5,a\n1,6,b\n", 2, 3),
        ("userId,when,what\n5,12:30,a\n6,12:31,b\n", 1, 3),
        ("who,when,what\nann,12:30,a\nbob,12:31,b\n", 1, 3),
    ] {
        let (_, report) = read_with(text, &ReadOptions::default()).unwrap();
        let format = &report.format;
        assert_eq!((format.user.number, format.item.number), (user, item), "{text:?}");
        assert_eq!(report.doubts, [], "{text:?}");
    }
    let (_, report) = read_all("196,2024-05-01,242,5\n186,2024-05-02,302,3\n");
    assert_eq!(report.format.rating.unwrap().number, 4);
    assert_eq!(report.times, Some((1_714_521_600, 1_714_608_000)));
}

#[test]
fn columns_are_found_named_and_reported() {
    let (_, report) = read_all("movie_id,who,x,user,Stars\n1,a,b,2,3\n");
    assert_eq!((report.format.user.number, report.format.item.number), (4, 1));
    assert_eq!(report.format.rating.unwrap().name.as_deref(), Some("Stars"));
    assert_eq!((report.format.header, report.format.time), (true, None));
    let columns = "user=who,item=1".parse().unwrap();
    let (dataset, report) =
        read_with("a,who,b\n1,u,3\n", &ReadOptions { columns, ..ReadOptions::default() }).unwrap();
    assert_eq!(dataset.users(), &IdTable::from_text(["u"]));
    assert_eq!(report.format.rating, None);
    let (_, report) = read_all("1,2,900000000\n1,3,900000001\n");
    assert_eq!((report.format.rating, report.format.time.unwrap().number), (None, 3));
    assert_eq!(report.times, Some((900_000_000, 900_000_001)));
    // Unknown names above numbers are a header; text above text is not.
    assert!(read_all("a,b\n1,2\n").1.format.header);
    assert!(!read_all("a,b\nc,d\n").1.format.header);
}

#[test]
fn ids_keep_every_character() {
    let (dataset, report) =
        read_all("user,item\n007,caf\u{e9}\n7,\" x\"\n7.0,\"a \"\"b\"\", c\"\n");
    assert_eq!(dataset.users(), &IdTable::from_text(["007", "7", "7.0"]));
    assert_eq!(dataset.items(), &IdTable::from_text(["caf\u{e9}", " x", "a \"b\", c"]));
    assert_eq!((report.odd_users, report.format.delimiter), (None, Some(Delimiter::Comma)));
    assert_eq!(read_all(b"user,item\n1,caf\xe9\n").0.items(), &IdTable::from_text(["caf\u{e9}"]));
}

#[test]
fn ids_out_of_place_are_noted() {
    let mut text: String = (0..30).map(|n| format!("{n},{n}\n")).collect();
    text += "-1,5\n1.0,6\n";
    let (_, report) = read_all(&text);
    let odd = report.odd_users.unwrap();
    assert_eq!((odd.rows, odd.first_line, odd.first_value.as_str()), (2, 31, "-1"));
    assert_eq!(report.odd_items, None);
}

#[test]
fn compressed_files_are_read_as_they_are() {
    let text = "1,2\n3,4\n".repeat(20_000);
    let mut gzip = Vec::new();
    for half in [&text[..text.len() / 2], &text[text.len() / 2..]] {
        let mut member = flate2::write::GzEncoder::new(&mut gzip, flate2::Compression::fast());
        member.write_all(half.as_bytes()).unwrap();
        member.finish().unwrap();
    }
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let zstd = compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
    for (packed, compression) in [(&gzip, Compression::Gzip), (&zstd, Compression::Zstd)] {
        let (dataset, report) = read_all(packed);
        assert_eq!(dataset, read_all("1,2\n3,4\n").0);
        assert_eq!((report.format.compression, report.rows), (compression, 40_000));
        assert_eq!(report.duplicates, 39_998);
        let cut = &packed[..packed.len() - 5];
        let error = read_with(cut, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.ends_with("ends too early: the file is truncated"), "{error}");
    }
}

#[test]
fn checksum_progress_and_report_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let options = ReadOptions { checksum: true, ..ReadOptions::default() };
    // The first is read in parallel, the second, for its quotes, is not.
    for row in ["1,2\n", "\"1\",234\n"] {
        let size = 1 << 25;
        std::fs::write(&path, row.repeat(size / row.len())).unwrap();
        let mut calls = Vec::new();
        let mut progress = |bytes, total| calls.push((bytes, total));
        let (_, report) =
            crate::read_interactions_with_progress(&path, &options, &mut progress).unwrap();
        let size = size as u64;
        assert_eq!(calls.last(), Some(&(size, size)));
        assert!((4..=34).contains(&calls.len()) && calls.is_sorted(), "{calls:?}");
        assert_eq!(report.bytes, size);
    }
    let (_, report) = read_with("1,2", &options).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["format"]["delimiter"], "comma");
    assert_eq!(
        report.sha256.as_deref(),
        Some("17f8af97ad4a7f7639a4c9171d5185cbafb85462877a4746c21bdb0a4f940ca0")
    );
}
