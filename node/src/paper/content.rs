//! What stands on a paper, whatever it is shown as: the one description from which the page and the PDF are made.
//!
//! Knows no case and no layout.

use jiff::civil::Date;
use sanji_model::case::{EventId, PaperKind};
use sanji_model::lang::{Lang, Words};
use sanji_model::number::CaseNumber;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A paper with what is on it. Its text is Chinese, as the county issues it; labels have English beside it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paper {
    pub kind: PaperKind,
    /// The event that made it.
    pub event: EventId,
    pub case: CaseNumber,
    /// The case's number, the kind's, and which of its kind it is: `640202…17-04-1`.
    pub number: String,
    pub made_on: Date,
    /// The full name of the unit that made it.
    pub unit: String,
    pub title: Label,
    pub addressee: Option<String>,
    pub blocks: Vec<Block>,
    /// Lines that people sign by hand.
    pub signatures: Vec<Label>,
    /// Where to ask and to complain, in small print.
    pub remarks: Vec<Field>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Label {
    pub zh: String,
    pub en: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    pub label: Label,
    pub value: String,
}

/// A part of a paper, from top to bottom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A grid of labels and values.
    Facts(Vec<Field>),
    Heading(String),
    /// A paragraph, set in by two characters.
    Text(String),
    Table(Table),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Table {
    pub heads: Vec<Label>,
    /// Parts of the width, a column each.
    pub widths: Vec<u32>,
    pub rows: Vec<Vec<String>>,
}

impl Label {
    pub fn new(zh: &str, en: &str) -> Label {
        Label { zh: zh.to_owned(), en: en.to_owned() }
    }

    /// With the English behind it where that is wanted.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh.clone(),
            Lang::En => format!("{} {}", self.zh, self.en),
        }
    }
}

impl From<Words> for Label {
    fn from(words: Words) -> Label {
        Label::new(words.zh, words.en)
    }
}

impl Field {
    pub fn new(zh: &str, en: &str, value: impl Into<String>) -> Field {
        Field { label: Label::new(zh, en), value: value.into() }
    }
}

/// BLAKE3 over all that stands on a paper, the first 16 bytes: who changes a character gets another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaperDigest(pub [u8; 16]);

impl PaperDigest {
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// The beginning, for eyes to compare.
    pub fn check_word(self) -> String {
        let hex = self.to_hex().to_uppercase();
        format!("{} {}", &hex[..4], &hex[4..8])
    }
}

impl Paper {
    pub fn digest(&self) -> PaperDigest {
        let json = serde_json::to_vec(self).expect("texts and numbers always serialise");
        let hash = blake3::derive_key("sanji 2026 contents of a paper", &json);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash[..16]);
        PaperDigest(digest)
    }
}

/// One print of a paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Printing {
    /// 1 is the issue, what follows are reprints.
    pub copy: u32,
    /// In Chinese form, `2026年2月10日 09:30`.
    pub at: String,
    /// The unit at which it is printed.
    pub unit: String,
    pub person: String,
    /// What the square code says.
    pub code: String,
}

impl Printing {
    pub fn is_reprint(&self) -> bool {
        self.copy > 1
    }
}

/// A paper as it is printed, or looked at: then it has no printing and says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sheet {
    pub paper: Paper,
    pub printing: Option<Printing>,
    /// A copy for the archive, which is no print.
    #[serde(default)]
    pub archived: bool,
}

impl Sheet {
    /// From the answer to `PaperIssue` or `PaperShow`.
    pub fn read(answer: &Value) -> Result<Sheet, serde_json::Error> {
        Sheet::deserialize(answer)
    }

    /// What stands at the head of every page of a reprint or of a mere look.
    pub fn mark(&self) -> Option<String> {
        match &self.printing {
            None if self.archived => Some("归档副本".to_owned()),
            None => Some("预览　未签发　无效".to_owned()),
            Some(printing) if printing.is_reprint() => {
                Some(format!("补打　第{}次打印　{}", printing.copy, printing.at))
            }
            Some(_) => None,
        }
    }

    /// At the foot of every page: who printed it where and when.
    pub fn foot(&self) -> String {
        match &self.printing {
            Some(Printing { at, unit, person, .. }) => format!("{unit}　{person}　{at}打印"),
            None => self.paper.unit.clone(),
        }
    }
}
