//! Data for tests, and the loss cell by cell.

use crate::{METHOD, Params};
use foretaste_data::{IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste_mf::Factors;
use foretaste_model::{FORMAT, Info, ModelFile, WarmStart};

/// These pairs of a user and an item.
pub(crate) fn pairs(
    (users, items): (u32, u32),
    observed: impl Fn(u32, u32) -> bool,
) -> Interactions {
    let cells = (0..users).flat_map(|user| (0..items).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = cells.filter(|&(user, item)| observed(user, item)).map(pair).collect();
    let shape = (users as usize, items as usize);
    Interactions::from_pairs(pairs, shape.0, shape.1, Keep::default()).expect("pairs in range").0
}

/// 150 users, 30 items; a third of the items suits a user, and a little of the rest is there, too.
/// User 7 has every item, user 8 none; item 9 has no user but 7.
pub(crate) fn clicks() -> Interactions {
    pairs((150, 30), |user, item| {
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        let likely = noise % 10 < if user % 3 == item % 3 { 7 } else { 1 };
        user != 8 && (user == 7 || item != 9 && likely)
    })
}

/// [`clicks`] with weights from 0.25 to 12.
pub(crate) fn plays() -> Interactions {
    let clicks = clicks();
    let pairs = clicks
        .pairs()
        .enumerate()
        .map(|(n, pair)| Pair { weight: 0.25 * (1 + n * n % 48) as f32, ..pair });
    let keep = Keep { weights: true, times: false };
    let shape = (clicks.n_users(), clicks.n_items());
    let weighted = Interactions::from_pairs(pairs.collect(), shape.0, shape.1, keep);
    weighted.expect("pairs in range").0
}

/// The loss of the module head of `objective`, by its definition.
pub(crate) fn loss(data: &Interactions, params: &Params, factors: &Factors) -> f64 {
    let (k, alpha) = (params.factors, f64::from(params.alpha));
    let powers = data.item_counts().into_iter();
    let powers = powers.map(|n| f64::from(n.max(1)).powf(f64::from(params.popularity_exponent)));
    let powers: Vec<f64> = powers.collect();
    let of_item = |i: usize| powers[i] * data.n_items() as f64 / powers.iter().sum::<f64>();
    let (users, items) = (factors.users.to_rows(0), factors.items.to_rows(0));
    let (m, n) = (data.n_users(), data.n_items());
    let row = |rows: &[f32], at: usize| -> Vec<f64> {
        rows[at * k..(at + 1) * k].iter().map(|&x| f64::from(x)).collect()
    };
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let (mut observed, mut weights) = (vec![false; m * n], vec![0.0; m * n]);
    data.pairs().for_each(|pair| {
        let cell = pair.user.index() * n + pair.item.index();
        (observed[cell], weights[cell]) = (true, f64::from(pair.weight));
    });
    let mut sum = 0.0;
    for (cell, weight) in weights.iter().enumerate() {
        let x = dot(&row(&users, cell / n), &row(&items, cell % n));
        sum += alpha * of_item(cell % n) * x * x + weight * (1.0 - x) * (1.0 - x);
    }
    let mut ridge = |rows: &[f32], at: usize, count: usize, cells: f64| {
        let counted = count as f64 + alpha * cells;
        let row = row(rows, at);
        sum += f64::from(params.reg) * counted.powf(f64::from(params.nu)) * dot(&row, &row);
    };
    (0..m).for_each(|u| {
        ridge(&users, u, observed[u * n..(u + 1) * n].iter().filter(|x| **x).count(), n as f64);
    });
    (0..n).for_each(|i| {
        let count = observed.iter().skip(i).step_by(n).filter(|x| **x).count();
        ridge(&items, i, count, of_item(i) * m as f64);
    });
    sum
}

/// These factors as an earlier model, which knows the first `known` of the items, and holds them.
pub(crate) fn earlier(
    data: &Interactions,
    factors: &Factors,
    (known, weight): (usize, f32),
) -> WarmStart {
    let ids = |of: &dyn Fn(usize) -> i64, n| IdTable::from_integers((0..n).map(of).collect());
    let users = ids(&|n| n as i64, data.n_users());
    let new = ids(&|n| if n < known { n as i64 } else { 1000 + n as i64 }, data.n_items());
    let text = String::new;
    let info = Info {
        format: FORMAT,
        version: text(),
        method: METHOD.into(),
        parameters: Default::default(),
        data: text(),
        training: Default::default(),
        storage: foretaste_model::Storage::default(),
    };
    let model = ModelFile {
        info,
        users: users.clone(),
        items: ids(&|n| n as i64, data.n_items()),
        seen: data.clone().without_weights(),
        not_positive: None,
        others: None,
        tensors: factors.tensors(),
    };
    WarmStart::new(model, &users, &new).unwrap().anchored(weight).unwrap()
}

/// What an anchor adds to [`loss`], of the first `known` items.
pub(crate) fn strain(factors: &Factors, old: &Factors, (known, weight): (usize, f32)) -> f64 {
    let k = factors.items.widths()[0];
    let (rows, old) = (factors.items.to_rows(0), old.items.to_rows(0));
    let square = |(x, old): (&f32, &f32)| (f64::from(*x) - f64::from(*old)).powi(2);
    f64::from(weight) * rows.iter().zip(&old).take(known * k).map(square).sum::<f64>()
}
