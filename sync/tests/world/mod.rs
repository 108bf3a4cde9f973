//! A county of hubs, their shelves in memory, frames in a queue. Knows no disk and no time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT};
use ed25519_dalek::SigningKey;
use sanji_sync::tree::Seat;
use sanji_sync::vector::Head;
use sanji_sync::{
    ConnId, DocId, Effect, Entry, Epoch, Event, Frame, Hangup, Hub, Incident, Link, LogId, Memo, NodeId,
    Proof, Scope, Shelf, Start, Stored, Time, Tree, UnitCode, Writer,
};

pub fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

#[derive(Clone, Default)]
pub struct MemoryShelf {
    logs: BTreeMap<LogId, Vec<(u64, Entry)>>,
    arrivals: u64,
    epoch: u32,
    memos: Vec<Memo>,
    docs: BTreeMap<DocId, Vec<Vec<u8>>>,
    /// Logs that were cut.
    cuts: Vec<LogId>,
    forked: BTreeSet<LogId>,
    proofs: Vec<Proof>,
}

impl Shelf for MemoryShelf {
    fn entry(&self, log: &LogId, height: u64) -> Option<(u64, Entry)> {
        self.logs.get(log)?.get(height as usize - 1).cloned()
    }
    fn link(&self, log: &LogId, height: u64) -> Option<Link> {
        self.entry(log, height).map(|(_, entry)| entry.link)
    }
}

struct Place {
    hub: Hub,
    shelf: MemoryShelf,
    key: [u8; 32],
    unit: UnitCode,
    docs: BTreeMap<DocId, AutoCommit>,
}

pub struct World {
    places: Vec<Place>,
    tree: Tree,
    ends: BTreeMap<ConnId, (usize, ConnId)>,
    queue: VecDeque<(usize, ConnId, Vec<u8>)>,
    next: u64,
    starts: u64,
    docs: u8,
    pub frames: Vec<(usize, Vec<u8>)>,
    pub hangups: Vec<(usize, Hangup)>,
    pub incidents: Vec<(usize, Incident)>,
}

impl World {
    /// County 0, town 1, villages 2 and 3, unlinked, all of which hold the directory.
    pub fn county() -> World {
        let mut world = World::fresh();
        let links = [(1, 0), (2, 1), (3, 1)].map(|(a, b)| world.link(a, b).0);
        world.settle();
        for conn in links {
            world.unlink(conn);
        }
        world.frames.clear();
        world
    }

    /// Only the county knows the tree; it hands it over as one directory entry, whose arrival is what makes a node
    /// know it.
    pub fn fresh() -> World {
        let codes = ["640202", "640202001", "640202001001", "640202001002"].map(unit);
        let keys: Vec<[u8; 32]> = (1..=4u8).map(|n| [n; 32]).collect();
        let nodes: Vec<NodeId> =
            keys.iter().map(|k| Writer::new(SigningKey::from_bytes(k), Epoch(1)).node()).collect();
        let mut tree = Tree::new(nodes[0]);
        for (code, parent) in codes.iter().zip([None, Some(codes[0]), Some(codes[1]), Some(codes[1])]) {
            tree.add_unit(*code, parent);
        }
        for (node, code) in nodes.iter().zip(codes) {
            tree.add_node(*node, Seat { unit: code, revoked: None });
        }
        let mut world = World {
            places: Vec::new(),
            tree,
            ends: BTreeMap::new(),
            queue: VecDeque::new(),
            next: 1,
            starts: 0,
            docs: 0,
            frames: Vec::new(),
            hangups: Vec::new(),
            incidents: Vec::new(),
        };
        for (key, code) in keys.into_iter().zip(codes) {
            let shelf = MemoryShelf { epoch: 1, ..MemoryShelf::default() };
            world.starts += 1;
            let hub = world.open(&shelf, key, code, world.starts);
            world.places.push(Place { hub, shelf, key, unit: code, docs: BTreeMap::new() });
        }
        world.write(0, Scope::Directory, None);
        world
    }

    pub fn hub(&self, at: usize) -> &Hub {
        &self.places[at].hub
    }

