//! A node's certificate: what it says, and whether the county's authority said it.
//!
//! One rule for both directions of TLS and for files: [`verify`]. Knows no connection and no revocation; that is the
//! directory's, asked at every accept.
//!
//! **Validity and wrong clocks.** The clocks of village boxes are wrong by a day or by years (DOMAIN §8), and a box that
//! cannot connect cannot have its clock or its certificate set right. So the dates of a certificate do not open or
//! close a link: the chain is verified as of a moment at which the certificate is valid. What ends a node's right is
//! its revocation in the directory, which takes effect at once and needs no clock. The dates are for people
//! (`sanji doctor` counts the days left) and for other software that reads the certificate: ten years, dated two years
//! back, so that they hold on a box whose clock is somewhat slow, too.

use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use sanji_sync::{NodeId, Time, UnitCode};
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OID_SIG_ED25519;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The name every node certificate carries, asked for when dialling.
pub const NAME: &str = "sanji";
/// The further name that only the root's certificate carries, so that no other node can pass for the root.
pub const ROOT_NAME: &str = "root.sanji";
/// Around the unit code in the name that carries it: `u640202001.unit.sanji`.
pub(super) const UNIT_PREFIX: &str = "u";
pub(super) const UNIT_SUFFIX: &str = ".unit.sanji";

const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;

/// From when to when a certificate says it is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    pub not_before: Time,
    pub not_after: Time,
}

impl Validity {
    /// Of a node certificate made at `now`: two years back, ten ahead.
    pub fn of_node(now: Time) -> Validity {
        Validity { not_before: Time(now.0.saturating_sub(2 * YEAR_MS)), not_after: now.plus_ms(10 * YEAR_MS) }
    }

    /// Of an authority made at `now`: it outlives every certificate it signs in its first twenty years.
    pub fn of_authority(now: Time) -> Validity {
        Validity { not_after: now.plus_ms(30 * YEAR_MS), ..Validity::of_node(now) }
    }
}

/// What a node certificate says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    pub node: NodeId,
    pub unit: UnitCode,
    /// Whether it is the node that alone writes the directory.
    pub root: bool,
    pub serial: u64,
    pub validity: Validity,
}

/// Why a certificate is not one of ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CertificateFault {
    #[error("the certificate was not issued by this county's authority")]
    OtherAuthority,
    #[error("the authority's certificate cannot be read")]
    BadAuthority,
    #[error("not a Sanji node certificate: {0}")]
    NotOurs(&'static str),
}

/// Verifies the chain to `authority` (by webpki, for the name [`NAME`]) and reads the certificate. Dates are not
/// judged; see the top of this file.
pub fn verify(
    certificate: &CertificateDer<'_>,
    authority: &CertificateDer<'_>,
) -> Result<Certificate, CertificateFault> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone().into_owned()).map_err(|_| CertificateFault::BadAuthority)?;
    verify_by(certificate, &roots)
}

/// [`verify`] with the authority already read.
pub(crate) fn verify_by(
    certificate: &CertificateDer<'_>,
    roots: &RootCertStore,
) -> Result<Certificate, CertificateFault> {
    let said = read_certificate(certificate)?;
    let parsed = ParsedCertificate::try_from(certificate)
        .map_err(|_| CertificateFault::NotOurs("it is not X.509 version 3"))?;
    let moment = UnixTime::since_unix_epoch(Duration::from_millis(said.validity.not_before.0));
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    verify_server_cert_signed_by_trust_anchor(&parsed, roots, &[], moment, algorithms.all)
        .map_err(|_| CertificateFault::OtherAuthority)?;
    let name = ServerName::try_from(NAME).expect("a DNS name");
    rustls::client::verify_server_name(&parsed, &name)
        .map_err(|_| CertificateFault::NotOurs("its name is not `sanji`"))?;
    Ok(said)
}

/// Reads what a certificate says. Says nothing about who issued it: that is [`verify`].
pub fn read_certificate(certificate: &[u8]) -> Result<Certificate, CertificateFault> {
    let fault = CertificateFault::NotOurs;
    let (rest, x509) = X509Certificate::from_der(certificate).map_err(|_| fault("it is not X.509"))?;
    if !rest.is_empty() {
        return Err(fault("bytes follow it"));
    }
    let key = x509.public_key();
    if key.algorithm.algorithm != OID_SIG_ED25519 {
        return Err(fault("its key is not ed25519"));
    }
    let node = NodeId(
        key.subject_public_key.data.as_ref().try_into().map_err(|_| fault("its key is not 32 bytes"))?,
    );
    let subject = x509.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    if subject != Some(node.to_string().as_str()) {
        return Err(fault("its subject is not its key"));
    }
    let names = dns_names(&x509);
    let mut units = names.iter().filter_map(|name| name.strip_prefix(UNIT_PREFIX)?.strip_suffix(UNIT_SUFFIX));
    let unit =
        units.next().and_then(|code| UnitCode::parse(code).ok()).ok_or_else(|| fault("it names no unit"))?;
    if units.next().is_some() {
        return Err(fault("it names two units"));
    }
    Ok(Certificate {
        node,
        unit,
        root: names.contains(&ROOT_NAME),
        serial: serial(&x509).ok_or_else(|| fault("its serial number is too long"))?,
        validity: Validity {
            not_before: time(x509.validity().not_before.timestamp()),
            not_after: time(x509.validity().not_after.timestamp()),
        },
    })
}

fn dns_names<'a>(x509: &'a X509Certificate<'_>) -> Vec<&'a str> {
    let Ok(Some(names)) = x509.subject_alternative_name() else { return Vec::new() };
    let dns = names
        .value
        .general_names
        .iter()
        .filter_map(|name| if let GeneralName::DNSName(dns) = name { Some(*dns) } else { None });
    dns.collect()
}

fn serial(x509: &X509Certificate<'_>) -> Option<u64> {
    let bytes = x509.raw_serial();
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let short = &bytes[start..];
    (short.len() <= 8).then(|| short.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

fn time(seconds: i64) -> Time {
    Time(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000))
}
