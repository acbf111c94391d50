//! Lines, dots and whiskers over two axes.

use super::{DRAWS, Scale, WIDTH, draw, text};
use crate::palette::{GRID, MUTED, Paint, RULE};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// How a mark is coloured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ink {
    pub(crate) paint: Paint,
    pub(crate) dashed: bool,
    /// 1, or less for one of many.
    pub(crate) opacity: f64,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A line through points.
    Line(Vec<(f64, f64)>),
    /// A dot each.
    Dots(Vec<(f64, f64)>),
    /// A mean with its interval, upright.
    Whisker { x: f64, low: f64, mean: f64, high: f64 },
}

/// A plot of marks over two axes.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    pub(crate) marks: Vec<(Ink, Mark)>,
}

const HEIGHT: u32 = 236;

type Context<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;

impl Chart {
    pub(crate) fn svg(&self) -> String {
        draw((WIDTH, HEIGHT), |area| {
            let widest = self.y.ticks.iter().map(|(_, label)| label.chars().count()).max();
            let mut chart = ChartBuilder::on(area)
                .margin_top(8)
                .margin_right(18)
                .x_label_area_size(if self.x.label.is_empty() { 24 } else { 42 })
                .y_label_area_size(14 + 7 * widest.unwrap_or(1) as u32)
                .build_cartesian_2d(self.x.clone(), self.y.clone())
                .expect(DRAWS);
            chart
                .configure_mesh()
                .disable_x_mesh()
                .bold_line_style(GRID.rgb())
                .light_line_style(TRANSPARENT)
                .axis_style(RULE.rgb())
                .set_all_tick_mark_size(4)
                .x_label_style(text(MUTED, Pos::new(HPos::Center, VPos::Top)))
                .y_label_style(text(MUTED, Pos::new(HPos::Right, VPos::Center)))
                .axis_desc_style(text(MUTED, Pos::new(HPos::Center, VPos::Top)))
                .x_desc(&self.x.label)
                .draw()
                .expect(DRAWS);
            for (ink, mark) in &self.marks {
                self.mark(&mut chart, *ink, mark);
            }
        })
    }

    fn mark(&self, chart: &mut Context<'_, '_>, ink: Ink, mark: &Mark) {
        let style = ink.paint.rgb().mix(ink.opacity).stroke_width(2);
        let placed = |points: &[(f64, f64)]| {
            let place = |&(x, y): &(f64, f64)| self.x.place(x).zip(self.y.place(y));
            points.iter().filter_map(place).collect::<Vec<_>>()
        };
        match mark {
            Mark::Line(points) if ink.dashed => {
                let dashes = DashedLineSeries::new(placed(points), 5, 3, style);
                chart.draw_series(dashes).expect(DRAWS);
            }
            Mark::Line(points) => {
                chart.draw_series(LineSeries::new(placed(points), style)).expect(DRAWS);
            }
            Mark::Dots(points) => {
                let dot = |at| Circle::new(at, 2, ink.paint.rgb().mix(ink.opacity).filled());
                chart.draw_series(placed(points).into_iter().map(dot)).expect(DRAWS);
            }
            &Mark::Whisker { x, low, mean, high } => {
                let whisker = PathElement::new(vec![(x, low), (x, high)], style);
                chart.draw_series([whisker]).expect(DRAWS);
                let dot = Circle::new((x, mean), 3, ink.paint.rgb().filled());
                chart.draw_series([dot]).expect(DRAWS);
            }
        }
    }
}
