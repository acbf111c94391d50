//! From the data to the page.

mod calibration;

use crate::palette::{self, Paint};
use crate::svg::{Bar, Chart, Ink, Mark, Scale, forest, whisker};
use crate::{Axis, Curve, Difference, Fact, Figure, Kind, Plot, Report, format};
use askama::Template;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: &'a str,
    lead: &'a str,
    verdict: String,
    style: String,
    columns: &'a [String],
    has_spread: bool,
    baseline: &'a str,
    rows: Vec<Row<'a>>,
    forests: Vec<Drawing>,
    differences: Vec<Line<'a>>,
    groups: Vec<Group>,
    data: &'a [Fact],
    making: &'a [Fact],
}

/// A row of the main table.
struct Row<'a> {
    name: &'a str,
    paint: &'static str,
    baseline: bool,
    trainings: usize,
    cells: Vec<Cell>,
    seconds: String,
    config: &'a [Fact],
}

struct Cell {
    mean: String,
    interval: String,
    sd: String,
    whisker: String,
    best: bool,
}

/// A row of the table of differences.
struct Line<'a> {
    name: &'a str,
    column: &'a str,
    diff: String,
    interval: String,
    p: [String; 4],
}

/// A section of plots.
#[derive(Default)]
struct Group {
    title: String,
    caption: String,
    legend: Vec<Key>,
    figures: Vec<Drawing>,
    header: Vec<String>,
    table: Vec<Vec<String>>,
}

struct Key {
    name: String,
    paint: &'static str,
    dashed: bool,
}

struct Drawing {
    title: String,
    caption: String,
    svg: String,
}

impl Report {
    /// The page. The same data gives the same bytes.
    ///
    /// # Panics
    /// If a position in [`Report::differences`] or [`Report::baseline`] is not that of a method or
    /// a column.
    pub fn html(&self) -> String {
        let page = Page {
            title: &self.title,
            lead: &self.lead,
            verdict: self.verdict(),
            style: style(),
            columns: &self.columns,
            has_spread: self.methods.iter().any(|m| m.figures.iter().any(|f| f.sd.is_some())),
            baseline: self.methods.get(self.baseline).map_or("", |method| &method.name),
            rows: (0..self.methods.len()).map(|n| self.row(n)).collect(),
            forests: self.forests(),
            differences: self.differences.iter().map(|line| self.line(line)).collect(),
            groups: self.groups(),
            data: &self.data,
            making: &self.making,
        };
        page.render().expect("a string takes all that the template writes")
    }

    /// What the first column says, in a sentence.
    fn verdict(&self) -> String {
        let (Some(column), true) = (self.columns.first(), self.methods.len() > 1) else {
            return String::new();
        };
        let best = self.best(0);
        let (name, figure) = (&self.methods[best].name, self.methods[best].figures[0]);
        let of_first = self.differences.iter().filter(|d| d.column == 0);
        let unsure: Vec<&str> = of_first
            .filter(|d| best == self.baseline && (d.figure.high >= 0.0 || d.p_t[1] >= 0.05))
            .map(|d| self.methods[d.method].name.as_str())
            .collect();
        let mean = format::figure(figure.mean);
        let rest = match &unsure[..] {
            _ if best != self.baseline => String::new(),
            [] => " The others are worse, each with a corrected p below 0.05.".into(),
            [one] => format!(" Its lead over {one} may be chance."),
            [many @ .., last] => {
                format!(" Its lead over {} and {last} may be chance.", many.join(", "))
            }
        };
        format!("{name} has the highest {column}: {mean} [{}].{rest}", interval(&figure))
    }

    /// The method with the largest mean of a column; the first of several.
    fn best(&self, column: usize) -> usize {
        let mean = |n: &usize| self.methods[*n].figures.get(column).map_or(f64::MIN, |f| f.mean);
        let methods = (0..self.methods.len()).rev();
        methods.max_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap_or(0)
    }

