//! What is known of items beside what people did: columns of a table, to filter by.

use crate::Error;
use foretaste::data::ItemId;
use foretaste::io::{Error as ReadError, read_rows};
use foretaste::{ItemSet, Recommender};
use std::collections::BTreeMap;
use std::path::Path;

/// What stands between several values of a cell.
const BETWEEN: char = '|';

/// Columns by name.
#[derive(Debug)]
pub(crate) struct Attributes {
    columns: BTreeMap<String, Column>,
    /// Rows of items that the model does not know.
    pub(crate) unknown: u64,
    n_items: usize,
}

/// The values of items: which have each, in the order of the words.
#[derive(Debug, Default)]
struct Column {
    words: BTreeMap<Box<str>, Vec<ItemId>>,
    /// The same of words that are numbers, by size.
    numbers: Vec<(f64, ItemId)>,
}

/// Numbers between bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    pub(crate) gt: Option<f64>,
    pub(crate) gte: Option<f64>,
    pub(crate) lt: Option<f64>,
    pub(crate) lte: Option<f64>,
}

impl Bounds {
    fn hold(&self, number: f64) -> bool {
        self.gt.is_none_or(|bound| number > bound)
            && self.gte.is_none_or(|bound| number >= bound)
            && self.lt.is_none_or(|bound| number < bound)
            && self.lte.is_none_or(|bound| number <= bound)
    }
}

impl Attributes {
    /// Reads a table with a header that names the column of items; every other column is an attribute. A cell
    /// may have several values, `Drama|War`, and an item several rows, whose values add up.
    pub(crate) fn read(path: &Path, model: &Recommender) -> Result<Self, Error> {
        let strange =
            |reason: &str| Error::Strange { file: path.into(), reason: reason.to_owned() };
        let mut header: Option<(usize, Vec<String>)> = None;
        let mut columns: Vec<Column> = Vec::new();
        let (mut known, mut unknown) = (0_u64, 0);
        let mut no_items = false;
        read_rows(path, |row| {
            let Some((of_items, names)) = &header else {
                no_items = row.named_columns().1.is_none();
                let names = row.fields.iter().map(|field| field.trim().to_owned()).collect();
                header = Some((row.named_columns().1.unwrap_or(0), names));
                return Ok(());
            };
            columns.resize_with(names.len(), Column::default);
            let Some(item) = row.fields.get(*of_items).and_then(|id| model.item(id)) else {
                unknown += 1;
                return Ok(());
            };
            known += 1;
            for (n, (cell, column)) in row.fields.iter().zip(&mut columns).enumerate() {
                if n != *of_items {
                    cell.split(BETWEEN).for_each(|word| column.add(word.trim(), item));
                }
            }
            Ok::<(), ReadError>(())
        })?;
        let (of_items, names) = header.unwrap_or_default();
        if no_items {
            return Err(strange("the first line names no column of items, e.g. item or movieId"));
        }
        if known == 0 {
            return Err(strange("there is no row of any item of the model"));
        }
        columns.iter_mut().for_each(Column::settle);
        let named = names.into_iter().zip(columns).enumerate();
        let named = named.filter(|(n, (name, _))| *n != of_items && !name.is_empty());
        let columns = named.map(|(_, named)| named).collect();
        Ok(Self { columns, unknown, n_items: model.items().len() })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// The items with a value.
    pub(crate) fn with(&self, name: &str, word: &str) -> ItemSet {
        let column = self.columns.get(name);
        let items = column.and_then(|column| column.words.get(word));
        ItemSet::from_items(self.n_items, items.into_iter().flatten().copied())
    }

    /// The items with any value.
    pub(crate) fn any(&self, name: &str) -> ItemSet {
        let words = self.columns.get(name).into_iter().flat_map(|column| column.words.values());
        ItemSet::from_items(self.n_items, words.flatten().copied())
    }

    /// The items with a number between bounds.
    pub(crate) fn between(&self, name: &str, bounds: &Bounds) -> ItemSet {
        let numbers = self.columns.get(name).map_or(&[][..], |column| &column.numbers);
        let within = numbers.iter().filter(|(number, _)| bounds.hold(*number));
        ItemSet::from_items(self.n_items, within.map(|(_, item)| *item))
    }
}

impl Column {
    fn add(&mut self, word: &str, item: ItemId) {
        if !word.is_empty() {
            match self.words.get_mut(word) {
                Some(items) => items.push(item),
                None => drop(self.words.insert(word.into(), vec![item])),
            }
        }
    }

    fn settle(&mut self) {
        for (word, items) in &mut self.words {
            items.sort_unstable();
            items.dedup();
            items.shrink_to_fit();
            if let Some(number) = number(word) {
                self.numbers.extend(items.iter().map(|item| (number, *item)));
            }
        }
        self.numbers.shrink_to_fit();
    }
}

/// A finite number that is written as one.
fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests;
