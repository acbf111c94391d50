//! What is held out: per user the relevant items that a good list should hold.

use crate::{Error, Ideal};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Pair, UserId, align};

/// The users with at least one relevant test item, with these items, in the model's space.
///
/// Relevant items that the model does not know, and users whom it does not know, are counted:
/// they are misses, and leaving them out would reward a model for knowing less.
///
/// Memory: 4 B a relevant item, 16 B a known user and 4 B another; with grades 16 B a relevant item
/// more.
#[derive(Clone, Debug, PartialEq)]
pub struct TestSet {
    /// The matrix's dimensions.
    shape: (usize, usize),
    users: Vec<UserId>,
    /// Where each user's items start in `items`.
    starts: Vec<usize>,
    items: Vec<ItemId>,
    /// Relevant items of each user that the model does not know.
    unknown_items: Vec<u32>,
    grades: Option<Grades>,
    /// Relevant items of each user whom the model does not know.
    unknown_users: Vec<u32>,
}

/// Gains, where they are not all 1.
#[derive(Clone, Debug, Default, PartialEq)]
struct Grades {
    /// In the order of [`TestSet::items`].
    gains: Vec<f64>,
    /// Each user's gains, descending, with those of unknown items.
    ideal: Vec<f64>,
    /// Where each user's gains start in `ideal`.
    starts: Vec<usize>,
}

/// One user of a [`TestSet`] whom the model knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestUser<'a> {
    /// Who, in the model's space.
    pub user: UserId,
    /// The relevant items that the model knows, ascending.
    pub items: &'a [ItemId],
    /// The gain of each of `items`; `None` if all are 1.
    pub gains: Option<&'a [f64]>,
    /// All relevant items, also those that the model does not know.
    pub ideal: Ideal<'a>,
}

impl TestUser<'_> {
    /// The gain of an item in this user's list: 0 if it is not relevant.
    pub fn gain(&self, item: ItemId) -> f64 {
        match self.items.binary_search(&item) {
            Ok(at) => self.gains.map_or(1.0, |gains| gains[at]),
            Err(_) => 0.0,
        }
    }
}

impl TestSet {
    /// The pairs of `test`, which is in the model's space, each with gain 1.
    ///
    /// `unknown_items` counts, for each row of `test`, the user's relevant items that the model
    /// does not know; empty means none. `unknown_users` counts the relevant items of each user whom
    /// the model does not know: no list, but a user all the same.
    ///
    /// # Errors
    /// [`Error::Size`] if `unknown_items` is neither empty nor of one number per row.
    pub fn binary(
        test: &Interactions,
        unknown_items: &[u32],
        unknown_users: &[u32],
    ) -> Result<Self, Error> {
        let unknown_of = per_row("users with a count of unknown items", unknown_items, test)?;
        let mut set = Self::empty(test, unknown_users);
        for user in (0..test.n_users() as u32).map(UserId) {
            let unknown = unknown_of(user).copied().unwrap_or(0);
            set.push(user, test.row(user), unknown);
        }
        Ok(set)
    }

    /// The pairs of `test`, which is in the model's space, with their weights as gains; a pair
    /// whose weight is not above 0 is not relevant. Weights have to be finite.
    ///
    /// `unknown_gains` holds, for each row of `test`, the gains of the user's test items that the
    /// model does not know; empty means none. `unknown_users` is as for [`TestSet::binary`].
    ///
    /// # Errors
    /// [`Error::Size`] if `unknown_gains` is neither empty nor of one list per row.
    pub fn graded(
        test: &Interactions,
        unknown_gains: &[Vec<f32>],
        unknown_users: &[u32],
    ) -> Result<Self, Error> {
        let unknown_of = per_row("users with gains of unknown items", unknown_gains, test)?;
        let mut set = Self::empty(test, unknown_users);
        let mut grades = Grades { starts: vec![0], ..Grades::default() };
        let mut pairs = test.pairs().filter(|pair| pair.weight > 0.0).peekable();
        for user in (0..test.n_users() as u32).map(UserId) {
            let row: Vec<Pair> =
                std::iter::from_fn(|| pairs.next_if(|pair| pair.user == user)).collect();
            let unknown: Vec<f32> = unknown_of(user).into_iter().flatten().copied().collect();
            let unknown: Vec<f32> = unknown.into_iter().filter(|gain| *gain > 0.0).collect();
            let items: Vec<ItemId> = row.iter().map(|pair| pair.item).collect();
            if set.push(user, &items, unknown.len() as u32) {
                grades.push(row.iter().map(|pair| pair.weight), &unknown);
            }
        }
        set.grades = Some(grades);
        Ok(set)
    }

