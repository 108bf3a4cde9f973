//! The first page: for the public what this point can do; whoever works on cases goes on to what is to be done.

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
}

async fn home(visitor: Visitor) -> Response {
    if visitor.may(Access::Roles(roles::CASES)) {
        return Redirect::to("/today").into_response();
    }
    page::show(&HomePage { shell: visitor.shell() })
}
