//! Metrics of one user's ranked list.
//!
//! Every function takes the `gains` of the listed items, best first: 0 for an item that is not
//! relevant, 1 for one that is, or its grade. Only [`ndcg`] and [`ndcg_clip`] look at grades; for
//! the others an item is relevant if its gain is above 0. The list may be shorter than `k` (the
//! missing ranks hold no hit) or longer (what follows is ignored). Relevant items that the list
//! misses count in the ideal, that is, in R = `relevant`.
//!
//! The definitions are trec_eval's (<https://github.com/usnistgov/trec_eval>: `ndcg_cut`,
//! `recall`, `P`, `map_cut`, `recip_rank`, `success`) except where a function says otherwise. All
//! values lie in [0, 1] if the list holds at most `relevant` hits, and are 0 where R = 0.

use std::sync::LazyLock;

/// Ranks whose discounts are tabled; those beyond are computed each time.
const TABLED: usize = 1024;

static LOG: LazyLock<Discount> =
    LazyLock::new(|| Discount::new(|rank| libm::log2((rank + 1) as f64)));
static CLIP: LazyLock<Discount> =
    LazyLock::new(|| Discount::new(|rank| libm::log2(rank.max(2) as f64)));

/// What a gain at a rank is divided by. A logarithm for each hit and for each rank of the ideal
/// list took most of the time of [`ndcg`].
pub(crate) struct Discount {
    divisor: fn(usize) -> f64,
    /// 1 / divisor of ranks 1, 2, …
    at: Vec<f64>,
    /// Sums of the first 0, 1, 2, … of them.
    sums: Vec<f64>,
}

impl Discount {
    /// log2(rank + 1), trec_eval's.
    pub(crate) fn log() -> &'static Self {
        &LOG
    }

    /// log2(max(rank, 2)), LensKit's and Saito's.
    pub(crate) fn clip() -> &'static Self {
        &CLIP
    }

    fn new(divisor: fn(usize) -> f64) -> Self {
        let at: Vec<f64> = (1..=TABLED).map(|rank| 1.0 / divisor(rank)).collect();
        let mut sums = vec![0.0; TABLED + 1];
        (0..TABLED).for_each(|n| sums[n + 1] = sums[n] + at[n]);
        Self { divisor, at, sums }
    }

    /// 1 / divisor of a rank, from 1.
    pub(crate) fn at(&self, rank: usize) -> f64 {
        self.at.get(rank - 1).copied().unwrap_or_else(|| 1.0 / (self.divisor)(rank))
    }

    /// The sum over the first `n` ranks.
    pub(crate) fn sum(&self, n: usize) -> f64 {
        let tabled = self.sums[n.min(TABLED)];
        (TABLED + 1..=n).fold(tabled, |sum, rank| sum + self.at(rank))
    }

    /// Σ gain · discount over the first `k` ranks.
    pub(crate) fn dcg(&self, gains: &[f64], k: usize) -> f64 {
        let hits = gains.iter().take(k).enumerate().filter(|(_, gain)| **gain > 0.0);
        total(hits.map(|(at, gain)| gain * self.at(at + 1)))
    }
}

/// The best list that a user could get: all relevant items, the largest gain first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ideal<'a> {
    /// So many relevant items, each of gain 1.
    Binary(usize),
    /// The gains of all relevant items, each above 0, descending.
    Graded(&'a [f64]),
}

impl Ideal<'_> {
    /// R, the number of relevant items.
    pub fn relevant(self) -> usize {
        match self {
            Self::Binary(relevant) => relevant,
            Self::Graded(gains) => gains.len(),
        }
    }

    /// Σ gain · discount over the first `k` ranks of the ideal list.
    fn dcg(self, k: usize, discount: &Discount) -> f64 {
        match self {
            Self::Binary(relevant) => discount.sum(k.min(relevant)),
            Self::Graded(gains) => discount.dcg(gains, k),
        }
    }
}

