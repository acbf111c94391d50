//! The parameters, checked, and the filter.

use crate::{Filter, Graph};
use foretaste_data::Interactions;
use foretaste_model::{Described, Monitor, TrainingError, parameters};
use foretaste_spectral::right_vectors;
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "gf-cf";

parameters! {
    /// The parameters of GF-CF. Unchecked: [`Params::check`] makes the [`GfCf`] that filters.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// How many singular vectors the ideal filter lets pass.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// How much the ideal filter counts beside the linear one.
        #[symbol("α")]
        #[range(at_least(0).at_most(1000))]
        pub ideal: f32,
        /// Seed of the start from which the vectors are found.
        #[range(at_least(0))]
        pub seed: u64,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self { factors: 64, ideal: 0.3, seed: 42 }
    }
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<GfCf, TrainingError> {
        self.check_ranges()?;
        Ok(GfCf { params: self })
    }
}

/// GF-CF with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct GfCf {
    params: Params,
}

impl GfCf {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Finds the singular vectors, in parallel on the current rayon pool, whose size does not change the
    /// result. Besides the graph it holds some 9/8 K numbers of 4 B, twice for each item, once for each
    /// user.
    ///
    /// # Errors
    /// [`TrainingError::NoData`] without interactions, [`TrainingError::Interrupted`] if the monitor
    /// says so.
    pub fn fit(
        &self,
        data: &Interactions,
        monitor: &mut dyn Monitor,
    ) -> Result<Filter, TrainingError> {
        if data.nnz() == 0 {
            return Err(TrainingError::NoData { reason: "no interactions" });
        }
        let graph = Graph::new(data);
        let Params { factors, ideal, seed } = self.params;
        // Rows of zeros for what the matrix has not would be of no use.
        let k = factors.min(data.n_users()).min(data.n_items());
        let go_on = |share: f64| {
            // Its answer is about further epochs.
            monitor.progress(1, share);
            !monitor.interrupted()
        };
        let found = right_vectors(&graph, k, seed, go_on);
        let found = found.ok_or(TrainingError::Interrupted { epoch: 1 })?;
        Ok(Filter::new(graph, (found.vectors, k), ideal))
    }
}

#[cfg(test)]
mod tests;
