//! Every route against every role, and the table of who may what that people read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_node::http::{Access, Route, all_routes};
use sanji_tests::people::{Seen, Visitor, call, employ, one_a_role, token};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, ID_NUMBER, Node, TOWN, VILLAGE};

/// What the pages say to whom they do not let pass.
const NO_ROLE: &str = "您的角色不能使用这个页面";
const NO_SESSION: &str = "登录已过期或页面已失效";
const PERSON: &str = "张三丰";

fn may(access: Access, role: Role) -> bool {
    match access {
        Access::Public | Access::Staff => true,
        Access::Roles(roles) => roles.contains(&role),
        Access::Owner => false,
    }
}

/// The path with something real in the place of each part that is open.
fn real(path: &str, number: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{number}" => number.to_owned(),
        "{id}" => GUIDE.to_owned(),
        open if open.starts_with('{') => "x".to_owned(),
        fixed => fixed.to_owned(),
    });
    let path: Vec<String> = parts.collect();
    path.join("/")
        .bytes()
        .map(|b| if b.is_ascii() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// What was asked for at `path` says nothing but what the path says itself.
fn tells_nothing(what: &str, path: &str, seen: &Seen, number: &str) {
    let body = seen.body.replace(path, "");
    for secret in [PERSON, ID_NUMBER, number] {
        assert!(!body.contains(secret), "{what} tells {secret}: {seen:?}");
    }
}

/// Nobody's name or number stands on what was asked for only to read: a reveal is asked for by itself.
fn is_masked(what: &str, route: &Route, seen: &Seen) {
    if route.method.as_str() == "GET" {
        for secret in [PERSON, ID_NUMBER] {
            assert!(!seen.body.contains(secret), "{what} tells {secret}: {seen:?}");
        }
    }
}

fn page(visitor: &Visitor, route: &Route, path: &str) -> Seen {
    if route.method.as_str() == "GET" { visitor.get(path) } else { visitor.post(path, &[]) }
}

/// A page for this role: it answers, or says that the form is none of its own.
fn passes(what: &str, route: &Route, seen: &Seen) {
    let form_only = route.method.as_str() == "POST" && seen.status == 403 && seen.body.contains(NO_SESSION);
    // The first start is over as soon as somebody can sign in.
    let to_sign_in = seen.to.starts_with("/sign-in") && route.path != "/setup";
    assert!(
        form_only || seen.status < 500 && ![401, 403].contains(&seen.status) && !to_sign_in,
        "{what}: {seen:?}"
    );
    is_masked(what, route, seen);
}

fn stays_out(what: &str, path: &str, seen: &Seen, number: &str) {
    assert!(seen.status == 403 && seen.body.contains(NO_ROLE), "{what}: {seen:?}");
    tells_nothing(what, path, seen, number);
}

/// An operation for this role: it answers, or says that this is no matter of this node.
fn answers(what: &str, route: &Route, seen: &Seen) {
    let not_here = seen.status == 403 && seen.body.contains("\"NOT_COUNTY\"");
    assert!(not_here || seen.status < 500 && ![401, 403].contains(&seen.status), "{what}: {seen:?}");
    is_masked(what, route, seen);
}

/// Nobody without a sign-in, every role of the unit with one, and tokens of each, at every page and operation of its node.
fn try_every_route(node: &Node, people: &BTreeMap<Role, String>, number: &str) {
    let at = node.ask(Command::Here { user: None })["tier"].clone();
    let routes = all_routes();
    let (pages, api): (Vec<&Route>, Vec<&Route>) = routes
        .iter()
        .filter(|route| route.access != Access::Owner)
        .partition(|route| !route.path.starts_with("/api/"));
    assert!(pages.len() > 10, "{}", pages.len());

    let nobody = Visitor::new(node);
    for route in &pages {
        let path = real(route.path, number);
        let what = format!("{} {path} for nobody at a {at}", route.method);
        let seen = page(&nobody, route, &path);
        match (route.access, route.method.as_str()) {
            (Access::Public, _) => passes(&what, route, &seen),
            (_, "GET") => {
                assert!(seen.status == 303 && seen.to.starts_with("/sign-in?to="), "{what}: {seen:?}")
            }
            (_, _) => assert!(seen.status == 403 && seen.body.contains(NO_SESSION), "{what}: {seen:?}"),
        }
        tells_nothing(&what, &path, &seen, number);
    }
    for (role, user) in people {
        let visitor = Visitor::signed_in(node, user);
        for route in &pages {
            let path = real(route.path, number);
            let what = format!("{} {path} for {role} at a {at}", route.method);
            let seen = page(&visitor, route, &path);
            match may(route.access, *role) {
                true => passes(&what, route, &seen),
                false => stays_out(&what, &path, &seen, number),
            }
        }
        let secret = token(node, user, "write");
        for route in &api {
            let path = real(route.path, number);
            let what = format!("{} {path} for {role} at a {at}", route.method);
            let seen = call(node, &secret, route.method.as_str(), &path, "");
            match may(route.access, *role) {
                true => answers(&what, route, &seen),
                false => {
                    assert_eq!(seen.status, 403, "{what}: {seen:?}");
                    tells_nothing(&what, &path, &seen, number);
                }
            }
        }
    }
    for route in &api {
        let path = real(route.path, number);
        let seen = call(node, "not-a-token", route.method.as_str(), &path, "");
        assert!(route.access == Access::Public || seen.status == 401, "{path} at a {at}: {seen:?}");
        tells_nothing(&path, &path, &seen, number);
    }
}

#[test]
fn every_route_of_every_tier_is_for_whom_it_says_and_nobody_else() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_linked();
    village.wait_guides(1);
    let number = village.file_case(PERSON);
    for (node, unit) in [(&county, COUNTY), (&town, TOWN), (&village, VILLAGE)] {
        let people = one_a_role(&county, unit);
        node.wait("everybody and the case are there", |_| {
            let staff = node.ask(Command::StaffList);
            let can_sign_in = |id: &String| {
                staff
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one["id"] == **id && one["has_password"] == true))
            };
            people.values().all(can_sign_in) && node.cases().contains(&number)
        });
        try_every_route(node, &people, &number);
    }
}

