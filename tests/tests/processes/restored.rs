//! A disk goes back in time, an image runs twice, a node is revoked: what somebody was told is saved is still there,
//! everybody comes to agree, and an operator reads what happened.

use std::collections::BTreeSet;
use std::path::Path;

use sanji_node::command::Command;
use sanji_tests::processes::{
    COUNTY, GUIDE, Ground, ID_NUMBER, Node, TOWN, VILLAGE, done, sanji, scope, wait_equal,
};
use serde_json::Value;

const CASES: &str = "cases/640202001001";

/// County, town and village, linked.
fn three(ground: &Ground) -> (Node, Node, Node) {
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    for node in [&town, &village] {
        node.wait_linked();
        node.wait_guides(1);
    }
    (county, town, village)
}

/// Registers a case; its id, since a number may have been given twice.
fn file(node: &Node, applicant: &str) -> String {
    let said = node.ask(Command::CaseRegister {
        guide: GUIDE.to_owned(),
        applicant: applicant.to_owned(),
        id_number: ID_NUMBER.to_owned(),
        fields: Default::default(),
        user: None,
    });
    said["id"].as_str().expect("an id").to_owned()
}

fn cases(node: &Node) -> Vec<Value> {
    let listed = node.every_case();
    listed.as_array().expect("a list").clone()
}

fn ids(node: &Node) -> BTreeSet<String> {
    cases(node).iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn kinds(status: &Value) -> BTreeSet<String> {
    let incidents = status["incidents"].as_array().expect("a list");
    incidents.iter().map(|i| i["kind"].as_str().expect("a kind").to_owned()).collect()
}

fn wait_cases(node: &Node, expected: &BTreeSet<String>) {
    node.wait("holding every case", |status| {
        status["cases"] == expected.len() && status["behind"] == 0 && ids(node) == *expected
    });
}

/// What the doctor asks somebody to do.
fn acts(data: &Path) -> BTreeSet<String> {
    let said = sanji(data, &["doctor"]);
    let lines = said.json.as_array().expect("lines").iter().filter(|line| line["state"] == "act");
    let acts: BTreeSet<String> =
        lines.map(|line| line["check"].as_str().expect("a check").to_owned()).collect();
    assert_eq!(said.code, Some(i32::from(!acts.is_empty())), "{said:?}");
    acts
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}

#[test]
fn an_old_backup_is_taken_back_and_catches_up() {
    let ground = Ground::new();
    let (county, town, village) = three(&ground);
    let mut saved: BTreeSet<String> = (0..3).map(|n| file(&village, &format!("人{n}"))).collect();
    let backup = ground.data("village.backup").display().to_string();
    done(&village.data, &["backup", &backup]);
    assert_eq!(sanji(&village.data, &["backup", &backup]).refusal(), "BACKUP_EXISTS");
    done(&village.data, &["backup", &backup, "--force"]);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&backup).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    saved.extend((3..6).map(|n| file(&village, &format!("人{n}"))));
    wait_cases(&county, &saved);
    village.kill();

    // A bad copy changes nothing.
    let whole = std::fs::read(&backup).unwrap();
    let mut altered = whole.clone();
    let middle = whole.len() / 2;
    altered[middle] ^= 1;
    let bad: [(&[u8], &str); 3] = [
        (&whole[..middle], "BACKUP_TRUNCATED"),
        (&altered, "BACKUP_ALTERED"),
        (b"not a backup at all", "BACKUP_FOREIGN"),
    ];
    let fresh = ground.data("fresh");
    for (bytes, code) in bad {
        let path = ground.data("bad");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(sanji(&fresh, &["restore", &path.display().to_string()]).refusal(), code);
        let left: Vec<_> = std::fs::read_dir(&fresh).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["lock"]);
    }
    assert_eq!(sanji(&town.data, &["backup", &backup]).refusal(), "BACKUP_EXISTS");
    let old = ground.data(VILLAGE);
    assert_eq!(sanji(&old, &["restore", &backup]).refusal(), "RESTORE_NOT_EMPTY");

    let restored = done(&fresh, &["restore", &backup]);
    assert_eq!((&restored["unit"], &restored["epoch"]), (&VILLAGE.into(), &2.into()));
    let village = Node::start(&fresh);
    saved.insert(file(&village, "恢复之后"));
    for node in [&village, &town, &county] {
        wait_cases(node, &saved);
        node.verify();
    }
    wait_equal(&village, &town, &["directory", CASES]);
    assert_eq!(village.status()["epoch"], 2);
    // Numbers go on in windows of the new epoch, so none is given twice.
    let numbers: BTreeSet<String> = village.cases().into_iter().collect();
    assert_eq!(numbers.len(), saved.len());
    let bystanders = acts(&county.data);
    assert!(bystanders.is_empty(), "{bystanders:?}");
}

