use super::*;
use crate::params::{Combine, Params};
use crate::testing::{assert_gradient, clicks, edges, product, propagated, random, wide};

#[test]
fn rows_are_to_move_against_the_gradient_through_all_layers() {
    let data = clicks();
    let (edges, degrees) = edges(&data);
    for (combine, c) in [(Combine::Sum, 1.0), (Combine::Mean, 1.0 / 3.0)] {
        let params = Params { factors: 5, layers: 2, combine, batch: 20, ..Params::default() };
        let mut base = Base::of_rows(25, 5);
        let start = random(25, 5, 8);
        if let Base::Rows { rows, .. } = &mut base {
            *rows = start.clone();
        }
        let mut trainer = Trainer::new(&data, &params, base, None);
        let order = trainer.order(1);
        let batch = trainer.batch(1, 0, &order[..20]);
        let loss = |rows: &Vec<Vec<f64>>| {
            let nodes = propagated(&edges, &degrees, rows, (2, c));
            let each = batch.pairs.iter().zip(&batch.others).map(|([u, i], j)| {
                let [u, i, j] = [u, i, j].map(|&node| &nodes[node as usize]);
                (product(u, j) - product(u, i)).exp().ln_1p()
            });
            each.sum::<f64>() / 20.0
        };
        let told = trainer.find(&batch);
        let expected = loss(&wide(&start));
        assert!((told - expected).abs() < 1e-5 * expected, "{told}, {expected}");
        assert_gradient(&trainer.nodes, &wide(&start), loss);
    }
}

#[test]
fn an_epoch_has_each_interaction_once_with_an_item_that_its_user_has_not() {
    let data = clicks();
    let trainer = |epoch| {
        let trainer = Trainer::new(&data, &Params::default(), Base::of_rows(25, 64), None);
        let order = trainer.order(epoch);
        let batch = trainer.batch(epoch, 0, &order);
        (order, batch.others)
    };
    let (order, others) = trainer(1);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    let all: Vec<[u32; 2]> = data.pairs().map(|pair| [pair.user.0, 14 + pair.item.0]).collect();
    assert!(sorted == all && order != all);
    for ([user, _], other) in order.iter().zip(&others) {
        assert!((14..25).contains(other) && !data.contains(UserId(*user), ItemId(other - 14)));
    }
    assert_eq!(trainer(1), (order.clone(), others));
    assert_ne!(trainer(2).0, order);
}
