//! What cases need of a node beside their rules: people and deputies, figures that add up, duplicates, bundles, forwarding,
//! calendars, cases of another system. Between the nodes files are carried.

use std::collections::BTreeMap;

use sanji_node::command::Command;
use sanji_sync::Time;
use sanji_tests::lone::{COUNTY, Founder, GUIDE, Lone, NOW, TOWN, VILLAGE};
use serde_json::{Value, json};

const DAY: u64 = 86_400_000;

fn user(county: &mut Lone, id: &str, unit: &str, roles: &[&str], deputy: Option<&str>) {
    county.ask(Command::UserAdd {
        id: id.into(),
        name: format!("用户{id}"),
        unit: unit.into(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        user: None,
        deputy: deputy.map(str::to_owned),
    });
}

fn act(number: &str, action: &str, pairs: &[(&str, &str)], user: Option<&str>) -> Command {
    let fields = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Command::CaseAct { number: number.into(), action: action.into(), fields, user: user.map(str::to_owned) }
}

fn register(guide: &str) -> Command {
    Command::CaseRegister {
        guide: guide.into(),
        applicant: "王小明".into(),
        id_number: "11010519491231002X".into(),
        fields: BTreeMap::from([("applicant.phone".into(), "13900000000".into())]),
        user: None,
    }
}

fn filed(node: &mut Lone) -> String {
    node.ask(register(GUIDE))["number"].as_str().unwrap().to_owned()
}

fn show(node: &mut Lone, number: &str) -> Value {
    node.ask(Command::CaseShow { number: number.into() })
}

fn stats(node: &mut Lone, unit: &str) -> Value {
    node.ask(Command::Stats { unit: Some(unit.into()), by: None, from: None, to: None })
}

/// All three have the county's guide and people.
fn county_town_village(founder: &Founder) -> (Lone, Lone, Lone) {
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    for (id, role) in [("qian", "clerk"), ("sun", "handler"), ("li", "reviewer"), ("zhou", "decider")] {
        user(&mut county, id, COUNTY, &[role], None);
    }
    county.carry(&mut town);
    county.carry(&mut village);
    (county, town, village)
}

#[test]
fn the_villages_add_up_to_the_town_and_the_towns_to_the_county() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = county_town_village(&founder);
    let received = |node: &mut Lone, n: usize| {
        for _ in 0..n {
            let number = filed(node);
            node.ask(act(&number, "receive", &[("materials", "申请表")], None));
        }
    };
    received(&mut village, 3);
    received(&mut town, 2);
    received(&mut county, 1);
    filed(&mut village);
    village.carry(&mut town);
    village.carry(&mut county);
    town.carry(&mut county);
    for (unit, registered, received) in [(VILLAGE, 4, 3), (TOWN, 6, 5), (COUNTY, 7, 6)] {
        let said = stats(&mut county, unit);
        assert_eq!(
            (&said["total"]["registered"], &said["total"]["received"]),
            (&json!(registered), &json!(received))
        );
    }
    let [at_village, at_town] = [stats(&mut village, VILLAGE), stats(&mut county, VILLAGE)];
    assert_eq!(at_village, at_town, "the same at home and above");
    assert_eq!(stats(&mut town, TOWN), stats(&mut county, TOWN));
    let standing = stats(&mut county, COUNTY)["standing"].take();
    assert_eq!(standing, json!([{ "state": "registered", "cases": 1 }, { "state": "received", "cases": 6 }]));
    let ledger = |after| Command::Ledger { unit: Some(VILLAGE.into()), month: month(), after, limit: 3 };
    let first = county.ask(ledger(None));
    let rest = county.ask(ledger(first["next"].as_str().map(str::to_owned)));
    let numbers: Vec<&str> =
        [&first, &rest].iter().flat_map(|page| page["rows"].as_array().unwrap()).map(number_of).collect();
    assert_eq!((numbers.len(), numbers.is_sorted(), &rest["next"]), (4, true, &Value::Null));
    county.verify();
    county.lose_derived();
    assert_eq!(stats(&mut county, VILLAGE), at_village, "counted anew from the journal");
}

fn number_of(row: &Value) -> &str {
    row["number"].as_str().unwrap()
}

fn month() -> String {
    let day = sanji_model::local::date(NOW);
    format!("{:04}-{:02}", day.year(), day.month())
}

