//! Matrices of numbers in less room: fewer bits a number, and none for zeros.
//!
//! A matrix is an F32 tensor of two dimensions and at least two columns. In a file whose [`Info`](crate::Info) tells
//! of a [`Storage`], the matrix `x` is one of
//!
//! | storage | tensors | |
//! |---|---|---|
//! | `f16` | `x` F16, rows × columns | IEEE 754 half precision, rounded to the nearest, ties to even |
//! | `i8` | `x` I8, rows × columns; `x.scale` F32, rows | scale · number; the largest of a row is ±127 |
//! | sparse | `x` F32, F16 or I8, numbers; `x.kept` U8, rows × ⌈columns / 8⌉; `x.shape` U64 | bit n of a row says whether its column n has a number |
//!
//! What is read is what the numbers stand for, in f32; writing it again gives the same bytes. Python reads the
//! tensors with `safetensors.numpy.load_file` as they are.

use crate::{Error, FORMAT, Tensor};
use half::f16;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// How a model file holds matrices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The bits of a number.
    pub numbers: Precision,
    /// Whether zeros are left out.
    pub sparse: bool,
}

/// The bits of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// All 32.
    #[default]
    F32,
    /// 16, half precision: 11 bits of them say the number, the rest its size.
    F16,
    /// 8, beside a number for each row that says how large they are.
    I8,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::I8 => "i8",
        })
    }
}

impl Storage {
    /// Whether matrices are as they are in memory.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// The earliest version of the format that has it.
    pub fn format(&self) -> u32 {
        if self.is_plain() { 1 } else { FORMAT }
    }
}

type Tensors = BTreeMap<String, Tensor>;

fn kept_of(name: &str) -> String {
    format!("{name}.kept")
}

fn shape_of(name: &str) -> String {
    format!("{name}.shape")
}

fn scale_of(name: &str) -> String {
    format!("{name}.scale")
}

/// The tensors as the file holds them.
pub(crate) fn pack<'a>(
    storage: Storage,
    tensors: &'a Tensors,
) -> Result<BTreeMap<String, Cow<'a, Tensor>>, Error> {
    let mut packed = BTreeMap::new();
    for (name, tensor) in tensors {
        match matrix(tensor).filter(|_| !storage.is_plain()) {
            Some((columns, values)) => {
                let parts = pack_matrix(storage, name, columns, values)?;
                packed.extend(parts.into_iter().map(|(name, part)| (name, Cow::Owned(part))));
            }
            None => {
                packed.insert(name.clone(), Cow::Borrowed(tensor));
            }
        }
    }
    Ok(packed)
}

/// The columns and values of a matrix.
fn matrix(tensor: &Tensor) -> Option<(usize, &[f32])> {
    match (tensor.shape(), tensor.values::<f32>()) {
        (&[_, columns], Some(values)) if columns > 1 => Some((columns, values)),
        _ => None,
    }
}

fn pack_matrix(
    storage: Storage,
    name: &str,
    columns: usize,
    values: &[f32],
) -> Result<Vec<(String, Tensor)>, Error> {
    let rows = values.len() / columns;
    let mut parts = Vec::new();
    let (mut numbers, mut lengths) = (Cow::Borrowed(values), vec![columns; rows]);
    let mut shape = vec![rows, columns];
    if storage.sparse {
        let of_row = columns.div_ceil(8);
        let mut kept = vec![0u8; rows * of_row];
        for (row, bits) in values.chunks_exact(columns).zip(kept.chunks_exact_mut(of_row)) {
            for (n, _) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                bits[n / 8] |= 1 << (n % 8);
            }
        }
        let count = |bits: &[u8]| bits.iter().map(|byte| byte.count_ones() as usize).sum();
        lengths = kept.chunks_exact(of_row).map(count).collect();
        numbers = values.iter().copied().filter(|x| *x != 0.0).collect();
        shape = vec![numbers.len()];
        parts.push((kept_of(name), Tensor::new(&[rows, of_row], kept)));
        let whole = vec![rows as u64, columns as u64];
        parts.push((shape_of(name), Tensor::new(&[2], whole)));
    }
    let tensor = match storage.numbers {
        Precision::F32 => Tensor::new(&shape, numbers.into_owned()),
        Precision::F16 => {
            let halves: Vec<f16> = numbers.iter().map(|&x| f16::from_f32(x)).collect();
            if let Some(at) = halves.iter().position(|x| !x.is_finite()) {
                let reason = format!("holds {}, which half precision can't", numbers[at]);
                return Err(wrong(name, reason));
            }
            Tensor::new(&shape, halves)
        }
        Precision::I8 => {
            let (mut scales, mut bytes) = (Vec::with_capacity(rows), Vec::new());
            let mut left: &[f32] = &numbers;
            for length in lengths {
                let (row, rest) = left.split_at(length);
                let scale = scale_for(row);
                bytes
                    .extend(row.iter().map(|x| {
                        if scale > 0.0 { (x / scale).round_ties_even() as i8 } else { 0 }
                    }));
                scales.push(scale);
                left = rest;
            }
            parts.push((scale_of(name), Tensor::new(&[rows], scales)));
            Tensor::new(&shape, bytes)
        }
    };
    parts.push((name.to_owned(), tensor));
    Ok(parts)
}

