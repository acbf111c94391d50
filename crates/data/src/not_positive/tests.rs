use super::*;
use crate::testing::{dataset, methods};
use crate::{HeldOut, IdTable, Keep, Split, SplitMethod, k_core, split};
use proptest::prelude::*;
use std::collections::BTreeSet;

type Pairs = BTreeSet<(String, String)>;

/// The pairs of a matrix as they were written.
fn written(data: &Dataset, matrix: Option<&Interactions>) -> Vec<(String, String)> {
    let name = |ids: &IdTable, index| ids.name(index).unwrap().into_owned();
    let pair = |pair: Pair| (name(data.users(), pair.user.0), name(data.items(), pair.item.0));
    matrix.into_iter().flat_map(Interactions::pairs).map(pair).collect()
}

/// That what is not positive is these pairs, each once.
fn assert_seen(data: &Dataset, expected: &Pairs) {
    let found = written(data, data.not_positive());
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert_eq!(&found.into_iter().collect::<Pairs>(), expected);
    assert_eq!(data.not_positive().is_none(), expected.is_empty());
}

/// Lines of pairs, each at a time that follows from it, so that a pair is as late wherever it is.
fn rows(pairs: &Pairs) -> Dataset {
    let text: String = pairs.iter().map(|(user, item)| format!("{user},{item}\n")).collect();
    let plain = dataset(&text, Keep::default());
    let time = |pair: &Pair| {
        let item: i64 = plain.items().name(pair.item.0).unwrap().parse().unwrap_or(10);
        (item * 7 + i64::from(pair.user.0)) % 5
    };
    let timed: Vec<Pair> =
        plain.interactions().pairs().map(|pair| Pair { time: time(&pair), ..pair }).collect();
    let keep = Keep { times: true, ..Keep::default() };
    let shape = (plain.users().len(), plain.items().len());
    let (matrix, _) = Interactions::from_pairs(timed, shape.0, shape.1, keep).unwrap();
    plain.with_interactions(matrix).unwrap()
}

/// What of `seen` has a user and an item of `data` and is not in it.
fn expected(data: &Dataset, seen: &Pairs) -> Pairs {
    let positive: Pairs = written(data, Some(data.interactions())).into_iter().collect();
    let known = |(user, item): &&(String, String)| {
        data.users().index_of(user).is_some() && data.items().index_of(item).is_some()
    };
    seen.iter().filter(known).filter(|pair| !positive.contains(*pair)).cloned().collect()
}

fn lines() -> impl Strategy<Value = Pairs> {
    prop::collection::btree_set(("[1-4x]", "[1-9]|10|[ab]"), 1..25)
}

proptest! {
    #[test]
    fn nothing_loses_or_doubles_a_pair(target in lines(), other in lines(), seen in lines()) {
        let plain = rows(&target);
        let (data, unknown) = plain.clone().with_not_positive(&rows(&seen)).unwrap();
        assert_seen(&data, &expected(&plain, &seen));
        let known = seen.intersection(&target).count() + data.not_positive().map_or(0, Interactions::nnz);
        prop_assert_eq!(unknown, seen.len() - known);
        let again = plain.clone().with_not_positive_pairs(data.not_positive().cloned()).unwrap();
        prop_assert_eq!(&again, &data);

        // Whatever else is known of the data, the same of it is not positive.
        prop_assert_eq!(&data.compact().unwrap(), &data);
        prop_assert_eq!(&data.clone().into_target().unwrap(), &data);
        let parts = vec![("view".to_owned(), rows(&other)), ("buy".to_owned(), data.clone())];
        let several = Dataset::of_feedbacks(parts).unwrap();
        assert_seen(&several, &expected(&plain, &seen));
        assert_seen(&several.clone().into_target().unwrap(), &expected(&plain, &seen));
        let parts = vec![("buy".to_owned(), data.clone()), ("view".to_owned(), rows(&other))];
        assert_seen(&Dataset::of_feedbacks(parts).unwrap(), &Pairs::new());
        let union = several.union().unwrap();
        let left = expected(&plain, &seen).difference(&other).cloned().collect();
        assert_seen(&union, &left);
        let others = several.of_others().unwrap().unwrap();
        let others = written(&others, Some(others.interactions()));
        prop_assert_eq!(others.len(), other.len());
        prop_assert_eq!(others.into_iter().collect::<Pairs>(), other);
        prop_assert_eq!(data.of_others().unwrap(), None);

        let some = data.of_users(|user| user.0 % 2 == 0).unwrap();
        assert_seen(&some, &expected(&plain.of_users(|user| user.0 % 2 == 0).unwrap(), &seen));
        let core = k_core(&data, 2, 2).unwrap();
        let plain_core = k_core(&plain, 2, 2).unwrap();
        prop_assert_eq!(core.interactions(), plain_core.interactions());
        let (whole, core_ids) = (expected(&plain, &seen), core.clone());
        let of_core = |(user, item): &&(String, String)| {
            core_ids.users().index_of(user).is_some() && core_ids.items().index_of(item).is_some()
        };
        assert_seen(&core, &whole.iter().filter(of_core).cloned().collect());
    }

    #[test]
    fn splits_deal_it_and_deal_the_rest_as_without(target in lines(), seen in lines(), seed: u64) {
        let plain = rows(&target);
        let (data, _) = plain.clone().with_not_positive(&rows(&seen)).unwrap();
        for method in methods() {
            let (with, without) =
                (split(&data, method, seed).unwrap(), split(&plain, method, seed).unwrap());
            let parts = |split: &Split| {
                [Some(split.train.clone()), split.valid.clone(), Some(split.test.clone())]
            };
            let mut together = Vec::new();
            for (with, without) in parts(&with).into_iter().zip(parts(&without)) {
                let (with, without) = (with.unwrap(), without.unwrap());
                prop_assert_eq!(with.interactions(), without.interactions());
                together.extend(written(&with, with.not_positive()));
            }
            prop_assert_eq!(together.len(), data.not_positive().map_or(0, Interactions::nnz));
            prop_assert_eq!(together.into_iter().collect::<Pairs>(), expected(&plain, &seen));
            let last = |data: &Dataset| data.interactions().times().unwrap().iter().max().copied();
            let own = with.train.not_positive().and_then(|pairs| pairs.times()?.iter().max());
            if matches!(method, SplitMethod::GlobalTime { .. }) {
                prop_assert!(own.is_none_or(|&own| Some(own) <= last(&with.train)));
            }
            if matches!(method, SplitMethod::LeaveOneOut { held_out: HeldOut::Random, .. }) {
                prop_assert_eq!(with.train.not_positive(), data.not_positive());
            }
        }
    }
}

