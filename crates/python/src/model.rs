//! `Model`: a trained recommender.

use crate::asked::{Asked, Filters};
use crate::column::Column;
use crate::data::Data;
use crate::fault::{Fault, Outcome};
use crate::ids::{self, Given, Ids, array, checked};
use crate::lists::Lists;
use crate::pool::computed;
use foretaste::data::{Coordinates, Dataset, IdTable, Interactions, ItemId, Keep, UserId};
use foretaste::files::Overwrite;
use foretaste::model::{
    Catalogue, EpochReport, Parameter, ScoreVectors, Scored, Scorer, made_once, score_pairs,
};
use foretaste::{Recommender, Similarity, registry};
use foretaste_experiment::settings::short_form;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

/// A model with the ids and the history that it was trained on.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) recommender: Arc<Recommender>,
    history: Vec<EpochReport>,
    /// How often a few lists were asked for, and the items once they are ready for that.
    few: (AtomicU32, OnceLock<Catalogue>),
}

/// Users that are few: of more, lists are as fast from items as they are.
const FEW: usize = 64;
/// After so many calls for few users, items are made ready for more: it takes as long as some twenty calls, and
/// three quarters of the items' memory.
const CALLS: u32 = 8;

impl Model {
    pub(crate) fn new(recommender: Recommender) -> Self {
        let history = recommender.history().to_vec();
        let few = (AtomicU32::new(0), OnceLock::new());
        Self { recommender: Arc::new(recommender), history, few }
    }

    /// Lists, which are the same whether items are ready or not.
    fn lists(&self, users: &[UserId], filters: &Filters) -> Vec<Vec<Scored>> {
        let (model, query) = (&*self.recommender, filters.query());
        let (calls, catalogue) = &self.few;
        if users.len() >= FEW || calls.fetch_add(1, Ordering::Relaxed) < CALLS {
            return model.recommend_where(users, &query, filters.seen);
        }
        // It never comes to an end of 32 bits.
        calls.store(CALLS, Ordering::Relaxed);
        let left_out: Vec<&Interactions> = model.left_out(filters.seen).collect();
        let catalogue = made_once(catalogue, || Catalogue::new(model.scorer()));
        catalogue.recommend(model.scorer(), users, &query.exclude(&left_out))
    }

    fn given_as(&self, side: &str) -> Option<Given> {
        Given::of_name(self.recommender.info().training[ID_TYPES][side].as_str()?)
    }

    /// The ids of the users, as they were given.
    pub(crate) fn user_ids(&self) -> Ids<'_> {
        Ids { table: self.recommender.users(), given: self.given_as("users") }
    }

    /// The ids of the items, as they were given.
    pub(crate) fn item_ids(&self) -> Ids<'_> {
        Ids { table: self.recommender.items(), given: self.given_as("items") }
    }

    fn side(&self, side: &str) -> Ids<'_> {
        match side {
            "user" => self.user_ids(),
            _ => self.item_ids(),
        }
    }
}

/// What a model's file calls what ids were given as, by side, where they are held otherwise.
pub(crate) const ID_TYPES: &str = "id_types";

fn similarity(name: &str) -> Outcome<Similarity> {
    match name {
        "cosine" => Ok(Similarity::Cosine),
        "dot" => Ok(Similarity::Dot),
        _ => Err(Fault::parameter("similarity", "\"cosine\" or \"dot\"", format!("{name:?}"))),
    }
}

