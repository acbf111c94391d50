use super::*;
use ndarray::Array2;

/// B_ij = i + j/10, but for the diagonal; b_j = −j.
#[derive(Debug)]
struct Sums;

impl Weights for Sums {
    fn score(&self, histories: &[&[ItemId]], out: ArrayViewMut2<'_, f32>) {
        crate::row_by_row(histories, out, |history, row| {
            for (to, score) in (0..).map(ItemId).zip(row) {
                let brought: f32 = history.iter().map(|from| self.weight(*from, to)).sum();
                *score = brought + self.shift(to);
            }
        });
    }

    fn weight(&self, from: ItemId, to: ItemId) -> f32 {
        if from == to { 0.0 } else { from.0 as f32 + to.0 as f32 / 10.0 }
    }

    fn tensors(&self) -> BTreeMap<String, Tensor> {
        BTreeMap::new()
    }

    fn shift(&self, item: ItemId) -> f32 {
        -(item.0 as f32)
    }
}

/// Users 0 to 3 of 4 items: {0, 2}, {}, {3}, {0, 1, 3}.
fn data() -> Interactions {
    let items = [0, 2, 3, 0, 1, 3].map(ItemId).to_vec();
    Interactions::from_rows(vec![0, 2, 2, 3, 6], items, 4).unwrap()
}

fn scores(scorer: &dyn Scorer, users: &[u32]) -> Array2<f32> {
    let users: Vec<UserId> = users.iter().copied().map(UserId).collect();
    let mut out = Array2::from_elem((users.len(), scorer.n_items()), f32::NAN);
    scorer.score_block(&users, out.view_mut());
    out
}

#[test]
fn a_score_is_the_history_times_the_matrix() {
    let model = HistoryModel::new(Sums, &data());
    let all = scores(&model, &[0, 1, 2, 3, 1]);
    // {0, 2} to 1: 0.1 + 2.1 − 1.
    assert!((all[[0, 1]] - 1.2).abs() < 1e-6);
    assert_eq!(all.row(1).to_vec(), [2.0, 1.0, 1.0, 2.0], "the users of each item");
    assert_eq!(all.row(1), all.row(4));
    assert!(!model.is_flat());
}

#[test]
fn folding_in_is_the_same_product() {
    let (model, data) = (HistoryModel::new(Sums, &data()), data());
    let folded = model.fold_in(&Histories::new(&data)).unwrap();
    assert_eq!(scores(&*folded, &[3, 0, 1, 2]), scores(&model, &[3, 0, 1, 2]));
    let others = Interactions::from_rows(vec![0, 1], vec![ItemId(1)], 5).unwrap();
    let error = model.fold_in(&Histories::new(&others)).unwrap_err();
    assert_eq!(error, FoldInError::Items { expected: 4, found: 5 });
}

#[test]
fn an_explanation_is_the_sum() {
    let model = HistoryModel::new(Sums, &data());
    let explained = model.explain(UserId(3), ItemId(2), &data()).unwrap();
    assert_eq!(explained.terms, [("the item itself".to_owned(), -2.0)]);
    let brought = [(0, 0.2), (1, 1.2), (3, 3.2)].map(|(item, part)| (ItemId(item), part));
    assert_eq!(explained.history, brought);
    assert!(explained.rest.abs() < 1e-6);
    let nothing = model.explain(UserId(1), ItemId(3), &data()).unwrap();
    assert_eq!(nothing.terms, [("users of the item".to_owned(), 2.0)]);
}

#[test]
fn what_an_item_brings_most_to_is_like_it() {
    let model = HistoryModel::new(Sums, &data());
    let like = model.similar(ItemId(2), 2, Similarity::Cosine).unwrap();
    let items: Vec<u32> = like.iter().map(|(item, _)| item.0).collect();
    assert_eq!(items, [3, 1], "without the item itself, and without b");
    assert!(model.similar(ItemId(4), 2, Similarity::Cosine).is_none());
}

#[test]
fn nothing_is_learned_of_single_items() {
    let data = Interactions::from_rows(vec![0, 1, 1, 2], [1, 3].map(ItemId).to_vec(), 4).unwrap();
    assert!(HistoryModel::new(Sums, &data).is_flat());
}
