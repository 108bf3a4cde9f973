//! Nodes without sockets over disks in memory, with certificates of one authority: a county and a village between which files
//! are carried by hand.

use std::convert::Infallible;

use sanji_model::directory::NodeEntry;
use sanji_model::lang::Say;
use sanji_model::organisation::{Tier, Unit, UnitKind};
use sanji_node::bundle::{self, Alone, Arrived, BundleError};
use sanji_node::command::Command;
use sanji_node::machine::{Input, Machine, Member, Output};
use sanji_node::page::every_row;
use sanji_node::refusal::Refusal;
use sanji_node::store::kv::{Kv, KvBroken, MemoryKv};
use sanji_node::store::record::TurnRecord;
use sanji_node::store::{Old, Options, Store};
use sanji_node::trust::{Authority, Identity, Membership, NodeKey, SeatGrant, Validity};
use sanji_sync::{Entry, NodeId, Time, UnitCode};
use serde_json::Value;

use crate::disk::SimDisk;

pub const NOW: Time = Time(1_790_000_000_000);
pub const COUNTY: &str = "990101";
pub const TOWN: &str = "990101001";
pub const VILLAGE: &str = "990101001001";
/// A department of the county, which works on guides.
pub const DEPARTMENT: &str = "990102";
pub const GUIDE: &str = "模拟事项";

/// A machine and who it is.
pub struct Lone {
    pub machine: Machine,
    pub identity: Identity,
    disk: SimDisk,
    kv: MemoryKv,
    starts: u8,
}

/// The first county of an authority, which can make more.
pub struct Founder {
    authority: Authority,
    keys: [NodeKey; 4],
}

impl Default for Founder {
    fn default() -> Founder {
        Founder::new()
    }
}

impl Founder {
    pub fn new() -> Founder {
        let authority = Authority::make(unit(COUNTY), NOW).expect("an authority can be made");
        Founder { authority, keys: [1, 2, 3, 4].map(|n| NodeKey::from_seed([n; 32])) }
    }

    /// The county, whose directory names itself, the town and the village, each with a node.
    pub fn county(&self) -> Lone {
        let mut county = self.node(0);
        let make = |code: &str, tier, parent: Option<&str>| Unit {
            code: unit(code),
            name: code.into(),
            tier,
            parent: parent.map(unit),
            kind: UnitKind::assumed(tier, parent.is_some()),
        };
        let units = [
            make(COUNTY, Tier::County, None),
            make(TOWN, Tier::Town, Some(COUNTY)),
            make(VILLAGE, Tier::Village, Some(TOWN)),
            make(DEPARTMENT, Tier::County, Some(COUNTY)),
        ];
        let seats: Vec<(NodeId, NodeEntry)> = (0..4).map(|n| (self.keys[n].node(), seat(CODES[n]))).collect();
        county.machine.found(NOW, &units, &seats).expect("the disk works").expect("a good county");
        county
    }

    /// The town's machine, with nothing on its disk.
    pub fn town(&self) -> Lone {
        self.node(1)
    }

    /// The same of the village.
    pub fn village(&self) -> Lone {
        self.node(2)
    }

    /// The same of the department.
    pub fn department(&self) -> Lone {
        self.node(3)
    }

    /// The key of a unit's node, to sign what it never wrote.
    pub fn key(&self, code: &str) -> &NodeKey {
        let n = CODES.iter().position(|of| *of == code).expect("one of the units");
        &self.keys[n]
    }

    fn node(&self, n: usize) -> Lone {
        let grant = |n: usize| {
            let grant = SeatGrant {
                node: self.keys[n].node(),
                unit: unit(CODES[n]),
                root: n == 0,
                serial: n as u64 + 1,
                validity: Validity::of_node(NOW),
            };
            self.authority.sign(&grant).expect("it can be signed")
        };
        let key = self.keys[n].clone();
        let authority = self.authority.certificate().clone();
        let membership = Membership::verify(key.node(), grant(n), authority, grant(0)).expect("it is signed");
        let identity = Identity::new(key.clone(), membership).expect("key and certificate are one");
        let (disk, mut kv) = (SimDisk::new(), MemoryKv::new());
        let machine = start(&identity, &disk, &mut kv, [n as u8; 32]);
        Lone { machine, identity, disk, kv, starts: 1 }
    }
}

/// A machine on what a disk holds.
fn start(identity: &Identity, disk: &SimDisk, kv: &mut MemoryKv, seed: [u8; 32]) -> Machine {
    let old = kv.clone();
    let mut open = |what: Old| -> Result<Box<dyn Kv>, KvBroken> {
        if what != Old::Open {
            *kv = MemoryKv::new();
            return Ok(Box::new(kv.clone()));
        }
        Ok(Box::new(old.clone()))
    };
    let (store, report) =
        Store::open(disk.files(), &mut open, &Options::default(), &mut |_| {}).expect("the disk opens");
    let member = Member {
        key: identity.key().clone(),
        unit: identity.unit(),
        root: identity.root(),
        authority: None,
        authority_certificate: Vec::new(),
        root_certificate: Vec::new(),
        seed,
    };
    let mut machine = Machine::open(member, store).expect("it opens");
    machine.set_attention(report.attention());
    machine
}

const CODES: [&str; 4] = [COUNTY, TOWN, VILLAGE, DEPARTMENT];

