//! How people are asked for: by ids, by what they have, in a file.

use super::{People, Who};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Part, Reading, Unknown, few, is_stdin};
use crate::output::count;
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste::io::Side;
use std::path::{Path, PathBuf};

/// What becomes of ids that the model does not know, with --fallback.
const POPULAR: &str = "the popular list stands in";

/// What those get of whom the model knows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Fallback {
    /// The items that most users had in the training data.
    Popularity,
}

/// Whom lists are asked for.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whom")
    .args(["user", "users", "all", "items", "histories"]).required(true).multiple(true)))]
pub(in super::super) struct Asked {
    /// A user's id; may be given several times.
    #[arg(short, long, value_name = "ID", allow_negative_numbers = true)]
    user: Vec<String>,
    /// A file of users, - for stdin: one id a line, or a table or JSON lines with users. Whom the
    /// model does not know is left out, and counted.
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub(in super::super) users: Option<PathBuf>,
    /// All users of the model.
    #[arg(long, conflicts_with = "user")]
    all: bool,
    /// Somebody who has these items, whoever it is: ids by comma, or the flag again for each. What is
    /// an id as a whole is not taken apart.
    #[arg(long, value_name = "IDS", allow_hyphen_values = true,
        conflicts_with_all = ["user", "users", "all"])]
    items: Vec<String>,
    /// A file of people and what they have, - for stdin, read as interactions are. Each is folded in by
    /// the file alone, also who is a user of the model; lists come in the order of their ids.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["user", "users", "all", "items"])]
    pub(in super::super) histories: Option<PathBuf>,
    /// What those get whom the model does not know, or none of whose items it knows.
    #[arg(long, value_enum, value_name = "METHOD", conflicts_with = "all")]
    fallback: Option<Fallback>,
    /// Fail if the model does not know an id, instead of leaving it out.
    #[arg(long, conflicts_with = "fallback")]
    pub(in super::super) strict: bool,
}

