use super::*;
use foretaste_data::{Keep, Pair};
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// π_view of a pair is a product of what stands in two tables, and π_buy a share of it.
#[derive(Debug)]
struct Known {
    names: Vec<String>,
    users: Array2<f32>,
    items: Vec<f32>,
    /// π_buy / π_view rises with the item's number up to twice this; told is a power of it.
    told: f32,
}

const USERS: usize = 300;
const ITEMS: usize = 1500;

impl Known {
    fn new(told: f32) -> Self {
        Self {
            names: vec!["view".into(), "buy".into()],
            users: Array2::from_shape_fn((USERS, 1), |(user, _)| {
                0.05 + 0.4 * user as f32 / USERS as f32
            }),
            items: (0..ITEMS)
                .map(|item| 0.05 + 0.9 * ((item * 7) % ITEMS) as f32 / ITEMS as f32)
                .collect(),
            told,
        }
    }

    fn pi(&self, user: usize, item: usize) -> [f32; 2] {
        let view = self.users[(user, 0)] * self.items[item];
        [view, view * (0.1 + 0.8 * item as f32 / ITEMS as f32)]
    }
}

impl Levelled for Known {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn history_length(&self, _user: UserId) -> u32 {
        0
    }

    fn probabilities(&self, (user, _): (&[f32], u32), item: ItemId) -> Vec<f32> {
        let view = user[0] * self.items[item.index()];
        vec![view, view * (0.1 + 0.8 * item.0 as f32 / ITEMS as f32).powf(self.told)]
    }

    fn scorer(&self, _level: usize) -> Option<Box<dyn Scorer + '_>> {
        None
    }
}

impl Scorer for Known {
    fn n_users(&self) -> usize {
        USERS
    }

    fn n_items(&self) -> usize {
        ITEMS
    }

    fn score_block(&self, _users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        out.fill(0.0);
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        Some(self.users.view())
    }
}

/// Pairs as the truth has them, of which a fifth is held out with all its feedbacks: views and purchases in
/// training, then held out.
fn drawn() -> [Interactions; 4] {
    let known = Known::new(1.0);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let mut rows: [Vec<Pair>; 4] = Default::default();
    for user in 0..USERS {
        for item in 0..ITEMS {
            let [view, buy] = known.pi(user, item).map(f64::from);
            let (at, held_out) = (uniform(), uniform() < 0.2);
            let first = if held_out { 2 } else { 0 };
            let (user, item) = (UserId(user as u32), ItemId(item as u32));
            let pair = Pair { user, item, weight: 1.0, time: 0 };
            if at < view {
                rows[first].push(pair);
            }
            if at < buy {
                rows[first + 1].push(pair);
            }
        }
    }
    rows.map(|rows| Interactions::from_pairs(rows, USERS, ITEMS, Keep::default()).unwrap().0)
}

fn found(known: &Known, pairs: &[Interactions; 4], has_views: bool) -> Vec<LevelReliability> {
    let [views, buys, test_views, test_buys] = pairs;
    let trained = [Some(views), Some(buys)];
    let held_out = [Some(test_views).filter(|_| has_views), Some(test_buys)];
    let pairs = LevelPairs { trained: &trained, held_out: &held_out, left_out: &[] };
    level_reliability(known, known, pairs).unwrap()
}

#[test]
fn what_is_true_lies_on_the_diagonal() {
    let pairs = drawn();
    let all = found(&Known::new(1.0), &pairs, true);
    let kinds: Vec<(&str, bool)> = all
        .iter()
        .map(|one| (one.name.as_str(), matches!(one.among, Among::Reached { .. })))
        .collect();
    assert_eq!(kinds, [("view", false), ("buy", false), ("buy", true)]);
    for one in &all {
        let bins = &one.reliability.bins;
        assert_eq!(bins.len(), BINS, "{}", one.name);
        for bin in bins {
            // The sd of a share of n pairs, and of the sampled pairs that others stand for: of 1,000
            // in about 1,400 a user, so that a tenth of the variance is on top of it.
            let sd = (bin.predicted * (1.0 - bin.predicted) / bin.pairs * 1.1).sqrt();
            assert!((bin.predicted - bin.happened).abs() < 4.0 * sd, "{}: {bin:?}", one.name);
        }
        if let Among::Unknown { factor } = one.among {
            let events = one.reliability.happened * bins.iter().map(|bin| bin.pairs).sum::<f64>();
            assert!((factor / 0.2 - 1.0).abs() < 4.0 / events.sqrt(), "{factor} of {events}");
        }
    }
    // With the target's part alone there is the target's diagram alone, of another sample of the others.
    let alone = found(&Known::new(1.0), &pairs, false);
    assert_eq!((alone.len(), &alone[0].name), (1, &all[1].name));
    let events = |one: &LevelReliability| {
        one.reliability.bins.iter().map(|bin| bin.pairs * bin.happened).sum::<f64>().round()
    };
    assert_eq!(events(&alone[0]), events(&all[1]));
}

#[test]
fn what_is_not_true_does_not() {
    let pairs = drawn();
    let ece = |told: f32| found(&Known::new(told), &pairs, true)[2].reliability.ece;
    // Shares of .1 to .9, told as their squares, are off by 1/6 on average, less where pairs are few.
    assert!(ece(1.0) < 0.02 && ece(2.0) > 0.1, "{} {}", ece(1.0), ece(2.0));
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let pairs = drawn();
    let by = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| found(&Known::new(1.0), &pairs, true))
    };
    assert_eq!(by(1), by(3));
}

#[test]
fn pairs_of_other_sizes_are_refused() {
    let known = Known::new(1.0);
    let other = Interactions::from_pairs(vec![], USERS, ITEMS + 1, Keep::default()).unwrap().0;
    let trained = [None, None];
    for held_out in [&[Some(&other), None][..], &[None]] {
        let pairs = LevelPairs { trained: &trained, held_out, left_out: &[] };
        assert!(matches!(level_reliability(&known, &known, pairs), Err(Error::Size { .. })));
    }
}
