//! Pages of cases: what is to be done, lists, starting one, one case with what may be done to it, its papers, bundles.
//!
//! Knows no rule: what is offered comes with the case, and what is refused comes back at the form.

mod act;
mod bundles;
mod course;
mod fields;
mod line;
mod list;
mod materials;
mod new;
mod papers;
mod sent;
mod show;
mod today;
mod view;

use super::gate::{Access, Route};
use super::roles;

pub(super) fn routes() -> Vec<Route> {
    const CASES: Access = Access::Roles(roles::CASES);
    const COUNTER: Access = Access::Roles(roles::COUNTER);
    vec![
        Route::get("/today", CASES, today::today),
        Route::get("/cases", CASES, list::list),
        Route::post("/cases", CASES, list::search),
        Route::get("/cases/new", COUNTER, new::new),
        Route::post("/cases/new", COUNTER, new::posted),
        Route::get("/cases/{number}", CASES, show::show),
        Route::get("/cases/{number}/{action}", CASES, act::back),
        Route::post("/cases/{number}/{action}", CASES, act::act),
        Route::get("/cases/{number}/papers/{paper}", CASES, papers::look),
        Route::post("/cases/{number}/papers/{paper}", CASES, papers::issue),
        Route::get("/papers/check", Access::Public, papers::check),
        Route::get("/bundles", COUNTER, bundles::list),
        Route::get("/bundles/{id}", COUNTER, bundles::show),
        Route::post("/bundles/{id}", COUNTER, bundles::start),
    ]
}
