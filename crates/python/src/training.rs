//! Training, as the command line trains: the same data and parameters give the same bytes.

use crate::data::Data;
use crate::engine::{self, Watch};
use crate::fault::{Fault, Outcome};
use crate::ids::Given;
use crate::model::{ID_TYPES, Model};
use foretaste::data::{Dataset, Split, SplitMethod, split};
use foretaste::eval::Metric;
use foretaste::model::{Scorer, Start, State, WarmStart};
use foretaste::{Method, Recommender, registry};
use foretaste_experiment::{
    DEFAULT_SEED, Error, Learns, LearntRows, Lesson, Training, check_lesson, check_validation,
    settings,
};
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// Held-out rows: some of the data's own, or others.
#[derive(FromPyObject)]
pub(crate) enum Valid<'py> {
    Share(f64),
    Rows(PyRef<'py, Data>),
}

/// What a training begins from.
#[derive(Default)]
pub(crate) struct Beginning {
    /// An earlier model, and how much it holds items.
    pub(crate) warm: Option<(Arc<Recommender>, f32)>,
    /// A state of this training.
    pub(crate) state: Option<State>,
}

/// How a training is validated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validated {
    pub(crate) metric: Metric,
    pub(crate) every: u32,
}

/// A method, by its name and by those of its parameters that are given, as JSON.
pub(crate) fn method(name: &str, given: &[(String, String)]) -> Outcome<Method> {
    let method = settings::method(&registry(), name)?;
    let value = |(name, json): &(String, String)| {
        let value: Value = serde_json::from_str(json)
            .map_err(|error| Fault::parameter(name, format!("a value of JSON ({error})"), json))?;
        Ok((name.clone(), value))
    };
    let given = given.iter().map(value).collect::<Outcome<Vec<_>>>()?;
    let wrong = |error: Error| match error {
        // What types of ours read is of no use to who writes Python.
        Error::Value { name, value, reason, .. } => {
            let described = method.described();
            let one = described.iter().find(|one| one.name == *name);
            let range = one.map(|one| one.range.to_string()).filter(|range| !range.is_empty());
            Fault::parameter(&name, range.unwrap_or(reason), value)
        }
        error => error.into(),
    };
    let method = settings::given(&method, &given).map_err(wrong)?;
    method.check().map_err(Fault::from)?;
    Ok(method)
}

/// The methods that there are, with what is known of their parameters, as JSON.
#[pyfunction]
pub(crate) fn methods() -> String {
    let described = |technique: &Arc<dyn foretaste::model::Technique>| {
        let (about, uses) = (technique.about(), technique.uses());
        let parameters: Vec<Value> = (technique.parameters().iter())
            .map(|one| {
                json!({
                    "name": one.name,
                    "symbol": one.symbol,
                    "default": settings::short_form(&one.name, &one.default),
                    "range": one.range.to_string(),
                    "meaning": one.meaning,
                    "source": one.source,
                })
            })
            .collect();
        json!({
            "name": about.name,
            "summary": about.summary,
            "source": about.source,
            "uses": {
                "feedback": uses.feedback,
                "features": uses.features,
                "weights": uses.weights,
                "validation": uses.validation,
            },
            "parameters": parameters,
        })
    };
    let all: Vec<Value> = registry().techniques().iter().map(described).collect();
    json!(all).to_string()
}

/// Raises what is wrong with the parameters of a method, if something is.
#[pyfunction]
pub(crate) fn check_parameters(name: &str, given: Vec<(String, String)>) -> PyResult<()> {
    method(name, &given)?;
    Ok(())
}

/// Trains a method.
#[pyfunction]
#[pyo3(signature = (name, given, data, *, valid=None, metric="ndcg@10", every=5, union=false, start=None,
    anchor=0.0, threads=0, listener=None))]
