//! Moments as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Seconds since 1970. The forms of the last century are not read.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let (_, text) = text.trim().split_once(", ")?;
    let [day, month, year, time, "GMT"] = text.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let month = MONTHS.find(month).filter(|at| month.len() == 3 && at % 3 == 0)? / 3;
    let [hour, minute, second] = time.split(':').collect::<Vec<_>>()[..] else { return None };
    let number = |text: &str, most: i64| text.parse().ok().filter(|n| (0..=most).contains(n));
    let days = days(number(year, 9999)?, month as i64, number(day, 31)?);
    let time = 3600 * number(hour, 23)? + 60 * number(minute, 59)? + number(second, 60)?;
    Some(86_400 * days + time)
}

/// Days since 1970 of a day in a month, from 0, of a year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with the day that may be missing.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_standard() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 anF 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
