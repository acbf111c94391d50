//! A report of made-up figures, to look at while its style is changed:
//! `cargo run -p foretaste-report --example page > report.html`.

use foretaste_report::{
    Axis, Bands, Curve, Difference, Exposure, Fact, Figure, Kind, Method, Plot, Report, Series,
};
use std::io::Write;

const NAMES: [&str; 4] = ["popularity", "bpr", "bpr:factors=128,sampler=hardest-of-8", "uniform"];

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(sample().html().as_bytes())
}

fn sample() -> Report {
    let columns = ["ndcg@10", "recall@20", "ndcg@10, true likes"].map(str::to_owned);
    let difference = |method, column| Difference {
        method,
        column,
        figure: figure([-0.21, 0.0, -0.0015, -0.032][method], 0.004, None),
        p_t: [0.0001, 0.0, 0.41, 0.013].map(|p| [p, f64::min(3.0 * p, 1.0)])[method],
        p_wilcoxon: [0.0, 0.0, 0.32, 0.021].map(|p| [p, f64::min(3.0 * p, 1.0)])[method],
    };
    let others = || [0, 2, 3].into_iter();
    Report {
        title: "Popularity and three kinds of BPR".into(),
        lead:
            "6,040 users and 3,706 items of MovieLens 1M; a fifth of each user's ratings held out. \
               Every item that a user has not rated is ranked."
                .into(),
        columns: columns.into(),
        methods: (0..NAMES.len()).map(method).collect(),
        baseline: 1,
        differences: (0..3).flat_map(|c| others().map(move |m| difference(m, c))).collect(),
        validation: "ndcg@10".into(),
        bands: Some(Bands {
            metric: "recall@20".into(),
            names: ["head", "middle", "tail"].map(str::to_owned).into(),
            caption: "Each band holds a third of the training interactions.".into(),
        }),
        list_length: 10,
        plots: vec![plot()],
        calibration: Vec::new(),
        data: vec![
            Fact::new("Training", "802,553 interactions of 6,040 users and 3,706 items"),
            Fact::new("Test", "197,656 interactions of 6,037 users"),
            Fact::new("Fingerprint", "d6a9f0c4".repeat(8)),
        ],
        making: vec![Fact::new("foretaste", "0.1.0"), Fact::new("Seeds", "42, 43, 44")],
    }
}

fn figure(mean: f64, around: f64, sd: Option<f64>) -> Figure {
    Figure { mean, low: mean - around, high: mean + 0.9 * around, sd }
}

fn method(n: usize) -> Method {
    let shift = [-0.21, 0.0, -0.0015, -0.032][n];
    let sd = (n > 0).then_some(0.0007);
    let at = |mean: f64| figure(mean + shift, 0.0052, sd);
    let seeds = if n == 0 { 0 } else { 3 };
    let wave = |seed: usize, epoch: u32| f64::from((epoch * 7 + seed as u32 * 3) % 5) / 900.0;
    let curve = |value: &dyn Fn(u32) -> f64, every: usize| -> Curve {
        (1..=60).step_by(every).map(|epoch| (f64::from(epoch), value(epoch))).collect()
    };
    let falling = |epoch: u32| (-f64::from(epoch) / (9.0 + n as f64)).exp();
    let loss = |seed| curve(&|epoch| 0.2 + 0.5 * falling(epoch) + wave(seed, epoch), 1);
    let valid = |seed| curve(&|epoch| 0.4 + shift - 0.3 * falling(epoch) + wave(seed, epoch), 5);
    let steep = [40.0, 4.0, 3.5, 8.0][n];
    let lorenz = (0..=100).map(|at| f64::from(at) / 100.0).map(|x| (x, x.powf(steep)));
    Method {
        name: NAMES[n].into(),
        figures: vec![at(0.428), at(0.391), at(0.352)],
        seconds: Some([0.02, 4.31, 11.7, 3.9][n]),
        trainings: seeds.max(1),
        loss: (0..seeds).map(loss).collect(),
        validation: (0..seeds).map(valid).collect(),
        bands: [0.45, 0.36, 0.28].map(at).into(),
        exposure: Some(Exposure {
            lorenz: lorenz.collect(),
            gini: 1.0 - 2.0 / (steep + 1.0),
            coverage: [0.031, 0.62, 0.66, 0.5][n],
        }),
        config: vec![Fact::new("factors", "64"), Fact::new("schedule", "linear")],
    }
}

fn plot() -> Plot {
    let points = (1..400)
        .map(f64::from)
        .map(|n| (n / 400.0, (n / 400.0).sqrt() * (0.8 + (n * 7.0).sin() / 8.0)));
    let axis = |label: &str, log| Axis { label: label.into(), log };
    Plot {
        title: "Score and propensity".into(),
        caption: "A dot an item; a method that only learns popularity puts them on a line.".into(),
        x: axis("propensity", true),
        y: axis("mean score", false),
        series: vec![Series {
            name: NAMES[1].into(),
            kind: Kind::Scatter,
            points: points.collect(),
        }],
    }
}
