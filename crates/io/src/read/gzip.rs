//! gzip data of any number of members, with zero bytes behind them.
//!
//! Tapes and disk images fill blocks up with zero bytes, and `gzip` takes them. `flate2` looks for
//! another member there.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The decoded bytes of all members in a source.
pub(crate) struct GzipReader<R> {
    /// The member that is being read; `None` behind the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipReader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut source) = self.member.take().map(GzDecoder::into_inner) else { break };
            if !skip_zeros(&mut source)? {
                self.member = Some(GzDecoder::new(source));
            }
        }
        Ok(0)
    }
}

/// Reads on to what is no zero byte; whether the source ended before.
fn skip_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = source.fill_buf()?;
        if bytes.is_empty() {
            return Ok(true);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let all = zeros == bytes.len();
        source.consume(zeros);
        if !all {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // A small buffer, so that zero bytes run over its end.
        let source = io::BufReader::with_capacity(7, bytes);
        GzipReader::new(source).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn members_follow_one_another_and_zero_bytes_are_no_member() {
        let (a, b, zeros) = (member("a,1\n"), member("b,2\n"), vec![0; 1000]);
        for (bytes, text) in [
            (a.clone(), "a,1\n"),
            ([&a[..], &b].concat(), "a,1\nb,2\n"),
            ([&a[..], &zeros].concat(), "a,1\n"),
            ([&a[..], &zeros, &b, &zeros[..1]].concat(), "a,1\nb,2\n"),
            ([&a[..], &member(""), &b].concat(), "a,1\nb,2\n"),
        ] {
            assert_eq!(read(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn anything_else_behind_a_member_and_half_a_member_are_errors() {
        let a = member("a,1\n");
        assert!(read(&[&a[..], b"garbage here"].concat()).is_err());
        assert!(read(&[&a[..], &[0; 9], b"garbage here"].concat()).is_err());
        for end in 2..a.len() {
            let error = read(&a[..end]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{end}");
        }
    }
}
