//! Items that nobody has, among others.
//!
//! ```text
//! x ← a x + b,   so that scores of new items have the mean and the deviation of others', over all users
//! ```
//!
//! What a tower makes of a text alone is nearer to the middle than what has gone along edges, so that it would hardly
//! ever be listed, however well new items are ordered among themselves. A new item is taken to be liked
//! as others are: no more, no less.

use foretaste_mf::dense::Matrix;

/// Mean and variance of ⟨u, i⟩ over users and items.
fn moments(nodes: &Matrix, (mean, gram): (&[f64], &[f64]), items: &[u32]) -> (f64, f64) {
    let width = mean.len();
    let (mut first, mut second) = (0.0, 0.0);
    for &item in items {
        let row: Vec<f64> = nodes.values(item as usize).iter().map(|&x| f64::from(x)).collect();
        first += row.iter().zip(mean).map(|(x, y)| x * y).sum::<f64>();
        for (x, gram) in row.iter().zip(gram.chunks_exact(width)) {
            second += x * row.iter().zip(gram).map(|(y, g)| y * g).sum::<f64>();
        }
    }
    let count = items.len() as f64;
    let mean = first / count;
    (mean, (second / count - mean * mean).max(0.0))
}

/// Scales the rows of `new` items; what is to be added to their scores. As they are, if there are no users or
/// no other items, or no scores that differ.
pub(crate) fn level(nodes: &mut Matrix, users: &[u32], others: &[u32], new: &[u32]) -> f32 {
    let width = nodes.columns();
    let (mut mean, mut gram) = (vec![0.0; width], vec![0.0; width * width]);
    for &user in users {
        let row: Vec<f64> = nodes.values(user as usize).iter().map(|&x| f64::from(x)).collect();
        for (n, x) in row.iter().enumerate() {
            mean[n] += x;
            gram[n * width..(n + 1) * width].iter_mut().zip(&row).for_each(|(g, y)| *g += x * y);
        }
    }
    let count = (users.len() as f64).max(1.0);
    mean.iter_mut().chain(&mut gram).for_each(|x| *x /= count);
    if new.is_empty() || others.is_empty() {
        return 0.0;
    }
    let (own, own_variance) = moments(nodes, (&mean, &gram), new);
    let (all, variance) = moments(nodes, (&mean, &gram), others);
    // The rounding of cosines in f32.
    if own_variance < 1e-12 {
        return 0.0;
    }
    let scale = (variance / own_variance).sqrt();
    for &item in new {
        nodes.values_mut(item as usize).iter_mut().for_each(|x| *x *= scale as f32);
    }
    (all - scale * own) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random;

    #[test]
    fn scores_of_new_items_have_the_mean_and_the_deviation_of_others() {
        let mut nodes = random(40, 5, 1);
        let (users, others): (Vec<u32>, Vec<u32>) = ((0..20).collect(), (20..33).collect());
        let new: Vec<u32> = (33..40).collect();
        for &item in &new {
            nodes.values_mut(item as usize).iter_mut().for_each(|x| *x = 0.3 * *x + 0.1);
        }
        let shift = f64::from(level(&mut nodes, &users, &others, &new));
        let told = |items: &[u32], shift: f64| {
            let pairs = items.iter().flat_map(|&item| users.iter().map(move |&user| (user, item)));
            let score = |(user, item): (u32, u32)| {
                let rows = nodes.values(user as usize).iter().zip(nodes.values(item as usize));
                shift + rows.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>()
            };
            let scores: Vec<f64> = pairs.map(score).collect();
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            let square = scores.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
            (mean, square / scores.len() as f64)
        };
        let ((mean, variance), (expected, of_others)) = (told(&new, shift), told(&others, 0.0));
        // Rows are scaled in f32.
        assert!((mean - expected).abs() < 1e-6 && (variance - of_others).abs() < 1e-5);
        assert!((told(&new, 0.0).0 - expected).abs() > 1e-3, "there is something to level");
        // Nothing to level by.
        let before = nodes.clone();
        assert_eq!(level(&mut nodes, &users, &[], &new), 0.0);
        assert_eq!(level(&mut nodes, &[], &others, &new), 0.0);
        assert_eq!(nodes, before);
    }
}
