//! Titles for items that do not exist, such as "The Quiet Harbour (1987)".
//!
//! Each genre has a vocabulary of its own, so that a list of similar items reads like one. The
//! words are ordinary ones put together by chance; no existing title is aimed at.

use std::collections::HashMap;
use std::fmt;

use crate::random::{Purpose, Stream};
use crate::words::{Words, words};

/// The genre of an item: its cluster of taste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum Genre {
    Adventure,
    Comedy,
    Crime,
    Drama,
    Family,
    Fantasy,
    History,
    Horror,
    Nature,
    Romance,
    ScienceFiction,
    Western,
}

impl Genre {
    /// All genres, in alphabetical order.
    pub const ALL: [Self; 12] = [
        Self::Adventure,
        Self::Comedy,
        Self::Crime,
        Self::Drama,
        Self::Family,
        Self::Fantasy,
        Self::History,
        Self::Horror,
        Self::Nature,
        Self::Romance,
        Self::ScienceFiction,
        Self::Western,
    ];
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScienceFiction => f.write_str("Science Fiction"),
            genre => fmt::Debug::fmt(genre, f),
        }
    }
}

/// A title for each item, all different. No title holds a comma or a quotation mark.
///
/// Fresh words are tried a few times; what is still taken gets a number, as sequels do.
pub(crate) fn titles(seed: u64, genres: &[Genre]) -> Vec<String> {
    const TRIES: usize = 8;
    let mut taken: HashMap<String, u32> = HashMap::with_capacity(genres.len());
    let title = |(item, &genre): (usize, &Genre)| {
        let mut stream = Stream::new(seed, Purpose::Titles, item as u64);
        let year = 1950 + stream.below(75);
        let mut name = draw(words(genre), &mut stream);
        for _ in 1..TRIES {
            if !taken.contains_key(&name) {
                break;
            }
            name = draw(words(genre), &mut stream);
        }
        let part = taken.entry(name.clone()).and_modify(|part| *part += 1).or_insert(1);
        if *part == 1 { format!("{name} ({year})") } else { format!("{name} {part} ({year})") }
    };
    genres.iter().enumerate().map(title).collect()
}

/// One title of a genre, without its year.
fn draw(words: &Words, stream: &mut Stream) -> String {
    let form = stream.below(8);
    let mut pick = |list: &[&'static str]| list[stream.below(list.len())];
    let (adjective, noun) = (pick(words.adjectives), pick(words.nouns));
    let (theme, place) = (pick(words.themes), pick(words.places));
    match form {
        0..=2 => format!("The {adjective} {noun}"),
        3 => format!("{} {adjective} {noun}", article(adjective)),
        4 => format!("The {noun} of {place}"),
        5 => format!("{theme} in {place}"),
        6 => format!("{adjective} {theme}"),
        _ => format!("{theme} and the {noun}"),
    }
}

/// "A" or "An".
fn article(word: &str) -> &'static str {
    if word.starts_with(['A', 'E', 'I', 'O', 'U']) { "An" } else { "A" }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn titles_differ_even_when_there_are_more_items_than_words() {
        let genres = vec![Genre::Crime; 20_000];
        let titles = titles(1, &genres);
        assert_eq!(titles.iter().collect::<HashSet<_>>().len(), titles.len());
        assert!(titles.iter().all(|title| !title.contains([',', '"', '\n'])));
    }

    #[test]
    fn words_suit_the_article() {
        for genre in Genre::ALL {
            let words = words(genre);
            let all = [words.adjectives, words.nouns, words.themes, words.places].concat();
            // "A Useful …" and "An Hour …" would need exceptions to the rule.
            assert!(all.iter().all(|word| word.is_ascii() && !word.is_empty()));
            let odd =
                |word: &&&str| ["Hon", "Hou", "Uni", "Use", "Eur", "One"].contains(&&word[..3]);
            assert_eq!(words.adjectives.iter().find(odd), None);
        }
    }
}
