//! Bad input and bad circumstances: exit code 1, a sentence, and nothing half done.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use sanji_node::command::Command;
use sanji_tests::processes::{ANYWHERE, COUNTY, Done, GUIDE_LINE, Ground, Node, TOWN, UNITS, VILLAGE, sanji};

fn join(data: &Path, token: &str, more: &[&str]) -> Done {
    sanji(data, &[&["join", token][..], more, &ANYWHERE].concat())
}

/// Changes one line of a node's settings.
fn set(data: &Path, key: &str, value: &str) {
    let path = data.join("config.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = |line: &str| match line.split(" = ").next() == Some(key) {
        true => format!("{key} = {value}\n"),
        false => format!("{line}\n"),
    };
    fs::write(path, text.lines().map(line).collect::<String>()).unwrap();
}

#[test]
fn tokens_are_good_once_for_one_box_for_a_while_and_unchanged() {
    let ground = Ground::new();
    let county = ground.county("county");
    let nodes = || county.ask(Command::OrgList).to_string().matches("\"addresses\"").count();
    let at_first = nodes();
    let token = ground.token(&county, TOWN, &county);
    let box_one = ground.data("one");

    let mut typed: Vec<char> = token.chars().collect();
    typed[20] = if typed[20] == 'a' { 'b' } else { 'a' };
    let typo = join(&box_one, &typed.into_iter().collect::<String>(), &[]);
    assert!(typo.refusal().contains("TYPO"), "{typo:?}");
    assert!(join(&box_one, "hello", &[]).refusal().starts_with("TOKEN"));

    let expired =
        county.ask(Command::Invite { unit: TOWN.into(), parents: vec![county.link.clone()], valid_hours: 0 });
    assert_eq!(join(&box_one, expired["token"].as_str().unwrap(), &[]).refusal(), "JOIN_EXPIRED");
    assert_eq!(sanji(&box_one, &["run"]).refusal(), "DATA_EMPTY");
    assert_eq!(nodes(), at_first, "nobody was enrolled");

    // The same box may try again after all that, and with a token that worked another box may not.
    assert_eq!(join(&box_one, &token, &[]).code, Some(0));
    assert_eq!(join(&ground.data("two"), &token, &[]).refusal(), "JOIN_USED");
    assert_eq!(join(&box_one, &token, &[]).refusal(), "DATA_TAKEN");
    assert_eq!(nodes(), at_first + 1);

    let unknown = sanji(&county.data, &["invite", "640299"]);
    assert_eq!(unknown.refusal(), "UNIT_UNKNOWN", "{unknown:?}");
    assert_eq!(sanji(&county.data, &["invite", "12"]).refusal(), "BAD_ARGUMENT");
}

#[test]
fn a_county_takes_no_node_of_another_authority() {
    let ground = Ground::new();
    let (ours, theirs) = (ground.county("ours"), ground.county("theirs"));
    // A new box whose token is ours is sent to their address.
    let token = ground.token(&ours, VILLAGE, &ours);
    let lured = join(&ground.data("lured"), &token, &["--parent", &theirs.link]);
    assert_eq!(lured.refusal(), "JOIN_OTHER_AUTHORITY");

    // An enrolled box is pointed at them by its settings.
    let town = ground.join(&ours, TOWN, &ours);
    town.wait_linked();
    let data = town.data.clone();
    assert!(town.stop().success());
    set(&data, "parents", &format!("[\"{}\"]", theirs.link));
    let town = Node::start(&data);
    let status = town.wait("told why it is not let in", |status| status["parent"]["trouble"].is_object());
    let trouble = &status["parent"]["trouble"];
    assert!(trouble["code"].as_str().unwrap().contains("AUTHORITY"), "{trouble}");
    assert!(trouble["en"].as_str().unwrap().contains(' ') && !trouble["zh"].as_str().unwrap().is_empty());
    assert_ne!(status["parent"]["state"], "up");
    assert_eq!(theirs.status()["children"], serde_json::json!([]));
    assert_eq!(theirs.status()["quarantined"], 0);
}

