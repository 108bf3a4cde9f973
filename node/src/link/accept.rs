//! Answers those who call: members to a session, new boxes to the join desk, all others turned away.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::Incoming;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::core::Core;
use super::event::{Inbox, Opener};
use super::fault::HandshakeFault;
use super::options::UNPROVED_HANDSHAKES_MAX;
use super::session::{self, Ends};
use super::wire::Wire;
use super::{join, tls};

/// Between attempts to accept where the system refuses.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

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
    let connecting = match incoming.accept() {
        Ok(connecting) => connecting,
        Err(e) => return core.turn_away(from, HandshakeFault::from(&e)),
    };
    match timeout(core.options.timing.handshake, connecting).await {
        Ok(Ok(connection)) => serve(core, ends, Wire::Quic(connection), from).await,
        Ok(Err(e)) => core.turn_away(from, HandshakeFault::from(&e)),
        Err(_) => core.turn_away(from, HandshakeFault::Silent),
    }
}

/// The same for those who come over TCP; runs until the link is stopped.
pub(super) async fn run_tcp<O, I>(
    core: Arc<Core>,
    ends: Arc<Ends<O, I>>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
) where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let acceptor = TlsAcceptor::from(tls);
    let mut orders = core.orders.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = orders.wait_for(|orders| orders.stopped) => return,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, say: nothing is gained by asking again at once.
                tracing::warn!(%error, "a TCP connection could not be accepted");
                sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let Ok(place) = core.streams.clone().try_acquire_owned() else {
            core.turn_away(from, HandshakeFault::Full);
            continue;
        };
        let (core, ends, acceptor) = (core.clone(), ends.clone(), acceptor.clone());
        tokio::spawn(async move {
            stream.set_nodelay(true).ok();
            match timeout(core.options.timing.handshake, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => serve(core, ends, Wire::tls(stream, from), from).await,
                Ok(Err(e)) => core.turn_away(from, HandshakeFault::from(&e)),
                Err(_) => core.turn_away(from, HandshakeFault::Silent),
            }
            drop(place);
        });
    }
}

async fn serve<O, I>(core: Arc<Core>, ends: Arc<Ends<O, I>>, wire: Wire, from: SocketAddr)
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    match wire.protocol().as_deref() {
        Some(tls::JOIN) => join::answer(&core, &ends.inbox, wire).await,
        Some(tls::SYNC) => match core.enter(wire, false) {
            Ok(entered) => drop(session::run(core, ends, entered).await),
            Err(fault) => core.turn_away(from, fault),
        },
        // QUIC has agreed on a protocol or failed; TLS lets one pass who offers none.
        Some(_) | None => core.turn_away(from, HandshakeFault::NoCommonProtocol),
    }
}
