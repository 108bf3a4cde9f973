//! How the disk of a data directory stands, for the doctor. Knows nothing of what lies on it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::machine::{CheckState as State, check_line as line};

/// Below this a node may stop any day, bytes.
const FREE_BYTES_MIN: u64 = 256 << 20;
/// Below this somebody should make room in time, bytes.
const FREE_BYTES_LOW: u64 = 2 << 30;
const PROBE: &str = "doctor.probe";

/// Lines about room and about whether the directory can be written.
pub fn examine(path: &Path) -> Vec<Value> {
    vec![room(path), writable(path)]
}

fn room(path: &Path) -> Value {
    let free = match rustix::fs::statvfs(path) {
        Ok(stat) => stat.f_bavail.saturating_mul(stat.f_frsize),
        Err(why) => {
            return line(
                "disk",
                State::Act,
                format!("the disk does not say how full it is ({why}): check that it is there"),
                format!("无法读取磁盘状态（{why}）：请检查磁盘"),
            );
        }
    };
    let mib = free >> 20;
    match free {
        free if free < FREE_BYTES_MIN => line(
            "disk",
            State::Act,
            format!("only {mib} MiB are free: make room now, or the node will stop"),
            format!("磁盘仅剩 {mib} MiB：请立即清理，否则节点将停止"),
        ),
        free if free < FREE_BYTES_LOW => line(
            "disk",
            State::Look,
            format!("{mib} MiB are free: make room in the next days"),
            format!("磁盘剩余 {mib} MiB：请在近期清理"),
        ),
        _ => line("disk", State::Good, format!("{mib} MiB are free"), format!("磁盘剩余 {mib} MiB")),
    }
}

fn writable(path: &Path) -> Value {
    let probe = path.join(PROBE);
    let written = fs::write(&probe, b"probe").and_then(|()| fs::remove_file(&probe));
    match written {
        Ok(()) => line("writing", State::Good, "the data directory can be written", "数据目录可以写入"),
        Err(why) => line(
            "writing",
            State::Act,
            format!("the data directory cannot be written ({why}): check the disk and the permissions"),
            format!("数据目录无法写入（{why}）：请检查磁盘和权限"),
        ),
    }
}
