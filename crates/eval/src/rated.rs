//! Evaluation on items that users rated because they were asked to, not because they chose to.
//!
//! Yahoo! R3 and Coat have such test sets: each user was shown items picked at random and rated them.
//! Judgements are missing completely at random, so the average over them estimates the average over
//! all items without any correction. Only the rated items of a user are ranked, against one another.

use crate::evaluate::check_metrics;
use crate::kind::Needs;
use crate::saito::{dcg_saito, map_saito, recall_saito};
use crate::{Error, Estimator, Evaluation, Ideal, Kind, Metric, auc};
use foretaste_data::{Dataset, IdTable, ItemId, UserId};
use foretaste_model::{Scorer, score_rows};

/// The rated items of users, in the model's space, relevant or not.
///
/// Users and items that the model does not know count: such an item is ranked last, such a user
/// scores 0.
#[derive(Clone, Debug, PartialEq)]
pub struct RatedSet {
    /// The model's users and items.
    shape: (usize, usize),
    users: Vec<UserId>,
    /// Where each user's items start in `items`.
    starts: Vec<usize>,
    items: Vec<ItemId>,
    /// Whether each of `items` is relevant.
    relevant: Vec<bool>,
    /// Irrelevant and relevant items of each user that the model does not know.
    unknown_items: Vec<[u32; 2]>,
    /// Irrelevant and relevant items of each unknown user, those without a relevant one first.
    unknown_users: Vec<[u32; 2]>,
}

/// One user of a [`RatedSet`] whom the model knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatedUser<'a> {
    /// Who, in the model's space.
    pub user: UserId,
    /// The rated items that the model knows, ascending.
    pub items: &'a [ItemId],
    /// Whether each of them is relevant.
    pub relevant: &'a [bool],
    /// How many rated items the model does not know: irrelevant, relevant.
    pub unknown: [u32; 2],
}

impl RatedSet {
    /// The rows of a data set as they were read, with their ratings; `users` and `items` are the
    /// model's.
    ///
    /// `is_relevant` judges a rating. Of the items only those for which `keep` holds are in the set,
    /// such as the rare ones; it gets `None` for one that the model does not know.
    pub fn of_dataset(
        test: &Dataset,
        users: &IdTable,
        items: &IdTable,
        is_relevant: impl Fn(f32) -> bool,
        keep: impl Fn(Option<ItemId>) -> bool,
    ) -> Self {
        let known_user = test.users().indices_in(users);
        let known_item = test.items().indices_in(items);
        let mut rows: Vec<Vec<(Option<ItemId>, bool)>> = vec![Vec::new(); test.users().len()];
        for pair in test.interactions().pairs() {
            let item = known_item[pair.item.index()].map(ItemId);
            if keep(item) {
                rows[pair.user.index()].push((item, is_relevant(pair.weight)));
            }
        }
        let mut set = Self {
            shape: (users.len(), items.len()),
            users: Vec::new(),
            starts: vec![0],
            items: Vec::new(),
            relevant: Vec::new(),
            unknown_items: Vec::new(),
            unknown_users: Vec::new(),
        };
        let mut known = Vec::new();
        for (user, row) in known_user.into_iter().zip(rows).filter(|(_, row)| !row.is_empty()) {
            match user {
                Some(user) => known.push((UserId(user), row)),
                None => {
                    let relevant = row.iter().filter(|row| row.1).count();
                    set.unknown_users.push([row.len() - relevant, relevant].map(|n| n as u32));
                }
            }
        }
        set.unknown_users.sort_by_key(|[_, relevant]| *relevant > 0);
        known.sort_unstable_by_key(|(user, _)| *user);
        known.into_iter().for_each(|(user, row)| set.push(user, row));
        set
    }

    fn push(&mut self, user: UserId, mut row: Vec<(Option<ItemId>, bool)>) {
        row.sort_unstable();
        let mut unknown = [0; 2];
        for (item, is_relevant) in row {
            match item {
                None => unknown[usize::from(is_relevant)] += 1,
                Some(item) => {
                    self.items.push(item);
                    self.relevant.push(is_relevant);
                }
            }
        }
        self.users.push(user);
        self.starts.push(self.items.len());
        self.unknown_items.push(unknown);
    }

    /// Number of users with a rated item, known to the model or not.
    pub fn n_users(&self) -> usize {
        self.users.len() + self.unknown_users()
    }

    /// The users whom the model knows, ascending.
    pub fn known_users(&self) -> &[UserId] {
        &self.users
    }

    /// Number of users whom the model does not know.
    pub fn unknown_users(&self) -> usize {
        self.unknown_users.len()
    }

    /// Number of rated pairs: of all users, of those whom the model does not know, and of the others
    /// with an item that it does not know.
    pub(crate) fn n_pairs(&self) -> [usize; 3] {
        let sum = |counts: &[[u32; 2]]| counts.as_flattened().iter().map(|&n| n as usize).sum();
        let [of_users, of_items] = [&self.unknown_users, &self.unknown_items].map(|c| sum(c));
        [self.items.len() + of_users + of_items, of_users, of_items]
    }

    /// Number of relevant items of the user at a position, known users first.
    fn relevant(&self, at: usize) -> usize {
        if let Some(unknown) = at.checked_sub(self.users.len()) {
            return self.unknown_users[unknown][1] as usize;
        }
        let user = self.known(at);
        user.relevant.iter().filter(|is| **is).count() + user.unknown[1] as usize
    }

