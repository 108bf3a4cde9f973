//! Complaints and enquiries on a county, a town and a village between which files are carried. The accidents these prevent: a
//! complaint that the county never hears of; a dispatch to somebody who never gets it; a complaint taken for a case.

use std::collections::BTreeMap;

use sanji_model::lang::Say as _;
use sanji_node::command::{Command, MatterFilter, NewMatter};
use sanji_tests::lone::{COUNTY, DEPARTMENT, Founder, GUIDE, Lone, NOW, TOWN, VILLAGE};
use serde_json::{Value, json};

/// Who acts at the county.
const USERS: [(&str, &str); 4] =
    [("chen", "complaints_officer"), ("hui", "caller"), ("dang", "archivist"), ("jian", "supervisor")];

fn county(founder: &Founder) -> Lone {
    let mut county = founder.county();
    for (id, role) in USERS {
        county.ask(Command::UserAdd {
            id: id.into(),
            name: format!("用户{id}"),
            unit: COUNTY.into(),
            roles: vec![role.into()],
            user: None,
            deputy: None,
        });
    }
    county
}

fn matter(text: &str) -> NewMatter {
    NewMatter {
        name: "王小明".into(),
        phone: "13800001234".into(),
        text: text.into(),
        ..NewMatter::default()
    }
}

fn register(node: &mut Lone, new: NewMatter) -> String {
    let said = node.ask(Command::ComplaintRegister { kind: "hotline".into(), new });
    said["number"].as_str().unwrap().to_owned()
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn act(number: &str, action: &str, pairs: &[(&str, &str)], user: Option<&str>) -> Command {
    let (number, action) = (number.to_owned(), action.to_owned());
    Command::ComplaintAct { number, action, fields: fields(pairs), user: user.map(str::to_owned) }
}

fn show(node: &mut Lone, number: &str) -> Value {
    node.ask(Command::ComplaintShow { number: number.into() })
}

fn list(node: &mut Lone, filter: MatterFilter) -> Vec<Value> {
    node.ask(Command::ComplaintList { filter, after: None, limit: 50 })["rows"].as_array().unwrap().clone()
}

#[test]
fn a_complaint_of_a_village_is_dispatched_by_the_county_and_answered_by_the_town() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (county(&founder), founder.town(), founder.village());
    county.carry(&mut town);
    county.carry(&mut village);
    let number = register(&mut village, matter("窗口无人"));
    assert_eq!(village.refused(act(&number, "accept", &[], None)), "DESK_ROLE");
    village.carry(&mut town);
    village.carry(&mut county);

    let chen = Some("chen");
    let said = county.ask(act(&number, "accept", &[], chen));
    assert_eq!((said["state"].as_str(), said["holder"].as_str()), (Some("accepted"), Some(COUNTY)));
    county.ask(act(&number, "派单", &[("unit", TOWN)], chen));
    assert_eq!(
        list(&mut county, MatterFilter { unit: Some(TOWN.into()), ..MatterFilter::default() }).len(),
        1
    );
    county.carry(&mut town);
    let row = &list(&mut town, MatterFilter::default())[0];
    assert_eq!((row["state"].as_str(), row["holder"].as_str()), (Some("dispatched"), Some(TOWN)));
    assert_eq!((row["name"].as_str(), row["phone"].as_str()), (Some("王**"), Some("138****1234")));
    assert_eq!(row["level"], "running");
    let day = 86_400_000;
    for (action, text) in [("sign", ""), ("handle", ""), ("reply", "已安排值班")] {
        town.ask_at(NOW.plus_ms(3 * day), act(&number, action, &[("text", text)], None));
    }
    assert_eq!(town.refused(act(&number, "close", &[], None)), "DESK_ROLE");
    town.carry(&mut county);
    county.ask(act(&number, "close", &[], chen));
    county.ask(act(&number, "call-back", &[("satisfied", "满意")], Some("hui")));
    assert_eq!(county.refused(act(&number, "reopen", &[("reason", "x")], chen)), "DESK_SATISFIED");
    county.ask(act(&number, "archive", &[], Some("dang")));
    county.carry(&mut town);
    county.carry(&mut village);

    let shown = show(&mut village, &number);
    assert_eq!((shown["state"].as_str(), shown["satisfied"].as_bool()), (Some("archived"), Some(true)));
    assert_eq!((shown["text"].as_str(), shown["name"].as_str()), (Some("窗口无人"), Some("王小明")));
    assert_eq!(shown["events"].as_array().unwrap().len(), 9);
    assert!(shown["events"].as_array().unwrap().iter().all(|event| event["verdict"]["counted"] == true));
    let clocks: Vec<_> = shown["clocks"].as_array().unwrap().iter().map(|clock| &clock["kept"]).collect();
    assert_eq!(clocks, [&json!(true), &json!(true)]);
    let filter = MatterFilter::default;
    let mut county_rows = list(&mut county, filter());
    let mut village_rows = list(&mut village, filter());
    for row in county_rows.iter_mut().chain(&mut village_rows) {
        row["delivered_to"] = Value::Null;
    }
    assert_eq!(county_rows, village_rows);
    let rates = county.ask(Command::ComplaintRates);
    assert_eq!((rates[0]["unit"].as_str(), &rates[0]["rates"]["in_time_rate"]), (Some(TOWN), &json!(100.0)));
    for node in [&mut county, &mut town, &mut village] {
        let status = node.ask(Command::Status);
        assert_eq!((&status["complaints"], &status["cases"]), (&json!(1), &json!(0)));
        node.verify();
    }
}

