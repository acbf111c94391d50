//! Data for the benches: interactions of the shapes of public data sets, generated.

use foretaste::data::{Error, Interactions, ItemId, UserId};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Users, items and interactions of a data set.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The data set that has this shape.
    pub name: &'static str,
    /// Number of users.
    pub users: usize,
    /// Number of items.
    pub items: usize,
    /// Number of interactions, about.
    pub interactions: usize,
}

/// MovieLens 100K.
pub const ML_100K: Shape =
    Shape { name: "ml-100k", users: 943, items: 1_682, interactions: 100_000 };
/// MovieLens 1M.
pub const ML_1M: Shape =
    Shape { name: "ml-1m", users: 6_040, items: 3_706, interactions: 1_000_209 };
/// MovieLens 20M.
pub const ML_20M: Shape =
    Shape { name: "ml-20m", users: 138_493, items: 26_744, interactions: 20_000_263 };

/// How a program ends: with 2 and its error on stderr, if it has one.
pub fn exit_code<E: Display>(ran: Result<(), E>) -> ExitCode {
    let Err(error) = ran else { return ExitCode::SUCCESS };
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr(), "error: {error}");
    ExitCode::from(2)
}

/// The pairs of `all` that are not in `some`, which has rows for the same users.
///
/// # Errors
/// As for [`Interactions::from_rows`].
pub fn without(all: &Interactions, some: &Interactions) -> Result<Interactions, Error> {
    let (mut starts, mut items) = (vec![0], Vec::new());
    for user in (0..all.n_users() as u32).map(UserId) {
        items.extend(all.row(user).iter().filter(|item| !some.contains(user, **item)));
        starts.push(items.len());
    }
    Interactions::from_rows(starts, items, all.n_items())
}

/// Interactions of a shape: users' activity and items' popularity are long-tailed, taste is not
/// modelled. The same shape gives the same interactions.
pub fn generate(shape: Shape) -> Interactions {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(20_240_601);
    let mean = shape.interactions as f64 / shape.users as f64;
    let (mut starts, mut items) = (vec![0], Vec::with_capacity(shape.interactions));
    let mut row = Vec::new();
    for _ in 0..shape.users {
        // Exponential activity with a floor: mean 1.
        let activity = 0.15 + 0.85 * -(1.0 - rng.random::<f64>()).ln();
        let wanted = ((mean * activity) as usize).clamp(1, shape.items / 2);
        row.clear();
        while row.len() < wanted {
            let missing = wanted - row.len();
            row.extend((0..missing).map(|_| {
                // Density falls as the square root of the rank: item = n · u².
                let u: f64 = rng.random();
                ItemId((u * u * shape.items as f64) as u32)
            }));
            row.sort_unstable();
            row.dedup();
        }
        items.extend_from_slice(&row);
        starts.push(items.len());
    }
    Interactions::from_rows(starts, items, shape.items).expect("rows are sorted and distinct")
}

/// The interactions as a csv file with a header and MovieLens' columns.
pub fn csv(data: &Interactions) -> Vec<u8> {
    let mut text = b"userId,movieId,rating,timestamp\n".to_vec();
    for pair in data.pairs() {
        let (user, item) = (pair.user.0 + 1, pair.item.0 * 4 + 1);
        let line = format!("{user},{item},4.0,{}\n", 1_000_000_000 + u64::from(item));
        text.extend_from_slice(line.as_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_data_has_its_shape() {
        let data = generate(ML_100K);
        assert_eq!((data.n_users(), data.n_items()), (943, 1_682));
        assert!(data.nnz().abs_diff(100_000) < 10_000, "{}", data.nnz());
        assert_eq!(csv(&data).iter().filter(|&&b| b == b'\n').count(), data.nnz() + 1);
    }
}
