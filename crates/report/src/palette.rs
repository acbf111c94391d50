//! The colours, in light and in dark.

use plotters::style::RGBColor;
use std::fmt::Write;

/// A colour of the report in both schemes, and the variable that holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    name: &'static str,
    light: u32,
    dark: u32,
}

const fn paint(name: &'static str, light: u32, dark: u32) -> Paint {
    Paint { name, light, dark }
}

/// Text and marks that have no method.
pub(crate) const INK: Paint = paint("ink", 0x1A_1D_21, 0xE8_EA_ED);
/// Labels of axes.
pub(crate) const MUTED: Paint = paint("muted", 0x5A_63_6E, 0x9A_A4_B0);
/// Grid lines.
pub(crate) const GRID: Paint = paint("grid", 0xE4_E7_EB, 0x2E_33_3A);
/// Zero lines, diagonals, axes.
pub(crate) const RULE: Paint = paint("rule", 0x9A_A3_AD, 0x66_70_7C);

/// One a method; distinct for the colour-blind, too, and at least 3:1 against the background.
/// More methods than colours use them again, dashed.
pub(crate) const SERIES: [Paint; 8] = [
    paint("s0", 0x5F_6B_7A, 0x9F_AB_BA),
    paint("s1", 0x1F_6F_C4, 0x62_AE_F5),
    paint("s2", 0xC2_52_0A, 0xF2_96_4D),
    paint("s3", 0x0B_82_66, 0x3F_C4_A2),
    paint("s4", 0x9B_3F_B5, 0xD6_8B_EA),
    paint("s5", 0xB8_2E_4E, 0xF5_7F_9A),
    paint("s6", 0x7D_6B_00, 0xD3_BE_45),
    paint("s7", 0x2B_7F_94, 0x68_C6_DC),
];

/// The colour of the method at a position.
pub(crate) fn series(position: usize) -> Paint {
    SERIES[position % SERIES.len()]
}

impl Paint {
    /// The light colour, for drawing.
    pub(crate) fn rgb(self) -> RGBColor {
        let [_, red, green, blue] = self.light.to_be_bytes();
        RGBColor(red, green, blue)
    }

    /// The name of its variable.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }
}

fn all() -> impl Iterator<Item = Paint> {
    [INK, MUTED, GRID, RULE].into_iter().chain(SERIES)
}

/// The variables of the light scheme, or of the dark one.
pub(crate) fn variables(dark: bool) -> String {
    all().fold(String::new(), |mut css, paint| {
        let value = if dark { paint.dark } else { paint.light };
        write!(css, "--{}:#{value:06x};", paint.name).expect("a string takes all");
        css
    })
}

/// Rules that give what was drawn in a light colour the colour of the scheme.
pub(crate) fn rules() -> String {
    all().fold(String::new(), |mut css, Paint { name, light, .. }| {
        for attribute in ["fill", "stroke"] {
            let rule =
                format_args!("svg [{attribute}=\"#{light:06X}\"]{{{attribute}:var(--{name})}}\n");
            css.write_fmt(rule).expect("a string takes all");
        }
        css
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of WCAG 2.
    fn luminance(colour: u32) -> f64 {
        let channel = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [_, red, green, blue] = colour.to_be_bytes();
        0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_and_marks_stand_out_from_the_background() {
        let css = include_str!("../templates/style.css");
        for (background, dark) in [(0xFF_FF_FF, false), (0x14_17_1A, true)] {
            assert!(css.contains(&format!("--paper:#{background:06x}")), "the style's background");
            let of =
                |paint: Paint| contrast(if dark { paint.dark } else { paint.light }, background);
            assert!(of(INK) >= 7.0 && of(MUTED) >= 4.5, "{} {}", of(INK), of(MUTED));
            for paint in SERIES {
                assert!(of(paint) >= 3.0, "{}: {}", paint.name, of(paint));
            }
        }
    }

    #[test]
    fn every_colour_has_a_rule() {
        let mut light: Vec<u32> = all().map(|paint| paint.light).collect();
        light.sort_unstable();
        light.dedup();
        assert_eq!(light.len(), all().count(), "a rule would catch two colours");
        assert_eq!(rules().lines().count(), 2 * all().count());
    }
}
