//! Every page in a browser, with and without script: the console is quiet, there is a headline, and a picture is kept.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_node::http::all_routes;
use sanji_tests::people::{Visitor, employ};
use sanji_tests::processes::{COUNTY, GUIDE, Ground};
use thirtyfour::prelude::*;

use super::county;
use super::driver::{Window, journey};

/// A name for the picture.
fn name(path: &str) -> String {
    let plain: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("page-{}", plain.trim_matches('-').replace("--", "-"))
}

#[test]
fn every_page_is_quiet_with_and_without_script() {
    let ground = Ground::new();
    let (county, _town) = county(&ground);
    employ(&county, "all", "全能人", COUNTY, Role::ALL);
    let case = county.file_case("测试人");
    let guides = county.ask(Command::GuideList);
    let guide = guides[0]["id"].as_str().expect("a guide").to_owned();
    let visitor = Visitor::signed_in(&county, "all");
    let real = |path: &str| match path {
        path if path.starts_with("/guides/") || path.starts_with("/drafts/") => path.replace("{id}", &guide),
        path if path.starts_with("/cases/") => path.replace("{number}", &case),
        path => path.replace("{id}", GUIDE).replace("{code}", COUNTY),
    };
    let pages: Vec<String> = all_routes()
        .iter()
        .filter(|route| route.method.as_str() == "GET" && !route.path.starts_with("/api/"))
        .map(|route| real(route.path))
        .filter(|path| !path.contains('{') && path != "/live")
        .filter(|path| {
            let seen = visitor.get(path);
            seen.status == 200 && seen.kind.starts_with("text/html")
        })
        .collect();
    assert!(pages.len() > 8, "{pages:?}");
    journey(async {
        for with_script in [true, false] {
            let window = Window::open(&county, with_script).await?;
            window.sign_in("all").await?;
            for path in &pages {
                window.goto(path).await?;
                let heads = window.driver.find_all(By::Css("h1")).await?;
                assert_eq!(heads.len(), 1, "{path} has one headline");
                let wide = "return document.documentElement.scrollWidth > innerWidth";
                if with_script {
                    let is_wide = window.driver.execute(wide, Vec::new()).await?.convert::<bool>()?;
                    assert!(!is_wide, "{path} is wider than the screen");
                    window.picture(&name(path)).await?;
                } else {
                    window.is_quiet(path).await?;
                }
            }
            window.close().await?;
        }
        Ok(())
    });
}
