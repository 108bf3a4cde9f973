//! The square code of a page (QR): its address, with the version and the item's code in it.
//!
//! Drawn as SVG. Knows no guide.

use askama::Template;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around it, as the standard wants.
const QUIET: usize = 4;

#[derive(Template)]
#[template(path = "code.svg")]
struct Drawing {
    side: usize,
    /// Horizontal runs of dark modules.
    runs: Vec<(usize, usize, usize)>,
}

/// The drawing; none if the text is too long for any code (beyond some 2,000 bytes).
pub fn draw(text: &str) -> Option<String> {
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
    Drawing { side: width + 2 * QUIET, runs }.render().ok()
}
