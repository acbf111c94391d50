//! Feedbacks that build on one another.

use foretaste_data::{Interactions, Pair};
use foretaste_sim::progression::{MAX_LEVELS, Params, Progression, Table, Truth};
use foretaste_sim::{Error, Params as World};

/// Standard errors that a count may be off its expectation.
const TOLERANCE: f64 = 4.0;

fn small() -> Params {
    let world = World { users: 300, items: 400, interactions: 12_000, ..World::default() };
    Params { world, shares: vec![0.4, 0.5], ..Params::default() }
}

fn generate(params: Params) -> Truth {
    params.check().expect("the parameters are legal").generate().expect("no level is empty")
}

fn bytes(truth: &Truth) -> Vec<Vec<u8>> {
    let write = |table: Table| {
        let mut out = Vec::new();
        table.write(truth, &mut out).expect("a Vec takes all bytes");
        out
    };
    Table::all(truth.params.levels.len()).into_iter().map(write).collect()
}

/// Fails unless `count` successes are within the tolerance of independent trials of these chances.
fn assert_plausible(what: &str, count: usize, chances: impl Iterator<Item = f64>) {
    let (mean, variance) =
        chances.fold((0.0, 0.0), |(mean, variance), p| (mean + p, variance + p * (1.0 - p)));
    let errors = (count as f64 - mean) / variance.sqrt();
    assert!(errors.abs() < TOLERANCE, "{what}: {count}, expected {mean:.1} ({errors:.2} errors)");
}

/// Pairs of a level, held out or not.
fn pairs(truth: &Truth, level: usize) -> impl Iterator<Item = Pair> + '_ {
    truth.train[level].pairs().chain(truth.test[level].pairs())
}

fn cell(truth: &Truth, pair: &Pair) -> usize {
    pair.user.index() * truth.params.world.items as usize + pair.item.index()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let first = generate(small());
    let again = generate(small());
    assert!(first == again && bytes(&first) == bytes(&again));
    let other = generate(Params { world: World { seed: 2, ..small().world }, ..small() });
    for (a, b) in bytes(&first).iter().zip(bytes(&other)) {
        assert_ne!(*a, b);
    }
}

#[test]
fn pairs_are_as_frequent_as_their_probabilities_in_every_tenth_of_the_cells() {
    let truth = generate(small());
    for (level, pi) in truth.probabilities.iter().enumerate() {
        let mut reached = vec![false; pi.len()];
        pairs(&truth, level).for_each(|pair| reached[cell(&truth, &pair)] = true);
        let mut order: Vec<usize> = (0..pi.len()).collect();
        order.sort_by(|&a, &b| pi[a].total_cmp(&pi[b]));
        for tenth in order.chunks(pi.len().div_ceil(10)) {
            let count = tenth.iter().filter(|&&cell| reached[cell]).count();
            let chances = tenth.iter().map(|&cell| pi[cell].into());
            assert_plausible(&truth.params.levels[level], count, chances);
        }
    }
}

#[test]
fn levels_nest_and_what_is_held_out_is_so_on_every_level() {
    let truth = generate(small());
    let inside = |part: &[Interactions]| {
        part.windows(2).all(|levels| levels[1].common(&levels[0]) == levels[1].nnz())
    };
    assert!(inside(&truth.train) && inside(&truth.test));
    for held in &truth.test {
        assert!(truth.train.iter().all(|kept| kept.common(held) == 0));
    }
    for levels in truth.probabilities.windows(2) {
        assert!(levels[1].iter().zip(&levels[0]).all(|(after, before)| after <= before));
    }
    let clicks = truth.world.clicks.interactions();
    let chances = std::iter::repeat_n(truth.params.test, clicks.nnz());
    assert_plausible("held out", truth.test[0].nnz(), chances);
    assert_eq!(pairs(&truth, 0).count(), clicks.nnz());
    // A pair has one time.
    for (levels, parts) in [(&truth.train, "train"), (&truth.test, "test")] {
        let time = |level: &Interactions, pair: &Pair| {
            level.pairs().find(|p| (p.user, p.item) == (pair.user, pair.item)).unwrap().time
        };
        let same = |pair: Pair| time(&levels[0], &pair) == pair.time;
        assert!(levels[2].pairs().take(50).all(same), "{parts}");
    }
}

#[test]
fn shares_are_those_asked_for_whatever_the_noise() {
    let world = World { noise: 0.05, ..small().world };
    for params in [small(), Params { world, shares: vec![0.9, 0.05], ..small() }] {
        let truth = generate(params);
        let sum = |pi: &Vec<f32>| pi.iter().map(|&p| f64::from(p)).sum::<f64>();
        let sums: Vec<f64> = truth.probabilities.iter().map(sum).collect();
        assert!((sums[0] - 12_000.0).abs() < 12_000.0 * 1e-6, "{sums:?}");
        for (n, &share) in truth.params.shares.iter().enumerate() {
            // Each π is rounded to f32, a relative error of at most 2⁻²⁴.
            assert!((sums[n + 1] / sums[n] - share).abs() < 1e-6, "{sums:?}");
        }
    }
}

