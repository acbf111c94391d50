//! Numbers as people read them.

/// A mean, to four decimals.
pub(crate) fn figure(value: f64) -> String {
    format!("{value:.4}")
}

/// A difference, to four decimals, with its sign.
pub(crate) fn signed(value: f64) -> String {
    let text = format!("{value:+.4}");
    // A minus as wide as a plus; and no sign before a zero.
    if text[1..].chars().all(|c| c == '0' || c == '.') {
        return text[1..].to_owned();
    }
    text.replace('-', "−")
}

/// A p-value.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if p.is_nan() => "–".into(),
        p if p < 0.001 => "<0.001".into(),
        p => format!("{p:.3}"),
    }
}

/// A share, in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// Seconds of a training.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => format!("{s:.3}"),
        s if s < 10.0 => format!("{s:.2}"),
        s if s < 100.0 => format!("{s:.1}"),
        s => format!("{s:.0}"),
    }
}

/// How ticks that are `step` apart are written: with as many decimals as it takes.
pub(crate) fn tick(value: f64, step: f64) -> String {
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    if value.abs() >= 10_000.0 {
        let (value, unit) =
            if value.abs() >= 1e6 { (value / 1e6, "M") } else { (value / 1e3, "k") };
        return format!("{value}{unit}").replace('-', "−");
    }
    let decimals = (0..8).find(|&n| {
        let scaled = step * 10f64.powi(n);
        scaled >= 1.0 - 1e-9 && (scaled - scaled.round()).abs() < 1e-6
    });
    format!("{value:.*}", decimals.unwrap_or(8) as usize).replace('-', "−")
}

/// A text cut to a number of characters.
pub(crate) fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        assert_eq!(["0.000", "0.005"], [0.0, 0.005].map(|value| tick(value, 0.005)));
        assert_eq!([tick(0.30000000000000004, 0.1), tick(-1e-17, 0.1)], ["0.3", "0.0"]);
        assert_eq!(
            [tick(20.0, 20.0), tick(-2.5, 2.5), tick(20_000.0, 5000.0)],
            ["20", "−2.5", "20k"]
        );
    }

    #[test]
    fn numbers_are_rounded_and_signed() {
        assert_eq!(
            [signed(0.01234), signed(-0.5), signed(-0.00001)],
            ["+0.0123", "−0.5000", "0.0000"]
        );
        assert_eq!([p_value(0.0004), p_value(0.04), p_value(f64::NAN)], ["<0.001", "0.040", "–"]);
        assert_eq!([cut("abcdef", 4), cut("äöü", 3)], ["abc…", "äöü"]);
    }
}
