use super::*;
use crate::{Bias, BprLoss, Monitor, Silent, Start, Steps, Trained, Weighting, train_pairwise};
use crate::{train_pointwise, train_ranking};
use foretaste_data::{ItemId, Keep, Pair, UserId};
use foretaste_kernels::sigmoid;
use foretaste_model::cuts;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::Path;

/// Enough items for 7 blocks; some users without any, and one who has all but one.
fn data(seed: u64) -> Interactions {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (n_users, n_items) = (90u32, 450u32);
    let mut pairs = Vec::new();
    let mut add = |user, item| {
        let (user, item) = (UserId(user), ItemId(item));
        pairs.push(Pair { user, item, weight: 1.0, time: 0 });
    };
    (1..n_items).for_each(|item| add(17, item));
    for user in (0..n_users).filter(|user| user % 9 != 4) {
        for _ in 0..rng.random_range(1..40) {
            let share: f64 = rng.random();
            add(user, (share * share * f64::from(n_items)) as u32);
        }
    }
    Interactions::from_pairs(pairs, 90, 450, Keep::default()).unwrap().0
}

/// A logistic loss on pairs, of which the label says how much a positive counts.
#[derive(Debug)]
struct Logistic;

impl Pointwise<1> for Logistic {
    #[inline(always)]
    fn ascent(&self, [x]: [f32; 1], y: f32) -> [f32; 1] {
        [if y > 0.0 { y * sigmoid(-x) } else { -sigmoid(x) }]
    }

    fn loss(&self, [x]: [f32; 1], y: f32) -> f32 {
        if y > 0.0 { y * (1.0 - x) } else { x }
    }
}

/// A hinge with few draws.
#[derive(Debug)]
struct Hinge;

impl Ranking for Hinge {
    fn draws(&self) -> u32 {
        5
    }

    #[inline(always)]
    fn descent(&self, x: f32, draw: u32) -> f32 {
        if x < 1.0 { 1.0 / draw as f32 } else { 0.0 }
    }

    fn loss(&self, x: f32, _: u32) -> f32 {
        (1.0 - x).max(0.0)
    }
}

/// The pairs of a worker's users.
fn pairs_of(data: &Interactions, place: Place<'_>) -> Interactions {
    let users = place.users();
    let starts = &data.starts()[users.start..=users.end];
    let items = data.items()[starts[0]..starts[starts.len() - 1]].to_vec();
    let starts = starts.iter().map(|start| start - starts[0]).collect();
    Interactions::from_rows(starts, items, data.n_items()).unwrap()
}

fn workers(apart: &dyn Apart, data: &Interactions, cuts: &[usize]) -> Vec<Box<dyn Worker>> {
    let bounds = crate::plan::bounds(data, apart.blocks());
    let worker = |number| {
        let place = Place { number, cuts, bounds: &bounds };
        apart.worker(place, pairs_of(data, place)).unwrap()
    };
    (0..cuts.len() - 1).map(worker).collect()
}

/// As it comes from another machine.
fn sent(state: State) -> State {
    State::from_bytes(&state.to_bytes().unwrap(), Path::new("sent")).unwrap()
}

/// An epoch of all workers, in any order within a super-round.
fn epoch(all: &mut [Box<dyn Worker>], epoch: u32, rng: &mut Xoshiro256PlusPlus) -> Vec<Tally> {
    let workers = all.len();
    all.iter_mut().for_each(|worker| worker.begin(epoch));
    for super_round in 0..=workers {
        let first = rng.random_range(0..workers);
        (0..workers).for_each(|n| all[(first + n) % workers].train(super_round));
        if super_round < workers {
            let mut items: Vec<State> = all.iter_mut().map(|one| sent(one.give())).collect();
            items.rotate_left(1);
            all.iter_mut().zip(items).for_each(|(one, items)| one.take(items).unwrap());
        }
    }
    let ends: Vec<_> = all.iter_mut().map(|worker| worker.finish()).collect();
    assert!(ends.iter().all(|end| end.sound));
    ends.into_iter().flat_map(|end| end.tallies).collect()
}

fn redeal(all: &mut [Box<dyn Worker>], epoch: u32) {
    let out: Vec<Vec<State>> = all.iter_mut().map(|worker| worker.deal_out(epoch)).collect();
    for (n, worker) in all.iter_mut().enumerate() {
        let parts = out.iter().map(|of| sent(of[n].clone())).collect();
        worker.deal_in(epoch, parts).unwrap();
    }
}

