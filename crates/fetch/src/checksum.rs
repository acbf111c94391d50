//! Checksums of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

/// The checksums of a file in hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(crate) sha256: String,
    pub(crate) md5: String,
}

/// Reads a file once.
pub(crate) fn of(path: &Path) -> io::Result<Sums> {
    let (mut sha256, mut md5) = (Sha256::new(), Md5::new());
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Sums { sha256: hex(&sha256.finalize()), md5: hex(&md5.finalize()) });
        }
        sha256.update(&buffer[..read]);
        md5.update(&buffer[..read]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let sums = of(&path).unwrap();
        // RFC 1321, A.5; FIPS 180-4, example B.1.
        assert_eq!(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sums.sha256, sha256);
    }
}
