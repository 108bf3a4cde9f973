//! What became of each key of an imported guide, and why a file is refused.
//!
//! Says it in two languages; decides nothing.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::GUIDE_BYTES_MAX;
use super::limits::BadLimit;
use super::mapping::Target;
use crate::guide::misread::json_in_chinese;
use crate::lang::{Lang, Say, say_in_english};

/// What became of one key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// As the source has it; `要素.` is left out, a part of an object stands behind a point.
    pub key: String,
    pub outcome: Outcome,
}

/// The ends a value can come to. Every one but [`Outcome::Empty`] and [`Outcome::Sum`] keeps it somewhere in the guide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Mapped(Target),
    /// A value of a row, in the row's field of this name.
    Column(&'static str),
    /// A total that only adds up what the row has.
    Sum,
    /// Part of a value that was kept whole.
    Inside,
    /// A value of a row that has no column for it: kept with its key in the row's remarks.
    RowNote,
    /// The table has no line for the key: kept in the remarks.
    Unknown,
    /// The key is known, its value is not what belongs there, or the place was taken: kept in the remarks.
    NotUnderstood(Target),
    /// It says too little to fill an element of which nothing else is given: kept in the remarks.
    TooLittle(Target),
    /// Kept as words beside the limit.
    Limit(Target, BadLimit),
    /// There was nothing in it.
    Empty,
}

impl Outcome {
    /// Whether the value stands where it belongs, so that nobody need look.
    pub fn is_placed(self) -> bool {
        match self {
            Outcome::Mapped(_) | Outcome::Column(_) | Outcome::Sum | Outcome::Inside => true,
            Outcome::RowNote
            | Outcome::Unknown
            | Outcome::NotUnderstood(_)
            | Outcome::TooLittle(_)
            | Outcome::Limit(..)
            | Outcome::Empty => false,
        }
    }
}

/// The notes that somebody should read, one for all rows in which the same key came to the same end.
pub fn told(report: &[Note]) -> Vec<Note> {
    let mut told: Vec<Note> = Vec::new();
    for note in report.iter().filter(|note| !note.outcome.is_placed()) {
        let note = Note { key: without_numbers(&note.key), outcome: note.outcome };
        if !told.contains(&note) {
            told.push(note);
        }
    }
    told
}

/// `材料清单[2].规格` as `材料清单.规格`.
fn without_numbers(key: &str) -> String {
    let mut parts = key.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => plain += rest,
            Some(_) | None => plain = format!("{plain}[{part}"),
        }
    }
    plain
}

impl Say for Note {
    fn code(&self) -> &'static str {
        match self.outcome {
            Outcome::Mapped(_) => "IMPORT_MAPPED",
            Outcome::Column(_) => "IMPORT_COLUMN",
            Outcome::Sum => "IMPORT_SUM",
            Outcome::Inside => "IMPORT_INSIDE",
            Outcome::RowNote => "IMPORT_ROW_NOTE",
            Outcome::Unknown => "IMPORT_UNKNOWN_KEY",
            Outcome::NotUnderstood(_) => "IMPORT_NOT_UNDERSTOOD",
            Outcome::TooLittle(_) => "IMPORT_TOO_LITTLE",
            Outcome::Limit(..) => "IMPORT_LIMIT",
            Outcome::Empty => "IMPORT_EMPTY",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let key = &self.key;
        match (self.outcome, lang) {
            (Outcome::Mapped(to), Lang::Zh) => format!("“{key}”归入{}", to.words().zh),
            (Outcome::Mapped(to), Lang::En) => format!("“{key}” went to {}", to.words().en),
            (Outcome::Column(column), Lang::Zh) => format!("“{key}”归入该行的 {column}"),
            (Outcome::Column(column), Lang::En) => format!("“{key}” went to {column} of its row"),
            (Outcome::Sum, Lang::Zh) => format!("“{key}”只是原件与复印件之和，无需另存"),
            (Outcome::Sum, Lang::En) => {
                format!("“{key}” only adds up originals and copies, which are there")
            }
            (Outcome::Inside, Lang::Zh) => format!("“{key}”随其上一级的内容一并保存"),
            (Outcome::Inside, Lang::En) => format!("“{key}” was kept as part of the value that it stands in"),
            (Outcome::RowNote, Lang::Zh) => {
                format!("“{key}”在行中无对应栏，已存入该行备注，请编辑时归入或删去")
            }
            (Outcome::RowNote, Lang::En) => format!(
                "“{key}” has no column and was kept in the remarks of its row; place it or strike it out"
            ),
            (Outcome::Unknown, Lang::Zh) => format!("“{key}”无对应要素，已存入备注，请编辑时归入或删去"),
            (Outcome::Unknown, Lang::En) => {
                format!(
                    "“{key}” belongs to no element and was kept in the remarks; place it or strike it out"
                )
            }
            (Outcome::NotUnderstood(to), Lang::Zh) => format!(
                "“{key}”未能归入{}（格式不符，或已有别的值），已存入备注，请编辑时改正",
                to.words().zh
            ),
            (Outcome::NotUnderstood(to), Lang::En) => format!(
                "“{key}” could not become {} (not of that form, or another value is there) and was kept in the \
                 remarks; correct it there",
                to.words().en
            ),
            (Outcome::TooLittle(to), Lang::Zh) => {
                format!("只有“{key}”不足以作{}，已存入备注，请编辑时补写", to.words().zh)
            }
            (Outcome::TooLittle(to), Lang::En) => format!(
                "“{key}” alone is too little for {} and was kept in the remarks; write the element out",
                to.words().en
            ),
            (Outcome::Limit(to, why), Lang::Zh) => {
                format!("“{key}”的{}未能读出，原文已存入时限说明：{}", to.words().zh, why.text(lang))
            }
            (Outcome::Limit(to, why), Lang::En) => format!(
                "no {} could be read from “{key}”, its words were kept beside the limit: {}",
                to.words().en,
                why.text(lang)
            ),
            (Outcome::Empty, Lang::Zh) => format!("“{key}”为空，未导入；没有的请填“无”"),
            (Outcome::Empty, Lang::En) => {
                format!("“{key}” is empty and was left out; write “无” where there is none")
            }
        }
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut note = s.serialize_struct("Note", 4)?;
        note.serialize_field("key", &self.key)?;
        note.serialize_field("code", self.code())?;
        note.serialize_field("en", &self.text(Lang::En))?;
        note.serialize_field("zh", &self.text(Lang::Zh))?;
        note.end()
    }
}

