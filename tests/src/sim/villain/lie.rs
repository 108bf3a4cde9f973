//! What a villain says: one thing of each kind that a peer must bear, and sometimes the truth.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT};
use sanji_sync::batch::{Body, Codec, Run};
use sanji_sync::frame::{Batch, Height, Held, Pasts};
use sanji_sync::ids::actor;
use sanji_sync::limits::{BATCH_RAW_BYTES_MAX, FRAME_BYTES_MAX};
use sanji_sync::log::{ChangeBytes, Signature, genesis, next_link, next_link_of};
use sanji_sync::proof::{Proof, Step, Trail};
use sanji_sync::vector::{Head, LogHead, ScopeVector};
use sanji_sync::{ConnId, DocId, Entry, Epoch, Frame, Lane, Link, LogId, NodeId, Scope};

use super::{Said, Villain, control, says};
use crate::sim::dice::Dice;

/// A kind of thing that a villain says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lie {
    /// An entry of its own in its own scope, as any village writes it: no lie.
    Honest,
    /// From here on its own log has two pasts, and different peers are told different ones.
    TwoPasts,
    /// Its own log, all of it that the peer does not have as far as it knows, of the past that this peer is told.
    Past,
    WritesGuides,
    WritesDirectory,
    WritesBeside,
    WritesAbove,
    /// Another's log under its own signature.
    ForgedLog,
    /// Another's automerge actor in its own log.
    ForgedActor,
    /// A signature over something else.
    ForgedSignature,
    /// Somebody's batch said again.
    Replay,
    /// Somebody's entries as the first of a log of its own.
    Stolen,
    Gap,
    Garbage,
    Oversized,
    /// A small frame that becomes a large one.
    Bomb,
    Vectors,
    /// What it says of logs with two pasts: others' and its own.
    Pasts,
    Acks,
    Held,
    HelloAgain,
}

impl Lie {
    pub const ALL: [Lie; 21] = [
        Lie::Honest,
        Lie::TwoPasts,
        Lie::Past,
        Lie::WritesGuides,
        Lie::WritesDirectory,
        Lie::WritesBeside,
        Lie::WritesAbove,
        Lie::ForgedLog,
        Lie::ForgedActor,
        Lie::ForgedSignature,
        Lie::Replay,
        Lie::Stolen,
        Lie::Gap,
        Lie::Garbage,
        Lie::Oversized,
        Lie::Bomb,
        Lie::Vectors,
        Lie::Pasts,
        Lie::Acks,
        Lie::Held,
        Lie::HelloAgain,
    ];
}

