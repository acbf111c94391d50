use super::*;

fn encode(params: Params, texts: &[impl AsRef<str> + Sync]) -> Encoded {
    params.check().unwrap().encode(texts)
}

fn numbers(numbers: usize) -> Params {
    Params { numbers, ..Params::default() }
}

/// By scikit-learn 1.9.1, of the weights that `words::tests` has: cosines of `TruncatedSVD(2,
/// algorithm="arpack")`.
#[test]
fn texts_are_as_near_as_scikit_learn_has_them() {
    let texts = [
        "Red wine, red apples!",
        "White wine and a red car",
        "green apples and ÉCLAIR",
        "a car and éclair éclair",
        "the boat",
        "apples a red wine",
    ];
    let found = encode(numbers(2), &texts);
    assert_eq!((found.width, found.words, found.found), (2, 7, 11));
    assert_eq!(found.known, [0, 1, 2, 3, 5]);
    // Of five texts of length 1.
    assert!((found.share - (2.69560649 + 1.41203233) / 5.0).abs() < 1e-6);
    let expected = [
        [1.0, 0.83691, 0.15605, 0.044731, 0.987718],
        [0.83691, 1.0, 0.671236, 0.584229, 0.91215],
        [0.15605, 0.671236, 1.0, 0.993741, 0.308464],
        [0.044731, 0.584229, 0.993741, 1.0, 0.200269],
        [0.987718, 0.91215, 0.308464, 0.200269, 1.0],
    ];
    let vector = |text: usize| &found.values[2 * text..2 * text + 2];
    for (a, b) in (0..5).flat_map(|a| (0..5).map(move |b| (a, b))) {
        let cosine: f32 = vector(a).iter().zip(vector(b)).map(|(x, y)| x * y).sum();
        assert!((f64::from(cosine) - expected[a][b]).abs() < 2e-6, "{cosine} {a} {b}");
    }
}

#[test]
fn more_numbers_than_words_are_as_many_as_there_are() {
    let texts = ["a b", "a b", "c d", "c d", "e f", "f e"];
    let found = encode(numbers(128), &texts);
    // Words that are always together are one direction.
    assert_eq!((found.width, found.words, found.known.len()), (3, 6, 6));
    assert!((found.share - 1.0).abs() < 1e-6);
    assert_eq!(found.values[..3], found.values[3..6]);
}

#[test]
fn texts_without_a_word_that_counts_have_no_vector() {
    for texts in [&[][..], &[""], &["one text"], &["", "", ""], &["a", "b", "c"], &["!", "?", "!"]]
    {
        let found = encode(Params::default(), texts);
        assert_eq!((found.width, found.words), (0, 0), "{texts:?}");
        assert!(found.known.is_empty() && found.values.is_empty());
    }
    // What all have tells none from another.
    let same = ["the same text"; 5];
    assert_eq!(encode(Params::default(), &same).width, 0);
    let found = encode(Params { share: 1.0, ..Params::default() }, &same);
    assert_eq!((found.width, found.known.len()), (1, 5));
    assert!(found.values.iter().all(|x| *x == found.values[0] && (x.abs() - 1.0).abs() < 1e-6));
}

#[test]
fn what_the_numbers_do_not_tell_is_no_vector() {
    // One number, which is that of the larger group; the others share no word with it.
    let texts = ["a b", "a b", "a b", "a", "c", "c", "x", "y", "z"];
    let found = encode(numbers(1), &texts);
    assert_eq!((found.width, found.words), (1, 3));
    assert_eq!(found.known, [0, 1, 2, 3]);
}

#[test]
fn a_long_text_is_one_of_many() {
    let long = "word other third ".repeat(65_536);
    let endless = "x".repeat(1 << 20);
    let texts = [long.as_str(), "third word", "other", "none of it", &endless, "third party"];
    let found = encode(Params { grams: 2, ..Params::default() }, &texts);
    assert_eq!(found.known, [0, 1, 2, 5]);
    let length: f32 = found.values[..found.width].iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5);
}

#[test]
fn threads_do_not_matter_and_the_order_of_words_does_not() {
    let word = |n: usize| format!("w{}", (n * n) % 211);
    let text = |n: usize| (0..20).map(|at| word(n * 7 + at * 13)).collect::<Vec<_>>();
    let texts: Vec<String> = (0..400).map(|n| text(n).join(" ")).collect();
    let turned: Vec<String> =
        (0..400).map(|n| text(n).into_iter().rev().collect::<Vec<_>>().join(", ")).collect();
    let of = |threads, texts: &[String]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| encode(numbers(16), texts))
    };
    let found = of(1, &texts);
    assert_eq!((found.width, found.known.len()), (16, 400));
    assert_eq!(of(3, &texts), found);
    assert_eq!(of(2, &turned), found);
}
