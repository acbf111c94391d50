use super::*;
use proptest::prelude::*;

fn named(tensor: Tensor) -> Tensors {
    BTreeMap::from([("x".to_owned(), tensor)])
}

fn packed(storage: Storage, tensors: &Tensors) -> Tensors {
    pack(storage, tensors)
        .unwrap()
        .into_iter()
        .map(|(name, one)| (name, one.into_owned()))
        .collect()
}

fn all() -> impl Iterator<Item = Storage> {
    let precisions = [Precision::F32, Precision::F16, Precision::I8];
    precisions
        .into_iter()
        .flat_map(|numbers| [false, true].map(|sparse| Storage { numbers, sparse }))
}

/// Rows of some widths whose numbers are of different sizes, zeros among them.
fn matrices() -> impl Strategy<Value = Tensor> {
    let number = prop_oneof![3 => Just(0.0f32), 5 => -2.0f32..2.0, 1 => -60000.0f32..60000.0, 1 => -1e-6f32..1e-6];
    (0usize..6, 2usize..20).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(number.clone(), rows * columns)
            .prop_map(move |values| Tensor::new(&[rows, columns], values))
    })
}

proptest! {
    #[test]
    fn what_is_read_is_near_and_written_again_the_same(tensor in matrices()) {
        for storage in all() {
            let file = packed(storage, &named(tensor.clone()));
            let read = unpack(storage, file.clone()).unwrap();
            prop_assert_eq!(read.keys().collect::<Vec<_>>(), ["x"]);
            prop_assert_eq!(read["x"].shape(), tensor.shape());
            let again = packed(storage, &read);
            // What is too small for the type is 0 now, which a sparse file leaves out.
            if storage.numbers == Precision::F32 || !storage.sparse {
                prop_assert_eq!(&again, &file, "{:?}", storage);
            }
            prop_assert_eq!(packed(storage, &unpack(storage, again.clone()).unwrap()), again);
            let (before, after): (&[f32], &[f32]) =
                (tensor.values().unwrap(), read["x"].values().unwrap());
            let columns = tensor.shape()[1];
            for (before, after) in before.chunks(columns).zip(after.chunks(columns)) {
                let largest = before.iter().fold(0.0f32, |most, x| most.max(x.abs()));
                for (x, y) in before.iter().zip(after) {
                    let error = match storage.numbers {
                        Precision::F32 => 0.0,
                        // Half of the last of 11 bits; below 2⁻¹⁴ half of 2⁻²⁴.
                        Precision::F16 => (x.abs() / 2048.0).max(2f32.powi(-25)),
                        // Half a step, and what scale and product round.
                        Precision::I8 => largest / 254.0 * 1.0001,
                    };
                    prop_assert!((x - y).abs() <= error, "{:?}: {} {}", storage, x, y);
                }
            }
        }
    }

    #[test]
    fn no_file_makes_it_panic(
        tensor in matrices(), bytes in proptest::collection::vec(any::<u8>(), 0..40), drop in 0usize..4,
        shape in proptest::collection::vec(0u64..70000, 0..4),
    ) {
        for storage in all() {
            let mut file = packed(storage, &named(tensor.clone()));
            let names: Vec<String> = file.keys().cloned().collect();
            match drop {
                0 => drop_one(&mut file, &names, bytes.len()),
                1 => { file.insert("x.kept".into(), Tensor::new(&[1, bytes.len()], bytes.clone())); }
                2 => { file.insert("x.shape".into(), Tensor::new(&[shape.len()], shape.clone())); }
                _ => { file.insert("x.scale".into(), Tensor::new(&[1], vec![f32::MAX])); }
            }
            let _ = unpack(storage, file);
        }
    }
}

fn drop_one(file: &mut Tensors, names: &[String], which: usize) {
    file.remove(&names[which % names.len()]);
}

#[test]
fn a_quarter_of_the_numbers_takes_a_third_of_the_room() {
    let values: Vec<f32> = (0..100 * 64).map(|n| if n % 4 == 0 { n as f32 } else { 0.0 }).collect();
    let tensors = named(Tensor::new(&[100, 64], values));
    let bytes = |storage| -> usize {
        packed(storage, &tensors).values().map(|one| one.bytes().len()).sum()
    };
    let room: Vec<usize> = all().map(bytes).collect();
    // Of each row: 256; 64 and 8 of bits (and one 0); 128; 32 + 8; 64 + 4; 16 + 8 + 4. The shape: 16.
    let rows = [256, 72, 128, 40, 68, 28].map(|row| row * 100);
    let sparse = |at: usize, zeros: usize| rows[at] + 16 - zeros;
    assert_eq!(room, [rows[0], sparse(1, 4), rows[2], sparse(3, 2), rows[4], sparse(5, 1)]);
}

#[test]
fn only_matrices_of_f32_are_packed() {
    let mut tensors = named(Tensor::new(&[3, 1], vec![0.5f32, 0.0, 1.0]));
    tensors.insert("y".into(), Tensor::new(&[2, 2], vec![1.0f64, 0.0, 0.25, 3.0]));
    tensors.insert("z".into(), Tensor::new(&[4], vec![1.0f32, 0.0, 0.25, 3.0]));
    for storage in all() {
        assert_eq!(packed(storage, &tensors), tensors);
        assert_eq!(unpack(storage, tensors.clone()).unwrap(), tensors);
    }
}

#[test]
fn what_half_precision_has_no_room_for_is_refused() {
    let tensors = named(Tensor::new(&[1, 2], vec![70_000.0f32, 1.0]));
    let half = Storage { numbers: Precision::F16, sparse: false };
    let error = pack(half, &tensors).unwrap_err();
    assert!(error.to_string().contains("70000"), "{error}");
    let bytes = Storage { numbers: Precision::I8, sparse: false };
    let huge = named(Tensor::new(&[2, 2], vec![f32::MAX, -f32::MAX, f32::MIN_POSITIVE / 4.0, 0.0]));
    let read = unpack(bytes, packed(bytes, &huge)).unwrap();
    assert!(read["x"].values::<f32>().unwrap()[0] > f32::MAX * 0.999);
}