impl Villain {
    /// Says one thing to one of those it is linked to.
    pub fn act(&mut self, dice: &mut Dice) -> Option<(Lie, Vec<Said>)> {
        let conns: Vec<ConnId> = self.contacts.keys().copied().collect();
        let conn = dice.pick(&conns)?;
        let lie = Lie::ALL[dice.index(Lie::ALL.len())];
        self.count += 1;
        let (county, town) = (self.victims.county, self.victims.town);
        let own = Scope::Cases(self.unit);
        let said = match lie {
            Lie::Honest => {
                let entry = self.entry(self.own_log(own), self.contacts[&conn].past, dice);
                self.remember(self.contacts[&conn].past, entry);
                self.say_past(conn, 3)
            }
            Lie::TwoPasts => {
                let log = self.own_log(own);
                for past in 0..2 {
                    let entry = self.entry(log, past, dice);
                    self.pasts[past].entry(log).or_default().push(entry);
                }
                self.say_past(conn, 3)
            }
            Lie::Past => self.say_past(conn, usize::MAX),
            Lie::WritesGuides => {
                let unit = if dice.chance(500) { county.0 } else { town.0 };
                self.write_there(conn, Scope::Guides(unit), dice)
            }
            Lie::WritesDirectory => self.write_there(conn, Scope::Directory, dice),
            Lie::WritesBeside => self.write_there(conn, Scope::Cases(self.victims.sibling), dice),
            Lie::WritesAbove => self.write_there(conn, Scope::Cases(town.0), dice),
            Lie::ForgedLog => {
                let log = LogId { scope: own, node: self.somebody(dice), epoch: Epoch(1) };
                let entry = self.entry_at(log, 1, genesis(&log), actor(&log.node, log.epoch), dice);
                self.batch(conn, &[entry], genesis(&log))
            }
            Lie::ForgedActor => {
                let log = self.own_log(own);
                let entry = self.entry_at(log, 1, genesis(&log), actor(&self.somebody(dice), Epoch(1)), dice);
                self.batch(conn, &[entry], genesis(&log))
            }
            Lie::ForgedSignature => {
                let log = LogId { scope: Scope::Guides(county.0), node: county.1, epoch: Epoch(1) };
                let (height, prev) =
                    self.heads.get(&log).map_or((1, genesis(&log)), |h| (h.height + 1, h.link));
                let mut entry = self.entry_at(log, height, prev, actor(&log.node, log.epoch), dice);
                let mut bytes = [0; 64];
                bytes[..32].copy_from_slice(&dice.bytes());
                entry.signature = Some(Signature(bytes));
                self.batch(conn, &[entry], prev)
            }
            Lie::Replay => {
                let body = self.heard.get(dice.index(self.heard.len().max(1))).cloned();
                body.map(|body| self.pack(conn, &body)).unwrap_or_default()
            }
            Lie::Stolen => {
                let Some(mut body) = self.heard.get(dice.index(self.heard.len().max(1))).cloned() else {
                    return Some((lie, Vec::new()));
                };
                let log = self.own_log(own);
                for run in &mut body.runs {
                    *run = Run { log, first: 1, prev: genesis(&log), signature: run.signature };
                }
                self.pack(conn, &body)
            }
            Lie::Gap => {
                let log = self.own_log(own);
                let entry =
                    self.entry_at(log, 1_000 + self.count, Link(dice.bytes()), self.writer.actor(), dice);
                self.batch(conn, &[entry], Link(dice.bytes()))
            }
            Lie::Garbage => {
                let length = dice.index(64);
                vec![(conn, dice.below(5) as u8, dice.bytes().repeat(2)[..length].to_vec())]
            }
            Lie::Oversized => vec![(conn, Lane::Control.number(), vec![0x83; FRAME_BYTES_MAX + 1])],
            Lie::Bomb => {
                let body = zstd::bulk::compress(&vec![0; 2 * BATCH_RAW_BYTES_MAX], 3).unwrap_or_default();
                let frame = Frame::Batch(Batch { number: self.number(conn), codec: 1, body });
                vec![(conn, Lane::Events.number(), frame.encode())]
            }
            Lie::Vectors => {
                let vectors = self.lying_vectors(dice);
                vec![says(conn, vectors, dice.chance(500), dice.chance(500))]
            }
            Lie::Pasts => {
                let known: Vec<LogId> = self.heads.keys().copied().chain([self.own_log(own)]).collect();
                let Some(log) = dice.pick(&known) else { return Some((lie, Vec::new())) };
                let again = vec![Height { log, height: [0, 1, u64::MAX][dice.index(3)] }];
                let proofs = Some(vec![self.forged_proof(log)]);
                let pasts = Some(Pasts { again, settled: vec![log], found: vec![log], twins: None, proofs });
                let frame = Frame::Vectors { vectors: Vec::new(), reply: false, rest_equal: false, pasts };
                vec![control(conn, &frame)]
            }
            Lie::Acks => self.lying_acks(conn, dice),
            Lie::Held => {
                let holder = self.somebody(dice);
                let logs: Vec<LogId> = self.heads.keys().copied().chain([self.own_log(own)]).collect();
                let heights = logs.into_iter().map(|log| Height { log, height: 1 + dice.below(1_000) });
                vec![control(conn, &Frame::Held(vec![Held { holder, heights: heights.collect() }]))]
            }
            Lie::HelloAgain => {
                let peer = self.contacts[&conn].peer;
                self.up(sanji_sync::Time(0), conn, peer, dice)
            }
        };
        Some((lie, said))
    }

    /// That a log has two pasts, both under its own signature.
    fn forged_proof(&self, log: LogId) -> Proof {
        let trail = |byte| {
            let step = Step { doc: DocId([byte; 16]), change: [byte; 32] };
            let link = next_link_of(&genesis(&log), &step.doc, &step.change);
            Trail { steps: vec![step], signature: self.writer.sign(&log, 1, &link) }
        };
        Proof { log, first: 1, prev: genesis(&log), one: trail(1), other: trail(2) }
    }

    /// Heights and links of others' logs that are not so, the towns' and the county's own above all.
    pub(super) fn lying_vectors(&mut self, dice: &mut Dice) -> Vec<ScopeVector> {
        let known: Vec<(LogId, Head)> = self.heads.iter().map(|(log, head)| (*log, *head)).collect();
        let Some((log, head)) = dice.pick(&known) else { return Vec::new() };
        let height = match dice.below(4) {
            0 => head.height,
            1 => head.height + 1 + dice.below(1_000),
            2 => u64::MAX,
            _ => 1 + dice.below(head.height),
        };
        let epoch = if dice.chance(300) { Epoch(log.epoch.0 + 1) } else { log.epoch };
        let head = Head { height, link: Link(dice.bytes()) };
        vec![ScopeVector { scope: log.scope, logs: vec![LogHead { node: log.node, epoch, head }] }]
    }