    /// The pairs of a data set as they were read, each with gain 1, in the model's space: `users` and
    /// `items` are the model's. Of the items only those for which `keep` holds are relevant; it gets
    /// `None` for one that the model does not know.
    ///
    /// # Errors
    /// [`Error::Data`] if there are more pairs than 32 bits count.
    pub fn of_dataset(
        test: &Dataset,
        users: &IdTable,
        items: &IdTable,
        keep: impl Fn(Option<ItemId>) -> bool,
    ) -> Result<Self, Error> {
        let known_item = test.items().indices_in(items);
        let kept = |item: &ItemId| keep(known_item[item.index()].map(ItemId));
        let (mut starts, mut kept_items) = (vec![0], Vec::new());
        for user in (0..test.interactions().n_users() as u32).map(UserId) {
            kept_items.extend(test.interactions().row(user).iter().copied().filter(kept));
            starts.push(kept_items.len());
        }
        let kept = Interactions::from_rows(starts, kept_items, test.items().len())?;
        let kept = Dataset::new(test.users().clone(), test.items().clone(), kept)?;
        let aligned = align(&kept, users, items)?;
        let rows = kept.interactions().starts().windows(2).map(|bounds| bounds[1] - bounds[0]);
        let rows = kept.users().indices_in(users).into_iter().zip(rows);
        let unknown: Vec<u32> =
            rows.filter(|(known, _)| known.is_none()).map(|(_, row)| row as u32).collect();
        Self::binary(&aligned.interactions, &aligned.unknown_items_per_user, &unknown)
    }

    fn empty(test: &Interactions, unknown_users: &[u32]) -> Self {
        Self {
            shape: (test.n_users(), test.n_items()),
            users: Vec::new(),
            starts: vec![0],
            items: Vec::new(),
            unknown_items: Vec::new(),
            grades: None,
            unknown_users: unknown_users.iter().copied().filter(|items| *items > 0).collect(),
        }
    }

    /// Adds a user with a relevant item; false, and nothing added, if there is none.
    fn push(&mut self, user: UserId, items: &[ItemId], unknown: u32) -> bool {
        let relevant = !items.is_empty() || unknown > 0;
        if relevant {
            self.users.push(user);
            self.items.extend_from_slice(items);
            self.starts.push(self.items.len());
            self.unknown_items.push(unknown);
        }
        relevant
    }

    /// Number of users with a relevant test item, known to the model or not: what means are
    /// divided by.
    pub fn n_users(&self) -> usize {
        self.users.len() + self.unknown_users.len()
    }

    /// The users whom the model knows, ascending.
    pub fn known_users(&self) -> &[UserId] {
        &self.users
    }

    /// How many relevant items each user has whom the model does not know.
    pub fn unknown_users(&self) -> &[u32] {
        &self.unknown_users
    }

    /// R of each user in the order of an evaluation's rows: those whom the model knows, then the
    /// others.
    pub(crate) fn relevant(&self) -> impl Iterator<Item = usize> + '_ {
        let known = (0..self.users.len()).map(|n| self.known(n).ideal.relevant());
        known.chain(self.unknown_users.iter().map(|&items| items as usize))
    }

    /// Number of relevant (user, item) pairs, known to the model or not.
    pub fn n_relevant(&self) -> usize {
        let unknown = self.unknown_items.iter().chain(&self.unknown_users);
        self.items.len() + unknown.map(|&count| count as usize).sum::<usize>()
    }

    /// Number of relevant pairs of a user whom the model knows and an item that it does not.
    pub(crate) fn n_of_unknown_items(&self) -> usize {
        self.unknown_items.iter().map(|&count| count as usize).sum()
    }

    /// The number of users and of items in the model's space.
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Whether gains are not all 1.
    pub fn is_graded(&self) -> bool {
        self.grades.is_some()
    }

    /// A user; `None` without a relevant test item.
    pub fn of(&self, user: UserId) -> Option<TestUser<'_>> {
        let at = self.users.binary_search(&user).ok()?;
        Some(self.known(at))
    }

    /// The user at position `n` of [`TestSet::known_users`].
    ///
    /// # Panics
    /// If there is no such position.
    pub fn known(&self, n: usize) -> TestUser<'_> {
        let row = self.starts[n]..self.starts[n + 1];
        let items = &self.items[row.clone()];
        let ideal = match &self.grades {
            Some(grades) => Ideal::Graded(&grades.ideal[grades.starts[n]..grades.starts[n + 1]]),
            None => Ideal::Binary(items.len() + self.unknown_items[n] as usize),
        };
        let gains = self.grades.as_ref().map(|grades| &grades.gains[row]);
        TestUser { user: self.users[n], items, gains, ideal }
    }
}

