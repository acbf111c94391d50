//! Reading files whose ids are dense indices already.

use crate::Result;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::mf::Table;
use rand::Rng;
use std::path::Path;

/// A row of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub user: UserId,
    pub item: ItemId,
    /// Its rating; 1 if there is none.
    pub rating: f32,
}

/// The rows of a csv file with a header, in the order of the file.
pub(crate) fn rows(path: &Path) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_path(path)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let field = |n: usize| record.get(n).unwrap_or_default();
        let rating = record.get(2).map_or(Ok(1.0), str::parse)?;
        let (user, item) = (UserId(field(0).parse()?), ItemId(field(1).parse()?));
        rows.push(Row { user, item, rating });
    }
    Ok(rows)
}

/// Users and items of several files: one more than the largest index.
pub(crate) fn shape(files: &[&[Row]]) -> (usize, usize) {
    let rows = || files.iter().flat_map(|rows| rows.iter());
    let users = rows().map(|row| row.user.index() + 1).max().unwrap_or(0);
    let items = rows().map(|row| row.item.index() + 1).max().unwrap_or(0);
    (users, items)
}

/// The rows as a matrix.
pub(crate) fn matrix(rows: &[Row], (users, items): (usize, usize)) -> Result<Interactions> {
    let mut of_users = vec![Vec::new(); users];
    rows.iter().for_each(|row| of_users[row.user.index()].push(row.item));
    let (mut starts, mut all) = (vec![0], Vec::with_capacity(rows.len()));
    for mut of_user in of_users {
        of_user.sort_unstable();
        of_user.dedup();
        all.append(&mut of_user);
        starts.push(all.len());
    }
    Ok(Interactions::from_rows(starts, all, items)?)
}

/// A table of numbers that are uniform between ±√(6 / (rows + cols)): Glorot and Bengio, AISTATS
/// 2010, of a whole matrix of factors.
pub(crate) fn glorot(rows: usize, cols: usize, rng: &mut impl Rng) -> Table {
    let limit = (6.0 / (rows + cols) as f32).sqrt();
    let numbers: Vec<f32> = (0..rows * cols).map(|_| rng.random_range(-limit..limit)).collect();
    Table::from_rows(cols, &numbers).expect("whole rows")
}
