//! Vector operations on factor rows.
//!
//! A row is padded with zeros to whole [`Lanes`] of 16 numbers and every operation is a loop over
//! lanes with a fixed number of accumulators, reduced as a tree. The compiler turns such a loop
//! into vector instructions of whatever width there is, and because Rust never fuses or reorders
//! floating-point operations, the result is the same to the last bit on SSE2, AVX2, AVX-512 and
//! NEON. Fused operations are asked for by name (`mul_add`, which rounds once on every machine) where they
//! pay and no older model's bits depend on it: in [`add_product`]. In rows they gain at most 1.4×.
//!
//! Functions here are `#[inline(always)]` and contain no detection of the instruction set.
//! Callers wrap a whole block of work in [`dispatch`], which compiles it for the best instruction
//! set of the machine and chooses once.

pub mod apply;
mod dispatch;
mod fused;
mod gated;
mod panels;
mod product;
mod rows;
mod scalar;
pub mod scan;
pub mod screen;
pub mod symmetric;

pub use dispatch::{Work, dispatch, dispatch_work};
pub use fused::{Left, add_product};
pub use gated::{
    Gated, GatedMut, gated_dot, gated_sub_dot, gated_sub_dot_with_norms, step_gated_triple,
};
pub use panels::{Panels, add_products};
pub use product::{dot_in_order, dots_in_order, multiply};
pub use rows::{
    LANES, Lanes, Move, dot, dot_with_norms, lanes_for, step_pair, step_row, step_row_between,
    step_triple, sub_dot, sub_dot_with_norms,
};
pub use scalar::{exp, ln_1p_exp, sigmoid};
