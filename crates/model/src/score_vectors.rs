//! Vectors whose inner products are scores.

use crate::Products;

/// A vector for each user and each item of a model; the inner product of two is the score of the pair.
///
/// They are the factors and, where a model has biases, numbers beside them: [U_u, 1, b_u + b] of a user,
/// [V_i, b_i, 1] of an item. Summed from the first number to the last, without fused operations, a
/// product is the very number that [`Products::score`] gives.
#[derive(Clone, Copy, Debug)]
pub struct ScoreVectors<'a> {
    products: Products<'a>,
    item_bias: bool,
    user_bias: bool,
}

impl<'a> ScoreVectors<'a> {
    /// The vectors of a model.
    pub fn new(products: Products<'a>) -> Self {
        let item_bias = (0..products.n_items()).any(|item| products.item_bias(item) != 0.0);
        let user_bias = (0..products.n_users()).any(|user| products.shift(user) != 0.0);
        Self { products, item_bias, user_bias }
    }

    /// How long each vector is.
    pub fn width(&self) -> usize {
        self.factors() + usize::from(self.item_bias) + usize::from(self.user_bias)
    }

    /// How many of its numbers are factors; these come first.
    pub fn factors(&self) -> usize {
        self.products.unpadded()
    }

    /// Whether the number behind the factors is the bias of an item, 1 of a user.
    pub fn has_item_bias(&self) -> bool {
        self.item_bias
    }

    /// Whether the last number is what all scores of a user have in common, 1 of an item.
    pub fn has_user_bias(&self) -> bool {
        self.user_bias
    }

    /// Number of users.
    pub fn n_users(&self) -> usize {
        self.products.n_users()
    }

    /// Number of items.
    pub fn n_items(&self) -> usize {
        self.products.n_items()
    }

    /// The vector of a user.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn user(&self, user: usize) -> Vec<f32> {
        self.vector(self.products.user(user), 1.0, self.products.shift(user))
    }

    /// The vector of an item.
    ///
    /// # Panics
    /// If there is no such item.
    pub fn item(&self, item: usize) -> Vec<f32> {
        self.vector(self.products.item(item), self.products.item_bias(item), 1.0)
    }

    fn vector(&self, factors: &[f32], item_bias: f32, user_bias: f32) -> Vec<f32> {
        let mut vector = Vec::with_capacity(self.width());
        vector.extend_from_slice(&factors[..self.factors()]);
        vector.extend(self.item_bias.then_some(item_bias));
        vector.extend(self.user_bias.then_some(user_bias));
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_kernels::dot_in_order;
    use ndarray::Array2;

    #[test]
    fn padding_is_left_out() {
        let rows =
            Array2::from_shape_fn((2, 16), |(n, k)| if k < 3 { (n + k) as f32 } else { 0.0 });
        let vectors = ScoreVectors::new(Products::new(rows.view(), rows.view()).padded_from(3));
        assert_eq!((vectors.width(), vectors.user(1)), (3, vec![1.0, 2.0, 3.0]));
    }

    #[test]
    fn products_are_the_scores_whatever_biases_there_are() {
        let users = Array2::from_shape_fn((3, 5), |(u, k)| (u * 7 + k) as f32 * 0.13 - 0.9);
        let items = Array2::from_shape_fn((4, 5), |(i, k)| (i + k * 3) as f32 * 0.31 - 1.7);
        let plain = Products::new(users.view(), items.view());
        let (of_users, of_items) = ([0.1, -0.7, 1e-3], [0.3, 0.0, -2.0, 1e-9]);
        for (products, width) in [
            (plain, 5),
            (plain.with_biases(&[], &of_items, 0.0), 6),
            (plain.with_biases(&of_users, &[], 0.0), 6),
            (plain.with_biases(&[], &[], 0.37), 6),
            (plain.with_biases(&of_users, &of_items, 0.37), 7),
        ] {
            let vectors = ScoreVectors::new(products);
            assert_eq!((vectors.width(), vectors.factors()), (width, 5));
            for (user, item) in (0..3).flat_map(|user| (0..4).map(move |item| (user, item))) {
                let product = dot_in_order(&vectors.user(user), &vectors.item(item));
                assert_eq!(product, products.score(user, item), "{user} {item} {width}");
            }
        }
    }
}
