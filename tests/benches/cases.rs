//! What people wait for at a town that holds many cases: a page of a queue, a search, one case, figures and cards; and how
//! fast a village takes in cases of another system.
//!
//! `cargo build --release -p sanji && cargo bench -p sanji-tests --bench cases`; `SANJI_BENCH_CASES` cases at the town,
//! 100,000 unless set. Times are those of a command over the node's local API, everything included.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use sanji_model::case::Role;
use sanji_node::command::{Command, MatterFilter};
use sanji_sync::Scope;
use sanji_tests::figures::row;
use sanji_tests::load::{Pen, cases, desk, preload};
use sanji_tests::processes::{GUIDE, Ground, Node, TOWN, VILLAGE};
use serde_json::{Value, json};

const CHANGES: usize = 6;
/// Cases made in one go.
const PART: u64 = 10_000;
/// Each kind of question is asked so often.
const ASKED: usize = 400;
/// Cases of another system, and lines of one part of them.
const IMPORTED: usize = 10_000;
const LINES: usize = 200;

fn main() {
    let held: u64 = std::env::var("SANJI_BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    import();
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_guides(1);
    let data = [county.data.clone(), town.data.clone(), village.data.clone()];
    for node in [village, town, county] {
        assert!(node.stop().success());
    }
    let [county, town, village] = &data;
    let desks = [desk(village, Role::Agent), desk(town, Role::Clerk), desk(county, Role::Clerk)];
    let (scope, mut pen) = (Scope::Cases(desks[0].unit), Pen::new(&desks));
    let parts = (0..held).step_by(PART as usize).map(|from| {
        eprintln!("{from} of {held} cases");
        let made = cases(1, from..(from + PART).min(held), CHANGES, &desks);
        made.into_iter().map(|m| pen.sign(scope, m)).collect()
    });
    preload(town, parts);
    for file in ["link.addr", "http.addr"] {
        let _ = std::fs::remove_file(town.join(file));
    }
    let town = Node::start(town);
    town.wait("everything shown", |s| s["cases"].as_u64() >= Some(held) && s["behind"] == 0);
    ask(&town, held);
}

/// A village takes in what another system had: registered, received, and a note.
fn import() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_guides(1);
    let line = |n: usize| {
        let events = json!([
            { "action": "receive", "at": "2026-03-02T10:00", "fields": { "materials": "身份证" } },
            { "action": "note", "at": "2026-03-02T10:05", "fields": { "text": "原系统办件" } },
        ]);
        json!({
            "guide": GUIDE, "applicant": format!("王{n}"), "id_number": "11010519491231002X",
            "at": "2026-03-02T09:30", "fields": { "applicant.phone": "13900000000" }, "events": events,
        })
        .to_string()
    };
    let lines: Vec<String> = (0..IMPORTED).map(line).collect();
    let begun = Instant::now();
    for part in lines.chunks(LINES) {
        let said = village.ask(Command::CaseImport { text: part.join("\n"), first: 1, user: None });
        assert_eq!(said["imported"], LINES, "{}", said["refused"]);
    }
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    let rate = format!("{:.0} a minute", IMPORTED as f64 / minutes);
    row("n", "case import at a village, 3 events each", &rate, "≥ 10,000 a minute");
}

fn ask(town: &Node, held: u64) {
    let list = |json: &Value| -> Vec<Value> { json.as_array().cloned().unwrap_or_default() };
    let first = town.ask(Command::CaseSearch { text: "王".into(), limit: 500 });
    let numbers: Vec<String> =
        list(&first).iter().map(|r| r["number"].as_str().unwrap_or("").to_owned()).collect();
    let unit = list(&first)[0]["custody"].as_str().unwrap_or("").to_owned();
    let state = list(&first)[0]["state"].as_str().unwrap_or("").to_owned();
    let mut after = None;
    let pages = (0..ASKED).map(|_| {
        let queue = Command::CaseQueue {
            unit: Some(unit.clone()),
            state: state.clone(),
            after: after.take(),
            limit: 50,
        };
        let begun = Instant::now();
        let page = town.ask(queue);
        after = page["next"].as_str().map(str::to_owned);
        begun.elapsed().as_secs_f64() * 1e3
    });
    say(held, "a page of a queue, 50 rows", pages.collect(), "p99 < 50 ms");
    let timed = |command: &dyn Fn(usize) -> Command| -> Vec<f64> {
        let one = |n| {
            let begun = Instant::now();
            town.ask(command(n));
            begun.elapsed().as_secs_f64() * 1e3
        };
        (0..ASKED).map(one).collect()
    };
    let number = |n: usize| numbers[n % numbers.len()].clone();
    let names = ["王", "李秀", "张伟", "赵敏", "陈"];
    let by_name = timed(&|n| Command::CaseSearch { text: names[n % names.len()].into(), limit: 50 });
    say(held, "search by name, 50 rows", by_name, "p99 < 50 ms");
    let by_number = timed(&|n| Command::CaseSearch { text: number(n)[..24].to_owned(), limit: 50 });
    say(held, "search by number", by_number, "p99 < 50 ms");
    let shown = timed(&|n| Command::CaseShow { number: number(n) });
    say(held, "one case, with its events and clocks", shown, "p99 < 5 ms");
    let stats = timed(&|_| Command::Stats { unit: None, by: None, from: None, to: None });
    say(held, "figures of all months and units", stats, "p99 < 100 ms");
    let paged = |command: &dyn Fn(Option<String>) -> Command| -> Vec<f64> {
        let mut after = None;
        let one = |_| {
            let begun = Instant::now();
            let page = town.ask(command(after.take()));
            after = page["next"].as_str().map(str::to_owned);
            begun.elapsed().as_secs_f64() * 1e3
        };
        (0..ASKED).map(one).collect()
    };
    let limit = 50;
    let month = numbers[0][12..18].to_owned();
    let month = format!("{}-{}", &month[..4], &month[4..]);
    let filter = MatterFilter::default;
    let list = |after| Command::CaseList { state: None, unit: None, due_before: None, after, limit };
    say(held, "a page of the list of cases, 50 rows", paged(&list), "p99 < 100 ms");
    let cards = paged(&|after| Command::Cards { unit: None, level: None, after, limit });
    say(held, "a page of cards, 50 rows", cards, "p99 < 100 ms");
    let ratings = paged(&|after| Command::Ratings { unit: None, stage: None, after, limit });
    say(held, "a page of ratings", ratings, "p99 < 100 ms");
    let disputes = paged(&|after| Command::CaseDisputes { unit: None, after, limit });
    say(held, "a page of disputes", disputes, "p99 < 100 ms");
    let unit = Some(numbers[0][..12].to_owned());
    let ledger = paged(&|after| Command::Ledger { unit: unit.clone(), month: month.clone(), after, limit });
    say(held, "a page of a ledger, 50 rows", ledger, "p99 < 100 ms");
    let complaints = paged(&|after| Command::ComplaintList { filter: filter(), after, limit });
    say(held, "a page of complaints", complaints, "p99 < 100 ms");
    let counts = timed(&|_| Command::Counts { unit: None });
    say(held, "how much each list has", counts, "p99 < 100 ms");
}

fn say(held: u64, what: &str, mut ms: Vec<f64>, target: &str) {
    ms.sort_by(f64::total_cmp);
    let at = |share: f64| ms[((ms.len() - 1) as f64 * share) as usize];
    let said = format!("p50 {:.1} ms, p99 {:.1} ms", at(0.5), at(0.99));
    row("n", &format!("town, {held} cases: {what}"), &said, target);
}
