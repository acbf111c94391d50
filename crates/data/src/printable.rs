//! Text that leaves a terminal as it is.

use std::borrow::Cow;

/// Whether a terminal shows a character, and does nothing else: no control character (C0, DEL or
/// C1), no separator of lines or paragraphs, none that turns the direction of what follows.
pub fn is_printable(character: char) -> bool {
    let breaks = matches!(character, '\u{2028}' | '\u{2029}');
    // Marks, embeddings, overrides and isolates, as of UAX #9.
    let turns = matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !(character.is_control() || breaks || turns)
}

/// Text in one line, with what is not [`is_printable`] escaped as in Rust: `\n`, `\u{1b}`.
///
/// ```
/// assert_eq!(foretaste_data::printable("a\u{1b}[2J\nb"), r"a\u{1b}[2J\nb");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            // Tabs, line breaks and carriage returns have names of their own.
            '\t' | '\n' | '\r' => escaped.extend(character.escape_default()),
            _ if is_printable(character) => escaped.push(character),
            _ => escaped.extend(character.escape_unicode()),
        }
    }
    escaped.into()
}

/// JSON of the same value that does nothing to a terminal: what JSON lets stand in strings, a
/// terminal may take for a command. U+009B clears screens as ESC [ does.
pub fn printable_json(json: String) -> String {
    let plain = json.is_ascii() && !json.as_bytes().contains(&0x7f);
    if plain || json.chars().all(is_printable) {
        return json;
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match is_printable(character) {
            true => shown.push(character),
            // None is above U+FFFF, and none stands outside of a string.
            false => shown += &format!("\\u{:04x}", u32::from(character)),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_escaped_and_letters_are_not() {
        for code in (0..0x20).chain(0x7f..0xa0) {
            let character = char::from_u32(code).unwrap();
            let shown = printable(&format!("a{character}b")).into_owned();
            assert!(shown.starts_with("a\\") && shown.chars().all(is_printable), "{shown}");
        }
        assert_eq!(printable("\u{9b}2J\t\r\n"), r"\u{9b}2J\t\r\n");
        assert_eq!(
            printable("\u{2028}\u{2029}\u{202e}\u{2066}"),
            r"\u{2028}\u{2029}\u{202e}\u{2066}"
        );
        for whole in ["", "Amélie", "王家衛", "👩\u{200d}🚀", "می\u{200c}خواهم", "a\\n\u{a0}b"]
        {
            assert!(matches!(printable(whole), Cow::Borrowed(text) if text == whole), "{whole}");
        }
    }

    #[test]
    fn json_is_the_same_value_and_leaves_the_terminal_alone() {
        let codes = (0..0xa0).chain([0x2028, 0x2029, 0x202e, 0x2066, 0xe9, 0x1f680]);
        let text: String = codes.filter_map(char::from_u32).collect();
        let json = serde_json::json!({ &text: [&text, 1] });
        let shown = printable_json(json.to_string());
        assert!(shown.chars().all(is_printable), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json);
        assert!(shown.contains(r"\u009b") && shown.contains("é🚀"), "{shown}");
    }
}
