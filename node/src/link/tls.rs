//! TLS for the link: who must show what to whom.
//!
//! `sanji/1` (sync): both sides show a certificate of the county's authority. `sanji-join/1` (enrolment): the joiner has
//! none yet and pins the authority's fingerprint instead. One endpoint serves both, so a missing client certificate is
//! let through the handshake and turned away after it, by protocol (`accept`). Certificates are judged by
//! `trust::certificate` alone, in both directions, over QUIC and TCP alike. Knows no directory.

use std::sync::Arc;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{IdleTimeout, TransportConfig, VarInt};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};

use super::event::LANES;
use super::options::{
    LANE_RECEIVE_WINDOW_BYTES, LinkOptions, RECEIVE_WINDOW_BYTES, SEND_WINDOW_BYTES, Timing,
};
use super::steady::SteadyConfig;
use crate::trust::certificate::{CertificateFault, verify_by};
use crate::trust::{Fingerprint, Identity};

/// Protocol names (ALPN). A new number is a new protocol; a node may offer several.
pub(super) const SYNC: &[u8] = b"sanji/1";
pub(super) const JOIN: &[u8] = b"sanji-join/1";

/// TLS within QUIC, and the same over TCP.
pub(super) struct Both<Quic, Tls> {
    pub(super) quic: Quic,
    pub(super) tls: Arc<Tls>,
}

/// The settings for dialling.
pub(super) type Client = Both<quinn::ClientConfig, rustls::ClientConfig>;

/// The settings for accepting, under both protocols.
pub(super) fn server(
    identity: &Identity,
    options: &LinkOptions,
) -> Result<Both<quinn::ServerConfig, rustls::ServerConfig>, rustls::Error> {
    let member = Arc::new(MemberVerifier::of(identity)?);
    let mut tls = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(member)
        .with_single_cert(chain(identity), identity.key().pkcs8())?;
    tls.alpn_protocols = vec![SYNC.to_vec(), JOIN.to_vec()];
    // A resumed session never shows its certificate again: a revoked node would get in.
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.send_tls13_tickets = 0;
    let tls = Arc::new(tls);
    let crypto =
        QuicServerConfig::try_from(tls.clone()).map_err(|e| rustls::Error::General(e.to_string()))?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    config.transport_config(transport(&options.timing, options.adjust));
    Ok(Both { quic: config, tls })
}

/// The settings for dialling a parent.
pub(super) fn client(identity: &Identity, options: &LinkOptions) -> Result<Client, rustls::Error> {
    let tls = client_builder(Arc::new(MemberVerifier::of(identity)?))?
        .with_client_auth_cert(vec![identity.membership().certificate().clone()], identity.key().pkcs8())?;
    dialling(tls, SYNC, transport(&options.timing, options.adjust))
}

/// The settings for asking to join: whoever answers must be of the authority with this fingerprint.
pub(super) fn joiner(authority: Fingerprint, timing: &Timing) -> Result<Client, rustls::Error> {
    let tls = client_builder(Arc::new(PinVerifier { authority }))?.with_no_client_auth();
    dialling(tls, JOIN, transport(timing, |_| {}))
}

fn client_builder(
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>, rustls::Error> {
    Ok(rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier))
}

fn dialling(
    mut tls: rustls::ClientConfig,
    alpn: &[u8],
    transport: Arc<TransportConfig>,
) -> Result<Client, rustls::Error> {
    tls.alpn_protocols = vec![alpn.to_vec()];
    tls.resumption = Resumption::disabled();
    let tls = Arc::new(tls);
    let crypto =
        QuicClientConfig::try_from(tls.clone()).map_err(|e| rustls::Error::General(e.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(transport);
    Ok(Both { quic: config, tls })
}

/// Own certificate and the authority's: the joiner needs the latter to see that it is the one it pinned.
fn chain(identity: &Identity) -> Vec<CertificateDer<'static>> {
    let membership = identity.membership();
    vec![membership.certificate().clone(), membership.authority().clone()]
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Measured on the lines of DOMAIN §8: decision 11.
fn transport(timing: &Timing, adjust: fn(&mut TransportConfig)) -> Arc<TransportConfig> {
    let mut transport = TransportConfig::default();
    transport
        .congestion_controller_factory(Arc::new(SteadyConfig))
        .max_idle_timeout(Some(IdleTimeout::try_from(timing.idle).unwrap_or(VarInt::MAX.into())))
        .keep_alive_interval(Some(timing.keep_alive))
        .max_concurrent_uni_streams(VarInt::from_u32(LANES.into()))
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(LANE_RECEIVE_WINDOW_BYTES.into())
        .receive_window(RECEIVE_WINDOW_BYTES.into())
        .send_window(SEND_WINDOW_BYTES);
    adjust(&mut transport);
    Arc::new(transport)
}

/// Accepts members of the county, at either end.
#[derive(Debug)]
struct MemberVerifier {
    roots: RootCertStore,
}

impl MemberVerifier {
    fn of(identity: &Identity) -> Result<MemberVerifier, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(identity.membership().authority().clone())?;
        Ok(MemberVerifier { roots })
    }
}

impl ServerCertVerifier for MemberVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        verify_by(end_entity, &self.roots).map(|_| ServerCertVerified::assertion()).map_err(alert)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        handshake_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

impl ClientCertVerifier for MemberVerifier {
    /// A joiner has no certificate; `sanji/1` without one is turned away after the handshake.
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        verify_by(end_entity, &self.roots).map(|_| ClientCertVerified::assertion()).map_err(alert)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        handshake_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// Accepts members of the authority with a known fingerprint, which the server shows behind its own certificate.
#[derive(Debug)]
struct PinVerifier {
    authority: Fingerprint,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pinned = intermediates.iter().find(|shown| Fingerprint::of(shown) == self.authority);
        let pinned = pinned.ok_or_else(|| alert(CertificateFault::OtherAuthority))?;
        crate::trust::certificate::verify(end_entity, pinned)
            .map(|_| ServerCertVerified::assertion())
            .map_err(alert)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        handshake_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// A caller put together against the rules: shows what it likes, or nothing.
#[cfg(test)]
pub(super) fn stray(trusting: &Identity, showing: Option<&Identity>, alpn: &[u8]) -> Client {
    let builder = client_builder(Arc::new(MemberVerifier::of(trusting).unwrap())).unwrap();
    let tls = match showing {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(vec![identity.membership().certificate().clone()], identity.key().pkcs8())
            .unwrap(),
    };
    dialling(tls, alpn, transport(&Timing::default(), |_| {})).unwrap()
}

fn handshake_signature(
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let algorithms = provider().signature_verification_algorithms;
    rustls::crypto::verify_tls13_signature(message, cert, dss, &algorithms)
}

/// Both faults become the alert `unknown_ca` or `bad_certificate`, which the other side can tell (`fault`).
fn alert(fault: CertificateFault) -> rustls::Error {
    rustls::Error::InvalidCertificate(match fault {
        CertificateFault::OtherAuthority | CertificateFault::BadAuthority => CertificateError::UnknownIssuer,
        CertificateFault::NotOurs(_) => CertificateError::BadEncoding,
    })
}

fn no_tls12() -> rustls::Error {
    rustls::Error::General("TLS 1.2 is not spoken".to_owned())
}
