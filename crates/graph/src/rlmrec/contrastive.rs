//! RLMRec-Con: each text, told by the tower, is to be nearest to its own node.
//!
//! ```text
//! ŝ = tower(s),   L = w / B Σ of the batch   −cos(e, ŝ) / τ + ln Σ_{c in C} exp(cos(e, ŝ_c) / τ)
//! ```
//!
//! over the batch's users u, with C the batch's users and others that are drawn, and over its items i and j,
//! with C the batch's items of the same place (Ren et al., equations 12 and 13).
//!
//! **Departures from the paper**: a node that a batch has twice is in C once, where the program has it as a
//! negative of itself. The sums are over `text_batch` of a batch's interactions, where the program has all: in an
//! order that is drawn, the first are as good as any. The weight w is the program's; the paper's equation 18 has none. Users in C beside
//! the batch's are drawn, where the program has all. Nodes without a text are in no sum.

use super::RlmRecParams;
use crate::base::Trained;
use crate::losses::{Along, scatter};
use crate::streams::{Purpose, some_of, stream};
use crate::texts::Texts;
use crate::tower::Tower;
use crate::trainer::{Batch, Beside};
use foretaste_mf::batch::Rule;
use foretaste_mf::dense::Matrix;
use foretaste_mf::dense::{Directions, Told, contrast, exponentials, scale_all};
use foretaste_mf::{Error, State};

/// The texts, and the tower that tells them.
#[derive(Debug)]
pub(super) struct Contrastive {
    params: RlmRecParams,
    texts: Texts,
    /// Users with a text.
    users: Vec<u32>,
    tower: Trained,
    /// What the last batch is along.
    along: Option<Tower>,
}

/// Nodes that are told apart by their texts.
struct Group {
    nodes: Vec<u32>,
    /// How often the batch has each.
    counts: Vec<f32>,
    /// All whose texts they are told from, ascending.
    candidates: Vec<u32>,
}

impl Contrastive {
    pub(super) fn new(params: &RlmRecParams, texts: Texts, users: usize) -> Self {
        let shape = [texts.width(), params.hidden(texts.width()), params.backbone.factors];
        let mut rng = stream(params.backbone.seed, Purpose::Tower, 0, 0);
        let tower = Trained::new(Tower::random(shape, &mut rng));
        let users = texts.known(0..users);
        Self { params: params.clone(), texts, users, tower, along: None }
    }

    fn group(&self, nodes: impl Iterator<Item = u32>, more: &[u32]) -> Group {
        let mut all: Vec<u32> = nodes.filter(|&node| self.texts.has(node)).collect();
        all.sort_unstable();
        let mut nodes = all.clone();
        nodes.dedup();
        let count = |node: &u32| {
            let end = all.partition_point(|other| other <= node);
            (end - all.partition_point(|other| other < node)) as f32
        };
        let counts = nodes.iter().map(count).collect();
        let candidates = merged([&nodes, more]);
        Group { nodes, counts, candidates }
    }

    /// Users, interactions' items, and the others.
    fn groups(&self, batch: &Batch) -> Vec<Group> {
        let seed = self.params.backbone.seed;
        let mut rng = stream(seed, Purpose::Texts, batch.epoch, batch.number);
        let drawn = some_of(self.users.len(), self.params.text_negatives, &mut rng);
        let drawn: Vec<u32> = drawn.into_iter().map(|at| self.users[at as usize]).collect();
        let pairs = || batch.pairs.iter().take(self.params.text_batch);
        let others = batch.others.iter().take(self.params.text_batch);
        let groups = [
            self.group(pairs().map(|pair| pair[0]), &drawn),
            self.group(pairs().map(|pair| pair[1]), &[]),
            self.group(others.copied(), &[]),
        ];
        groups.into_iter().filter(|group| !group.nodes.is_empty()).collect()
    }
}

/// What is in any of some lists, ascending.
fn merged<const N: usize>(lists: [&[u32]; N]) -> Vec<u32> {
    let mut all = lists.concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// Where the first of two ascending lists, a part of the second, is in it.
fn places(part: &[u32], whole: &[u32]) -> Vec<u32> {
    let place = |node: &u32| whole.partition_point(|other| other < node) as u32;
    part.iter().map(place).collect()
}

impl Beside for Contrastive {
    fn add(&mut self, batch: &Batch, along: &mut Along<'_>) -> f64 {
        let groups = self.groups(batch);
        let lists: Vec<u32> = groups.iter().flat_map(|group| &group.candidates).copied().collect();
        let nodes = merged([&lists]);
        let texts = self.texts.gathered(&nodes);
        let passed = self.tower.tower.pass(&texts);
        let told = Directions::of(passed.out.clone());
        let mut of_texts = Matrix::zeros(nodes.len(), along.nodes.columns());
        let told_of = batch.pairs.len().min(self.params.text_batch);
        let weight = self.params.text_weight / told_of as f32;
        let mut loss = 0.0;
        for Group { nodes: own, counts, candidates } in groups {
            let rows = places(&candidates, &nodes);
            let candidates_rows = Matrix::gathered(&told.rows, &rows);
            let anchors = Directions::of(Matrix::gathered(along.nodes, &own));
            let own_places = places(&own, &candidates);
            let weights: Vec<f32> = counts.iter().map(|count| weight * count).collect();
            let temperature = self.params.text_temperature;
            let weigh = nearest(&own_places, &weights, temperature);
            let mut found = contrast(&anchors.rows, &candidates_rows, weigh);
            loss += found.told.iter().map(|told| told.loss).sum::<f64>();
            anchors.back(&mut found.of_anchors);
            scatter(&own, &found.of_anchors, along.sums);
            scatter(&rows, &found.of_candidates, &mut of_texts);
        }
        told.back(&mut of_texts);
        self.along = Some(self.tower.tower.back(&texts, &passed, &of_texts));
        loss
    }

    fn step(&mut self, rule: &Rule, reg: f32, _: &mut Matrix) -> bool {
        let along = self.along.take().expect("what a step is along was added before");
        self.tower.step(rule, &along, reg)
    }

    fn save(&self, state: &mut State) {
        self.tower.save("rlmrec.tower", state);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.tower.restore("rlmrec.tower", state)
    }
}

/// Weights of InfoNCE: each anchor is to be nearest to the candidate at its place, and counts for a weight.
pub(super) fn nearest<'a>(
    places: &'a [u32],
    weights: &'a [f32],
    temperature: f32,
) -> impl Fn(usize, &mut [f32]) -> Told + Sync + 'a {
    move |n, cosines| {
        let own = cosines[places[n] as usize];
        let (sum, top) = exponentials(cosines, temperature, f32::MIN);
        let by = weights[n] / temperature;
        scale_all(cosines, -by / sum);
        cosines[places[n] as usize] += by;
        let loss = (top - own) / temperature + libm::logf(sum);
        Told { loss: f64::from(weights[n] * loss), sum, top }
    }
}

#[cfg(test)]
mod tests;
