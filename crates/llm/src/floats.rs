//! Vectors in base64: 32-bit floats, the lowest byte first (RFC 4648, with or without padding).

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// The numbers in a text; nothing if it holds no whole number of them.
pub(crate) fn floats(text: &str) -> Option<Vec<f32>> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let (numbers, rest) = bytes.as_chunks();
    rest.is_empty().then(|| numbers.iter().copied().map(f32::from_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_python_writes() {
        // base64.b64encode(numpy.array([1, -0.5, 3.25], dtype="<f4").tobytes())
        assert_eq!(floats("AACAPwAAAL8AAFBA"), Some(vec![1.0, -0.5, 3.25]));
        assert_eq!(floats("AACAPw=="), Some(vec![1.0]));
        assert_eq!(floats("AACAPw"), Some(vec![1.0]));
        assert_eq!(floats(""), Some(Vec::new()));
        for wrong in ["AACAP", "AACA", "A", "AAC!Pw==", "AÄCAPw=="] {
            assert_eq!(floats(wrong), None, "{wrong}");
        }
    }
}
