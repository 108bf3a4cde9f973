//! Why a command did not do what was asked: a code, and a sentence in the person's language that says what to do.
//!
//! Knows no exit code and no output; `outcome` prints it.

use std::io;
use std::path::PathBuf;

use sanji_model::lang::{Lang, Say as _};
use sanji_model::problem::Problem;
use sanji_node::backup::BackupError;
use sanji_node::bundle::BundleError;
use sanji_node::data::DataError;
use sanji_node::feed::FeedError;
use sanji_node::package::{NoContents, PackageFault};
use sanji_node::paper::NoPdf;
use sanji_node::password::NoPassword;
use sanji_node::store::StoreError;
use serde_json::{Value, json};

use crate::demo::Trouble;
use sanji_node::system::system;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{}", .0.text(Lang::En))]
    Data(#[from] DataError),
    /// The node refused, in its own words.
    #[error("{}", .0.text(Lang::En))]
    Refused(Box<Refused>),
    /// No data directory was given and the environment has no place for one.
    #[error("no place for a data directory is known: give --data DIR or set SANJI_DATA")]
    NoDataDir,
    /// The directory is locked and no API answers there.
    #[error(
        "{} is in use, but its node does not answer: a node is starting or stopping, or another command is at work there; try again in a moment", .0.display()
    )]
    Busy(PathBuf),
    /// `run` where a node runs and answers.
    #[error("a node is running on {} already and answers; see it with `sanji status`", .0.display())]
    Running(PathBuf),
    /// `run` on an address that somebody has; the second is the file that says which.
    #[error(
        "cannot listen on {address}: {source}; stop the process that has it, or change `listen` or `http` in {file}", file = .config.display()
    )]
    Port { address: String, config: PathBuf, source: io::Error },
    /// One key given twice, of which one value would be lost.
    #[error("the field “{0}” is given twice; give it once")]
    FieldTwice(String),
    /// The connection ended before the answer.
    #[error(
        "the node went away before it answered ({0}): see with `sanji status` whether it runs, and then whether this was done"
    )]
    Gone(String),
    #[error("no node runs on {}: start it with `sanji run`", .0.display())]
    NotRunning(PathBuf),
    #[error("{path}: {1}; check the path and its permissions", path = .0.display())]
    File(PathBuf, io::Error),
    #[error("{path} cannot be written: {1}; check that there is room and that you may write there", path = .0.display())]
    Written(PathBuf, io::Error),
    /// A file that would be overwritten.
    #[error("{} is there already: choose another name, or overwrite it with --force", .0.display())]
    Exists(PathBuf),
    /// A file for a USB stick that was not made, or not taken to its end.
    #[error("{}", .0.text(Lang::En))]
    Bundle(#[from] BundleError),
    /// Cases that were not exported into a folder.
    #[error("{}", .0.text(Lang::En))]
    Feed(#[from] FeedError),
    /// A file that is no archive package as it was written.
    #[error("{path}: {fault}", path = .0.display(), fault = .1.text(Lang::En))]
    Package(PathBuf, PackageFault),
    #[error("{path} is not UTF-8 text (wrong from byte {1}): save it as UTF-8 and try again", path = .0.display())]
    NotUtf8(PathBuf, usize),
    #[error("{path} cannot be imported: this version reads {1}", path = .0.display())]
    FileKind(PathBuf, &'static str),
    /// A file that was read here has problems.
    #[error("{} place(s) cannot be read, nothing was done; mend them and try again:\n{}", .0.len(), lines(.0, Lang::En))]
    Lines(Vec<Problem>),
    /// A paper that is no PDF.
    #[error("{}", .0.text(Lang::En))]
    Pdf(NoPdf),
    #[error("the workbook cannot be made: {0}; export as CSV or JSON lines instead")]
    Workbook(#[from] sanji_node::workbook::NotWritten),
    /// A demonstration that did not work out.
    #[error("{0}")]
    Demo(#[from] Trouble),
    #[error("{}", .0.text(Lang::En))]
    Backup(#[from] BackupError),
    /// A text that may not be a password.
    #[error("{}", .0.text(Lang::En))]
    Password(NoPassword),
    #[error("the two passwords differ; nothing was changed")]
    PasswordsDiffer,
    #[error("nothing can be read from the terminal: {0}; give the password on standard input with --stdin")]
    Terminal(io::Error),
    #[error("the program cannot be set up: {0}")]
    Setup(io::Error),
    #[error("the program failed; what was saved is safe. Please report the place named above, and try again")]
    Internal,
}

/// A refusal as a node says it.
#[derive(Debug)]
pub struct Refused {
    pub code: String,
    pub en: String,
    pub zh: String,
    /// The problems of a file one by one, as JSON.
    pub problems: Option<Value>,
}

impl Refused {
    /// The node's words, which are the same on pages, and how the command line gives what is missing.
    fn text(&self, lang: Lang) -> String {
        let said = if lang == Lang::Zh { &self.zh } else { &self.en };
        match hint(&self.code) {
            None => said.clone(),
            Some((zh, _)) if lang == Lang::Zh => format!("{said}（{zh}）"),
            Some((_, en)) => format!("{said} ({en})"),
        }
    }
}

/// The option that mends a refusal with this code, in Chinese and English.
fn hint(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "CASE_ROLE" | "CASE_SAME_PERSON" | "USER_ROLE" | "DESK_ROLE" | "DESK_PERSON" | "GUIDE_ROLE"
        | "GUIDE_FOUR_EYES" => ("用 --as 指明经办人", "name who acts with --as"),
        "DESK_FIELD" | "CASE_FIELD_MISSING" => ("用 --field 名称=内容 填写", "give it with --field KEY=TEXT"),
        "GUIDE_REASON" => ("用 --reason 写明", "give it with --reason"),
        "NO_ADDRESS" => ("用 --parent 指定", "give it with --parent"),
        "UNIT_WITH_NODES" => ("用 --node 指定", "say which with --node"),
        "REVOKE_UNCONFIRMED" => ("确认请加 --yes", "say so with --yes"),
        _ => return None,
    })
}

impl From<NoContents> for Failure {
    fn from(why: NoContents) -> Failure {
        match why {
            NoContents::Answer(why) => Failure::Gone(why),
            NoContents::Page(_) => Failure::Internal,
            NoContents::Pdf(why) => Failure::Pdf(why),
        }
    }
}

impl From<NoPdf> for Failure {
    fn from(why: NoPdf) -> Failure {
        Failure::Pdf(why)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Data(error.into())
    }
}

impl Failure {
    /// Reads `{"code", "en", "zh", "problems"?}`, the form in which nodes refuse; none if it is another.
    pub fn refused(said: &Value) -> Option<Failure> {
        let text = |key: &str| said[key].as_str().map(str::to_owned);
        let problems = said.get("problems").filter(|p| p.is_array()).cloned();
        let refused = Refused { code: text("code")?, en: text("en")?, zh: text("zh")?, problems };
        Some(Failure::Refused(Box::new(refused)))
    }

    pub fn code(&self) -> &str {
        match self {
            Failure::Data(error) => error.code(),
            Failure::Refused(refused) => &refused.code,
            Failure::NoDataDir => "DATA_DIR",
            Failure::Busy(_) | Failure::Running(_) => "NODE_BUSY",
            Failure::Port { .. } => "PORT_TAKEN",
            Failure::FieldTwice(_) => "FIELD_TWICE",
            Failure::Gone(_) => "NODE_GONE",
            Failure::NotRunning(_) => "NODE_NOT_RUNNING",
            Failure::File(..) => "FILE_READ",
            Failure::Written(..) => "FILE_WRITE",
            Failure::Exists(_) => "FILE_EXISTS",
            Failure::Bundle(error) => error.code(),
            Failure::Feed(error) => error.code(),
            Failure::Package(_, fault) => fault.code(),
            Failure::NotUtf8(..) => "FILE_ENCODING",
            Failure::FileKind(..) => "FILE_KIND",
            Failure::Lines(problems) => problems.first().map_or("FILE", |p| p.code),
            Failure::Pdf(why) => why.code(),
            Failure::Workbook(_) => "WORKBOOK",
            Failure::Demo(trouble) => trouble.code(),
            Failure::Backup(error) => error.code(),
            Failure::Password(why) => why.code(),
            Failure::PasswordsDiffer => "PASSWORDS_DIFFER",
            Failure::Terminal(_) => "TERMINAL",
            Failure::Setup(_) => "SETUP",
            Failure::Internal => "INTERNAL",
        }
    }

    pub fn text(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Failure::Data(error) => error.text(lang),
            Failure::Refused(refused) => refused.text(lang),
            Failure::NoDataDir => "不知道数据目录在哪里：请用 --data 指定，或设置 SANJI_DATA".to_owned(),
            Failure::Busy(path) => format!(
                "{} 正被使用，但其节点没有应答：节点正在启动或停止，或有其他命令正在执行；请稍后再试",
                path.display()
            ),
            Failure::Running(path) => {
                format!("{} 的节点已在运行并有应答，不必再启动；可用 sanji status 查看", path.display())
            }
            Failure::Port { address, config, source } => format!(
                "无法监听 {address}：{}；请停止占用它的进程，或修改 {} 中的 listen 或 http",
                system(source, lang),
                config.display()
            ),
            Failure::FieldTwice(key) => format!("字段“{key}”填写了两次，请只写一次"),
            Failure::Gone(why) => {
                format!(
                    "节点在应答前中断（{why}）：请用 sanji status 查看节点是否运行，再确认此操作是否已完成"
                )
            }
            Failure::NotRunning(path) => format!("{} 的节点没有运行：请用 sanji run 启动", path.display()),
            Failure::File(path, error) => {
                format!("{}：{}；请检查路径和权限", path.display(), system(error, lang))
            }
            Failure::Written(path, error) => {
                format!("{} 无法写入：{}；请检查剩余空间和权限", path.display(), system(error, lang))
            }
            Failure::Exists(path) => {
                format!("{} 已存在：请换一个文件名，或用 --force 覆盖", path.display())
            }
            Failure::Bundle(error) => error.text(lang),
            Failure::Feed(error) => error.text(lang),
            Failure::Package(path, fault) => format!("{}：{}", path.display(), fault.text(lang)),
            Failure::NotUtf8(path, at) => {
                format!("{} 不是 UTF-8 文本（从第 {at} 字节起有误）：请另存为 UTF-8 后重试", path.display())
            }
            Failure::FileKind(path, known) => format!("无法导入 {}：本版本支持 {known}", path.display()),
            Failure::Lines(problems) => {
                format!(
                    "有 {} 处无法识别，未做任何处理；请修改后重试：\n{}",
                    problems.len(),
                    lines(problems, lang)
                )
            }
            Failure::Pdf(why) => why.text(lang),
            Failure::Workbook(error) => format!("无法生成工作簿：{error}；请改用 CSV 或 JSON 行格式导出"),
            Failure::Demo(trouble) => trouble.text(lang),
            Failure::Backup(error) => error.text(lang),
            Failure::Password(why) => why.text(lang),
            Failure::PasswordsDiffer => "两次输入的密码不一致，未作更改".to_owned(),
            Failure::Terminal(error) => {
                format!("无法从终端读取：{}；请用 --stdin 从标准输入给出密码", system(error, lang))
            }
            Failure::Setup(error) => format!("程序无法启动：{}", system(error, lang)),
            Failure::Internal => {
                "程序出错；已保存的数据不受影响。请将上面的位置告知维护人员，然后重试".to_owned()
            }
        }
    }

    /// `{"error": {"code", "message", "problems"?}}`.
    pub fn to_json(&self, lang: Lang) -> Value {
        let mut error = json!({ "code": self.code(), "message": self.text(lang) });
        match self {
            Failure::Refused(refused) => {
                if let Some(problems) = &refused.problems {
                    error["problems"] = problems.clone();
                }
            }
            Failure::Lines(problems) => error["problems"] = json!(problems),
            Failure::Data(_)
            | Failure::NoDataDir
            | Failure::Busy(_)
            | Failure::Running(_)
            | Failure::Port { .. }
            | Failure::FieldTwice(_)
            | Failure::Gone(_)
            | Failure::NotRunning(_)
            | Failure::File(..)
            | Failure::Written(..)
            | Failure::Exists(_)
            | Failure::Bundle(_)
            | Failure::Feed(_)
            | Failure::Package(..)
            | Failure::NotUtf8(..)
            | Failure::FileKind(..)
            | Failure::Pdf(_)
            | Failure::Workbook(_)
            | Failure::Demo(_)
            | Failure::Backup(_)
            | Failure::Password(_)
            | Failure::PasswordsDiffer
            | Failure::Terminal(_)
            | Failure::Setup(_)
            | Failure::Internal => {}
        }
        json!({ "error": error })
    }
}

fn lines(problems: &[Problem], lang: Lang) -> String {
    problems.iter().map(|p| p.text(lang)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_refusal_is_passed_on_with_its_problems() {
        let said = json!({ "code": "ORG_NAME", "en": "a name", "zh": "名称", "problems": [{ "line": 2 }] });
        let failure = Failure::refused(&said).unwrap();
        let expected =
            json!({ "error": { "code": "ORG_NAME", "message": "名称", "problems": [{ "line": 2 }] } });
        assert_eq!(failure.to_json(Lang::Zh), expected);
        assert_eq!(failure.text(Lang::En), "a name");
        assert!(Failure::refused(&json!({ "code": "X", "en": "no Chinese" })).is_none());
        assert!(Failure::refused(&json!("a text")).is_none());
    }

    #[test]
    fn every_failure_says_what_to_do_in_both_languages() {
        let source = io::Error::from(io::ErrorKind::AddrInUse);
        let port = Failure::Port { address: "[::]:7801".into(), config: "/d/config.toml".into(), source };
        assert!(port.text(Lang::Zh).contains("地址已被占用；请停止占用它的进程，或修改 /d/config.toml"));
        assert!(port.text(Lang::En).ends_with("change `listen` or `http` in /d/config.toml"));
        let failure = Failure::Busy("/var/lib/sanji".into());
        assert!(failure.text(Lang::Zh).contains("请稍后再试"), "{}", failure.text(Lang::Zh));
        assert!(failure.text(Lang::En).contains("try again"), "{}", failure.text(Lang::En));
        assert!(failure.to_json(Lang::En)["error"].get("problems").is_none());
    }
}
