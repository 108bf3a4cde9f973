//! The node's own key: one ed25519 key signs its log entries and stands in its TLS certificate.
//!
//! Knows no unit and no authority. The private key never leaves the box (ARCHITECTURE §6).

use std::fmt;
use std::path::Path;

use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sanji_sync::NodeId;

use super::pem::{self, Access, FileError};

/// The file name in the identity directory.
const FILE: &str = "key.pem";

/// A node's private key.
#[derive(Clone)]
pub struct NodeKey {
    signing: SigningKey,
}

/// The operating system gave no random bytes; nothing secret can be made without them.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

impl NodeKey {
    /// Draws a new key.
    pub fn draw() -> Result<NodeKey, NoRandomness> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(NodeKey::from_seed(seed))
    }

    /// The key of 32 secret bytes; for tests and simulations, which must repeat.
    pub fn from_seed(seed: [u8; 32]) -> NodeKey {
        NodeKey { signing: SigningKey::from_bytes(&seed) }
    }

    /// The public half, which is the node's name.
    pub fn node(&self) -> NodeId {
        NodeId(self.signing.verifying_key().to_bytes())
    }

    /// For the writer of log entries.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// The secret half of [`agreement_key`], for what was sealed to this node.
    pub(crate) fn agreement_secret(&self) -> [u8; 32] {
        self.signing.to_scalar_bytes()
    }

    /// PKCS#8, as TLS and the certificate library take it.
    pub fn pkcs8(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pkcs8_bytes()))
    }

    fn pkcs8_bytes(&self) -> Vec<u8> {
        let document = self.signing.to_pkcs8_der().expect("an ed25519 key always has a PKCS#8 form");
        document.as_bytes().to_vec()
    }

    /// Writes `key.pem`, readable by the owner only.
    pub fn save(&self, dir: &Path) -> Result<(), FileError> {
        self.save_as(&dir.join(FILE))
    }

    /// Reads `key.pem`; none if there is none.
    pub fn load(dir: &Path) -> Result<Option<NodeKey>, FileError> {
        NodeKey::load_from(&dir.join(FILE))
    }

    pub(super) fn save_as(&self, path: &Path) -> Result<(), FileError> {
        pem::write(path, pem::PRIVATE_KEY, &self.pkcs8_bytes(), Access::Owner)
    }

    pub(super) fn load_from(path: &Path) -> Result<Option<NodeKey>, FileError> {
        let Some(der) = pem::read(path, pem::PRIVATE_KEY)? else { return Ok(None) };
        SigningKey::from_pkcs8_der(&der)
            .map(|signing| Some(NodeKey { signing }))
            .map_err(|_| FileError::Malformed { path: path.to_owned(), label: pem::PRIVATE_KEY })
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeKey({})", self.node().short())
    }
}

/// The X25519 key behind a node's ed25519 key (RFC 7748 §4.1), to which files for it are sealed; none if it is no good key.
pub(crate) fn agreement_key(node: &NodeId) -> Option<[u8; 32]> {
    let key = VerifyingKey::from_bytes(&node.0).ok().filter(|key| !key.is_weak())?;
    Some(key.to_montgomery().to_bytes())
}

/// Whether `node` signed `message`. Strict: no malleable signature, no weak key.
pub(crate) fn signed_by(node: &NodeId, message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&node.0)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_key_is_the_same_node_and_nobody_elses_to_read() {
        let dir = tempfile::tempdir().unwrap();
        let identity = dir.path().join("identity");
        assert!(NodeKey::load(&identity).unwrap().is_none());
        let key = NodeKey::draw().unwrap();
        key.save(&identity).unwrap();
        assert_eq!(NodeKey::load(&identity).unwrap().unwrap().node(), key.node());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(identity.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(identity.join(FILE), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
            .unwrap();
        assert!(matches!(NodeKey::load(&identity), Err(FileError::Malformed { .. })));
    }

    #[test]
    fn a_signature_holds_for_its_node_and_message_only() {
        let (a, b) = (NodeKey::from_seed([1; 32]), NodeKey::from_seed([2; 32]));
        let signature = a.sign(b"x");
        assert!(signed_by(&a.node(), b"x", &signature));
        assert!(!signed_by(&a.node(), b"y", &signature));
        assert!(!signed_by(&b.node(), b"x", &signature));
    }
}
