//! Implicit feedback with known truth: missing not at random, noisily labelled.
//!
//! Real clicks say neither what a user would have liked nor what they were shown, so a method that
//! claims to see through exposure or through noise can't be judged on them alone. Here both are
//! drawn, and kept. For a user u and an item i (the notation of Saito et al., *Unbiased Recommender
//! Learning from Missing-Not-At-Random Implicit Feedback*, WSDM 2020, and of Yu and Qin, *Sampler
//! Design for Implicit Feedback Data by Noisy-label Robust Learning*, SIGIR 2020):
//!
//! ```text
//! relevance  R ~ Bernoulli(γ)   γ = s(a ⟨p_u, q_i⟩ + b_i + c)       taste, quality, intercept
//! exposure   O ~ Bernoulli(θ)   θ = clip(k w_i a_u l_ui, θ_min, θ_max)   popularity, activity, position
//! click      Y = O · (R ? 1 − Bernoulli(φ) : Bernoulli(ε))          lost and false positives
//! ```
//!
//! With φ = ε = 0, the default, Y = O·R. The intercept c is solved for the mean relevance and the
//! scale k for the expected number of clicks.
//!
//! ```
//! use foretaste_sim::{Params, Table};
//!
//! let params = Params { users: 60, items: 40, interactions: 300, ..Params::default() };
//! let feedback = params.check()?.generate()?;
//! assert_eq!(feedback.gamma.len(), 60 * 40);
//! let mut csv = Vec::new();
//! Table::Clicks.write(&feedback, &mut csv)?;
//! assert!(csv.starts_with(b"user,item,time\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reproducibility
//! The same [`Params`] give the same bytes on every platform. Each user and each item has its own
//! random stream, keyed by (seed, purpose, index), so neither order nor threads matter, and
//! changing the noise leaves relevance and exposure as they were. Transcendental functions come
//! from `libm`, never from the platform. What else would change the bytes raises
//! [`GENERATOR_VERSION`].

mod clock;
mod error;
mod exposure;
mod feedback;
mod flips;
mod generate;
mod params;
mod planted;
pub mod progression;
mod random;
pub mod semisynthetic;
mod solve;
mod taste;
mod titles;
mod words;
mod write;

pub use error::Error;
pub use feedback::Feedback;
pub use flips::{FlipRates, Flips};
pub use params::{MAX_CELLS, Params, Simulation};
pub use planted::{NoisyFeedback, Planted};
pub use titles::Genre;
pub use write::{GENERATOR_VERSION, Table};
