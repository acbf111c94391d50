//! What is known of a parameter: described once, at its field.

use crate::{Range, TrainingError};
use serde_json::Value;
use std::borrow::Cow;

/// A parameter of a method, described.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name; with a dot where it is part of another (`bias.item`).
    pub name: Cow<'static, str>,
    /// What the paper calls it; empty if nothing.
    pub symbol: &'static str,
    /// What it is where nothing else is given; null if nothing is.
    pub default: Value,
    /// What it may be.
    pub range: Range,
    /// What it does, in a sentence; empty if that is not described.
    pub meaning: String,
    /// Where it is from; empty if from where the method is.
    pub source: &'static str,
}

impl Parameter {
    /// A parameter and what it does.
    pub fn new(name: impl Into<Cow<'static, str>>, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), meaning: meaning.into(), ..Self::default() }
    }

    /// The same with what it may be.
    pub fn range(self, range: Range) -> Self {
        Self { range, ..self }
    }

    /// The same as a part of another.
    #[doc(hidden)]
    pub fn within(self, whole: &str) -> Self {
        Self { name: format!("{whole}.{}", self.name).into(), ..self }
    }

    /// The same with the paper's symbol.
    pub fn symbol(self, symbol: &'static str) -> Self {
        Self { symbol, ..self }
    }

    /// The same with where it is from.
    pub fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// Checks the value of this name among those of a method.
    pub(crate) fn check_in(&self, parameters: &Value) -> Result<(), TrainingError> {
        match at(parameters, &self.name) {
            Value::String(text) => self.range.check(self.name.clone(), text),
            value @ Value::Number(number) => {
                // A whole number has no point, whatever type it came from.
                let short = number.as_f64().filter(|_| value.is_f64());
                let text = short.map_or_else(|| number.to_string(), |number| number.to_string());
                self.range.check(self.name.clone(), text)
            }
            Value::Bool(is) => self.range.check(self.name.clone(), is),
            Value::Null | Value::Array(_) | Value::Object(_) => Ok(()),
        }
    }
}

/// All parameters of a method: what is described, in its order, then what has a default alone.
///
/// What has no default is no parameter, but for parts of what is absent by default.
pub(crate) fn with_defaults(described: Vec<Parameter>, defaults: &Value) -> Vec<Parameter> {
    let mut names = Vec::new();
    collect_names(defaults, "", &described, &mut names);
    let has = |name: &str| names.iter().any(|known| known == name);
    let mut all = described;
    all.retain(|one| has(&one.name) || one.name.rsplit_once('.').is_some_and(|(of, _)| has(of)));
    for name in names {
        if all.iter().all(|one| one.name != name) {
            all.push(Parameter::new(name, ""));
        }
    }
    all.iter_mut().for_each(|one| one.default = at(defaults, &one.name).clone());
    all
}

/// The names of all values, parts of others by their own.
fn collect_names(value: &Value, path: &str, described: &[Parameter], names: &mut Vec<String>) {
    let whole = |path: &str| {
        let parts = format!("{path}.");
        let is = |of: &dyn Fn(&str) -> bool| described.iter().any(|one| of(&one.name));
        is(&|name| name == path) && !is(&|name| name.starts_with(&parts))
    };
    match value {
        Value::Object(entries) if path.is_empty() || !(entries.is_empty() || whole(path)) => {
            for (name, value) in entries {
                let name = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect_names(value, &name, described, names);
            }
        }
        _ => names.push(path.to_owned()),
    }
}

/// The value at the end of a path with dots; null if there is none.
fn at<'a>(parameters: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(parameters, |value, name| &value[name])
}

/// Parameters that are described at their fields, by [`parameters!`](crate::parameters).
pub trait Described {
    /// What is known of each parameter, the default excepted.
    fn described() -> Vec<Parameter>;

    /// Checks every number against its range.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] naming the first that is outside.
    fn check_ranges(&self) -> Result<(), TrainingError>;
}

