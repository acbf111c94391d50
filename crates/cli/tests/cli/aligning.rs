//! `align`, `train --anchor` and `evaluate --items-from`.

use crate::support::{Folder, ratings, rows};

/// A folder with parts, and two models: `old.model` of some of the rows, `new.model` of the training part.
fn models() -> Folder {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.ok("split good.csv -o parts --test 0.2");
    let old: String = (folder.text("parts/train.csv").lines().skip(1))
        .map(|line| line.split(',').take(2).collect::<Vec<&str>>())
        .filter(|pair| pair[1] != "29")
        .enumerate()
        .filter(|(n, _)| n % 8 != 0)
        .map(|(_, pair)| format!("{},{}\n", pair[0], pair[1]))
        .collect();
    folder.write("old.csv", "user,item\n".to_owned() + &old);
    folder.ok("train old.csv -o old.model --factors 6 --epochs 20 --seed 1");
    folder.ok("train parts -o new.model --factors 6 --epochs 20 --seed 2");
    folder
}

#[test]
fn an_aligned_model_lists_what_it_did_and_says_what_it_was_aligned_with() {
    let folder = models();
    let json = folder.ok("align old.model new.model -o aligned.model --json").json();
    let residual = |when: &str| json["residual"][when].as_f64().unwrap();
    assert!(residual("after") < residual("before"), "{json}");
    assert!(json["largest_change"].as_f64().unwrap() < 1e-5, "{json}");
    assert_eq!(json["bytes"], folder.read("aligned.model").len());
    assert_eq!(json["factors"]["aligned"], 6);
    let info = folder.ok("model info aligned.model --json").json();
    assert_eq!(info["training"]["aligned"]["items"], json["shared_items"]);
    let lists = |model: &str| {
        let lists = folder.ok(&format!("recommend {model} --all -k 5 --json")).json_lines();
        lists.iter().map(crate::support::items).collect::<Vec<_>>()
    };
    assert_eq!(lists("new.model"), lists("aligned.model"));
    folder.ok("recommend aligned.model --items 1,2,3");
    // For people.
    let table = folder.ok("align old.model new.model -o aligned.model --force").stdout;
    assert!(table.contains("apart before") && table.contains("aligned.model"), "{table}");
}