/// Why a line is no guide. One such line refuses the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Not JSON from this column on, counted in characters from 1.
    Json {
        column: usize,
        why: String,
    },
    NotAnObject,
    NoName,
    /// More than [`super::GUIDE_BYTES_MAX`], in the file or as it would be stored.
    TooLarge,
    /// The guide of line `first` is the same: a file is not to overwrite what it has just brought.
    Twice {
        first: u64,
    },
}

impl Say for Fault {
    fn code(&self) -> &'static str {
        match self {
            Fault::Json { .. } => "GUIDE_JSON",
            Fault::NotAnObject => "GUIDE_NOT_OBJECT",
            Fault::NoName => "GUIDE_NO_NAME",
            Fault::TooLarge => "GUIDE_TOO_LARGE",
            Fault::Twice { .. } => "GUIDE_TWICE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Fault::Json { column, why }, Lang::Zh) => {
                format!(
                    "第 {column} 列起不是 JSON（{}），每行须为一个完整的 JSON 对象，请改正此行",
                    json_in_chinese(why)
                )
            }
            (Fault::Json { column, why }, Lang::En) => {
                format!("not JSON from column {column} on ({why}); put one whole JSON object on each line")
            }
            (Fault::NotAnObject, Lang::Zh) => {
                "此行不是 JSON 对象，请写成 {\"事项名称\":…} 的样子，每行一份指南".to_owned()
            }
            (Fault::NotAnObject, Lang::En) => {
                "the line is no JSON object; write a guide a line, as {\"事项名称\":…}".to_owned()
            }
            (Fault::NoName, Lang::Zh) => "没有事项名称，请填写“事项名称”（或 name）".to_owned(),
            (Fault::NoName, Lang::En) => "the guide has no name; fill in “事项名称” (or `name`)".to_owned(),
            (Fault::TooLarge, Lang::Zh) => {
                format!("此指南超过 {} KiB，请缩短", GUIDE_BYTES_MAX >> 10)
            }
            (Fault::TooLarge, Lang::En) => {
                format!("the guide is larger than {} KiB; shorten it", GUIDE_BYTES_MAX >> 10)
            }
            (Fault::Twice { first }, Lang::Zh) => {
                format!("与第 {first} 行是同一份指南（来源编号相同，或名称和编码相同），请删去一行")
            }
            (Fault::Twice { first }, Lang::En) => format!(
                "this is the guide of line {first} again (the same source id, or the same name and code); remove one of the two"
            ),
        }
    }
}

say_in_english!(Note, Fault);
