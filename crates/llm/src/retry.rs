//! How long to wait before asking again.

use std::time::Duration;

use httpdate::parse_http_date;
use sha2::{Digest, Sha256};

/// How often a question is asked.
pub(crate) const TRIES: u32 = 6;

/// The longest wait of our own.
const LONGEST: f64 = 60.0;

/// The longest wait that a server may ask for.
pub(crate) const PATIENCE: f64 = 300.0;

/// Before the next try: what the server says, else 1, 2, 4 … s, less up to a quarter, by the question's
/// name, so that threads do not come back together. An error is the wait that is too long.
pub(crate) fn wait(
    retry_after: Option<&str>,
    date: Option<&str>,
    attempt: u32,
    key: &[u8],
) -> Result<Duration, f64> {
    let seconds = match retry_after.and_then(|text| stated(text, date)) {
        Some(seconds) if seconds > PATIENCE => return Err(seconds),
        Some(seconds) => seconds,
        None => {
            let drawn = Sha256::new().chain_update(key).chain_update(attempt.to_le_bytes());
            let [first, ..] = <[u8; 32]>::from(drawn.finalize());
            let least = 1.0 - f64::from(first) / 1024.0;
            LONGEST.min(2f64.powi(attempt.min(30) as i32)) * least
        }
    };
    Ok(Duration::from_secs_f64(seconds))
}

/// `Retry-After`, in seconds or as a moment, which is compared with that of the answer.
fn stated(text: &str, date: Option<&str>) -> Option<f64> {
    let seconds = match text.trim().parse() {
        Ok(seconds) => seconds,
        Err(_) => {
            let moment = |text: &str| parse_http_date(text.trim()).ok();
            // What is over asks for no wait.
            moment(text)?.duration_since(moment(date?)?).unwrap_or_default().as_secs_f64()
        }
    };
    seconds.is_finite().then_some(seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(retry_after: Option<&str>, date: Option<&str>, attempt: u32) -> Result<f64, f64> {
        wait(retry_after, date, attempt, b"key").map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn the_server_says_how_long() {
        let at = |time: &str| format!("Sun, 06 Nov 1994 {time} GMT");
        let (asked, until) = (at("08:49:37"), at("08:50:07"));
        for (retry_after, date, expected) in [
            ("7", None, Ok(7.0)),
            (" 0.5 ", None, Ok(0.5)),
            ("-3", None, Ok(0.0)),
            ("300", None, Ok(300.0)),
            ("301", None, Err(301.0)),
            (until.as_str(), Some(asked.as_str()), Ok(30.0)),
            (asked.as_str(), Some(until.as_str()), Ok(0.0)),
        ] {
            assert_eq!(seconds(Some(retry_after), date, 0), expected, "{retry_after}");
        }
        // What can't be read is as if nothing were said.
        for unread in ["soon", "NaN", "inf", until.as_str()] {
            assert_eq!(seconds(Some(unread), None, 2), seconds(None, None, 2), "{unread}");
        }
    }

    #[test]
    fn waits_double_up_to_a_minute() {
        for (attempt, most) in [(0, 1.0), (1, 2.0), (5, 32.0), (6, 60.0), (u32::MAX, 60.0)] {
            let wait = seconds(None, None, attempt).unwrap();
            assert!(wait <= most && wait > 0.75 * most, "{attempt}: {wait}");
        }
        let other = wait(None, None, 0, b"other").unwrap();
        assert_ne!(other, wait(None, None, 0, b"key").unwrap());
    }
}
