//! One simulated node: a machine that may be down, on a disk and a derived store that outlive it, with a clock of its
//! own and backups that somebody may put back.

use std::collections::BTreeMap;

use sanji_node::machine::{Input, Machine, Member, Output};
use sanji_node::store::journal::Position;
use sanji_node::store::kv::MemoryKv;
use sanji_node::store::{self, Store, StoreError};
use sanji_node::trust::NodeKey;
use sanji_sync::{LogId, NodeId, Time, UnitCode};

use super::shape::Broken;
use crate::disk::SimDisk;

/// Bytes in front of a record's payload, and those that every payload has (JOURNAL).
const RECORD_HEADER: usize = 32;
const RECORD_BYTES_MIN: usize = 3;

/// Copies of a disk that are kept.
const BACKUPS_KEPT: usize = 3;

pub struct Node {
    pub unit: UnitCode,
    /// The nodes that it dials.
    pub parents: Vec<usize>,
    pub disk: SimDisk,
    pub kv: MemoryKv,
    pub machine: Option<Machine>,
    /// What its clock is off by, milliseconds.
    pub clock_ms: i64,
    /// How far it said to anybody that it holds each log; what it said holds through every crash.
    pub promised: BTreeMap<LogId, u64>,
    /// Copies of its disk, oldest first.
    pub backups: Vec<Backup>,
    /// A second machine may run under this node's key, or its disk went back in time.
    pub is_twin: bool,
    /// A sector of its journal went bad.
    pub is_rotten: bool,
    pub is_revoked: bool,
    /// A second machine of one identity that somebody stopped in the end.
    pub is_stopped: bool,
    pub key: NodeKey,
    root: NodeId,
    /// How often it was started; part of the seed of its ids, since a restarted machine must not draw the same again.
    starts: u64,
    seed: [u8; 32],
}

/// A copy of a node's disk.
#[derive(Clone)]
pub struct Backup {
    pub disk: SimDisk,
    pub kv: MemoryKv,
}

impl Node {
    pub fn new(unit: UnitCode, parents: Vec<usize>, key: NodeKey, root: NodeId, seed: [u8; 32]) -> Node {
        Node {
            unit,
            parents,
            disk: SimDisk::new(),
            kv: MemoryKv::new(),
            machine: None,
            clock_ms: 0,
            promised: BTreeMap::new(),
            backups: Vec::new(),
            is_twin: false,
            is_rotten: false,
            is_revoked: false,
            is_stopped: false,
            key,
            root,
            starts: 0,
            seed,
        }
    }

    pub fn id(&self) -> NodeId {
        self.key.node()
    }

    /// What its clock shows.
    pub fn clock(&self, now: Time) -> Time {
        Time(now.0.saturating_add_signed(self.clock_ms))
    }

    /// How far it durably holds a log: what its machine says, or what it last said before it stopped.
    pub fn holds(&self, log: &LogId) -> u64 {
        let promised = self.promised.get(log).copied().unwrap_or(0);
        self.machine.as_ref().map_or(promised, |machine| machine.hub().heads().height(log))
    }

    /// Keeps a copy of its disk.
    pub fn back_up(&mut self) {
        // A copy of a running program's files has what was written, synced or not.
        self.backups.push(Backup { disk: self.disk.snapshot(), kv: self.kv.snapshot() });
        if self.backups.len() > BACKUPS_KEPT {
            self.backups.remove(0);
        }
    }

    /// Spoils a byte of the record at a place: some byte of it behind its header.
    pub fn rot(&mut self, at: Position, byte: usize) {
        self.disk.tamper(&format!("journal-{:08}.sjl", at.segment), |bytes| {
            let record = at.offset as usize + RECORD_HEADER;
            let room = bytes.len().saturating_sub(record).clamp(1, RECORD_BYTES_MIN);
            if let Some(byte) = bytes.get_mut(record + byte % room) {
                *byte ^= 0x5A;
            }
        });
    }

