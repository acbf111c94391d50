//! Preferences of users.

use super::server::{Asked, Server, all_text, offered, says};
use super::with_texts;
use crate::support::Folder;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const RUN: &str = "edges good.model --item-texts texts.csv -o extra.csv --json";

/// The first of the list is liked, the last is not.
fn first_and_last(asked: &Asked) -> (u16, Value) {
    let offered = offered(asked);
    let (liked, disliked) = (&offered[0], &offered[offered.len() - 1]);
    says(json!({ "liked": liked, "disliked": disliked }).to_string())
}

fn rows(folder: &Folder) -> Vec<[String; 3]> {
    let text = folder.text("extra.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    assert_eq!(header, "user,liked,disliked");
    let row = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>().try_into();
    rows.lines().map(|line| row(line).unwrap()).collect()
}

#[test]
fn what_a_model_offers_is_chosen_from_and_the_second_run_asks_nothing() {
    let folder = with_texts();
    let server = Server::new(|_, asked| first_and_last(asked));
    let run = format!("{RUN} --candidates 4 --history 3 --price 1,2");
    let ran = server.ok(&folder, &run);
    assert!(ran.stderr.contains("no text for 1 of 30 items: not offered"), "{ran:?}");
    let json = ran.json();
    assert_eq!((&json["users"], &json["accepted"]), (&40.into(), &40.into()));
    assert_eq!((&json["acceptance_rate"], &json["requests"]), (&1.0.into(), &40.into()));
    assert_eq!((&json["tokens_in"], &json["tokens_out"]), (&4000.into(), &400.into()));
    assert_eq!(json["cost"], 0.0048);
    let rows = rows(&folder);
    let users: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!((rows.len(), users.len()), (40, 40));
    // Neither is an item that the user has, and both are what `recommend` lists.
    let list = folder.ok("recommend good.model --user 7 -k 6 --json").json();
    let list: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|one| one["item"].as_str().unwrap()).collect();
    let list: Vec<&&str> = list.iter().filter(|item| **item != "29").collect();
    let of_seven = rows.iter().find(|row| row[0] == "7").unwrap();
    assert_eq!([&of_seven[1], &of_seven[2]], [*list[0], *list[3]]);
    let asked = &server.asked()[0];
    assert_eq!((&asked.body["max_tokens"], &asked.body["temperature"]), (&128.into(), &0.0.into()));
    let prompt = asked.body["messages"][0]["content"].as_str().unwrap();
    assert_eq!(prompt.matches("\n- Film ").count(), 3, "{prompt}");
    let all = all_text(&folder, "");
    assert!(all.contains("Film 3, a story") && !all.contains("sk-7f3"));

    let text = folder.text("extra.csv");
    let again = server.ok(&folder, &format!("{run} --force --concurrency 1")).json();
    assert_eq!((&again["requests"], &again["cached"]), (&0.into(), &40.into()));
    assert_eq!((server.asked().len(), folder.text("extra.csv")), (40, text.clone()));
    assert_eq!(again["answers_sha256"], json["answers_sha256"]);
    let offline =
        format!("augment {RUN} --candidates 4 --history 3 --force --offline --llm-model m");
    folder.ok(&offline);
    assert_eq!(folder.text("extra.csv"), text);
}

#[test]
fn answers_that_are_no_choice_are_discarded_and_counted() {
    let folder = with_texts();
    let server = Server::new(|n, asked| match n % 4 {
        0 => says("I would say the first one."),
        1 => says(r#"{"liked": "999", "disliked": "1"}"#),
        2 => says(json!({ "liked": offered(asked)[0], "disliked": offered(asked)[0] }).to_string()),
        _ => first_and_last(asked),
    });
    let json = server.ok(&folder, &format!("{RUN} --limit 8 --concurrency 1")).json();
    assert_eq!((&json["accepted"], &json["acceptance_rate"]), (&2.into(), &0.25.into()));
    assert_eq!(json["discarded"], json!({ "form": 2, "not_offered": 2, "same": 2 }));
    assert_eq!(rows(&folder).len(), 2);
}

#[test]
fn the_last_by_time_are_told_and_users_may_be_named() {
    let folder = with_texts();
    folder.write("users", "7\nnobody\n3\n7\n");
    folder.write("times.csv", "user,item,time\n7,1,30\n7,2,10\n7,3,20\n7,4,40\n3,5,1\n");
    folder.write("prompt", "Had:\n{history}\nwhich one least?\n{candidates}\n");
    let server = Server::new(|_, asked| first_and_last(asked));
    let options = "--users users --histories times.csv --history 2 --prompt prompt --concurrency 1";
    let ran = server.ok(&folder, &format!("{RUN} {options} --parameter temperature=null"));
    assert!(
        ran.stderr.contains("users: the model does not know 1 of 4 users (\"nobody\")"),
        "{ran:?}"
    );
    assert_eq!(rows(&folder).iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["7", "3"]);
    let asked = server.asked();
    let prompt = asked[0].body["messages"][0]["content"].as_str().unwrap();
    assert!(prompt.starts_with("Had:\n- Film 1, a story\n- Film 4, a story\nwhich"), "{prompt}");
    assert!(asked[0].body.get("temperature").is_none());
}

#[test]
fn a_budget_ends_it_and_the_next_run_goes_on() {
    let folder = with_texts();
    let server = Server::new(|_, asked| first_and_last(asked));
    let run = format!("{RUN} --limit 10 --answer-tokens 20 --concurrency 1");
    let ran = server.run(&folder, &format!("{run} --price 0,100000 --max-cost 5.5"));
    assert_eq!((ran.code, server.asked().len()), (Some(1), 4), "{ran:?}");
    assert!(
        ran.stderr.contains("4.0000 is spent, and the next request could make it 6"),
        "{ran:?}"
    );
    assert!(!folder.names().contains("extra.csv"));
    let json = server.ok(&folder, &run).json();
    assert_eq!(
        (&json["cached"], &json["requests"], server.asked().len()),
        (&4.into(), &6.into(), 10)
    );
}
