//! Blocks of numbers, as model files hold them.

use bytemuck::{NoUninit, cast_slice};
use half::f16;
use safetensors::Dtype;

/// Numbers of one type in any number of dimensions, the last one the fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    numbers: Numbers,
}

/// The numbers by type.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    F16(Vec<f16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    I8(Vec<i8>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
}

/// A type of numbers that tensors are made of: f16, f32, f64, i8, u8, u16, u32 and u64.
pub trait Element: Sealed {}

/// What nobody else can implement.
pub trait Sealed: Copy {
    /// What the type is called.
    const NAME: &'static str;

    /// Numbers of this type.
    fn numbers(values: Vec<Self>) -> Numbers;

    /// The values, if they are of this type.
    ///
    /// # Errors
    /// The numbers again, if not.
    fn values(numbers: Numbers) -> Result<Vec<Self>, Numbers>;

    /// The values, borrowed; `None` if they are of another type.
    fn slice(numbers: &Numbers) -> Option<&[Self]>;
}

macro_rules! elements {
    ($($type:ty, $variant:ident;)*) => {$(
        impl Element for $type {}

        impl Sealed for $type {
            const NAME: &'static str = stringify!($type);

                    fn numbers(values: Vec<Self>) -> Numbers {
                Numbers::$variant(values)
            }

                    fn values(numbers: Numbers) -> Result<Vec<Self>, Numbers> {
                match numbers {
                    Numbers::$variant(values) => Ok(values),
                    other => Err(other),
                }
            }

            fn slice(numbers: &Numbers) -> Option<&[Self]> {
                match numbers {
                    Numbers::$variant(values) => Some(values),
                    _ => None,
                }
            }
        }
    )*};
}

elements! {
    f16, F16;
    f32, F32;
    f64, F64;
    i8, I8;
    u8, U8;
    u16, U16;
    u32, U32;
    u64, U64;
}

impl Tensor {
    /// A tensor of this shape.
    ///
    /// # Panics
    /// If the values are not as many as the shape says.
    pub fn new<T: Element>(shape: &[usize], values: Vec<T>) -> Self {
        let expected = size_of(shape);
        assert_eq!(expected, Some(values.len()), "a value for each place of {shape:?}");
        Self { shape: shape.to_vec(), numbers: T::numbers(values) }
    }

    /// The length of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values.
    ///
    /// # Errors
    /// What is wrong, if they are of another type.
    pub(crate) fn into_values<T: Element>(self) -> Result<Vec<T>, String> {
        T::values(self.numbers).map_err(|other| {
            let found = format!("{:?}", other.dtype()).to_lowercase();
            format!("is of {found}, not of {}", T::NAME)
        })
    }

    /// The values, borrowed; `None` if they are of another type.
    pub(crate) fn values<T: Element>(&self) -> Option<&[T]> {
        T::slice(&self.numbers)
    }

    pub(crate) fn dtype(&self) -> Dtype {
        self.numbers.dtype()
    }

    /// As they lie in memory.
    pub(crate) fn bytes(&self) -> &[u8] {
        fn bytes<T: NoUninit>(values: &[T]) -> &[u8] {
            cast_slice(values)
        }
        match &self.numbers {
            Numbers::F16(values) => bytes(values),
            Numbers::F32(values) => bytes(values),
            Numbers::F64(values) => bytes(values),
            Numbers::I8(values) => bytes(values),
            Numbers::U8(values) => bytes(values),
            Numbers::U16(values) => bytes(values),
            Numbers::U32(values) => bytes(values),
            Numbers::U64(values) => bytes(values),
        }
    }

    /// A tensor of little-endian bytes.
    ///
    /// # Errors
    /// What is wrong, if there is no such type, or they are not as many as the shape says.
    pub(crate) fn from_bytes(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Result<Self, String> {
        fn all<const N: usize, T: Element>(bytes: &[u8], number: fn([u8; N]) -> T) -> Numbers {
            T::numbers(bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect())
        }
        let (size, numbers) = match dtype {
            Dtype::F16 => (2, all(bytes, f16::from_le_bytes)),
            Dtype::I8 => (1, all(bytes, i8::from_le_bytes)),
            Dtype::F32 => (4, all(bytes, f32::from_le_bytes)),
            Dtype::F64 => (8, all(bytes, f64::from_le_bytes)),
            Dtype::U8 => (1, all(bytes, u8::from_le_bytes)),
            Dtype::U16 => (2, all(bytes, u16::from_le_bytes)),
            Dtype::U32 => (4, all(bytes, u32::from_le_bytes)),
            Dtype::U64 => (8, all(bytes, u64::from_le_bytes)),
            other => return Err(format!("is of a type that is not read, {other:?}")),
        };
        match size_of(shape).and_then(|len| len.checked_mul(size)) == Some(bytes.len()) {
            true => Ok(Self { shape: shape.to_vec(), numbers }),
            false => Err(format!("has not the size of its shape, {shape:?}")),
        }
    }

    /// What is wrong with the first value that is not finite.
    pub(crate) fn check_finite(&self) -> Result<(), String> {
        let found = |at: usize, value: &dyn std::fmt::Display| {
            Err(format!("holds {value} at position {at}"))
        };
        match &self.numbers {
            Numbers::F16(values) => match values.iter().position(|value| !value.is_finite()) {
                Some(at) => found(at, &values[at]),
                None => Ok(()),
            },
            Numbers::F32(values) => match values.iter().position(|value| !value.is_finite()) {
                Some(at) => found(at, &values[at]),
                None => Ok(()),
            },
            Numbers::F64(values) => match values.iter().position(|value| !value.is_finite()) {
                Some(at) => found(at, &values[at]),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl Numbers {
    fn dtype(&self) -> Dtype {
        match self {
            Self::F16(_) => Dtype::F16,
            Self::I8(_) => Dtype::I8,
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
            Self::U8(_) => Dtype::U8,
            Self::U16(_) => Dtype::U16,
            Self::U32(_) => Dtype::U32,
            Self::U64(_) => Dtype::U64,
        }
    }
}

/// How many places there are; `None` if more than can be counted.
fn size_of(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1, |size: usize, &length| size.checked_mul(length))
}
