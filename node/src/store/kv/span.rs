//! A stretch of keys. Knows no store.

use std::ops::Bound;

/// Which end a scan begins at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Forwards,
    Backwards,
}

/// All keys from one (included) to another (excluded), ordered as bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    from: Vec<u8>,
    /// `None`: to the last key.
    to: Option<Vec<u8>>,
}

impl Span {
    /// Every key.
    pub fn all() -> Span {
        Span { from: Vec::new(), to: None }
    }

    /// `from` included, `to` excluded; empty if they are the wrong way round.
    pub fn between(from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) -> Span {
        Span { from: from.into(), to: Some(to.into()) }
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: impl Into<Vec<u8>>) -> Span {
        let from = prefix.into();
        let mut to = from.clone();
        while to.last() == Some(&u8::MAX) {
            to.pop();
        }
        let to = to.last_mut().map(|last| *last += 1).map(|()| to);
        Span { from, to }
    }

    /// What of this lies behind `key`: the next page of a forward scan.
    pub fn after(mut self, key: &[u8]) -> Span {
        let mut next = key.to_vec();
        next.push(0);
        self.from = self.from.max(next);
        self
    }

    /// What of this lies in front of `key`: the next page of a backward scan.
    pub fn before(mut self, key: &[u8]) -> Span {
        self.to = Some(self.to.map_or_else(|| key.to_vec(), |to| to.min(key.to_vec())));
        self
    }

    /// Whether no key can lie in it.
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }

    pub(super) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (Bound::Included(&self.from), self.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeBounds;

    use super::*;

    fn holds(span: &Span, key: &[u8]) -> bool {
        !span.is_empty() && RangeBounds::<[u8]>::contains(&span.bounds(), key)
    }

    #[test]
    fn a_prefix_ends_in_front_of_the_next_one() {
        let span = Span::prefix(*b"a\xff");
        assert!(holds(&span, b"a\xff") && holds(&span, b"a\xff\xff\xff\xff"));
        assert!(!holds(&span, b"a\xfe") && !holds(&span, b"b"));
        assert!(holds(&Span::prefix(*b"\xff\xff"), b"\xff\xff\x01"));
        assert!(!holds(&Span::prefix(*b"\xff\xff"), b"\xff\xfe"));
        assert_eq!(Span::prefix(*b""), Span::all());
    }

    #[test]
    fn pages_join_without_gap_or_overlap() {
        let span = Span::prefix(*b"k");
        assert!(!holds(&span.clone().after(b"k1"), b"k1") && holds(&span.clone().after(b"k1"), b"k1\0"));
        assert!(!holds(&span.clone().before(b"k1"), b"k1") && holds(&span.clone().before(b"k1"), b"k0"));
        assert_eq!(span.clone().after(b"a"), span);
        assert_eq!(span.clone().before(b"z"), span);
        assert!(span.after(b"k9").before(b"k1").is_empty());
    }
}
