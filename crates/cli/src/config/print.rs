//! A command line as a file for `--config`.

use super::Leaf;
use super::said::{Place, Said, are_exclusive};
use super::value::{self, Kind};
use crate::failure::{Failure, Outcome};
use clap::Arg;
use clap::parser::ValueSource;
use foretaste::data::printable;
use foretaste::data::printable_json;
use foretaste_experiment::settings::{self, Setting};
use serde_json::Value;
use std::ffi::OsString;
use std::fmt::Write;

/// All arguments with the values that they have, and where from, if not from the command line.
pub(super) fn resolved(leaf: &Leaf<'_>, said: &[Said]) -> Outcome<String> {
    let is_given = |arg: &Arg| source(leaf, arg) == Some(ValueSource::CommandLine);
    let given: Vec<&Arg> = value::arguments(leaf.command).filter(|arg| is_given(arg)).collect();
    // A default that is written is given when it is read.
    let excluded = |arg: &Arg| {
        let excludes = |given: &&Arg| are_exclusive(leaf.command, given, arg);
        !is_given(arg) && !value::is_flag(arg) && given.iter().any(excludes)
    };
    let remark = |arg: &Arg| {
        let places = said.iter().filter(|said| said.id == arg.get_id().as_str());
        let places = places.map(|said| &said.place).filter(|place| **place != Place::Words);
        let places: Vec<String> = places.map(ToString::to_string).collect();
        match &places[..] {
            [] => (!is_given(arg)).then(|| "default".to_owned()),
            places => Some(places.join(", ")),
        }
    };
    written(leaf, value::arguments(leaf.command).filter(|arg| !excluded(arg)), remark)
}

/// Those that are given.
pub(super) fn given(leaf: &Leaf<'_>) -> Outcome<String> {
    let is_given = |arg: &&Arg| source(leaf, arg) == Some(ValueSource::CommandLine);
    written(leaf, value::arguments(leaf.command).filter(is_given), |_| None)
}

fn source(leaf: &Leaf<'_>, arg: &Arg) -> Option<ValueSource> {
    leaf.matches.value_source(arg.get_id().as_str())
}

fn written<'a>(
    leaf: &Leaf<'_>,
    arguments: impl Iterator<Item = &'a Arg>,
    remark: impl Fn(&Arg) -> Option<String>,
) -> Outcome<String> {
    let table = leaf.path.join(".");
    let (mut lines, mut tables) = (format!("[{table}]\n"), String::new());
    // Those without a flag come first, as in a command line.
    let mut arguments: Vec<&Arg> = arguments.collect();
    arguments.sort_by_key(|arg| !arg.is_positional());
    for arg in arguments {
        let remark = remark(arg).map(|remark| format!("  # {}", printable(&remark)));
        let remark = remark.unwrap_or_default();
        let key = value::key(arg);
        if value::is_flag(arg) {
            let on = leaf.matches.get_flag(arg.get_id().as_str());
            let _ = writeln!(lines, "{key} = {on}{remark}");
            continue;
        }
        let values = texts(arg, leaf.raw(arg))?;
        if let Some(pairs) = pairs(arg, &values) {
            let _ = writeln!(tables, "\n[{table}.{key}]{remark}");
            for (name, value) in pairs {
                let name = if is_bare(&name) { name } else { quoted(&name) };
                let _ =
                    writeln!(tables, "{name} = {}", printable_json(settings::in_a_line(&value)));
            }
            continue;
        }
        let values: Vec<String> =
            values.iter().map(|text| scalar(value::kind(arg), text)).collect();
        match &values[..] {
            [] => {}
            [one] if !value::is_repeated(arg) => {
                let _ = writeln!(lines, "{key} = {one}{remark}");
            }
            all => {
                let _ = writeln!(lines, "{key} = [{}]{remark}", all.join(", "));
            }
        }
    }
    Ok(lines + &tables)
}

fn texts(arg: &Arg, values: Vec<OsString>) -> Outcome<Vec<String>> {
    let text = |value: OsString| {
        value.into_string().map_err(|value| {
            let message = format!("{} = {}: is not UTF-8 text", value::key(arg), value.display());
            Failure::usage(message).help("a file of flags can't hold it: give it as a flag")
        })
    };
    values.into_iter().map(text).collect()
}

/// Pairs of names and values, each name once.
fn pairs(arg: &Arg, values: &[String]) -> Option<Vec<Setting>> {
    if !value::is_pairs(arg) || values.is_empty() {
        return None;
    }
    let mut all: Vec<Setting> = Vec::new();
    for text in values {
        let pair = settings::parse(text).ok().filter(|pairs| pairs.len() == 1)?.pop()?;
        if all.iter().any(|(name, _)| *name == pair.0) {
            return None;
        }
        all.push(pair);
    }
    Some(all)
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn scalar(kind: Kind, text: &str) -> String {
    let number = match kind {
        Kind::Integer => text.parse::<i128>().ok().map(|number| number.to_string()),
        Kind::Number => number(text),
        Kind::Flag | Kind::Text => None,
    };
    number.unwrap_or_else(|| quoted(text))
}

/// A number as it was written, if TOML has it so.
fn number(text: &str) -> Option<String> {
    let parsed: Option<toml::Table> = toml::from_str(&format!("x = {text}")).ok();
    let is_number = |table: &toml::Table| table["x"].is_float() || table["x"].is_integer();
    match parsed.is_some_and(|table| is_number(&table)) {
        true => Some(text.to_owned()),
        false => text.parse::<f64>().ok().map(|number| format!("{number:?}").to_lowercase()),
    }
}

/// JSON's escapes are TOML's.
fn quoted(text: &str) -> String {
    printable_json(Value::from(text).to_string())
}