    pub fn entries(&self, at: usize, scope: Scope) -> u64 {
        self.places[at].hub.heads().logs_of(scope).map(|(_, head)| head.height).sum()
    }

    pub fn link(&mut self, a: usize, b: usize) -> (ConnId, ConnId) {
        let (ca, cb) = (ConnId(self.next), ConnId(self.next + 1));
        self.next += 2;
        self.ends.insert(ca, (b, cb));
        self.ends.insert(cb, (a, ca));
        for (at, conn, peer) in [(a, ca, b), (b, cb, a)] {
            let (node, unit) = (self.places[peer].hub.node(), self.places[peer].unit);
            self.event(at, Event::LinkUp { conn, node, unit });
        }
        (ca, cb)
    }

    pub fn unlink(&mut self, conn: ConnId) {
        let (b, cb) = self.ends.remove(&conn).unwrap();
        let (a, _) = self.ends.remove(&cb).unwrap();
        self.queue.retain(|(_, c, _)| *c != conn && *c != cb);
        self.event(a, Event::LinkDown { conn });
        self.event(b, Event::LinkDown { conn: cb });
    }

    /// Writes one change into a new document or `doc`.
    pub fn write(&mut self, at: usize, scope: Scope, doc: Option<DocId>) -> DocId {
        let doc = doc.unwrap_or_else(|| {
            self.docs = self.docs.wrapping_add(1);
            let mut id = [self.docs; 16];
            id[..8].copy_from_slice(&self.places[at].shelf.arrivals.to_be_bytes());
            id[8] = at as u8;
            DocId(id)
        });
        let place = &mut self.places[at];
        let actor = ActorId::from(place.hub.actor().as_slice());
        let amdoc = place.docs.entry(doc).or_insert_with(|| {
            let mut fresh = AutoCommit::new();
            for change in place.shelf.docs.get(&doc).into_iter().flatten() {
                fresh.apply_changes([automerge::Change::from_bytes(change.clone()).unwrap()]).unwrap();
            }
            fresh
        });
        amdoc.set_actor(actor);
        let n = place.shelf.arrivals as i64;
        amdoc.put(ROOT, format!("k{}", n % 7), n).unwrap();
        amdoc.commit();
        let change = amdoc.get_last_local_change().unwrap().raw_bytes().to_vec();
        let mut out = Vec::new();
        place.hub.append(scope, doc, change, &mut out).unwrap();
        self.perform(at, out);
        self.stream(at);
        doc
    }

    /// Makes a node send an entry that it has no authority to write, by a hub that believes itself the county.
    pub fn forge(&mut self, at: usize, scope: Scope) {
        let mut tree = self.tree.clone();
        tree.add_node(self.places[at].hub.node(), Seat { unit: unit("640202"), revoked: None });
        let mut out = Vec::new();
        let place = &mut self.places[at];
        place.hub.set_tree(tree, &place.shelf, &mut out);
        self.perform(at, out);
        self.write(at, scope, None);
    }

    /// The county revokes a node: what it holds of its logs counts, later entries do not.
    pub fn revoke(&mut self, at: usize) {
        let node = self.places[at].hub.node();
        let heads = self.places[0].hub.heads().logs().filter(|(log, _)| log.node == node);
        let cuts = heads.map(|(log, head)| ((log.scope, log.epoch), head.height)).collect();
        self.tree.add_node(node, Seat { unit: self.places[at].unit, revoked: Some(cuts) });
        self.write(0, Scope::Directory, None);
    }

    /// The county's node itself holds the tree from the start.
    pub fn renew_epoch(&mut self, at: usize) {
        let mut out = Vec::new();
        self.places[at].hub.renew_epoch(&mut out);
        self.perform(at, out);
    }

    /// Hellos under way become those of the version before, which do not name a codec.
    pub fn forget_codecs(&mut self) {
        for (_, _, bytes) in &mut self.queue {
            if let Ok(Frame::Hello(mut hello)) = Frame::decode(bytes) {
                hello.codec = None;
                *bytes = Frame::Hello(hello).encode();
            }
        }
    }

