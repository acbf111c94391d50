//! What a method is to the engine: scalar mathematics.
//!
//! A trait a kind of sample: [`Pairwise`] for triples, [`Pointwise`] for single pairs.

/// An objective on triples (u, i, j): a user, one of its items, one that it has not.
///
/// With x = x_ui − x_uj the loss of a triple is `loss(x)`; the engine adds the L2 penalty. It
/// steps along `descent(x)` = −d loss / dx:
///
/// ```text
/// U_u += η (descent(x) (V_i − V_j) − λ U_u)
/// V_i += η (descent(x) U_u − λ V_i)
/// V_j −= η (descent(x) U_u + λ V_j)
/// ```
pub trait Pairwise: Sync {
    /// −d loss / dx; must be finite for every finite `x`, and `#[inline(always)]`.
    fn descent(&self, x: f32) -> f32;

    /// The loss of a triple, in nats; reported, and the reference for `descent`.
    fn loss(&self, x: f32) -> f32;
}

/// What a sampled pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// An observed pair.
    Positive,
    /// A pair drawn from those that were not observed.
    Negative,
}

/// An objective on single pairs (u, i), of C bilinear channels.
///
/// With x_c = ⟨U_u, V_i⟩ in channel c (plus the item's bias in the first), the engine steps along
/// `ascent(x)` = −∂ loss / ∂x, in each channel:
///
/// ```text
/// U_u += η (ascent_c V_i − λ_c U_u)
/// V_i += η (ascent_c U_u − λ_c V_i)
/// ```
pub trait Pointwise<const C: usize>: Sync {
    /// −∂ loss / ∂x of each channel; must be finite for finite `x`, and `#[inline(always)]`.
    fn ascent(&self, x: [f32; C], label: Label) -> [f32; C];

    /// The loss of a pair, in nats; reported, and the reference for `ascent`.
    fn loss(&self, x: [f32; C], label: Label) -> f32;
}