impl Grades {
    fn push(&mut self, gains: impl Iterator<Item = f32>, unknown: &[f32]) {
        let (known, start) = (self.gains.len(), self.ideal.len());
        self.gains.extend(gains.map(f64::from));
        self.ideal.extend_from_slice(&self.gains[known..]);
        self.ideal.extend(unknown.iter().map(|&gain| f64::from(gain)));
        self.ideal[start..].sort_unstable_by(|a, b| b.total_cmp(a));
        self.starts.push(self.ideal.len());
    }
}

/// Access to `values` by row of `test`; no value for any row if they are empty.
fn per_row<'a, T>(
    what: &'static str,
    values: &'a [T],
    test: &Interactions,
) -> Result<impl Fn(UserId) -> Option<&'a T>, Error> {
    if values.is_empty() || values.len() == test.n_users() {
        Ok(move |user: UserId| values.get(user.index()))
    } else {
        Err(Error::Size { what, expected: test.n_users(), found: values.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_data::Keep;

    fn matrix(pairs: &[(u32, u32, f32)]) -> Interactions {
        let pair = |&(user, item, weight): &(u32, u32, f32)| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight,
            time: 0,
        };
        let keep = Keep { weights: true, times: false };
        Interactions::from_pairs(pairs.iter().map(pair).collect(), 4, 5, keep).unwrap().0
    }

    #[test]
    fn users_without_a_relevant_item_are_left_out_and_unknown_items_count() {
        let test = matrix(&[(0, 3, 1.0), (0, 1, 1.0), (3, 0, 1.0)]);
        let set = TestSet::binary(&test, &[0, 0, 2, 1], &[3, 0, 2]).unwrap();
        assert_eq!(set.known_users(), [UserId(0), UserId(2), UserId(3)]);
        assert_eq!((set.n_users(), set.n_relevant()), (5, 11));
        assert_eq!(set.relevant().collect::<Vec<_>>(), [2, 2, 2, 3, 2]);
        assert_eq!(set.known(0).items, [ItemId(1), ItemId(3)]);
        assert_eq!(set.known(0).ideal, Ideal::Binary(2));
        assert_eq!((set.known(1).items.len(), set.known(1).ideal), (0, Ideal::Binary(2)));
        assert_eq!(set.known(2).ideal, Ideal::Binary(2));
        assert_eq!((set.known(2).gain(ItemId(0)), set.known(2).gain(ItemId(1))), (1.0, 0.0));
    }

    #[test]
    fn grades_are_weights_and_those_not_above_0_are_not_relevant() {
        let test = matrix(&[(0, 1, 2.0), (0, 2, 0.0), (0, 4, 5.0), (1, 0, -1.0), (2, 0, 1.0)]);
        let unknown = [vec![3.0, 0.0], vec![], vec![], vec![4.0]];
        let set = TestSet::graded(&test, &unknown, &[]).unwrap();
        assert_eq!(set.known_users(), [UserId(0), UserId(2), UserId(3)]);
        let first = set.known(0);
        assert_eq!(first.ideal, Ideal::Graded(&[5.0, 3.0, 2.0]));
        assert_eq!([1, 2, 4].map(|item| first.gain(ItemId(item))), [2.0, 0.0, 5.0]);
        assert_eq!(set.known(2).ideal, Ideal::Graded(&[4.0]));
        assert_eq!(set.n_relevant(), 5);
    }

    #[test]
    fn counts_of_another_length_are_an_error() {
        let test = matrix(&[(0, 1, 1.0)]);
        let wrong = TestSet::binary(&test, &[1, 2], &[]);
        assert!(matches!(wrong, Err(Error::Size { expected: 4, found: 2, .. })));
    }
}
