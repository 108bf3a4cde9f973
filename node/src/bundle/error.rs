//! Why a file for a USB stick was not made, or not taken to its end: what is wrong, what was taken all the same, what to do.
//!
//! Knows no transport; a code and a sentence in both languages, as every refusal.

use std::{fmt, io};

use sanji_model::lang::{Lang, Say, many};
use sanji_sync::{Hangup, NodeId, Taken, UnitCode};
use serde_json::{Value, json};

use crate::machine::NotCarried;
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::system::system;
use crate::trust::CertificateFault;

/// What is wrong with a file.
#[derive(Debug)]
pub enum Fault {
    /// It does not begin as one.
    NotOne,
    /// Its envelope is of a later version.
    Version(u16),
    /// Its writer is no node of this county.
    Foreign(CertificateFault),
    ForAnother {
        unit: UnitCode,
        node: NodeId,
    },
    /// A byte is not as it was written.
    Altered,
    /// It ends before its end.
    Cut,
    Read(io::Error),
}

impl Fault {
    /// The fault, after so much of the file was taken.
    pub fn after(self, taken: Taken) -> BundleError {
        BundleError::Fault(self, taken)
    }
}

/// Why it ended early.
#[derive(Debug)]
pub enum BundleError {
    Fault(Fault, Taken),
    /// What it holds is sealed well, but its writer may not speak so to this node.
    Sender(Hangup, Taken),
    Refused(Refusal),
    /// The directory names a node whose key is none.
    ReceiverKey(UnitCode),
    Write(io::Error),
    /// The node is stopping.
    Stopping,
    Store(StoreError),
}

impl std::error::Error for BundleError {}

/// In English, for logs.
impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl From<io::Error> for BundleError {
    fn from(error: io::Error) -> BundleError {
        BundleError::Write(error)
    }
}

impl From<NotCarried> for BundleError {
    fn from(not: NotCarried) -> BundleError {
        match not {
            NotCarried::Refused(refusal) => BundleError::Refused(refusal),
            NotCarried::HungUp(why) => BundleError::Sender(why, Taken::default()),
        }
    }
}

impl BundleError {
    /// `{"code", "en", "zh"}`, and the problems of a refusal.
    pub fn to_json(&self) -> Value {
        match self {
            BundleError::Refused(refusal) => refusal.to_json(),
            BundleError::Fault(..)
            | BundleError::Sender(..)
            | BundleError::ReceiverKey(_)
            | BundleError::Write(_)
            | BundleError::Stopping
            | BundleError::Store(_) => {
                json!({ "code": self.code(), "en": self.text(Lang::En), "zh": self.text(Lang::Zh) })
            }
        }
    }
}

