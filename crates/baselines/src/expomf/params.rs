//! The parameters: all values public, checked once into a type that alone can train.

use super::ExpoMf;
use foretaste_mf::{Error, Training};
use foretaste_model::{Described, parameters};
use serde::{Deserialize, Serialize};

parameters! {
    /// The parameters of ExpoMF. Unchecked: [`ExpoMfParams::check`] makes the [`ExpoMf`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct ExpoMfParams {
        /// How likely it is that an item was seen, at the start.
        #[symbol("μ")]
        #[range(above(0).below(1))]
        pub exposure: f32,
        /// How sure a click or its absence is of what is seen: the inverse variance around a score.
        ///
        /// Above 2π, what is not clicked makes it likelier that it was seen, and μ is no propensity.
        #[symbol("λ_y")]
        #[range(at_least(1e-3).at_most(1000))]
        pub precision: f32,
        /// Weight of the L2 penalty on the factors of users and items, in units of `precision`.
        #[symbol("λ/λ_y")]
        #[range(at_least(1e-6).at_most(10000))]
        pub ridge: f32,
        // Scratch memory grows with the square of a row's length.
        #[flatten(factors: at_least(1).at_most(256))]
        /// The factorization and its training; an epoch is a sweep.
        pub training: Training,
    }
}

impl Default for ExpoMfParams {
    fn default() -> Self {
        let training = Training { epochs: 20, init_sd: 0.01, ..Training::default() };
        Self { exposure: 0.01, precision: 5.0, ridge: 10.0, training }
    }
}

impl ExpoMfParams {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<ExpoMf, Error> {
        self.check_ranges()?;
        Ok(ExpoMf { params: self })
    }
}