    /// A frame reaches a node as if its peer had sent it.
    pub fn inject(&mut self, at: usize, conn: ConnId, frame: Frame) {
        self.queue.push_back((at, conn, frame.encode()));
    }

    pub fn backup(&self, at: usize) -> MemoryShelf {
        self.places[at].shelf.clone()
    }

    pub fn restore(&mut self, at: usize, shelf: MemoryShelf) {
        self.places[at].shelf = shelf;
        self.restart(at, true);
    }

    /// A restart that finds the directory of now on its disk: it became durable just before the stop.
    pub fn restart_in_the_tree(&mut self, at: usize) {
        let conns: Vec<ConnId> = self.places[at].hub.sessions().map(|s| s.conn).collect();
        for conn in conns {
            self.unlink(conn);
        }
        self.starts += 1;
        let place = &self.places[at];
        let hub = self.open_in(self.tree.clone(), &place.shelf, place.key, place.unit, self.starts);
        self.places[at].hub = hub;
    }

    /// What every driver does after a start.
    pub fn resume(&mut self, at: usize) {
        let mut out = Vec::new();
        let place = &mut self.places[at];
        place.hub.resume(&place.shelf, &mut out);
        self.perform(at, out);
    }

    pub fn restart(&mut self, at: usize, keep_memos: bool) {
        let conns: Vec<ConnId> = self.places[at].hub.sessions().map(|s| s.conn).collect();
        for conn in conns {
            self.unlink(conn);
        }
        if !keep_memos {
            self.places[at].shelf.memos.clear();
        }
        self.starts += 1;
        let place = &self.places[at];
        let hub = self.open(&place.shelf, place.key, place.unit, self.starts);
        self.places[at].hub = hub;
        self.places[at].docs.clear();
        if self.places[at].shelf.logs.keys().any(|log| log.scope == Scope::Directory) {
            self.learn_tree(at);
        }
    }

    /// Delivers until nothing is under way.
    pub fn settle(&mut self) {
        self.run(usize::MAX);
    }

    /// Delivers at most `n` frames; how many there were.
    pub fn run(&mut self, n: usize) -> usize {
        for done in 0..n {
            let Some((at, conn, bytes)) = self.queue.pop_front() else { return done };
            let event = match Frame::open(&bytes) {
                Ok(frame) => Event::Frame { conn, frame },
                Err(bad) => Event::BadFrame { conn, why: bad.hangup() },
            };
            self.event(at, event);
        }
        n
    }

    /// A link of which only this end is real.
    pub fn up(&mut self, at: usize, conn: ConnId, peer: usize) {
        let (node, unit) = (self.places[peer].hub.node(), self.places[peer].unit);
        self.event(at, Event::LinkUp { conn, node, unit });
    }

    /// A node's disk loses a scope.
    pub fn lose(&mut self, at: usize, scope: Scope) {
        self.places[at].shelf.logs.retain(|log, _| log.scope != scope);
        self.restart(at, true);
    }

    pub fn assert_converged(&mut self) {
        for (a, b) in [(0, 1), (1, 2), (1, 3)] {
            if self.places[b].hub.sessions().next().is_some() {
                self.assert_converged_between(a, b);
            }
        }
    }

    pub fn assert_converged_between(&mut self, a: usize, b: usize) {
        let shared = self.tree.shared(self.places[a].unit, self.places[b].unit);
        for scope in shared {
            let (x, y) = (self.places[a].hub.digest(scope), self.places[b].hub.digest(scope));
            assert_eq!(x, y, "{scope} of {a} and {b}");
        }
        for at in [a, b] {
            let held: BTreeSet<Scope> =
                self.places[at].hub.heads().logs().map(|(log, _)| log.scope).collect();
            for scope in held {
                assert!(self.tree.holds(self.places[at].unit, &scope), "{at} holds {scope}");
            }
            assert_eq!(self.places[at].hub.owed_to(self.places[a + b - at].unit), 0);
        }
    }

