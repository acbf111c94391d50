//! `fetch`: public data sets, listed and downloaded.

#[cfg(feature = "fetch")]
mod download;

use crate::args::Global;
use crate::cells::NOTHING;
use crate::failure::{Code, Failure, Outcome};
use crate::output::{Format, Report, bytes, note, thousands};
use crate::shell;
use foretaste_experiment::nearest;
use foretaste_fetch::{DataSet, Download, Registry, Stated};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// List public data sets, or download one.
///
/// Without NAME, lists the registry. With it, shows the terms of the data set, asks whether you accept
/// them (or takes --accept-terms for it), downloads it from its publisher, verifies size and checksum
/// where they are known, and unpacks what `split` and `train` take. An interrupted download is gone on
/// with by the same command. HTTPS_PROXY, ALL_PROXY and NO_PROXY are honoured.
#[derive(Debug, clap::Args)]
pub(crate) struct Fetch {
    /// The data set to download.
    name: Option<String>,
    /// The folder to write; made if it doesn't exist [default: the name of the data set].
    #[arg(short, long, value_name = "DIR", requires = "name")]
    output: Option<PathBuf>,
    /// Replace files that exist.
    #[arg(long, requires = "name")]
    force: bool,
    /// Accept the terms of the data set; they are shown all the same, unless --quiet.
    #[arg(long, visible_alias = "yes", requires = "name")]
    accept_terms: bool,
    /// Keep the publisher's archive beside what is taken out of it.
    #[arg(long, requires = "name")]
    keep_archive: bool,
    /// How long a server may be silent.
    #[arg(long, value_name = "SECONDS", requires = "name", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// A registry of your own, in the place of the one that is built in.
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
}

impl Fetch {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let registry = self.registry()?;
        match &self.name {
            None => list(&registry, global.format()),
            Some(name) => self.get(find(&registry, name)?, global),
        }
    }

    fn registry(&self) -> Outcome<Registry> {
        let Some(path) = &self.registry else { return Ok(Registry::bundled()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::io(Code::Usage, path, &error))?;
        Ok(Registry::parse(&text, path)?)
    }

    fn folder(&self, set: &DataSet) -> PathBuf {
        self.output.clone().unwrap_or_else(|| PathBuf::from(&set.name))
    }

    /// Says where it is, since nothing is downloaded.
    #[cfg(not(feature = "fetch"))]
    fn get(&self, set: &DataSet, global: &Global) -> Outcome {
        let folder = self.folder(set);
        if !global.quiet {
            describe(set);
        }
        set.downloadable()?;
        let steps = set.downloads.iter().flat_map(|download| by_curl(download, &folder));
        steps.for_each(|step| global.note(format_args!("note: {step}")));
        let made: Vec<&str> = set.downloads.iter().flat_map(made).collect();
        match made.as_slice() {
            [] => {
                let next = next(set, &folder);
                next.iter().for_each(|line| global.note(format_args!("note: then {line}")));
            }
            made => global.note(format_args!(
                "note: what the feature fetch makes of it is not there then: {}",
                made.join(", ")
            )),
        }
        let above = if global.quiet { "" } else { "; or use curl as above" };
        Err(Failure::usage(
            "this foretaste downloads nothing: it is built without the feature fetch",
        )
        .help(format_args!(
            "releases have it; `cargo install foretaste-cli --features fetch` builds one that has\
             {above}"
        )))
    }
}

/// How to get a file of the publisher's by other means, and what is wanted of it.
#[cfg(not(feature = "fetch"))]
fn by_curl(download: &Download, folder: &Path) -> Vec<String> {
    let here = |name: &str| shell::path(&folder.join(name));
    let whole = !download.is_packed() && made(download).is_empty();
    let came = here(if whole { download.outputs()[0] } else { download.file_name() });
    let url = shell::quoted(&download.url);
    let mut steps = vec![format!("curl -fL --create-dirs -C - -o {came} {url}")];
    for (n, output) in download.outputs().into_iter().enumerate() {
        let take = download.take.get(n);
        if download.is_packed() && take.is_none_or(|take| take.shape.is_none() && !take.optional) {
            let from = take.and_then(|take| take.from.as_deref());
            let of = from.map_or(String::new(), |from| shell::quoted(from) + " of ");
            steps.push(format!("unpack {of}{came} as {}", here(output)));
        }
    }
    steps
}

/// The files whose rows are not as the publisher has them.
#[cfg(not(feature = "fetch"))]
fn made(download: &Download) -> Vec<&str> {
    let shaped = download.take.iter().zip(download.outputs());
    shaped.filter(|(take, _)| take.shape.is_some()).map(|(_, output)| output).collect()
}

