//! Gates, and how they are learnt.
//!
//! Users and items lie in blocks by their frequency, and each block l has a gate α_lk in [0, 1] for each of the K
//! numbers of a row (section 3 of the paper). A row counts as ẽ = α ⊙ e. Of a user u, an item i that it has and another
//! item j, with c = −σ(−x) the slope of the loss of BPR, −ln σ(x):
//!
//! ```text
//! x          ⟨α_u ⊙ U_u, α_i ⊙ V_i − α_j ⊙ V_j⟩ + b_i − b_j
//! min over α of the loss on held-out interactions, where U, V minimise the loss on the others
//! gradient   α_u: c U_u ⊙ (α_i ⊙ V_i − α_j ⊙ V_j);   α_i: c α_u ⊙ U_u ⊙ V_i;   α_j: −c α_u ⊙ U_u ⊙ V_j
//! step       g_lk = mean gradient + μ;   α_lk ← clip(α_lk − η_α g_lk / (mean over k' of |g_lk'| + 10⁻⁸), 0, 1)
//! ```
//!
//! The two are minimised in turn, to first order: the steps on α take U and V as they are.
//!
//! # Departures from the paper
//!
//! - Users and items have blocks of their own; the program orders both in one table.
//! - The turns are epochs: an epoch of steps on U and V, then one on α, in batches of held-out interactions. The
//!   program takes a batch of each.
//! - After the warm-up, numbers are turned to the axes of the singular vectors of U Vᵀ (`axes`), which changes no
//!   score: what is large for one row is then large for others, and products of pruned rows lose less.
//! - Blocks are of one size.
//! - Pruning leaves each row its largest number, so that nobody is without a list.
//! - Where no interactions were held out, a share of the training's are held out while gates are searched, and trained
//!   on afterwards.

pub(crate) use foretaste_mf::BprLoss as Loss;
