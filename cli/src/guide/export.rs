//! `sanji guide export`: guides out of the node into a file, or the tables of the national exchange into a folder.

use std::path::PathBuf;

use clap::Args;
use sanji_model::book::{Book, csv};
use sanji_model::guide::exchange::national::{Batch, Task, tables};
use sanji_model::guide::exchange::{to_book, to_lines, to_sheet};
use sanji_model::guide::{Guide, PublishedMeta};
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_node::command::Command;
use sanji_node::run::now;
use sanji_node::workbook;
use sanji_sync::DocId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::file::Form;
use crate::ask::Call;
use crate::failure::Failure;
use crate::output;
use crate::words::{count, either, items, plain, sentence};

#[derive(Args, Debug)]
pub struct Export {
    /// Form of the file; that of --out if left out, else a workbook / 文件格式
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,
    /// The file, or with `national` the folder for its tables / 输出文件（国家平台交换表为目录）
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The versions in force instead of the drafts / 导出生效版本，而不是草稿
    #[arg(long)]
    published: bool,
    /// Number of the delivery, with `national`; the present moment if left out / 批次号
    #[arg(long, value_name = "ID")]
    batch: Option<String>,
    /// Overwrite what is there / 覆盖已有文件
    #[arg(long)]
    force: bool,
}

/// A page of the node's answer.
#[derive(Deserialize)]
struct Page {
    guides: Vec<Exported>,
    next: Option<DocId>,
}

#[derive(Deserialize)]
struct Exported {
    guide: Guide,
    published: Option<PublishedMeta>,
    unit_name: Option<String>,
}

impl Export {
    pub fn run(self, call: &Call) -> Result<Value, Failure> {
        let form = self.format.or_else(|| Form::of(self.out.as_ref()?)).unwrap_or(Form::Xlsx);
        let exported = exported(call, self.published || form == Form::National)?;
        let number = exported.len();
        let guides = || exported.iter().map(|one| one.guide.clone()).collect::<Vec<_>>();
        let bytes = match form {
            Form::Lines => to_lines(&guides()).into_bytes(),
            Form::Csv => csv::write(&to_sheet(&guides())).into_bytes(),
            Form::Xlsx => workbook::write(&to_book(&guides()))?,
            Form::National => return self.national(exported),
        };
        let out = self.out.unwrap_or_else(|| format!("guides.{}", form.ending()).into());
        output::write(&out, &bytes, self.force)?;
        Ok(json!({ "files": [out], "guides": number, "bytes": bytes.len(), "problems": [] }))
    }

    fn national(self, exported: Vec<Exported>) -> Result<Value, Failure> {
        let now = local::date_time(now());
        let id = self.batch.unwrap_or_else(|| now.strftime("%Y%m%d%H%M%S").to_string());
        let task = |one: Exported| {
            let (guide, org_name) = (one.guide, one.unit_name.unwrap_or_default());
            Some(Task { meta: one.published?, guide, org_name })
        };
        let tasks: Vec<Task> = exported.into_iter().filter_map(task).collect();
        let nameless = tasks.iter().map(|task| &task.guide).filter(|guide| guide.code().is_none());
        let problems: Vec<Value> = nameless.map(no_code).collect();
        let batch = Batch { id, at: now };
        let Book { sheets } = tables(&tasks, &batch, now.date());
        let out = self.out.unwrap_or_else(|| "up_task".into());
        std::fs::create_dir_all(&out).map_err(|error| Failure::Written(out.clone(), error))?;
        let (mut files, mut bytes) = (Vec::new(), 0);
        for sheet in &sheets {
            let file = out.join(format!("{}.csv", sheet.name));
            let text = csv::write_exactly(sheet);
            output::write(&file, text.as_bytes(), self.force)?;
            bytes += text.len();
            files.push(file);
        }
        Ok(json!({
            "files": files, "guides": tasks.len(), "bytes": bytes, "batch": batch.id, "problems": problems,
        }))
    }
}

/// All guides of the node, page after page.
fn exported(call: &Call, published: bool) -> Result<Vec<Exported>, Failure> {
    let bar = output::bar(None, either(call.lang, "指南", "guides"));
    call.talk(|ask| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let answer = ask(Command::GuideExport { after, published })?;
            let page: Page =
                serde_json::from_value(answer).map_err(|error| Failure::Gone(error.to_string()))?;
            bar.inc(page.guides.len() as u64);
            all.extend(page.guides);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    })
}

fn no_code(guide: &Guide) -> Value {
    let name = guide.name();
    json!({
        "code": "NATIONAL_NO_CODE", "severity": "warning", "name": name,
        "zh": format!("“{name}”没有事项编码，国家平台不会收下，请补上编码后重新发布"),
        "en": format!("“{name}” has no item code, so the national platform will not take it; publish it with one"),
    })
}

pub fn text(json: &Value, lang: Lang) -> String {
    let number = count(&json["guides"]);
    let files: Vec<String> = items(&json["files"]).map(plain).collect();
    let mut text = either(
        lang,
        format!("已导出 {number} 份指南：{}\n", files.join("、")),
        format!("{number} guides exported: {}\n", files.join(", ")),
    );
    if let Some(batch) = json["batch"].as_str() {
        text += &either(lang, format!("批次 {batch}\n"), format!("batch {batch}\n"));
    }
    text + &items(&json["problems"]).map(|problem| sentence(problem, lang) + "\n").collect::<String>()
}
