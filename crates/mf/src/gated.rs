//! Triples whose numbers count as much as gates say.
//!
//! Rows have two channels: numbers e and gates α of the same width. A row is α ⊙ e to scores, and a step moves e
//! alone, along its gradient. Gates of 1 give the bits of [`Triples`](crate::triples::Triples).

use crate::cell::{State as Samples, Step, Task, User, pass};
use crate::deal::ItemBlock;
use crate::epoch::Engine;
use crate::objective::Pairwise;
use crate::train::{check_data, check_triples};
use crate::triples::draw_unobserved;
use crate::{
    Biases, Error, Factors, Negatives, Params, Pass, Problem, Progress, Table, Targets, ValidParams,
};
use foretaste_data::Interactions;
use foretaste_kernels::{
    Gated, GatedMut, gated_dot, gated_sub_dot, gated_sub_dot_with_norms, step_gated_triple,
};
use foretaste_model::State;

/// The blocked engine at triples whose numbers count as much as gates say.
///
/// The factors that it trains have two channels of one width: numbers, and a gate for each, which stay as they
/// are: see [`Factors::with_gates`].
#[derive(Debug)]
pub struct GatedTriples<'a, O> {
    engine: Engine<'a>,
    objective: &'a O,
}

impl<'a, O: Pairwise> GatedTriples<'a, O> {
    /// To train on `data`.
    ///
    /// # Errors
    /// As for [`train_pairwise`](crate::train_pairwise), and [`Error::Parameter`] if items are drawn that the user
    /// has.
    pub fn new(
        objective: &'a O,
        data: &'a Interactions,
        params: &'a ValidParams,
    ) -> Result<Self, Error> {
        let params = params.get();
        check_triples(&Problem::default(), params)?;
        check_data(data, params)?;
        let sampler = params.sampler;
        let rule = "one that draws what users have not";
        Error::unless(sampler != Negatives::Any, "sampler", rule, sampler)?;
        let lanes = foretaste_kernels::lanes_for(params.factors);
        // As many blocks as without gates, so that the same samples are drawn.
        Ok(Self { engine: Engine::new(data, Targets::Ones, params, lanes), objective })
    }

    /// Trains on every positive once, by steps of this rate, or on what [`GatedTriples::restore`] says is left;
    /// `None` where `progress` said to stop.
    ///
    /// # Panics
    /// If the factors have no gates, or are of another shape than data and parameters.
    pub fn epoch(
        &mut self,
        (epoch, learning_rate): (u32, f32),
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Option<Pass> {
        assert!(factors.has_gates(), "factors with gates");
        let task = Steps(self.objective);
        let tally = self.engine.epoch(&task, (epoch, learning_rate), factors, progress);
        tally.map(|tally| pass(tally, learning_rate))
    }

    /// Adds what there is besides factors, data and parameters.
    pub fn save(&self, state: &mut State) {
        self.engine.save(state);
    }

    /// Takes up what was saved.
    ///
    /// # Errors
    /// [`Error::State`] if it does not fit.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.engine.restore(state)
    }
}

impl Factors {
    /// What a training by [`GatedTriples`] starts from without an earlier model: [`Factors::initial`], with gates
    /// of 1.
    pub fn initial_with_gates(data: &Interactions, params: &Params) -> Self {
        Self::initial(data, params, &[]).with_gates()
    }

    /// The first channel, and a gate of 1 for each of its numbers.
    #[must_use]
    pub fn with_gates(self) -> Self {
        let gated = |table: Table| {
            let width = table.widths()[0];
            let mut gated = Table::zeros(table.rows(), &[width, width]);
            gated.fill(0, &table.to_rows(0));
            gated.fill(1, &vec![1.0; table.rows() * width]);
            gated
        };
        let biases = self.biases.into_iter().take(1).chain([Biases::default()]).collect();
        Self { users: gated(self.users), items: gated(self.items), biases }
    }

    /// What the numbers count: α ⊙ e, in one channel.
    ///
    /// # Panics
    /// If there are no gates.
    #[must_use]
    pub fn gated(&self) -> Self {
        assert!(self.has_gates(), "factors with gates");
        let product = |table: &Table| {
            let rows: Vec<f32> =
                table.to_rows(1).iter().zip(table.to_rows(0)).map(|(a, e)| a * e).collect();
            let mut product = Table::zeros(table.rows(), &table.widths()[..1]);
            product.fill(0, &rows);
            product
        };
        let biases = self.biases[..1].to_vec();
        Self { users: product(&self.users), items: product(&self.items), biases }
    }

    fn has_gates(&self) -> bool {
        let widths = self.users.widths();
        widths.len() == 2 && widths[0] == widths[1] && widths == self.items.widths()
    }
}

/// Trains each positive against each of its negatives.
#[derive(Debug)]
struct Steps<'a, O>(&'a O);

impl<O: Pairwise> Task for Steps<'_, O> {
    const ALONE: bool = false;
    // Lanes of a known number gain a tenth of the time, and take six times as long to compile.
    const ONE_CHANNEL: bool = false;

    #[inline(always)]
    fn train<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (i, y): (usize, f32),
        state: &mut Samples<'_>,
    ) {
        for _ in 0..step.negatives {
            let lanes = user.row.len();
            let own = Gated::of(user.row);
            let score = |item: usize| {
                let row = Gated::of(&items.rows[item * lanes..(item + 1) * lanes]);
                gated_dot(own, row) + items.biases[0].get(item).copied().unwrap_or(0.0)
            };
            let j = draw_unobserved(step, user.own, items, score, state.stream);
            self.step::<ADAPTIVE>(step, user, items, ([i, j], [y, 0.0]), state);
        }
    }
}

impl<O: Pairwise> Steps<'_, O> {
    #[inline(always)]
    fn step<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        ([i, j], y): ([usize; 2], [f32; 2]),
        state: &mut Samples<'_>,
    ) {
        let lanes = user.row.len();
        let rows = [i * lanes..i * lanes + lanes, j * lanes..j * lanes + lanes];
        let [row_i, row_j] = items.rows.get_disjoint_mut(rows).expect("a negative is no positive");
        let (own, of_i, of_j) = (Gated::of(user.row), Gated::of(row_i), Gated::of(row_j));
        let (mut x, squares) = match ADAPTIVE {
            true => gated_sub_dot_with_norms(own, of_i, of_j),
            false => (gated_sub_dot(own, of_i, of_j), [0.0; 3]),
        };
        let bias = &mut items.biases[0];
        if !bias.is_empty() {
            x += bias[i] - bias[j];
        }
        let (objective, weight) = (self.0, items.sampler.weight);
        let measured = step.measured.has(state.tally.samples);
        state.count(measured, weight, move || objective.loss(x, y));
        let descent = objective.descent(x, y) * weight;
        let mut sums = [1.0; 3];
        if ADAPTIVE {
            // Half of a row's columns are gates.
            let square = descent * descent / (0.5 * step.cols);
            user.own.sum += square * squares[0];
            items.sums[i] += square * squares[1];
            items.sums[j] += square * squares[2];
            sums = [user.own.sum, items.sums[i], items.sums[j]];
        }
        let moves = sums.map(|sum| step.along::<ADAPTIVE>(descent, sum));
        let [own, of_i, of_j] = [&mut *user.row, row_i, row_j].map(GatedMut::of);
        step_gated_triple(own, of_i, of_j, moves);
        if !bias.is_empty() {
            bias[i] = moves[1].keep * bias[i] + moves[1].rate;
            bias[j] = moves[2].keep * bias[j] - moves[2].rate;
        }
    }
}

#[cfg(test)]
mod tests;