/// The state after the last epoch; after epoch `changed` other workers go on, of other cuts.
fn in_parts(
    apart: &dyn Apart,
    data: &Interactions,
    (first, then, changed): (&[usize], &[usize], u32),
) -> State {
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(first.len() as u64);
    let mut all = workers(apart, data, first);
    all.iter_mut().for_each(|worker| worker.start());
    let mut tallies = Vec::new();
    for number in 1..=apart.epochs() {
        if number == changed + 1 {
            let saved: Vec<[State; 2]> = all.iter().map(|one| one.save().map(sent)).collect();
            all = workers(apart, data, then);
            for (worker, ends) in all.iter_mut().zip(then.windows(2)) {
                assert_eq!(worker.is_restored(), ends[0] == ends[1]);
                for [users, items] in &saved {
                    worker.restore_users(users).unwrap();
                    worker.restore_items(changed, items).unwrap();
                }
                assert!(worker.is_restored());
            }
        } else if number > 1 {
            redeal(&mut all, number);
        }
        tallies.push(epoch(&mut all, number, rng));
    }
    let saved: Vec<[State; 2]> = all.iter().map(|worker| worker.save()).collect();
    let (users, items): (Vec<_>, Vec<_>) = saved.into_iter().map(|[u, i]| (u, i)).unzip();
    apart.whole(&users, &items, &tallies).unwrap()
}

