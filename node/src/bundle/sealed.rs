//! The envelope of a file between two nodes: for one reader only (HPKE, RFC 9180, to the key behind the reader's node id),
//! from one writer provably (its certificate, and its signature over the head).
//!
//! The signature covers the key that the writer drew for this file, and the records are sealed under what follows from it, in
//! order: so each record is authentic by itself, and a file that is cut is good up to the cut. Knows no frame.

use std::io::{ErrorKind, Read, Write};

use hpke::aead::{AeadCtxR, AeadCtxS, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use minicbor::{Decode, Encode};
use sanji_sync::limits::FRAME_BYTES_MAX;
use sanji_sync::{NodeId, Time, UnitCode};

use super::error::{BundleError, Fault};
use crate::trust::{Identity, certificate, keys};

/// What such a file begins with.
const MAGIC: &[u8] = b"sanji bundle\n";
/// Raise it when the envelope changes. A reader refuses a later one.
const VERSION: u16 = 1;
/// Bytes of a head: a certificate is under 1 KiB.
const HEAD_BYTES_MAX: usize = 8 * 1024;
const SIGNATURE_BYTES: usize = 64;
/// What sealing adds to a record (Poly1305).
const TAG_BYTES: usize = 16;
/// Separates these signatures and keys from all others.
const CONTEXT: &[u8] = b"sanji/1 bundle";

/// A record's first byte: it holds a frame.
const FRAME: u8 = 1;
/// A record's first byte: the file is complete.
const END: u8 = 2;

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

/// What stands in clear: it must be known before anything can be opened, and tells whoever finds the stick where to bring it.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Head {
    #[n(0)]
    version: u16,
    #[cbor(n(1), with = "minicbor::bytes")]
    certificate: Vec<u8>,
    #[n(2)]
    receiver: NodeId,
    #[n(3)]
    receiver_unit: UnitCode,
    #[n(4)]
    written: Time,
    /// HPKE's encapsulated key.
    #[cbor(n(5), with = "minicbor::bytes")]
    encapsulated: Vec<u8>,
}

/// Where a file comes from, proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    pub node: NodeId,
    pub unit: UnitCode,
    /// By the writer's clock; shown, never believed.
    pub written: Time,
}

/// Writes a file for one node.
pub struct SealedWriter<W> {
    out: W,
    seal: AeadCtxS<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>,
}

impl<W: Write> SealedWriter<W> {
    /// Writes the head.
    pub fn begin(
        mut out: W,
        writer: &Identity,
        (receiver, receiver_unit): (NodeId, UnitCode),
        now: Time,
    ) -> Result<SealedWriter<W>, BundleError> {
        let key = keys::agreement_key(&receiver).and_then(|key| PublicKey::from_bytes(&key).ok());
        let key = key.ok_or(BundleError::ReceiverKey(receiver_unit))?;
        let info = info(&writer.node(), &receiver);
        let (encapsulated, seal) = hpke::setup_sender::<_, _, X25519HkdfSha256>(&OpModeS::Base, &key, &info)
            .map_err(|_| BundleError::ReceiverKey(receiver_unit))?;
        let head = Head {
            version: VERSION,
            certificate: writer.membership().certificate().to_vec(),
            receiver,
            receiver_unit,
            written: now,
            encapsulated: encapsulated.to_bytes().to_vec(),
        };
        let head = minicbor::to_vec(head).expect("writing to memory cannot fail");
        let signature = writer.key().sign(&signed(&head));
        for part in [MAGIC, &length(head.len()), &head, &signature] {
            out.write_all(part)?;
        }
        Ok(SealedWriter { out, seal })
    }

    /// Writes one record.
    pub fn frame(&mut self, frame: &[u8]) -> Result<(), BundleError> {
        self.record(FRAME, frame)
    }

    /// Says that the file is complete.
    pub fn end(mut self) -> Result<(), BundleError> {
        self.record(END, &[])?;
        Ok(self.out.flush()?)
    }

    fn record(&mut self, kind: u8, plain: &[u8]) -> Result<(), BundleError> {
        // Only a sequence number beyond 2^64 could fail.
        let sealed = self.seal.seal(plain, &[kind]).map_err(|_| BundleError::Stopping)?;
        for part in [&[kind], length(sealed.len()).as_slice(), &sealed] {
            self.out.write_all(part)?;
        }
        Ok(())
    }
}

