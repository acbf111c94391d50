//! The best items of many users by inner products, without writing all scores down.
//!
//! ```text
//! sort the items that may be listed by descending ‖v‖; cut them into tiles
//! round users and items to 8-bit and to 16-bit numbers
//! e ≥ |rounded score − score| for each user
//! for each block of users, in parallel
//!     for each tile of items, for each group of users
//!         drop the tile if ‖u‖ · max ‖v‖ reaches no user's threshold
//!         of the pairs whose 8-bit product may reach the user's threshold
//!             take those whose score, summed in any order, reaches it, but no seen items
//!         threshold ← (k-th best such score of the user so far) − 2e
//!     of what is left of each user: score, sort, keep k
//! ```
//!
//! 1. The longest rows come first: thresholds rise early, and a trained user soon has all that is long
//!    enough to matter.
//! 2. Numbers of 8 bits are multiplied at four times the rate of `f32`. By Cauchy and Schwarz they tell
//!    a score up to 2 or 3 hundredths of ‖u‖ ‖v‖, so that of 64 factors half a percent of all pairs
//!    is left, also of rows that nobody trained.
//! 3. Where the 8-bit numbers say little (scores that are nearly equal, a few numbers much larger than
//!    the rest), a group of users turns to products of 16-bit numbers for some tiles, and tries again.
//!    With 64 factors a number has 12 bits and a sign; e is some thousandth of the spread of a user's
//!    scores, so a dozen items are left to be scored for a list of ten. So do machines without
//!    instructions for 8-bit numbers.
//! 4. Rounding loses nothing: the score of an item below the threshold is less than those of k others
//!    by more than all errors. Lists are those of [`score_rows`](crate::score_rows), bit for bit, and so
//!    are the same whatever the tiles, the threads and the instructions of the machine.
//! 5. A tile stays in the second-level cache while the groups of a block pass by it. The first tiles
//!    are small, for thresholds rise fast at first.
//!
//! Where rounding says nothing (scores that are all equal, or nearly) no item falls below the
//! threshold. Then candidates are scored as soon as there are too many of them, which is slower and
//! takes no more memory.

mod candidates;
mod group;
mod items;
mod rounded;
mod short;

use crate::{Products, Query, Scored};
use candidates::Candidates;
use foretaste_data::{ItemId, UserId};
use foretaste_kernels::scan::{GROUP, Hit, PANEL};
use group::Group;
use items::Items;
use rayon::prelude::*;
use std::ops::RangeInclusive;

/// Users whose thresholds and candidates are kept in the cache with a tile: the more, the more often a
/// row of the tile is found there.
const BLOCK: RangeInclusive<usize> = 128..=256;
/// Blocks that there should be, for threads to share.
const BLOCKS: usize = 64;
/// With fewer users, rounding the items costs more than it saves.
const MIN_USERS: usize = 64;

/// The lists of [`recommend`](crate::recommend), of the items that are `listable`, if not all are;
/// `None` where scoring row by row is better, or needed, because a number is not finite.
pub(crate) fn search<'a>(
    products: Products<'a>,
    users: &[UserId],
    query: &Query<'a>,
    listable: Option<&[ItemId]>,
) -> Option<Vec<Vec<Scored>>> {
    let n_items = listable.map_or(products.n_items(), <[ItemId]>::len);
    if users.len() < MIN_USERS || query.k == 0 || query.k > n_items / 8 {
        return None;
    }
    let items = Items::new(products, listable)?;
    let search = Search { products, items, query: *query };
    let blocks: Option<Vec<_>> = users
        .par_chunks(block_of(users.len()))
        .map_init(Vec::new, |hits, users| search.block(users, hits))
        .collect();
    Some(blocks?.into_iter().flatten().collect())
}

/// Users of a block, whole groups.
fn block_of(users: usize) -> usize {
    (users / BLOCKS).next_multiple_of(GROUP).clamp(*BLOCK.start(), *BLOCK.end())
}

/// What is the same for all blocks.
struct Search<'a> {
    products: Products<'a>,
    items: Items<'a>,
    query: Query<'a>,
}

impl Search<'_> {
    fn block(&self, users: &[UserId], hits: &mut Vec<Hit>) -> Option<Vec<Vec<Scored>>> {
        let groups = users.chunks(GROUP).map(|users| Group::new(self.products, &self.items, users));
        let mut groups: Vec<Group<'_>> = groups.collect::<Option<_>>()?;
        let candidates = users.iter().zip(groups.iter().flat_map(|group| group.error));
        let candidates = candidates.map(|(user, error)| Candidates::new(*user, error, self));
        let mut candidates: Vec<Candidates<'_>> = candidates.collect();
        for tile in self.items.tiles() {
            for (group, candidates) in groups.iter_mut().zip(candidates.chunks_mut(GROUP)) {
                group.look(&self.items, tile, hits);
                for hit in hits.iter() {
                    let item = self.items.id(tile.panels.start * PANEL + hit.item);
                    candidates[hit.user].offer((item, hit.score));
                }
                for (candidates, threshold) in candidates.iter_mut().zip(&mut group.threshold) {
                    *threshold = candidates.raise(*threshold, self);
                }
            }
        }
        Some(candidates.into_iter().map(|candidates| candidates.into_list(self)).collect())
    }
}

#[cfg(test)]
mod tests;
