//! The committed sample is what the generator writes today.

use std::fs;
use std::path::Path;

use foretaste_data::{Pair, UserId};
use foretaste_sim::{Feedback, Params, Table};

fn sample() -> Feedback {
    let simulation = Params::default().check().expect("the defaults are legal");
    simulation.generate().expect("the target is within reach")
}

#[test]
fn the_bundled_sample_is_byte_for_byte_what_the_defaults_give() {
    let feedback = sample();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
    let mut total = 0;
    for table in Table::ALL {
        let mut made = Vec::new();
        table.write(&feedback, &mut made).unwrap();
        let path = folder.join(table.file_name());
        let kept = fs::read(&path).unwrap();
        assert!(
            made == kept,
            "{} differs: if that is meant, raise GENERATOR_VERSION and run \
             `cargo run --release -p foretaste-sim --example sample -- datasets/sample`",
            path.display()
        );
        total += kept.len();
    }
    assert!(total < 3_000_000, "{total} bytes");
}

#[test]
fn the_sample_has_the_shape_its_documentation_promises() {
    let feedback = sample();
    let clicks = feedback.clicks.interactions();
    assert!((0..1_000).all(|user| clicks.row(UserId(user)).len() >= 10));
    let counts = clicks.item_counts();
    let most = counts.iter().copied().max().unwrap();
    assert!((400..=550).contains(&most), "{most}");
    assert!(counts.iter().filter(|&&count| count == 0).count() <= 10);
    let theta = |pair: Pair| feedback.theta_row(pair.user)[pair.item.index()];
    let least = clicks.pairs().map(theta).fold(f32::INFINITY, f32::min);
    let greatest = clicks.pairs().map(theta).fold(0.0, f32::max);
    assert!((0.01..0.05).contains(&least) && greatest > 0.89, "{least} {greatest}");
}