    fn lying_acks(&mut self, conn: ConnId, dice: &mut Dice) -> Vec<Said> {
        let Some(contact) = self.contacts.get_mut(&conn) else { return Vec::new() };
        let (number, mut heights) = contact.unanswered.pop().unwrap_or((1 + dice.below(100), Vec::new()));
        for height in &mut heights {
            height.height = [0, u64::MAX, height.height + 1 + dice.below(100)][dice.index(3)];
        }
        vec![control(conn, &Frame::Ack { number, heights })]
    }

    /// An entry of its own, well made and signed, where it may not write.
    fn write_there(&mut self, conn: ConnId, scope: Scope, dice: &mut Dice) -> Vec<Said> {
        let log = self.own_log(scope);
        let entry = self.entry_at(log, 1, genesis(&log), self.writer.actor(), dice);
        self.batch(conn, &[entry], genesis(&log))
    }

    /// The last `count` entries of its own log in the past that this contact is told.
    fn say_past(&mut self, conn: ConnId, count: usize) -> Vec<Said> {
        let past = self.contacts[&conn].past;
        let log = self.own_log(Scope::Cases(self.unit));
        let entries = self.pasts[past].get(&log).cloned().unwrap_or_default();
        let first = entries.len().saturating_sub(count);
        let prev = if first == 0 { genesis(&log) } else { entries[first - 1].link };
        if entries.is_empty() { Vec::new() } else { self.batch(conn, &entries[first..], prev) }
    }

    /// Puts an entry into a past, and into the other one as long as both are the same.
    fn remember(&mut self, past: usize, entry: Entry) {
        let same = self.pasts[0].get(&entry.log) == self.pasts[1].get(&entry.log);
        if same {
            self.pasts[1 - past].entry(entry.log).or_default().push(entry.clone());
        }
        self.pasts[past].entry(entry.log).or_default().push(entry);
    }

    fn entry(&self, log: LogId, past: usize, dice: &mut Dice) -> Entry {
        let entries = self.pasts[past].get(&log);
        let last = entries.and_then(|entries| entries.last());
        let (height, prev) = last.map_or((1, genesis(&log)), |last| (last.height + 1, last.link));
        self.entry_at(log, height, prev, self.writer.actor(), dice)
    }

    fn entry_at(&self, log: LogId, height: u64, prev: Link, actor: [u8; 16], dice: &mut Dice) -> Entry {
        let mut doc = AutoCommit::new().with_actor(ActorId::from(actor.as_slice()));
        let nonce = i64::from_be_bytes(dice.bytes()[..8].try_into().unwrap_or([0; 8]));
        let put = doc.put(ROOT, "n", nonce);
        debug_assert!(put.is_ok(), "an empty document takes a number");
        doc.commit_with(automerge::transaction::CommitOptions::default().with_time(0));
        let change =
            doc.get_last_local_change().map(|change| change.raw_bytes().to_vec()).unwrap_or_default();
        let mut id = [0; 16];
        id.copy_from_slice(&dice.bytes()[..16]);
        let link = next_link(&prev, &DocId(id), &change);
        let signature = Some(self.writer.sign(&log, height, &link));
        Entry { log, height, doc: DocId(id), change: ChangeBytes::from(change), link, signature }
    }

    fn batch(&mut self, conn: ConnId, entries: &[Entry], prev: Link) -> Vec<Said> {
        Body::group(entries, |_| prev).map(|body| self.pack(conn, &body)).unwrap_or_default()
    }

    fn pack(&mut self, conn: ConnId, body: &Body) -> Vec<Said> {
        vec![(conn, Lane::Events.number(), Frame::batch(self.number(conn), body, Codec::Cbor).encode())]
    }

    fn number(&mut self, conn: ConnId) -> u64 {
        let Some(contact) = self.contacts.get_mut(&conn) else { return 0 };
        contact.next_batch += 1;
        contact.next_batch - 1
    }

    fn somebody(&self, dice: &mut Dice) -> NodeId {
        let known: Vec<NodeId> = self.heads.keys().map(|log| log.node).collect();
        dice.pick(&known).unwrap_or(self.victims.county.1)
    }
}
