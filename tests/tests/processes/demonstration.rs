//! `sanji demo --check`: the contract's fields, measured, with nothing lost, and nothing left behind.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sanji_tests::processes::{Done, binary};
use tempfile::TempDir;

/// The whole of it, start and enrolment included, on two cores.
const LIMIT: Duration = Duration::from_secs(60);

fn demo(scratch: &Path, words: &[&str]) -> Done {
    let mut process = Command::new(binary());
    process.args(["demo", "--check", "--json", "--lang", "en"]).args(words).env("TMPDIR", scratch);
    let begun = Instant::now();
    let out = process.output().expect("the binary starts");
    let done = Done {
        code: out.status.code(),
        json: serde_json::from_slice(&out.stdout).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    };
    assert!(begun.elapsed() < LIMIT, "{done:?}");
    done
}

fn must_be_good(done: &Done, towns: u64, villages: u64, cases: u64) {
    let json = &done.json;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!((&json["converged"], &json["lost"]), (&true.into(), &0.into()), "{done:?}");
    assert_eq!((&json["nodes"], &json["cases"]), (&(1 + towns + towns * villages).into(), &cases.into()));
    for key in
        ["guides", "offline_cases", "converge_ms", "bytes_up", "bytes_down", "total_ms", "rss_bytes_max"]
    {
        assert!(json[key].as_u64().is_some_and(|n| n > 0), "{key}: {done:?}");
    }
    assert!(json["offline_cases"].as_u64() < json["cases"].as_u64());
}

#[test]
fn the_demonstration_converges_loses_nothing_and_cleans_up() {
    let scratch = TempDir::new().unwrap();
    let done = demo(scratch.path(), &[]);
    must_be_good(&done, 3, 2, 60);
    assert_eq!(done.json["guides"], 10);
    assert!(std::fs::read_dir(scratch.path()).unwrap().next().is_none(), "its folder is gone");
}

#[test]
fn the_demonstration_works_on_real_files() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let (units, guides) = (shared.join("org/640202-dawukou.csv"), shared.join("guides-sample.jsonl"));
    if !units.is_file() || !guides.is_file() {
        eprintln!("left out: {} is not there", shared.display());
        return;
    }
    let scratch = TempDir::new().unwrap();
    let [units, guides] = [units, guides].map(|path| path.display().to_string());
    let done =
        demo(scratch.path(), &["--units", &units, "--guides", &guides, "--towns", "3", "--villages", "2"]);
    must_be_good(&done, 3, 2, 60);
    assert!(done.json["guides"].as_u64().unwrap() >= 10);
    assert!(done.json["guides"].as_u64().unwrap() + done.json["drafts"].as_u64().unwrap() >= 32);
}

#[test]
fn a_demonstration_that_cannot_be_is_refused_before_anything_starts() {
    let scratch = TempDir::new().unwrap();
    let done = demo(scratch.path(), &["--towns", "30"]);
    assert_eq!(done.refusal(), "DEMO_TOO_FEW_UNITS");
    let bad = scratch.path().join("bad.csv");
    std::fs::write(&bad, "code,name\n").unwrap();
    assert_eq!(demo(scratch.path(), &["--units", &bad.display().to_string()]).refusal(), "ORG_HEADER");
}
