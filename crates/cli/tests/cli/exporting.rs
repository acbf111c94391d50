//! `export`: vectors and indexes as files.

use crate::support::{Folder, foretaste, items};

/// The rows of a `.npy` file of 32-bit numbers.
fn npy(folder: &Folder, name: &str) -> Vec<Vec<f32>> {
    let bytes = folder.read(name);
    let length = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8(bytes[10..length].to_vec()).unwrap();
    let shape = header.split("'shape': (").nth(1).unwrap().split(')').next().unwrap();
    let shape: Vec<usize> = shape.split(", ").map(|n| n.parse().unwrap()).collect();
    let numbers = bytes[length..].chunks_exact(4);
    let numbers: Vec<f32> = numbers.map(|n| f32::from_le_bytes(n.try_into().unwrap())).collect();
    assert_eq!(numbers.len(), shape[0] * shape[1], "{header}");
    numbers.chunks(shape[1]).map(<[f32]>::to_vec).collect()
}

fn lines(folder: &Folder, name: &str) -> Vec<String> {
    folder.text(name).lines().map(str::to_owned).collect()
}

/// From the first number to the last: no other rounding than that of scores.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// Models without biases, with those of items, and with all, and how many numbers these add.
fn models(folder: &Folder) -> [(&'static str, usize); 3] {
    let train = |options: &str| folder.ok(&format!("train good.csv --factors 5 {options}"));
    train("--epochs 5 -o plain.model");
    train("--epochs 5 --item-bias -o items.model");
    let all = "--set bias.user=true --set bias.item=true --set bias.global=true";
    train(&format!("--epochs 5 --model relmf {all} -o all.model"));
    [("plain.model", 0), ("items.model", 1), ("all.model", 2)]
}

#[test]
fn products_of_the_vectors_are_the_scores_and_give_the_lists() {
    let folder = Folder::trained();
    for (model, biases) in models(&folder) {
        let json =
            folder.ok(&format!("export {model} --what items -o i.npy --force --json")).json();
        assert_eq!(
            (&json["rows"], &json["columns"]),
            (&30.into(), &(5 + biases).into()),
            "{model}"
        );
        assert_eq!((&json["factors"], &json["what"]), (&5.into(), &"items".into()));
        assert_eq!(json["item_bias"], biases > 0, "{model}");
        assert_eq!(json["user_bias"], biases > 1, "{model}");
        assert_eq!(json["bytes"], folder.read("i.npy").len());
        assert_eq!((&json["output"], &json["ids"]), (&"i.npy".into(), &"i.ids".into()));
        folder.ok(&format!("export {model} --what users -o u.npy --force"));
        let (users, of_users) = (lines(&folder, "u.ids"), npy(&folder, "u.npy"));
        let (item_ids, of_items) = (lines(&folder, "i.ids"), npy(&folder, "i.npy"));

        let pairs: String = (users.iter())
            .flat_map(|user| item_ids.iter().map(move |item| format!("{user},{item}\n")))
            .collect();
        folder.write("pairs.csv", format!("user,item\n{pairs}"));
        let scores = folder.ok(&format!("score {model} pairs.csv --format csv"));
        let scores: Vec<f32> =
            scores.cells()[1..].iter().map(|row| row[2].parse().unwrap()).collect();
        let products: Vec<f32> = of_users
            .iter()
            .flat_map(|user| of_items.iter().map(move |item| dot(user, item)))
            .collect();
        assert_eq!(products, scores, "{model}");

        let lists = folder.ok(&format!("recommend {model} --all -k 30 --with-seen --json"));
        for (list, of_user) in lists.json_lines().iter().zip(products.chunks(30)) {
            let mut best: Vec<usize> = (0..30).collect();
            best.sort_by(|&a, &b| of_user[b].total_cmp(&of_user[a]).then(a.cmp(&b)));
            let best: Vec<String> = best.into_iter().map(|item| item_ids[item].clone()).collect();
            assert_eq!(items(list), best, "{model}");
        }
    }
}

#[test]
fn tables_have_the_numbers_of_matrices() {
    let folder = Folder::trained();
    folder.ok("export good.model --what users -o u.npy");
    let ran = folder.ok("export good.model --what users -o u.csv --threads 1");
    folder.ok("export good.model --what users -o again.csv --threads 2");
    assert_eq!(folder.text("u.csv"), folder.text("again.csv"));
    assert!(ran.stdout.contains("u.csv") && !ran.stdout.contains("ids"), "{ran:?}");
    let piped = folder.ok("export good.model --what users -o u.csv --force --format csv");
    assert_eq!(piped.cells()[0], ["rows", "columns", "bytes", "file"]);
    assert_eq!(piped.cells()[1][2], folder.read("u.csv").len().to_string());
    let (text, matrix) = (folder.text("u.csv"), npy(&folder, "u.npy"));
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..3], ["user", "f1", "f2"]);
    let ids: Vec<&str> = rows[1..].iter().map(|row| row[0]).collect();
    assert_eq!(ids, lines(&folder, "u.ids"));
    let numbers = |row: &Vec<&str>| row[1..].iter().map(|n| n.parse().unwrap()).collect();
    assert_eq!(rows[1..].iter().map(numbers).collect::<Vec<Vec<f32>>>(), matrix);
}

