use super::*;

#[test]
fn extreme_scores_stay_finite_and_what_a_user_has_is_no_negative() {
    for (own, scores) in [
        (0.0, [0.0; 4]),
        (1e5, [1e5, 1e5, 1e5, -1e5]),
        (-1e5, [-1e5, 3.0, 2.0, 1e5]),
        (2.0, [-1e5, 3.0, 2.0, 1e5]),
    ] {
        let mut weights = scores;
        let told = told(&[own], &[1], 0.5, &mut weights);
        assert!(told.loss.is_finite() && weights.iter().all(|x| x.is_finite()));
        assert!(weights[1] == 0.0 && weights.iter().all(|x| *x <= 0.0));
        let of_own = 0.5 * told.sum / (told.sum + exp(own - told.top));
        // The rounding of four numbers up to 1.
        assert!((of_own + weights.iter().sum::<f32>()).abs() < 1e-6, "{of_own}, {weights:?}");
    }
    let mut weights = [3.0];
    assert_eq!(told(&[1.0], &[0], 1.0, &mut weights).loss, 0.0);
    assert_eq!(weights, [0.0]);
}
