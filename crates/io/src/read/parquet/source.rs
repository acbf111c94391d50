//! The bytes of a Parquet file, from any place and by several threads at once.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use sha2::{Digest, Sha256};

use crate::read::opened::Peeked;
use crate::read::plain::ReadAt;
use crate::read::source::hex;

/// Where the bytes are.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// In a file of so many bytes. It is read by place: the crate's own reader moves a place that all
    /// threads share.
    File(Arc<File>, u64),
    /// In memory.
    Memory(Bytes),
}

impl Source {
    /// The bytes of a file; elsewhere than on Unix all of them are read.
    pub(crate) fn of_file(file: Peeked<File>, size: u64) -> io::Result<Self> {
        match cfg!(unix) {
            true => Ok(Self::File(Arc::new(file.into_inner().1), size)),
            false => Self::of_input(file),
        }
    }

    /// All bytes of an input.
    pub(crate) fn of_input(mut input: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes)?;
        Ok(Self::Memory(bytes.into()))
    }

    /// SHA-256 of all bytes, in hexadecimal.
    pub(crate) fn checksum(&self) -> io::Result<String> {
        let mut hash = Sha256::new();
        match self {
            Self::Memory(bytes) => hash.update(bytes),
            Self::File(file, _) => {
                let mut input = Place { file: Arc::clone(file), at: 0 };
                let mut buffer = vec![0; 1 << 20];
                loop {
                    match input.read(&mut buffer)? {
                        0 => break,
                        count => hash.update(&buffer[..count]),
                    }
                }
            }
        }
        Ok(hex(&hash.finalize()))
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, size) => *size,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Source {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(file, _) => {
                Box::new(BufReader::new(Place { file: Arc::clone(file), at: start }))
            }
            Self::Memory(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // What a damaged file asks for is not made room for.
        if start.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are not there")));
        }
        match self {
            Self::File(file, _) => {
                let mut bytes = vec![0; length];
                Place { file: Arc::clone(file), at: start }.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
            Self::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}

/// A place in a file, to read from there on.
struct Place {
    file: Arc<File>,
    at: u64,
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.file.read_at(buffer, self.at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}
