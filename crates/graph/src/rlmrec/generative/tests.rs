use super::*;
use crate::testing::{Rows, assert_gradient, cosine, nce, random, texts, wide};
use crate::tower::tests::passed;
use foretaste_mf::batch::Optimiser;

const NODES: usize = 25;

fn params() -> RlmRecParams {
    let mut params =
        RlmRecParams { text_weight: 0.5, text_temperature: 0.25, ..Default::default() };
    (params.mask, params.backbone.factors) = (0.4, 5);
    params
}

#[test]
fn nodes_and_tower_are_to_move_against_the_gradient() {
    let mut beside = Generative::new(&params(), texts(), NODES);
    let batch = Batch { epoch: 2, ..Batch::default() };
    let mut base = Cow::Owned(random(NODES, 5, 1));
    beside.mask(&batch, &mut base);
    // Of 23 nodes with a text.
    let masked = beside.masked.clone();
    assert!(masked.len() == 9 || masked.len() == 10, "{masked:?}");
    assert!(masked.iter().all(|&node| base.values(node as usize) == [0.0; 5]));
    let nodes = random(NODES, 5, 3);
    let mut sums = Matrix::zeros(NODES, 5);
    let told = beside.add(&batch, &mut Along { nodes: &nodes, sums: &mut sums });
    let texts = wide(&texts().gathered(&masked));
    let loss = |nodes: &Rows, parts: &[Rows; 4]| {
        let own: Rows = masked.iter().map(|&node| nodes[node as usize].clone()).collect();
        let of_node = |(n, told): (usize, &Vec<f64>)| {
            nce(cosine(told, &texts[n]), texts.iter().map(|text| cosine(told, text)), 0.25)
        };
        let sum: f64 = passed(parts, &own).iter().enumerate().map(of_node).sum();
        0.5 * sum / masked.len() as f64
    };
    let parts = beside.tower.tower.parts.each_ref().map(wide);
    let expected = loss(&wide(&nodes), &parts);
    assert!((told - expected).abs() < 1e-5 * expected, "{told}, {expected}");
    assert_gradient(&sums, &wide(&nodes), |nodes| loss(nodes, &parts));
    let along = beside.along.clone().unwrap();
    for n in 0..4 {
        assert_gradient(&along.parts[n], &parts[n], |part| {
            let mut parts = parts.clone();
            parts[n].clone_from(part);
            loss(&wide(&nodes), &parts)
        });
    }
}

#[test]
fn what_masked_rows_are_along_moves_the_token() {
    let mut beside = Generative::new(&params(), texts(), NODES);
    let batch = Batch { epoch: 2, ..Batch::default() };
    beside.mask(&batch, &mut Cow::Owned(random(NODES, 5, 1)));
    let nodes = random(NODES, 5, 3);
    let mut sums = Matrix::zeros(NODES, 5);
    beside.add(&batch, &mut Along { nodes: &nodes, sums: &mut sums });
    let mut along = random(NODES, 5, 4);
    let before = along.clone();
    let rule = Rule::new(Optimiser::Sgd, 0.5, 1, 1.0);
    assert!(beside.step(&rule, 0.0, &mut along));
    for column in 0..5 {
        let of_masked = beside.masked.iter().map(|&node| before.values(node as usize)[column]);
        // Ten numbers below 1.
        assert!((beside.token.values(0)[column] - 0.5 * of_masked.sum::<f32>()).abs() < 1e-6);
    }
    for node in 0..NODES {
        let is_masked = beside.masked.contains(&(node as u32));
        let expected = if is_masked { &[0.0; 5][..] } else { before.values(node) };
        assert_eq!(along.values(node), expected);
    }
}
