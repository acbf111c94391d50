//! The model: factors, and what the parts of their scores mean.

use crate::{Params, Scale};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::{FactorModel, Factors, Table};
use foretaste_model::{
    Error, Explanation, FoldInError, Histories, Levelled, Model, ModelFile, Products, Scorer,
    Tensor,
};
use ndarray::{ArrayView2, ArrayViewMut2};
use std::collections::BTreeMap;

/// The tensor of a_t, of each level.
const OFFSETS: &str = "level_offsets";
/// That of γ_t.
const GAMMAS: &str = "level_gammas";
/// That of how much a pair counts, by y from 0.
const WEIGHTS: &str = "level_weights";
/// That of how many pairs without feedback one stands for.
const STANDS_FOR: &str = "level_stands_for";
/// That of how many items each user has feedback of.
const HISTORY_LENGTHS: &str = "level_history_lengths";
/// That of b_t.
const SHIFTS: &str = "level_shifts";

/// Factors, and the levels that their parts are of.
#[derive(Clone, Debug)]
pub struct GnolrModel {
    model: FactorModel,
    /// Without any there are lists all the same.
    parts: Parts,
}

/// What the parts of a score mean.
#[derive(Clone, Debug, Default)]
struct Parts {
    names: Vec<String>,
    scale: Scale,
    /// Where the numbers of each part end in a row; one part where levels share it.
    ends: Vec<usize>,
}

impl GnolrModel {
    /// Of factors alone.
    pub(crate) fn new(model: FactorModel) -> Self {
        Self { model, parts: Parts::default() }
    }

    /// With what the parts mean, of so many numbers each.
    pub(crate) fn with_levels(self, names: &[String], scale: &Scale, widths: &[usize]) -> Self {
        let ends = crate::params::ends(widths);
        let parts = Parts { names: names.to_vec(), scale: scale.clone(), ends };
        Self { parts, ..self }
    }

    /// Takes the names and numbers of levels out of a model's file; `None` if they are of no model of this
    /// kind.
    pub(crate) fn levels_of(file: &mut ModelFile) -> Result<Option<(Vec<String>, Scale)>, Error> {
        let negatives = file.parameters().map_or(1, |parameters: Params| parameters.negatives);
        if !file.tensors.contains_key(OFFSETS) {
            return Ok(None);
        }
        let names: Vec<String> = file.info.training["levels"]
            .as_array()
            .map(|names| names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
            .unwrap_or_default();
        let levels = names.len();
        let (_, offsets) = file.take(OFFSETS, &[Some(levels)])?;
        let (_, gammas) = file.take(GAMMAS, &[Some(levels)])?;
        let (_, weights) = file.take(WEIGHTS, &[Some(levels + 1)])?;
        let (_, stands_for) = file.take::<f32>(STANDS_FOR, &[Some(1)])?;
        let (_, history_lengths) = file.take(HISTORY_LENGTHS, &[Some(file.users.len())])?;
        let (_, shifts) = file.take(SHIFTS, &[Some(levels)])?;
        let stands_for = stands_for[0];
        let (items, negatives) = (file.items.len() as u32, negatives);
        let scale = Scale {
            offsets,
            gammas,
            weights,
            stands_for,
            negatives,
            items,
            history_lengths,
            shifts,
        };
        Ok((1..=foretaste_mf::PARTS).contains(&levels).then_some((names, scale)))
    }
}

impl Parts {
    /// Numbers of a row that the score of a level is of.
    fn numbers(&self, level: usize) -> usize {
        self.ends[level.min(self.ends.len() - 1)]
    }
}

impl Levelled for GnolrModel {
    fn names(&self) -> &[String] {
        &self.parts.names
    }

    fn history_length(&self, user: UserId) -> u32 {
        self.parts.scale.history_lengths.get(user.index()).copied().unwrap_or(0)
    }

