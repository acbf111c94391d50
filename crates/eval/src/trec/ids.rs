//! Ids as single tokens.

use std::borrow::Cow;
use std::fmt::Write;

/// The empty id.
const EMPTY: &str = "%";

/// `id` as one token: white space, control characters and `%` as `%XX`, a UTF-8 byte at a time; the
/// empty id as `%`. [`unescape_id`] gives `id` again.
pub fn escape_id(id: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !(c == '%' || c.is_whitespace() || c.is_control());
    if id.is_empty() {
        return Cow::Borrowed(EMPTY);
    }
    if id.chars().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let mut token = String::with_capacity(id.len() + 8);
    for c in id.chars() {
        if is_plain(c) {
            token.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                write!(token, "%{byte:02X}").expect("writing to a String can't fail");
            }
        }
    }
    Cow::Owned(token)
}

/// The id that [`escape_id`] turned into `token`. A token that it can't have written, such as `50%`
/// in a file of another tool, is returned as it is.
pub fn unescape_id(token: &str) -> Cow<'_, str> {
    if token == EMPTY {
        return Cow::Borrowed("");
    }
    let Some(first) = token.find('%') else {
        return Cow::Borrowed(token);
    };
    let mut bytes = token.as_bytes()[..first].to_vec();
    let mut rest = &token.as_bytes()[first..];
    while let [next, tail @ ..] = rest {
        let (byte, tail) = match (next, tail) {
            (b'%', [high, low, tail @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => (16 * high + low, tail),
                None => return Cow::Borrowed(token),
            },
            (b'%', _) => return Cow::Borrowed(token),
            (byte, tail) => (*byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(token), Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_cases() {
        assert_eq!(escape_id("item-7"), "item-7");
        assert_eq!(escape_id("Star Wars\t(1977)"), "Star%20Wars%09(1977)");
        assert_eq!(escape_id("50%"), "50%25");
        assert_eq!(escape_id("a\u{2003}é"), "a%E2%80%83é");
        assert_eq!((escape_id("").as_ref(), unescape_id("%").as_ref()), ("%", ""));
    }

    #[test]
    fn tokens_of_others_are_left_alone() {
        for token in ["50%", "%zz", "a%2", "%C3", "100%-sure"] {
            assert_eq!(unescape_id(token), token);
        }
    }

    proptest! {
        #[test]
        fn any_id_is_one_token_and_comes_back(id in any::<String>()) {
            let token = escape_id(&id);
            prop_assert_eq!(token.split_whitespace().count(), 1);
            prop_assert!(!token.contains(|c: char| c.is_whitespace() || c.is_control()));
            prop_assert_eq!(unescape_id(&token), id.as_str());
        }
    }
}
