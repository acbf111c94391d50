//! Between a model's parts and the tensors of its file.

use crate::file::{Info, ModelFile};
use crate::{Error, Tensor, storage};
use bytemuck::cast_slice;
use foretaste_data::{IdTable, IdView, Interactions, ItemId};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Numbers are stored as they lie in memory, which must be the file's little-endian order.
const _: () = assert!(cfg!(target_endian = "little"), "model files need a little-endian machine");

type Views<'a> = Vec<(String, TensorView<'a>)>;

/// What the pairs that users have had are called in the file.
const SEEN: &str = "seen";
const NOT_POSITIVE: &str = "seen.not_positive";
const OTHERS: &str = "seen.others";

/// Pairs with their items as plain numbers.
pub(crate) struct Rows<'a> {
    name: &'static str,
    starts: &'a [usize],
    items: Vec<u32>,
    weights: Option<&'a [f32]>,
}

impl<'a> Rows<'a> {
    /// All pairs of a model that there are.
    pub(crate) fn of(model: &'a ModelFile) -> Vec<Self> {
        let all = [
            (SEEN, Some(&model.seen)),
            (NOT_POSITIVE, model.not_positive.as_ref()),
            (OTHERS, model.others.as_ref()),
        ];
        let rows = |(name, pairs): (_, Option<&'a Interactions>)| {
            let pairs = pairs?;
            let items = pairs.items().iter().map(|item| item.0).collect();
            // Of the others nobody asks for them.
            let weights = pairs.weights().filter(|_| name == SEEN);
            Some(Self { name, starts: pairs.starts(), items, weights })
        };
        all.into_iter().filter_map(rows).collect()
    }
}

/// The tensors of a model, whose pairs are `seen`.
pub(crate) fn views<'a>(
    model: &'a ModelFile,
    tensors: &'a BTreeMap<String, Cow<'a, Tensor>>,
    seen: &'a [Rows<'a>],
) -> Result<Views<'a>, Error> {
    let mut views = Vec::new();
    for (name, tensor) in tensors {
        if ["users.", "items.", "seen."].iter().any(|own| name.starts_with(own)) {
            return Err(wrong(name, "is a name that the file keeps for itself"));
        }
        tensor.check_finite().map_err(|reason| wrong(name, reason))?;
        push(&mut views, name, tensor.dtype(), tensor.shape().to_vec(), tensor.bytes())?;
    }
    push_ids(&mut views, "users", &model.users)?;
    push_ids(&mut views, "items", &model.items)?;
    for Rows { name, starts, items, weights } in seen {
        let lengths = (vec![starts.len()], vec![items.len()]);
        push(&mut views, &format!("{name}.starts"), Dtype::U64, lengths.0, cast_slice(starts))?;
        let length = lengths.1.clone();
        push(&mut views, &format!("{name}.items"), Dtype::U32, lengths.1, cast_slice(items))?;
        if let Some(weights) = weights {
            push(&mut views, &weights_of(name), Dtype::F32, length, cast_slice(weights))?;
        }
    }
    Ok(views)
}

fn push<'a>(
    views: &mut Views<'a>,
    name: &str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: &'a [u8],
) -> Result<(), Error> {
    let view = TensorView::new(dtype, shape, bytes).map_err(|e| wrong(name, e))?;
    views.push((name.to_owned(), view));
    Ok(())
}

fn push_ids<'a>(views: &mut Views<'a>, side: &str, ids: &'a IdTable) -> Result<(), Error> {
    match ids.view() {
        IdView::Integers(ids) => {
            push(views, &format!("{side}.ids"), Dtype::I64, vec![ids.len()], cast_slice(ids))
        }
        IdView::Text { bytes, ends } => {
            let text = format!("{side}.text");
            push(views, &text, Dtype::U8, vec![bytes.len()], bytes.as_bytes())?;
            push(views, &format!("{side}.ends"), Dtype::U64, vec![ends.len()], cast_slice(ends))
        }
    }
}

