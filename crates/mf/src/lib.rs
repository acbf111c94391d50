//! Matrix factorization: factor tables, objectives, samplers, the blocked trainer.
//!
//! A method is an objective, scalar mathematics that turns the score of a sampled triple or pair
//! into a coefficient ([`Pairwise`], [`Ranking`], [`Pointwise`], [`Parted`]). The engine alone touches vectors. Its plan:
//!
//! ```text
//! for each epoch
//!     deal the items anew into B blocks, at random; copy their rows together   (deal.rs)
//!     sort each user's positives by the round in which their block comes       (plan.rs)
//!     for round in 0..B                                                        (epoch.rs)
//!         in parallel, for user block t: the cell with item block (t + round) mod B
//!             for each user of t, for each of its positives i in the block     (cell.rs)
//!                 draw a negative j from the block, not one of the user's      (negatives.rs),
//!                     or several, until the objective takes one                (searches.rs)
//!                 x = ⟨U_u, V_i − V_j⟩;  step along the objective's coefficient of x
//!             items that an earlier model holds go towards their rows there       (anchor.rs)
//!     copy the item rows back; stop if a number is not finite                  (course.rs)
//! ```
//!
//! What makes it fast, and what makes it right:
//!
//! 1. The cells of a round share no user and no item. Each thread owns the rows it writes, in
//!    safe Rust, and the result does not depend on the number of threads.
//! 2. The random numbers of a cell depend on (seed, epoch, cell) alone, and the number of blocks
//!    on the data alone: the same seed gives the same model, byte for byte.
//! 3. A block of item rows fits a core's second-level cache. User rows are visited in the order
//!    in which they lie in memory, each for all its positives of the cell at once.
//! 4. A user's positives of the cell are marked in a bitmap of a few cache lines, so that
//!    "is j observed?" is one bit, not a search through the user's history.
//! 5. Negatives come from the positive's own block. Since items are dealt anew in every epoch,
//!    all of a user's unobserved items are equally likely to stand beside a positive: over epochs,
//!    a triple (u, i, j) is drawn as often as uniform sampling draws it. With fixed blocks, items
//!    of different blocks would never be compared.
//! 6. Two users of a cell take turns, so that the processor works on one's sample while the
//!    other's waits for its score (cell.rs, turns.rs).
//! 7. A training that is interrupted between two rounds copies the rows back, and remembers the round
//!    and what the cells have counted. Since deal and random numbers follow from seed and epoch, that is
//!    all it takes to go on as if nothing had happened.

mod anchor;
mod apart;
pub mod batch;
mod begun;
mod carry;
mod cell;
mod course;
mod deal;
pub mod dense;
mod epoch;
mod factors;
mod fold;
mod gated;
mod least_squares;
mod model;
mod negatives;
mod objective;
mod pairs;
mod params;
mod parts;
mod plan;
mod points;
mod prune;
mod searches;
mod streams;
mod table;
mod train;
mod triples;
mod turns;

pub use apart::{pairwise_apart, pointwise_apart, ranking_apart};
pub use begun::Begun;
pub use carry::carry_numbers;
pub use course::{Epochs, Pass, Progress, train_epochs};
pub use factors::{Biases, Factors};
pub use fold::{BySteps, FoldIn, OnPairs, OnParts, OnSearches, OnTriples, Users};
pub use foretaste_model::{EpochReport, Monitor, Silent, Start, State, TrainingError as Error};
pub use gated::GatedTriples;
pub use least_squares::{
    ByLeastSquares, Confident, Half, LeastSquares, Reported, Ridge, Squares, solve_confident,
    sum_of_products, train_by_least_squares,
};
pub use model::{FactorModel, Flips, PROPENSITIES};
pub use negatives::Negatives;
pub use objective::{BprLoss, PARTS, Pairwise, Parted, Pointwise, Ranking, Targets};
pub use params::{
    Bias, Channel, Params, Schedule, Steps, Training, ValidParams, Weighting, ranges_of_triples,
};
pub use parts::Layout;
pub use plan::memory_estimate;
pub use table::Table;
pub use train::{Problem, Trained, train_pairwise, train_parted, train_pointwise, train_ranking};