impl Lone {
    /// The program is killed and started again.
    pub fn restart(&mut self) {
        self.starts += 1;
        let seed = [self.starts.wrapping_mul(16); 32];
        self.machine = start(&self.identity, &self.disk, &mut self.kv, seed);
        self.ask(Command::Status);
    }

    /// Loses what is derived.
    pub fn lose_derived(&mut self) {
        self.kv = MemoryKv::new();
    }

    /// Spoils a byte of every record that holds an entry of which `hits` is true; how many those were.
    pub fn rot(&mut self, hits: impl Fn(&Entry) -> bool) -> usize {
        let journal = self.machine.store().journal();
        let mut places = Vec::new();
        for (at, record) in journal.scan(journal.start()).filter_map(Result::ok) {
            let turn = TurnRecord::decode(&record.payload).expect("a record of this program");
            if turn.entries().expect("good entries").iter().any(&hits) {
                places.push((at, record.next));
            }
        }
        for (at, next) in &places {
            let byte = (at.offset + next.offset) as usize / 2;
            self.disk.tamper(&format!("journal-{:08}.sjl", at.segment), |bytes| bytes[byte] ^= 0x5A);
        }
        places.len()
    }

    pub fn try_ask(&mut self, command: Command) -> Result<Value, Refusal> {
        self.try_ask_at(NOW, command)
    }

    /// Asks when this node's clock says `now`.
    pub fn try_ask_at(&mut self, now: Time, command: Command) -> Result<Value, Refusal> {
        let outputs = self.machine.turn(now, vec![Input::Command { ticket: 1, command }]);
        while self.machine.follow(now).expect("the disk works").0 {}
        let answers = outputs.expect("the disk works").into_iter();
        let mut answers = answers.filter_map(|output| match output {
            Output::Answer { answer, .. } => Some(answer),
            Output::Send { .. }
            | Output::Hangup { .. }
            | Output::Joined { .. }
            | Output::Carried { .. }
            | Output::Pause
            | Output::Resume
            | Output::DialNow => None,
        });
        answers.next().expect("an answer")
    }

    /// A refusal is a failure of the test.
    pub fn ask(&mut self, command: Command) -> Value {
        self.try_ask(command).unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
    }

    /// The rows of all cases here.
    pub fn every_case(&mut self) -> Value {
        let Ok(rows) = every_row(|after| Ok::<_, Infallible>(self.ask(Command::cases(after))));
        rows
    }

    /// The same at a time, a refusal being a failure of the test.
    pub fn ask_at(&mut self, now: Time, command: Command) -> Value {
        self.try_ask_at(now, command).unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
    }

    /// The code of the refusal of something that must be refused.
    pub fn refused(&mut self, command: Command) -> &'static str {
        match self.try_ask(command) {
            Ok(done) => panic!("done: {done}"),
            Err(refusal) => refusal.code(),
        }
    }

    /// Imports and publishes one complete guide.
    pub fn publish(&mut self, name: &str) {
        let text = include_str!("sim/guide.jsonl").replace("模拟事项", name);
        self.ask(Command::GuideImport { text, file: "guide.jsonl".into(), user: None });
        self.ask(Command::GuidePublish { id: name.into(), effective: None });
    }

    /// Registers a case; its number.
    pub fn file_case(&mut self, applicant: &str) -> String {
        self.file_case_at(NOW, applicant)
    }

    pub fn file_case_at(&mut self, now: Time, applicant: &str) -> String {
        let said = self.ask_at(
            now,
            Command::CaseRegister {
                guide: GUIDE.into(),
                applicant: applicant.into(),
                id_number: "11010519491231002X".into(),
                fields: Default::default(),
                user: None,
            },
        );
        said["number"].as_str().expect("a number").to_owned()
    }

    /// The file for a unit's node.
    pub fn export(&mut self, unit: &str, everything: bool) -> Result<Vec<u8>, BundleError> {
        let mut alone = Alone { machine: &mut self.machine, clock: || NOW };
        let packing = bundle::begin(&mut alone, unit.to_owned(), None, everything)?;
        let mut file = Vec::new();
        bundle::write(&mut alone, &self.identity, packing, NOW, &mut file)?;
        Ok(file)
    }

    pub fn import(&mut self, file: &[u8]) -> Result<Arrived, BundleError> {
        let mut alone = Alone { machine: &mut self.machine, clock: || NOW };
        let arrived = bundle::read(&mut alone, &self.identity, file);
        while self.machine.follow(NOW).expect("the disk works").0 {}
        arrived
    }

    /// Carries everything that `to` lacks from here on a stick.
    pub fn carry(&mut self, to: &mut Lone) {
        let file = self.export(to.identity.unit().as_str(), true).expect("it is written");
        to.import(&file).expect("it is read");
    }

    /// Nothing that was recomputed is bad.
    pub fn verify(&mut self) {
        assert_eq!(self.ask(Command::Verify)["bad"], serde_json::json!([]));
    }
}

pub fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).expect("a unit code")
}

/// A seat in the directory.
pub fn seat(code: &str) -> NodeEntry {
    NodeEntry {
        unit: unit(code),
        since: NOW,
        addresses: Vec::new(),
        certificate: String::new(),
        revoked: None,
    }
}
