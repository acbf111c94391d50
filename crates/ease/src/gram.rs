//! Counts of what rows have in common.

use crate::Triangle;
use foretaste_data::Side;

/// The columns that two rows share, for all pairs of rows, and `ridge` more on the diagonal; `columns`
/// is the other side of `rows`. Counts are exact below 2²⁴.
pub(crate) fn gram((rows, columns): (&Side, &Side), ridge: f32) -> Triangle {
    let mut gram = Triangle::zeros(rows.rows());
    gram.write_rows(|row, counts| {
        for &column in rows.columns(row) {
            let others = columns.columns(column as usize).iter();
            for &other in others.take_while(|other| **other as usize <= row) {
                counts[other as usize] += 1.0;
            }
        }
        counts[row] += ridge;
    });
    gram
}
