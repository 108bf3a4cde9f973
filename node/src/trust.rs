//! Who a node is and why it is believed: keys, the county's certificate authority, certificates, enrolment.
//!
//! Knows no connection. Clocks are arguments; randomness comes from the operating system, and only where keys are made.

pub mod authority;
pub mod certificate;
pub mod enrol;
pub mod identity;
pub mod keys;
mod pem;
pub mod refusal;
pub mod token;

pub use authority::{Authority, Fingerprint, SeatGrant};
pub use certificate::{Certificate, CertificateFault, Validity};
pub use enrol::{Granted, JoinReply, JoinRequest, Refused};
pub use identity::{Identity, Membership, TrustError};
pub use keys::NodeKey;
pub use pem::FileError;
pub use refusal::{EnrolError, JoinRefusal};
pub use token::{Secret, Token, TokenError, TokenId};