#[test]
fn a_complaint_about_a_town_that_the_county_takes_in_reaches_the_town_and_nobody_who_cannot_get_it_is_given_it()
 {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (county(&founder), founder.town(), founder.village());
    county.carry(&mut town);
    county.carry(&mut village);
    let chen = || Some("chen".to_owned());
    let for_town = NewMatter { unit: Some(TOWN.into()), user: chen(), ..matter("噪声扰民") };
    let number = register(&mut county, for_town);
    county.ask(act(&number, "accept", &[], Some("chen")));
    for unit in [VILLAGE, DEPARTMENT] {
        let told = county.try_ask(act(&number, "dispatch", &[("unit", unit)], Some("chen"))).unwrap_err();
        assert_eq!(told.code(), "DESK_OUT_OF_REACH");
    }
    assert_eq!(county.refused(act(&number, "dispatch", &[("unit", "999999")], Some("chen"))), "UNIT_UNKNOWN");
    county.ask(act(&number, "dispatch", &[("unit", TOWN)], Some("chen")));
    county.carry(&mut town);
    town.ask(act(&number, "sign", &[], None));
    assert_eq!(show(&mut town, &number)["holder"], TOWN);
    county.carry(&mut village);
    assert_eq!(list(&mut village, MatterFilter::default()), [] as [Value; 0]);
    let above = NewMatter { unit: Some(TOWN.into()), ..matter("x") };
    let told = village.try_ask(Command::ComplaintRegister { kind: "complaint".into(), new: above });
    assert_eq!(told.unwrap_err().code(), "UNIT_AUTHORITY");
    county.verify();
    town.verify();
}

#[test]
fn cases_complaints_and_enquiries_are_told_apart_and_number_from_one_counter() {
    let founder = Founder::new();
    let (mut county, mut village) = (county(&founder), founder.village());
    county.publish(GUIDE);
    county.ask(Command::UserAdd {
        id: "xiang".into(),
        name: "镇上的人".into(),
        unit: TOWN.into(),
        roles: vec!["clerk".into()],
        user: None,
        deputy: None,
    });
    county.carry(&mut village);
    let case = village.file_case("李四");
    let complaint = register(&mut village, NewMatter { case: Some(case.clone()), ..matter("太慢") });
    let said = village.ask(Command::EnquiryRegister { new: matter("几点开门") });
    let enquiry = said["number"].as_str().unwrap().to_owned();
    let sequence = |number: &str| number[22..26].parse::<u32>().unwrap();
    assert_eq!([&case, &complaint, &enquiry].map(|number| sequence(number)), [1, 2, 3]);
    assert_eq!(show(&mut village, &complaint)["case"], json!(case));

    assert_eq!(village.refused(Command::CaseShow { number: complaint.clone() }), "CASE_NOT_FOUND");
    assert_eq!(village.refused(Command::ComplaintShow { number: enquiry.clone() }), "DESK_NOT_FOUND");
    assert_eq!(village.refused(Command::EnquiryShow { number: case }), "DESK_NOT_FOUND");

    let answer = |pairs: &[(&str, &str)]| Command::EnquiryAct {
        number: enquiry.clone(),
        action: "answer".into(),
        fields: fields(pairs),
        user: None,
    };
    let hand_on = |to: &str| Command::EnquiryAct {
        number: enquiry.clone(),
        action: "hand_on".into(),
        fields: fields(&[("unit", COUNTY), ("to", to)]),
        user: None,
    };
    // Nobody of that name; somebody who works elsewhere.
    for nobody in ["wu-ming", "Ä", "xiang"] {
        assert_eq!(village.refused(hand_on(nobody)), "DESK_NOBODY_THERE", "{nobody}");
    }
    assert_eq!(village.ask(hand_on("hui"))["state"], "handed_on");
    assert_eq!(village.refused(answer(&[])), "DESK_FIELD");
    assert_eq!(village.ask(answer(&[("text", "九点")]))["state"], "answered");
    village.carry(&mut county);
    let list = Command::EnquiryList { filter: MatterFilter::default(), after: None, limit: 50 };
    let rows = county.ask(list)["rows"].take();
    assert_eq!((rows[0]["state"].as_str(), rows[0]["in_time"].as_bool()), (Some("answered"), Some(true)));
    let status = county.ask(Command::Status);
    let counts = ["cases", "complaints", "enquiries"].map(|key| status[key].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1)]);
    county.verify();
}

