//! A county's data directory for tests of the built binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A county's data directory, with no node running, and room for files beside it.
pub struct County(pub tempfile::TempDir);

impl County {
    pub fn new() -> County {
        let county = County(tempfile::tempdir().unwrap());
        county.json(&["init", "--unit", "659901", "--name", "青禾县政务服务中心"]);
        county.json(&["guide", "import", &demo("guides.jsonl")]);
        county
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn path(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }

    pub fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sanji"));
        let command = command.args(words).env_clear().env("SANJI_DATA", self.file("data"));
        command.env("HOME", self.0.path()).output().unwrap()
    }

    pub fn json(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn refused(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["error"].take()
    }
}

pub fn demo(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(name).to_str().unwrap().to_owned()
}
