//! The method with legal parameters.

use crate::concepts::Concepts;
use crate::fold::ByHistory;
use crate::trainer::Trainer;
use crate::{Params, SesaModel};
use foretaste_data::Dataset;
use foretaste_mf::{Biases, Error, Factors, Monitor, Start, Table, train_epochs};
use foretaste_model::Fitted;

/// SESA with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct Sesa {
    pub(crate) params: Params,
}

impl Sesa {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Trains on `data` with the tags of its items, and their vectors, if they have some; in parallel on the
    /// current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions, [`Error::Method`] without tags, or if no tag has as many items
    /// as a dimension needs; otherwise as for [`train_epochs`].
    pub fn fit(
        &self,
        data: &Dataset,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, Error> {
        let pairs = data.interactions();
        if pairs.nnz() == 0 {
            return Err(Error::NoData { reason: "no interactions" });
        }
        let concepts = Concepts::of(data, &self.params)?;
        let widths = [concepts.len(); 2];
        let items = Biases { items: vec![0.0; pairs.n_items()], ..Biases::default() };
        let factors = Factors {
            users: Table::zeros(pairs.n_users(), &widths),
            items: Table::zeros(pairs.n_items(), &widths),
            biases: vec![items, Biases::default()],
        };
        let training = self.params.training(concepts.len());
        let mut trainer = Trainer::new(pairs, &self.params, &concepts);
        let trained = train_epochs(factors, &training, start.state, monitor, &mut trainer)?;
        let (names, fold_in) = (concepts.names.clone(), ByHistory::new(&self.params));
        let fitted = trained.fitted(|model| SesaModel::new(model.with_fold_in(fold_in), names));
        let notes = [
            ("tags", concepts.len()),
            ("tags_left_out", concepts.left_out),
            ("items_without_tags", concepts.without_tags()),
        ];
        Ok(notes.into_iter().fold(fitted, |fitted, (name, n)| fitted.with_number(name, n as f32)))
    }
}
