//! Rows of forms that have none.

use std::io::{self, BufRead, Write};

use crate::Shape;

/// A line of these forms is a user, and no data set has so many items.
const LONGEST: u64 = 64 << 20;

/// Writes the rows of a file.
pub(crate) fn rows(shape: Shape, mut input: impl BufRead, out: &mut dyn Write) -> io::Result<()> {
    let header: &[u8] = match shape {
        Shape::Matrix => b"user,item,rating\n",
        Shape::Counted => b"user,item\n",
    };
    out.write_all(header)?;
    let mut line = String::new();
    let mut width = None;
    for user in 0.. {
        line.clear();
        if io::Read::take(&mut input, LONGEST).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let is_last = input.fill_buf()?.is_empty();
        // An empty line at the end is no user.
        if is_last && line.trim().is_empty() {
            return Ok(());
        }
        let row = match shape {
            _ if !is_last && !line.ends_with('\n') => {
                Err(format!("is longer than {} MiB", LONGEST >> 20))
            }
            Shape::Matrix => matrix(user, &line, &mut width, out)?,
            Shape::Counted => counted(user, &line, out)?,
        };
        row.map_err(|problem| {
            io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {problem}", user + 1))
        })?;
    }
    Ok(())
}

/// What is wrong with a line, if anything.
type Row = Result<(), String>;

/// `width` is that of the first line.
fn matrix(
    user: u64,
    line: &str,
    width: &mut Option<usize>,
    out: &mut dyn Write,
) -> io::Result<Row> {
    let ratings: Vec<&str> = line.split_whitespace().collect();
    let width = *width.get_or_insert(ratings.len());
    if ratings.len() != width {
        return Ok(Err(format!("has {} ratings, and the first line {width}", ratings.len())));
    }
    for (item, rating) in ratings.into_iter().enumerate() {
        match rating.parse::<f64>() {
            Ok(0.0) => {}
            Ok(x) if x.is_finite() => writeln!(out, "{user},{item},{rating}")?,
            _ => return Ok(Err(format!("{:?} is no rating", shortened(rating)))),
        }
    }
    Ok(Ok(()))
}

fn counted(user: u64, line: &str, out: &mut dyn Write) -> io::Result<Row> {
    let mut fields = line.split_whitespace();
    let Some(count) = fields.next() else { return Ok(Ok(())) };
    let Ok(count) = count.parse::<usize>() else {
        return Ok(Err(format!("{:?} is no number of items", shortened(count))));
    };
    let items: Vec<&str> = fields.collect();
    if items.len() != count {
        return Ok(Err(format!("has {} items, and says {count}", items.len())));
    }
    for item in items {
        if item.parse::<u64>().is_err() {
            return Ok(Err(format!("{:?} is no item", shortened(item))));
        }
        writeln!(out, "{user},{item}")?;
    }
    Ok(Ok(()))
}

fn shortened(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(shape: Shape, text: &str) -> Result<String, String> {
        let mut out = Vec::new();
        let made = rows(shape, text.as_bytes(), &mut out);
        made.map(|()| String::from_utf8(out).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_matrix_has_a_row_for_each_rating() {
        let text = "0 3 0\n5 0 0.5\n";
        assert_eq!(made(Shape::Matrix, text).unwrap(), "user,item,rating\n0,1,3\n1,0,5\n1,2,0.5\n");
        assert_eq!(made(Shape::Matrix, "0 1\n0 x\n").unwrap_err(), "line 2: \"x\" is no rating");
        assert!(made(Shape::Matrix, "NaN\n").is_err());
    }

    #[test]
    fn a_matrix_has_lines_of_one_length() {
        for (text, line) in [("0 1 0\n1 0\n", 2), ("0 1\n1 0\n1 0 0\n", 3), ("1 0\n\n0 1\n", 2)] {
            let problem = made(Shape::Matrix, text).unwrap_err();
            assert!(problem.starts_with(&format!("line {line}: has ")), "{problem}");
        }
        assert_eq!(
            made(Shape::Matrix, "0 1\n1 0\n\n").unwrap(),
            "user,item,rating\n0,1,1\n1,0,1\n"
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_not_cut() {
        let line = io::Read::take(io::repeat(b'0'), LONGEST + 1);
        let made = rows(Shape::Matrix, io::BufReader::new(line), &mut io::sink());
        let problem = made.unwrap_err();
        assert_eq!(problem.kind(), io::ErrorKind::InvalidData);
        assert_eq!(problem.to_string(), "line 1: is longer than 64 MiB");
    }

    #[test]
    fn a_counted_line_has_as_many_items_as_it_says() {
        assert_eq!(made(Shape::Counted, "2 7 9\n0\n1 7").unwrap(), "user,item\n0,7\n0,9\n2,7\n");
        let short = made(Shape::Counted, "2 7 9\n3 7\n").unwrap_err();
        assert_eq!(short, "line 2: has 1 items, and says 3");
        assert!(made(Shape::Counted, "1 a\n").is_err());
        assert!(made(Shape::Counted, "<html>\n").is_err());
    }
}
