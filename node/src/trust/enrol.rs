//! Enrolment: what a new box asks, and what it is told.
//!
//! The request travels through a town that relays it. The town can read and withhold it but not change it: everything
//! is authenticated under a key derived from the token's secret, which itself never travels. The reply is believed for
//! its certificates only: they chain to the authority that the token pins. Knows no connection.

use minicbor::{Decode, Encode};
use rustls::pki_types::CertificateDer;
use sanji_model::lang::{Lang, Say};
use sanji_sync::{NodeId, UnitCode};

use super::authority::Fingerprint;
use super::identity::{Membership, TrustError};
use super::keys::{NodeKey, signed_by};
use super::refusal::{EnrolError, JoinRefusal};
use super::token::{Secret, Token, TokenId};

/// Bytes of an encoded request: a unit, an address and 160 bytes of proof, generously rounded.
pub const REQUEST_BYTES_MAX: usize = 2 * 1024;
/// Bytes of an encoded reply: three certificates of about 500 bytes, or two sentences.
pub const REPLY_BYTES_MAX: usize = 16 * 1024;

/// What a joining box says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
struct Claim {
    #[n(0)]
    token: TokenId,
    #[n(1)]
    unit: UnitCode,
    #[n(2)]
    node: NodeId,
    #[n(3)]
    listen: Option<String>,
}

/// A box asks for its certificate. Change nothing here without a new `sanji-join` protocol name.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct JoinRequest {
    #[n(0)]
    claim: Claim,
    /// By the node's key over the claim: the box has the key that it wants certified.
    #[cbor(n(1), with = "minicbor::bytes")]
    signature: [u8; 64],
    /// Under a key derived from the token's secret, over claim and signature: the box was invited, and nobody on the
    /// way swapped the key.
    #[cbor(n(2), with = "minicbor::bytes")]
    mac: [u8; 32],
}

impl JoinRequest {
    /// The request of the box with `key` that holds `token`. `listen` is where others may reach it, `host:port`.
    pub fn new(token: &Token, key: &NodeKey, listen: Option<String>) -> JoinRequest {
        let claim = Claim { token: token.id(), unit: token.unit, node: key.node(), listen };
        let signature = key.sign(&claim.signed_bytes());
        let mac = claim.mac(&signature, &token.secret);
        JoinRequest { claim, signature, mac: *mac.as_bytes() }
    }

    /// Whether the sender was invited with `secret` and has the key it names. Time and use of the token are judged by
    /// whoever keeps the tokens.
    pub fn verify(&self, secret: &Secret) -> Result<(), JoinRefusal> {
        if self.claim.token != secret.id() {
            return Err(JoinRefusal::TokenUnknown);
        }
        // blake3::Hash compares in constant time.
        if self.claim.mac(&self.signature, secret) != blake3::Hash::from_bytes(self.mac) {
            return Err(JoinRefusal::Tampered);
        }
        if signed_by(&self.claim.node, &self.claim.signed_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(JoinRefusal::Tampered)
        }
    }

    /// Which token it was made with; the secret is looked up by it.
    pub fn token(&self) -> TokenId {
        self.claim.token
    }

    pub fn unit(&self) -> UnitCode {
        self.claim.unit
    }

    pub fn node(&self) -> NodeId {
        self.claim.node
    }

    pub fn listen(&self) -> Option<&str> {
        self.claim.listen.as_deref()
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory does not fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<JoinRequest, JoinRefusal> {
        whole(bytes, REQUEST_BYTES_MAX).ok_or(JoinRefusal::Unreadable)
    }
}

impl Claim {
    fn bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory does not fail")
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = b"sanji/1 join request\0".to_vec();
        bytes.extend(self.bytes());
        bytes
    }

    fn mac(&self, signature: &[u8; 64], secret: &Secret) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&secret.mac_key());
        hasher.update(signature);
        hasher.update(&self.bytes());
        hasher.finalize()
    }
}

/// What the county answers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum JoinReply {
    #[n(0)]
    Granted(#[n(0)] Granted),
    #[n(1)]
    Refused(#[n(0)] Refused),
}

/// The new node's certificate and all it needs to believe others; certificates are DER.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Granted {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub authority: Vec<u8>,
    /// The county node's own, from which the joiner learns whose word the directory is.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root: Vec<u8>,
    /// The unit above, for display until the directory is there; not authenticated by itself.
    #[n(3)]
    pub parent: Option<UnitCode>,
}

/// A refusal with its sentences, so that a newer county can refuse an older box in words.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Refused {
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub en: String,
    #[n(2)]
    pub zh: String,
}

impl From<JoinRefusal> for Refused {
    fn from(why: JoinRefusal) -> Refused {
        Refused { code: why.code().to_owned(), en: why.text(Lang::En), zh: why.text(Lang::Zh) }
    }
}

impl From<JoinRefusal> for JoinReply {
    fn from(why: JoinRefusal) -> JoinReply {
        JoinReply::Refused(why.into())
    }
}

