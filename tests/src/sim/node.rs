//! One simulated node: a machine that may be down, on a disk and a derived store that outlive it.

use sanji_node::machine::{Input, Machine, Member, Output};
use sanji_node::store::kv::MemoryKv;
use sanji_node::store::{self, Store, StoreError};
use sanji_node::trust::NodeKey;
use sanji_sync::{NodeId, Time, UnitCode};

use crate::disk::SimDisk;

pub struct Node {
    pub unit: UnitCode,
    pub parent: Option<usize>,
    pub disk: SimDisk,
    pub kv: MemoryKv,
    pub machine: Option<Machine>,
    key: NodeKey,
    root: NodeId,
    /// How often it was started; part of the seed of its ids, since a restarted machine must not draw the same again.
    starts: u64,
    seed: [u8; 32],
}

impl Node {
    pub fn new(unit: UnitCode, parent: Option<usize>, key: NodeKey, root: NodeId, seed: [u8; 32]) -> Node {
        let (disk, kv) = (SimDisk::new(), MemoryKv::new());
        Node { unit, parent, disk, kv, machine: None, key, root, starts: 0, seed }
    }

    pub fn id(&self) -> NodeId {
        self.key.node()
    }

    /// Starts the machine on what its disk holds. `fresh_kv` throws the derived store away first.
    pub fn start(&mut self, fresh_kv: bool) -> Result<store::Report, StoreError> {
        self.disk.restart();
        if fresh_kv {
            self.kv = MemoryKv::new();
        }
        let kv = self.kv.clone();
        let mut fresh = None;
        let mut open_kv = |old: store::Old| -> Result<Box<dyn store::kv::Kv>, store::kv::KvBroken> {
            if old != store::Old::Open {
                let new = MemoryKv::new();
                fresh = Some(new.clone());
                return Ok(Box::new(new));
            }
            Ok(Box::new(kv.clone()))
        };
        let options = store::Options { documents_in_memory: 8, ..store::Options::default() };
        let (store, report) = Store::open(self.disk.files(), &mut open_kv, &options, &mut |_| {})?;
        if let Some(new) = fresh {
            self.kv = new;
        }
        self.starts += 1;
        let mut seed = self.seed;
        seed[..8].copy_from_slice(&self.starts.to_be_bytes());
        let member = Member {
            key: self.key.clone(),
            unit: self.unit,
            root: self.root,
            authority: None,
            authority_certificate: Vec::new(),
            root_certificate: Vec::new(),
            seed,
        };
        self.machine = Some(Machine::open(member, store)?);
        Ok(report)
    }

    /// One turn; none if the machine is down or went down in it.
    pub fn turn(&mut self, now: Time, inputs: Vec<Input>) -> Option<Vec<Output>> {
        let machine = self.machine.as_mut()?;
        match machine.turn(now, inputs) {
            Ok(outputs) => Some(outputs),
            Err(_) => {
                self.machine = None;
                None
            }
        }
    }
}
