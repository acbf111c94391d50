//! Whether the vectors of users and items can be what a file says of them.

use super::Source;
use super::form::Data;
use crate::Error;
use foretaste::texts::Params;
use toml::Spanned;

impl Source<'_> {
    /// Refuses two sources of the same vectors, numbers that can't be, and those of what is not there.
    pub(super) fn check_vectors(&self, data: &Data) -> Result<(), Error> {
        let Data { item_texts, user_texts, item_features, user_features, .. } = data;
        let sides = [("item", item_texts, item_features), ("user", user_texts, user_features)];
        for (side, texts, vectors) in sides {
            if let Some(texts) = texts.as_ref().filter(|_| vectors.is_some()) {
                let reason = format!(
                    "{side}_texts: {side}_features are vectors of {side}s, too: leave out one of the two"
                );
                return Err(self.error(Some(texts.span()), reason, None));
            }
        }
        let no_texts = item_texts.is_none() && user_texts.is_none();
        let no_vectors = item_features.is_none() && user_features.is_none();
        for (name, number, no_use, of) in [
            ("text_numbers", &data.text_numbers, no_texts, "item_texts or user_texts"),
            ("pca", &data.pca, no_vectors, "item_features or user_features"),
        ] {
            let Some(number) = number else { continue };
            if no_use {
                let reason = format!("{name}: it is of {of}, of which there are none");
                return Err(self.error(Some(number.span()), reason, None));
            }
            self.check_number(name, number)?;
        }
        Ok(())
    }

    fn check_number(&self, name: &str, number: &Spanned<u32>) -> Result<(), Error> {
        let most = Params::MOST_NUMBERS;
        if (1..=most as u32).contains(number.get_ref()) {
            return Ok(());
        }
        let reason = format!("{name}: a whole number from 1 to {most}");
        Err(self.error(Some(number.span()), reason, None))
    }
}
