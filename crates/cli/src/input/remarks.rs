//! What is said about a file that was read: how it was understood, and what looks wrong.

use crate::output::{count, thousands};
use foretaste::io::{Doubt, Format, FormatKind, FoundColumn, Kind, RatingStats, ReadReport};
use serde_json::{Value, json};

/// A line on how a file was understood; of `ratings`, no row counts as positive yet.
pub(crate) fn understanding(report: &ReadReport, ratings: bool) -> String {
    let columns = match report.format.kind {
        FormatKind::Adjacency => "lists, a user and then its items".to_owned(),
        _ => columns(&report.format, short),
    };
    if ratings {
        return format!("{columns}; {}", count(positive(report), "row"));
    }
    format!("{columns}; {}", positives(report))
}

/// "user=userId,item=movieId", as short as `--columns` takes it.
pub(crate) fn short_columns(report: &ReadReport) -> String {
    columns(&report.format, short)
}

/// Rows that could be used and pass.
fn positive(report: &ReadReport) -> u64 {
    report.rows - report.bad_rows - report.below_threshold
}

/// "user=userId,item=movieId", as `--columns` takes it.
pub(crate) fn columns(format: &Format, name: fn(&FoundColumn) -> String) -> String {
    let columns = [
        ("user", Some(&format.user)),
        ("item", Some(&format.item)),
        ("rating", format.rating.as_ref()),
        ("time", format.time.as_ref()),
        ("event", format.event.as_ref()),
    ];
    let column = |(role, column): (&str, Option<&FoundColumn>)| {
        column.map(|column| format!("{role}={}", name(column)))
    };
    columns.into_iter().filter_map(column).collect::<Vec<_>>().join(",")
}

/// A column as it can stand in an option: by its name, if that is plain and no number.
pub(crate) fn short(column: &FoundColumn) -> String {
    let plain = |name: &&String| {
        !name.is_empty()
            && name.len() <= 40
            && name.chars().all(|c| c.is_alphanumeric() || "_- .:".contains(c))
            && name.parse::<usize>().is_err()
    };
    column.name.as_ref().filter(plain).cloned().unwrap_or_else(|| column.number.to_string())
}

fn positives(report: &ReadReport) -> String {
    let rows = positive(report);
    if let Some(rule) = &report.positive {
        let of = count(rows + report.below_threshold, "row");
        return format!("{} of {of} count as positive: {rule}", thousands(rows));
    }
    let all = match rows {
        1 => "the 1 row counts as positive".to_owned(),
        _ => format!("all {} rows count as positive", thousands(rows)),
    };
    if let (true, Some(RatingStats { min, max, .. })) = (report.weighted, &report.ratings) {
        return format!("{all}, each by its weight ({min} to {max})");
    }
    match (&report.ratings, &report.format.event) {
        (Some(ratings), _) if ratings.min < ratings.max => {
            let RatingStats { min, max, .. } = ratings;
            let range = format!("{all}, whatever their rating ({min} to {max})");
            match bound(ratings) {
                Some(bound) => format!(
                    "{range}; --positive 'rating>={bound}' takes those rated {bound} or more"
                ),
                None => range,
            }
        }
        (_, Some(event)) => format!("{all}, whatever their {}", short(event)),
        _ => all,
    }
}

/// What may be asked of ratings: 4 of 5, 8 of 10; of counts, more than one.
fn bound(ratings: &RatingStats) -> Option<f64> {
    let bound = if ratings.max <= 10.0 { (0.8 * ratings.max).ceil() } else { 2.0 };
    (bound > ratings.min && bound <= ratings.max).then_some(bound)
}

/// How a file was understood, for programs.
pub(crate) fn understood(report: &ReadReport) -> Value {
    json!({
        "format": report.format,
        "positive": { "rule": report.positive, "rows": positive(report) },
        "remarks": remarks(report),
        "doubts": report.doubts,
    })
}

/// What a reader of the file should know before trusting it.
pub(crate) fn remarks(report: &ReadReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(first) = &report.first_bad {
        let skipped = count(report.bad_rows, "bad row");
        remarks
            .push(format!("skipped {skipped}, the first in line {}: {}", first.line, first.reason));
    }
    if report.duplicates > 0 {
        remarks.push(format!("kept {} once", count(report.duplicates, "repeated interaction")));
    }
    for (side, odd) in [("user", &report.odd_users), ("item", &report.odd_items)] {
        if let Some(odd) = odd {
            remarks.push(format!(
                "{} no whole number like the others, the first in line {}: \"{}\"; kept as text",
                match odd.rows {
                    1 => format!("1 {side} id is"),
                    n => format!("{} {side} ids are", thousands(n)),
                },
                odd.first_line,
                odd.first_value,
            ));
        }
    }
    let event = report.format.event.as_ref();
    remarks.extend(report.doubts.iter().filter_map(|found| doubt(found, event)));
    remarks
}

