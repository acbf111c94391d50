//! Where outputs go: links, devices, pipes, stdout, and files that are inputs.

use crate::support::{Folder, foretaste};
use std::process::Stdio;

/// What can't be written is said before the data is so much as looked for.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_takes_no_files_is_told_before_any_work() {
    let folder = Folder::trained();
    for arguments in [
        "train none.csv -o /sys/new.model",
        "train none.csv -o /proc/new.model",
        "split none.csv -o /sys/parts",
        "compare bpr --data none --report /sys/report.html",
        "evaluate none.model none.csv --per-user /sys/users.csv",
        "evaluate none.model none.csv --trec /sys/trec",
        "simulate -o /sys/made",
        "simulate --from none.csv -o /sys/made/within",
        "tune none.csv -r lr=0.1..0.2 -o /sys/trials",
        "experiment small.toml -o /sys/out",
        "demo --report /sys/demo.html",
        "man -o /sys/man",
    ] {
        folder.write("small.toml", "[data]\npath = \"none.csv\"\n[[methods]]\nmodel = \"bpr\"\n");
        let said = ["/sys", "/proc"].map(|place| format!("the folder {place} can't be written to"));
        let ran = folder.fails(1, arguments);
        assert!(said.iter().any(|said| ran.stderr.contains(said)), "{ran:?}");
    }
}

