//! `evaluate`: choice of metrics, propensities, bands, rated test sets, files beside the report.

use crate::support::{Folder, keys};
use std::collections::BTreeMap;

#[test]
fn cut_offs_go_to_all_metrics_without_one() {
    let folder = Folder::split();
    let ran = folder.ok("evaluate part.model parts -k 5,10 --metrics ndcg,auc,hit@3 --json");
    assert_eq!(keys(&ran.json()["metrics"]), ["auc", "hit@3", "ndcg@10", "ndcg@5"]);
    let ran = folder.ok("evaluate part.model parts -k 7 --json");
    let lists = ["ap@7", "f1@7", "hit@7", "ndcg@7", "precision@7", "recall@7", "rr@7"];
    assert_eq!(keys(&ran.json()["metrics"]), lists);
}

#[test]
fn what_a_metric_may_be_is_checked() {
    let folder = Folder::split();
    for (options, said) in [
        ("-k 0", ["'0' for '-k <K>'", "a whole number from 1"]),
        ("-k 5,x", ["'x' for '-k <K>'", "a whole number from 1"]),
        ("--metrics ndcg@0", ["ndcg", "a whole number from 1"]),
        ("--metrics ndcg@31", ["ndcg@31: the model has only 30 items", "smaller"]),
        ("-k 10,5000", ["@5000: the model has only 30 items", "smaller"]),
        ("--metrics recal@5", ["\"recal\"", "\"recall@5\"?"]),
        ("--metrics ndcg@5 -k 10", ["-k is of no use", "--metrics ndcg,recall -k 5,10"]),
        ("--metrics ndcg,ndcg@5 -k 5", ["ndcg@5 is listed twice", ""]),
        ("--metrics hr@10,hit@10", ["hit@10 is listed twice", ""]),
        ("--snips --clip nan", ["--clip is NaN", "from 0 to 1"]),
        ("--snips --clip inf", ["--clip is inf", "from 0 to 1"]),
        ("--snips --propensity const:nan", ["'const:nan'", "above 0"]),
        ("--snips --propensity pop^inf", ["'pop^inf'", "from 0"]),
        ("--metrics ap@5:snips", ["ap@5 has no :snips estimator", "ndcg"]),
        ("--metrics ndcg@5:dr", ["unknown estimator \"dr\"", "ips and snips"]),
        ("--metrics dcg_saito@5", ["dcg_saito@5", "rated at random"]),
        ("--metrics hit@5 --snips", ["none of the metrics", "precision have"]),
        ("--clip 0.1", ["no use for propensities", "--snips"]),
        ("--propensity pop^1", ["no use for propensities", "--snips"]),
        ("--snips --clip 2", ["--clip is 2", "from 0 to 1"]),
        ("--snips --clip 0 --propensity const:0", ["'const:0'", "above 0"]),
        ("--snips --propensity pop^-1", ["'pop^-1'", "from 0"]),
        ("--snips --propensity popular", ["'popular'", "pop^0.5, const:0.1, file:"]),
        ("--candidates rated --trec out", ["--trec is of no use", "rated"]),
        ("--candidates rated --mask train", ["--mask is of no use", "rated"]),
    ] {
        folder.fails_saying(2, &format!("evaluate part.model parts {options}"), &said);
    }
}

#[test]
fn data_of_which_the_model_knows_nothing_are_refused() {
    let folder = Folder::split();
    folder.write("strangers.csv", "user,item\nx,1\ny,2\n");
    folder.write("elsewhere.csv", "user,item\n1,x\n2,y\n");
    for (name, what) in [("strangers", "users"), ("elsewhere", "items")] {
        let said = format!("{name}.csv: the model knows none of the {what}");
        folder.fails_saying(
            3,
            &format!("evaluate part.model {name}.csv"),
            &[&said, "written alike"],
        );
    }
}

