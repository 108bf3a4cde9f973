//! The built binary as people and scripts use it: exit codes, one JSON document, errors with a code.
//!
//! Each test has a data directory of its own and waits by reading lines, never by sleeping.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

/// A machine with a data directory that goes away with it.
struct Machine {
    dir: tempfile::TempDir,
}

impl Machine {
    fn empty() -> Machine {
        Machine { dir: tempfile::tempdir().unwrap() }
    }

    fn county() -> Machine {
        let county = Machine::empty();
        let made = county.json(&[
            "init",
            "--unit",
            "640202",
            "--name",
            "大武口区政务服务中心",
            "--listen",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
        ]);
        assert_eq!((&made["unit"], &made["name"]), (&json!("640202"), &json!("大武口区政务服务中心")));
        county
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sanji"));
        command.args(words).env_clear().env("SANJI_DATA", self.data()).env("HOME", self.dir.path());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// The answer of a command that must be done.
    fn json(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        one_document(&output)
    }

    /// The error of a command that must be refused.
    fn refused(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
        one_document(&output)["error"].take()
    }

    fn text(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn one_document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

const UNITS: &str = "code,name,tier,parent_code\n\
    640202001,长胜街道民生服务中心,town,640202\n\
    640202001001,前进村为民办事代办点,village,640202001\n";

/// A guide with all elements but the two dates, which publishing sets.
fn guide(name: &str, code: &str) -> String {
    let said = |key: &str| (key.to_owned(), json!(format!("{key}说明")));
    let mut elements: serde_json::Map<String, Value> = [
        "publisher",
        "scope_of_application",
        "category",
        "legal_basis",
        "accepting_body",
        "deciding_body",
        "conditions",
        "channels",
        "delivery",
        "remedies",
        "consultation",
        "complaints",
        "place_and_hours",
        "progress_query",
        "common_errors",
        "faq",
    ]
    .into_iter()
    .map(said)
    .collect();
    elements.insert("name".into(), json!(name));
    elements.insert("code".into(), json!(code));
    elements.insert("materials".into(), json!([{ "name": "身份证", "originals": 1, "copies": 1 }]));
    elements.insert("procedure".into(), json!([{ "name": "受理", "role": "clerk", "days": 1 }]));
    elements.insert("time_limit".into(), json!({ "promised": { "number": 7, "unit": "working_day" } }));
    for none in ["fees", "forms", "samples"] {
        elements.insert(none.into(), json!("无"));
    }
    json!({ "case_type": "promised", "tiers": ["county", "village"], "要素": elements }).to_string() + "\n"
}

#[test]
fn a_bad_unit_file_is_refused_line_by_line_and_a_good_one_is_taken_whole() {
    let county = Machine::county();
    let bad = county.file(
        "bad.csv",
        &format!("{UNITS}64020200,某街道民生服务中心,town,640202\n640202002,无名,town,640209\n"),
    );
    let error = county.refused(&["org", "import", &bad]);
    let problems = error["problems"].as_array().unwrap();
    assert!(
        problems.iter().all(|p| p["file"] == bad.as_str() && p["line"].as_u64() >= Some(4)),
        "{problems:?}"
    );
    assert!(problems.iter().any(|p| p["line"] == 4 && p["code"] == "ORG_CODE"), "{problems:?}");
    assert!(problems.iter().any(|p| p["line"] == 5), "{problems:?}");
    let people = county.run(&["org", "import", &bad, "--lang", "en"]);
    let complaint = String::from_utf8(people.stderr).unwrap();
    assert!(complaint.starts_with("error[ORG_CODE]: ") && complaint.contains("bad.csv:4: "), "{complaint}");
    assert!(people.stdout.is_empty());
    assert_eq!(county.json(&["org", "list"]).as_array().unwrap().len(), 1, "nothing of it was taken");

    let good = county.file("units.csv", UNITS);
    assert_eq!(county.json(&["org", "import", &good])["added"], 2);
    assert_eq!(county.json(&["org", "import", &good])["unchanged"], 2);
    let units = county.json(&["org", "list"]);
    assert_eq!(units.as_array().unwrap().len(), 3);
    assert_eq!(units[1]["parent_code"], "640202");
    assert_eq!(county.json(&["org", "check"]), json!([]));
    assert!(county.text(&["org", "list", "--lang", "zh"]).contains("前进村为民办事代办点  村"));

    let invited =
        county.json(&["invite", "640202001001", "--parent", "127.0.0.1:7801", "--valid-hours", "2"]);
    assert!(invited["token"].as_str().unwrap().starts_with("sanji1"));
    assert_eq!(invited["addresses"], json!(["127.0.0.1:7801"]));
    assert_eq!(
        county.refused(&["invite", "640202009", "--parent", "127.0.0.1:7801"])["code"],
        "UNIT_UNKNOWN"
    );
}

#[test]
fn a_guide_is_published_and_a_case_goes_its_way() {
    let county = Machine::county();
    let file = county.file(
        "guides.jsonl",
        &(guide("老年人优待证办理", "11640202000000000A4000107001000")
            + "{\"要素\":{\"name\":\"半成品\"}}\n"),
    );
    assert!(county.json(&["guide", "check", &file]).as_array().unwrap().iter().any(|p| p["line"] == 2));
    let imported = county.json(&["guide", "import", &file]);
    assert_eq!((&imported["imported"], &imported["updated"]), (&json!(2), &json!(0)));
    assert_eq!(county.json(&["guide", "import", &file])["unchanged"], 2);
    assert_eq!(county.refused(&["guide", "publish", "半成品"])["code"], "GUIDE_INCOMPLETE");
    let register = [
        "case",
        "register",
        "--guide",
        "老年人优待证办理",
        "--applicant",
        "王小明",
        "--id-number",
        "11010519491231002X",
    ];
    assert_eq!(county.refused(&register)["code"], "GUIDE_NOT_PUBLISHED");
    assert_eq!(county.json(&["guide", "publish", "老年人优待证办理"])["version"], 1);
    assert_eq!(county.json(&["guide", "show", "老年人优待证办理"])["state"], "in_force");
    assert!(county.text(&["guide", "show", "老年人优待证办理"]).contains("12. 申报材料\n  身份证"));
    assert_eq!(county.json(&["guide", "list"]).as_array().unwrap().len(), 3, "two drafts and a version");

    let rollout = county.json(&["guide", "rollout", "老年人优待证办理"]);
    assert_eq!((&rollout["version"], &rollout["units"]), (&json!(1), &json!([])));
    assert_eq!(county.refused(&["guide", "rollout", "半成品"])["code"], "GUIDE_NOT_PUBLISHED");

    let wrong_number = [&register[..7], &["110105194912310021"]].concat();
    assert_eq!(county.refused(&wrong_number)["code"], "ID_CHECK");
    let registered = county
        .json(&[&register[..], &["--field", "applicant.phone=1", "--field", "purpose=补办=急"]].concat());
    let number = registered["number"].as_str().unwrap();
    assert_eq!((number.len(), &registered["state"]), (27, &json!("registered")));
    assert_eq!(county.refused(&["case", "act", number, "receive"])["code"], "CASE_MATERIAL");
    let twice = ["case", "act", number, "receive", "--field", "materials=甲", "--field", "materials=乙"];
    assert_eq!(county.refused(&twice)["code"], "FIELD_TWICE");
    county.json(&["user", "add", "li", "--name", "李", "--unit", "640202", "--role", "clerk"]);
    let received =
        county.json(&["case", "act", number, "receive", "--field", "materials=身份证", "--as", "li"]);
    assert_eq!(received["state"], "received");
    assert_eq!(
        county.refused(&["case", "act", number, "receive", "--field", "materials=身份证"])["code"],
        "CASE_TRANSITION"
    );

    let rows = county.json(&["case", "list", "--state", "received"]);
    assert_eq!((&rows[0]["number"], &rows[0]["applicant"]), (&json!(number), &json!("王**")));
    assert_eq!(rows[0]["delivered_to"], json!(["640202"]));
    assert_eq!(county.json(&["case", "list", "--state", "registered"]), json!([]));
    let shown = county.json(&["case", "show", number]);
    assert_eq!(shown["events"].as_array().unwrap().len(), 2);
    assert_eq!((&shown["fields"]["purpose"], &shown["contact"]["phone"]), (&json!("补办=急"), &json!("1")));
    let people = county.text(&["case", "list", "--lang", "zh"]);
    assert!(people.contains("已收件") && people.contains("王**") && !people.contains("王小明"), "{people}");
    assert!(county.text(&["case", "show", number, "--lang", "zh"]).contains("收件  640202"));
    let verified = county.json(&["verify"]);
    assert_eq!(
        (&verified["bad"], verified["documents"].as_u64() >= Some(5)),
        (&json!([]), true),
        "{verified}"
    );
}

#[test]
fn a_guide_goes_from_hand_to_hand_and_says_so() {
    let county = Machine::county();
    let add = |id: &str, role: &str| {
        county.json(&["user", "add", id, "--name", "测试", "--unit", "640202", "--role", role]);
    };
    add("bianzhi", "guide_editor");
    add("shending", "指南审定员");
    add("fushen", "guide_approver");
    assert_eq!(county.json(&["user", "list"]).as_array().unwrap().len(), 4);
    assert!(county.text(&["user", "list", "--lang", "zh"]).contains("指南审定员"));
    let name = "老年人优待证办理";
    let file = county.file("guides.jsonl", &guide(name, "11640202000000000A4000107001000"));
    county.json(&["guide", "import", &file]);
    county.json(&["guide", "edit", name, "常见问题解答", "", "--as", "bianzhi"]);
    let step = |step: &str, user: &str| county.run(&["guide", step, name, "--as", user, "--json"]);
    assert!(step("sign", "shending").status.success());
    let refused = county.refused(&["guide", "submit", name, "--as", "bianzhi", "--lang", "zh"]);
    assert_eq!(refused["code"], "GUIDE_INCOMPLETE");
    assert!(refused["message"].as_str().unwrap().contains("常见问题解答"), "{refused}");
    let checked = county.json(&["guide", "check", name]);
    assert!(checked.as_array().unwrap().iter().any(|p| p["element"] == "faq" && p["severity"] == "error"));

    county.json(&["guide", "edit", name, "faq", "问：能代办吗？答：能。", "--as", "bianzhi"]);
    for day in ["published_on", "effective_on"] {
        county.json(&["guide", "edit", name, day, "2026-01-01", "--as", "bianzhi"]);
    }
    county.json(&["guide", "edit", name, "name", "ᠨᠡᠷ", "--in", "mn"]);
    assert_eq!(county.refused(&["guide", "approve", name, "--as", "bianzhi"])["code"], "GUIDE_ROLE");
    for (word, user) in [("sign", "fushen"), ("submit", "bianzhi"), ("approve", "shending")] {
        let done = step(word, user);
        assert!(done.status.success(), "{word}: {}", String::from_utf8_lossy(&done.stdout));
    }
    let life = county.text(&["guide", "show", name, "--lang", "zh"]);
    assert!(life.contains("已审定") && life.contains("审定  640202 shending  有效"), "{life}");
    assert!(life.contains("[mn] ᠨᠡᠷ") && life.contains("[mn] （缺译文）"), "{life}");
    assert_eq!(county.json(&["guide", "publish", name, "--as", "shending"])["version"], 1);
    county.json(&["guide", "edit", name, "visits", "2"]);
    let alone = county.refused(&["guide", "publish", name]);
    assert_eq!(alone["code"], "GUIDE_FOUR_EYES", "admin is not the only approver here");
    assert!(step("sign", "fushen").status.success());
    assert_eq!(county.json(&["guide", "publish", name])["version"], 2, "and does what is left at once");
    let differences = county.json(&["guide", "diff", name, "1", "2"]);
    assert!(differences.as_array().unwrap().iter().any(|d| d["subject"] == "visits"), "{differences}");
    assert!(county.text(&["guide", "diff", name, "1", "2", "--lang", "zh"]).contains("“到现场次数”"));

    assert_eq!(county.refused(&["guide", "suspend", name])["code"], "GUIDE_REASON");
    county.json(&["guide", "suspend", name, "--reason", "系统升级"]);
    assert_eq!(county.json(&["guide", "show", name])["state"], "suspended");
    county.json(&["guide", "resume", name]);
    let asked = county.json(&["guide", "correct", name, "电话已改号", "--element", "咨询方式"]);
    county.json(&["guide", "answer", asked["id"].as_str().unwrap(), "accepted", "已更正"]);
    assert_eq!(county.json(&["guide", "corrections"])[0]["state"], "accepted");
    assert!(county.text(&["guide", "corrections", "--lang", "zh"]).contains("采纳"));
    assert_eq!(county.json(&["user", "disable", "bianzhi"])["disabled"], true);
    assert_eq!(
        county.refused(&["guide", "edit", name, "faq", "x", "--as", "bianzhi"])["code"],
        "USER_DISABLED"
    );
    county.json(&["guide", "abolish", name, "--reason", "法规废止"]);
    assert_eq!(county.refused(&["guide", "publish", name])["code"], "GUIDE_ABOLISHED");
    assert_eq!(county.json(&["verify"])["bad"], json!([]));
    assert_eq!(county.json(&["guide", "schema"])["title"], "办事指南 / service guide");
}

#[test]
fn the_guides_of_the_demo_are_complete_and_can_be_published() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/guides.jsonl");
    let county = Machine::county();
    let imported = county.json(&["guide", "import", file.to_str().unwrap()]);
    let guides = imported["guides"].as_array().unwrap();
    assert!(!guides.is_empty());
    for guide in guides {
        assert_eq!(guide["missing"], 0, "{guide}");
        let published = county.json(&["guide", "publish", guide["id"].as_str().unwrap()]);
        assert_eq!(published["version"], 1);
    }
}

#[test]
fn a_malformed_line_is_refused_with_file_line_and_reason() {
    let county = Machine::county();
    let file = county.file("guides.jsonl", &(guide("甲", "1") + "\n{\"要素\":\n[1]\n"));
    let error = county.refused(&["guide", "import", &file, "--lang", "en"]);
    let problems = error["problems"].as_array().unwrap();
    let lines: Vec<&Value> = problems.iter().map(|p| &p["line"]).collect();
    assert_eq!(lines, [&json!(3), &json!(4)], "{problems:?}");
    assert!(problems.iter().all(|p| p["file"] == file.as_str() && !p["en"].as_str().unwrap().is_empty()));
    assert!(error["message"].as_str().unwrap().contains("guides.jsonl:3: "), "{error}");
    assert_eq!(county.json(&["guide", "list"]), json!([]), "nothing of it was taken");
    assert_eq!(county.refused(&["guide", "check", &file])["problems"], error["problems"]);

    let not_text = county.dir.path().join("gbk.jsonl");
    std::fs::write(&not_text, b"{\"\xca\xc2\xcf\xee\":1}").unwrap();
    assert_eq!(county.refused(&["guide", "import", not_text.to_str().unwrap()])["code"], "FILE_ENCODING");
    assert_eq!(county.refused(&["guide", "import", "guides.docx"])["code"], "FILE_KIND");
    assert_eq!(county.refused(&["guide", "import", "/nowhere/x.jsonl"])["code"], "FILE_READ");
}

#[test]
fn limits_end_where_the_law_says() {
    let nobody = Machine::empty();
    for (from, days, due) in [
        ("2018-10-15", "7", "2018-10-24"),
        ("2018-10-15", "10", "2018-10-29"),
        ("2024-09-27", "3", "2024-10-08"),
        ("2026-02-10", "5", "2026-02-24"),
        ("2025-09-30", "1", "2025-10-09"),
    ] {
        let found = nobody.json(&["due", "--from", from, "--days", days]);
        assert_eq!(found, json!({ "due": due, "provisional": false }), "{from} {days}");
        assert_eq!(nobody.text(&["due", "--from", from, "--days", days]), format!("{due}\n"));
    }
    assert_eq!(nobody.json(&["due", "--from", "2031-01-02", "--days", "1"])["provisional"], true);
    let calendar = nobody.file("days.csv", "date,kind\n2031-01-03,holiday\n");
    let found = nobody.json(&["due", "--from", "2031-01-02", "--days", "1", "--calendar", &calendar]);
    assert_eq!(found, json!({ "due": "2031-01-06", "provisional": false }));

    let batch = nobody.file("batch", "2018-10-15,7\n\n2024-09-27,3\n");
    let found = nobody.json(&["due", "--batch", &batch]);
    assert_eq!(
        found,
        json!([{ "due": "2018-10-24", "provisional": false }, { "due": "2024-10-08", "provisional": false }])
    );
    let batch = nobody.file("batch", "2018-10-15,7\n2018-13-15,7\n2018-10-15;7\n");
    let error = nobody.refused(&["due", "--batch", &batch]);
    let lines: Vec<&Value> = error["problems"].as_array().unwrap().iter().map(|p| &p["line"]).collect();
    assert_eq!(lines, [&json!(2), &json!(3)]);
    let batch = nobody.file("batch", "2018-10-15,3650\n2018-10-15,99999999\n");
    let problems = nobody.refused(&["due", "--batch", &batch])["problems"].take();
    assert_eq!((&problems[0]["line"], &problems[0]["code"]), (&json!(2), &json!("DUE_TOO_LONG")));
    assert!(!nobody.data().exists(), "no node was needed");
}

#[test]
fn numbers_are_valid_or_told_why_not() {
    let nobody = Machine::empty();
    assert_eq!(nobody.json(&["id", "check", "ric", "11010519491231002X"])["valid"], true);
    assert_eq!(nobody.json(&["id", "check", "uscc", "91350100M000100Y43"])["valid"], true);
    let output = nobody.run(&["id", "check", "ric", "110105194912310021", "--json"]);
    let told = one_document(&output);
    assert_eq!(
        (output.status.code(), &told["valid"], &told["code"]),
        (Some(1), &json!(false), &json!("ID_CHECK"))
    );
    let output = nobody.run(&["id", "check", "ric", "110105194912310021", "--lang", "en"]);
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error[ID_CHECK]: the check character"));
}

#[test]
fn directories_that_are_taken_empty_or_locked_are_told_apart() {
    let county = Machine::county();
    let again = ["init", "--unit", "640202", "--name", "又一个"];
    assert_eq!(county.refused(&again)["code"], "DATA_TAKEN");
    let lock = std::fs::File::open(county.data().join("lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(county.refused(&["status"])["code"], "NODE_BUSY");
    assert_eq!(county.refused(&["run"])["code"], "NODE_BUSY");
    drop(lock);
    // The api.json of a node that was killed: nobody listens there any more.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    std::fs::write(
        county.data().join("api.json"),
        json!({ "http": nobody.to_string(), "token": "x" }).to_string(),
    )
    .unwrap();
    assert_eq!(county.json(&["status"])["unit"], "640202");
    assert_eq!(county.refused(&["sync", "now"])["code"], "NODE_NOT_RUNNING");

    let empty = Machine::empty();
    assert_eq!(empty.refused(&["case", "list"])["code"], "DATA_EMPTY");
    assert!(!empty.data().exists());
    assert_eq!(empty.refused(&["init", "--unit", "640202001", "--name", "x"])["code"], "UNIT_TIER");
    assert_eq!(empty.refused(&["join", "sanji1abc"])["code"], "TOKEN_TYPO");
}

#[test]
fn a_wrong_usage_is_exit_code_2() {
    let nobody = Machine::empty();
    for words in [
        &["org", "lst"][..],
        &["due"],
        &["case", "act", "1"],
        &["--lang", "fr", "status"],
        &["id", "check", "x", "1"],
        &["due", "--from", "2018-10-15", "--days", "3651"],
        &[],
    ] {
        assert_eq!(nobody.run(words).status.code(), Some(2), "{words:?}");
        let with_json = nobody.run(&[&["--json"], words].concat());
        let said: Value = serde_json::from_slice(&with_json.stdout).expect("one JSON document");
        assert_eq!(
            (with_json.status.code(), &said["error"]["code"]),
            (Some(2), &json!("USAGE")),
            "{words:?}"
        );
    }
    assert_eq!(nobody.run(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let nobody = Machine::empty();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = nobody.command(&["due", "--from", "2018-10-15", "--days", "7"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

/// A running node, killed if a test ends without ending it.
struct Running {
    child: Child,
    ready: Value,
}

impl Running {
    fn start(county: &Machine) -> Running {
        let mut child =
            county.command(&["run"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Running { child, ready: serde_json::from_str(&line).unwrap() }
    }

    fn end(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_running_node_answers_for_its_directory_until_it_is_told_to_end() {
    let county = Machine::county();
    let mut node = Running::start(&county);
    assert_eq!((&node.ready["event"], &node.ready["unit"]), (&json!("ready"), &json!("640202")));
    let status = county.json(&["status"]);
    assert_eq!(
        (&status["unit"], &status["tier"], &status["parent"]),
        (&json!("640202"), &json!("county"), &Value::Null)
    );
    assert_eq!(status["http"], node.ready["http"]);
    assert!(county.text(&["status", "--lang", "en"]).contains("running for"));
    let units = county.file("units.csv", UNITS);
    assert_eq!(county.json(&["org", "import", &units])["added"], 2);
    // Refusals keep their problems on the way through the API.
    let bad = county.file("bad.csv", "code,name,tier,parent_code\n1,x,town,640202\n");
    assert_eq!(county.refused(&["org", "import", &bad])["problems"][0]["line"], 2);
    let again = county.refused(&["run", "--lang", "en"]);
    assert_eq!(again["code"], "NODE_BUSY");
    assert!(again["message"].as_str().unwrap().contains("running"), "{again}");
    assert!(again["message"].as_str().unwrap().contains("already"), "{again}");
    assert_eq!(county.refused(&["init", "--unit", "640202", "--name", "x"])["code"], "DATA_IN_USE");
    assert_eq!(node.end("-TERM"), Some(0));
    assert!(!county.data().join("api.json").exists());
    assert_eq!(county.json(&["org", "list"]).as_array().unwrap().len(), 3, "what the node saved is there");

    let mut node = Running::start(&county);
    assert_eq!(node.end("-INT"), Some(0));
}

#[test]
fn a_taken_port_is_told_once_with_the_file_that_names_it() {
    let county = Machine::empty();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let http = taken.local_addr().unwrap().to_string();
    county.json(&["init", "--unit", "640202", "--name", "县", "--listen", "127.0.0.1:0", "--http", &http]);
    let output = county.run(&["run", "--lang", "zh"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(told.matches(&http).count(), 1, "{told}");
    assert!(told.contains("error[PORT_TAKEN]: 无法监听") && told.contains("地址已被占用"), "{told}");
    assert!(told.contains("config.toml") && !told.contains("--listen"), "{told}");
}

#[test]
fn a_demonstration_with_a_bad_file_starts_nothing() {
    let nobody = Machine::empty();
    let bad = nobody.file("bad.jsonl", "{\"事项名称\":\"甲\"}\n{\n");
    let keep = nobody.dir.path().join("kept");
    let demo = |guides: &str| {
        nobody.refused(&["demo", "--check", "--guides", guides, "--keep", keep.to_str().unwrap()])
    };
    let error = demo(&bad);
    assert_eq!((&error["code"], &error["problems"][0]["line"]), (&json!("GUIDE_JSON"), &json!(2)));
    assert_eq!(demo("/nowhere/x.jsonl")["code"], "FILE_READ");
    assert!(!keep.exists());
}

#[test]
fn a_new_machine_joins_with_a_token() {
    let county = Machine::county();
    let units = county.file("units.csv", UNITS);
    county.json(&["org", "import", &units]);
    let mut node = Running::start(&county);
    let link = node.ready["link"].as_str().unwrap().to_owned();
    let invited = county.json(&["invite", "640202001"]);
    let token = invited["token"].as_str().unwrap();
    assert_eq!(invited["addresses"], json!([link]));

    let town = Machine::empty();
    let joined = town.json(&["join", token, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    assert_eq!((&joined["unit"], &joined["parents"]), (&json!("640202001"), &json!([link])));
    let other = Machine::empty();
    assert_eq!(other.refused(&["join", token])["code"], "JOIN_USED");
    assert!(town.text(&["status", "--lang", "zh"]).contains("未运行"));
    assert_eq!(node.end("-TERM"), Some(0));
}
