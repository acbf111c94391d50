//! One step of expectation maximization over all pairs.

use foretaste_data::Side;
use foretaste_kernels::{dispatch, exp, ln_1p_exp, multiply, symmetric};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that are solved for at once.
const ROWS: usize = 64;
/// Columns whose products are at hand at once.
const COLUMNS: usize = 256;
/// Rows between two reports of progress.
const REPORT: usize = 64 * ROWS;

/// μ, a number for each item, seen from either side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exposure<'a> {
    OfColumns(&'a [f32]),
    OfRows(&'a [f32]),
}

/// How likely it is that what was not clicked was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posterior {
    /// √(λ_y / 2π).
    constant: f32,
    /// −λ_y / 2.
    exponent: f32,
}

/// What all steps need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep {
    pub(super) k: usize,
    pub(super) posterior: Posterior,
    /// λ / λ_y.
    pub(super) ridge: f64,
}

/// The clicks of a row within a range of columns, counted from its start.
fn within<'a>(side: &'a Side, row: usize, columns: &Range<usize>) -> &'a [u32] {
    let row = side.columns(row);
    let at = |column: usize| row.partition_point(|&c| (c as usize) < column);
    &row[at(columns.start)..at(columns.end)]
}

impl Posterior {
    pub(super) fn new(precision: f32) -> Self {
        let constant = (precision / (2.0 * std::f32::consts::PI)).sqrt();
        Self { constant, exponent: -0.5 * precision }
    }

    /// Turns scores into probabilities.
    fn apply<'a>(self, scores: &mut [f32], mu: impl Iterator<Item = &'a f32>) {
        dispatch(
            #[inline(always)]
            || {
                for (x, mu) in scores.iter_mut().zip(mu) {
                    // Not 0/0, as μ is below 1 (LARGEST).
                    let seen = mu * (self.constant * exp(self.exponent * *x * *x));
                    *x = seen / (seen + (1.0 - mu));
                }
            },
        );
    }

    /// Turns scores into −ln(μN + 1 − μ), what it costs that a pair was not clicked.
    fn unclicked_costs(self, scores: &mut [f32], mu: f32) {
        let odds = libm::logf(mu / (1.0 - mu)) + libm::logf(self.constant);
        let unseen = libm::logf(1.0 - mu);
        dispatch(
            #[inline(always)]
            || {
                for x in scores {
                    *x = -(unseen + ln_1p_exp(odds + self.exponent * *x * *x));
                }
            },
        );
    }

    /// What it costs that of pairs with these scores `clicked` were, and how many were seen;
    /// `scores` and `costs` are overwritten.
    fn of_row(
        self,
        clicked: impl Iterator<Item = usize> + Clone,
        scores: &mut [f32],
        mu: f32,
        costs: &mut [f32],
    ) -> (f64, f64) {
        let sum = |numbers: &[f32]| numbers.iter().map(|&x| f64::from(x)).sum::<f64>();
        costs.copy_from_slice(scores);
        self.unclicked_costs(costs, mu);
        // What was clicked costs what it costs instead of what the others do.
        clicked.clone().for_each(|click| costs[click] = 0.0);
        let of_clicks = clicked.clone().map(|click| self.clicked_cost(scores[click], mu));
        let cost = of_clicks.sum::<f64>() + sum(costs);
        self.apply(scores, std::iter::repeat(&mu));
        clicked.for_each(|click| scores[click] = 1.0);
        (cost, sum(scores))
    }

    /// −ln(μ N(1)), what it costs that a pair with this score was clicked.
    fn clicked_cost(self, x: f32, mu: f32) -> f64 {
        let away = f64::from(1.0 - x);
        -(libm::log(f64::from(mu))
            + libm::log(f64::from(self.constant))
            + f64::from(self.exponent) * away * away)
    }
}

impl Sweep {
    /// The rows of one side at the maximum, given those of the other; `false` where `progress` says so,
    /// and then not all of them are.
    pub(super) fn solve(
        &self,
        clicks: &Side,
        rows: &mut [f32],
        other: &[f32],
        exposure: Exposure<'_>,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> bool {
        let k = self.k;
        let n = other.len() / k;
        // Factor by factor, so that products of two factors run along the columns.
        let factors: Vec<f32> =
            (0..k).flat_map(|f| (0..n).map(move |c| other[c * k + f])).collect();
        let total = rows.len() as f64;
        for (report, rows) in rows.chunks_mut(REPORT * k).enumerate() {
            let first = report * REPORT;
            rows.par_chunks_mut(ROWS * k).enumerate().for_each_init(
                || Scratch::new(k),
                |scratch, (block, rows)| {
                    self.block(
                        clicks,
                        first + block * ROWS,
                        rows,
                        (other, &factors),
                        exposure,
                        scratch,
                    );
                },
            );
            if !progress((((first + REPORT) * k) as f64 / total).min(1.0)) {
                return false;
            }
        }
        true
    }