#[test]
fn estimators_stand_beside_the_metrics_they_estimate() {
    let folder = Folder::split();
    let metrics = "--metrics ndcg@10,hit@5,recall@5";
    let ran = folder.ok(&format!("evaluate part.model parts {metrics} --ips --snips --json"));
    let json = ran.json();
    let expected = [
        "hit@5",
        "ndcg@10",
        "ndcg@10:ips",
        "ndcg@10:snips",
        "recall@5",
        "recall@5:ips",
        "recall@5:snips",
    ];
    assert_eq!(keys(&json["metrics"]), expected);
    assert_eq!(json["propensities"]["source"], "pop^0.5");
    assert_eq!(json["propensities"]["clip"], 0.01);
    assert!(ran.mean("ndcg@10:snips") != ran.mean("ndcg@10"));
    // Equal propensities leave a self-normalised estimate as the metric is.
    let equal = folder.ok(&format!(
        "evaluate part.model parts {metrics},ndcg@10:snips --propensity const:0.2 --json"
    ));
    assert!((equal.mean("ndcg@10:snips") - ran.mean("ndcg@10")).abs() < 1e-12);
    let table = folder.ok("evaluate part.model parts --metrics ndcg@10:snips --clip 0.3").stdout;
    assert!(table.contains("propensities pop^0.5, clipped at 0.3"), "{table}");
}

#[test]
fn propensities_may_come_from_a_file() {
    let folder = Folder::split();
    let equal: String = (0..30).map(|item| format!("{item},0.2\n")).collect();
    folder.write("P.csv", format!("item,propensity\n{equal}"));
    let command = "evaluate part.model parts --metrics ndcg@10,ndcg@10:snips --propensity file:";
    let ran = folder.ok(&format!("{command}P.csv --json"));
    assert!((ran.mean("ndcg@10:snips") - ran.mean("ndcg@10")).abs() < 1e-12);
    for (content, said) in [
        (
            "item,propensity\n1,0.2\n2,1.5\n".to_owned(),
            ["P.csv:3: the propensity \"1.5\"", "at most 1"],
        ),
        ("1,0.2\n2,0\n".to_owned(), ["P.csv:2: the propensity \"0\"", "above 0"]),
        ("1,0.2\n2,often\n".to_owned(), ["P.csv:2: the propensity \"often\"", "above 0"]),
        ("1,nan\n2,0.2\n".to_owned(), ["P.csv:1: the propensity \"nan\"", "above 0"]),
        ("1,0.2\n2,inf\n".to_owned(), ["P.csv:2: the propensity \"inf\"", "above 0"]),
        ("1,0.2\n1,0.3\n".to_owned(), ["P.csv:2: item \"1\" again", "line 1"]),
        ("1,0.2\nzz,0.3\n".to_owned(), ["P.csv:2: neither the model nor", "\"zz\""]),
        ("1,0.2,3\n".to_owned(), ["P.csv:1: found 3 field(s)", "id and its propensity"]),
        ("1,0.2\n".to_owned(), ["P.csv: there is no propensity for item", "test data needs one"]),
        (String::new(), ["P.csv: the file is empty", ""]),
    ] {
        folder.write("P.csv", content);
        folder.fails_saying(3, &format!("{command}P.csv"), &said);
    }
    folder.fails_saying(3, &format!("{command}none.csv"), &["none.csv: no such file"]);
}

#[test]
fn bands_of_popularity_are_scored_by_themselves() {
    let folder = Folder::split();
    let ran =
        folder.ok("evaluate part.model parts --metrics recall@5 --by popularity --rare 8 --json");
    let parts = &ran.json()["parts"];
    assert_eq!(keys(parts), ["head", "mid", "rare", "tail"]);
    let items = |name: &str| parts[name]["items"].as_u64().unwrap();
    assert_eq!(items("head") + items("mid") + items("tail"), 30);
    assert!(parts["head"]["metrics"]["recall@5"]["mean"].as_f64().unwrap() > 0.0);
    let table = folder.ok("evaluate part.model parts --metrics recall@5 --by popularity");
    assert!(table.stdout.contains("head: ") && table.stdout.contains("tail"), "{table:?}");
    let csv =
        folder.ok("evaluate part.model parts --metrics recall@5 --by popularity --format csv");
    let first: Vec<&str> = csv.cells().iter().map(|row| row[0]).collect();
    assert_eq!(first, ["items", "all", "head", "mid", "tail"]);
}

#[test]
fn the_catalogue_has_figures_without_an_interval() {
    let folder = Folder::split();
    let command = "evaluate part.model parts -k 5 --metrics coverage,gini,arp,novelty";
    let ran = folder.ok(&format!("{command} --json"));
    let json = ran.json();
    assert!(json["metrics"]["coverage@5"]["low"].is_null());
    assert!(json["metrics"]["arp@5"]["low"].is_f64());
    let coverage = ran.mean("coverage@5");
    assert!(coverage > 0.1 && coverage <= 1.0, "{coverage}");
    assert!(folder.ok(command).stdout.contains("–"));
}

