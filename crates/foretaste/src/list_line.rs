//! Lists as programs are told them.

use crate::Recommender;
use foretaste_data::{ItemId, UserId};
use foretaste_io::{ListLine, Listed, Titles};
use foretaste_model::{Levelled, Scored, Scorer};
use std::borrow::Cow;

/// Whose list it is, for what is said of its items.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// A user's of the model.
    User(UserId),
    /// That of somebody who was folded in, by the scorer that this made: the row, and of how many items they
    /// have any feedback.
    FoldedIn(&'a dyn Scorer, UserId, u32),
    /// That of somebody of whom the model knows nothing.
    Stranger,
}

impl Recommender {
    /// A list with ids and titles; with the probability of a flip where the model learns it of the user, and with
    /// that of each feedback where it learns several.
    ///
    /// # Panics
    /// If the model does not know an item or the user.
    pub fn list_line<'a>(
        &'a self,
        whose: Whose<'_>,
        name: Option<String>,
        list: &[Scored],
        titles: Option<&'a Titles>,
    ) -> ListLine<'a> {
        let flip = |item: ItemId| match whose {
            Whose::User(user) => self.flip_probability(user, item),
            Whose::FoldedIn(..) | Whose::Stranger => None,
        };
        let row = |scorer: &dyn Scorer, user: UserId| {
            Some(scorer.user_vectors()?.row(user.index()).to_vec())
        };
        let known = |levels: &dyn Levelled| match whose {
            Whose::User(user) => Some((row(self.scorer(), user)?, levels.history_length(user))),
            Whose::FoldedIn(scorer, user, length) => Some((row(scorer, user)?, length)),
            Whose::Stranger => None,
        };
        let levels = self.model().levels().and_then(|levels| Some((levels, known(levels)?)));
        let probabilities = |item: ItemId| match &levels {
            None => Vec::new(),
            Some((levels, (row, length))) => {
                let names = levels.names().iter().map(String::as_str);
                names.zip(levels.probabilities((row, *length), item)).collect()
            }
        };
        let listed = |scored: &Scored| Listed {
            flip: flip(scored.0),
            probabilities: probabilities(scored.0),
            ..self.listed(scored, titles)
        };
        ListLine { items: list.iter().map(listed).collect(), user: name.map(Cow::from) }
    }

    /// An item of a list, with what is known of it for everybody.
    ///
    /// # Panics
    /// If the model does not know it.
    pub fn listed<'a>(&self, scored: &Scored, titles: Option<&'a Titles>) -> Listed<'a> {
        let item = self.item_name(scored.0);
        let title = titles.and_then(|titles| titles.get(&item));
        let (flip, probabilities) = (None, Vec::new());
        Listed { item: item.into(), score: f64::from(scored.1), title, flip, probabilities }
    }
}
