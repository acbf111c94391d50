use super::*;

fn rows(count: usize, width: usize, seed: u32) -> Vec<f32> {
    let number = |at: u32| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    // Of unlike lengths, as those of items.
    let scale = |at: usize| 1.0 / (1 + at / width) as f32;
    (0..count * width).map(|at| scale(at) * number(seed + at as u32 * 7)).collect()
}

/// A rotation of a width: what brings one set of rows to another.
fn some(width: usize) -> Rotation {
    let (a, b) = (rows(50, width, 1), rows(50, width, 99));
    Rotation::between((&a, width), (&b, width)).unwrap().0
}

fn assert_near(a: &[f32], b: &[f32], slack: f32) {
    let far = a.iter().zip(b).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(a.len() == b.len() && far <= slack, "{far}");
}

#[test]
fn what_was_turned_is_turned_back() {
    for width in [1, 5, 32] {
        let old = rows(80, width, 3);
        let mut turned = some(width).turn(&old);
        let (_, fit) = Rotation::between((&turned, width), (&old, width)).unwrap();
        assert!(fit.after < 1e-6 && (width < 5 || fit.before > 0.5), "{fit:?}");
        // A reflection as well.
        turned.chunks_exact_mut(width).for_each(|row| row[0] = -row[0]);
        let (back, fit) = Rotation::between((&turned, width), (&old, width)).unwrap();
        assert_near(&back.turn(&turned), &old, 1e-6);
        assert!(fit.after < 1e-6, "{fit:?}");
    }
}

#[test]
fn what_is_there_already_stays() {
    let old = rows(80, 9, 3);
    let (same, fit) = Rotation::between((&old, 9), (&old, 9)).unwrap();
    assert_near(&same.turn(&old), &old, 1e-7);
    assert!(fit.before == 0.0 && fit.after < 1e-7, "{fit:?}");
    // Of three rows alone, also what they do not speak of.
    let (same, _) = Rotation::between((&old[..27], 9), (&old[..27], 9)).unwrap();
    assert_near(&same.turn(&old), &old, 1e-6);
}

#[test]
fn products_of_turned_rows_are_what_they_were() {
    for (from, to) in [(7, 7), (5, 8), (8, 5)] {
        let (new, old) = (rows(40, from, 5), rows(40, to, 77));
        let (rotation, fit) = Rotation::between((&new, from), (&old, to)).unwrap();
        assert_eq!((rotation.from(), rotation.to()), (from, from.max(to)));
        assert!(fit.after < fit.before, "{fit:?}");
        let (users, items) = (rows(10, from, 1000), rows(30, from, 2000));
        let [of_users, of_items] = [&users, &items].map(|rows| rotation.turn(rows));
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let to = rotation.to();
        for (user, turned) in users.chunks(from).zip(of_users.chunks(to)) {
            for (item, other) in items.chunks(from).zip(of_items.chunks(to)) {
                let (before, after) = (dot(user, item), dot(turned, other));
                assert!((before - after).abs() < 1e-6, "{before} {after}");
            }
        }
    }
}

#[test]
fn a_copy_of_another_width_is_found_in_the_first_numbers() {
    let wide = rows(60, 8, 3);
    let narrow: Vec<f32> = wide.chunks(8).flat_map(|row| row[..5].to_vec()).collect();
    let turned = some(5).turn(&narrow);
    // A narrow new model beside a wide old one, whose other numbers are 0.
    let padded: Vec<f32> = narrow.chunks(5).flat_map(|row| [row, &[0.0; 3]].concat()).collect();
    let (rotation, fit) = Rotation::between((&turned, 5), (&padded, 8)).unwrap();
    assert_near(&rotation.turn(&turned), &padded, 1e-6);
    assert!(fit.after < 1e-6);
    // The other way round.
    let turned = some(8).turn(&padded);
    let (rotation, fit) = Rotation::between((&turned, 8), (&narrow, 5)).unwrap();
    assert_near(&rotation.turn(&turned), &padded, 1e-6);
    assert!(fit.after < 1e-6);
}

#[test]
fn nothing_in_common_is_no_rotation() {
    assert!(Rotation::between((&[], 3), (&[], 4)).is_none());
    assert!(Rotation::between((&[0.0; 6], 3), (&[1.0; 6], 3)).is_none());
}

#[test]
fn it_is_the_same_on_any_number_of_threads() {
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (new, old) = (rows(9000, 12, 5), rows(9000, 12, 77));
            let (rotation, fit) = Rotation::between((&new, 12), (&old, 12)).unwrap();
            (rotation.turn(&new), fit)
        })
    };
    let one = of(1);
    assert!([2, 3].into_iter().all(|threads| of(threads) == one));
}
