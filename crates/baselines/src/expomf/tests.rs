use super::*;
use foretaste_data::{ItemId, Keep, Pair, UserId};
use foretaste_mf::{Silent, Training};

const USERS: usize = 150;
const ITEMS: usize = 300;
const K: usize = 5;

/// A third of the items suits a user; the later an item is, the fewer see it.
fn data() -> Interactions {
    let cells = (0..USERS as u32).flat_map(|user| (0..ITEMS as u32).map(move |item| (user, item)));
    let clicked = |&(user, item): &(u32, u32)| {
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 16;
        user % 3 == item % 3 && noise % 300 < 300 - item
    };
    matrix(cells.filter(clicked).collect())
}

fn matrix(pairs: Vec<(u32, u32)>) -> Interactions {
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = pairs.into_iter().map(pair).collect();
    Interactions::from_pairs(pairs, USERS, ITEMS, Keep::default()).unwrap().0
}

fn model(epochs: u32) -> ExpoMf {
    let d = ExpoMfParams::default();
    let training = Training { factors: K, epochs, init_sd: 0.1, ..d.training };
    ExpoMfParams { exposure: 0.3, precision: 2.0, ridge: 0.05, training }.check().unwrap()
}

/// A state in f64, stepped through by the formulae of the paper, cell by cell.
#[derive(Clone)]
struct Plain {
    users: Vec<Vec<f64>>,
    items: Vec<Vec<f64>>,
    mu: Vec<f64>,
    reg: f64,
    precision: f64,
}

fn rows(table: &Table) -> Vec<Vec<f64>> {
    let numbers: Vec<f64> = table.to_rows(0).into_iter().map(f64::from).collect();
    numbers.chunks(K).map(<[f64]>::to_vec).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Plain {
    fn new(model: &ExpoMf, data: &Interactions) -> Self {
        let factors = Factors::initial_rows(data, &model.params.training);
        Self {
            users: rows(&factors.users),
            items: rows(&factors.items),
            mu: vec![f64::from(model.params.exposure); data.n_items()],
            reg: f64::from(model.params.ridge * model.params.precision),
            precision: f64::from(model.params.precision),
        }
    }

    /// Normal(y; x, 1/λ_y).
    fn density(&self, y: f64, x: f64) -> f64 {
        let scale = (self.precision / (2.0 * std::f64::consts::PI)).sqrt();
        scale * (-0.5 * self.precision * (y - x) * (y - x)).exp()
    }

    fn seen(&self, data: &Interactions, user: usize, item: usize) -> f64 {
        if data.contains(UserId(user as u32), ItemId(item as u32)) {
            return 1.0;
        }
        let seen = self.mu[item] * self.density(0.0, dot(&self.users[user], &self.items[item]));
        seen / (seen + 1.0 - self.mu[item])
    }

    /// −ln p(Y, U, V | μ), and its part without the priors of U and V, a pair.
    fn cost(&self, data: &Interactions) -> (f64, f64) {
        let mut cost = 0.0;
        for (user, row) in self.users.iter().enumerate() {
            for (item, other) in self.items.iter().enumerate() {
                let (x, mu) = (dot(row, other), self.mu[item]);
                cost -= match data.contains(UserId(user as u32), ItemId(item as u32)) {
                    true => (mu * self.density(1.0, x)).ln(),
                    false => (mu * self.density(0.0, x) + 1.0 - mu).ln(),
                };
            }
        }
        let squares: f64 = self.users.iter().chain(&self.items).map(|row| dot(row, row)).sum();
        (cost + 0.5 * self.reg * squares, cost / (USERS * ITEMS) as f64)
    }

    /// λ_y Σ p (y − x) V − λ U of a user, or the same of an item: 0 at the maximum.
    fn slope(&self, data: &Interactions, seen: &Self, user: Option<usize>, item: usize) -> f64 {
        let k = self.users[0].len();
        let mut slope = vec![0.0; k];
        let (own, others) = match user {
            Some(user) => (&self.users[user], &self.items),
            None => (&self.items[item], &self.users),
        };
        for (n, other) in others.iter().enumerate() {
            let (user, item) = user.map_or((n, item), |user| (user, n));
            let y = f64::from(u8::from(data.contains(UserId(user as u32), ItemId(item as u32))));
            let weight = self.precision * seen.seen(data, user, item) * (y - dot(own, other));
            (0..k).for_each(|f| slope[f] += weight * other[f]);
        }
        (0..k).for_each(|f| slope[f] -= self.reg * own[f]);
        slope.into_iter().fold(0.0, |most: f64, x| most.max(x.abs()))
    }
}

#[test]
fn a_sweep_is_the_expectation_and_the_maximum_of_the_paper() {
    let data = data();
    let model = model(1);
    let start = Plain::new(&model, &data);
    let ExpoMfTrained { trained, exposure } = model.fit(&data, &mut Silent).unwrap();
    // The users at the maximum, of what was probably seen before.
    let users = Plain { users: rows(&trained.factors.users), ..start.clone() };
    for user in [0, 1, 63, 64, 149] {
        let (before, after) =
            (start.slope(&data, &start, Some(user), 0), users.slope(&data, &start, Some(user), 0));
        assert!(after < 1e-4 && before > 0.1, "user {user}: {before} to {after}");
    }
    // The items, of what was probably seen with the new users.
    let items = Plain { items: rows(&trained.factors.items), ..users.clone() };
    for item in [0, 5, 63, 64, 255, 256, 290] {
        let (before, after) =
            (users.slope(&data, &users, None, item), items.slope(&data, &users, None, item));
        assert!(after < 1e-4 && before > 0.1, "item {item}: {before} to {after}");
    }
    for (item, mu) in exposure.into_iter().enumerate() {
        let seen: f64 = (0..USERS).map(|user| items.seen(&data, user, item)).sum();
        assert!((f64::from(mu) - seen / USERS as f64).abs() < 1e-5, "item {item}: {mu}");
    }
    let loss = items.cost(&data).1;
    assert!((trained.history[0].loss - loss).abs() < 1e-5, "{} {loss}", trained.history[0].loss);
}

#[test]
fn no_sweep_makes_the_data_less_likely() {
    let data = data();
    let mut last = f64::INFINITY;
    for epochs in 1..15 {
        let model = model(epochs);
        let ExpoMfTrained { trained, exposure } = model.fit(&data, &mut Silent).unwrap();
        let mut state = Plain::new(&model, &data);
        state.users = rows(&trained.factors.users);
        state.items = rows(&trained.factors.items);
        state.mu = exposure.into_iter().map(f64::from).collect();
        let (cost, _) = state.cost(&data);
        assert!(cost < last * (1.0 + 1e-6), "sweep {epochs}: {cost} after {last}");
        last = cost;
    }
}

#[test]
fn what_few_see_is_not_taken_for_disliked() {
    let model = model(30);
    let ExpoMfTrained { trained, exposure } = model.fit(&data(), &mut Silent).unwrap();
    // Items 0 to 9 are seen by nearly all, items 270 to 279 by a tenth: so many of a kind click.
    let mean = |items: std::ops::Range<usize>| {
        let len = items.len() as f32;
        items.map(|item| exposure[item]).sum::<f32>() / len
    };
    let (early, late) = (mean(0..10), mean(270..280));
    assert!(early > 2.0 * late, "{early} {late}");
    let score = |user, item| trained.factors.score(0, user, item);
    for (user, item) in [(0, 0), (0, 270), (1, 271), (2, 272)] {
        let (liked, other) = (score(user, item), score(user, item + 1));
        assert!(liked > other + 0.2, "user {user}, item {item}: {liked} {other}");
    }
}

#[test]
fn by_default_an_item_is_the_less_seen_the_fewer_click_on_it() {
    let all = data();
    let clicked = all.pairs().map(|pair| (pair.user.0, pair.item.0));
    let data = matrix(clicked.filter(|(_, item)| *item != 7).collect());
    let d = ExpoMfParams::default();
    let model = ExpoMfParams { training: Training { epochs: 60, factors: 16, ..d.training }, ..d }
        .check()
        .unwrap();
    let exposure = model.fit(&data, &mut Silent).unwrap().exposure;
    // Nobody clicks on item 7, a third on those around it, hardly anybody on the last.
    assert!(exposure[7] < 1e-3, "{}", exposure[7]);
    assert!(exposure[..60].iter().enumerate().all(|(item, &mu)| item == 7 || mu > 0.9));
    assert!(exposure[290..].iter().all(|&mu| mu < 0.2));
}

#[test]
fn threads_and_repetition_change_nothing() {
    let data = data();
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| model(3).fit(&data, &mut Silent).unwrap())
    };
    let one = fit(1);
    assert_eq!(one, fit(3));
    assert_eq!(one, fit(8));
}