#[test]
fn vectors_are_read_back_as_features() {
    let folder = Folder::new();
    folder
        .write("odd.csv", "user,item\n\" a\",\"x,\"\"y\"\n\" a\",007\nb,\"x,\"\"y\"\nc,007\nc,1\n");
    folder.ok("train odd.csv -o odd.model --factors 3 --epochs 3");
    for file in ["v.npy", "v.csv"] {
        folder.ok(&format!("export odd.model --what items -o {file}"));
        let ran = folder.ok(&format!("inspect odd.csv --item-features {file}"));
        assert!(ran.stderr.contains("vectors of 3 numbers of 3 items"), "{ran:?}");
    }
}

#[test]
fn what_cant_be_exported_is_told_before_anything_is_written() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o popular.model --model popularity");
    folder.write("there.npy", "mine");
    folder.write("beside.ids", "mine");
    let export = |rest: &str| format!("export good.model --what items {rest}");
    for (command, said) in [
        (
            export("-o v.txt"),
            ["v.txt: the ending names no format", ".npy, .csv, .parquet and .hnsw"],
        ),
        (export("-o -"), ["-: the ending names no format", ".npy"]),
        (export("-o there.npy"), ["there.npy: ", "--force"]),
        (export("-o beside.npy"), ["beside.ids: ", "--force"]),
        (export("-o no/v.npy"), ["no/v.npy: ", "create the folder"]),
        (export("-o no/v.csv"), ["no/v.csv: ", "create the folder"]),
        (export("-o v.npy --measure 5"), ["--measure is about an index", "-o FILE.hnsw"]),
        (export("-o v.npy --m 8"), ["--m is about an index", "-o FILE.hnsw"]),
        (export("-o v.hnsw --m 1"), ["--m", "2..=256"]),
        (export("-o v.hnsw --ef 9"), ["required", "--measure"]),
        (export("-o v.hnsw -k 9"), ["required", "--measure"]),
        (export("-o v.hnsw --measure 0"), ["--measure", "0"]),
        ("export good.model -o v.npy".to_owned(), ["required", "--what"]),
        (
            "export popular.model --what items -o v.npy".to_owned(),
            ["scores of a popularity model are no products", "--model bpr"],
        ),
    ] {
        folder.fails_saying(2, &command, &said);
    }
    folder.write("good.npy", folder.read("good.model"));
    let same = "export good.npy --what items -o good.npy --force";
    folder.fails_saying(2, same, &["good.npy: is an input and the output", "another file"]);
    folder.fails_saying(4, "export there.npy --what items -o v.npy", &["there.npy: "]);
}

