//! The files that are read, and the ids that come out as they went in.

use crate::support::{Folder, ratings, rows};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// `good.csv` with another delimiter, line end or header.
fn written(header: &str, delimiter: &str, end: &str) -> String {
    let line = |row: [u32; 4]| row.map(|field| field.to_string()).join(delimiter) + end;
    header.to_owned() + &rows().into_iter().map(line).collect::<String>()
}

#[test]
fn the_same_rows_in_any_format_are_the_same_data() {
    let folder = Folder::new();
    let header = |delimiter: &str| ["user", "item", "rating", "time"].join(delimiter) + "\n";
    let files: [(&str, Vec<u8>); 9] = [
        ("comma.csv", ratings().into()),
        ("colons.dat", written("", "::", "\n").into()),
        ("tabs.tsv", written(&header("\t"), "\t", "\n").into()),
        ("semicolons.csv", written(&header(";"), ";", "\n").into()),
        ("pipes.csv", written("", "|", "\n").into()),
        ("crlf.csv", ratings().replace('\n', "\r\n").into()),
        ("bom.csv", ["\u{feff}", &ratings()].concat().into()),
        ("packed.csv.gz", gzip(&ratings())),
        ("blanks.txt", written("", " ", "\n").into()),
    ];
    let mut models = Vec::new();
    for (name, content) in files {
        folder.write(name, content);
        let ran = folder.ok(&format!("train {name} -o {name}.model --factors 4 --epochs 2"));
        assert_eq!(ran.lines("note: "), [""; 0], "{ran:?}");
        models.push((name, folder.read(&format!("{name}.model"))));
    }
    for (name, model) in &models[1..] {
        assert!(*model == models[0].1, "{name}");
    }
}

#[test]
fn adjacency_lists_are_the_same_data_as_pairs() {
    let folder = Folder::new();
    folder.write("pairs.csv", "user,item\n1,10\n1,11\n2,10\n3,12\n3,10\n3,11\n");
    folder.write("lists.txt", "1 10 11\n2 10\n3 12 10 11\n");
    for name in ["pairs.csv", "lists.txt"] {
        folder.ok(&format!("train {name} -o {name}.model --model popularity"));
    }
    assert!(folder.read("pairs.csv.model") == folder.read("lists.txt.model"));
}

#[test]
fn ids_are_kept_as_written() {
    let folder = Folder::new();
    let ids =
        ["007", "7", "Zoë", "дом", "a b", "semi;colon", "with,comma", "say \"hi\"", "-1", "1.0"];
    let quoted = |id: &str| format!("\"{}\"", id.replace('"', "\"\""));
    let row = |(n, id): (usize, &&str)| format!("{},{}\nother,{}\n", quoted(id), n, quoted(id));
    let rows: String = ids.iter().enumerate().map(row).collect();
    folder.write("ids.csv", ["user,item\n", &rows].concat());
    folder.ok("train ids.csv -o ids.model --model popularity");
    let lines = folder.ok("recommend ids.model --all --json -k 30 --with-seen").stdout;
    let lists: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for id in ids {
        let list = lists.iter().find(|list| list["user"] == id);
        let items = list.unwrap_or_else(|| panic!("{id}"))["items"].as_array().unwrap();
        assert!(items.iter().any(|item| item["item"] == id), "{id}");
        let ran = folder.run_with(&["recommend", "ids.model", "--user", id, "--json", "-k", "1"]);
        assert_eq!(ran.json()["user"], id);
    }
}

#[test]
fn ids_survive_a_split() {
    let folder = Folder::new();
    let rows: String = (0..10).map(|n| format!("\"a,\"\"b\"\"\",0{n}\n Zoë ,{n}\n")).collect();
    folder.write("ids.csv", ["user,item\n", &rows].concat());
    folder.ok("split ids.csv -o parts");
    folder.ok("train parts -o whole.model --model popularity");
    let lines = folder.ok("recommend whole.model --all --json -k 1").stdout;
    let user = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["user"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(lines.lines().map(user).collect::<Vec<_>>(), ["Zoë", "a,\"b\""]);
}

#[test]
fn columns_are_taken_by_number_and_by_name() {
    let folder = Folder::new();
    folder.write("named.csv", "when,who,what,stars\n5,a,x,1\n6,a,y,2\n7,b,x,3\n");
    folder.write("bare.csv", "5,a,x,1\n6,a,y,2\n7,b,x,3\n");
    let by_name = folder
        .ok("inspect named.csv --json --columns user=who,item=what,rating=stars,time=when")
        .json();
    let by_number =
        folder.ok("inspect bare.csv --json --columns user=2,item=3,rating=4,time=1").json();
    for json in [&by_name, &by_number] {
        assert_eq!((&json["users"], &json["items"]), (&2.into(), &2.into()));
        assert_eq!(json["rating"]["mean"], 2.0);
        assert_eq!(json["time"], serde_json::json!([5, 7]));
    }
    assert_eq!(
        (&by_name["format"]["header"], &by_number["format"]["header"]),
        (&true.into(), &false.into())
    );
}
