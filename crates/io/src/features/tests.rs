use super::*;
use foretaste_data::{Dataset, IdTable, Interactions, Keep};
use proptest::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::path::PathBuf;

/// A folder of files.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Result<(FeatureTable, FeatureReport), Error> {
        read_vectors(self.path(name), Side::Item)
    }

    /// The message of an error, without the folder.
    fn message(&self, name: &str) -> String {
        self.shortened(&self.read(name).unwrap_err())
    }

    fn shortened(&self, error: &Error) -> String {
        assert!(error.help().is_some() || error.to_string().ends_with("is empty"));
        error.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// An array as NumPy 2 writes it.
fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    [b"\x93NUMPY\x01\0\x76\0", format!("{header:<117}\n").as_bytes(), data].concat()
}

fn little(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn tensors(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let tensors: Vec<_> = (tensors.iter())
        .map(|&(name, dtype, shape, data)| {
            (name.to_owned(), TensorView::new(dtype, shape.to_vec(), data).unwrap())
        })
        .collect();
    safetensors::serialize(tensors, None).unwrap()
}

const VALUES: [f32; 6] = [1.5, -2.0, 3.0e-9, 0.1, 5.0, 6.0e8];
const IDS: &[u8] = b"7\n10\n9\n";

fn expected() -> FeatureTable {
    FeatureTable::of_vectors(&["7", "10", "9"], 2, &VALUES).unwrap()
}

#[test]
fn all_formats_give_the_same_table() {
    let doubles: Vec<u8> = VALUES.iter().flat_map(|&v| f64::from(v).to_le_bytes()).collect();
    let big: Vec<u8> = VALUES.iter().flat_map(|value| value.to_be_bytes()).collect();
    let by_columns = [0, 2, 4, 1, 3, 5].map(|at| VALUES[at]);
    let data = little(&VALUES);
    let row = |n: usize| format!("{},{}", VALUES[2 * n], VALUES[2 * n + 1]);
    let csv = format!("item,f1,f2\n7,{}\n10,{}\n9,{}\n", row(0), row(1), row(2));
    let headless = csv.lines().skip(1).map(|line| format!("{line}\r\n")).collect::<String>();
    let swapped = "a;movieId;b\n1.5;7;-2\n3e-9;10;.1\n5;9;6E8\n";
    let files = Files::new(&[
        ("f4.npy", &npy("<f4", false, "(3, 2)", &data)),
        ("big.npy", &npy(">f4", false, "(3, 2)", &big)),
        ("f8.npy", &npy("<f8", false, "(3, 2)", &doubles)),
        ("columns.npy", &npy("<f4", true, "(3, 2)", &little(&by_columns))),
        ("one.safetensors", &tensors(&[("x", Dtype::F32, &[3, 2], &data)])),
        ("with.csv", csv.as_bytes()),
        ("without.csv", headless.as_bytes()),
        ("swapped.csv", swapped.as_bytes()),
    ]);
    for name in ["f4.npy", "big.npy", "f8.npy", "columns.npy", "one.safetensors"] {
        std::fs::write(files.path(name).with_extension("ids"), IDS).unwrap();
        let (table, report) = files.read(name).unwrap();
        assert_eq!(table, expected(), "{name}");
        assert_eq!((report.rows, report.sha256.len()), (3, 64));
        assert_eq!(report.ids_sha256.map(|sum| sum.len()), Some(64));
    }
    for name in ["with.csv", "without.csv", "swapped.csv"] {
        let (table, report) = files.read(name).unwrap();
        assert_eq!(table, expected(), "{name}");
        assert_eq!((report.rows, report.ids_sha256), (3, None));
    }
}

#[test]
fn what_is_no_npy_of_vectors_says_what_it_is() {
    let data = little(&VALUES);
    for (bytes, message) in [
        (npy("<f4", false, "(6,)", &data), "has 1 dimension(s), not two: vectors and numbers"),
        (npy("<i8", false, "(3, 2)", &data), "holds <i8, not 32- or 64-bit floats"),
        (npy("<f4", false, "(3, 3)", &data), "says 3 × 3 numbers, and has 24 bytes of them"),
        (
            npy("<f4", false, "(18446744073709551615, 18446744073709551615)", &data),
            "says 18446744073709551615 × 18446744073709551615 numbers, and has 24 bytes of them",
        ),
        (npy("<f4", false, "(3, 0)", &[]), "has vectors of no number"),
        (npy("<f4", false, "(0, 2)", &[]), "the file is empty"),
        (b"item,f1\n1,2\n".to_vec(), "is no .npy file"),
        (b"\x93NUMPY\x01\0\xff\xff{".to_vec(), "is no .npy file"),
        (b"\x93NUMPY\x01\0\x03\0{:}".to_vec(), "is no .npy file"),
        (Vec::new(), "the file is empty"),
    ] {
        let files = Files::new(&[("a.npy", &bytes), ("a.ids", IDS)]);
        assert_eq!(files.message("a.npy"), format!("a.npy: {message}"));
    }
    // Arrays of records have a list for a type.
    let header = b"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3, 2), }\n";
    let bytes = [b"\x93NUMPY\x01\0", &[header.len() as u8, 0][..], header].concat();
    let files = Files::new(&[("a.npy", &bytes), ("a.ids", IDS)]);
    assert!(files.message("a.npy").starts_with("a.npy: holds [('a', '<f4')], not"));
}

#[test]
fn no_cut_off_npy_is_read() {
    let whole = npy("<f4", false, "(3, 2)", &little(&VALUES));
    for length in 0..whole.len() {
        assert!(npy::parse(&whole[..length]).is_err(), "{length}");
    }
    assert_eq!(npy::parse(&whole).unwrap().values, VALUES);
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(text in "[{}()\\[\\],:' 0-9L]{0,40}|\\{('(descr|shape)': ?[('<f4),12]{1,9},? ?){1,4}\\}") {
        let length = (text.len() as u16).to_le_bytes();
        let bytes = [b"\x93NUMPY\x01\0", &length[..], text.as_bytes(), &[0; 8]].concat();
        prop_assert!(npy::parse(&bytes).is_err());
    }
}

#[test]
fn what_is_no_tensor_of_vectors_says_what_it_is() {
    let data = little(&VALUES);
    for (bytes, message) in [
        (
            tensors(&[("x", Dtype::F32, &[6], &data)]),
            "has 1 dimension(s) in \"x\", not two: vectors and numbers",
        ),
        (tensors(&[("x", Dtype::I32, &[3, 2], &data)]), "holds I32 in \"x\", not F32"),
        (
            tensors(&[("x", Dtype::F32, &[3, 2], &data), ("y", Dtype::F32, &[3, 2], &data)]),
            "has 2 tensors, not one",
        ),
        (Vec::new(), "the file is empty"),
    ] {
        let files = Files::new(&[("a.safetensors", &bytes), ("a.ids", IDS)]);
        assert_eq!(files.message("a.safetensors"), format!("a.safetensors: {message}"));
    }
    let files = Files::new(&[("a.safetensors", b"nonsense that is no header"), ("a.ids", IDS)]);
    let message = files.message("a.safetensors");
    assert!(message.starts_with("a.safetensors: is no .safetensors file ("), "{message}");
}

#[test]
fn ids_beside_vectors_are_checked() {
    let good = npy("<f4", false, "(3, 2)", &little(&VALUES));
    let files = Files::new(&[("a.npy", &good)]);
    assert_eq!(files.message("a.npy"), "a.npy: there is no a.ids to say whose vectors these are");
    for (ids, message) in [
        (&b"7\n10\n"[..], "a.npy: has 3 vector(s), and a.ids has 2 id(s)"),
        (b"7\n10\n7\n", "a.ids:3: the item id \"7\" is here again, first in line 1"),
        (b"7\n\n10\n", "a.ids:2: the item id is empty"),
        (b"7\n8\r9\n10\n", "a.ids:2: the item id \"8\\r9\" holds a line break"),
        (b"", "a.ids: the file is empty"),
    ] {
        let files = Files::new(&[("a.npy", &good), ("a.ids", ids)]);
        assert_eq!(files.message("a.npy"), message);
    }
    for value in [f32::NAN, f32::INFINITY] {
        let bad = npy("<f4", false, "(3, 2)", &little(&[1.0, 2.0, 3.0, value, 5.0, 6.0]));
        let files = Files::new(&[("a.npy", &bad), ("a.ids", IDS)]);
        let expected = format!("a.npy: number 2 of vector 2 (of \"10\") is {value}, not finite");
        assert_eq!(files.message("a.npy"), expected);
    }
    let large = npy("<f8", false, "(1, 1)", &1e39_f64.to_le_bytes());
    let files = Files::new(&[("a.npy", &large), ("a.ids", b"x")]);
    let expected = "a.npy: number 1 of vector 1 (of \"x\") is inf, not finite";
    assert_eq!(files.message("a.npy"), expected);
}

#[test]
fn rows_of_a_table_are_checked() {
    for (text, message) in [
        (&b"item,f1\n1,2\n2,nan\n"[..], "a.csv:3: column 2 is \"nan\", not a finite number"),
        (b"item,f1\n1,2\n2,\n", "a.csv:3: column 2 is \"\", not a finite number"),
        (b"1,2,x\n2,3,4\n", "a.csv:1: column 3 is \"x\", not a finite number"),
        (b"1,2\n2,1e39\n", "a.csv:2: column 2 is \"1e39\", not a finite number"),
        (b"item,f1,f2\n1,2,3\n2,3\n", "a.csv:3: the vector has 1 number(s), expected 2"),
        (b"item,f1\n1,2\n2,3,4\n", "a.csv:3: the vector has 2 number(s), expected 1"),
        (b"1\n2\n", "a.csv:1: the vector has 0 number(s), expected 1"),
        (
            b"item,f1\n1,2\n\n3,4\n1,5\n",
            "a.csv:5: the item id \"1\" is here again, first in line 2",
        ),
        (b"item,f1\n,2\n", "a.csv:2: the item id is empty"),
        (b"item,f1\n", "a.csv: the file has a header and no rows"),
        (b"", "a.csv: the file is empty"),
    ] {
        let files = Files::new(&[("a.csv", text)]);
        assert_eq!(files.message("a.csv"), message);
    }
    let files = Files::new(&[]);
    let error = files.read("none.csv").unwrap_err().to_string();
    assert!(error.ends_with("none.csv: no such file"), "{error}");
}

#[test]
fn tags_are_read_in_any_shape() {
    let rows = [("7", "a b"), ("9", "c"), ("7", "c")];
    let expected = FeatureTable::of_tags(&rows).unwrap().0;
    for text in [
        "item,tag\n7,a b\n9,c\n7,c\n7,c\n",
        "7,a b\n9,c\n7,c\n7,c\n",
        "userId,movieId,tag,timestamp\n1,7,a b,0\n1,9,c,0\n2,7,c,0\n3,7,c,1\n",
        "7::a b\n9::c\n7::c\n7::c\n",
        "tag\titem\na b\t7\nc\t9\nc\t7\nc\t7\n",
    ] {
        let files = Files::new(&[("tags", text.as_bytes())]);
        let (table, report) = read_tags(files.path("tags"), Side::Item).unwrap();
        assert_eq!(table, expected, "{text}");
        assert_eq!((report.rows, report.repeats), (4, 1));
    }
}

#[test]
fn bad_tags_are_errors() {
    for (text, message) in [
        (&b"1,a\n2\n"[..], "tags:2: found 1 field(s), expected at least 2 (delimiter ',')"),
        (b"1,a\n2,\n", "tags:2: the tag is empty"),
        (b"1,a\n,b\n", "tags:2: the item id is empty"),
        (b"1,a\n2,\"b\nc\"\n", "tags:2: the tag id \"b\\nc\" holds a line break"),
        (b"item,tag\n", "tags: the file has a header and no rows"),
        (b"", "tags: the file is empty"),
    ] {
        let files = Files::new(&[("tags", text)]);
        let error = read_tags(files.path("tags"), Side::Item).unwrap_err();
        assert_eq!(files.shortened(&error), message);
    }
}

#[test]
fn what_is_written_is_read_back() {
    let (users, items) = (IdTable::from_text(["1"]), IdTable::from_text(["7", " x\"y,"]));
    let (none, _) = Interactions::from_pairs(vec![], 1, 2, Keep::default()).unwrap();
    let vectors = FeatureTable::of_vectors(&[" x\"y,", "é", "10"], 2, &VALUES).unwrap();
    let (tags, _) = FeatureTable::of_tags(&[("7", "a, b"), ("é", " \"c"), ("7", "é")]).unwrap();
    let data = Dataset::new(users, items, none).unwrap();
    let data = data.with_item_features(vectors).unwrap().with_item_features(tags).unwrap();
    let (ids, features) = (data.items(), data.item_features());
    let (vectors, tags) = (features.vectors().unwrap(), features.tags().unwrap());
    let (mut npy, mut names, mut csv) = (Vec::new(), Vec::new(), Vec::new());
    write_vectors(vectors, &mut npy).unwrap();
    write_ids(ids, vectors, &mut names).unwrap();
    write_tags(ids, tags, Side::Item, &mut csv).unwrap();
    let files = Files::new(&[("a.npy", &npy), ("a.ids", &names), ("tags.csv", &csv)]);
    let (users, items, none) = data.clone().into_parts();
    let bare = Dataset::new(users, items, none).unwrap();
    let again = bare.with_item_features(files.read("a.npy").unwrap().0).unwrap();
    let tags = read_tags(files.path("tags.csv"), Side::Item).unwrap().0;
    assert_eq!(again.with_item_features(tags).unwrap(), data);
    assert_eq!(npy.len() % 64, VALUES.len() * 4);
}
