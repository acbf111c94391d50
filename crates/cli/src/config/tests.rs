use super::*;
use std::path::Path;

fn words(line: &[&str]) -> Vec<OsString> {
    std::iter::once("foretaste").chain(line.iter().copied()).map(OsString::from).collect()
}

fn said(result: Result<Parsed, NotParsed>) -> Result<String, String> {
    match result {
        Ok(Parsed::Run(args, ..)) => Ok(format!("{:?} {:?}", args.command, args.global)),
        Ok(Parsed::Print(text)) => Ok(text),
        Err(NotParsed::Arguments(error)) => Err(error.render().to_string()),
        Err(NotParsed::Failure(failure)) => Err(format!("{failure:?}")),
    }
}

fn parsed(line: &[&str], variables: &[(&str, &str)]) -> Result<String, String> {
    let variables = variables.iter().map(|(name, text)| (name.into(), text.into()));
    said(parse(&words(line), variables))
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("flags.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Whatever is told to a command, what is printed of it tells the same.
#[test]
fn what_is_printed_says_the_same() {
    let lines: &[&[&str]] = &[
        &["demo"],
        &["train", "parts", "-o", "m", "--model", "ials", "--factors", "8", "--json", "--header"],
        &["train", "-", "-o", "-", "--set", "alpha=0.1", "--set", "bias.user=true", "--lr", "1e-3"],
        &[
            "train",
            "a",
            "-o",
            "b",
            "--set",
            "a=1",
            "--set",
            "b=2",
            "--set",
            "a=3",
            "--seed",
            "18446744073709551615",
        ],
        &["train", "a", "-o", "b", "--valid=.5", "--early-stop", "recall@5:3", "--delimiter", ";"],
        &[
            "train",
            "a \"b\"\t\\ \u{9b}'\u{202e}",
            "-o=-x",
            "--no-header",
            "--positive",
            "rating>=4",
        ],
        &["--threads", "2", "recommend", "m", "--user", "1", "--user=-2", "-k", "5", "--quiet"],
        &["recommend", "m", "--all", "--seen", "none", "-o", "l.csv", "--force"],
        &["evaluate", "m", "--test", "t.csv", "--train", "a.csv", "--format", "csv"],
        &["evaluate", "m", "parts"],
        &[
            "compare",
            "popularity",
            "bpr:factors=4",
            "--data",
            "p",
            "--metrics",
            "auc,ndcg@5",
            "-k",
            "3,4",
        ],
        &["tune", "p", "-o", "t", "--range", "lr=log:0.1..0.3", "--range", "factors=8|16", "-v"],
        &["model", "info", "m"],
        &["split", "a", "-o", "d", "--test", "0.2"],
        &["similar", "m", "--item", "3"],
        &["inspect", "a"],
        &["methods"],
        &["experiment", "e.toml", "-o", "d", "--refit"],
    ];
    let folder = tempfile::tempdir().unwrap();
    for line in lines {
        let told = parsed(line, &[]).unwrap();
        let printed = parsed(&[line, &["--print-config"][..]].concat(), &[]).unwrap();
        let file = written(folder.path(), &printed);
        let command: Vec<&str> =
            line.iter().copied().filter(|word| ["model", "info"].contains(word)).collect();
        let name = line.iter().find(|word| !["--threads", "2"].contains(word)).unwrap();
        let command = if command.is_empty() || *name != "model" { vec![*name] } else { command };
        let from_file = parsed(&[&command[..], &["--config", &file]].concat(), &[]);
        assert_eq!(from_file.as_ref(), Ok(&told), "{printed}");
        let again = [&command[..], &["--config", &file, "--print-config"]].concat();
        let values = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.split("  # ").next().unwrap().to_owned()).collect()
        };
        assert_eq!(values(&parsed(&again, &[]).unwrap()), values(&printed));
    }
}

#[test]
fn what_comes_first_counts() {
    let folder = tempfile::tempdir().unwrap();
    let top = "seed = 1\nfactors = 1\nreg = 0.1\nepochs = 1\n";
    let file = written(
        folder.path(),
        &format!("{top}[train]\ndata = 'a'\nfactors = 2\nreg = 0.2\nepochs = 2"),
    );
    let variables = [("FORETASTE_REG", "0.3"), ("FORETASTE_EPOCHS", "3")];
    let line = ["train", "-o", "m", "--config", &file, "--epochs", "4"];
    let found = parsed(&line, &variables).unwrap();
    for value in ["seed: Some(1)", "factors: Some(2)", "reg: Some(0.3)", "epochs: Some(4)"] {
        assert!(found.contains(value), "{value}: {found}");
    }
    let by_variable: Vec<_> =
        variables.into_iter().chain([("FORETASTE_CONFIG", file.as_str())]).collect();
    assert_eq!(parsed(&["train", "-o", "m", "--epochs", "4"], &by_variable).unwrap(), found);
}

