//! The pages of complaints and of enquiries, which are alike: lists, one in full with its steps as forms, a new one.
//!
//! What differs stands in [`Desk`]. Persons are masked; whoever wants to call them asks for it, and that is recorded.

mod figures;
mod list;
mod new;
mod rates;
mod show;

use sanji_model::case::Role;
use sanji_model::desk::{Flow, Kind};
use sanji_model::{complaint, enquiry};

use super::gate::{Access, Route};
use super::roles;
use super::shell::Shell;
use crate::command::{Command, MatterFilter, NewMatter};

/// One of the two: where its pages are, and which commands it is driven by.
trait Desk: Flow {
    /// The address of its list; its words begin with the same.
    const NAME: &'static str;
    /// Who registers one.
    const TAKERS: Access;
    const HAS_RATES: bool;

    fn list(filter: MatterFilter, after: Option<String>, limit: usize) -> Command;
    fn show(number: String) -> Command;
    fn act(number: String, action: String, fields: Fields, user: Option<String>) -> Command;
    fn register(kind: Kind, new: NewMatter) -> Command;
    /// What is known of one besides what all have, as label and value.
    fn told(figures: &Self::Figures, shell: &Shell) -> Vec<(String, String)>;

    fn path(rest: &str) -> String {
        ["/", Self::NAME, rest].concat()
    }
}

type Fields = std::collections::BTreeMap<String, String>;

pub(super) const COMPLAINT_TAKERS: &[Role] = &[Role::Agent, Role::Clerk, Role::ComplaintsOfficer];

impl Desk for complaint::Course {
    const NAME: &'static str = "complaints";
    const TAKERS: Access = Access::Roles(COMPLAINT_TAKERS);
    const HAS_RATES: bool = true;

    fn list(filter: MatterFilter, after: Option<String>, limit: usize) -> Command {
        Command::ComplaintList { filter, after, limit }
    }

    fn show(number: String) -> Command {
        Command::ComplaintShow { number }
    }

    fn act(number: String, action: String, fields: Fields, user: Option<String>) -> Command {
        Command::ComplaintAct { number, action, fields, user }
    }

    fn register(kind: Kind, new: NewMatter) -> Command {
        Command::ComplaintRegister { kind: kind.word().to_owned(), new }
    }

    fn told(figures: &complaint::Figures, shell: &Shell) -> Vec<(String, String)> {
        figures::of_complaint(figures, shell)
    }
}

impl Desk for enquiry::Course {
    const NAME: &'static str = "enquiries";
    const TAKERS: Access = Access::Staff;
    const HAS_RATES: bool = false;

    fn list(filter: MatterFilter, after: Option<String>, limit: usize) -> Command {
        Command::EnquiryList { filter, after, limit }
    }

    fn show(number: String) -> Command {
        Command::EnquiryShow { number }
    }

    fn act(number: String, action: String, fields: Fields, user: Option<String>) -> Command {
        Command::EnquiryAct { number, action, fields, user }
    }

    fn register(_: Kind, new: NewMatter) -> Command {
        Command::EnquiryRegister { new }
    }

    fn told(figures: &enquiry::Figures, shell: &Shell) -> Vec<(String, String)> {
        figures::of_enquiry(figures, shell)
    }
}

pub(super) fn routes() -> Vec<Route> {
    use complaint::Course as C;
    use enquiry::Course as E;
    let (officers, staff) = (Access::Roles(roles::COMPLAINTS), Access::Staff);
    vec![
        Route::get("/complaints", officers, list::list::<C>),
        Route::get("/complaints/new", C::TAKERS, new::new::<C>),
        Route::post("/complaints/new", C::TAKERS, new::new_done::<C>),
        Route::get("/complaints/rates", Access::Roles(roles::COMPLAINT_RATES), rates::rates),
        Route::get("/complaints/{number}", officers, show::show::<C>),
        Route::post("/complaints/{number}", officers, show::act::<C>),
        Route::post("/complaints/{number}/reveal", officers, show::reveal::<C>),
        Route::get("/enquiries", staff, list::list::<E>),
        Route::get("/enquiries/new", E::TAKERS, new::new::<E>),
        Route::post("/enquiries/new", E::TAKERS, new::new_done::<E>),
        Route::get("/enquiries/{number}", staff, show::show::<E>),
        Route::post("/enquiries/{number}", staff, show::act::<E>),
        Route::post("/enquiries/{number}/reveal", staff, show::reveal::<E>),
    ]
}

/// The class of a level's colour.
fn level_class(level: sanji_model::desk::Level) -> &'static str {
    use sanji_model::desk::Level;
    match level {
        Level::Running => "good",
        Level::Warning | Level::Yellow => "off",
        Level::Red => "bad",
    }
}