/// A model from its information and tensors.
pub(crate) fn parse(info: Info, views: Views<'_>) -> Result<ModelFile, Error> {
    let mut views: BTreeMap<String, TensorView<'_>> = views.into_iter().collect();
    let (users, items) = (take_ids(&mut views, "users")?, take_ids(&mut views, "items")?);
    let shape = (users.len(), items.len());
    let seen = take_pairs(&mut views, SEEN, shape)?;
    let mut more = |name: &str| {
        let is_there = views.contains_key(&format!("{name}.starts"));
        is_there.then(|| take_pairs(&mut views, name, shape)).transpose()
    };
    let (not_positive, others) = (more(NOT_POSITIVE)?, more(OTHERS)?);
    let mut tensors = BTreeMap::new();
    for (name, view) in views {
        let read = Tensor::from_bytes(view.dtype(), view.shape(), view.data());
        let sound = read.and_then(|tensor| tensor.check_finite().map(|()| tensor));
        tensors.insert(name.clone(), sound.map_err(|reason| wrong(&name, reason))?);
    }
    let tensors = storage::unpack(info.storage, tensors)?;
    Ok(ModelFile { info, users, items, seen, not_positive, others, tensors })
}

fn take_pairs(
    views: &mut BTreeMap<String, TensorView<'_>>,
    name: &str,
    (n_users, n_items): (usize, usize),
) -> Result<Interactions, Error> {
    let (starts_name, items_name) = (format!("{name}.starts"), format!("{name}.items"));
    let starts = take(views, &starts_name, Dtype::U64, u64::from_le_bytes)?;
    let items = take(views, &items_name, Dtype::U32, u32::from_le_bytes)?;
    if starts.len() != n_users + 1 {
        return Err(wrong(&starts_name, "does not fit the users"));
    }
    let starts = starts.into_iter().map(|start| start as usize).collect();
    let items = items.into_iter().map(ItemId).collect();
    let pairs =
        Interactions::from_rows(starts, items, n_items).map_err(|e| wrong(&items_name, e))?;
    let weights_name = weights_of(name);
    if !views.contains_key(&weights_name) {
        return Ok(pairs);
    }
    let weights = take(views, &weights_name, Dtype::F32, f32::from_le_bytes)?;
    match weights.iter().all(|weight| weight.is_finite() && *weight > 0.0) {
        true => pairs.with_weights(weights).map_err(|e| wrong(&weights_name, e)),
        false => Err(wrong(&weights_name, "has a number that is no weight")),
    }
}

/// What the weights of pairs are called.
fn weights_of(name: &str) -> String {
    format!("{name}.weights")
}

fn take<const N: usize, T>(
    views: &mut BTreeMap<String, TensorView<'_>>,
    name: &str,
    dtype: Dtype,
    number: fn([u8; N]) -> T,
) -> Result<Vec<T>, Error> {
    let view = views.remove(name).ok_or_else(|| wrong(name, "is missing"))?;
    numbers(name, &view, dtype, number)
}

fn numbers<const N: usize, T>(
    name: &str,
    view: &TensorView<'_>,
    dtype: Dtype,
    number: fn([u8; N]) -> T,
) -> Result<Vec<T>, Error> {
    if view.dtype() != dtype {
        return Err(wrong(name, format!("is {:?}, not {dtype:?}", view.dtype())));
    }
    Ok(view.data().as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect())
}

fn take_ids(views: &mut BTreeMap<String, TensorView<'_>>, side: &str) -> Result<IdTable, Error> {
    let (ids, text) = (format!("{side}.ids"), format!("{side}.text"));
    let table = if views.contains_key(&ids) {
        IdTable::from_sorted_integers(take(views, &ids, Dtype::I64, i64::from_le_bytes)?)
    } else {
        let bytes = take(views, &text, Dtype::U8, |[byte]: [u8; 1]| byte)?;
        let bytes = String::from_utf8(bytes).map_err(|e| wrong(&text, e))?;
        let ends = take(views, &format!("{side}.ends"), Dtype::U64, u64::from_le_bytes)?;
        IdTable::from_sorted_text(bytes, ends)
    };
    table.ok_or_else(|| wrong(&ids, "ids are not sorted and distinct"))
}

fn wrong(name: &str, reason: impl ToString) -> Error {
    Error::Tensor { name: name.into(), reason: reason.to_string() }
}
