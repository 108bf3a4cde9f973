//! Answers those who call: members to a session, new boxes to the join desk, all others turned away.

use std::sync::Arc;

use quinn::{Connection, Incoming};
use tokio::time::timeout;

use super::core::Core;
use super::event::{Inbox, Opener};
use super::fault::HandshakeFault;
use super::options::UNPROVED_HANDSHAKES_MAX;
use super::session::{self, Ends};
use super::{join, tls};

/// Runs until the endpoint is closed.
pub(super) async fn run<O, I>(core: Arc<Core>, ends: Arc<Ends<O, I>>)
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    while let Some(incoming) = core.endpoint.accept().await {
        let (from, open) = (incoming.remote_address(), core.endpoint.open_connections());
        if open >= core.options.connections_max {
            incoming.refuse();
            core.turn_away(from, HandshakeFault::Full);
        } else if open >= UNPROVED_HANDSHAKES_MAX && incoming.may_retry() {
            incoming.retry().ok();
        } else {
            tokio::spawn(answer(core.clone(), ends.clone(), incoming));
        }
    }
}

async fn answer<O, I>(core: Arc<Core>, ends: Arc<Ends<O, I>>, incoming: Incoming)
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let from = incoming.remote_address();
    let connection = match handshake(&core, incoming).await {
        Ok(connection) => connection,
        Err(fault) => return core.turn_away(from, fault),
    };
    match tls::protocol(&connection).as_deref() {
        Some(tls::JOIN) => join::answer(&core, &ends.inbox, connection).await,
        // TLS has agreed on a protocol or failed.
        _ => match core.enter(connection, false) {
            Ok(entered) => drop(session::run(core, ends, entered).await),
            Err(fault) => core.turn_away(from, fault),
        },
    }
}

async fn handshake(core: &Core, incoming: Incoming) -> Result<Connection, HandshakeFault> {
    let connecting = incoming.accept().map_err(|e| HandshakeFault::from(&e))?;
    match timeout(core.options.timing.handshake, connecting).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(e)) => Err(HandshakeFault::from(&e)),
        Err(_) => Err(HandshakeFault::Silent),
    }
}
