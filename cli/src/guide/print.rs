//! `sanji guide print`: the full or the short edition as an HTML file that stands by itself and prints well.

use std::path::PathBuf;

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::edition::{TextLang, Wanted, render};
use serde_json::{Value, json};

use crate::ask::Call;
use crate::failure::Failure;
use crate::output;
use crate::words::plain;

#[derive(Args, Debug)]
pub struct Print {
    /// Code, name or id / 事项编码、名称或编号
    id: String,
    /// One A4 page instead of all 26 elements / 单页简版
    #[arg(long)]
    short: bool,
    /// Language of the guide's text: zh, or a translation's such as mn / 指南文本的语言
    #[arg(long, value_name = "TAG", default_value = "zh", value_parser = text_lang)]
    text: TextLang,
    /// This version instead of the one in force / 版本
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    /// Where the square code leads; this node's pages if left out / 二维码指向的网址
    #[arg(long, value_name = "URL", value_parser = web_address)]
    at: Option<String>,
    /// The file to write; named after the guide if left out / 输出文件
    #[arg(long, visible_alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite what is there / 覆盖已有文件
    #[arg(long)]
    force: bool,
}

fn text_lang(tag: &str) -> Result<TextLang, String> {
    TextLang::parse(tag).ok_or_else(|| "a language tag such as zh or mn / 请填语言代码，如 zh、mn".to_owned())
}

/// An address that a telephone opens as a page, and nothing that it would run.
fn web_address(text: &str) -> Result<String, String> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        text.get(..scheme.len())
            .filter(|head| head.eq_ignore_ascii_case(scheme))
            .map(|_| &text[scheme.len()..])
    });
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_plain =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    let is_good = host.is_some_and(|host| host.chars().any(char::is_alphanumeric) && !host.contains('@'));
    match is_good && text.chars().all(is_plain) {
        true => Ok(text.to_owned()),
        false => {
            Err("a web address such as https://zwfw.example.cn / 请填网址，如 https://zwfw.example.cn"
                .to_owned())
        }
    }
}

impl Print {
    pub fn run(self, call: &Call) -> Result<(Value, String), Failure> {
        let shown = call.value(Command::GuideShow { id: self.id, version: self.version })?;
        let base = match self.at {
            Some(at) => at.trim_end_matches('/').to_owned(),
            None => own_address(call)?,
        };
        let wanted = Wanted { short: self.short, lang: call.lang, text: self.text, base, links: None };
        let page = render(&shown, &wanted).map_err(|_| Failure::Internal)?;
        let file = self.output.unwrap_or_else(|| PathBuf::from(file_name(&shown, self.short)));
        output::write(&file, page.as_bytes(), self.force)?;
        let path = file.display().to_string();
        let text = match call.lang {
            Lang::Zh => format!("已写入 {path}，可用浏览器打开并打印"),
            Lang::En => format!("written to {path}; open it in a browser and print it"),
        };
        Ok((json!({ "file": path, "bytes": page.len(), "version": shown["version"] }), text))
    }
}

/// Where this node's pages are, or would be if it ran.
fn own_address(call: &Call) -> Result<String, Failure> {
    let status = call.value(Command::Status)?;
    let address = match status["http"].as_str() {
        Some(address) if !address.is_empty() => address.to_owned(),
        Some(_) | None => call.open()?.settings()?.http.to_string(),
    };
    Ok(format!("http://{address}"))
}

/// `guide-0195b8f2-v3-short.html`: the guide's name may hold what no file name may.
fn file_name(shown: &Value, short: bool) -> String {
    let id: String = plain(&shown["id"]).chars().take(8).collect();
    let version =
        shown["version"].as_u64().map_or_else(|| "draft".to_owned(), |version| format!("v{version}"));
    format!("guide-{id}-{version}{}.html", if short { "-short" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_code_leads_to_a_page_and_to_nothing_else() {
        for good in ["http://10.0.0.8:7800", "https://zwfw.example.cn/guides/", "HTTPS://政务.例子?x=1"] {
            assert_eq!(web_address(good), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "zwfw.example.cn",
            "http://",
            "https:///x",
            "http://a b",
            "https://x\u{7}",
            "https://bank.example@evil.example",
            "http://x/\"onload=",
            "政务",
        ] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
    }
}