#[test]
fn rated_items_alone_are_ranked_on_demand() {
    let folder = Folder::new();
    folder.write("train.csv", "user,item\na,1\nb,2\nb,1\nc,3\nc,2\nc,1\n");
    folder.ok("train train.csv -o m.model --model popularity");
    // By popularity 1, 2, 3. Of a's items 2 and 3 the second is relevant, of b's 3 none; x is unknown.
    folder.write("rated.csv", "user,item,rating\na,2,3\na,3,5\nb,3,1\nx,1,4\n");
    let command = "evaluate m.model rated.csv --candidates rated --positive rating>=4";
    let ran = folder.ok(&format!("{command} --metrics dcg_saito@2,rr@2 --json"));
    assert_eq!(ran.json()["candidates"], "rated");
    assert_eq!(ran.json()["users"], 3);
    assert!((ran.mean("dcg_saito@2") - (1.001 + 0.001) / 3.0).abs() < 1e-12);
    // Users with a relevant item are a and x.
    assert_eq!(ran.mean("rr@2"), 0.25);
    let default = folder.ok(&format!("{command} -k 1,2 --json"));
    assert!(keys(&default.json()["metrics"]).contains(&"recall_saito@2"));
    assert_eq!(ran.lines("note: ").len(), 1);
    folder.ok(&format!("{command} --metrics dcg_saito@2,rr@2 --per-user u.csv --rare 1"));
    assert_eq!(folder.text("u.csv"), "user,dcg_saito@2,rr@2\na,1.001,0.5\nb,0.001,\nx,0,0\n");
    folder.write("bare.csv", "user,item\na,2\n");
    let said = ["bare.csv: no column of ratings", "--columns rating=N"];
    folder.fails_saying(3, "evaluate m.model bare.csv --candidates rated -k 1", &said);
}

#[test]
fn figures_of_users_average_to_the_figures_printed() {
    let folder = Folder::split();
    let command = "evaluate part.model parts --metrics ndcg@5,coverage@5,auc --json";
    let ran = folder.ok(&format!("{command} --per-user users.csv"));
    let text = folder.text("users.csv");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["user", "ndcg@5", "coverage@5", "auc"]);
    assert_eq!(rows.len(), 41);
    for (column, metric) in [(1, "ndcg@5"), (3, "auc")] {
        let sum: f64 = rows[1..].iter().map(|row| row[column].parse::<f64>().unwrap()).sum();
        assert!((sum / 40.0 - ran.mean(metric)).abs() < 1e-12, "{metric}");
    }
    assert!(rows[1..].iter().all(|row| row[2].is_empty()));
    let said = ["users.csv: exists already", "--force"];
    folder.fails_saying(2, &format!("{command} --per-user users.csv"), &said);
    folder.ok(&format!("{command} --per-user users.csv --force"));
}

/// NDCG of the files, computed here.
#[test]
fn trec_files_give_the_figures_printed() {
    let folder = Folder::split();
    let ran = folder.ok("evaluate part.model parts --metrics hit@3,ndcg@10 --trec out --json");
    let mut relevant: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in folder.text("out/qrels.txt").lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        relevant.entry(fields[0].into()).or_default().push(fields[2].into());
    }
    let mut dcg: BTreeMap<String, f64> = BTreeMap::new();
    let mut best: BTreeMap<String, f64> = BTreeMap::new();
    for line in folder.text("out/run.txt").lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let rank: f64 = fields[3].parse().unwrap();
        let last = best.insert(fields[0].into(), -fields[4].parse::<f64>().unwrap());
        assert!(last.unwrap_or(f64::NEG_INFINITY) < best[fields[0]], "scores fall strictly");
        if relevant[fields[0]].contains(&fields[2].to_owned()) {
            *dcg.entry(fields[0].into()).or_default() += 1.0 / (rank + 1.0).log2();
        }
    }
    let ideal = |n: usize| (1..=n.min(10)).map(|r| 1.0 / (r as f64 + 1.0).log2()).sum::<f64>();
    let ndcg =
        relevant.iter().map(|(user, items)| dcg.get(user).unwrap_or(&0.0) / ideal(items.len()));
    assert!((ndcg.sum::<f64>() / 40.0 - ran.mean("ndcg@10")).abs() < 1e-12);
    let said = ["run.txt: exists already", "--force"];
    folder.fails_saying(2, "evaluate part.model parts --trec out", &said);
    folder.fails_saying(2, "evaluate part.model parts --trec good.csv", &["good.csv: is a file"]);
}
