//! From a scorer to run and qrels files, and back to the same figures.

use crate::support::{metrics, noisy_scores, some_pairs};
use foretaste_data::{Dataset, IdTable, Interactions, UserId};
use foretaste_eval::{
    Error, Evaluation, Metric, Qrels, Run, RunWriter, TestSet, evaluate, evaluate_run, write_qrels,
    write_run,
};

const N_USERS: usize = 60;
const N_ITEMS: usize = 90;

fn names(prefix: &str, n: usize) -> IdTable {
    IdTable::from_text((0..n).map(|id| format!("{prefix} %{id:03}")))
}

/// Written as files, read and scored: users in the order of ids.
fn by_files(
    test: &Dataset,
    graded: bool,
    metrics: &[Metric],
    mask: &Interactions,
) -> Evaluation<String> {
    let scorer = noisy_scores(N_USERS, N_ITEMS);
    let (users, items) = (names("u", N_USERS), names("i", N_ITEMS));
    let mut writer = RunWriter::new(Vec::new(), "a tag", &users, &items);
    let asked: Vec<UserId> = (0..N_USERS as u32).map(UserId).collect();
    write_run(&mut writer, &scorer, &[mask], &asked, 20).unwrap();
    let run = writer.finish().unwrap();
    let mut qrels = Vec::new();
    write_qrels(&mut qrels, test, graded).unwrap();
    let run = Run::read(&run[..], "run").unwrap();
    let qrels = Qrels::read(&qrels[..], "qrels").unwrap();
    evaluate_run(&run, &qrels, metrics).unwrap()
}

#[test]
fn written_files_give_the_figures_of_the_scorer() {
    let (mask, test) = (some_pairs(1, N_USERS, N_ITEMS, 7), some_pairs(2, N_USERS, N_ITEMS, 9));
    let metrics = metrics(&["ndcg@20", "recall@5", "ap@10", "f1@20", "rr@1", "ndcg_clip@7"]);
    let data = Dataset::new(names("u", N_USERS), names("i", N_ITEMS), test.clone()).unwrap();
    let scorer = noisy_scores(N_USERS, N_ITEMS);
    for graded in [false, true] {
        let set = if graded {
            TestSet::graded(&test, &[], &[]).unwrap()
        } else {
            TestSet::binary(&test, &[], &[]).unwrap()
        };
        let found = evaluate(&scorer, &[&mask], &set, &metrics).unwrap();
        assert_eq!(by_files(&data, graded, &metrics, &mask).values(), found.values());
    }
}

#[test]
fn unknown_users_and_items_stay_misses_in_the_files() {
    // The test data know 20 users and 30 items more than the model.
    let (mask, known) = (some_pairs(1, N_USERS, N_ITEMS, 7), some_pairs(2, N_USERS, N_ITEMS, 9));
    let wide = some_pairs(2, N_USERS + 20, N_ITEMS + 30, 9);
    let (users, items) = (names("u", N_USERS + 20), names("i", N_ITEMS + 30));
    let data = Dataset::new(users, items, wide.clone()).unwrap();
    let unknown_items: Vec<u32> = (0..N_USERS as u32)
        .map(|user| (wide.row(UserId(user)).len() - known.row(UserId(user)).len()) as u32)
        .collect();
    let more = (N_USERS as u32..N_USERS as u32 + 20).map(UserId);
    let unknown: Vec<u32> = more.map(|user| wide.row(user).len() as u32).collect();
    let set = TestSet::binary(&known, &unknown_items, &unknown).unwrap();
    assert_eq!(set.n_relevant(), wide.nnz());
    let metrics = metrics(&["ndcg@20", "recall@5", "ap_min@10", "precision_micro@5"]);
    let found = evaluate(&noisy_scores(N_USERS, N_ITEMS), &[&mask], &set, &metrics).unwrap();
    assert_eq!(found.users_without_list(), 20);
    let again = by_files(&data, false, &metrics, &mask);
    assert_eq!(again.values(), found.values());
    // Also where users weigh: no list is no hit in as many places.
    assert_eq!(again.means(), found.means());
}

#[test]
fn a_run_is_written_with_strictly_decreasing_scores() {
    let (users, items) = (names("u", 1), names("i", 3));
    let mut writer = RunWriter::new(Vec::new(), "my run", &users, &items);
    let list = [2, 0].map(foretaste_data::ItemId);
    writer.write_list(UserId(0), &list).unwrap();
    assert!(matches!(writer.write_list(UserId(1), &list), Err(Error::Size { .. })));
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(
        text,
        "u%20%25000 Q0 i%20%25002 1 2 my%20run\nu%20%25000 Q0 i%20%25000 2 1 my%20run\n"
    );
}

#[test]
fn lists_alone_can_not_give_auc() {
    let run = Run::read(&b"u Q0 1 1 1 t"[..], "run").unwrap();
    let qrels = Qrels::read(&b"u 0 1 1"[..], "qrels").unwrap();
    let found = evaluate_run(&run, &qrels, &[Metric::AUC]);
    assert!(matches!(found, Err(Error::NotOfLists { .. })));
    let nothing = Qrels::read(&b"u 0 1 0\nv 0 2 -1"[..], "qrels").unwrap();
    assert!(matches!(evaluate_run(&run, &nothing, &[]), Err(Error::NoTestUsers)));
}
