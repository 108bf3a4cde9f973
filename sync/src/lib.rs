//! The replication core: who may write where, signed logs, vectors, frames, and the sessions that bring two
//! nodes to the same bytes.
//!
//! It moves opaque automerge changes. It knows no guide and no case, no socket, no disk, no clock and no
//! randomness: time is an argument, reads go through [`Shelf`], writes come out as [`Effect`]s.

pub mod batch;
#[cfg(feature = "broken-rules")]
mod broken;
pub mod change;
pub mod codec;
pub mod contract;
pub mod frame;
pub mod holdings;
pub mod hub;
pub mod ids;
pub mod limits;
pub mod log;
pub mod proof;
pub mod session;
pub mod stream;
pub mod tree;
pub mod vector;
pub mod window;
pub mod witness;

#[cfg(feature = "broken-rules")]
pub use broken::BrokenRule;
pub use contract::{AppendRefused, Effect, Event, Incident, Memo, Stored};
pub use frame::{Frame, Hangup, Lane, Opened};
pub use hub::carried::{Carried, Packing, Taken};
pub use hub::{Hub, Start};
pub use ids::{ActorBytes, DocId, Epoch, Link, LogId, NodeId, Scope, ScopeKind, Time, UnitCode};
pub use log::{Entry, Signature, Writer};
pub use proof::Proof;
pub use session::ConnId;
pub use stream::Shelf;
pub use tree::{Relation, Tree};
pub use witness::Witness;

/// Whether rules can be broken here; what is shipped refuses to compile with it.
pub const BREAKS_RULES: bool = cfg!(feature = "broken-rules");
