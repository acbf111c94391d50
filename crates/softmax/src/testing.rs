//! Data for tests, and the losses by their definitions.

use crate::objective::{Loss, Objective};
use foretaste_data::{Interactions, ItemId, Keep, Pair, UserId};
use foretaste_kernels::{LANES, Lanes};
use foretaste_mf::{Factors, Training};

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

/// 150 users, 90 items; a third of the items suits a user, and a little of the rest is there, too.
/// User 7 has every item, user 8 none; item 9 has no user but 7.
pub(crate) fn clicks() -> Interactions {
    pairs((150, 90), |user, item| {
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        let likely = noise % 10 < if user % 3 == item % 3 { 5 } else { 1 };
        user != 8 && (user == 7 || item != 9 && likely)
    })
}

/// Normal rows of about length 1.
pub(crate) fn random(data: &Interactions, factors: usize, seed: u64) -> Factors {
    let init_sd = 1.0 / (factors as f32).sqrt();
    Factors::initial_rows(data, &Training { factors, epochs: 1, init_sd, patience: 0, seed })
}

/// A loss with numbers that suit small data.
pub(crate) fn objective(loss: Loss, n_items: usize) -> Objective {
    Objective { loss, temperature: 0.3, weight: 1.2, n_items }
}

/// A row in f64, of length 1.
pub(crate) fn unit(row: &[Lanes]) -> Vec<f64> {
    let row: Vec<f64> = row.iter().flatten().map(|&x| f64::from(x)).collect();
    let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
    row.into_iter().map(|x| x / length).collect()
}

/// The loss of a user by positive, by its definition.
pub(crate) fn defined(objective: &Objective, negatives: &[f64], positives: &[f64]) -> f64 {
    let per = 1.0 / f64::from(objective.temperature);
    let (t, count) = (f64::from(objective.weight), positives.len() as f64);
    let share = objective.n_items as f64 / negatives.len() as f64;
    let sum = |cosines: &[f64]| cosines.iter().map(|s| (s * per).exp()).sum::<f64>();
    let mean = positives.iter().sum::<f64>() / count;
    match objective.loss {
        Loss::Softmax => t * (share * sum(negatives)).ln() - mean * per,
        Loss::Multi => t * (share * sum(negatives)).ln() - (sum(positives) / count).ln(),
        Loss::Ssm => {
            let own = |s: &f64| ((s * per).exp() + t * sum(negatives)).ln() - s * per;
            positives.iter().map(own).sum::<f64>() / count
        }
    }
}

/// What a gradient by cosines is multiplied by.
pub(crate) fn per(objective: &Objective) -> f64 {
    1.0 / f64::from(objective.temperature)
}

/// Numbers filled up to whole lanes.
pub(crate) fn filled(numbers: &[f32]) -> Vec<Lanes> {
    let mut lanes = vec![[0.75; LANES]; numbers.len().div_ceil(LANES)];
    lanes.as_flattened_mut()[..numbers.len()].copy_from_slice(numbers);
    lanes
}