#[test]
fn what_can_not_be_aligned_is_told_and_nothing_is_written() {
    let folder = models();
    folder.ok("train parts -o popular.model --model popularity");
    folder.write("else.csv", "user,item\np,x\nq,x\nq,y\np,z\n");
    folder.ok("train else.csv -o else.model --factors 6 --epochs 2");
    for (arguments, said) in [
        ("old.model popular.model -o a.model", "popularity model are no products of vectors"),
        ("popular.model new.model -o a.model", "popularity model are no products of vectors"),
        (
            "else.model new.model -o a.model",
            "new.model and else.model: the models have no items in common",
        ),
        ("old.model new.model -o new.model --force", "new.model: is an input and the output"),
        ("old.model new.model -o old.model", "old.model"),
    ] {
        folder.fails_saying(2, &format!("align {arguments}"), &[said]);
    }
    folder.fails_saying(4, "align none.model new.model -o a.model", &["none.model"]);
    // Of two items, of another width and of another method: it is done, and said.
    folder.write("few.csv", "user,item\n1,1\n1,2\n2,1\n3,2\n4,x\n4,1\n");
    folder.ok("train few.csv -o few.model --factors 5 --epochs 3 --model ials");
    let ran = folder.ok("align few.model new.model -o a.model");
    for said in [
        "both models know 2 items, fewer than rows have numbers",
        "different methods, bpr and ials",
        "rows have 6 numbers, those of few.model 5",
    ] {
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
}

#[test]
fn anchored_items_are_the_old_ones_and_bad_anchors_are_told() {
    let folder = models();
    let train = "train parts -o a.model --factors 6 --epochs 5 --warm-start old.model";
    let ran = folder.ok(&format!("{train} --anchor inf --json"));
    assert!(ran.stderr.contains("holds these items by inf"), "{ran:?}");
    assert_eq!(ran.json()["warm_start"]["anchor"], "inf");
    let vectors = |model: &str| {
        let export = format!("export {model} --what items -o {model}.csv --force");
        folder.ok(&export);
        folder.text(&format!("{model}.csv"))
    };
    let (old, held) = (vectors("old.model"), vectors("a.model"));
    assert!(held.lines().count() > old.lines().count());
    assert!(old.lines().all(|line| held.contains(line)), "{old} {held}");

    folder.fails_saying(2, "train parts -o b.model --anchor 1", &["--warm-start"]);
    for bad in ["-1", "nan", "x"] {
        folder.fails_saying(
            2,
            &format!("{train} --force --anchor {bad}"),
            &["a number from 0, or inf"],
        );
    }
    folder.ok("train old.csv -o e.model --factors 6 --epochs 2 --model expomf");
    let expomf =
        "train parts -o b.model --factors 6 --model expomf --warm-start e.model --anchor 1";
    folder.fails_saying(2, expomf, &["expomf can't hold items", "`foretaste align`"]);
    // Users alone are no anchor.
    let users: String = rows().iter().map(|[user, item, ..]| format!("{user},x{item}\n")).collect();
    folder.write("users.csv", "user,item\n".to_owned() + &users);
    let of_else = "train users.csv -o b.model --factors 6 --warm-start old.model --anchor 1";
    folder.fails_saying(
        2,
        of_else,
        &["old.model: knows none of the items", "--anchor takes a model"],
    );
}

#[test]
fn the_matrix_of_two_models_has_four_cells_of_the_same_users() {
    let folder = models();
    folder.ok("align old.model new.model -o aligned.model");
    let command = "evaluate aligned.model parts --items-from old.model --metrics ndcg@5,recall@5";
    let json = folder.ok(&format!("{command} --json")).json();
    let cells = json["matrix"].as_array().unwrap();
    let cell =
        |n: usize| (cells[n]["users"].as_str().unwrap(), cells[n]["items"].as_str().unwrap());
    let names = [("new", "new"), ("new", "old"), ("old", "new"), ("old", "old")];
    assert_eq!([0, 1, 2, 3].map(cell), names);
    let mean = |n: usize| cells[n]["metrics"]["ndcg@5"]["mean"].as_f64().unwrap();
    let over = &cells[1]["metrics"]["ndcg@5"]["over_old"];
    assert!((over["diff"].as_f64().unwrap() - (mean(1) - mean(3))).abs() < 1e-12, "{json}");
    assert!(cells[3]["metrics"]["ndcg@5"]["over_old"].is_null());
    assert_eq!(json["items"]["new"].as_u64().unwrap(), json["items"]["old"].as_u64().unwrap() + 1);
    // Both know all users here: each by itself is what it is.
    for (n, model) in [(0, "aligned.model"), (0, "new.model"), (3, "old.model")] {
        let alone = format!("evaluate {model} parts --metrics ndcg@5 --json");
        let alone = folder.ok(&alone).json();
        assert_eq!(alone["users"], json["users"]);
        let own = alone["metrics"]["ndcg@5"]["mean"].as_f64().unwrap();
        assert!((own - mean(n)).abs() < 1e-9, "{own} {} of {model}", mean(n));
    }
    let ran = folder.ok(&format!("{command} --format csv"));
    let csv = ran.cells();
    assert_eq!((csv.len(), csv[0].len()), (1 + 8, 9));

    folder.fails_saying(2, &format!("{command} --rare 3"), &["--rare"]);
    folder.ok("train parts -o popular.model --model popularity");
    let popular = "evaluate new.model parts --items-from popular.model";
    folder.fails_saying(2, popular, &["popularity model are no products of vectors"]);
    folder.write("else.csv", "user,item\np,1\nq,1\nq,2\np,3\n");
    folder.ok("train else.csv -o else.model --factors 6 --epochs 2");
    let nobody = "evaluate new.model parts --items-from else.model";
    folder.fails_saying(3, nobody, &["no user is known to both models"]);
}
