//! What is known of users or items beside their interactions: vectors and tags.

use std::collections::BTreeMap;

use crate::dataset::Ranks;
use crate::interactions::check_size;
use crate::{Error, IdTable};

/// What is known of the users, or of the items, of a data set, by their indices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    pub(crate) vectors: Option<Vectors>,
    pub(crate) tags: Option<Tags>,
}

impl Features {
    /// The vectors, if there are any.
    pub fn vectors(&self) -> Option<&Vectors> {
        self.vectors.as_ref()
    }

    /// The tags, if there are any.
    pub fn tags(&self) -> Option<&Tags> {
        self.tags.as_ref()
    }

    /// Whether there are neither vectors nor tags.
    pub fn is_empty(&self) -> bool {
        self.vectors.is_none() && self.tags.is_none()
    }

    /// Whether anything is known of one.
    pub fn has(&self, index: usize) -> bool {
        self.vectors.as_ref().is_some_and(|vectors| vectors.get(index).is_some())
            || self.tags.as_ref().is_some_and(|tags| !tags.of(index).is_empty())
    }

    /// Takes what `other` has, over the same ids.
    pub(crate) fn replace(&mut self, other: Self) {
        self.vectors = other.vectors.or(self.vectors.take());
        self.tags = other.tags.or(self.tags.take());
    }

    pub(crate) fn onto(&self, ranks: &Ranks, len: usize) -> Self {
        Self {
            vectors: self.vectors.as_ref().map(|vectors| vectors.onto(ranks, len)),
            tags: self.tags.as_ref().map(|tags| tags.onto(ranks, len)),
        }
    }
}

/// A vector for some of the users or items of a data set, all of one width; of finite numbers.
///
/// Memory: 4 B an id, and 4 B a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    pub(crate) width: usize,
    /// Of each id, which of the vectors is its own, or [`NONE`].
    places: Vec<u32>,
    /// One vector after the other, by index.
    pub(crate) values: Vec<f32>,
}

const NONE: u32 = u32::MAX;

impl Vectors {
    /// How long each vector is; at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of ids, with and without a vector.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Number of ids that have a vector.
    pub fn known(&self) -> usize {
        self.values.len() / self.width
    }

    /// The vector of one; `None` if it has none.
    pub fn get(&self, index: usize) -> Option<&[f32]> {
        let place = *self.places.get(index).filter(|&&place| place != NONE)? as usize;
        Some(&self.values[place * self.width..(place + 1) * self.width])
    }

    /// All vectors with the indices of their ids, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        (0..self.len()).filter_map(|index| Some((index, self.get(index)?)))
    }

    fn onto(&self, ranks: &Ranks, len: usize) -> Self {
        let mut from = vec![None; len];
        for (old, new) in ranks.iter() {
            from[new] = self.get(old);
        }
        let (mut places, mut values) = (vec![NONE; len], Vec::with_capacity(self.values.len()));
        for (place, vector) in places.iter_mut().zip(&from) {
            if let Some(vector) = vector {
                *place = (values.len() / self.width) as u32;
                values.extend_from_slice(vector);
            }
        }
        Self { width: self.width, places, values }
    }
}

/// Named tags of some of the users or items of a data set; each tag is at least one's.
///
/// Memory: 8 B an id, 4 B a tag of one, and the names.
#[derive(Clone, Debug, PartialEq)]
pub struct Tags {
    pub(crate) names: Vec<String>,
    pub(crate) starts: Vec<usize>,
    pub(crate) tags: Vec<u32>,
}

impl Tags {
    /// What the tags are called, by bytes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of ids, with and without tags.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tags of one, ascending, as places in [`Tags::names`]; none past the end.
    pub fn of(&self, index: usize) -> &[u32] {
        let bounds = self.starts.get(index).zip(self.starts.get(index + 1));
        bounds.map_or(&[], |(&start, &end)| &self.tags[start..end])
    }

    /// Number of ids that have a tag.
    pub fn known(&self) -> usize {
        self.starts.windows(2).filter(|bounds| bounds[0] < bounds[1]).count()
    }

