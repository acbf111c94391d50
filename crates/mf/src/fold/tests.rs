use super::*;
use crate::{
    Bias, ByLeastSquares, FactorModel, Half, LeastSquares, Negatives, Pairwise, Params, Pointwise,
    Problem, Ranking, Ridge, Schedule, Silent, Squares, Steps, Targets, train_pairwise,
    train_ranking,
};
use foretaste_data::{ItemId, Keep, Pair};
use foretaste_kernels::{ln_1p_exp, sigmoid};
use foretaste_model::{Explanation, FoldInError, Histories, Model};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

mod least_squares;

const ITEMS: usize = 60;
const K: usize = 5;

#[derive(Debug, Clone, Copy)]
struct Logistic;

impl Pairwise for Logistic {
    fn descent(&self, x: f32, _: [f32; 2]) -> f32 {
        sigmoid(-x)
    }

    fn loss(&self, x: f32, _: [f32; 2]) -> f32 {
        ln_1p_exp(-x)
    }
}

impl Pointwise<1> for Logistic {
    fn ascent(&self, [x]: [f32; 1], y: f32) -> [f32; 1] {
        [y * sigmoid(-x) - if y == 0.0 { sigmoid(x) } else { 0.0 }]
    }

    fn loss(&self, [x]: [f32; 1], y: f32) -> f32 {
        if y > 0.0 { y * ln_1p_exp(-x) } else { ln_1p_exp(x) }
    }
}

fn interactions(rows: &[&[u32]]) -> Interactions {
    let of_user = |(user, row): (usize, &&[u32])| {
        let pair =
            |&item| Pair { user: UserId(user as u32), item: ItemId(item), weight: 1.0, time: 0 };
        row.iter().map(pair).collect::<Vec<_>>()
    };
    let pairs = rows.iter().enumerate().flat_map(of_user).collect();
    Interactions::from_pairs(pairs, rows.len(), ITEMS, Keep::default()).unwrap().0
}

fn factors(seed: u64, bias: bool) -> Factors {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let users = Table::normal(40, K, 0.3, &mut rng);
    let mut factors = Factors::new(users, Table::normal(ITEMS, K, 1.0, &mut rng));
    if bias {
        factors.biases[0].users = (0..40).map(|_| rng.random::<f32>() - 0.5).collect();
        factors.biases[0].items = (0..ITEMS).map(|_| rng.random::<f32>() - 0.5).collect();
        factors.biases[0].global = -0.5;
    }
    factors
}

fn params() -> Params {
    let bias = Bias { user: true, item: true, global: true };
    Params { factors: K, negatives: 5, sampler: Negatives::Uniform, bias, ..Params::default() }
}

const HISTORY: [u32; 6] = [1, 7, 8, 20, 33, 59];

fn fold(by: &impl FoldIn, factors: &Factors, histories: &Interactions) -> Users {
    assert!(by.fits(factors));
    let mut users = Users::mean(factors).repeated(histories.n_users());
    by.fold_in(factors, histories, &mut users);
    users
}

/// The slope of a loss at a row and its bias, by differences.
fn slope(at: &[f32], loss: impl Fn(&[f32]) -> f64) -> f64 {
    let moved = |n: usize, by: f32| {
        let mut at = at.to_vec();
        at[n] += by;
        loss(&at)
    };
    let slope = |n| (moved(n, 0.01) - moved(n, -0.01)) / 0.02;
    (0..at.len()).map(slope).map(|slope: f64| slope * slope).sum::<f64>().sqrt()
}

/// Row and bias of the first user.
fn at(users: &Users) -> Vec<f32> {
    let row = users.rows.to_rows(0)[..K].to_vec();
    row.into_iter().chain(users.biases[0].first().copied()).collect()
}

fn score(factors: &Factors, at: &[f32], item: usize) -> f32 {
    let items = factors.items.to_rows(0);
    let product: f32 = at[..K].iter().zip(&items[item * K..]).map(|(u, v)| u * v).sum();
    let Biases { items, global, .. } = &factors.biases[0];
    product + at.get(K).unwrap_or(&0.0) + items.get(item).unwrap_or(&0.0) + global
}

fn others() -> impl Iterator<Item = usize> {
    (0..ITEMS).filter(|&item| !HISTORY.contains(&(item as u32)))
}

