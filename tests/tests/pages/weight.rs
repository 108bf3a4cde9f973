//! What an old village computer loads before it shows anything.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_tests::people::{Visitor, employ};
use sanji_tests::processes::{Ground, TOWN, VILLAGE};

/// Of a page with all that it asks for, in bytes.
const PAGE_MAX: usize = 60_000;

/// The page and every file that it names.
fn weight(visitor: &Visitor, path: &str) -> usize {
    let page = visitor.get(path).body;
    let files = ["href=\"/", "src=\"/"].into_iter().flat_map(|mark| page.split(mark).skip(1));
    let files = files
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| name.ends_with(".css") || name.ends_with(".js"));
    let named: usize = files.map(|name| visitor.get(&format!("/{name}")).body.len()).sum();
    assert!(named > 1_000, "{path} has a style");
    page.len() + named
}

#[test]
fn the_first_pages_of_a_village_are_light() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    employ(&county, "agent", "杨代办", VILLAGE, &[Role::Agent]);
    village.wait_guides(1);
    village.wait("its agent is there", |_| village.ask(Command::StaffList)[0]["has_password"] == true);
    for _ in 0..60 {
        village.file_case("王小明");
    }
    for (visitor, path) in [
        (Visitor::new(&village), "/"),
        (Visitor::signed_in(&village, "agent"), "/today"),
        (Visitor::new(&village), "/guides"),
    ] {
        let bytes = weight(&visitor, path);
        eprintln!("{path}: {bytes} bytes");
        assert!(bytes <= PAGE_MAX, "{path} has {bytes} bytes");
    }
}
