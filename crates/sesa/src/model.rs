//! The model: factors whose numbers have names.

use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::FactorModel;
use foretaste_model::{
    Error, Explanation, FoldInError, Histories, Model, ModelFile, Products, Scorer, Tensor,
};
use ndarray::{ArrayView2, ArrayViewMut2};
use std::collections::BTreeMap;

/// The tensor of the names of the dimensions, one after the other in UTF-8.
const TEXT: &str = "tag_names.text";
/// Where each ends.
const ENDS: &str = "tag_names.ends";

/// Rows of users and items of which each number is of a tag, and none is below 0.
#[derive(Clone, Debug)]
pub struct SesaModel {
    model: FactorModel,
    names: Vec<String>,
}

impl SesaModel {
    pub(crate) fn new(model: FactorModel, names: Vec<String>) -> Self {
        Self { model, names }
    }

    /// Takes the model out of its file, but for the way to fold in.
    pub(crate) fn from_file(file: &mut ModelFile) -> Result<(FactorModel, Vec<String>), Error> {
        let (_, text) = file.take::<u8>(TEXT, &[None])?;
        let (_, ends) = file.take::<u64>(ENDS, &[None])?;
        let names = names_of(&text, &ends)
            .ok_or_else(|| Error::Tensor { name: ENDS.into(), reason: "has no names".into() })?;
        let model = FactorModel::from_file(file)?;
        let width = model.factors().items.widths()[0];
        if width != names.len() {
            let reason = format!("has {} names, for {width} dimensions", names.len());
            return Err(Error::Tensor { name: ENDS.into(), reason });
        }
        Ok((model, names))
    }

    /// What the dimensions are called, in the order of [`Scorer::item_vectors`]' columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

fn names_of(text: &[u8], ends: &[u64]) -> Option<Vec<String>> {
    let mut start = 0;
    let mut name = |&end: &u64| {
        let end = usize::try_from(end).ok()?;
        let bytes = text.get(std::mem::replace(&mut start, end)..end)?;
        Some(std::str::from_utf8(bytes).ok()?.to_owned())
    };
    ends.iter().map(&mut name).collect()
}

impl Scorer for SesaModel {
    fn n_users(&self) -> usize {
        self.model.n_users()
    }

    fn n_items(&self) -> usize {
        self.model.n_items()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.model.score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        self.model.products()
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.model.item_vectors()
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.model.user_vectors()
    }
}

impl Model for SesaModel {
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let mut tensors = self.model.tensors();
        let text = self.names.concat().into_bytes();
        let ends: Vec<u64> = (self.names.iter())
            .scan(0, |end, name| {
                *end += name.len() as u64;
                Some(*end)
            })
            .collect();
        tensors.insert(TEXT.into(), Tensor::new(&[text.len()], text));
        tensors.insert(ENDS.into(), Tensor::new(&[ends.len()], ends));
        tensors
    }

    fn is_flat(&self) -> bool {
        self.model.is_flat()
    }

    fn fold_in(&self, histories: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        self.model.fold_in(histories)
    }

    /// The tags in their order, then the popularity of the item: summed so in f32 they are the score, to the
    /// bit, since that is how it is summed. Tags that bring nothing are left out.
    fn explain(&self, user: UserId, item: ItemId, _: &Interactions) -> Option<Explanation> {
        let factors = self.model.factors();
        let (users, items) = (factors.users.view(0), factors.items.view(0));
        let rows = users.row(user.index()).into_iter().zip(items.row(item.index()));
        let terms = self.names.iter().zip(rows).map(|(name, (u, i))| (name.clone(), u * i));
        let mut terms: Vec<(String, f32)> = terms.filter(|(_, value)| *value != 0.0).collect();
        let bias = factors.biases[0].of(user.index(), item.index());
        if bias != 0.0 {
            terms.push(("popularity of the item".to_owned(), bias));
        }
        Some(Explanation { terms, ..Explanation::default() })
    }
}

#[cfg(test)]
mod tests;