#[test]
fn a_machines_owner_is_known_by_the_token_of_its_file_alone() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "boss", "马", COUNTY, &[Role::Administrator]);
    let user = token(&county, "boss", "write");
    for route in all_routes().iter().filter(|route| route.access == Access::Owner) {
        for secret in ["", "x", user.as_str()] {
            let seen = call(&county, secret, route.method.as_str(), route.path, "{}");
            assert_eq!(seen.status, 401, "{}: {seen:?}", route.path);
        }
    }
}

#[test]
fn the_table_of_who_may_what_is_what_the_program_says() {
    let mut rows: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for route in all_routes() {
        let whom = match route.access {
            Access::Public => "everybody 公众".to_owned(),
            Access::Staff => "whoever signed in 已登录".to_owned(),
            Access::Owner => "the machine's owner 本机管理者".to_owned(),
            Access::Roles(roles) => {
                let mut roles: Vec<&Role> = roles.iter().collect();
                roles.sort();
                roles.iter().map(|role| role.words().zh).collect::<Vec<_>>().join("、")
            }
        };
        rows.entry(route.path).or_default().insert(format!("{} | {whom}", route.method));
    }
    let mut text = "# Who may what\n\nEvery way in and whom it is for; `tests/tests/pages/roles.rs` compares it with the program and\n\
        tries each for each role. Written anew by `SANJI_WRITE=1 cargo nextest run --workspace -E 'test(the_table_of_who_may_what)'`.\n\n\
        | path | method | for |\n| --- | --- | --- |\n"
        .to_owned();
    for (path, methods) in rows {
        for line in methods {
            text.push_str(&format!("| `{path}` | {line} |\n"));
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ROUTES.md");
    if std::env::var_os("SANJI_WRITE").is_some() {
        std::fs::write(&file, &text).expect("docs is writable");
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(known == text, "docs/ROUTES.md is not what the program says; see its first lines");
}
