//! The mini-batch trainer: for repeating papers' experiments with the papers' own procedures.
//!
//! To train a model for use, the blocked trainer is many times faster and does not depend on the
//! size of a batch. Here a step is what the frameworks of most papers make of it:
//!
//! ```text
//! for each cell (u, i, y, w) of the batch, at the parameters before the step
//!     a_c = w · (−∂ loss(x, y) / ∂x_c)                          the objective
//! D(U_u) = Σ over the cells of u   a_c V_i,  likewise V_i and the biases
//! X += step(D(X) / divisor − λ_c X)                             the optimiser, on all rows
//! ```
//!
//! What a batch holds is the matter of the method: it gives a [`Batches`], of which there are two
//! here, [`PositiveBlocks`] and [`CellSampler`]. The divisor is 1 for summed gradients, the number
//! of cells for averages, or the sum of the weights.
//!
//! Each row's sum runs over its cells in the order of the batch, whichever thread adds it up, so
//! the result does not depend on the number of threads.

mod blocks;
mod cells;
mod grouping;
mod optimiser;
mod side;
mod task;
mod trainer;

pub use blocks::{Emit, PositiveBlocks};
pub use cells::{Batch, Batches, Cell, CellSampler};
pub use optimiser::{Optimiser, Rule};
pub use task::{Cells, Task, Triples};
pub use trainer::{Settings, Trainer};

#[cfg(test)]
mod tests;
