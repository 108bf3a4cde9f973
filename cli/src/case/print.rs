//! `sanji case print` and `verify-paper`: a paper of a case as a page or a PDF, and what the square code of one is worth.
//!
//! Everything that can fail is tried on a look at the paper before it is issued, so that no print is recorded that nobody has.

use std::path::{Path, PathBuf};

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::paper::{Fonts, NoPdf, Sheet, html, pdf};
use serde_json::{Value, json};

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output;
use crate::table::{indented, pairs};
use crate::words::{either, items, plain};

#[derive(Args, Debug)]
pub struct Print {
    /// Case number, or the first characters of its id / 办件编号
    number: String,
    /// Which paper: its kind, such as receipt, or the event that made it; the last one if left out / 文书种类或环节标识，缺省为最近一份
    #[arg(long, value_name = "EVENT|WORD")]
    paper: Option<String>,
    /// A PDF instead of a page for the browser / 生成 PDF
    #[arg(long)]
    pdf: bool,
    /// The font of the PDF; one of the usual Chinese ones if left out / PDF 所用字体文件
    #[arg(long, value_name = "FILE", env = "SANJI_FONT", hide_env_values = true)]
    font: Option<PathBuf>,
    /// Only to look at: no code, not recorded as a print / 仅预览，不签发
    #[arg(long)]
    preview: bool,
    /// The file to write; named after the paper if left out / 输出文件
    #[arg(long, visible_alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite what is there / 覆盖已有文件
    #[arg(long)]
    force: bool,
    /// Who prints it / 经办人
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

impl Print {
    pub fn run(self, call: &Call) -> Result<Value, Failure> {
        let fonts = match self.pdf {
            true => Some(Fonts::find(self.font.as_deref()).map_err(NoPdf::from)?),
            false => None,
        };
        let (number, paper) = (self.number, self.paper);
        let (answer, file, bytes) = call.talk(|ask| {
            let look = ask(Command::PaperShow { number: number.clone(), paper })?;
            let sheet = sheet(&look)?;
            let file = self.output.unwrap_or_else(|| file_name(&sheet, fonts.is_some()));
            if !self.force && file.exists() {
                return Err(Failure::Exists(file));
            }
            let bytes = drawn(&sheet, fonts.as_ref(), call.lang)?;
            if self.preview {
                return Ok((look, file, bytes));
            }
            let event = sheet.paper.event.to_string();
            let issued = ask(Command::PaperIssue { number, paper: Some(event), user: self.user })?;
            let bytes = drawn(&self::sheet(&issued)?, fonts.as_ref(), call.lang)?;
            Ok((issued, file, bytes))
        })?;
        output::write(&file, &bytes, self.force)?;
        Ok(json!({
            "file": file, "bytes": bytes.len(), "paper": answer["paper"]["number"], "kind": answer["paper"]["kind"],
            "title": answer["paper"]["title"], "copy": answer["printing"]["copy"], "reprint": answer["reprint"],
            "code": answer["printing"]["code"],
        }))
    }
}

fn sheet(answer: &Value) -> Result<Sheet, Failure> {
    Sheet::read(answer).map_err(|error| Failure::Gone(error.to_string()))
}

fn drawn(sheet: &Sheet, fonts: Option<&Fonts>, lang: Lang) -> Result<Vec<u8>, Failure> {
    match fonts {
        Some(fonts) => Ok(pdf(sheet, fonts, lang)?),
        None => Ok(html(sheet, lang).map_err(|_| Failure::Internal)?.into_bytes()),
    }
}

/// `receipt-640202001001202602100000017-02-1.html`.
fn file_name(sheet: &Sheet, is_pdf: bool) -> PathBuf {
    let ending = if is_pdf { "pdf" } else { "html" };
    let word = sheet.paper.kind.word().replace('_', "-");
    Path::new(&format!("{word}-{}.{ending}", sheet.paper.number)).to_owned()
}

pub fn printed(json: &Value, lang: Lang) -> String {
    let (file, number, copy) = (plain(&json["file"]), plain(&json["paper"]), plain(&json["copy"]));
    let title = plain(&json["title"][either(lang, "zh", "en")]);
    match (json["copy"].is_null(), json["reprint"] == true) {
        (true, _) => either(
            lang,
            format!("{title}（预览，未签发）：{file}"),
            format!("{title}, to look at only: {file}"),
        ),
        (false, false) => {
            either(lang, format!("{title} {number}：{file}"), format!("{title} {number}: {file}"))
        }
        (false, true) => either(
            lang,
            format!("{title} {number}（补打，第 {copy} 次打印）：{file}"),
            format!("{title} {number}, reprint, print no. {copy}: {file}"),
        ),
    }
}

#[derive(Args, Debug)]
pub struct Verify {
    /// What the square code says / 二维码内容
    code: String,
}

impl Verify {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let json = call.value(Command::PaperVerify { code: self.code })?;
        let (text, finding) = (found(&json, call.lang), plain(&json[either(call.lang, "zh", "en")]));
        match json["good"] == true {
            true => Ok(Outcome::Done { text: format!("{finding}\n{text}"), json }),
            false => Ok(Outcome::Bad { text, json, code: "PAPER_NOT_GOOD".to_owned(), fault: finding }),
        }
    }
}

fn found(json: &Value, lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => ["办件编号", "文书", "打印日期", "第几次打印", "打印单位", "校验码"],
        Lang::En => ["case", "paper", "printed on", "print no.", "printed by", "check word"],
    };
    let kind: Option<sanji_model::case::PaperKind> = json["kind"].as_str().and_then(|word| word.parse().ok());
    let said = [
        plain(&json["number"]),
        kind.map_or_else(String::new, |kind| kind.words().text(lang).to_owned()),
        plain(&json["printed_on"]),
        plain(&json["copy"]),
        plain(&json["unit_name"]),
        plain(&json["check_word"]),
    ];
    let mut text = pairs(labels.into_iter().zip(said));
    let facts = items(&json["paper"]["facts"]);
    let facts: Vec<(&str, String)> = facts
        .filter_map(|fact| Some((fact[either(lang, "zh", "en")].as_str()?, plain(&fact["value"]))))
        .collect();
    if !facts.is_empty() {
        text += &either(lang, "本机记录的内容\n", "as recorded here\n");
        text += &indented(&pairs(facts));
    }
    text
}
