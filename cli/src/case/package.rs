//! `sanji case archive-package` and `archive-check`: one case as a file for the archive, and whether such a file is as it was
//! written.

use std::path::PathBuf;

use clap::Args;
use sanji_model::case::package::{CASE, seal};
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::package;
use sanji_node::paper::Fonts;
use serde_json::{Value, json};

use crate::ask::Call;
use crate::failure::Failure;
use crate::output;
use crate::words::{either, plain, state};

#[derive(Args, Debug)]
pub struct Package {
    /// Case number, or the first characters of its id / 办件编号
    number: String,
    /// The file to write / 归档包文件
    file: PathBuf,
    /// Overwrite what is there / 覆盖已有文件
    #[arg(long)]
    force: bool,
    /// The font of the papers' PDF; one of the usual Chinese ones if left out, and no PDF without one / PDF 所用字体文件
    #[arg(long, value_name = "FILE", env = "SANJI_FONT", hide_env_values = true)]
    font: Option<PathBuf>,
    /// The administrator, archivist or supervisor who does it / 经办人
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

#[derive(Args, Debug)]
pub struct Check {
    /// The package / 归档包文件
    file: PathBuf,
    /// The seal that was noted when it was written, or its first 8 digits / 校验码
    #[arg(long, value_name = "HEX")]
    seal: Option<String>,
}

impl Package {
    /// `{file, number, state, bytes, seal}`.
    pub fn run(self, call: &Call) -> Result<Value, Failure> {
        let said = call.value(Command::CasePackage { number: self.number, user: self.user })?;
        let fonts = Fonts::find(self.font.as_deref()).ok();
        let files = package::contents(&said, fonts.as_ref())?;
        let bytes = package::write(&files);
        output::write(&self.file, &bytes, self.force)?;
        let seal = files.last().and_then(seal);
        Ok(json!({
            "file": self.file, "number": said["number"], "state": said["state"], "bytes": bytes.len(), "seal": seal,
            "files": files.len(), "papers": said["papers"].as_array().map_or(0, Vec::len), "pdf": fonts.is_some(),
        }))
    }
}

impl Check {
    /// `{file, number, state, seal}` of a package that is whole; else the failure says what is not.
    pub fn run(self) -> Result<Value, Failure> {
        let bytes = std::fs::read(&self.file).map_err(|error| Failure::File(self.file.clone(), error))?;
        let wrong = |fault| Failure::Package(self.file.clone(), fault);
        let checked = package::check(&bytes).map_err(wrong)?;
        if let Some(wanted) = &self.seal {
            checked.expect(wanted).map_err(wrong)?;
        }
        let case = checked.files.iter().find(|file| file.name == CASE);
        let case: Value = case.and_then(|file| serde_json::from_slice(&file.bytes).ok()).unwrap_or_default();
        Ok(json!({
            "file": self.file, "number": case["number"], "state": case["state"], "seal": checked.seal,
        }))
    }
}

pub fn written(json: &Value, lang: Lang) -> String {
    let (file, number, seal) = (plain(&json["file"]), plain(&json["number"]), plain(&json["seal"]));
    let state = state(&json["state"], lang);
    let without = match json["pdf"] == false && json["papers"] != 0 {
        true => either(
            lang,
            "\n本机没有中文字体，文书只有网页，没有 PDF：可安装 fonts-noto-cjk 后重新生成",
            "\nthere is no Chinese font here, so that papers are pages without PDF: install fonts-noto-cjk and make it again",
        ),
        false => String::new(),
    };
    let said: String = either(
        lang,
        format!("已生成 {number}（{state}）的归档包：{file}\n校验码：{seal}"),
        format!("package of {number} ({state}): {file}\nseal: {seal}"),
    );
    said + &without
}

pub fn whole(json: &Value, lang: Lang) -> String {
    let (file, number, seal) = (plain(&json["file"]), plain(&json["number"]), plain(&json["seal"]));
    let state = state(&json["state"], lang);
    either(
        lang,
        format!("{file} 完好：{number}（{state}）\n校验码：{seal}"),
        format!("{file} is as it was written: {number} ({state})\nseal: {seal}"),
    )
}
