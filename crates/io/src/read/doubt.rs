//! What looks wrong about how a file was understood, and is no error.

use serde::Serialize;

use crate::error::shown;
use crate::read::guess::is_number;
use crate::read::layout::Layout;
use crate::read::report::FoundColumn;
use crate::read::sample::{Sample, is_decimal_comma};
use crate::read::time::Written;

/// Something about a file that a reader should know before trusting what was read.
///
/// What is told from examples was seen among the first rows of the file, at most 1000.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "doubt")]
#[non_exhaustive]
pub enum Doubt {
    /// Rows count as positive though they are rated 0 or below.
    NotPositive {
        /// How many.
        rows: u64,
        /// The smallest rating.
        smallest: f64,
    },
    /// Rows count as positive whatever a column of few words says.
    Kinds {
        /// The column.
        column: FoundColumn,
        /// What it says among the first rows, the commonest first.
        kinds: Vec<Kind>,
        /// How many rows were looked at.
        rows: u64,
    },
    /// A column was taken for users or items because of its position, and looks like something
    /// else.
    Looks {
        /// `user` or `item`.
        side: &'static str,
        /// The column.
        column: FoundColumn,
        /// What it looks like.
        like: &'static str,
        /// A field of it.
        example: String,
    },
    /// All rows have the same item, in a column that was taken for the items because of its
    /// position.
    OneItem {
        /// The column.
        column: FoundColumn,
    },
    /// Each user has one interaction, in a column that was taken for the users because of its
    /// position.
    UsersOnce {
        /// The column.
        column: FoundColumn,
    },
    /// Ids are whole numbers with a decimal point.
    DecimalIds {
        /// `user` or `item`.
        side: &'static str,
        /// One of them.
        example: String,
    },
    /// Ids begin or end with a blank.
    BlankIds {
        /// `user` or `item`.
        side: &'static str,
        /// The first of them.
        example: String,
    },
    /// Ids are no UTF-8, and are read as windows-1252.
    OldText {
        /// `user` or `item`.
        side: &'static str,
        /// The first of them, as it is read.
        example: String,
    },
    /// User ids in a table end with a colon, or hold one before a blank, as lists have it.
    ColonIds {
        /// One of them.
        example: String,
    },
    /// What may be ratings can't be read, and is left out.
    UnreadRatings {
        /// The column.
        column: FoundColumn,
        /// A field of it.
        example: String,
    },
    /// Times were to be kept, could not be read, and are left out.
    NoTimes {
        /// Line of the first that could not be read.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a column says, and in how many rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// What it says.
    pub value: String,
    /// In how many rows.
    pub rows: u64,
}

/// More than this are no kinds of events, but texts.
const MOST_KINDS: usize = 20;

/// The doubts that the beginning of a table gives rise to.
pub(crate) fn of_sample(layout: &Layout, sample: &Sample, all_positive: bool) -> Vec<Doubt> {
    let view = View { layout, sample, skip: usize::from(layout.header.is_some()) };
    let roles = &layout.roles;
    let mut doubts = Vec::new();
    if all_positive {
        doubts.extend(view.kinds());
    }
    if roles.user_guessed {
        doubts.extend(view.looks("user", roles.user));
    }
    if roles.item_guessed {
        doubts.extend(view.looks("item", roles.item));
        doubts.extend(view.unread_ratings());
    }
    for (side, at) in [("user", roles.user), ("item", roles.item)] {
        if let Some(example) = view.mostly(at, is_decimal_id) {
            doubts.push(Doubt::DecimalIds { side, example });
        }
        if let Some(id) = view.fields(at).find(|id| id.trim() != *id) {
            doubts.push(Doubt::BlankIds { side, example: shown(id) });
        }
    }
    let colon = |id: &str| id.ends_with(':') || id.contains(": ");
    doubts.extend(view.mostly(roles.user, colon).map(|example| Doubt::ColonIds { example }));
    doubts
}

/// What the column that a rule is about says among the first rows, if it is few words.
pub(crate) fn kinds_of(layout: &Layout, sample: &Sample, at: usize) -> Vec<Kind> {
    let skip = usize::from(layout.header.is_some());
    View { layout, sample, skip }.count(at)
}

/// The rows at the beginning of a table.
struct View<'a> {
    layout: &'a Layout,
    sample: &'a Sample,
    skip: usize,
}