#[test]
fn a_taken_port_and_a_locked_directory_are_said_so() {
    let ground = Ground::new();
    let county = ground.county("county");
    let data = county.data.clone();
    assert!(["DATA_IN_USE", "NODE_BUSY"].contains(&sanji(&data, &["run"]).refusal()));
    assert_eq!(sanji(&data, &["init", "--unit", COUNTY, "--name", "x"]).refusal(), "DATA_IN_USE");
    assert!(county.stop().success());
    assert_eq!(sanji(&data, &["init", "--unit", COUNTY, "--name", "x"]).refusal(), "DATA_TAKEN");

    let (udp, tcp) = (UdpSocket::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    set(&data, "listen", &format!("\"{}\"", udp.local_addr().unwrap()));
    let refused = sanji(&data, &["run"]);
    assert_eq!(refused.refusal(), "PORT_TAKEN");
    assert!(
        refused.json["error"]["message"].as_str().unwrap().contains(&udp.local_addr().unwrap().to_string())
    );
    set(&data, "listen", "\"127.0.0.1:0\"");
    set(&data, "http", &format!("\"{}\"", tcp.local_addr().unwrap()));
    assert_eq!(sanji(&data, &["run"]).refusal(), "PORT_TAKEN");
    set(&data, "http", "\"127.0.0.1:0\"");
    set(&data, "lang", "\"fr\"");
    let settings = sanji(&data, &["run"]);
    assert_eq!(settings.refusal(), "SETTINGS");
    set(&data, "lang", "\"zh\"");
    assert!(Node::start(&data).stop().success());
}

#[test]
fn a_file_with_a_bad_line_changes_nothing() {
    let ground = Ground::new();
    let county = ground.county("county");
    let before =
        (county.ask(Command::OrgList), county.ask(Command::GuideList), county.status()["scopes"].clone());

    let more = "640202002,新镇,town,640202\n640202002001,新村,village,640202002\n640202003,坏镇,city,640202\n12,x,town,640202\n";
    let refused = sanji(&county.data, &["org", "import", &ground.file("bad.csv", &format!("{UNITS}{more}"))]);
    assert!(refused.refusal().starts_with("ORG_"));
    let problems = refused.json["error"]["problems"].as_array().unwrap();
    let lines: Vec<u64> = problems.iter().map(|problem| problem["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [8, 9], "{problems:?}");
    assert!(problems.iter().all(|p| p["file"].as_str().unwrap().ends_with("bad.csv")
        && p["en"].is_string()
        && p["zh"].is_string()));

    let good = GUIDE_LINE.trim_end().replace("模拟事项", "另一事项");
    let bad = format!("{good}\n{{\"事项名称\": \n[]\n");
    let refused = sanji(&county.data, &["guide", "import", &ground.file("bad.jsonl", &bad)]);
    assert_eq!(refused.refusal(), "GUIDE_JSON");
    let problems = refused.json["error"]["problems"].as_array().unwrap();
    let found: Vec<(u64, &str)> =
        problems.iter().map(|p| (p["line"].as_u64().unwrap(), p["code"].as_str().unwrap())).collect();
    assert_eq!(found, [(2, "GUIDE_JSON"), (3, "GUIDE_NOT_OBJECT")]);

    let latin = ground.data("latin.csv");
    fs::write(&latin, b"code,name\n1,\xe9\n").unwrap();
    assert_eq!(
        sanji(&county.data, &["org", "import", &latin.display().to_string()]).refusal(),
        "FILE_ENCODING"
    );
    assert_eq!(sanji(&county.data, &["org", "import", "/nowhere/units.csv"]).refusal(), "FILE_READ");

    let after =
        (county.ask(Command::OrgList), county.ask(Command::GuideList), county.status()["scopes"].clone());
    assert_eq!(before, after);
}