/// The sum of `terms`; of none it is 0, where `Iterator::sum` gives −0, which prints as "-0.0000".
fn total(terms: impl Iterator<Item = f64>) -> f64 {
    terms.fold(0.0, |sum, term| sum + term)
}

pub(crate) fn ratio(value: f64, ideal: f64) -> f64 {
    if ideal > 0.0 { value / ideal } else { 0.0 }
}

fn hits(gains: &[f64], k: usize) -> usize {
    gains.iter().take(k).filter(|gain| **gain > 0.0).count()
}

/// `ndcg@k` = Σ gain / log2(rank + 1) over the first k, divided by the same sum for the ideal
/// list of min(k, R) items. Gains enter linearly (not as 2^gain − 1), as in trec_eval.
pub fn ndcg(gains: &[f64], ideal: Ideal<'_>, k: usize) -> f64 {
    ratio(LOG.dcg(gains, k), ideal.dcg(k, &LOG))
}

/// `ndcg_clip@k`: as [`ndcg`], with the discount 1 / log2(max(rank, 2)), which LensKit uses: ranks 1
/// and 2 weigh the same.
pub fn ndcg_clip(gains: &[f64], ideal: Ideal<'_>, k: usize) -> f64 {
    ratio(CLIP.dcg(gains, k), ideal.dcg(k, &CLIP))
}

/// `recall@k` = hits / R.
pub fn recall(gains: &[f64], relevant: usize, k: usize) -> f64 {
    ratio(hits(gains, k) as f64, relevant as f64)
}

/// `recall_min@k` = hits / min(k, R), so that 1 can be reached also where R > k. Not trec_eval's.
pub fn recall_min(gains: &[f64], relevant: usize, k: usize) -> f64 {
    ratio(hits(gains, k) as f64, relevant.min(k) as f64)
}

/// `precision@k` = hits / k, also where the list is shorter than k.
pub fn precision(gains: &[f64], k: usize) -> f64 {
    ratio(hits(gains, k) as f64, k as f64)
}

/// `ap@k` = Σ precision at the rank of each hit among the first k, divided by R. Its mean over
/// users is MAP@k.
pub fn ap(gains: &[f64], relevant: usize, k: usize) -> f64 {
    ratio(precision_at_hits(gains, k), relevant as f64)
}

/// `ap_min@k`: as [`ap`], divided by min(k, R). The MAP of RecBole and implicit; not trec_eval's.
pub fn ap_min(gains: &[f64], relevant: usize, k: usize) -> f64 {
    ratio(precision_at_hits(gains, k), relevant.min(k) as f64)
}

fn precision_at_hits(gains: &[f64], k: usize) -> f64 {
    let ranks = gains.iter().take(k).enumerate().filter(|(_, gain)| **gain > 0.0);
    total(ranks.enumerate().map(|(before, (at, _))| (before + 1) as f64 / (at + 1) as f64))
}

/// `rr@k` = 1 / rank of the first hit; 0 without one among the first k.
pub fn rr(gains: &[f64], k: usize) -> f64 {
    let first = gains.iter().take(k).position(|gain| *gain > 0.0);
    first.map_or(0.0, |at| 1.0 / (at + 1) as f64)
}

/// `hit@k` = 1 if there is a hit among the first k, else 0.
pub fn hit(gains: &[f64], k: usize) -> f64 {
    if hits(gains, k) > 0 { 1.0 } else { 0.0 }
}

