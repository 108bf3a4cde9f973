//! What a box keeps in `<data>/identity/`: its key, its certificate, the authority's and the root's.
//!
//! All standard PEM, and nothing besides: node, unit and root are read from the certificates and verified anew at every
//! start. Knows no connection and no token.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use sanji_model::lang::{Lang, Say};
use sanji_sync::{NodeId, UnitCode};

use super::authority::{CERTIFICATE_FILE as AUTHORITY_FILE, Fingerprint};
use super::certificate::{self, Certificate, CertificateFault};
use super::keys::{NoRandomness, NodeKey};
use super::pem::{self, Access, FileError};

const CERTIFICATE_FILE: &str = "certificate.pem";
const ROOT_FILE: &str = "root.pem";

/// A node's place, proved: its certificate, and the root's under the same authority. Can only be made by
/// [`Membership::verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    certificate: CertificateDer<'static>,
    authority: CertificateDer<'static>,
    root_certificate: CertificateDer<'static>,
    said: Certificate,
    root: NodeId,
}

/// Why keys and certificates cannot be made, read or believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error("the certificate could not be made: {0}")]
    Making(#[from] rcgen::Error),
    #[error("the node's certificate: {0}")]
    Certificate(CertificateFault),
    #[error("the root's certificate: {0}")]
    Root(CertificateFault),
    #[error("the certificate is for another key than this box's")]
    OtherKey,
    #[error("the certificate shown as the root's is not marked as such")]
    NotTheRoot,
}

impl Membership {
    /// Checks that `authority` vouches for both certificates, that the first is for `node` and the second for the root.
    pub fn verify(
        node: NodeId,
        certificate: CertificateDer<'static>,
        authority: CertificateDer<'static>,
        root_certificate: CertificateDer<'static>,
    ) -> Result<Membership, TrustError> {
        let said = certificate::verify(&certificate, &authority).map_err(TrustError::Certificate)?;
        if said.node != node {
            return Err(TrustError::OtherKey);
        }
        let root = certificate::verify(&root_certificate, &authority).map_err(TrustError::Root)?;
        if !root.root {
            return Err(TrustError::NotTheRoot);
        }
        Ok(Membership { certificate, authority, root_certificate, said, root: root.node })
    }

    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub fn authority(&self) -> &CertificateDer<'static> {
        &self.authority
    }

    pub fn root_certificate(&self) -> &CertificateDer<'static> {
        &self.root_certificate
    }

    /// What the node's certificate says: unit, serial number, dates.
    pub fn said(&self) -> &Certificate {
        &self.said
    }

    pub fn unit(&self) -> UnitCode {
        self.said.unit
    }

    /// The node that alone writes the directory.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Of the authority's certificate; what a token pins.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.authority)
    }
}

/// An enrolled box: key and membership that belong together.
#[derive(Clone, Debug)]
pub struct Identity {
    key: NodeKey,
    membership: Membership,
}

impl Identity {
    /// Joins key and membership; refused if the certificate is for another key.
    pub fn new(key: NodeKey, membership: Membership) -> Result<Identity, TrustError> {
        if membership.said.node != key.node() {
            Err(TrustError::OtherKey)
        } else {
            Ok(Identity { key, membership })
        }
    }

    /// Writes all files, the certificate last: an identity is there once its certificate is, so an enrolment cut off
    /// in the middle is simply not done and may be repeated with the same key.
    pub fn save(&self, dir: &Path) -> Result<(), FileError> {
        self.key.save(dir)?;
        let certificate = |name, der| pem::write(&dir.join(name), pem::CERTIFICATE, der, Access::Everybody);
        certificate(AUTHORITY_FILE, self.membership.authority())?;
        certificate(ROOT_FILE, self.membership.root_certificate())?;
        certificate(CERTIFICATE_FILE, self.membership.certificate())
    }

    /// Reads and verifies all files; none on a box that is not enrolled.
    pub fn load(dir: &Path) -> Result<Option<Identity>, TrustError> {
        let Some(certificate) = pem::read(&dir.join(CERTIFICATE_FILE), pem::CERTIFICATE)? else {
            return Ok(None);
        };
        let needed = |name| {
            let path = dir.join(name);
            let der = pem::read(&path, pem::CERTIFICATE)?;
            der.map(CertificateDer::from).ok_or(FileError::Malformed { path, label: pem::CERTIFICATE })
        };
        let (authority, root) = (needed(AUTHORITY_FILE)?, needed(ROOT_FILE)?);
        let Some(key) = NodeKey::load(dir)? else { return Err(TrustError::OtherKey) };
        let membership = Membership::verify(key.node(), certificate.into(), authority, root)?;
        Ok(Some(Identity { key, membership }))
    }

    pub fn key(&self) -> &NodeKey {
        &self.key
    }

    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    pub fn node(&self) -> NodeId {
        self.key.node()
    }

