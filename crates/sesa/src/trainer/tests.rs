use super::*;
use crate::concepts::Concepts;
use crate::testing::{concepts, kinds, quick};
use foretaste_data::Dataset;

/// Of every weight, in f64.
type Numbers = Vec<Vec<Vec<f64>>>;

fn wide(weights: &mut Weights) -> Numbers {
    let rows = |part: &mut Matrix| -> Vec<Vec<f64>> {
        let row = |row| part.values(row).iter().map(|&x| f64::from(x)).collect();
        (0..part.rows()).map(row).collect()
    };
    weights.parts_mut().map(rows).to_vec()
}

fn sp(x: f64) -> f64 {
    x.exp().ln_1p()
}

/// z of an item, by the definition; and e, if it has a vector.
fn z(concepts: &Concepts, w: &Numbers, item: usize, taken: Taken) -> (Vec<f64>, Option<Vec<f64>>) {
    let [diagonal, own, _, _, linear, shift] = [0, 1, 2, 3, 4, 5].map(|n| &w[n]);
    let mut z = vec![0.0; concepts.len()];
    for at in concepts.of_item(item) {
        let entry = concepts.entries[at];
        let tag = entry.tag as usize;
        z[tag] = match taken {
            Taken::Whole => f64::from(entry.all) * sp(diagonal[0][tag] + own[0][at]),
            Taken::New => f64::from(entry.own) * sp(diagonal[0][tag]),
            Taken::Untagged => 0.0,
        };
    }
    let e = concepts.vector_of(item).map(|place| -> Vec<f64> {
        let x = concepts.vectors.values(place as usize);
        let of = |tag: usize| {
            let products = x.iter().zip(linear).map(|(&x, row)| f64::from(x) * row[tag]);
            products.sum::<f64>() + shift[0][tag]
        };
        (0..concepts.len()).map(of).collect()
    });
    if let Some(e) = &e {
        z.iter_mut().zip(e).for_each(|(z, e)| *z += sp(*e));
    }
    (z, e)
}

/// The loss of a step, by the definition.
fn loss(concepts: &Concepts, params: &Params, step: &Step, w: &Numbers) -> f64 {
    let passed: Vec<_> = (step.items.iter().zip(&step.taken))
        .map(|(&item, &taken)| z(concepts, w, item as usize, taken))
        .collect();
    let (mix, biases) = (&w[2], &w[3][0]);
    let tags = concepts.len();
    let bias = |row: u32| match step.taken[row as usize] {
        Taken::Whole => biases[step.items[row as usize] as usize],
        _ => 0.0,
    };
    let mut ranking = 0.0;
    for Split { given, held } in &step.splits {
        let scale = (given.len().max(1) as f64).powf(-f64::from(params.history_power));
        let has = |tag: usize| given.iter().map(|&row| passed[row as usize].0[tag]).sum::<f64>();
        let has: Vec<f64> = (0..tags).map(|tag| scale * has(tag)).collect();
        let wants = |to: usize| (0..tags).map(|from| has[from] * mix[from][to]).sum::<f64>();
        let wants: Vec<f64> = (0..tags).map(wants).collect();
        let score = |row: u32| {
            let z = &passed[row as usize].0;
            wants.iter().zip(z).map(|(p, z)| p * z).sum::<f64>() + bias(row)
        };
        let others = step.drawn.iter().filter(|row| !given.contains(row) && !held.contains(row));
        let sum: f64 = others.map(|&row| score(row).exp()).sum();
        ranking += held.iter().map(|&row| (sum + score(row).exp()).ln() - score(row)).sum::<f64>();
    }
    let own = |row: usize| {
        let entries = &concepts.entries[concepts.of_item(step.items[row] as usize)];
        let tags = entries.iter().filter(|entry| entry.own > 0.0).map(|entry| entry.tag as usize);
        tags.collect::<Vec<_>>()
    };
    let tagged: Vec<usize> =
        (0..passed.len()).filter(|&row| passed[row].1.is_some() && !own(row).is_empty()).collect();
    let of_tags = |&row: &usize| {
        let e = passed[row].1.as_ref().unwrap();
        e.iter().map(|&e| sp(e)).sum::<f64>() - own(row).iter().map(|&tag| e[tag]).sum::<f64>()
    };
    let tags: f64 = tagged.iter().map(of_tags).sum();
    ranking / step.samples() as f64
        + f64::from(params.tag_weight) * tags / tagged.len().max(1) as f64
}

