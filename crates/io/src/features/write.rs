//! Features as files that are read back to the same.

use std::io::{self, Write};

use super::npy::header_of;
use foretaste_data::{IdTable, Tags, Vectors};

/// Writes the vectors as `.npy`, in the order of the ids, of which [`write_ids`] writes those that
/// have one.
///
/// # Errors
/// What `output` returns.
pub fn write_vectors(vectors: &Vectors, output: &mut dyn Write) -> io::Result<()> {
    output.write_all(&header_of(vectors.known(), vectors.width()))?;
    let mut bytes = Vec::with_capacity(4 * vectors.width());
    for (_, vector) in vectors.iter() {
        bytes.clear();
        bytes.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        output.write_all(&bytes)?;
    }
    Ok(())
}

/// Writes the ids that have a vector, one a line.
///
/// # Errors
/// What `output` returns.
pub fn write_ids(ids: &IdTable, vectors: &Vectors, output: &mut dyn Write) -> io::Result<()> {
    for (index, _) in vectors.iter() {
        writeln!(output, "{}", ids.name(index as u32).unwrap_or_default())?;
    }
    Ok(())
}

/// Writes `item,tag` rows as csv with a header, by id, then tag; `user,tag` of users.
///
/// # Errors
/// What `output` returns.
pub fn write_tags(
    ids: &IdTable,
    tags: &Tags,
    side: super::Side,
    output: &mut dyn Write,
) -> io::Result<()> {
    writeln!(output, "{},tag", side.name())?;
    // In quotes, as ids of interactions are: readers trim blanks that are not.
    let style = csv::QuoteStyle::NonNumeric;
    let mut csv = csv::WriterBuilder::new().quote_style(style).from_writer(output);
    for (index, name) in ids.names().enumerate() {
        for &tag in tags.of(index) {
            csv.write_record([name.as_ref(), tags.names()[tag as usize].as_str()])?;
        }
    }
    csv.flush()
}