    /// The user at position `n` of [`RatedSet::known_users`].
    ///
    /// # Panics
    /// If there is no such position.
    pub fn known(&self, n: usize) -> RatedUser<'_> {
        let row = self.starts[n]..self.starts[n + 1];
        RatedUser {
            user: self.users[n],
            items: &self.items[row.clone()],
            relevant: &self.relevant[row],
            unknown: self.unknown_items[n],
        }
    }
}

/// Ranks the rated items of each user of `test` and computes `metrics` of these rankings.
///
/// Nothing is masked: what was rated at random was not chosen. Ties are broken by item, ascending;
/// a score of NaN ranks last but for items that the model does not know.
///
/// Saito's metrics have a value for each user with a rated item; the other metrics, which say how
/// well relevant items are found, for each with a relevant one (as [`evaluate`](crate::evaluate) has
/// it). AUC of a user all of whose rated items are relevant is ½.
///
/// # Errors
/// [`Error::Size`] if `test` is not of the scorer's users × items; [`Error::NoTestUsers`];
/// [`Error::RepeatedMetric`]; [`Error::Missing`] for a metric that is not of rankings of rated items.
pub fn evaluate_rated(
    scorer: &dyn Scorer,
    test: &RatedSet,
    metrics: &[Metric],
) -> Result<Evaluation, Error> {
    check_metrics(metrics)?;
    for (what, expected, found) in [
        ("users of the test set", scorer.n_users(), test.shape.0),
        ("items of the test set", scorer.n_items(), test.shape.1),
    ] {
        if expected != found {
            return Err(Error::Size { what, expected, found });
        }
    }
    let full = |metric: &&Metric| {
        metric.estimator() != Estimator::Plain
            || matches!(metric.kind().needs(), Needs::Popularity | Needs::Catalogue)
    };
    if let Some(&metric) = metrics.iter().find(full) {
        return Err(Error::Missing { metric, what: "a ranking of all items" });
    }
    if test.n_users() == 0 {
        return Err(Error::NoTestUsers);
    }
    let rows = score_rows(scorer, test.known_users(), |n, scores| {
        let (ranked, auc) = rank(&test.known(n), scores);
        metrics.iter().map(|metric| value(*metric, &ranked, auc)).collect::<Vec<f64>>()
    });
    let unknown = test.unknown_users();
    let users = test.known_users().iter().copied().map(Some);
    let users = users.chain(std::iter::repeat_n(None, unknown)).collect();
    let mut values = rows.concat();
    for &[_, relevant] in &test.unknown_users {
        let judges = |metric: &Metric| metric.kind().needs() == Needs::Ratings || relevant > 0;
        values.extend(metrics.iter().map(|metric| if judges(metric) { 0.0 } else { f64::NAN }));
    }
    let mut found = Evaluation::new(users, metrics, values).counting(unknown, 0);
    let of_relevant = |metric: &Metric| metric.kind().needs() != Needs::Ratings;
    for (n, metric) in metrics.iter().enumerate().filter(|(_, metric)| of_relevant(metric)) {
        found.weigh(n, |at| metric.weight(test.relevant(at)));
    }
    Ok(found)
}

/// Whether each rated item is relevant, best first; and the AUC among them.
fn rank(user: &RatedUser<'_>, scores: &[f32]) -> (Vec<bool>, f64) {
    let score = |item: &ItemId| match scores[item.index()] {
        score if score.is_nan() => f32::NEG_INFINITY,
        score => score,
    };
    let mut order: Vec<(f32, bool)> =
        user.items.iter().map(score).zip(user.relevant.iter().copied()).collect();
    // Unknown items tie at the end; irrelevant first, so that ignorance is not rewarded.
    for (n, is_relevant) in [false, true].into_iter().enumerate() {
        let last = (f32::NEG_INFINITY, is_relevant);
        order.extend(std::iter::repeat_n(last, user.unknown[n] as usize));
    }
    let of_ranked: Vec<f32> = order.iter().map(|(score, _)| *score).collect();
    let hits = (0u32..).zip(&order).filter(|(_, item)| item.1);
    let hits: Vec<ItemId> = hits.map(|(at, _)| ItemId(at)).collect();
    let auc = auc(&of_ranked, &hits, &[]).unwrap_or(0.5);
    // Stable: ties stay in the order of items.
    order.sort_by(|a, b| b.0.partial_cmp(&a.0).expect("NaN was replaced"));
    (order.into_iter().map(|(_, is_relevant)| is_relevant).collect(), auc)
}

/// NaN where there is no relevant item and the metric is about finding some.
fn value(metric: Metric, ranked: &[bool], auc: f64) -> f64 {
    let k = metric.cutoff().unwrap_or(0);
    match metric.kind() {
        Kind::DcgSaito => return dcg_saito(ranked, k),
        Kind::RecallSaito => return recall_saito(ranked, k),
        Kind::MapSaito => return map_saito(ranked, k),
        _ => {}
    }
    let relevant = ranked.iter().filter(|is| **is).count();
    if relevant == 0 {
        return f64::NAN;
    }
    let gains: Vec<f64> = ranked.iter().map(|&is| f64::from(u8::from(is))).collect();
    metric.of_list(&gains, Ideal::Binary(relevant)).unwrap_or(auc)
}
