//! What can be wrong with the key-value store. Knows no file format.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a call on a [`Kv`](super::Kv) failed.
#[derive(Debug, thiserror::Error)]
pub enum KvError {
    #[error(transparent)]
    Broken(#[from] KvBroken),
    #[error("a value of {0} bytes is longer than the store takes (7 KiB): use `kv::chunks`")]
    ValueTooLarge(usize),
    #[error("a key of {0} bytes: 1 to 512 are taken")]
    KeySize(usize),
}

/// The store does not work. [`rebuild_helps`](KvBroken::rebuild_helps) says whether it may be destroyed and built again
/// from the journal.
#[derive(Debug, thiserror::Error)]
pub enum KvBroken {
    #[error("the store in {} is damaged ({detail}): it is rebuilt from the journal", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("the store in {} did not open within {} s: it is rebuilt from the journal", path.display(), waited.as_secs())]
    Hangs { path: PathBuf, waited: Duration },
    #[error("the store in {} is in use by another process: stop that one first", path.display())]
    InUse { path: PathBuf },
    #[error("the disk is full ({0}): make room, then start again; nothing that was confirmed is lost")]
    Full(io::Error),
    #[error("the disk failed ({0}): check or replace it, then start again")]
    Disk(io::Error),
}

impl KvBroken {
    /// Whether the store is at fault, and not the disk under it or another process: then destroying and rebuilding it
    /// is the way out.
    pub fn rebuild_helps(&self) -> bool {
        match self {
            KvBroken::Damaged { .. } | KvBroken::Hangs { .. } => true,
            KvBroken::InUse { .. } | KvBroken::Full(_) | KvBroken::Disk(_) => false,
        }
    }

    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            KvBroken::Damaged { .. } => "STORE_DAMAGED",
            KvBroken::Hangs { .. } => "STORE_HANGS",
            KvBroken::InUse { .. } => "STORE_IN_USE",
            KvBroken::Full(_) => "STORE_DISK_FULL",
            KvBroken::Disk(_) => "STORE_DISK_FAILED",
        }
    }

    /// The sentence in Chinese; `Display` is the English one.
    pub fn zh(&self) -> String {
        match self {
            KvBroken::Damaged { path, detail } => {
                format!("{} 中的数据索引已损坏（{detail}）：将从日志重建", path.display())
            }
            KvBroken::Hangs { path, waited } => {
                format!("{} 中的数据索引在 {} 秒内未能打开：将从日志重建", path.display(), waited.as_secs())
            }
            KvBroken::InUse { path } => {
                format!("{} 中的数据索引正被另一进程使用：请先停止该进程", path.display())
            }
            KvBroken::Full(e) => format!("磁盘已满（{e}）：请清理空间后重新启动；已确认保存的内容没有丢失"),
            KvBroken::Disk(e) => format!("磁盘读写失败（{e}）：请检查或更换磁盘后重新启动"),
        }
    }

    pub(super) fn io(e: io::Error) -> KvBroken {
        if matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            KvBroken::Full(e)
        } else {
            KvBroken::Disk(e)
        }
    }
}
