//! Variables of the environment: `FORETASTE_SEED` is `--seed`.

use super::said::{Given, Place, Said};
use super::{file, value};
use crate::failure::{Failure, Outcome};
use clap::{Arg, Command};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

const PREFIX: &str = "FORETASTE_";
/// Where the tests of this project look for data, and what `serve` has whoever asks show.
const RESERVED: [&str; 2] = ["FORETASTE_DATA", "FORETASTE_TOKEN"];

/// What the environment says.
#[derive(Default)]
pub(super) struct Environment {
    pub(super) said: Vec<Said>,
    /// The file that it names.
    pub(super) config: Option<PathBuf>,
    pub(super) notes: Vec<String>,
}

/// What variables say of the options of a command: `all` is above all commands. Those of other commands
/// are for them; empty ones say nothing.
pub(super) fn read(
    variables: impl Iterator<Item = (OsString, OsString)>,
    all: &Command,
    command: &Command,
) -> Outcome<Environment> {
    let ours = |(name, text): (OsString, OsString)| {
        let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
        (!RESERVED.contains(&name.as_str()) && !text.is_empty()).then_some((name, text))
    };
    let mut variables: Vec<(String, OsString)> = variables.filter_map(ours).collect();
    variables.sort();
    let mut found = Environment::default();
    for (name, text) in variables {
        let key = name[PREFIX.len()..].to_lowercase();
        if key == "config" {
            found.config = Some(text.into());
        } else if let Some(arg) = value::named(command, &key).filter(|arg| !arg.is_positional()) {
            let given = given(arg, &text).map_err(|reason| {
                Failure::usage(format_args!("{name}={}: {reason}", text.display())).help(
                    format_args!(
                        "{name} is {}; give it another value, or unset it",
                        value::flag(arg)
                    ),
                )
            })?;
            found.said.push(Said {
                id: arg.get_id().to_string(),
                given,
                place: Place::Variable(name),
            });
        } else if let Some(near) = file::unknown(all, &key) {
            let near = near.map(|near| PREFIX.to_owned() + &near.replace('-', "_").to_uppercase());
            let near = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
            found.notes.push(format!("note: {name}: no command has such a flag{near}"));
        }
    }
    Ok(found)
}

fn given(arg: &Arg, text: &OsStr) -> Result<Given, String> {
    if !value::is_flag(arg) {
        value::check(arg, text)?;
        return Ok(Given::Values(vec![text.to_owned()]));
    }
    match text.to_string_lossy().to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(Given::On),
        "0" | "false" | "no" | "off" => Ok(Given::Off),
        _ => Err("a flag is true or false".into()),
    }
}
