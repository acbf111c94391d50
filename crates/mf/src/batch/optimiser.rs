//! From the direction of a step to the step.
//!
//! The steps give back whether all numbers are finite, and none is larger than a factor ever is in a
//! training that goes somewhere. They set numbers too small to matter to zero, before decay makes
//! them denormal, on which many processors are a hundred times slower.

/// How parameters move along the direction d = D / divisor − λ X.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Optimiser {
    /// X += η d.
    Sgd,
    /// Kingma and Ba, *Adam*, ICLR 2015, as TensorFlow 1 has it: ε is added outside of the bias
    /// correction, and the decay makes every step a step of all rows.
    ///
    /// ```text
    /// m = β₁ m + (1 − β₁) d,   v = β₂ v + (1 − β₂) d²
    /// X += η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
    /// ```
    Adam {
        /// β₁; usually 0.9.
        beta1: f32,
        /// β₂; usually 0.999.
        beta2: f32,
        /// ε; usually 1e-8.
        epsilon: f32,
    },
}

impl Optimiser {
    /// Adam with the usual constants.
    pub const ADAM: Self = Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}

/// Smaller numbers are set to zero.
const NOTHING: f32 = 1e-30;
/// Larger numbers are unsound.
const LARGEST: f32 = 1e6;

#[inline(always)]
fn flush(x: f32) -> f32 {
    if x.abs() < NOTHING { 0.0 } else { x }
}

/// An optimiser at one step.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    optimiser: Optimiser,
    /// η; for Adam, with the bias correction.
    rate: f32,
    /// 1 / divisor.
    scale: f32,
}

impl Rule {
    /// The rule of step `t`, from 1, for sums of gradients that are to be divided.
    pub fn new(optimiser: Optimiser, lr: f32, t: i32, divisor: f64) -> Self {
        let rate = match optimiser {
            Optimiser::Sgd => lr,
            Optimiser::Adam { beta1, beta2, .. } => {
                let [first, second] = [beta1, beta2].map(|beta| 1.0 - f64::from(beta).powi(t));
                (f64::from(lr) * second.sqrt() / first) as f32
            }
        };
        Self { optimiser, rate, scale: (1.0 / divisor) as f32 }
    }

    /// Moves `values` along `sums` / divisor − `reg` · `values`. The moments are as many as values
    /// for Adam, and none for SGD. Whether all values are finite, and none is far too large.
    #[inline(always)]
    pub fn step(
        &self,
        values: &mut [f32],
        sums: &[f32],
        (first, second): (&mut [f32], &mut [f32]),
        reg: f32,
    ) -> bool {
        let Self { rate, scale, .. } = *self;
        let mut sound = true;
        match self.optimiser {
            Optimiser::Sgd => {
                for (x, &sum) in values.iter_mut().zip(sums) {
                    let moved = *x + rate * (scale * sum - reg * *x);
                    sound &= moved.abs() <= LARGEST;
                    *x = flush(moved);
                }
            }
            Optimiser::Adam { beta1, beta2, epsilon } => {
                let moments = first.iter_mut().zip(second);
                for ((x, &sum), (m, v)) in values.iter_mut().zip(sums).zip(moments) {
                    let along = scale * sum - reg * *x;
                    *m = flush(beta1 * *m + (1.0 - beta1) * along);
                    *v = flush(beta2 * *v + (1.0 - beta2) * along * along);
                    let moved = *x + rate * *m / (v.sqrt() + epsilon);
                    sound &= moved.abs() <= LARGEST;
                    *x = flush(moved);
                }
            }
        }
        sound
    }
}
