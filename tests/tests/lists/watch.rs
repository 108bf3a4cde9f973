//! What supervision says later is what it said: the month's draw, and whether the line was down. The accidents these prevent: an
//! inspection that nobody can repeat; a village that is blamed for its line.

use sanji_model::lang::Say as _;
use sanji_model::local;
use sanji_node::command::{Command, MatterFilter};
use sanji_node::machine::Input;
use sanji_sync::{ConnId, Time};
use sanji_tests::lone::{COUNTY, DEPARTMENT, Founder, GUIDE, Lone, NOW, TOWN, VILLAGE, unit};
use serde_json::{Value, json};

const DAY: u64 = 86_400_000;

fn sample(node: &mut Lone, now: Time, month: &str) -> Value {
    node.ask_at(now, Command::Sample { month: month.into() })
}

fn seed(year: i16, text: &str) -> Command {
    Command::SeedPublish { year, seed: text.into(), user: None }
}

fn month(now: Time) -> String {
    local::date(now).strftime("%Y-%m").to_string()
}

#[test]
fn a_draw_repeated_months_later_is_the_same_and_a_seed_stands() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    for n in 0..12 {
        county.publish(&format!("事项{n}"));
    }
    let asked = |now| Command::Sample { month: month(now) };
    assert_eq!(county.refused(asked(NOW)), "SAMPLE_NO_SEED");
    assert_eq!(county.refused(seed(2026, " ")), "SAMPLE_SEED");
    assert_eq!(county.refused(seed(2025, "x")), "SAMPLE_YEAR_OVER");
    county.ask(seed(2026, "双色球 2026110 期"));
    assert_eq!(county.refused(seed(2026, "another")), "SAMPLE_SEED_STANDS");
    // In force from today on, which is not the first day of this month.
    assert_eq!(sample(&mut county, NOW, &month(NOW))["of"], 0);
    let later = NOW.plus_ms(31 * DAY);
    assert_eq!(county.refused(asked(later)), "SAMPLE_NOT_BEGUN");
    let drawn = sample(&mut county, later, &month(later));
    assert_eq!(drawn["of"], 12);
    let count = drawn["items"].as_array().unwrap().len();
    assert!((2..12).contains(&count), "{drawn}");

    // A guide comes, another ends; the draw of then is what it was, and December has had all.
    let text = include_str!("../../src/sim/guide.jsonl").replace("模拟事项", "新事项");
    county.ask_at(later, Command::GuideImport { text, file: "g".into(), user: None });
    county.ask_at(later, Command::GuidePublish { id: "新事项".into(), effective: None });
    let end = |id: &str| Command::GuideStop {
        id: id.into(),
        what: "abolish".into(),
        effective: None,
        reason: Some("取消".into()),
        user: None,
    };
    county.ask_at(later, end("事项3"));
    let december = NOW.plus_ms(80 * DAY);
    assert_eq!(sample(&mut county, december, &month(later)), drawn);
    let last = sample(&mut county, december, &month(december));
    assert_eq!((&last["month"], &last["of"]), (&json!("2026-12"), &json!(12)));
    let had: std::collections::BTreeSet<&str> = last["months"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|month| month["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()))
        .collect();
    let in_force = last["in_force"].as_object().unwrap();
    let stays = in_force.iter().filter(|(_, months)| months.as_array().unwrap().contains(&json!(12)));
    assert!(stays.clone().count() == 12 && stays.into_iter().all(|(code, _)| had.contains(code.as_str())));

    county.carry(&mut village);
    assert_eq!(village.try_ask(asked(NOW)).unwrap_err().code(), "SAMPLE_NOT_COUNTY");
    assert_eq!(village.refused(seed(2027, "x")), "NOT_COUNTY");
    county.verify();
}

#[test]
fn a_unit_that_is_neither_this_one_nor_below_it_is_refused_and_not_answered_with_a_part() {
    let founder = Founder::new();
    let (mut county, mut town) = (founder.county(), founder.town());
    county.carry(&mut town);
    let filter = |unit: &str| MatterFilter { unit: Some(unit.into()), ..MatterFilter::default() };
    let asked = |unit: &str| {
        let of = || Some(unit.to_owned());
        [
            Command::Cards { unit: of(), level: None, after: None, limit: 5 },
            Command::Ratings { unit: of(), stage: None, after: None, limit: 5 },
            Command::Counts { unit: of() },
            Command::Stats { unit: of(), by: None, from: None, to: None },
            Command::Ledger { unit: of(), month: month(NOW), after: None, limit: 5 },
            Command::CaseList { state: None, unit: of(), due_before: None, after: None, limit: 5 },
            Command::CaseQueue { unit: of(), state: "received".into(), after: None, limit: 5 },
            Command::CaseDisputes { unit: of(), after: None, limit: 5 },
            Command::ComplaintList { filter: filter(unit), after: None, limit: 5 },
            Command::EnquiryList { filter: filter(unit), after: None, limit: 5 },
            Command::AuditList { month: None, unit: of() },
        ]
    };
    for beyond in [COUNTY, DEPARTMENT] {
        for command in asked(beyond) {
            assert_eq!(town.refused(command.clone()), "UNIT_AUTHORITY", "{command:?}");
        }
    }
    for own in [TOWN, VILLAGE] {
        for command in asked(own) {
            town.ask(command);
        }
    }
    asked(VILLAGE).into_iter().for_each(|command| drop(county.ask(command)));
}

/// The county's line to the town comes up or goes down.
fn line(county: &mut Lone, town: &Lone, at: Time, up: bool) {
    let conn = ConnId(7);
    let input = match up {
        true => Input::LinkUp { conn, node: town.identity.node(), unit: unit(TOWN) },
        false => Input::LinkDown { conn },
    };
    county.machine.turn(at, vec![input]).expect("the disk works");
}

#[test]
fn a_village_whose_line_was_down_when_the_limit_ended_is_not_blamed_when_it_is_mended() {
    let founder = Founder::new();
    let (mut county, town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    line(&mut county, &town, NOW, true);
    let number = village.file_case("王小明");
    let receive = Command::CaseAct {
        number: number.clone(),
        action: "receive".into(),
        fields: [("materials".to_owned(), "申请表".to_owned())].into(),
        user: None,
    };
    village.ask(receive);
    village.carry(&mut county);
    let cards = |county: &mut Lone, at: Time| {
        // Rows follow the day when nothing waits.
        county.ask_at(at, Command::Status);
        let asked = Command::Cards { unit: None, level: None, after: None, limit: 50 };
        let rows = county.ask_at(at, asked)["rows"].take();
        let one = |row: &Value| (row["rule"].clone(), row["evidence"].clone());
        rows.as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    // The hand-over is due within three working days; the line is down over the end of them.
    line(&mut county, &town, NOW.plus_ms(DAY), false);
    let late = NOW.plus_ms(20 * DAY);
    let while_down = cards(&mut county, late);
    assert!(while_down.contains(&(json!("hand_over_overdue"), json!("line_down"))), "{while_down:?}");
    line(&mut county, &town, late, true);
    assert_eq!(cards(&mut county, late.plus_ms(DAY)), while_down, "mended");
    county.restart();
    county.lose_derived();
    county.restart();
    assert_eq!(cards(&mut county, late.plus_ms(2 * DAY)), while_down, "and started again");

    // Another case, with the line up all the time.
    let registered = late.plus_ms(2 * DAY);
    line(&mut county, &town, registered, true);
    let other = village.file_case_at(registered, "李四");
    let receive = Command::CaseAct {
        number: other,
        action: "receive".into(),
        fields: [("materials".to_owned(), "申请表".to_owned())].into(),
        user: None,
    };
    village.ask_at(registered, receive);
    village.carry(&mut county);
    let told = cards(&mut county, registered.plus_ms(20 * DAY));
    assert!(told.contains(&(json!("hand_over_overdue"), json!("nobody_acted"))), "{told:?}");
    // The village itself has no line to itself.
    assert!(cards(&mut village, late).iter().all(|(_, evidence)| evidence == "nobody_acted"));
}
