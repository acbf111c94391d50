//! Archives, also such as nobody should make.

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use std::io::Write;

/// A file of an archive: its name, what is in it, and whether it is a link to that.
pub(super) type Entry<'a> = (&'a str, &'a [u8], bool);

const DEFLATED: u16 = 8;
/// Made on Unix, so that there are modes.
const UNIX: u16 = 0x031e;
const LINK: u32 = 0o120_777 << 16;
const FILE: u32 = 0o100_644 << 16;

/// A zip archive by PKWARE's APPNOTE, 4.3.
pub(super) fn zip(entries: &[Entry<'_>]) -> Vec<u8> {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for &(name, content, is_link) in entries {
        let (mut crc, mut packed) =
            (Crc::new(), DeflateEncoder::new(Vec::new(), Compression::new(6)));
        crc.update(content);
        packed.write_all(content).unwrap();
        let packed = packed.finish().unwrap();
        let mut common = [20_u16, 0, DEFLATED, 0, 0x21].map(u16::to_le_bytes).concat();
        for number in [crc.sum(), packed.len() as u32, content.len() as u32] {
            common.extend(number.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        let offset = files.len() as u32;
        files.extend([b"PK\x03\x04", &*common, name.as_bytes(), &packed].concat());
        directory.extend(b"PK\x01\x02");
        directory.extend(UNIX.to_le_bytes());
        directory.extend([&*common, &[0; 6]].concat());
        directory.extend((if is_link { LINK } else { FILE }).to_le_bytes());
        directory.extend([&offset.to_le_bytes(), name.as_bytes()].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let sizes = [directory.len() as u32, files.len() as u32].map(u32::to_le_bytes).concat();
    [&files, &directory, b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &sizes, &[0; 2]].concat()
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

/// A packed tar archive in the form of POSIX.1-1988.
pub(super) fn tar_gz(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut archive = Vec::new();
    for &(name, content, is_link) in entries {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        let size = if is_link { 0 } else { content.len() };
        for (at, text) in [(100, "0000644"), (124, &*format!("{size:011o}")), (148, "        ")] {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        header[156] = if is_link { b'2' } else { b'0' };
        header[257..265].copy_from_slice(b"ustar\x0000");
        if is_link {
            header[157..157 + content.len()].copy_from_slice(content);
        }
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        if !is_link {
            archive.extend(content);
            archive.resize(archive.len().next_multiple_of(512), 0);
        }
    }
    archive.resize(archive.len() + 1024, 0);
    gzip(&archive)
}
