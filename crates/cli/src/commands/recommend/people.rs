//! Whom lists are for: users of the model, people who are folded in, people of whom nothing is known.

use super::filters::Filters;
use foretaste::baselines::Popularity;
use foretaste::data::{IdTable, Interactions, UserId};
use foretaste::model::{Scored, recommend};
use foretaste::{Audience, Query, Recommender, Seen, Whose};

mod asked;

pub(super) use asked::Asked;

/// Somebody with a list, by their place among those alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A user of the model.
    Stored(UserId),
    /// Of the audience.
    Folded(UserId),
    /// Nobody whom the model knows anything of.
    Stranger(UserId),
}

/// What lists leave out of that which people have had.
#[derive(Clone, Copy)]
pub(super) struct Hidden<'a> {
    pub(super) seen: Seen,
    /// Pairs of users of the model in other feedbacks.
    pub(super) others: Option<&'a Interactions>,
}

/// All who get a list.
pub(super) struct People<'a> {
    pub(super) model: &'a Recommender,
    /// In the order of their lists.
    pub(super) who: Vec<Who>,
    audience: Option<Audience<'a>>,
    strangers: IdTable,
    /// What strangers have had, none of it positive.
    disliked: Option<Interactions>,
    /// What strangers get.
    popular: Option<Popularity>,
    /// Nobody has an id.
    nameless: bool,
}

impl<'a> People<'a> {
    /// What the model knows them as.
    pub(super) fn whose(&self, who: Who) -> Whose<'_> {
        match (who, &self.audience) {
            (Who::Stored(user), _) => Whose::User(user),
            (Who::Folded(user), Some(audience)) => {
                let length = audience.history_lengths()[user.index()];
                Whose::FoldedIn(audience.scorer(), user, length)
            }
            (Who::Folded(_), None) | (Who::Stranger(_), _) => Whose::Stranger,
        }
    }

    /// Nobody yet.
    fn of(model: &'a Recommender) -> Self {
        let (who, strangers) = (Vec::new(), IdTable::from_text([""; 0]));
        let (audience, disliked, popular) = (None, None, None);
        Self { model, who, audience, strangers, disliked, popular, nameless: false }
    }

    fn with_strangers(self, strangers: IdTable) -> Self {
        let popular = match strangers.is_empty() {
            true => None,
            false => Some(Popularity::fit(self.model.seen())),
        };
        Self { strangers, popular, ..self }
    }

    /// Those who are alike, by the table of their ids.
    pub(super) fn tables(&self) -> [&IdTable; 3] {
        let folded = self.audience.as_ref().map(Audience::users);
        [self.model.users(), folded.unwrap_or(&self.strangers), &self.strangers]
    }

    /// Their id, if they have one.
    pub(super) fn name(&self, who: Who) -> Option<String> {
        let [stored, folded, strangers] = self.tables();
        let name = match who {
            _ if self.nameless => None,
            Who::Stored(user) => stored.name(user.0),
            Who::Folded(user) => folded.name(user.0),
            Who::Stranger(user) => strangers.name(user.0),
        };
        name.map(String::from)
    }

    /// The lists of some of them, in their order.
    pub(super) fn lists(
        &self,
        who: &[Who],
        filters: &Filters,
        k: usize,
        hidden: Hidden<'_>,
    ) -> Vec<Vec<Scored>> {
        let of = |kind: fn(&Who) -> Option<UserId>| -> (Vec<usize>, Vec<UserId>) {
            who.iter().enumerate().filter_map(|(n, who)| Some((n, kind(who)?))).unzip()
        };
        let [stored, folded, strangers] = [
            of(|who| if let Who::Stored(user) = who { Some(*user) } else { None }),
            of(|who| if let Who::Folded(user) = who { Some(*user) } else { None }),
            of(|who| if let Who::Stranger(user) = who { Some(*user) } else { None }),
        ];
        let mut lists = vec![Vec::new(); who.len()];
        let mut place = |places: Vec<usize>, found: Vec<Vec<Scored>>| {
            places.into_iter().zip(found).for_each(|(place, list)| lists[place] = list);
        };
        let [of_stored, of_folded, of_strangers] = filters.pairs();
        if !stored.1.is_empty() {
            let exclude: Vec<&Interactions> = of_stored.into_iter().chain(hidden.others).collect();
            let query = filters.query(k).exclude(&exclude);
            place(stored.0, self.model.recommend_where(&stored.1, &query, hidden.seen));
        }
        if let Some(audience) = &self.audience {
            let exclude: Vec<&Interactions> = of_folded.into_iter().collect();
            let query = filters.query(k).exclude(&exclude);
            place(folded.0, audience.recommend(&folded.1, &query, hidden.seen));
        }
        if let Some(popular) = &self.popular {
            let had = self.disliked.as_ref().filter(|_| hidden.seen == Seen::All);
            let exclude: Vec<&Interactions> = of_strangers.into_iter().chain(had).collect();
            place(strangers.0, popular_lists(popular, &strangers.1, filters.query(k), &exclude));
        }
        lists
    }
}

/// The one list for all who have none of the items that are left out, and one for each of the others.
fn popular_lists(
    popular: &Popularity,
    users: &[UserId],
    query: Query<'_>,
    exclude: &[&Interactions],
) -> Vec<Vec<Scored>> {
    let common = recommend(popular, &[UserId(0)], &query).pop().unwrap_or_default();
    let query = query.exclude(exclude);
    let list = |&user: &UserId| match exclude.iter().all(|pairs| pairs.row(user).is_empty()) {
        true => common.clone(),
        false => recommend(popular, &[user], &query).pop().unwrap_or_default(),
    };
    users.iter().map(list).collect()
}
