//! A village whose program somebody wrote anew: it has the village's real key, speaks frames by hand and keeps no rule.
//!
//! Knows the protocol and what it was sent; nothing of the simulated world. What it may say is made in `villain/lie.rs`.

mod lie;

use std::collections::BTreeMap;

use sanji_sync::batch::Body;
use sanji_sync::frame::{Height, Hello};
use sanji_sync::limits::PROTOCOL_VERSION;
use sanji_sync::vector::{Digest, Head, ScopeVector};
use sanji_sync::{ConnId, Entry, Epoch, Frame, Hangup, LogId, NodeId, Scope, Time, UnitCode, Writer};

use super::dice::Dice;

/// Batches of others that it keeps, to say them again.
const HEARD_MAX: usize = 16;

/// A frame that it sends: connection, lane, bytes.
pub type Said = (ConnId, u8, Vec<u8>);

/// Whom it may harm.
#[derive(Clone, Debug)]
pub struct Victims {
    pub county: (UnitCode, NodeId),
    pub town: (UnitCode, NodeId),
    pub sibling: UnitCode,
}

pub struct Villain {
    writer: Writer,
    unit: UnitCode,
    victims: Victims,
    contacts: BTreeMap<ConnId, Contact>,
    /// Its own logs, each with one past or two: whom it tells which depends on the connection.
    pasts: [BTreeMap<LogId, Vec<Entry>>; 2],
    /// Heads that it heard of.
    heads: BTreeMap<LogId, Head>,
    heard: Vec<Body>,
    count: u64,
}

struct Contact {
    peer: usize,
    next_batch: u64,
    /// Which of its pasts this contact is told.
    past: usize,
    /// Batches of the peer that it has not acknowledged.
    unanswered: Vec<(u64, Vec<Height>)>,
}

impl Villain {
    pub fn new(writer: Writer, unit: UnitCode, victims: Victims) -> Villain {
        Villain {
            writer,
            unit,
            victims,
            contacts: BTreeMap::new(),
            pasts: [BTreeMap::new(), BTreeMap::new()],
            heads: BTreeMap::new(),
            heard: Vec::new(),
            count: 0,
        }
    }

    /// A connection is up: it greets as everybody does, and says of itself what it likes.
    pub fn up(&mut self, now: Time, conn: ConnId, peer: usize, dice: &mut Dice) -> Vec<Said> {
        let past = dice.index(2);
        self.contacts.insert(conn, Contact { peer, next_batch: 1, past, unanswered: Vec::new() });
        let changed = if dice.chance(300) { self.lying_vectors(dice) } else { Vec::new() };
        let (node, epoch) = (self.writer.node(), self.writer.epoch);
        let digest = Digest(dice.bytes());
        let told = Digest(dice.bytes());
        let version = PROTOCOL_VERSION;
        let hello = Hello {
            version,
            node,
            epoch,
            clock: now,
            digest,
            changed,
            told,
            run: Some(dice.below(3)),
            codec: [None, Some(1), Some(2)][dice.index(3)],
        };
        vec![control(conn, &Frame::Hello(hello))]
    }

    pub fn down(&mut self, conn: ConnId) {
        self.contacts.remove(&conn);
    }

    /// Takes a frame and answers as far as it pleases.
    pub fn hear(&mut self, conn: ConnId, bytes: &[u8], dice: &mut Dice) -> Vec<Said> {
        let Ok(frame) = Frame::decode(bytes) else { return Vec::new() };
        let Some(contact) = self.contacts.get_mut(&conn) else { return Vec::new() };
        match frame {
            Frame::Hello(hello) => {
                self.note(&hello.changed);
                Vec::new()
            }
            Frame::Digests(digests) => {
                let vectors = digests.iter().map(|d| ScopeVector::empty(d.scope)).collect();
                vec![says(conn, vectors, true, true)]
            }
            Frame::Vectors { vectors, reply, .. } => {
                self.note(&vectors);
                if !reply {
                    return Vec::new();
                }
                let vectors = vectors.iter().map(|v| ScopeVector::empty(v.scope)).collect();
                vec![says(conn, vectors, false, false)]
            }
            Frame::Batch(batch) => {
                let Ok(body) = Body::unpack(batch.codec, &batch.body) else { return Vec::new() };
                let count =
                    |run: usize| body.items.iter().filter(|item| item.run as usize == run).count() as u64;
                let runs = body.runs.iter().enumerate();
                let heights: Vec<Height> =
                    runs.map(|(n, run)| Height { log: run.log, height: run.first + count(n) - 1 }).collect();
                if self.heard.len() < HEARD_MAX {
                    self.heard.push(body);
                }
                if dice.chance(300) {
                    contact.unanswered.push((batch.number, heights));
                    return Vec::new();
                }
                vec![control(conn, &Frame::Ack { number: batch.number, heights })]
            }
            Frame::Ack { .. } | Frame::Held(_) | Frame::Bye(Hangup::NoAuthority) | Frame::Bye(_) => {
                Vec::new()
            }
        }
    }

    fn note(&mut self, vectors: &[ScopeVector]) {
        for (log, head) in vectors.iter().flat_map(ScopeVector::heads) {
            self.heads.insert(log, head);
        }
    }

    fn own_log(&self, scope: Scope) -> LogId {
        LogId { scope, node: self.writer.node(), epoch: Epoch(1) }
    }
}

/// Vectors, and nothing of two pasts.
fn says(conn: ConnId, vectors: Vec<ScopeVector>, reply: bool, rest_equal: bool) -> Said {
    control(conn, &Frame::Vectors { vectors, reply, rest_equal, pasts: None })
}

fn control(conn: ConnId, frame: &Frame) -> Said {
    (conn, sanji_sync::Lane::Control.number(), frame.encode())
}
