use super::*;
use crate::{BprLoss, Pass, Steps, Trained, train_pairwise};
use foretaste_data::{ItemId, Keep, Pair, UserId};
use foretaste_model::Silent;

/// Users who have every third or so of the items.
fn data() -> Interactions {
    let pairs = (0..60u32).flat_map(|user| {
        let has = move |item: &u32| (user * 7 + item * 11) % 10 < 3;
        (0..40).filter(has).map(move |item| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        })
    });
    Interactions::from_pairs(pairs.collect(), 60, 40, Keep::default()).unwrap().0
}

fn params(steps: Steps, sampler: Negatives, item: bool) -> ValidParams {
    let bias = crate::Bias { item, ..crate::Bias::default() };
    let params = Params { factors: 20, epochs: 4, steps, sampler, bias, ..Params::default() };
    params.check().unwrap()
}

/// The epochs of plain BPR, of factors with these gates.
fn trained(
    data: &Interactions,
    params: &ValidParams,
    mut factors: Factors,
) -> (Factors, Vec<Pass>) {
    let mut engine = GatedTriples::new(&BprLoss, data, params).unwrap();
    let Params { lr, schedule, epochs, .. } = *params.get();
    let epoch = |epoch| {
        let rate = lr * schedule.share(epoch, epochs);
        engine.epoch((epoch, rate), &mut factors, &mut |_| true).unwrap()
    };
    let passes = (1..=epochs).map(epoch).collect();
    (factors, passes)
}

#[test]
fn gates_of_one_give_the_bits_of_triples() {
    let data = data();
    for (steps, sampler, bias) in [
        (Steps::Sgd, Negatives::Uniform, false),
        (Steps::Sgd, Negatives::Hardest(4), true),
        (Steps::AdaGrad, Negatives::Popularity(0.5), true),
    ] {
        let params = params(steps, sampler, bias);
        let problem = Problem::default();
        let plain = train_pairwise(&BprLoss, &problem, &data, &params, &mut Silent).unwrap();
        let start = Factors::initial_with_gates(&data, params.get());
        let (factors, passes) = trained(&data, &params, start);
        let Trained { factors: expected, history, .. } = plain;
        assert_eq!(factors.gated(), expected, "{steps:?} {sampler:?}");
        let losses: Vec<f64> = passes.iter().map(|pass| pass.loss).collect();
        assert_eq!(losses, history.iter().map(|report| report.loss).collect::<Vec<_>>());
    }
}

#[test]
fn what_a_gate_closes_stays_and_counts_for_nothing() {
    let (data, params) = (data(), params(Steps::Sgd, Negatives::Hardest(3), false));
    let mut start = Factors::initial_with_gates(&data, params.get());
    // Every other number of each row, its numbers 0.
    for table in [&mut start.users, &mut start.items] {
        let open: Vec<f32> = (0..table.rows() * 20).map(|at| (at % 2) as f32).collect();
        let rows = table.to_rows(0).iter().zip(&open).map(|(e, a)| e * a).collect::<Vec<_>>();
        table.fill(0, &rows);
        table.fill(1, &open);
    }
    // The same with narrow rows of the open numbers alone: sums are in another order.
    let narrow = |table: &Table| {
        let rows: Vec<f32> = table.to_rows(0).into_iter().skip(1).step_by(2).collect();
        let mut narrow = Table::zeros(table.rows(), &[10]);
        narrow.fill(0, &rows);
        narrow
    };
    let few = Params { factors: 10, ..params.get().clone() }.check().unwrap();
    let own = Factors::new(narrow(&start.users), narrow(&start.items));
    let problem = Problem { start: Some(own), ..Problem::default() };
    let plain = train_pairwise(&BprLoss, &problem, &data, &few, &mut Silent).unwrap();
    let gates = [start.users.to_rows(1), start.items.to_rows(1)];
    let (found, _) = trained(&data, &params, start);
    assert_eq!([found.users.to_rows(1), found.items.to_rows(1)], gates);
    for (found, expected) in
        [(&found.users, &plain.factors.users), (&found.items, &plain.factors.items)]
    {
        let rows = found.to_rows(0);
        assert!(rows.iter().step_by(2).all(|&x| x == 0.0));
        let open = rows.iter().skip(1).step_by(2);
        for (found, expected) in open.zip(expected.to_rows(0)) {
            // 4 epochs of some 18 steps a row, each a rounding or two of numbers below 1.
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}

#[test]
fn an_interrupted_epoch_goes_on_where_it_was() {
    let (data, params) = (data(), params(Steps::AdaGrad, Negatives::Uniform, true));
    let start = || Factors::initial_with_gates(&data, params.get());
    let mut factors = start();
    let mut engine = GatedTriples::new(&BprLoss, &data, &params).unwrap();
    assert!(engine.epoch((1, 0.1), &mut factors, &mut |_| true).is_some());
    let expected = factors;
    let mut factors = start();
    let mut engine = GatedTriples::new(&BprLoss, &data, &params).unwrap();
    let stopped = engine.epoch((1, 0.1), &mut factors, &mut |_| false);
    let mut state = State::default();
    engine.save(&mut state);
    let mut engine = GatedTriples::new(&BprLoss, &data, &params).unwrap();
    engine.restore(&state).unwrap();
    if stopped.is_none() {
        assert!(engine.epoch((1, 0.1), &mut factors, &mut |_| true).is_some());
    }
    assert_eq!(factors, expected);
}

#[test]
fn what_triples_with_gates_can_not_do_is_refused() {
    let data = data();
    let any = Params { sampler: Negatives::Any, ..Params::default() }.check().unwrap();
    let error = GatedTriples::new(&BprLoss, &data, &any).unwrap_err();
    assert!(error.to_string().contains("sampler"), "{error}");
}
