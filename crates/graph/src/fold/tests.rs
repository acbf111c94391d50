use super::*;
use crate::testing::{clicks, random};
use foretaste_mf::{Biases, Table};

/// Factors as a training of a backbone leaves them, of random rows.
fn factors(data: &Interactions, params: &Params) -> Factors {
    let graph = Adjacency::new(data);
    let base = random(graph.nodes(), params.factors, 3);
    let along_layers = (params.layers, params.layer_weight());
    let mut nodes = Matrix::default();
    graph.propagate(&base, along_layers, &mut Scratch::default(), &mut nodes);
    if params.loss == Loss::Softmax {
        nodes = foretaste_mf::dense::Directions::of(nodes).rows;
    }
    let table = |from: usize, rows: usize| {
        let mut table = Table::zeros(rows, &[params.factors; 2]);
        for row in 0..rows {
            table.set(row, 0, nodes.values(from + row));
            table.set(row, 1, base.values(from + row));
        }
        table
    };
    let (users, items) = (data.n_users(), data.n_items());
    Factors {
        users: table(0, users),
        items: table(users, items),
        biases: vec![Biases::default(); 2],
    }
}

#[test]
fn a_trained_user_who_starts_as_they_did_is_found_again() {
    let data = clicks();
    for loss in [Loss::Bpr, Loss::Softmax] {
        let params = Params { factors: 20, loss, layers: 2, ..Params::default() };
        let factors = factors(&data, &params);
        let fold = ByEdges::new(&data, params.clone(), false);
        assert!(fold.fits(&factors));
        let mut users = Users { rows: Table::zeros(14, &[20; 2]), biases: vec![Vec::new(); 2] };
        for user in 0..14 {
            let base = factors.users.to_rows(1);
            users.rows.set(user, 1, &base[user * 20..(user + 1) * 20]);
        }
        fold.fold_in(&factors, &data, &mut users);
        let (found, trained) = (users.rows.to_rows(0), factors.users.to_rows(0));
        for user in 0..14 {
            let own = user * 20..(user + 1) * 20;
            match data.row(UserId(user as u32)).is_empty() {
                true => assert!(found[own].iter().all(|&x| x == 0.0)),
                // Sums in another order.
                false => (found[own.clone()].iter().zip(&trained[own]))
                    .for_each(|(x, y)| assert!((x - y).abs() < 2e-6, "{x}, {y}")),
            }
        }
    }
}
