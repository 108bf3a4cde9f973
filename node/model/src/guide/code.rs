//! The codes of an item (element 5) and the schemes they follow (DOMAIN §2.5).
//!
//! Knows no directory of items: whether a code was ever given is not its question.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::Body;
use crate::identity::{self, BadIdentity, IdKind};
use crate::lang::{Lang, Say, say_in_english, worded};

worded! {
    /// What a code is of.
    pub enum CodeKind ("编码类型", "kind of code") {
        Basic = "basic", "基本编码", "basic code";
        Implementation = "implementation", "实施编码", "implementation code";
        Handling = "handling", "业务办理项编码", "handling item code";
        Authority = "authority", "实施主体编码", "code of the authority";
        /// A code of a list with a scheme of its own.
        Other = "other", "其他编码", "other code";
    }
}

/// Characters of the longest code that is kept.
pub const CODE_LEN_MAX: usize = 50;

/// The codes of one item. Any may be unknown; none is checked when held.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Codes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implementation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

impl Codes {
    pub fn slot(&mut self, kind: CodeKind) -> &mut Option<String> {
        match kind {
            CodeKind::Basic => &mut self.basic,
            CodeKind::Implementation => &mut self.implementation,
            CodeKind::Handling => &mut self.handling,
            CodeKind::Authority => &mut self.authority,
            CodeKind::Other => &mut self.other,
        }
    }

    pub fn code(&self, kind: CodeKind) -> Option<&str> {
        match kind {
            CodeKind::Basic => &self.basic,
            CodeKind::Implementation => &self.implementation,
            CodeKind::Handling => &self.handling,
            CodeKind::Authority => &self.authority,
            CodeKind::Other => &self.other,
        }
        .as_deref()
    }

    /// The code an item is known by: the implementation code, else the most particular there is.
    pub fn main(&self) -> Option<&str> {
        let order = [CodeKind::Implementation, CodeKind::Handling, CodeKind::Other, CodeKind::Basic];
        order.into_iter().find_map(|kind| self.code(kind))
    }

    /// What does not follow its scheme. A code of kind “other” is only too long or not.
    pub fn faults(&self) -> Vec<BadCode> {
        let each = CodeKind::ALL.iter().filter_map(|kind| check(*kind, self.code(*kind)?).err());
        let basic = self.basic.as_deref().zip(self.implementation.as_deref());
        let apart = basic.is_some_and(|(basic, long)| long.len() == 31 && !long.ends_with(basic));
        each.chain(apart.then_some(BadCode::Apart)).collect()
    }
}

/// The kind of a code that was given without one, by its length.
pub fn kind_of(code: &str) -> CodeKind {
    match code.trim().chars().count() {
        12 => CodeKind::Basic,
        18 => CodeKind::Authority,
        31 => CodeKind::Implementation,
        33 => CodeKind::Handling,
        _ => CodeKind::Other,
    }
}

/// Checks a code against the scheme of its kind. Older lists use other lengths: a fault is a warning.
pub fn check(kind: CodeKind, code: &str) -> Result<(), BadCode> {
    let len = code.chars().count();
    let wanted = match kind {
        CodeKind::Basic => 12,
        CodeKind::Implementation => 31,
        CodeKind::Handling => 33,
        CodeKind::Authority => 18,
        CodeKind::Other if len <= CODE_LEN_MAX => return Ok(()),
        CodeKind::Other => CODE_LEN_MAX,
    };
    if len != wanted {
        return Err(BadCode::Length { kind, found: len, wanted });
    }
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !code.is_ascii() {
        return Err(BadCode::Digits(kind));
    }
    let (authority, rest) = if kind == CodeKind::Basic { ("", code) } else { code.split_at(18) };
    if !authority.is_empty() {
        identity::check(IdKind::Uscc, authority).map_err(|why| BadCode::Authority { kind, why })?;
    }
    if digits(rest) { Ok(()) } else { Err(BadCode::Digits(kind)) }
}