#[pymethods]
impl Model {
    /// Reads a model file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let load = || Ok::<_, Fault>(Self::new(Recommender::load(&path)?));
        Ok(py.detach(load)?)
    }

    /// From what `to_bytes` gave.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: PyReadonlyArray1<'_, u8>) -> PyResult<Self> {
        let bytes = bytes.as_slice()?;
        let read = || {
            let model = Recommender::from_bytes(bytes, Path::new("the bytes of a model"))?;
            Ok::<_, Fault>(Self::new(model))
        };
        Ok(py.detach(read)?)
    }

    /// The model file as bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u8>>> {
        let bytes = py.detach(|| self.recommender.to_bytes().map_err(Fault::from))?;
        Ok(array(py, bytes))
    }

    /// Writes the model file, whole or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf, overwrite: bool) -> PyResult<()> {
        let overwrite = if overwrite { Overwrite::Replace } else { Overwrite::Refuse };
        Ok(py.detach(|| self.recommender.save(&path, overwrite).map_err(Fault::from))?)
    }

    /// The method's name.
    #[getter]
    fn method(&self) -> String {
        self.recommender.info().method.clone()
    }

    /// What the model says of itself, as JSON.
    #[getter]
    fn info(&self) -> String {
        serde_json::to_string(self.recommender.info()).expect("info is plain data")
    }

    /// The parameters by name, parts of others by their own, each as JSON in the form that `fit` takes.
    #[getter]
    fn settings(&self) -> Vec<(String, String)> {
        // Parameters of another version are told as far as they are known.
        let Ok(method) = registry().from_json(&self.recommender.info().parameters) else {
            return Vec::new();
        };
        let whole = Value::Object(method.parameters().clone());
        let setting = |one: Parameter| {
            let value = one.name.split('.').fold(&whole, |value, name| &value[name]);
            let value = short_form(&one.name, value);
            (one.name.into_owned(), value.to_string())
        };
        method.described().into_iter().map(setting).collect()
    }

    /// Histories of users 0, 1, … below `count`: pairs of a user and an item of the model, by index.
    fn histories(
        &self,
        users: PyReadonlyArray1<'_, i64>,
        items: PyReadonlyArray1<'_, u32>,
        count: usize,
    ) -> PyResult<Data> {
        let items = checked(&items, self.n_items(), "item")?;
        let users = users.as_array();
        let mut rows = Coordinates::for_keep(Keep::default());
        rows.users = users.iter().map(|&user| UserId(user as u32)).collect();
        rows.items = items.into_iter().map(ItemId).collect();
        let (pairs, _) =
            Interactions::from_coordinates(rows, count, self.n_items()).map_err(Fault::from)?;
        let people = IdTable::from_integers((0..count as i64).collect());
        let dataset = Dataset::new(people, self.recommender.items().clone(), pairs);
        Ok(Data::new(dataset.map_err(Fault::from)?))
    }

    /// The checksum of the model, in hexadecimal.
    #[getter]
    fn fingerprint(&self) -> PyResult<String> {
        Ok(self.recommender.fingerprint().map_err(Fault::from)?)
    }

    #[getter]
    fn n_users(&self) -> usize {
        self.recommender.users().len()
    }

    #[getter]
    fn n_items(&self) -> usize {
        self.recommender.items().len()
    }

    /// The epochs of the training, of a model that was trained here.
    #[getter]
    fn history<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let told = |report| Ok(crate::engine::told(py, report, None)?.into_any());
        self.history.iter().map(told).collect()
    }

    /// For each id of a side (`user`, `item`) its index; 2^32 − 1 where there is none.
    fn indices<'py>(
        &self,
        py: Python<'py>,
        side: &str,
        ids: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<u32>>> {
        let column = Column::of(ids, side)?;
        Ok(array(py, self.side(side).indices(&column, side)?))
    }

    /// The ids of a side by index, or all of them: an array of integers, or a list of text.
    #[pyo3(signature = (side, indices=None))]
    fn ids<'py>(
        &self,
        py: Python<'py>,
        side: &str,
        indices: Option<PyReadonlyArray1<'py, u32>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let ids = self.side(side);
        let indices = match &indices {
            Some(indices) => checked(indices, ids.table.len(), side)?,
            None => ids::all(ids.table),
        };
        ids.taken(py, &indices)
    }

    /// Vectors of a side whose inner products are scores: factors, and biases beside them where there are such. A copy,
    /// rows × width; `None` of models without such.
    fn factors<'py>(
        &self,
        py: Python<'py>,
        side: &str,
    ) -> PyResult<Option<Bound<'py, PyArray2<f32>>>> {
        vectors_of(py, self.recommender.scorer(), side)
    }

    /// The interactions that lists leave out, in compressed sparse rows: indptr, indices.
    fn seen<'py>(&self, py: Python<'py>) -> (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i32>>) {
        let seen = self.recommender.seen();
        let starts = seen.starts().iter().map(|&start| start as i64).collect();
        (array(py, starts), array(py, seen.items().iter().map(|item| item.0 as i32).collect()))
    }

    /// The best items for users by index; for all where none are named.
    fn recommend(
        &self,
        py: Python<'_>,
        users: PyReadonlyArray1<'_, u32>,
        asked: Asked<'_>,
    ) -> PyResult<Lists> {
        let users = checked(&users, self.n_users(), "user")?.into_iter().map(UserId);
        let users: Vec<UserId> = users.collect();
        let filters = Filters::of(&asked, self.n_items())?;
        computed(py, asked.threads, || Ok(Lists::of(&self.lists(&users, &filters))))
    }

    /// The best items for whom `histories` are of, in the order of their ids; and how many of the rows are of items
    /// that the model does not know.
    fn recommend_for(
        &self,
        py: Python<'_>,
        histories: &Data,
        asked: Asked<'_>,
    ) -> PyResult<(Lists, usize)> {
        let filters = Filters::of(&asked, self.n_items())?;
        computed(py, asked.threads, || {
            let audience = self.recommender.fold_in(&histories.dataset)?;
            let users: Vec<UserId> = (0..audience.users().len() as u32).map(UserId).collect();
            let lists = audience.recommend(&users, &filters.query(), filters.seen);
            Ok((Lists::of(&lists), audience.unknown_rows()))
        })
    }

    /// The scores of pairs by index.
    fn score<'py>(
        &self,
        py: Python<'py>,
        users: PyReadonlyArray1<'py, u32>,
        items: PyReadonlyArray1<'py, u32>,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let users = checked(&users, self.n_users(), "user")?.into_iter().map(UserId);
        let items = checked(&items, self.n_items(), "item")?.into_iter().map(ItemId);
        let pairs: Vec<(UserId, ItemId)> = users.zip(items).collect();
        let scores = computed(py, threads, || Ok(score_pairs(self.recommender.scorer(), &pairs)))?;
        Ok(array(py, scores))
    }

    /// What is most like each of some items or users, by index.
    fn similar(
        &self,
        py: Python<'_>,
        side: &str,
        of: PyReadonlyArray1<'_, u32>,
        n: usize,
        by: &str,
        threads: usize,
    ) -> PyResult<Lists> {
        let by = similarity(by)?;
        let most = self.side(side).table.len();
        let of = checked(&of, most, side)?;
        let n = n.min(most);
        let model = &self.recommender;
        computed(py, threads, || {
            use rayon::prelude::*;
            let similar = |&index: &u32| match side {
                "user" => {
                    let found = model.similar_users(UserId(index), n, by)?;
                    Some(found.into_iter().map(|(user, score)| (ItemId(user.0), score)).collect())
                }
                _ => model.similar(ItemId(index), n, by),
            };
            let lists: Option<Vec<_>> = of.par_iter().map(similar).collect();
            let none = || {
                let method = &model.info().method;
                Fault::Unsupported(format!("a model of {method} can't say what is similar"))
            };
            Ok(Lists::of(&lists.ok_or_else(none)?))
        })
    }

    /// What the score of a pair is made of: named terms, what each item of the history brings (by index), and the
    /// rest, which sum to it; `None` if the model can't say.
    #[expect(clippy::type_complexity, reason = "it is what Python takes apart")]
    fn explain(
        &self,
        py: Python<'_>,
        user: u32,
        item: u32,
    ) -> Option<(Vec<(String, f32)>, Vec<(u32, f32)>, f32)> {
        let explained = || self.recommender.explain(UserId(user), ItemId(item));
        let of = py.detach(explained)?;
        let history = of.history.into_iter().map(|(item, part)| (item.0, part)).collect();
        Some((of.terms, history, of.rest))
    }

    /// θ = p(exposed) of each item, of methods that assume or learn it.
    #[getter]
    fn propensities<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f32>>> {
        self.recommender.propensities().map(|of| of.to_pyarray(py))
    }

    /// How many users have each item.
    #[getter]
    fn item_counts<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        let seen: &Interactions = self.recommender.seen();
        array(py, seen.item_counts())
    }
}

/// Vectors of a side of a scorer, as [`Model::factors`] has them.
pub(crate) fn vectors_of<'py>(
    py: Python<'py>,
    scorer: &dyn Scorer,
    side: &str,
) -> PyResult<Option<Bound<'py, PyArray2<f32>>>> {
    let Some(vectors) = scorer.products().map(ScoreVectors::new) else {
        return Ok(None);
    };
    let mut numbers = Vec::new();
    match side {
        "user" => (0..vectors.n_users()).for_each(|n| numbers.extend(vectors.user(n))),
        _ => (0..vectors.n_items()).for_each(|n| numbers.extend(vectors.item(n))),
    }
    let shape = [numbers.len() / vectors.width().max(1), vectors.width()];
    Ok(Some(array(py, numbers).reshape(shape)?))
}
