//! Every page in a browser, with and without script: the console is quiet, there is one headline, nothing is wider than
//! the screen, and a picture is kept.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_node::http::all_routes;
use sanji_tests::people::{Visitor, employ};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, Node, TOWN};
use serde_json::json;

use super::county;
use super::window::Window;

/// A name for the picture of a way in.
fn name(way: &str) -> String {
    let plain: String = way.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("page-{}", plain.trim_matches('-').replace("--", "-"))
}

/// A complaint or an enquiry; its number.
fn registered(node: &Node, kind: &str) -> String {
    let new = json!({ "text": "窗口等了一小时", "name": "王小明", "unit": COUNTY, "user": "all" });
    let mut words = json!({ "command": format!("{kind}-register"), "new": new });
    if kind == "complaint" {
        words["kind"] = json!(kind);
    }
    let said = node.ask(serde_json::from_value(words).expect("a command"));
    said["number"].as_str().expect("a number").to_owned()
}

/// The pages of a node that answer somebody of every role: the way in, and an address with something real in the place
/// of each part that is open.
fn pages(node: &Node, case: &str) -> Vec<(&'static str, String)> {
    let guides = node.ask(Command::GuideList);
    let guide = guides[0]["id"].as_str().expect("a guide").to_owned();
    let complaint = registered(node, "complaint");
    let enquiry = registered(node, "enquiry");
    let visitor = Visitor::signed_in(node, "all");
    let real = |path: &str| match path {
        "/cases/new" => format!("{path}?guide={guide}"),
        "/drafts/{id}/edit" => format!("/drafts/{guide}/edit?field=materials"),
        "/drafts/{id}/stop" => format!("/drafts/{guide}/stop?what=suspend"),
        path if path.starts_with("/guides/") || path.starts_with("/drafts/") => path.replace("{id}", &guide),
        path if path.starts_with("/cases/") => {
            path.replace("{number}", case).replace("{paper}", "receipt").replace("{action}", "withdraw")
        }
        path if path.starts_with("/complaints/") => path.replace("{number}", &complaint),
        path if path.starts_with("/enquiries/") => path.replace("{number}", &enquiry),
        path if path.starts_with("/users/") => path.replace("{id}", "all"),
        path => path.replace("{id}", GUIDE).replace("{code}", COUNTY),
    };
    let ways = all_routes().into_iter().filter(|route| route.method.as_str() == "GET");
    let ways = ways.map(|route| route.path).filter(|path| !path.starts_with("/api/") && *path != "/live");
    let are_pages = ways.map(|way| (way, real(way))).filter(|(_, path)| {
        let seen = visitor.get(path);
        seen.status == 200 && seen.kind.starts_with("text/html")
    });
    are_pages.collect()
}

#[test]
fn every_page_is_quiet_with_and_without_script() {
    let ground = Ground::new();
    let (county, _town) = county(&ground);
    employ(&county, "all", "全能人", COUNTY, Role::ALL);
    let case = county.file_case("测试人");
    let pages = pages(&county, &case);
    assert!(pages.len() > 40, "{pages:?}");
    let mut wrong = Vec::new();
    for with_script in [true, false] {
        let window = Window::open(&county, with_script);
        window.sign_in("all");
        for (way, path) in &pages {
            window.goto(path);
            if window.count("h1") != 1 {
                wrong.push(format!("{path} has not one headline"));
            }
            wrong.extend(
                window.complaints().into_iter().map(|said| format!("{path}: the console says {said}")),
            );
            if with_script {
                if window.script("return document.documentElement.scrollWidth > innerWidth") == true {
                    wrong.push(format!("{path} is wider than the screen"));
                }
                window.picture(&name(way));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What of a page is cut off on the screen: a table that its box scrolls or that sticks out of its part of the page, and a
/// navigation of more than one line.
const CUT: &str = "
    const cut = [];
    for (const box of document.querySelectorAll('.wide'))
        if (box.scrollWidth > box.clientWidth + 1) cut.push('a table scrolls: ' + (box.scrollWidth - box.clientWidth));
    for (const table of document.querySelectorAll('section > table'))
        if (table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right)
            cut.push('a table sticks out: ' + (table.id || table.className));
    const tops = new Set([...document.querySelectorAll('.ways li')].map(li => li.offsetTop));
    if (tops.size > 1) cut.push('the navigation has lines: ' + tops.size);
    return cut;
";

/// English words are longer than Chinese ones.
#[test]
fn english_tables_and_ways_are_whole_on_an_old_screen() {
    let ground = Ground::new();
    let (county, town) = county(&ground);
    employ(&county, "clerk", "马镇长", TOWN, &[Role::Clerk]);
    // Three of these have every way that there is.
    let all = [Role::Clerk, Role::Administrator, Role::Supervisor, Role::GuideEditor];
    employ(&county, "hall", "何主任", COUNTY, &all);
    town.wait("the clerk is there", |_| town.ask(Command::StaffList)[0]["has_password"] == true);
    let mut wrong = Vec::new();
    for (node, user) in [(&town, "clerk"), (&county, "hall")] {
        let window = Window::signed_in(node, user);
        for lang in ["zh", "en"] {
            for page in [
                "/today",
                "/cases",
                "/villages",
                "/report",
                "/ledger",
                "/tree",
                "/dashboard",
                "/cards",
                "/complaints",
                "/enquiries",
                "/ratings",
                "/conflicts",
                "/guides",
                "/node",
            ] {
                window.goto(&format!("{page}?lang={lang}"));
                window.picture(&format!("{user}-{lang}{}", page.replace('/', "-")));
                let cut = window.script(CUT);
                let said = cut.as_array().into_iter().flatten();
                wrong.extend(said.map(|said| format!("{user} {lang} {page}: {said}")));
            }
        }
        window.is_quiet(user);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
