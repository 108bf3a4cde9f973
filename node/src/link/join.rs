//! Enrolment over the wire: a box asks, whoever it reached hands the question to its owner, the answer goes back.
//!
//! One bidirectional stream of a `sanji-join/1` connection, or the TLS stream itself: the request, its end, the reply, its
//! end. Knows neither
//! tokens that were issued nor the tree; the owner of the [`JoinCall`] decides or relays.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use quinn::{Connection, Endpoint, SendStream};
use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsStream;

use super::core::Core;
use super::event::{Close, Inbox, JoinCall, LinkEvent};
use super::fault::HandshakeFault;
use super::options::Timing;
use super::parent::Trouble;
use super::reach::Dialler;
use super::tls;
use super::wire::Wire;
use crate::trust::enrol::{REPLY_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::trust::{EnrolError, Fingerprint, JoinRefusal, JoinReply, JoinRequest, Token};

/// Asks the token's addresses in turn until one answers, within `limit` altogether. The reply is not verified yet:
/// [`JoinReply::check`].
pub async fn join(token: &Token, request: &JoinRequest, limit: Duration) -> Result<JoinReply, EnrolError> {
    let reply = relay_join(&token.addresses, token.authority, &request.encode(), limit).await?;
    JoinReply::decode(&reply)
}

/// Passes a request on unchanged to whoever answers under `authority` at one of the addresses, and brings the reply.
/// On a relaying node `authority` is its own ([`Membership::fingerprint`](crate::trust::Membership::fingerprint)).
pub async fn relay_join(
    addresses: &[String],
    authority: Fingerprint,
    request: &[u8],
    limit: Duration,
) -> Result<Vec<u8>, EnrolError> {
    let socket = |e: &dyn std::fmt::Display| EnrolError::Socket(e.to_string());
    let endpoint = Endpoint::client((Ipv6Addr::UNSPECIFIED, 0).into())
        .or_else(|_| Endpoint::client((Ipv4Addr::UNSPECIFIED, 0).into()))
        .map_err(|e| socket(&e))?;
    let timing = Timing::default();
    let client = tls::joiner(authority, &timing).map_err(|e| socket(&e))?;
    let dialler = Dialler { endpoint: endpoint.clone(), quic: client.quic, tls: client.tls, timing };
    let end = Instant::now() + limit;
    let mut failed =
        EnrolError::Unreachable { address: String::new(), why: "there is no address to ask".to_owned() };
    for (n, address) in addresses.iter().enumerate() {
        // A silent address must not use up the time of those after it.
        let share = (end - Instant::now()) / u32::try_from(addresses.len() - n).unwrap_or(u32::MAX);
        let asked = timeout(share, ask(&dialler, address, request)).await;
        let error = match asked {
            Ok(Ok(reply)) => {
                endpoint.close(Close::Answered.code(), b"");
                return Ok(reply);
            }
            Ok(Err(error)) => error,
            Err(_) => EnrolError::TimedOut { address: address.clone(), seconds: share.as_secs() },
        };
        // A machine of another county says more than a silent one.
        if failed != EnrolError::OtherAuthority {
            failed = error;
        }
    }
    Err(failed)
}

async fn ask(dialler: &Dialler, address: &str, request: &[u8]) -> Result<Vec<u8>, EnrolError> {
    let unreachable = |why: String| EnrolError::Unreachable { address: address.to_owned(), why };
    let wire = dialler.reach(address).await.map_err(|trouble| match trouble {
        Trouble::Handshake(HandshakeFault::OtherAuthority) => EnrolError::OtherAuthority,
        trouble => unreachable(trouble.to_string()),
    })?;
    let exchanged = match &wire {
        Wire::Quic(connection) => exchange(connection, request).await,
        Wire::Tls(wire) => match wire.take() {
            Some(stream) => exchange_tls(stream, request).await.map_err(|e| HandshakeFault::from(&e)),
            None => Err(HandshakeFault::Silent),
        },
    };
    exchanged.map_err(|fault| match fault {
        HandshakeFault::Full => EnrolError::Refused(JoinRefusal::Busy.into()),
        fault => unreachable(fault.to_string()),
    })
}

/// The same over TCP: the request and its end, the reply and its end.
async fn exchange_tls(mut stream: TlsStream<TcpStream>, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request).await?;
    stream.shutdown().await?;
    let mut reply = Vec::new();
    stream.take(REPLY_BYTES_MAX as u64).read_to_end(&mut reply).await?;
    Ok(reply)
}

