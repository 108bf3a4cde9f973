//! The first page: what somebody who comes to this point can do here, without signing in; whoever works on cases goes on to
//! what is to be done.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::gate::{Access, Route, Visitor};
use super::shell::Shell;
use super::{page, roles};

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
    ("/papers/check", "paper-check", "home-check-about"),
];

async fn home(visitor: Visitor) -> Response {
    if visitor.may(Access::Roles(roles::CASES)) {
        return Redirect::to("/today").into_response();
    }
    let shell = visitor.shell();
    let tile = |(href, words, about): &(&'static str, &str, &str)| Tile {
        href,
        words: shell.t(words),
        about: shell.t(about),
    };
    page::show(&HomePage { tiles: TILES.iter().map(tile).collect(), shell })
}
