//! Vectors in base64: 32-bit floats, the lowest byte first (RFC 4648, with or without padding).

/// The numbers in a text; nothing if it holds no whole number of them.
pub(crate) fn floats(text: &str) -> Option<Vec<f32>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        // A letter alone is no byte.
        let whole_bytes = group.len().checked_sub(1).filter(|&bytes| bytes > 0)?;
        let mut bits = 0;
        for &letter in group {
            bits = bits << 6 | u32::from(digit(letter)?);
        }
        let whole = bits << (6 * (4 - group.len()));
        let [_, all @ ..] = whole.to_be_bytes();
        bytes.extend_from_slice(&all[..whole_bytes]);
    }
    let (numbers, rest) = bytes.as_chunks();
    rest.is_empty().then(|| numbers.iter().copied().map(f32::from_le_bytes).collect())
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
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
