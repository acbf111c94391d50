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

use crate::top_k::better_first;
use crate::{Products, Query, Scored, Scorer, recommend};
use candidates::Candidates;
use foretaste_data::{ItemId, UserId};
use foretaste_kernels::scan::{GROUP, Hit, PANEL};
use group::Group;
use items::{Items, Tile};
use rayon::prelude::*;
use std::ops::RangeInclusive;

/// Users whose thresholds and candidates are kept in the cache with a tile: the more, the more often a
/// row of the tile is found there.
const BLOCK: RangeInclusive<usize> = 128..=256;
/// Blocks that there should be, for threads to share.
const BLOCKS: usize = 64;
/// With fewer users, rounding the items costs more than it saves.
const MIN_USERS: usize = 64;
/// Of so many items, threads share the list of a few users.
const MANY: usize = 1 << 17;
/// Of fewer than one in so many items, all scores are found sooner.
const MIN_SHARE: usize = 8;

/// The lists of [`recommend`](crate::recommend), of the items that are `listable`, if not all are;
/// `None` where scoring row by row is better, or needed, because a number is not finite.
pub(crate) fn search(
    products: Products<'_>,
    users: &[UserId],
    query: &Query<'_>,
    listable: Option<&[ItemId]>,
) -> Option<Vec<Vec<Scored>>> {
    let n_items = listable.map_or(products.n_items(), <[ItemId]>::len);
    if users.len() < MIN_USERS || !is_short(query.k, n_items) {
        return None;
    }
    let items = Items::new(products, listable)?;
    Search { products, items: &items, query: *query }.lists(users)
}

/// Whether a list of k leaves most of the items out.
fn is_short(k: usize, n_items: usize) -> bool {
    k > 0 && k <= n_items / MIN_SHARE
}

/// Users of a block, whole groups: few, where there are few users for the threads to share.
fn block_of(users: usize) -> usize {
    let share = users.div_ceil(rayon::current_num_threads()).next_multiple_of(GROUP);
    let least = share.min(*BLOCK.start());
    (users / BLOCKS).next_multiple_of(GROUP).clamp(least, *BLOCK.end())
}

/// The items of a model whose scores are products, made ready once for lists that are asked for a few
/// users at a time: their rounded numbers, at most 3 B for each number of an item's row.
///
/// [`recommend`](crate::recommend) makes them ready in each call, which pays for many users only.
#[derive(Debug)]
pub struct Catalogue {
    /// None where scores are no products, or not of numbers that can be rounded.
    items: Option<Items>,
}

impl Catalogue {
    /// Of all items of a model. In parallel on the current rayon pool.
    pub fn new(scorer: &dyn Scorer) -> Self {
        Self { items: scorer.products().and_then(|products| Items::new(products, None)) }
    }

    /// The lists of [`recommend`](crate::recommend), bit for bit, of users of the model, or of any who were
    /// folded into it.
    ///
    /// # Panics
    /// If a user is unknown to the scorer, or its items are not those of the model.
    pub fn recommend(
        &self,
        scorer: &dyn Scorer,
        users: &[UserId],
        query: &Query<'_>,
    ) -> Vec<Vec<Scored>> {
        let found = || {
            let (items, products) = (self.items.as_ref()?, scorer.products()?);
            assert_eq!(items.len(), products.n_items(), "the items of the model");
            let n_listable = query.n_listable(items.len());
            if !is_short(query.k, n_listable) || n_listable < items.len() / MIN_SHARE {
                return None;
            }
            Search { products, items, query: *query }.lists(users)
        };
        found().unwrap_or_else(|| recommend(scorer, users, query))
    }
}

/// What is the same for all blocks.
struct Search<'a, 'p> {
    products: Products<'p>,
    items: &'a Items,
    query: Query<'a>,
}

impl Search<'_, '_> {
    fn lists(&self, users: &[UserId]) -> Option<Vec<Vec<Scored>>> {
        if users.len() <= GROUP && self.items.len() >= MANY {
            return self.lists_in_parts(users, rayon::current_num_threads());
        }
        let blocks: Option<Vec<_>> = users
            .par_chunks(block_of(users.len()))
            .map_init(Vec::new, |hits, users| self.block(users, self.items.tiles(), hits))
            .collect();
        Some(blocks?.into_iter().flatten().collect())
    }

    /// The lists of one group, found by several threads: each has the best of every so manieth tile.
    fn lists_in_parts(&self, users: &[UserId], parts: usize) -> Option<Vec<Vec<Scored>>> {
        let tiles = |part| self.items.tiles().iter().skip(part).step_by(parts);
        let part = |part| self.block(users, tiles(part), &mut Vec::new());
        let found: Option<Vec<_>> = (0..parts).into_par_iter().map(part).collect();
        let mut lists = vec![Vec::new(); users.len()];
        for (list, part) in found?.into_iter().flat_map(|part| part.into_iter().enumerate()) {
            lists[list].extend(part);
        }
        for list in &mut lists {
            list.sort_unstable_by(better_first);
            list.truncate(self.query.k);
        }
        Some(lists)
    }

    fn block<'t>(
        &self,
        users: &[UserId],
        tiles: impl IntoIterator<Item = &'t Tile>,
        hits: &mut Vec<Hit>,
    ) -> Option<Vec<Vec<Scored>>> {
        let groups = users.chunks(GROUP).map(|users| Group::new(self.products, self.items, users));
        let mut groups: Vec<Group<'_>> = groups.collect::<Option<_>>()?;
        let candidates = users.iter().zip(groups.iter().flat_map(|group| group.error));
        let candidates = candidates.map(|(user, error)| Candidates::new(*user, error, self));
        let mut candidates: Vec<Candidates<'_>> = candidates.collect();
        for tile in tiles {
            for (group, candidates) in groups.iter_mut().zip(candidates.chunks_mut(GROUP)) {
                group.look((self.items, &self.products), tile, hits);
                for hit in hits.iter() {
                    let item = self.items.id(tile.panels.start * PANEL + hit.item);
                    candidates[hit.user].offer((item, hit.score), self);
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