/// A row each of `pairs`, by item and time, of one user.
fn timed(pairs: &[(u32, i64)]) -> Interactions {
    let pair = |&(item, time): &(u32, i64)| Pair {
        user: UserId(0),
        item: crate::ItemId(item),
        weight: 1.0,
        time,
    };
    let keep = Keep { times: true, ..Keep::default() };
    Interactions::from_pairs(pairs.iter().map(pair).collect(), 1, 20, keep).unwrap().0
}

#[test]
fn by_time_what_is_later_than_training_is_held_out() {
    let ids = |n: i64| IdTable::from_integers((0..n).collect());
    let positive = timed(&(0..10).map(|n| (n, 10 * i64::from(n))).collect::<Vec<_>>());
    let seen = timed(&[(10, -5), (11, 60), (12, 61), (13, 70), (14, 71), (15, 80), (16, 99)]);
    let data = Dataset::new(ids(1), ids(20), positive).unwrap();
    let data = data.with_not_positive_pairs(Some(seen)).unwrap();
    let items = |data: &Dataset| -> Vec<u32> {
        let pairs = data.not_positive().into_iter().flat_map(Interactions::pairs);
        pairs.map(|pair| pair.item.0).collect()
    };
    for method in [
        SplitMethod::UserTime { valid: 0.1, test: 0.2 },
        SplitMethod::GlobalTime { valid: 0.1, test: 0.2 },
    ] {
        let parts = split(&data, method, 1).unwrap();
        assert_eq!(items(&parts.train), [10, 11], "{method:?}");
        assert_eq!(items(&parts.valid.unwrap()), [12, 13], "{method:?}");
        assert_eq!(items(&parts.test), [14, 15, 16], "{method:?}");
    }
    let method = SplitMethod::LeaveOneOut { held_out: HeldOut::Latest, valid: false };
    let parts = split(&data, method, 1).unwrap();
    assert_eq!((items(&parts.train), items(&parts.test)), (vec![10, 11, 12, 13, 14, 15], vec![16]));
}

#[test]
fn at_random_the_same_share_of_a_user_is_held_out() {
    let ids = |n: i64| IdTable::from_integers((0..n).collect());
    let data = Dataset::new(ids(1), ids(20), timed(&(0..10).map(|n| (n, 0)).collect::<Vec<_>>()));
    let seen = timed(&(10..20).map(|n| (n, 0)).collect::<Vec<_>>());
    let data = data.unwrap().with_not_positive_pairs(Some(seen)).unwrap();
    let parts = split(&data, SplitMethod::Random { valid: 0.2, test: 0.3 }, 5).unwrap();
    let numbers = |data: &Dataset| data.not_positive().map_or(0, Interactions::nnz);
    assert_eq!(
        (numbers(&parts.train), numbers(&parts.valid.unwrap()), numbers(&parts.test)),
        (5, 2, 3)
    );
}

#[test]
fn the_checksum_tells_of_it_and_is_what_it_was_without() {
    let plain = dataset("1,2\n2,3\n", Keep::default());
    let with = |text| {
        let rows = dataset(text, Keep::default());
        plain.clone().with_not_positive(&rows).unwrap().0.fingerprint()
    };
    assert_eq!(with("1,2\n7,2\n"), plain.fingerprint());
    assert_ne!(with("1,3\n"), plain.fingerprint());
    assert_ne!(with("1,3\n"), with("2,2\n"));
}

#[test]
fn other_shapes_are_refused() {
    let data = dataset("1,2\n2,3\n", Keep::default());
    let error = data.with_not_positive_pairs(Some(timed(&[(1, 1)]))).unwrap_err();
    assert!(matches!(error, Error::Shape { what: "users", found: 1, expected: 2 }));
}

#[test]
fn what_is_within_another_matrix_keeps_its_weights() {
    let matrix = |pairs: &[(u32, u32, f32)]| {
        let pair = |&(user, item, weight): &(u32, u32, f32)| Pair {
            user: UserId(user),
            item: crate::ItemId(item),
            weight,
            time: 0,
        };
        let keep = Keep { weights: true, times: false };
        let pairs = pairs.iter().map(pair).collect();
        Interactions::from_pairs(pairs, 3, 4, keep).unwrap().0
    };
    let all = matrix(&[(0, 0, 2.0), (0, 3, 5.0), (1, 1, 1.0), (2, 2, 4.0)]);
    let other = matrix(&[(0, 1, 1.0), (0, 3, 1.0), (1, 0, 1.0), (2, 2, 1.0)]);
    assert_eq!(all.clone().within(&other), matrix(&[(0, 3, 5.0), (2, 2, 4.0)]));
    assert_eq!(all.clone().without(&other), matrix(&[(0, 0, 2.0), (1, 1, 1.0)]));
    assert_eq!(all.clone().within(&all), all);
}
