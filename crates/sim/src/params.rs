//! What is simulated: the parameters, and the type that holds them once they are checked.

use serde::{Deserialize, Serialize};

use crate::{Error, Flips};

/// Largest number of cells (users × items) that is simulated: γ and θ then take 2 GiB.
pub const MAX_CELLS: u64 = 1 << 28;

/// The parameters of a simulation, not yet checked.
///
/// The defaults are those of the bundled sample: tastes are clear, exposure reaches from a few
/// hundredths to nine tenths whatever the quality, so that popularity misleads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// m, the number of users. Default 1000; at least 1, and users × items at most [`MAX_CELLS`].
    pub users: u32,
    /// n, the number of items. Default 1000; at least 1.
    pub items: u32,
    /// The expected number of clicks, Σ P(Y = 1). Default 60 000; at least 1, and within what the
    /// limits of exposure allow.
    pub interactions: u64,
    /// K, the rank of taste: the length of p_u and q_i. Default 8; 1 to 256.
    pub rank: u32,
    /// The mean of γ over all cells. Default 0.16; inside (0, 1).
    pub relevance: f64,
    /// a, the scale of taste: how far ⟨p_u, q_i⟩ moves the logit of γ, in standard deviations.
    /// Default 2; 0 (nothing personal) to 20.
    pub taste: f64,
    /// The standard deviation of b_i, the quality of items on the logit of γ. Default 1.3;
    /// 0 to 10.
    pub quality: f64,
    /// η, the exponent of exposure: the item of rank r is exposed in proportion to (r/n)^−η.
    /// Default 1.8; 0 (all alike) to 10.
    pub popularity: f64,
    /// The standard deviation of log a_u, the activity of users. Default 0.35; 0 to 5.
    pub activity: f64,
    /// ξ, the exponent of position: what has the place r in the list that a former recommender made for
    /// the user is exposed in proportion to (r/n)^−ξ. Default 0 (no lists); 0 to 10.
    #[serde(skip_serializing_if = "is_default")]
    pub position: f64,
    /// ρ, the correlation between the quality of an item and the normal score that orders the
    /// items by exposure. Default 0 (exposure knows nothing of relevance); −1 to 1.
    pub dependence: f64,
    /// θ_min, the least exposure of a cell. Default 0.01; inside (0, 1), below `max_exposure`.
    pub min_exposure: f64,
    /// θ_max, the greatest exposure of a cell. Default 0.9; up to 1.
    pub max_exposure: f64,
    /// φ, which positive labels are lost. Default none.
    pub flips: Flips,
    /// ε = P(Y = 1 | O = 1, R = 0), the rate of false positives among what a user saw and does
    /// not care for. Default 0; at least 0, below 1.
    pub noise: f64,
    /// Length of the simulated period in hours. Default 8760, a year; at least 2.
    pub hours: u32,
    /// The seed. Default 1; any.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            users: 1_000,
            items: 1_000,
            interactions: 60_000,
            rank: 8,
            relevance: 0.16,
            taste: 2.0,
            quality: 1.3,
            popularity: 1.8,
            activity: 0.35,
            position: 0.0,
            dependence: 0.0,
            min_exposure: 0.01,
            max_exposure: 0.9,
            flips: Flips::None,
            noise: 0.0,
            hours: 8_760,
            seed: 1,
        }
    }
}

impl Params {
    /// Checks every parameter; only what passes can be simulated.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] names the first parameter outside its range,
    /// [`Error::TooManyCells`] refuses sizes that would not fit into memory, and
    /// [`Error::Unreachable`] a number of clicks that no exposure can give.
    pub fn check(self) -> Result<Simulation, Error> {
        self.check_sizes()?;
        self.check_shape()?;
        self.check_exposure()?;
        self.flips.check()?;
        in_range("noise", self.noise, "at least 0 and below 1", |x| (0.0..1.0).contains(&x))?;
        self.check_target()?;
        Ok(Simulation { params: self })
    }

    fn check_sizes(&self) -> Result<(), Error> {
        let positive = |x| x >= 1.0;
        in_range("users", self.users.into(), "at least 1", positive)?;
        in_range("items", self.items.into(), "at least 1", positive)?;
        in_range("interactions", self.interactions as f64, "at least 1", positive)?;
        in_range("rank", self.rank.into(), "from 1 to 256", |x| (1.0..=256.0).contains(&x))?;
        in_range("hours", self.hours.into(), "at least 2", |x| x >= 2.0)?;
        if self.cells() > MAX_CELLS {
            return Err(Error::TooManyCells { users: self.users, items: self.items });
        }
        Ok(())
    }

    fn check_shape(&self) -> Result<(), Error> {
        in_range("relevance", self.relevance, "above 0 and below 1", |x| x > 0.0 && x < 1.0)?;
        in_range("taste", self.taste, "from 0 to 20", |x| (0.0..=20.0).contains(&x))?;
        in_range("quality", self.quality, "from 0 to 10", |x| (0.0..=10.0).contains(&x))
    }

    fn check_exposure(&self) -> Result<(), Error> {
        in_range("popularity", self.popularity, "from 0 to 10", |x| (0.0..=10.0).contains(&x))?;
        in_range("activity", self.activity, "from 0 to 5", |x| (0.0..=5.0).contains(&x))?;
        in_range("position", self.position, "from 0 to 10", |x| (0.0..=10.0).contains(&x))?;
        in_range("dependence", self.dependence, "from -1 to 1", |x| x.abs() <= 1.0)?;
        in_range("max_exposure", self.max_exposure, "above 0 and at most 1", |x| {
            x > 0.0 && x <= 1.0
        })?;
        in_range("min_exposure", self.min_exposure, "above 0 and below max_exposure", |x| {
            x > 0.0 && x < self.max_exposure
        })
    }

    /// Refuses early what is out of reach whatever is drawn; the rest is known once γ is.
    fn check_target(&self) -> Result<(), Error> {
        let clicks = self.relevance + (1.0 - self.relevance) * self.noise;
        let most = self.max_exposure * clicks * self.cells() as f64;
        if self.interactions as f64 >= most {
            return Err(Error::Unreachable { wanted: self.interactions, least: 0.0, most });
        }
        Ok(())
    }

    fn cells(&self) -> u64 {
        u64::from(self.users) * u64::from(self.items)
    }
}

/// Whether there are no lists, of which manifests then say nothing, as before there could be.
fn is_default(position: &f64) -> bool {
    *position == 0.0
}

/// Checked parameters, ready to be simulated with [`Simulation::generate`].
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    pub(crate) params: Params,
}

impl Simulation {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }
}

/// An error unless `legal(value)`; NaN is never legal.
pub(crate) fn in_range(
    name: &'static str,
    value: f64,
    rule: &'static str,
    legal: impl Fn(f64) -> bool,
) -> Result<(), Error> {
    if legal(value) { Ok(()) } else { Err(Error::OutOfRange { name, value, rule }) }
}
