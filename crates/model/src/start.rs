//! What a training begins from: nothing, an earlier model, or its own state of before.

use crate::technique::as_written;
use crate::{Concern, Element, Error, ModelFile, Tensor, TrainingError};
use foretaste_data::{IdTable, Interactions};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What [`Fitted::notes`](crate::Fitted::notes) calls the model that a training started from.
pub const WARM_START: &str = "warm_start";

/// What they call the preferences that a training learned from beside its data: their number and checksum.
pub const EXTRA: &str = "extra";

/// What a training begins from; by default, nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// A model of fewer or other users and items, whose rows are a start for those who are still there.
    pub warm: Option<&'a WarmStart>,
    /// The state that the same training was in when it offered it to its
    /// [`Monitor`](crate::Monitor::checkpoint). It goes on from there, and ends as if it had never stopped.
    pub state: Option<&'a State>,
}

/// What else than nothing a method's training can begin from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Starts {
    /// Its state of before, which it offers to its monitor.
    pub resumed: bool,
    /// An earlier model.
    pub warm: bool,
    /// An earlier model whose items hold those of the new one: [`WarmStart::anchored`].
    pub anchored: bool,
}

impl Starts {
    /// Any of these.
    pub const ALL: Self = Self { resumed: true, warm: true, anchored: true };
    /// A state or an earlier model, whose items hold nothing.
    pub const FREE: Self = Self { anchored: false, ..Self::ALL };

    /// Checks what a training of `method` is to begin from.
    ///
    /// # Errors
    /// [`TrainingError::Method`] if it can't, if the earlier model is of another method, or if it is to hold
    /// items and knows none of these.
    pub fn check(self, method: &str, start: Start<'_>) -> Result<(), TrainingError> {
        if start.state.is_some() && !self.resumed {
            return Err(refused(
                format!("{method} keeps no state to go on from"),
                "train it afresh",
            ));
        }
        let Some(warm) = start.warm else { return Ok(()) };
        if !self.warm {
            let message = format!("{method} has no rows to start from");
            return Err(refused(message, "train it without an earlier model"));
        }
        match warm.model.info.method.as_str() {
            other if other != method => Err(refused(
                format!("the model to start from is of {other}, not of {method}"),
                "start from a model of the same method and parameters",
            )),
            _ => self.check_anchor(method, warm),
        }
    }

    fn check_anchor(self, method: &str, warm: &WarmStart) -> Result<(), TrainingError> {
        match warm.anchor() {
            Some(_) if !self.anchored => Err(refused(
                format!("{method} can't hold items to an earlier model's"),
                "leave out the anchor, and align the models when they are trained",
            )),
            Some(_) if warm.known_items() == 0 => Err(refused(
                "the anchor: the model to start from knows none of the items".to_owned(),
                "take a model of such data; ids have to be written alike",
            )),
            _ => Ok(()),
        }
    }
}

fn refused(message: String, help: &str) -> TrainingError {
    let (concern, help) = (Concern::Parameters, Some(help.to_owned()));
    TrainingError::Method { concern, message, help }
}

/// An earlier model, seen from the users and items of a new training.
#[derive(Clone, Debug)]
pub struct WarmStart {
    /// Without any pairs, which nobody asks for.
    model: ModelFile,
    fingerprint: String,
    users: Vec<Option<u32>>,
    items: Vec<Option<u32>>,
    anchor: f32,
}

impl WarmStart {
    /// From a model, for a training on these users and items.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a parameter of the model is not finite.
    pub fn new(mut model: ModelFile, users: &IdTable, items: &IdTable) -> Result<Self, Error> {
        let fingerprint = model.fingerprint()?;
        let (n_users, n_items) = (model.users.len(), model.items.len());
        model.seen = Interactions::from_rows(vec![0; n_users + 1], Vec::new(), n_items)
            .expect("no interactions are sorted");
        (model.not_positive, model.others) = (None, None);
        let (users, items) = (users.indices_in(&model.users), items.indices_in(&model.items));
        Ok(Self { model, fingerprint, users, items, anchor: 0.0 })
    }