#[test]
fn one_matter_registered_at_two_places_apart_is_shown_and_never_merged() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = county_town_village(&founder);
    let (here, there) = (filed(&mut village), filed(&mut town));
    assert_eq!(show(&mut village, &here)["duplicates"], json!([]), "nobody here can know");
    village.carry(&mut county);
    town.carry(&mut county);
    assert_eq!(show(&mut county, &here)["duplicates"], json!([{ "number": there, "unit": TOWN }]));
    assert_eq!(show(&mut county, &there)["duplicates"], json!([{ "number": here, "unit": VILLAGE }]));
    let found = county.ask(Command::CaseSearch { text: "11010519491231002x".into(), limit: 9 });
    let found = found.as_array().unwrap();
    assert!(found.len() == 2 && found.iter().all(|row| row["duplicates"].is_array()), "{found:?}");
    county.ask(act(&there, "withdraw", &[], None));
    assert_eq!(show(&mut county, &here)["duplicates"], json!([]), "one of them is over");
    let known = village.ask(Command::CaseApplicant { id_number: "11010519491231002X".into(), user: None });
    assert_eq!((&known["applicant"], &known["contact"]["phone"]), (&json!("王小明"), &json!("13900000000")));
    assert_eq!(
        county.ask(Command::CaseApplicant { id_number: "11010519491231002X".into(), user: None }),
        Value::Null
    );
}

#[test]
fn a_deputy_acts_in_the_place_of_an_absent_colleague_and_says_so() {
    let founder = Founder::new();
    let (mut county, ..) = county_town_village(&founder);
    user(&mut county, "bo", COUNTY, &["issuer"], None);
    user(&mut county, "sun", COUNTY, &["handler"], Some("bo"));
    let number = filed(&mut county);
    county.ask(act(&number, "receive", &[("materials", "申请表")], Some("qian")));
    county.ask(act(&number, "accept", &[], Some("qian")));
    assert_eq!(county.refused(act(&number, "handle", &[], Some("bo"))), "CASE_ROLE");
    county.ask(Command::UserAbsent { id: "sun".into(), absent: true, user: None });
    county.ask(act(&number, "handle", &[], Some("bo")));
    let by = show(&mut county, &number)["events"].as_array().unwrap().last().unwrap()["by"].clone();
    assert_eq!(
        (&by["user"], &by["instead_of"], &by["role"]),
        (&json!("bo"), &json!("sun"), &json!("handler"))
    );
    county.ask(Command::UserAbsent { id: "sun".into(), absent: false, user: None });
    assert_eq!(county.refused(act(&number, "handle", &[], Some("bo"))), "CASE_TRANSITION");
}

#[test]
fn a_calendar_that_arrives_makes_provisional_limits_certain_on_every_node() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = county_town_village(&founder);
    let new_year = sanji_model::local::day_begins(jiff::civil::Date::constant(2026, 12, 30)).plus_ms(DAY / 2);
    let number = village.file_case_at(new_year, "跨年");
    village.ask_at(new_year, act(&number, "receive", &[("materials", "申请表")], None));
    let due = |node: &mut Lone| {
        let list = node.ask_at(new_year, Command::CaseSearch { text: number.clone(), limit: 1 });
        (list[0]["due"].clone(), list[0]["due_provisional"].clone())
    };
    village.carry(&mut town);
    village.carry(&mut county);
    let before = due(&mut village);
    assert_eq!(before.1, json!(true), "{before:?}");
    let text = "date,kind\n2027-01-01,holiday\n2027-01-04,holiday\n".to_owned();
    let said = county.ask(Command::CalendarImport { text, file: "2027.csv".into(), user: None });
    assert_eq!(said["changed"], 1);
    county.carry(&mut village);
    county.carry(&mut town);
    let after = due(&mut village);
    assert_eq!(after.1, json!(false));
    assert_ne!(after.0, before.0);
    assert_eq!((due(&mut county), due(&mut town)), (after.clone(), after));
    village.verify();
}

#[test]
fn a_forwarded_case_goes_on_under_a_number_of_the_unit_that_forwarded_it() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = county_town_village(&founder);
    let number = filed(&mut village);
    village.ask(act(&number, "receive", &[("materials", "申请表|scan")], None));
    village.carry(&mut town);
    let said = town.ask(act(&number, "forward", &[("to", COUNTY)], None));
    let linked = said["linked"].as_str().unwrap().to_owned();
    town.carry(&mut county);
    let (old, new) = (show(&mut county, &number), show(&mut county, &linked));
    assert_eq!(
        (&old["state"], &new["state"], &new["origin"]),
        (&json!("forwarded"), &json!("registered"), &json!(number))
    );
    // It lies where the old one does, so that the village sees what becomes of it; the county has it, and nobody else.
    assert_eq!(
        (&new["unit"], &new["custody"], &new["contact"]["phone"]),
        (&json!(VILLAGE), &json!(COUNTY), &json!("13900000000"))
    );
    assert!(linked.starts_with(TOWN), "the town gave it its number");
    let held = |node: &mut Lone| {
        let state = "registered".into();
        let queue = node.ask(Command::CaseQueue { unit: None, state, after: None, limit: 10 });
        queue["rows"].as_array().unwrap().iter().any(|row| row["number"] == json!(linked))
    };
    assert_eq!((held(&mut county), held(&mut town)), (true, false));
    town.carry(&mut village);
    assert_eq!(show(&mut village, &linked)["custody"], json!(COUNTY));
    assert_eq!(town.refused(act(&linked, "note", &[("text", "x")], None)), "CASE_CUSTODY");
    county.ask(act(&linked, "receive", &[], None));
    assert_eq!(
        show(&mut county, &linked)["materials"][0]["source"],
        "scan",
        "what was handed in goes with it"
    );
}

