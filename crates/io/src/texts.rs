//! Texts about users or items, one for each id.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{RowProblem, shown};
use crate::read::{find_text, find_title, in_file, open};
use crate::titles::each;
use crate::{Error, Side};

/// A text, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedText {
    /// The id.
    pub id: String,
    /// The text, which may have several lines, or none.
    pub text: String,
}

/// Reads texts in the order of the file: `id,text`, or a file of titles.
///
/// As [`read_titles`](crate::read_titles), but that a column called `text`, `profile` or `description`
/// goes before a title, and that an id has one text.
///
/// # Errors
/// [`Error::Row`] for a row without id and text, or with an id that was there before;
/// [`Error::Input`] for a file that can't be read.
pub fn read_texts(path: impl AsRef<Path>, side: Side) -> Result<Vec<NamedText>, Error> {
    let name = path.as_ref().display().to_string();
    let (file, _) = open(path.as_ref()).map_err(|problem| in_file(&name, problem))?;
    let find = |row: &[String]| find_text(row).or_else(|| find_title(row));
    let (mut texts, mut lines) = (Vec::new(), HashMap::new());
    each(file, &name, (side, find), |line, id, text| {
        if let Some(first) = lines.insert(id.to_owned(), line) {
            let (side, value) = (side.name(), shown(id));
            return Err(RowProblem::RepeatedId { side, value, first });
        }
        texts.push(NamedText { id: id.to_owned(), text: text.to_owned() });
        Ok(())
    })?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("texts");
        std::fs::write(&path, text).unwrap();
        let texts = read_texts(&path, Side::Item)?;
        Ok(texts.into_iter().map(|one| (one.id, one.text)).collect())
    }

    #[test]
    fn texts_are_read_in_the_order_of_the_file() {
        for text in [
            "id,text\n7,\"One, and\ntwo\"\na,\nb,some words here\n",
            "title,item_id,description\nx,7,\"One, and\ntwo\"\ny,a,\nz,b,some words here\n",
            "7,\"One, and\ntwo\"\na,\nb,some words here\n",
        ] {
            let expected = [("7", "One, and\ntwo"), ("a", ""), ("b", "some words here")];
            let expected = expected.map(|(id, text)| (id.to_owned(), text.to_owned()));
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        assert_eq!(read("7::Heat (1995)::Crime\n").unwrap()[0].1, "Heat (1995)");
    }

    #[test]
    fn an_id_has_one_text() {
        let said = |text: &str| read(text).unwrap_err().to_string();
        let again = said("id,text\n1,a\n2,b\n1,c\n");
        assert!(
            again.ends_with("texts:4: the item id \"1\" is here again, first in line 2"),
            "{again}"
        );
        assert!(said("id,text\n").ends_with("texts: the file has a header and no rows"));
        assert!(said("1,a\n2\n").contains("texts:2: found 1 field(s)"));
    }
}
