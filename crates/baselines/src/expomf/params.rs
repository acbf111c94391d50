//! The parameters: all values public, checked once into a type that alone can train.

use super::ExpoMf;
use foretaste_mf::{Bias, Error, Params};
use serde::{Deserialize, Serialize};

/// The longest rows: scratch memory grows with their square.
const LONGEST: usize = 256;

/// The parameters of ExpoMF. Unchecked: [`ExpoMfParams::check`] makes the [`ExpoMf`] that trains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExpoMfParams {
    /// μ of every item at the start. Default 0.01; above 0 and below 1.
    pub exposure: f32,
    /// λ_y, the inverse variance of what was seen around its score. Default 5; from 0.001 to 1000.
    /// Above 2π, what is not clicked makes it likelier that it was seen, and μ is no propensity.
    pub precision: f32,
    /// λ/λ_y, the L2 penalty on the factors of users and items in units of λ_y. Default 10; from 0.000001 to 10000.
    pub ridge: f32,
    /// The factorization and its training. Of its parameters ExpoMF knows factors (up to 256),
    /// epochs (its sweeps), `init_sd`, patience and seed.
    #[serde(flatten)]
    pub mf: Params,
}

impl Default for ExpoMfParams {
    fn default() -> Self {
        let mf = Params { epochs: 20, init_sd: 0.01, ..Params::default() };
        Self { exposure: 0.01, precision: 5.0, ridge: 10.0, mf }
    }
}

impl ExpoMfParams {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<ExpoMf, Error> {
        let check = |legal: bool, name, rule, value: String| match legal {
            true => Ok(()),
            false => Err(Error::Parameter { name, rule, value }),
        };
        let Self { exposure, precision, ridge, ref mf } = self;
        let open = exposure > 0.0 && exposure < 1.0;
        check(open, "exposure", "above 0 and below 1", exposure.to_string())?;
        let within = (1e-3..=1e3).contains(&precision);
        check(within, "precision", "from 0.001 to 1000", precision.to_string())?;
        let factors = mf.factors.to_string();
        check(mf.factors <= LONGEST, "factors", "at most 256 for expomf", factors)?;
        let within = (1e-6..=1e4).contains(&ridge);
        check(within, "ridge", "from 0.000001 to 10000", ridge.to_string())?;
        check(mf.bias == Bias::default(), "bias", "none for expomf", mf.bias.to_string())?;
        let mf = mf.clone().check()?;
        Ok(ExpoMf { params: self, mf })
    }

    /// Parameters of the factorization that ExpoMF does not have, each with what has it.
    pub fn idle(&self) -> Vec<(&'static str, &'static str)> {
        Params::OF_STEPS.map(|name| (name, "methods that learn by steps")).to_vec()
    }
}
