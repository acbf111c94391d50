//! Items dealt into blocks, anew in every epoch, and the blocks' rows gathered together.

use crate::cell::MAX_CHANNELS;
use crate::negatives::BlockSampler;
use crate::streams::{Purpose, stream};
use crate::{Factors, Negatives, Targets};
use foretaste_kernels::Lanes;
use rand::seq::SliceRandom;
use rayon::prelude::*;

/// Bits of a [`Code`] that hold the place within the block, and the most items of a block.
pub(crate) const LOCAL_BITS: u32 = 15;
pub(crate) const MAX_BLOCK: usize = 1 << LOCAL_BITS;
/// The most items that are dealt: as many blocks of the largest size as a block has items, so that the
/// list of cells does not outgrow the rows.
pub(crate) const MAX_ITEMS: usize = MAX_BLOCK * MAX_BLOCK;

/// Where an item stands: its block and its place within the block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Code(u32);

impl Code {
    #[inline(always)]
    pub(crate) fn block(self) -> usize {
        (self.0 >> LOCAL_BITS) as usize
    }

    #[inline(always)]
    pub(crate) fn local(self) -> u16 {
        (self.0 & (MAX_BLOCK as u32 - 1)) as u16
    }
}

/// One assignment of the items to blocks of equal size (to within one item).
#[derive(Debug)]
pub(crate) struct Deal {
    blocks: usize,
    /// The items, block after block.
    order: Vec<u32>,
    /// Where each item stands.
    codes: Vec<Code>,
}

impl Deal {
    /// `blocks` must be at least 1 and leave no block above [`MAX_BLOCK`].
    pub(crate) fn new(n_items: usize, blocks: usize) -> Self {
        let order = (0..n_items as u32).collect();
        Self { blocks, order, codes: vec![Code::default(); n_items] }
    }

    /// Deals for an epoch: a function of (seed, epoch), all permutations equally likely.
    pub(crate) fn shuffle(&mut self, seed: u64, epoch: u32) {
        self.order.iter_mut().zip(0..).for_each(|(item, n)| *item = n);
        self.order.shuffle(&mut stream(seed, Purpose::Deal { epoch }));
        for block in 0..self.blocks {
            let (start, end) = self.bounds(block);
            for (local, item) in self.order[start..end].iter().enumerate() {
                self.codes[*item as usize] = Code(((block << LOCAL_BITS) | local) as u32);
            }
        }
    }

    #[inline(always)]
    pub(crate) fn code(&self, item: usize) -> Code {
        self.codes[item]
    }

    /// The items of a block, in the order of their places.
    pub(crate) fn items(&self, block: usize) -> &[u32] {
        let (start, end) = self.bounds(block);
        &self.order[start..end]
    }

    fn bounds(&self, block: usize) -> (usize, usize) {
        let at = |block: usize| block * self.order.len() / self.blocks;
        (at(block), at(block + 1))
    }
}

/// A block's item rows, contiguous, and what it takes to draw from them.
#[derive(Debug)]
pub(crate) struct ItemBlock {
    pub(crate) rows: Vec<Lanes>,
    /// Of each channel; empty if its items have none.
    pub(crate) biases: [Vec<f32>; MAX_CHANNELS],
    /// The labels of positives; empty if they are 1 or not the same for all of an item's.
    pub(crate) targets: Vec<f32>,
    /// Sums of squared gradients; empty if steps are not adaptive.
    pub(crate) sums: Vec<f32>,
    pub(crate) sampler: BlockSampler,
}

impl ItemBlock {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            biases: Default::default(),
            targets: Vec::new(),
            sums: Vec::new(),
            sampler: BlockSampler::uniform(0),
        }
    }

    /// The label of a positive.
    #[inline(always)]
    pub(crate) fn target(&self, place: usize) -> f32 {
        self.targets.get(place).copied().unwrap_or(1.0)
    }
}

/// Copies the rows of the items into their blocks and prepares the samplers.
pub(crate) fn gather(
    deal: &Deal,
    factors: &Factors,
    sums: &[f32],
    popularity: &ItemWeights,
    targets: Targets<'_>,
    blocks: &mut [ItemBlock],
) {
    blocks.par_iter_mut().enumerate().for_each(|(n, block)| {
        let items = deal.items(n);
        block.rows.clear();
        // By doubling, they would grow to twice as much memory as they fill.
        block.rows.reserve_exact(items.len() * factors.items.lanes());
        for &item in items {
            block.rows.extend_from_slice(factors.items.row(item as usize));
        }
        for (block, all) in block.biases.iter_mut().zip(&factors.biases) {
            pick(items, &all.items, block);
        }
        pick(items, sums, &mut block.sums);
        if let Targets::Items(targets) = targets {
            pick(items, targets, &mut block.targets);
        }
        block.sampler = popularity.sampler(items, deal.blocks);
    });
}

/// Copies the items' numbers out of those of all items, of which there may be none.
fn pick(items: &[u32], all: &[f32], into: &mut Vec<f32>) {
    into.clear();
    if !all.is_empty() {
        into.reserve_exact(items.len());
        into.extend(items.iter().map(|&item| all[item as usize]));
    }
}

/// Copies the rows of the blocks back to the items.
pub(crate) fn scatter(deal: &Deal, blocks: &[ItemBlock], factors: &mut Factors, sums: &mut [f32]) {
    let lanes = factors.items.lanes();
    let rows = factors.items.data_mut().par_chunks_mut(lanes).enumerate();
    rows.for_each(|(item, row)| {
        let (code, lanes) = (deal.code(item), row.len());
        let at = code.local() as usize * lanes;
        row.copy_from_slice(&blocks[code.block()].rows[at..at + lanes]);
    });
    let put = |all: &mut [f32], of: &dyn Fn(&ItemBlock, usize) -> f32| {
        for (item, number) in all.iter_mut().enumerate() {
            let code = deal.code(item);
            *number = of(&blocks[code.block()], code.local() as usize);
        }
    };
    for (channel, biases) in factors.biases.iter_mut().enumerate() {
        put(&mut biases.items, &|block, place| block.biases[channel][place]);
    }
    put(sums, &|block, place| block.sums[place]);
}

/// The weights by which negatives are drawn.
#[derive(Debug)]
pub(crate) enum ItemWeights {
    Uniform,
    Weighted { weights: Vec<f64>, total: f64 },
}

impl ItemWeights {
    pub(crate) fn new(negatives: Negatives, counts: &[u32]) -> Self {
        match negatives {
            Negatives::Uniform | Negatives::Any | Negatives::Hardest(_) => Self::Uniform,
            Negatives::Popularity(power) => {
                let weight = |&count: &u32| match count {
                    0 => 0.0,
                    _ => libm::pow(f64::from(count), f64::from(power)),
                };
                let weights: Vec<f64> = counts.iter().map(weight).collect();
                let total = weights.iter().sum();
                Self::Weighted { weights, total }
            }
        }
    }

    pub(crate) fn sampler(&self, items: &[u32], blocks: usize) -> BlockSampler {
        match self {
            Self::Uniform => BlockSampler::uniform(items.len()),
            Self::Weighted { weights, total } => {
                let block: Vec<f64> = items.iter().map(|&item| weights[item as usize]).collect();
                BlockSampler::weighted(&block, total / blocks as f64)
            }
        }
    }
}
