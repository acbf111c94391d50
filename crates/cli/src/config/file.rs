//! The file: TOML, with the line and column of what is wrong.

use super::said::{Given, Place, Said};
use super::value::{self, Kind};
use crate::failure::{Code, Failure, Outcome};
use clap::{Arg, Command};
use foretaste_experiment::{nearest, settings};
use serde_json::{Map, Value};
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

/// What a file says to a command.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// In the table of the command.
    pub(super) table: Vec<Said>,
    /// At its top, to all commands that have the flag.
    pub(super) top: Vec<Said>,
    /// At its top as a flag of others, where it is an argument of this one: the MODEL of recommend is not
    /// what --model of train is.
    aside: Vec<(String, String)>,
}

impl Layers {
    /// Refuses what was left aside if the command has nothing else in its place.
    pub(super) fn check(&self, said: &[Said], command: &Command) -> Outcome {
        let lacks = |(id, _): &&(String, String)| !said.iter().any(|one| one.id == *id);
        let Some((id, place)) = self.aside.iter().find(lacks) else { return Ok(()) };
        let (name, command) = (id.replace('_', "-"), command.get_name());
        let message =
            format!("{place}: at the top of the file are flags, and {name} of {command} is none");
        Err(Failure::usage(message).help(format_args!("give it in the table [{command}]")))
    }
}

/// Reads a file and checks all of it; `path` leads from all commands to the one that is to be told.
pub(super) fn read(file: &Path, all: &Command, path: &[&str]) -> Outcome<Layers> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::io(Code::Usage, file, &error).help("--config takes a TOML file of flags")
    })?;
    let source = Source { file, text: &text };
    let table = DeTable::parse(&text).map_err(|error| {
        let message = error.message().trim().replace('\n', ", ");
        source.failure(error.span().unwrap_or(0..0), message).help("the file is to be TOML")
    })?;
    source.layers(table.get_ref(), all, path)
}

/// `None` if some command has an option of this name; else the nearest name, if one is near.
pub(super) fn unknown(all: &Command, name: &str) -> Option<Option<String>> {
    let leaves = leaves(all);
    let is_option =
        |command: &&Command| value::named(command, name).is_some_and(|arg| !arg.is_positional());
    if leaves.iter().any(is_option) {
        return None;
    }
    let options = leaves.iter().flat_map(|command| value::arguments(command));
    let keys: Vec<String> = options.filter(|arg| !arg.is_positional()).map(value::key).collect();
    Some(nearest(&name.replace('_', "-"), keys.iter().map(String::as_str)))
}

/// Those of all commands that have none below them.
pub(super) fn leaves(command: &Command) -> Vec<&Command> {
    if !command.has_subcommands() {
        return vec![command];
    }
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    below.flat_map(leaves).collect()
}

/// A command that has tables.
fn below<'a>(command: &'a Command, name: &str) -> Option<&'a Command> {
    command.find_subcommand(name).filter(|_| name != "help")
}

struct Source<'a> {
    file: &'a Path,
    text: &'a str,
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;

