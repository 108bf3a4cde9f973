//! Enquiry commands: register, act, list, show. What is not of enquiries alone is in `desk`.

use std::collections::BTreeMap;

use sanji_model::desk::Kind;
use sanji_model::enquiry::Course;
use sanji_sync::Time;

use super::pages::Page;
use super::{Done, Machine, Step};
use crate::command::{MatterFilter, NewMatter};

impl Machine {
    pub(super) fn enquiry_register(&mut self, now: Time, new: NewMatter, steps: &mut Vec<Step>) -> Done {
        self.desk_register::<Course>(now, Kind::Enquiry, new, steps)
    }

    pub(super) fn enquiry_act(
        &mut self,
        now: Time,
        number: &str,
        action: &str,
        fields: BTreeMap<String, String>,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.desk_act::<Course>(now, number, action, fields, user, steps)
    }

    pub(super) fn enquiry_list(&self, now: Time, filter: &MatterFilter, page: Page<'_>) -> Done {
        self.desk_list::<Course>(now, filter, page)
    }

    pub(super) fn enquiry_show(&mut self, now: Time, number: &str) -> Done {
        self.desk_show::<Course>(now, number)
    }
}