    fn block(
        &self,
        clicks: &Side,
        first: usize,
        rows: &mut [f32],
        (other, factors): (&[f32], &[f32]),
        exposure: Exposure<'_>,
        scratch: &mut Scratch,
    ) {
        let (k, n) = (self.k, other.len() / self.k);
        let count = rows.len() / k;
        scratch.gram.fill(0.0);
        let own: Vec<&[f32]> = rows.chunks(k).collect();
        for start in (0..n).step_by(COLUMNS) {
            let columns = start..(start + COLUMNS).min(n);
            let len = columns.len();
            let others: Vec<&[f32]> = other[start * k..columns.end * k].chunks(k).collect();
            let weights = &mut scratch.weights[..count * len];
            multiply(&own, &others, weights);
            for (row, weights) in (first..).zip(weights.chunks_mut(len)) {
                match exposure {
                    Exposure::OfColumns(mu) => {
                        self.posterior.apply(weights, mu[columns.clone()].iter());
                    }
                    Exposure::OfRows(mu) => {
                        self.posterior.apply(weights, std::iter::repeat(&mu[row]));
                    }
                }
                for &click in within(clicks, row, &columns) {
                    weights[click as usize - start] = 1.0;
                }
            }
            let factor = |f: usize| &factors[f * n + start..f * n + columns.end];
            let mut pair = scratch.products.chunks_mut(COLUMNS);
            for left in 0..k {
                for (right, out) in (left..k).zip(&mut pair) {
                    let product = factor(left).iter().zip(factor(right)).map(|(a, b)| a * b);
                    out.iter_mut().zip(product).for_each(|(out, product)| *out = product);
                }
            }
            let products: Vec<&[f32]> =
                scratch.products.chunks(COLUMNS).map(|pair| &pair[..len]).collect();
            let weights: Vec<&[f32]> = weights.chunks(len).collect();
            let sums = &mut scratch.sums[..count * products.len()];
            multiply(&weights, &products, sums);
            scratch.gram.iter_mut().zip(sums).for_each(|(gram, sum)| *gram += f64::from(*sum));
        }
        let Scratch { gram, matrix, sum, .. } = scratch;
        let pairs = k * (k + 1) / 2;
        for ((row, out), gram) in (first..).zip(rows.chunks_mut(k)).zip(gram.chunks(pairs)) {
            sum.fill(0.0);
            for &column in clicks.columns(row) {
                let other = &other[column as usize * k..(column as usize + 1) * k];
                sum.iter_mut().zip(other).for_each(|(sum, x)| *sum += f64::from(*x));
            }
            self.row(gram, matrix, sum);
            out.iter_mut().zip(&*sum).for_each(|(out, x)| *out = *x as f32);
        }
    }

    /// Solves (G + ridge · I) x = `sum` in place, of G the upper triangle row by row. Where rounding
    /// has left G so far from positive that the ridge does not make up for it, it is raised tenfold.
    fn row(&self, gram: &[f64], matrix: &mut [f64], sum: &mut [f64]) {
        let k = self.k;
        let mut ridge = self.ridge;
        // Of numbers that are not finite there is no end: the training has diverged.
        if !gram.iter().all(|x| x.is_finite()) {
            return sum.fill(f64::NAN);
        }
        loop {
            let mut rest = gram;
            for (n, row) in matrix.chunks_mut(k).enumerate() {
                let (of_row, below) = rest.split_at(k - n);
                row[n..].copy_from_slice(of_row);
                row[n] += ridge;
                rest = below;
            }
            match symmetric::factor(matrix, k) {
                true => return symmetric::solve(matrix, sum),
                false => ridge *= 10.0,
            }
        }
    }

    /// Sets μ to the mean probability that an item was seen; returns the mean negative
    /// log-likelihood of a pair before.
    pub(super) fn expose(
        &self,
        clicks: &Side,
        items: &[f32],
        users: &[f32],
        exposure: &mut [f32],
    ) -> f64 {
        let k = self.k;
        let n_users = users.len() / k;
        let blocks = exposure.par_chunks_mut(ROWS).zip(items.par_chunks(ROWS * k)).enumerate();
        let losses: Vec<f64> = blocks
            .map_init(
                || (vec![0.0; ROWS * COLUMNS], vec![0.0; COLUMNS]),
                |(scores, costs), (block, (exposure, items))| {
                    let own: Vec<&[f32]> = items.chunks(k).collect();
                    let (mut seen, mut loss) = (vec![0.0; own.len()], 0.0);
                    for start in (0..n_users).step_by(COLUMNS) {
                        let columns = start..(start + COLUMNS).min(n_users);
                        let len = columns.len();
                        let others: Vec<&[f32]> =
                            users[start * k..columns.end * k].chunks(k).collect();
                        let scores = &mut scores[..own.len() * len];
                        multiply(&own, &others, scores);
                        for (row, scores) in scores.chunks_mut(len).enumerate() {
                            let clicked = within(clicks, block * ROWS + row, &columns);
                            let clicked = clicked.iter().map(|&click| click as usize - start);
                            let costs = &mut costs[..len];
                            let (cost, sum) =
                                self.posterior.of_row(clicked, scores, exposure[row], costs);
                            loss += cost;
                            seen[row] += sum;
                        }
                    }
                    for (mu, seen) in exposure.iter_mut().zip(seen) {
                        *mu = ((seen / n_users as f64) as f32).min(LARGEST);
                    }
                    loss
                },
            )
            .collect();
        losses.iter().sum::<f64>() / (n_users as f64 * exposure.len() as f64)
    }
}

/// Of an item that everybody has; so there is always a chance that something was not seen.
const LARGEST: f32 = 1.0 - f32::EPSILON;

/// What a thread needs for a block of rows.
#[derive(Debug)]
struct Scratch {
    weights: Vec<f32>,
    /// V_ia V_ib of each pair a ≤ b, along the columns.
    products: Vec<f32>,
    sums: Vec<f32>,
    /// The upper triangles of the weighted Gram matrices, a row's after another.
    gram: Vec<f64>,
    /// A row's matrix.
    matrix: Vec<f64>,
    sum: Vec<f64>,
}

impl Scratch {
    fn new(k: usize) -> Self {
        let pairs = k * (k + 1) / 2;
        Self {
            weights: vec![0.0; ROWS * COLUMNS],
            products: vec![0.0; pairs * COLUMNS],
            sums: vec![0.0; ROWS * pairs],
            gram: vec![0.0; ROWS * pairs],
            matrix: vec![0.0; k * k],
            sum: vec![0.0; k],
        }
    }
}
