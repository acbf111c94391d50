//! `Data`: interactions that can be learnt from, from whatever Python has.

use crate::column::Column;
use crate::fault::{Fault, Outcome};
use crate::ids::{self, Given, Ids};
use crate::reading::Reading;
use crate::rows::{Columns, Kinds, Rows};
use crate::taken::{indices, names, weights_of};
use foretaste::data::{
    Confidence, Coordinates, Dataset, FeatureTable, IdTable, Interactions, ItemId, Keep, Repeats,
    UserId,
};
use foretaste::io::{self, BadRow, ReadOptions};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use std::path::PathBuf;

/// Interactions with the ids of their users and items, and what else is known of them.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) dataset: Dataset,
    pub(crate) kinds: [Kinds; 2],
    /// What was done to the rows, by name.
    facts: Vec<(&'static str, u64)>,
}

impl Data {
    /// Of a data set that nothing was done to.
    pub(crate) fn new(dataset: Dataset) -> Self {
        Self { dataset, kinds: [Kinds::default(); 2], facts: Vec::new() }
    }

    fn of_rows(rows: Rows) -> Outcome<Self> {
        let (skipped, left_out) = (rows.skipped, rows.left_out);
        let (dataset, kinds, repeats) = rows.finish()?;
        let facts = vec![("repeats", repeats), ("skipped", skipped), ("left_out", left_out)];
        Ok(Self { dataset, kinds, facts })
    }

    /// Of ids that are dense indices already.
    fn of_matrix((interactions, repeats): (Interactions, usize)) -> Outcome<Self> {
        let ids = |len: usize| {
            let ids = (0..len as i64).collect();
            IdTable::from_sorted_integers(ids).expect("they ascend")
        };
        let (users, items) = (ids(interactions.n_users()), ids(interactions.n_items()));
        let dataset = Dataset::new(users, items, interactions)?;
        let kinds = [Kinds { integers: true, text: false }; 2];
        Ok(Self { dataset, kinds, facts: vec![("repeats", repeats as u64)] })
    }

    /// The same of another data set.
    pub(crate) fn with(&self, dataset: Dataset) -> Self {
        Self { dataset, kinds: self.kinds, facts: Vec::new() }
    }

    /// The sides whose ids are held in another way than they were given in, and what they were given as.
    pub(crate) fn given_as(&self) -> Vec<(&'static str, Given)> {
        let sides = [("users", self.side("user")), ("items", self.side("item"))];
        sides.into_iter().filter_map(|(name, ids)| Some((name, ids.given?))).collect()
    }

    fn side(&self, side: &str) -> Ids<'_> {
        let (table, kinds) = match side {
            "user" => (self.dataset.users(), self.kinds[0]),
            _ => (self.dataset.items(), self.kinds[1]),
        };
        let given = match table.integers() {
            Some(_) => kinds.text.then_some(Given::Text),
            None => kinds.integers.then_some(Given::Integers),
        };
        Ids { table, given }
    }
}

