//! Two editors of one draft, at the county and at a department, on real nodes while the line is cut.

use std::time::Duration;

use sanji_node::command::Command;
use sanji_node::run::Node;
use sanji_tests::nodes::{County, ask, digest};
use serde_json::{Value, json};

use super::{edit, import, show, step};

const ROWS: [(&str, &str, &str, &str); 2] =
    [("640202", "测试县", "county", ""), ("640290", "测试县民政局", "county", "640202")];
/// Longest wait for a state that must come.
const PATIENCE: Duration = Duration::from_secs(60);
const DRAFTS: &str = "drafts/640290";

async fn refused(node: &Node, command: Command) -> (String, String) {
    let refusal = node.asker().ask(command).await.unwrap().unwrap_err();
    let json = refusal.to_json();
    (json["code"].as_str().unwrap().to_owned(), json["zh"].as_str().unwrap().to_owned())
}

/// Until both hold the same drafts, and show them.
async fn wait_equal(county: &County) {
    let equal = async {
        loop {
            let (above, below) = (county.status(0).await, county.status(1).await);
            let known = digest(&above, DRAFTS);
            let followed = above["behind"] == 0 && below["behind"] == 0;
            if !known.is_null() && known == digest(&below, DRAFTS) && followed {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, equal).await.expect("they come to the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn different_elements_merge_and_the_same_one_keeps_both_and_asks() {
    let county = County::start(&ROWS).await;
    let (centre, department) = (&county.nodes[0], &county.nodes[1]);
    county.wait(1, "placed in the directory", |status| status["name"] == ROWS[1].1).await;
    let user = Command::UserAdd {
        id: "qianshu".into(),
        name: "签署人".into(),
        unit: "640290".into(),
        roles: vec!["guide_approver".into(), "guide_editor".into()],
        user: None,
        deputy: None,
    };
    ask(centre, user).await;
    ask(department, import()).await;
    wait_equal(&county).await;

    ask(department, Command::SyncPause).await;
    county.wait(1, "cut off", |status| status["parent"]["state"] == "paused").await;
    ask(department, edit("faq", "问：民政局改的？答：是。")).await;
    ask(department, edit("delivery", "窗口领取")).await;
    ask(centre, edit("faq", "问：中心改的？答：是。")).await;
    ask(centre, edit("conditions", "本县居民")).await;
    ask(department, Command::SyncResume).await;
    county.wait(1, "linked", |status| status["parent"]["state"] == "up").await;
    wait_equal(&county).await;

    let (above, below) = (ask(centre, show()).await, ask(department, show()).await);
    assert_eq!(above, below, "both show the same");
    let elements = &above["guide"]["要素"];
    assert_eq!((&elements["delivery"], &elements["conditions"]), (&json!("窗口领取"), &json!("本县居民")));
    let conflicts = above["conflicts"].as_array().unwrap();
    assert_eq!((conflicts.len(), &conflicts[0]["element"]), (1, &json!("faq")));
    let sides = conflicts[0]["sides"].as_array().unwrap();
    let side = |text: &str| sides.iter().find(|side| side["text"] == text).unwrap();
    let (theirs, ours) = (side("问：民政局改的？答：是。"), side("问：中心改的？答：是。"));
    assert_eq!((&theirs["unit"], &ours["unit"]), (&json!("640290"), &json!("640202")));
    assert_eq!((&theirs["user"], &ours["user"]), (&Value::Null, &json!("admin")));
    assert!(sides.iter().all(|side| side["at"].as_u64() > Some(1_700_000_000_000)), "{sides:?}");
    let found = ask(centre, Command::GuideCheck { id: sanji_tests::lone::GUIDE.into() }).await;
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("GUIDE_CONFLICT"), &json!("error")));

    // Nobody can stand for it, anywhere.
    for (node, user) in [(department, Some("qianshu")), (centre, None)] {
        for wanted in ["sign", "publish"] {
            let (code, words) = refused(node, step(wanted, user)).await;
            let expected =
                if node.unit == centre.unit || wanted == "sign" { "GUIDE_CONFLICT" } else { "GUIDE_COUNTY" };
            assert_eq!(code, expected);
            assert!(code != "GUIDE_CONFLICT" || words.contains("常见问题解答"), "{words}");
        }
    }
    let choose = |choice| Command::GuideChoose {
        id: sanji_tests::lone::GUIDE.into(),
        field: "常见问题解答".into(),
        choice,
        user: None,
    };
    assert_eq!(refused(department, choose(3)).await.0, "GUIDE_CHOICE");
    let chosen = sides.iter().find(|side| side["unit"] == "640202").unwrap()["choice"].as_u64().unwrap();
    ask(department, choose(chosen as usize)).await;
    assert_eq!(refused(department, choose(1)).await.0, "GUIDE_NO_CONFLICT");
    ask(department, step("sign", Some("qianshu"))).await;
    ask(department, step("submit", Some("qianshu"))).await;
    wait_equal(&county).await;
    let settled = ask(centre, show()).await;
    assert_eq!((&settled["conflicts"], &settled["state"]), (&json!([]), &json!("in_review")));
    assert_eq!(settled["guide"]["要素"]["faq"], "问：中心改的？答：是。");
    county.stop().await;
}