/// Where steps lead, the slope of the loss whose samples they are is a small part of what it was.
#[test]
fn steps_end_near_the_minimum_of_the_objective() {
    let history = interactions(&[&HISTORY]);
    for steps in [Steps::Sgd, Steps::AdaGrad] {
        let params = Params { steps, lr: 0.1, negatives: 50, ..params() };
        let negatives = params.negatives as f32;
        let reg = f64::from(params.reg);
        let squares = |at: &[f32]| at.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
        // A positive, and its negatives, of which each is any other item.
        let many = f64::from(negatives) / (ITEMS - HISTORY.len()) as f64;
        let per_sample = HISTORY.len() as f64 * f64::from(1.0 + negatives);

        let valid = params.clone().check().unwrap();
        let pairs = BySteps::on_pairs(Logistic, &valid, &[], &history);
        let model = factors(1, true);
        let loss = |at: &[f32]| -> f64 {
            let one = |item: usize, y| {
                f64::from(Pointwise::loss(&Logistic, [score(&model, at, item)], y))
            };
            let positives: f64 = HISTORY.iter().map(|&item| one(item as usize, 1.0)).sum();
            let each: f64 = others().map(|item| one(item, 0.0)).sum();
            let sum = positives + HISTORY.len() as f64 * many * each;
            sum / per_sample + reg / 2.0 * squares(at)
        };
        let (start, end) = (Users::mean(&model), fold(&pairs, &model, &history));
        let (start, end) = (slope(&at(&start), loss), slope(&at(&end), loss));
        assert!(end < 0.1 * start, "{steps:?} on pairs: {end} of {start}");

        let params = Params { bias: Bias { item: true, ..Bias::default() }, ..params };
        let triples = BySteps::on_triples(Logistic, &params.check().unwrap(), &history);
        let mut model = factors(2, true);
        model.biases[0].users.clear();
        let loss = |at: &[f32]| -> f64 {
            let one = |i: u32, j: usize| {
                let x = score(&model, at, i as usize) - score(&model, at, j);
                f64::from(ln_1p_exp(-x))
            };
            let of = |&i: &u32| others().map(move |j| one(i, j)).sum::<f64>();
            let n = (HISTORY.len() * others().count()) as f64;
            HISTORY.iter().map(of).sum::<f64>() / n + reg / 2.0 * squares(at)
        };
        let (start, end) = (Users::mean(&model), fold(&triples, &model, &history));
        let (start, end) = (slope(&at(&start), loss), slope(&at(&end), loss));
        assert!(end < 0.1 * start, "{steps:?} on triples: {end} of {start}");
    }
}

/// [`Logistic`] of whatever the first draw is.
#[derive(Debug)]
struct FirstDraw;

impl Ranking for FirstDraw {
    fn draws(&self) -> u32 {
        1
    }

    fn descent(&self, x: f32, _draw: u32) -> f32 {
        Logistic.descent(x, [1.0, 0.0])
    }

    fn loss(&self, x: f32, _draw: u32) -> f32 {
        Pairwise::loss(&Logistic, x, [1.0, 0.0])
    }
}

#[test]
fn a_search_of_one_draw_is_a_draw_in_training_and_in_folding_in() {
    let data = interactions(&[&[0, 3, 8, 21], &[3, 40, 41], &HISTORY]);
    let bias = Bias { item: true, ..Bias::default() };
    for steps in [Steps::Sgd, Steps::AdaGrad] {
        let params = Params { bias, steps, epochs: 5, ..params() }.check().unwrap();
        let problem = Problem::default();
        let drawn = train_pairwise(&Logistic, &problem, &data, &params, &mut Silent).unwrap();
        let sought = train_ranking(&FirstDraw, &problem, &data, &params, &mut Silent).unwrap();
        assert_eq!(sought, drawn);
        let by = BySteps::on_triples(Logistic, &params, &data);
        let drawn = fold(&by, &sought.factors, &data);
        let by = BySteps::on_searches(FirstDraw, &params, &data);
        assert_eq!(fold(&by, &sought.factors, &data), drawn);
        assert_ne!(drawn, Users::mean(&sought.factors).repeated(3));
    }
    let hardest = Params { sampler: Negatives::Hardest(2), bias, ..params() }.check().unwrap();
    let error = train_ranking(&FirstDraw, &Problem::default(), &data, &hardest, &mut Silent);
    assert!(error.unwrap_err().to_string().starts_with("sampler must be uniform"));
}

#[test]
fn a_row_depends_on_its_history_alone_whatever_the_threads() {
    let every: Vec<u32> = (0..ITEMS as u32).collect();
    let rows: [&[u32]; 6] = [&[3], &HISTORY, &[], &[5, 6], &every, &HISTORY];
    let histories = interactions(&rows);
    for sampler in
        [Negatives::Uniform, Negatives::Any, Negatives::Popularity(0.5), Negatives::Hardest(0)]
    {
        let params = Params { sampler, ..params() }.check().unwrap();
        let by = BySteps::on_pairs(Logistic, &params, &[], &histories);
        let model = factors(3, true);
        let run = |threads: usize, histories: &Interactions| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fold(&by, &model, histories))
        };
        let all = run(1, &histories);
        assert_eq!(all, run(3, &histories));
        assert_eq!(all.not_finite(), None);
        let row = |users: &Users, n: usize| {
            (users.rows.to_rows(0)[n * K..(n + 1) * K].to_vec(), users.biases[0][n])
        };
        for (n, history) in rows.iter().enumerate() {
            assert_eq!(row(&all, n), row(&run(2, &interactions(&[history])), 0), "{sampler:?}");
        }
        assert_eq!(row(&all, 1), row(&all, 5));
        assert_ne!(row(&all, 1), row(&all, 3));
        assert_eq!(row(&all, 2), row(&Users::mean(&model), 0), "nothing is known");
    }
}

