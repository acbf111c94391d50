//! Every kind of file that is read, with what `inspect` says of it.

use crate::support::{Folder, Ran, foretaste, ratings, rows};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::Write;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A Zstandard frame of one block that is stored as it is.
fn zstd(text: &str) -> Vec<u8> {
    let size = u32::try_from(text.len()).unwrap();
    let block = ((size << 3) | 1).to_le_bytes();
    let magic = [0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    [&magic[..], &size.to_le_bytes(), &block[..3], text.as_bytes()].concat()
}

/// The rows with another header, by a way to write one.
fn written(header: &str, line: impl Fn([u32; 4]) -> String) -> String {
    header.to_owned() + &rows().into_iter().map(|row| line(row) + "\n").collect::<String>()
}

fn joined(delimiter: &str) -> impl Fn([u32; 4]) -> String + '_ {
    move |row| row.map(|field| field.to_string()).join(delimiter)
}

fn header(delimiter: &str) -> String {
    ["user", "item", "rating", "time"].join(delimiter) + "\n"
}

/// A time of the rows, all within a day, as ISO 8601 has it.
fn iso(time: u32) -> String {
    format!("1970-01-01T{:02}:{:02}:{:02}.5+00:00", time / 3600, time / 60 % 60, time % 60)
}

fn json([user, item, rating, time]: [u32; 4]) -> String {
    format!(
        "{{\"user_id\":{user},\"tags\":[1],\"item_id\":\"{item}\",\"rating\":{rating},\"ts\":{time}}}"
    )
}

fn other_json([user, item, rating, time]: [u32; 4]) -> String {
    format!(
        "{{\"at\": \"{}\", \"what\": {item}, \"who\": \"{user}\", \"stars\": {rating}}}",
        iso(time)
    )
}

const COLUMNS: &str = "user=1,item=2,rating=3,time=4";

/// Files of the same rows: name, content, flags, and the format that `inspect` tells.
fn table() -> Vec<(&'static str, Vec<u8>, &'static str, String)> {
    let with = |delimiter: &str| format!("{delimiter} between fields, with header, {COLUMNS}");
    let without =
        |delimiter: &str| format!("{delimiter} between fields, without header, {COLUMNS}");
    let lines = "JSON lines, user=user_id,item=item_id,rating=rating,time=ts";
    let inter = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
    let dates =
        |[user, item, rating, time]: [u32; 4]| format!("{user},{item},{rating},{}", iso(time));
    let half = ratings().len() / 2;
    let other = "--columns user=who,item=what,rating=stars,time=at";
    vec![
        ("comma.csv", ratings().into(), "", with("','")),
        ("colons.dat", written("", joined("::")).into(), "", without("'::'")),
        ("tabs.tsv", written(&header("\t"), joined("\t")).into(), "", with("tab")),
        ("semicolons.csv", written(&header(";"), joined(";")).into(), "", with("';'")),
        ("pipes", written("", joined("|")).into(), "", without("'|'")),
        ("blanks.txt", written("", joined(" ")).into(), "", without("space")),
        ("crlf.csv", ratings().replace('\n', "\r\n").into(), "", with("','")),
        ("bom.csv", ["\u{feff}", &ratings()].concat().into(), "", with("','")),
        ("dates.csv", written(&header(","), dates).into(), "", with("','")),
        ("dates.txt", written("", dates).into(), "", without("','")),
        ("recbole.inter", written(inter, joined("\t")).into(), "", with("tab")),
        ("packed.csv.gz", gzip(&ratings()), "", with("','") + ", gzip"),
        (
            "members.gz",
            [gzip(&ratings()[..half]), gzip(&ratings()[half..])].concat(),
            "",
            with("','") + ", gzip",
        ),
        ("padded.gz", [gzip(&ratings()), vec![0; 10_000]].concat(), "", with("','") + ", gzip"),
        ("packed.csv.zst", zstd(&ratings()), "", with("','") + ", zstd"),
        ("lines.jsonl", written("", json).into(), "", lines.into()),
        ("lines.ndjson", written("\n", json).into(), "", lines.into()),
        ("sniffed", written("", json).into(), "", lines.into()),
        ("lines.jsonl.gz", gzip(&written("", json)), "", format!("{lines}, gzip")),
        (
            "named.jsonl",
            written("", other_json).into(),
            other,
            "JSON lines, user=who,item=what,rating=stars,time=at".into(),
        ),
    ]
}

