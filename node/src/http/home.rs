//! The first page: for the public what this point can do, for those who work here where to go.

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
}

async fn home(visitor: Visitor) -> Response {
    page::show(&HomePage { shell: visitor.shell() })
}