impl Say for BundleError {
    fn code(&self) -> &'static str {
        match self {
            BundleError::Fault(fault, _) => match fault {
                Fault::NotOne => "BUNDLE_UNKNOWN",
                Fault::Version(_) => "BUNDLE_VERSION",
                Fault::Foreign(_) => "BUNDLE_FOREIGN",
                Fault::ForAnother { .. } => "BUNDLE_FOR_ANOTHER",
                Fault::Altered => "BUNDLE_ALTERED",
                Fault::Cut => "BUNDLE_CUT",
                Fault::Read(_) => "FILE_READ",
            },
            BundleError::Sender(Hangup::Revoked, _) => "BUNDLE_REVOKED",
            BundleError::Sender(..) => "BUNDLE_SENDER",
            BundleError::Refused(refusal) => refusal.code(),
            BundleError::ReceiverKey(_) => "NODE_KEY",
            BundleError::Write(_) => "FILE_WRITE",
            BundleError::Stopping => "NODE_STOPPING",
            BundleError::Store(_) => "STORE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BundleError::Fault(fault, taken), _) => fault.text(lang) + &before(taken, lang),
            (BundleError::Sender(Hangup::Revoked, taken), Lang::Zh) => {
                format!("该文件的节点已被吊销，不予接收{}", before(taken, lang))
            }
            (BundleError::Sender(Hangup::Revoked, taken), Lang::En) => {
                format!(
                    "the node that wrote the file was revoked: nothing of it is taken{}",
                    before(taken, lang)
                )
            }
            (BundleError::Sender(why, taken), Lang::Zh) => {
                format!(
                    "该文件的节点不能向本节点提供这些内容（{why}）：请两端升级到同一版本后重新导出{}",
                    before(taken, lang)
                )
            }
            (BundleError::Sender(why, taken), Lang::En) => format!(
                "{why}: bring both nodes to one version of the program and export again{}",
                before(taken, lang)
            ),
            (BundleError::Refused(refusal), _) => refusal.text(lang),
            (BundleError::ReceiverKey(unit), Lang::Zh) => {
                format!("名录中 {unit} 的节点密钥无效：请吊销后重新加入")
            }
            (BundleError::ReceiverKey(unit), Lang::En) => {
                format!(
                    "the directory has no good key for the node of {unit}: revoke it and let it join anew"
                )
            }
            (BundleError::Write(error), Lang::Zh) => format!("文件写入失败（{error}）：请检查U盘后重新导出"),
            (BundleError::Write(error), Lang::En) => {
                format!("the file cannot be written ({error}): check the stick and export again")
            }
            (BundleError::Stopping, Lang::Zh) => "节点正在停止，请启动后重试".into(),
            (BundleError::Stopping, Lang::En) => "the node is stopping: start it and try again".into(),
            (BundleError::Store(error), Lang::Zh) => error.zh(),
            (BundleError::Store(error), Lang::En) => error.to_string(),
        }
    }
}

impl Fault {
    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Fault::NotOne, Lang::Zh) => "这不是 sanji sync export 生成的文件：请检查是否选错文件".into(),
            (Fault::NotOne, Lang::En) => {
                "this is no file of `sanji sync export`: check whether it is the right one".into()
            }
            (Fault::Version(version), Lang::Zh) => format!("文件格式版本 {version} 较新：请先升级本节点"),
            (Fault::Version(version), Lang::En) => {
                format!(
                    "the file is of format version {version}, which is later than this program: update this node first"
                )
            }
            (Fault::Foreign(fault), Lang::Zh) => {
                format!("该文件不是本县节点生成的，或已损坏（{fault}）：请由本县节点重新导出")
            }
            (Fault::Foreign(fault), Lang::En) => format!(
                "the file was not written by a node of this county, or it is damaged ({fault}): have it exported again by one"
            ),
            (Fault::ForAnother { unit, node }, Lang::Zh) => {
                format!("该文件是给 {unit} 的节点 {} 的：请到该节点导入，或为本节点重新导出", node.short())
            }
            (Fault::ForAnother { unit, node }, Lang::En) => format!(
                "the file is for node {} of {unit}: import it there, or have one exported for this node",
                node.short()
            ),
            (Fault::Altered, Lang::Zh) => "文件已损坏或被改动：请重新导出".into(),
            (Fault::Altered, Lang::En) => "the file is damaged or was altered: export it again".into(),
            (Fault::Cut, Lang::Zh) => "文件不完整，可能U盘拔出过早：请重新导出".into(),
            (Fault::Cut, Lang::En) => {
                "the file ends too early, as when a stick is pulled before it was written: export it again"
                    .into()
            }
            (Fault::Read(error), Lang::Zh) => {
                format!("文件读取失败（{}）：请检查U盘后重试", system(error, Lang::Zh))
            }
            (Fault::Read(error), Lang::En) => {
                format!("the file cannot be read ({error}): check the stick and try again")
            }
        }
    }
}

/// What was taken before the fault; nothing to say if nothing was.
fn before(taken: &Taken, lang: Lang) -> String {
    match (taken.entries, lang) {
        (0, _) => String::new(),
        (entries, Lang::Zh) => format!("。此前的 {entries} 条完好并已保存，其中 {} 条为新", taken.new),
        (entries, Lang::En) => {
            format!(
                ". What comes before that was good and is saved: {}, {} new",
                many(entries, "entry", "entries"),
                taken.new
            )
        }
    }
}