fn piped(folder: &Folder, file: &str, arguments: &str) -> Ran {
    let input = File::open(folder.path(file)).unwrap();
    let output = foretaste(folder, arguments).stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (what, code) = (format!("{arguments} < {file}"), output.status.code());
    Ran { what, code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn inspect_says_what_every_input_is() {
    let folder = Folder::new();
    for (name, content, flags, format) in table() {
        folder.write(name, content);
        let ran = folder.ok(&format!("inspect {name} {flags}"));
        let said = ran.stdout.lines().find(|line| line.trim_start().starts_with("format "));
        let said = said.unwrap_or_else(|| panic!("{ran:?}")).trim_start()["format ".len()..].trim();
        assert_eq!(said, format, "{name}");
        let json = folder.ok(&format!("inspect {name} --json {flags}")).json();
        let figures = ["rows", "users", "items", "interactions"].map(|key| json[key].as_u64());
        let rows = Some(rows().len() as u64);
        assert_eq!(figures, [rows, Some(40), Some(30), rows], "{name}");
        assert!(json["rating"]["min"] == 1.0 && json["rating"]["max"] == 5.0, "{name}");
        let times = crate::support::rows().into_iter().map(|row| row[3]);
        let times = (times.clone().min(), times.max());
        assert_eq!(json["time"], serde_json::json!(times), "{name}");
        // The same through a pipe.
        let piped = piped(&folder, name, &format!("inspect - --json {flags}"));
        let mut theirs = piped.json();
        theirs["file"] = json["file"].clone();
        assert_eq!(theirs, json, "{name}");
        assert!(piped.stderr.starts_with("read stdin: "), "{piped:?}");
    }
}

#[test]
fn all_inputs_train_the_same_model() {
    let folder = Folder::new();
    let train = |data: &str, model: &str, flags: &str| {
        format!("train {data} -o {model} --factors 4 --epochs 2 {flags}")
    };
    let mut models = Vec::new();
    for (name, content, flags, _) in table() {
        folder.write(name, content);
        folder.ok(&train(name, &format!("{name}.model"), flags));
        models.push((name, folder.read(&format!("{name}.model"))));
    }
    for (name, model) in &models[1..] {
        assert!(*model == models[0].1, "{name}");
    }
    let ran = piped(&folder, "padded.gz", &train("-", "piped.model", ""));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(folder.read("piped.model") == models[0].1);
}

#[test]
fn stdin_can_be_split_and_evaluated_and_is_read_once() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.ok("split good.csv -o parts");
    let ran = piped(&folder, "good.csv", "split - -o piped");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in ["train.csv", "valid.csv", "test.csv"] {
        assert!(folder.read(&format!("parts/{part}")) == folder.read(&format!("piped/{part}")));
    }
    folder.ok("train parts -o a.model --factors 4 --epochs 2");
    let expected =
        folder.ok("evaluate a.model --train parts/train.csv --test parts/test.csv --json");
    let arguments = "evaluate a.model --train parts/train.csv --test - --json";
    assert_eq!(piped(&folder, "parts/test.csv", arguments).stdout, expected.stdout);
    let twice = piped(&folder, "good.csv", "evaluate a.model --train - --test - --json");
    assert_eq!(twice.code, Some(2), "{twice:?}");
    assert!(twice.stderr.contains("stdin can be read once"), "{twice:?}");
    let folderless = piped(&folder, "good.csv", "compare - bpr");
    assert_eq!(folderless.code, Some(2), "{folderless:?}");
}

#[test]
fn bad_lines_of_json_are_named() {
    let folder = Folder::new();
    for (name, content, said) in [
        (
            "missing.jsonl",
            "{\"user\":1,\"item\":2}\n{\"user\":1}\n",
            "missing.jsonl:2: there is no field \"item\"",
        ),
        (
            "nested.jsonl",
            "{\"user\":1,\"item\":2}\n\n{\"user\":1,\"item\":[3]}\n",
            "nested.jsonl:3: the field \"item\" holds an array or an object",
        ),
        (
            "cut.jsonl",
            "{\"user\":1,\"item\":2}\n{\"user\":1,",
            "cut.jsonl:2: the line is no JSON object",
        ),
        ("array.json", "[{\"user\":1,\"item\":2}]", "array.json: this is one JSON array"),
        (
            "unknown.jsonl",
            "{\"a\":1,\"b\":2}\n",
            "no field is known to be the user; there are: a, b",
        ),
        ("csv.jsonl", "user,item\n1,2\n", "csv.jsonl:1: the line is no JSON object"),
        ("empty.jsonl", "\n", "empty.jsonl: the file is empty"),
    ] {
        folder.write(name, content);
        folder.fails_saying(3, &format!("inspect {name}"), &[said]);
    }
    let ran = folder.ok("inspect missing.jsonl --on-bad-row skip");
    assert!(ran.stderr.contains("skipped 1 bad row, the first in line 2"), "{ran:?}");
}

#[test]
fn times_that_can_not_be_read_are_left_out_unless_they_are_needed() {
    let folder = Folder::new();
    folder.write("when.csv", "user,item,time\n1,2,2024-05-01\n1,3,yesterday\n2,2,2024-05-03\n");
    let ran = folder.ok("inspect when.csv");
    let left_out =
        "times are left out, the first that can't be read is in line 3: time \"yesterday\"";
    assert!(ran.stderr.contains(left_out), "{ran:?}");
    folder.ok("train when.csv -o when.model --model popularity");
    folder.fails_saying(
        3,
        "split when.csv -o parts --by time",
        &["when.csv:3: time \"yesterday\""],
    );
}

#[test]
fn weights_are_read_summed_and_learned_from() {
    let folder = Folder::new();
    let plays = |[user, item, rating, _]: [u32; 4]| format!("{user},{item},{rating}");
    folder.write("plays.csv", written("user,item,plays\n", plays) + "0,0,100\n");
    let ran = folder.ok("inspect plays.csv --weight plays --json");
    let json = ran.json();
    assert!(json["weight"]["min"] == 1.0 && json["weight"]["max"] == 101.0, "{json}");
    assert_eq!(json["duplicates"], 1);
    let train = "train plays.csv --model ials --factors 4 --epochs 2";
    folder.ok(&format!("{train} -o plain.model"));
    let linear = folder.ok(&format!("{train} -o linear.model --weight plays"));
    assert!(linear.stderr.contains("weighing by plays, linear: an interaction counts 1 to 101"));
    folder.ok(&format!("{train} -o log.model --weight plays --weight-as log1p:2"));
    let models = ["plain", "linear", "log"].map(|name| folder.read(&format!("{name}.model")));
    assert!(models[0] != models[1] && models[1] != models[2] && models[0] != models[2]);
    // A split has the sums.
    folder.ok("split plays.csv -o parts --weight plays");
    folder.ok("train parts -o parts.model --weight rating --model relmf --estimator wmf --factors 4 --epochs 2");
    folder.fails_saying(
        2,
        "train plays.csv -o bpr.model --model bpr --weight plays",
        &["--weight plays: bpr does not weigh interactions", "ials"],
    );
    folder.fails(2, "train plays.csv -o x.model --model ials --weight-as log1p");
    folder.fails_saying(3, "inspect plays.csv --weight hours", &["there is no column \"hours\""]);
    for bad in ["0", "-1", "nan", "inf", "many"] {
        folder.write("bad.csv", format!("user,item,plays\n1,2,3\n1,3,{bad}\n2,3,1\n"));
        let said = format!(
            "bad.csv:3: {} \"{bad}\"",
            if bad == "0" || bad == "-1" { "weight" } else { "rating" }
        );
        folder.fails_saying(3, "inspect bad.csv --weight plays", &[&said]);
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_like_the_csv_of_the_same_table() {
    let folder = Folder::new();
    let parquet = include_bytes!("ratings.parquet");
    folder.write("ratings.parquet", parquet);
    let row = |(u, n): (u32, u32)| {
        let rating = f64::from((u + n) % 10 + 1) / 2.0;
        format!("{u},{},{rating},{}\n", (u * 7 + n * 13) % 50, 900_000_000 + u * 100 + n)
    };
    let rows = (0..20).flat_map(|u| (0..10).map(move |n| (u, n))).map(row).collect::<String>();
    folder.write("ratings.csv", "userId,movieId,rating,timestamp\n".to_owned() + &rows);
    let ran = folder.ok("inspect ratings.parquet");
    let format = "Parquet, user=userId,item=movieId,rating=rating,time=timestamp";
    assert!(ran.stdout.contains(format), "{ran:?}");
    for name in ["ratings.csv", "ratings.parquet"] {
        folder.ok(&format!("train {name} -o {name}.model --factors 4 --epochs 2"));
    }
    assert!(folder.read("ratings.csv.model") == folder.read("ratings.parquet.model"));
    let json = folder.ok("inspect ratings.parquet --json").json();
    let mut piped = piped(&folder, "ratings.parquet", "inspect - --json").json();
    piped["file"] = json["file"].clone();
    assert_eq!(piped, json);
    folder.write("cut.parquet", &parquet[..parquet.len() - 9]);
    folder.fails_saying(3, "inspect cut.parquet", &["PAR1 is missing at its end"]);
    folder.write("text.parquet", "user,item\n1,2\n");
    folder.fails_saying(3, "inspect text.parquet", &["PAR1 is missing at its beginning"]);
    // A page with a flipped bit, and a footer with one: no panic is seen.
    for at in (4..parquet.len()).step_by(101) {
        let mut damaged = parquet.to_vec();
        damaged[at] ^= 0x80;
        folder.write("damaged.parquet", damaged);
        let ran = folder.run("inspect damaged.parquet");
        assert!(matches!(ran.code, Some(0 | 3)), "{at}: {ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{at}: {ran:?}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_is_refused_by_a_build_without_it() {
    let folder = Folder::new();
    folder.write("ratings.parquet", include_bytes!("ratings.parquet"));
    let said = [
        "ratings.parquet: this is a Parquet file, and this build reads none",
        "--features parquet",
    ];
    folder.fails_saying(3, "inspect ratings.parquet", &said);
    let ran = piped(&folder, "ratings.parquet", "inspect -");
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

#[test]
fn a_threshold_on_another_column_says_how_it_is_the_rating() {
    let folder = Folder::new();
    folder.write("prices.csv", "user,item,price\n1,2,3\n");
    folder.write("rated.csv", "user,item,rating,price\n1,2,5,3\n");
    for file in ["prices.csv", "rated.csv"] {
        let line = format!("inspect {file} --positive price>=2");
        folder.fails_saying(3, &line, &["--columns rating=price takes it"]);
        let rated =
            folder.ok(&format!("inspect {file} --positive price>=2 --columns rating=price"));
        assert!(rated.stdout.contains('1'), "{rated:?}");
    }
    folder.fails_saying(3, "inspect prices.csv --positive cost>=2", &["--columns rating=N"]);
}

#[test]
fn ids_of_an_old_encoding_are_told() {
    let folder = Folder::new();
    folder.write("old.csv", b"user,item\n1,caf\xe9\n2,th\xe9\n2,tea\n");
    let ran = folder.ok("inspect old.csv");
    let note = "item ids are no UTF-8, and are read as windows-1252: \"caf\u{e9}\"";
    assert!(ran.stdout.contains(note) || ran.stderr.contains(note), "{ran:?}");
    folder.write("new.csv", "user,item\n1,caf\u{e9}\n2,tea\n");
    let ran = folder.ok("inspect new.csv");
    assert!(!ran.stdout.contains("1252") && !ran.stderr.contains("1252"), "{ran:?}");
}
