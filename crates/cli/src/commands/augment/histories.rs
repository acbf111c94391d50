//! What users had last, in words.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{Reading, few};
use crate::output::count;
use foretaste::Recommender;
use foretaste::data::{ItemId, Keep, UserId};
use std::path::Path;

/// What of each user of the model is told, the last ones last.
#[derive(Debug)]
pub(super) struct Histories(Vec<Vec<ItemId>>);

impl Histories {
    /// What users had last by a file with times; else what they had by the model, which has no times: of
    /// that, what the fewest others had, since it says most. `has_text`: what can be told at all.
    pub(super) fn of(
        model: &Recommender,
        users: &[UserId],
        (file, reading): (Option<&Path>, &Reading),
        (most, has_text): (usize, &dyn Fn(ItemId) -> bool),
        global: &Global,
    ) -> Outcome<Self> {
        if let (None, Some(flag)) = (file, reading.given().first()) {
            return Err(Failure::usage(format_args!("{flag} is about --histories"))
                .help("--histories FILE names a file of interactions with times"));
        }
        let all = match file {
            Some(file) => timed(model, (file, reading), global)?,
            None => rarest(model),
        };
        let cut = |user: &UserId| {
            let row = &all[user.index()];
            let told: Vec<ItemId> = row.iter().copied().filter(|&item| has_text(item)).collect();
            told[told.len().saturating_sub(most)..].to_vec()
        };
        Ok(Self(users.iter().map(cut).collect()))
    }

    /// Those of a user, by the place among those who were asked for.
    pub(super) fn at(&self, place: usize) -> &[ItemId] {
        &self.0[place]
    }
}

/// From the most frequent to the rarest.
fn rarest(model: &Recommender) -> Vec<Vec<ItemId>> {
    let seen = model.seen();
    let counts = seen.item_counts();
    let row = |user: u32| {
        let mut row = seen.row(UserId(user)).to_vec();
        row.sort_by_key(|item| std::cmp::Reverse(counts[item.index()]));
        row
    };
    (0..seen.n_users() as u32).map(row).collect()
}

/// From the first to the last.
fn timed(
    model: &Recommender,
    (file, reading): (&Path, &Reading),
    global: &Global,
) -> Outcome<Vec<Vec<ItemId>>> {
    let keep = Keep { times: true, ..Keep::default() };
    let (data, _) = reading.read(file, keep, global)?;
    let rows = data.interactions();
    let Some(times) = rows.times() else {
        let message = format!("{}: there are no times", file.display());
        return Err(Failure::data(message).help("leave out --histories, or name a file with times"));
    };
    let (users, items) =
        (data.users().indices_in(model.users()), data.items().indices_in(model.items()));
    let mut all = vec![Vec::new(); model.users().len()];
    let mut unknown = Vec::new();
    for (user, known) in (0..).map(UserId).zip(&users) {
        let Some(known) = known else {
            unknown.push(data.users().name(user.0).unwrap_or_default().into_owned());
            continue;
        };
        let from = rows.starts()[user.index()];
        let timed = rows.row(user).iter().zip(&times[from..]);
        let known_items = timed.filter_map(|(item, time)| Some((*time, items[item.index()]?)));
        let mut row: Vec<(i64, u32)> = known_items.collect();
        row.sort_unstable();
        all[*known as usize] = row.into_iter().map(|(_, item)| ItemId(item)).collect();
    }
    if unknown.len() == users.len() {
        let message = format!("{}: the model knows none of the users", file.display());
        return Err(Failure::data(message).help(crate::input::examples(model.users(), "user")));
    }
    if !unknown.is_empty() {
        let (users, file) = (count(unknown.len() as u64, "user"), file.display());
        let few = few(&unknown);
        global
            .note(format_args!("note: {file}: the model does not know {users} ({few}): left out"));
    }
    Ok(all)
}
