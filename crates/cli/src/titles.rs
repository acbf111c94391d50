//! Titles beside ids: that there are some, and how many are missing.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::count;
use foretaste::Recommender;
use foretaste::data::ItemId;
use foretaste::io::Titles;
use std::path::{Path, PathBuf};

/// The titles of a model's items, and the items that were listed.
pub(crate) struct Listing {
    path: PathBuf,
    pub(crate) titles: Titles,
    /// Whether each item was listed.
    listed: Vec<bool>,
}

impl Listing {
    /// Reads a file of titles, if there is one. One that has none for any of the model's items is of
    /// something else.
    pub(crate) fn read(path: Option<&Path>, model: &Recommender) -> Outcome<Option<Self>> {
        let Some(path) = path else { return Ok(None) };
        let titles = input::titles(path)?;
        let items = 0..model.items().len() as u32;
        if !items.clone().any(|item| titles.get(&model.item_name(ItemId(item))).is_some()) {
            let first = titles.iter().next().map_or("", |(id, _)| id);
            let help = format!(
                "ids have to be written alike: there is one \"{first}\" in the file, and in the model \
                 one \"{}\"",
                items.clone().next().map_or(String::new(), |item| model.item_name(ItemId(item))),
            );
            let message =
                format!("{}: there is no title for any item of the model", path.display());
            return Err(Failure::data(message).help(help));
        }
        Ok(Some(Self { path: path.to_owned(), titles, listed: vec![false; items.len()] }))
    }

    pub(crate) fn add(&mut self, items: impl Iterator<Item = ItemId>) {
        items.for_each(|item| self.listed[item.index()] = true);
    }

    /// Says for how many of the listed items there is no title.
    pub(crate) fn note(&self, model: &Recommender, global: &Global) {
        let listed = (0..).map(ItemId).zip(&self.listed).filter(|(_, listed)| **listed);
        let (mut all, mut without) = (0, 0);
        for (item, _) in listed {
            all += 1;
            without += u64::from(self.titles.get(&model.item_name(item)).is_none());
        }
        if without > 0 {
            let (path, items) = (self.path.display(), count(all, "listed item"));
            global.note(format_args!("note: {path}: no title for {without} of {items}"));
        }
    }
}