#[test]
fn a_directory_put_back_writes_anew_what_stood_against_what_it_had_lost() {
    let ground = Ground::new();
    let (county, town, village) = three(&ground);
    let first = file(&village, "两次都在");
    let mut saved = BTreeSet::from([first.clone()]);
    wait_cases(&county, &saved);
    village.ask(Command::SyncPause);
    assert!(village.stop().success());
    let (data, image) = (ground.data(VILLAGE), ground.data("image"));
    copy(&data, &image);

    let village = Node::start(&data);
    village.ask(Command::SyncResume);
    let lost = file(&village, "还原之前");
    village.act(&first, "note", &[("text", "甲"), ("applicant.phone", "111")]);
    saved.extend([lost, file(&village, "还原之前又一人")]);
    wait_cases(&county, &saved);
    wait_equal(&village, &town, &[CASES]);
    village.kill();
    std::fs::remove_dir_all(&data).unwrap();
    copy(&image, &data);

    // Behind the program's back: nobody knows yet, and people go on filing.
    let village = Node::start(&data);
    let meanwhile = file(&village, "还原之后");
    village.act(&first, "note", &[("text", "乙"), ("applicant.phone", "222")]);
    saved.insert(meanwhile.clone());
    village.ask(Command::SyncResume);
    for node in [&village, &town, &county] {
        wait_cases(node, &saved);
    }
    wait_equal(&village, &town, &["directory", CASES]);
    wait_equal(&town, &county, &["directory", CASES]);
    assert_eq!(village.status()["epoch"], 2);
    for node in [&village, &town, &county] {
        let shown = node.ask(Command::CaseShow { number: first.clone() });
        let said = shown.to_string();
        for kept in ["甲", "乙", "111", "222"] {
            assert!(said.contains(kept), "{}: {kept} is lost: {said}", node.data.display());
        }
        node.verify();
    }
    // The numbers of the lost day were given again: both cases bear theirs, and each is found.
    let rows = cases(&county);
    let number =
        rows.iter().find(|row| row["id"] == meanwhile.as_str()).expect("it is listed")["number"].clone();
    let number = number.as_str().expect("a number").to_owned();
    assert_eq!(rows.iter().filter(|row| row["number"] == number.as_str()).count(), 2);
    let twice = county.try_ask(&Command::CaseShow { number }).unwrap_err();
    assert_eq!(twice["code"], "NUMBER_TWICE");
    assert!(twice["en"].as_str().expect("a sentence").contains(&meanwhile), "{twice}");

    // Everybody was told, after a restart, too, until somebody has seen it.
    assert!(kinds(&county.status()).contains("fork"), "{}", county.status());
    assert!(kinds(&town.status()).contains("fork"));
    assert!(village.stop().success());
    std::fs::remove_dir_all(data.join("sled")).unwrap();
    let village = Node::start(&data);
    assert!(kinds(&village.status()).is_superset(&["fork", "gave_way"].map(str::to_owned).into()));
    assert!(acts(&data).contains("gave_way"));
    wait_cases(&village, &saved);
    village.verify();
    let seen = sanji(&data, &["doctor", "--seen"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(kinds(&village.status()).is_empty());
    // And it goes on.
    saved.insert(file(&village, "之后"));
    wait_cases(&county, &saved);
}

#[test]
fn two_machines_from_one_image_both_keep_what_they_filed() {
    let ground = Ground::new();
    let (county, town, village) = three(&ground);
    let mut saved = BTreeSet::from([file(&village, "共同的")]);
    wait_cases(&county, &saved);
    village.ask(Command::SyncPause);
    assert!(village.stop().success());
    let twin = ground.data("twin");
    copy(&ground.data(VILLAGE), &twin);
    // The second machine has addresses of its own.
    for file in ["link.addr", "http.addr"] {
        std::fs::remove_file(twin.join(file)).unwrap();
    }
    let (one, two) = (Node::start(&ground.data(VILLAGE)), Node::start(&twin));
    for n in 0..4 {
        saved.insert(file(&one, &format!("甲{n}")));
        saved.insert(file(&two, &format!("乙{n}")));
    }
    one.ask(Command::SyncResume);
    one.wait_linked();
    // From now on each drives the other off the line, and both go on filing.
    two.ask(Command::SyncResume);
    saved.insert(file(&one, "甲之后"));
    saved.insert(file(&two, "乙之后"));
    wait_cases(&county, &saved);
    town.wait("told of two pasts", |status| kinds(status).contains("fork"));
    county.wait("told of two pasts", |status| kinds(status).contains("fork"));
    for node in [&town, &county, &one] {
        node.wait("told of two machines", |status| kinds(status).contains("two_machines"));
    }
    let asked = acts(&town.data);
    assert!(asked.contains("two_machines") && asked.contains("fork"), "{asked:?}");

    // The operator stops the second, and everything is calm.
    two.kill();
    saved.insert(file(&one, "最后"));
    for node in [&one, &town, &county] {
        wait_cases(node, &saved);
        node.verify();
    }
    wait_equal(&one, &town, &["directory", CASES]);
    wait_equal(&town, &county, &["directory", CASES]);
}

#[test]
fn a_revoked_village_writes_no_more_and_its_unit_joins_anew() {
    let ground = Ground::new();
    let (county, town, village) = three(&ground);
    let mut saved: BTreeSet<String> = (0..2).map(|n| file(&village, &format!("人{n}"))).collect();
    wait_cases(&county, &saved);
    town.ask(Command::SyncPause);
    let late = file(&village, "未到县级");
    town.wait("holding the late case", |status| status["cases"] == 3);

    assert_eq!(sanji(&county.data, &["revoke", VILLAGE]).refusal(), "REVOKE_UNCONFIRMED");
    assert_eq!(sanji(&county.data, &["revoke", COUNTY, "--yes"]).refusal(), "REVOKE_COUNTY");
    assert_eq!(sanji(&county.data, &["revoke", "64020299", "--yes"]).refusal(), "NO_SUCH_NODE");
    let revoked = done(&county.data, &["revoke", VILLAGE, "--yes"]);
    assert_eq!(revoked["revoked"][0]["entries"], 2);
    town.ask(Command::SyncResume);
    wait_cases(&town, &saved);
    assert!(kinds(&town.status()).contains("cut_off"));
    village.wait("turned away", |status| status["parent"]["state"] != "up");
    wait_equal(&town, &county, &["directory", CASES]);
    // It may go on by itself, but nobody takes it.
    file(&village, "被吊销之后");
    assert!(ids(&village).contains(&late));
    assert_eq!(scope(&town.status(), CASES).0, 2);

    // The unit joins anew, with what counted.
    let data = ground.data("anew");
    let token = ground.token(&county, VILLAGE, &town);
    done(&data, &["join", &token, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    let anew = Node::start(&data);
    wait_cases(&anew, &saved);
    anew.wait_guides(1);
    saved.insert(file(&anew, "重新入网"));
    for node in [&anew, &town, &county] {
        wait_cases(node, &saved);
        node.verify();
    }
}
