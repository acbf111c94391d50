//! Flags from a file and from variables of the environment.

use crate::support::{Folder, foretaste};

/// Runs a command in an environment: exit code, stdout, stderr.
fn run(folder: &Folder, arguments: &str, variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = foretaste(folder, arguments);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const FLAGS: &str = r#"
seed = 3
json = true

[train]
data = "good.csv"
model = "bpr"
factors = 8
epochs = 4
valid = 0.2
early-stop = "ndcg@5:2"
validate_every = 1
set = { reg = 0.02, sampler = "uniform", "bias.item" = true }

[tune.range]
lr = "log:0.1..0.3"
"#;

#[test]
fn a_file_trains_what_its_flags_train() {
    let folder = Folder::trained();
    folder.write("flags.toml", FLAGS);
    let flags = "--model bpr --factors 8 --epochs 4 --valid 0.2 --early-stop ndcg@5:2 \
                 --validate-every 1 --set reg=0.02,sampler=uniform,bias.item=true --seed 3 --json";
    folder.ok(&format!("train good.csv -o a.model {flags}"));
    let json = folder.ok("train --config flags.toml -o b.model").json();
    assert_eq!((&json["config"]["seed"], &json["config"]["reg"]), (&3.into(), &0.02.into()));
    assert_eq!(folder.read("a.model"), folder.read("b.model"));
    // What is printed is a file that does the same, and nothing else is done.
    let printed = folder.ok("train --config flags.toml -o c.model --print-config").stdout;
    assert!(!folder.names().contains("c.model"));
    assert!(printed.contains("factors = 8  # flags.toml:8:1"), "{printed}");
    assert!(printed.contains("threads = 0  # default"), "{printed}");
    folder.write("again.toml", &printed);
    folder.ok("train --config again.toml");
    assert_eq!(folder.read("a.model"), folder.read("c.model"));
    // Flags come first, whatever a table for --set says; the rest is the file's.
    folder.ok("train --config flags.toml -o e.model --reg 0.01 --set sampler=hardest-of-2");
    let json = folder.ok("model info e.model --json").json();
    let parameters = &json["parameters"];
    assert_eq!((&parameters["reg"], &parameters["bias"]["item"]), (&0.01.into(), &true.into()));
    assert_eq!(parameters["sampler"]["hardest"], 2);
    folder.ok("train --config flags.toml -o d.model --factors 4 --epochs 2");
    let info = folder.ok("model info d.model --json").json();
    assert_eq!(
        (&info["parameters"]["factors"], &info["parameters"]["seed"]),
        (&4.into(), &3.into())
    );
}

#[test]
fn variables_come_between_flags_and_file() {
    let folder = Folder::trained();
    folder.write("flags.toml", FLAGS);
    let seed = |arguments: &str, variables: &[(&str, &str)]| {
        let (code, stdout, stderr) =
            run(&folder, &format!("train -o m --print-config {arguments}"), variables);
        assert_eq!(code, 0, "{stderr}");
        stdout.lines().find(|line| line.starts_with("seed")).map(str::to_owned)
    };
    let seven = [("FORETASTE_SEED", "7"), ("FORETASTE_DATA", "nowhere")];
    let line = |text: &str| Some(text.to_owned());
    assert_eq!(seed("", &[]), None);
    assert_eq!(seed("--config flags.toml", &[]), line("seed = 3  # flags.toml:2:1"));
    assert_eq!(seed("--config flags.toml", &seven), line("seed = 7  # FORETASTE_SEED"));
    assert_eq!(seed("--config flags.toml --seed 9", &seven), line("seed = 9"));
    let named = [("FORETASTE_CONFIG", "flags.toml")];
    assert_eq!(seed("", &named), line("seed = 3  # flags.toml:2:1"));
}

#[test]
fn files_that_can_not_be_say_where() {
    let folder = Folder::trained();
    for (text, said) in [
        ("facters = 3", &["flags.toml:1:1: there is no flag `facters`", "`factors`"][..]),
        (
            "\n[train]\nlr = 0.1\n facters = 3",
            &["flags.toml:4:2: train has no flag `facters`", "`factors`"],
        ),
        ("[split]\ntset = 0.1", &["flags.toml:2:1: split has no flag `tset`", "`test`"]),
        ("[trian]\nlr = 0.1", &["flags.toml:1:2: there is no command `trian`", "`train`"]),
        ("pairs = 'a.csv'", &["flags.toml:1:1: `pairs` is no flag", "table of a command"]),
        ("config = 'b.toml'", &["flags.toml:1:1: there is no flag `config`", ""]),
        (
            "factors = 'many'",
            &["flags.toml:1:11: factors is a whole number, not a text", "--factors"],
        ),
        ("factors = 0.5", &["flags.toml:1:11: factors is a whole number, not a number with a", ""]),
        ("lr = true", &["flags.toml:1:6: lr is a number, not true or false", "--lr"]),
        ("json = 1", &["flags.toml:1:8: json is true or false, not a whole number", "--json"]),
        ("model = ['bpr', 'ials']", &["flags.toml:1:9: model is a text, not a list", "--model"]),
        ("columns = 2026-01-01", &["flags.toml:1:11: columns is a text, not a time", ""]),
        (
            "set = true",
            &["flags.toml:1:7: set is a table, or a list of texts, not true or false", ""],
        ),
        (
            "[compare]\nk = [3, 'x']",
            &["flags.toml:2:9: k is a list of whole numbers, not a text", ""],
        ),
        ("threads = -1", &["flags.toml:1:11: threads = -1: ", "0..=1024"]),
        (
            "valid = 0.1\nearly-stop = 'ndgc@10:3'",
            &["flags.toml:2:14: early-stop = ndgc@10:3", "unknown"],
        ),
        (
            "format = 'xml'",
            &["flags.toml:1:10: format = xml: it takes one of table, json, csv", ""],
        ),
        (
            "early-stop = 'auc:1'\nearly_stop = 'auc:2'",
            &["flags.toml:2:1: early-stop is given twice", ""],
        ),
        ("lr = 0.1\nlr = 0.2", &["flags.toml:2:1: duplicate key", "TOML"]),
        ("lr = \n", &["flags.toml:1:", "TOML"]),
        ("[train", &["flags.toml:1:7: ", "TOML"]),
        (
            "header = true\nno-header = true",
            &["flags.toml:2:1: no-header can't be beside header", "flags.toml:1:1"],
        ),
        ("[train.set]\nfacters = 3", &["bpr has no parameter `facters`", "`factors`"]),
    ] {
        folder.write("flags.toml", text);
        folder.fails_saying(2, "train good.csv -o a.model --config flags.toml", said);
    }
    // What --data is to compare is DATA to train.
    folder.write("flags.toml", "data = 'good.csv'");
    let said =
        ["flags.toml:1:1: at the top of the file are flags, and data of train is none", "[train]"];
    folder.fails_saying(2, "train -o a.model --config flags.toml", &said);
    folder.write("flags.toml", b"lr = 0.1 # \xff");
    for (file, said) in [
        ("flags.toml", "flags.toml: this is not UTF-8 text"),
        ("missing.toml", "missing.toml: no such file"),
        (".", ".: is a folder, not a file"),
    ] {
        let line = format!("train good.csv -o a.model --config {file}");
        folder.fails_saying(2, &line, &[said, "--config takes a TOML file"]);
    }
}

/// What only the method can refuse is said as ever, and where it comes from besides.
#[test]
fn failures_say_which_of_their_flags_are_from_elsewhere() {
    let folder = Folder::trained();
    folder.write("flags.toml", "seed = 1\n[train.set]\nfacters = 3\n");
    let ran = folder.fails(2, "train good.csv -o a.model --config flags.toml");
    assert_eq!(ran.lines("note: "), ["note: facters is from flags.toml:2:8"], "{ran:?}");
    folder.write("flags.toml", "factors = 0");
    let ran = folder.fails(2, "train good.csv -o a.model --config flags.toml");
    assert_eq!(ran.lines("note: "), ["note: factors is from flags.toml:1:1"], "{ran:?}");
}

#[test]
fn variables_that_can_not_be_are_named() {
    let folder = Folder::trained();
    let line = "train good.csv -o a.model --epochs 2 --factors 2";
    for (name, text, said) in [
        ("FORETASTE_SEED", "x", "error: FORETASTE_SEED=x: not a whole number"),
        ("FORETASTE_QUIET", "maybe", "error: FORETASTE_QUIET=maybe: a flag is true or false"),
        ("FORETASTE_CONFIG", "none.toml", "error: none.toml: no such file"),
    ] {
        let (code, stdout, stderr) = run(&folder, line, &[(name, text)]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    let (code, _, stderr) = run(&folder, line, &[("FORETASTE_REGG", "1"), ("FORETASTE_K", "3")]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("note: FORETASTE_REGG: no command has such a flag"), "{stderr}");
    assert!(!stderr.contains("FORETASTE_K"), "{stderr}");
}

#[test]
fn a_flag_displaces_what_the_file_has_against_it() {
    let folder = Folder::trained();
    folder
        .write("flags.toml", "json = true\n[recommend]\nmodel = 'good.model'\nall = true\nk = 2\n");
    let all = folder.ok("recommend --config flags.toml");
    assert_eq!(all.json_lines().len(), 40);
    let table = folder.ok("recommend --config flags.toml --user 1 --format csv");
    assert_eq!(table.cells().len(), 1 + 2, "{table:?}");
}
