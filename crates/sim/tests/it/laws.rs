//! What must hold of every simulation.

use foretaste_data::UserId;
use foretaste_sim::{
    Error, Feedback, FlipRates, Flips, GENERATOR_VERSION, Genre, MAX_CELLS, Params, Simulation,
    Table,
};

/// Standard errors that a count may be off its expectation.
const TOLERANCE: f64 = 4.0;

fn small() -> Params {
    Params { users: 300, items: 400, interactions: 8_000, ..Params::default() }
}

fn generate(params: Params) -> Feedback {
    let simulation = params.check().expect("the parameters are legal");
    simulation.generate().expect("the target is within reach")
}

fn bytes(feedback: &Feedback) -> Vec<Vec<u8>> {
    let write = |table: Table| {
        let mut out = Vec::new();
        table.write(feedback, &mut out).expect("a Vec takes all bytes");
        out
    };
    Table::ALL.map(write).into()
}

/// Each cell with its γ, θ, φ and whether it was clicked.
fn cells(feedback: &Feedback) -> impl Iterator<Item = (f64, f64, f64, bool)> {
    let items = feedback.params.items as usize;
    (0..feedback.gamma.len()).map(move |cell| {
        let (user, item) = (cell / items, cell % items);
        let (user_id, item_id) = (UserId(user as u32), foretaste_data::ItemId(item as u32));
        (
            feedback.gamma[cell].into(),
            feedback.theta[cell].into(),
            feedback.flip_rates.rate(user, item).into(),
            feedback.clicks.interactions().contains(user_id, item_id),
        )
    })
}

/// Fails unless `count` successes are within the tolerance of independent trials of these chances.
fn assert_plausible(what: &str, count: usize, chances: impl Iterator<Item = f64>) {
    let (mean, variance) =
        chances.fold((0.0, 0.0), |(mean, variance), p| (mean + p, variance + p * (1.0 - p)));
    let errors = (count as f64 - mean) / variance.sqrt();
    assert!(errors.abs() < TOLERANCE, "{what}: {count}, expected {mean:.1} ({errors:.2} errors)");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let first = generate(small());
    let again = generate(small());
    assert!(first == again && bytes(&first) == bytes(&again));
    let other = generate(Params { seed: 2, ..small() });
    for (a, b) in bytes(&first).iter().zip(bytes(&other)) {
        assert_ne!(*a, b);
    }
}

