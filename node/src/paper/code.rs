//! What the square code of a paper says, signed by the node that printed it, so that any node of the county can tell offline
//! whether the paper is one of the county's.
//!
//! 113 bytes, of which 64 are the signature, as 181 letters and digits of Base32: square codes hold those in their compact
//! form, and barcode readers type them. Knows no case and no directory.

use data_encoding::BASE32_NOPAD;
use jiff::ToSpan as _;
use jiff::civil::Date;
use sanji_model::case::{EventId, PaperKind};
use sanji_model::number::CaseNumber;
use sanji_sync::NodeId;

use super::content::{Paper, PaperDigest};
use crate::trust::NodeKey;
use crate::trust::keys::signed_by;

/// The first byte: another layout is another number.
const VERSION: u8 = 1;
const BYTES: usize = SIGNED + 64;
/// Bytes in front of the signature.
const SIGNED: usize = 1 + 12 + 1 + 8 + 2 + 1 + 16 + 8;
const CONTEXT: &[u8] = b"sanji 2026 paper\0";
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A read code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperCode {
    pub number: CaseNumber,
    pub kind: PaperKind,
    /// Of the event that made the paper, see [`event_mark`].
    pub event: [u8; 8],
    /// The day on which it was printed.
    pub on: Date,
    /// Which print it is; 255 stands for all beyond.
    pub copy: u8,
    pub digest: PaperDigest,
    /// The beginning of the printing node's id.
    pub node: [u8; 8],
    pub signature: [u8; 64],
}

/// Ids of events may be any short word; their hash has one length.
pub fn event_mark(event: &EventId) -> [u8; 8] {
    let mut mark = [0; 8];
    mark.copy_from_slice(&blake3::hash(event.as_str().as_bytes()).as_bytes()[..8]);
    mark
}

fn node_mark(node: &NodeId) -> [u8; 8] {
    let mut mark = [0; 8];
    mark.copy_from_slice(&node.0[..8]);
    mark
}

impl PaperCode {
    /// The code of a print, signed.
    pub fn sign(paper: &Paper, copy: u32, on: Date, key: &NodeKey) -> PaperCode {
        let mut code = PaperCode {
            number: paper.case,
            kind: paper.kind,
            event: event_mark(&paper.event),
            on,
            copy: u8::try_from(copy).unwrap_or(u8::MAX),
            digest: paper.digest(),
            node: node_mark(&key.node()),
            signature: [0; 64],
        };
        code.signature = key.sign(&code.message());
        code
    }

    pub fn is_of(&self, node: &NodeId) -> bool {
        self.node == node_mark(node)
    }

    pub fn is_signed_by(&self, node: &NodeId) -> bool {
        signed_by(node, &self.message(), &self.signature)
    }

    pub fn text(&self) -> String {
        let mut bytes = self.signed();
        bytes.extend_from_slice(&self.signature);
        BASE32_NOPAD.encode(&bytes)
    }

    /// Reads what a person or a barcode reader typed: lower case and white space do no harm.
    pub fn read(text: &str) -> Option<PaperCode> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        if bytes.len() != BYTES || bytes[0] != VERSION {
            return None;
        }
        let mut rest = &bytes[1..];
        let mut number = [0; 16];
        number[4..].copy_from_slice(&take::<12>(&mut rest)?);
        let [t] = take(&mut rest)?;
        Some(PaperCode {
            number: format!("{:027}", u128::from_be_bytes(number)).parse().ok()?,
            kind: PaperKind::of_t(t)?,
            event: take(&mut rest)?,
            on: EPOCH.checked_add(i64::from(u16::from_be_bytes(take(&mut rest)?)).days()).ok()?,
            copy: take::<1>(&mut rest)?[0],
            digest: PaperDigest(take(&mut rest)?),
            node: take(&mut rest)?,
            signature: take(&mut rest)?,
        })
    }

    fn message(&self) -> Vec<u8> {
        [CONTEXT, &self.signed()].concat()
    }

    fn signed(&self) -> Vec<u8> {
        let number: u128 = self.number.as_str().parse().expect("27 digits");
        let days = self.on.since(EPOCH).map_or(0, |span| span.get_days());
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&number.to_be_bytes()[4..]);
        bytes.push(self.kind.t());
        bytes.extend_from_slice(&self.event);
        bytes.extend_from_slice(&u16::try_from(days).unwrap_or(0).to_be_bytes());
        bytes.push(self.copy);
        bytes.extend_from_slice(&self.digest.0);
        bytes.extend_from_slice(&self.node);
        bytes
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}