#[test]
fn what_conflicts_is_displaced_by_what_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        folder.path(),
        "format = 'csv'\n[recommend]\nmodel = 'm'\nall = true\n[evaluate]\ndata = 'd'\nmodel = 'm'",
    );
    let config = ["--config", file.as_str()];
    let told = |line: &[&str], variables: &[(&str, &str)]| {
        parsed(&[line, &config[..]].concat(), variables).unwrap()
    };
    let json = told(&["recommend", "--json"], &[]);
    assert!(json.contains("json: true") && json.contains("format: Table"), "{json}");
    assert!(told(&["recommend"], &[("FORETASTE_JSON", "yes")]).contains("json: true"));
    assert!(told(&["recommend"], &[("FORETASTE_JSON", "0")]).contains("format: Csv"));
    let one = told(&["recommend", "--user", "3"], &[]);
    assert!(one.contains("all: false"), "{one}");
    let test = told(&["evaluate", "--test", "t.csv"], &[]);
    assert!(test.contains("data: None"), "{test}");
    let off = told(&["recommend", "--user", "3"], &[("FORETASTE_QUIET", "false")]);
    assert!(off.contains("quiet: false"), "{off}");
}

/// A parameter that is given by either of its names comes before both in the file.
#[test]
fn pairs_are_told_apart_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        folder.path(),
        "[train]\ndata = 'a'\noutput = 'm'\n[train.set]\nlr = 0.1\nflip_dim = 3\n\"bias.item\" = true",
    );
    let set = |line: &[&str], variables: &[(&str, &str)]| {
        let told = parsed(&[&["train", "--config", &file], line].concat(), variables).unwrap();
        let (_, set) = told.split_once("set: ").unwrap();
        set.split_once(']').unwrap().0.to_owned() + "]"
    };
    let all = r#"["lr=0.1", "flip_dim=3", "bias.item=true"]"#;
    assert_eq!(set(&[], &[]), all);
    assert_eq!(set(&["--lr", "0.2"], &[]), r#"["flip_dim=3", "bias.item=true"]"#);
    assert_eq!(set(&[], &[("FORETASTE_LR", "0.2")]), r#"["flip_dim=3", "bias.item=true"]"#);
    assert_eq!(set(&["--flip-dim", "2"], &[]), r#"["lr=0.1", "bias.item=true"]"#);
    let both = r#"["lr=0.3,flip-dim=1", "bias.item=true"]"#;
    assert_eq!(set(&["--set", "lr=0.3,flip-dim=1"], &[]), both);
    let by_pair = parsed(&["train", "a", "-o", "b", "--set", "lr=0.3"], &[]);
    let lower = [("FORETASTE_LR", "0.2")];
    assert_eq!(parsed(&["train", "a", "-o", "b", "--set", "lr=0.3"], &lower), by_pair);
    let three = [("FORETASTE_SET", "lr=0.3,a=1")];
    assert_eq!(
        set(&["--set", "a=2"], &three),
        r#"["a=2", "lr=0.3", "flip_dim=3", "bias.item=true"]"#
    );
}

#[test]
fn a_place_that_lacks_one_before_it_is_not_taken_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "[score]\npairs = 'p.csv'");
    let error = parsed(&["score", "--config", &file], &[]).unwrap_err();
    assert!(error.contains("<MODEL>"), "{error}");
    let told = parsed(&["score", "m", "--config", &file], &[]).unwrap();
    assert!(told.contains("p.csv"), "{told}");
}