impl<'a> View<'a> {
    fn fields(&self, at: usize) -> impl Iterator<Item = &'a str> {
        self.sample.rows.iter().skip(self.skip).filter_map(move |row| Some(row.get(at)?.as_str()))
    }

    /// The first field of a column that passes, if most do.
    fn mostly(&self, at: usize, passes: fn(&str) -> bool) -> Option<String> {
        let most = self.sample.share(at, self.skip, passes) >= 0.9;
        self.fields(at).find(|field| most && passes(field)).map(shown)
    }

    /// Columns of events, and those that say yes and no.
    fn kinds(&self) -> Vec<Doubt> {
        let roles = &self.layout.roles;
        let (user, item) = (Some(roles.user), Some(roles.item));
        let settled = [user, item, roles.rating, roles.time, roles.event];
        let width = self.sample.first().len();
        let flags = (0..width).filter(|at| !settled.contains(&Some(*at)) && self.is_flag(*at));
        let columns: Vec<usize> = roles.event.into_iter().chain(flags).collect();
        let doubt = |at: usize| {
            let kinds = self.count(at);
            let rows = self.fields(at).count() as u64;
            let column = self.layout.column(at);
            let says = kinds.len() > 1 || self.is_flag(at);
            (says && !kinds.is_empty()).then_some(Doubt::Kinds { column, kinds, rows })
        };
        columns.into_iter().filter_map(doubt).collect()
    }

    /// Whether a column says yes and no, or no alone.
    fn is_flag(&self, at: usize) -> bool {
        let is = |field: &str, words: [&str; 2]| {
            words.iter().any(|word| field.eq_ignore_ascii_case(word))
        };
        let mut fields = self.fields(at);
        let (mut no, mut others) = (false, false);
        for field in &mut fields {
            no |= is(field, ["false", "no"]);
            others |= !is(field, ["false", "no"]) && !is(field, ["true", "yes"]);
        }
        no && !others
    }

    /// What a column says, the commonest first; nothing if those are too many.
    fn count(&self, at: usize) -> Vec<Kind> {
        let mut counts = std::collections::BTreeMap::<&str, u64>::new();
        for field in self.fields(at) {
            *counts.entry(field).or_default() += 1;
            if counts.len() > MOST_KINDS {
                return Vec::new();
            }
        }
        let kind = |(value, rows)| Kind { value: shown(value), rows };
        let mut kinds: Vec<Kind> = counts.into_iter().map(kind).collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
        kinds
    }

    fn looks(&self, side: &'static str, at: usize) -> Option<Doubt> {
        let looks = [
            ("a time of day", is_time_of_day as fn(&str) -> bool),
            ("a date", is_date),
            ("a time since 1970", is_epoch),
            ("a rating", is_fraction),
        ];
        let found = |(like, passes)| {
            let (example, column) = (self.mostly(at, passes)?, self.layout.column(at));
            Some(Doubt::Looks { side, column, like, example })
        };
        looks.into_iter().find_map(found).filter(|doubt| {
            let Doubt::Looks { like: "a rating", .. } = doubt else { return true };
            // Whole numbers with a point are ids, written by a program that knows no others.
            self.fields(at).any(|field| is_number(field) && !is_decimal_id(field))
        })
    }

    /// Numbers with a decimal comma or a percent sign behind users and items.
    fn unread_ratings(&self) -> Option<Doubt> {
        let roles = &self.layout.roles;
        let at = roles.user.max(roles.item) + 1;
        let free = roles.rating.is_none() && roles.time != Some(at) && roles.event != Some(at);
        let example = self.mostly(at, is_foreign_number).filter(|_| free)?;
        Some(Doubt::UnreadRatings { column: self.layout.column(at), example })
    }
}

/// `31.0`: an id that a program has taken for a number.
fn is_decimal_id(field: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let zeros = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'0');
    field.split_once('.').is_some_and(|(whole, rest)| digits(whole) && zeros(rest))
}

fn is_time_of_day(field: &str) -> bool {
    Written::of(field) == Some(Written::TimeOfDay)
}

fn is_date(field: &str) -> bool {
    Written::of(field) == Some(Written::Date)
}

fn is_fraction(field: &str) -> bool {
    field.contains('.') && is_number(field)
}

/// Seconds or milliseconds, from 2001 to 2033.
fn is_epoch(field: &str) -> bool {
    let within = |number: i64| (1_000_000_000..2_000_000_000).contains(&number);
    field.parse::<i64>().is_ok_and(|number| within(number) || within(number / 1000))
}

/// `5,0` or `80%`.
fn is_foreign_number(field: &str) -> bool {
    let percent = field.strip_suffix('%').is_some_and(|number| is_number(number.trim_end()));
    percent || is_decimal_comma(field)
}
