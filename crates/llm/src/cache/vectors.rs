//! Vectors in files of places of the same size.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::unusable;
use crate::Error;
use crate::question::Key;

/// The name and the sum in front of the numbers.
const KEY: usize = 32;
const HEAD: usize = KEY + 8;

/// All vectors of a cache, by their widths.
#[derive(Debug)]
pub(super) struct Vectors {
    folder: PathBuf,
    segments: BTreeMap<usize, Segment>,
}

/// The vectors of one width.
#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: File,
    /// Bytes of a place.
    size: usize,
    /// Where the place of a question is, the last if there are several.
    places: HashMap<Key, u64>,
    /// The number of places.
    count: u64,
}

impl Vectors {
    /// What is in the folder. What is left of a place that was not written to its end is cut off, if
    /// this may write.
    pub(super) fn open(folder: &Path, writes: bool) -> Result<Self, Error> {
        let mut segments = BTreeMap::new();
        let entries = fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unusable(folder, &error))?.path();
            let Some(width) = width_of(&path) else { continue };
            let segment = Segment::open(path.clone(), width, writes)
                .map_err(|error| unusable(&path, &error))?;
            segments.insert(width, segment);
        }
        Ok(Self { folder: folder.to_owned(), segments })
    }

    pub(super) fn get(&mut self, key: &Key) -> Result<Option<Vec<f32>>, Error> {
        for segment in self.segments.values_mut() {
            let found = segment.get(key).map_err(|error| unusable(&segment.path, &error))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Adds vectors of the same width, and has the system write them.
    pub(super) fn append(&mut self, rows: &[(Key, &[f32])]) -> Result<(), Error> {
        let Some(width) = rows.first().map(|(_, row)| row.len()) else { return Ok(()) };
        if !self.segments.contains_key(&width) {
            let path = self.folder.join(format!("embeddings-{width}.f32"));
            let segment = Segment::open(path.clone(), width, true)
                .map_err(|error| unusable(&path, &error))?;
            self.segments.insert(width, segment);
        }
        let segment = self.segments.get_mut(&width).expect("it is there or was just inserted");
        segment.append(rows).map_err(|error| unusable(&segment.path, &error))
    }
}

/// The width in a name, `embeddings-1536.f32`, of those that this writes.
fn width_of(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    let digits = name.strip_prefix("embeddings-")?.strip_suffix(".f32")?;
    let width: u32 = digits.parse().ok().filter(|&width| width > 0)?;
    (width.to_string() == digits).then_some(width as usize)
}

impl Segment {
    fn open(path: PathBuf, width: usize, writes: bool) -> io::Result<Self> {
        let mut file = match writes {
            true => File::options().read(true).append(true).create(true).open(&path)?,
            false => File::open(&path)?,
        };
        let size = HEAD + 4 * width;
        let bytes = file.metadata()?.len();
        let count = bytes / size as u64;
        if writes && bytes % size as u64 != 0 {
            file.set_len(count * size as u64)?;
        }
        let mut places = HashMap::new();
        let mut reader = BufReader::with_capacity(1 << 16, &mut file);
        let mut key = [0; KEY];
        for place in 0..count {
            reader.read_exact(&mut key)?;
            reader.seek_relative((size - KEY) as i64)?;
            places.insert(key, place);
        }
        Ok(Self { path, file, size, places, count })
    }

    /// A vector whose sum is right.
    fn get(&mut self, key: &Key) -> io::Result<Option<Vec<f32>>> {
        let Some(&place) = self.places.get(key) else { return Ok(None) };
        let mut bytes = vec![0; self.size];
        self.file.seek(SeekFrom::Start(place * self.size as u64))?;
        self.file.read_exact(&mut bytes)?;
        let (head, numbers) = bytes.split_at(HEAD);
        if head[..KEY] != *key || head[KEY..] != sum(key, numbers) {
            self.places.remove(key);
            return Ok(None);
        }
        let numbers = numbers.as_chunks().0.iter().copied().map(f32::from_le_bytes);
        Ok(Some(numbers.collect()))
    }

    fn append(&mut self, rows: &[(Key, &[f32])]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(rows.len() * self.size);
        for (key, row) in rows {
            let numbers: Vec<u8> = row.iter().flat_map(|number| number.to_le_bytes()).collect();
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(&sum(key, &numbers));
            bytes.extend_from_slice(&numbers);
        }
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            // What got there would put all that come later out of place.
            let _ = self.file.set_len(self.count * self.size as u64);
            return Err(error);
        }
        for (key, _) in rows {
            self.places.insert(*key, self.count);
            self.count += 1;
        }
        Ok(())
    }
}

/// The first bytes of SHA-256 of name and numbers.
fn sum(key: &Key, numbers: &[u8]) -> [u8; HEAD - KEY] {
    let sum = Sha256::new().chain_update(key).chain_update(numbers).finalize();
    std::array::from_fn(|n| sum[n])
}
