use super::*;
use crate::testing::{Rows, assert_gradient, cosine, nce, random, texts, wide};
use crate::tower::tests::passed;

const USERS: usize = 14;
const NODES: usize = 25;

fn batch() -> Batch {
    let pairs = [(2, 0), (5, 3), (2, 3), (1, 10), (2, 5)];
    Batch {
        epoch: 1,
        number: 0,
        pairs: pairs.map(|(user, item)| [user, USERS as u32 + item]).to_vec(),
        others: [1, 1, 8, 2, 9].map(|item| USERS as u32 + item).to_vec(),
        extra: Vec::new(),
    }
}

fn params() -> RlmRecParams {
    let mut params =
        RlmRecParams { text_weight: 0.5, text_temperature: 0.25, ..Default::default() };
    params.backbone.factors = 5;
    params
}

/// The loss by its definition, with all users' texts.
fn loss(nodes: &Rows, parts: &[Rows; 4]) -> f64 {
    let texts = texts();
    let told: Rows = passed(parts, &wide(&texts.of_all()));
    let batch = batch();
    let lists: [Vec<u32>; 3] = [
        batch.pairs.iter().map(|pair| pair[0]).collect(),
        batch.pairs.iter().map(|pair| pair[1]).collect(),
        batch.others.clone(),
    ];
    let mut sum = 0.0;
    for (n, list) in lists.iter().enumerate() {
        let mut candidates: Vec<u32> =
            if n == 0 { (0..USERS as u32).collect() } else { list.clone() };
        candidates.retain(|&node| texts.has(node));
        candidates.sort_unstable();
        candidates.dedup();
        for &node in list.iter().filter(|&&node| texts.has(node)) {
            let near = |other: u32| cosine(&nodes[node as usize], &told[other as usize]);
            sum += nce(near(node), candidates.iter().map(|&other| near(other)), 0.25);
        }
    }
    0.5 * sum / batch.pairs.len() as f64
}

#[test]
fn nodes_and_tower_are_to_move_against_the_gradient() {
    let mut beside = Contrastive::new(&params(), texts(), USERS);
    let nodes = random(NODES, 5, 3);
    let mut sums = Matrix::zeros(NODES, 5);
    let told = beside.add(&batch(), &mut Along { nodes: &nodes, sums: &mut sums });
    let parts = beside.tower.tower.parts.each_ref().map(wide);
    let expected = loss(&wide(&nodes), &parts);
    assert!((told - expected).abs() < 1e-5 * expected, "{told}, {expected}");
    assert_gradient(&sums, &wide(&nodes), |nodes| loss(nodes, &parts));
    let along = beside.along.unwrap();
    for n in 0..4 {
        assert_gradient(&along.parts[n], &parts[n], |part| {
            let mut parts = parts.clone();
            parts[n].clone_from(part);
            loss(&wide(&nodes), &parts)
        });
    }
}

#[test]
fn users_beside_the_batch_are_drawn() {
    let mut params = params();
    (params.text_batch, params.text_negatives) = (2, 3);
    let beside = Contrastive::new(&params, texts(), USERS);
    let groups = beside.groups(&batch());
    let counts: Vec<_> = groups.iter().map(|group| group.candidates.len()).collect();
    // Of the first two interactions: users 2 and 5 and up to three others, two items, and the other one.
    assert!((3..=5).contains(&counts[0]) && counts[1..] == [2, 1], "{counts:?}");
    assert_eq!(groups[0].nodes, [2, 5]);
    params.text_batch = 4;
    let groups = Contrastive::new(&params, texts(), USERS).groups(&batch());
    // User 1 has no text.
    assert_eq!((&*groups[0].nodes, &*groups[0].counts), (&[2, 5][..], &[2.0, 1.0][..]));
}