    fn row(&self, n: usize) -> Row<'_> {
        let method = &self.methods[n];
        let cell = |(column, figure): (usize, &Figure)| Cell {
            mean: format::figure(figure.mean),
            interval: interval(figure),
            sd: figure.sd.map_or(String::new(), format::figure),
            whisker: whisker(figure, self.range(column), palette::series(n)),
            best: self.methods.len() > 1 && self.best(column) == n,
        };
        Row {
            name: &method.name,
            paint: palette::series(n).name(),
            baseline: n == self.baseline,
            trainings: method.trainings,
            cells: method.figures.iter().enumerate().map(cell).collect(),
            seconds: method.seconds.map_or("–".into(), format::seconds),
            config: &method.config,
        }
    }

    /// From the lowest to the highest end of an interval in a column.
    fn range(&self, column: usize) -> (f64, f64) {
        let figures = self.methods.iter().filter_map(|method| method.figures.get(column));
        figures.fold((f64::MAX, f64::MIN), |(low, high), figure| {
            (low.min(figure.low), high.max(figure.high))
        })
    }

    fn line(&self, difference: &Difference) -> Line<'_> {
        let Figure { mean, low, high, .. } = difference.figure;
        let [t, t_holm] = difference.p_t.map(format::p_value);
        let [w, w_holm] = difference.p_wilcoxon.map(format::p_value);
        Line {
            name: &self.methods[difference.method].name,
            column: &self.columns[difference.column],
            diff: format::signed(mean),
            interval: format!("{} to {}", format::signed(low), format::signed(high)),
            p: [t, t_holm, w, w_holm],
        }
    }

    fn forests(&self) -> Vec<Drawing> {
        let of = |(column, title): (usize, &String)| {
            let bar = |d: &Difference| Bar {
                name: self.methods[d.method].name.clone(),
                paint: palette::series(d.method),
                mean: d.figure.mean,
                low: d.figure.low,
                high: d.figure.high,
            };
            let chosen = self.differences.iter().filter(|d| d.column == column);
            let bars: Vec<Bar> = chosen.map(bar).collect();
            let svg = forest(&bars, "worse ← difference → better");
            Drawing { title: title.clone(), caption: String::new(), svg }
        };
        if self.differences.is_empty() {
            return Vec::new();
        }
        self.columns.iter().enumerate().map(of).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let groups = [self.learning(), self.popularity(), self.own_plots(), self.calibration()];
        groups.into_iter().flatten().collect()
    }

    /// A key for each method for which `shown` holds.
    fn legend(&self, shown: impl Fn(usize) -> bool) -> Vec<Key> {
        let shown = (0..self.methods.len()).filter(|&n| shown(n));
        let key = |n: usize| {
            let Ink { paint, dashed, .. } = ink(n, 1);
            Key { name: self.methods[n].name.clone(), paint: paint.name(), dashed }
        };
        shown.map(key).collect()
    }

    /// The curves of all methods: one colour a method, one line a training.
    fn curves(&self, title: &str, y: &str, of: impl Fn(usize) -> Vec<Curve>) -> Option<Drawing> {
        let marks: Vec<(Ink, Mark)> = (0..self.methods.len())
            .flat_map(|n| {
                let curves = of(n);
                let ink = ink(n, curves.len());
                curves.into_iter().map(move |curve| (ink, Mark::Line(curve)))
            })
            .filter(|(_, mark)| matches!(mark, Mark::Line(points) if !points.is_empty()))
            .collect();
        let axis = |label: &str| Axis { label: label.into(), log: false };
        let (x, y_scale) = scales(&axis("epoch"), &axis(""), &marks);
        let svg = Chart { x, y: y_scale, marks: marks.clone() }.svg();
        (!marks.is_empty()).then(|| Drawing { title: title.into(), caption: y.into(), svg })
    }

    fn learning(&self) -> Option<Group> {
        let loss = self.curves("Loss", "Mean over the samples of an epoch; methods with different losses are not comparable here.", |n| self.methods[n].loss.clone());
        let title = format!("Validation {}", self.validation);
        let valid =
            self.curves(&title, "On the validation part.", |n| self.methods[n].validation.clone());
        let figures: Vec<Drawing> = [loss, valid].into_iter().flatten().collect();
        let legend = self.legend(|n| !self.methods[n].loss.is_empty());
        let title = "Learning".into();
        (!figures.is_empty()).then(|| Group { title, legend, figures, ..Group::default() })
    }

    /// Accuracy by popularity of items, and how the lists spread over them.
    fn popularity(&self) -> Option<Group> {
        let bands = self.bands.as_ref().map(|bands| {
            let marks = self.band_marks();
            let (_, y) = scales(&Axis::default(), &Axis::default(), &marks);
            let svg = Chart { x: Scale::places("", &bands.names), y, marks }.svg();
            Drawing {
                title: format!("{} by popularity of the items", bands.metric),
                caption: bands.caption.clone(),
                svg,
            }
        });
        let has_exposure = |n: usize| self.methods[n].exposure.is_some();
        let lorenz = (0..self.methods.len()).any(has_exposure).then(|| self.lorenz());
        let figures: Vec<Drawing> = [bands, lorenz].into_iter().flatten().collect();
        let mut group = Group {
            title: "Popular and rare items".into(),
            legend: self.legend(|n| !self.methods[n].bands.is_empty() || has_exposure(n)),
            figures,
            ..Group::default()
        };
        for method in &self.methods {
            if let Some(exposure) = &method.exposure {
                group.header =
                    ["Method", "Items listed at all", "Gini of exposure"].map(str::to_owned).into();
                let cells = [
                    method.name.clone(),
                    format::percent(exposure.coverage),
                    format!("{:.3}", exposure.gini),
                ];
                group.table.push(cells.into());
            }
        }
        (!group.figures.is_empty()).then_some(group)
    }

    /// Whiskers of methods side by side in each band.
    fn band_marks(&self) -> Vec<(Ink, Mark)> {
        let count = self.methods.len() as f64;
        let side = |n: usize| (n as f64 - (count - 1.0) / 2.0) * (0.7 / count.max(4.0));
        let of = |(n, method): (usize, &crate::Method)| {
            let whisker = move |(band, figure): (usize, &Figure)| {
                let &Figure { mean, low, high, .. } = figure;
                (ink(n, 1), Mark::Whisker { x: band as f64 + side(n), low, mean, high })
            };
            method.bands.iter().enumerate().map(whisker).collect::<Vec<_>>()
        };
        self.methods.iter().enumerate().flat_map(of).collect()
    }

    fn lorenz(&self) -> Drawing {
        let even = Ink { paint: palette::RULE, dashed: true, opacity: 1.0 };
        let diagonal = [(even, Mark::Line(vec![(0.0, 0.0), (1.0, 1.0)]))];
        let curves = self.methods.iter().enumerate().filter_map(|(n, method)| {
            Some((ink(n, 1), Mark::Line(method.exposure.as_ref()?.lorenz.clone())))
        });
        let label = "share of the items, least listed first";
        let chart = Chart {
            x: Scale::exactly(label, 0.0, 1.0),
            y: Scale::exactly("", 0.0, 1.0),
            marks: diagonal.into_iter().chain(curves).collect(),
        };
        let caption = format!(
            "Share of the places in all lists of {}. On the dashed line every item is listed equally often.",
            self.list_length
        );
        Drawing { title: "Concentration of exposure".into(), caption, svg: chart.svg() }
    }

    /// Plots that came with the data.
    fn own_plots(&self) -> Option<Group> {
        let figures: Vec<Drawing> = self.plots.iter().map(|plot| self.own_plot(plot)).collect();
        let mut names: Vec<&str> = Vec::new();
        for series in self.plots.iter().flat_map(|plot| &plot.series) {
            if !names.contains(&series.name.as_str()) {
                names.push(&series.name);
            }
        }
        let key = |name: &&str| {
            let Ink { paint, dashed, .. } = ink(self.place(name), 1);
            Key { name: (*name).into(), paint: paint.name(), dashed }
        };
        let legend = names.iter().map(key).collect();
        let title = "What the methods assume".into();
        (!figures.is_empty()).then(|| Group { title, legend, figures, ..Group::default() })
    }

    fn own_plot(&self, plot: &Plot) -> Drawing {
        let mark = |series: &crate::Series| {
            let ink = ink(self.place(&series.name), 1);
            match series.kind {
                Kind::Line => (ink, Mark::Line(series.points.clone())),
                Kind::Scatter => (Ink { opacity: 0.5, ..ink }, Mark::Dots(series.points.clone())),
            }
        };
        let marks: Vec<(Ink, Mark)> = plot.series.iter().map(mark).collect();
        let y_axis = Axis { label: String::new(), ..plot.y.clone() };
        let (x, y) = scales(&plot.x, &y_axis, &marks);
        let caption = match plot.y.label.as_str() {
            "" => plot.caption.clone(),
            label => format!("{} Upwards: {label}.", plot.caption),
        };
        let caption = caption.trim().to_owned();
        Drawing { title: plot.title.clone(), caption, svg: Chart { x, y, marks }.svg() }
    }

    /// The position that gives a series its colour: the method's, or one after them.
    fn place(&self, name: &str) -> usize {
        let method = self.methods.iter().position(|method| method.name == name);
        let series = || {
            let all = self.plots.iter().flat_map(|plot| &plot.series);
            let mut others: Vec<&str> = Vec::new();
            for series in all.filter(|s| self.methods.iter().all(|method| method.name != s.name)) {
                if !others.contains(&series.name.as_str()) {
                    others.push(&series.name);
                }
            }
            self.methods.len() + others.iter().position(|other| *other == name).unwrap_or(0)
        };
        method.unwrap_or_else(series)
    }
}

