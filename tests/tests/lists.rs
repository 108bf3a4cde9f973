//! Lists of the county reach a village and switch there by its own clock, off line; and nobody else's lists count.

#[path = "lists/cases.rs"]
mod cases;
#[path = "lists/desk.rs"]
mod desk;
#[path = "lists/exports.rs"]
mod exports;
#[path = "lists/papers.rs"]
mod papers;
#[path = "lists/public.rs"]
mod public;
#[path = "lists/watch.rs"]
mod watch;

use std::time::Duration;

use sanji_model::lang::Say as _;
use sanji_model::local;
use sanji_node::command::Command;
use sanji_node::run::Node;
use sanji_sync::Time;
use sanji_tests::lone::{Founder, GUIDE, Lone, NOW, VILLAGE};
use sanji_tests::nodes::{County, ask};
use serde_json::{Value, json};

const LISTS: &str = concat!(
    r#"{"kind":"即办","name":"即办清单","document":"试政办〔2026〕3号","items":[{"name":"模拟事项"},{"name":"没有的事项"}]}"#,
    "\n",
    r#"{"kind":"tolerance","name":"容缺清单","items":[{"name":"模拟事项"}]}"#,
);

fn import(node: &mut Lone, text: &str, bundles: bool) -> Value {
    node.ask(Command::ListImport { text: text.to_owned(), file: "lists.jsonl".into(), bundles })
}

fn publish(node: &mut Lone, name: &str, effective: Option<&str>) -> Value {
    node.ask(Command::ListPublish { id: name.into(), effective: effective.map(str::to_owned) })
}

/// The midnight, in China, with which the day begins that comes `days` after today.
fn midnight(days: u64) -> (Time, String) {
    let day = local::date(NOW.plus_ms(days * 86_400_000));
    (local::day_begins(day), day.to_string())
}

fn kinds(node: &mut Lone, now: Time) -> Vec<String> {
    let said = node.ask_at(now, Command::ListSwitches { item: GUIDE.into(), date: None });
    said["lists"].as_array().unwrap().iter().map(|list| list["kind"].as_str().unwrap().to_owned()).collect()
}

/// The type of a case that the node registers at that time.
fn case_type(node: &mut Lone, now: Time) -> String {
    let case = node.ask_at(
        now,
        Command::CaseRegister {
            guide: GUIDE.into(),
            applicant: "测试".into(),
            id_number: "11010519491231002X".into(),
            fields: Default::default(),
            user: None,
        },
    );
    let number = case["number"].as_str().unwrap().to_owned();
    let shown = node.ask_at(now, Command::CaseShow { number });
    shown["case_type"].as_str().unwrap().to_owned()
}

#[test]
fn a_list_takes_force_and_ends_at_midnight_at_a_village_off_line() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    let said = import(&mut county, LISTS, false);
    assert_eq!((said["imported"].as_u64(), said["problems"].as_array().map(Vec::len)), (Some(2), Some(1)));
    assert_eq!(said["problems"][0]["code"], "LIST_ITEM_UNKNOWN");
    assert!(said["problems"][0]["zh"].as_str().unwrap().contains("没有的事项"));
    let again = import(&mut county, LISTS, false);
    assert_eq!((again["imported"].as_u64(), again["unchanged"].as_u64()), (Some(0), Some(2)));

    let (begins, day) = midnight(2);
    let (ends, end) = midnight(5);
    assert_eq!(publish(&mut county, "即办清单", Some(&day))["effective_on"], json!(day));
    publish(&mut county, "容缺清单", None);
    county.ask(Command::ListEnd { id: "即办清单".into(), on: Some(end) });
    village.import(&county.export(VILLAGE, false).unwrap()).unwrap();

    let before = |time: Time| Time(time.0 - 1);
    assert_eq!(kinds(&mut village, NOW), ["tolerance"]);
    assert_eq!(kinds(&mut village, before(begins)), ["tolerance"]);
    assert_eq!(case_type(&mut village, before(begins)), "promised");
    assert_eq!(kinds(&mut village, begins), ["tolerance", "on_the_spot"]);
    assert_eq!(case_type(&mut village, begins), "on_the_spot");
    assert_eq!(case_type(&mut village, before(ends)), "on_the_spot");
    assert_eq!(
        (kinds(&mut village, ends), case_type(&mut village, ends)),
        (vec!["tolerance".to_owned()], "promised".to_owned())
    );
    let listed = village.ask_at(begins, Command::ListList { bundles: false });
    let states: Vec<&str> =
        listed.as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["in_force", "in_force"], "drafts stay at the county");
    county.verify();
    village.verify();
}

#[test]
fn only_the_county_writes_lists() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    import(&mut county, LISTS, false);
    publish(&mut county, "容缺清单", None);
    village.import(&county.export(VILLAGE, false).unwrap()).unwrap();
    let text = LISTS.to_owned();
    for command in [
        Command::ListImport { text, file: "x".into(), bundles: false },
        Command::ListPublish { id: "容缺清单".into(), effective: None },
        Command::ListEnd { id: "容缺清单".into(), on: None },
    ] {
        assert_eq!(village.try_ask(command).unwrap_err().code(), "NOT_COUNTY");
    }
    let refused = |node: &mut Lone, command| node.try_ask(command).unwrap_err().code();
    let end = |on: &str| Command::ListEnd { id: "容缺清单".into(), on: Some(on.into()) };
    assert_eq!(refused(&mut county, end("2020-01-01")), "BAD_ARGUMENT");
    assert_eq!(
        refused(&mut county, Command::ListEnd { id: "即办清单".into(), on: None }),
        "LIST_NOT_PUBLISHED"
    );
    assert_eq!(
        refused(&mut county, Command::ListShow { id: "别的".into(), version: None }),
        "LIST_NOT_FOUND"
    );
    let early = Command::ListPublish { id: "即办清单".into(), effective: Some("2020-01-01".into()) };
    assert_eq!(refused(&mut county, early), "BAD_ARGUMENT");
}

