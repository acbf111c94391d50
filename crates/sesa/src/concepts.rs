//! What the dimensions are, and what is known of items in them.
//!
//! ```text
//! v_i    the item's own tags, 1 each, scaled to length 1
//! y_i    Σ of its users: what their other items have on average; times ln (items / items of the tag)
//! v'_i   own tags at 1 and the first of y_i at y / max y, scaled to length 1; for items that somebody has
//! ```

use crate::Params;
use foretaste_data::{Dataset, Interactions, ItemId, Side, UserId};
use foretaste_mf::Error;
use foretaste_mf::dense::{Matrix, add, unit};
use foretaste_model::Concern;
use rayon::prelude::*;

/// A dimension that an item has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) tag: u32,
    /// v, 0 where the tag is inferred.
    pub(crate) own: f32,
    /// v'.
    pub(crate) all: f32,
}

/// The dimensions of a training.
#[derive(Clone, Debug)]
pub(crate) struct Concepts {
    /// What they are called, by bytes.
    pub(crate) names: Vec<String>,
    /// Tags that are no dimension.
    pub(crate) left_out: usize,
    /// Where the entries of each item are, one more than there are items.
    pub(crate) starts: Vec<usize>,
    pub(crate) entries: Vec<Entry>,
    /// Of how many items that have any tag each is one.
    pub(crate) rates: Vec<f32>,
    /// ln (items / items of the tag) of each.
    pub(crate) rarity: Vec<f32>,
    /// Vectors of length 1, a row each, and whose they are.
    pub(crate) vectors: Matrix,
    places: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Concepts {
    /// Those of a data set.
    ///
    /// # Errors
    /// [`Error::Method`] if there are no tags of items, or none that enough items have.
    pub(crate) fn of(data: &Dataset, params: &Params) -> Result<Self, Error> {
        let Some(tags) = data.item_features().tags().filter(|tags| !tags.names().is_empty()) else {
            let help = "--item-tags FILE has them: rows of an item and a tag";
            return Err(refused("there are no tags of items".to_owned(), help));
        };
        let counts = tags.counts();
        let chosen = chosen(&counts, params);
        if chosen.is_empty() {
            let most = counts.iter().max().copied().unwrap_or(0);
            let message = format!(
                "no tag is of {} items: the most frequent one is of {most}",
                params.min_items
            );
            return Err(refused(message, "give a smaller min_items"));
        }
        let items = data.items().len();
        let mut dimension = vec![NONE; counts.len()];
        chosen.iter().zip(0..).for_each(|(&tag, n)| dimension[tag as usize] = n);
        let own = |item: usize| -> Vec<u32> {
            let known = tags.of(item).iter().map(|&tag| dimension[tag as usize]);
            known.filter(|&n| n != NONE).collect()
        };
        let own: Vec<Vec<u32>> = (0..items).map(own).collect();
        let tagged = own.iter().filter(|own| !own.is_empty()).count() as f32;
        let count = |&tag: &u32| counts[tag as usize] as f32;
        let (places, vectors) = vectors(data);
        let mut concepts = Self {
            names: chosen.iter().map(|&tag| tags.names()[tag as usize].clone()).collect(),
            left_out: counts.len() - chosen.len(),
            starts: vec![0],
            entries: Vec::new(),
            rates: chosen.iter().map(|tag| count(tag) / tagged).collect(),
            // One more, so that a tag of all items says something.
            rarity: chosen.iter().map(|tag| libm::logf(1.0 + tagged / count(tag))).collect(),
            vectors,
            places,
        };
        let inferred = concepts.inferred(data.interactions(), &own, params.inferred);
        for (own, inferred) in own.iter().zip(inferred) {
            concepts.entries.extend(entries(own, &inferred));
            concepts.starts.push(concepts.entries.len());
        }
        Ok(concepts)
    }

    /// Number of dimensions.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Where the entries of an item are.
    pub(crate) fn of_item(&self, item: usize) -> std::ops::Range<usize> {
        self.starts[item]..self.starts[item + 1]
    }

    /// Which row of the vectors is an item's.
    pub(crate) fn vector_of(&self, item: usize) -> Option<u32> {
        Some(self.places[item]).filter(|&place| place != NONE)
    }

    /// Items without a tag of their own that is a dimension.
    pub(crate) fn without_tags(&self) -> usize {
        let has = |bounds: &[usize]| {
            self.entries[bounds[0]..bounds[1]].iter().any(|entry| entry.own > 0.0)
        };
        self.starts.windows(2).filter(|bounds| !has(bounds)).count()
    }

    /// The first `most` of y_i, with y / max y.
    fn inferred(
        &self,
        pairs: &Interactions,
        own: &[Vec<u32>],
        most: usize,
    ) -> Vec<Vec<(u32, f32)>> {
        if most == 0 {
            return vec![Vec::new(); own.len()];
        }
        let weight = |tags: &[u32]| 1.0 / (tags.len().max(1) as f32).sqrt();
        let mut profiles = Matrix::zeros(pairs.n_users(), self.len());
        let lanes = profiles.lanes();
        profiles.all_mut().par_chunks_mut(lanes).enumerate().for_each(|(user, row)| {
            let row = row.as_flattened_mut();
            for ItemId(item) in pairs.row(UserId(user as u32)) {
                let tags = &own[*item as usize];
                tags.iter().for_each(|&tag| row[tag as usize] += weight(tags));
            }
        });
        let side = Side::of_items(pairs);
        let of_item = |item: usize| {
            let mut sums = Matrix::zeros(1, self.len());
            for &user in side.columns(item) {
                let others = pairs.row(UserId(user)).len() - 1;
                if others > 0 {
                    let share = 1.0 / others as f32;
                    add(sums.row_mut(0), share, profiles.row(user as usize));
                    let sums = sums.values_mut(0);
                    let tags = &own[item];
                    tags.iter().for_each(|&tag| sums[tag as usize] -= share * weight(tags));
                }
            }
            let each = (0..).zip(sums.values(0)).zip(&self.rarity);
            let mut found: Vec<(u32, f32)> = each.map(|((tag, x), rare)| (tag, x * rare)).collect();
            let top = found.iter().fold(0.0, |top: f32, (_, x)| top.max(*x));
            // What is left of a sum that was taken off again is rounding.
            found.retain(|(tag, x)| *x > 1e-3 * top && own[item].binary_search(tag).is_err());
            found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            found.truncate(most);
            found.iter_mut().for_each(|(_, x)| *x /= top);
            found
        };
        (0..own.len()).into_par_iter().map(of_item).collect()
    }
}

/// The tags that are dimensions, ascending.
fn chosen(counts: &[u32], params: &Params) -> Vec<u32> {
    let mut chosen: Vec<u32> =
        (0..counts.len() as u32).filter(|&tag| counts[tag as usize] >= params.min_items).collect();
    chosen.sort_by_key(|&tag| (std::cmp::Reverse(counts[tag as usize]), tag));
    chosen.truncate(params.max_tags);
    chosen.sort_unstable();
    chosen
}

/// An item's entries, ascending by tag.
fn entries(own: &[u32], inferred: &[(u32, f32)]) -> Vec<Entry> {
    let of_own = own.iter().map(|&tag| (tag, 1.0, 1.0));
    let mut all: Vec<_> = of_own.chain(inferred.iter().map(|&(tag, y)| (tag, 0.0, y))).collect();
    all.sort_unstable_by_key(|entry| entry.0);
    let length = all.iter().map(|(_, _, y)| y * y).sum::<f32>().sqrt();
    let own_length = (own.len() as f32).sqrt().max(1.0);
    let entry =
        |(tag, own, all): (u32, f32, f32)| Entry { tag, own: own / own_length, all: all / length };
    all.into_iter().map(entry).collect()
}

/// The vectors of items that have a direction.
fn vectors(data: &Dataset) -> (Vec<u32>, Matrix) {
    let mut places = vec![NONE; data.items().len()];
    let Some(vectors) = data.item_features().vectors() else {
        return (places, Matrix::zeros(0, 1));
    };
    let (width, mut values) = (vectors.width(), Vec::new());
    for (item, vector) in vectors.iter() {
        if let Some(vector) = unit(vector) {
            places[item] = (values.len() / width) as u32;
            values.extend(vector);
        }
    }
    let mut rows = Matrix::zeros(values.len() / width, width);
    rows.fill(&values);
    (places, rows)
}

fn refused(message: String, help: &str) -> Error {
    Error::Method { concern: Concern::Data, message, help: Some(help.to_owned()) }
}

#[cfg(test)]
mod tests;
