//! The node without its sockets: hub, store and model behind one turn.
//!
//! # How to drive it
//!
//! One thread owns it. Give [`Machine::turn`] everything that is waiting; when it returns, all it stored is durable,
//! and its outputs may be performed in order. When nothing waits, call [`Machine::follow`] until it says that
//! documents and rows have caught up. An error of either ends the process: the disk or this program failed.
//! It knows no socket, task or clock; randomness comes from the seed it was opened with.

mod accounts;
mod anew;
mod bundles;
mod carrying;
mod cases;
mod changes;
mod complaints;
mod corrections;
mod delivery;
mod desk;
mod dispatch;
mod doctor;
mod drafts;
mod enquiries;
mod enrolment;
mod exchange;
mod exports;
mod guides;
mod importing;
mod incidents;
mod late;
mod life;
mod lines;
mod lists;
mod migration;
mod names;
mod outdated;
mod pages;
mod papers;
mod parameters;
mod people;
mod public;
mod queue;
mod revoking;
mod rollout;
mod sampling;
mod search;
mod status;
mod step;
mod supervision;
mod units;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sanji_model::case::line::Line;
use sanji_model::directory::{self, Directory};
use sanji_model::guide::lint::Parameters;
use sanji_model::lang::{Lang, Say as _};
use sanji_model::local;
use sanji_sync::{
    ConnId, DocId, Effect, Entry, Epoch, Event, Hangup, Hub, Incident, Lane, LogId, Memo, NodeId, Opened,
    Scope, Start, Stored, Time, Tree, UnitCode, Writer,
};
use serde_json::Value;

use crate::command::Command;
use crate::link::Trouble;
use crate::refusal::Refusal;
use crate::store::gap::OpenGap;
use crate::store::record::Fact;
use crate::store::{Drained, Store, StoreError};
use crate::trust::{Authority, JoinReply, JoinRequest, NodeKey};
pub(crate) use accounts::TOKEN_DAYS_MAX;
pub use carrying::{Cargo, Carry, NotCarried};
use step::{Done, Step, Stop};

pub use doctor::{State as CheckState, line as check_line};
pub use status::{FrameCounts, LinkView};

/// The epoch that this node writes in, 4 bytes.
const FACT_EPOCH: &str = "epoch";
/// There while the uplink is paused by hand.
const FACT_PAUSED: &str = "paused";

/// Before the hexadecimal id of a log with two pasts; its value is the height at which it was found.
const FACT_FORK: &str = "fork/";
/// Before the same of one whose two pasts are proven; its value is the proof.
const FACT_PROOF: &str = "proof/";

/// Entries up to which documents and rows follow in the same turn; beyond, they follow when nothing waits.
const FOLLOW_AT_ONCE: usize = 64;
/// Entries in one step of following: bounds the time until the next turn to some tens of milliseconds.
const FOLLOW_STEP: usize = 256;

/// Names the asker of a command, chosen by the driver.
pub type Ticket = u64;

/// What reaches a machine.
#[derive(Debug)]
pub enum Input {
    Command {
        ticket: Ticket,
        command: Command,
    },
    Join {
        ticket: Ticket,
        request: JoinRequest,
    },
    /// One step of a file for a USB stick.
    Carry {
        ticket: Ticket,
        carry: Carry,
    },
    LinkUp {
        conn: ConnId,
        node: NodeId,
        unit: UnitCode,
    },
    LinkDown {
        conn: ConnId,
    },
    Frame {
        conn: ConnId,
        frame: Opened,
    },
    BadFrame {
        conn: ConnId,
        why: Hangup,
    },
    /// A peer ended a link because this node had connected anew, and it was not this machine that did.
    Replaced,
    Tick,
}

/// What the driver must do, in order.
#[derive(Debug)]
pub enum Output {
    Send {
        conn: ConnId,
        lane: Lane,
        frame: Vec<u8>,
    },
    Hangup {
        conn: ConnId,
        why: Hangup,
    },
    Answer {
        ticket: Ticket,
        answer: Result<Value, Refusal>,
    },
    Joined {
        ticket: Ticket,
        reply: Box<JoinReply>,
    },
    Carried {
        ticket: Ticket,
        answer: Result<Cargo, NotCarried>,
    },
    /// Stop dialling the parent and hang up.
    Pause,
    /// Dial again.
    Resume,
    DialNow,
}

