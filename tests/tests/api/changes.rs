//! The feed of changes: nothing is missed over a restart, nobody sees what is not theirs, and who cannot go on is told.

use sanji_model::case::Role;
use sanji_tests::people::{employ, token};
use sanji_tests::processes::{COUNTY, Ground, Node};

use crate::program::{Program, county};

#[test]
fn a_listener_goes_on_where_it_was_also_after_a_restart() {
    let ground = Ground::new();
    let (county, program) = county(&ground);
    let now = program.get("/changes?after=now").json["cursor"].as_str().unwrap().to_owned();
    let mut filed = String::new();
    let (first, change) = program.listen(None, "change", || filed = county.file_case("甲"));
    assert_eq!((change["kind"].as_str(), change["number"].as_str()), (Some("case"), Some(filed.as_str())));
    assert_eq!(change["unit"], COUNTY);
    let (ready, _) = program.listen(None, "ready", || {});
    assert!(!ready.is_empty());

    let second = county.file_case("乙");
    let data = county.data.clone();
    county.kill();
    let county = Node::start(&data);
    let program = Program::new(&county, "secret-of-li-write");
    let (_, change) = program.listen(Some(&ready), "change", || {});
    assert_eq!(change["number"], second.as_str(), "what came while nobody listened");
    let page = program.get(&format!("/changes?after={now}"));
    let numbers: Vec<&str> = page.rows().iter().filter_map(|row| row["number"].as_str()).collect();
    assert!(numbers.contains(&filed.as_str()) && numbers.contains(&second.as_str()), "{page:?}");
    assert_eq!(page.json["reset"], false);
    let rest = program.get(&format!("/changes?after={first}"));
    assert!(rest.rows().len() <= page.rows().len(), "{rest:?}");

    // A small page names where the next begins, and all pages together have every document.
    let all = program.get("/changes?limit=500");
    let (mut seen, mut after) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let page = program.get(&format!("/changes?limit=1{after}"));
        seen.extend(page.rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        match page.json["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert!(all.rows().iter().all(|row| seen.contains(row["id"].as_str().unwrap())), "{seen:?} {all:?}");
}

#[test]
fn who_cannot_go_on_is_told_to_begin_anew_and_nobody_sees_the_cases_of_others() {
    let ground = Ground::new();
    let (county, program) = county(&ground);
    county.file_case("甲");
    let gone = program.get("/changes?after=9999-1.20.1.0");
    assert_eq!((gone.status, &gone.json["reset"]), (200, &serde_json::json!(true)), "{gone:?}");
    let (_, reset) = program.listen(Some("9999-1.20.1.0"), "reset", || {});
    assert_eq!(reset["cursor"], gone.json["cursor"]);
    assert_eq!(program.get("/changes?after=x").status, 422);

    employ(&county, "wang", "王五", COUNTY, &[Role::GuideEditor]);
    let editor = Program::new(&county, &token(&county, "wang", "read"));
    let seen = editor.get("/changes?limit=500");
    let kinds: Vec<&str> = seen.rows().iter().filter_map(|row| row["kind"].as_str()).collect();
    assert!(kinds.contains(&"guide") && !kinds.contains(&"case") && !kinds.contains(&"staff"), "{kinds:?}");
}
