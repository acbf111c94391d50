//! Public data sets by name: what is listed; and, with the feature, what is downloaded.

use crate::support::Folder;

#[cfg(feature = "fetch")]
mod downloads;
#[cfg(feature = "fetch")]
mod interrupted;
#[cfg(feature = "fetch")]
mod packed;
#[cfg(feature = "fetch")]
mod server;
#[cfg(feature = "fetch")]
mod wrong;

#[test]
fn the_registry_is_listed_for_people_and_for_programs() {
    let folder = Folder::new();
    let table = folder.ok("fetch").stdout;
    for name in ["ml-100k", "gowalla", "yahoo-r3", "by hand"] {
        assert!(table.contains(name), "{table}");
    }
    let json = folder.ok("fetch --json").json();
    let sets = json["datasets"].as_array().unwrap();
    let set = sets.iter().find(|set| set["name"] == "ml-100k").unwrap();
    assert_eq!(set["download"][0]["md5"], "0e33842e24a9c977be4e0107933c0723");
    let split = "foretaste split ml-100k/u.data --columns 'user=1,item=2,rating=3,time=4' \
                 --positive 'rating>=4' -o ml-100k-parts";
    assert_eq!(set["next"][0], split);
    let csv = folder.ok("fetch --format csv").stdout;
    assert!(csv.starts_with("name,users,items,interactions,download,title,homepage,terms\n"));
    assert_eq!(csv.lines().count(), 1 + sets.len());
}

#[test]
fn a_name_that_is_not_in_the_registry_has_a_near_one() {
    let folder = Folder::new();
    folder.fails_saying(2, "fetch ml100k", &["no data set \"ml100k\"", "`ml-100k`", "lists them"]);
    folder.fails_saying(2, "fetch Gowala", &["did you mean `gowalla`?"]);
    let ran = folder.fails(2, "fetch criteo-terabyte");
    assert!(ran.stderr.contains("`foretaste fetch` lists them"), "{ran:?}");
    assert!(!ran.stderr.contains("did you mean"), "{ran:?}");
}

#[test]
fn what_no_program_can_download_says_why_and_where_it_is() {
    let folder = Folder::new();
    let said = ["yahoo-r3 can't be downloaded by a program", "on request", "webscope"];
    folder.fails_saying(2, "fetch yahoo-r3 --accept-terms", &said);
}

#[test]
fn a_registry_that_is_wrong_is_told_with_the_place() {
    let folder = Folder::new();
    folder.write("mine.toml", "[[dataset]]\nname = \"x\"\ntitel = \"X\"\n");
    folder.fails_saying(2, "fetch --registry mine.toml", &["mine.toml:3:1", "titel"]);
    folder.fails_saying(2, "fetch x --registry none.toml", &["none.toml", "no such file"]);
}

#[cfg(not(feature = "fetch"))]
#[test]
fn without_the_feature_it_says_which_is_missing_and_where_the_data_is() {
    let folder = Folder::new();
    let ran = folder.fails(2, "fetch ml-100k -o here --accept-terms");
    for said in [
        "--features fetch",
        "no redistribution",
        "curl -fL --create-dirs -C - -o here/ml-100k.zip https://files.grouplens.org/",
        "unpack ml-100k/u.data of here/ml-100k.zip as here/u.data",
        "then foretaste split here/u.data",
        "or use curl as above",
    ] {
        assert!(ran.stderr.contains(said), "{said:?} is not in {ran:?}");
    }
    let ran = folder.fails(2, "fetch ml-100k --accept-terms -q");
    assert!(!ran.stderr.contains("above"), "{ran:?}");
    // A file that is renamed or unpacked, with nothing inside to name.
    let set = "[[dataset]]\nname = \"x\"\ntitle = \"X\"\ndescription = \"X\"\n\
               homepage = \"https://x.org/\"\nterms = \"Any.\"\n\
               size = { users = 1, items = 1, interactions = 1 }\nread = { file = \"y.csv\" }\n";
    for (download, steps) in [
        (
            "url = \"https://x.org/y.csv.gz\"",
            "-o x/y.csv.gz https://x.org/y.csv.gz\nnote: unpack x/y.csv.gz as x/y.csv\n",
        ),
        ("url = \"https://x.org/z\"\ntake = [{ to = \"y.csv\" }]", "-o x/y.csv https://x.org/z\n"),
    ] {
        folder.write("mine.toml", format!("{set}[[dataset.download]]\n{download}\n"));
        let ran = folder.fails(2, "fetch x --registry mine.toml");
        let said = format!("{steps}note: then foretaste split x/y.csv");
        assert!(ran.stderr.contains(&said), "{said:?} is not in {ran:?}");
    }
}

#[cfg(not(feature = "fetch"))]
#[test]
fn without_the_feature_it_does_not_go_on_with_files_that_nothing_makes() {
    let folder = Folder::new();
    for (name, made) in [("citeulike-a", "interactions.csv"), ("coat", "train.csv, test.csv")] {
        let ran = folder.fails(2, &format!("fetch {name}"));
        let said = format!("what the feature fetch makes of it is not there then: {made}\n");
        assert!(ran.stderr.contains(&said), "{ran:?}");
        for said in ["note: then", "unpack"] {
            assert!(!ran.stderr.contains(said), "{ran:?}");
        }
    }
}
