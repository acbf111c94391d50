use super::*;

fn number(seed: usize) -> f64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1u64 << 52) as f64
        - 1.0
}

fn matrix(n: usize, seed: usize) -> Vec<f64> {
    (0..n * n).map(|at| number(seed + at)).collect()
}

fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let cell = |at: usize| (0..n).map(|k| a[at / n * n + k] * b[k * n + at % n]).sum();
    (0..n * n).map(cell).collect()
}

fn transposed(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|at| a[at % n * n + at / n]).collect()
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect()
}

fn assert_near(a: &[f64], b: &[f64], slack: f64, what: &str) {
    let far = a.iter().zip(b).fold(0.0f64, |most, (a, b)| most.max((a - b).abs()));
    assert!(far <= slack, "{what}: {far}");
}

/// Some operations of rounding for each of n numbers.
fn rounding(n: usize) -> f64 {
    100.0 * n as f64 * f64::EPSILON
}

#[test]
fn it_is_orthogonal_and_what_it_leaves_is_symmetric_and_not_negative() {
    for n in [1, 2, 3, 8, 17, 40] {
        let m = matrix(n, 3 * n);
        let r = orthogonal(m.clone(), n);
        assert_near(&product(&transposed(&r, n), &r, n), &identity(n), rounding(n), "RᵀR");
        // M = (M Rᵀ) R with M Rᵀ symmetric is the polar decomposition.
        let h = product(&m, &transposed(&r, n), n);
        assert_near(&h, &transposed(&h, n), rounding(n), "MRᵀ");
        for at in 0..20 {
            let x: Vec<f64> = (0..n).map(|k| number(900 + 40 * at + k)).collect();
            let hx = h.chunks_exact(n).map(|row| dot(row, &x));
            let bent: f64 = hx.zip(&x).map(|(h, x)| h * x).sum();
            assert!(bent >= -rounding(n), "{n}: {bent}");
        }
        // What is orthogonal is nearest to itself, also a reflection.
        let mut reflected = r.clone();
        reflected[..n].iter_mut().for_each(|x| *x = -*x);
        for r in [r, reflected] {
            assert_near(&orthogonal(r.clone(), n), &r, rounding(n), "R of R");
        }
    }
}

#[test]
fn where_nothing_is_said_rows_stay_as_near_as_can_be() {
    let n = 6;
    // Nothing at all.
    assert_near(&orthogonal(vec![0.0; n * n], n), &identity(n), 0.0, "of zeros");
    // The first two axes are turned, the others are not spoken of.
    let mut m = vec![0.0; n * n];
    (m[0], m[1], m[n], m[n + 1]) = (0.6, -0.8, 0.8, 0.6);
    let mut expected = identity(n);
    (expected[0], expected[1], expected[n], expected[n + 1]) = (0.6, -0.8, 0.8, 0.6);
    assert_near(&orthogonal(m, n), &expected, rounding(n), "a turn of two axes");
    // The first axis becomes the second: no matrix leaves the others alone.
    let mut m = vec![0.0; n * n];
    m[1] = 3.0;
    let r = orthogonal(m, n);
    assert_near(&product(&transposed(&r, n), &r, n), &identity(n), rounding(n), "RᵀR");
    assert_near(&[r[1]], &[1.0], rounding(n), "the axis");
    assert_near(&r[2 * n + 2..3 * n], &identity(n)[2 * n + 2..3 * n], rounding(n), "the third");
    // Of rank 3, in no directions of the axes.
    let (a, b) = (matrix(n, 5), matrix(n, 500));
    let low = |m: &[f64]| -> Vec<f64> {
        m.iter().enumerate().map(|(at, x)| if at / n < 3 { *x } else { 0.0 }).collect()
    };
    let m = product(&transposed(&low(&a), n), &low(&b), n);
    let r = orthogonal(m.clone(), n);
    assert_near(&product(&transposed(&r, n), &r, n), &identity(n), 1e3 * rounding(n), "RᵀR");
    let h = product(&m, &transposed(&r, n), n);
    assert_near(&h, &transposed(&h, n), 1e3 * rounding(n), "MRᵀ");
    // No rotation within what is left comes nearer to the identity: N_UᵀRN_V N_VᵀN_U is symmetric.
    let trace = |r: &[f64]| (0..n).map(|at| r[at * n + at]).sum::<f64>();
    let (columns, _) = orthogonalised(&m, n);
    let rest: Vec<Column> =
        columns.into_iter().filter(|c| dot(&c.image, &c.image) < 1e-20).collect();
    assert_eq!(rest.len(), 3);
    for (p, q) in [(0, 1), (0, 2), (1, 2)] {
        for angle in [-0.05f64, 0.05] {
            // R G, with G a rotation in the plane of two vectors of what is left on the right.
            let (v, w) = (&rest[p].vector, &rest[q].vector);
            let turned: Vec<f64> = r
                .chunks_exact(n)
                .flat_map(|row| {
                    let (of_v, of_w) = (dot(row, v), dot(row, w));
                    let (c, s) = (angle.cos() - 1.0, angle.sin());
                    (0..n)
                        .map(move |at| {
                            row[at] + (c * of_v - s * of_w) * v[at] + (s * of_v + c * of_w) * w[at]
                        })
                        .collect::<Vec<f64>>()
                })
                .collect();
            assert!(trace(&turned) <= trace(&r) + 1e-9, "{p} {q} {angle}");
        }
    }
}

#[test]
fn it_is_the_same_on_any_number_of_threads() {
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| orthogonal(matrix(37, 11), 37))
    };
    let one = of(1);
    assert!([2, 3].into_iter().all(|threads| of(threads) == one));
}

#[test]
fn a_few_sweeps_are_enough_also_of_matrices_that_are_nearly_singular() {
    let n = 96;
    let (a, b) = (matrix(n, 7), matrix(n, 70_000));
    // Singular values that fall by so much from one to the next; with 0, of rank 60.
    for fall in [1.0, 0.9, 0.7, 0.0] {
        let scale = |k: usize| match fall {
            0.0 => f64::from(u8::from(k < 60)),
            fall => f64::powi(fall, k as i32),
        };
        let scaled: Vec<f64> = a.iter().enumerate().map(|(at, x)| x * scale(at % n)).collect();
        let (_, sweeps) = orthogonalised(&product(&scaled, &b, n), n);
        assert!(sweeps <= 30, "{fall}: {sweeps}");
    }
}
