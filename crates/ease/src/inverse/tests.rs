use super::*;

/// Σ of so many outer products of ±1 and 0, and a ridge.
fn positive(n: usize, products: usize, ridge: f32) -> Triangle {
    let noise = |k: usize, row: usize| {
        let x = ((k * 7919 + row * 104_729) as u32).wrapping_mul(2_654_435_761) >> 24;
        if x < 40 { 1.0 } else { 0.0 }
    };
    let mut matrix = Triangle::zeros(n);
    matrix.write_rows(|row, numbers| {
        for (column, number) in numbers.iter_mut().enumerate() {
            *number = (0..products).map(|k| noise(k, row) * noise(k, column)).sum();
        }
        numbers[row] += ridge;
    });
    matrix
}

/// The inverse in f64, by elimination.
fn plain(matrix: &Triangle) -> Vec<f64> {
    let n = matrix.n();
    let mut a: Vec<Vec<f64>> = (0..n)
        .map(|row| {
            let own = (0..n).map(|column| f64::from(matrix.get(row, column)));
            own.chain((0..n).map(|column| f64::from(u8::from(row == column)))).collect()
        })
        .collect();
    for k in 0..n {
        let pivot: Vec<f64> = a[k].iter().map(|x| x / a[k][k]).collect();
        for (row, numbers) in a.iter_mut().enumerate() {
            let by = numbers[k];
            if row == k {
                numbers.clone_from(&pivot);
            } else {
                numbers.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= by * p);
            }
        }
    }
    a.into_iter().flat_map(|row| row[n..].to_vec()).collect()
}

#[test]
fn it_is_the_inverse_of_one_block_and_of_several() {
    for n in [1, 2, 95, 256, 257, 600] {
        let matrix = positive(n, 200, 30.0);
        let expected = plain(&matrix);
        let mut inverse = matrix.clone();
        invert(&mut inverse, |_| true).unwrap();
        // The largest number is at most 1/30, and the condition below 600 · 200 / 30; what is lost is of
        // the order of an ulp times its root.
        let bound = 1e2 * f64::from(f32::EPSILON) / 30.0;
        for (at, expected) in expected.iter().enumerate() {
            let found = f64::from(inverse.get(at / n, at % n));
            assert!((found - expected).abs() < bound, "{n}, {at}: {found} {expected}");
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let invert_on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut matrix = positive(530, 100, 5.0);
        pool.install(|| invert(&mut matrix, |_| true)).unwrap();
        matrix.numbers().iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    let one = invert_on(1);
    for threads in [2, 3, 8] {
        assert!(invert_on(threads) == one, "{threads} threads");
    }
}

#[test]
fn what_has_no_inverse_is_said_to_have_none() {
    // Two equal rows, in one block and in two; a row of zeros; what is not finite.
    for (first, second) in [(3, 200), (3, 299)] {
        let mut matrix = positive(300, 400, 10.0);
        let twin: Vec<f32> = (0..300).map(|column| matrix.get(first, column)).collect();
        let own = matrix.get(first, first);
        matrix.write_rows(|row, numbers| {
            for (column, number) in numbers.iter_mut().enumerate() {
                match (row == second, column == second) {
                    (true, true) => *number = own,
                    (true, false) => *number = if column == first { own } else { twin[column] },
                    (false, true) => *number = twin[row],
                    (false, false) => {}
                }
            }
        });
        assert_eq!(invert(&mut matrix, |_| true), Err(Stopped::Singular(second)));
    }
    let mut zero = Triangle::zeros(3);
    assert_eq!(invert(&mut zero, |_| true), Err(Stopped::Singular(0)));
    for number in [f32::NAN, f32::INFINITY] {
        let mut matrix = positive(4, 9, 1.0);
        matrix.write_rows(|row, numbers| numbers[0] = if row < 2 { number } else { numbers[0] });
        assert!(matches!(invert(&mut matrix, |_| true), Err(Stopped::Singular(_))));
    }
}

#[test]
fn it_ends_when_it_is_asked_to() {
    let mut matrix = positive(600, 100, 5.0);
    let mut asked = Vec::new();
    let stopped = invert(&mut matrix, |share| {
        asked.push(share);
        share < 0.5
    });
    assert_eq!((stopped, asked.len()), (Err(Stopped::Interrupted), 2));
}

#[test]
fn a_triangle_has_so_many_numbers() {
    assert!(Triangle::from_numbers(3, vec![1.0; 6]).is_some());
    assert!(Triangle::from_numbers(3, vec![1.0; 7]).is_none());
}