impl Asked {
    /// Finds them, and says on stderr whom it leaves out.
    pub(in super::super) fn people<'a>(
        &self,
        model: &'a Recommender,
        reading: &Reading,
        global: &Global,
    ) -> Outcome<People<'a>> {
        if let (None, Some(flag)) = (&self.histories, reading.given().first()) {
            return Err(Failure::usage(format_args!("{flag} is about --histories"))
                .help("--histories FILE names a file of people and what they have"));
        }
        let people = People::of(model);
        match (&self.histories, &self.items[..]) {
            (Some(path), _) => self.of_file((path, reading), people, global),
            (None, []) if self.all => {
                let who = (0..model.users().len() as u32).map(|user| Who::Stored(UserId(user)));
                Ok(People { who: who.collect(), ..people })
            }
            (None, []) => self.by_id(people, global),
            (None, items) => self.by_items(items, people, global),
        }
    }

    /// Of users by their ids.
    fn by_id<'a>(&self, people: People<'a>, global: &Global) -> Outcome<People<'a>> {
        let model = people.model;
        let fallback = self.fallback.is_some();
        if !fallback {
            self.user.iter().try_for_each(|id| input::user(model, id).map(drop))?;
        }
        let mut ids = self.user.clone();
        if let Some(path) = &self.users {
            let (listed, unknown) = input::ids(path, Side::User, model.users())?;
            match fallback {
                true => unknown.tell_then(false, POPULAR, global)?,
                false => unknown.tell(self.strict, global)?,
            }
            ids.extend(listed.into_iter().map(|listed| listed.id));
        }
        let unknown = ids.iter().filter(|id| fallback && model.user(id).is_none());
        let strangers = IdTable::from_text(unknown);
        let place = |id: &String| match model.user(id) {
            Some(user) => Some(Who::Stored(user)),
            None => strangers.index_of(id).map(|user| Who::Stranger(UserId(user))),
        };
        let all: Vec<Who> = ids.iter().filter_map(place).collect();
        let key = |who| match who {
            Who::Stored(user) | Who::Folded(user) => (false, user),
            Who::Stranger(user) => (true, user),
        };
        let who = input::once(&all, key, ("users", "one list"), global);
        Ok(People { who, ..people }.with_strangers(strangers))
    }

    /// Of somebody who has some items.
    fn by_items<'a>(
        &self,
        given: &[String],
        people: People<'a>,
        global: &Global,
    ) -> Outcome<People<'a>> {
        let model = people.model;
        let parts = |given: &String| match model.item(given) {
            Some(_) => vec![given.clone()],
            None => given.split(',').map(|id| id.trim().to_owned()).collect(),
        };
        let ids: Vec<String> = given.iter().flat_map(parts).filter(|id| !id.is_empty()).collect();
        if ids.is_empty() {
            let help = input::examples(model.items(), "item");
            return Err(Failure::usage("--items: there is no id").help(help));
        }
        let unknown = ids.iter().filter(|id| model.item(id).is_none()).cloned().collect();
        let unknown = unknown_items("--items".to_owned(), unknown, ids.len(), model);
        let people = People { nameless: true, ..people };
        if unknown.are_all() && self.fallback.is_some() {
            unknown.tell_then(false, POPULAR, global)?;
            let who = vec![Who::Stranger(UserId(0))];
            return Ok(People { who, ..people }.with_strangers(IdTable::from_integers(vec![0])));
        }
        unknown.tell(self.strict, global)?;
        let pair = |item| Pair { user: UserId(0), item, weight: 1.0, time: 0 };
        let pairs = ids.iter().filter_map(|id| model.item(id)).map(pair).collect();
        let (history, _) =
            Interactions::from_pairs(pairs, 1, model.items().len(), Keep::default())?;
        let nobody = IdTable::from_integers(vec![0]);
        let history = Dataset::new(nobody, model.items().clone(), history)?;
        let audience = Some(model.fold_in(&history)?);
        Ok(People { who: vec![Who::Folded(UserId(0))], audience, ..people })
    }

    /// Of the people in a file.
    fn of_file<'a>(
        &self,
        (path, reading): (&Path, &Reading),
        people: People<'a>,
        global: &Global,
    ) -> Outcome<People<'a>> {
        let model = people.model;
        let (histories, not_positive) = self.histories((path, reading), global)?;
        let known = histories.items().indices_in(model.items());
        let unknown: Vec<String> = (histories.items().names().zip(&known))
            .filter_map(|(name, known)| known.is_none().then(|| name.into_owned()))
            .collect();
        let place = input::name(path);
        let unknown = unknown_items(place.clone(), unknown, known.len(), model);
        match unknown.are_all() && self.fallback.is_some() {
            true => unknown.tell_then(false, POPULAR, global)?,
            false => unknown.tell(self.strict, global)?,
        }
        let has_known = |user: u32| {
            let row = histories.interactions().row(UserId(user));
            row.iter().any(|item: &ItemId| known[item.index()].is_some())
        };
        let disliking = self.without_positive(&histories, not_positive.as_ref(), &place, global)?;
        let users = 0..histories.users().len() as u32;
        let (some, none): (Vec<u32>, Vec<u32>) = users.partition(|&user| has_known(user));
        let names = |users: &[u32]| -> Vec<String> {
            let name = |&user: &u32| Some(histories.users().name(user)?.into_owned());
            users.iter().filter_map(name).collect()
        };
        let mut strangers = names(&none);
        if !none.is_empty() && !some.is_empty() {
            let then = if self.fallback.is_some() { POPULAR } else { "left out" };
            let (users, few) = (count(none.len() as u64, "user"), few(&strangers));
            global.note(format_args!(
                "note: {place}: {users} ({few}) with no item that the model knows: {then}"
            ));
        }
        let audience = match some.is_empty() {
            true => None,
            false => {
                let people = histories.of_users(|user| has_known(user.0))?;
                let users = people.users().clone();
                let people = people.onto(users, model.items().clone())?;
                // By the model's items: what is not positive may be no other's history.
                let people = match &not_positive {
                    Some(rows) => people.with_not_positive(rows)?.0,
                    None => people,
                };
                Some(model.fold_in(&people)?)
            }
        };
        // In the order of the ids of all, whatever becomes of each.
        strangers.extend(disliking);
        let strangers =
            IdTable::from_text(if self.fallback.is_some() { strangers } else { Vec::new() });
        let others = not_positive.iter().map(Dataset::users);
        let all = IdTable::union([histories.users()].into_iter().chain(others));
        let disliked = |rows: Dataset| rows.onto(strangers.clone(), model.items().clone());
        let disliked = not_positive.map(disliked).transpose()?.map(Dataset::into_interactions);
        let who = all.names().filter_map(|id| {
            let folded = audience.as_ref().and_then(|audience| audience.users().index_of(&id));
            match folded {
                Some(user) => Some(Who::Folded(UserId(user))),
                None => strangers.index_of(&id).map(|user| Who::Stranger(UserId(user))),
            }
        });
        let who = who.collect();
        Ok(People { who, audience, disliked, ..people }.with_strangers(strangers))
    }

    /// What the people of a file have, and beside it what is not positive. If nothing is, and there is
    /// something for strangers, all are strangers.
    fn histories(
        &self,
        (path, reading): (&Path, &Reading),
        global: &Global,
    ) -> Outcome<(Dataset, Option<Dataset>)> {
        let part = Part::from(path.to_owned());
        match reading.with_not_positive().read_apart(&part, Keep::default(), global) {
            Ok(read) => Ok((read.data, read.not_positive)),
            Err(failure)
                if failure.is_of_no_positive() && self.fallback.is_some() && !is_stdin(path) =>
            {
                let rows = reading.of_not_positive().read_part(&part, Keep::default(), global)?.0;
                Ok((rows.of_users(|_| false)?, Some(rows)))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Those of whom a file has rows and none that is positive; says what becomes of them.
    fn without_positive(
        &self,
        histories: &Dataset,
        not_positive: Option<&Dataset>,
        place: &str,
        global: &Global,
    ) -> Outcome<Vec<String>> {
        let rows = not_positive.into_iter().flat_map(|rows| rows.users().names());
        let others = rows.filter(|id| histories.users().index_of(id).is_none());
        let others: Vec<String> = others.map(String::from).collect();
        if others.is_empty() {
            return Ok(others);
        }
        let (users, few) = (count(others.len() as u64, "user"), few(&others));
        let message = format!("{place}: {users} ({few}) without a positive row");
        if self.strict {
            return Err(Failure::data(message).help("without --strict, such users are left out"));
        }
        let then = if self.fallback.is_some() { POPULAR } else { "left out" };
        global.note(format_args!("note: {message}: {then}"));
        Ok(others)
    }
}

fn unknown_items(place: String, ids: Vec<String>, all: usize, model: &Recommender) -> Unknown<'_> {
    Unknown { place, line: None, what: "item", ids, all, known: model.items() }
}