/// Reads a file that is for this node.
pub struct SealedReader<R> {
    input: R,
    seal: AeadCtxR<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>,
}

impl<R: Read> SealedReader<R> {
    /// Reads the head, and checks for whom and from whom it is.
    pub fn open(mut input: R, reader: &Identity) -> Result<(Origin, SealedReader<R>), Fault> {
        let mut magic = Vec::new();
        input.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic).map_err(Fault::Read)?;
        if magic != MAGIC {
            return Err(if MAGIC.starts_with(&magic) { Fault::Cut } else { Fault::NotOne });
        }
        let bytes = part(&mut input, HEAD_BYTES_MAX)?;
        let signature: [u8; SIGNATURE_BYTES] =
            exactly(&mut input, SIGNATURE_BYTES)?.try_into().map_err(|_| Fault::Altered)?;
        let version = minicbor::Decoder::new(&bytes).array().and_then(|_| {
            let mut head = minicbor::Decoder::new(&bytes);
            head.array()?;
            head.u16()
        });
        match version {
            Ok(VERSION) => {}
            Ok(later) if later > VERSION => return Err(Fault::Version(later)),
            Ok(_) | Err(_) => return Err(Fault::Altered),
        }
        let head: Head = minicbor::decode(&bytes).map_err(|_| Fault::Altered)?;
        let said = certificate::verify(&head.certificate.as_slice().into(), reader.membership().authority())
            .map_err(Fault::Foreign)?;
        if !keys::signed_by(&said.node, &signed(&bytes), &signature) {
            return Err(Fault::Altered);
        }
        if head.receiver != reader.node() {
            return Err(Fault::ForAnother { unit: head.receiver_unit, node: head.receiver });
        }
        let key = PrivateKey::from_bytes(&reader.key().agreement_secret()).map_err(|_| Fault::Altered)?;
        let encapsulated = EncappedKey::from_bytes(&head.encapsulated).map_err(|_| Fault::Altered)?;
        let info = info(&said.node, &head.receiver);
        let seal = hpke::setup_receiver::<_, _, X25519HkdfSha256>(&OpModeR::Base, &key, &encapsulated, &info)
            .map_err(|_| Fault::Altered)?;
        let origin = Origin { node: said.node, unit: said.unit, written: head.written };
        Ok((origin, SealedReader { input, seal }))
    }

    /// The next frame; none when the file is complete.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let kind = exactly(&mut self.input, 1)?[0];
        let sealed = part(&mut self.input, FRAME_BYTES_MAX + TAG_BYTES)?;
        let plain = self.seal.open(&sealed, &[kind]).map_err(|_| Fault::Altered)?;
        match kind {
            FRAME => Ok(Some(plain)),
            END if plain.is_empty() => match exactly(&mut self.input, 1) {
                Err(Fault::Cut) => Ok(None),
                Ok(_) => Err(Fault::Altered),
                Err(fault) => Err(fault),
            },
            _ => Err(Fault::Altered),
        }
    }
}

/// Binds what is sealed to both ends: whoever puts his own signature on another's file cannot pass for its writer.
fn info(writer: &NodeId, receiver: &NodeId) -> Vec<u8> {
    [CONTEXT, &writer.0, &receiver.0].concat()
}

fn signed(head: &[u8]) -> Vec<u8> {
    [CONTEXT, head].concat()
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("frames and heads are bounded").to_be_bytes()
}

/// A length and so many bytes.
fn part(input: &mut impl Read, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let length = exactly(input, 4)?;
    let length = length.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    if length > bytes_max { Err(Fault::Altered) } else { exactly(input, length) }
}

/// Memory grows with what is there, not with what a length claims.
fn exactly(input: &mut impl Read, bytes: usize) -> Result<Vec<u8>, Fault> {
    let mut read = Vec::new();
    match input.take(bytes as u64).read_to_end(&mut read) {
        Ok(_) if read.len() == bytes => Ok(read),
        Ok(_) => Err(Fault::Cut),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Fault::Cut),
        Err(error) => Err(Fault::Read(error)),
    }
}
