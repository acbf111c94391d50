//! A finished comparison of recommenders as one self-contained HTML file.
//!
//! A [`Report`] is plain data: figures with intervals, curves, shares, settings. [`Report::html`]
//! lays it out. The file holds its style and its plots, as SVG; it asks the network for nothing,
//! runs no script, follows the reader's light or dark scheme and fits a phone.
//!
//! Nothing here trains or measures, and nothing is looked up: the same data gives the same bytes.
//!
//! # How the plots follow the scheme
//! Plots are drawn by `plotters` with the light colours of [`palette`] as plain attributes, so each
//! is a good SVG by itself; the style sheet then maps these attributes to variables, which dark
//! mode sets anew.

mod data;
mod format;
mod html;
mod palette;
mod svg;

pub use data::{
    Axis, Bands, Calibration, CalibrationCurve, Curve, Difference, Exposure, Fact, Figure, Kind,
    Method, Plot, Report, Series,
};
