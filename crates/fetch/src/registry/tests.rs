use super::download::is_inside;
use super::*;
use foretaste_http::Url;

const SET: &str = r#"
[[dataset]]
name = "x"
title = "X"
description = "An X."
homepage = "https://x.org"
terms = "None."
size = { users = 1, items = 1, interactions = 1 }
read = { file = "x.csv" }

[[dataset.download]]
url = "https://x.org/x.csv"
"#;

fn problem(text: &str) -> String {
    Registry::parse(text, Path::new("r.toml")).unwrap_err().to_string()
}

#[test]
fn the_bundled_registry_is_in_order() {
    let registry = Registry::bundled();
    assert!(registry.sets().len() >= 15);
    for set in registry.sets() {
        assert!(!set.description.is_empty() && set.terms.ends_with('.'), "{}", set.name);
        for download in &set.downloads {
            assert!(Url::parse(&download.url).unwrap().is_https(), "{}", download.url);
        }
    }
    assert!(registry.find("yahoo-r3").unwrap().downloads.is_empty());
    let coat = registry.find("coat").unwrap();
    assert_eq!(coat.outputs(), ["train.csv", "test.csv"]);
}

#[test]
fn what_is_wrong_in_a_registry_is_named_with_its_place() {
    assert!(Registry::parse(SET, Path::new("r.toml")).is_ok());
    for (from, to, said) in [
        ("name = \"x\"", "name = \"../x\"", "r.toml:2:1: ../x: name takes"),
        ("terms = ", "term = ", "r.toml:7:1: unknown field `term`"),
        ("https://x.org/x.csv", "http://x.org/x.csv", "is not https"),
        ("https://x.org/x.csv", "file:///etc/passwd", "is no address of https"),
        ("https://x.org/x.csv", "https://x.org/", "name has to say"),
        ("https://x.org/x.csv", "https://x.org/x.zip", "take has to name"),
        ("x.csv\"\n", "x.csv\"\nmd5 = \"AB\"\n", "AB is not 32 digits"),
        ("x.csv\"\n", "x.csv\"\ntake = [{ to = \"../x\" }]\n", "is no name of a file"),
        ("x.csv\"\n", "x.csv\"\ntake = [{ to = \"fetched.json\" }]\n", "two files would be called"),
        ("x.csv\"\n", "x.csv\"\ntake = [{ from = \"y\" }]\n", "is no archive"),
        ("read = { file = \"x.csv\" }", "read = { file = \"y.csv\" }", "which no download has"),
    ] {
        let text = SET.replace(from, to);
        assert_ne!(text, SET, "{from}");
        // Of two replacements of `x.csv"`, that of the download is the last.
        let text = if from == "x.csv\"\n" {
            format!("{}{to}", SET.trim_end().strip_suffix("x.csv\"").unwrap())
        } else {
            text
        };
        let problem = problem(&text);
        assert!(problem.contains(said), "{said:?} is not in {problem:?}");
    }
    assert!(problem(&format!("{SET}{SET}")).contains("x: is there twice"));
    let packed = SET.replace("x.org/x.csv\"", "x.org/x.zip\"\ntake = [{ from = \"../x.csv\" }]");
    assert!(problem(&packed).contains("a path inside the archive"), "{}", problem(&packed));
}

#[test]
fn no_two_files_have_one_name() {
    let with = |downloads: &str| {
        let head = SET.split("[[dataset.download]]").next().unwrap();
        let downloads = downloads.split_whitespace().map(|download| {
            let (url, take) = download.split_once('>').unwrap_or((download, ""));
            let from = if url.to_lowercase().ends_with(".zip") { "from = \"x\", " } else { "" };
            format!(
                "[[dataset.download]]\nurl = \"https://x.org/{url}\"\n{}",
                match take {
                    "" => String::new(),
                    to => format!("take = [{{ {from}to = \"{to}\" }}]\n"),
                }
            )
        });
        Registry::parse(&format!("{head}{}", downloads.collect::<String>()), Path::new("r.toml"))
            .map_err(|error| error.to_string())
    };
    assert!(with("a/x.zip>x.csv b/y.zip>y.csv x.txt.gz").is_ok());
    for (downloads, said) in [
        ("x.csv a/X.csv>y.csv", "two downloads are called X.csv"),
        ("a/d.dat>x.csv b/d.dat>y.csv", "two downloads are called d.dat"),
        ("a/d.zip>x.csv b/D.ZIP>y.csv", "two files would be called D.ZIP"),
        ("d.zip>D.zip x.csv", "two files would be called d.zip"),
        ("a/x.csv d.zip>X.csv", "two files would be called X.csv"),
        ("x.csv y.csv>É.csv z.csv>é.csv", "two files would be called é.csv"),
    ] {
        let problem = with(downloads).unwrap_err();
        assert!(problem.contains(said), "{downloads}: {problem}");
    }
}

#[test]
fn only_paths_into_the_folder_are_inside() {
    for path in ["a", "a/b.csv", "a..b", "./a"] {
        assert!(is_inside(path), "{path}");
    }
    for path in ["", "/a", "../a", "a/../b", "a/..", "C:/a", "a\\b", "a\0"] {
        assert!(!is_inside(path), "{path}");
    }
}
