//! Metrics from test items that were not observed at random.
//!
//! Of a user's relevant items S, a log shows only some, S*: item i with probability θ_i, its
//! propensity. What is popular, and so much shown, is over-represented in S*; a model that ranks by
//! popularity looks better on S* than it is. Weighting each item of S* by w_i = 1 / max(θ_i, M)
//! repairs that: Σ over S* of w_i f_i has the expectation Σ over S of f_i, if M ≤ θ. Clipping at M
//! bounds the weights at 1/M, at the price of some bias: items shown less than M keep counting too
//! little. (Yang, Cui, Xuan, Wang, Belongie & Estrin, "Unbiased offline recommender evaluation for
//! missing-not-at-random implicit feedback", RecSys 2018.)
//!
//! Below, c(r) is 1/log2(r + 1) for `ndcg`, 1/log2(max(r, 2)) for `ndcg_clip`, 1 for `recall` and
//! `precision`, and 0 beyond rank k; I(n) is the sum of c over the first n ranks; W = Σ w_i and
//! R the number of items, both over S*. Each user has a value, and the mean runs over users with
//! R > 0.
//!
//! | metric | plain | [`snips`] | [`ips`] |
//! |---|---|---|---|
//! | `recall@k` | Σ c / R | Σ w c / W | Σ w c / W |
//! | `ndcg@k` | Σ c / I(R) | (R / W) · Σ w c / I(R) | Σ w c / I(W) |
//! | `precision@k` | Σ c / k | (R / W) · Σ w c / k | Σ w c / k |
//!
//! **What they estimate** is not the same, and neither is what the plain metric estimates:
//! - `:snips` estimates the plain metric of an *equally large* test set whose items were drawn
//!   uniformly from S, as if users had rated items picked at random. Its scale is that of the plain
//!   metric, which it equals where all propensities do, and it does not change if all propensities
//!   are multiplied by a number: relative propensities, such as powers of popularity, are enough. Weights are
//!   normalised user by user, as Yang et al. have it, which removes how active a user is. The price
//!   is a bias of order 1/R towards the plain metric; of a user with a single test item it *is* the
//!   plain metric. So it says nothing new about leave-one-out splits.
//! - `:ips` estimates the metric *under complete knowledge*, with all of S in the test set. It needs
//!   propensities that are true as probabilities (of being in the test set, given that the item is
//!   relevant and a candidate), its variance is larger, and it may exceed 1. Where the metric itself
//!   is divided by |S|, which nobody knows, W stands for it; so `recall@k:ips` is `recall@k:snips`,
//!   and I is interpolated linearly between whole numbers.
//!
//! Metrics which are no sum over relevant items (`ap`, `rr`, `hit`, `f1`) have no such estimator.
//! Users without any observed item are left out, as everywhere in this crate; where they are many, means
//! over the others are not means over all.

use crate::ranking::{Discount, ratio};
use crate::{Error, Kind};
use foretaste_data::{ItemId, UserId};

/// A list of one user whose relevant items carry weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedList<'a> {
    /// The weight of each listed item, best first; 0 if it is not relevant.
    pub weights: &'a [f64],
    /// W, the sum of the weights of all relevant test items, listed or not.
    pub total: f64,
    /// R, the number of relevant test items.
    pub relevant: usize,
}

impl WeightedList<'_> {
    fn sum(&self, k: usize) -> f64 {
        self.weights.iter().take(k).fold(0.0, |sum, weight| sum + weight)
    }
}

/// The self-normalised estimate of a metric at k; see the [module's documentation](self). `None`
/// unless [`Kind::has_estimators`].
pub fn snips(kind: Kind, list: WeightedList<'_>, k: usize) -> Option<f64> {
    let scale = ratio(list.relevant as f64, list.total);
    let ndcg = |c: &Discount| ratio(scale * c.dcg(list.weights, k), c.sum(k.min(list.relevant)));
    match kind {
        Kind::Recall => Some(ratio(list.sum(k), list.total)),
        Kind::Precision => Some(ratio(scale * list.sum(k), k as f64)),
        Kind::Ndcg => Some(ndcg(Discount::log())),
        Kind::NdcgClip => Some(ndcg(Discount::clip())),
        _ => None,
    }
}