#[expect(clippy::too_many_arguments, reason = "they are Python's, by name")]
pub(crate) fn fit(
    py: Python<'_>,
    name: &str,
    given: Vec<(String, String)>,
    data: &Data,
    valid: Option<Valid<'_>>,
    metric: &str,
    every: u32,
    union: bool,
    start: Option<&Model>,
    anchor: f32,
    threads: usize,
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<Model> {
    let method = method(name, &given)?;
    let metric: Metric = metric.parse().map_err(Fault::from)?;
    check_validation(metric).map_err(Fault::from)?;
    if every == 0 {
        return Err(Fault::parameter("validate_every", "from 1", every).into());
    }
    if data.dataset.interactions().nnz() == 0 {
        return Err(Fault::data("there is nothing to learn from: there are no interactions").into());
    }
    let valid = match valid {
        Some(Valid::Share(share)) if !(share > 0.0 && share < 1.0) => {
            return Err(Fault::parameter("valid", "above 0 and below 1, or data", share).into());
        }
        Some(Valid::Share(share)) => Some(Err(share)),
        Some(Valid::Rows(rows)) => Some(Ok(rows.dataset.clone())),
        None => None,
    };
    let warm = start.map(|model| (Arc::clone(&model.recommender), anchor));
    let begin = Beginning { warm, state: None };
    let (dataset, sides) = (data.dataset.clone(), data.given_as());
    let rows = if union { LearntRows::Union } else { LearntRows::Target };
    let learns = Learns { rows, ..Learns::default() };
    let work = move |watch: &mut Watch<'_>| {
        let (train, valid) = match valid {
            Some(Err(share)) => hold_out(&dataset, share, &method)?,
            Some(Ok(rows)) => (dataset, Some(rows)),
            None => (dataset, None),
        };
        let validated = Validated { metric, every };
        trained((&method, &learns), train, valid.as_ref(), validated, begin, &sides, watch)
    };
    let recommender = engine::run(py, threads, listener, work)?;
    Ok(Model::new(recommender))
}

/// Without a share of each user's interactions, and these.
fn hold_out(data: &Dataset, share: f64, method: &Method) -> Outcome<(Dataset, Option<Dataset>)> {
    let seed = method.whole("seed").unwrap_or(DEFAULT_SEED);
    let by = SplitMethod::Random { valid: 0.0, test: share };
    let Split { train, test, .. } = split(data, by, seed)?;
    if test.interactions().nnz() == 0 {
        return Err(Fault::data(format!(
            "valid={share} holds out no interaction: users have too few; give a larger share"
        )));
    }
    // Nothing is validated by what is not positive, so lists leave out all of it.
    let train = train.with_not_positive_pairs(data.not_positive().cloned())?;
    // Weights of what is held out would be grades of relevance.
    let unweighted = test.interactions().clone().without_weights();
    Ok((train, Some(test.with_interactions(unweighted)?)))
}

pub(crate) fn trained(
    (method, learns): (&Method, &Learns),
    train: Dataset,
    valid: Option<&Dataset>,
    Validated { metric, every }: Validated,
    begin: Beginning,
    sides: &[(&str, Given)],
    watch: &mut Watch<'_>,
) -> Outcome<Recommender> {
    check_lesson(&train, (method, learns))?;
    if !method.uses().weights && train.interactions().weights().is_some() {
        watch.note(format!(
            "{} does not weigh interactions: their weights are not used",
            method.name()
        ));
    }
    let others = train.of_others()?;
    let lesson = Lesson::new(train, (method, learns))?;
    let (training, validation) = Training::new(method, lesson, valid, (metric, every))?;
    let learned = training.lesson().learned();
    let warm = begin.warm.map(|(model, anchor)| {
        let file = model.file_of(&model.info().method);
        let warm = WarmStart::new(file, learned.users(), learned.items()).map_err(Fault::from)?;
        Ok::<_, Fault>(if anchor > 0.0 { warm.anchored(anchor)? } else { warm })
    });
    let warm = warm.transpose()?;
    let start = Start { warm: warm.as_ref(), state: begin.state.as_ref() };
    let validate = validation.map(|validation| {
        Box::new(move |epoch, model: &dyn Scorer| validation.after(epoch, model)) as _
    });
    let mut fitted = training.fit(start, &mut watch.validating(validate))?;
    if !sides.is_empty() {
        let types = sides.iter().map(|(side, given)| ((*side).to_owned(), json!(given.name())));
        fitted.notes.insert(ID_TYPES.to_owned(), Value::Object(types.collect()));
    }
    let model = training.finish(fitted);
    if model.is_flat() {
        watch.note("nothing was learned, all scores are equal: less regularisation, or more data");
    }
    Ok(match &others {
        Some(pairs) => model.with_seen_in_others(pairs)?,
        None => model,
    })
}
