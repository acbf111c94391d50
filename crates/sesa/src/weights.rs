//! What is learnt: all of it moved by Adam.

use crate::Params;
use crate::concepts::Concepts;
use crate::streams::Purpose;
use foretaste_mf::batch::Rule;
use foretaste_mf::dense::{Matrix, Moments, stream};
use foretaste_mf::{Error, State};
use rand::Rng;

/// The weights, or a number for each, such as what they are to move along.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights {
    /// d, one a dimension.
    pub(crate) diagonal: Matrix,
    /// a, one an entry of the concepts.
    pub(crate) own: Matrix,
    /// M, from what users have to what they want.
    pub(crate) mix: Matrix,
    /// c, one an item.
    pub(crate) biases: Matrix,
    /// W and b of the encoder, of vectors.
    pub(crate) linear: Matrix,
    pub(crate) shift: Matrix,
}

/// x of which sp(x) is a number above 0.
fn unsoftened(y: f32) -> f32 {
    // For large numbers e^y overflows, and x is y.
    if y > 20.0 { y } else { libm::logf(libm::expm1f(y)) }
}

impl Weights {
    /// What a training starts from: TF-IDF on both sides, and vectors that say how frequent a tag is.
    pub(crate) fn initial(concepts: &Concepts, items: usize, params: &Params) -> Self {
        let mut weights = Self::zeros(concepts, items);
        let mean = concepts.rarity.iter().sum::<f32>() / concepts.len() as f32;
        let rare: Vec<f32> = concepts.rarity.iter().map(|x| unsoftened(x / mean)).collect();
        weights.diagonal.fill(&rare);
        (0..concepts.len()).for_each(|tag| weights.mix.values_mut(tag)[tag] = 1.0);
        // Rates within (0, 1), so that a tag of all items has logits, too.
        let logit = |rate: &f32| {
            let rate = rate.clamp(1e-4, 1.0 - 1e-4);
            libm::logf(rate / (1.0 - rate))
        };
        weights.shift.fill(&concepts.rates.iter().map(logit).collect::<Vec<f32>>());
        let mut rng = stream(params.seed, Purpose::Encoder.number(), 0, 0);
        let end = 1.0 / (weights.linear.rows().max(1) as f32).sqrt();
        for row in 0..weights.linear.rows() {
            let values = weights.linear.values_mut(row).iter_mut();
            values.for_each(|x| *x = rng.random_range(-end..=end));
        }
        weights
    }

    pub(crate) fn zeros(concepts: &Concepts, items: usize) -> Self {
        let (tags, entries) = (concepts.len(), concepts.entries.len());
        let width = if concepts.vectors.rows() == 0 { 0 } else { concepts.vectors.columns() };
        Self {
            diagonal: Matrix::zeros(1, tags),
            own: Matrix::zeros(1, entries),
            mix: Matrix::zeros(tags, tags),
            biases: Matrix::zeros(1, items),
            linear: Matrix::zeros(width, tags),
            shift: Matrix::zeros(1, tags),
        }
    }

    fn parts(&self) -> [(&'static str, &Matrix); 6] {
        [
            ("diagonal", &self.diagonal),
            ("own", &self.own),
            ("mix", &self.mix),
            ("biases", &self.biases),
            ("linear", &self.linear),
            ("shift", &self.shift),
        ]
    }

    pub(crate) fn parts_mut(&mut self) -> [&mut Matrix; 6] {
        let Self { diagonal, own, mix, biases, linear, shift } = self;
        [diagonal, own, mix, biases, linear, shift]
    }
}

/// Weights that Adam moves.
#[derive(Debug)]
pub(crate) struct Learnt {
    pub(crate) weights: Weights,
    moments: [Moments; 6],
}

impl Learnt {
    pub(crate) fn new(weights: Weights) -> Self {
        let moments = weights.parts().map(|(_, part)| Moments::new(part.all().len()));
        Self { weights, moments }
    }

    /// One step; whether all is sound. M stays at 0 or above.
    pub(crate) fn step(&mut self, rule: &Rule, along: &Weights, reg: f32) -> bool {
        let parts = self.weights.parts_mut().into_iter().zip(along.parts());
        let sound =
            parts.zip(&mut self.moments).fold(true, |sound, ((part, (_, along)), moments)| {
                moments.step(rule, part.all_mut(), along.all(), reg) & sound
            });
        self.weights.mix.all_mut().iter_mut().flatten().for_each(|x| *x = x.max(0.0));
        sound
    }

    pub(crate) fn save(&self, state: &mut State) {
        for ((name, part), moments) in self.weights.parts().into_iter().zip(&self.moments) {
            state.put(format!("sesa.{name}"), part.to_vec());
            moments.save(&format!("sesa.{name}"), state);
        }
    }

    pub(crate) fn restore(&mut self, state: &State) -> Result<(), Error> {
        let names = self.weights.parts().map(|(name, _)| name);
        for ((name, part), moments) in
            names.into_iter().zip(self.weights.parts_mut()).zip(&mut self.moments)
        {
            let len = part.rows() * part.columns();
            part.fill(state.get_all(&format!("sesa.{name}"), len)?);
            moments.restore(&format!("sesa.{name}"), state)?;
        }
        Ok(())
    }
}
