//! RLMRec-Gen: from a node that starts masked, the tower is to tell its text.
//!
//! ```text
//! E^(0) of a share of the nodes ← a token that is learnt;   E as ever
//! L = w / |M| Σ_{m in M}   −cos(tower(e_m), s_m) / τ + ln Σ_{c in M} exp(cos(tower(e_m), s_c) / τ)
//! ```
//!
//! (Ren et al., equation 15, and their program: the interactions' loss is of the masked nodes, too.)
//!
//! **Departures from the paper**: nodes without a text are not masked.

use super::RlmRecParams;
use super::contrastive::nearest;
use crate::base::Trained;
use crate::losses::{Along, scatter};
use crate::streams::{Purpose, some_of, stream};
use crate::texts::Texts;
use crate::tower::Tower;
use crate::trainer::{Batch, Beside};
use foretaste_kernels::LANES;
use foretaste_mf::batch::Rule;
use foretaste_mf::dense::Moments;
use foretaste_mf::dense::{Directions, contrast};
use foretaste_mf::dense::{Matrix, add};
use foretaste_mf::{Error, State};
use std::borrow::Cow;

/// The texts, the token, and the tower from nodes to texts.
#[derive(Debug)]
pub(super) struct Generative {
    params: RlmRecParams,
    texts: Texts,
    known: Vec<u32>,
    token: Matrix,
    moments: Moments,
    tower: Trained,
    /// The nodes of the batch that start masked.
    masked: Vec<u32>,
    along: Option<Tower>,
}

impl Generative {
    pub(super) fn new(params: &RlmRecParams, texts: Texts, nodes: usize) -> Self {
        let factors = params.backbone.factors;
        let shape = [factors, params.hidden(texts.width()), texts.width()];
        let mut rng = stream(params.backbone.seed, Purpose::Tower, 0, 0);
        let token = Matrix::zeros(1, factors);
        Self {
            params: params.clone(),
            known: texts.known(0..nodes),
            moments: Moments::new(token.all().len()),
            token,
            tower: Trained::new(Tower::random(shape, &mut rng)),
            texts,
            masked: Vec::new(),
            along: None,
        }
    }
}

impl Beside for Generative {
    fn mask(&mut self, batch: &Batch, base: &mut Cow<'_, Matrix>) {
        let seed = self.params.backbone.seed;
        let mut rng = stream(seed, Purpose::Masks, batch.epoch, batch.number);
        let count = (self.known.len() as f64 * f64::from(self.params.mask)).ceil() as usize;
        let drawn = some_of(self.known.len(), count, &mut rng);
        self.masked = drawn.into_iter().map(|at| self.known[at as usize]).collect();
        let base = base.to_mut();
        for &node in &self.masked {
            base.row_mut(node as usize).copy_from_slice(self.token.row(0));
        }
    }

    fn add(&mut self, _: &Batch, along: &mut Along<'_>) -> f64 {
        let nodes = Matrix::gathered(along.nodes, &self.masked);
        let passed = self.tower.tower.pass(&nodes);
        let anchors = Directions::of(passed.out.clone());
        let texts = self.texts.gathered(&self.masked);
        let places: Vec<u32> = (0..self.masked.len() as u32).collect();
        let weight = self.params.text_weight / self.masked.len() as f32;
        let weights = vec![weight; self.masked.len()];
        let weigh = nearest(&places, &weights, self.params.text_temperature);
        let mut found = contrast(&anchors.rows, &texts, weigh);
        anchors.back(&mut found.of_anchors);
        let (of_tower, of_nodes) = self.tower.tower.back_all(&nodes, &passed, &found.of_anchors);
        scatter(&self.masked, &of_nodes, along.sums);
        self.along = Some(of_tower);
        found.told.iter().map(|told| told.loss).sum()
    }

    fn step(&mut self, rule: &Rule, reg: f32, along: &mut Matrix) -> bool {
        let mut of_token = Matrix::zeros(1, self.token.columns());
        for &node in &self.masked {
            add(of_token.row_mut(0), 1.0, along.row(node as usize));
            along.row_mut(node as usize).fill([0.0; LANES]);
        }
        let along = self.along.take().expect("what a step is along was added before");
        self.moments.step(rule, self.token.all_mut(), of_token.all(), reg)
            & self.tower.step(rule, &along, reg)
    }

    fn save(&self, state: &mut State) {
        self.tower.save("rlmrec.tower", state);
        self.moments.save("rlmrec.token", state);
        state.put("rlmrec.token", self.token.to_vec());
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.tower.restore("rlmrec.tower", state)?;
        self.moments.restore("rlmrec.token", state)?;
        self.token.fill(state.get_all("rlmrec.token", self.token.columns())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
