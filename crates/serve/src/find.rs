//! Users and items by a part of what they are called.

use foretaste::Recommender;
use foretaste::data::{ItemId, UserId};
use foretaste::io::Titles;
use memchr::memmem::Finder;

/// Stands behind what an item is called, and is in no id or title.
const END: char = '\n';
/// Stands between id and title.
const MIDDLE: char = '\u{1}';

/// Ids and titles of all items in lower case, those that most users had first.
#[derive(Debug)]
pub(crate) struct Index {
    text: String,
    /// Where each begins, and which it is.
    starts: Vec<(usize, ItemId)>,
}

impl Index {
    pub(crate) fn new(model: &Recommender, titles: Option<&Titles>, counts: &[u32]) -> Self {
        let mut items: Vec<ItemId> = (0..model.items().len() as u32).map(ItemId).collect();
        items.sort_by_key(|item| (std::cmp::Reverse(counts[item.index()]), *item));
        let (mut text, mut starts) = (String::new(), Vec::with_capacity(items.len()));
        for item in items {
            starts.push((text.len(), item));
            let id = model.item_name(item);
            text.extend(folded(&id));
            if let Some(title) = titles.and_then(|titles| titles.get(&id)) {
                text.push(MIDDLE);
                text.extend(folded(title));
            }
            text.push(END);
        }
        text.shrink_to_fit();
        Self { text, starts }
    }

    /// The item of this id, and items with `words` in id or title, at most `limit`.
    pub(crate) fn find(&self, model: &Recommender, words: &str, limit: usize) -> Vec<ItemId> {
        let exact = model.item(words);
        let others = self.containing(words).filter(|item| Some(*item) != exact);
        exact.into_iter().chain(others).take(limit).collect()
    }

    fn containing(&self, words: &str) -> impl Iterator<Item = ItemId> {
        let words: String = folded(words).collect();
        let finder = (!words.is_empty()).then(|| Finder::new(words.as_bytes()).into_owned());
        let mut next = 0;
        std::iter::from_fn(move || {
            let &(start, _) = self.starts.get(next)?;
            let place = match &finder {
                None => next,
                Some(finder) => {
                    let at = start + finder.find(&self.text.as_bytes()[start..])?;
                    self.starts.partition_point(|(start, _)| *start <= at) - 1
                }
            };
            next = place + 1;
            Some(self.starts[place].1)
        })
    }
}

/// Lower case, without what stands between entries.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let clean = |c| if c == END || c == MIDDLE { ' ' } else { c };
    text.chars().flat_map(char::to_lowercase).map(clean)
}

/// The user of this id, and users with `part` in their ids, at most `limit`.
pub(crate) fn users(model: &Recommender, part: &str, limit: usize) -> Vec<UserId> {
    let exact = model.user(part);
    let names = (0..).map(UserId).zip(model.users().names());
    let has = names.filter(|(user, name)| Some(*user) != exact && name.contains(part));
    exact.into_iter().chain(has.map(|(user, _)| user)).take(limit).collect()
}

#[cfg(test)]
mod tests;
