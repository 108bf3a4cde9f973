//! Why cases were not exported into a folder: what is wrong, what to do. Knows no transport.

use std::path::PathBuf;
use std::{fmt, io};

use sanji_model::case::feed::BatchId;
use sanji_model::lang::{Lang, Say};
use sanji_sync::UnitCode;

use crate::system::system;

/// What an export stopped at. No batch was made.
#[derive(Debug)]
pub enum FeedError {
    Read(PathBuf, io::Error),
    Write(PathBuf, io::Error),
    /// Another export is at work there.
    Busy(PathBuf),
    /// A batch that is to be followed has no manifest there.
    NoBatch {
        folder: PathBuf,
        batch: BatchId,
    },
    /// A manifest is not the one that its batch is named by.
    Damaged(PathBuf),
    /// A table of a batch that the receiver may not have is missing, or is not as it was written.
    Table {
        path: PathBuf,
        batch: BatchId,
        before: Option<BatchId>,
    },
    /// The folder has another unit's deliveries.
    OtherUnit {
        folder: PathBuf,
        unit: UnitCode,
    },
}

impl Say for FeedError {
    fn code(&self) -> &'static str {
        match self {
            FeedError::Read(..) => "FILE_READ",
            FeedError::Write(..) => "FILE_WRITE",
            FeedError::Busy(_) => "FEED_BUSY",
            FeedError::NoBatch { .. } => "FEED_NO_BATCH",
            FeedError::Damaged(_) => "FEED_DAMAGED",
            FeedError::Table { .. } => "FEED_TABLE",
            FeedError::OtherUnit { .. } => "FEED_OTHER_UNIT",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (FeedError::Read(path, error), Lang::Zh) => {
                format!("{}：{}；请检查路径和权限", path.display(), system(error, lang))
            }
            (FeedError::Read(path, error), Lang::En) => {
                format!("{}: {error}; check the path and its permissions", path.display())
            }
            (FeedError::Write(path, error), Lang::Zh) => format!(
                "{} 无法写入：{}；请检查剩余空间和权限后重试，未生成任何批次",
                path.display(),
                system(error, lang)
            ),
            (FeedError::Write(path, error), Lang::En) => format!(
                "{} cannot be written: {error}; check room and permissions and try again, no batch was made",
                path.display()
            ),
            (FeedError::Busy(path), Lang::Zh) => {
                format!("另一个导出正在使用 {}：请等它结束后重试", path.display())
            }
            (FeedError::Busy(path), Lang::En) => {
                format!("another export is at work in {}: wait for its end and try again", path.display())
            }
            (FeedError::NoBatch { folder, batch }, Lang::Zh) => format!(
                "{} 中没有批次 {batch} 的清单：请恢复该批次目录，或换一个批次，或换用空目录重新全部导出",
                folder.display()
            ),
            (FeedError::NoBatch { folder, batch }, Lang::En) => format!(
                "{} has no manifest of batch {batch}: bring its folder back, name another batch, or export everything anew into an empty folder",
                folder.display()
            ),
            (FeedError::Damaged(path), Lang::Zh) => format!(
                "{} 已损坏或被改动：请用备份恢复，或用 --since 指定更早的批次，或换用空目录重新全部导出",
                path.display()
            ),
            (FeedError::Damaged(path), Lang::En) => format!(
                "{} is damaged or was altered: bring it back from a copy, name an earlier batch with --since, or export everything anew into an empty folder",
                path.display()
            ),
            (FeedError::Table { path, batch, before }, Lang::Zh) => {
                let again = match before {
                    Some(before) => format!("用 --since {before} 重新生成该批次"),
                    None => "换用空目录重新全部导出".to_owned(),
                };
                format!(
                    "{} 缺失或已被改动。接收方已收到批次 {batch} 的，请用 --since {batch} 继续；尚未收到的，请用备份恢复，或{again}",
                    path.display()
                )
            }
            (FeedError::Table { path, batch, before }, Lang::En) => {
                let again = match before {
                    Some(before) => format!("make the batch again with --since {before}"),
                    None => "export everything anew into an empty folder".to_owned(),
                };
                format!(
                    "{} is missing or was altered. If the receiver has batch {batch}, go on with --since {batch}; if not, bring it back from a copy, or {again}",
                    path.display()
                )
            }
            (FeedError::OtherUnit { folder, unit }, Lang::Zh) => {
                format!("{} 是 {unit} 的导出目录：请为本单位另选目录", folder.display())
            }
            (FeedError::OtherUnit { folder, unit }, Lang::En) => {
                format!("{} has the exports of {unit}: choose another folder for this unit", folder.display())
            }
        }
    }
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for FeedError {}