/// Why a code does not follow its scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadCode {
    /// In characters.
    Length { kind: CodeKind, found: usize, wanted: usize },
    /// The first 18 characters are no unified social credit code.
    Authority { kind: CodeKind, why: BadIdentity },
    /// What must be digits is not.
    Digits(CodeKind),
    /// The implementation code does not end in the basic code.
    Apart,
}

impl Say for BadCode {
    fn code(&self) -> &'static str {
        match self {
            BadCode::Length { .. } => "CODE_LENGTH",
            BadCode::Authority { .. } => "CODE_AUTHORITY",
            BadCode::Digits(_) => "CODE_DIGITS",
            BadCode::Apart => "CODE_APART",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BadCode::Length { kind, found, wanted }, Lang::Zh) => {
                format!("{}应为 {wanted} 位，现为 {found} 位，请核对", kind.words().zh)
            }
            (BadCode::Length { kind, found, wanted }, Lang::En) => {
                format!(
                    "a {} has {wanted} characters, this has {found}; compare it with the list",
                    kind.words().en
                )
            }
            (BadCode::Authority { kind, why }, Lang::Zh) => {
                format!("{}的前 18 位不是统一社会信用代码：{}", kind.words().zh, why.text(lang))
            }
            (BadCode::Authority { kind, why }, Lang::En) => format!(
                "the first 18 characters of the {} are no unified social credit code: {}",
                kind.words().en,
                why.text(lang)
            ),
            (BadCode::Digits(kind), Lang::Zh) => format!("{}中应为数字处有其他字符，请核对", kind.words().zh),
            (BadCode::Digits(kind), Lang::En) => {
                format!(
                    "the {} has something else where digits must stand; compare it with the list",
                    kind.words().en
                )
            }
            (BadCode::Apart, Lang::Zh) => "实施编码末 12 位与基本编码不同，请改其一".to_owned(),
            (BadCode::Apart, Lang::En) => {
                "the implementation code does not end in the basic code; correct one of the two".to_owned()
            }
        }
    }
}

say_in_english!(BadCode);

impl Body for Codes {
    fn is_blank(&self) -> bool {
        *self == Codes::default()
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = CodeKind::ALL.iter().filter_map(|kind| Some((kind.words().zh, self.code(*kind)?)));
        let lines: Vec<String> = named.map(|(kind, code)| format!("{kind}：{code}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "11511012008562235K4002014008001";

    #[test]
    fn schemes_are_those_of_the_national_list() {
        assert_eq!(check(CodeKind::Implementation, GOOD), Ok(()));
        assert_eq!(check(CodeKind::Handling, &format!("{GOOD}16")), Ok(()));
        assert_eq!(check(CodeKind::Basic, "002014008001"), Ok(()));
        assert_eq!(check(CodeKind::Authority, &GOOD[..18]), Ok(()));
        assert_eq!(check(CodeKind::Other, "TE44011350000011905442106041001"), Ok(()));
        let short = BadCode::Length { kind: CodeKind::Basic, found: 3, wanted: 12 };
        assert_eq!(check(CodeKind::Basic, "123"), Err(short));
        assert_eq!(check(CodeKind::Basic, "00201400800X"), Err(BadCode::Digits(CodeKind::Basic)));
        assert_eq!(check(CodeKind::Basic, "一二三四五六七八九十一二"), Err(BadCode::Digits(CodeKind::Basic)));
        let swapped = GOOD.replace("2235K", "2253K");
        assert!(matches!(check(CodeKind::Implementation, &swapped), Err(BadCode::Authority { .. })));
    }

    #[test]
    fn codes_must_fit_each_other() {
        let mut codes = Codes { implementation: Some(GOOD.to_owned()), ..Codes::default() };
        *codes.slot(kind_of("002014008001")) = Some("002014008001".to_owned());
        assert_eq!((codes.faults(), codes.main()), (Vec::new(), Some(GOOD)));
        codes.basic = Some("002014008002".to_owned());
        assert_eq!(codes.faults(), [BadCode::Apart]);
    }
}
