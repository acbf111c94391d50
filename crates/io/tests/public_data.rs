//! Reads well-known public data sets, where they are at hand.
//!
//! Their licences forbid carrying them along: `FORETASTE_DATA` names a folder that holds them, as
//! `ml-100k/u.data` and so on. Without it nothing is read, and the test says so.

use std::io::Write;
use std::path::{Path, PathBuf};

use foretaste_data::{Dataset, Keep, SplitMethod, k_core, split};
use foretaste_io::{FormatKind, ReadOptions, ReadReport, read_interactions, read_titles};

fn folder() -> Option<PathBuf> {
    std::env::var_os("FORETASTE_DATA").map(PathBuf::from)
}

fn read(folder: &Path, file: &str) -> (Dataset, ReadReport) {
    let keep = Keep { weights: true, times: true };
    read_interactions(folder.join(file), &ReadOptions { keep, ..ReadOptions::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Users, items and interactions.
fn shape(dataset: &Dataset) -> (usize, usize, usize) {
    (dataset.users().len(), dataset.items().len(), dataset.interactions().nnz())
}

#[test]
fn well_known_data_sets_have_their_well_known_shapes() {
    let Some(folder) = folder() else {
        // Written directly, which the test harness does not capture.
        let _ = writeln!(std::io::stderr(), "not run: FORETASTE_DATA is not set");
        return;
    };
    let (ml_100k, report) = read(&folder, "ml-100k/u.data");
    assert_eq!(shape(&ml_100k), (943, 1_682, 100_000));
    assert_eq!((report.duplicates, report.odd_users, report.odd_items), (0, None, None));
    assert_eq!(report.times, Some((874_724_710, 893_286_638)));
    assert_eq!(report.ratings.map(|ratings| (ratings.min, ratings.max)), Some((1.0, 5.0)));
    let (latest, report) = read(&folder, "ml-latest-small/ratings.csv");
    assert_eq!(shape(&latest), (671, 9_066, 100_004));
    assert!(report.format.header && report.format.time.is_some());
    let (ml_1m, report) = read(&folder, "ml-1m/ratings.csv");
    assert_eq!(shape(&ml_1m), (6_040, 3_706, 1_000_209));
    assert_eq!(report.format.time, None);
    let (gowalla, report) = read(&folder, "gowalla/train.txt");
    assert_eq!(report.format.kind, FormatKind::Adjacency);
    assert_eq!(shape(&gowalla), (29_858, 40_981, 810_128));
    let core = k_core(&ml_100k, 20, 20).unwrap_or_else(|error| panic!("{error}"));
    assert!(core.interactions().item_counts().iter().all(|&count| count >= 20));
    let method = SplitMethod::UserTime { valid: 0.1, test: 0.2 };
    let parts = split(&ml_100k, method, 1).unwrap_or_else(|error| panic!("{error}"));
    assert!(parts.train.interactions().nnz() > 70_000);
}

#[test]
fn well_known_title_files_have_their_titles() {
    let Some(folder) = folder() else {
        // Written directly, which the test harness does not capture.
        let _ = writeln!(std::io::stderr(), "not run: FORETASTE_DATA is not set");
        return;
    };
    for (file, titles, id, title) in [
        ("ml-latest-small/movies.csv", 9_125, "1", "Toy Story (1995)"),
        ("ml-1m/movies.dat", 3_883, "3", "Grumpier Old Men (1995)"),
        ("ml-100k/u.item", 1_682, "1", "Toy Story (1995)"),
    ] {
        let read = read_titles(folder.join(file)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((read.len(), read.get(id)), (titles, Some(title)), "{file}");
        assert!(read.iter().all(|(_, title)| !title.contains('\u{fffd}')), "{file}");
    }
}