/// The inverse propensity estimate of a metric at k; see the [module's documentation](self). `None`
/// unless [`Kind::has_estimators`].
pub fn ips(kind: Kind, list: WeightedList<'_>, k: usize) -> Option<f64> {
    let ndcg = |c: &Discount| ratio(c.dcg(list.weights, k), interpolated(c, list.total, k));
    match kind {
        Kind::Recall => Some(ratio(list.sum(k), list.total)),
        Kind::Precision => Some(ratio(list.sum(k), k as f64)),
        Kind::Ndcg => Some(ndcg(Discount::log())),
        Kind::NdcgClip => Some(ndcg(Discount::clip())),
        _ => None,
    }
}

/// I(min(n, k)) for a number of items that need not be whole.
fn interpolated(discount: &Discount, n: f64, k: usize) -> f64 {
    if n >= k as f64 {
        return discount.sum(k);
    }
    let below = n as usize;
    discount.sum(below) + n.fract() * discount.at(below + 1)
}

/// Propensities (n_i / max n)^η of items with `counts` n_i of training interactions: 0 for an item
/// without any, so clip them. η = ½ is Saito's choice for real data.
pub fn popularity_propensities(counts: &[u32], eta: f64) -> Vec<f64> {
    let most = f64::from(counts.iter().copied().max().unwrap_or(0)).max(1.0);
    counts.iter().map(|&count| libm::pow(f64::from(count) / most, eta)).collect()
}

/// The weights 1 / max(θ_i, M) of items.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    items: Vec<f64>,
    /// Sums over each user's test items that the model does not know; empty if there are none.
    unknown: Vec<f64>,
    clip: f64,
}