#[test]
fn by_the_correlation_a_progression_is_one_score_again_or_another_one() {
    // Of pairs that were clicked for certain, what is known of who goes on from how likely the click was.
    let correlation = |rho| {
        let truth = generate(Params { correlation: rho, ..small() });
        let gamma = truth.world.gamma.iter().map(|&x| logit(x.into()));
        let advance = truth.probabilities[1].iter().zip(&truth.probabilities[0]);
        let advance = advance.map(|(&after, &before)| logit(f64::from(after) / f64::from(before)));
        let both: Vec<(f64, f64)> = gamma.zip(advance).collect();
        pearson(both.into_iter().filter(|(a, b)| a.abs() < 10.0 && b.abs() < 10.0).collect())
    };
    assert!(correlation(1.0) > 0.999);
    assert!(correlation(-1.0) < -0.999);
    let (half, none) = (correlation(0.5), correlation(0.0));
    assert!(half > 0.3 && half < 0.7 && none.abs() < 0.3, "{half}, {none}");
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn pearson(pairs: Vec<(f64, f64)>) -> f64 {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let product = |of: fn((f64, f64)) -> f64| {
        pairs.iter().map(|pair| of((pair.0 - a, pair.1 - b))).sum::<f64>()
    };
    product(|(x, y)| x * y) / (product(|(x, _)| x * x) * product(|(_, y)| y * y)).sqrt()
}

#[test]
fn files_are_as_readers_of_several_feedbacks_have_them() {
    let truth = generate(small());
    let names = Table::all(3).into_iter().map(|table| table.file_name(&truth.params.levels));
    let expected = [
        "view.csv",
        "test-view.csv",
        "cart.csv",
        "test-cart.csv",
        "buy.csv",
        "test.csv",
        "truth.csv",
        "items.csv",
        "manifest.json",
    ];
    assert!(names.eq(expected));
    let text = |table: Table| {
        let mut out = Vec::new();
        table.write(&truth, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(text(Table::Test(2)).lines().count(), truth.test[2].nnz() + 1);
    let probabilities = text(Table::Truth);
    assert_eq!(probabilities.lines().count(), 120_001);
    assert_eq!(probabilities.lines().next(), Some("user,item,view,cart,buy"));
    let last: Vec<&str> = probabilities.lines().last().unwrap().split(',').collect();
    assert_eq!(last[..2], ["300", "400"]);
    assert_eq!(last[4].parse::<f32>().unwrap(), truth.probabilities[2][119_999]);
    let manifest: serde_json::Value = serde_json::from_str(&text(Table::Manifest)).unwrap();
    assert_eq!(manifest["feedback"], serde_json::json!(["view", "cart", "buy"]));
    assert_eq!(manifest["counts"][2]["test"], truth.test[2].nnz());
    let data = truth.training().unwrap();
    assert_eq!((data.users().len(), data.items().len()), (300, 400));
    assert_eq!(data.others()[0].interactions(), &truth.train[0]);
    assert_eq!(data.interactions(), &truth.train[2]);
}

#[test]
fn what_is_no_progression_is_refused_by_name() {
    let levels = |names: &[&str]| Params {
        levels: names.iter().map(|&name| name.to_owned()).collect(),
        shares: vec![0.5; names.len().saturating_sub(1)],
        ..small()
    };
    let error = |params: Params| params.check().unwrap_err();
    for names in [&[][..], &["view"], &["a"; MAX_LEVELS + 1]] {
        assert!(matches!(error(levels(names)), Error::Levels { found } if found == names.len()));
    }
    let long = "x".repeat(61);
    for name in [
        "",
        " cart",
        "a/b",
        "a\\b",
        "a.b",
        "a,b",
        "a\"b",
        "a\nb",
        "View",
        "test",
        "TRUTH",
        "item",
        "test-view",
        "Manifest",
        &long,
    ] {
        match error(levels(&["view", name])) {
            Error::LevelName { name: found, .. } => assert!(found.len() <= 60, "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
    assert!(levels(&["été", "Add to cart", "achat"]).check().is_ok());
    let one = Params { shares: vec![0.5], ..small() };
    assert!(matches!(error(one), Error::Shares { found: 1, levels: 3 }));
    for (name, params) in [
        ("shares", Params { shares: vec![0.5, 1.0], ..small() }),
        ("shares", Params { shares: vec![f64::NAN, 0.5], ..small() }),
        ("correlation", Params { correlation: 1.1, ..small() }),
        ("test", Params { test: 0.0, ..small() }),
        ("test", Params { test: f64::NAN, ..small() }),
        ("noise", Params { world: World { noise: -1.0, ..small().world }, ..small() }),
    ] {
        assert!(matches!(error(params), Error::OutOfRange { name: found, .. } if found == name));
    }
    let world = World { users: 1 << 14, items: 1 << 14, ..World::default() };
    let error = error(Params { world, ..small() });
    assert!(matches!(error, Error::TooManyProbabilities { levels: 3, .. }), "{error}");
    let none = Params { shares: vec![1e-9, 0.5], ..small() }.check().unwrap().generate();
    assert!(matches!(none, Err(Error::EmptyLevel { level, .. }) if level == "cart"));
}

#[test]
fn extremes_of_the_legal_ranges_give_probabilities() {
    let steep = World { rank: 1, taste: 20.0, quality: 10.0, popularity: 10.0, ..small().world };
    let flat = World { taste: 0.0, quality: 0.0, popularity: 0.0, activity: 0.0, ..small().world };
    for world in [steep, flat] {
        for correlation in [-1.0, 0.0, 1.0] {
            let truth = generate(Params { world: world.clone(), correlation, ..small() });
            let sound = |p: &f32| (0.0..=1.0).contains(p);
            assert!(truth.probabilities.iter().flatten().all(sound));
        }
    }
}

#[test]
fn public_types_are_debug_send_and_sync() {
    fn check<T: std::fmt::Debug + Send + Sync>() {}
    check::<Params>();
    check::<Progression>();
    check::<Table>();
    check::<Truth>();
}
