//! Interactions that gates are learnt on, where none were held out by the caller.

use crate::streams::{Purpose, stream};
use foretaste_data::{Interactions, ItemId};
use foretaste_mf::Error;
use rand::Rng;

/// A share of the interactions at random, and the others. Each user keeps one at least.
///
/// # Errors
/// [`Error::NoData`] if nothing is held out: the share is of too few.
pub(crate) fn hold_out(
    data: &Interactions,
    share: f32,
    seed: u64,
) -> Result<(Interactions, Interactions), Error> {
    let mut rng = stream(seed, Purpose::HeldOut, 0, 0);
    let rows = data.starts().windows(2).map(|bounds| &data.items()[bounds[0]..bounds[1]]);
    let (mut rest, mut held) = (Rows::default(), Rows::default());
    for row in rows {
        let first = rest.items.len();
        for item in row {
            let of = if rng.random::<f32>() < share { &mut held } else { &mut rest };
            of.items.push(*item);
        }
        if rest.items.len() == first && !row.is_empty() {
            rest.items.extend(held.items.pop());
        }
        rest.starts.push(rest.items.len());
        held.starts.push(held.items.len());
    }
    if held.items.is_empty() {
        return Err(Error::NoData { reason: "too few interactions to hold some out for gates" });
    }
    let matrix = |rows: Rows| {
        let starts = std::iter::once(0).chain(rows.starts).collect();
        Interactions::from_rows(starts, rows.items, data.n_items())
            .expect("a part of a matrix is one of its shape")
    };
    Ok((matrix(rest), matrix(held)))
}

/// Rows as they are filled, without the first start.
#[derive(Default)]
struct Rows {
    starts: Vec<usize>,
    items: Vec<ItemId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_data::UserId;

    #[test]
    fn every_pair_is_in_one_part_and_nobody_is_left_without() {
        let starts = (0..=50).map(|user| user * 4).collect();
        let items = (0..50).flat_map(|user| (0..4).map(move |n| ItemId(user % 3 + 3 * n)));
        let data = Interactions::from_rows(starts, items.collect(), 12).unwrap();
        let (rest, held) = hold_out(&data, 0.4, 7).unwrap();
        assert_eq!(rest.nnz() + held.nnz(), data.nnz());
        // Three standard deviations of 200 draws.
        assert!((59..=101).contains(&held.nnz()), "{}", held.nnz());
        for user in (0..50).map(UserId) {
            assert!(!rest.row(user).is_empty());
            let mut both = [rest.row(user), held.row(user)].concat();
            both.sort_unstable();
            assert_eq!(both, data.row(user));
        }
        // Who has nothing takes nothing of those before.
        let some = Interactions::from_rows(vec![0, 3, 3, 4], [1, 2, 5, 7].map(ItemId).to_vec(), 9);
        for seed in 0..20 {
            let parts = hold_out(some.as_ref().unwrap(), 0.5, seed);
            assert!(parts.is_err() || parts.unwrap().0.row(UserId(1)).is_empty());
        }
        assert_ne!(hold_out(&data, 0.4, 8).unwrap().1, held);
        let one = Interactions::from_rows(vec![0, 1], vec![ItemId(0)], 2).unwrap();
        assert!(hold_out(&one, 0.9, 1).is_err());
    }
}
