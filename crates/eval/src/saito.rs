//! Metrics of a ranking of the items that a user rated, as Saito has them.
//!
//! Where users rated items that were picked at random, the rated items alone can be ranked: no
//! exposure stands between taste and judgement. Saito et al., "Unbiased recommender learning from
//! missing-not-at-random implicit feedback" (WSDM 2020), evaluate so, and so do many after them, with
//! definitions of their own program: an item that is not relevant has the relevance
//! 0.001, DCG is not divided by its ideal and discounts ranks 1 and 2 alike, and the average
//! precision is not divided by anything.
//!
//! Functions take, best first, whether each *rated* item of the user is relevant: all of them, not
//! only the first k. With fewer than k items the sums end early.

use crate::ranking::{Discount, ratio};

/// The relevance of an item that is not relevant; of one that is, 1.
const IRRELEVANT: f64 = 0.001;

fn relevance(is_relevant: &bool) -> f64 {
    if *is_relevant { 1.0 } else { IRRELEVANT }
}

/// `dcg_saito@k` = Σ relevance / log2(max(rank, 2)) over the first k: discounts 1, 1, 1/log2 3, ….
pub fn dcg_saito(ranked: &[bool], k: usize) -> f64 {
    let ranked = (1..).zip(ranked.iter().take(k));
    ranked.fold(0.0, |sum, (rank, item)| sum + relevance(item) * Discount::clip().at(rank))
}

/// `recall_saito@k` = Σ relevance over the first k / Σ relevance over all. 0 of an empty ranking.
pub fn recall_saito(ranked: &[bool], k: usize) -> f64 {
    let first: f64 = ranked.iter().take(k).map(relevance).sum();
    ratio(first, ranked.iter().map(relevance).sum())
}

/// `map_saito@k` = Σ over ranks r ≤ k that hold a relevant item of the mean relevance of the first r.
pub fn map_saito(ranked: &[bool], k: usize) -> f64 {
    let (mut sum, mut above) = (0.0, 0.0);
    for (rank, item) in (1..).zip(ranked.iter().take(k)) {
        above += relevance(item);
        if *item {
            sum += above / f64::from(rank);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-15
    }

    #[test]
    fn worked_by_hand() {
        let ranked = [false, true, false, true];
        let third = 1.0 / 3f64.log2();
        assert!(close(dcg_saito(&ranked, 1), 0.001));
        assert!(close(dcg_saito(&ranked, 3), 0.001 + 1.0 + 0.001 * third));
        assert!(close(dcg_saito(&ranked, 5), 0.001 + 1.0 + 0.001 * third + 0.5));
        assert!(close(recall_saito(&ranked, 2), 1.001 / 2.002));
        assert!(close(recall_saito(&ranked, 9), 1.0));
        assert!(close(map_saito(&ranked, 3), 1.001 / 2.0));
        assert!(close(map_saito(&ranked, 4), 1.001 / 2.0 + 2.002 / 4.0));
    }

    #[test]
    fn fewer_items_than_k_and_none_at_all() {
        assert_eq!(dcg_saito(&[true], 5), 1.0);
        assert_eq!((recall_saito(&[false], 5), map_saito(&[false], 5)), (1.0, 0.0));
        assert_eq!((dcg_saito(&[], 5), recall_saito(&[], 5), map_saito(&[], 5)), (0.0, 0.0, 0.0));
    }
}
