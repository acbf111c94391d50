//! Vectors of texts and preferences, by a language model that a test plays; and without one.

use crate::support::Folder;

#[cfg(feature = "llm")]
mod edges;
#[cfg(feature = "llm")]
mod profiles;
#[cfg(feature = "llm")]
mod server;

/// A folder with a model and texts of all items but one.
fn with_texts() -> Folder {
    let folder = Folder::trained();
    let line = |item: u32| format!("{item},\"Film {item}, a story\"\n");
    let texts: String = (0..29).map(line).collect();
    folder.write("texts.csv", format!("id,text\n{texts}"));
    folder
}

#[test]
fn nobody_is_asked_who_is_not_named() {
    let folder = with_texts();
    for command in [
        "augment profiles texts.csv -o e.npy --llm-model m",
        "augment edges good.model --item-texts texts.csv -o e.csv --llm-model m",
    ] {
        folder.fails_saying(2, command, &["no --base-url", "--offline", "--dry-run"]);
        folder.fails_saying(1, &format!("{command} --offline"), &["llm-cache: No such file"]);
    }
}

#[test]
fn a_dry_run_says_what_a_run_would_take() {
    let folder = with_texts();
    let before = folder.names();
    let run = "augment profiles texts.csv -o e.npy --llm-model m --dry-run --texts-per-request 10";
    let json = folder.ok(&format!("{run} --price 2,0 --json")).json();
    assert_eq!((&json["requests"], &json["asked"]), (&3.into(), &29.into()));
    // A text of 15 or 16 letters has four tokens.
    assert_eq!((&json["tokens_in"], &json["cost"]), (&116.into(), &0.000232.into()));
    assert!(folder.ok(run).stdout.contains("requests"));
    let run =
        "augment edges good.model --item-texts texts.csv -o e.csv --llm-model m --dry-run --json";
    let json = folder.ok(&format!("{run} --limit 7 --answer-tokens 50")).json();
    assert_eq!((&json["requests"], &json["tokens_out"]), (&7.into(), &350.into()));
    assert!(json["tokens_in"].as_u64() > Some(700) && json["cost"].is_null(), "{json}");
    assert_eq!(folder.names(), before, "nothing is written");
}

#[test]
fn what_can_t_be_asked_is_told_before() {
    let folder = with_texts();
    folder.write("key", "two words\n");
    folder.write("prompt", "What of {history}?");
    folder.write("other.csv", "id,text\nx,y\n");
    folder.write("twice.csv", "id,text\n1,y\n1,z\n");
    let profiles = "augment profiles texts.csv --llm-model m --base-url";
    let edges = "augment edges good.model -o e.csv --llm-model m --dry-run --item-texts";
    for (code, run, said) in [
        (2, format!("{profiles} http://127.0.0.1:9 -o e.csv"), "the ending is not .npy"),
        (2, format!("{profiles} nowhere -o e.npy"), "is no address of http or https"),
        (2, format!("{profiles} http://127.0.0.1:9 -o e.npy --key-env NO_SUCH_KEY"), "NO_SUCH_KEY"),
        (2, format!("{profiles} http://127.0.0.1:9 -o e.npy --key-file key"), "has a blank"),
        (2, format!("{profiles} http://127.0.0.1:9 -o e.npy --max-cost 1"), "--price"),
        (2, format!("{edges} texts.csv --prompt prompt"), "has no {candidates}"),
        (2, format!("{edges} texts.csv --parameter model=x"), "set by the client itself"),
        (2, format!("{edges} texts.csv --candidates 1"), "from 2 to 1000"),
        (2, format!("{edges} texts.csv --no-header"), "is about --histories"),
        (3, format!("{edges} other.csv"), "no texts for two items of the model"),
        (3, format!("{edges} twice.csv"), "twice.csv:3: the item id \"1\" is here again"),
    ] {
        folder.fails_saying(code, &run, &[said]);
    }
}

#[cfg(not(feature = "llm"))]
#[test]
fn without_the_feature_it_says_which_is_missing() {
    let folder = with_texts();
    let run = "augment profiles texts.csv -o e.npy --llm-model m --base-url http://127.0.0.1:9/v1";
    folder.fails_saying(2, run, &["without the feature llm", "--features llm", "--offline"]);
}