/// `f1@k` = 2·P·R / (P + R) of the user's [`precision`] and [`recall`] at k.
pub fn f1(gains: &[f64], relevant: usize, k: usize) -> f64 {
    let (precision, recall) = (precision(gains, k), recall(gains, relevant, k));
    ratio(2.0 * precision * recall, precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tolerance of sums of up to 40 terms of order 1.
    const CLOSE: f64 = 1e-13;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= CLOSE
    }

    #[test]
    fn an_empty_list_scores_0_everywhere() {
        for ideal in [Ideal::Binary(3), Ideal::Graded(&[2.0, 1.0]), Ideal::Binary(0)] {
            let relevant = ideal.relevant();
            assert_eq!(ndcg(&[], ideal, 10), 0.0);
            assert_eq!(ndcg_clip(&[], ideal, 10), 0.0);
            assert_eq!(recall(&[], relevant, 10), 0.0);
            assert_eq!(recall_min(&[], relevant, 10), 0.0);
            assert_eq!(precision(&[], 10), 0.0);
            assert_eq!(ap(&[], relevant, 10), 0.0);
            assert_eq!(ap_min(&[], relevant, 10), 0.0);
            assert_eq!(rr(&[], 10), 0.0);
            assert_eq!(hit(&[], 10), 0.0);
            assert_eq!(f1(&[], relevant, 10), 0.0);
            let sums = [ndcg(&[], ideal, 10), ap(&[], relevant, 10), ap_min(&[], relevant, 10)];
            assert!(sums.iter().all(|zero| zero.is_sign_positive()));
        }
    }

    #[test]
    fn one_relevant_item_at_rank_3() {
        let list = [0.0, 0.0, 1.0, 0.0];
        let one = Ideal::Binary(1);
        assert!(close(ndcg(&list, one, 5), 0.5)); // 1 / log2(4)
        assert!(close(ndcg_clip(&list, one, 5), 1.0 / 3f64.log2()));
        assert_eq!(ndcg(&list, one, 2), 0.0);
        assert_eq!(recall(&list, 1, 5), 1.0);
        assert!(close(precision(&list, 5), 0.2)); // k, not the length of the list, divides
        assert!(close(ap(&list, 1, 5), 1.0 / 3.0));
        assert!(close(rr(&list, 5), 1.0 / 3.0));
        assert_eq!((rr(&list, 2), hit(&list, 2), hit(&list, 3)), (0.0, 0.0, 1.0));
        assert!(close(f1(&list, 1, 5), 2.0 * 0.2 / 1.2));
    }

    #[test]
    fn hits_at_1_and_3_of_4_relevant() {
        let list = [1.0, 0.0, 1.0];
        let four = Ideal::Binary(4);
        let log = |x: f64| 1.0 / x.log2();
        assert!(close(ndcg(&list, four, 3), 1.5 / (1.0 + log(3.0) + 0.5)));
        assert!(close(ndcg_clip(&list, four, 3), (1.0 + log(3.0)) / (2.0 + log(3.0))));
        assert!(close(recall(&list, 4, 3), 0.5));
        assert!(close(recall_min(&list, 4, 3), 2.0 / 3.0));
        assert!(close(ap(&list, 4, 3), (1.0 + 2.0 / 3.0) / 4.0));
        assert!(close(ap_min(&list, 4, 3), (1.0 + 2.0 / 3.0) / 3.0));
        assert!(close(f1(&list, 4, 3), 4.0 / 7.0)); // 2·hits / (k + R)
    }

    #[test]
    fn a_list_of_relevant_items_only_is_perfect_also_where_k_exceeds_it() {
        let list = [1.0; 3];
        for k in [1, 2, 3, 50] {
            assert_eq!(ndcg(&list, Ideal::Binary(3), k), 1.0);
            assert_eq!(ndcg_clip(&list, Ideal::Binary(3), k), 1.0);
            assert_eq!(recall_min(&list, 3, k), 1.0);
            assert_eq!(ap_min(&list, 3, k), 1.0);
            assert_eq!((rr(&list, k), hit(&list, k)), (1.0, 1.0));
        }
        assert_eq!((recall(&list, 3, 50), ap(&list, 3, 50)), (1.0, 1.0));
        assert_eq!(precision(&list, 50), 3.0 / 50.0);
    }

    #[test]
    fn grades_enter_ndcg_linearly_and_the_others_as_relevant_or_not() {
        let (list, ideal) = ([1.0, 0.0, 3.0], Ideal::Graded(&[3.0, 2.0, 1.0]));
        let best = 3.0 + 2.0 / 3f64.log2() + 0.5;
        assert!(close(ndcg(&list, ideal, 3), 2.5 / best));
        assert_eq!(recall(&list, ideal.relevant(), 3), recall(&[1.0, 0.0, 1.0], 3, 3));
        assert_eq!(ap(&list, ideal.relevant(), 3), ap(&[1.0, 0.0, 1.0], 3, 3));
    }

    #[test]
    fn ranks_beyond_the_table_count_as_well() {
        let far = 2 * TABLED;
        let sum = |n: usize| (1..=n).map(|rank| 1.0 / ((rank + 1) as f64).log2()).sum::<f64>();
        for n in [0, 1, TABLED - 1, TABLED, TABLED + 1, far] {
            // Sums of at most 2,048 terms of order 1.
            assert!((LOG.sum(n) - sum(n)).abs() < 1e-10, "{n}");
        }
        let mut list = vec![0.0; far];
        list[far - 1] = 1.0;
        assert_eq!(ndcg(&list, Ideal::Binary(1), far), 1.0 / ((far + 1) as f64).log2());
    }

    #[test]
    fn a_negative_gain_is_no_relevance() {
        assert_eq!(ndcg(&[-1.0, 1.0], Ideal::Binary(1), 2), ndcg(&[0.0, 1.0], Ideal::Binary(1), 2));
        assert_eq!(rr(&[-1.0, 1.0], 2), 0.5);
    }

    proptest! {
        /// The definitions once more, rank by rank, as EVALUATION writes them.
        #[test]
        fn naive_sums_agree(
            grades in prop::collection::vec(0u8..4, 0..40),
            missed in prop::collection::vec(1u8..4, 1..10),
            k in 1usize..50,
        ) {
            let gains: Vec<f64> = grades.iter().map(|&g| f64::from(g)).collect();
            let mut ideal: Vec<f64> = grades.iter().chain(&missed).map(|&g| f64::from(g)).collect();
            ideal.retain(|gain| *gain > 0.0);
            ideal.sort_by(|a, b| b.total_cmp(a));
            let (mut sum, mut best, mut found, mut at_hits) = (0.0, 0.0, 0.0, 0.0);
            let mut first = 0.0;
            for rank in 1..=k {
                let log = (rank as f64 + 1.0).log2();
                let gain = gains.get(rank - 1).copied().unwrap_or(0.0);
                sum += gain / log;
                best += ideal.get(rank - 1).copied().unwrap_or(0.0) / log;
                if gain > 0.0 {
                    found += 1.0;
                    at_hits += found / rank as f64;
                    if first == 0.0 { first = 1.0 / rank as f64 }
                }
            }
            let (n, r) = (ideal.len(), ideal.len() as f64);
            prop_assert!(close(ndcg(&gains, Ideal::Graded(&ideal), k), sum / best));
            prop_assert!(close(recall(&gains, n, k), found / r));
            prop_assert!(close(recall_min(&gains, n, k), found / r.min(k as f64)));
            prop_assert!(close(precision(&gains, k), found / k as f64));
            prop_assert!(close(ap(&gains, n, k), at_hits / r));
            prop_assert!(close(ap_min(&gains, n, k), at_hits / r.min(k as f64)));
            prop_assert!(close(rr(&gains, k), first));
            prop_assert!(close(f1(&gains, n, k), 2.0 * found / (k as f64 + r)));
        }

        #[test]
        fn binary_and_graded_ideals_of_ones_agree(
            list in prop::collection::vec(prop::bool::ANY, 0..30), missed in 0usize..5, k in 1usize..40,
        ) {
            let gains: Vec<f64> = list.iter().map(|&hit| f64::from(u8::from(hit))).collect();
            let relevant = hits(&gains, gains.len()) + missed;
            let ones = vec![1.0; relevant];
            let (binary, graded) = (Ideal::Binary(relevant), Ideal::Graded(&ones));
            prop_assert_eq!(ndcg(&gains, binary, k), ndcg(&gains, graded, k));
            prop_assert_eq!(ndcg_clip(&gains, binary, k), ndcg_clip(&gains, graded, k));
        }
    }
}
