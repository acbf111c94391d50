//! Plots as SVG, drawn by `plotters`.
//!
//! All are drawn as wide as a phone, where they are shown one above another at their own size; on
//! a wide screen several stand side by side. So their text is as large as the text around them.

mod chart;
mod forest;
mod scale;
mod whisker;

pub(crate) use chart::{Chart, Ink, Mark};
pub(crate) use forest::{Bar, forest};
pub(crate) use scale::Scale;
pub(crate) use whisker::whisker;

use crate::palette::Paint;
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, TextStyle};
use plotters::{coord::Shift, style::text_anchor::Pos};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Width of a plot in CSS pixels.
const WIDTH: u32 = 356;
/// Height of text in CSS pixels; `plotters` divides sizes by 1.24.
const TEXT: f64 = 12.0 * 1.24;

const DRAWS: &str = "drawing into a string succeeds";

/// Draws into a string. The style sheet scales the plot to its place, so it has no size of its own.
fn draw(size: (u32, u32), content: impl FnOnce(&Area<'_>)) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        content(&area);
        area.present().expect(DRAWS);
    }
    let fixed = format!("<svg width=\"{}\" height=\"{}\" ", size.0, size.1);
    // Within a page, the name space goes without saying.
    svg.replacen(&fixed, "<svg ", 1).replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
}

fn text<'a>(paint: Paint, anchor: Pos) -> TextStyle<'a> {
    let font = ("sans-serif", TEXT, FontStyle::Normal).into_font().transform(FontTransform::None);
    let style = TextStyle::from(font).pos(anchor);
    TextStyle { color: paint.rgb().to_backend_color(), ..style }
}