#[test]
fn a_bundle_names_its_items_and_asks_for_each_material_once() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    county.publish("另一事项");
    let text = r#"{"name":"两事一办","items":[{"name":"模拟事项"},{"name":"另一事项"}]}"#;
    assert_eq!(import(&mut county, text, true)["lists"][0]["kind"], "bundle");
    assert_eq!(publish(&mut county, "两事一办", None)["problems"], json!([]));
    village.import(&county.export(VILLAGE, false).unwrap()).unwrap();
    assert_eq!(village.ask(Command::ListList { bundles: false }), json!([]));
    assert_eq!(village.ask(Command::ListList { bundles: true }).as_array().map(Vec::len), Some(1));
    let shown = village.ask(Command::ListShow { id: "两事一办".into(), version: None });
    assert_eq!(shown["state"], "in_force");
    let materials = shown["materials"].as_array().unwrap();
    let one = village.ask(Command::GuideShow { id: GUIDE.into(), version: None });
    let of_one = one["guide"]["要素"]["materials"].as_array().unwrap();
    assert_eq!(materials.len(), of_one.len(), "both guides ask for the same");
    assert!(materials.iter().all(|row| row["items"] == json!(["模拟事项", "另一事项"])), "{materials:?}");
    assert_eq!(kinds(&mut village, NOW), ["bundle"]);
}

#[test]
fn a_bundle_means_the_countys_guide_and_not_a_villages_draft_of_that_name() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.ask(Command::UserAdd {
        id: "xiaoli".into(),
        name: "小李".into(),
        unit: VILLAGE.into(),
        roles: vec!["guide_editor".into()],
        user: None,
        deputy: None,
    });
    county.carry(&mut village);
    let text = include_str!("../src/sim/guide.jsonl").replace("申请表", "假材料");
    village.ask(Command::GuideImport { text, file: "x.jsonl".into(), user: Some("xiaoli".into()) });
    village.carry(&mut county);
    county.publish(GUIDE);
    import(&mut county, r#"{"name":"一事","items":[{"name":"模拟事项"}]}"#, true);
    let shown = county.ask(Command::ListShow { id: "一事".into(), version: None });
    assert_eq!(shown["materials"][0]["name"], "申请表", "{shown}");
}

/// Until a node says of the item what is wanted.
async fn wait_lists(node: &Node, wanted: &[&str]) -> Value {
    let switches = Command::ListSwitches { item: GUIDE.into(), date: None };
    let come = async {
        loop {
            let said = ask(node, switches.clone()).await;
            let kinds: Vec<&str> =
                said["lists"].as_array().unwrap().iter().filter_map(|list| list["kind"].as_str()).collect();
            if kinds == wanted {
                break said.clone();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), come).await.expect("the lists come")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_published_at_the_county_switches_a_village_behind_a_town() {
    let rows = [
        ("640202", "测试县", "county", ""),
        ("640202001", "测试镇", "town", "640202"),
        ("640202001001", "测试村", "village", "640202001"),
    ];
    let county = County::start(&rows).await;
    let (centre, town, village) = (&county.nodes[0], &county.nodes[1], &county.nodes[2]);
    county.publish(GUIDE).await;
    wait_lists(village, &[]).await;
    county.wait(2, "the guide", |status| status["guides"] == 1).await;
    let case_type = async || {
        let register = Command::CaseRegister {
            guide: GUIDE.into(),
            applicant: "测试".into(),
            id_number: "11010519491231002X".into(),
            fields: Default::default(),
            user: None,
        };
        let number = ask(village, register).await["number"].as_str().unwrap().to_owned();
        ask(village, Command::CaseShow { number }).await["case_type"].take()
    };
    assert_eq!(case_type().await, "promised");

    let text = LISTS.to_owned();
    ask(centre, Command::ListImport { text, file: "lists.jsonl".into(), bundles: false }).await;
    // Published while the town is cut off from the county, and the village serves on as before.
    ask(town, Command::SyncPause).await;
    county.wait(1, "cut off", |status| status["parent"]["state"] == "paused").await;
    ask(centre, Command::ListPublish { id: "即办清单".into(), effective: None }).await;
    assert_eq!(case_type().await, "promised");
    ask(town, Command::SyncResume).await;
    let said = wait_lists(village, &["on_the_spot"]).await;
    assert_eq!(said["lists"][0]["document"], "试政办〔2026〕3号");
    assert_eq!(case_type().await, "on_the_spot");

    // A second kind comes to the town and through it; the end of the first goes the same way.
    ask(centre, Command::ListPublish { id: "容缺清单".into(), effective: None }).await;
    wait_lists(village, &["tolerance", "on_the_spot"]).await;
    wait_lists(town, &["tolerance", "on_the_spot"]).await;
    ask(centre, Command::ListEnd { id: "即办清单".into(), on: None }).await;
    wait_lists(village, &["tolerance"]).await;
    assert_eq!(case_type().await, "promised");
    county.stop().await;
}
