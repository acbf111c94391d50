use super::*;
use crate::{Query, method};
use foretaste_data::{IdTable, ItemId, Keep, Pair, UserId};
use foretaste_model::{Scored, Silent};
use std::path::Path;

const ITEMS: u32 = 30;

/// A matrix of the pairs that pass, of 20 users and 30 items.
fn matrix(users: u32, has: impl Fn(u32, u32) -> bool) -> Interactions {
    let pairs = (0..users).flat_map(|user| (0..ITEMS).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = pairs.filter(|&(user, item)| has(user, item)).map(pair).collect();
    Interactions::from_pairs(pairs, users as usize, ITEMS as usize, Keep::default()).unwrap().0
}

fn ids(range: std::ops::Range<i64>) -> IdTable {
    IdTable::from_integers(range.collect())
}

fn is_positive(user: u32, item: u32) -> bool {
    (user * 7 + item * 5).is_multiple_of(4)
}

fn is_seen(user: u32, item: u32) -> bool {
    (user + item * 3) % 4 < 2
}

/// Users from an id on, with what they had.
fn data(first: i64, users: u32) -> Dataset {
    let all = ids(first..first + i64::from(users));
    let data = Dataset::new(all, ids(0..ITEMS.into()), matrix(users, is_positive)).unwrap();
    data.with_not_positive_pairs(Some(matrix(users, is_seen))).unwrap()
}

fn fit(data: Dataset) -> Recommender {
    let method = method("popularity").unwrap();
    Recommender::fit(&method, data, &mut Silent).unwrap()
}

fn items(list: &[Scored]) -> Vec<u32> {
    let mut items: Vec<u32> = list.iter().map(|(item, _)| item.0).collect();
    items.sort_unstable();
    items
}

/// What is left of all items for a user.
fn left(user: u32, seen: Seen) -> Vec<u32> {
    let is_left = |item: &u32| match seen {
        Seen::All => !is_positive(user, *item) && !is_seen(user, *item),
        Seen::Positives => !is_positive(user, *item),
        Seen::None => true,
    };
    (0..ITEMS).filter(is_left).collect()
}

const ALL: [Seen; 3] = [Seen::All, Seen::Positives, Seen::None];

#[test]
fn lists_leave_out_what_they_are_asked_to_before_and_after_writing() {
    let model = fit(data(0, 20));
    let file = foretaste_model::ModelFile::from_bytes(&model.to_bytes().unwrap(), Path::new("m"));
    assert_eq!(file.unwrap().not_positive.as_ref(), model.not_positive());
    let users: Vec<UserId> = (0..20).map(UserId).collect();
    for seen in ALL {
        for (user, list) in (0..).zip(model.recommend(&users, ITEMS as usize, seen)) {
            assert_eq!(items(&list), left(user, seen), "{user} {seen}");
        }
    }
}

#[test]
fn so_do_those_of_users_who_were_folded_in() {
    let model = fit(data(0, 20));
    let query = Query::new(ITEMS as usize);
    for audience in [model.fold_in(&data(20, 5)), model.with_newcomers(&data(20, 5))] {
        let audience = audience.unwrap();
        for seen in ALL {
            for user in 0..5 {
                let id = (20 + user).to_string();
                let own = UserId(audience.users().index_of(&id).unwrap());
                let list = &audience.recommend(&[own], &query, seen)[0];
                assert_eq!(items(list), left(user, seen), "{id} {seen}");
            }
        }
    }
    let audience = model.with_newcomers(&data(20, 5)).unwrap();
    let list = &audience.recommend(&[UserId(3)], &query, Seen::All)[0];
    assert_eq!(items(list), left(3, Seen::All));
}

#[test]
fn newcomers_bring_theirs_where_the_model_knows_none() {
    let plain = |first, users| data(first, users).with_not_positive_pairs(None).unwrap();
    let model = fit(plain(0, 20));
    assert_eq!(model.with_newcomers(&plain(20, 1)).unwrap().not_positive(), None);
    let audience = model.with_newcomers(&data(20, 1)).unwrap();
    let query = Query::new(ITEMS as usize);
    let lists = audience.recommend(&[UserId(0), UserId(20)], &query, Seen::All);
    assert_eq!(items(&lists[0]), left(0, Seen::Positives));
    assert_eq!(items(&lists[1]), left(0, Seen::All));
}

#[test]
fn pairs_of_other_feedbacks_are_kept_where_there_are_any() {
    let target = data(0, 20);
    let views = Dataset::new(ids(0..20), ids(0..ITEMS.into()), matrix(20, |user, _| user == 2));
    let parts = vec![("view".to_owned(), views.unwrap()), ("buy".to_owned(), target.clone())];
    let both = Dataset::of_feedbacks(parts).unwrap();
    let model = fit(both.clone());
    let others = model.seen_in_others().unwrap();
    assert_eq!(others, both.others()[0].interactions());
    assert_eq!(fit(target.clone()).seen_in_others(), None);
    let alone = fit(target).with_seen_in_others(&both.of_others().unwrap().unwrap()).unwrap();
    assert_eq!(alone.to_bytes().unwrap(), model.to_bytes().unwrap());
}

#[test]
fn words_say_what_is_left_out() {
    for seen in ALL {
        assert_eq!(seen.to_string().parse(), Ok(seen));
    }
    assert!("some".parse::<Seen>().is_err());
    assert_eq!(Seen::default(), Seen::All);
}
