//! Every implementation against sums in 64 bits.

use super::*;
use proptest::prelude::*;

type Rows = Vec<Vec<i16>>;

/// Rows of an even length; numbers up to the largest that are allowed.
fn rows() -> impl Strategy<Value = (Rows, Rows)> {
    (1usize..5, 1usize..3).prop_flat_map(|(pairs, panels)| {
        let len = pairs * 2;
        let most = largest(len);
        let number = prop_oneof![3 => -most..=most, 1 => Just(most), 1 => Just(-most)];
        let row = prop::collection::vec(number, len);
        let items = prop::collection::vec(row.clone(), panels * PANEL);
        (prop::collection::vec(row, GROUP), items)
    })
}

fn packed<const N: usize>(rows: &[Vec<i16>]) -> Vec<[Pair; N]> {
    let pack = |rows: &[Vec<i16>]| -> Vec<[Pair; N]> {
        let pairs = rows[0].len() / 2;
        let at = |k: usize| std::array::from_fn(|n| [rows[n][2 * k], rows[n][2 * k + 1]]);
        (0..pairs).map(at).collect()
    };
    rows.chunks(N).flat_map(pack).collect()
}

fn naive(users: &Rows, items: &Rows, scale: f32, threshold: f32) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (panel, items) in items.chunks(PANEL).enumerate() {
        for (user, a) in users.iter().enumerate() {
            for (n, b) in items.iter().enumerate() {
                let product: i64 =
                    a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
                // The bias of item n is n.
                let score = i32::try_from(product).unwrap() as f32 * scale + n as f32;
                if score >= threshold {
                    hits.push(Hit { user, item: panel * PANEL + n, score });
                }
            }
        }
    }
    hits
}

fn bias() -> [f32; PANEL] {
    std::array::from_fn(|n| n as f32)
}

proptest! {
    #[test]
    fn every_implementation_finds_the_same((users, items) in rows(), threshold in -100.0f32..100.0) {
        let scale = 1e-6;
        let expected = naive(&users, &items, scale, threshold);
        let (rows, panels) = (packed::<GROUP>(&users), packed::<PANEL>(&items));
        let (scale, threshold) = ([scale; GROUP], [threshold; GROUP]);
        let users = Users { rows: &rows, scale: &scale, threshold: &threshold };
        let bias = vec![bias(); items.len() / PANEL];
        let items = Items { panels: &panels, bias: &bias };
        let mut hits = Vec::new();
        scan(users, items, &mut hits);
        prop_assert_eq!(&hits, &expected);
        hits.clear();
        Scan { with: Portable, users, items, hits: &mut hits }.call();
        prop_assert_eq!(&hits, &expected);
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            hits.clear();
            simd.vectorize(Scan { with: simd, users, items, hits: &mut hits });
            prop_assert_eq!(&hits, &expected);
        }
    }
}

#[test]
fn sums_of_the_largest_numbers_fit() {
    for len in [1usize, 2, 16, 64, 1000, 100_000] {
        let largest = i64::from(largest(len));
        assert!(largest > 0 && largest * largest * len as i64 <= i64::from(i32::MAX));
    }
}

#[test]
fn thresholds_and_fillers_keep_out() {
    let (rows, panels) = (vec![[[1, 1]; GROUP]; 2], vec![[[1, 1]; PANEL]; 2]);
    let mut threshold = [f32::MIN; GROUP];
    threshold[3] = f32::INFINITY;
    let mut bias = [0.0; PANEL];
    bias[5..].fill(f32::NEG_INFINITY);
    let users = Users { rows: &rows, scale: &[0.5; GROUP], threshold: &threshold };
    let mut hits = Vec::new();
    scan(users, Items { panels: &panels, bias: &[bias] }, &mut hits);
    assert_eq!(hits.len(), (GROUP - 1) * 5);
    assert!(hits.iter().all(|hit| hit.user != 3 && hit.item < 5 && hit.score == 2.0));
}
