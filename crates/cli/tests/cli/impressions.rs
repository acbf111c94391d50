//! Propensities from a log of what was shown.

use crate::support::Folder;
use std::collections::BTreeSet;

/// `world/`: a simulation with `impression.txt` and `interactions.csv`, split into `parts/`.
fn world() -> Folder {
    let folder = Folder::new();
    folder.ok("simulate -o world --users 80 --items 60 --interactions 400 --seed 3");
    folder.ok("split world --feedback impression,interactions --test 0.2 -o parts");
    folder
}

const TRAIN: &str =
    "train world --feedback impression,interactions --model relmf --epochs 5 --factors 4";
const FROM: &str = "--propensity from:impression";

/// The items of a user's line.
fn shown_to(folder: &Folder, user: &str) -> BTreeSet<String> {
    let text = folder.text("world/impression.txt");
    let line = text.lines().find(|line| line.split(' ').next() == Some(user)).unwrap();
    line.split(' ').skip(1).map(str::to_owned).collect()
}

#[test]
fn relmf_and_ubpr_learn_from_clicks_and_what_was_shown() {
    let folder = world();
    let mut models = BTreeSet::new();
    for options in [
        "",
        FROM,
        "--propensity from:impression --exposure pair",
        "--propensity from:impression --exposure item",
        "--propensity from:impression --model ubpr",
        "--propensity from:impression --model ubpr --set exposure=pair",
    ] {
        let train = TRAIN.replace(
            "--model relmf ",
            if options.contains("ubpr") { "" } else { "--model relmf " },
        );
        let told = folder.ok(&format!("{train} {options} -o m --force")).stderr;
        let said = match options {
            "" => "relmf learns from interactions; impression is left out",
            _ => "learns from interactions, and from impression what was shown",
        };
        assert!(told.contains(said), "{options}: {told}");
        assert!(!told.contains("by the log"), "{told}");
        let of_one = folder.read("m");
        folder.ok(&format!("{train} {options} -o m --force --threads 3"));
        assert!(folder.read("m") == of_one, "{options}");
        folder.ok("model verify m");
        assert!(models.insert(of_one), "{options}: the same as another");
    }
}

#[test]
fn impressions_are_no_history_and_add_no_users_or_items() {
    let folder = world();
    // User 99 and item 99 are in the log alone; user 1 was shown item 98, too.
    folder.write("world/impression.txt", folder.text("world/impression.txt") + "99 1 2 99\n");
    folder.ok(&format!("{TRAIN} {FROM} -o m"));
    folder.ok(&format!("{TRAIN} -o plain"));
    let counts = |model: &str| {
        let info = folder.ok(&format!("model info {model} --json")).json();
        ["users", "items", "interactions"].map(|name| info[name].clone())
    };
    assert_eq!(counts("m"), counts("plain"));
    folder.fails_saying(2, "similar m --item 99", &["the model has no item \"99\""]);
    let listed = |options: &str| -> BTreeSet<String> {
        let list = folder.ok(&format!("recommend m --user 1 -k 60 --json {options}")).json();
        let items = list["items"].as_array().unwrap().iter();
        items.map(|one| one["item"].as_str().unwrap().to_owned()).collect()
    };
    let shown = shown_to(&folder, "1");
    assert!(listed("").intersection(&shown).next().is_some(), "what was shown is listed");
    assert!(listed("--seen-feedback all").is_disjoint(&shown));
}