    /// How many have each tag.
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.names.len()];
        self.tags.iter().for_each(|&tag| counts[tag as usize] += 1);
        counts
    }

    fn onto(&self, ranks: &Ranks, len: usize) -> Self {
        let mut from = vec![&[][..]; len];
        for (old, new) in ranks.iter() {
            from[new] = self.of(old);
        }
        let mut used = vec![false; self.names.len()];
        from.iter().copied().flatten().for_each(|&tag| used[tag as usize] = true);
        // Names that are left keep their order, and so do the tags of each.
        let new_tag: Vec<u32> = (used.iter())
            .scan(0, |next, &used| {
                *next += u32::from(used);
                Some(*next - u32::from(used))
            })
            .collect();
        let names = self.names.iter().zip(&used).filter(|(_, used)| **used);
        let (mut starts, mut tags) = (vec![0], Vec::with_capacity(self.tags.len()));
        for of_one in from {
            tags.extend(of_one.iter().map(|&tag| new_tag[tag as usize]));
            starts.push(tags.len());
        }
        Self { names: names.map(|(name, _)| name.clone()).collect(), starts, tags }
    }
}

/// Features with ids of their own, to be added to a data set:
/// [`Dataset::with_item_features`](crate::Dataset::with_item_features).
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureTable {
    ids: IdTable,
    features: Features,
}

impl FeatureTable {
    /// Vectors, one after the other in the order of `ids`: `ids.len()` × `width` numbers.
    ///
    /// # Errors
    /// [`Error::Width`] if there are not so many numbers, or `width` is 0; [`Error::NotFinite`] and
    /// [`Error::RepeatedId`] naming the first such row.
    pub fn of_vectors<S: AsRef<str>>(
        ids: &[S],
        width: usize,
        values: &[f32],
    ) -> Result<Self, Error> {
        let (values_len, rows) = (values.len(), ids.len());
        check_size("vectors", rows)?;
        if width == 0 || rows.checked_mul(width) != Some(values_len) {
            return Err(Error::Width { values: values_len, rows, width });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let (row, column, value) = (at / width, at % width, values[at]);
            return Err(Error::NotFinite { row, column, value });
        }
        let table = IdTable::from_text(ids.iter().map(AsRef::as_ref));
        let mut of_id = vec![NONE; table.len()];
        for (row, id) in ids.iter().enumerate() {
            let index = table.index_of(id.as_ref()).expect("the table is made of these ids");
            let first = std::mem::replace(&mut of_id[index as usize], row as u32);
            if first != NONE {
                let (id, first) = (id.as_ref().to_owned(), first as usize);
                return Err(Error::RepeatedId { id, first, row });
            }
        }
        let places = (0..table.len() as u32).collect();
        let rows = of_id.iter().map(|&row| row as usize * width);
        let values = rows.flat_map(|start| &values[start..start + width]).copied().collect();
        let vectors = Some(Vectors { width, places, values });
        Ok(Self { ids: table, features: Features { vectors, tags: None } })
    }

    /// Tags, from rows of an id and a tag in any order; also returns how many rows were repeats.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if there are more ids or tags than 32 bits count.
    pub fn of_tags<S: AsRef<str>>(rows: &[(S, S)]) -> Result<(Self, usize), Error> {
        let ids = IdTable::from_text(rows.iter().map(|(id, _)| id.as_ref()));
        check_size("ids", ids.len())?;
        let mut names: BTreeMap<&str, u32> =
            rows.iter().map(|(_, tag)| (tag.as_ref(), 0)).collect();
        check_size("tags", names.len())?;
        names.values_mut().zip(0..).for_each(|(place, n)| *place = n);
        let place = |(id, tag): &(S, S)| {
            let id = ids.index_of(id.as_ref()).expect("the table is made of these ids");
            (id, names[tag.as_ref()])
        };
        let mut pairs: Vec<(u32, u32)> = rows.iter().map(place).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; ids.len() + 1];
        pairs.iter().for_each(|&(id, _)| starts[id as usize + 1] += 1);
        (0..ids.len()).for_each(|id| starts[id + 1] += starts[id]);
        let repeats = rows.len() - pairs.len();
        let names = names.into_keys().map(str::to_owned).collect();
        let tags =
            Some(Tags { names, starts, tags: pairs.into_iter().map(|(_, tag)| tag).collect() });
        Ok((Self { ids, features: Features { vectors: None, tags } }, repeats))
    }

    /// The ids that the table has.
    pub fn ids(&self) -> &IdTable {
        &self.ids
    }

    /// What is known of them, in the order of the ids.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The features by the indices of a table that has all the ids.
    pub(crate) fn onto(&self, ids: &IdTable) -> Features {
        self.features.onto(&Ranks::new(&self.ids, ids), ids.len())
    }
}

#[cfg(test)]
mod tests;