    fn open(&self, shelf: &MemoryShelf, key: [u8; 32], unit: UnitCode, run: u64) -> Hub {
        let root = self.tree.root();
        let node = Writer::new(SigningKey::from_bytes(&key), Epoch(shelf.epoch)).node();
        let tree = if node == root { self.tree.clone() } else { Tree::new(root) };
        self.open_in(tree, shelf, key, unit, run)
    }

    fn open_in(&self, tree: Tree, shelf: &MemoryShelf, key: [u8; 32], unit: UnitCode, run: u64) -> Hub {
        let heads = shelf.logs.iter().map(|(log, entries)| {
            let (_, last) = entries.last().unwrap();
            (*log, Head { height: last.height, link: last.link })
        });
        let settled = shelf.cuts.iter().copied().collect();
        let start = Start {
            heads: heads.collect(),
            memos: shelf.memos.clone(),
            forked: shelf.forked.clone(),
            proofs: shelf.proofs.clone(),
            settled,
            run,
            ..Start::default()
        };
        let writer = Writer::new(SigningKey::from_bytes(&key), Epoch(shelf.epoch));
        Hub::new(writer, unit, tree, start)
    }

    fn learn_tree(&mut self, at: usize) {
        let mut out = Vec::new();
        let place = &mut self.places[at];
        place.hub.set_tree(self.tree.clone(), &place.shelf, &mut out);
        self.perform(at, out);
    }

    fn event(&mut self, at: usize, event: Event) {
        let mut out = Vec::new();
        let place = &mut self.places[at];
        place.hub.handle(Time(0), event, &place.shelf, &mut out);
        self.perform(at, out);
        self.stream(at);
    }

    fn stream(&mut self, at: usize) {
        let mut out = Vec::new();
        let place = &mut self.places[at];
        place.hub.stream(Time(0), &place.shelf, &mut out);
        self.perform(at, out);
    }

    fn perform(&mut self, at: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Store(Stored::Epoch(epoch)) => self.places[at].shelf.epoch = epoch.0,
                Effect::Store(Stored::Cut { log, head }) => {
                    let place = &mut self.places[at];
                    let entries = place.shelf.logs.entry(log).or_default();
                    for (_, entry) in entries.split_off(head.height as usize) {
                        place.docs.remove(&entry.doc);
                        let changes = place.shelf.docs.entry(entry.doc).or_default();
                        changes.retain(|change| **change != *entry.change);
                    }
                    place.shelf.logs.retain(|_, entries| !entries.is_empty());
                    place.shelf.cuts.push(log);
                }
                Effect::Store(Stored::Entries(entries)) => {
                    let mut directory = false;
                    let place = &mut self.places[at];
                    for entry in entries {
                        directory |= entry.log.scope == Scope::Directory;
                        place.shelf.arrivals += 1;
                        place.shelf.docs.entry(entry.doc).or_default().push(entry.change.to_vec());
                        if let Some(doc) = place.docs.get_mut(&entry.doc) {
                            let change = automerge::Change::from_bytes(entry.change.to_vec()).unwrap();
                            doc.apply_changes([change]).unwrap();
                        }
                        let log = place.shelf.logs.entry(entry.log).or_default();
                        assert_eq!(log.len() as u64 + 1, entry.height);
                        log.push((place.shelf.arrivals, entry));
                    }
                    if directory {
                        self.learn_tree(at);
                    }
                }
                Effect::Send { conn, frame, .. } => {
                    self.frames.push((at, frame.clone()));
                    if let Some((to, there)) = self.ends.get(&conn) {
                        self.queue.push_back((*to, *there, frame));
                    }
                }
                Effect::Hangup { conn, why } => {
                    self.hangups.push((at, why));
                    if let Some((to, there)) = self.ends.remove(&conn) {
                        self.ends.remove(&there);
                        self.event(to, Event::LinkDown { conn: there });
                    }
                }
                Effect::Remember(memo) => self.places[at].shelf.memos.push(memo),
                Effect::Report(incident) => {
                    if let Incident::Fork { log, .. } = &incident {
                        self.places[at].shelf.forked.insert(*log);
                    }
                    self.incidents.push((at, incident));
                }
                Effect::Store(Stored::Proof(proof)) => self.places[at].shelf.proofs.push(proof),
            }
        }
    }
}
