//! What is learnt from, what decides, and what is reported on.

use crate::aligned::Ranked;
use crate::{Error, HeldOut, Learns, SeenFeedback};
use foretaste::baselines::Popularity;
use foretaste::data::{
    Dataset, Interactions, ItemId, Keep, Pair, Preference, UserId, align, fingerprint,
    preferences_fingerprint,
};
use foretaste::eval::{Evaluator, Kind, Metric, Reach, TestSet, evaluate};
use foretaste::{Method, Recommender};
use serde_json::{Value, json};
use std::fmt;

/// The parts of a data set that a comparison needs, in the space of its training part.
#[derive(Clone, Debug)]
pub struct Material {
    /// What is learnt from.
    pub train: Dataset,
    /// What decides when a training stops and which parameters are best.
    pub valid: Option<Dataset>,
    /// What is reported on.
    pub held_out: Vec<HeldOut>,
    /// [`Material::valid`] in the space of the training part: no candidates when it is tested.
    valid_mask: Option<Interactions>,
    fingerprint: String,
    /// What users of the training part had of other feedbacks than the target.
    others: Option<Dataset>,
    /// Held-out pairs of each of several feedbacks, weakest first, the target last.
    pub(crate) levels: Vec<(String, Dataset)>,
    /// What users of the training part are said to prefer.
    extra: Vec<Preference>,
}

/// A figure of a comparison: a metric of one kind of held-out interactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The metric.
    pub metric: Metric,
    /// [`HeldOut::label`].
    pub label: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.label.as_str() {
            "" => write!(f, "{}", self.metric),
            label => write!(f, "{}, {label}", self.metric),
        }
    }
}

/// What is measured if nothing else is asked for: `ndcg@10` and `recall@20`.
pub fn default_metrics() -> Vec<Metric> {
    let parse = |name: &str| name.parse().expect("the defaults are metrics");
    ["ndcg@10", "recall@20"].map(parse).into()
}

/// Checks that a comparison can be made by these metrics: they have a value for each user.
///
/// # Errors
/// [`Error::Metric`], or [`Error::Eval`] for a metric that is listed twice.
pub fn check_metrics(metrics: &[Metric]) -> Result<(), Error> {
    // Tried out on two users and two items: which metric needs what is its own business.
    let pair = |user, item| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let rows = |pairs| Ok::<_, Error>(Interactions::from_pairs(pairs, 2, 2, Keep::default())?.0);
    let (train, test) = (rows(vec![pair(0, 0), pair(1, 1)])?, rows(vec![pair(0, 1), pair(1, 0)])?);
    let counts = train.item_counts();
    let test = TestSet::binary(&test, &[], &[])?;
    let (model, mask) = (Popularity::fit(&train), [&train]);
    let no = |metric: &Metric, reason: String| Error::Metric { metric: *metric, reason };
    for (n, metric) in metrics.iter().enumerate() {
        if metrics[..n].contains(metric) {
            return Err(foretaste::eval::Error::RepeatedMetric { metric: *metric }.into());
        }
        let metrics = std::slice::from_ref(metric);
        let evaluator = Evaluator::new(&model, &mask, metrics)?.popularity(&counts)?;
        let found = evaluator.evaluate(&test).map_err(|error| no(metric, error.to_string()))?;
        if found.values().iter().all(|value| value.is_nan()) {
            return Err(no(metric, "it is a figure of all lists, not of each user's".into()));
        }
    }
    Ok(())
}

/// Checks that a model can be chosen by a metric on validation rows.
///
/// # Errors
/// [`Error::Validation`].
pub fn check_validation(metric: Metric) -> Result<(), Error> {
    if metric.ranks_held_out() { Ok(()) } else { Err(Error::Validation { metric }) }
}

/// What trainings are validated by where nothing else is asked for: the first of the metrics that a
/// model can be chosen by, or NDCG@10.
pub fn validation_metric(metrics: &[Metric]) -> Metric {
    let first = metrics.iter().copied().find(|metric| metric.ranks_held_out());
    first.unwrap_or_else(|| Metric::at(Kind::Ndcg, 10).expect("a cut-off from 1"))
}