impl JoinReply {
    /// Verifies the reply to the request of `node`: pinned authority, certificate for this key and the token's unit,
    /// root marked as such.
    pub fn check(&self, token: &Token, node: NodeId) -> Result<Membership, EnrolError> {
        let granted = match self {
            JoinReply::Granted(granted) => granted,
            JoinReply::Refused(refused) => return Err(EnrolError::Refused(refused.clone())),
        };
        if Fingerprint::of(&granted.authority) != token.authority {
            return Err(EnrolError::OtherAuthority);
        }
        let der = |bytes: &[u8]| CertificateDer::from(bytes.to_vec());
        let membership =
            Membership::verify(node, der(&granted.certificate), der(&granted.authority), der(&granted.root))
                .map_err(|fault| match fault {
                    TrustError::OtherKey => EnrolError::BadReply("the certificate is for another key"),
                    TrustError::NotTheRoot | TrustError::Root(_) => {
                        EnrolError::BadReply("the root's certificate is not the root's")
                    }
                    TrustError::Certificate(_)
                    | TrustError::File(_)
                    | TrustError::Randomness(_)
                    | TrustError::Making(_) => EnrolError::BadReply("the certificate does not verify"),
                })?;
        if membership.unit() == token.unit {
            Ok(membership)
        } else {
            Err(EnrolError::BadReply("the certificate is for another unit"))
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory does not fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<JoinReply, EnrolError> {
        whole(bytes, REPLY_BYTES_MAX).ok_or(EnrolError::BadReply("it cannot be read"))
    }
}

/// Decodes a message that fills `bytes` to the end.
fn whole<'b, T: Decode<'b, ()>>(bytes: &'b [u8], bytes_max: usize) -> Option<T> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = (bytes.len() <= bytes_max).then(|| decoder.decode().ok())??;
    (decoder.position() == bytes.len()).then_some(value)
}

#[cfg(test)]
mod tests {
    use sanji_sync::Time;

    use super::super::{Authority, SeatGrant, Validity};
    use super::*;

    const NOW: Time = Time(1_790_000_000_000);

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).unwrap()
    }

    fn token(authority: &Authority) -> Token {
        Token {
            unit: unit("640202001001"),
            addresses: vec!["127.0.0.1:1".to_owned()],
            authority: authority.fingerprint(),
            secret: Secret([3; 16]),
            expires: NOW,
        }
    }

    #[test]
    fn a_request_holds_as_made_and_in_no_other_form() {
        let token = token(&Authority::make(unit("640202"), NOW).unwrap());
        let (key, thief) = (NodeKey::from_seed([1; 32]), NodeKey::from_seed([2; 32]));
        let made = JoinRequest::new(&token, &key, Some("10.0.0.9:7443".to_owned()));
        let arrived = JoinRequest::decode(&made.encode()).unwrap();
        assert_eq!(arrived.verify(&token.secret), Ok(()));
        assert_eq!(
            (arrived.node(), arrived.unit(), arrived.listen()),
            (key.node(), token.unit, Some("10.0.0.9:7443"))
        );
        // The secret does not travel.
        assert!(!made.encode().windows(16).any(|window| window == token.secret.0));

        // A relay puts its own key in, with a signature that holds: the mac does not.
        let mut swapped = arrived.clone();
        swapped.claim.node = thief.node();
        swapped.signature = thief.sign(&swapped.claim.signed_bytes());
        assert_eq!(swapped.verify(&token.secret), Err(JoinRefusal::Tampered));
        let moved = JoinRequest {
            claim: Claim { unit: unit("640202001002"), ..arrived.claim.clone() },
            ..arrived.clone()
        };
        assert_eq!(moved.verify(&token.secret), Err(JoinRefusal::Tampered));
        let rerouted =
            JoinRequest { claim: Claim { listen: None, ..arrived.claim.clone() }, ..arrived.clone() };
        assert_eq!(rerouted.verify(&token.secret), Err(JoinRefusal::Tampered));
        // An invited box claims a key that it does not have: the mac holds, the signature does not.
        let mut borrowed = arrived.clone();
        borrowed.claim.node = thief.node();
        borrowed.mac = *borrowed.claim.mac(&borrowed.signature, &token.secret).as_bytes();
        assert_eq!(borrowed.verify(&token.secret), Err(JoinRefusal::Tampered));
        assert_eq!(arrived.verify(&Secret([4; 16])), Err(JoinRefusal::TokenUnknown));
        let mut longer = made.encode();
        longer.push(0);
        assert_eq!(JoinRequest::decode(&longer), Err(JoinRefusal::Unreadable));
    }

    #[test]
    fn a_reply_is_believed_only_for_this_key_this_unit_and_this_authority() {
        let (ours, theirs) =
            (Authority::make(unit("640202"), NOW).unwrap(), Authority::make(unit("640202"), NOW).unwrap());
        let token = token(&ours);
        let (node, county) = (NodeKey::from_seed([1; 32]).node(), NodeKey::from_seed([9; 32]).node());
        let sign = |authority: &Authority, node, unit, root| {
            authority
                .sign(&SeatGrant { node, unit, root, serial: 2, validity: Validity::of_node(NOW) })
                .unwrap()
                .to_vec()
        };
        let granted = Granted {
            certificate: sign(&ours, node, token.unit, false),
            authority: ours.certificate().to_vec(),
            root: sign(&ours, county, unit("640202"), true),
            parent: Some(unit("640202001")),
        };
        let check = |granted: Granted| {
            JoinReply::decode(&JoinReply::Granted(granted).encode()).unwrap().check(&token, node)
        };
        let membership = check(granted.clone()).unwrap();
        assert_eq!((membership.unit(), membership.root()), (token.unit, county));
        let wrong = [
            Granted { certificate: sign(&ours, county, token.unit, false), ..granted.clone() },
            Granted { certificate: sign(&ours, node, unit("640202001"), false), ..granted.clone() },
            Granted { certificate: sign(&theirs, node, token.unit, false), ..granted.clone() },
            Granted { root: sign(&ours, county, unit("640202001"), false), ..granted.clone() },
        ];
        for granted in wrong {
            assert!(matches!(check(granted), Err(EnrolError::BadReply(_))));
        }
        let other = Granted { authority: theirs.certificate().to_vec(), ..granted };
        assert!(matches!(check(other), Err(EnrolError::OtherAuthority)));
        let refused = JoinReply::from(JoinRefusal::Expired).check(&token, node);
        assert!(matches!(refused, Err(EnrolError::Refused(why)) if why.code == "JOIN_EXPIRED"));
    }
}