    pub fn unit(&self) -> UnitCode {
        self.membership.unit()
    }

    pub fn root(&self) -> NodeId {
        self.membership.root()
    }
}

impl Say for TrustError {
    fn code(&self) -> &'static str {
        match self {
            TrustError::File(_) => "IDENTITY_FILE",
            TrustError::Randomness(_) => "NO_RANDOMNESS",
            TrustError::Making(_) => "CERTIFICATE_MAKING",
            TrustError::Certificate(_) | TrustError::Root(_) | TrustError::NotTheRoot => "IDENTITY_UNTRUSTED",
            TrustError::OtherKey => "IDENTITY_KEY",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let zh = match self {
            TrustError::File(FileError::Io { path, source }) => {
                format!("无法读写身份文件 {}：{source}。请检查权限和磁盘", path.display())
            }
            TrustError::File(FileError::Malformed { path, .. }) => {
                format!("身份文件 {} 已损坏或缺失。请从备份恢复，或重新加入", path.display())
            }
            TrustError::Randomness(_) => "操作系统不能提供随机数，无法生成密钥。请重启本机后再试".to_owned(),
            TrustError::Making(_) => "无法生成证书。请联系县级管理员并附上日志".to_owned(),
            TrustError::Certificate(_) | TrustError::Root(_) | TrustError::NotTheRoot => {
                "身份文件夹中的证书不是由同一个县级机构签发的。请从备份恢复，或重新加入".to_owned()
            }
            TrustError::OtherKey => "证书与本机密钥不匹配。请从备份恢复 key.pem，或重新加入".to_owned(),
        };
        let todo = match self {
            TrustError::File(FileError::Io { .. }) => "check its permissions and the disk",
            TrustError::Randomness(_) => "restart the machine and try again",
            TrustError::Making(_) => "send the log to the county's administrator",
            TrustError::File(FileError::Malformed { .. })
            | TrustError::Certificate(_)
            | TrustError::Root(_)
            | TrustError::NotTheRoot
            | TrustError::OtherKey => "restore the identity folder from a backup, or join anew",
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => format!("{self}; {todo}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use sanji_sync::Time;

    use super::super::{Authority, SeatGrant, Validity};
    use super::*;

    const NOW: Time = Time(1_790_000_000_000);

    fn signed(authority: &Authority, node: NodeId, code: &str, root: bool) -> CertificateDer<'static> {
        let unit = UnitCode::parse(code).unwrap();
        authority.sign(&SeatGrant { node, unit, root, serial: 1, validity: Validity::of_node(NOW) }).unwrap()
    }

    #[test]
    fn an_identity_reads_back_and_a_half_written_one_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::make(UnitCode::parse("640202").unwrap(), NOW).unwrap();
        let (county, town) = (NodeKey::from_seed([1; 32]), NodeKey::from_seed([2; 32]));
        let root = signed(&authority, county.node(), "640202", true);
        let own = signed(&authority, town.node(), "640202001", false);
        let membership = Membership::verify(town.node(), own, authority.certificate().clone(), root).unwrap();
        town.save(dir.path()).unwrap();
        assert!(Identity::load(dir.path()).unwrap().is_none());
        let identity = Identity::new(town.clone(), membership.clone()).unwrap();
        identity.save(dir.path()).unwrap();
        let loaded = Identity::load(dir.path()).unwrap().unwrap();
        assert_eq!(loaded.membership(), &membership);
        assert_eq!((loaded.node(), loaded.root()), (town.node(), county.node()));
        // Another key under the same certificate, as after a careless copy.
        county.save(dir.path()).unwrap();
        assert!(matches!(Identity::load(dir.path()), Err(TrustError::OtherKey)));
        assert!(matches!(Identity::new(county, membership), Err(TrustError::OtherKey)));
    }

    #[test]
    fn no_other_member_passes_for_the_root_and_no_other_authority_for_ours() {
        let county = UnitCode::parse("640202").unwrap();
        let (ours, theirs) = (Authority::make(county, NOW).unwrap(), Authority::make(county, NOW).unwrap());
        let (town, village) = (NodeId([3; 32]), NodeKey::from_seed([2; 32]).node());
        let own = signed(&ours, village, "640202001001", false);
        let verify = |root| Membership::verify(village, own.clone(), ours.certificate().clone(), root);
        assert!(matches!(verify(signed(&ours, town, "640202001", false)), Err(TrustError::NotTheRoot)));
        assert!(matches!(verify(signed(&theirs, town, "640202", true)), Err(TrustError::Root(_))));
        let stranger = signed(&theirs, village, "640202001001", false);
        let root = signed(&ours, town, "640202", true);
        let refused = Membership::verify(village, stranger, ours.certificate().clone(), root);
        assert!(matches!(refused, Err(TrustError::Certificate(CertificateFault::OtherAuthority))));
    }
}
