//! The result: what was clicked, and the truth behind it.

use foretaste_data::{Dataset, Interactions, UserId};

use crate::{FlipRates, Genre, Params, titles};

/// Simulated feedback together with everything that is known about it.
///
/// All matrices are users × items over the same dense indices; the original ids are the indices
/// plus 1. Items and users without a click are part of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Feedback {
    /// The parameters it was drawn with.
    pub params: Params,
    /// Y, the clicks, with times in hours since the start of the period.
    pub clicks: Dataset,
    /// R, which items are relevant to whom, clicked or not.
    pub relevance: Interactions,
    /// O, which items were shown to whom, clicked or not.
    pub exposed: Interactions,
    /// γ = P(R = 1), row by row, users × items.
    pub gamma: Vec<f32>,
    /// θ = P(O = 1), row by row, users × items.
    pub theta: Vec<f32>,
    /// φ = P(Y = 0 | O = 1, R = 1).
    pub flip_rates: FlipRates,
    /// The genre of each item.
    pub genres: Vec<Genre>,
}

impl Feedback {
    /// γ of one user, an entry per item.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn gamma_row(&self, user: UserId) -> &[f32] {
        &self.gamma[self.bounds(user)]
    }

    /// θ of one user, an entry per item.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn theta_row(&self, user: UserId) -> &[f32] {
        &self.theta[self.bounds(user)]
    }

    /// The mean of θ over the users, for each item: the propensities that a method which knows
    /// items only can hope for.
    pub fn item_exposure(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.genres.len()];
        for row in self.theta.chunks_exact(self.genres.len()) {
            for (sum, &theta) in sums.iter_mut().zip(row) {
                *sum += f64::from(theta);
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= f64::from(self.params.users));
        sums
    }

    /// A title for each item, all different; items of a genre share its vocabulary.
    pub fn titles(&self) -> Vec<String> {
        titles::titles(self.params.seed, &self.genres)
    }

    fn bounds(&self, user: UserId) -> std::ops::Range<usize> {
        let items = self.genres.len();
        user.index() * items..(user.index() + 1) * items
    }
}
