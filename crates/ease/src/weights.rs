//! B as it is kept: itself, or by the users.

use crate::Triangle;
use foretaste_data::{ItemId, Side, UserId};
use foretaste_kernels::dispatch;
use foretaste_linear::{Weights, row_by_row};
use foretaste_model::{Error, ModelFile, Tensor};
use ndarray::ArrayViewMut2;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The weights of EASE.
#[derive(Clone, Debug, PartialEq)]
pub enum EaseWeights {
    /// B, n × n, row by row.
    Items(Vec<f32>),
    /// What B follows from where users are fewer.
    Users(FromUsers),
}

/// Q⁻¹, and what else the weights follow from: see the module `objective`.
#[derive(Clone, Debug, PartialEq)]
pub struct FromUsers {
    inverse: Triangle,
    /// 1/P_jj.
    scale: Vec<f32>,
    lambda: f32,
    /// The users of each item.
    items: Side,
}

const WEIGHTS: &str = "weights";
const INVERSE: &str = "user_inverse";
const SCALE: &str = "item_scale";
const RIDGE: &str = "ridge";

impl FromUsers {
    /// From the inverse of XXᵀ + λI; `None` if rounding leaves nothing of a P_jj.
    pub(crate) fn new(inverse: Triangle, items: Side, lambda: f32) -> Option<Self> {
        let of = |item: usize| {
            let users = items.columns(item);
            let explained = users.iter().enumerate().map(|(n, &a)| {
                let row = inverse.row(a as usize);
                let before: f64 = users[..n].iter().map(|&b| f64::from(row[b as usize])).sum();
                2.0 * before + f64::from(row[a as usize])
            });
            let left = 1.0 - explained.sum::<f64>();
            (left > f64::from(f32::EPSILON)).then(|| (f64::from(lambda) / left) as f32)
        };
        let scale: Option<Vec<f32>> = (0..items.rows()).into_par_iter().map(of).collect();
        Some(Self { inverse, scale: scale?, lambda, items })
    }

    /// h − (hP)_j / P_jj, (hP)_j being `by` times the sum of `per_user` over the users of item j, less
    /// of h as much as `own`.
    fn write(&self, history: &[ItemId], per_user: &[f32], (by, own): (f32, f32), out: &mut [f32]) {
        for (item, score) in out.iter_mut().enumerate() {
            let users = self.items.columns(item);
            let sum: f32 = users.iter().map(|&user| per_user[user as usize]).sum();
            // Not −0, which would not be among equals.
            *score = 0.0 - by * sum * self.scale[item];
        }
        for item in history {
            out[item.index()] += 1.0 - own * self.scale[item.index()];
        }
    }

    /// (hXᵀ) Q⁻¹.
    fn of_history(&self, history: &[ItemId]) -> Vec<f32> {
        let m = self.inverse.n();
        let (mut shared, mut sums) = (vec![0.0; m], vec![0.0; m]);
        for item in history {
            self.items.columns(item.index()).iter().for_each(|&user| shared[user as usize] += 1.0);
        }
        let some: Vec<usize> = (0..m).filter(|&user| shared[user] != 0.0).collect();
        let mut below = 0;
        for (user, own) in shared.iter().enumerate() {
            let row = self.inverse.row(user);
            let before: f32 = some[..below].iter().map(|&other| row[other] * shared[other]).sum();
            sums[user] += before;
            if *own != 0.0 {
                add_scaled(&mut sums, row, *own);
                below += 1;
            }
        }
        sums
    }

    fn weight(&self, from: ItemId, to: ItemId) -> f32 {
        let (a, b) = (self.items.columns(from.index()), self.items.columns(to.index()));
        let row = |&user: &u32| {
            b.iter()
                .map(|&other| f64::from(self.inverse.get(user as usize, other as usize)))
                .sum::<f64>()
        };
        let sum: f64 = a.iter().map(row).sum();
        (sum / f64::from(self.lambda) * f64::from(self.scale[to.index()])) as f32
    }
}

/// The first of `sums` plus `by` times the numbers of `row`.
fn add_scaled(sums: &mut [f32], row: &[f32], by: f32) {
    dispatch(
        #[inline(always)]
        || sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += by * x),
    );
}

impl EaseWeights {
    /// Takes them out of a model file.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a tensor is missing, or does not fit users and items.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let (m, n) = (file.users.len(), file.items.len());
        if file.tensors.contains_key(WEIGHTS) {
            return Ok(Self::Items(file.take(WEIGHTS, &[Some(n), Some(n)])?.1));
        }
        let (_, numbers) = file.take(INVERSE, &[None])?;
        let (_, scale) = file.take(SCALE, &[Some(n)])?;
        let (_, ridge) = file.take::<f32>(RIDGE, &[Some(1)])?;
        let inverse = Triangle::from_numbers(m, numbers).ok_or_else(|| Error::Tensor {
            name: INVERSE.into(),
            reason: format!("is no triangle of {m} users"),
        })?;
        let items = Side::of_items(&file.seen);
        Ok(Self::Users(FromUsers { inverse, scale, lambda: ridge[0], items }))
    }
}

impl Weights for EaseWeights {
    fn score(&self, histories: &[&[ItemId]], out: ArrayViewMut2<'_, f32>) {
        row_by_row(histories, out, |history, scores| match self {
            Self::Items(weights) => {
                scores.fill(0.0);
                for item in history {
                    let row = item.index() * scores.len();
                    add_scaled(scores, &weights[row..row + scores.len()], 1.0);
                }
            }
            Self::Users(of) => {
                let by = 1.0 / of.lambda;
                of.write(history, &of.of_history(history), (-by, by), scores);
            }
        });
    }

    fn score_known(
        &self,
        users: &[UserId],
        histories: &[&[ItemId]],
        mut out: ArrayViewMut2<'_, f32>,
    ) {
        let Self::Users(of) = self else { return self.score(histories, out) };
        let rows = users.iter().zip(histories).zip(out.rows_mut());
        for ((user, history), mut scores) in rows {
            let row = |other: usize| of.inverse.get(user.index(), other);
            let row: Vec<f32> = (0..of.inverse.n()).map(row).collect();
            let scores = scores.as_slice_mut().expect("scores are in standard layout");
            of.write(history, &row, (1.0, 0.0), scores);
        }
    }

    fn weight(&self, from: ItemId, to: ItemId) -> f32 {
        match self {
            _ if from == to => 0.0,
            Self::Items(weights) => {
                let n = weights.len().isqrt();
                weights[from.index() * n + to.index()]
            }
            Self::Users(of) => of.weight(from, to),
        }
    }

    /// `weights`, items × items: B. Or, where users are fewer, `user_inverse`, the lower triangle of Q⁻¹
    /// row by row, `item_scale`, 1/P_jj, and `ridge`, λ.
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let tensor = |name: &str, values: &[f32]| {
            (name.to_owned(), Tensor::new(&[values.len()], values.to_vec()))
        };
        match self {
            Self::Items(weights) => {
                let n = weights.len().isqrt();
                BTreeMap::from([(WEIGHTS.to_owned(), Tensor::new(&[n, n], weights.clone()))])
            }
            Self::Users(of) => BTreeMap::from([
                tensor(INVERSE, of.inverse.numbers()),
                tensor(SCALE, &of.scale),
                tensor(RIDGE, &[of.lambda]),
            ]),
        }
    }
}