/// The first paragraph of a documentation, given line by line, in a line.
#[doc(hidden)]
pub fn meaning(lines: &[&str]) -> String {
    let lines = lines.iter().map(|line| line.trim());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The same parameters, some with another range: what a method knows less of than others.
pub fn narrowed(
    mut parameters: Vec<Parameter>,
    narrow: impl IntoIterator<Item = (&'static str, Range)>,
) -> Vec<Parameter> {
    for (name, range) in narrow {
        parameters.iter_mut().filter(|one| one.name == name).for_each(|one| {
            one.range = range.clone();
        });
    }
    parameters
}

/// Checks those that are parts of the parameter `whole`, if there are any.
#[doc(hidden)]
pub fn check_parts<'a, T: Described + 'a>(
    whole: &str,
    parts: impl Into<Option<&'a T>>,
) -> Result<(), TrainingError> {
    let Some(parts) = parts.into() else { return Ok(()) };
    parts.check_ranges().map_err(|error| match error {
        TrainingError::Parameter { name, rule, value } => {
            TrainingError::parameter(format!("{whole}.{name}"), rule, value)
        }
        other => other,
    })
}

/// Defines a struct of parameters, and what is known of them: [`Described`](crate::Described) is
/// implemented from what stands at the fields.
///
/// The first paragraph of a field's documentation is its meaning, for people who use a command line.
/// Between it and `#[serde(…)]`, in this order, there may be
///
/// - `#[symbol("K")]`, the paper's;
/// - `#[range(above(0).at_most(10))]` of a number, made by [`above`](crate::above) or
///   [`at_least`](crate::at_least): [`check_ranges`](crate::Described::check_ranges) checks it;
/// - `#[values(among(["sgd", "adagrad"]))]`, or [`forms`](crate::forms), where the type itself
///   refuses all else;
/// - `#[parts(Bias)]` of a `Bias` or `Option<Bias>` that was defined so, too;
/// - `#[source("…")]`, where it is not the method's.
///
/// Fields whose own fields stand among the others come last, marked by `#[flatten]`; it may narrow the
/// ranges of some: `#[flatten(factors: at_least(1).at_most(256))]`.
///
/// ```
/// use foretaste_model::{Described, parameters};
///
/// parameters! {
///     /// What a method may be told.
///     #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
///     pub struct Parameters {
///         /// How much it counts against an item that many have it.
///         #[symbol("α")]
///         #[range(at_least(0).at_most(1))]
///         pub normalise: f32,
///     }
/// }
///
/// assert_eq!(Parameters::described()[0].range.to_string(), "from 0 to 1");
/// let error = Parameters { normalise: 2.0 }.check_ranges().unwrap_err();
/// assert_eq!(error.to_string(), "normalise must be from 0 to 1, not 2");
/// ```
#[macro_export]
macro_rules! parameters {
    (
        $(#[$outer:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[symbol($symbol:literal)])?
                $(#[range($range:expr)])?
                $(#[values($values:expr)])?
                $(#[parts($parts:ty)])?
                $(#[source($source:literal)])?
                $(#[serde($($serde:tt)*)])?
                $field_vis:vis $field:ident: $type:ty,
            )*
            $(
                #[flatten $(($($part:ident: $narrow:expr),+))?]
                $(#[doc = $flat_doc:literal])+
                $flat_vis:vis $flat:ident: $flat_type:ty,
            )*
        }
    ) => {
        $(#[$outer])*
        $vis struct $name {
            $(
                $(#[doc = $doc])+
                $(#[serde($($serde)*)])?
                $field_vis $field: $type,
            )*
            $(
                $(#[doc = $flat_doc])+
                #[serde(flatten)]
                $flat_vis $flat: $flat_type,
            )*
        }

        impl $crate::Described for $name {
            fn described() -> Vec<$crate::Parameter> {
                #[allow(unused_imports, reason = "not all parameters have ranges")]
                use $crate::{above, among, at_least, forms};
                #[allow(unused_mut, reason = "some have no parameters")]
                let mut all: Vec<$crate::Parameter> = Vec::new();
                $(
                    let meaning = $crate::meaning(&[$($doc),+]);
                    all.push(
                        $crate::Parameter::new(stringify!($field), meaning)
                            $(.range($range))?
                            $(.range($values))?
                            $(.symbol($symbol))?
                            $(.source($source))?,
                    );
                    $(
                        let parts = <$parts as $crate::Described>::described().into_iter();
                        all.extend(parts.map(|part| part.within(stringify!($field))));
                    )?
                )*
                $(
                    let more = <$flat_type as $crate::Described>::described();
                    $(
                        let narrow = [$((stringify!($part), $narrow)),+];
                        let more = $crate::narrowed(more, narrow);
                    )?
                    all.extend(more);
                )*
                all
            }

            fn check_ranges(&self) -> Result<(), $crate::TrainingError> {
                #[allow(unused_imports, reason = "not all parameters have ranges")]
                use $crate::{above, among, at_least, forms};
                $(
                    $($range.check(stringify!($field), &self.$field)?;)?
                    $($crate::check_parts::<$parts>(stringify!($field), &self.$field)?;)?
                )*
                $(
                    $($($narrow.check(stringify!($part), &self.$flat.$part)?;)+)?
                    $crate::Described::check_ranges(&self.$flat)?;
                )*
                Ok(())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{among, at_least};
    use serde_json::json;

    #[test]
    fn what_is_not_described_has_a_name_and_a_default() {
        let defaults = json!({ "k": 3, "part": { "a": 0.5, "b": { "c": "x" } }, "none": null });
        let named = |all: Vec<Parameter>| -> Vec<(String, Value)> {
            all.into_iter().map(|one| (one.name.into(), one.default)).collect()
        };
        let all = |pairs: &[(&str, Value)]| -> Vec<(String, Value)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let (k, a, c) = (("k", json!(3)), ("part.a", json!(0.5)), ("part.b.c", json!("x")));
        let none = ("none", Value::Null);
        let expected = all(&[k.clone(), none.clone(), a.clone(), c.clone()]);
        let mut found = named(with_defaults(Vec::new(), &defaults));
        found.sort_by_key(|(name, _)| expected.iter().position(|(known, _)| known == name));
        assert_eq!(found, expected);
        // What is described comes first, a whole as one, parts of what is absent by their own.
        let described = ["part.b", "none", "none.x", "gone", "gone.x"];
        let described = described.map(|name| Parameter::new(name, "It matters.")).to_vec();
        let b = ("part.b", json!({ "c": "x" }));
        let expected = all(&[b, none, ("none.x", Value::Null), k, a]);
        assert_eq!(named(with_defaults(described, &defaults)), expected);
    }

    #[test]
    fn values_are_checked_where_they_stand() {
        let check = |range: &Range, value: Value| {
            let one = Parameter::new("part.a", "").range(range.clone());
            one.check_in(&json!({ "part": { "a": value } })).map_err(|error| error.to_string())
        };
        let numbers = at_least(0).at_most(2);
        for value in [json!(0), json!(2.0), json!(0.1), Value::Null] {
            assert_eq!(check(&numbers, value), Ok(()));
        }
        for (value, text) in
            [(json!(3.0), "3"), (json!(-1), "-1"), (json!(u64::MAX), "18446744073709551615")]
        {
            let said = format!("part.a must be from 0 to 2, not {text}");
            assert_eq!(check(&numbers, value), Err(said));
        }
        let words = among(["x", "true"]);
        assert_eq!(check(&words, json!("x")).and(check(&words, json!(true))), Ok(()));
        assert_eq!(check(&words, json!("y")), Err("part.a must be `x` or `true`, not y".into()));
        let absent = Parameter::new("other.a", "").range(numbers);
        assert_eq!(absent.check_in(&json!({ "part": 1 })), Ok(()));
    }

    parameters! {
        /// Described in full.
        #[derive(serde::Serialize)]
        struct Whole {
            /// What the row says,
            /// over two lines.
            ///
            /// This is for readers of the code.
            #[symbol("η")]
            #[range(above(0).at_most(1))]
            #[source("somebody")]
            rate: f32,
            /// A part.
            #[parts(Part)]
            part: Option<Part>,
            #[flatten(size: at_least(1).at_most(2))]
            /// More.
            more: More,
        }
    }

    parameters! {
        /// A part of it.
        #[derive(serde::Serialize)]
        struct Part {
            /// Its only field.
            #[range(at_least(0))]
            only: f32,
        }
    }

    parameters! {
        /// What stands among the others.
        #[derive(serde::Serialize)]
        struct More {
            /// How large.
            #[range(at_least(1).at_most(9))]
            size: u32,
        }
    }

    #[test]
    fn fields_are_described_and_checked() {
        let all = Whole::described();
        let names: Vec<&str> = all.iter().map(|one| &*one.name).collect();
        assert_eq!(names, ["rate", "part", "part.only", "size"]);
        assert_eq!(all[0].meaning, "What the row says, over two lines.");
        assert_eq!((all[0].symbol, all[0].source, all[3].symbol), ("η", "somebody", ""));
        assert_eq!(all[3].range, at_least(1).at_most(2));
        let said = |rate, only: Option<f32>, size| {
            let (part, more) = (only, More { size });
            let whole = Whole { rate, part: part.map(|only| Part { only }), more };
            whole.check_ranges().map_err(|error| error.to_string())
        };
        assert_eq!(said(1.0, None, 2).and(said(0.5, Some(0.0), 1)), Ok(()));
        for (found, expected) in [
            (said(f32::NAN, None, 1), "rate must be above 0 and at most 1, not NaN"),
            (said(1.0, Some(f32::INFINITY), 1), "part.only must be at least 0, not inf"),
            (said(1.0, Some(-1.0), 1), "part.only must be at least 0, not -1"),
            (said(1.0, None, 3), "size must be from 1 to 2, not 3"),
        ] {
            assert_eq!(found, Err(expected.to_owned()));
        }
    }
}
