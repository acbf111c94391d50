//! What of held-out data no list can hold: the same words from every command that evaluates.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::count;
use foretaste::eval::Reach;
use serde_json::{Value, json};
use std::path::Path;

/// Which held-out data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Test,
    Validation,
    /// Test data whose lists leave out what users had of any feedback.
    Unseen,
    /// Test data of which all rated items are ranked, and no others.
    Rated,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Test | Self::Unseen | Self::Rated => "test",
            Self::Validation => "validation",
        }
    }
}

/// Refuses held-out data of which no list can hold anything, for then every figure is 0 and none says
/// anything of the model; notes on stderr what else can't be listed.
pub(crate) fn check(reach: &Reach, role: Role, path: &Path, global: &Global) -> Outcome {
    if reach.users > 0 && reach.listable() == 0 {
        return Err(nothing_listable(reach, role, path));
    }
    notes(reach, role).iter().for_each(|note| global.note(format_args!("note: {note}")));
    Ok(())
}

/// The same of data that was checked before, whose lists leave out something else: what that is of its
/// pairs.
pub(crate) fn check_beside(reach: &Reach, role: Role, path: &Path, global: &Global) -> Outcome {
    if reach.users > 0 && reach.listable() == 0 {
        return Err(nothing_listable(reach, role, path));
    }
    if reach.masked > 0 {
        global.note(format_args!("note: {}", masked(reach.masked, role)));
    }
    Ok(())
}

/// Most likely the wrong file.
fn nothing_listable(reach: &Reach, role: Role, path: &Path) -> Failure {
    let path = path.display();
    if reach.masked > 0 {
        let pairs = count(reach.masked as u64, &format!("{} interaction", role.name()));
        let message = format!(
            "{path}: {pairs} that the model could list, and all are left out of the lists: no \
             figure could be right"
        );
        return Failure::data(message).help(match role {
            Role::Unseen => {
                "all were had of another feedback before: --seen-feedback target lists them"
            }
            _ => "name interactions that were held out: the model had these in training",
        });
    }
    let what = if reach.unknown_users == reach.users { "users" } else { "items" };
    Failure::data(format_args!("{path}: the model knows none of the {what}"))
        .help("are these the data that the model was trained for? ids have to be written alike")
}

fn notes(reach: &Reach, role: Role) -> Vec<String> {
    let name = role.name();
    let interactions = |number| count(number as u64, &format!("{name} interaction"));
    let users = |number| count(number as u64, "user");
    let miss = if role == Role::Rated { "ranked last" } else { "misses" };
    let mut notes = Vec::new();
    if reach.unknown_users > 0 {
        let users = users(reach.unknown_users);
        notes.push(format!(
            "{users} in the {name} data without a list (unknown to the model): each scores 0"
        ));
    }
    if reach.users_without_items > 0 {
        let users = users(reach.users_without_items);
        notes.push(format!(
            "{users} in the {name} data without a list (every item is left out): each scores 0"
        ));
    }
    if reach.of_unknown_items > 0 {
        let pairs = interactions(reach.of_unknown_items);
        notes.push(format!("{pairs} of items that the model does not know: {miss}"));
    }
    if reach.masked > 0 {
        notes.push(masked(reach.masked, role));
    }
    notes
}

fn masked(pairs: usize, role: Role) -> String {
    let pairs = count(pairs as u64, &format!("{} interaction", role.name()));
    match role {
        Role::Unseen => format!(
            "{pairs} of items that the user had of another feedback before, which lists leave out: misses"
        ),
        _ => format!(
            "{pairs} among the interactions left out of the lists: misses; do the parts overlap?"
        ),
    }
}

/// "147 test users, 137 of them without a list".
pub(crate) fn users(users: usize, without_list: usize) -> String {
    let users = count(users as u64, "test user");
    match without_list {
        0 => users,
        without => format!("{users}, {without} of them without a list"),
    }
}

/// The same counts for programs.
pub(crate) fn json(reach: &Reach) -> Value {
    json!({
        "users": reach.users,
        "users_without_list": reach.users_without_list(),
        "interactions": reach.pairs,
        "of_unknown_users": reach.of_unknown_users,
        "of_unknown_items": reach.of_unknown_items,
        "masked": reach.masked,
    })
}