#[test]
fn the_truth_has_the_same_bits_on_every_platform() {
    // FNV-1a over γ and θ: a platform whose arithmetic or whose libm differs fails here first.
    let feedback = generate(small());
    let checksum = (feedback.gamma.iter().chain(&feedback.theta))
        .flat_map(|x| x.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    assert_eq!(checksum, 0xbaea_aa3b_2e5e_a8a2, "{checksum:#x}");
}

#[test]
fn rates_are_those_asked_for() {
    let params = small();
    let feedback = generate(params.clone());
    let mean = feedback.gamma.iter().map(|&x| f64::from(x)).sum::<f64>() / 120_000.0;
    // Each γ is rounded to f32, a relative error of at most 2⁻²⁴.
    assert!((mean - params.relevance).abs() < 1e-7, "{mean}");
    let expected: f64 = cells(&feedback).map(|(gamma, theta, ..)| gamma * theta).sum();
    assert!((expected - 8_000.0).abs() < 8_000.0 * 1e-6, "{expected}");
    let chances = cells(&feedback).map(|(gamma, theta, ..)| gamma * theta);
    assert_plausible("clicks", feedback.clicks.interactions().nnz(), chances);
    let relevant = feedback.gamma.iter().map(|&x| x.into());
    assert_plausible("relevant", feedback.relevance.nnz(), relevant);
    assert_plausible("exposed", feedback.exposed.nnz(), feedback.theta.iter().map(|&x| x.into()));
    let limits = params.min_exposure as f32..=params.max_exposure as f32;
    assert!(feedback.theta.iter().all(|theta| limits.contains(theta)));
}

#[test]
fn clicks_follow_exposure_times_relevance_in_every_bucket() {
    let feedback = generate(small());
    // θ_max, 0.9, lies below 0.9 as an f32, so in the last of nine buckets.
    for bucket in 0..9 {
        let low = f64::from(bucket) / 10.0;
        let inside = |&(_, theta, ..): &(f64, f64, f64, bool)| theta >= low && theta < low + 0.1;
        let clicked = cells(&feedback).filter(inside).filter(|cell| cell.3).count();
        let chances = cells(&feedback).filter(inside).map(|(gamma, theta, ..)| gamma * theta);
        assert_plausible("bucket", clicked, chances);
    }
}

#[test]
fn exposure_is_independent_of_relevance_unless_asked_for() {
    let correlation = |dependence| {
        let feedback = generate(Params { dependence, ..small() });
        let relevance = feedback.relevance.item_counts();
        let theta = feedback.item_exposure();
        rank_correlation(&relevance.iter().map(|&n| n.into()).collect::<Vec<f64>>(), &theta)
    };
    // The standard error of a rank correlation of n independent pairs is 1/√(n − 1).
    assert!(correlation(0.0).abs() < TOLERANCE / 399_f64.sqrt());
    assert!(correlation(0.9) > 0.5);
    assert!(correlation(-0.9) < -0.5);
}

#[test]
fn by_position_each_user_is_shown_the_head_of_a_list() {
    let flat = Params { popularity: 0.0, activity: 0.0, position: 1.8, ..small() };
    let feedback = generate(flat.clone());
    assert_plausible("exposed", feedback.exposed.nnz(), feedback.theta.iter().map(|&x| x.into()));
    // Each user has the same numbers, in an order of their own.
    let sorted = |user: u32| {
        let mut row = feedback.theta_row(UserId(user)).to_vec();
        row.sort_by(f32::total_cmp);
        row
    };
    assert_eq!(sorted(0), sorted(7));
    assert!(sorted(0)[0] < 0.1 * sorted(0)[399]);
    assert_ne!(feedback.theta_row(UserId(0)), feedback.theta_row(UserId(7)));
    let json = serde_json::to_string(&flat).unwrap();
    assert_eq!(serde_json::from_str::<Params>(&json).unwrap(), flat);
    // What says nothing of lists is as it was before there were any.
    assert!(!serde_json::to_string(&small()).unwrap().contains("position"));
}

/// Spearman's correlation; ties in order of index.
fn rank_correlation(a: &[f64], b: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&x, &y| values[x].total_cmp(&values[y]));
        let mut ranks = vec![0.0; values.len()];
        order.iter().enumerate().for_each(|(rank, &at)| ranks[at] = rank as f64);
        ranks
    };
    let n = a.len() as f64;
    let squares: f64 = ranks(a).iter().zip(ranks(b)).map(|(x, y)| (x - y) * (x - y)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

#[test]
fn flips_remove_the_stated_share_and_leave_the_truth_alone() {
    let plain = generate(small());
    let rate = 0.4;
    for flips in [Flips::Uniform { rate }, Flips::Popularity { rate }, Flips::User { rate }] {
        let feedback = generate(Params { flips, ..small() });
        assert_eq!(feedback.relevance, plain.relevance);
        let both = |user: UserId| {
            let seen = |&&item: &&_| feedback.exposed.contains(user, item);
            feedback.relevance.row(user).iter().filter(seen).copied().collect::<Vec<_>>()
        };
        let mut chances = Vec::new();
        for user in (0..300).map(UserId) {
            let phi = |item: foretaste_data::ItemId| {
                f64::from(feedback.flip_rates.rate(user.index(), item.index()))
            };
            chances.extend(both(user).into_iter().map(phi));
            let row = feedback.clicks.interactions().row(user);
            assert!(row.iter().all(|item| both(user).contains(item)));
        }
        let lost = chances.len() - feedback.clicks.interactions().nnz();
        assert_plausible("lost", lost, chances.into_iter());
        // The scale of exposure makes up for what is lost.
        let made = |(gamma, theta, phi, _)| gamma * theta * (1.0 - phi);
        assert_plausible("left", feedback.clicks.interactions().nnz(), cells(&feedback).map(made));
    }
}

#[test]
fn noise_adds_clicks_on_what_is_exposed_but_irrelevant() {
    let feedback = generate(Params { noise: 0.05, ..small() });
    let (mut seen, mut clicked) = (0, 0);
    for user in (0..300).map(UserId) {
        for &item in feedback.exposed.row(user) {
            if !feedback.relevance.contains(user, item) {
                seen += 1;
                clicked += usize::from(feedback.clicks.interactions().contains(user, item));
            }
        }
    }
    assert_plausible("false positives", clicked, std::iter::repeat_n(0.05, seen));
}

#[test]
fn titles_are_distinct_and_ids_start_at_one() {
    let feedback = generate(small());
    let mut titles = feedback.titles();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 400);
    assert_eq!(feedback.clicks.items().name(0).as_deref(), Some("1"));
    assert_eq!(feedback.clicks.users().len(), 300);
}

