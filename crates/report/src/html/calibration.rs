//! Reliability diagrams.

use super::{Drawing, Group, ink, scales};
use crate::palette;
use crate::svg::{Chart, Ink, Mark};
use crate::{Axis, Calibration, CalibrationCurve, Report, format};

impl Report {
    /// A diagram an event, and a table of their figures.
    pub(super) fn calibration(&self) -> Option<Group> {
        let shown = |n: usize| {
            self.calibration.iter().any(|one| one.curves.iter().any(|curve| curve.method == n))
        };
        let header = ["Method", "Event", "Predicted", "Happened", "ECE", "Factor of the odds"];
        let rows = self
            .calibration
            .iter()
            .flat_map(|one| one.curves.iter().map(|curve| self.calibration_row(&one.title, curve)));
        let group = Group {
            title: "Calibration".into(),
            caption:
                "Means of what was predicted of each bin (to the right), and the share of it that \
                      happened (upwards) with its 95% interval, as if pairs did not depend on one \
                      another. On the dashed line, what is told is what happens. ECE is the mean \
                      distance from it."
                    .into(),
            legend: self.legend(shown),
            figures: self.calibration.iter().map(diagram).collect(),
            header: header.map(str::to_owned).into(),
            table: rows.collect(),
        };
        (!group.figures.is_empty()).then_some(group)
    }

    fn calibration_row(&self, event: &str, curve: &CalibrationCurve) -> Vec<String> {
        let number = |x: f64| format!("{x:.3e}");
        let short = |x: f64| if x >= 0.01 || x == 0.0 { format::figure(x) } else { number(x) };
        vec![
            self.methods[curve.method].name.clone(),
            event.to_owned(),
            short(curve.predicted),
            short(curve.happened),
            short(curve.ece),
            curve.factor.map_or("–".into(), short),
        ]
    }
}

fn diagram(one: &Calibration) -> Drawing {
    let mut marks = Vec::new();
    for curve in &one.curves {
        let ink = ink(curve.method, 1);
        let points: Vec<(f64, f64)> = curve.bins.iter().map(|(x, bin)| (*x, bin.mean)).collect();
        marks.push((Ink { opacity: 0.5, ..ink }, Mark::Line(points.clone())));
        for (x, bin) in &curve.bins {
            marks.push((ink, Mark::Line(vec![(*x, bin.low), (*x, bin.high)])));
        }
        marks.push((ink, Mark::Dots(points)));
    }
    let ends = one.curves.iter().flat_map(|curve| curve.bins.iter().map(|(x, _)| *x));
    let ends = ends.filter(|x| !one.log || *x > 0.0);
    let (low, high) = ends.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    let even = Ink { paint: palette::RULE, dashed: true, opacity: 1.0 };
    if low < high {
        marks.insert(0, (even, Mark::Line(vec![(low, low), (high, high)])));
    }
    let x = Axis { label: "predicted".into(), log: one.log };
    let (x, y) = scales(&x, &Axis { label: String::new(), log: one.log }, &marks);
    let svg = Chart { x, y, marks }.svg();
    Drawing { title: one.title.clone(), caption: one.caption.clone(), svg }
}
