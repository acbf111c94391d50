//! Differences with their intervals, one above another, around a line at zero.

use super::{Area, DRAWS, Scale, WIDTH, draw, text};
use crate::Axis;
use crate::format::cut;
use crate::palette::{GRID, INK, MUTED, Paint, RULE};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A named difference with its interval.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) paint: Paint,
    pub(crate) mean: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

const ROW: i32 = 44;
const AXIS: i32 = 44;
/// As many characters fit the width.
const CHARACTERS: usize = 48;
const SIDE: i32 = 8;

/// Draws bars over one axis with a line at zero; `label` says what is to the right of it.
pub(crate) fn forest(bars: &[Bar], label: &str) -> String {
    let axis = Axis { label: label.into(), log: false };
    let values = bars.iter().flat_map(|bar| [bar.low, bar.high]).chain([0.0]);
    let scale = Scale::around(&axis, values);
    let rows = bars.len() as i32 * ROW;
    draw((WIDTH, (rows + AXIS) as u32), |area| {
        let x = |value: f64| {
            let share = (value - scale.low) / (scale.high - scale.low);
            2 * SIDE + (share.clamp(0.0, 1.0) * f64::from(WIDTH as i32 - 4 * SIDE)).round() as i32
        };
        for (at, label) in &scale.ticks {
            line(area, (x(*at), 0), (x(*at), rows), GRID, 1);
            let below = text(MUTED, Pos::new(HPos::Center, VPos::Top));
            area.draw_text(label, &below, (x(*at), rows + 6)).expect(DRAWS);
        }
        line(area, (x(0.0), 0), (x(0.0), rows), RULE, 1);
        line(area, (0, rows), (WIDTH as i32, rows), RULE, 1);
        let below = text(MUTED, Pos::new(HPos::Center, VPos::Top));
        area.draw_text(label, &below, (WIDTH as i32 / 2, rows + 25)).expect(DRAWS);
        for (bar, top) in bars.iter().zip((0..).step_by(ROW as usize)) {
            let style = text(INK, Pos::new(HPos::Left, VPos::Top));
            area.draw_text(&cut(&bar.name, CHARACTERS), &style, (0, top + 8)).expect(DRAWS);
            let y = top + 32;
            line(area, (x(bar.low), y), (x(bar.high), y), bar.paint, 2);
            for end in [bar.low, bar.high] {
                line(area, (x(end), y - 4), (x(end), y + 4), bar.paint, 2);
            }
            let dot = Circle::new((x(bar.mean), y), 4, bar.paint.rgb().filled());
            area.draw(&dot).expect(DRAWS);
        }
    })
}

fn line(area: &Area<'_>, from: (i32, i32), to: (i32, i32), paint: Paint, width: u32) {
    let path = PathElement::new(vec![from, to], paint.rgb().stroke_width(width));
    area.draw(&path).expect(DRAWS);
}
