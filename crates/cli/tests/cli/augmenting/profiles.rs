//! Texts as vectors.

use super::server::{Server, all_text, vectors};
use super::with_texts;
use serde_json::json;

#[test]
fn texts_become_features_that_are_read_and_the_second_run_asks_nothing() {
    let folder = with_texts();
    let server = Server::new(|_, asked| vectors(asked));
    let run = "profiles texts.csv -o e.npy --texts-per-request 10 --json";
    let first = server.ok(&folder, run).json();
    assert_eq!((&first["rows"], &first["columns"]), (&29.into(), &3.into()));
    assert_eq!((&first["requests"], &first["cached"]), (&3.into(), &0.into()));
    let asked = &server.asked()[0];
    assert!(asked.head.starts_with("post /v1/embeddings "), "{asked:?}");
    assert!(asked.head.contains("authorization: bearer sk-7f3\r\n"), "{asked:?}");
    assert_eq!(
        (&asked.body["model"], asked.body["input"].as_array().unwrap().len()),
        (&"m".into(), 10)
    );
    let inspected = folder.ok("inspect good.csv --item-features e.npy --json").json();
    assert!(inspected.to_string().contains("e.npy"), "{inspected}");
    let bytes = folder.read("e.npy");
    assert!(!all_text(&folder, "").contains("sk-7f3"));

    let second = server.ok(&folder, &format!("{run} --force")).json();
    assert_eq!((&second["requests"], &second["cached"]), (&0.into(), &29.into()));
    assert_eq!((server.asked().len(), folder.read("e.npy")), (3, bytes.clone()));
    assert_eq!(second["answers_sha256"], first["answers_sha256"]);
    let offline = "augment profiles texts.csv -o f.npy --llm-model m --offline";
    folder.ok(offline);
    assert_eq!((folder.read("f.npy"), folder.text("f.ids")), (bytes, folder.text("e.ids")));
    // Of another model nothing is known.
    let other = "augment profiles texts.csv -o g.npy --llm-model n --offline";
    let said =
        ["29 of 29 answers are not in the cache, the first to \"Film 0, a story\"", "--offline"];
    folder.fails_saying(3, other, &said);
}

#[test]
fn rows_are_of_their_ids_and_empty_texts_are_zero() {
    let folder = with_texts();
    folder.write("few.csv", "user,profile\nb,xx\na,\n10,xx\n9,yyyy\n");
    let server = Server::new(|_, asked| vectors(asked));
    let ran = server.ok(&folder, "profiles few.csv -o e.npy --of users --json");
    assert!(ran.stderr.contains("1 text without a word"), "{ran:?}");
    let json = ran.json();
    assert_eq!(
        (&json["empty"], &json["repeats"], &json["asked"]),
        (&1.into(), &1.into(), &2.into())
    );
    assert_eq!(folder.text("e.ids"), "10\n9\na\nb\n");
    let numbers = folder.read("e.npy")[128..].to_vec();
    let (numbers, _) = numbers.as_chunks();
    let numbers: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
    let (x, y) = (f32::from(b'x'), f32::from(b'y'));
    assert_eq!(numbers, [2.0, x, 0.5, 4.0, y, 0.5, 0.0, 0.0, 0.0, 2.0, x, 0.5]);
}

#[test]
fn a_server_that_fails_leaves_no_file_and_says_why() {
    let folder = with_texts();
    let wrong = Server::new(|_, _| (401, json!({ "error": { "message": "wrong key sk-7f3" } })));
    let ran = wrong.run(&folder, "profiles texts.csv -o e.npy");
    assert_eq!((ran.code, wrong.asked().len()), (Some(1), 1), "{ran:?}");
    assert!(ran.stderr.contains("the server answers 401: wrong key ***"), "{ran:?}");
    let widths = Server::new(|_, asked| {
        let rows = asked.body["input"].as_array().unwrap().iter().enumerate();
        let row = |(n, _)| json!({ "index": n, "embedding": vec![1; 1 + n % 2] });
        (200, json!({ "data": rows.map(row).collect::<Vec<_>>() }))
    });
    let ran = widths.run(&folder, "profiles texts.csv -o e.npy");
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("vectors of 1 and of 2 numbers"), "{ran:?}");
    // What passes is waited for.
    let busy = Server::new(|n, asked| if n < 2 { (503, json!({})) } else { vectors(asked) });
    let ran = busy.ok(&folder, "profiles texts.csv -o e.npy");
    assert!(ran.stderr.contains("note: the server answers 503; asking again in 0 s"), "{ran:?}");
}
