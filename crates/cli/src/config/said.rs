//! What is said of arguments, where, and what of it counts.

use super::value;
use crate::failure::{Failure, Outcome};
use clap::{Arg, Command};
use foretaste_experiment::settings;
use std::ffi::OsString;
use std::fmt;

/// What some source says of an argument.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) id: String,
    pub(super) given: Given,
    pub(super) place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// A flag that is not given, or an option without values, whatever is said elsewhere.
    Off,
    /// A flag that is given.
    On,
    /// An option's values, or an argument's.
    Values(Vec<OsString>),
}

/// Where something is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the command line.
    Words,
    /// In a variable of the environment.
    Variable(String),
    /// In a file: `best.toml:3:1`.
    File(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str("the command line"),
            Self::Variable(name) | Self::File(name) => f.write_str(name),
        }
    }
}

/// All that counts of what is on the command line and, the first before the others, in the layers. Of an
/// argument of pairs there may be several.
///
/// # Errors
/// A usage failure if a layer says two things that can't be together.
pub(super) fn merge(
    command: &Command,
    words: Vec<Said>,
    layers: impl IntoIterator<Item = Vec<Said>>,
) -> Outcome<Vec<Said>> {
    let mut all = words;
    for layer in layers {
        for (n, one) in layer.iter().enumerate() {
            if let Some(other) =
                layer[..n].iter().find(|other| are_in_conflict(command, one, other))
            {
                return Err(in_conflict(command, other, one));
            }
        }
        let counting = layer.into_iter().filter_map(|one| what_counts(command, one, &all));
        let counting: Vec<Said> = counting.collect();
        all.extend(counting);
    }
    Ok(all)
}

/// What counts of something that is said, behind all that comes first. Pairs are told apart by their
/// names, of which an option may have one, too: `--lr` comes before `lr` of a table for `--set`.
fn what_counts(command: &Command, mut one: Said, first: &[Said]) -> Option<Said> {
    if first.iter().any(|other| are_in_conflict(command, &one, other)) {
        return None;
    }
    let arg = argument(command, &one)?;
    let same: Vec<&Given> =
        first.iter().filter(|other| other.id == one.id).map(|other| &other.given).collect();
    let Given::Values(values) = &one.given else {
        return (same.is_empty() && !is_in_pairs(command, arg, first)).then_some(one);
    };
    if !value::is_pairs(arg) {
        return (same.is_empty() && !is_in_pairs(command, arg, first)).then_some(one);
    }
    if same.contains(&&Given::Off) {
        return None;
    }
    let taken = |name: &str| {
        let by_pair = |given: &&Given| match given {
            Given::Values(values) => pairs(values).iter().any(|(other, _)| other == name),
            Given::On | Given::Off => false,
        };
        let option = value::named(command, name);
        let by_option = |arg: &Arg| first.iter().any(|other| other.id == arg.get_id().as_str());
        same.iter().any(by_pair) || option.is_some_and(by_option)
    };
    let left = pairs(values).into_iter().filter(|(name, _)| !taken(name)).map(|(_, word)| word);
    let left: Vec<OsString> = left.collect();
    one.given = Given::Values(left);
    (one.given != Given::Values(Vec::new())).then_some(one)
}

/// Whether pairs that were said have the name of an option.
fn is_in_pairs(command: &Command, arg: &Arg, said: &[Said]) -> bool {
    let has_name = |(name, _): &(String, OsString)| name.replace('_', "-") == value::key(arg);
    let of_pairs = |one: &&Said| argument(command, one).is_some_and(value::is_pairs);
    said.iter().filter(of_pairs).any(|one| match &one.given {
        Given::Values(values) => pairs(values).iter().any(has_name),
        Given::On | Given::Off => false,
    })
}

/// Each pair with its name; what is none, with none.
fn pairs(values: &[OsString]) -> Vec<(String, OsString)> {
    let of_word = |word: &OsString| match word.to_str().map(settings::parse) {
        Some(Ok(pairs)) => pairs
            .into_iter()
            .map(|(name, value)| (name.clone(), settings::written(&name, &value).into()))
            .collect(),
        _ => vec![(String::new(), word.clone())],
    };
    values.iter().flat_map(of_word).collect()
}

fn in_conflict(command: &Command, one: &Said, other: &Said) -> Failure {
    let names = [one, other].map(|said| argument(command, said).map_or(String::new(), value::key));
    let [a, b] = &names;
    let message = format!("{}: {b} can't be beside {a}, which {} gives", other.place, one.place);
    Failure::usage(message).help("leave out one of them")
}

fn argument<'a>(command: &'a Command, said: &Said) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| arg.get_id().as_str() == said.id)
}

fn are_in_conflict(command: &Command, one: &Said, other: &Said) -> bool {
    if [one, other].iter().any(|said| said.given == Given::Off) {
        return false;
    }
    let (Some(a), Some(b)) = (argument(command, one), argument(command, other)) else {
        return false;
    };
    are_exclusive(command, a, b)
}

/// Whether two arguments can't be given together.
pub(super) fn are_exclusive(command: &Command, a: &Arg, b: &Arg) -> bool {
    let excludes = |a: &Arg, b: &Arg| {
        command.get_arg_conflicts_with(a).iter().any(|arg| arg.get_id() == b.get_id())
    };
    a.get_id() != b.get_id() && (excludes(a, b) || excludes(b, a))
}

/// Where arguments come from that are not on the command line, by their names in messages.
#[derive(Debug, Default)]
pub(crate) struct Origins(Vec<(String, Place)>);

impl Origins {
    pub(super) fn of(said: Vec<Said>, command: &Command) -> Self {
        let mut origins = Vec::new();
        for said in said.into_iter().filter(|said| said.place != Place::Words) {
            let Some(arg) = argument(command, &said) else { continue };
            match &said.given {
                Given::Values(values) if value::is_pairs(arg) => {
                    let names = values.iter().filter_map(|pair| pair.to_str()?.split_once('='));
                    origins.extend(names.map(|(name, _)| (name.to_owned(), said.place.clone())));
                }
                _ => origins.push((value::key(arg), said.place)),
            }
        }
        Self(origins)
    }

    /// What to say beside a failure: where those arguments come from that it names.
    pub(crate) fn notes(&self, failure: &str) -> Vec<String> {
        let within = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let alike = |word: &str| word.trim_matches(['-', '.']).replace('_', "-");
        let words: Vec<String> = failure.split(|c| !within(c)).map(alike).collect();
        let named = self.0.iter().filter(|(name, _)| words.contains(&alike(name)));
        named.map(|(name, place)| format!("note: {name} is from {place}")).collect()
    }
}