impl Material {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`Error::Data`] if the validation part does not fit the ids of the training part.
    pub fn new(
        train: Dataset,
        valid: Option<Dataset>,
        held_out: Vec<HeldOut>,
    ) -> Result<Self, Error> {
        let mask = valid.as_ref().map(|valid| align(valid, train.users(), train.items()));
        let valid_mask = mask.transpose()?.map(|aligned| aligned.interactions);
        let fingerprint = train.fingerprint().to_string();
        let (others, levels, extra) = (None, Vec::new(), Vec::new());
        Ok(Self { train, valid, held_out, valid_mask, fingerprint, others, levels, extra })
    }

    /// The same with what users had of other feedbacks, whether anything is learnt from it or not, for tests
    /// whose lists leave it out. Pairs of others than the training part's users and items are left out.
    ///
    /// # Errors
    /// [`Error::Data`] for more pairs than 32 bits count.
    pub fn with_others(mut self, others: &Dataset) -> Result<Self, Error> {
        let aligned = align(others, self.train.users(), self.train.items())?.interactions;
        let (users, items) = (self.train.users().clone(), self.train.items().clone());
        self.others = Some(Dataset::new(users, items, aligned)?);
        Ok(self)
    }

    /// The same with held-out pairs of several feedbacks, weakest first, the target last: what models of
    /// levels are held against.
    #[must_use]
    pub fn with_levels(mut self, levels: Vec<(String, Dataset)>) -> Self {
        self.levels = levels;
        self
    }

    /// The fingerprint of the training part.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The same with what users are said to prefer, by the ids of the training part: for methods that learn
    /// from it.
    #[must_use]
    pub fn with_extra(self, extra: Vec<Preference>) -> Self {
        Self { extra, ..self }
    }

    /// What users are said to prefer.
    pub fn extra(&self) -> &[Preference] {
        &self.extra
    }

    /// The fingerprint of what users are said to prefer, if there is any.
    pub fn extra_fingerprint(&self) -> Option<String> {
        let print = || preferences_fingerprint(self.train.users(), self.train.items(), &self.extra);
        (!self.extra.is_empty()).then(|| print().to_string())
    }

    /// What a training learns from, for the record: [`Material::fingerprint`], and what is made of several
    /// feedbacks and of features.
    pub fn learned(&self, learns: &Learns) -> String {
        format!("{}{}", self.fingerprint, learns.suffix())
    }

    /// The same of a method, with what users are said to prefer, if the method uses it.
    pub(crate) fn learned_by(&self, method: &Method, learns: &Learns) -> String {
        let extra = self.extra_fingerprint().filter(|_| method.uses().extra);
        let extra = extra.map_or(String::new(), |print| format!(" extra {print}"));
        self.learned(learns) + &extra
    }

    /// The training part with the rows of the validation part that are of its users and items.
    ///
    /// # Errors
    /// [`Error::Data`] if there are more pairs than 32 bits count.
    pub fn all_rows(&self) -> Result<Dataset, Error> {
        let Some(valid) = &self.valid_mask else { return Ok(self.train.clone()) };
        let train = self.train.interactions();
        let pairs = train.pairs().chain(valid.pairs()).collect();
        let shape = (train.n_users(), train.n_items());
        let (all, _) = Interactions::from_pairs(pairs, shape.0, shape.1, Keep::default())?;
        Ok(self.train.clone().with_interactions(all)?)
    }

    /// The fingerprint of the validation part, if there is one.
    pub fn valid_fingerprint(&self) -> Option<String> {
        self.valid.as_ref().map(|valid| valid.fingerprint().to_string())
    }

    /// What is measured on which test data.
    pub fn tests_json(&self) -> Value {
        let test = |held_out: &HeldOut| {
            let mut json = json!({ "label": held_out.label, "data": held_out.fingerprint,
                "metrics": held_out.metrics });
            if held_out.seen == SeenFeedback::All {
                let others = self.others.as_ref().map(|others| others.fingerprint().to_string());
                json["seen_feedback"] = json!({ "all": others });
            }
            json
        };
        let mut tests: Vec<Value> = self.held_out.iter().map(test).collect();
        if let [lower @ .., _] = &self.levels[..]
            && !lower.is_empty()
        {
            let of = |(name, part): &(String, Dataset)| {
                (name.clone(), json!(part.fingerprint().to_string()))
            };
            tests
                .push(json!({ "levels": lower.iter().map(of).collect::<serde_json::Map<_, _>>() }));
        }
        Value::Array(tests)
    }

    /// How much of the validation part lists can hold; `None` without one.
    ///
    /// # Errors
    /// [`Error::Eval`] if it does not fit the ids of the training part.
    pub fn reach_of_valid(&self) -> Result<Option<Reach>, Error> {
        let reach = |test: TestSet| Ok(test.reach(&[self.train.interactions()])?);
        self.valid_set()?.map(reach).transpose()
    }

    /// What a validation ranks.
    fn valid_set(&self) -> Result<Option<TestSet>, Error> {
        let (users, items) = (self.train.users(), self.train.items());
        let set = |valid| Ok(TestSet::of_dataset(valid, users, items, |_| true)?);
        self.valid.as_ref().map(set).transpose()
    }

    /// A metric of a model on the validation part; NaN without one.
    pub(crate) fn validate(&self, model: &Recommender, metric: Metric) -> Result<f64, Error> {
        let Some(test) = self.valid_set()? else { return Ok(f64::NAN) };
        let train = &self.train;
        let ranked = Ranked::new(model, train);
        Ok(evaluate(ranked.scorer(), &[train.interactions()], &test, &[metric])?.means()[0])
    }

    /// The figures of a comparison, in the order of [`crate::Measured::values`].
    pub fn columns(&self) -> Vec<Column> {
        let of = |held_out: &HeldOut| {
            let label = held_out.label.clone();
            held_out
                .metrics
                .clone()
                .into_iter()
                .map(move |metric| Column { metric, label: label.clone() })
        };
        self.held_out.iter().flat_map(of).collect()
    }

    /// The length of the lists whose exposure is counted: the first metric's cut-off.
    pub fn list_length(&self) -> usize {
        let first = self.held_out.first().and_then(|held_out| held_out.metrics.first());
        first.and_then(|metric| metric.cutoff()).unwrap_or(10)
    }

    /// What is not ranked in a test: the training part and the validation part, and what users had of other
    /// feedbacks, if the test has it so.
    pub(crate) fn masks(&self, held_out: &HeldOut) -> Vec<&Interactions> {
        let others = self.others.as_ref().filter(|_| held_out.seen == SeenFeedback::All);
        let others = others.map(Dataset::interactions);
        let all = [Some(self.train.interactions()), self.valid_mask.as_ref(), others];
        all.into_iter().flatten().collect()
    }

    /// Whether a model has the training part's target, whichever ids it knows: it may have learned
    /// from one of several feedbacks.
    fn has_the_rows_of(&self, model: &Recommender) -> Result<bool, Error> {
        let (train, seen) = (&self.train, model.seen());
        let own = Dataset::new(model.users().clone(), model.items().clone(), seen.clone())?;
        let own = align(&own, train.users(), train.items())?;
        let (own, all) = (own.interactions, train.interactions());
        Ok(own.nnz() == seen.nnz() && own.starts() == all.starts() && own.items() == all.items())
    }

    /// Checks that a model was trained on the training part.
    ///
    /// # Errors
    /// [`Error::OtherData`].
    pub fn check_model(&self, name: &str, model: &Recommender, data: &str) -> Result<(), Error> {
        let start = |text: &str| text.chars().take(12).collect::<String>();
        let train = &self.train;
        // Models have that of their target.
        let target = fingerprint(train.users(), train.items(), train.interactions()).to_string();
        if model.info().data == target || self.has_the_rows_of(model)? {
            return Ok(());
        }
        Err(Error::OtherData {
            name: name.into(),
            data: data.into(),
            expected: start(&target),
            found: start(&model.info().data),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measured;
    use foretaste::data::IdTable;
    use foretaste::mf::Silent;

    /// More pairs of users and items than 32 bits count, and 20 GB as a list of them.
    #[test]
    fn candidates_cost_memory_by_item_and_hold_at_any_size() {
        const N: u32 = 70_000;
        let ids = || IdTable::from_integers((0..i64::from(N)).collect());
        let part = |starts, items| {
            let interactions = Interactions::from_rows(starts, items, N as usize).unwrap();
            Dataset::new(ids(), ids(), interactions).unwrap()
        };
        // User n had item n; item 1 is the most popular, by user 0.
        let had: Vec<ItemId> = [0, 1].into_iter().chain(1..N).map(ItemId).collect();
        let train = part([0].into_iter().chain(2..=had.len()).collect(), had.clone());
        assert_eq!(train.interactions().row(UserId(0)), [ItemId(0), ItemId(1)]);
        // The first user wants item 5, the others nothing.
        let wanted = vec![ItemId(5)];
        let test =
            part([0].into_iter().chain(std::iter::repeat_n(1, N as usize)).collect(), wanted);
        let metrics = ["hit@1".parse().unwrap(), "auc".parse().unwrap()];
        let held_out = |label: &str| HeldOut::new(label, &test, &train, &metrics).unwrap();
        let few = held_out("few").among(&test, &train, |item| item.0 >= 5).unwrap();
        let material = Material::new(train.clone(), None, vec![held_out(""), few]).unwrap();
        let model =
            Recommender::fit(&foretaste::method("popularity").unwrap(), train.clone(), &mut Silent)
                .unwrap();
        let found = Measured::of(&model, None, &material).unwrap().values;
        // Of all items the first unseen is item 2, of those from item 5 on it is item 5.
        assert_eq!([&found[0][..], &found[2][..]], [[0.0], [1.0]]);
    }
}