#[test]
fn bad_parameters_are_errors_that_name_them() {
    type Spoil = fn(&mut Params);
    let bad: [(&str, Spoil); 24] = [
        ("users", |p| p.users = 0),
        ("items", |p| p.items = 0),
        ("interactions", |p| p.interactions = 0),
        ("rank", |p| p.rank = 0),
        ("rank", |p| p.rank = 257),
        ("relevance", |p| p.relevance = 0.0),
        ("relevance", |p| p.relevance = 1.0),
        ("relevance", |p| p.relevance = f64::NAN),
        ("taste", |p| p.taste = -1.0),
        ("quality", |p| p.quality = f64::INFINITY),
        ("popularity", |p| p.popularity = -0.1),
        ("activity", |p| p.activity = 6.0),
        ("dependence", |p| p.dependence = 1.1),
        ("position", |p| p.position = -1.0),
        ("position", |p| p.position = f64::INFINITY),
        ("min_exposure", |p| p.min_exposure = 0.0),
        ("min_exposure", |p| p.min_exposure = 0.9),
        ("max_exposure", |p| p.max_exposure = 1.1),
        ("max_exposure", |p| p.max_exposure = f64::NAN),
        ("flips.rate", |p| p.flips = Flips::Uniform { rate: 1.0 }),
        ("flips.rate", |p| p.flips = Flips::User { rate: f64::NAN }),
        ("noise", |p| p.noise = -0.1),
        ("noise", |p| p.noise = 1.0),
        ("hours", |p| p.hours = 1),
    ];
    for (name, spoil) in bad {
        let mut params = small();
        spoil(&mut params);
        let error = params.check().unwrap_err();
        assert!(matches!(error, Error::OutOfRange { name: found, .. } if found == name), "{error}");
        assert!(error.to_string().starts_with(name));
    }
}

#[test]
fn sizes_and_targets_out_of_reach_are_refused() {
    let huge = Params { users: 1 << 20, items: 1 << 20, ..Params::default() };
    let error = huge.check().unwrap_err();
    assert!(matches!(error, Error::TooManyCells { .. }), "{error}");
    assert!(error.to_string().contains(&MAX_CELLS.to_string()));
    let many = Params { interactions: 120_000, ..small() };
    assert!(matches!(many.check(), Err(Error::Unreachable { .. })));
    // Below what θ_min alone gives: known only once γ is drawn.
    let few = Params { interactions: 10, ..small() }.check().unwrap().generate();
    assert!(matches!(few, Err(Error::Unreachable { .. })));
}

#[test]
fn extremes_of_the_legal_ranges_give_finite_truth() {
    let one = Params { users: 1, items: 1, interactions: 1, relevance: 0.99, ..small() };
    assert!(matches!(one.check(), Err(Error::Unreachable { .. })));
    let steep = Params {
        rank: 1,
        taste: 20.0,
        quality: 10.0,
        popularity: 10.0,
        activity: 5.0,
        position: 10.0,
        dependence: -1.0,
        max_exposure: 1.0,
        ..small()
    };
    let flat = Params { taste: 0.0, quality: 0.0, popularity: 0.0, activity: 0.0, ..small() };
    for params in [steep, flat] {
        let feedback = generate(params);
        let probability = |x: &f32| (0.0..=1.0).contains(x);
        assert!(feedback.gamma.iter().chain(&feedback.theta).all(probability));
        let expected: f64 = cells(&feedback).map(|(gamma, theta, ..)| gamma * theta).sum();
        assert!((expected - 8_000.0).abs() < 8_000.0 * 1e-6, "{expected}");
    }
}

#[test]
fn parameters_survive_serialisation_and_unknown_ones_are_refused() {
    let params = Params { flips: Flips::Popularity { rate: 0.25 }, ..small() };
    let json = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<Params>(&json).unwrap(), params);
    assert_eq!(serde_json::from_str::<Params>("{}").unwrap(), Params::default());
    assert!(serde_json::from_str::<Params>(r#"{"user": 3}"#).is_err());
}

#[test]
fn public_types_are_debug_send_and_sync() {
    fn check<T: std::fmt::Debug + Send + Sync>() {}
    check::<Error>();
    check::<Feedback>();
    check::<FlipRates>();
    check::<Flips>();
    check::<Genre>();
    check::<Params>();
    check::<Simulation>();
    check::<Table>();
    assert_eq!(GENERATOR_VERSION, 1);
}
