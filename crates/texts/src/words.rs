//! Words, and how much each counts in a text.
//!
//! With n texts, of which df(w) have the word w, and tf(t, w) the times that t has it:
//!
//! ```text
//! idf(w)  = ln((1 + n) / (1 + df(w))) + 1
//! x(t, w) = (1 + ln tf(t, w)) · idf(w),  then every row of length 1
//! ```
//!
//! That is scikit-learn's `TfidfVectorizer(sublinear_tf=True)`, with other words: those of Unicode
//! Standard Annex 29, also of one letter.

use crate::Params;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use unicode_segmentation::UnicodeSegmentation;

/// The words that count, by bytes, with their idf.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vocabulary {
    pub(crate) words: Vec<String>,
    pub(crate) idf: Vec<f64>,
    /// How many different words all texts have.
    pub(crate) found: usize,
    grams: usize,
}

/// The words of a text in lower case, and pairs of them if `grams` is 2, in their order.
fn words_of(text: &str, grams: usize, mut take: impl FnMut(String)) {
    let mut last: Option<String> = None;
    for word in text.unicode_words() {
        let word = word.to_lowercase();
        if grams > 1 {
            last.iter().for_each(|last| take(format!("{last} {word}")));
            last = Some(word.clone());
        }
        take(word);
    }
}

/// How often a text has each of its words.
fn counts(text: &str, grams: usize) -> FxHashMap<String, u32> {
    let mut counts = FxHashMap::default();
    words_of(text, grams, |word| *counts.entry(word).or_insert(0) += 1);
    counts
}

impl Vocabulary {
    /// Of these texts, by what is asked of a word.
    pub(crate) fn new<S: AsRef<str> + Sync>(texts: &[S], params: &Params) -> Self {
        let one = |mut all: FxHashMap<String, u32>, text: &S| {
            for word in counts(text.as_ref(), params.grams).into_keys() {
                *all.entry(word).or_insert(0) += 1;
            }
            all
        };
        let both = |one: FxHashMap<String, u32>, other: FxHashMap<String, u32>| {
            let (few, mut all) = if one.len() < other.len() { (one, other) } else { (other, one) };
            for (word, texts) in few {
                *all.entry(word).or_insert(0) += texts;
            }
            all
        };
        let all = texts.par_iter().fold(FxHashMap::default, one).reduce(FxHashMap::default, both);
        let (n, found) = (texts.len() as f64, all.len());
        let most = params.share * n;
        let counts =
            |&(_, texts): &(String, u32)| texts >= params.least && f64::from(texts) <= most;
        let mut kept: Vec<(String, u32)> = all.into_iter().filter(counts).collect();
        if kept.len() > params.words {
            kept.par_sort_unstable_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
            kept.truncate(params.words);
        }
        kept.par_sort_unstable();
        let idf = |&(_, texts): &(String, u32)| ((1.0 + n) / (1.0 + f64::from(texts))).ln() + 1.0;
        let idf = kept.iter().map(idf).collect();
        let words = kept.into_iter().map(|(word, _)| word).collect();
        Self { words, idf, found, grams: params.grams }
    }

    /// Of each text its words, by their places among those that count, ascending, and what they count.
    pub(crate) fn weigh<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<Vec<(u32, f32)>> {
        let mut places = FxHashMap::with_capacity_and_hasher(self.words.len(), FxBuildHasher);
        places.extend(self.words.iter().map(String::as_str).zip(0u32..));
        texts.par_iter().map(|text| self.row(text.as_ref(), &places)).collect()
    }

    fn row(&self, text: &str, places: &FxHashMap<&str, u32>) -> Vec<(u32, f32)> {
        let counts = counts(text, self.grams);
        let known = |(word, times): (&String, &u32)| Some((*places.get(word.as_str())?, *times));
        let mut row: Vec<(u32, u32)> = counts.iter().filter_map(known).collect();
        row.sort_unstable();
        let weight =
            |(word, times): &(u32, u32)| (1.0 + f64::from(*times).ln()) * self.idf[*word as usize];
        let length = row.iter().map(|one| weight(one).powi(2)).sum::<f64>().sqrt();
        row.iter().map(|one| (one.0, (weight(one) / length) as f32)).collect()
    }
}

#[cfg(test)]
mod tests;
