//! Which column is what: as asked for, and by the names that data sets use.

use std::fmt;
use std::str::FromStr;

use crate::error::{OptionProblem, shown};

/// A column, by number or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Counted from 1.
    Number(usize),
    /// By its name in the header: exactly, or else in any case.
    Name(String),
}

impl FromStr for Column {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        match text.trim().parse() {
            Ok(0) => Err(OptionProblem::Column { text: shown(text) }),
            Ok(number) => Ok(Self::Number(number)),
            Err(_) if text.trim().is_empty() => Err(OptionProblem::Column { text: shown(text) }),
            Err(_) => Ok(Self::Name(text.trim().to_owned())),
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Which column holds what, as asked for; reads as
/// `user=1,item=2,rating=3,time=4,event=5`, with numbers or header names.
///
/// What is not named is sniffed; but when user or item is named, the others are only found by
/// their header names, no longer by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The users' column.
    pub user: Option<Column>,
    /// The items' column.
    pub item: Option<Column>,
    /// The ratings' (or counts', or weights') column.
    pub rating: Option<Column>,
    /// The times' column.
    pub time: Option<Column>,
    /// The column that says what happened: viewed, bought.
    pub event: Option<Column>,
}

impl Columns {
    /// The columns asked for, with their roles.
    pub(crate) fn named(&self) -> impl Iterator<Item = (Role, &Column)> {
        Role::ALL.into_iter().filter_map(|role| Some((role, self.get(role)?)))
    }

    pub(crate) fn get(&self, role: Role) -> Option<&Column> {
        match role {
            Role::User => self.user.as_ref(),
            Role::Item => self.item.as_ref(),
            Role::Rating => self.rating.as_ref(),
            Role::Time => self.time.as_ref(),
            Role::Event => self.event.as_ref(),
        }
    }

    fn set(&mut self, role: Role, column: Column) -> Result<(), OptionProblem> {
        let place = match role {
            Role::User => &mut self.user,
            Role::Item => &mut self.item,
            Role::Rating => &mut self.rating,
            Role::Time => &mut self.time,
            Role::Event => &mut self.event,
        };
        if place.replace(column).is_some() {
            return Err(OptionProblem::RepeatedRole { role: role.name().into() });
        }
        Ok(())
    }
}

impl FromStr for Columns {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        let mut columns = Self::default();
        for part in text.split(',') {
            let whole = || OptionProblem::ColumnPart { part: shown(part) };
            let (role, column) = part.split_once('=').ok_or_else(whole)?;
            let role = role.trim();
            let role = (Role::ALL.into_iter())
                .find(|known| known.name() == role)
                .ok_or_else(|| OptionProblem::ColumnRole { role: shown(role) })?;
            let column = column.parse().map_err(|_| match column.trim() {
                "" => whole(),
                _ => OptionProblem::ColumnZero { role: role.name().into() },
            })?;
            columns.set(role, column)?;
        }
        Ok(columns)
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (role, column)) in self.named().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            write!(f, "{comma}{}={column}", role.name())?;
        }
        Ok(())
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Item,
    Rating,
    Time,
    Event,
}

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::User, Self::Item, Self::Rating, Self::Time, Self::Event];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Item => "item",
            Self::Rating => "rating",
            Self::Time => "time",
            Self::Event => "event",
        }
    }

    /// The header names of the role, the surest first, as [`plain_name`] writes them.
    fn known_names(self) -> &'static [&'static str] {
        match self {
            Self::User => USER_NAMES,
            Self::Item => ITEM_NAMES,
            Self::Rating => RATING_NAMES,
            Self::Time => TIME_NAMES,
            Self::Event => EVENT_NAMES,
        }
    }

    /// The column of this role in a header, if a name gives it away.
    pub(crate) fn find(self, header: &[String]) -> Option<usize> {
        find_name(self.known_names(), header)
    }
}

/// The column of a header whose name says that it marks rows, by numbers or by words: a rating if
/// by numbers.
pub(crate) fn find_mark(header: &[String]) -> Option<usize> {
    find_name(MARK_NAMES, header)
}

/// The column of a header that says what happened, where something is known to: by names that may
/// mean something else elsewhere.
pub(crate) fn find_event(header: &[String]) -> Option<usize> {
    find_name(EVENT_NAMES, header).or_else(|| find_name(LOOSE_EVENT_NAMES, header))
}

/// Whether a column has no name, or the one that pandas gives to such: it numbers the rows.
pub(crate) fn is_unnamed(name: &str) -> bool {
    let plain = plain_name(name);
    plain.is_empty() || (plain == "unnamed" && name.contains(':'))
}

/// The column of the titles in a header, if a name gives it away.
pub(crate) fn find_title(header: &[String]) -> Option<usize> {
    find_name(TITLE_NAMES, header)
}

/// The column of tags in a header, if a name gives it away.
pub(crate) fn find_tag(header: &[String]) -> Option<usize> {
    find_name(TAG_NAMES, header)
}

/// The column of texts in a header, if a name gives it away.
pub(crate) fn find_text(header: &[String]) -> Option<usize> {
    find_name(&["text", "profile", "description"], header)
}

