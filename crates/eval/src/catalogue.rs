//! What lists show of the catalogue: coverage, concentration, popularity.

use foretaste_data::ItemId;
use std::sync::atomic::{AtomicU32, Ordering};

/// How often each item is among the first k of a list, counted while lists are made, for several k.
///
/// Sums of whole numbers: the order in which threads add to them changes nothing. Memory: 4 B an item
/// and cut-off.
#[derive(Debug)]
pub(crate) struct Exposure {
    /// Ascending, distinct.
    cutoffs: Vec<usize>,
    /// Per cut-off, of the ranks after the cut-off before it: cut-offs × items.
    counts: Vec<AtomicU32>,
    n_items: usize,
}

impl Exposure {
    pub(crate) fn new(mut cutoffs: Vec<usize>, n_items: usize) -> Self {
        cutoffs.sort_unstable();
        cutoffs.dedup();
        let counts = std::iter::repeat_with(AtomicU32::default).take(cutoffs.len() * n_items);
        Self { counts: counts.collect(), cutoffs, n_items }
    }

    /// Counts the items of one list, best first.
    pub(crate) fn add(&self, list: impl Iterator<Item = ItemId>) {
        if self.cutoffs.is_empty() {
            return;
        }
        let mut level = 0;
        for (rank, item) in (1..).zip(list) {
            while rank > self.cutoffs[level] {
                level += 1;
                if level == self.cutoffs.len() {
                    return;
                }
            }
            self.counts[level * self.n_items + item.index()].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often each item was among the first `k`, one of the cut-offs.
    pub(crate) fn at(&self, k: usize) -> Vec<u64> {
        let levels = self.cutoffs.iter().take_while(|&&cutoff| cutoff <= k).count();
        let mut sums = vec![0; self.n_items];
        for level in 0..levels {
            let counts = &self.counts[level * self.n_items..][..self.n_items];
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += u64::from(count.load(Ordering::Relaxed));
            }
        }
        sums
    }
}

/// The share of items that are shown at all; `exposure` holds a count for each item. 0 without items.
pub fn coverage(exposure: &[u64]) -> f64 {
    let shown = exposure.iter().filter(|count| **count > 0).count();
    if exposure.is_empty() { 0.0 } else { shown as f64 / exposure.len() as f64 }
}

/// The Gini coefficient of how often items are shown: Σ (2i − n − 1) x_i / (n Σ x_i), where x_1 ≤ …
/// ≤ x_n are the counts of all n items. 0 if all are shown alike, 1 − 1/n if one takes all. 0 if nothing
/// is shown.
pub fn gini(exposure: &[u64]) -> f64 {
    let mut counts = exposure.to_vec();
    counts.sort_unstable();
    let n = counts.len() as f64;
    let sum = counts.iter().sum::<u64>() as f64;
    let weighted: f64 =
        counts.iter().zip(1..).map(|(&x, i)| (2.0 * f64::from(i) - n - 1.0) * x as f64).sum();
    if sum > 0.0 { weighted / (n * sum) } else { 0.0 }
}

/// The mean of `values` over the first `k` of a list of items; NaN of an empty list.
pub(crate) fn mean_of_list(list: impl ExactSizeIterator<Item = f64>, k: usize) -> f64 {
    let len = list.len().min(k);
    list.take(k).sum::<f64>() / len as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposure_is_counted_up_to_each_cut_off() {
        let exposure = Exposure::new(vec![3, 1, 3], 4);
        let lists: [&[u32]; 3] = [&[0, 1, 2, 3], &[0, 2], &[]];
        lists.iter().for_each(|list| exposure.add(list.iter().map(|&item| ItemId(item))));
        assert_eq!(exposure.at(1), [2, 0, 0, 0]);
        assert_eq!(exposure.at(3), [2, 1, 2, 0]);
        assert_eq!((coverage(&exposure.at(1)), coverage(&exposure.at(3))), (0.25, 0.75));
    }

    #[test]
    fn gini_of_extremes() {
        assert_eq!(gini(&[5, 5, 5]), 0.0);
        assert_eq!(gini(&[0, 0, 0, 9]), 0.75);
        assert_eq!((gini(&[0, 0]), gini(&[])), (0.0, 0.0));
        // By the other definition: Σ |x − y| / (2 n² mean).
        let x: [u64; 4] = [1, 5, 2, 8];
        let apart: u64 = x.iter().flat_map(|a| x.iter().map(|b| a.abs_diff(*b))).sum();
        assert!((gini(&x) - apart as f64 / (2.0 * 16.0 * 4.0)).abs() < 1e-15);
    }

    #[test]
    fn means_of_lists() {
        assert_eq!(mean_of_list([1.0, 2.0, 6.0].into_iter(), 2), 1.5);
        assert_eq!(mean_of_list([1.0, 2.0, 6.0].into_iter(), 9), 3.0);
        assert!(mean_of_list([].into_iter(), 9).is_nan());
    }
}
