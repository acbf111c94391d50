//! What users have had that is no positive feedback, such as films that they rated low.

use crate::dataset::check_shape;
use crate::{Dataset, Error, Interactions, Pair, UserId, align};

impl Dataset {
    /// Pairs over the same ids that were seen and are not positive; `None` if there are none.
    ///
    /// Nothing learns from them: they are there to be left out of lists. No pair of the target is
    /// among them, and no user or item is here because of them.
    pub fn not_positive(&self) -> Option<&Interactions> {
        self.not_positive.as_ref()
    }

    /// The data set with the target's pairs of `rows` as those that were seen and are not positive,
    /// instead of what it had as such. Pairs of users or items that it does not know are left out,
    /// and those that are positive; returns the number of the former.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if there are more ids than 32 bits count.
    ///
    /// ```
    /// use foretaste_data::{Dataset, IdTable, Interactions, ItemId};
    ///
    /// # fn main() -> Result<(), foretaste_data::Error> {
    /// let of_ann = |items: &[&str]| {
    ///     let (users, items) = (IdTable::from_text(["ann"]), IdTable::from_text(items));
    ///     let all = (0..items.len() as u32).map(ItemId).collect();
    ///     let matrix = Interactions::from_rows(vec![0, items.len()], all, items.len())?;
    ///     Dataset::new(users, items, matrix)
    /// };
    /// let (data, unknown) =
    ///     of_ann(&["tea", "jam"])?.with_not_positive(&of_ann(&["tea", "oil"])?)?;
    /// assert_eq!((data.not_positive(), unknown), (None, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_not_positive(self, rows: &Self) -> Result<(Self, usize), Error> {
        let found = align(rows, &self.users, &self.items)?;
        let unknown = found.rows_lost();
        Ok((self.seen_with(Some(found.interactions)), unknown))
    }

    /// The data set with these pairs, over the same ids, as those that were seen and are not
    /// positive; without the pairs of the target.
    ///
    /// # Errors
    /// [`Error::Shape`] if they are over other numbers of ids.
    pub fn with_not_positive_pairs(self, pairs: Option<Interactions>) -> Result<Self, Error> {
        pairs.iter().try_for_each(|pairs| check_shape(&self.users, &self.items, pairs))?;
        Ok(self.seen_with(pairs))
    }

    /// [`Dataset::with_not_positive_pairs`] of the right shape.
    pub(crate) fn seen_with(self, pairs: Option<Interactions>) -> Self {
        let not_positive = pairs.map(|pairs| pairs.without(&self.interactions));
        Self { not_positive: not_positive.filter(|pairs| pairs.nnz() > 0), ..self }
    }

    /// The pairs of all feedbacks beside the target, over the same ids, each once, without weights and
    /// times; `None` if there is no other feedback.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if there are more pairs than 32 bits count.
    pub fn of_others(&self) -> Result<Option<Self>, Error> {
        if self.others.is_empty() {
            return Ok(None);
        }
        let mut rows = crate::Coordinates::default();
        for Pair { user, item, .. } in
            self.others.iter().flat_map(|other| other.interactions.pairs())
        {
            rows.users.push(user);
            rows.items.push(item);
        }
        let (pairs, _) = Interactions::from_coordinates(rows, self.users.len(), self.items.len())?;
        Ok(Some(Self { target: None, ..self.alone(pairs) }))
    }
}

impl Interactions {
    /// The pairs that `other` lacks, which has rows for the same users.
    fn without(self, other: &Self) -> Self {
        self.by_presence(other, false)
    }

    /// The pairs that `other` has, too, which has rows for the same users; their weights and times stay.
    #[must_use]
    pub fn within(self, other: &Self) -> Self {
        self.by_presence(other, true)
    }

    fn by_presence(self, other: &Self, present: bool) -> Self {
        let mut keep = Vec::with_capacity(self.nnz());
        for user in (0..self.n_users() as u32).map(UserId) {
            let mut known = other.row(user);
            for item in self.row(user) {
                known = &known[known.partition_point(|other| other < item)..];
                keep.push((known.first() == Some(item)) == present);
            }
        }
        if keep.iter().all(|&keep| keep) { self } else { self.select(|at| keep[at]) }
    }
}

#[cfg(test)]
mod tests;