    /// A second machine from this one's image.
    pub fn twin(&self, seed: [u8; 32]) -> Node {
        let mut twin = Node::new(self.unit, self.parents.clone(), self.key.clone(), self.root, seed);
        (twin.disk, twin.kv, twin.is_twin) = (self.disk.snapshot(), self.kv.snapshot(), true);
        twin
    }

    /// Starts the machine on what its disk holds. `fresh_kv` throws the derived store away first.
    pub fn start(&mut self, fresh_kv: bool, broken: Option<Broken>) -> Result<store::Report, StoreError> {
        self.disk.restart();
        if fresh_kv {
            self.kv = MemoryKv::new();
        }
        let mut fresh = None;
        let opened = open_store(&self.disk, &self.kv, &mut fresh);
        if let (Some(new), Ok(_)) = (fresh, &opened) {
            self.kv = new;
        }
        let (store, report) = opened?;
        self.starts += 1;
        let mut machine = Machine::open(self.member(), store)?;
        break_rule(&mut machine, broken);
        self.machine = Some(machine);
        Ok(report)
    }

    /// What the machine would be on a copy of what its disk keeps even if the power goes now. The node stays as it is; none if
    /// that does not start.
    pub fn copy_of_machine(&self) -> Option<Machine> {
        let (disk, kv) = (self.disk.snapshot(), self.kv.snapshot());
        disk.never_mind();
        disk.power_cut(&mut |_| 0);
        kv.power_cut(0);
        disk.restart();
        let (store, _) = open_store(&disk, &kv, &mut None).ok()?;
        Machine::open(self.member(), store).ok()
    }

    fn member(&self) -> Member {
        let mut seed = self.seed;
        seed[..8].copy_from_slice(&self.starts.to_be_bytes());
        Member {
            key: self.key.clone(),
            unit: self.unit,
            root: self.root,
            authority: None,
            authority_certificate: Vec::new(),
            root_certificate: Vec::new(),
            seed,
        }
    }

    /// One turn; none if the machine is down or went down in it.
    pub fn turn(&mut self, now: Time, inputs: Vec<Input>) -> Option<Vec<Output>> {
        let clock = self.clock(now);
        let machine = self.machine.as_mut()?;
        match machine.turn(clock, inputs) {
            Ok(outputs) => Some(outputs),
            Err(_) => {
                self.machine = None;
                None
            }
        }
    }
}

/// Opens what a disk holds. `fresh` becomes the derived store if another one than `kv` had to be begun.
fn open_store(
    disk: &SimDisk,
    kv: &MemoryKv,
    fresh: &mut Option<MemoryKv>,
) -> Result<(Store, store::Report), StoreError> {
    let mut open_kv = |old: store::Old| -> Result<Box<dyn store::kv::Kv>, store::kv::KvBroken> {
        if old != store::Old::Open {
            let new = MemoryKv::new();
            *fresh = Some(new.clone());
            return Ok(Box::new(new));
        }
        Ok(Box::new(kv.clone()))
    };
    let options = store::Options { documents_in_memory: 8, ..store::Options::default() };
    Store::open(disk.files(), &mut open_kv, &options, &mut |_| {})
}

#[cfg(feature = "broken-rules")]
fn break_rule(machine: &mut Machine, broken: Option<Broken>) {
    use sanji_sync::BrokenRule;
    let rule = match broken {
        Some(Broken::NoEpochAfterRestore) => BrokenRule::NoEpochAfterRestore,
        Some(Broken::NoAuthorityCheck) => BrokenRule::NoAuthorityCheck,
        Some(Broken::VectorsAreTruth) => BrokenRule::VectorsAreTruth,
        Some(Broken::DamageForgotten) => BrokenRule::DamageForgotten,
        Some(Broken::AnswerBeforeStore | Broken::AckBeforeStore | Broken::RelayBeforeStore) | None => return,
    };
    machine.break_rule(rule);
}

#[cfg(not(feature = "broken-rules"))]
fn break_rule(_: &mut Machine, _: Option<Broken>) {}
