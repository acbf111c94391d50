use super::*;
use foretaste_data::ItemId;

fn model(users: IdTable) -> ModelFile {
    let values = vec![0.5, -1.0, 2.0, 0.0];
    let starts = vec![0, 1, 3];
    let items = [0, 0, 2].map(ItemId).to_vec();
    ModelFile {
        info: Info {
            format: FORMAT,
            version: "0.1.0".into(),
            method: "bpr".into(),
            parameters: serde_json::json!({"factors": 2, "lr": 0.05}),
            data: "00".into(),
            training: serde_json::json!({"epochs": 3}),
        },
        users,
        items: IdTable::from_integers(vec![3, 5, 9]),
        seen: Interactions::from_rows(starts, items, 3).unwrap(),
        tensors: BTreeMap::from([("user_factors".into(), Tensor { rows: 2, cols: 2, values })]),
    }
}

fn text_ids() -> IdTable {
    IdTable::from_text(["ann", "bob"])
}

#[test]
fn what_is_written_is_read() {
    for users in [text_ids(), IdTable::from_integers(vec![-1, 7])] {
        let bytes = model(users.clone()).to_bytes().unwrap();
        let read = ModelFile::from_bytes(&bytes, Path::new("m")).unwrap();
        assert_eq!(read, model(users));
    }
}

#[test]
fn the_same_model_is_the_same_bytes() {
    let first = model(text_ids()).to_bytes().unwrap();
    assert!((0..20).all(|_| model(text_ids()).to_bytes().unwrap() == first));
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let good = model(text_ids()).to_bytes().unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            let read = ModelFile::from_bytes(&bad, Path::new("m"));
            assert!(read.is_err(), "bit {bit} of byte {at} may flip unnoticed");
        }
        assert!(ModelFile::from_bytes(&good[..at], Path::new("m")).is_err(), "cut at {at}");
    }
}

#[test]
fn a_later_format_is_refused_by_name() {
    let mut later = model(text_ids());
    later.info.format = FORMAT + 1;
    let read = ModelFile::from_bytes(&later.to_bytes().unwrap(), Path::new("m"));
    assert!(matches!(read, Err(Error::TooNew { found: 2, known: 1, .. })));
}

#[test]
fn numbers_that_are_not_finite_are_not_written() {
    let mut diverged = model(text_ids());
    diverged.tensors.get_mut("user_factors").unwrap().values[2] = f32::NAN;
    assert!(matches!(diverged.to_bytes(), Err(Error::Tensor { .. })));
}