#[test]
fn a_split_compare_tune_and_evaluate_take_them() {
    let folder = world();
    // The split names its feedbacks, so that nobody else has to.
    let from = "propensity=from:impression";
    let pairs = format!("pairs=relmf:{from},exposure=pair,epochs=3");
    let compared = format!("compare popularity relmf:{from},epochs=3 {pairs} --data parts --json");
    let rows = folder.ok(&compared).json()["rows"].as_array().unwrap().len();
    assert_eq!(rows, 3);
    folder.ok("split world --feedback impression,interactions --valid 0.2 --test 0.2 -o three");
    let tune = "--range clip=0.1|0.3 --trials 2 -o t --json";
    folder.ok(&format!("tune three --model relmf:{from},epochs=3 {tune}"));
    folder.write(
        "e.toml",
        "[data]\npath = \"three\"\n[[methods]]\nname = \"a\"\nmodel = \"relmf\"\n\
         params = { propensity = \"from:impression\", exposure = \"pair\", epochs = 3 }\n",
    );
    let rows =
        folder.ok("experiment e.toml -o out --json").json()["rows"].as_array().unwrap().len();
    assert_eq!(rows, 1);
    folder.ok("train parts --model relmf --epochs 3 --propensity from:impression -o m");
    let evaluate = "evaluate m parts --metrics ndcg@10,ndcg@10:snips --json --propensity";
    let json = folder.ok(&format!("{evaluate} from:impression")).json();
    assert_eq!(json["propensities"]["source"], "from:impression");
    let snips = |json: &serde_json::Value| json["metrics"]["ndcg@10:snips"]["mean"].clone();
    assert_ne!(snips(&json), snips(&folder.ok(&format!("{evaluate} pop^0.5")).json()));
    for (command, code, said) in [
        (
            "evaluate m parts/test.csv --snips --propensity from:impression",
            2,
            ["a folder with impression.csv", "the folder of the split"],
        ),
        (
            "evaluate m parts --snips --propensity from:view",
            3,
            ["parts: there is no view.csv; there are: ", "impression.csv"],
        ),
    ] {
        folder.fails_saying(code, command, &said);
    }
    folder.write("parts/other.csv", "user,item\n777,888\n");
    let other = "evaluate m parts --snips --propensity from:other";
    folder.fails_saying(
        3,
        other,
        &["other: nothing was shown to users of the model", "same users"],
    );
}

#[test]
fn feedbacks_that_say_nothing_are_refused() {
    let folder = world();
    let train = |options: &str| format!("{TRAIN} -o m {options}");
    for (options, said) in [
        (
            "--propensity from:view",
            [
                "relmf: there is no feedback \"view\" beside impression",
                "--feedback view,interactions",
            ],
        ),
        (
            "--propensity from:interactions",
            ["\"interactions\" is the target itself", "the target last"],
        ),
        ("--propensity from:", ["\"from:\" is no propensity", "from:FEEDBACK"]),
        ("--exposure pair", ["`exposure` has an effect with", "from:FEEDBACK"]),
        ("--propensity from:impression --exposure user", ["item", "pair"]),
        (
            "--propensity from:impression --feedback-as union",
            ["says what was shown, not what is liked", "leave out --feedback-as"],
        ),
    ] {
        folder.fails_saying(2, &train(options), &said);
    }
    let alone = "train world/interactions.csv --model relmf --propensity from:impression -o m";
    folder.fails_saying(
        2,
        alone,
        &["there is no feedback \"impression\": there is one", "--feedback impression,click"],
    );
    folder.write("world/impression.txt", "777 888\n");
    let said = ["the feedback \"impression\" is empty", "the same users and items"];
    folder.fails_saying(3, &train(&format!("-q {FROM}")), &said);
}

#[test]
fn what_is_odd_about_a_log_is_told() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("d")).unwrap();
    folder.write("d/click.csv", "user,item\na,x\na,y\nb,y\nb,z\nc,x\n");
    let train =
        format!("train d --feedback impression,click --model relmf --epochs 2 {FROM} -o m --force");
    // Item z was shown to nobody, and x not to c.
    folder.write("d/impression.csv", "user,item\na,x\na,y\nb,y\nc,y\n");
    for exposure in ["item", "pair", "relative"] {
        let told = folder.ok(&format!("{train} --exposure {exposure}")).stderr;
        assert!(told.contains("2 clicks on what was not shown by the log"), "{told}");
        assert!(told.contains("1 item with clicks never shown by the log"), "{told}");
        let training = &folder.ok("model info m --json").json()["training"];
        assert_eq!(training["clicks_outside_impressions"], 2);
        assert_eq!(training["clicked_items_never_shown"], 1);
    }
    let all = ["a", "b", "c"].map(|user| format!("{user},x\n{user},y\n{user},z\n")).concat();
    folder.write("d/impression.csv", format!("user,item\n{all}"));
    let told = folder.ok(&train).stderr;
    assert!(told.contains("every user was shown every item: propensities are 1"), "{told}");
    assert_eq!(folder.ok("model info m --json").json()["training"]["all_pairs_shown"], true);
}
