//! Decimal digits into numbers, eight at a time.
//!
//! Eight characters are loaded as one little-endian word. The first that is no digit is found by
//! its high bit after an addition; shifting makes leading zeros of what the number does not fill;
//! three multiplications add up pairs, quadruples and all eight (Lemire, "Quickly parsing eight
//! digits", 2018).

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The number that starts at `at` and how many digits it has: 1 to 15.
#[inline(always)]
pub(crate) fn number(text: &[u8], at: usize) -> Option<(u64, usize)> {
    let (high, length) = up_to_eight(text, at)?;
    match length {
        0 => None,
        1..8 => Some((high, length)),
        _ => {
            let (low, more) = up_to_eight(text, at + 8)?;
            (more < 8).then(|| (high * POWERS[more] + low, 8 + more))
        }
    }
}

/// A rating that is a short decimal, `4` or `4.0`, and its length. Exact, and so what
/// `fast_float2` makes of it: both integers are below 2^53, and division rounds once.
#[inline]
pub(crate) fn short_decimal(text: &[u8], at: usize) -> Option<(f64, usize)> {
    if let [ones @ b'0'..=b'9', b'.', tenths @ b'0'..=b'9', next, ..] = *text.get(at..)?
        && !next.is_ascii_digit()
    {
        return Some((with_tenths(ones, tenths), 3));
    }
    let (whole, length) = up_to_eight(text, at).filter(|&(_, length)| (1..8).contains(&length))?;
    if text.get(at + length) != Some(&b'.') {
        return Some((whole as f64, length));
    }
    let (fraction, more) = up_to_eight(text, at + length + 1)?;
    let power = POWERS[more];
    (1..8)
        .contains(&more)
        .then(|| ((whole * power + fraction) as f64 / power as f64, length + 1 + more))
}

/// The number `4.0`, given the digits `4` and `0`.
#[inline]
pub(crate) fn with_tenths(ones: u8, tenths: u8) -> f64 {
    f64::from(u32::from(ones - b'0') * 10 + u32::from(tenths - b'0')) / 10.0
}

const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The number and the count of the digits at `at`, no more than eight of them.
#[inline(always)]
fn up_to_eight(text: &[u8], at: usize) -> Option<(u64, usize)> {
    let word = text.get(at..at + 8)?.try_into().ok()?;
    let digits = u64::from_le_bytes(word) ^ ZEROS;
    // What is above 9 gets its high bit set. A sum that carries spoils only what follows it.
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    let length = (others.trailing_zeros() / 8) as usize;
    if length == 0 {
        return Some((0, 0));
    }
    let digits = digits << (64 - 8 * length);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let even = (pairs & 0xff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let odd = ((pairs >> 16) & 0xff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    Some((even.wrapping_add(odd) >> 32, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn padded(text: &str) -> Vec<u8> {
        [text.as_bytes(), &[b'\n'; 16]].concat()
    }

    proptest! {
        #[test]
        fn numbers_are_what_the_standard_library_reads(
            digits in "[0-9]{0,20}",
            next in any::<u8>().prop_filter("no digit", |byte| !byte.is_ascii_digit()),
            behind: [u8; 8],
        ) {
            let text = [digits.as_bytes(), &[next], &behind, &[b'\n'; 16]].concat();
            let expected = digits.parse().ok().filter(|_| digits.len() < 16);
            prop_assert_eq!(number(&text, 0), expected.map(|value: u64| (value, digits.len())));
        }

        #[test]
        fn decimals_are_what_fast_float_reads(text in "[0-9]{0,9}(\\.[0-9]{0,9})?[,e-]?") {
            if let Some((value, length)) = short_decimal(&padded(&text), 0) {
                let expected: f64 = fast_float2::parse(&text[..length]).unwrap();
                prop_assert_eq!(value.to_bits(), expected.to_bits());
                let ends = !text[length..].starts_with(|c: char| c.is_ascii_digit() || c == '.');
                prop_assert!(ends, "{} of {}", length, text);
            }
        }
    }

    #[test]
    fn tenths_are_what_fast_float_reads() {
        for n in 0..100 {
            let text = format!("{}.{}", n / 10, n % 10);
            let expected: f64 = fast_float2::parse(&text).unwrap();
            assert_eq!(
                with_tenths(text.as_bytes()[0], text.as_bytes()[2]).to_bits(),
                expected.to_bits()
            );
        }
    }

    #[test]
    fn usual_ratings_take_the_short_way() {
        for text in ["4.0", "0.5", "10", "3.75", "12.5", "1234567.1234567"] {
            assert_eq!(short_decimal(&padded(text), 0), Some((text.parse().unwrap(), text.len())));
        }
        for text in ["", ".5", "5.", "-1", "123456789", "0.12345678", "nan"] {
            assert_eq!(short_decimal(&padded(text), 0), None, "{text}");
        }
    }
}
