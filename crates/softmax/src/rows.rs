//! Rows of length 1.

use foretaste_kernels::{LANES, Lanes, dot};
use foretaste_mf::Table;

/// All rows of a table of one channel, padded to whole lanes.
pub(crate) fn rows_of(table: &Table) -> Vec<Lanes> {
    let mut rows = vec![[0.0; LANES]; table.rows() * table.lanes()];
    let (lanes, width) = (table.lanes(), table.widths()[0]);
    let numbers = table.to_rows(0);
    for (row, numbers) in rows.chunks_exact_mut(lanes).zip(numbers.chunks_exact(width)) {
        row.as_flattened_mut()[..width].copy_from_slice(numbers);
    }
    rows
}

/// Puts rows back.
pub(crate) fn put_rows(rows: &[Lanes], table: &mut Table) {
    let width = table.widths()[0];
    for (n, row) in rows.chunks_exact(table.lanes()).enumerate() {
        table.set(n, 0, &row.as_flattened()[..width]);
    }
}

/// Scales a row to length 1; false, and as it is, if it has no direction.
#[inline(always)]
pub(crate) fn normalise(row: &mut [Lanes]) -> bool {
    let square = dot(row, row);
    // Of a row as short as this, the square has lost its digits.
    if !(square > 1e-30 && square.is_finite()) {
        return false;
    }
    let scale = 1.0 / square.sqrt();
    row.iter_mut().flatten().for_each(|x| *x *= scale);
    true
}

/// Adds `weight` · `other`.
#[inline(always)]
pub(crate) fn add(row: &mut [Lanes], weight: f32, other: &[Lanes]) {
    for (row, other) in row.iter_mut().zip(other) {
        for n in 0..LANES {
            row[n] += weight * other[n];
        }
    }
}

/// Takes from `along` its part in the direction of a row of length 1.
#[inline(always)]
pub(crate) fn project(along: &mut [Lanes], row: &[Lanes]) {
    let part = dot(along, row);
    add(along, -part, row);
}

/// The rows of a list of items, cut into panels of so many rows: `panel` is which lanes of a row.
pub(crate) fn gather_panel(
    rows: &[Lanes],
    lanes: usize,
    panel: usize,
    items: &[u32],
    out: &mut [Lanes],
) {
    for (out, &item) in out.iter_mut().zip(items) {
        *out = rows[item as usize * lanes + panel];
    }
}

/// Up to [`LANES`] rows as a panel of columns: number k of all, one after the other.
pub(crate) fn turn_panel(rows: &[Lanes], lanes: usize, items: &[u32], out: &mut [Lanes]) {
    out.fill([0.0; LANES]);
    for (n, &item) in items.iter().enumerate() {
        let row = &rows[item as usize * lanes..(item as usize + 1) * lanes];
        for (out, number) in out.iter_mut().zip(row.as_flattened()) {
            out[n] = *number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_direction_stays() {
        let mut rows = [[[0.0; LANES]; 2], [[1e-20; LANES]; 2], [[f32::MAX; LANES]; 2]];
        let before = rows;
        assert!(rows.iter_mut().all(|row| !normalise(row)));
        assert_eq!(rows, before);
        let mut row = [[3.0; LANES], [-4.0; LANES]];
        assert!(normalise(&mut row));
        assert!((dot(&row, &row) - 1.0).abs() < 1e-6);
        let mut along = [[1.0; LANES], [2.0; LANES]];
        project(&mut along, &row);
        // The rounding of 32 products of about 0.7.
        assert!(dot(&along, &row).abs() < 1e-5);
    }
}
