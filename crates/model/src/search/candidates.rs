//! The items that may be among the best of a user.

use super::Search;
use crate::Scored;
use crate::top_k::better_first;
use foretaste_data::{ItemId, UserId};
use std::array::from_fn;

/// Bits that tell most items that are not excluded.
const MARKS: usize = 1024;
/// Items that are scored together.
const AT_ONCE: usize = 8;

/// What a scan found for a user: items, and their rounded scores.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    user: UserId,
    /// How far a rounded score may be from the score.
    error: f64,
    found: Vec<Scored>,
    /// How many were left when the threshold was last raised; at first, the length of the list.
    settled: usize,
    excluded: Excluded<'a>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(user: UserId, error: f64, search: &Search<'a, '_>) -> Self {
        let excluded = Excluded::new(search.query.excluded(user).collect());
        Self { user, error, found: Vec::new(), settled: search.query.k, excluded }
    }

    /// Takes an item in, if it may be listed and is not excluded.
    pub(super) fn offer(&mut self, candidate: Scored, search: &Search<'_, '_>) {
        if search.query.lists(candidate.0) && !self.excluded.contains(candidate.0) {
            self.found.push(candidate);
        }
    }

    /// The threshold for the items to come: raised, if enough were found since.
    pub(super) fn raise(&mut self, threshold: f32, search: &Search<'_, '_>) -> f32 {
        if self.found.len() < 2 * self.settled {
            return threshold;
        }
        let mut threshold = threshold.max(self.drop_hopeless(search.query.k));
        if self.found.len() > 4 * search.query.k + 64 {
            threshold = threshold.max(self.drop_all_but_best(search));
        }
        self.settled = self.found.len().max(search.query.k);
        threshold
    }

    /// Drops the items whose rounded score says that they are not among the best `k`, and returns
    /// the least that does not.
    ///
    /// If r is the k-th best rounded score, k items have scores of r − e or more; an item with a
    /// rounded score below r − 2e has a score below r − e, and can't even tie with them.
    fn drop_hopeless(&mut self, k: usize) -> f32 {
        if self.found.len() <= k {
            return f32::MIN;
        }
        let (_, (_, worst), _) =
            self.found.select_nth_unstable_by(k - 1, |a, b| b.1.total_cmp(&a.1));
        let threshold = below(f64::from(*worst) - 2.0 * self.error);
        self.found.retain(|(_, score)| *score >= threshold);
        threshold
    }

    /// Drops all but the best k by their scores, and returns what a rounded score must reach for an
    /// item to be as good as them.
    fn drop_all_but_best(&mut self, search: &Search<'_, '_>) -> f32 {
        let scored = self.scored(search).into_iter().zip(&self.found);
        let mut scored: Vec<(Scored, f32)> =
            scored.map(|(scored, (_, rounded))| (scored, *rounded)).collect();
        let by_score = |a: &(Scored, f32), b: &(Scored, f32)| better_first(&a.0, &b.0);
        let (_, worst, _) = scored.select_nth_unstable_by(search.query.k - 1, by_score);
        let worst = f64::from(worst.0.1) - f64::from(search.products.shift(self.user.index()));
        let best = scored.iter().take(search.query.k);
        self.found.clear();
        self.found.extend(best.map(|((item, _), rounded)| (*item, *rounded)));
        below(worst - self.error)
    }

    /// The best k.
    pub(super) fn into_list(mut self, search: &Search<'_, '_>) -> Vec<Scored> {
        self.drop_hopeless(search.query.k);
        let mut list = self.scored(search);
        list.sort_unstable_by(better_first);
        list.truncate(search.query.k);
        list.shrink_to_fit();
        list
    }

    /// What was found, with scores that are not rounded.
    fn scored(&self, search: &Search<'_, '_>) -> Vec<Scored> {
        let mut scored = Vec::with_capacity(self.found.len());
        for found in self.found.chunks(AT_ONCE) {
            // What is missing of a whole chunk is computed twice.
            let items: [ItemId; AT_ONCE] = from_fn(|n| found[n.min(found.len() - 1)].0);
            let scores = search.products.scores(self.user.index(), items);
            scored.extend(items.into_iter().zip(scores).take(found.len()));
        }
        scored
    }
}

/// Rows of excluded items, ascending; and a bit for each of [`MARKS`] sets of items, set if one of them
/// is excluded: most items need not be looked for.
#[derive(Debug)]
struct Excluded<'a> {
    rows: Vec<&'a [ItemId]>,
    marks: [u64; MARKS / 64],
}

impl<'a> Excluded<'a> {
    fn new(rows: Vec<&'a [ItemId]>) -> Self {
        let mut marks = [0; MARKS / 64];
        for item in rows.iter().copied().flatten() {
            let mark = item.index() % MARKS;
            marks[mark / 64] |= 1 << (mark % 64);
        }
        Self { rows, marks }
    }

    fn contains(&self, item: ItemId) -> bool {
        let mark = item.index() % MARKS;
        self.marks[mark / 64] >> (mark % 64) & 1 == 1
            && self.rows.iter().any(|row| row.binary_search(&item).is_ok())
    }
}

/// A number of less precision that is smaller.
fn below(number: f64) -> f32 {
    (number as f32).next_down()
}
