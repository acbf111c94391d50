//! `methods`: what can be trained, and what it can be told.

use crate::args::Global;
use crate::cells::plain;
use crate::failure::Outcome;
use crate::output::{Format, Report};
use foretaste::Method;
use foretaste::model::{About, Parameter};
use foretaste_experiment::settings;
use serde_json::{Value, json};

/// List the methods, or the parameters of one.
///
/// Parameters are set by options of their name, or by --set NAME=VALUE.
#[derive(Debug, clap::Args)]
pub(crate) struct Methods {
    /// The method whose parameters to list.
    #[arg(value_name = "METHOD")]
    name: Option<String>,
}

impl Methods {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let Some(name) = &self.name else {
            let techniques = global.registry().techniques().iter();
            return list(techniques.map(|technique| technique.about()), global.format());
        };
        describe(&settings::method(global.registry(), name)?, global.format())
    }
}

fn list(methods: impl Iterator<Item = About>, format: Format) -> Outcome {
    let methods: Vec<About> = methods.collect();
    let of = |About { name, summary, source }: &About| json!({ "name": name, "summary": summary, "source": source });
    let row = |About { name, summary, source }: &About| {
        let mut row = vec![name.to_string(), summary.to_string()];
        row.extend((format == Format::Csv).then(|| source.to_string()));
        row
    };
    let mut header = vec!["method", "summary"];
    header.extend((format == Format::Csv).then_some("source"));
    Report {
        json: json!({ "methods": methods.iter().map(of).collect::<Vec<_>>() }),
        header,
        rows: methods.iter().map(row).collect(),
        above: Vec::new(),
    }
    .print_wrapped(format)
}

fn describe(method: &Method, format: Format) -> Outcome {
    let (About { name, summary, source }, parameters) = (method.about(), method.described());
    let of = |one: &Parameter| {
        json!({
            "name": one.name,
            "symbol": one.symbol,
            "default": one.default,
            "range": one.range.to_string(),
            "help": one.meaning,
            "source": one.source,
        })
    };
    let row = |one: &Parameter| {
        let mut row = vec![
            one.name.to_string(),
            one.symbol.to_owned(),
            default(one, format),
            one.range.to_string(),
            one.meaning.clone(),
        ];
        row.extend((format == Format::Csv).then(|| one.source.to_owned()));
        row
    };
    let mut header = vec!["parameter", "symbol", "default", "range", "meaning"];
    header.extend((format == Format::Csv).then_some("source"));
    let mut above = vec![format!("{name}: {summary}")];
    above.extend((!source.is_empty()).then(|| source.to_owned()));
    above.push(if parameters.is_empty() { "no parameters" } else { "" }.to_owned());
    Report {
        json: json!({
            "name": name,
            "summary": summary,
            "source": source,
            "parameters": parameters.iter().map(of).collect::<Vec<_>>(),
        }),
        header,
        rows: parameters.iter().map(row).collect(),
        above,
    }
    .print_wrapped(format)
}

/// A default as it would be given.
fn default(one: &Parameter, format: Format) -> String {
    match settings::short_form(&one.name, &one.default) {
        Value::Null if format == Format::Table => format.number(f64::NAN, 0),
        value => plain(&value),
    }
}
