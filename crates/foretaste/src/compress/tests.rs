use super::*;
use crate::{Seen, method, registry};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep as Kept, Pair, UserId};
use foretaste_model::Silent;

/// Two kinds of users, of whom each has some of the items of its kind.
fn data() -> Dataset {
    let pairs = (0..60u32).flat_map(|user| {
        let has = move |item: &u32| user % 2 == item % 2 && (user / 2 * 5 + item * 7) % 9 < 5;
        (0..50).filter(has).map(move |item| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        })
    });
    let (matrix, _) = Interactions::from_pairs(pairs.collect(), 60, 50, Kept::default()).unwrap();
    let ids = |n: i64| IdTable::from_integers((100..100 + n).collect());
    Dataset::new(ids(60), ids(50), matrix).unwrap()
}

fn fitted(name: &str, given: &[(&str, Value)]) -> Recommender {
    let mut parameters = method(name).unwrap().parameters().clone();
    parameters.extend(given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let method = method(name).unwrap().with(parameters).unwrap();
    Recommender::fit(&method, data(), &mut Silent).unwrap()
}

fn bpr() -> Recommender {
    fitted("bpr", &[("epochs", 10.into()), ("factors", 8.into())])
}

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::F16, Precision::I8];

#[test]
fn what_is_written_is_read_and_gives_the_same_lists() {
    let whole = bpr();
    let users: Vec<UserId> = (0..60).map(UserId).collect();
    for numbers in PRECISIONS {
        for keep in [Keep::All, Keep::Largest(0.5), Keep::Columns(0.5)] {
            let small = whole.compressed(keep, numbers, &registry()).unwrap();
            let bytes = small.to_bytes().unwrap();
            let file = ModelFile::from_bytes(&bytes, Path::new("m")).unwrap();
            let read = Recommender::from_file(&registry(), file).unwrap();
            let lists = |model: &Recommender| model.recommend(&users, 5, Seen::All);
            assert_eq!(lists(&read), lists(&small), "{keep:?} {numbers}");
            assert_eq!(read.to_bytes().unwrap(), bytes);
            let is_plain = (keep, numbers) == (Keep::All, Precision::F32);
            assert!(
                is_plain || bytes.len() < whole.to_bytes().unwrap().len(),
                "{keep:?} {numbers}"
            );
            // Who comes later is folded in.
            let histories = foretaste_model::Histories::new(small.seen());
            assert!(read.model().fold_in(&histories).is_ok());
            assert_eq!(small.compression().unwrap()["numbers"], numbers.to_string());
        }
    }
    let half = whole.compressed(Keep::Columns(0.5), Precision::F32, &registry()).unwrap();
    assert_eq!(half.info().parameters["factors"], 4);
}

#[test]
fn little_is_lost_of_lists_by_fewer_bits_and_more_by_fewer_numbers() {
    let whole = bpr();
    let overlap =
        |keep, numbers| whole.overlap(&whole.compressed(keep, numbers, &registry()).unwrap(), 10);
    assert_eq!(overlap(Keep::All, Precision::F32), 1.0);
    assert!(overlap(Keep::All, Precision::F16) > 0.99);
    assert!(overlap(Keep::All, Precision::I8) > 0.9);
    let [half, eighth] = [0.5, 0.125].map(|share| overlap(Keep::Largest(share), Precision::F32));
    assert!(half > eighth && half > 0.6, "{half} {eighth}");
}

#[test]
fn pruned_twice_or_after_a_search_zeros_stay_out() {
    let dnis = fitted("dnis", &[("epochs", 8.into()), ("factors", 8.into())]);
    let plain = bpr().to_bytes().unwrap().len();
    assert!(dnis.info().storage.sparse && dnis.to_bytes().unwrap().len() < plain);
    let small = dnis.compressed(Keep::All, Precision::I8, &registry()).unwrap();
    assert_eq!(small.info().storage, Storage { numbers: Precision::I8, sparse: true });
}

#[test]
fn what_has_no_rows_of_scores_is_refused() {
    let compressed = |model: &Recommender, keep| {
        model.compressed(keep, Precision::F16, &registry()).map(drop).unwrap_err().to_string()
    };
    let popular = fitted("popularity", &[]);
    assert!(compressed(&popular, Keep::All).contains("no matrix"));
    let ease = fitted("ease", &[]);
    assert!(compressed(&ease, Keep::Largest(0.5)).contains("no rows"));
    assert!(ease.compressed(Keep::All, Precision::F16, &registry()).is_ok());
    let wide = fitted("bpr", &[("epochs", 1.into()), ("factors", 1025.into())]);
    assert!(compressed(&wide, Keep::Columns(0.5)).contains("at most 1024"));
    assert!(wide.compressed(Keep::All, Precision::I8, &registry()).is_ok());
    let same = wide.aligned_with(&wide, &registry()).map(drop).unwrap_err();
    assert!(same.to_string().contains("at most 1024"), "{same}");
    let nbpo = fitted("nbpo", &[("epochs", 2.into())]);
    assert!(compressed(&nbpo, Keep::Largest(0.5)).contains("not for scores alone"));
}
