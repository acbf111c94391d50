//! A progress bar as one line that fits a width.
//!
//! A line that wraps can't be drawn over, and fills the screen. So what matters least goes first:
//! the end of the remark, the remark, the bar, what is done, the rate. Percent and time left stay.

use std::time::Duration;

/// Columns of a bar, where there is room for one.
const BAR: std::ops::RangeInclusive<usize> = 10..=30;

/// How far something is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// What is done: `training`.
    pub(super) what: &'a str,
    /// From 0 to 1.
    pub(super) share: f64,
    /// Units a second.
    pub(super) rate: f64,
    /// The unit, with the blank in front that a word has: ` samples`, or `B`.
    pub(super) unit: &'a str,
    /// The time that is left, if it can be told.
    pub(super) left: Option<Duration>,
    /// What else there is to say; up to its first comma if that is too long.
    pub(super) remark: &'a str,
}

impl Line<'_> {
    /// The line, of fewer than `columns` characters: a terminal may wrap behind its last column.
    pub(super) fn fit(&self, columns: usize) -> String {
        let room = columns.saturating_sub(1);
        let percent = format!("{:>3}%", (self.share.clamp(0.0, 1.0) * 100.0) as u32);
        let rate = rate(self.rate, self.unit);
        let left = self.left.map_or("--:-- left".to_owned(), |left| clock(left) + " left");
        let bar = "-".repeat(*BAR.start());
        let (what, percent, rate, left) = (self.what, &*percent, &*rate, &*left);
        let brief = self.remark.split(", ").next().unwrap_or_default();
        let layouts: [&[&str]; 7] = [
            &[what, &bar, percent, rate, left, self.remark],
            &[what, &bar, percent, rate, left, brief],
            &[what, &bar, percent, rate, left],
            &[what, percent, rate, left],
            &[percent, rate, left],
            &[percent, left],
            &[percent.trim_start()],
        ];
        let line = |parts: &&[&str]| {
            let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
            parts.join("  ")
        };
        let line = layouts.iter().map(line).find(|line| line.chars().count() <= room);
        let line = line.unwrap_or_default();
        let spare = room - line.chars().count();
        let length = (BAR.start() + spare).min(*BAR.end());
        line.replacen(&bar, &self.bar(length), 1)
    }

    fn bar(&self, length: usize) -> String {
        let full = (self.share.clamp(0.0, 1.0) * length as f64) as usize;
        "█".repeat(full) + &"░".repeat(length - full)
    }
}

/// Three figures and a prefix: `34.2 M samples/s`, `820 kB/s`.
fn rate(value: f64, unit: &str) -> String {
    // What rounds to 1000 of a prefix is 1 of the next.
    let (scaled, prefix) = match value {
        value if value >= 999.5e6 => (value / 1e9, "G"),
        value if value >= 999.5e3 => (value / 1e6, "M"),
        value if value >= 999.5 => (value / 1e3, "k"),
        value => return format!("{value:.0} {}/s", unit.trim_start()),
    };
    let decimals = match scaled {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{scaled:.decimals$} {prefix}{unit}/s")
}

/// `0:05`, `59:59`, `1:00:00`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAINING: Line<'_> = Line {
        what: "training",
        share: 0.345,
        rate: 34_234_567.0,
        unit: " samples",
        left: Some(Duration::from_secs(83)),
        remark: "epoch 12: loss 0.1234, validation 0.4321",
    };

    #[test]
    fn what_matters_most_stays_where_it_is_narrow() {
        for (columns, line) in [
            (
                200,
                "training  ██████████░░░░░░░░░░░░░░░░░░░░   34%  34.2 M samples/s  1:23 left  \
                 epoch 12: loss 0.1234, validation 0.4321",
            ),
            (80, "training  ███░░░░░░░░   34%  34.2 M samples/s  1:23 left  epoch 12: loss 0.1234"),
            (60, "training  ████░░░░░░░░░░   34%  34.2 M samples/s  1:23 left"),
            (45, "training   34%  34.2 M samples/s  1:23 left"),
            (40, " 34%  34.2 M samples/s  1:23 left"),
            (20, " 34%  1:23 left"),
            (5, "34%"),
            (3, ""),
        ] {
            assert_eq!(TRAINING.fit(columns), line, "{columns}");
        }
    }

    #[test]
    fn no_line_reaches_the_last_column() {
        let states = [
            TRAINING,
            Line { what: "reading", unit: "B", remark: "", share: 1.0, ..TRAINING },
            Line { share: 0.0, rate: 0.0, left: None, remark: "", ..TRAINING },
            Line { share: 7.5, rate: f64::INFINITY, left: Some(Duration::MAX), ..TRAINING },
            Line { share: f64::NAN, rate: f64::NAN, remark: &"x".repeat(300), ..TRAINING },
        ];
        for state in states {
            for columns in 0..250 {
                let line = state.fit(columns);
                assert!(line.chars().count() < columns.max(1), "{columns}: {line}");
                assert!(columns < 16 || line.contains('%'), "{columns}: {line}");
            }
        }
    }

    #[test]
    fn rates_have_three_figures() {
        for (value, text) in [
            (0.0, "0 samples/s"),
            (12.4, "12 samples/s"),
            (999.4, "999 samples/s"),
            (999.9, "1.00 k samples/s"),
            (34_249_999.0, "34.2 M samples/s"),
            (99_960_000.0, "100 M samples/s"),
            (1.5e9, "1.50 G samples/s"),
        ] {
            assert_eq!(rate(value, " samples"), text);
        }
        assert_eq!(rate(34_249_999.0, "B"), "34.2 MB/s");
        assert_eq!(clock(Duration::from_secs(3725)), "1:02:05");
    }
}
