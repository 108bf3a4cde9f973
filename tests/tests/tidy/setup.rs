//! What everybody's build hangs on: the lock file, the pinned toolchain, and one command that checks everything.

use crate::repository::{file, files, must_be_none, root};

#[test]
fn builds_are_the_same_everywhere() {
    assert!(
        file("Cargo.lock").text.contains("name = \"sanji\""),
        "commit Cargo.lock: the product is a program"
    );
    let ignored = file(".gitignore").text.lines().any(|line| line.contains("Cargo.lock"));
    assert!(!ignored, "take Cargo.lock out of .gitignore: the product is a program");

    let toolchain = toolchain();
    let exact =
        toolchain.split('.').count() == 3 && toolchain.split('.').all(|part| part.parse::<u32>().is_ok());
    assert!(
        exact,
        "rust-toolchain.toml: channel is {toolchain:?}, it has to be one exact version such as 1.95.0"
    );
    let workspace: toml::Table = file("Cargo.toml").text.parse().expect("Cargo.toml is TOML");
    let oldest = workspace["workspace"]["package"]["rust-version"].as_str().expect("rust-version is a text");
    assert!(
        toolchain == oldest || toolchain.starts_with(&format!("{oldest}.")),
        "rust-version is {oldest} and the toolchain {toolchain}: nothing tests the older one, make them the same"
    );
}

#[test]
fn the_container_is_built_with_the_pinned_toolchain() {
    let image = format!("rust:{}-slim-bookworm", toolchain());
    let uses = file("deploy/Containerfile").text.contains(&image);
    assert!(uses, "deploy/Containerfile: build it with {image}, the toolchain of rust-toolchain.toml");
}

#[test]
fn a_push_is_judged_by_tests_run_and_nothing_else() {
    let run = file(".ci/run");
    let commands: Vec<&str> = run
        .lines()
        .map(|(_, line)| line.trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let one = matches!(commands[..], [command] if command.starts_with("exec ") && command.ends_with("/tests/run\""));
    assert!(
        one,
        ".ci/run may only `exec` tests/run, it does {commands:?}: put checks into tests/run, where people run them"
    );
    let others: Vec<String> = files()
        .into_iter()
        .map(|text| text.path)
        .filter(|path| path.starts_with(".ci/") && path != ".ci/run")
        .collect();
    must_be_none(others, ".ci/ holds run and nothing else: put it into tests/");
}

#[cfg(unix)]
#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut wrong = Vec::new();
    for path in [".ci/run", "tests/run", "tests/nightly"] {
        let mode = std::fs::metadata(root().join(path)).map(|meta| meta.permissions().mode());
        if !mode.is_ok_and(|mode| mode & 0o111 == 0o111) {
            wrong.push(path.to_owned());
        }
    }
    must_be_none(wrong, "chmod +x, and commit that");
}

#[test]
fn nothing_names_a_folder_of_one_machine() {
    // In two parts, or this file would be at fault itself.
    let folder = format!("/{}/", "work");
    let mut wrong = Vec::new();
    for text in files() {
        for (number, line) in text.lines() {
            let absolute = line.match_indices(&folder).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || "._-/*}".contains(c))
            });
            if absolute {
                wrong.push(format!("{}:{number}", text.path));
            }
        }
    }
    must_be_none(wrong, "it exists on one machine only: name the file by its place in the repository");
}

fn toolchain() -> String {
    let toolchain: toml::Table =
        file("rust-toolchain.toml").text.parse().expect("rust-toolchain.toml is TOML");
    toolchain["toolchain"]["channel"].as_str().expect("the channel is a text").to_owned()
}
