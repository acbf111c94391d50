//! Checks on real data, which may not be redistributed: they run where `FORETASTE_DATA` names a
//! folder that has it.

use foretaste::bpr::BprTechnique;
use foretaste::eval::{TestSet, evaluate};
use foretaste::io::{ReadOptions, read_interactions};
use foretaste::mf::{Params, Silent};
use foretaste::{Method, Recommender};
use std::io::Write;
use std::path::PathBuf;

/// The folder of a data set; `None`, said aloud, where there is none.
fn folder(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("FORETASTE_DATA").map(PathBuf::from);
    let folder = data.map(|data| data.join(name)).filter(|folder| folder.is_dir());
    if folder.is_none() {
        say(format_args!("not run: FORETASTE_DATA names no folder with {name}"));
    }
    folder
}

/// Says something even if the test passes: what is written to stderr directly is not captured.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn bpr_on_movielens_1m_ranks_as_well_as_it_did() {
    let Some(folder) = folder("ml-1m-split") else { return };
    let read =
        |name: &str| read_interactions(folder.join(name), &ReadOptions::default()).unwrap().0;
    let (train, test) = (read("train.csv"), read("test.csv"));
    let test = TestSet::of_dataset(&test, train.users(), train.items(), |_| true).unwrap();
    let params = Params { epochs: 20, ..Params::default() };
    let model = Recommender::fit(&Method::of(BprTechnique, &params), train, &mut Silent).unwrap();
    let metrics = ["ndcg@10".parse().unwrap(), "recall@20".parse().unwrap()];
    let means = evaluate(model.scorer(), &[model.seen()], &test, &metrics).unwrap().means();
    say(format_args!("ml-1m-split: NDCG@10 {:.4}, Recall@20 {:.4}", means[0], means[1]));
    // What the best public BPR reaches after a hundred epochs.
    assert!(means[0] > 0.366 && means[1] > 0.239, "{means:?}");
}