#[test]
fn a_bundle_asks_for_each_material_once_and_is_over_after_its_parts() {
    let founder = Founder::new();
    let (mut county, ..) = county_town_village(&founder);
    let text = r#"{"name":"我要开店","items":[{"name":"模拟事项"}]}"#.to_owned();
    county.ask(Command::ListImport { text, file: "b.jsonl".into(), bundles: true });
    county.ask(Command::ListPublish { id: "我要开店".into(), effective: None });
    let said = county.ask(Command::CaseBundle {
        bundle: "我要开店".into(),
        applicant: "王小明".into(),
        id_number: "11010519491231002X".into(),
        fields: BTreeMap::new(),
        user: None,
    });
    let (parent, part) = (
        said["number"].as_str().unwrap().to_owned(),
        said["parts"][0]["number"].as_str().unwrap().to_owned(),
    );
    county.ask(act(&parent, "receive", &[("materials", "申请表")], Some("qian")));
    county.ask(act(&part, "receive", &[], Some("qian")));
    assert_eq!(show(&mut county, &part)["materials"][0]["name"], "申请表", "came with the parent");
    let go = |county: &mut Lone, number: &str| {
        county.ask(act(number, "accept", &[], Some("qian")));
        county.ask(act(number, "handle", &[], Some("sun")));
        county.ask(act(number, "review", &[], Some("li")));
        county.ask(act(number, "decide", &[("outcome", "grant")], Some("zhou")));
    };
    go(&mut county, &parent);
    let conclude = |number: &str| act(number, "conclude", &[("result", "0")], Some("zhou"));
    // However many other cases the person has.
    for _ in 0..210 {
        county.ask(Command::CaseRegister {
            guide: GUIDE.to_owned(),
            applicant: "王小明".into(),
            id_number: "11010519491231002X".into(),
            fields: BTreeMap::new(),
            user: None,
        });
    }
    assert_eq!(county.refused(conclude(&parent)), "CASE_PARTS_OPEN");
    go(&mut county, &part);
    county.ask(conclude(&part));
    county.ask(conclude(&parent));
    assert_eq!(show(&mut county, &parent)["parts"], json!([{ "number": part, "state": "concluded" }]));
}

#[test]
fn cases_of_another_system_come_in_line_by_line_whole_or_not_at_all() {
    let founder = Founder::new();
    let (mut county, _, mut village) = county_town_village(&founder);
    user(&mut county, "qianyi", VILLAGE, &["administrator", "agent"], None);
    user(&mut county, "lin", VILLAGE, &["agent"], None);
    county.carry(&mut village);
    let day = |days: u64| Time(NOW.0 - days * DAY).0;
    let line = |events: Value| {
        json!({
            "guide": GUIDE, "applicant": "王小明", "id_number": "11010519491231002X", "at": day(9), "events": events,
        })
        .to_string()
    };
    let good = json!([
        { "action": "receive", "at": day(8), "fields": { "materials": "申请表" } },
        { "action": "withdraw", "at": day(7), "by": { "role": "agent", "user": "旧系统" } },
    ]);
    let early = json!([{ "action": "accept", "at": day(8), "by": "clerk" }]);
    let text =
        [line(good), "{".to_owned(), line(early), line(json!([{ "action": "note", "at": NOW.0 + DAY }]))]
            .join("\n");
    let import = |who: Option<&str>| Command::CaseImport {
        text: text.clone(),
        first: 11,
        user: who.map(str::to_owned),
    };
    // What is said of somebody else is for an administrator of the unit.
    for who in [None, Some("lin")] {
        let said = village.ask(import(who));
        assert_eq!((&said["imported"], &said["refused"][0]["code"]), (&json!(0), &json!("USER_ROLE")));
    }
    let said = village.ask(import(Some("qianyi")));
    assert_eq!(said["imported"], 1);
    let refused: Vec<(&Value, &Value)> =
        said["refused"].as_array().unwrap().iter().map(|line| (&line["line"], &line["code"])).collect();
    let expected = [(12, "BAD_LINE"), (13, "CASE_TRANSITION"), (14, "IMPORT_TIME")];
    let expected: Vec<(Value, Value)> = expected.map(|(n, code)| (json!(n), json!(code))).into();
    assert_eq!(refused, expected.iter().map(|(n, code)| (n, code)).collect::<Vec<_>>());
    let number = said["numbers"][0].as_str().unwrap();
    let again = village.ask(import(Some("qianyi")));
    assert_eq!(
        (&again["imported"], &again["already"]),
        (&json!(0), &json!([{ "line": 11, "number": number }]))
    );
    let shown = show(&mut village, number);
    assert_eq!((&shown["state"], shown["events"].as_array().unwrap().len()), (&json!("withdrawn"), 3));
    let list = village.every_case();
    assert_eq!(list.as_array().unwrap().len(), 1, "nothing of a refused line is there");
    village.verify();
}

