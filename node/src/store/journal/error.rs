//! What can be wrong with a journal, for programs (enums), for people (a sentence in two languages) and for scripts
//! (a code). Knows no file.

use std::io;

use super::Position;

/// Why the journal did not do what it was asked. After an error of [`append`](super::Journal::append) or
/// [`sync`](super::Journal::sync) other than `TooLarge` the process must end: what is durable is known again only
/// after opening anew.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the disk is full ({0}): make room, then start again; nothing that was confirmed is lost")]
    Full(io::Error),
    #[error("the disk failed ({0}): check or replace it, then start again")]
    Disk(io::Error),
    #[error("an earlier write failed ({0}): restart the program; until then nothing more is written")]
    Poisoned(String),
    #[error("a record of {0} bytes is longer than the journal takes (32 MiB): write it in parts")]
    TooLarge(usize),
    #[error(
        "the journal at {at} was written by a newer version ({version}): install that version or a later one"
    )]
    Newer { at: Position, version: u16 },
    #[error("the journal has no record at {0}")]
    NoRecord(Position),
    #[error("{0}")]
    Damaged(Damage),
}

impl JournalError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            JournalError::Full(_) => "JOURNAL_DISK_FULL",
            JournalError::Disk(_) => "JOURNAL_DISK_FAILED",
            JournalError::Poisoned(_) => "JOURNAL_POISONED",
            JournalError::TooLarge(_) => "JOURNAL_RECORD_TOO_LARGE",
            JournalError::Newer { .. } => "JOURNAL_NEWER_VERSION",
            JournalError::NoRecord(_) => "JOURNAL_NO_RECORD",
            JournalError::Damaged(_) => "JOURNAL_DAMAGED",
        }
    }

    /// The sentence in Chinese; `Display` is the English one.
    pub fn zh(&self) -> String {
        match self {
            JournalError::Full(e) => {
                format!("磁盘已满（{e}）：请清理空间后重新启动；已确认保存的内容没有丢失")
            }
            JournalError::Disk(e) => format!("磁盘读写失败（{e}）：请检查或更换磁盘后重新启动"),
            JournalError::Poisoned(e) => {
                format!("此前写入失败（{e}）：请重新启动程序；在此之前不再写入任何内容")
            }
            JournalError::TooLarge(len) => {
                format!("单条记录 {len} 字节，超过日志上限（32 MiB）：请分多次写入")
            }
            JournalError::Newer { at, version } => {
                format!("日志 {at} 处由更新的版本（{version}）写入：请安装该版本或更高版本")
            }
            JournalError::NoRecord(at) => format!("日志 {at} 处没有记录"),
            JournalError::Damaged(damage) => damage.zh(),
        }
    }
}

impl From<io::Error> for JournalError {
    fn from(e: io::Error) -> JournalError {
        if matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            JournalError::Full(e)
        } else {
            JournalError::Disk(e)
        }
    }
}

/// A place where the journal is not what was written. Records around it are readable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the journal is damaged at {position} ({bytes} bytes): {why}")]
pub struct Damage {
    pub position: Position,
    /// How many bytes of the segment cannot be used; 0 if the damage is that something is not there.
    pub bytes: u64,
    pub why: Why,
}

impl Damage {
    /// The sentence in Chinese; `Display` is the English one.
    pub fn zh(&self) -> String {
        format!("日志 {} 处损坏（{} 字节）：{}", self.position, self.bytes, self.why.zh())
    }
}

/// What is wrong at a damaged place.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Why {
    /// The first of the missing segments is the damage's position.
    #[error("{count} segment file(s) are missing")]
    SegmentsMissing { count: u64 },
    #[error("the header of the segment is damaged")]
    SegmentHeader,
    #[error("written by a newer version ({0})")]
    Newer(u16),
    #[error("the disk does not read the rest of the segment: {0}")]
    Unreadable(String),
    #[error("these bytes are no record")]
    NoRecord,
    #[error("the record ends behind the end of the file")]
    CutShort,
    #[error("the payload is not the one that was written")]
    Payload,
    /// The damage's position is where the first record behind the gap stands.
    #[error("{count} record(s) from number {first} are missing in front of it")]
    RecordsMissing { first: u64, count: u64 },
    #[error("record number {number} is there twice")]
    Repeated { number: u64 },
}

impl Why {
    fn zh(&self) -> String {
        match self {
            Why::SegmentsMissing { count } => format!("缺少 {count} 个日志段文件"),
            Why::SegmentHeader => "日志段头部损坏".to_owned(),
            Why::Newer(version) => format!("由更新的版本（{version}）写入"),
            Why::Unreadable(e) => format!("磁盘无法读取该段其余部分：{e}"),
            Why::NoRecord => "这些字节不是有效记录".to_owned(),
            Why::CutShort => "记录超出文件末尾".to_owned(),
            Why::Payload => "记录内容与写入时不一致".to_owned(),
            Why::RecordsMissing { first, count } => format!("此前缺少 {count} 条记录（自编号 {first} 起）"),
            Why::Repeated { number } => format!("编号 {number} 的记录重复"),
        }
    }
}