impl Weights {
    /// Weights from a propensity θ_i for each item that the model knows, clipped at M = `clip`; 0 is no
    /// clipping.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `clip` is not from 0 to 1; [`Error::Propensity`] if a propensity is
    /// not from 0 to 1, or is 0 without clipping.
    pub fn new(propensities: &[f64], clip: f64) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&clip) {
            return Err(Error::Parameter { name: "the clip", value: clip, rule: "from 0 to 1" });
        }
        let weight = |(item, &value): (usize, &f64)| {
            let rule = match value {
                value if !(0.0..=1.0).contains(&value) => "from 0 to 1",
                0.0 if clip == 0.0 => "above 0, as nothing is clipped",
                _ => return Ok(1.0 / value.max(clip)),
            };
            Err(Error::Propensity { item, value, rule })
        };
        let items = propensities.iter().enumerate().map(weight).collect::<Result<_, _>>()?;
        Ok(Self { items, unknown: Vec::new(), clip })
    }

    /// Adds, for each user whom the model knows, the sum of the weights of the test items that the
    /// model does not know. They can't be listed, but they count in W.
    ///
    /// # Errors
    /// [`Error::Size`] unless there is one sum for each of `users`.
    pub fn with_unknown(self, sums: Vec<f64>, users: usize) -> Result<Self, Error> {
        if sums.len() != users {
            let what = "users with weights of unknown items";
            return Err(Error::Size { what, expected: users, found: sums.len() });
        }
        Ok(Self { unknown: sums, ..self })
    }

    /// M.
    pub fn clip(&self) -> f64 {
        self.clip
    }

    /// The number of items.
    pub fn n_items(&self) -> usize {
        self.items.len()
    }

    /// The weight of an item.
    ///
    /// # Panics
    /// If there is no such item.
    pub fn of(&self, item: ItemId) -> f64 {
        self.items[item.index()]
    }

    /// W of one user with these relevant items.
    pub(crate) fn total(&self, user: UserId, items: &[ItemId]) -> f64 {
        let known: f64 = items.iter().map(|&item| self.of(item)).sum();
        known + self.unknown.get(user.index()).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ideal, Metric};
    use proptest::prelude::*;

    const KINDS: [Kind; 4] = [Kind::Ndcg, Kind::NdcgClip, Kind::Recall, Kind::Precision];

    #[test]
    fn worked_by_hand() {
        // Hits at ranks 1 (θ = ½) and 3 (θ = ¼); a third relevant item (θ = 1) is not listed.
        let list = WeightedList { weights: &[2.0, 0.0, 4.0], total: 7.0, relevant: 3 };
        let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-15;
        let ideal = 1.0 + 1.0 / 3f64.log2() + 0.5;
        assert!(close(snips(Kind::Recall, list, 2), 2.0 / 7.0));
        assert!(close(ips(Kind::Recall, list, 3), 6.0 / 7.0));
        assert!(close(snips(Kind::Precision, list, 5), 3.0 / 7.0 * 6.0 / 5.0));
        assert!(close(ips(Kind::Precision, list, 5), 6.0 / 5.0));
        assert!(close(snips(Kind::Ndcg, list, 3), 3.0 / 7.0 * 4.0 / ideal));
        assert!(close(ips(Kind::Ndcg, list, 3), 4.0 / ideal));
        assert_eq!((ips(Kind::Ap, list, 3), snips(Kind::Hit, list, 3)), (None, None));
        // W = 1.5 relevant items, of which the second is worth 1/log2(3).
        let few = WeightedList { weights: &[1.5], total: 1.5, relevant: 1 };
        assert!(close(ips(Kind::Ndcg, few, 9), 1.5 / (1.0 + 0.5 / 3f64.log2())));
    }

    #[test]
    fn propensities_are_checked() {
        let error = |values: &[f64], clip| Weights::new(values, clip).unwrap_err().to_string();
        assert_eq!(error(&[0.5, 1.5], 0.1), "the propensity 1.5 of item 1 is not from 0 to 1");
        assert!(error(&[f64::NAN], 0.1).contains("NaN"));
        assert!(error(&[0.0], 0.0).ends_with("above 0, as nothing is clipped"));
        assert!(error(&[0.5], 2.0).contains("the clip is 2: it must be from 0 to 1"));
        let weights = Weights::new(&[0.5, 0.001, 0.0], 0.01).unwrap();
        assert_eq!([0, 1, 2].map(|item| weights.of(ItemId(item))), [2.0, 100.0, 100.0]);
        assert_eq!(popularity_propensities(&[4, 0, 1], 0.5), [1.0, 0.0, 0.5]);
        assert_eq!(popularity_propensities(&[0, 0], 0.5), [0.0, 0.0]);
        assert!(weights.with_unknown(vec![1.0], 2).is_err());
    }

    proptest! {
        /// Equal propensities: SNIPS is the plain metric whatever they are; IPS is, if they are 1.
        #[test]
        fn equal_weights_change_nothing(
            hits in prop::collection::vec(prop::bool::ANY, 0..30),
            missed in 1usize..6,
            k in 1usize..40,
            weight in 1.0f64..100.0,
        ) {
            let gains: Vec<f64> = hits.iter().map(|&hit| f64::from(u8::from(hit))).collect();
            let relevant = hits.iter().filter(|hit| **hit).count() + missed;
            let weights: Vec<f64> = gains.iter().map(|gain| gain * weight).collect();
            let list = WeightedList { weights: &weights, total: weight * relevant as f64, relevant };
            let ones = WeightedList { weights: &gains, total: relevant as f64, relevant };
            for kind in KINDS {
                let metric = Metric::at(kind, k).unwrap();
                let plain = metric.of_list(&gains, Ideal::Binary(relevant)).unwrap();
                prop_assert!((snips(kind, list, k).unwrap() - plain).abs() < 1e-12);
                prop_assert!((ips(kind, ones, k).unwrap() - plain).abs() < 1e-12);
            }
        }
    }
}
