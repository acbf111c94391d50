//! What a report shows, as plain data.

/// A finished comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The headline.
    pub title: String,
    /// What was done, in a sentence or two.
    pub lead: String,
    /// The names of the figures: the columns of the main table.
    pub columns: Vec<String>,
    /// What is compared, in the order of the table.
    pub methods: Vec<Method>,
    /// The method that the others are held against.
    pub baseline: usize,
    /// Differences from the baseline.
    pub differences: Vec<Difference>,
    /// The metric that was validated on, for the learning curves; empty if none was.
    pub validation: String,
    /// Accuracy by popularity of the items, if it was measured.
    pub bands: Option<Bands>,
    /// The length of the lists of [`Method::exposure`].
    pub list_length: usize,
    /// What single methods assume.
    pub plots: Vec<Plot>,
    /// Whether probabilities that methods tell are what happens, a picture an event.
    pub calibration: Vec<Calibration>,
    /// What the data is.
    pub data: Vec<Fact>,
    /// How the figures were made: version, seeds, settings of the evaluation.
    pub making: Vec<Fact>,
}

/// One of the compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// One for each of [`Report::columns`].
    pub figures: Vec<Figure>,
    /// Seconds of a training; `None` if it was trained before.
    pub seconds: Option<f64>,
    /// Trainings, with a seed each.
    pub trainings: usize,
    /// The loss of each epoch, one curve a training.
    pub loss: Vec<Curve>,
    /// The validation metric of the epochs that were validated, one curve a training.
    pub validation: Vec<Curve>,
    /// One for each of [`Bands::names`]; empty if not measured.
    pub bands: Vec<Figure>,
    /// How the lists spread over the items.
    pub exposure: Option<Exposure>,
    /// All parameters.
    pub config: Vec<Fact>,
}

/// Points, from left to right.
pub type Curve = Vec<(f64, f64)>;

/// A mean with its 95% interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard deviation over seeds, if there are several.
    pub sd: Option<f64>,
}

/// A method's difference from the baseline in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Position in [`Report::methods`].
    pub method: usize,
    /// Position in [`Report::columns`].
    pub column: usize,
    /// The difference, method − baseline, with its interval.
    pub figure: Figure,
    /// p-value of the paired t-test, and Holm-corrected.
    pub p_t: [f64; 2],
    /// p-value of the Wilcoxon signed-rank test, and Holm-corrected.
    pub p_wilcoxon: [f64; 2],
}

/// Accuracy by popularity of the items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bands {
    /// The metric.
    pub metric: String,
    /// The bands, from popular to rare.
    pub names: Vec<String>,
    /// What the bands are.
    pub caption: String,
}

/// How the lists of all users spread over the items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposure {
    /// The Lorenz curve: share of the items, least listed first, and their share of list places.
    pub lorenz: Curve,
    /// Gini coefficient: 0 if all items are listed equally often, near 1 if few are listed always.
    pub gini: f64,
    /// Share of the items that are in any list.
    pub coverage: f64,
}

/// A plot of named series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// Its heading.
    pub title: String,
    /// What it shows, and how to read it.
    pub caption: String,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// What is drawn.
    pub series: Vec<Series>,
}

/// A reliability diagram: what was predicted of an event, and how often it happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// The event.
    pub title: String,
    /// Among what, and what bins are.
    pub caption: String,
    /// Whether axes are logarithmic, as of what is rare.
    pub log: bool,
    /// One a method.
    pub curves: Vec<CalibrationCurve>,
}

/// What one method predicted of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalibrationCurve {
    /// Position in [`Report::methods`].
    pub method: usize,
    /// Of each bin the mean prediction, and the share that happened with its interval.
    pub bins: Vec<(f64, Figure)>,
    /// The mean prediction.
    pub predicted: f64,
    /// The share that happened.
    pub happened: f64,
    /// The expected calibration error.
    pub ece: f64,
    /// What odds were multiplied by, if they were.
    pub factor: Option<f64>,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: String,
    /// Whether it is logarithmic; points that are not above 0 are left out then.
    pub log: bool,
}

/// Points of one name and colour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name; series of one name share a colour.
    pub name: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Its points; those that are not finite are left out.
    pub points: Curve,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A line through the points.
    #[default]
    Line,
    /// A dot for each point.
    Scatter,
}

/// A name and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}
