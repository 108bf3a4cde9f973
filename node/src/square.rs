//! A square code (QR), as runs of dark modules: pages draw them as SVG, papers in their PDF.
//!
//! Knows nothing of what is in it.

use askama::Template;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around it, as the standard wants.
const QUIET: usize = 4;

/// A code to be drawn.
#[derive(Template)]
#[template(path = "code.svg")]
pub(crate) struct Square {
    /// Modules of a side, with the light ones around.
    pub side: usize,
    /// Horizontal runs of dark modules: from, row, length.
    pub runs: Vec<(usize, usize, usize)>,
}

impl Square {
    /// None if the text is too long for any code (beyond some 2,000 bytes).
    pub fn of(text: &str) -> Option<Square> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let mut runs = Vec::new();
        for (y, row) in colors.chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    runs.push((x + QUIET, y + QUIET, run.len()));
                }
                x += run.len();
            }
        }
        Some(Square { side: width + 2 * QUIET, runs })
    }

    /// The drawing, to stand in a page.
    pub fn svg(text: &str) -> Option<String> {
        Square::of(text)?.render().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_reads_back() {
        const PIXELS: usize = 4;
        let text = "http://10.1.2.3:7800/guides/0195b8f27c1e7d33a1112f0d4c5b6a79?version=12&code=11640202MB0X12345X4000109001000";
        let drawing = Square::of(text).unwrap();
        let dark = |x: usize, y: usize| {
            let (x, y) = (x / PIXELS, y / PIXELS);
            drawing.runs.iter().any(|(from, row, len)| *row == y && (*from..from + len).contains(&x))
        };
        let side = drawing.side * PIXELS;
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if dark(x, y) { 0 } else { 255 });
        let grids = picture.detect_grids();
        assert_eq!(grids[0].decode().unwrap().1, text);
        let svg = Square::svg(text).unwrap();
        assert_eq!(svg.matches('M').count(), drawing.runs.len());
        assert!(Square::svg(&"字".repeat(2_000)).is_none());
    }
}