    fn probabilities(&self, (user, own): (&[f32], u32), item: ItemId) -> Vec<f32> {
        let items = &self.model.factors().items;
        let view = items.view(0);
        let row = view.row(item.index());
        let products = || user.iter().zip(row).map(|(u, v)| f64::from(u * v));
        let sum = |level: usize| products().take(self.parts.numbers(level)).sum::<f64>() as f32;
        self.parts.scale.told((0..self.parts.names.len()).map(sum), own)
    }

    fn scorer(&self, level: usize) -> Option<Box<dyn Scorer + '_>> {
        if level >= self.parts.names.len() {
            return None;
        }
        let numbers = self.parts.numbers(level);
        let first = |table: &Table| {
            let rows = table.to_rows(0);
            let kept = rows.chunks_exact(table.widths()[0]).flat_map(|row| &row[..numbers]);
            let mut part = Table::zeros(table.rows(), &[numbers]);
            part.fill(0, &kept.copied().collect::<Vec<f32>>());
            part
        };
        let Factors { users, items, .. } = self.model.factors();
        Some(Box::new(Factors::new(first(users), first(items))))
    }
}

/// What users did, weighted by its label: the target by the last level, others by that of their name. What is
/// not one of the levels is left out.
fn labelled(histories: &Histories<'_>, names: &[String]) -> Interactions {
    let last = names.len().max(1);
    let level = |name: &str| names.iter().position(|own| own == name).map(|level| level + 1);
    let others = histories.others.iter();
    let others = others.filter_map(|other| Some((other.interactions(), level(other.name())?)));
    let mut all: Vec<_> = others.chain([(histories.interactions, last)]).collect();
    all.sort_by_key(|&(_, label)| label);
    let target = histories.interactions;
    let (mut starts, mut items, mut labels) = (vec![0], Vec::new(), Vec::new());
    for user in (0..target.n_users() as u32).map(UserId) {
        let mut own = BTreeMap::new();
        for &(matrix, label) in &all {
            own.extend(matrix.row(user).iter().map(|&item| (item, label as f32)));
        }
        items.extend(own.keys().copied());
        labels.extend(own.values().copied());
        starts.push(items.len());
    }
    let pairs = Interactions::from_rows(starts, items, target.n_items());
    let pairs = pairs.expect("rows of ascending items that histories have");
    pairs.with_weights(labels).expect("labels are at least 1")
}

impl Scorer for GnolrModel {
    fn n_users(&self) -> usize {
        self.model.n_users()
    }

    fn n_items(&self) -> usize {
        self.model.n_items()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.model.score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        self.model.products()
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.model.item_vectors()
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.model.user_vectors()
    }
}

impl Model for GnolrModel {
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let mut tensors = self.model.tensors();
        if !self.parts.names.is_empty() {
            let Scale { offsets, gammas, weights, stands_for, history_lengths, shifts, .. } =
                self.parts.scale.clone();
            let lengths = Tensor::new(&[history_lengths.len()], history_lengths);
            tensors.insert(HISTORY_LENGTHS.to_owned(), lengths);
            let mut put = |name: &str, values: Vec<f32>| {
                tensors.insert(name.to_owned(), Tensor::new(&[values.len()], values));
            };
            put(SHIFTS, shifts);
            put(OFFSETS, offsets);
            put(GAMMAS, gammas);
            put(WEIGHTS, weights);
            put(STANDS_FOR, vec![stands_for]);
        }
        tensors
    }

    fn is_flat(&self) -> bool {
        self.model.is_flat()
    }

    fn fold_in(&self, histories: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        let expected = self.n_items();
        let found = histories.interactions.n_items();
        if found != expected {
            return Err(FoldInError::Items { expected, found });
        }
        let labelled = labelled(histories, &self.parts.names);
        self.model.fold_in(&Histories::new(&labelled))
    }

    fn explain(&self, user: UserId, item: ItemId, seen: &Interactions) -> Option<Explanation> {
        self.model.explain(user, item, seen)
    }

    fn levels(&self) -> Option<&dyn Levelled> {
        (!self.parts.names.is_empty()).then_some(self)
    }
}
