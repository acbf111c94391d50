//! What can go wrong with a [`Recommender`](crate::Recommender).

/// An error of [`Recommender`](crate::Recommender).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter, or the training itself.
    #[error(transparent)]
    Training(#[from] foretaste_model::TrainingError),
    /// A model file.
    #[error(transparent)]
    Model(#[from] foretaste_model::Error),
    /// Users can't be folded in.
    #[error(transparent)]
    FoldIn(#[from] foretaste_model::FoldInError),
    /// A model that can't be made smaller.
    #[error(transparent)]
    Compress(#[from] crate::CompressError),
    /// Models that can't be aligned.
    #[error(transparent)]
    Align(#[from] crate::AlignError),
    /// Data that does not fit.
    #[error(transparent)]
    Data(#[from] foretaste_data::Error),
}
