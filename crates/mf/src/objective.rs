//! What a method is to the engine: scalar mathematics.
//!
//! A trait a kind of sample: [`Pairwise`] for triples, [`Ranking`] for triples whose negative is sought,
//! [`Pointwise`] for single pairs, [`Parted`] for single pairs of rows whose lengths stay. Where they see labels, the label y of a pair is 0 if it was not observed; else it is the pair's
//! target, 1 or what [`Targets`] says.

use crate::Error;
use foretaste_data::Interactions;
use foretaste_kernels::{ln_1p_exp, sigmoid};

/// An objective on triples (u, i, j): a user, one of its items, another item.
///
/// With x = x_ui − x_uj the loss of a triple is `loss(x, y)`; the engine adds the L2 penalty. It
/// steps along `descent(x, y)` = −d loss / dx:
///
/// ```text
/// U_u += η (descent (V_i − V_j) − λ U_u)
/// V_i += η (descent U_u − λ V_i)
/// V_j −= η (descent U_u + λ V_j)
/// ```
///
/// `y` holds the labels of i and of j. That of j is 0, except with [`Negatives::Any`], which draws
/// observed items, too.
///
/// [`Negatives::Any`]: crate::Negatives::Any
pub trait Pairwise: Sync {
    /// −d loss / dx; must be finite for every finite `x`, and `#[inline(always)]`.
    fn descent(&self, x: f32, y: [f32; 2]) -> f32;

    /// The loss of a triple, in nats; reported, and the reference for `descent`.
    fn loss(&self, x: f32, y: [f32; 2]) -> f32;
}

/// −ln σ(x_ui − x_uj), of Bayesian Personalized Ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme, UAI 2009).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BprLoss;

impl Pairwise for BprLoss {
    #[inline(always)]
    fn descent(&self, x: f32, _y: [f32; 2]) -> f32 {
        sigmoid(-x)
    }

    #[inline(always)]
    fn loss(&self, x: f32, _y: [f32; 2]) -> f32 {
        ln_1p_exp(-x)
    }
}

/// An objective on triples (u, i, j) whose j is sought: items that the user has not are drawn, all
/// equally likely, until one has a descent.
///
/// With it, the engine steps as for [`Pairwise`]. Where [`draws`](Self::draws) items have none, nothing
/// moves, and the loss of the positive is 0.
pub trait Ranking: Sync {
    /// How many items are drawn at most; at least 1.
    fn draws(&self) -> u32;

    /// −d loss / dx at x = x_ui − x_uj of an item that was drawn as the `draw`-th, from 1. Must be finite
    /// for every finite `x`, and `#[inline(always)]`.
    fn descent(&self, x: f32, draw: u32) -> f32;

    /// The loss of such a triple; reported, and the reference for `descent`.
    fn loss(&self, x: f32, draw: u32) -> f32;
}

/// An objective on single pairs (u, i), of C bilinear channels.
///
/// With x_c = ⟨U_u, V_i⟩ + b_u + b_i + b in channel c, of which each has its own rows and biases,
/// the engine steps along `ascent(x, y)` = −∂ loss / ∂x, in each channel:
///
/// ```text
/// U_u += η (ascent_c V_i − λ_c U_u)       b_u += η (ascent_c − λ_c b_u)
/// V_i += η (ascent_c U_u − λ_c V_i)       b_i += η (ascent_c − λ_c b_i)      b += η ascent_c
/// ```
pub trait Pointwise<const C: usize>: Sync {
    /// −∂ loss / ∂x of each channel for a pair of label `y`; must be finite for finite `x`, and
    /// `#[inline(always)]`.
    fn ascent(&self, x: [f32; C], y: f32) -> [f32; C];

    /// The loss of a pair of label `y`, in nats; reported, and the reference for `ascent`.
    fn loss(&self, x: [f32; C], y: f32) -> f32;
}

/// The most parts that a row can have.
pub const PARTS: usize = 8;

/// An objective on single pairs, of rows that have parts of lengths that stay: see [`Layout`].
///
/// With x_c = ⟨U_u, V_i⟩ in part c, the engine steps along `ascent(x, y)` = −∂ loss / ∂x, in each part
/// that the label reaches, and brings it back to its length:
///
/// ```text
/// U_u ← √γ_c · (U_u + η ascent_c V_i) / ‖U_u + η ascent_c V_i‖,  V_i likewise
/// ```
///
/// So |x_c| ≤ γ_c, up to rounding.
///
/// [`Layout`]: crate::Layout
pub trait Parted: Sync {
    /// How many parts, from the first, the loss of a pair of label `y` depends on; `#[inline(always)]`.
    fn depth(&self, y: f32) -> usize;

    /// −∂ loss / ∂x of each part, 0 from [`depth`](Self::depth) on, where `x` is 0, too. Must be finite
    /// for all `x` of the lengths, and `#[inline(always)]`.
    fn ascent(&self, x: &[f32; PARTS], y: f32) -> [f32; PARTS];

    /// The loss of a pair of label `y`, in nats; reported, and the reference for `ascent`.
    fn loss(&self, x: &[f32; PARTS], y: f32) -> f32;
}

/// The labels of observed pairs: finite numbers above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Targets<'a> {
    /// 1.
    #[default]
    Ones,
    /// One number an item, as an inverse propensity is.
    Items(&'a [f32]),
    /// One number an observed pair, in the order of [`Interactions::pairs`].
    Pairs(&'a [f32]),
}

impl Targets<'_> {
    /// The number of a pair, given by its item and by its place among the pairs.
    #[inline(always)]
    pub fn of(&self, item: usize, pair: usize) -> f32 {
        match self {
            Self::Ones => 1.0,
            Self::Items(targets) => targets[item],
            Self::Pairs(targets) => targets[pair],
        }
    }

    pub(crate) fn check(&self, data: &Interactions) -> Result<(), Error> {
        self.check_size(data.n_items(), data.nnz())
    }

    /// Whether they fit so many items and pairs.
    pub(crate) fn check_size(&self, n_items: usize, nnz: usize) -> Result<(), Error> {
        let (targets, len, rule) = match self {
            Self::Ones => return Ok(()),
            Self::Items(targets) => (targets, n_items, "one an item"),
            Self::Pairs(targets) => (targets, nnz, "one an observed pair"),
        };
        let name = "targets";
        if targets.len() != len {
            return Err(Error::parameter(name, rule, targets.len()));
        }
        let rule = "finite and above 0";
        match targets.iter().find(|target| !(target.is_finite() && **target > 0.0)) {
            Some(target) => Err(Error::parameter(name, rule, target)),
            None => Ok(()),
        }
    }
}