#[test]
fn a_queue_comes_in_pages_those_due_first_first() {
    let founder = Founder::new();
    let (_, _, mut village) = county_town_village(&founder);
    for n in 0..7 {
        let at = NOW.plus_ms((6 - n) * DAY);
        let number = village.file_case_at(at, "某人");
        village.ask_at(at, act(&number, "receive", &[("materials", "申请表")], None));
    }
    let mut after = None;
    let mut dues = Vec::new();
    loop {
        let page = village.ask_at(
            NOW.plus_ms(6 * DAY),
            Command::CaseQueue { unit: None, state: "received".into(), after: after.clone(), limit: 3 },
        );
        dues.extend(
            page["rows"].as_array().unwrap().iter().map(|row| row["due"].as_str().unwrap().to_owned()),
        );
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    let mut sorted = dues.clone();
    sorted.sort();
    assert!(dues == sorted && !dues.is_empty(), "{dues:?}");
    assert_eq!(
        village.refused(Command::CaseQueue {
            unit: None,
            state: "received".into(),
            after: Some("zz".into()),
            limit: 3
        }),
        "BAD_ARGUMENT"
    );
}

#[test]
fn a_line_is_taken_once_and_a_time_that_cannot_be_is_named_by_row_and_column() {
    let founder = Founder::new();
    let (_, _, mut village) = county_town_village(&founder);
    let line = |source: Option<&str>, at: &str, received: &str| {
        json!({
            "source": source, "guide": GUIDE, "applicant": "王小明", "id_number": "11010519491231002X", "at": at,
            "events": [{ "action": "receive", "at": received, "fields": { "materials": "申请表" } }],
        })
        .to_string()
    };
    let import = |village: &mut Lone, lines: &[String]| {
        village.ask(Command::CaseImport { text: lines.join("\n"), first: 1, user: None })
    };
    let (day, next) = ("2026-03-02T09:00:00", "2026-03-03T10:00:00");
    let lines = [
        line(Some("旧-1"), day, next),
        line(None, day, next),
        line(Some("旧-1"), next, next),
        line(None, day, next),
    ];
    let said = import(&mut village, &lines);
    assert_eq!((&said["imported"], said["refused"].as_array().map(Vec::len)), (&json!(2), Some(0)));
    let already = |said: &Value| -> Vec<u64> {
        said["already"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(already(&said), [3, 4], "in one file");
    village.restart();
    village.lose_derived();
    village.restart();
    let again = import(&mut village, &lines);
    assert_eq!(
        (&again["imported"], already(&again)),
        (&json!(0), vec![1, 2, 3, 4]),
        "and from another start"
    );

    let bad = [
        line(None, "1969-12-31T09:00:00", next),
        line(None, day, "1960-01-01T00:00:00"),
        line(None, day, "2026-03-01T09:00:00"),
        line(None, "2099-01-01T00:00:00", next),
    ];
    let said = import(&mut village, &bad);
    let refused = said["refused"].as_array().unwrap();
    let told: Vec<(u64, &str)> =
        refused.iter().map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap())).collect();
    assert_eq!(told, [1, 2, 3, 4].map(|n| (n, "IMPORT_TIME")));
    let named = |n: usize, words: &str| refused[n]["message_en"].as_str().unwrap().starts_with(words);
    assert!(
        named(0, "at “1969-12-31") && named(1, "events[0].at “1960") && named(2, "events[0].at “2026-03-01")
    );
    assert_eq!(village.every_case().as_array().unwrap().len(), 2);
    village.verify();
}
