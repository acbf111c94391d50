//! A key that is sent and never shown.

use std::fmt;

use serde_json::Value;

use crate::Error;

/// What stands in its place.
const HIDDEN: &str = "***";

/// A key. Neither `Debug` nor any error, cache or note has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A key as it was typed, without blanks around it.
    ///
    /// # Errors
    /// [`Error::Key`] if it is empty, or has a character that no header can have.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        match text {
            "" => Err(Error::Key { problem: "is empty" }),
            text if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(Error::Key { problem: "has a blank or a character that is not ASCII" })
            }
            text => Ok(Self(text.to_owned())),
        }
    }

    /// For the one header that it is for.
    #[cfg(feature = "http")]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// A text without the key.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.replace(&self.0, HIDDEN)
    }

    /// Plain data without the key.
    pub(crate) fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hide(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.hide_in(value)),
            Value::Object(map) => {
                let fields = std::mem::take(map).into_iter();
                map.extend(fields.map(|(name, mut value)| {
                    self.hide_in(&mut value);
                    (self.hide(&name), value)
                }));
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_no_text() {
        let key = Secret::new(" sk-1\n").unwrap();
        assert_eq!(format!("{key:?} {:?}", Some(&key)), "*** Some(***)");
        assert_eq!(key.hide("wrong key sk-1!"), "wrong key ***!");
        let mut value = serde_json::json!({ "sk-1": ["a", { "b": "xsk-1x" }, 1] });
        key.hide_in(&mut value);
        assert_eq!(value, serde_json::json!({ "***": ["a", { "b": "x***x" }, 1] }));
    }

    #[test]
    fn a_key_can_stand_in_a_header() {
        for (text, said) in
            [("", "empty"), (" \n", "empty"), ("a b", "blank"), ("schlüssel", "ASCII")]
        {
            assert!(Secret::new(text).unwrap_err().to_string().contains(said), "{text:?}");
        }
    }
}