/// Folders where there must be files, and files where there must be folders.
#[test]
fn what_is_in_the_way_of_results_is_told_before_any_work() {
    let folder = Folder::new();
    folder.write("e.toml", "[data]\npath = \"none.csv\"\n[[methods]]\nmodel = \"bpr\"\n");
    for name in ["a/results.json", "b/report.html", "d/valid.csv", "t/run.txt", "s/truth.csv"] {
        std::fs::create_dir_all(folder.path(name)).unwrap();
    }
    std::fs::create_dir(folder.path("c")).unwrap();
    folder.write("c/units", "");
    for (arguments, said) in [
        ("experiment e.toml -o a", "a/results.json: is a folder"),
        ("experiment e.toml -o b", "b/report.html: is a folder"),
        ("experiment e.toml -o c", "c/units: is a file, not a folder"),
        ("tune none.csv -r lr=0.1..0.2 -o c", "c/units: is a file, not a folder"),
        ("split none.csv -o d --force", "d/valid.csv: is a folder"),
        ("evaluate none.model none.csv --trec t --force", "t/run.txt: is a folder"),
        ("simulate --from none.csv -o s --force", "s/truth.csv: is a folder"),
    ] {
        folder.fails_saying(2, arguments, &[said]);
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_written_through_or_refused_before_any_work() {
    use std::os::unix::fs::symlink;
    let folder = Folder::trained();
    std::fs::create_dir(folder.path("there")).unwrap();
    symlink("there/new.model", folder.path("link.model")).unwrap();
    symlink("link.model", folder.path("chain.model")).unwrap();
    folder.ok("train good.csv -o chain.model --model popularity");
    assert!(folder.path("there/new.model").is_file());
    let kept = std::fs::read_link(folder.path("link.model")).unwrap();
    assert_eq!(kept.to_str(), Some("there/new.model"));
    folder.ok("model verify link.model");

    symlink("gone/new.model", folder.path("dead.model")).unwrap();
    symlink("loop.model", folder.path("loop.model")).unwrap();
    symlink("there", folder.path("folder.model")).unwrap();
    for (name, said) in [
        ("dead", ["is a link to gone/new.model, in a folder that does not exist", "create"]),
        ("loop", ["is a link that leads back to itself", "remove the link"]),
        ("folder", ["is a folder", "name a file in it"]),
    ] {
        for force in ["", "--force"] {
            folder.fails_saying(2, &format!("train none.csv -o {name}.model {force}"), &said);
        }
    }
    let ran = folder.fails(2, "split good.csv -o dead.model");
    assert!(ran.stderr.contains("dead.model: is a "), "{ran:?}");
}

#[test]
fn an_input_is_no_output() {
    let folder = Folder::split();
    std::fs::create_dir(folder.path("other")).unwrap();
    folder.write("other/train.csv", folder.read("parts/train.csv"));
    folder.write("p.csv", "item,propensity\n1,0.5\n");
    folder.write("here.toml", "[data]\npath = \"results.json\"\n[[methods]]\nmodel = \"bpr\"\n");
    folder.write("results.json", folder.read("good.csv"));
    folder.write("report.html", "[data]\npath = \"good.csv\"\n[[methods]]\nmodel = \"bpr\"\n");
    folder.write("interactions.csv", folder.read("good.csv"));
    let inputs = |folder: &Folder| {
        let names = ["good.csv", "parts/train.csv", "parts/test.csv", "part.model", "p.csv"];
        names.map(|name| folder.read(name))
    };
    let before = inputs(&folder);
    for arguments in [
        "train parts/train.csv -o parts/train.csv",
        "train parts/train.csv -o ./parts/../parts/train.csv",
        "train parts -o parts/train.csv",
        "train parts -o parts/valid.csv",
        "train parts -o parts/test.csv",
        "train parts -o parts/manifest.json",
        "train good.csv -o p.csv --model relmf --propensity file:p.csv",
        "split other/train.csv -o other",
        "split parts/manifest.json -o parts",
        "compare bpr --data parts --report parts/test.csv",
        "compare bpr part.model --data parts --report part.model",
        "compare relmf:propensity=file:p.csv --data parts --report p.csv",
        "evaluate part.model parts --per-user parts/test.csv",
        "evaluate part.model parts --per-user part.model",
        "evaluate part.model --test good.csv --per-user good.csv",
        "simulate --from interactions.csv -o .",
        "experiment here.toml -o .",
        "experiment report.html -o .",
    ] {
        folder.fails_saying(2, &format!("{arguments} --force"), &["input", "name another file"]);
    }
    assert!(inputs(&folder) == before);
}

#[cfg(unix)]
#[test]
fn an_input_is_no_output_by_any_name() {
    let folder = Folder::trained();
    std::fs::hard_link(folder.path("good.csv"), folder.path("hard.csv")).unwrap();
    std::os::unix::fs::symlink("good.csv", folder.path("soft.csv")).unwrap();
    for (input, output) in [
        ("good.csv", "hard.csv"),
        ("good.csv", "soft.csv"),
        ("soft.csv", "hard.csv"),
        ("hard.csv", "good.csv"),
    ] {
        let said = [&format!("{output}: is the same file as {input}, an input")[..]];
        folder.fails_saying(2, &format!("train {input} -o {output} --force"), &said);
    }
    // The user's own files in a folder of data are no inputs.
    folder.ok("split good.csv -o parts");
    for _ in 0..2 {
        folder.ok("train parts -o parts/bpr.model --model popularity --force");
    }
}

#[test]
fn two_outputs_are_two_files() {
    let folder = Folder::split();
    let said = ["trec/run.txt: is what --trec writes", "--per-user"];
    let arguments = "evaluate part.model parts --trec trec --per-user trec/run.txt";
    folder.fails_saying(2, arguments, &said);
}

/// A model on stdout, by all the names that stdout has, is the model and nothing else.
#[test]
fn a_model_can_go_to_stdout() {
    let folder = Folder::trained();
    let options = "--factors 8 --epochs 5";
    let expected = folder.read("good.model");
    let mut names = vec!["-"];
    if cfg!(target_os = "linux") {
        names.extend(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);
    }
    for name in names {
        let arguments = format!("train good.csv -o {name} {options}");
        let output = foretaste(&folder, &arguments).output().unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
        assert!(output.stdout == expected, "{name}");
        // Into a file, which is there and must not be renamed away.
        let file = std::fs::File::create(folder.path("out.model")).unwrap();
        let status = foretaste(&folder, &arguments).stdout(file).stderr(Stdio::null()).status();
        assert!(status.unwrap().success() && folder.read("out.model") == expected, "{name}");
        let said = ["stdout can't take results and a file", "leave out --json"];
        folder.fails_saying(2, &format!("train none.csv -o {name} --json"), &said);
    }
    assert!(!folder.path("-").exists());
}

#[cfg(unix)]
#[test]
fn the_file_that_stdout_is_takes_the_model_alone() {
    let folder = Folder::trained();
    let file = std::fs::File::create(folder.path("out.model")).unwrap();
    let arguments = "train good.csv -o out.model --force --factors 8 --epochs 5";
    let status = foretaste(&folder, arguments).stdout(file).stderr(Stdio::null()).status();
    assert!(status.unwrap().success());
    assert!(folder.read("out.model") == folder.read("good.model"));
}

#[test]
fn other_files_can_go_to_stdout() {
    let folder = Folder::split();
    let page = folder.ok("compare popularity --data parts --report -").stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    let users = folder.ok("evaluate part.model parts --per-user - --metrics ndcg@5").stdout;
    assert!(users.starts_with("user,ndcg@5\n"), "{users}");
    folder.ok("evaluate part.model parts --per-user users.csv --metrics ndcg@5");
    assert_eq!(users, folder.text("users.csv"));
    for arguments in [
        "split good.csv -o -",
        "simulate -o -",
        "tune parts -r lr=0.1..0.2 -o -",
        "evaluate part.model parts --trec -",
        "man -o -",
        "demo --report -",
    ] {
        folder.fails_saying(2, arguments, &["-: stdout can't take several files"]);
    }
    for name in ["train", "compare", "evaluate"] {
        assert!(folder.ok(&format!("{name} --help")).stdout.contains("- is stdout"), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_pipes_are_written_to_directly() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o /dev/null --model popularity");
    let ran = folder.fails(1, "train good.csv -o /dev/full --model popularity");
    assert!(ran.stderr.contains("error: /dev/full: No space left on device\n"), "{ran:?}");
    let status = std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap();
    assert!(status.success());
    let path = folder.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read(path).unwrap());
    folder.ok("train good.csv -o pipe --factors 8 --epochs 5");
    assert!(reader.join().unwrap() == folder.read("good.model"));
    // A pipe stays a pipe; and what is read from one is not written to it.
    folder.fails_saying(2, "train pipe -o pipe", &["pipe: is an input and the output"]);
}

#[cfg(unix)]
#[test]
fn force_does_not_publish_a_private_model() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::trained();
    let path = folder.path("good.model");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    folder.ok("train good.csv -o good.model --model popularity --force");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
}
