//! Enrolment over the wire: a box asks, whoever it reached hands the question to its owner, the answer goes back.
//!
//! One bidirectional stream of a `sanji-join/1` connection: the request, its end, the reply, its end. Knows neither
//! tokens that were issued nor the tree; the owner of the [`JoinCall`] decides or relays.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use quinn::{Connection, Endpoint, SendStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use super::core::Core;
use super::event::{Close, Inbox, JoinCall, LinkEvent};
use super::fault::HandshakeFault;
use super::options::{RESOLVED_ADDRESSES_MAX, Timing};
use super::tls;
use crate::trust::certificate::NAME;
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
    let config = tls::joiner(authority, &Timing::default()).map_err(|e| socket(&e))?;
    let end = Instant::now() + limit;
    let mut failed =
        EnrolError::Unreachable { address: String::new(), why: "there is no address to ask".to_owned() };
    for (n, address) in addresses.iter().enumerate() {
        // A silent address must not use up the time of those after it.
        let share = (end - Instant::now()) / u32::try_from(addresses.len() - n).unwrap_or(u32::MAX);
        let asked = timeout(share, ask(&endpoint, &config, address, request)).await;
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

async fn ask(
    endpoint: &Endpoint,
    config: &quinn::ClientConfig,
    address: &str,
    request: &[u8],
) -> Result<Vec<u8>, EnrolError> {
    let unreachable = |why: String| EnrolError::Unreachable { address: address.to_owned(), why };
    let resolved = tokio::net::lookup_host(address).await.map_err(|e| unreachable(e.to_string()))?;
    let mut failed = unreachable("the name has no address".to_owned());
    for found in resolved.take(RESOLVED_ADDRESSES_MAX) {
        let connected = match endpoint.connect_with(config.clone(), found, NAME) {
            Ok(connecting) => connecting.await.map_err(|e| HandshakeFault::from(&e)),
            Err(e) => Err(HandshakeFault::Other(e.to_string())),
        };
        let connection = match connected {
            Ok(connection) => connection,
            Err(HandshakeFault::OtherAuthority) => return Err(EnrolError::OtherAuthority),
            Err(fault) => {
                failed = unreachable(fault.to_string());
                continue;
            }
        };
        return exchange(&connection, request).await.map_err(|fault| match fault {
            HandshakeFault::Full => EnrolError::Refused(JoinRefusal::Busy.into()),
            fault => unreachable(fault.to_string()),
        });
    }
    Err(failed)
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
pub(super) async fn answer<F, I: Inbox<F>>(core: &Core, inbox: &I, connection: Connection) {
    let from = connection.remote_address();
    let (timing, now) = (core.options.timing, Instant::now());
    // Callers are strangers still: what they can make us hold is bounded by their number.
    let Ok(_permit) = core.joins.try_acquire() else {
        return connection.close(Close::JoinsFull.code(), b"");
    };
    let Ok(Ok((mut send, mut receive))) = timeout_at(now + timing.handshake, connection.accept_bi()).await
    else {
        return connection.close(Close::BadJoin.code(), b"no request came");
    };
    let Ok(Ok(bytes)) = timeout_at(now + timing.handshake, receive.read_to_end(REQUEST_BYTES_MAX)).await
    else {
        return connection.close(Close::BadJoin.code(), b"the request did not come whole");
    };
    let reply = match JoinRequest::decode(&bytes) {
        Err(why) => JoinReply::from(why).encode(),
        Ok(request) => {
            tracing::info!(%from, unit = %request.unit(), node = %request.node().short(), token = %request.token(), "a box asks to join");
            core.tally.join();
            let (reply, answered) = oneshot::channel();
            inbox.deliver(LinkEvent::Join(JoinCall { request, bytes, from, reply })).await;
            match timeout(timing.join, answered).await {
                Ok(Ok(reply)) => reply,
                Ok(Err(_)) | Err(_) => JoinReply::from(JoinRefusal::RootUnreachable).encode(),
            }
        }
    };
    deliver(&mut send, &reply, timing.handshake, from).await;
    connection.close(Close::Answered.code(), b"");
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
