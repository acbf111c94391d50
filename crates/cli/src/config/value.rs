//! Arguments as the parser knows them: what they are called, and what values they take.

use crate::shell;
use clap::builder::Str;
use clap::{Arg, ArgAction, Command};
use std::any::TypeId;
use std::ffi::{OsStr, OsString};

/// What values of an argument are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Integer,
    Number,
    Text,
}

/// The arguments that can be said elsewhere: all but those that ask for something else.
pub(super) fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    let asks = ["help", "version", "config", "print_config"];
    command.get_arguments().filter(move |arg| !asks.contains(&arg.get_id().as_str()))
}

/// The argument of a name; dashes and underscores are the same.
pub(super) fn named<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let name = name.replace('_', "-");
    arguments(command).find(|arg| {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        key(arg) == name || aliases.contains(&name.as_str())
    })
}

/// What an argument is called in a file: its long name, else its short one; of one without a flag, what
/// the help calls it.
pub(super) fn key(arg: &Arg) -> String {
    match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => long.to_owned(),
        (None, Some(short)) => short.to_string(),
        (None, None) => arg.get_id().as_str().replace('_', "-"),
    }
}

pub(super) fn is_flag(arg: &Arg) -> bool {
    !arg.get_action().takes_values()
}

/// Whether it may have several values.
pub(super) fn is_repeated(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Whether its values are pairs of a name and something, so that it can be a table.
pub(super) fn is_pairs(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    is_repeated(arg) && names.first().is_some_and(|name: &Str| name.starts_with("NAME="))
}

pub(super) fn kind(arg: &Arg) -> Kind {
    if is_flag(arg) {
        return Kind::Flag;
    }
    let found = arg.get_value_parser().type_id();
    let is_any = |types: &[TypeId]| types.iter().any(|of| found == *of);
    let unsigned = [TypeId::of::<u8>(), TypeId::of::<u16>(), TypeId::of::<u32>()];
    let wide = [TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<i64>()];
    if is_any(&unsigned) || is_any(&wide) {
        return Kind::Integer;
    }
    match is_any(&[TypeId::of::<f32>(), TypeId::of::<f64>()]) {
        true => Kind::Number,
        false => Kind::Text,
    }
}

/// A flag as a word.
pub(super) fn flag(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => format!("-{}", key(arg)),
    }
}

/// An option and its value as a word.
pub(super) fn option(arg: &Arg, value: &OsStr) -> OsString {
    shell::option(&flag(arg), value)
}

/// What is wrong with a value, if the argument can't have it.
pub(super) fn check(arg: &Arg, value: &OsStr) -> Result<(), String> {
    let mut alone = Arg::new("value")
        .long("value")
        .action(arg.get_action().clone())
        .value_parser(arg.get_value_parser().clone());
    if let Some(delimiter) = arg.get_value_delimiter() {
        alone = alone.value_delimiter(delimiter);
    }
    let word = option(&alone, value);
    let command = Command::new("").no_binary_name(true).disable_help_flag(true).arg(alone);
    let Err(error) = command.try_get_matches_from([word]) else { return Ok(()) };
    let text = value.to_string_lossy();
    match kind(arg) {
        Kind::Integer if text.parse::<i128>().is_err() => return Err("not a whole number".into()),
        Kind::Number if text.parse::<f64>().is_err() => return Err("not a number".into()),
        _ => {}
    }
    let source = std::error::Error::source(&error).map(ToString::to_string);
    Err(source.unwrap_or_else(|| one_of(arg).unwrap_or_else(|| "not a value that it takes".into())))
}

/// "one of table, json, csv".
fn one_of(arg: &Arg) -> Option<String> {
    let values = arg.get_value_parser().possible_values()?;
    let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
    Some(format!("it takes one of {}", names.join(", ")))
}
