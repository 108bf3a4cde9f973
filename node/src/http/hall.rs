//! Pages of whoever looks after a hall: the units below, the ledger of a unit and a month, and the report of a month.

mod ledger;
mod report;
mod villages;

use super::gate::{Access, Route};
use super::roles;

pub(super) fn routes() -> Vec<Route> {
    const HALL: Access = Access::Roles(roles::HALL);
    vec![
        Route::get("/villages", HALL, villages::villages),
        Route::get("/ledger", HALL, ledger::ledger),
        Route::get("/report", HALL, report::report),
        Route::get("/report.csv", HALL, report::csv),
    ]
}
