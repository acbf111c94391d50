//! Parameters that can't be.

/// A parameter that is out of its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[error("{name} is {value}: it is {range}")]
pub struct Error {
    /// Which it is.
    pub name: &'static str,
    /// What it was set to.
    pub value: f64,
    /// What it may be.
    pub range: &'static str,
}
