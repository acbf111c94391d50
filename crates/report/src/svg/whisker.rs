//! An interval as a line with a dot, small enough for a table's cell.

use super::{DRAWS, draw};
use crate::Figure;
use crate::palette::{GRID, Paint};
use plotters::prelude::*;

const WIDTH: i32 = 112;
const HEIGHT: i32 = 12;

/// Draws an interval on the common scale from `low` to `high` of its column.
pub(crate) fn whisker(figure: &Figure, (low, high): (f64, f64), paint: Paint) -> String {
    draw((WIDTH as u32, HEIGHT as u32), |area| {
        let span = if high > low { high - low } else { 1.0 };
        let x = |value: f64| {
            5 + (((value - low) / span).clamp(0.0, 1.0) * f64::from(WIDTH - 10)).round() as i32
        };
        let y = HEIGHT / 2;
        let line = |from, to, paint: Paint, width| {
            let path = PathElement::new(vec![from, to], paint.rgb().stroke_width(width));
            area.draw(&path).expect(DRAWS);
        };
        line((0, y), (WIDTH, y), GRID, 1);
        line((x(figure.low), y), (x(figure.high), y), paint, 2);
        for end in [figure.low, figure.high] {
            line((x(end), y - 3), (x(end), y + 3), paint, 1);
        }
        area.draw(&Circle::new((x(figure.mean), y), 3, paint.rgb().filled())).expect(DRAWS);
    })
}