/// Sends the request and reads the reply.
async fn exchange(connection: &Connection, request: &[u8]) -> Result<Vec<u8>, HandshakeFault> {
    // What closed the connection says more than what it broke.
    let fault = |e: &dyn std::fmt::Display| match connection.close_reason() {
        Some(reason) => HandshakeFault::from(&reason),
        None => HandshakeFault::Other(e.to_string()),
    };
    let (mut send, mut receive) = connection.open_bi().await.map_err(|e| HandshakeFault::from(&e))?;
    send.write_all(request).await.map_err(|e| fault(&e))?;
    send.finish().map_err(|e| fault(&e))?;
    let reply = receive.read_to_end(REPLY_BYTES_MAX).await.map_err(|e| fault(&e))?;
    connection.close(Close::Answered.code(), b"");
    Ok(reply)
}

/// Serves one caller: reads its request, lets the owner answer, sends that.
pub(super) async fn answer<F, I: Inbox<F>>(core: &Core, inbox: &I, wire: Wire) {
    let (from, limit) = (wire.remote_address(), core.options.timing.handshake);
    // Callers are strangers still: what they can make us hold is bounded by their number.
    let permit = core.joins.try_acquire();
    match &wire {
        Wire::Quic(connection) if permit.is_err() => connection.close(Close::JoinsFull.code(), b""),
        Wire::Quic(connection) => match request(connection, limit).await {
            Err(why) => connection.close(Close::BadJoin.code(), why.as_bytes()),
            Ok((mut send, bytes)) => {
                let reply = decide(core, inbox, bytes, from).await;
                deliver(&mut send, &reply, limit, from).await;
                connection.close(Close::Answered.code(), b"");
            }
        },
        Wire::Tls(wire) => {
            let Some(mut stream) = wire.take() else { return };
            let mut bytes = Vec::new();
            let read =
                async { (&mut stream).take(REQUEST_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).await };
            if !matches!(timeout(limit, read).await, Ok(Ok(length)) if length <= REQUEST_BYTES_MAX) {
                return;
            }
            let reply = match permit {
                Ok(_) => decide(core, inbox, bytes, from).await,
                Err(_) => JoinReply::from(JoinRefusal::Busy).encode(),
            };
            let write = async {
                stream.write_all(&reply).await?;
                stream.shutdown().await
            };
            if !matches!(timeout(limit, write).await, Ok(Ok(()))) {
                tracing::debug!(%from, "the reply to a join request was not sent");
            }
        }
    }
}

/// Reads the one request of a QUIC connection.
async fn request(connection: &Connection, limit: Duration) -> Result<(SendStream, Vec<u8>), &'static str> {
    let end = Instant::now() + limit;
    let Ok(Ok((send, mut receive))) = timeout_at(end, connection.accept_bi()).await else {
        return Err("no request came");
    };
    match timeout_at(end, receive.read_to_end(REQUEST_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok((send, bytes)),
        Ok(Err(_)) | Err(_) => Err("the request did not come whole"),
    }
}

/// Asks the owner.
async fn decide<F, I: Inbox<F>>(core: &Core, inbox: &I, bytes: Vec<u8>, from: SocketAddr) -> Vec<u8> {
    let request = match JoinRequest::decode(&bytes) {
        Ok(request) => request,
        Err(why) => return JoinReply::from(why).encode(),
    };
    tracing::info!(%from, unit = %request.unit(), node = %request.node().short(), token = %request.token(), "a box asks to join");
    core.tally.join();
    let (reply, answered) = oneshot::channel();
    inbox.deliver(LinkEvent::Join(JoinCall { request, bytes, from, reply })).await;
    match timeout(core.options.timing.join, answered).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_)) | Err(_) => JoinReply::from(JoinRefusal::RootUnreachable).encode(),
    }
}

/// Sends the reply and waits until the other side has it.
async fn deliver(send: &mut SendStream, reply: &[u8], limit: Duration, from: SocketAddr) {
    let delivered = async {
        send.write_all(reply).await.ok()?;
        send.finish().ok()?;
        send.stopped().await.ok()
    };
    if !matches!(timeout(limit, delivered).await, Ok(Some(None))) {
        // The caller closes as soon as it has the reply, which may overtake its acknowledgement.
        tracing::debug!(%from, "the reply to a join request was perhaps not received");
    }
}
