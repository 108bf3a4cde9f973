//! Complaints (投诉) and what comes over the hotline (热线): dispatched, replied to, called back (DOMAIN §5).
//!
//! The table of steps and what they amount to; all else is shared with enquiries in [`crate::desk`].

mod course;
mod rates;
mod rule;
#[cfg(test)]
mod tests;
mod word;

pub use course::{Course, Figures, Over, Round};
pub use rates::{Rates, rates};
pub use rule::{DAYS, LEVEL, REASON, SATISFIED, TEXT, UNIT, WHERE};
pub use word::{Known, State};

use crate::desk::{Matter, RowOf};

/// What the root of a complaint says under `kind`.
pub const KIND: &str = "complaint";

/// A complaint as read from its document.
pub type Complaint = Matter<Course>;

/// What lists show.
pub type ComplaintRow = RowOf<Course>;