#[test]
fn cards_of_complaints_and_enquiries_are_on_the_list_with_what_was_done_about_them() {
    let founder = Founder::new();
    let (mut county, mut village) = (county(&founder), founder.village());
    let strict = "parameter,value\nenquiry_answer,2\nwarn_desk,1\n".to_owned();
    county.ask(Command::ParametersImport { text: strict, file: "p".into(), effective: None, user: None });
    county.carry(&mut village);
    let number = register(&mut village, matter("窗口无人"));
    village.ask(Command::EnquiryRegister { new: matter("几点开门") });
    village.carry(&mut county);
    let later = NOW.plus_ms(40 * 86_400_000);
    let cards = |node: &mut Lone, at| {
        // Rows follow the day when nothing waits.
        node.ask_at(at, Command::Status);
        let asked = Command::Cards { unit: None, level: None, after: None, limit: 50 };
        node.ask_at(at, asked)["rows"].as_array().unwrap().clone()
    };
    assert_eq!(cards(&mut county, NOW), [] as [Value; 0]);
    let here = cards(&mut county, later);
    let of = |rows: &[Value], of: &str| rows.iter().filter(|row| row["of"] == of).count();
    assert_eq!((of(&here, "complaint"), of(&here, "enquiry")), (3, 3));
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&here), ids(&cards(&mut village, later)), "the same on every node");
    let counts = county.ask_at(later, Command::Counts { unit: None });
    assert_eq!(counts["cards"], json!({ "warning": 2, "yellow": 2, "red": 2 }));
    // They count in the figures of their unit as those of cases do.
    let counted = |county: &mut Lone| {
        let stats = Command::Stats { unit: None, by: None, from: None, to: None };
        let total = county.ask_at(later, stats)["total"].take();
        ["warnings", "yellows", "reds", "cards_withdrawn"]
            .map(|word| total[word].as_i64().unwrap_or_default())
    };
    assert_eq!(counted(&mut county), [2, 2, 2, 0]);

    let red = here.iter().find(|row| row["of"] == "complaint" && row["level"] == "red").unwrap();
    let exempt = act(
        &number,
        "exempt_card",
        &[("card", red["id"].as_str().unwrap()), ("reason", "停电")],
        Some("jian"),
    );
    county.ask_at(later, exempt);
    let row = |rows: Vec<Value>| rows.into_iter().find(|row| row["id"] == red["id"]).unwrap();
    assert_eq!(row(cards(&mut county, later))["standing"], "exempted");
    assert_eq!(counted(&mut county), [2, 2, 2, 0], "an exemption takes no card away");
    let yellow = here.iter().find(|row| row["of"] == "complaint" && row["level"] == "yellow").unwrap();
    let withdraw = [("card", yellow["id"].as_str().unwrap()), ("reason", "误发")];
    county.ask_at(later, act(&number, "withdraw_card", &withdraw, Some("jian")));
    assert_eq!(counted(&mut county), [2, 1, 2, 1]);
    let nothing = act(&number, "exempt_card", &[("card", "x"), ("reason", "停电")], Some("jian"));
    assert_eq!(county.try_ask_at(later, nothing).unwrap_err().code(), "DESK_NO_CARD");
    county.verify();
}
