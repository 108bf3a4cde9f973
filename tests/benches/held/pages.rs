//! Every page of a node that holds many cases: how long until all of it is there, and what the first one weighs.

use std::time::Instant;

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_node::http::all_routes;
use sanji_tests::figures::row;
use sanji_tests::people::{Visitor, employ};
use sanji_tests::processes::{GUIDE, Node};

/// Each page is opened so often.
const OPENED: usize = 200;

pub fn measure(node: &Node, what: impl Fn(&str) -> String) {
    let unit = node.status()["unit"].as_str().expect("a unit").to_owned();
    employ(node, "all", "全能人", &unit, Role::ALL);
    let visitor = Visitor::signed_in(node, "all");
    let found = node.ask(Command::CaseSearch { text: "王".into(), limit: 1 });
    let number = found[0]["number"].as_str().expect("a case").to_owned();
    let guides = node.ask(Command::GuideList);
    let guide = guides[0]["id"].as_str().unwrap_or(GUIDE).to_owned();
    for route in all_routes() {
        let path = route.path.replace("{number}", &number).replace("{id}", &guide).replace("{code}", &unit);
        if route.method.as_str() != "GET"
            || path.starts_with("/api/")
            || path == "/live"
            || path.contains('{')
        {
            continue;
        }
        let first = visitor.get(&path);
        if first.status != 200 || !first.kind.starts_with("text/html") {
            continue;
        }
        let open = |_| {
            let begun = Instant::now();
            visitor.get(&path);
            begun.elapsed().as_secs_f64() * 1e3
        };
        let mut ms: Vec<f64> = (0..OPENED).map(open).collect();
        ms.sort_by(f64::total_cmp);
        let at = |share: f64| ms[((ms.len() - 1) as f64 * share) as usize];
        let kib = first.body.len() as f64 / 1024.0;
        let said = format!("p50 {:.1} ms, p99 {:.1} ms, {kib:.0} KiB", at(0.5), at(0.99));
        row("p", &what(&format!("page {}", route.path)), &said, "p99 < 100 ms");
    }
    let weight = |path: &str| visitor.get(path).body.len();
    let total = weight("/today") + weight("/style.css") + weight("/live.js");
    let said = format!("{:.1} KiB", total as f64 / 1024.0);
    row("p", &what("start page with style and script, not compressed"), &said, "≤ 60 KiB");
}
