//! How many tokens a text has, about.

/// What a message takes beside its text.
pub(crate) const PER_MESSAGE: u64 = 4;

/// An estimate, without the model's own table: four letters of ASCII a token, or one of another kind.
pub(crate) fn tokens(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let others = text.chars().filter(|letter| !letter.is_ascii()).count() as u64;
    ascii.div_ceil(4) + others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count() {
        assert_eq!(["", "a", "abcd", "abcde", "été"].map(tokens), [0, 1, 1, 2, 3]);
    }
}
