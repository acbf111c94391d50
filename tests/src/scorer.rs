//! What every model must do.

use foretaste::data::{ItemId, UserId};
use foretaste::model::{Catalogue, Scorer, score_pairs};
use foretaste::{ItemSet, Query, Recommender, Seen, Similarity};
use ndarray::Array2;

/// Asserts that rows of scores are finite and depend on their user alone, and that lists depend
/// neither on the number of threads nor on who else is asked for, and are those of sorting all
/// scores, less what was seen and what a query leaves out. What explains a score sums to it.
///
/// # Panics
/// If one of it does not hold.
pub fn assert_scorer(model: &Recommender) {
    let scorer = model.scorer();
    let users: Vec<UserId> = (0..scorer.n_users() as u32).map(UserId).collect();
    assert_eq!((users.len(), scorer.n_items()), (model.users().len(), model.items().len()));
    let all = scores(scorer, &users);
    assert!(all.iter().all(|score| score.is_finite()));
    for user in users.iter().step_by(7) {
        let alone = scores(scorer, &[*user]);
        assert_eq!(alone.row(0), all.row(user.index()), "{user:?} scored alone");
    }

    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let lists = |threads| {
        let pool = pool(threads).expect("a small pool");
        pool.install(|| model.recommend(&users, 12, Seen::All))
    };
    let one = lists(1);
    assert_filters(model, &users, &all);
    assert_pairs(model, &users, &all);
    assert_eq!(one, lists(3));
    assert_nearest(model);
    let catalogue = Catalogue::new(scorer);
    let seen: Vec<_> = model.left_out(Seen::All).collect();
    for few in users.chunks(5) {
        let lists = catalogue.recommend(scorer, few, &Query::new(12).exclude(&seen));
        assert_eq!(lists, one[few[0].index()..][..few.len()], "{few:?} of a catalogue");
    }
    for (user, list) in users.iter().zip(&one) {
        assert_eq!(model.recommend(&[*user], 12, Seen::All)[0], *list, "{user:?} asked for alone");
        assert!(list.iter().all(|(item, _)| !model.seen().contains(*user, *item)));
        assert!(list.is_sorted_by(|a, b| a.1 > b.1 || (a.1 == b.1 && a.0 < b.0)));
        // To the last bit: what finds lists faster than by all scores must not change them.
        let row = all.row(user.index());
        let unseen = (0..).map(ItemId).zip(row.iter().copied());
        let mut expected: Vec<_> =
            unseen.filter(|(item, _)| !model.seen().contains(*user, *item)).collect();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        expected.truncate(12);
        assert_eq!(*list, expected, "{user:?} by all scores");
    }
}

/// Sets of items pick from all scores; what was seen stays out, or not.
fn assert_filters(model: &Recommender, users: &[UserId], all: &Array2<f32>) {
    let every = |n: usize| {
        let items = (0..all.ncols() as u32).step_by(n).map(ItemId);
        ItemSet::from_items(all.ncols(), items)
    };
    let (few, half, third) = (every(40), every(2), every(3));
    let (query, catalogue) = (Query::new(4), Catalogue::new(model.scorer()));
    for query in [query.allow(&few), query.deny(&third), query.allow(&half).deny(&third)] {
        for seen in [Seen::All, Seen::Positives, Seen::None] {
            let lists = model.recommend_where(users, &query, seen);
            let left_out: Vec<_> = model.left_out(seen).collect();
            let ready = catalogue.recommend(model.scorer(), users, &query.exclude(&left_out));
            assert_eq!(lists, ready, "of a catalogue");
            for (user, list) in users.iter().zip(&lists) {
                let passes = |item: ItemId| {
                    query.allow.is_none_or(|allow| allow.contains(item))
                        && query.deny.is_none_or(|deny| !deny.contains(item))
                        && (seen == Seen::None || !model.seen().contains(*user, item))
                };
                let row = all.row(user.index());
                let scored = (0..).map(ItemId).zip(row.iter().copied());
                let mut expected: Vec<_> = scored.filter(|(item, _)| passes(*item)).collect();
                expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                expected.truncate(query.k);
                assert_eq!(*list, expected, "{user:?} of some items");
            }
        }
    }
}

/// What is nearest among some items is what is most like it of all, of these.
fn assert_nearest(model: &Recommender) {
    let n_items = model.items().len();
    let among: Vec<ItemId> = (0..n_items as u32).step_by(3).map(ItemId).collect();
    for item in [ItemId(0), ItemId(1), ItemId(n_items as u32 - 1)] {
        let expected = model.similar(item, n_items, Similarity::Cosine).map(|all| {
            let some = all.into_iter().filter(|(item, _)| among.contains(item));
            some.take(7).collect::<Vec<_>>()
        });
        assert_eq!(model.nearest(item, &among, 7), expected, "near {item:?}");
    }
}

/// Scores of pairs are those of rows, and the parts of an explanation sum to them.
fn assert_pairs(model: &Recommender, users: &[UserId], all: &Array2<f32>) {
    let item = |user: &UserId| ItemId((user.0 * 7 + 3) % all.ncols() as u32);
    let pairs: Vec<(UserId, ItemId)> = users.iter().rev().map(|user| (*user, item(user))).collect();
    let scores = score_pairs(model.scorer(), &pairs);
    for ((user, item), score) in pairs.into_iter().zip(scores) {
        assert_eq!(score, all[[user.index(), item.index()]], "{user:?} and {item:?}");
        let Some(explained) = model.explain(user, item) else { continue };
        let terms = explained.terms.iter().map(|(_, value)| *value);
        let history = explained.history.iter().map(|(_, value)| *value);
        let parts = terms.chain(history).chain([explained.rest]).map(f64::from);
        let (sum, size) = parts.fold((0.0, 0.0), |(sum, size), x| (sum + x, size + x.abs()));
        // The rest is rounded once; where there is none, each addition of the score was.
        let exact = explained.rest == 0.0;
        let roundings = if exact { explained.terms.len().max(1) } else { 1 };
        let bound = size * f64::from(f32::EPSILON) * roundings as f64;
        let in_order = explained.terms.iter().fold(0.0, |sum, (_, value)| sum + value);
        assert!(!exact || !explained.history.is_empty() || in_order == score, "{explained:?}");
        assert!((sum - f64::from(score)).abs() <= bound, "{explained:?} is not {score}");
    }
}

fn scores(scorer: &dyn Scorer, users: &[UserId]) -> Array2<f32> {
    let mut out = Array2::zeros((users.len(), scorer.n_items()));
    scorer.score_block(users, out.view_mut());
    out
}
