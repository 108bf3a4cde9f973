//! Reaches a node at an address: QUIC first, and TLS over TCP beside it when there is no answer for a while.
//!
//! The first that is through is taken. Whoever answers at all is believed: a certificate refused over QUIC is refused.
//! Knows nothing of what is said on the connection.

use std::net::SocketAddr;
use std::sync::Arc;

use quinn::Endpoint;
use rustls::pki_types::ServerName;
use tokio::net::TcpSocket;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::fault::HandshakeFault;
use super::options::{RESOLVED_ADDRESSES_MAX, TCP_SEND_BUFFER_BYTES, Timing};
use super::parent::Trouble;
use super::wire::{Transport, Wire};
use crate::trust::certificate::NAME;

/// What dialling needs, for both transports.
#[derive(Clone, Debug)]
pub(super) struct Dialler {
    pub(super) endpoint: Endpoint,
    pub(super) quic: quinn::ClientConfig,
    pub(super) tls: Arc<rustls::ClientConfig>,
    pub(super) timing: Timing,
}

impl Dialler {
    /// Over whatever gets through.
    pub(super) async fn reach(&self, address: &str) -> Result<Wire, Trouble> {
        let mut trouble = Trouble::Unresolved;
        for found in self.resolve(address).await {
            trouble = match self.race(found).await {
                Ok(wire) => return Ok(wire),
                Err(fault) => Trouble::Handshake(fault),
            };
        }
        Err(trouble)
    }

    /// Over one transport only.
    pub(super) async fn reach_over(&self, transport: Transport, address: &str) -> Result<Wire, Trouble> {
        let mut trouble = Trouble::Unresolved;
        for found in self.resolve(address).await {
            let reached = match transport {
                Transport::Quic => self.quic(found).await,
                Transport::Tcp => self.tcp(found).await,
            };
            trouble = match reached {
                Ok(wire) => return Ok(wire),
                Err(fault) => Trouble::Handshake(fault),
            };
        }
        Err(trouble)
    }

    async fn resolve(&self, address: &str) -> Vec<SocketAddr> {
        // An IPv4 socket cannot send to IPv6.
        let six = self.endpoint.local_addr().is_ok_and(|local| local.is_ipv6());
        match timeout(self.timing.handshake, tokio::net::lookup_host(address)).await {
            Ok(Ok(found)) => {
                found.filter(|found| found.is_ipv4() || six).take(RESOLVED_ADDRESSES_MAX).collect()
            }
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }

    async fn race(&self, found: SocketAddr) -> Result<Wire, HandshakeFault> {
        let late = async {
            sleep(self.timing.quic_alone).await;
            match self.tcp(found).await {
                Err(HandshakeFault::Silent | HandshakeFault::Other(_)) => {
                    // Nobody listens, or a firewall lets only UDP through: QUIC has as long again.
                    sleep(self.timing.quic_alone).await;
                    Err(HandshakeFault::Silent)
                }
                answered => answered,
            }
        };
        tokio::select! {
            quic = self.quic(found) => quic,
            tcp = late => tcp,
        }
    }

    async fn quic(&self, found: SocketAddr) -> Result<Wire, HandshakeFault> {
        let connecting = self.endpoint.connect_with(self.quic.clone(), found, NAME);
        let connecting = connecting.map_err(|e| HandshakeFault::Other(e.to_string()))?;
        match timeout(self.timing.handshake, connecting).await {
            Ok(Ok(connection)) => Ok(Wire::Quic(connection)),
            Ok(Err(e)) => Err(HandshakeFault::from(&e)),
            Err(_) => Err(HandshakeFault::Silent),
        }
    }

    async fn tcp(&self, found: SocketAddr) -> Result<Wire, HandshakeFault> {
        let connect = async {
            let stream = socket(found)?.connect(found).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::try_from(NAME).map_err(std::io::Error::other)?;
            let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await?;
            Ok(Wire::tls(stream, found))
        };
        match timeout(self.timing.handshake, connect).await {
            Ok(connected) => connected.map_err(|e: std::io::Error| HandshakeFault::from(&e)),
            Err(_) => Err(HandshakeFault::Silent),
        }
    }
}

/// A TCP socket with little room to wait in, so that a lower lane overtakes what is behind it.
pub(super) fn socket(for_address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if for_address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_send_buffer_size(TCP_SEND_BUFFER_BYTES)?;
    Ok(socket)
}
