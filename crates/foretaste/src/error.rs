//! What can go wrong in training by name and in loading models.

/// An error of [`Method`](crate::Method) or [`Recommender`](crate::Recommender).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No method has this name.
    #[error("there is no method `{name}`; there are {known}")]
    UnknownMethod {
        /// What was asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// A parameter, or the training itself.
    #[error(transparent)]
    Training(#[from] foretaste_mf::Error),
    /// Propensities, or a parameter of a method that uses them.
    #[error(transparent)]
    RelMf(foretaste_relmf::Error),
    /// A model file.
    #[error(transparent)]
    Model(#[from] foretaste_model::Error),
}

impl From<foretaste_relmf::Error> for Error {
    fn from(error: foretaste_relmf::Error) -> Self {
        match error {
            foretaste_relmf::Error::Training(error) => Self::Training(error),
            error => Self::RelMf(error),
        }
    }
}