/// Who this machine is.
pub struct Member {
    pub key: NodeKey,
    pub unit: UnitCode,
    /// The node whose word the directory is.
    pub root: NodeId,
    /// At the county only.
    pub authority: Option<Authority>,
    /// The county authority's certificate and the root node's, for those who join.
    pub authority_certificate: Vec<u8>,
    pub root_certificate: Vec<u8>,
    /// Seeds every id this machine draws.
    pub seed: [u8; 32],
}

pub struct Machine {
    hub: Hub,
    store: Store,
    member: Member,
    directory: Directory,
    rng: ChaCha8Rng,
    /// Facts of the turn that runs.
    facts: Vec<Fact>,
    incidents: VecDeque<(Time, Incident)>,
    incident_counts: BTreeMap<&'static str, u64>,
    /// What an operator must know for as long as this process runs (en, zh).
    attention: Vec<(String, String)>,
    link: LinkView,
    /// Of this node's neighbours.
    lines: BTreeMap<UnitCode, Line>,
    started: Option<Time>,
    /// Something gave way and must be written anew.
    anew: bool,
    /// Documents in which something could not be written anew yet: tried again when they follow.
    undecided: BTreeSet<DocId>,
    certificate_until: Option<Time>,
    flooded: bool,
    lint: Parameters,
}

impl Machine {
    /// A machine over an opened store.
    pub fn open(member: Member, mut store: Store) -> Result<Machine, StoreError> {
        let mut epoch = match store.fact(FACT_EPOCH) {
            Some(bytes) => Epoch(u32::from_be_bytes(bytes.try_into().unwrap_or([0, 0, 0, 1]))),
            None => Epoch(1),
        };
        if store.has_lost_journal() {
            epoch = Epoch(epoch.0.saturating_add(1));
            store.commit(Vec::new(), vec![epoch_fact(epoch)])?;
        }
        let writer = Writer::new(member.key.signing().clone(), epoch);
        let anew = !store.asides().is_empty() || !store.waiting(&writer.node())?.is_empty();
        let mut rng = ChaCha8Rng::from_seed(member.seed);
        let heads = store.index().logs().map(|(log, known)| (*log, known.head));
        let start = Start {
            heads: heads.filter(|(_, head)| head.height > 0).collect(),
            memos: store.memos()?,
            forked: forked(&store),
            proofs: incidents::proofs(&store),
            settled: store.cut_logs().into_iter().filter(|log| log.node == writer.node()).collect(),
            gaps: own_gaps(&store, writer.node()).map(|gap| (gap.log, gap.upto)).collect(),
            is_damaged: store.has_open_damage(),
            run: rng.next_u64(),
        };
        let incidents = incidents::kept(&store).into();
        // Before any document follows: rows depend on the directory.
        let directory =
            store.peek(&directory::DOCUMENT)?.map_or_else(Directory::default, |doc| Directory::read(&doc));
        store.set_directory(
            directory.calendar().0,
            directory.parameters(),
            seats(&directory),
            county(&directory),
        )?;
        if store.has_doubtful_rows() {
            store.refresh_rows()?;
        }
        // Before any document follows, should a crash have come between a cut and this.
        store.take_out()?;
        let tree = tree(&directory, &member);
        let lines = lines::kept(&store);
        let hub = Hub::new(writer, member.unit, tree, start);
        Ok(Machine {
            hub,
            store,
            directory,
            rng,
            member,
            facts: Vec::new(),
            incidents,
            incident_counts: BTreeMap::new(),
            attention: Vec::new(),
            link: LinkView::default(),
            lines,
            started: None,
            anew,
            undecided: BTreeSet::new(),
            certificate_until: None,
            flooded: false,
            lint: Parameters::default(),
        })
    }