#[test]
fn whoever_has_every_item_or_none_is_the_mean_of_the_trained() {
    let every: Vec<u32> = (0..ITEMS as u32).collect();
    let histories = interactions(&[&every, &[]]);
    let params = Params { bias: Bias::default(), ..params() }.check().unwrap();
    let model = factors(4, false);
    let users = fold(&BySteps::on_triples(Logistic, &params, &histories), &model, &histories);
    let mean = Users::mean(&model).rows.to_rows(0);
    assert_eq!(users.rows.to_rows(0), mean.repeat(2));
    let by_hand: Vec<f32> = (0..K)
        .map(|k| model.users.to_rows(0).iter().skip(k).step_by(K).sum::<f32>() / 40.0)
        .collect();
    assert!(mean.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn an_item_that_counts_more_is_one_of_a_larger_label() {
    let history = interactions(&[&HISTORY]);
    let weights: Vec<f32> = (1..=HISTORY.len()).map(|n| n as f32 / 2.0).collect();
    let mut labels = vec![1.0; ITEMS];
    HISTORY.iter().zip(&weights).for_each(|(&item, &weight)| labels[item as usize] = weight);
    let weighted = history.clone().with_weights(weights).unwrap();
    let model = factors(6, false);
    for sampler in [Negatives::Uniform, Negatives::Any] {
        let params = Params { factors: K, sampler, ..Params::default() }.check().unwrap();
        let by = || BySteps::on_pairs(Logistic, &params, &[], &history);
        let plain = fold(&by(), &model, &history).rows.to_rows(0);
        let by_weight = fold(&by(), &model, &weighted).rows.to_rows(0);
        let by_label = fold(&by().with_labels(labels.clone()), &model, &history).rows.to_rows(0);
        assert_eq!(by_weight, by_label, "{sampler:?}");
        assert_ne!(by_weight, plain, "{sampler:?}");
    }
}

#[test]
fn terms_and_rest_sum_to_the_score() {
    let data = interactions(&[&[0, 3, 8, 21], &[3, 40, 41]]);
    let biased = FactorModel::new(factors(6, true));
    let explained = biased.explain(UserId(1), ItemId(3), &data).unwrap();
    assert!(!explained.terms.is_empty() && explained.history.is_empty());
    let squares = Squares { factors: K, ridge: Ridge::same(2.0), more: 0.0 };
    let plain = FactorModel::new(factors(6, false));
    let exact = plain.clone().with_fold_in(ByLeastSquares::new(squares, Vec::new()));
    for (model, shares) in [(&biased, 0), (&plain, 0), (&exact, 3)] {
        let Explanation { terms, history, rest } =
            model.explain(UserId(1), ItemId(3), &data).unwrap();
        assert_eq!(history.len(), shares);
        let values = || terms.iter().map(|term| term.1).chain(history.iter().map(|term| term.1));
        let sum: f64 = values().map(f64::from).sum::<f64>() + f64::from(rest);
        let score = model.products().unwrap().score(1, 3);
        // The rest is rounded once.
        assert!((sum - f64::from(score)).abs() <= f64::from(rest.abs() * f32::EPSILON), "{sum}");
    }
}

#[test]
fn a_model_says_what_it_can_not_fold_in() {
    let histories = interactions(&[&HISTORY]);
    let plain = Params { bias: Bias::default(), ..params() };
    let by = |params: &Params| {
        BySteps::on_triples(Logistic, &params.clone().check().unwrap(), &histories)
    };
    let model = FactorModel::new(factors(6, false));
    let refused = |model: &FactorModel, histories: &Interactions| {
        model.fold_in(&Histories::new(histories)).map(drop).unwrap_err()
    };
    assert_eq!(refused(&model, &histories), FoldInError::Unsupported);
    // Parameters of other factors, as a strange file may have them.
    let narrow = Params { factors: K - 1, ..plain.clone() };
    let strange = model.clone().with_fold_in(by(&narrow));
    assert_eq!(refused(&strange, &histories), FoldInError::Unsupported);

    let model = model.with_fold_in(by(&plain));
    assert_eq!(model.fold_in(&Histories::new(&histories)).unwrap().n_users(), 1);
    let other = Interactions::from_rows(vec![0, 1], vec![ItemId(0)], ITEMS - 1).unwrap();
    let expected = FoldInError::Items { expected: ITEMS, found: ITEMS - 1 };
    assert_eq!(refused(&model, &other), expected);

    let mut broken = factors(6, false);
    broken.items.set(7, 0, &[3e38; K]);
    let fast = Params { lr: 10.0, schedule: Schedule::Constant, ..plain };
    let model = FactorModel::new(broken).with_fold_in(by(&fast));
    assert_eq!(refused(&model, &histories), FoldInError::Diverged { user: 0 });
}
