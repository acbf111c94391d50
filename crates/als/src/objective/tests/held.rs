//! Items that an earlier model holds.

use super::*;
use crate::testing::{earlier, strain};
use foretaste_model::Start;

const KNOWN: usize = 20;
const WEIGHTS: [f32; 3] = [0.01, 1.0, 300.0];

/// An earlier model's factors: two sweeps from other rows.
fn old(data: &Interactions, params: &Params) -> Factors {
    let (mut solver, _) = solver(data, params);
    let start = foretaste_mf::Params { factors: params.factors, seed: 7, ..Default::default() };
    let mut factors = Factors::initial(data, &start, &[]);
    for _ in 0..2 {
        solver.sweep(&SWEEP, &mut factors, &mut |_| true).unwrap();
    }
    factors
}

#[test]
fn held_items_end_where_the_loss_with_their_anchor_has_no_slope() {
    for (data, params) in all() {
        let old = old(&data, &params);
        for weight in WEIGHTS {
            let (solver, mut factors) = solver(&data, &params);
            let held = (KNOWN, weight);
            let unit = Objective::new(&params, &data).squares.more;
            let mut solver = solver.holding(&earlier(&data, &old, held), &old, unit);
            let k = params.factors;
            let whole =
                |factors: &Factors| loss(&data, &params, factors) + strain(factors, &old, held);
            let slopes = |factors: &Factors| {
                // Of items 0, 7, the one that has one user, and two that are not held.
                let places = [0, 7 * k + k / 2, 9 * k, 20 * k, 26 * k - 1];
                places.map(|at| derivatives_of(whole, factors, |factors| &mut factors.items, at))
            };
            let rounding = f64::from(f32::EPSILON) / 2.0 * k as f64;
            for _ in 0..2 {
                solver.sweep(&[Half::Users], &mut factors, &mut |_| true).unwrap();
                let sum = solver.sweep(&[Half::Items], &mut factors, &mut |_| true).unwrap();
                for (place, [slope, second]) in slopes(&factors).into_iter().enumerate() {
                    let said = format!("{place}: {slope} of {second}, {weight}, {params:?}");
                    assert!(slope.abs() < rounding * second, "{said}");
                }
                let (told, defined) = (sum * f64::from(params.alpha), whole(&factors));
                assert!((told - defined).abs() < 1e-6 * defined, "{told} {defined} {params:?}");
            }
        }
    }
}

#[test]
fn steps_with_an_anchor_lower_the_loss_that_they_tell() {
    for (data, params) in all() {
        let old = old(&data, &params);
        for weight in WEIGHTS {
            let held = (KNOWN, weight);
            let (solver, mut factors) = solver(&data, &params);
            let unit = Objective::new(&params, &data).squares.more;
            let solver = solver.holding(&earlier(&data, &old, held), &old, unit);
            let mut solver = solver.by_steps(Some(3));
            let mut before = f64::INFINITY;
            for _ in 0..6 {
                let sum = solver.sweep(&SWEEP, &mut factors, &mut |_| true).unwrap();
                let told = sum * f64::from(params.alpha);
                let defined = loss(&data, &params, &factors) + strain(&factors, &old, held);
                // As without an anchor.
                assert!((told - defined).abs() < 1e-5 * defined, "{told} {defined} {params:?}");
                assert!(told <= before * (1.0 + 1e-6), "{told} after {before}, {params:?}");
                before = told;
            }
        }
    }
}

#[test]
fn an_anchor_of_no_weight_is_none_and_a_heavy_one_fixes_what_it_knows() {
    let data = clicks();
    for cg_steps in [0, 3] {
        let params = Params { factors: 11, epochs: 3, cg_steps, ..Params::default() };
        let ials = params.check().unwrap();
        let old = Params { seed: 7, ..ials.params().clone() }.check().unwrap();
        let old = old.fit(&data, &mut Silent).unwrap().factors;
        let fit = |weight| {
            let warm = earlier(&data, &old, (KNOWN, weight));
            let start = Start { warm: Some(&warm), ..Start::default() };
            ials.fit_from(&data, start, &mut Silent).unwrap()
        };
        let rows = |factors: &Factors| factors.items.to_rows(0);
        let (free, of_old) = (fit(0.0), rows(&old));
        let (fixed, heavy) = (fit(f32::INFINITY), fit(1e9));
        let held = 0..KNOWN * 11;
        assert_eq!(rows(&fixed.factors)[held.clone()], of_old[held.clone()]);
        assert_ne!(rows(&free.factors)[held.clone()], of_old[held.clone()]);
        assert_ne!(rows(&fixed.factors)[held.end..], of_old[held.end..], "new ones are learnt");
        let largest = of_old.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        for (found, old) in rows(&heavy.factors)[held.clone()].iter().zip(&of_old) {
            // A hundred and fifty clicks against 10⁹, and the rounding of f32.
            assert!((found - old).abs() <= 3e-7 * largest, "{found} {old}");
        }
        let plain = || {
            let warm = earlier(&data, &old, (KNOWN, 0.0));
            assert_eq!(warm.anchor(), None);
            warm
        };
        let start = plain();
        let start = Start { warm: Some(&start), ..Start::default() };
        assert_eq!(ials.fit_from(&data, start, &mut Silent).unwrap(), free);
    }
}