/// What the numbers of a row are multiples of, so that the largest is 127 of them. It has 16 bits, so that 127 of
/// them are exact, and give this scale again.
fn scale_for(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let scale = largest / 127.0;
    let short = f32::from_bits(scale.to_bits().next_multiple_of(1 << 8));
    // The largest numbers there are have none above.
    match (short * 127.0).is_finite() {
        true => short,
        false => f32::from_bits(scale.to_bits() & !0xff),
    }
}

/// What tensors of a file stand for.
pub(crate) fn unpack(storage: Storage, mut tensors: Tensors) -> Result<Tensors, Error> {
    if storage.is_plain() {
        return Ok(tensors);
    }
    let names: Vec<String> = tensors.keys().cloned().collect();
    for name in names {
        let is_part = match storage.sparse {
            true => tensors.contains_key(&kept_of(&name)),
            false => tensors.get(&name).is_some_and(|tensor| is_of(tensor, storage.numbers)),
        };
        if is_part {
            let whole = unpack_matrix(storage, &name, &mut tensors)
                .map_err(|reason| wrong(&name, reason))?;
            tensors.insert(name, whole);
        }
    }
    Ok(tensors)
}

fn is_of(tensor: &Tensor, numbers: Precision) -> bool {
    match numbers {
        Precision::F32 => false,
        Precision::F16 => tensor.values::<f16>().is_some(),
        Precision::I8 => tensor.values::<i8>().is_some(),
    }
}

fn unpack_matrix(storage: Storage, name: &str, tensors: &mut Tensors) -> Result<Tensor, String> {
    let mut take = |name: &str| tensors.remove(name).ok_or_else(|| format!("has no {name}"));
    let packed = take(name)?;
    let (rows, columns, kept) = match storage.sparse {
        true => {
            let shape: Vec<u64> = take(&shape_of(name))?.into_values()?;
            let kept = take(&kept_of(name))?;
            let [rows, columns] = shape[..] else { return Err("has no shape of two".to_owned()) };
            let (rows, columns) = (rows as usize, columns as usize);
            // What is there bounds what is taken: a byte of bits is eight numbers.
            if kept.shape() != [rows, columns.div_ceil(8)] || columns == 0 {
                return Err("has not the bits of its shape".to_owned());
            }
            (rows, columns, Some(kept.into_values::<u8>()?))
        }
        false => match *packed.shape() {
            [rows, columns] if columns > 0 => (rows, columns, None),
            _ => return Err("is no matrix".to_owned()),
        },
    };
    let lengths: Vec<usize> = match &kept {
        None => vec![columns; rows],
        Some(kept) => {
            let rows = kept.chunks_exact(columns.div_ceil(8));
            rows.map(|bits| bits.iter().map(|byte| byte.count_ones() as usize).sum()).collect()
        }
    };
    let numbers: Vec<f32> = match storage.numbers {
        Precision::F32 => packed.into_values()?,
        Precision::F16 => packed.into_values::<f16>()?.into_iter().map(f16::to_f32).collect(),
        Precision::I8 => {
            let scales: Vec<f32> = take(&scale_of(name))?.into_values()?;
            let bytes: Vec<i8> = packed.into_values()?;
            if scales.len() != rows || lengths.iter().sum::<usize>() != bytes.len() {
                return Err("has not a scale for each row".to_owned());
            }
            let scales = scales
                .iter()
                .zip(&lengths)
                .flat_map(|(scale, &length)| std::iter::repeat_n(scale, length));
            bytes.iter().zip(scales).map(|(byte, scale)| f32::from(*byte) * scale).collect()
        }
    };
    if lengths.iter().sum::<usize>() != numbers.len() {
        return Err("has not a number for each bit".to_owned());
    }
    let values = match kept {
        None => numbers,
        Some(kept) => spread(&kept, numbers, columns).ok_or("has bits beyond its columns")?,
    };
    match values.iter().all(|x| x.is_finite()) {
        true => Ok(Tensor::new(&[rows, columns], values)),
        false => Err("holds a number that is not finite".to_owned()),
    }
}

/// Rows of numbers where there are bits, and zeros; `None` if a bit is beyond the columns.
fn spread(kept: &[u8], numbers: Vec<f32>, columns: usize) -> Option<Vec<f32>> {
    let of_row = columns.div_ceil(8);
    let mut values = vec![0.0; kept.len() / of_row * columns];
    let mut numbers = numbers.into_iter();
    for (bits, row) in kept.chunks_exact(of_row).zip(values.chunks_exact_mut(columns)) {
        for n in (0..of_row * 8).filter(|n| bits[n / 8] >> (n % 8) & 1 == 1) {
            *row.get_mut(n)? = numbers.next()?;
        }
    }
    Some(values)
}

fn wrong(name: &str, reason: impl ToString) -> Error {
    Error::Tensor { name: name.into(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