/// `None` for what this version has no words for.
fn doubt(doubt: &Doubt, event: Option<&FoundColumn>) -> Option<String> {
    Some(match doubt {
        Doubt::NotPositive { rows, smallest } => {
            let (rated, leaves) = match *rows {
                1 => ("1 row rated 0 or below counts".to_owned(), "it"),
                n => (format!("{} rows rated 0 or below count", thousands(n)), "them"),
            };
            let down = match *smallest {
                0.0 => String::new(),
                smallest => format!(" (down to {smallest})"),
            };
            format!("{rated} as positive{down}; --positive 'rating>0' leaves {leaves} out")
        }
        Doubt::Kinds { column, kinds, rows } => {
            let apart = if event == Some(column) { "; --feedback tells them apart" } else { "" };
            self::kinds(column, kinds, *rows) + apart
        }
        Doubt::Looks { side, column, like, example } => {
            let is = column_is(column);
            format!("{is} taken for the {side}, and looks like {like} (\"{example}\"); {COLUMNS}")
        }
        Doubt::OneItem { column } => {
            format!(
                "{} taken for the item, and is the same in all rows; {COLUMNS}",
                column_is(column)
            )
        }
        Doubt::UsersOnce { column } => format!(
            "{} taken for the user, and no user has two rows: does it number the rows? {COLUMNS}",
            column_is(column)
        ),
        Doubt::DecimalIds { side, example } => format!(
            "{side} ids are written as decimals (\"{example}\") and kept so: {example} is not {} \
             elsewhere",
            example.split('.').next().unwrap_or_default()
        ),
        Doubt::BlankIds { side, example } => {
            format!("{side} ids have blanks around them, which are kept: \"{example}\"")
        }
        Doubt::OldText { side, example } => format!(
            "{side} ids are no UTF-8, and are read as windows-1252: \"{example}\"; if that is wrong, \
             save the file as UTF-8"
        ),
        Doubt::ColonIds { example } => format!(
            "user ids hold a colon (\"{example}\"): if lines are a user and its items, \
             --layout adjacency reads them"
        ),
        Doubt::UnreadRatings { column, example } => format!(
            "{} not read: if \"{example}\" is a rating, write it as a number with a decimal point",
            column_is(column)
        ),
        Doubt::NoTimes { line, reason } => {
            format!("times are left out, the first that can't be read is in line {line}: {reason}")
        }
        _ => return None,
    })
}

const COLUMNS: &str = "--columns user=N,item=N says which are";

/// "column 2 is", "column 2 (when) is".
fn column_is(column: &FoundColumn) -> String {
    let name = column.name.as_ref().filter(|name| !name.is_empty());
    let name = name.map_or(String::new(), |_| format!(" ({})", short(column)));
    format!("column {}{name} is", column.number)
}

fn kinds(column: &FoundColumn, kinds: &[Kind], rows: u64) -> String {
    const SHOWN: usize = 6;
    let name = short(column);
    let numbered = name == column.number.to_string();
    let what = if numbered { format!("column {name}") } else { name.clone() };
    let said = |kind: &Kind| format!("{} ({})", kind.value, thousands(kind.rows));
    let mut list: Vec<String> = kinds.iter().take(SHOWN).map(said).collect();
    if kinds.len() > SHOWN {
        list.push("…".into());
    }
    let find = |words: &[&str]| {
        let is = |kind: &&Kind| words.iter().any(|word| kind.value.eq_ignore_ascii_case(word));
        kinds.iter().find(is).map(|kind| kind.value.as_str())
    };
    // What is known to be dear, or else the rarest; of yes and no, yes, also where it isn't there.
    let one = find(&["true", "yes"])
        .or_else(|| find(&["false"]).map(|_| "true"))
        .or_else(|| find(&["no"]).map(|_| "yes"))
        .or_else(|| find(&["purchase", "buy", "order", "transaction"]))
        .or_else(|| kinds.last().map(|kind| kind.value.as_str()))
        .unwrap_or_default();
    format!(
        "all kinds of {what} count as positive: {} in the first {}; --positive '{name}={one}' \
         takes one of them",
        list.join(", "),
        count(rows, "row"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_options_take_them() {
        let column = |name: Option<&str>| FoundColumn { number: 3, name: name.map(str::to_owned) };
        for (name, text) in [
            (Some("userId"), "userId"),
            (Some("User ID"), "User ID"),
            (Some(""), "3"),
            (Some("17"), "3"),
            (Some("a,b"), "3"),
            (Some("a\u{1b}[31m"), "3"),
            (None, "3"),
        ] {
            assert_eq!(short(&column(name)), text);
        }
        assert_eq!(column_is(&column(Some("when"))), "column 3 (when) is");
        assert_eq!(column_is(&column(None)), "column 3 is");
    }

    #[test]
    fn bounds_are_what_the_range_allows() {
        let bound = |min, max| bound(&RatingStats { min, max, mean: min });
        assert_eq!(bound(0.5, 5.0), Some(4.0));
        assert_eq!(bound(0.0, 10.0), Some(8.0));
        assert_eq!(bound(0.0, 1.0), Some(1.0));
        assert_eq!(bound(-1.0, 1.0), Some(1.0));
        assert_eq!(bound(1.0, 350.0), Some(2.0));
        assert_eq!(bound(-2.0, -1.0), None);
        assert_eq!(bound(0.2, 0.7), None);
        assert_eq!(bound(4.5, 5.0), None);
    }
}
