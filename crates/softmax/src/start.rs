//! What a training starts from: the first singular vectors of the scaled matrix.
//!
//! ```text
//! X̃ = D_u^-½ X D_i^-½, of 0 and 1 divided by the roots of the users' and the items' counts
//! V ← orthonormal (X̃ᵀ X̃ V), from normal rows, some times over       (block power iterations)
//! v̂_i = row i of V, of length 1        û_u = Σ of the v̂ of the user's items, of length 1
//! ```
//!
//! From here a training needs a third of the epochs that it needs from normal rows, and ends higher: the
//! steps find details where the directions are right already. See the README for figures.

use crate::rows::{add, normalise, put_rows, rows_of};
use foretaste_data::{Interactions, Side};
use foretaste_kernels::{LANES, Lanes, symmetric};
use foretaste_mf::Factors;
use foretaste_model::WarmStart;
use rayon::prelude::*;

/// Times that V is multiplied: the directions need not be exact.
const TIMES: u32 = 6;
/// Rows that are summed to a part of a Gram matrix.
const CHUNK: usize = 4096;
/// What is added to its diagonal, by its mean: so that it is never singular.
const RIDGE: f64 = 1e-9;

/// Replaces random rows, where there are pairs that say more.
pub(crate) fn spectral(data: &Interactions, factors: &mut Factors) {
    let (lanes, width) = (factors.items.lanes(), factors.items.widths()[0]);
    let (by_user, by_item) = (Side::of_users(data), Side::of_items(data));
    let random = rows_of(&factors.items);
    let [of_users, of_items] = [&by_user, &by_item].map(inverse_roots);
    let mut items = random.clone();
    for _ in 0..TIMES {
        let users = product(&by_user, (&items, lanes), (&of_users, &of_items));
        items = product(&by_item, (&users, lanes), (&of_items, &of_users));
        orthonormalise(&mut items, lanes, width);
    }
    settle(&mut items, &random, lanes);
    put_rows(&items, &mut factors.items);
    users_from(&by_user, &items, factors);
}

/// Keeps the rows that an earlier model had, and adds others in their terms: a new item is the sum of
/// its users who were known, and a new user of their items.
pub(crate) fn carried(
    data: &Interactions,
    warm: &WarmStart,
    factors: &mut Factors,
) -> Result<(), foretaste_mf::Error> {
    factors.carry(warm, 1)?;
    let lanes = factors.items.lanes();
    let (by_user, by_item) = (Side::of_users(data), Side::of_items(data));
    let (random, mut users) = (rows_of(&factors.items), rows_of(&factors.users));
    let forget = |rows: &mut [Lanes], known: &[Option<u32>]| {
        for (row, known) in rows.chunks_exact_mut(lanes).zip(known) {
            if known.is_none() {
                row.fill([0.0; LANES]);
            }
            normalise(row);
        }
    };
    forget(&mut users, warm.users());
    let from_users = sums(&by_item, &users, lanes);
    let mut items = random.clone();
    for ((row, sum), known) in
        items.chunks_exact_mut(lanes).zip(from_users.chunks_exact(lanes)).zip(warm.items())
    {
        if known.is_none() {
            row.copy_from_slice(sum);
        }
    }
    settle(&mut items, &random, lanes);
    put_rows(&items, &mut factors.items);
    let kept = users;
    users_from(&by_user, &items, factors);
    for (user, row) in kept.chunks_exact(lanes).enumerate() {
        if warm.users()[user].is_some() {
            let width = factors.users.widths()[0];
            factors.users.set(user, 0, &row.as_flattened()[..width]);
        }
    }
    Ok(())
}

/// 1/√count of each row; 0 where there is none.
fn inverse_roots(side: &Side) -> Vec<f32> {
    let root = |count: usize| if count == 0 { 0.0 } else { 1.0 / (count as f32).sqrt() };
    (0..side.rows()).map(|row| root(side.columns(row).len())).collect()
}

/// Row by row, Σ of the other side's rows, scaled on both sides.
fn product(
    side: &Side,
    (rows, lanes): (&[Lanes], usize),
    (own, others): (&[f32], &[f32]),
) -> Vec<Lanes> {
    let mut out = vec![[0.0; LANES]; side.rows() * lanes];
    out.par_chunks_mut(lanes).enumerate().for_each(|(row, out)| {
        for &column in side.columns(row) {
            let column = column as usize;
            add(out, own[row] * others[column], &rows[column * lanes..(column + 1) * lanes]);
        }
    });
    out
}

/// [`product`] without scales.
fn sums(side: &Side, rows: &[Lanes], lanes: usize) -> Vec<Lanes> {
    let columns = rows.len() / lanes;
    product(side, (rows, lanes), (&vec![1.0; side.rows()], &vec![1.0; columns]))
}

/// Rows of length 1; where a row has no direction, its random one.
fn settle(rows: &mut [Lanes], random: &[Lanes], lanes: usize) {
    for (row, random) in rows.chunks_exact_mut(lanes).zip(random.chunks_exact(lanes)) {
        if !normalise(row) {
            row.copy_from_slice(random);
            normalise(row);
        }
    }
}

fn users_from(by_user: &Side, items: &[Lanes], factors: &mut Factors) {
    let lanes = factors.users.lanes();
    let mut users = sums(by_user, items, lanes);
    settle(&mut users, &rows_of(&factors.users), lanes);
    put_rows(&users, &mut factors.users);
}

/// Makes the columns orthonormal: V ← V R⁻¹ with RᵀR = VᵀV. Columns that depend on others become short.
fn orthonormalise(rows: &mut [Lanes], lanes: usize, width: usize) {
    let of_chunk = |rows: &[Lanes]| {
        let mut gram = vec![0.0; width * width];
        let numbers = rows.chunks_exact(lanes).flat_map(|row| &row.as_flattened()[..width]);
        let numbers: Vec<f64> = numbers.map(|&x| f64::from(x)).collect();
        symmetric::add_products(&mut gram, width, &numbers, 1.0);
        gram
    };
    let mut gram = vec![0.0; width * width];
    // So many at once that they take 32 MiB at most, or one alone.
    let at_once = ((1 << 22) / (width * width)).clamp(1, 16);
    for rows in rows.chunks(at_once * CHUNK * lanes) {
        for part in rows.par_chunks(CHUNK * lanes).map(of_chunk).collect::<Vec<_>>() {
            gram.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
    let mean = (0..width).map(|n| gram[n * width + n]).sum::<f64>() / width as f64;
    (0..width).for_each(|n| gram[n * width + n] += RIDGE * mean);
    if !symmetric::factor(&mut gram, width) {
        // Nothing but zeros: as good as any.
        return;
    }
    rows.par_chunks_mut(lanes).for_each(|row| {
        let row = &mut row.as_flattened_mut()[..width];
        let mut solved: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
        // x R = row, forwards.
        for n in 0..width {
            solved[n] /= gram[n * width + n];
            let (done, rest) = solved.split_at_mut(n + 1);
            let of_row = &gram[n * width + n + 1..(n + 1) * width];
            rest.iter_mut().zip(of_row).for_each(|(x, r)| *x -= done[n] * r);
        }
        row.iter_mut().zip(solved).for_each(|(x, solved)| *x = solved as f32);
    });
}

#[cfg(test)]
mod tests;
