//! Vectors in a `.safetensors` file.

use super::Matrix;
use crate::InputProblem;
use crate::error::shown;
use safetensors::{Dtype, SafeTensors};

/// The one tensor in the bytes of a file.
pub(super) fn parse(bytes: &[u8]) -> Result<Matrix, InputProblem> {
    if bytes.is_empty() {
        return Err(InputProblem::Empty);
    }
    let wrong = |reason| InputProblem::Vectors { reason };
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| wrong(format!("is no .safetensors file ({error})")))?;
    let tensors = file.tensors();
    let [(name, tensor)] = &tensors[..] else {
        return Err(wrong(format!("has {} tensors, not one", tensors.len())));
    };
    let name = shown(name);
    if tensor.dtype() != Dtype::F32 {
        return Err(wrong(format!("holds {:?} in \"{name}\", not F32", tensor.dtype())));
    }
    let &[rows, width] = tensor.shape() else {
        let dimensions = tensor.shape().len();
        return Err(wrong(format!(
            "has {dimensions} dimension(s) in \"{name}\", not two: vectors and numbers"
        )));
    };
    if width == 0 {
        return Err(wrong(format!("has vectors of no number in \"{name}\"")));
    }
    let values = tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    Ok(Matrix { rows, width, values: values.collect() })
}
