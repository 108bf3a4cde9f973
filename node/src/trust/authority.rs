//! The county's certificate authority: one ed25519 key on the county's box that says which node sits in which unit.
//!
//! Signs what it is told. Whether a unit exists and a token is good is decided before; knows neither.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use minicbor::{Decode, Encode};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SerialNumber, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sanji_sync::ids::BadId;
use sanji_sync::{NodeId, Time, UnitCode};
use sha2::{Digest, Sha256};

use super::certificate::{NAME, ROOT_NAME, UNIT_PREFIX, UNIT_SUFFIX, Validity};
use super::identity::TrustError;
use super::keys::NodeKey;
use super::pem::{self, Access, FileError};

const KEY_FILE: &str = "authority-key.pem";
pub(super) const CERTIFICATE_FILE: &str = "authority.pem";

/// SHA-256 of a certificate's DER, as `openssl x509 -fingerprint -sha256` shows it without the colons.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Fingerprint(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl Fingerprint {
    pub fn of(certificate: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Fingerprint, BadId> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.replace(':', "").as_bytes()).ok();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Fingerprint)
            .ok_or_else(|| BadId::Hex(text.to_owned(), 32))
    }
}

/// What a certificate shall say: this node sits in this unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeatGrant {
    pub node: NodeId,
    pub unit: UnitCode,
    /// True for one node only: the county's own, which alone writes the directory.
    pub root: bool,
    /// Unique under this authority; the owner counts or draws it.
    pub serial: u64,
    pub validity: Validity,
}

/// The authority's key and certificate.
pub struct Authority {
    key: NodeKey,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes the authority of a county with a new key.
    pub fn make(county: UnitCode, now: Time) -> Result<Authority, TrustError> {
        let key = NodeKey::draw()?;
        let mut params = dated(Validity::of_authority(now));
        params.distinguished_name.push(DnType::CommonName, format!("Sanji authority {county}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pair = key_pair(&key)?;
        let certificate = params.self_signed(&pair)?.der().clone();
        let issuer = Issuer::from_ca_cert_der(&certificate, pair)?;
        Ok(Authority { key, certificate, issuer })
    }

    /// Writes `authority-key.pem` (owner only) and `authority.pem`.
    pub fn save(&self, dir: &Path) -> Result<(), FileError> {
        self.key.save_as(&dir.join(KEY_FILE))?;
        pem::write(&dir.join(CERTIFICATE_FILE), pem::CERTIFICATE, &self.certificate, Access::Everybody)
    }

    /// Reads both files; none on a box that is no authority.
    pub fn load(dir: &Path) -> Result<Option<Authority>, TrustError> {
        let Some(key) = NodeKey::load_from(&dir.join(KEY_FILE))? else { return Ok(None) };
        let path = dir.join(CERTIFICATE_FILE);
        let Some(der) = pem::read(&path, pem::CERTIFICATE)? else {
            return Err(FileError::Malformed { path, label: pem::CERTIFICATE }.into());
        };
        let certificate = CertificateDer::from(der);
        let issuer = Issuer::from_ca_cert_der(&certificate, key_pair(&key)?)?;
        Ok(Some(Authority { key, certificate, issuer }))
    }

    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    /// The certificate of a seat: subject and key are the node's, the names `sanji` and `u<unit>.unit.sanji` (and
    /// `root.sanji` for the root), for both ends of a TLS connection.
    pub fn sign(&self, grant: &SeatGrant) -> Result<CertificateDer<'static>, TrustError> {
        let unit_name = format!("{UNIT_PREFIX}{}{UNIT_SUFFIX}", grant.unit);
        let mut names = vec![NAME.to_owned(), unit_name];
        if grant.root {
            names.push(ROOT_NAME.to_owned());
        }
        let mut params = dated(grant.validity);
        params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        params.distinguished_name.push(DnType::CommonName, grant.node.to_string());
        params.is_ca = IsCa::ExplicitNoCa;
        params.serial_number = Some(SerialNumber::from(grant.serial));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        Ok(params.signed_by(&PublicKey(grant.node), &self.issuer)?.der().clone())
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.fingerprint())
    }
}

/// Somebody else's public key, to be certified.
struct PublicKey(NodeId);

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

fn key_pair(key: &NodeKey) -> Result<KeyPair, TrustError> {
    let der = key.pkcs8();
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der.secret_der()), &PKCS_ED25519)?)
}

fn dated(validity: Validity) -> CertificateParams {
    /// 9999-12-31T23:59:59Z, the last second that a certificate can name (RFC 5280 §4.1.2.5).
    const LAST_SECOND: u64 = 253_402_300_799;
    let date =
        |time: Time| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs((time.0 / 1000).min(LAST_SECOND));
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.not_before = date(validity.not_before);
    params.not_after = date(validity.not_after);
    params
}

#[cfg(test)]
mod tests {
    use super::super::certificate::{CertificateFault, read_certificate, verify};
    use super::*;

    const NOW: Time = Time(1_790_000_000_000);

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).unwrap()
    }

    fn grant(node: NodeId, root: bool) -> SeatGrant {
        SeatGrant {
            node,
            unit: unit("640202001"),
            root,
            serial: 0xfedc_ba98_7654_3210,
            validity: Validity::of_node(NOW),
        }
    }

    #[test]
    fn a_certificate_says_what_was_granted_and_only_its_authority_vouches_for_it() {
        let (ours, theirs) =
            (Authority::make(unit("640202"), NOW).unwrap(), Authority::make(unit("640202"), NOW).unwrap());
        let key = NodeKey::from_seed([7; 32]);
        for root in [false, true] {
            let granted = grant(key.node(), root);
            let certificate = ours.sign(&granted).unwrap();
            let said = verify(&certificate, ours.certificate()).unwrap();
            assert_eq!(
                (said.node, said.unit, said.root, said.serial),
                (granted.node, granted.unit, root, granted.serial)
            );
            assert_eq!(said.validity, granted.validity);
            assert_eq!(verify(&certificate, theirs.certificate()), Err(CertificateFault::OtherAuthority));
            // The chain is what is missing, not the reading.
            assert_eq!(read_certificate(&certificate).unwrap(), said);
        }
        assert!(matches!(read_certificate(ours.certificate()), Err(CertificateFault::NotOurs(_))));
        assert!(matches!(
            verify(&b"nonsense".as_slice().into(), ours.certificate()),
            Err(CertificateFault::NotOurs(_))
        ));
    }

    #[test]
    fn a_certificate_of_another_decade_still_verifies() {
        let authority = Authority::make(unit("640202"), NOW).unwrap();
        for moment in [Time(0), Time(NOW.0 * 3), Time(u64::MAX)] {
            let granted = SeatGrant {
                validity: Validity::of_node(moment),
                ..grant(NodeKey::from_seed([7; 32]).node(), false)
            };
            let certificate = authority.sign(&granted).unwrap();
            assert!(verify(&certificate, authority.certificate()).is_ok(), "{moment:?}");
        }
    }

    #[test]
    fn a_saved_authority_signs_on() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Authority::load(dir.path()).unwrap().is_none());
        let authority = Authority::make(unit("640202"), NOW).unwrap();
        authority.save(dir.path()).unwrap();
        let loaded = Authority::load(dir.path()).unwrap().unwrap();
        assert_eq!(loaded.fingerprint(), authority.fingerprint());
        let certificate = loaded.sign(&grant(NodeKey::from_seed([7; 32]).node(), false)).unwrap();
        assert!(verify(&certificate, authority.certificate()).is_ok());
    }
}
