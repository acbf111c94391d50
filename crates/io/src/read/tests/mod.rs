//! Tests of reading as a whole.

mod bad;
mod doubts;
mod events;
mod formats;
mod json;
mod round_trip;
mod seen;

use crate::{Error, ReadOptions, ReadReport, read_interactions_from};
use foretaste_data::{Dataset, Keep};

const ALL: Keep = Keep { weights: true, times: true };

fn read_with(
    text: impl AsRef<[u8]>,
    options: &ReadOptions,
) -> Result<(Dataset, ReadReport), Error> {
    read_interactions_from(text.as_ref(), "file", options)
}

fn read_all(text: impl AsRef<[u8]>) -> (Dataset, ReadReport) {
    read_with(text, &ReadOptions { keep: ALL, ..ReadOptions::default() }).unwrap()
}

/// The rows as `user item weight time`.
fn rows(dataset: &Dataset) -> Vec<String> {
    (dataset.interactions().pairs())
        .map(|pair| {
            let user = dataset.users().name(pair.user.0).unwrap();
            let item = dataset.items().name(pair.item.0).unwrap();
            format!("{user} {item} {} {}", pair.weight, pair.time)
        })
        .collect()
}
