//! Blocks of users, or of items, by how many interactions they have.

/// The block of each, from 0: the first has the most frequent. Of `n`, a block has `n / blocks` or one more.
pub(crate) fn by_frequency(counts: &[u32], blocks: usize) -> Vec<u32> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&n| (std::cmp::Reverse(counts[n]), n));
    let mut of = vec![0; counts.len()];
    for (rank, n) in order.into_iter().enumerate() {
        of[n] = (rank as u64 * blocks as u64 / counts.len() as u64) as u32;
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_come_first_and_blocks_are_of_one_size() {
        assert_eq!(by_frequency(&[1, 9, 3, 9, 0], 5), [3, 0, 2, 1, 4]);
        assert_eq!(by_frequency(&[1, 9, 3, 9, 0], 2), [1, 0, 0, 0, 1]);
        // More blocks than there are: one each.
        assert_eq!(by_frequency(&[1, 2], 4), [2, 0]);
        assert!(by_frequency(&[], 3).is_empty());
        let of = by_frequency(&[7; 103], 10);
        let size = |block: u32| of.iter().filter(|&&other| other == block).count();
        assert!((0..10).all(|block| (10..=11).contains(&size(block))));
    }
}