#[test]
fn hard_data_does_no_harm() {
    let wide = |user| (0..ITEMS as u32).map(move |item| (user, item));
    let all: Vec<(u32, u32)> = (0..USERS as u32).flat_map(wide).collect();
    for pairs in [vec![(0, 0)], all] {
        let d = ExpoMfParams::default();
        let training = Training { factors: 40, ..d.training };
        let model = ExpoMfParams { ridge: 1e-6, training, ..d }.check().unwrap();
        let ExpoMfTrained { trained, exposure } = model.fit(&matrix(pairs), &mut Silent).unwrap();
        assert!(trained.factors.users.to_rows(0).iter().all(|x| x.is_finite()));
        assert!(exposure.iter().all(|mu| (0.0..1.0).contains(mu)));
        assert!(trained.history.iter().all(|epoch| epoch.loss.is_finite()));
    }
    let error = model(3).fit(&matrix(vec![]), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("no interactions"), "{error}");
}

#[test]
fn each_illegal_value_is_named() {
    let d = ExpoMfParams::default();
    assert!(d.clone().check().is_ok());
    let with = |training: Training| ExpoMfParams { training, ..d.clone() };
    for (expected, params) in [
        ("exposure", ExpoMfParams { exposure: 0.0, ..d.clone() }),
        ("exposure", ExpoMfParams { exposure: 1.0, ..d.clone() }),
        ("exposure", ExpoMfParams { exposure: f32::NAN, ..d.clone() }),
        ("precision", ExpoMfParams { precision: 0.0, ..d.clone() }),
        ("precision", ExpoMfParams { precision: f32::INFINITY, ..d.clone() }),
        ("factors", with(Training { factors: 257, ..d.training })),
        ("ridge", ExpoMfParams { ridge: 0.0, ..d.clone() }),
        ("ridge", ExpoMfParams { ridge: f32::NAN, ..d.clone() }),
        ("epochs", with(Training { epochs: 0, ..d.training })),
        ("init_sd", with(Training { init_sd: f32::NAN, ..d.training })),
    ] {
        match params.check() {
            Err(Error::Parameter { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}
