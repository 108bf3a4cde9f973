//! The names of things that replicate: nodes, epochs, units, scopes, documents, logs, links.
//!
//! Each is a newtype that is parsed once at the edge; nobody checks it again. Knows no frame and no session.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Always an argument, never read in this crate.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Time(#[n(0)] pub u64);

impl Time {
    /// This time plus `ms` milliseconds, saturating.
    pub fn plus_ms(self, ms: u64) -> Time {
        Time(self.0.saturating_add(ms))
    }
}

/// Why an id could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadId {
    #[error("“{0}” is not a unit code: 6, 9 or 12 digits are needed")]
    UnitCode(String),
    #[error("“{0}” is not a scope: a kind such as `cases/640202001` is needed")]
    Scope(String),
    #[error("“{0}” is not {1} bytes of hexadecimal")]
    Hex(String, usize),
}

/// A 32- or 16-byte id written as lower-case hexadecimal.
macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}…", data_encoding::HEXLOWER.encode(&self.0[..4]))
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                data_encoding::HEXLOWER_PERMISSIVE
                    .decode(s.as_bytes())
                    .ok()
                    .and_then(|b| b.try_into().ok())
                    .map($name)
                    .ok_or_else(|| BadId::Hex(s.to_owned(), $len))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

bytes_id!(
    /// A node: the ed25519 public key that signs its log entries and its certificate.
    NodeId, 32
);
bytes_id!(
    /// A document: for a case a UUIDv7, for others whatever the model derives.
    DocId, 16
);
bytes_id!(
    /// The head of a log's hash chain after some entry (BLAKE3).
    Link, 32
);

impl NodeId {
    /// The first eight hexadecimal digits, for people and logs.
    pub fn short(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0[..4])
    }
}

/// Counts the lives of a node's key: a restore or a found clone begins a new one, so that no height is written twice.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Epoch(#[n(0)] pub u32);

/// The automerge actor id of a node in an epoch.
pub type ActorBytes = [u8; 16];

/// Derives the one automerge actor that `node` may write as in `epoch`, so that nobody can write as another.
pub fn actor(node: &NodeId, epoch: Epoch) -> ActorBytes {
    let mut hasher = blake3::Hasher::new_derive_key("sanji/1 automerge actor");
    hasher.update(&node.0);
    hasher.update(&epoch.0.to_be_bytes());
    let mut out = [0; 16];
    out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    out
}

/// A unit's division code (统计用区划代码): 6 digits for a county, 9 for a town, 12 for a village.
///
/// A prefix is not proof of a parent; the [`Tree`](crate::Tree) is. Orders as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode {
    /// ASCII digits, zero bytes behind the end.
    digits: [u8; 12],
}

