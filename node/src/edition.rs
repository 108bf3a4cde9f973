//! A guide as a page that prints well: the full edition with all 26 elements, and the short one of one A4 page.
//!
//! Made from the answer to `GuideShow`, so that the running node and the command line give the same page. A page stands by
//! itself: its style, chart and square code are in it, nothing is fetched. Knows no transport and no store.

mod chart;
mod full;
mod measure;
mod mongolian;
mod rows;
mod short;

use jiff::civil::Date;
use sanji_model::guide::{Content, Element, Guide, GuideState, NONE, PublishedMeta};
use sanji_model::lang::Lang;
use serde::Deserialize;
use serde_json::Value;

/// The style of both editions, as it stands in each page.
pub const STYLE: &str = include_str!("../templates/guide.css");

/// Which page of a guide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    pub short: bool,
    /// The page's own words.
    pub lang: Lang,
    /// The language of the guide's text.
    pub text: TextLang,
    /// Where the node's pages are, such as `http://10.1.2.3:7800`: the square code leads there.
    pub base: String,
    /// What whoever reads it at a node can go on to; none on paper.
    pub links: Option<Links>,
}

/// Where a guide's page leads besides its other editions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Links {
    /// To a new case of it.
    pub start: bool,
    pub rollout: bool,
    /// To asking for a correction of it (纠错).
    pub correct: bool,
}

/// A language that a guide's text can be shown in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum TextLang {
    /// The guide's own.
    #[default]
    Chinese,
    /// A translation by its tag, such as `mn`.
    Other(String),
}

impl TextLang {
    /// `zh`, or the tag of a translation; what is no tag is none.
    pub fn parse(tag: &str) -> Option<TextLang> {
        let is_tag =
            (2..=16).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match tag {
            "zh" => Some(TextLang::Chinese),
            tag if is_tag => Some(TextLang::Other(tag.to_owned())),
            _ => None,
        }
    }

    fn tag(&self) -> &str {
        match self {
            TextLang::Chinese => "zh",
            TextLang::Other(tag) => tag,
        }
    }
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum NoPage {
    #[error("the answer is not that of this version: {0}")]
    Answer(#[from] serde_json::Error),
    #[error("the page does not render: {0}")]
    Template(#[from] askama::Error),
}

/// The page of a guide that `GuideShow` has answered.
pub fn render(answer: &Value, wanted: &Wanted) -> Result<String, NoPage> {
    let shown = Shown::read(answer)?;
    match wanted.short {
        true => short::render(&shown, wanted),
        false => full::render(&shown, wanted),
    }
}

/// Of an answer to `GuideShow` what pages show.
#[derive(Deserialize)]
struct Shown {
    id: String,
    state: String,
    published: Option<PublishedMeta>,
    guide: Guide,
}

impl Shown {
    fn read(answer: &Value) -> Result<Shown, NoPage> {
        Ok(Shown::deserialize(answer)?)
    }

    /// The state in words; that of a newer version as it stands.
    fn state(&self, lang: Lang) -> String {
        self.state
            .parse()
            .map_or_else(|_| self.state.clone(), |state: GuideState| state.words().text(lang).to_owned())
    }

    fn is_in_force(&self) -> bool {
        self.state == GuideState::InForce.word()
    }

    fn version(&self) -> Option<u32> {
        self.published.as_ref().map(|meta| meta.version)
    }

    fn effective_on(&self) -> Option<Date> {
        self.published.as_ref().map(|meta| meta.effective_on)
    }

    /// The page of this version at the node, with the item's code: what the square code says.
    fn address(&self, base: &str) -> String {
        let mut address = format!("{base}/guides/{}", self.id);
        let version = self.version().map(|version| format!("version={version}"));
        let code = self.guide.code().map(|code| format!("code={}", encoded(code)));
        for (n, part) in [version, code].into_iter().flatten().enumerate() {
            address.push(if n == 0 { '?' } else { '&' });
            address.push_str(&part);
        }
        address
    }

    /// What an element says in the language wanted.
    fn said(&self, element: Element, text: &TextLang) -> Said {
        match (text, self.guide.readable(element)) {
            (TextLang::Other(tag), _) => {
                let texts = self.guide.translations.get(tag);
                let translated =
                    texts.and_then(|texts| texts.get(&element)).filter(|text| !text.trim().is_empty());
                translated.map_or(Said::NotTranslated, |text| Said::Text(text.clone()))
            }
            (TextLang::Chinese, Content::Given(text)) => Said::Text(text),
            (TextLang::Chinese, Content::Nothing) => Said::Text(NONE.to_owned()),
            (TextLang::Chinese, Content::Missing) => Said::Missing,
        }
    }
}

impl Shown {
    /// What to do where vertical text shows as boxes: fonts are the machine's. On the screen only.
    fn font_hint(&self, wanted: &Wanted) -> Option<&'static str> {
        let is_vertical = |element: &Element| match self.said(*element, &wanted.text) {
            Said::Text(text) => mongolian::is_vertical(&text),
            Said::Missing | Said::NotTranslated => false,
        };
        Element::ALL.iter().any(is_vertical).then_some(either(
            wanted.lang,
            "如蒙古文显示为方框，请先在本机安装蒙古文字体再打印：Windows 请启用 Mongolian Baiti，Debian、Ubuntu 请安装 fonts-noto-core",
            "If the Mongolian text shows as boxes, install a font for it on this machine before printing: Mongolian Baiti on Windows, fonts-noto-core on Debian and Ubuntu",
        ))
    }
}

/// An element's text, or why there is none. A missing one is never replaced by another language's.
enum Said {
    Text(String),
    Missing,
    NotTranslated,
}

impl Said {
    /// What stands in the place of a text that is not there.
    fn missing(&self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Said::Text(_), _) => "",
            (Said::Missing, Lang::Zh) => "（缺）",
            (Said::Missing, Lang::En) => "(missing)",
            (Said::NotTranslated, Lang::Zh) => "（无此语言的文本）",
            (Said::NotTranslated, Lang::En) => "(not translated)",
        }
    }
}

/// One of two texts.
fn either(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// For a query: letters and digits as they are, other bytes as `%XX`.
pub fn encoded(text: &str) -> String {
    let byte = |b: u8| match b {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests;
