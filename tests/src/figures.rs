//! Rows of the one table that `tests/figures` puts together, and what a process took.
//!
//! Knows no benchmark.

use std::fs;

/// Prints one row: which figure of the issue, what was measured, how it came out, what was wanted.
#[allow(clippy::print_stdout)]
pub fn row(letter: &str, what: &str, figure: &str, target: &str) {
    println!("| {letter} | {what} | {figure} | {target} |");
}

/// CPU seconds that a process has used, and its largest resident memory in MiB.
pub fn used(pid: u32) -> (f64, f64) {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    // utime and stime; a tick is 10 ms on Linux.
    let cpu = (ticks(11) + ticks(12)) / 100.0;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib =
        peak.and_then(|text| text.trim().trim_end_matches(" kB").trim().parse::<f64>().ok()).unwrap_or(0.0);
    (cpu, kib / 1024.0)
}

/// What zstd at its level 19 makes of everything in one stream.
pub fn zstd_19(raw: &[u8]) -> usize {
    zstd::bulk::compress(raw, 19).expect("compressing into memory cannot fail").len()
}
