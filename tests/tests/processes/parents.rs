//! The town's machine is down: the village goes on with the county, and back to the town when it is there again.

use std::collections::BTreeSet;

use sanji_tests::processes::{ANYWHERE, COUNTY, Ground, Node, TOWN, VILLAGE, done, scope, wait_equal};

const CASES: usize = 20;

#[test]
fn the_county_stands_in_for_a_town_that_is_down() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let invite = ["invite", VILLAGE, "--parent", &town.link, "--parent", &county.link];
    let token = done(&county.data, &invite)["token"].as_str().expect("a token").to_owned();
    let data = ground.data(VILLAGE);
    done(&data, &[&["join", &token][..], &ANYWHERE].concat());
    let village = Node::start(&data);
    village.wait_guides(1);
    let file = || (0..CASES).map(|_| village.file_case("测试人")).collect::<Vec<_>>();
    let mut saved: BTreeSet<String> = file().into_iter().collect();
    let cases = format!("cases/{VILLAGE}");
    let scopes = ["directory", &format!("guides/{COUNTY}"), &cases];
    wait_equal(&village, &town, &scopes);
    wait_equal(&town, &county, &scopes);

    let (address, town_data) = (town.link.clone(), town.data.clone());
    assert!(town.stop().success());
    saved.extend(file());
    let status = village.wait("linked with the county", |status| {
        status["parent"]["state"] == "up" && status["parent"]["unit"] == COUNTY
    });
    assert_eq!(status["parent"]["address"], county.link.as_str());
    assert_eq!(status["parent"]["passed_over"][0]["address"], address.as_str(), "{status}");
    assert_eq!(status["parent"]["passed_over"][0]["why"]["code"], "LINK_NO_ANSWER", "{status}");
    wait_equal(&village, &county, &scopes);
    assert_eq!(county.cases().into_iter().collect::<BTreeSet<_>>(), saved);
    // A decision comes down the same way.
    let decided = saved.first().expect("there are cases").clone();
    county.act(&decided, "withdraw", &[("reason", "本人要求")]);
    wait_equal(&village, &county, &scopes);

    let town = Node::start(&town_data);
    village.wait("back at the town", |status| {
        status["parent"]["state"] == "up" && status["parent"]["unit"] == TOWN
    });
    saved.extend(file());
    wait_equal(&village, &town, &scopes);
    wait_equal(&town, &county, &scopes);
    for node in [&village, &town, &county] {
        let listed = node.cases();
        assert_eq!(listed.len(), saved.len(), "none is there twice");
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), saved);
        node.verify();
    }
    let entries = scope(&village.status(), &cases).0;
    assert_eq!(
        entries,
        saved.len() as u64 * 2 + 1,
        "registered and received, one withdrawn: nothing is written twice"
    );
    assert_eq!(village.status()["parent"]["passed_over"], serde_json::json!([]));
}
