//! What was handed in with an event: a line a material (DOMAIN §3.4).
//!
//! Written by people as `身份证` or `身份证|scan|1+2|checked`, with `;` between materials. Knows no state.

use std::fmt;

use serde::Serialize;

use super::event::{Event, MATERIALS, says_none};
use crate::lang::worded;

worded! {
    /// How a material came (DOMAIN §3.4).
    pub enum Source ("材料来源", "way a material came") {
        Paper = "paper", "纸质", "on paper";
        Upload = "upload", "上传", "uploaded";
        Scan = "scan", "扫描", "scanned";
        /// 容缺: promised, to be handed in later.
        Later = "later", "容缺后补", "to come later";
        /// 电子证照: taken from an authority's register.
        Certificate = "certificate", "电子证照", "electronic certificate";
        /// 告知承诺: the applicant vouches for it.
        Commitment = "commitment", "承诺", "commitment";
    }
}

worded! {
    /// How far a material can be relied on.
    pub enum Trust ("可信等级", "level of trust") {
        A = "a", "签发机关提供", "from the authority that issued it";
        B = "b", "窗口核验", "checked at a window";
        C = "c", "上传未核验", "uploaded and not checked";
        D = "d", "申请人承诺", "vouched for by the applicant";
    }
}

/// One material as it was handed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Material {
    pub name: String,
    pub source: Source,
    pub originals: u32,
    pub copies: u32,
    /// Held against the original at a window; by whom is the event's to say.
    pub checked: bool,
    /// Hashes of its scans.
    pub attachments: Vec<String>,
}

/// A part of a line that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadMaterial {
    pub material: String,
    pub part: String,
}

impl Material {
    /// Reads `NAME[|SOURCE][|ORIGINALS+COPIES][|checked][|#HASH]…`, the parts in any order. Nothing but a name is one
    /// original on paper.
    pub fn parse(text: &str) -> Result<Material, BadMaterial> {
        let mut parts = text.split('|').map(str::trim);
        let name = parts.next().unwrap_or_default().to_owned();
        let mut material = Material {
            name,
            source: Source::Paper,
            originals: 1,
            copies: 0,
            checked: false,
            attachments: Vec::new(),
        };
        for part in parts.filter(|part| !part.is_empty()) {
            let bad = || BadMaterial { material: material.name.clone(), part: part.to_owned() };
            if let Some(hash) = part.strip_prefix('#') {
                let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
                is_hash.then_some(()).ok_or_else(bad)?;
                material.attachments.push(hash.to_ascii_lowercase());
            } else if matches!(part, "checked" | "已核验") {
                material.checked = true;
            } else if let Ok(source) = part.parse() {
                material.source = source;
            } else {
                let (originals, copies) = part.split_once('+').ok_or_else(bad)?;
                material.originals = originals.trim().parse().map_err(|_| bad())?;
                material.copies = copies.trim().parse().map_err(|_| bad())?;
            }
        }
        Ok(material)
    }

    pub fn trust(&self) -> Trust {
        match (self.source, self.checked) {
            (Source::Certificate, _) => Trust::A,
            (Source::Commitment | Source::Later, _) => Trust::D,
            (Source::Paper | Source::Upload | Source::Scan, true) | (Source::Paper, false) => Trust::B,
            (Source::Upload | Source::Scan, false) => Trust::C,
        }
    }

    /// Whether it is here, and not only promised.
    pub fn is_here(&self) -> bool {
        self.source != Source::Later
    }
}

/// As [`Material::parse`] reads it.
impl fmt::Display for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.source != Source::Paper {
            write!(f, "|{}", self.source)?;
        }
        if (self.originals, self.copies) != (1, 0) {
            write!(f, "|{}+{}", self.originals, self.copies)?;
        }
        if self.checked {
            f.write_str("|checked")?;
        }
        self.attachments.iter().try_for_each(|hash| write!(f, "|#{hash}"))
    }
}

/// The lines of a materials field, whichever semicolon or line end is between them.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', '；', '\n']).map(str::trim).filter(|line| !line.is_empty() && !says_none(line))
}

/// The materials that came with an event. A part that cannot be read does not take the material away.
pub fn of(event: &Event) -> impl Iterator<Item = Material> {
    lines(event.fields.get(MATERIALS).map_or("", String::as_str)).map(|line| {
        Material::parse(line).unwrap_or_else(|bad| Material {
            name: bad.material,
            source: Source::Paper,
            originals: 1,
            copies: 0,
            checked: false,
            attachments: Vec::new(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_a_material_came() {
        let hash = "ab".repeat(32);
        for (text, source, originals, copies, checked, trust) in [
            ("身份证", Source::Paper, 1, 0, false, Trust::B),
            ("身份证|scan", Source::Scan, 1, 0, false, Trust::C),
            ("身份证|upload|0+2|checked", Source::Upload, 0, 2, true, Trust::B),
            ("身份证|电子证照", Source::Certificate, 1, 0, false, Trust::A),
            ("身份证|commitment", Source::Commitment, 1, 0, false, Trust::D),
        ] {
            let read = Material::parse(text).unwrap();
            let seen = (read.source, read.originals, read.copies, read.checked, read.trust());
            assert_eq!(seen, (source, originals, copies, checked, trust), "{text}");
            assert_eq!(Material::parse(&read.to_string()), Ok(read));
        }
        assert_eq!(Material::parse(&format!("照片|#{hash}")).unwrap().attachments, [hash]);
        assert_eq!(Material::parse("照片|sent").unwrap_err().part, "sent");
        assert!(!Material::parse("照片|later").unwrap().is_here());
    }
}