impl Source<'_> {
    fn layers(&self, table: &DeTable<'_>, all: &Command, path: &[&str]) -> Outcome<Layers> {
        let leaf = path.iter().try_fold(all, |command, name| command.find_subcommand(name));
        let leaf = leaf.unwrap_or(all);
        let mut layers = Layers::default();
        for (key, value) in table {
            let name = key.get_ref();
            let command = below(all, name).filter(|_| value.get_ref().is_table());
            if let (Some(command), Some(table)) = (command, value.get_ref().as_table()) {
                let said = self.table(table, command, path.strip_prefix(&[name.as_ref()][..]))?;
                layers.table.extend(said);
            } else if let Some(near) = unknown(all, name) {
                return Err(self.unknown_at_top(key, value, near, all));
            } else if let Some(arg) = value::named(leaf, name) {
                match arg.is_positional() {
                    true => layers.aside.push((arg.get_id().to_string(), self.place(&key.span()))),
                    false => self.add(&mut layers.top, arg, key, value)?,
                }
            }
        }
        Ok(layers)
    }

    /// What the table of a command says, if it is what the rest of the path leads to.
    fn table(
        &self,
        table: &DeTable<'_>,
        command: &Command,
        path: Option<&[&str]>,
    ) -> Outcome<Vec<Said>> {
        let (mut said, mut of_below) = (Vec::new(), Vec::new());
        for (key, value) in table {
            let name = key.get_ref();
            if let (Some(command), Some(table)) = (below(command, name), value.get_ref().as_table())
            {
                let path = path.and_then(|path| path.strip_prefix(&[name.as_ref()][..]));
                of_below.extend(self.table(table, command, path)?);
                continue;
            }
            let Some(arg) = value::named(command, name).filter(|_| !command.has_subcommands())
            else {
                let keys: Vec<String> = value::arguments(command).map(value::key).collect();
                let near = nearest(&name.replace('_', "-"), keys.iter().map(String::as_str));
                let message = format!("{} has no flag `{name}`{}", command.get_name(), meant(near));
                let help = format!("`foretaste {} --help` lists all", command.get_name());
                return Err(self.failure(key.span(), message).help(help));
            };
            self.add(&mut said, arg, key, value)?;
        }
        // Those of other commands are checked and left out.
        Ok(if path == Some(&[]) { said } else { of_below })
    }

    fn unknown_at_top(
        &self,
        key: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
        near: Option<String>,
        all: &Command,
    ) -> Failure {
        let name = key.get_ref();
        let argument = |command: &&Command| value::named(command, name).is_some();
        if let Some(command) = leaves(all).into_iter().find(argument) {
            let command = command.get_name();
            let message = format!("`{name}` is no flag, but an argument of a command's own");
            let help = format!("give it in the table of a command, as [{command}]");
            return self.failure(key.span(), message).help(help);
        }
        let commands = all.get_subcommands().map(Command::get_name);
        let (what, near) = match value.get_ref().is_table() {
            true => ("command", nearest(name, commands).or(near)),
            false => ("flag", near),
        };
        self.failure(key.span(), format_args!("there is no {what} `{name}`{}", meant(near)))
            .help("names are those of flags, without the dashes in front; tables those of commands")
    }

    fn add(
        &self,
        said: &mut Vec<Said>,
        arg: &Arg,
        key: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
    ) -> Outcome {
        let id = arg.get_id().as_str();
        if said.iter().any(|other| other.id == id) {
            let message = format!("{} is given twice", value::key(arg));
            return Err(self.failure(key.span(), message).help("leave out one of them"));
        }
        let given = self.given(arg, value)?;
        let place = Place::File(self.place(&key.span()));
        said.push(Said { id: id.to_owned(), given, place });
        Ok(())
    }

    fn given(&self, arg: &Arg, value: &Spanned<DeValue<'_>>) -> Outcome<Given> {
        let values = match (value::kind(arg), value.get_ref()) {
            (Kind::Flag, DeValue::Boolean(true)) => return Ok(Given::On),
            (Kind::Flag, DeValue::Boolean(false)) => return Ok(Given::Off),
            (_, DeValue::Array(values)) if value::is_repeated(arg) => {
                values.iter().map(|value| self.scalar(arg, value)).collect::<Outcome<Vec<_>>>()?
            }
            (_, DeValue::Table(table)) if value::is_pairs(arg) => {
                // As they are written, not by name: draws of a search depend on the order of its ranges.
                let mut pairs: Vec<_> = table.iter().collect();
                pairs.sort_by_key(|(name, _)| name.span().start);
                let word = |(name, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
                    settings::written(name.get_ref(), &json(value.get_ref())).into()
                };
                pairs.into_iter().map(word).collect()
            }
            _ => vec![self.scalar(arg, value)?],
        };
        Ok(if values.is_empty() { Given::Off } else { Given::Values(values) })
    }

    /// One value as a word.
    fn scalar(&self, arg: &Arg, value: &Spanned<DeValue<'_>>) -> Outcome<OsString> {
        let (kind, found) = (value::kind(arg), value.get_ref());
        let word = match (kind, found) {
            (Kind::Integer | Kind::Number | Kind::Text, DeValue::Integer(number)) => {
                integer(number)
            }
            (Kind::Number | Kind::Text, DeValue::Float(number)) => number.as_str().to_owned(),
            (Kind::Text, DeValue::String(text)) => text.to_string(),
            _ => {
                let wanted = wanted(kind, value::is_repeated(arg), value::is_pairs(arg));
                let found = of_type(found);
                let message = format!("{} is {wanted}, not {found}", value::key(arg));
                return Err(self.failure(value.span(), message).help(help(arg)));
            }
        };
        if word.contains('\0') {
            let message = format!("{}: a zero byte can't be in it", value::key(arg));
            return Err(self.failure(value.span(), message).help(help(arg)));
        }
        value::check(arg, OsStr::new(&word)).map_err(|reason| {
            let message = format!("{} = {word}: {reason}", value::key(arg));
            self.failure(value.span(), message).help(help(arg))
        })?;
        Ok(word.into())
    }

    fn failure(&self, span: Range<usize>, message: impl Display) -> Failure {
        Failure::usage(format_args!("{}: {message}", self.place(&span)))
    }

    /// `best.toml:3:1`.
    fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.file.display())
    }
}

fn help(arg: &Arg) -> String {
    match arg.is_positional() {
        true => format!("it is the argument {}", value::key(arg).to_uppercase()),
        false => format!("it is what {} takes", value::flag(arg)),
    }
}

fn meant(near: Option<String>) -> String {
    near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
}

fn wanted(kind: Kind, repeated: bool, pairs: bool) -> &'static str {
    match (kind, repeated) {
        (_, true) if pairs => "a table, or a list of texts",
        (Kind::Flag, _) => "true or false",
        (Kind::Integer, false) => "a whole number",
        (Kind::Number, false) => "a number",
        (Kind::Text, false) => "a text",
        (Kind::Integer, true) => "a list of whole numbers",
        (Kind::Number, true) => "a list of numbers",
        (Kind::Text, true) => "a list of texts",
    }
}

fn of_type(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// In decimal digits, as long as they fit.
fn integer(number: &DeInteger<'_>) -> String {
    let value = i128::from_str_radix(number.as_str(), number.radix());
    value.map_or_else(|_| number.as_str().to_owned(), |value| value.to_string())
}

/// The same value as JSON.
fn json(value: &DeValue<'_>) -> Value {
    let list = |values: &DeArray<'_>| values.iter().map(|value| json(value.get_ref())).collect();
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => settings::scalar(&integer(number)),
        DeValue::Float(number) => settings::scalar(number.as_str()),
        DeValue::Boolean(is) => Value::from(*is),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(values) => Value::Array(list(values)),
        DeValue::Table(table) => {
            let entry = |(name, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
                (name.get_ref().to_string(), json(value.get_ref()))
            };
            Value::Object(table.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}
