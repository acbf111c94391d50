//! The items that may be among the best of a user.

use super::Search;
use crate::Scored;
use crate::top_k::better_first;
use foretaste_data::{ItemId, UserId};

/// What a scan found for a user: items, and their rounded scores.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    user: UserId,
    /// How far a rounded score may be from the score.
    error: f64,
    found: Vec<Scored>,
    /// How many were left when the threshold was last raised; at first, the length of the list.
    settled: usize,
    /// Rows of excluded items, ascending.
    excluded: Vec<&'a [ItemId]>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(user: UserId, error: f64, search: &Search<'a>) -> Self {
        let excluded = search.query.excluded(user).collect();
        Self { user, error, found: Vec::new(), settled: search.query.k, excluded }
    }

    /// Takes an item in, if it is not excluded.
    pub(super) fn offer(&mut self, candidate: Scored) {
        if !self.excluded.iter().any(|row| row.binary_search(&candidate.0).is_ok()) {
            self.found.push(candidate);
        }
    }

    /// The threshold for the items to come: raised, if enough were found since.
    pub(super) fn raise(&mut self, threshold: f32, search: &Search<'_>) -> f32 {
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
    fn drop_all_but_best(&mut self, search: &Search<'_>) -> f32 {
        let scored = |&(item, rounded): &Scored| (self.score(item, search), rounded);
        let mut scored: Vec<(Scored, f32)> = self.found.iter().map(scored).collect();
        let by_score = |a: &(Scored, f32), b: &(Scored, f32)| better_first(&a.0, &b.0);
        let (_, worst, _) = scored.select_nth_unstable_by(search.query.k - 1, by_score);
        let worst = f64::from(worst.0.1) - f64::from(search.products.shift(self.user.index()));
        let best = scored.iter().take(search.query.k);
        self.found.clear();
        self.found.extend(best.map(|((item, _), rounded)| (*item, *rounded)));
        below(worst - self.error)
    }

    /// The best k.
    pub(super) fn into_list(mut self, search: &Search<'_>) -> Vec<Scored> {
        self.drop_hopeless(search.query.k);
        let found = self.found.iter();
        let mut list: Vec<Scored> = found.map(|(item, _)| self.score(*item, search)).collect();
        list.sort_unstable_by(better_first);
        list.truncate(search.query.k);
        list.shrink_to_fit();
        list
    }

    fn score(&self, item: ItemId, search: &Search<'_>) -> Scored {
        (item, search.products.score(self.user.index(), item.index()))
    }
}

/// A number of less precision that is smaller.
fn below(number: f64) -> f32 {
    (number as f32).next_down()
}
