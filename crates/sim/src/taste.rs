//! Who likes what: low-rank taste in genres, γ_ui = s(a ⟨p_u, q_i⟩ + b_i + c).
//!
//! Every genre has a random direction of length 1 in K dimensions. An item lies near the direction
//! of its genre, a user near a mixture of the directions of two; both also have tastes of their
//! own, so that genres help but do not settle the matter. The length of p_u is √K and that of q_i
//! is about 1, so that ⟨p_u, q_i⟩ has a standard deviation of about 1 over the items.

use crate::random::{Purpose, Stream};
use crate::solve::{intercept, sigmoid};
use crate::titles::Genre;
use crate::{Params, Simulation};

/// Share of the variance of a factor that its genres explain.
const GENRE_SHARE: f64 = 0.6;
/// Weights of a user's first and second genre; their squares sum to 1.
const FAVOURITES: [f64; 2] = [0.8, 0.6];

/// The sources of relevance.
#[derive(Debug)]
pub(crate) struct Taste {
    /// q_i, row by row, items × K.
    items: Vec<f64>,
    /// The genre of each item.
    pub(crate) genres: Vec<Genre>,
    /// b_i over its standard deviation: standard normal.
    pub(crate) quality: Vec<f64>,
    /// The direction of each genre, row by row, genres × K.
    directions: Vec<f64>,
}

impl Taste {
    /// Draws genres, items and qualities.
    pub(crate) fn draw(params: &Params) -> Self {
        let rank = params.rank as usize;
        let mut directions = Vec::with_capacity(Genre::ALL.len() * rank);
        for genre in 0..Genre::ALL.len() as u64 {
            let mut stream = Stream::new(params.seed, Purpose::Genres, genre);
            let mut direction: Vec<f64> = (0..rank).map(|_| stream.normal()).collect();
            scale_to(&mut direction, 1.0);
            directions.extend(direction);
        }
        let n = params.items as usize;
        let mut taste = Self {
            items: Vec::with_capacity(n * rank),
            genres: Vec::with_capacity(n),
            quality: Vec::with_capacity(n),
            directions,
        };
        for item in 0..n as u64 {
            let mut stream = Stream::new(params.seed, Purpose::ItemTaste, item);
            let genre = stream.below(Genre::ALL.len());
            taste.quality.push(stream.normal());
            taste.genres.push(Genre::ALL[genre]);
            let factor = taste.near(&[(genre, 1.0)], rank, &mut stream);
            taste.items.extend(factor);
        }
        taste
    }

    /// p_u, of length √K.
    fn user(&self, params: &Params, user: u32) -> Vec<f64> {
        let mut stream = Stream::new(params.seed, Purpose::UserTaste, user.into());
        let genres = FAVOURITES.map(|weight| (stream.below(Genre::ALL.len()), weight));
        let mut factor = self.near(&genres, params.rank as usize, &mut stream);
        scale_to(&mut factor, f64::from(params.rank).sqrt());
        factor
    }

    /// A random point near a mixture of genres.
    fn near(&self, mixture: &[(usize, f64)], rank: usize, stream: &mut Stream) -> Vec<f64> {
        let (common, own) = (GENRE_SHARE.sqrt(), ((1.0 - GENRE_SHARE) / rank as f64).sqrt());
        (0..rank)
            .map(|k| {
                let genres = mixture
                    .iter()
                    .map(|&(genre, weight)| weight * self.directions[genre * rank + k])
                    .sum::<f64>();
                common * genres + own * stream.normal()
            })
            .collect()
    }
}

impl Simulation {
    /// γ, row by row, with the intercept at which its mean is the rate asked for.
    pub(crate) fn relevance(&self, taste: &Taste) -> Vec<f32> {
        let params = self.params();
        let mut cells = self.affinities(taste);
        let intercept = intercept(&cells, &[], params.relevance);
        for cell in &mut cells {
            *cell = sigmoid(f64::from(*cell) + intercept) as f32;
        }
        cells
    }

    /// a ⟨p_u, q_i⟩ + b_i, row by row.
    pub(crate) fn affinities(&self, taste: &Taste) -> Vec<f32> {
        let params = self.params();
        let rank = params.rank as usize;
        let mut cells = Vec::with_capacity(params.users as usize * params.items as usize);
        for user in 0..params.users {
            let factor = taste.user(params, user);
            let rows = taste.items.chunks_exact(rank).zip(&taste.quality);
            cells.extend(rows.map(|(item, quality)| {
                let dot: f64 = factor.iter().zip(item).map(|(p, q)| p * q).sum();
                (params.taste * dot + params.quality * quality) as f32
            }));
        }
        cells
    }
}

/// Stretches a vector to a length; the zero vector stays.
fn scale_to(vector: &mut [f64], length: f64) {
    let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|x| *x *= length / norm);
    }
}
