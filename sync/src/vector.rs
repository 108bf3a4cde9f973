//! Vectors: for each log of a scope its height and head link. Equal vectors mean equal bytes.
//!
//! Knows no peer; who compares what with whom is the session's.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::ids::{Epoch, Link, LogId, NodeId, Scope};

/// BLAKE3 over vectors, or over the digests of several scopes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Digest(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// A log's height and head link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    #[n(0)]
    pub height: u64,
    #[n(1)]
    pub link: Link,
}

/// One log of a scope's vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct LogHead {
    #[n(0)]
    pub node: NodeId,
    #[n(1)]
    pub epoch: Epoch,
    #[n(2)]
    pub head: Head,
}

/// The vector of one scope, logs in order of their ids. Logs not named are empty.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct ScopeVector {
    #[n(0)]
    pub scope: Scope,
    #[n(1)]
    pub logs: Vec<LogHead>,
}

/// About how many bytes one log of a vector takes in a frame.
pub const LOG_HEAD_BYTES: usize = 76;

impl ScopeVector {
    pub fn empty(scope: Scope) -> ScopeVector {
        ScopeVector { scope, logs: Vec::new() }
    }

    pub fn heads(&self) -> impl Iterator<Item = (LogId, Head)> + '_ {
        self.logs.iter().map(|l| (LogId { scope: self.scope, node: l.node, epoch: l.epoch }, l.head))
    }

    pub fn height(&self, log: &LogId) -> u64 {
        self.heads().find(|(id, _)| id == log).map_or(0, |(_, head)| head.height)
    }

    /// The digest of this vector, or none for an empty one: empty scopes do not count, so that two nodes of which
    /// one does not know yet that a scope exists still agree on nothing.
    pub fn digest(&self) -> Option<Digest> {
        if self.logs.is_empty() {
            return None;
        }
        let mut hasher = blake3::Hasher::new_derive_key("sanji/1 scope vector");
        hasher.update(&minicbor::to_vec(self).expect("writing to memory cannot fail"));
        Some(Digest(*hasher.finalize().as_bytes()))
    }
}

/// One digest over the digests of scopes, in order of the scopes.
pub fn combine<'a>(digests: impl IntoIterator<Item = (&'a Scope, &'a Digest)>) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("sanji/1 scopes");
    for (scope, digest) in digests {
        hasher.update(&minicbor::to_vec(scope).expect("writing to memory cannot fail"));
        hasher.update(&digest.0);
    }
    Digest(*hasher.finalize().as_bytes())
}

/// The logs that a node holds: heads in memory, with the digest of each scope kept until it changes.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    heads: BTreeMap<LogId, Head>,
    digests: BTreeMap<Scope, Digest>,
}

impl Heads {
    pub fn head(&self, log: &LogId) -> Option<Head> {
        self.heads.get(log).copied()
    }

    pub fn height(&self, log: &LogId) -> u64 {
        self.heads.get(log).map_or(0, |head| head.height)
    }

    /// The chain's head, which for an empty log is its genesis.
    pub fn link(&self, log: &LogId) -> Link {
        self.heads.get(log).map_or_else(|| crate::log::genesis(log), |head| head.link)
    }

    pub fn set(&mut self, log: LogId, head: Head) {
        self.heads.insert(log, head);
        self.digests.remove(&log.scope);
    }

    /// Takes a log back to `head`; one without entries is not there.
    pub fn cut(&mut self, log: LogId, head: Head) {
        if head.height == 0 {
            self.heads.remove(&log);
            self.digests.remove(&log.scope);
        } else {
            self.set(log, head);
        }
    }

    pub fn logs(&self) -> impl Iterator<Item = (&LogId, &Head)> {
        self.heads.iter()
    }

    pub fn logs_of(&self, scope: Scope) -> impl Iterator<Item = (&LogId, &Head)> {
        let first = LogId { scope, node: NodeId([0; 32]), epoch: Epoch(0) };
        self.heads.range(first..).take_while(move |(log, _)| log.scope == scope)
    }

    pub fn vector(&self, scope: Scope) -> ScopeVector {
        let logs =
            self.logs_of(scope).map(|(log, head)| LogHead { node: log.node, epoch: log.epoch, head: *head });
        ScopeVector { scope, logs: logs.collect() }
    }

    /// The scope's digest; none for an empty scope.
    pub fn digest(&mut self, scope: Scope) -> Option<Digest> {
        if let Some(digest) = self.digests.get(&scope) {
            return Some(*digest);
        }
        let digest = self.vector(scope).digest()?;
        self.digests.insert(scope, digest);
        Some(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_follows_height_and_link_and_ignores_empty_scopes() {
        let mut marks = Heads::default();
        let log = LogId { scope: Scope::Directory, node: NodeId([1; 32]), epoch: Epoch(1) };
        assert_eq!(marks.digest(Scope::Directory), None);
        marks.set(log, Head { height: 1, link: Link([1; 32]) });
        let one = marks.digest(Scope::Directory);
        marks.set(log, Head { height: 1, link: Link([2; 32]) });
        let other = marks.digest(Scope::Directory);
        marks.set(log, Head { height: 2, link: Link([2; 32]) });
        assert!(one.is_some() && one != other && other != marks.digest(Scope::Directory));
    }
}
