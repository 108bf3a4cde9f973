//! The first page: what somebody who comes to this point can do here, without signing in.

use askama::Template;
use axum::response::Response;

use super::gate::{Access, Route, Visitor};
use super::page;
use super::shell::Shell;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/", Access::Public, home)]
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    tiles: Vec<Tile>,
}

/// A way, in two sizes of type.
struct Tile {
    href: &'static str,
    words: String,
    about: String,
}

const TILES: &[(&str, &str, &str)] = &[
    ("/guides", "nav-guides", "home-guides-about"),
    ("/progress", "nav-progress", "home-progress-about"),
    ("/notices", "nav-notices", "home-notices-about"),
    ("/rate", "home-rate", "home-rate-about"),
];

async fn home(visitor: Visitor) -> Response {
    let shell = visitor.shell();
    let tile = |(href, words, about): &(&'static str, &str, &str)| Tile {
        href,
        words: shell.t(words),
        about: shell.t(about),
    };
    page::show(&HomePage { tiles: TILES.iter().map(tile).collect(), shell })
}