    /// Takes what is waiting. Everything stored in it is durable when this returns, before any output is performed.
    pub fn turn(&mut self, now: Time, inputs: Vec<Input>) -> Result<Vec<Output>, StoreError> {
        self.flooded = false;
        if self.started.is_none() {
            self.lines_begin(now);
        }
        self.store.set_today(local::date(now))?;
        let mut steps = Vec::new();
        let mut outputs = Vec::new();
        if self.started.is_none() {
            self.started = Some(now);
            let mut effects = Vec::new();
            self.answer_damage(&mut effects);
            self.hub.resume(&self.store, &mut effects);
            self.perform(now, effects.into_iter().map(Step::Effect).collect(), &mut outputs)?;
        }
        if self.anew {
            self.write_asides_anew(now, &mut outputs)?;
        }
        for input in inputs {
            let alone = matches!(&input, Input::Command { command, .. } if command.is_alone());
            if alone {
                // It reads what earlier inputs wrote, and later ones what it writes.
                self.perform(now, std::mem::take(&mut steps), &mut outputs)?;
                self.catch_up(now, &mut outputs)?;
            }
            self.take(now, input, &mut steps)?;
            // What comes after a cut must not build on what gave way.
            let cut = |step: &Step| matches!(step, Step::Effect(Effect::Store(Stored::Cut { .. })));
            if alone || steps.iter().any(cut) {
                self.perform(now, std::mem::take(&mut steps), &mut outputs)?;
            }
        }
        self.perform(now, steps, &mut outputs)?;
        self.settle_damage(now, &mut outputs)?;
        let mut effects = Vec::new();
        self.hub.stream(now, &self.store, &mut effects);
        self.perform(now, effects.into_iter().map(Step::Effect).collect(), &mut outputs)?;
        match self.store.take_fault() {
            Some(fault) => Err(fault),
            None => Ok(outputs),
        }
    }

    /// When [`Input::Tick`] is due.
    pub fn next_tick(&self) -> Option<Time> {
        self.hub.next_tick()
    }

    /// One step of bringing documents and rows up to date. False when there is nothing left to do.
    pub fn follow(&mut self, now: Time) -> Result<(bool, Vec<Output>), StoreError> {
        self.flooded = false;
        self.store.set_today(local::date(now))?;
        let mut outputs = Vec::new();
        if !self.store.is_behind() {
            return Ok((false, outputs));
        }
        let drained = self.store.drain(FOLLOW_STEP)?;
        self.drained(now, drained, &mut outputs)?;
        Ok((self.store.is_behind(), outputs))
    }

    /// Whether the last turn stored more than documents and rows can follow at once: more of it is likely to come.
    pub fn is_flooded(&self) -> bool {
        self.flooded
    }

    /// Counts the entries that this node has, as they arrived.
    pub fn taken_in(&self) -> u64 {
        self.store.index().next_arrival()
    }

    /// A clean stop.
    pub fn close(&mut self) -> Result<(), StoreError> {
        self.store.close()
    }

    /// Makes its hub break a rule, for the tests that show that this is noticed.
    #[cfg(feature = "broken-rules")]
    pub fn break_rule(&mut self, rule: sanji_sync::BrokenRule) {
        self.hub.break_rule(rule);
    }

    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    pub fn is_root(&self) -> bool {
        self.member.root == self.hub.node()
    }

    /// Whether this node was revoked, as far as it can know: the directory says so, or the unit above turns it away.
    pub fn is_revoked(&self) -> bool {
        let seat = self.hub.tree().seat(&self.hub.node());
        let trouble = self.link.parent.as_ref().and_then(|parent| parent.trouble.as_ref());
        seat.is_some_and(|seat| seat.revoked.is_some()) || trouble.is_some_and(Trouble::is_turned_away)
    }

    /// Whether the uplink was paused by hand.
    pub fn is_paused(&self) -> bool {
        self.store.fact(FACT_PAUSED).is_some()
    }

    /// What an operator must know for as long as it is so (en, zh).
    fn attention(&self) -> Vec<(String, String)> {
        let behind: u64 = self.store.gaps().iter().map(|gap| gap.entries).sum();
        let behind = (behind > 0).then(|| {
            (
                format!(
                    "entries that lie behind damage in the journal and are not shown: {behind}. They come back, or are written anew, once the nodes that hold their scopes were reached"
                ),
                format!("日志损坏处之后有 {behind} 条记录暂不显示：连上持有相应范围的节点后会取回或重新写入"),
            )
        });
        let revoked =
            self.is_revoked().then(|| (Refusal::Revoked.text(Lang::En), Refusal::Revoked.text(Lang::Zh)));
        self.attention.iter().cloned().chain(behind).chain(revoked).collect()
    }