fn find_name(known: &[&str], header: &[String]) -> Option<usize> {
    let plain: Vec<String> = header.iter().map(|name| plain_name(name)).collect();
    known.iter().find_map(|known| plain.iter().position(|name| name == known))
}

/// A header name without case, punctuation and RecBole's `:type`.
fn plain_name(name: &str) -> String {
    let name = name.split(':').next().unwrap_or(name);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

const USER_NAMES: &[&str] = &[
    "user",
    "userid",
    "uid",
    "useridx",
    "userindex",
    "users",
    "visitorid",
    "customerid",
    "customer",
    "reviewerid",
    "memberid",
    "accountid",
    "profileid",
    "playerid",
    "clientid",
    "personid",
    "buyerid",
    "authorid",
    "steamid",
    "username",
    "sessionid",
];

const ITEM_NAMES: &[&str] = &[
    "item",
    "itemid",
    "iid",
    "itemidx",
    "itemindex",
    "items",
    "movieid",
    "movie",
    "productid",
    "product",
    "parentasin",
    "asin",
    "isbn",
    "trackid",
    "track",
    "songid",
    "song",
    "artistid",
    "artist",
    "albumid",
    "bookid",
    "book",
    "businessid",
    "venueid",
    "poiid",
    "poi",
    "locationid",
    "gameid",
    "appid",
    "articleid",
    "newsid",
    "videoid",
    "animeid",
    "recipeid",
    "beerid",
    "jobid",
    "courseid",
    "adid",
    "sku",
    "stockcode",
];

const RATING_NAMES: &[&str] = &[
    "rating",
    "ratings",
    "bookrating",
    "userrating",
    "score",
    "stars",
    "star",
    "overall",
    "weight",
    "count",
    "counts",
    "plays",
    "playcount",
    "listencount",
    "timesplayed",
    "quantity",
    "value",
    "preference",
];

const TIME_NAMES: &[&str] = &[
    "timestamp",
    "unixreviewtime",
    "unixtime",
    "unixtimestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "reviewtime",
    "createdat",
    "eventtime",
];

const EVENT_NAMES: &[&str] = &[
    "event",
    "eventtype",
    "eventname",
    "action",
    "actiontype",
    "behavior",
    "behaviortype",
    "behaviour",
    "behaviourtype",
    "interactiontype",
    "feedbacktype",
    "activitytype",
];

const LOOSE_EVENT_NAMES: &[&str] = &["feedback", "type", "kind", "level"];

const MARK_NAMES: &[&str] = &[
    "feedback",
    "liked",
    "like",
    "isliked",
    "clicked",
    "click",
    "isclick",
    "purchased",
    "bought",
    "label",
];

const TAG_NAMES: &[&str] =
    &["tag", "tags", "tagname", "genre", "genres", "category", "categoryid", "brand", "label"];

const TITLE_NAMES: &[&str] =
    &["title", "name", "movietitle", "itemtitle", "itemname", "booktitle", "productname", "label"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_list_is_read_and_written() {
        let text = "user=1,item=movieId,rating=3,time=4,event=kind";
        let columns: Columns = text.parse().unwrap();
        assert_eq!(columns.user, Some(Column::Number(1)));
        assert_eq!(columns.item, Some(Column::Name("movieId".into())));
        assert_eq!(columns.to_string(), text);
    }

    #[test]
    fn a_bad_column_list_names_the_part() {
        for (text, message) in [
            ("user", "columns: \"user\" is not role=column"),
            ("", "columns: \"\" is not role=column"),
            ("user=", "columns: \"user=\" is not role=column"),
            ("who=1", "columns: \"who\" is not user, item, rating, time or event"),
            ("user=1,user=2", "columns: \"user\" is given twice"),
            ("item=0", "columns: \"item=0\": columns are counted from 1"),
        ] {
            assert_eq!(text.parse::<Columns>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_column_is_a_number_from_1_or_a_name() {
        assert_eq!(" 3 ".parse(), Ok(Column::Number(3)));
        assert_eq!(" plays ".parse(), Ok(Column::Name("plays".into())));
        for text in ["0", "00", "", " "] {
            let error = text.parse::<Column>().unwrap_err();
            let message = format!("column \"{text}\" is neither a number from 1 nor a header name");
            assert_eq!(error.to_string(), message);
            assert!(error.help().contains("--weight"), "{}", error.help());
        }
    }

    #[test]
    fn header_names_are_found_in_any_spelling() {
        let header: Vec<String> =
            ["User ID", "movie_id", "Plays", "unixReviewTime", "x:token"].map(String::from).into();
        assert_eq!(Role::User.find(&header), Some(0));
        assert_eq!(Role::Item.find(&header), Some(1));
        assert_eq!(Role::Rating.find(&header), Some(2));
        assert_eq!(Role::Time.find(&header), Some(3));
        assert_eq!(Role::User.find(&["user_id:token".to_owned()]), Some(0));
        assert_eq!(Role::Event.find(&["Event Type".to_owned()]), Some(0));
        assert_eq!(find_mark(&["x".to_owned(), "is_click".to_owned()]), Some(1));
        assert_eq!(["", "Unnamed: 0", "unnamed", "id"].map(is_unnamed), [true, true, false, false]);
        assert_eq!(find_title(&header), None);
    }
}
