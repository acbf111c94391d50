//! Arguments from elsewhere: variables of the environment, and a file.
//!
//! A flag comes before a variable, that before the command's table in the file, that before the top of the
//! file. All become one command line, which is parsed as ever: no flag is known here by its name. What
//! one source says displaces what those behind it say of the same argument, and of those that it
//! conflicts with; of pairs, as of `--set`, of the same name. What needs an argument that nobody gives
//! counts on the command line alone.

mod environment;
mod file;
mod print;
mod said;
mod value;

use crate::args::Args;
use crate::failure::{Failure, Outcome};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};
use file::Layers;
use said::{Given, Place, Said, merge};
use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) use said::Origins;

/// Where arguments come from besides the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Sources {
    /// A TOML file of flags by their long names, at its top or in a table of the command, as [train],
    /// which may also have arguments without a flag, as data = "parts". Flags that are given come first,
    /// then variables of the environment, as FORETASTE_SEED, then the file.
    #[arg(long, global = true, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Print what the command would be told, by flags, variables and file, as such a file, and do
    /// nothing else.
    #[arg(long, global = true)]
    print_config: bool,
}

/// What the program is to do.
pub(crate) enum Parsed {
    /// A command. What else is to be said comes before it.
    Run(Box<Args>, Vec<String>, Origins),
    /// Print this.
    Print(String),
}

/// Why the words are no command.
pub(crate) enum NotParsed {
    /// What the argument parser has to say, help that was asked for included.
    Arguments(clap::Error),
    Failure(Failure),
}

impl From<clap::Error> for NotParsed {
    fn from(error: clap::Error) -> Self {
        Self::Arguments(error)
    }
}

impl From<Failure> for NotParsed {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Parses the arguments, of which the first is the program's name, with what variables of the environment
/// and a file add to them.
pub(crate) fn parse(
    words: &[OsString],
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Parsed, NotParsed> {
    let (matches, lacking) = matches_of(words)?;
    let mut command = Args::command();
    command.build();
    let leaf = Leaf::of(&command, &matches);
    let sources = Sources::from_arg_matches(leaf.matches)?;
    let environment = environment::read(variables, &command, leaf.command)?;
    let config = sources.config.or(environment.config);
    let mut layers = match &config {
        Some(path) => file::read(path, &command, &leaf.path)?,
        None => Layers::default(),
    };
    let (table, top) = (std::mem::take(&mut layers.table), std::mem::take(&mut layers.top));
    if config.is_none() && environment.said.is_empty() && !sources.print_config {
        if let Some(error) = lacking {
            return Err(error.into());
        }
        return Ok(Parsed::Run(args_of(&matches)?, environment.notes, Origins::default()));
    }
    let said = merge(leaf.command, leaf.said(), [environment.said, table, top])?;
    layers.check(&said, leaf.command)?;
    let said = leaf.without_unmet(said);
    let words = leaf.words(&said);
    if sources.print_config {
        let (matches, _) = matches_of(&words)?;
        let leaf = Leaf::of(&command, &matches);
        return Ok(Parsed::Print(print::resolved(&leaf, &said)?));
    }
    let args = args_of(&Args::command().try_get_matches_from(&words)?)?;
    Ok(Parsed::Run(args, environment.notes, Origins::of(said, leaf.command)))
}

/// What words say, the program's name left out, as a file for `--config`.
pub(crate) fn file_of(words: &[OsString]) -> Outcome<String> {
    let words = std::iter::once("foretaste".into()).chain(words.iter().cloned());
    let matches = Args::command().try_get_matches_from::<_, OsString>(words);
    let matches = matches.map_err(|error| Failure::arguments(&error))?;
    let mut command = Args::command();
    command.build();
    print::given(&Leaf::of(&command, &matches))
}

/// What the words say, and the error if nothing is wrong but that some argument is missing.
fn matches_of(words: &[OsString]) -> Result<(ArgMatches, Option<clap::Error>), clap::Error> {
    match Args::command().try_get_matches_from(words) {
        Ok(matches) => Ok((matches, None)),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            let matches = Args::command().ignore_errors(true).try_get_matches_from(words)?;
            Ok((matches, Some(error)))
        }
        Err(error) => Err(error),
    }
}

fn args_of(matches: &ArgMatches) -> Result<Box<Args>, clap::Error> {
    Args::from_arg_matches(matches)
        .map(Box::new)
        .map_err(|error| error.format(&mut Args::command()))
}

/// A command without commands below it, and what it was told.
struct Leaf<'a> {
    /// The names that lead to it.
    path: Vec<&'a str>,
    command: &'a Command,
    matches: &'a ArgMatches,
}