    /// The same, whose items hold those of the new model: with λ the `weight`, λ/2 ‖q − q_old‖² is added to the
    /// loss of each that it knows. With 0 nothing is held, with infinity items stay as they were. What λ is
    /// measured by is the method's: of steps, the sum of an epoch's samples; of least squares, half the squares.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] if the weight is negative or no number.
    pub fn anchored(self, weight: f32) -> Result<Self, TrainingError> {
        TrainingError::unless(weight >= 0.0, "anchor", "at least 0, or inf", weight)?;
        Ok(Self { anchor: weight, ..self })
    }

    /// λ of [`WarmStart::anchored`], if it is above 0.
    pub fn anchor(&self) -> Option<f32> {
        Some(self.anchor).filter(|&weight| weight > 0.0)
    }

    /// The model's ids and parameters, to take out.
    pub fn model(&self) -> ModelFile {
        self.model.clone()
    }

    /// The row of each user in the model, of those that it knows.
    pub fn users(&self) -> &[Option<u32>] {
        &self.users
    }

    /// The row of each item in the model, of those that it knows.
    pub fn items(&self) -> &[Option<u32>] {
        &self.items
    }

    /// The checksum of the model, in hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How many of the users it knows.
    pub fn known_users(&self) -> usize {
        self.users.iter().flatten().count()
    }

    /// How many of the items it knows.
    pub fn known_items(&self) -> usize {
        self.items.iter().flatten().count()
    }

    /// What model files say of it: which model, how many users and items it knew, and how much it holds
    /// these, if it does.
    pub fn note(&self) -> Value {
        let mut note = json!({
            "model": self.fingerprint,
            "known_users": self.known_users(),
            "known_items": self.known_items(),
        });
        match self.anchor() {
            // JSON has no infinity.
            Some(f32::INFINITY) => note["anchor"] = "inf".into(),
            Some(weight) => note["anchor"] = as_written(&weight),
            None => {}
        }
        note
    }
}

/// The state of a training between two rounds: lists of numbers by name, which its engine alone
/// understands. All that decides the rest of the training beside data and parameters is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub(crate) tensors: BTreeMap<String, Tensor>,
}

impl State {
    /// Adds a list, or replaces it.
    pub fn put<T: Element>(&mut self, name: impl Into<String>, values: Vec<T>) {
        self.tensors.insert(name.into(), Tensor::new(&[values.len()], values));
    }

    /// Whether there is a list of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// A list.
    ///
    /// # Errors
    /// [`TrainingError::State`] if there is none of this name, or it is of another type.
    pub fn get<T: Element>(&self, name: &str) -> Result<&[T], TrainingError> {
        let tensor = self.tensors.get(name).ok_or_else(|| wrong(name, "is missing"))?;
        tensor.values().ok_or_else(|| wrong(name, "is of another type"))
    }

    /// A list of this length.
    ///
    /// # Errors
    /// As for [`State::get`], and if it has another length.
    pub fn get_all<T: Element>(&self, name: &str, len: usize) -> Result<&[T], TrainingError> {
        let values = self.get(name)?;
        match values.len() == len {
            true => Ok(values),
            false => Err(wrong(name, format!("has {} numbers, not {len}", values.len()))),
        }
    }

    /// A list of one number.
    ///
    /// # Errors
    /// As for [`State::get_all`].
    pub fn get_one<T: Element>(&self, name: &str) -> Result<T, TrainingError> {
        Ok(self.get_all(name, 1)?[0])
    }
}

fn wrong(name: &str, reason: impl Into<String>) -> TrainingError {
    TrainingError::State { name: name.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_gives_what_was_put_and_says_what_does_not_fit() {
        let mut state = State::default();
        state.put("a", vec![1u64]);
        state.put("b", vec![0.5f32, -0.0]);
        assert_eq!(state.get_one::<u64>("a"), Ok(1));
        assert_eq!(state.get::<f32>("b").unwrap().iter().map(|x| x.to_bits()).max(), Some(1 << 31));
        assert!(state.has("b") && !state.has("c"));
        let said = |result: Result<&[f32], TrainingError>| result.unwrap_err().to_string();
        let start = "the state to go on from does not fit: ";
        assert_eq!(said(state.get("c")), format!("{start}`c` is missing"));
        assert_eq!(said(state.get("a")), format!("{start}`a` is of another type"));
        assert_eq!(said(state.get_all("b", 3)), format!("{start}`b` has 2 numbers, not 3"));
    }
}
