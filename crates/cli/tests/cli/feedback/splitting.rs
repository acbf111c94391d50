//! Splits of several feedbacks, and back.

use super::*;
use crate::support::keys;

#[test]
fn a_split_reads_back_what_it_was_made_of() {
    let folder = with_features();
    let split = format!("split all {FEEDBACK} {FEATURES} -o parts --json");
    let json = folder.ok(&split).json();
    assert_eq!(json["feedback"], serde_json::json!(NAMES));
    let expected = [
        "buy",
        "cart",
        "item-features",
        "item-features-ids",
        "item-tags",
        "test",
        "user-features",
        "user-features-ids",
        "user-tags",
        "valid",
        "view",
    ];
    assert_eq!(keys(&json["parts"]), expected);
    for name in ["view", "cart"] {
        let file = format!("{name}.csv");
        let both =
            [pairs(&folder, &format!("all/{file}")), pairs(&folder, &format!("parts/{file}"))];
        assert_eq!(both[0], both[1]);
    }
    let (train, test) = (pairs(&folder, "parts/buy.csv"), pairs(&folder, "parts/test.csv"));
    let valid = pairs(&folder, "parts/valid.csv");
    assert!(train.is_disjoint(&test) && train.is_disjoint(&valid) && test.is_disjoint(&valid));
    let dealt = train.into_iter().chain(test.clone()).chain(valid).collect::<BTreeSet<_>>();
    assert_eq!(dealt, pairs(&folder, "all/buy.csv"));
    // Who bought had looked.
    assert_eq!(json["parts"]["test"]["known_by_others"], test.len());
    let again = "--item-features parts/item-features.npy --user-features parts/user-features.npy \
                 --item-tags parts/item-tags.csv --user-tags parts/user-tags.csv";
    let inspect = |data: &str, features: &str| {
        folder.ok(&format!("inspect {data} {FEEDBACK} {features} --json")).json()
    };
    let (before, after) = (inspect("all", FEATURES), inspect("parts", again));
    assert_eq!(before["feedback"][0], {
        let mut view = after["feedback"][0].clone();
        view["share_of_target"] = before["feedback"][0]["share_of_target"].clone();
        view
    });
    for n in 0..4 {
        for name in ["rows", "width", "tags", "with", "without", "alone", "most_frequent"] {
            // Each tag once, and no vector lost.
            assert_eq!(before["features"][n][name], after["features"][n][name], "{n} {name}");
        }
    }
    // By the manifest the training part of the split is the target's, also without the flag.
    for data in ["parts", "parts --feedback view,cart,buy"] {
        let ran = folder.ok(&format!("train {data} --factors 4 --epochs 3 -o m --force --json"));
        assert!(ran.json()["history"][2]["metric"].is_number(), "{ran:?}");
        let scored = folder.ok("evaluate m parts --json").json();
        let users: BTreeSet<_> = test.iter().map(|(user, _)| user).collect();
        assert_eq!(scored["users"], users.len());
    }
    folder.fails_saying(
        2,
        "train parts --feedback view,cart -o n",
        &["is a split of buy", "view,cart,buy"],
    );
    folder.fails_saying(2, &split, &["parts"]);
}

#[test]
fn ids_of_another_split_are_refused() {
    let folder = with_features();
    folder.ok(&format!("split all {FEEDBACK} {FEATURES} -o parts"));
    let inspect = format!("inspect parts {FEEDBACK} --item-features parts/item-features.npy");
    folder.ok(&inspect);
    let ids = folder.text("parts/item-features.ids");
    let turned: String = ids.lines().rev().map(|id| format!("{id}\n")).collect();
    folder.write("parts/item-features.ids", turned);
    let said = ["parts/item-features.ids: is not of the split"];
    folder.fails_saying(3, &inspect, &said);
    std::fs::remove_file(folder.path("parts/manifest.json")).unwrap();
    folder.ok(&inspect);
}

#[test]
fn a_split_that_replaces_another_leaves_none_of_its_parts() {
    let folder = with_features();
    folder.ok(&format!("split all {FEEDBACK} {FEATURES} -o parts"));
    folder.write("parts/mine.csv", "1,2\n");
    folder.ok("split all/buy.csv -o parts --force");
    let names = |folder: &Folder| -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder.path("parts")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    let expected = ["manifest.json", "mine.csv", "test.csv", "train.csv", "valid.csv"];
    assert_eq!(names(&folder), expected.map(str::to_owned).into());
    folder.ok("split events.csv --feedback view,buy -o parts --force --valid 0");
    let expected = ["buy.csv", "manifest.json", "mine.csv", "test.csv", "view.csv"];
    assert_eq!(names(&folder), expected.map(str::to_owned).into());
    // What is not of the split is refused.
    std::fs::copy(folder.path("all/view.csv"), folder.path("parts/view.csv")).unwrap();
    folder.write("parts/buy.csv", "user,item\n1,2\n");
    let said = ["parts/buy.csv: is not of the split"];
    folder.fails_saying(3, "train parts --feedback buy -o m", &said);
}

#[test]
fn the_core_of_the_target_takes_the_rest_along() {
    let folder = with_features();
    folder.ok(&format!("split all {FEEDBACK} {FEATURES} -o parts --k-core 4"));
    let ids = folder.text("parts/item-features.ids");
    assert!(!ids.lines().any(|id| id == "31" || id == "4"), "{ids}");
    assert!(!pairs(&folder, "parts/view.csv").iter().any(|(_, item)| item == "4"));
}

#[test]
fn all_feedbacks_of_a_pair_are_held_out_together() {
    let folder = shop();
    let split = format!("split all {FEEDBACK} -o parts --hold-out-all");
    let json = folder.ok(&format!("{split} --json")).json();
    assert_eq!((&json["hold_out_all"], &json["feedback"]), (&true.into(), &NAMES.to_vec().into()));
    let part = |name: &str| pairs(&folder, &format!("parts/{name}.csv"));
    let files = [
        ("view", ["view", "valid-view", "test-view"]),
        ("cart", ["cart", "valid-cart", "test-cart"]),
        ("buy", ["buy", "valid", "test"]),
    ];
    let views = files[0].1.map(&part);
    for (name, parts) in files {
        let dealt = parts.map(&part);
        // Each pair is once in a part, and that is where its view is.
        assert_eq!(
            dealt.iter().map(BTreeSet::len).sum::<usize>(),
            pairs(&folder, &format!("all/{name}.csv")).len()
        );
        assert!(dealt.iter().zip(&views).all(|(own, view)| own.is_subset(view)), "{name}");
        assert!(dealt.iter().all(|own| !own.is_empty()));
    }
    // What a test needs whose lists leave out all feedbacks, and calibration.
    folder.ok("compare ials:epochs=2,factors=4 --data parts --seen-feedback all");
    folder.ok("train parts --model gnolr --factors 48 --epochs 2 -o m");
    let found = folder.ok("evaluate m parts --calibration --json").json();
    assert_eq!(found["calibration"].as_array().unwrap().len(), 5);
    // Another split leaves nothing of it.
    folder.ok(&format!("split all {FEEDBACK} -o parts --force"));
    assert!(
        !folder.path("parts/test-cart.csv").exists()
            && !folder.path("parts/valid-view.csv").exists()
    );
    let said = ["--hold-out-all: there is one feedback"];
    folder.fails_saying(2, "split all/buy.csv -o x --hold-out-all", &said);
}
