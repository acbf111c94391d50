//! How far an epoch of batches is.

use crate::{Error, Pass};
use foretaste_model::State;

/// What an epoch has done so far: what it takes to go on, and what its report will say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Begun {
    /// Batches that are done.
    pub batches: u64,
    /// The sum of their samples' losses.
    pub loss: f64,
    /// Samples that were trained on.
    pub samples: u64,
}

impl Begun {
    /// Counts a batch.
    pub fn add(&mut self, loss: f64, samples: u64) {
        self.batches += 1;
        self.loss += loss;
        self.samples += samples;
    }

    /// What the whole epoch did, so many samples left out; the next one begins.
    pub fn pass(&mut self, skipped: u64, learning_rate: f32) -> Pass {
        let Self { loss, samples, .. } = std::mem::take(self);
        let (loss, learning_rate) = (loss / samples as f64, Some(learning_rate));
        Pass { loss, samples, skipped, learning_rate }
    }

    /// Adds it to a state.
    pub fn save(&self, state: &mut State) {
        state.put("begun.batches", vec![self.batches]);
        state.put("begun.loss", vec![self.loss]);
        state.put("begun.samples", vec![self.samples]);
    }

    /// Takes it from the state of an epoch of at most so many batches.
    ///
    /// # Errors
    /// [`Error::State`] if it does not fit.
    pub fn restored(state: &State, most: u64) -> Result<Self, Error> {
        let batches = state.get_one("begun.batches")?;
        if batches > most {
            let reason = format!("is {batches}, of {most}");
            return Err(Error::State { name: "begun.batches".to_owned(), reason });
        }
        let (loss, samples) = (state.get_one("begun.loss")?, state.get_one("begun.samples")?);
        Ok(Self { batches, loss, samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_restored_and_more_batches_than_there_are_are_refused() {
        let mut begun = Begun::default();
        begun.add(3.0, 4);
        begun.add(1.0, 4);
        let mut state = State::default();
        begun.save(&mut state);
        assert_eq!(Begun::restored(&state, 2).unwrap(), begun);
        assert!(Begun::restored(&state, 1).unwrap_err().to_string().contains("begun.batches"));
        let pass = begun.pass(1, 0.5);
        assert_eq!((pass.loss, pass.samples, pass.skipped), (0.5, 8, 1));
        assert_eq!(begun, Begun::default());
    }
}
