//! Pages of a column, those by Zstandard included.
//!
//! `parquet` unpacks Zstandard by a library in C. Here it reads such pages as if they were not packed,
//! and `ruzstd` unpacks them.

use std::io::Read;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use crate::read::parquet::Source;
use crate::read::zstd::ZstdReader;

/// The pages of a column.
pub(crate) fn pages(
    source: &Source,
    chunk: &ColumnChunkMetaData,
    rows: usize,
) -> Result<Box<dyn PageReader>> {
    let source = Arc::new(source.clone());
    if !matches!(chunk.compression(), Compression::ZSTD(_)) {
        return Ok(Box::new(SerializedPageReader::new(source, chunk, rows, None)?));
    }
    let chunk = chunk.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
    Ok(Box::new(ZstdPages(SerializedPageReader::new(source, &chunk, rows, None)?)))
}

/// Pages that are packed by Zstandard, and taken for others.
struct ZstdPages(SerializedPageReader<Source>);

impl PageReader for ZstdPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.0.get_next_page()?.map(unpacked).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0.skip_next_page()
    }
}

impl Iterator for ZstdPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

fn unpacked(mut page: Page) -> Result<Page> {
    match &mut page {
        Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => {
            *buf = unpack(buf, 0)?.into();
        }
        // The levels in front are not packed.
        Page::DataPageV2 {
            buf, is_compressed, def_levels_byte_len, rep_levels_byte_len, ..
        } => {
            if *is_compressed {
                let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                *buf = unpack(buf, levels)?.into();
            }
        }
    }
    Ok(page)
}

/// The first bytes as they are, and the rest unpacked.
fn unpack(bytes: &[u8], plain: usize) -> Result<Vec<u8>> {
    /// Sizes of pages are written in 31 bits.
    const LARGEST: u64 = 1 << 31;
    let (plain, packed) = (bytes.split_at_checked(plain))
        .ok_or_else(|| ParquetError::General("a page is shorter than its levels".into()))?;
    let mut unpacked = plain.to_vec();
    ZstdReader::new(packed).take(LARGEST).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}
