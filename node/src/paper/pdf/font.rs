//! The Chinese fonts of this machine: where they usually are, and what a font's characters measure.
//!
//! None is built in: a good one has 25 MB. Knows no paper.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use krilla::text::Font;
use sanji_model::lang::{Lang, Say};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::raw::FileRef;
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};

use super::lines::Measure;

/// Text and head fonts in the order in which they are liked: Debian's `fonts-noto-cjk`, `fonts-wqy-*`, `fonts-arphic-uming`,
/// then Windows'. Where the second is not there, the first does for both.
const USUAL: [(&str, &str); 8] = [
    (
        "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    ),
    (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    ),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", ""),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", ""),
    ("C:\\Windows\\Fonts\\simsun.ttc", "C:\\Windows\\Fonts\\simhei.ttf"),
    ("C:\\Windows\\Fonts\\msyh.ttc", "C:\\Windows\\Fonts\\msyhbd.ttc"),
    ("/System/Library/Fonts/Supplemental/Songti.ttc", ""),
];

/// Why there is no font.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoFont {
    /// None in the usual places.
    Missing,
    /// The file that was named cannot be read.
    Unreadable(PathBuf, String),
    /// The file is no font, or one without Chinese characters.
    NotChinese(PathBuf),
}

impl Say for NoFont {
    fn code(&self) -> &'static str {
        match self {
            NoFont::Missing => "FONT_MISSING",
            NoFont::Unreadable(..) => "FONT_UNREADABLE",
            NoFont::NotChinese(_) => "FONT_NOT_CHINESE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (NoFont::Missing, Lang::Zh) => "本机没有中文字体，不能生成 PDF：Debian、Ubuntu 请安装 fonts-noto-cjk（或较小的 fonts-wqy-microhei），其他系统请用 --font 或环境变量 SANJI_FONT 指定字体文件；也可不加 --pdf，生成网页后用浏览器打印".to_owned(),
            (NoFont::Missing, Lang::En) => "there is no Chinese font on this machine, so no PDF can be made: install fonts-noto-cjk on Debian or Ubuntu (or fonts-wqy-microhei, which is smaller), elsewhere name a font file with --font or SANJI_FONT; or leave --pdf out and print the page with a browser".to_owned(),
            (NoFont::Unreadable(path, why), Lang::Zh) => format!("字体文件 {} 无法读取（{why}）：请检查 --font 或 SANJI_FONT 所指的路径", path.display()),
            (NoFont::Unreadable(path, why), Lang::En) => format!("the font file {} cannot be read ({why}): check the path that --font or SANJI_FONT names", path.display()),
            (NoFont::NotChinese(path), Lang::Zh) => format!("{} 不是字体文件，或不含中文字符：请用 --font 或 SANJI_FONT 指定中文字体（.ttc、.otf 或 .ttf）", path.display()),
            (NoFont::NotChinese(path), Lang::En) => format!("{} is no font file, or has no Chinese characters: name a Chinese font (.ttc, .otf or .ttf) with --font or SANJI_FONT", path.display()),
        }
    }
}

/// The two faces of a paper. Reading them takes some 10 ms; keep them where many papers are made.
pub struct Fonts {
    pub text: Face,
    pub head: Face,
}

impl Fonts {
    /// The font that was named, or the first one in the usual places.
    pub fn find(named: Option<&Path>) -> Result<Fonts, NoFont> {
        if let Some(path) = named {
            let text = Face::read(path)?;
            return Ok(Fonts { head: text.clone(), text });
        }
        for (text, head) in USUAL {
            if let Ok(text) = Face::read(Path::new(text)) {
                let head = Face::read(Path::new(head)).unwrap_or_else(|_| text.clone());
                return Ok(Fonts { text, head });
            }
        }
        Err(NoFont::Missing)
    }
}

/// One font of a file.
#[derive(Clone)]
pub struct Face {
    pub font: Font,
    data: Arc<Vec<u8>>,
    index: u32,
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Face({} bytes, {})", self.data.len(), self.index)
    }
}

impl Face {
    fn read(path: &Path) -> Result<Face, NoFont> {
        let data =
            std::fs::read(path).map_err(|error| NoFont::Unreadable(path.to_owned(), error.to_string()))?;
        let data = Arc::new(data);
        let not_chinese = || NoFont::NotChinese(path.to_owned());
        let index = simplified(&data).ok_or_else(not_chinese)?;
        let font = Font::new(data.clone().into(), index).ok_or_else(not_chinese)?;
        Ok(Face { font, data, index })
    }

    /// To look up characters with.
    pub fn glyphs(&self) -> Glyphs<'_> {
        let font = FontRef::from_index(&self.data, self.index).expect("read when it was opened");
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        Glyphs { font: self.font.clone(), charmap: font.charmap(), metrics }
    }
}

/// Which font of a file has the Chinese characters as the mainland writes them; a collection has one a region.
fn simplified(data: &[u8]) -> Option<u32> {
    let fonts: Vec<FontRef<'_>> = match FileRef::new(data).ok()? {
        FileRef::Font(font) => vec![font],
        FileRef::Collection(all) => all.iter().filter_map(Result::ok).collect(),
    };
    let is_chinese = |font: &FontRef<'_>| "中政办补。".chars().all(|c| font.charmap().map(c).is_some());
    let is_mainland = |font: &FontRef<'_>| {
        let name = font.localized_strings(StringId::FAMILY_NAME).english_or_first();
        let name: String = name.map(|name| name.chars().collect()).unwrap_or_default();
        name.split(' ').any(|word| matches!(word, "SC" | "CN"))
    };
    let index = fonts.iter().position(|font| is_mainland(font) && is_chinese(font));
    index.or_else(|| fonts.iter().position(is_chinese)).and_then(|index| u32::try_from(index).ok())
}

/// A face's characters.
pub struct Glyphs<'a> {
    pub font: Font,
    charmap: Charmap<'a>,
    metrics: GlyphMetrics<'a>,
}

impl Glyphs<'_> {
    pub fn glyph(&self, c: char) -> Option<GlyphId> {
        self.charmap.map(c)
    }
}

impl Measure for Glyphs<'_> {
    fn advance(&self, c: char) -> f32 {
        self.glyph(c).and_then(|glyph| self.metrics.advance_width(glyph)).unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_font_is_said_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.ttf");
        assert!(matches!(Fonts::find(Some(&path)), Err(NoFont::Unreadable(..))));
        std::fs::write(&path, "no font").unwrap();
        assert_eq!(Fonts::find(Some(&path)).err(), Some(NoFont::NotChinese(path)));
        for lang in [Lang::Zh, Lang::En] {
            assert!(NoFont::Missing.text(lang).contains("fonts-noto-cjk"));
        }
    }
}
