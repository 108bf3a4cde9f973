//! A connection of either transport, as the rest of the link sees it: who is there, how it ends, what it has carried.
//!
//! QUIC is preferred; TLS over TCP is for networks that let no UDP through ([`chunks`](super::chunks) says how lanes
//! share its one stream). What a certificate must say is the same for both. Knows no frame.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use quinn::Connection;
use quinn::crypto::rustls::HandshakeData;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsStream;

use super::event::{Close, DownReason};
use super::fault::{down_reason, short};

/// How two nodes are connected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Transport {
    Quic,
    /// TLS 1.3 over TCP.
    Tcp,
}

impl Transport {
    pub fn name(self) -> &'static str {
        match self {
            Transport::Quic => "quic",
            Transport::Tcp => "tcp",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub(super) enum Wire {
    Quic(Connection),
    Tls(Box<TlsWire>),
}

/// The part of a TLS connection that is shared; its stream is taken by whoever speaks on it.
#[derive(Debug)]
pub(super) struct TlsWire {
    remote: SocketAddr,
    protocol: Option<Vec<u8>>,
    shown: Option<CertificateDer<'static>>,
    ended: watch::Sender<Option<DownReason>>,
    bytes_up: AtomicU64,
    bytes_down: AtomicU64,
    stream: Mutex<Option<TlsStream<TcpStream>>>,
}

impl Wire {
    pub(super) fn tls(stream: impl Into<TlsStream<TcpStream>>, remote: SocketAddr) -> Wire {
        let stream = stream.into();
        let (_, session) = stream.get_ref();
        let protocol = session.alpn_protocol().map(<[u8]>::to_vec);
        let certificates = session.peer_certificates().unwrap_or_default();
        let shown = certificates.first().map(|certificate| certificate.clone().into_owned());
        Wire::Tls(Box::new(TlsWire {
            remote,
            protocol,
            shown,
            ended: watch::Sender::new(None),
            bytes_up: AtomicU64::new(0),
            bytes_down: AtomicU64::new(0),
            stream: Mutex::new(Some(stream)),
        }))
    }

    pub(super) fn transport(&self) -> Transport {
        match self {
            Wire::Quic(_) => Transport::Quic,
            Wire::Tls(_) => Transport::Tcp,
        }
    }

    pub(super) fn remote_address(&self) -> SocketAddr {
        match self {
            Wire::Quic(connection) => connection.remote_address(),
            Wire::Tls(wire) => wire.remote,
        }
    }

    /// The protocol (ALPN) that the handshake agreed on.
    pub(super) fn protocol(&self) -> Option<Vec<u8>> {
        match self {
            Wire::Quic(connection) => connection.handshake_data()?.downcast::<HandshakeData>().ok()?.protocol,
            Wire::Tls(wire) => wire.protocol.clone(),
        }
    }

    /// The certificate that the peer showed, if any.
    pub(super) fn shown(&self) -> Option<CertificateDer<'static>> {
        match self {
            Wire::Quic(connection) => {
                let shown = connection.peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
                shown.into_iter().next()
            }
            Wire::Tls(wire) => wire.shown.clone(),
        }
    }

    /// Closes and tells the peer why; nothing if it has ended already.
    pub(super) fn close(&self, close: Close, why: &str) {
        let why = short(why);
        match self {
            Wire::Quic(connection) => connection.close(close.code(), why.as_bytes()),
            Wire::Tls(wire) => wire.end(DownReason::Here { close, why }),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Wire::Quic(connection) => connection.close_reason().is_some(),
            Wire::Tls(wire) => wire.ended.borrow().is_some(),
        }
    }

    /// Waits for the end and says why it came.
    pub(super) async fn closed(&self) -> DownReason {
        match self {
            Wire::Quic(connection) => down_reason(&connection.closed().await),
            Wire::Tls(wire) => wire.closed().await,
        }
    }

    /// Counts a chunk that came; QUIC counts for itself.
    pub(super) fn received(&self, bytes: usize) {
        if let Wire::Tls(wire) = self {
            wire.bytes_down.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// Bytes sent and received: of UDP, repetitions included; of TLS without its own and TCP's overhead.
    pub(super) fn bytes(&self) -> (u64, u64) {
        match self {
            Wire::Quic(connection) => {
                let stats = connection.stats();
                (stats.udp_tx.bytes, stats.udp_rx.bytes)
            }
            Wire::Tls(wire) => {
                (wire.bytes_up.load(Ordering::Relaxed), wire.bytes_down.load(Ordering::Relaxed))
            }
        }
    }
}

impl TlsWire {
    /// The stream, once.
    pub(super) fn take(&self) -> Option<TlsStream<TcpStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes the end; the first reason stands.
    pub(super) fn end(&self, why: DownReason) {
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert(why);
            first
        });
    }

    pub(super) async fn closed(&self) -> DownReason {
        let mut ended = self.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or(DownReason::Silent),
            // The sender is in `self`.
            Err(_) => DownReason::Silent,
        }
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.bytes_up.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
