//! `recommend -o`: lists as files.

use crate::support::Folder;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::io::Read;

#[test]
fn a_file_has_what_is_printed() {
    let folder = Folder::trained();
    let titles: String = (0..29).map(|item| format!("{item},\"Tea, no. {item}\"\n")).collect();
    folder.write("titles.csv", ["item,title\n", &titles].concat());
    let all = "recommend good.model --all -k 30";
    let printed = folder.ok(&format!("{all} --format csv"));
    let ran = folder.ok(&format!("{all} -o lists.csv --json"));
    assert_eq!(folder.text("lists.csv"), printed.stdout);
    let json = ran.json();
    assert_eq!(json["users"], 40);
    assert_eq!(json["rows"].as_u64().unwrap() as usize, printed.cells().len() - 1);
    assert_eq!(json["output"], "lists.csv");

    folder.ok(&format!("{all} -o lists.jsonl --titles titles.csv"));
    let text = folder.text("lists.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), printed.cells().len() - 1);
    for (line, row) in lines.iter().zip(&printed.cells()[1..]) {
        let same = [&line["user"], &line["item"]] == [row[0], row[2]];
        assert!(same && line["rank"].as_u64() == row[1].parse().ok(), "{line} {row:?}");
        // Of the same f32: csv has the fewest digits, JSON those of the f64, as lists on stdout have.
        assert_eq!(line["score"].as_f64(), row[3].parse::<f32>().ok().map(f64::from));
        let title = match row[2] {
            "29" => Value::Null,
            item => format!("Tea, no. {item}").into(),
        };
        assert_eq!(line["title"], title);
    }
}

#[test]
fn a_file_may_be_packed_and_is_the_same_at_any_number_of_threads() {
    let folder = Folder::trained();
    for ending in ["csv", "jsonl"] {
        folder.ok(&format!("recommend good.model --all -o a.{ending} --threads 1"));
        folder.ok(&format!("recommend good.model --all -o a.{ending}.gz --threads 1"));
        folder.ok(&format!("recommend good.model --all -o b.{ending}.gz --threads 2"));
        let packed = folder.read(&format!("a.{ending}.gz"));
        assert_eq!(packed, folder.read(&format!("b.{ending}.gz")));
        let mut unpacked = String::new();
        GzDecoder::new(&packed[..]).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, folder.text(&format!("a.{ending}")));
    }
}

#[test]
fn ids_come_back_as_they_were() {
    let folder = Folder::new();
    folder.write(
        "odd.csv",
        "user,item\n\" a\",\"x,\"\"y\"\"\"\n\" a\",007\nb,\"x,\"\"y\"\"\"\nc,007\nc,1\n",
    );
    folder.ok("train odd.csv -o odd.model --model popularity");
    folder.ok("recommend odd.model --all -o lists.csv");
    let again = folder.ok("inspect lists.csv --json --columns user=1,item=3,rating=4").json();
    assert_eq!(
        (&again["rows"], &again["users"], &again["items"]),
        (&4.into(), &3.into(), &3.into())
    );
    let text = folder.text("lists.csv");
    assert!(text.contains("\"b\",1,\"007\",2.0\n") && text.contains("\"x,\"\"y\"\"\""), "{text}");
    folder.ok("recommend odd.model --items 1 -o nobody.csv");
    assert!(folder.text("nobody.csv").starts_with("user,rank,item,score\n,1,"));
}

#[test]
fn nothing_is_replaced_without_force_and_nothing_half_written() {
    let folder = Folder::trained();
    folder.write("lists.csv", "mine");
    let command = "recommend good.model --all -o lists.csv";
    folder.fails_saying(2, command, &["lists.csv: ", "--force"]);
    assert_eq!(folder.text("lists.csv"), "mine");
    folder.ok(&format!("{command} --force"));
    assert!(folder.text("lists.csv").starts_with("user,rank,"));
    let input = ["lists.csv: is an input and the output", "another file"];
    folder.fails_saying(2, "recommend good.model --users lists.csv -o lists.csv --force", &input);
    for name in ["lists.xls", "lists.parquet.gz"] {
        let ending = [&*format!("{name}: the ending names no format of tables"), ".csv, .jsonl"];
        folder.fails_saying(2, &format!("recommend good.model --all -o {name}"), &ending);
    }
    folder.fails_saying(2, "recommend good.model --all -o -", &["-: the ending names no format"]);
    folder.fails_saying(2, "recommend good.model --all -o no/lists.csv", &["no/lists.csv: "]);
}

#[cfg(feature = "parquet")]
#[test]
fn lists_and_scores_in_parquet_are_those_in_csv() {
    let folder = Folder::trained();
    for file in ["lists", "scores"] {
        let written = |ending: &str| {
            let to = format!("{file}.{ending}");
            match file {
                "lists" => folder.ok(&format!("recommend good.model --all -k 5 -o {to}")),
                _ => folder.ok(&format!("score good.model good.csv -o {to}")),
            };
            let read = format!("inspect {to} --columns user=user,item=item,rating=score --json");
            folder.ok(&read).json()
        };
        let (csv, parquet) = (written("csv"), written("parquet"));
        for name in ["rows", "users", "items", "interactions", "rating", "popularity"] {
            assert_eq!(csv[name], parquet[name], "{file}, {name}");
        }
    }
}
