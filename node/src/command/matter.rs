//! What complaints and enquiries are asked with, and how long an enrolment token is good for. Knows no command.

use serde::{Deserialize, Serialize};

/// A complaint or an enquiry to register.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMatter {
    /// Blank for somebody who does not say.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub phone: String,
    /// In their words.
    pub text: String,
    /// The unit below that it belongs to; this one when left out.
    #[serde(default)]
    pub unit: Option<String>,
    /// The number of the case that it is about.
    #[serde(default)]
    pub case: Option<String>,
    #[serde(default)]
    pub user: Option<String>,
}

/// Which complaints or enquiries of a list are wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterFilter {
    #[serde(default)]
    pub state: Option<String>,
    /// Those that this unit, or one below it, holds now.
    #[serde(default)]
    pub unit: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub due_before: Option<String>,
}

/// Hours that an enrolment token is good for unless it is said.
pub(super) fn week() -> u32 {
    168
}
