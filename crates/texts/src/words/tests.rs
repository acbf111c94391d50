use super::*;

/// Six texts; the fifth has no word that another one has.
pub(crate) const TEXTS: [&str; 6] = [
    "Red wine, red apples!",
    "White wine and a red car",
    "green apples and ÉCLAIR",
    "a car and éclair éclair",
    "the boat",
    "apples a red wine",
];

fn assert_rows(params: &Params, words: &[&str], expected: &[&[(u32, f64)]]) {
    let vocabulary = Vocabulary::new(&TEXTS, params);
    assert_eq!(vocabulary.words, words);
    let found = vocabulary.weigh(&TEXTS);
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((word, x), (expected_word, y)) in found.iter().zip(*expected) {
            assert!(word == expected_word && (f64::from(*x) - y).abs() < 1e-6, "{found:?}");
        }
    }
    assert_eq!(found.len(), expected.len());
}

/// By scikit-learn 1.9.1: `TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.5,
/// token_pattern=r"(?u)\b\w+\b", ngram_range=(1, n))`.
#[test]
fn words_weigh_what_scikit_learn_has_them_weigh() {
    assert_rows(
        &Params::default(),
        &["a", "and", "apples", "car", "red", "wine", "éclair"],
        &[
            &[(2, 0.4532947), (4, 0.7674946), (5, 0.4532947)],
            &[(0, 0.4302144), (1, 0.4302144), (3, 0.5095705), (4, 0.4302144), (5, 0.4302144)],
            &[(1, 0.5420919), (2, 0.5420919), (6, 0.6420846)],
            &[(0, 0.3669927), (1, 0.3669927), (3, 0.434687), (6, 0.7359891)],
            &[],
            &[(0, 0.5), (2, 0.5), (4, 0.5), (5, 0.5)],
        ],
    );
    assert_rows(
        &Params { grams: 2, ..Params::default() },
        &["a", "a red", "and", "and éclair", "apples", "car", "red", "red wine", "wine", "éclair"],
        &[
            &[(4, 0.3993715), (6, 0.6761948), (7, 0.4730384), (8, 0.3993715)],
            &[
                (0, 0.3833169),
                (1, 0.4540224),
                (2, 0.3833169),
                (5, 0.4540224),
                (6, 0.3833169),
                (8, 0.3833169),
            ],
            &[(2, 0.4561563), (3, 0.5402975), (4, 0.4561563), (9, 0.5402975)],
            &[(0, 0.3365697), (2, 0.3365697), (3, 0.3986524), (5, 0.3986524), (9, 0.6749772)],
            &[],
            &[
                (0, 0.3833169),
                (1, 0.4540224),
                (4, 0.3833169),
                (6, 0.3833169),
                (7, 0.4540224),
                (8, 0.3833169),
            ],
        ],
    );
}

#[test]
fn words_are_those_of_any_script_in_lower_case() {
    let words = |text: &str| {
        let mut found = Vec::new();
        words_of(text, 1, |word| found.push(word));
        found
    };
    assert_eq!(words("It's  STRASSE—ΟΔΟΣ 3.5 x_1"), ["it's", "strasse", "οδος", "3.5", "x_1"]);
    assert_eq!(words("日本の本"), ["日", "本", "の", "本"]);
    for none in ["", " \n\t", "!? … 🙂", "\u{0}\u{1}"] {
        assert!(words(none).is_empty(), "{none:?}");
    }
    let mut pairs = Vec::new();
    words_of("a, b: c", 2, |word| pairs.push(word));
    assert_eq!(pairs, ["a", "a b", "b", "b c", "c"]);
}

#[test]
fn too_rare_and_too_common_words_do_not_count() {
    let of = |least, share, words| {
        let params = Params { least, share, words, ..Params::default() };
        let found = Vocabulary::new(&TEXTS, &params);
        assert_eq!(found.found, 11);
        found.words
    };
    assert_eq!(of(1, 1.0, 100).len(), 11);
    assert_eq!(of(3, 1.0, 100), ["a", "and", "apples", "red", "wine"]);
    assert_eq!(of(2, 0.34, 100), ["car", "éclair"]);
    assert!(of(2, 0.1, 100).is_empty());
    // Those of the most texts; of equals the first by bytes.
    assert_eq!(of(1, 1.0, 6), ["a", "and", "apples", "car", "red", "wine"]);
}
