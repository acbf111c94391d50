//! From what is known of items to their dimensions.
//!
//! ```text
//! z_is = v'_is sp(d_s + a_is) + sp(e_is),   e_i = W x_i + b          sp(x) = ln (1 + eˣ)
//! ```
//!
//! The second part is of items that have a vector x. An item that nobody has, or that a step takes for such, has v for
//! v' and no a. That a vector tells tag s has the probability σ(e_s), so that 1 − e^(−sp(e)) is what it adds: the
//! loss of the tags is that of a logistic regression,
//!
//! ```text
//! λ_t / N Σ of N items with a vector and tags  Σ_s  sp(e_s) − v_s e_s               v_s: 1 or 0
//! ```

use crate::concepts::Concepts;
use crate::weights::Weights;
use foretaste_kernels::{dispatch, ln_1p_exp, sigmoid};
use foretaste_mf::dense::Matrix;
use rayon::prelude::*;

/// What a step takes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All that is known.
    Whole,
    /// Its own tags, and its vector.
    New,
    /// Its vector alone.
    Untagged,
}

/// Some items, and what was made of them.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) items: Vec<u32>,
    pub(crate) taken: Vec<Taken>,
    /// A row an item.
    pub(crate) z: Matrix,
    /// Which rows have a vector, ascending.
    with: Vec<u32>,
    vectors: Matrix,
    /// e of those.
    logits: Matrix,
}

impl Passed {
    pub(crate) fn of(
        concepts: &Concepts,
        weights: &Weights,
        items: Vec<u32>,
        taken: Vec<Taken>,
    ) -> Self {
        let mut z = Matrix::zeros(items.len(), concepts.len());
        let lanes = z.lanes();
        let (diagonal, own) = (weights.diagonal.values(0), weights.own.values(0));
        z.all_mut().par_chunks_mut(lanes).zip(&items).zip(&taken).for_each(
            |((row, &item), taken)| {
                let row = row.as_flattened_mut();
                for at in concepts.of_item(item as usize) {
                    let entry = concepts.entries[at];
                    let d = diagonal[entry.tag as usize];
                    row[entry.tag as usize] = match taken {
                        Taken::Whole => entry.all * ln_1p_exp(d + own[at]),
                        Taken::New => entry.own * ln_1p_exp(d),
                        Taken::Untagged => 0.0,
                    };
                }
            },
        );
        let vector_of = |(row, &item): (u32, &u32)| Some((row, concepts.vector_of(item as usize)?));
        let (with, places): (Vec<u32>, Vec<u32>) = (0..).zip(&items).filter_map(vector_of).unzip();
        let vectors = Matrix::gathered(&concepts.vectors, &places);
        let mut logits = Matrix::zeros(0, concepts.len());
        if !with.is_empty() {
            logits = vectors.times(&weights.linear);
            let shift = weights.shift.values(0);
            let columns = concepts.len();
            logits.all_mut().par_chunks_mut(lanes).for_each(|row| {
                let row = &mut row.as_flattened_mut()[..columns];
                row.iter_mut().zip(shift).for_each(|(x, by)| *x += by);
            });
        }
        for (n, &row) in with.iter().enumerate() {
            let each = z.values_mut(row as usize).iter_mut().zip(logits.values(n));
            dispatch(
                #[inline(always)]
                || each.for_each(|(z, &e)| *z += ln_1p_exp(e)),
            );
        }
        Self { items, taken, z, with, vectors, logits }
    }

    /// Adds to `along` what moves the weights: of what moves the rows, and of the tags. The loss of the tags.
    pub(crate) fn back(
        &self,
        concepts: &Concepts,
        weights: &Weights,
        (along_z, tag_weight): (&Matrix, f32),
        along: &mut Weights,
    ) -> f64 {
        let (diagonal, own) = (weights.diagonal.values(0), weights.own.values(0));
        for (row, (&item, taken)) in self.items.iter().zip(&self.taken).enumerate() {
            let along_row = along_z.values(row);
            for at in concepts.of_item(item as usize) {
                let entry = concepts.entries[at];
                let tag = entry.tag as usize;
                let slope = match taken {
                    Taken::Whole => entry.all * sigmoid(diagonal[tag] + own[at]),
                    Taken::New => entry.own * sigmoid(diagonal[tag]),
                    Taken::Untagged => continue,
                };
                let by = slope * along_row[tag];
                along.diagonal.values_mut(0)[tag] += by;
                if *taken == Taken::Whole {
                    along.own.values_mut(0)[at] += by;
                }
            }
        }
        if self.with.is_empty() {
            return 0.0;
        }
        let tags = |row: u32| {
            let item = self.items[row as usize] as usize;
            let known = concepts.entries[concepts.of_item(item)].iter();
            known.filter(|entry| entry.own > 0.0).map(|entry| entry.tag as usize)
        };
        let tagged = self.with.iter().filter(|row| tags(**row).next().is_some()).count();
        let weight = tag_weight / tagged.max(1) as f32;
        let mut moved = self.logits.clone();
        let (lanes, columns) = (moved.lanes(), concepts.len());
        let rows = moved.all_mut().par_chunks_mut(lanes).zip(&self.with);
        let losses: Vec<f64> = rows
            .map(|(row, &of)| {
                let row = &mut row.as_flattened_mut()[..columns];
                let weight = if tags(of).next().is_some() { weight } else { 0.0 };
                let mut loss = 0.0;
                let each = row.iter_mut().zip(along_z.values(of as usize));
                let held: f32 = tags(of).map(|tag| self.logit(of, tag)).sum();
                dispatch(
                    #[inline(always)]
                    || {
                        each.for_each(|(e, along)| {
                            loss += f64::from(ln_1p_exp(*e));
                            *e = sigmoid(*e) * (along - weight);
                        });
                    },
                );
                tags(of).for_each(|tag| row[tag] += weight);
                f64::from(weight) * (loss - f64::from(held))
            })
            .collect();
        along.linear = self.vectors.transposed_times(&moved);
        along.shift.fill(&moved.column_sums());
        losses.iter().sum()
    }

    /// e of a row that has a vector.
    fn logit(&self, row: u32, tag: usize) -> f32 {
        let at = self.with.binary_search(&row).expect("asked for of rows with a vector alone");
        self.logits.values(at)[tag]
    }
}
