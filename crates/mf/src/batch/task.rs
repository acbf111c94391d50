//! What a batch is to an objective.

use crate::{Pairwise, Pointwise};

/// An objective over samples of [`Task::CELLS`] neighbouring cells; [`Cells`] and [`Triples`] make
/// one of every objective.
pub trait Task<const C: usize>: Sync {
    /// Cells in a sample.
    const CELLS: usize;

    /// The loss of a sample with scores `x` and labels `y`; sets `ascent` to −∂ loss / ∂x.
    fn sample(&self, x: &[[f32; C]], y: &[f32], ascent: &mut [[f32; C]]) -> f32;
}

/// An objective of single cells.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a, O>(pub &'a O);

impl<O: Pointwise<C>, const C: usize> Task<C> for Cells<'_, O> {
    const CELLS: usize = 1;

    #[inline(always)]
    fn sample(&self, x: &[[f32; C]], y: &[f32], ascent: &mut [[f32; C]]) -> f32 {
        ascent[0] = self.0.ascent(x[0], y[0]);
        self.0.loss(x[0], y[0])
    }
}

/// An objective of triples (u, i, j): cells (u, i) and (u, j), with x = x_ui − x_uj.
#[derive(Clone, Copy, Debug)]
pub struct Triples<'a, O>(pub &'a O);

impl<O: Pairwise> Task<1> for Triples<'_, O> {
    const CELLS: usize = 2;

    #[inline(always)]
    fn sample(&self, x: &[[f32; 1]], y: &[f32], ascent: &mut [[f32; 1]]) -> f32 {
        let (x, y) = (x[0][0] - x[1][0], [y[0], y[1]]);
        let descent = self.0.descent(x, y);
        ascent.copy_from_slice(&[[descent], [-descent]]);
        self.0.loss(x, y)
    }
}
