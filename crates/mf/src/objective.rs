//! What a method is to the engine: scalar mathematics.

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
