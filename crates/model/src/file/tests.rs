use super::*;
use foretaste_data::ItemId;

fn model(users: IdTable) -> ModelFile {
    let values = vec![0.5, -1.0, 2.0, 0.0];
    let starts = vec![0, 1, 3];
    let items = [0, 0, 2].map(ItemId).to_vec();
    ModelFile {
        info: Info {
            format: 1,
            version: "0.1.0".into(),
            method: "bpr".into(),
            parameters: serde_json::json!({"factors": 2, "lr": 0.05}),
            data: "00".into(),
            training: serde_json::json!({"epochs": 3}),
            storage: Storage::default(),
        },
        users,
        items: IdTable::from_integers(vec![3, 5, 9]),
        seen: Interactions::from_rows(starts, items, 3).unwrap(),
        not_positive: None,
        others: None,
        tensors: BTreeMap::from([("user_factors".into(), Tensor::new(&[2, 2], values))]),
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
fn matrices_in_less_room_are_read_as_what_they_stand_for() {
    let mut small = model(text_ids());
    small.info.storage = Storage { numbers: crate::Precision::F16, sparse: true };
    small.info.format = small.info.storage.format();
    let bytes = small.to_bytes().unwrap();
    let read = ModelFile::from_bytes(&bytes, Path::new("m")).unwrap();
    // These numbers have all that half precision needs.
    assert_eq!((&read, read.info.format), (&small, 2));
    assert_eq!(read.to_bytes().unwrap(), bytes);
    assert_eq!(read.fingerprint().unwrap(), small.fingerprint().unwrap());
}

#[test]
fn a_later_format_is_refused_by_name() {
    let mut later = model(text_ids());
    later.info.format = FORMAT + 1;
    let read = ModelFile::from_bytes(&later.to_bytes().unwrap(), Path::new("m"));
    assert!(matches!(read, Err(Error::TooNew { found: 3, known: 2, .. })));
}

#[test]
fn numbers_that_are_not_finite_are_not_written() {
    let mut diverged = model(text_ids());
    let tensors = [
        Tensor::new(&[2, 2], vec![0.0f32, 1.0, f32::NAN, 3.0]),
        Tensor::new(&[4], vec![0.0, 1.0, f64::INFINITY, 3.0]),
    ];
    for tensor in tensors {
        diverged.tensors.insert("user_factors".into(), tensor);
        let error = diverged.to_bytes().unwrap_err().to_string();
        assert!(error.contains("at position 2"), "{error}");
    }
}

#[test]
fn tensors_of_any_shape_and_type_are_read_as_they_were_written() {
    let mut many = model(text_ids());
    many.tensors = BTreeMap::from([
        ("a".into(), Tensor::new(&[2, 1, 3], vec![1u32, 2, 3, u32::MAX, 5, 6])),
        ("b".into(), Tensor::new(&[], vec![7u16])),
        ("c".into(), Tensor::new(&[0, 5], Vec::<u64>::new())),
        ("d".into(), Tensor::new(&[3], vec![1u8, 0, 255])),
        ("e".into(), Tensor::new(&[1, 2], vec![0.1f64, -1e300])),
        ("f".into(), Tensor::new(&[2], vec![0.1f32, -0.0])),
    ]);
    let mut read = ModelFile::from_bytes(&many.to_bytes().unwrap(), Path::new("m")).unwrap();
    assert_eq!(read, many);
    let any = [None, Some(1), None];
    assert_eq!(read.take("a", &any).unwrap(), (vec![2, 1, 3], vec![1u32, 2, 3, u32::MAX, 5, 6]));
    assert_eq!(read.take::<u16>("b", &[]).unwrap(), (vec![], vec![7]));
    let refused = |read: &mut ModelFile, name, shape: &[Option<usize>], reason| {
        let error = read.take::<f32>(name, shape).unwrap_err().to_string();
        assert_eq!(error, format!("tensor `{name}`: {reason}"));
    };
    refused(&mut read, "a", &[None], "is missing");
    refused(&mut read, "c", &[None, Some(4)], "is 0 × 5, not any × 4");
    refused(&mut read, "d", &[Some(3)], "is of u8, not of f32");
    refused(&mut read, "e", &[Some(2)], "is 1 × 2, not 2");
    assert_eq!(read.take::<f32>("f", &[Some(2)]).unwrap().1, [0.1, -0.0]);

    many.tensors.insert("seen.items".into(), Tensor::new(&[1], vec![0u32]));
    let error = many.to_bytes().unwrap_err().to_string();
    assert!(error.contains("keeps for itself"), "{error}");
}

#[test]
fn whatever_users_have_had_is_read_as_it_was_written() {
    let pairs = |starts: Vec<usize>, items: &[u32]| {
        let items = items.iter().copied().map(ItemId).collect();
        Some(Interactions::from_rows(starts, items, 3).unwrap())
    };
    let plain = model(text_ids());
    let (seen, others) = (pairs(vec![0, 1, 1], &[2]), pairs(vec![0, 0, 3], &[0, 1, 2]));
    let mut lengths = std::collections::BTreeSet::new();
    for (not_positive, others) in
        [(None, None), (seen.clone(), None), (None, others.clone()), (seen, others)]
    {
        let file = ModelFile { not_positive, others, ..plain.clone() };
        let bytes = file.to_bytes().unwrap();
        assert_eq!(ModelFile::from_bytes(&bytes, Path::new("m")).unwrap(), file);
        lengths.insert(bytes.len());
    }
    assert_eq!(lengths.first(), Some(&plain.to_bytes().unwrap().len()));
}

#[test]
fn pairs_of_other_users_are_refused() {
    let one = Interactions::from_rows(vec![0, 1], vec![ItemId(2)], 3).unwrap();
    for (not_positive, others) in [(Some(one.clone()), None), (None, Some(one))] {
        let bytes = ModelFile { not_positive, others, ..model(text_ids()) }.to_bytes().unwrap();
        let error = ModelFile::from_bytes(&bytes, Path::new("m")).unwrap_err().to_string();
        assert!(error.contains("does not fit the users"), "{error}");
    }
}

#[test]
fn weights_of_what_was_learned_are_kept_and_those_of_the_rest_are_not() {
    let plain = model(text_ids());
    let weighted = |weights: Vec<f32>| plain.seen.clone().with_weights(weights).unwrap();
    let read = |file: ModelFile| ModelFile::from_bytes(&file.to_bytes().unwrap(), Path::new("m"));
    let file = ModelFile { seen: weighted(vec![0.5, 3.0, 1e9]), ..plain.clone() };
    assert_eq!(read(file.clone()).unwrap(), file);
    let rest = ModelFile { others: Some(weighted(vec![1.0, 2.0, 3.0])), ..plain.clone() };
    assert_eq!(read(rest).unwrap().others.unwrap().weights(), None);
    for strange in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let file = ModelFile { seen: weighted(vec![1.0, strange, 1.0]), ..plain.clone() };
        let error = read(file).unwrap_err().to_string();
        assert!(error.contains("seen.weights") && error.contains("no weight"), "{error}");
    }
}