#[test]
fn variables_say_what_is_wrong_with_them() {
    let line = ["train", "a", "-o", "b"];
    for (name, text, said) in [
        ("FORETASTE_SEED", "x", "FORETASTE_SEED=x: not a whole number"),
        ("FORETASTE_THREADS", "1.5", "FORETASTE_THREADS=1.5: not a whole number"),
        ("FORETASTE_VALID", "some", "FORETASTE_VALID=some: not a number"),
        ("FORETASTE_THREADS", "2000", "FORETASTE_THREADS=2000: 2000 is not in 0..=1024"),
        ("FORETASTE_FORMAT", "xml", "it takes one of table, json, csv"),
        ("FORETASTE_FORCE", "perhaps", "a flag is true or false"),
        ("FORETASTE_EARLY_STOP", "ndgc@3:1", "unknown metric"),
    ] {
        let error = parsed(&line, &[(name, text)]).unwrap_err();
        assert!(error.contains(said) && error.contains(name), "{error}");
    }
    let plain = parsed(&line, &[]).unwrap();
    for name in ["FORETASTE_DATA", "FORETASTE_K", "FORETASTE_SEED_", "FORETASTE_OTHERS"] {
        assert_eq!(parsed(&line, &[(name, "7")]), Ok(plain.clone()), "{name}");
    }
    assert_eq!(parsed(&line, &[("FORETASTE_SEED", "")]), Ok(plain));
}

#[test]
fn a_variable_of_no_command_is_noted() {
    let notes = |name: &str| match parse(&words(&["demo"]), [(name.into(), "1".into())].into_iter())
    {
        Ok(Parsed::Run(_, notes, _)) => notes,
        _ => panic!("{name}"),
    };
    let note =
        "note: FORETASTE_FACTERS: no command has such a flag (did you mean FORETASTE_FACTORS?)";
    assert_eq!(notes("FORETASTE_FACTERS"), [note]);
    assert!(
        ["FORETASTE_FACTORS", "FORETASTE_DATA", "FORETASTING"]
            .iter()
            .all(|name| notes(name).is_empty())
    );
}

#[test]
fn every_argument_has_a_name_of_its_own() {
    let mut all = Args::command();
    all.build();
    for command in file::leaves(&all) {
        let mut names: Vec<String> = value::arguments(command).map(value::key).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "{}: {names:?}", command.get_name());
    }
}

/// Variables and files speak to all commands: what one of them can't use is nothing to it.
#[test]
fn what_needs_another_argument_says_nothing_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let command = |line: &[&str], variables: &[(&str, &str)]| {
        let parsed = parsed(line, variables).unwrap();
        parsed.split(" Global").next().map(str::to_owned)
    };
    for (line, needed, flags) in [
        (&["recommend", "m", "--user", "1"][..], &["-o", "l.csv"][..], &[("force", "true")][..]),
        (&["compare", "bpr", "--data", "p"], &["--best", "b.toml"], &[("force", "true")]),
        (
            &["export", "m", "--what", "items", "-o", "f.hnsw"],
            &["--measure", "3"],
            &[("k", "5"), ("ef", "9")],
        ),
        (&["train", "a", "-o", "b"], &["--weight", "n"], &[("weight_as", "log1p")]),
        (&["simulate", "-o", "s"], &["--from", "r"], &[("power", "1"), ("epsilon", "2")]),
        (&["fetch"], &["tiny"], &[("timeout", "7"), ("force", "true")]),
    ] {
        let names = flags.iter().map(|(name, _)| format!("FORETASTE_{}", name.to_uppercase()));
        let names: Vec<String> = names.collect();
        let values = flags.iter().map(|(_, value)| *value);
        let variables: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(values).collect();
        let text = flags.iter().map(|(name, value)| format!("{name} = {value}\n"));
        let file = written(folder.path(), &text.collect::<String>().replace("log1p", "'log1p'"));
        let all = [line, needed].concat();
        let bare = [command(line, &[]), command(&all, &[])];
        assert_eq!(command(line, &variables), bare[0]);
        assert_ne!(command(&all, &variables), bare[1]);
        let config = ["--config", &file];
        assert_eq!(command(&[line, &config].concat(), &[]), bare[0]);
        assert_ne!(command(&[&all[..], &config].concat(), &[]), bare[1]);
    }
    // Who types it is told, and what else is missing is missing.
    let said = parsed(&["recommend", "m", "--user", "1", "--force"], &[]).unwrap_err();
    assert!(said.contains("--output"), "{said}");
    let said = parsed(&["recommend", "--user", "1"], &[("FORETASTE_FORCE", "1")]).unwrap_err();
    assert!(said.contains("<MODEL>") && !said.contains("--output"), "{said}");
}
