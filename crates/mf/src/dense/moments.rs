//! Parameters that Adam moves, as one run of numbers.

use crate::batch::Rule;
use crate::{Error, State};
use foretaste_kernels::{LANES, Lanes, dispatch};
use rayon::prelude::*;

/// Lanes that one task steps.
const PART: usize = 512;

/// First and second moments of a run of numbers.
#[derive(Clone, Debug)]
pub struct Moments([Vec<Lanes>; 2]);

impl Moments {
    /// For so many lanes.
    pub fn new(lanes: usize) -> Self {
        Self([0, 1].map(|_| vec![[0.0; LANES]; lanes]))
    }

    /// Moves numbers along the sums; whether they are sound.
    pub fn step(&mut self, rule: &Rule, values: &mut [Lanes], along: &[Lanes], reg: f32) -> bool {
        let [first, second] = &mut self.0;
        let moments = first.par_chunks_mut(PART).zip(second.par_chunks_mut(PART));
        let parts = values.par_chunks_mut(PART).zip(along.par_chunks(PART)).zip(moments);
        let step = |(values, along): (&mut [Lanes], &[Lanes]),
                    first: &mut [Lanes],
                    second: &mut [Lanes]| {
            dispatch(
                #[inline(always)]
                || {
                    let moments = (first.as_flattened_mut(), second.as_flattened_mut());
                    rule.step(values.as_flattened_mut(), along.as_flattened(), moments, reg)
                },
            )
        };
        let sound = parts.map(|(values, (first, second))| step(values, first, second));
        sound.reduce(|| true, |a, b| a & b)
    }

    /// Adds them to a state, under names that start with `name`.
    pub fn save(&self, name: &str, state: &mut State) {
        for (moment, numbers) in ["first", "second"].iter().zip(&self.0) {
            state.put(format!("{name}.{moment}"), numbers.as_flattened().to_vec());
        }
    }

    /// Takes them up again.
    ///
    /// # Errors
    /// [`Error::State`] if there are not as many.
    pub fn restore(&mut self, name: &str, state: &State) -> Result<(), Error> {
        for (moment, numbers) in ["first", "second"].iter().zip(&mut self.0) {
            let numbers = numbers.as_flattened_mut();
            numbers.copy_from_slice(state.get_all(&format!("{name}.{moment}"), numbers.len())?);
        }
        Ok(())
    }
}
