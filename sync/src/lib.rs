//! The replication core: who may write where, signed logs, vectors, frames, and the sessions that bring two
//! nodes to the same bytes.
//!
//! It moves opaque automerge changes. It knows no guide and no case, no socket, no disk, no clock and no
//! randomness: time is an argument, reads go through [`Shelf`], writes come out as [`Effect`]s.

pub mod ids;
pub mod tree;

pub use ids::{ActorBytes, DocId, Epoch, Link, LogId, NodeId, Scope, ScopeKind, Time, UnitCode};
pub use tree::{Relation, Tree};