/// The data set of a name; if there is none, the nearest is suggested.
fn find<'a>(registry: &'a Registry, name: &str) -> Outcome<&'a DataSet> {
    registry.find(name).map_err(|error| {
        let known = registry.sets().iter().map(|set| set.name.as_str());
        let failure = Failure::from(error);
        match nearest(&name.to_lowercase(), known) {
            None => failure,
            Some(near) => failure
                .help(format_args!("did you mean `{near}`? `foretaste fetch` lists them all")),
        }
    })
}

/// Shows what a data set is, and under which terms.
fn describe(set: &DataSet) {
    let size = &set.size;
    let counts = [size.users, size.items, size.interactions].map(thousands);
    let [users, items, interactions] = &counts;
    let mut lines = vec![
        format!("{}: {}", set.name, set.title),
        format!("  {}", set.description),
        format!("  {users} users, {items} items, {interactions} interactions"),
    ];
    lines.extend(set.note.iter().map(|note| format!("  {note}")));
    lines.push(format!("terms: {}", set.terms));
    lines.push(format!("  as of {}", set.terms_url()));
    lines.extend(set.downloads.iter().map(|one| format!("from: {} ({})", one.url, known(one))));
    lines.iter().for_each(|line| note(format_args!("note: {line}")));
}

/// What is known of a download: size and checksum.
fn known(download: &Download) -> String {
    let size = download.bytes.map(|size| bytes(size) + ", ").unwrap_or_default();
    match (download.checksum(), download.stated) {
        (Some((kind, sum)), Some(Stated::Publisher)) => {
            format!("{size}{kind} {sum}, stated by the publisher")
        }
        (Some((kind, sum)), _) => format!("{size}{kind} {sum}, stated by others"),
        (None, _) => format!("{size}no checksum is known, so that nothing can be verified"),
    }
}

/// The commands from what is downloaded to a first model.
fn next(set: &DataSet, folder: &Path) -> Vec<String> {
    let read = &set.read;
    let option = |name: &str, value: &Option<String>| {
        value.as_ref().map_or(String::new(), |value| format!(" {name} {}", shell::quoted(value)))
    };
    let options = option("--columns", &read.columns) + &option("--positive", &read.positive);
    let model = shell::path(&with_ending(folder, ".model"));
    if read.file == "." {
        let folder = shell::path(folder);
        return vec![
            format!("foretaste train {folder}{options} -o {model}"),
            format!("foretaste evaluate {model} {folder}{options}"),
        ];
    }
    let [file, parts] =
        [&folder.join(&read.file), &with_ending(folder, "-parts")].map(|p| shell::path(p));
    vec![
        format!("foretaste split {file}{options} -o {parts}"),
        format!("foretaste train {parts} -o {model}"),
    ]
}

/// A path beside a folder, that is called after it.
fn with_ending(folder: &Path, ending: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or("data".as_ref());
    let mut name = name.to_owned();
    name.push(ending);
    folder.with_file_name(name)
}

fn list(registry: &Registry, format: Format) -> Outcome {
    let mut header = vec!["name", "users", "items", "interactions", "download", "title"];
    header.extend(["homepage", "terms"].iter().filter(|_| format == Format::Csv));
    let row = |set: &DataSet| {
        let counts = [set.size.users, set.size.items, set.size.interactions];
        let mut row = vec![set.name.clone()];
        row.extend(counts.map(|count| format.count(count)));
        row.push(match (&set.by_hand, set.bytes()) {
            (Some(_), _) if format == Format::Csv => String::new(),
            (Some(_), _) => "by hand".to_owned(),
            (None, Some(size)) if format == Format::Csv => size.to_string(),
            (None, Some(size)) => bytes(size),
            (None, None) if format == Format::Csv => String::new(),
            (None, None) => NOTHING.to_owned(),
        });
        row.push(set.title.clone());
        let more = [&set.homepage, &set.terms].into_iter().filter(|_| format == Format::Csv);
        row.extend(more.cloned());
        row
    };
    Report {
        json: json!({ "datasets": registry.sets().iter().map(entry).collect::<Vec<_>>() }),
        header,
        rows: registry.sets().iter().map(row).collect(),
        above: Vec::new(),
    }
    .print(format)
}

/// A data set with the commands that come after it.
fn entry(set: &DataSet) -> Value {
    let mut entry = json!(set);
    entry["next"] = json!(next(set, Path::new(&set.name)));
    entry
}
