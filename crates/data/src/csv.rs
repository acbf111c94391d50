//! Fields of csv.

use crate::IdTable;

/// Adds an id, or other text, to a line of csv: bare if it is an integer, else in quotes, because
/// readers trim blanks that are not.
///
/// ```
/// let mut line = String::new();
/// foretaste_data::push_csv(&mut line, "7");
/// foretaste_data::push_csv(&mut line, " 7\"");
/// assert_eq!(line, r#"7" 7""""#);
/// ```
pub fn push_csv(line: &mut String, text: &str) {
    match IdTable::canonical_integer(text.as_bytes()) {
        Some(_) => line.push_str(text),
        None => push_quoted(line, text),
    }
}

/// Adds text to a line of csv, in quotes; those in it are doubled.
pub fn push_quoted(line: &mut String, text: &str) {
    line.push('"');
    for (n, part) in text.split('"').enumerate() {
        line.push_str(if n > 0 { "\"\"" } else { "" });
        line.push_str(part);
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_bare_and_quotes_are_doubled() {
        for (text, expected) in [
            ("-3", "-3"),
            ("007", "\"007\""),
            ("", "\"\""),
            (" a, b ", "\" a, b \""),
            ("\"", "\"\"\"\""),
            ("a\"\"b", "\"a\"\"\"\"b\""),
        ] {
            let mut line = "x,".to_owned();
            push_csv(&mut line, text);
            assert_eq!(line, format!("x,{expected}"));
        }
    }
}
