//! Factors that go on: into a state and back, and from an earlier model into a new training.

use crate::{Bias, Biases, Error, Factors, Table};
use foretaste_model::{Concern, State, WarmStart};

/// The name of a channel's list.
fn list(prefix: &str, name: &str, channel: usize) -> String {
    format!("{prefix}{name}.{channel}")
}

impl Factors {
    /// Adds all numbers to a state, under names that start with `prefix`.
    pub(crate) fn save(&self, prefix: &str, state: &mut State) {
        for (channel, biases) in self.biases.iter().enumerate() {
            let mut put = |name, values| state.put(list(prefix, name, channel), values);
            put("users", self.users.to_rows(channel));
            put("items", self.items.to_rows(channel));
            put("user_biases", biases.users.clone());
            put("item_biases", biases.items.clone());
            put("global_bias", vec![biases.global]);
        }
    }

    /// Takes all numbers from a state, for factors of this shape.
    pub(crate) fn restore(&mut self, prefix: &str, state: &State) -> Result<(), Error> {
        let Self { users, items, biases } = self;
        for (channel, biases) in biases.iter_mut().enumerate() {
            let get = |name, len| state.get_all::<f32>(&list(prefix, name, channel), len);
            let fill = |table: &mut Table, name| {
                let len = table.rows() * table.widths()[channel];
                table.fill(channel, get(name, len)?);
                Ok::<_, Error>(())
            };
            fill(users, "users")?;
            fill(items, "items")?;
            let Biases { users, items, global } = biases;
            let (n_users, n_items) = (users.len(), items.len());
            users.copy_from_slice(get("user_biases", n_users)?);
            items.copy_from_slice(get("item_biases", n_items)?);
            *global = get("global_bias", 1)?[0];
        }
        Ok(())
    }

    /// Takes rows and biases of the users and items whom an earlier model knew, in the first
    /// `channels`; the others stay as they are.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Method`] if the model has factors of another shape, or none.
    pub fn carry(&mut self, warm: &WarmStart, channels: usize) -> Result<(), Error> {
        let refused = |message: String| Error::Method {
            concern: Concern::Parameters,
            message,
            help: Some("start from a model of the same method and parameters".to_owned()),
        };
        let old = Self::from_file(&mut warm.model())
            .map_err(|error| refused(format!("the model to start from: {error}")))?;
        if old.channels() != self.channels() {
            let (found, own) = (old.channels(), self.channels());
            let message = format!("the model to start from has {found} kinds of rows, not {own}");
            return Err(refused(message));
        }
        for channel in 0..channels {
            let (own, found) = (self.users.widths()[channel], old.users.widths()[channel]);
            let rule = format!("{found}, as in the model to start from");
            match channel {
                0 => Error::unless(own == found, "factors", rule, own)?,
                _ if own != found => {
                    let message = format!("rows of the second kind must be {rule}, not {own}");
                    return Err(refused(message));
                }
                _ => {}
            }
            let (own, found) = (has(&self.biases[channel]), has(&old.biases[channel]));
            let rule = format!("{found}, as in the model to start from");
            Error::unless(own == found, "bias", rule, own)?;
        }
        for channel in 0..channels {
            carry_rows(&mut self.users, &old.users, warm.users(), channel);
            carry_rows(&mut self.items, &old.items, warm.items(), channel);
            let (own, old) = (&mut self.biases[channel], &old.biases[channel]);
            carry_numbers(&mut own.users, &old.users, warm.users());
            carry_numbers(&mut own.items, &old.items, warm.items());
            own.global = old.global;
        }
        Ok(())
    }
}

/// Which biases there are, but for the one of all pairs, which may be 0.
fn has(biases: &Biases) -> Bias {
    Bias { user: !biases.users.is_empty(), item: !biases.items.is_empty(), global: false }
}

fn carry_rows(own: &mut Table, old: &Table, known: &[Option<u32>], channel: usize) {
    let (rows, width) = (old.to_rows(channel), old.widths()[channel]);
    for (row, before) in known.iter().enumerate() {
        if let Some(before) = before {
            let start = *before as usize * width;
            own.set(row, channel, &rows[start..start + width]);
        }
    }
}

/// Takes the numbers of those who were known, if each has one.
///
/// # Panics
/// If there are `own`, and fewer `old` than were known.
pub fn carry_numbers(own: &mut [f32], old: &[f32], known: &[Option<u32>]) {
    for (own, before) in own.iter_mut().zip(known) {
        if let Some(before) = before {
            *own = old[*before as usize];
        }
    }
}