    /// What opening the store found that somebody must act on.
    pub fn set_attention(&mut self, attention: Vec<(String, String)>) {
        self.attention = attention;
    }

    /// What the driver sees of its links, for the status.
    pub fn set_link(&mut self, link: LinkView) {
        self.link = link;
    }

    fn take(&mut self, now: Time, input: Input, steps: &mut Vec<Step>) -> Result<(), StoreError> {
        let event = match input {
            Input::Command { ticket, command } => {
                let answer = self.command(now, command, steps)?;
                steps.push(Step::Output(Output::Answer { ticket, answer }));
                return Ok(());
            }
            Input::Join { ticket, request } => {
                let reply = Box::new(self.join(now, &request, steps)?);
                steps.push(Step::Output(Output::Joined { ticket, reply }));
                return Ok(());
            }
            Input::Carry { ticket, carry } => {
                let answer = self.carry(now, carry, steps);
                steps.push(Step::Output(Output::Carried { ticket, answer }));
                return Ok(());
            }
            Input::LinkUp { conn, node, unit } => {
                self.line_up(now, unit);
                Event::LinkUp { conn, node, unit }
            }
            Input::LinkDown { conn } => {
                self.line_lost(now, conn);
                Event::LinkDown { conn }
            }
            Input::Frame { conn, frame } => Event::Frame { conn, frame },
            Input::BadFrame { conn, why } => Event::BadFrame { conn, why },
            Input::Replaced => {
                let node = self.hub.node();
                steps.push(Step::Effect(Effect::Report(Incident::TwoMachines { node })));
                return Ok(());
            }
            Input::Tick => Event::Tick,
        };
        let mut effects = Vec::new();
        self.hub.handle(now, event, &self.store, &mut effects);
        steps.extend(effects.into_iter().map(Step::Effect));
        Ok(())
    }

    /// Commits the stores among `steps`, then lists the rest in order.
    fn perform(&mut self, now: Time, steps: Vec<Step>, outputs: &mut Vec<Output>) -> Result<(), StoreError> {
        let mut stores: Vec<Vec<Entry>> = Vec::new();
        let mut memos: Vec<Memo> = Vec::new();
        let mut rest = Vec::with_capacity(steps.len());
        let (mut stored, mut cut) = (0, false);
        for step in steps {
            match step {
                Step::Effect(Effect::Store(Stored::Entries(entries))) => stores.push(entries),
                Step::Effect(Effect::Store(Stored::Epoch(epoch))) => {
                    self.facts
                        .push(Fact { name: FACT_EPOCH.into(), value: Some(epoch.0.to_be_bytes().to_vec()) });
                }
                Step::Effect(Effect::Store(Stored::Proof(proof))) => {
                    self.facts.push(incidents::proven(&proof))
                }
                Step::Effect(Effect::Store(Stored::Cut { log, head })) => {
                    stored += stores.iter().map(Vec::len).sum::<usize>();
                    self.store.commit(std::mem::take(&mut stores), std::mem::take(&mut self.facts))?;
                    self.catch_up(now, outputs)?;
                    self.store.cut(log, head)?;
                    cut = true;
                }
                Step::Effect(Effect::Remember(memo)) => memos.push(memo),
                Step::Effect(Effect::Report(incident)) => self.report(now, incident),
                Step::Effect(Effect::Send { conn, lane, frame }) => {
                    rest.push(Output::Send { conn, lane, frame })
                }
                Step::Effect(Effect::Hangup { conn, why }) => rest.push(Output::Hangup { conn, why }),
                Step::Output(output) => rest.push(output),
            }
        }
        stored += stores.iter().map(Vec::len).sum::<usize>();
        let directory = stores.iter().flatten().any(|entry| entry.log.scope == Scope::Directory);
        self.store.commit(stores, std::mem::take(&mut self.facts))?;
        outputs.extend(rest);
        self.remember(now, &memos)?;
        if directory {
            // It gives every later entry its meaning, so it is never left behind.
            let drained = self.store.drain_document(&directory::DOCUMENT)?;
            self.drained(now, drained, outputs)?;
        }
        self.flooded |= stored > FOLLOW_AT_ONCE;
        if stored > 0 && stored <= FOLLOW_AT_ONCE && self.store.is_behind() {
            let drained = self.store.drain(FOLLOW_AT_ONCE)?;
            self.drained(now, drained, outputs)?;
        }
        if cut {
            self.write_asides_anew(now, outputs)?;
        }
        Ok(())
    }