impl UnitCode {
    /// Reads 6, 9 or 12 ASCII digits.
    pub fn parse(text: &str) -> Result<UnitCode, BadId> {
        let bytes = text.as_bytes();
        if !matches!(bytes.len(), 6 | 9 | 12) || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(BadId::UnitCode(text.to_owned()));
        }
        let mut digits = [0; 12];
        digits[..bytes.len()].copy_from_slice(bytes);
        Ok(UnitCode { digits })
    }

    /// The digits as given.
    pub fn as_str(&self) -> &str {
        let len = self.digits.iter().position(|b| *b == 0).unwrap_or(12);
        std::str::from_utf8(&self.digits[..len]).expect("only ASCII digits are stored")
    }

    /// Twelve digits, a shorter code padded with zeros behind (DOMAIN §1).
    pub fn padded(&self) -> String {
        format!("{:0<12}", self.as_str())
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for UnitCode {
    type Err = BadId;
    fn from_str(s: &str) -> Result<Self, BadId> {
        UnitCode::parse(s)
    }
}

impl<C> Encode<C> for UnitCode {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for UnitCode {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        UnitCode::parse(d.str()?).map_err(minicbor::decode::Error::message)
    }
}

impl Serialize for UnitCode {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for UnitCode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        UnitCode::parse(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// What a scope's documents are, without the unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum ScopeKind {
    #[n(0)]
    Directory,
    #[n(1)]
    Guides,
    #[n(2)]
    Notices,
    #[n(3)]
    Cases,
    #[n(4)]
    Drafts,
    #[n(5)]
    Staff,
}

/// A set of documents that travels together (ARCHITECTURE §4). A document belongs to one scope for life.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum Scope {
    /// Units, nodes, certificates, revocations, calendars: written by the root, held by everybody.
    #[n(0)]
    Directory,
    /// Published guides of a unit: held by its ancestors, itself and all its descendants.
    #[n(1)]
    Guides(#[n(0)] UnitCode),
    /// Notices of a unit: held like guides.
    #[n(2)]
    Notices(#[n(0)] UnitCode),
    /// Cases that a unit received: held by it and its ancestors.
    #[n(3)]
    Cases(#[n(0)] UnitCode),
    /// Guides a unit works on: held by it and its ancestors.
    #[n(4)]
    Drafts(#[n(0)] UnitCode),
    /// A unit's users and roles: held by it and its ancestors.
    #[n(5)]
    Staff(#[n(0)] UnitCode),
}

impl Scope {
    /// Every scope that hangs on one unit.
    pub fn all_of(unit: UnitCode) -> [Scope; 5] {
        [
            Scope::Guides(unit),
            Scope::Notices(unit),
            Scope::Cases(unit),
            Scope::Drafts(unit),
            Scope::Staff(unit),
        ]
    }

    /// The unit it belongs to; none for the directory.
    pub fn unit(&self) -> Option<UnitCode> {
        match *self {
            Scope::Directory => None,
            Scope::Guides(u) | Scope::Notices(u) | Scope::Cases(u) | Scope::Drafts(u) | Scope::Staff(u) => {
                Some(u)
            }
        }
    }

    /// The kind without the unit.
    pub fn kind(&self) -> ScopeKind {
        match self {
            Scope::Directory => ScopeKind::Directory,
            Scope::Guides(_) => ScopeKind::Guides,
            Scope::Notices(_) => ScopeKind::Notices,
            Scope::Cases(_) => ScopeKind::Cases,
            Scope::Drafts(_) => ScopeKind::Drafts,
            Scope::Staff(_) => ScopeKind::Staff,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Directory => f.write_str("directory"),
            Scope::Guides(u) => write!(f, "guides/{u}"),
            Scope::Notices(u) => write!(f, "notices/{u}"),
            Scope::Cases(u) => write!(f, "cases/{u}"),
            Scope::Drafts(u) => write!(f, "drafts/{u}"),
            Scope::Staff(u) => write!(f, "staff/{u}"),
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Scope {
    type Err = BadId;
    fn from_str(s: &str) -> Result<Self, BadId> {
        if s == "directory" {
            return Ok(Scope::Directory);
        }
        let bad = || BadId::Scope(s.to_owned());
        let (kind, unit) = s.split_once('/').ok_or_else(bad)?;
        let unit = UnitCode::parse(unit)?;
        match kind {
            "guides" => Ok(Scope::Guides(unit)),
            "notices" => Ok(Scope::Notices(unit)),
            "cases" => Ok(Scope::Cases(unit)),
            "drafts" => Ok(Scope::Drafts(unit)),
            "staff" => Ok(Scope::Staff(unit)),
            _ => Err(bad()),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One log: everything one writer wrote into one scope in one epoch, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct LogId {
    #[n(0)]
    pub scope: Scope,
    #[n(1)]
    pub node: NodeId,
    #[n(2)]
    pub epoch: Epoch,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}.{}", self.scope, self.node.short(), self.epoch.0)
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_codes_are_six_nine_or_twelve_digits() {
        for good in ["640202", "640202001", "640202001001"] {
            assert_eq!(UnitCode::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "64020", "64020a", "6402020011", "６４０２０２"] {
            assert_eq!(UnitCode::parse(bad), Err(BadId::UnitCode(bad.to_owned())));
        }
        assert_eq!(UnitCode::parse("640202").unwrap().padded(), "640202000000");
    }

    #[test]
    fn scopes_read_back_from_their_text() {
        let unit = UnitCode::parse("640202001").unwrap();
        for scope in Scope::all_of(unit).into_iter().chain([Scope::Directory]) {
            assert_eq!(scope.to_string().parse::<Scope>(), Ok(scope));
        }
        assert!("letters/640202".parse::<Scope>().is_err());
    }

    #[test]
    fn actors_differ_by_node_and_by_epoch() {
        let (a, b) = (NodeId([1; 32]), NodeId([2; 32]));
        assert_ne!(actor(&a, Epoch(1)), actor(&b, Epoch(1)));
        assert_ne!(actor(&a, Epoch(1)), actor(&a, Epoch(2)));
    }
}
