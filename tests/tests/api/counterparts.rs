//! What people do at pages programs can do by the API: the table of `docs/API.md`, compared with the program.

use std::collections::BTreeMap;
use std::path::Path;

use sanji_model::case::Role;
use sanji_node::http::{Access, Route, all_routes};

/// Method and path, as the table writes them.
fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

fn may(access: Access, role: Role) -> bool {
    match access {
        Access::Public | Access::Staff => true,
        Access::Roles(roles) => roles.contains(&role),
        Access::Owner => false,
    }
}

/// The rows of the table: a page, and the names between backticks of what stands for it.
fn table() -> BTreeMap<String, (Vec<String>, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/API.md");
    let text = std::fs::read_to_string(file).expect("docs/API.md");
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| {
        let (page, operations) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
        let is_page = page.starts_with("GET /") || page.starts_with("POST /");
        is_page.then(|| (page.to_owned(), (names(operations), operations.to_owned())))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_page_has_operations_that_do_the_same_for_the_same_people() {
    let table = table();
    let routes = all_routes();
    let (api, pages): (Vec<&Route>, Vec<&Route>) =
        routes.iter().partition(|route| route.path.starts_with("/api/"));
    let api: BTreeMap<String, &Route> = api.into_iter().map(|route| (name(route), route)).collect();
    let mut wrong = Vec::new();
    for page in &pages {
        let Some((operations, words)) = table.get(&name(page)) else {
            wrong.push(format!("{} is not in the table", name(page)));
            continue;
        };
        if operations.is_empty() && words.len() < 6 {
            wrong.push(format!("{} has neither an operation nor a reason", name(page)));
        }
        if operations.is_empty() && page.method.as_str() != "GET" && words == "a form" {
            wrong.push(format!("{} does something, which a form does not", name(page)));
        }
        for operation in operations {
            let Some(route) = api.get(operation) else {
                wrong.push(format!("{}: there is no {operation}", name(page)));
                continue;
            };
            // Whoever needs no sign-in at a page needs a token as anybody has one.
            let everybody: Vec<Role> = Role::ALL.to_vec();
            let left_out: Vec<&str> = everybody
                .iter()
                .filter(|role| page.access != Access::Public && may(page.access, **role))
                .filter(|role| !may(route.access, **role))
                .map(|role| role.word())
                .collect();
            if !left_out.is_empty() {
                wrong.push(format!("{}: {operation} is not for {}", name(page), left_out.join(", ")));
            }
        }
    }
    for page in table.keys().filter(|page| !pages.iter().any(|route| name(route) == **page)) {
        wrong.push(format!("{page} is no page any more"));
    }
    assert!(pages.len() > 90, "{}", pages.len());
    assert!(wrong.is_empty(), "docs/API.md, the last table: {wrong:#?}");
}