    fn catch_up(&mut self, now: Time, outputs: &mut Vec<Output>) -> Result<(), StoreError> {
        while self.store.is_behind() {
            let drained = self.store.drain(FOLLOW_STEP)?;
            self.drained(now, drained, outputs)?;
        }
        Ok(())
    }

    fn drained(&mut self, now: Time, drained: Drained, outputs: &mut Vec<Output>) -> Result<(), StoreError> {
        for why in drained.set_aside {
            tracing::error!(%why, "a change was set aside; the rest goes on");
        }
        // What it stands on counts no more, or is still to come.
        self.anew |=
            drained.waiting.contains(&self.hub.node()) || !self.undecided.is_disjoint(&drained.documents);
        if drained.directory {
            self.reread_directory(now, outputs)?;
        }
        self.note_late(now, &drained.late)
    }

    fn reread_directory(&mut self, now: Time, outputs: &mut Vec<Output>) -> Result<(), StoreError> {
        self.read_directory()?;
        let mut effects = Vec::new();
        self.hub.set_tree(tree(&self.directory, &self.member), &self.store, &mut effects);
        self.perform(now, effects.into_iter().map(Step::Effect).collect(), outputs)
    }

    fn read_directory(&mut self) -> Result<(), StoreError> {
        if let Some(doc) = self.store.document(&directory::DOCUMENT)? {
            self.directory = Directory::read(doc);
            let calendar = self.directory.calendar().0;
            let (units, county) = (seats(&self.directory), county(&self.directory));
            // Entries came before the directory that gives them their meaning only if that was lost by damage.
            let comes_late = self.store.lacked(&units, county);
            self.store.set_directory(calendar, self.directory.parameters(), units, county)?;
            if comes_late {
                self.store.refresh_rows()?;
            }
        }
        Ok(())
    }

    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A new UUIDv7 of `now`, of which there is no document here: a machine whose clock and chance went back draws the same.
    fn draw_id(&mut self, now: Time) -> DocId {
        loop {
            let mut random = [0; 10];
            random.copy_from_slice(&self.bytes()[..10]);
            let id = DocId(*uuid::Builder::from_unix_timestamp_millis(now.0, &random).as_uuid().as_bytes());
            if !matches!(self.store.kv().get(&crate::store::keys::meta(&id)), Ok(Some(_))) {
                return id;
            }
        }
    }
}

/// What lies behind damage of a node's own.
fn own_gaps(store: &Store, node: NodeId) -> impl Iterator<Item = OpenGap> {
    store.gaps().into_iter().filter(move |gap| gap.log.node == node)
}

fn epoch_fact(epoch: Epoch) -> Fact {
    Fact { name: FACT_EPOCH.into(), value: Some(epoch.0.to_be_bytes().to_vec()) }
}

/// The logs that were found to have two pasts.
fn forked(store: &Store) -> BTreeSet<LogId> {
    let names = store.facts().filter_map(|(name, _)| name.strip_prefix(FACT_FORK));
    let bytes = names.filter_map(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).ok());
    bytes.filter_map(|bytes| minicbor::decode(&bytes).ok()).collect()
}

fn seats(directory: &Directory) -> BTreeMap<NodeId, UnitCode> {
    directory.nodes.iter().map(|(node, entry)| (*node, entry.unit)).collect()
}

fn county(directory: &Directory) -> Option<UnitCode> {
    directory.organisation.root().map(|unit| unit.code)
}

/// The directory's tree. The county's node knows its own seat before the directory says so.
fn tree(directory: &Directory, member: &Member) -> Tree {
    let mut tree = directory.tree(member.root);
    let node = NodeId(member.key.signing().verifying_key().to_bytes());
    if node == member.root && tree.seat(&node).is_none() {
        tree.add_node(node, sanji_sync::tree::Seat { unit: member.unit, revoked: None });
    }
    tree
}