impl<'a> Leaf<'a> {
    fn of(mut command: &'a Command, mut matches: &'a ArgMatches) -> Self {
        let mut path = Vec::new();
        while let Some((name, below)) = matches.subcommand() {
            let Some(found) = command.find_subcommand(name) else { break };
            path.push(name);
            (command, matches) = (found, below);
        }
        Self { path, command, matches }
    }

    /// What the words themselves say.
    fn said(&self) -> Vec<Said> {
        let said = |arg: &Arg| {
            let id = arg.get_id().as_str();
            if self.matches.value_source(id)? != ValueSource::CommandLine {
                return None;
            }
            let given = match value::is_flag(arg) {
                true => Given::On,
                false => Given::Values(self.raw(arg)),
            };
            Some(Said { id: id.to_owned(), given, place: Place::Words })
        };
        value::arguments(self.command).filter_map(said).collect()
    }

    /// The values of an argument.
    fn raw(&self, arg: &Arg) -> Vec<OsString> {
        let raw = self.matches.get_raw(arg.get_id().as_str());
        raw.into_iter().flatten().map(ToOwned::to_owned).collect()
    }

    /// Leaves out what is said elsewhere of arguments that need others which nobody gives: a flag for all
    /// commands, as --force, does nothing in one that writes no file.
    fn without_unmet(&self, mut said: Vec<Said>) -> Vec<Said> {
        let of_words: Vec<Said> =
            said.iter().filter(|one| one.place == Place::Words).cloned().collect();
        let (lacking, of_words_alone) = (self.lacking(&said), self.lacking(&of_words));
        let is_unmet = |one: &Said| {
            let with_words = [&of_words[..], std::slice::from_ref(one)].concat();
            let needed = self.lacking(&with_words);
            needed.iter().any(|arg| lacking.contains(arg) && !of_words_alone.contains(arg))
        };
        if !lacking.is_empty() {
            said.retain(|one| one.place == Place::Words || !is_unmet(one));
        }
        said
    }

    /// The arguments that are missing beside these, as the parser calls them.
    fn lacking(&self, said: &[Said]) -> Vec<String> {
        match Args::command().try_get_matches_from(self.words(said)) {
            Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
                match error.get(ContextKind::InvalidArg) {
                    Some(ContextValue::Strings(names)) => names.clone(),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// A command line that says all of it, its first word the program's name.
    fn words(&self, said: &[Said]) -> Vec<OsString> {
        let mut words = vec![OsString::from("foretaste")];
        words.extend(self.path.iter().map(OsString::from));
        for arg in value::arguments(self.command).filter(|arg| !arg.is_positional()) {
            for said in said.iter().filter(|one| one.id == arg.get_id().as_str()) {
                match &said.given {
                    Given::On => words.push(value::flag(arg).into()),
                    Given::Off => {}
                    Given::Values(values) => {
                        words.extend(values.iter().map(|one| value::option(arg, one)));
                    }
                }
            }
        }
        words.push("--".into());
        for arg in self.command.get_positionals() {
            let said = said.iter().find(|one| one.id == arg.get_id().as_str());
            // What comes behind one that is missing would be taken for it.
            let Some(Said { given: Given::Values(values), .. }) = said else { break };
            words.extend(values.iter().cloned());
        }
        words
    }
}

#[cfg(test)]
mod tests;
