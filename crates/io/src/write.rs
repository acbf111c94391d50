//! Interactions as csv.

use std::io::{self, Write};

use foretaste_data::{Dataset, IdTable, Interactions};

/// Writes `user,item`, and `rating` and `time` if they were kept, as csv with a header, by user,
/// then item.
///
/// [`read_interactions`](crate::read_interactions) gives the same data set again, as long as no
/// id is empty or holds a line break, and every user and item has an interaction.
///
/// # Errors
/// What `output` returns.
pub fn write_interactions(dataset: &Dataset, output: &mut dyn Write) -> io::Result<()> {
    write_pairs(dataset, dataset.interactions(), output)
}

/// [`write_interactions`] of another matrix over the same ids, such as a feedback beside the target.
///
/// # Errors
/// What `output` returns.
pub fn write_pairs(
    dataset: &Dataset,
    interactions: &Interactions,
    output: &mut dyn Write,
) -> io::Result<()> {
    let kept = interactions.kept();
    output.write_all(b"user,item")?;
    output.write_all(if kept.weights { b",rating" } else { b"" })?;
    output.write_all(if kept.times { b",time\n" } else { b"\n" })?;
    // Text in quotes always: blanks around an id are part of it, and readers trim them.
    let style = csv::QuoteStyle::NonNumeric;
    let mut csv = csv::WriterBuilder::new().quote_style(style).from_writer(output);
    let name = |ids: &IdTable, index| ids.name(index).unwrap_or_default().into_owned();
    let items: Vec<String> =
        (0..dataset.items().len() as u32).map(|item| name(dataset.items(), item)).collect();
    let (mut user, mut user_name) = (u32::MAX, String::new());
    for pair in interactions.pairs() {
        if pair.user.0 != user {
            (user, user_name) = (pair.user.0, name(dataset.users(), pair.user.0));
        }
        csv.write_field(&user_name)?;
        csv.write_field(&items[pair.item.index()])?;
        if kept.weights {
            csv.write_field(pair.weight.to_string())?;
        }
        if kept.times {
            csv.write_field(pair.time.to_string())?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}