#[pymethods]
impl Data {
    /// Of columns: arrays of NumPy or Arrow, or lists.
    #[staticmethod]
    #[pyo3(signature = (users, items, weights, times, marks, reading))]
    fn of_columns(
        users: &Bound<'_, PyAny>,
        items: &Bound<'_, PyAny>,
        weights: Option<&Bound<'_, PyAny>>,
        times: Option<&Bound<'_, PyAny>>,
        marks: Option<&Bound<'_, PyAny>>,
        reading: Reading,
    ) -> PyResult<Self> {
        let mut rows = reading.rows(reading.rule()?);
        fn of<'py>(given: Option<&Bound<'py, PyAny>>, name: &str) -> PyResult<Option<Column<'py>>> {
            given.map(|given| Column::of(given, name)).transpose()
        }
        let columns = Columns {
            users: Column::of(users, &reading.user)?,
            items: Column::of(items, &reading.item)?,
            weights: of(weights, "weight")?,
            times: of(times, "time")?,
            marks: of(marks, "event")?,
        };
        rows.take(&columns)?;
        Ok(Self::of_rows(rows)?)
    }

    /// Of a stream of Arrow, by the names of its columns.
    #[staticmethod]
    fn of_stream(stream: AnyRecordBatch, reading: Reading) -> PyResult<Self> {
        let rule = reading.rule()?;
        let mark = reading.mark(&rule);
        let mut rows = reading.rows(rule);
        let reader = stream.into_reader()?;
        let schema = reader.schema();
        let place = |name: &str| {
            schema.index_of(name).map_err(|_| {
                let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
                Fault::data(format!("there is no column {name}; there are {}", names.join(", ")))
            })
        };
        let optional = |name: &Option<String>| name.as_deref().map(place).transpose();
        let (user, item) = (place(&reading.user)?, place(&reading.item)?);
        let (weight, time, mark) =
            (optional(&reading.weight)?, optional(&reading.time)?, optional(&mark)?);
        for batch in reader {
            let batch = batch.map_err(|error| Fault::data(error.to_string()))?;
            let column = |at: usize| Column::Arrow(vec![batch.column(at).clone()]);
            rows.take(&Columns {
                users: column(user),
                items: column(item),
                weights: weight.map(column),
                times: time.map(column),
                marks: mark.map(column),
            })?;
        }
        Ok(Self::of_rows(rows)?)
    }

    /// Of a matrix in compressed sparse rows; users and items are its indices.
    #[staticmethod]
    fn of_csr(
        indptr: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        weights: Option<PyReadonlyArray1<'_, f32>>,
        shape: (usize, usize),
    ) -> PyResult<Self> {
        let (indptr, columns) = (Column::of(indptr, "indptr")?, Column::of(columns, "indices")?);
        let nnz = columns.len();
        let starts = indices(&indptr, "indptr", nnz + 1)?;
        if starts.len() != shape.0 + 1 || starts.first() != Some(&0) || !starts.is_sorted() {
            return Err(Fault::data("indptr does not ascend from 0, once a row").into());
        }
        let items: Vec<ItemId> =
            indices(&columns, "column index", shape.1)?.into_iter().map(ItemId).collect();
        let weights = weights_of(weights.as_ref())?;
        let starts: Vec<usize> = starts.into_iter().map(|start| start as usize).collect();
        let is_sorted = |row: &[usize]| items[row[0]..row[1]].is_sorted_by(|a, b| a < b);
        if items.len() == nnz && starts.windows(2).all(is_sorted) {
            let matrix = Interactions::from_rows(starts, items, shape.1).map_err(Fault::from)?;
            let matrix = match weights {
                Some(weights) => matrix.with_weights(weights).map_err(Fault::from)?,
                None => matrix,
            };
            return Ok(Self::of_matrix((matrix, 0))?);
        }
        let users = starts.windows(2).zip(0..);
        let users =
            users.flat_map(|(row, user)| std::iter::repeat_n(UserId(user), row[1] - row[0]));
        let rows = Coordinates { users: users.collect(), items, weights, times: None };
        let repeats = Repeats::Sum;
        let matrix = Interactions::from_repeated(rows, shape.0, shape.1, repeats);
        Ok(Self::of_matrix(matrix.map_err(Fault::from)?)?)
    }

    /// Of a matrix as coordinates.
    #[staticmethod]
    fn of_coo(
        users: &Bound<'_, PyAny>,
        items: &Bound<'_, PyAny>,
        weights: Option<PyReadonlyArray1<'_, f32>>,
        shape: (usize, usize),
    ) -> PyResult<Self> {
        let (users, items) = (Column::of(users, "row")?, Column::of(items, "col")?);
        let rows = Coordinates {
            users: indices(&users, "row index", shape.0)?.into_iter().map(UserId).collect(),
            items: indices(&items, "column index", shape.1)?.into_iter().map(ItemId).collect(),
            weights: weights_of(weights.as_ref())?,
            times: None,
        };
        let matrix = Interactions::from_repeated(rows, shape.0, shape.1, Repeats::Sum);
        Ok(Self::of_matrix(matrix.map_err(Fault::from)?)?)
    }

    /// Of a file, as the command line reads it; columns are names or numbers.
    #[staticmethod]
    #[pyo3(signature = (path, columns, positive, weighted, keep_times, skip_bad_rows))]
    fn of_file(
        py: Python<'_>,
        path: PathBuf,
        columns: Option<&str>,
        positive: Option<&str>,
        weighted: bool,
        keep_times: bool,
        skip_bad_rows: bool,
    ) -> PyResult<Self> {
        let wrong = |problem| Fault::from(io::Error::Options(problem));
        let columns = columns.map(str::parse).transpose().map_err(wrong)?;
        let options = ReadOptions {
            columns: columns.unwrap_or_default(),
            positive: positive.map(str::parse).transpose().map_err(wrong)?,
            not_positive: true,
            weighted,
            keep: Keep { weights: weighted, times: keep_times },
            on_bad_row: if skip_bad_rows { BadRow::Skip } else { BadRow::Fail },
            ..ReadOptions::default()
        };
        let read = || Ok::<_, Fault>(io::read_interactions(&path, &options)?);
        let (dataset, report) = py.detach(read)?;
        let kinds = [Kinds::default(); 2];
        let facts = vec![("repeats", report.duplicates), ("skipped", report.bad_rows)];
        Ok(Self { dataset, kinds, facts })
    }

    /// The feedbacks of several, by name, weakest first.
    #[staticmethod]
    fn of_feedbacks(parts: Vec<(String, Py<Self>)>) -> PyResult<Self> {
        let mut kinds = [Kinds::default(); 2];
        for (_, part) in &parts {
            for (all, of_part) in kinds.iter_mut().zip(part.get().kinds) {
                all.integers |= of_part.integers;
                all.text |= of_part.text;
            }
        }
        let parts = parts.into_iter().map(|(name, part)| (name, part.get().dataset.clone()));
        let dataset = Dataset::of_feedbacks(parts.collect()).map_err(Fault::from)?;
        Ok(Self { dataset, kinds, facts: Vec::new() })
    }

    /// The same with vectors of items (or users), a row an id.
    fn with_vectors(
        &self,
        side: &str,
        ids: &Bound<'_, PyAny>,
        vectors: PyReadonlyArray2<'_, f32>,
    ) -> PyResult<Self> {
        let (rows, width) = vectors.as_array().dim();
        let ids = names(&Column::of(ids, side)?, side)?;
        let values: Vec<f32> = vectors.as_array().iter().copied().collect();
        if ids.len() != rows {
            let found = ids.len();
            return Err(Fault::data(format!("{rows} vectors of {side}, and {found} ids")).into());
        }
        let table = FeatureTable::of_vectors(&ids, width, &values).map_err(Fault::from)?;
        Ok(self.with(self.featured(side, table)?))
    }

    /// The same with tags of items (or users): rows of an id and a tag.
    fn with_tags(
        &self,
        side: &str,
        ids: &Bound<'_, PyAny>,
        tags: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let ids = names(&Column::of(ids, side)?, side)?;
        let mut rows = Vec::with_capacity(ids.len());
        let tags = Column::of(tags, "tag")?;
        if tags.len() != ids.len() {
            let (found, expected) = (tags.len(), ids.len());
            return Err(Fault::data(format!("{found} tags, and {expected} ids")).into());
        }
        tags.each_text("tag", |row, tag| {
            if let Some(tag) = tag {
                rows.push((ids[row].clone(), tag.to_owned()));
            }
        })?;
        let (table, _) = FeatureTable::of_tags(&rows).map_err(Fault::from)?;
        Ok(self.with(self.featured(side, table)?))
    }

    /// The same with what weights count: `linear`, `log1p` or `log1p:EPS`.
    fn weighed(&self, by: &str) -> PyResult<Self> {
        let confidence: Confidence =
            by.parse().map_err(|rule: String| Fault::parameter("weight_as", rule, by))?;
        let weighed = self.dataset.interactions().clone().weighed(confidence);
        let dataset = self.dataset.clone().with_interactions(weighed).map_err(Fault::from)?;
        Ok(Self { dataset, kinds: self.kinds, facts: self.facts.clone() })
    }

    /// The ids of a side (`user`, `item`): an array of integers, or a list of text.
    fn ids<'py>(&self, py: Python<'py>, side: &str) -> PyResult<Bound<'py, PyAny>> {
        let ids = self.side(side);
        ids.taken(py, &ids::all(ids.table))
    }

    #[getter]
    fn n_users(&self) -> usize {
        self.dataset.users().len()
    }

    #[getter]
    fn n_items(&self) -> usize {
        self.dataset.items().len()
    }

    /// How many pairs the target has.
    #[getter]
    fn nnz(&self) -> usize {
        self.dataset.interactions().nnz()
    }

    /// Whether its interactions have weights.
    #[getter]
    fn is_weighted(&self) -> bool {
        self.dataset.interactions().weights().is_some()
    }

    /// The names of the feedbacks, weakest first; empty of one.
    #[getter]
    fn feedback(&self) -> Vec<String> {
        let others = self.dataset.others().iter().map(|feedback| feedback.name().to_owned());
        others.chain(self.dataset.target_name().map(str::to_owned)).collect()
    }

    /// What was done to the rows that were given, by name: repeats, skipped, left out.
    #[getter]
    fn facts(&self) -> Vec<(&'static str, u64)> {
        self.facts.clone()
    }

    /// Checksum of ids and interactions, in hexadecimal: what a model says that it was trained on.
    #[getter]
    fn fingerprint(&self) -> String {
        self.dataset.fingerprint().to_string()
    }
}

impl Data {
    fn featured(&self, side: &str, table: FeatureTable) -> Outcome<Dataset> {
        let data = self.dataset.clone();
        Ok(match side {
            "user" => data.with_user_features(table)?,
            _ => data.with_item_features(table)?,
        })
    }
}

/// The names of the columns of users and items, in any spelling that a header of interactions may have.
#[pyfunction]
pub(crate) fn named_columns(names: Vec<String>) -> (Option<String>, Option<String>) {
    let (user, item) = io::named_columns(&names);
    let name = |at: Option<usize>| at.map(|at| names[at].clone());
    (name(user), name(item))
}
