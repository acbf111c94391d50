//! What is compared: a method with its parameters, under a name.

use crate::settings::{self, Setting};
use crate::{Error, Learns, error::nearest};
use foretaste::{Method, Registry};

/// A method under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What tables and reports call it.
    pub name: String,
    /// The method with its parameters; the seed is set when it is trained.
    pub method: Method,
    /// What it learns from.
    pub learns: Learns,
}

impl Entry {
    /// Reads `bpr`, `bpr:factors=32,lr=0.05` or `small=bpr:factors=32`. Without a name of its
    /// own, it is called what it was written as. `feedback_as`, `feedback_weights` and
    /// `shuffled_features` among the parameters say what it learns from; if they are not there that is `learns`, as far as the method goes.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`], or what [`settings::given`] says; [`Error::Form`] if the seed is
    /// among the parameters, since a comparison has seeds of its own.
    pub fn parse(registry: &Registry, text: &str, learns: &Learns) -> Result<Self, Error> {
        let (entry, settings) = Self::with_settings(registry, text, learns)?;
        let names = settings.iter().map(|(name, _)| name);
        settings::check_effects(names, std::slice::from_ref(&entry.method))?;
        Ok(entry)
    }

    /// The same of which parameters may be without effect, and the parameters, without those that say
    /// what is learnt from.
    ///
    /// # Errors
    /// Those of [`Entry::parse`] but [`Error::Idle`].
    pub fn with_settings(
        registry: &Registry,
        text: &str,
        learns: &Learns,
    ) -> Result<(Self, Vec<Setting>), Error> {
        let (name, spec) = named(text);
        let (method, settings) = spec.split_once(':').unwrap_or((spec, ""));
        let method = settings::method(registry, method)?;
        let mut settings =
            if settings.is_empty() { Vec::new() } else { settings::parse(settings)? };
        refuse_seed(&settings)?;
        let (method, learns) = settings::learner(&method, &mut settings, learns)?;
        Ok((Self { name: name.to_owned(), method, learns }, settings))
    }
}

/// The name that is given to a run, and the run: `small=bpr:factors=16`. Without a name, the run
/// is the name.
pub fn named(text: &str) -> (&str, &str) {
    let end = text.find(':').unwrap_or(text.len());
    match text[..end].split_once('=') {
        Some((name, _)) if !name.is_empty() => (name, &text[name.len() + 1..]),
        _ => (text, text),
    }
}

/// An error if the seed is among the settings.
pub(crate) fn refuse_seed(settings: &[Setting]) -> Result<(), Error> {
    if settings.iter().any(|(name, _)| name == settings::SEED) {
        let form = "parameters without a seed: the comparison's seeds hold for every method";
        return Err(Error::Form { text: settings::SEED.into(), form });
    }
    Ok(())
}

/// Checks that no two names are equal.
///
/// # Errors
/// [`Error::RepeatedName`].
pub fn check_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(Error::RepeatedName { name: name.into() }),
        None => Ok(()),
    }
}

/// The position of a name.
///
/// # Errors
/// [`Error::UnknownName`].
pub fn position<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> Result<usize, Error> {
    names.clone().into_iter().position(|known| known == name).ok_or_else(|| {
        let known: Vec<&str> = names.into_iter().collect();
        let hint = nearest(name, known.iter().copied());
        let known = hint.map_or(known.join(", "), |near| format!("{} ({near}?)", known.join(", ")));
        Error::UnknownName { name: name.into(), known }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Entry, Error> {
        Entry::parse(&foretaste::registry(), text, &Learns::default())
    }

    #[test]
    fn names_are_what_was_written_or_what_was_given() {
        let plain = parse("bpr:factors=8,lr=0.2").unwrap();
        let named = parse("small=bpr:factors=8,lr=0.2").unwrap();
        assert_eq!(plain.name, "bpr:factors=8,lr=0.2");
        assert_eq!(named.name, "small");
        assert_eq!(plain.method, named.method);
        assert_eq!(parse("p=popularity").unwrap().method, foretaste::method("popularity").unwrap());
        assert_eq!(parse("bpr").unwrap().name, "bpr");
    }

    #[test]
    fn seeds_and_unknown_methods_are_refused() {
        let error = parse("bpr:seed=1").unwrap_err().to_string();
        assert!(error.contains("without a seed"), "{error}");
        assert!(matches!(parse("brp:x=1"), Err(Error::UnknownMethod { .. })));
        assert!(matches!(check_names(["a", "b", "a"]), Err(Error::RepeatedName { .. })));
        assert!(position("b", ["a", "b"]).is_ok_and(|at| at == 1));
        assert!(position("c", ["a", "b"]).is_err());
    }
}