#[test]
fn a_pair_is_replaced_together_and_others_stay() {
    let folder = Folder::trained();
    folder.write("v.npy", "mine");
    folder.write("v.csv", "mine");
    folder.ok("export good.model --what items -o v.npy --force");
    assert_eq!((npy(&folder, "v.npy").len(), lines(&folder, "v.ids").len()), (30, 30));
    assert_eq!(folder.text("v.csv"), "mine");
    let names = ["good.csv", "good.model", "v.csv", "v.ids", "v.npy"];
    assert_eq!(folder.names().into_iter().collect::<Vec<_>>(), names);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let folder = Folder::trained();
    let said = ["v.parquet: this build writes no Parquet", "--features parquet"];
    folder.fails_saying(2, "export good.model --what items -o v.parquet", &said);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_a_row_an_id() {
    let folder = Folder::trained();
    let json = folder.ok("export good.model --what items -o v.parquet --json").json();
    let bytes = folder.read("v.parquet");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert_eq!((&json["rows"], &json["bytes"]), (&30.into(), &bytes.len().into()));
}

#[cfg(not(feature = "hnsw"))]
#[test]
fn a_build_without_indexes_says_so() {
    let folder = Folder::trained();
    let said = ["v.hnsw: this build writes no index", "--features hnsw"];
    folder.fails_saying(2, "export good.model --what items -o v.hnsw --measure 5", &said);
}

#[cfg(feature = "hnsw")]
#[test]
fn an_index_finds_what_exact_search_finds() {
    let folder = Folder::new();
    folder.ok("simulate -o world --users 300 --items 2000 --interactions 20000");
    folder.ok("train world/interactions.csv -o world.model --factors 16 --epochs 5");
    let export = "export world.model --what items";
    let of = |options: &str| folder.ok(&format!("{export} {options} --json")).json();
    let json = of("-o a.hnsw --measure 1000 --ef 2000");
    let rows = lines(&folder, "a.ids").len();
    assert_eq!((&json["rows"], &json["ids"]), (&rows.into(), &"a.ids".into()));
    assert_eq!(json["bytes"], folder.read("a.hnsw").len());
    assert_eq!((&json["index"]["m"], &json["index"]["ef_construction"]), (&16.into(), &128.into()));
    // A search that looks at all items of a connected graph misses none.
    assert_eq!((&json["measured"]["recall"], &json["measured"]["k"]), (&1.0.into(), &10.into()));
    let users = json["measured"]["users"].as_u64().unwrap();
    assert!((200..=300).contains(&users), "{users}");
    for rate in ["queries_per_second", "exact_queries_per_second", "exact_together_per_second"] {
        assert!(json["measured"][rate].as_f64().unwrap() > 0.0, "{rate}");
    }
    let json = of("-o b.hnsw --threads 1 --measure 20 --ef 1 -k 1");
    let recall = json["measured"]["recall"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&recall) && json["measured"]["users"] == 20, "{json}");
    assert_eq!(folder.read("a.hnsw"), folder.read("b.hnsw"), "the same items, the same bytes");
    assert_ne!(of("-o c.hnsw --m 4")["bytes"], folder.read("a.hnsw").len());
    let table = folder.ok(&format!("{export} -o d.hnsw --measure 5")).stdout;
    assert!(table.starts_with("M = 16, efConstruction = 128: built in "), "{table}");
    assert!(table.contains("\nrecall@10 ") && table.contains("exact lists for 5 users"), "{table}");
}

#[cfg(feature = "hnsw")]
#[test]
fn an_index_is_of_items_alone_and_written_with_its_ids_or_not_at_all() {
    let folder = Folder::trained();
    let said = ["v.hnsw: an index is of items", "--what items"];
    folder.fails_saying(2, "export good.model --what users -o v.hnsw", &said);
    folder.write("v.ids", "mine");
    folder.fails_saying(2, "export good.model --what items -o v.hnsw", &["v.ids: ", "--force"]);
    folder.ok("export good.model --what items -o v.hnsw --force --measure 40 -k 50");
    assert_eq!(lines(&folder, "v.ids").len(), 30);
}

/// What has ids beside it is named as they are.
#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::trained();
    let before = folder.names();
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff.npy");
    let mut command = foretaste(&folder, "export good.model --what items -o");
    let output = command.arg(odd).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("its name is not UTF-8 text"), "{said}");
    assert_eq!(folder.names(), before);
}
