//! Who may depend on whom (ARCHITECTURE §2), read from the manifests. What comes in through a dependency's own
//! dependencies is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::{file, files, must_be_none};

/// Folder, crate, and the crates of this workspace that it may build on.
const CRATES: [(&str, &str, &[&str]); 6] = [
    ("sync", "sanji-sync", &[]),
    ("node/model", "sanji-model", &["sanji-sync"]),
    ("config", "sanji-config", &["sanji-sync", "sanji-model"]),
    ("node", "sanji-node", &["sanji-sync", "sanji-model", "sanji-config"]),
    ("cli", "sanji", &["sanji-sync", "sanji-model", "sanji-config", "sanji-node"]),
    ("tests", "sanji-tests", &["sanji-sync", "sanji-model", "sanji-config", "sanji-node"]),
];

/// The crates without sockets, disk, clock and chance.
const PURE: [&str; 2] = ["sync", "node/model"];

const IMPURE: [&str; 6] = ["tokio", "quinn", "rustls", "sled", "axum", "getrandom"];

#[test]
fn the_workspace_has_the_crates_that_the_rules_know() {
    let workspace = manifest("Cargo.toml");
    let members = workspace["workspace"]["members"].as_array().expect("the workspace has members");
    let members: BTreeSet<&str> = members.iter().filter_map(|member| member.as_str()).collect();
    let known: BTreeSet<&str> = CRATES.iter().map(|(folder, _, _)| *folder).collect();
    assert_eq!(
        members, known,
        "a crate was added or removed: put it into ARCHITECTURE §2 and into CRATES in tests/tests/tidy/crates.rs"
    );
    for (folder, name, _) in CRATES {
        let found = manifest(&format!("{folder}/Cargo.toml"))["package"]["name"].as_str().map(str::to_owned);
        assert_eq!(found.as_deref(), Some(name), "{folder}/Cargo.toml: the crate is called {name}");
    }
}

#[test]
fn crates_depend_downwards_only() {
    let mut wrong = Vec::new();
    for (folder, name, may) in CRATES {
        for (dependency, kind) in dependencies(folder) {
            let ours = CRATES.iter().any(|(_, name, _)| *name == dependency);
            if ours && !may.contains(&dependency.as_str()) {
                wrong.push(format!("{name} depends on {dependency} ({kind})"));
            }
        }
    }
    must_be_none(
        wrong,
        "sync <- model <- config <- node <- cli: move the code to the side that may know the other",
    );
}

#[test]
fn pure_crates_bring_in_nothing_impure() {
    let mut wrong = Vec::new();
    for folder in PURE {
        for (dependency, kind) in dependencies(folder) {
            let impure = IMPURE.contains(&dependency.as_str()) || dependency.starts_with("rand");
            if impure && kind != "dev-dependencies" {
                wrong.push(format!("{folder}/Cargo.toml: {dependency}"));
            }
        }
    }
    must_be_none(
        wrong,
        "sync and model are pure: take time, chance and what was read as arguments, return what to do",
    );
}

#[test]
fn only_the_command_line_knows_clap_and_is_a_program() {
    let mut wrong = Vec::new();
    for (folder, name, _) in CRATES {
        let is_cli = name == "sanji";
        let programs = programs(folder);
        if is_cli && programs != ["sanji"] {
            wrong.push(format!("{folder}/Cargo.toml: its programs are {programs:?}, not sanji alone"));
        }
        // The tests' own tools are not shipped.
        if !is_cli && name != "sanji-tests" && !programs.is_empty() {
            wrong.push(format!("{folder}: is the program {programs:?}"));
        }
        if !is_cli && dependencies(folder).contains_key("clap") {
            wrong.push(format!("{folder}/Cargo.toml: clap"));
        }
    }
    must_be_none(wrong, "there is one program, sanji, in cli/: make it a subcommand there, over a library");
}

#[test]
fn only_the_node_depends_on_sled() {
    let with_sled: Vec<&str> = CRATES
        .iter()
        .map(|(folder, _, _)| *folder)
        .filter(|f| dependencies(f).contains_key("sled"))
        .collect();
    assert_eq!(with_sled, ["node"], "only node/ may depend on sled: go through node's `Kv`");
}

#[test]
fn versions_stand_in_one_place() {
    let mut wrong = Vec::new();
    for (folder, _, _) in CRATES {
        let manifest = manifest(&format!("{folder}/Cargo.toml"));
        for (_, table) in tables(&manifest) {
            for (dependency, how) in table {
                if how.get("workspace").and_then(|w| w.as_bool()) != Some(true) {
                    wrong.push(format!("{folder}/Cargo.toml: {dependency}"));
                }
            }
        }
    }
    must_be_none(wrong, "write `name.workspace = true`, and the version into [workspace.dependencies]");
}

fn manifest(path: &str) -> toml::Table {
    file(path).text.parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The programs that a crate is: those it lists, and the files that cargo takes for one.
fn programs(folder: &str) -> Vec<String> {
    let manifest = manifest(&format!("{folder}/Cargo.toml"));
    let listed = manifest.get("bin").and_then(|bins| bins.as_array()).into_iter().flatten();
    let mut programs: Vec<String> =
        listed.filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect();
    if programs.is_empty() {
        let (main, bin) = (format!("{folder}/src/main.rs"), format!("{folder}/src/bin/"));
        programs
            .extend(files().into_iter().map(|text| text.path).filter(|p| *p == main || p.starts_with(&bin)));
    }
    programs
}

/// Name of each direct dependency, with the table that it stands in.
fn dependencies(folder: &str) -> BTreeMap<String, &'static str> {
    let manifest = manifest(&format!("{folder}/Cargo.toml"));
    let mut found = BTreeMap::new();
    // `dependencies` last: what stands in two tables counts as the stricter one.
    for (kind, table) in tables(&manifest).into_iter().rev() {
        for (name, how) in table {
            let package = how.get("package").and_then(|package| package.as_str()).unwrap_or(name);
            found.insert(package.to_owned(), kind);
        }
    }
    found
}

fn tables(manifest: &toml::Table) -> Vec<(&'static str, &toml::Table)> {
    const KINDS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];
    let mut places = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(|target| target.as_table()) {
        places.extend(targets.values().filter_map(|target| target.as_table()));
    }
    KINDS
        .iter()
        .flat_map(|kind| places.iter().filter_map(move |place| Some((*kind, place.get(*kind)?.as_table()?))))
        .collect()
}
