//! The page holds what it was given, whatever that is, and nothing from elsewhere.
#![allow(clippy::unwrap_used, reason = "a test may stop where it likes")]

use foretaste_report::{
    Axis, Bands, Calibration, CalibrationCurve, Difference, Exposure, Fact, Figure, Kind, Method,
    Plot, Report, Series,
};

const NASTY: &str = "<script>alert('x')</script> & \"quoted\" </style> {{ title }}";

/// A report in which everything that is text is `name`, and numbers are `value` or near it.
fn report(name: &str, value: f64, methods: usize) -> Report {
    let text = || name.to_owned();
    let figure = Figure { mean: value, low: value - 0.1, high: value + 0.2, sd: Some(value) };
    let curve = vec![(0.0, value), (1.0, 2.0 * value)];
    let method = |n: usize| Method {
        name: if n == 0 { text() } else { format!("{name} {n}") },
        figures: vec![figure; 2],
        seconds: Some(value),
        trainings: 2,
        loss: vec![curve.clone(); 2],
        validation: vec![curve.clone(); 2],
        bands: vec![figure; 3],
        exposure: Some(Exposure { lorenz: curve.clone(), gini: value, coverage: value }),
        config: vec![Fact::new(name, name)],
    };
    let difference =
        |method| Difference { method, column: 1, figure, p_t: [value; 2], p_wilcoxon: [value; 2] };
    let axis = |log| Axis { label: text(), log };
    let series = |kind| Series { name: text(), kind, points: curve.clone() };
    Report {
        title: text(),
        lead: text(),
        columns: vec![text(), text()],
        methods: (0..methods).map(method).collect(),
        baseline: 0,
        differences: (1..methods).map(difference).collect(),
        validation: text(),
        bands: Some(Bands { metric: text(), names: vec![text(); 3], caption: text() }),
        list_length: 10,
        plots: vec![Plot {
            title: text(),
            caption: text(),
            x: axis(false),
            y: axis(true),
            series: vec![series(Kind::Line), series(Kind::Scatter)],
        }],
        calibration: [false, true].map(|log| calibration(text(), log, value, figure)).into(),
        data: vec![Fact::new(name, name)],
        making: vec![Fact::new(name, name)],
    }
}

/// A diagram of the first method.
fn calibration(title: String, log: bool, value: f64, figure: Figure) -> Calibration {
    let curve = CalibrationCurve {
        method: 0,
        bins: vec![(value, figure), (2.0 * value, figure), (0.0, figure)],
        predicted: value,
        happened: value,
        ece: value,
        factor: log.then_some(value),
    };
    Calibration { caption: title.clone(), title, log, curves: vec![curve] }
}

/// The tags of a page, in order, after a check that each is closed by its like.
fn tags(html: &str) -> Vec<String> {
    const VOID: [&str; 3] = ["meta", "wbr", "!DOCTYPE"];
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let (before, rest) = html.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    for part in [before, after].concat().split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("no end: {part}"));
        let name = tag.split([' ', '\n', '/']).find(|name| !name.is_empty()).unwrap().to_owned();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name.clone()), "…{tag}");
        } else if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name.clone());
        }
        all.push(name);
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    all
}

#[test]
fn text_is_text_wherever_it_stands() {
    let html = report(NASTY, 0.3, 3).html();
    let tags = tags(&html);
    for forbidden in ["script", "link", "img", "iframe", "object", "base", "form"] {
        assert!(!tags.contains(&forbidden.to_owned()), "{forbidden}");
    }
    assert_eq!(html.matches("</style>").count(), 1);
    assert!(!html.contains("<script>alert"));
    assert!(html.contains("&#60;script&#62;alert") && html.contains("{{ title }}"));
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let html = report("bpr", 0.3, 3).html();
    for reference in ["http:", "https:", "//", "src=", "href", "url(", "@import", "@font-face"] {
        assert!(!html.contains(reference), "{reference}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn numbers_that_are_none_do_not_matter() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e300, 1e-300] {
        tags(&report("bpr", value, 2).html());
    }
}

#[test]
fn what_is_not_there_leaves_no_gap() {
    let empty = Report::default().html();
    assert_eq!(tags(&empty).iter().filter(|tag| *tag == "svg").count(), 0);
    let alone = Report { methods: report("a", 0.3, 1).methods, ..Report::default() }.html();
    assert!(!alone.contains("Differences from") && !alone.contains("baseline</span>"));
    let mut bare = report("a", 0.3, 12);
    for method in &mut bare.methods {
        (method.loss, method.validation, method.seconds) = (Vec::new(), Vec::new(), None);
        (method.bands, method.exposure) = (Vec::new(), None);
    }
    (bare.bands, bare.plots, bare.calibration) = (None, Vec::new(), Vec::new());
    let html = bare.html();
    tags(&html);
    for heading in ["Learning", "Popular and rare", "What the methods assume", "Calibration"] {
        assert!(!html.contains(heading), "{heading}");
    }
}

#[test]
fn the_verdict_does_not_claim_more_than_the_tests() {
    let mut report = report("m", 0.3, 3);
    report.methods[0].figures[0].mean = 0.9;
    let line = |method, high, p: f64| Difference {
        method,
        column: 0,
        figure: Figure { mean: -0.1, low: -0.2, high, sd: None },
        p_t: [p; 2],
        p_wilcoxon: [p; 2],
    };
    report.differences = vec![line(1, -0.05, 0.001), line(2, -0.05, 0.001)];
    let sure = report.html();
    assert!(sure.contains("m has the highest m: 0.9000"), "{sure}");
    assert!(sure.contains("The others are worse"));
    report.differences[1] = line(2, 0.05, 0.2);
    let unsure = report.html();
    assert!(
        unsure.contains("Its lead over m 2 may be chance") && !unsure.contains("others are worse")
    );
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    assert!(report("m", 0.3, 9).html() == report("m", 0.3, 9).html());
}