/// A trainer whose weights are all of some size, and a step of it.
fn begun<'a>(data: &'a Dataset, concepts: &'a Concepts, params: &Params) -> (Trainer<'a>, Step) {
    let mut trainer = Trainer::new(data.interactions(), params, concepts);
    let mut rng = stream(5, 5, 5, 5);
    for part in trainer.learnt.weights.parts_mut() {
        for row in 0..part.rows() {
            let values = part.values_mut(row).iter_mut();
            values.for_each(|x| *x = (*x + rng.random_range(-0.3f32..0.5)).max(-0.9));
        }
    }
    let order = trainer.order(1);
    let step = trainer.step_of(1, 0, &order[..12]);
    (trainer, step)
}

#[test]
fn weights_are_to_move_against_the_gradient() {
    /// Of numbers near 1 in f64, errors of the difference are some 1e-9.
    const STEP: f64 = 1e-5;
    for vectors in [false, true] {
        let data = kinds(vectors);
        let concepts = concepts(&data);
        let params = Params { shared_negatives: 20, new_items: 0.4, tag_weight: 0.3, ..quick() };
        let (mut trainer, step) = begun(&data, &concepts, &params);
        for taken in [Taken::Whole, Taken::New, Taken::Untagged] {
            assert_eq!(step.taken.contains(&taken), vectors || taken != Taken::Untagged);
        }
        let (mut along, told) = trainer.find(&step);
        let numbers = wide(&mut trainer.learnt.weights);
        let expected = loss(&concepts, &params, &step, &numbers);
        assert!((told - expected).abs() < 1e-5 * expected, "{told}, {expected}");
        let along = wide(&mut along);
        for (part, rows) in along.iter().enumerate() {
            let mut largest: f64 = 0.0;
            for (row, values) in rows.iter().enumerate() {
                for (column, found) in values.iter().enumerate() {
                    let moved = |by: f64| {
                        let mut numbers = numbers.clone();
                        numbers[part][row][column] += by;
                        loss(&concepts, &params, &step, &numbers)
                    };
                    let expected = (moved(-STEP) - moved(STEP)) / (2.0 * STEP);
                    largest = largest.max(expected.abs());
                    // Sums of some tens of f32 products, each rounded to 6e-8 of numbers of this size.
                    let bound = 2e-6 + 3e-5 * expected.abs();
                    let what = format!("part {part}, {row}, {column}: {found}, {expected}");
                    assert!((found - expected).abs() < bound, "{what}");
                }
            }
            let none = !vectors && part > 3;
            assert!(none || largest > 1e-3, "nothing to tell apart in part {part}: {largest}");
        }
    }
}

#[test]
fn a_step_parts_what_each_user_has() {
    let data = kinds(false);
    let concepts = concepts(&data);
    for hold_out in [1e-3, 0.3, 0.999] {
        let params = Params { hold_out, ..quick() };
        let trainer = Trainer::new(data.interactions(), &params, &concepts);
        let order = trainer.order(1);
        assert_ne!(order, trainer.order(2));
        let step = trainer.step_of(1, 0, &order);
        for (user, Split { given, held }) in order.iter().zip(&step.splits) {
            assert!(!held.is_empty() && !given.is_empty());
            let mut all: Vec<u32> = given.iter().chain(held).copied().collect();
            all.sort_unstable();
            let all: Vec<_> = all.iter().map(|&row| step.items[row as usize]).collect();
            let own = data.interactions().row(UserId(*user)).iter();
            assert_eq!(all, own.map(|item| item.0).collect::<Vec<_>>());
        }
    }
}
