//! What goes over the lines: texts that no compressor shortens much, so that bytes are bytes.

use sanji_node::command::Command;
use sanji_node::run::Node;
use sanji_tests::nodes::{County, ask};
use serde_json::Value;

/// A county and one unit below it.
pub const UNITS: [(&str, &str, &str, &str); 2] =
    [("990101", "测试县", "county", ""), ("990101001", "测试镇", "town", "990101")];
pub const COUNTY: usize = 0;
pub const BELOW: usize = 1;
pub const GUIDE: &str = "测试事项";
/// The longest text of a field.
const NOTE_CHARS: usize = 4_000;
/// About what such a note takes in a batch.
pub const NOTE_PACKED_BYTES: u64 = 7_300;
const NOTES_A_CASE: usize = 10;

/// Text of `chars` Chinese characters without a pattern.
pub fn text(chars: usize, seed: &mut u64) -> String {
    let draw = |_| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_u32(0x4E00 + ((*seed >> 33) % 20_000) as u32).expect("a Chinese character")
    };
    (0..chars).map(draw).collect()
}

/// Registers and receives a case; its number.
pub async fn file_case(node: &Node) -> String {
    let register = Command::CaseRegister {
        guide: GUIDE.to_owned(),
        applicant: "测试".to_owned(),
        id_number: "11010519491231002X".to_owned(),
        fields: Default::default(),
        user: None,
    };
    let number = ask(node, register).await["number"].as_str().expect("a number").to_owned();
    act(node, &number, "receive", "materials", "申请表".to_owned()).await;
    number
}

pub async fn act(node: &Node, number: &str, action: &str, field: &str, value: String) {
    let act = Command::CaseAct {
        number: number.to_owned(),
        action: action.to_owned(),
        fields: [(field.to_owned(), value)].into(),
        user: None,
    };
    ask(node, act).await;
}

/// Cuts the node below off by hand and files `notes` notes there.
pub async fn backlog(county: &County, notes: usize) {
    let below = &county.nodes[BELOW];
    county.wait(BELOW, "the guide is here", |status| status["guides"] == 1).await;
    ask(below, Command::SyncPause).await;
    county.wait(COUNTY, "it is gone", |status| status["children"][0]["state"] == "down").await;
    let mut seed = 1;
    let mut number = String::new();
    for n in 0..notes {
        if n % NOTES_A_CASE == 0 {
            number = file_case(below).await;
        }
        act(below, &number, "note", "text", text(NOTE_CHARS, &mut seed)).await;
    }
}

pub fn count(status: &Value, key: &str) -> u64 {
    status["link"][key].as_u64().expect("a count")
}
