use super::*;

fn of(pairs: &[(f32, bool, f64)]) -> Calibration {
    let mut calibration = Calibration::default();
    pairs.iter().for_each(|&(p, happened, weight)| calibration.add(p, happened, weight));
    calibration
}

#[test]
fn bins_hold_predictions_beside_what_happened() {
    let all = of(&[(0.25, false, 3.0), (0.25, true, 1.0), (0.75, true, 3.0), (0.75, false, 1.0)]);
    let found = all.reliability(2, Mass::Pairs);
    let bins: Vec<_> = found.bins.iter().map(|b| (b.pairs, b.predicted, b.happened)).collect();
    assert_eq!(bins, [(4.0, 0.25, 0.25), (4.0, 0.75, 0.75)]);
    assert_eq!((found.predicted, found.happened, found.ece), (0.5, 0.5, 0.0));
    // Wilson's interval of 1 in 4.
    let [low, high] = [found.bins[0].low, found.bins[0].high];
    assert!((low - 0.0456).abs() < 5e-5 && (high - 0.6994).abs() < 5e-5, "{low} {high}");

    let off = of(&[(0.25, false, 6.0), (0.75, true, 2.0)]).reliability(10, Mass::Pairs);
    assert_eq!((off.ece, off.predicted, off.happened), (0.25, 0.375, 0.25));
}

#[test]
fn a_weight_is_so_many_pairs() {
    let (mut apart, mut together) = (Calibration::default(), Calibration::default());
    (0..8).for_each(|n| apart.add(0.5, n == 0, 1.0));
    together.add(0.5, false, 7.0);
    together.add(0.5, true, 1.0);
    assert_eq!(apart, together);
}

#[test]
fn bins_are_of_equal_mass_and_equal_predictions_in_one() {
    let even: Vec<_> = (1..=100).map(|n| (n as f32 / 128.0, false, 1.0)).collect();
    let found = of(&even).reliability(10, Mass::Pairs);
    assert!(found.bins.iter().all(|bin| bin.pairs == 10.0), "{:?}", found.bins);
    let found = of(&even).reliability(10, Mass::Predicted);
    assert_eq!(found.bins.len(), 10);
    let masses = || found.bins.iter().map(|bin| bin.pairs * bin.predicted);
    // A bin is full with the pair that makes it so, of at most 100/128.
    assert!(masses().all(|mass| (mass - 5050.0 / 1280.0).abs() <= 100.0 / 128.0));
    assert!(found.bins.windows(2).all(|two| two[0].predicted < two[1].predicted));
    let equal = of(&[(0.5, true, 5.0), (0.5, false, 5.0), (0.9, true, 1.0)]);
    let pairs: Vec<f64> = equal.reliability(10, Mass::Pairs).bins.iter().map(|b| b.pairs).collect();
    assert_eq!(pairs, [10.0, 1.0]);
}

/// Of what happens with p, a share q is held out and the rest is known: the factor is q, and what is
/// predicted then is exact, however large p is.
#[test]
fn odds_are_brought_to_what_is_held_out_of_it() {
    let mut unknown = Calibration::default();
    let (q, n) = (0.2, 1000.0);
    for p in [0.01_f32, 0.1, 0.3, 0.6, 0.95] {
        let p64 = f64::from(p);
        unknown.add(p, true, n * p64 * q);
        unknown.add(p, false, n * (1.0 - p64));
    }
    let (brought, factor) = unknown.at_rate_of_events();
    let found = brought.reliability(10, Mass::Pairs);
    // 80 halvings of 128 binary digits leave 2⁻⁷³ of the logarithm: rounding is what is left.
    assert!((factor - q).abs() < 1e-12, "{factor}");
    assert!(found.ece < 1e-12 && (found.predicted - found.happened).abs() < 1e-12, "{found:?}");
}

#[test]
fn nothing_is_a_diagram_without_bins_and_no_number_is_nan() {
    let odd = of(&[(f32::NAN, true, 1.0), (0.5, true, 0.0), (0.5, true, f64::INFINITY)]);
    assert!(odd.is_empty() && odd.reliability(10, Mass::Pairs).bins.is_empty());
    for pairs in [
        vec![(0.0, false, 1.0)],
        vec![(0.0, true, 1.0)],
        vec![(1.0, false, 1.0), (-0.0, true, 2.0)],
        vec![(7.0, true, 1.0), (-3.0, false, 1.0), (f32::INFINITY, true, 1.0)],
        vec![(0.3, true, 1.0)],
        vec![(0.3, false, 1.0)],
        vec![],
    ] {
        for (calibration, mass) in
            [(of(&pairs), Mass::Pairs), (of(&pairs).at_rate_of_events().0, Mass::Predicted)]
        {
            let found = calibration.reliability(10, mass);
            let bins = found.bins.iter().flat_map(|b| [b.predicted, b.happened, b.low, b.high]);
            let all = bins.chain([found.predicted, found.happened, found.ece]);
            assert!(all.into_iter().all(|x| (0.0..=1.0).contains(&x)), "{pairs:?}: {found:?}");
        }
    }
}
