//! A method of several feedbacks: probabilities of each, and lists by another one than the last.

use super::{FEEDBACK, shop};
use serde_json::Value;

const TRAIN: &str = "train all --feedback view,cart,buy --model gnolr --factors 48 --epochs 4";

#[test]
fn lists_have_the_probability_of_each_feedback() {
    let folder = shop();
    folder.ok(&format!("{TRAIN} -o m"));
    folder.write("people.csv", "user,item\nnew,3\nnew,5\n");
    for who in ["--user 3", "--items 3,5", "--histories people.csv"] {
        let line = folder.ok(&format!("recommend m {who} -k 5 --json")).json();
        let items = line["items"].as_array().unwrap();
        assert_eq!(items.len(), 5, "{who}");
        for item in items {
            let of = |name: &str| item["probabilities"][name].as_f64().unwrap();
            let all = [of("view"), of("cart"), of("buy")];
            assert!(all[0] <= 1.0 && all[2] >= 0.0, "{who}: {all:?}");
            assert!(all.windows(2).all(|pair| pair[0] >= pair[1]), "{who}: {all:?}");
        }
    }
    let text = folder.ok("recommend m --user 3 -k 1 --json").stdout.clone();
    let at = |name: &str| text.find(name).unwrap();
    assert!(at("\"view\"") < at("\"cart\"") && at("\"cart\"") < at("\"buy\""), "{text}");
    // Other methods say nothing of it.
    folder.ok(&format!("train all {FEEDBACK} --factors 4 --epochs 1 -o bpr"));
    let line = folder.ok("recommend bpr --user 3 -k 1 --json").json();
    assert_eq!(line["items"][0]["probabilities"], Value::Null);
}

#[test]
fn a_model_is_scored_by_any_feedback_that_has_a_test_part() {
    let folder = shop();
    folder.ok(&format!("{TRAIN} -o m"));
    // What was left of buy and of cart: items 0 to 29 of users 1 to 39.
    let lacks = |name: &str| {
        let own = super::pairs(&folder, &format!("all/{name}.csv"));
        let all = (1..30).flat_map(|user: u32| (0..30).map(move |item: u32| (user, item)));
        let lacking = all.filter(|(u, i)| !own.contains(&(u.to_string(), i.to_string())));
        let rows = lacking.step_by(7).map(|(user, item)| format!("{user},{item}\n"));
        "user,item\n".to_owned() + &rows.collect::<String>()
    };
    folder.write("all/test.csv", lacks("buy"));
    let figures = |args: &str| folder.ok(&format!("evaluate m all {args} --json")).json();
    let target = figures(FEEDBACK);
    let said = ["all: there is no test-cart.csv"];
    folder.fails_saying(3, "evaluate m all --feedback view,cart", &said);
    folder.write("all/test-cart.csv", lacks("cart"));
    let cart = figures("--feedback view,cart");
    assert_eq!(cart, figures("--feedback cart"));
    assert_ne!(cart["metrics"], target["metrics"]);
    assert_eq!(target, figures(FEEDBACK));
    // The model knows by itself which of the files is the training part.
    assert_eq!(target, figures(""));
}

#[test]
fn gamma_that_is_too_large_for_the_data_is_refused_with_the_largest() {
    let folder = shop();
    let said = ["gamma must be below 0.", "the least difference of a_t between levels"];
    folder.fails_saying(2, &format!("{TRAIN} --set gamma=50 -o m"), &said);
    assert!(!folder.path("m").exists());
}

#[test]
fn a_feedback_that_is_the_strongest_of_nothing_is_refused() {
    let folder = shop();
    let carts = folder.text("all/cart.csv");
    folder.write("all/view.csv", carts);
    let said = [
        "`view` is the strongest feedback of no pair",
        "--feedback names those that are learnt from",
    ];
    folder.fails_saying(3, &format!("{TRAIN} -o m"), &said);
}
