//! Items like an item.

use crate::{Scored, Scorer, select_top_k};
use foretaste_data::ItemId;

/// How alike two item vectors are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Similarity {
    /// The cosine of their angle: popularity, which lengthens vectors, does not count.
    #[default]
    Cosine,
    /// Their dot product.
    Dot,
}

/// The `k` items most like `item`, most alike first, without the item itself; `None` if the model
/// has no item vectors or not this item.
pub fn similar_items(
    scorer: &dyn Scorer,
    item: ItemId,
    k: usize,
    similarity: Similarity,
) -> Option<Vec<Scored>> {
    let vectors = scorer.item_vectors()?;
    if item.index() >= vectors.nrows() {
        return None;
    }
    let mut scores = vectors.dot(&vectors.row(item.index()));
    if similarity == Similarity::Cosine {
        let norms = vectors.rows().into_iter().map(|row| row.dot(&row).sqrt());
        let norms: Vec<f32> = norms.collect();
        for (score, norm) in scores.iter_mut().zip(&norms) {
            // A vector of length zero is like nothing.
            let product = norm * norms[item.index()];
            *score = if product > 0.0 { *score / product } else { 0.0 };
        }
    }
    scores[item.index()] = f32::NEG_INFINITY;
    let mut best = Vec::new();
    select_top_k(scores.as_slice().expect("a fresh vector is contiguous"), k, &mut best);
    Some(best)
}