/// The colour of the method at a position, of which so many lines are drawn.
fn ink(position: usize, lines: usize) -> Ink {
    let paint: Paint = palette::series(position);
    let dashed = position >= palette::SERIES.len();
    Ink { paint, dashed, opacity: if lines > 1 { 0.6 } else { 1.0 } }
}

/// Axes around everything that is drawn.
fn scales(x: &Axis, y: &Axis, marks: &[(Ink, Mark)]) -> (Scale, Scale) {
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for (_, mark) in marks {
        match mark {
            Mark::Line(points) | Mark::Dots(points) => {
                xs.extend(points.iter().map(|point| point.0));
                ys.extend(points.iter().map(|point| point.1));
            }
            &Mark::Whisker { x, low, high, .. } => {
                xs.push(x);
                ys.extend([low, high]);
            }
        }
    }
    (Scale::around(x, xs), Scale::around(y, ys))
}

fn interval(figure: &Figure) -> String {
    format!("{} – {}", format::figure(figure.low), format::figure(figure.high))
}

/// The style sheet with the colours of both schemes.
fn style() -> String {
    let css = include_str!("../templates/style.css");
    let css = css.replacen("/*light*/", &palette::variables(false), 1);
    css.replacen("/*dark*/", &palette::variables(true), 1) + &palette::rules()
}
