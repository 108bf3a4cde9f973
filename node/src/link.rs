//! The wire between nodes: one port that dials the parent, accepts children and lets new boxes ask to join.
//!
//! QUIC with mutual TLS 1.3 under the county's authority, or TLS over TCP where UDP does not get through. Carries frames of bytes in five lanes and does not know what
//! they mean: an [`Opener`] reads and checks each in the link's own tasks, then it goes into the owner's [`Inbox`].
//! Knows no document, no store and no tree of units; who may connect is asked of the owner ([`Admit`]).
//!
//! To drive it: [`open`] it inside a tokio runtime, keep draining the inbox, give commands through the [`LinkHandle`],
//! end with [`LinkHandle::shutdown`]. For each connection the inbox gets one `Up`, then frames (those of one lane in the
//! order sent), then one `Down` as the last. A node that connects anew replaces its older connection, whose `Down` comes
//! before the `Up` of the newer.
//!
//! What is bounded: frames by [`LinkOptions::frame_bytes_max`], what waits to be sent by
//! [`LinkOptions::send_queue_bytes_max`] a connection, what was received by the inbox (a full one stops the reading, and
//! flow control then stops the sender), connections and joins under way by their numbers.

mod accept;
mod backoff;
mod chunks;
mod core;
mod counters;
mod dial;
mod event;
mod fault;
mod handle;
mod join;
mod line;
mod options;
mod parent;
mod reach;
mod session;
mod steady;
#[cfg(test)]
mod tests;
mod tls;
mod uplink;
mod wire;

pub use counters::{Counters, TurnedAway};
pub use event::{Close, DownReason, Inbox, JoinCall, LANES, LinkEvent, Opener, Peer};
pub use fault::{HandshakeFault, REVOKED};
pub use handle::{LinkError, LinkHandle, open};
pub use join::{join, relay_join};
pub use line::NotSent;
pub use options::{Admit, LinkOptions, Timing};
pub use parent::{ParentState, ParentView, PassedOver, Trouble};
pub use wire::Transport;