/// That parts of 1 to 5 workers, evenly and unevenly cut, give what one machine does.
fn check(
    apart: &dyn Apart,
    data: &Interactions,
    train: impl Fn(Start<'_>, &mut dyn Monitor) -> Result<Trained, Error>,
) {
    let local = train(Start::default(), &mut Silent).unwrap();
    let blocks = apart.blocks();
    assert_eq!(blocks, 7);
    for workers in 1..=5 {
        let even = cuts(workers, blocks);
        let mut uneven: Vec<usize> = (0..workers).chain([blocks]).collect();
        if workers == 3 {
            // A worker without anything to do.
            uneven = vec![0, 4, 4, blocks];
        }
        for split in [(&even, &uneven, 1), (&uneven, &even, 2), (&even, &even, 0)] {
            let state = in_parts(apart, data, (split.0, split.1, split.2.max(1)));
            let start = Start { state: Some(&state), ..Start::default() };
            let trained = train(start, &mut Silent).unwrap();
            assert_eq!(trained.history, local.history, "{workers} workers");
            let same = trained == local;
            assert!(same, "{workers} workers, {split:?}");
        }
    }
}

fn params() -> Params {
    Params { factors: 5, epochs: 3, lr: 0.05, ..Params::default() }
}

#[test]
fn triples_in_parts_are_those_of_one_machine() {
    let data = data(1);
    let whole = Whole::of(&data);
    let bias = Bias { item: true, ..Bias::default() };
    let all = [
        params(),
        Params { steps: Steps::AdaGrad, sampler: Negatives::Popularity(0.5), bias, ..params() },
        Params { sampler: Negatives::Any, negatives: 2, ..params() },
    ];
    let targets: Vec<f32> = (0..data.n_items()).map(|item| 1.0 + item as f32 / 450.0).collect();
    for params in all {
        let params = params.check().unwrap();
        let own = (&whole, Some(targets.clone()));
        let apart = pairwise_apart(BprLoss, own, &params).unwrap();
        check(&*apart, &data, |from, monitor| {
            let targets = Targets::Items(&targets);
            let problem = Problem { from, targets, ..Problem::default() };
            train_pairwise(&BprLoss, &problem, &data, &params, monitor)
        });
    }
}

#[test]
fn pairs_and_searches_in_parts_are_those_of_one_machine() {
    let data = data(2);
    let whole = Whole::of(&data);
    let (sampler, weighting) = (Negatives::Uniform, Weighting::Population);
    let bias = Bias { user: true, item: true, global: false };
    let pairs = Params { sampler, weighting, bias, steps: Steps::AdaGrad, ..params() };
    let pairs = pairs.check().unwrap();
    let apart = pointwise_apart(Logistic, (&whole, None), &pairs, &[]).unwrap();
    check(&*apart, &data, |from, monitor| {
        let problem = Problem { from, ..Problem::default() };
        train_pointwise(&Logistic, &problem, &data, &pairs, monitor)
    });
    let searches = Params { sampler, ..params() }.check().unwrap();
    let apart = ranking_apart(Hinge, &whole, &searches).unwrap();
    check(&*apart, &data, |from, monitor| {
        let problem = Problem { from, ..Problem::default() };
        train_ranking(&Hinge, &problem, &data, &searches, monitor)
    });
}

#[test]
fn the_scores_of_a_part_are_those_of_the_whole() {
    let data = data(5);
    let bias = Bias { item: true, ..Bias::default() };
    let params = Params { bias, epochs: 1, ..params() }.check().unwrap();
    let apart = pairwise_apart(BprLoss, (&Whole::of(&data), None), &params).unwrap();
    let problem = Problem::default();
    let local = train_pairwise(&BprLoss, &problem, &data, &params, &mut Silent).unwrap().factors;
    let mut all = workers(&*apart, &data, &cuts(3, 7));
    all.iter_mut().for_each(|worker| worker.start());
    epoch(&mut all, 1, &mut Xoshiro256PlusPlus::seed_from_u64(1));
    let (users, items): (Vec<_>, Vec<_>) =
        all.iter().map(|worker| worker.save()).map(|[u, i]| (u, i)).unzip();
    let mut first = 0;
    for users in &users {
        let part = apart.scorer(users, &items).unwrap();
        assert!(apart.scorer(users, &items[1..]).is_err());
        for user in 0..part.n_users() as u32 {
            let mut scores = ndarray::Array2::zeros((1, part.n_items()));
            let mut expected = scores.clone();
            part.score_block(&[UserId(user)], scores.view_mut());
            local.score_block(&[UserId(first + user)], expected.view_mut());
            assert_eq!(scores, expected);
        }
        first += part.n_users() as u32;
    }
    assert_eq!(first, 90);
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = data(3);
    let whole = Whole::of(&data);
    let global = Bias { global: true, ..Bias::default() };
    let of_all = Params { bias: global, sampler: Negatives::Uniform, ..params() }.check().unwrap();
    let said = pointwise_apart(Logistic, (&whole, None), &of_all, &[]).unwrap_err().to_string();
    assert!(said.starts_with("bias must be without one of all pairs"), "{said}");
    let params = params().check().unwrap();
    let nothing = Whole { nnz: 0, ..whole.clone() };
    assert!(pairwise_apart(BprLoss, (&nothing, None), &params).is_err());
    assert!(pairwise_apart(BprLoss, (&whole, Some(vec![1.0])), &params).is_err());
    let apart = pairwise_apart(BprLoss, (&whole, None), &params).unwrap();
    let (bounds, even) = (crate::plan::bounds(&data, 7), cuts(2, 7));
    let place = Place { number: 0, cuts: &even, bounds: &bounds };
    let own = || pairs_of(&data, place);
    assert!(apart.worker(Place { number: 2, ..place }, own()).is_err());
    assert!(apart.worker(Place { number: 1, ..place }, own()).is_err());
    assert!(apart.worker(Place { cuts: &[0, 3, 6], ..place }, own()).is_err());
    assert!(apart.worker(Place { bounds: &bounds[1..], ..place }, own()).is_err());
    let mut all = workers(&*apart, &data, &even);
    all.iter_mut().for_each(|worker| worker.start());
    all.iter_mut().for_each(|worker| worker.begin(1));
    all.iter_mut().for_each(|worker| worker.train(0));
    let saved = all[0].save();
    assert!(all[0].restore_users(&saved[1]).is_err());
    let of_second = all[1].give();
    assert!(all[1].take(of_second.clone()).is_err(), "its own");
    assert!(all[0].take(State::default()).is_err());
    assert!(all[0].take(of_second).is_ok());
    assert!(apart.whole(&[], &[], &[]).is_err());
}

/// A row has 256 B, and is there three times while it is saved.
#[test]
fn a_footprint_is_of_the_shape_alone() {
    let data = data(4);
    let whole = Whole { nnz: 1_000_000_000, n_users: 100_000_000, ..Whole::of(&data) };
    let params = Params { factors: 64, ..params() }.check().unwrap();
    let apart = pairwise_apart(BprLoss, (&whole, None), &params).unwrap();
    let blocks = apart.blocks();
    assert_eq!(apart.footprint(1).sent, 0);
    let (one, two) = (apart.footprint(1), apart.footprint(2));
    assert!(one.training > 3 * 256 * 100_000_000 && one.loading > 12 * 1_000_000_000);
    let share = (blocks.div_ceil(2) as f64) / blocks as f64;
    let ratio = two.training as f64 / one.training as f64;
    assert!((ratio / share - 1.0).abs() < 0.02, "{ratio}");
}
