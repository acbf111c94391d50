use super::*;
use crate::params::Params;
use crate::testing::{assert_gradient, cosine, nce, product, random, wide};

const USERS: usize = 14;
const ITEMS: usize = 11;

/// User 2 is there three times, once with the same item as user 5.
fn batch() -> Batch {
    let pairs = [(2, 0), (5, 3), (2, 3), (7, 10), (2, 6)];
    Batch {
        epoch: 1,
        number: 4,
        pairs: pairs.map(|(user, item)| [user, USERS as u32 + item]).to_vec(),
        others: [1, 1, 8, 0, 9].map(|item| USERS as u32 + item).to_vec(),
        extra: [[2, 7, 1], [9, 0, 10]]
            .map(|[user, i, j]| [user, USERS as u32 + i, USERS as u32 + j])
            .to_vec(),
    }
}

fn found(params: &Params, nodes: &Matrix) -> (f64, Matrix) {
    let mut sums = Matrix::zeros(nodes.rows(), nodes.columns());
    let mut along = Along { nodes, sums: &mut sums };
    let items: Vec<u32> = (USERS as u32..(USERS + ITEMS) as u32).collect();
    (add(params, &items, &batch(), &mut along), sums)
}

#[test]
fn nodes_are_to_move_against_the_gradient() {
    let nodes = random(USERS + ITEMS, 5, 1);
    for loss in [Loss::Bpr, Loss::Softmax] {
        for shared in [4, 100] {
            let params = Params {
                loss,
                shared_negatives: shared,
                temperature: 0.3,
                extra_weight: 0.5,
                ..Params::default()
            };
            let mut rng = stream(params.seed, Purpose::Negatives, 1, 4);
            let drawn: Vec<usize> = (some_of(ITEMS, shared, &mut rng).into_iter())
                .map(|item| USERS + item as usize)
                .collect();
            let by_definition = |rows: &Vec<Vec<f64>>| {
                let batch = batch();
                let each = batch.pairs.iter().zip(&batch.others).map(|([u, i], j)| {
                    let [u, i, j] = [u, i, j].map(|&node| &rows[node as usize]);
                    match loss {
                        Loss::Bpr => (product(u, j) - product(u, i)).exp().ln_1p(),
                        Loss::Softmax => {
                            let own = cosine(u, i);
                            let others = drawn.iter().map(|&node| cosine(u, &rows[node]));
                            // As f32 has it.
                            nce(own, others.chain([own]), f64::from(0.3f32))
                        }
                    }
                });
                let extra = batch.extra.iter().map(|triple| {
                    let [u, i, j] = triple.map(|node| &rows[node as usize]);
                    let x = match loss {
                        Loss::Bpr => product(u, i) - product(u, j),
                        Loss::Softmax => (cosine(u, i) - cosine(u, j)) / f64::from(0.3f32),
                    };
                    0.5 * (-x).exp().ln_1p()
                });
                (each.sum::<f64>() + extra.sum::<f64>()) / batch.pairs.len() as f64
            };
            let (told, along) = found(&params, &nodes);
            let expected = by_definition(&wide(&nodes));
            assert!((told - expected).abs() < 1e-5 * expected, "{told}, {expected}");
            assert_gradient(&along, &wide(&nodes), by_definition);
        }
    }
}

#[test]
fn nothing_is_too_near_or_too_far_for_a_softmax() {
    // All cosines are 1 or −1, at the smallest temperature.
    let mut nodes = Matrix::zeros(USERS + ITEMS, 5);
    for node in 0..nodes.rows() {
        nodes.values_mut(node)[0] = if node % 2 == 0 { 1e-3 } else { -1e3 };
    }
    // One has no direction.
    nodes.values_mut(USERS + 3)[0] = 0.0;
    let params = Params { loss: Loss::Softmax, temperature: 0.02, ..Params::default() };
    let (loss, along) = found(&params, &nodes);
    assert!(loss.is_finite() && along.to_vec().iter().all(|x| x.is_finite()), "{loss}");
}

#[test]
fn triples_of_the_largest_or_of_the_smallest_loss_are_left_out() {
    let nodes = random(USERS + ITEMS, 5, 1);
    let left = |drop: Drop, fraction: f32| {
        let params = Params { drop, drop_fraction: fraction, ..Params::default() };
        found(&params, &nodes).0 * 5.0
    };
    let batch = batch();
    let all = triples(&Params::default(), &batch);
    let mut losses: Vec<f64> = (all.iter())
        .map(|(triple, _)| {
            let [u, i, j] = triple.map(|node| nodes.row(node as usize));
            f64::from(ln_1p_exp(dot(u, j) - dot(u, i)))
        })
        .collect();
    losses.sort_by(f64::total_cmp);
    // Two of seven.
    for (drop, expected) in [(Drop::LargestLoss, &losses[..5]), (Drop::SmallestLoss, &losses[2..])]
    {
        let (found, expected) = (left(drop, 0.3), expected.iter().sum::<f64>());
        assert!((found - expected).abs() < 1e-5, "{found}, {expected}");
        assert!((left(drop, 0.0) - losses.iter().sum::<f64>()).abs() < 1e-5);
    }
}
