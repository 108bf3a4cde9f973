//! The run of one seed: the clock, the network, what people do, what breaks, and the healing.

use std::collections::{BTreeMap, BTreeSet};

use sanji_model::directory::NodeEntry;
use sanji_node::command::Command;
use sanji_node::machine::{Input, Output};
use sanji_node::trust::NodeKey;
use sanji_sync::{ConnId, Frame, Time};
use serde_json::Value;

use super::county::{self, Shape};
use super::dice::Dice;
use super::node::Node;
use crate::disk::Failure;

/// Virtual milliseconds that healing may take.
const HEAL_MS_MAX: u64 = 600_000;
/// Between two attempts of a child to reach its parent.
const DIAL_MS: u64 = 700;
/// The day on which every run begins.
const BEGIN: Time = Time(1_790_000_000_000);

/// One guide in the project's own form, complete, made for the simulator.
const GUIDE: &str = include_str!("guide.jsonl");

/// What a run came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    pub trace: Vec<String>,
    pub cases: usize,
    pub acts: usize,
    pub crashes: usize,
    pub power_cuts: usize,
    pub cuts: usize,
    pub frames: usize,
    pub heal_ms: u64,
}

struct Wire {
    ends: [(usize, ConnId); 2],
}

/// A simulated county from one seed.
pub struct World {
    pub(super) nodes: Vec<Node>,
    pub(super) shape: Shape,
    dice: Dice,
    pub(super) now: Time,
    wires: Vec<Wire>,
    /// Frames under way, by arrival time and order of sending.
    air: BTreeMap<(u64, u64), (usize, ConnId, Vec<u8>)>,
    /// When the last frame of a lane of a connection arrives: lanes are ordered streams.
    lanes: BTreeMap<(ConnId, u8), u64>,
    next: u64,
    next_dial: BTreeMap<usize, u64>,
    /// Lines that are cut: child and parent do not hear each other.
    dead: BTreeSet<usize>,
    /// Nodes that come back at a time.
    down: BTreeMap<usize, u64>,
    asked: BTreeMap<u64, Asked>,
    /// What people were told is saved: case numbers, and events by case.
    pub(super) saved: Vec<String>,
    pub(super) events: Vec<(String, String)>,
    outcome: Outcome,
    healing: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Asked {
    Register,
    Act(String),
    Other,
}

impl World {
    /// The county founded, every node enrolled in the directory, one guide published; nobody linked yet.
    pub fn new(seed: u64, shape: &Shape) -> World {
        let mut dice = Dice::new(seed);
        let units = county::units(shape);
        let keys: Vec<NodeKey> = units.iter().map(|_| NodeKey::from_seed(dice.bytes())).collect();
        let root = keys[0].node();
        let place = |code| units.iter().position(|u| Some(u.code) == code);
        let nodes = units
            .iter()
            .zip(&keys)
            .map(|(unit, key)| Node::new(unit.code, place(unit.parent), key.clone(), root, dice.bytes()))
            .collect();
        let mut world = World {
            nodes,
            shape: *shape,
            dice,
            now: BEGIN,
            wires: Vec::new(),
            air: BTreeMap::new(),
            lanes: BTreeMap::new(),
            next: 1,
            next_dial: BTreeMap::new(),
            dead: BTreeSet::new(),
            down: BTreeMap::new(),
            asked: BTreeMap::new(),
            saved: Vec::new(),
            events: Vec::new(),
            outcome: Outcome::default(),
            healing: false,
        };
        for node in &mut world.nodes {
            node.start(false).expect("an empty disk opens");
        }
        let seats: Vec<_> = units
            .iter()
            .zip(&keys)
            .map(|(unit, key)| {
                let entry = NodeEntry {
                    unit: unit.code,
                    since: BEGIN,
                    addresses: Vec::new(),
                    certificate: String::new(),
                    revoked: None,
                };
                (key.node(), entry)
            })
            .collect();
        let machine = world.nodes[0].machine.as_mut().expect("started just now");
        machine.found(BEGIN, &units, &seats).expect("the disk works").expect("the county may");
        world.command(
            0,
            Command::GuideImport { text: GUIDE.into(), file: "guide.jsonl".into() },
            Asked::Other,
        );
        world.command(0, Command::GuidePublish { id: "模拟事项".into(), effective: None }, Asked::Other);
        world
    }

    /// The time of trouble.
    pub fn faults(&mut self) {
        for _ in 0..self.shape.steps {
            let ms = 10 + self.dice.below(400);
            self.pass(ms);
            match self.dice.below(100) {
                0..=44 => self.work(),
                45..=59 => self.cut_or_mend(),
                60..=71 => self.crash_now(),
                72..=79 => self.crash_soon(),
                80..=84 => self.command_county(),
                _ => {}
            }
        }
    }

    /// Everything works again; the county is given a bounded time to agree.
    pub fn heal(&mut self) -> Result<(), String> {
        self.healing = true;
        self.log("heal");
        self.dead.clear();
        for n in 0..self.nodes.len() {
            self.nodes[n].disk.never_mind();
            if self.nodes[n].machine.is_none() {
                self.start(n)?;
            }
        }
        self.down.clear();
        let begun = self.now.0;
        while self.now.0 < begun + HEAL_MS_MAX {
            self.pass(50);
            if self.is_quiet() {
                self.outcome.heal_ms = self.now.0 - begun;
                return Ok(());
            }
        }
        Err(format!("no agreement within {HEAL_MS_MAX} virtual ms"))
    }

    pub fn trace(&self) -> &[String] {
        &self.outcome.trace
    }

    pub fn outcome(&self) -> Outcome {
        Outcome { cases: self.saved.len(), acts: self.events.len(), ..self.outcome.clone() }
    }

    /// Asks a running node and returns what it says, as a person at it would be told.
    pub(super) fn ask(&mut self, n: usize, command: Command) -> Option<Value> {
        let outputs = self.nodes[n].turn(self.now, vec![Input::Command { ticket: 0, command }])?;
        let mut told = None;
        for output in outputs {
            match output {
                Output::Answer { answer, .. } => told = answer.ok(),
                other => self.perform(n, other),
            }
        }
        told
    }

    fn is_quiet(&self) -> bool {
        let linked =
            self.nodes.iter().enumerate().filter(|(_, n)| n.parent.is_some()).all(|(n, _)| self.is_linked(n));
        let settled = self.nodes.iter().filter_map(|n| n.machine.as_ref()).all(|machine| {
            let heads = machine.hub().heads();
            !machine.store().is_behind()
                && machine
                    .hub()
                    .sessions()
                    .all(|s| s.hello.is_some() && s.owed(heads) == 0 && s.awaited(heads) == 0)
        });
        linked && settled && self.air.is_empty()
    }

    /// Lets virtual time pass: frames arrive, children dial, nodes come back.
    fn pass(&mut self, ms: u64) {
        let until = self.now.0 + ms;
        loop {
            let frame = self.air.first_key_value().map(|((at, _), _)| *at);
            let back = self.down.iter().map(|(n, at)| (*at, *n)).min();
            let dial = self.due_dial();
            let next = [frame, back.map(|(at, _)| at), dial.map(|(at, _)| at)].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = Time(self.now.0.max(at));
            if frame == Some(at) {
                let ((_, _), (n, conn, bytes)) = self.air.pop_first().expect("it was looked at just now");
                self.arrive(n, conn, &bytes);
            } else if let Some((_, n)) = back.filter(|(t, _)| *t == at) {
                self.down.remove(&n);
                self.start(n).expect("whatever a crash leaves opens again");
            } else if let Some((_, n)) = dial {
                self.dial(n);
            }
        }
        self.now = Time(until);
        for n in 0..self.nodes.len() {
            let due = self.nodes[n].machine.as_ref().and_then(|machine| machine.next_tick());
            if due.is_some_and(|due| due <= self.now) {
                self.turn(n, vec![Input::Tick]);
            }
            self.follow(n);
        }
    }

    fn due_dial(&self) -> Option<(u64, usize)> {
        let waiting = self.nodes.iter().enumerate().filter(|(n, node)| {
            node.parent.is_some() && node.machine.is_some() && !self.dead.contains(n) && !self.is_linked(*n)
        });
        waiting.map(|(n, _)| (self.next_dial.get(&n).copied().unwrap_or(self.now.0).max(self.now.0), n)).min()
    }

    fn dial(&mut self, child: usize) {
        let wait = DIAL_MS / 2 + self.dice.below(DIAL_MS);
        self.next_dial.insert(child, self.now.0 + wait);
        let Some(parent) = self.nodes[child].parent else { return };
        if self.nodes[parent].machine.is_none() {
            return;
        }
        let (up, down) = (ConnId(self.next), ConnId(self.next + 1));
        self.next += 2;
        self.wires.push(Wire { ends: [(child, up), (parent, down)] });
        self.log(&format!("link {child} {parent}"));
        for (n, conn, peer) in [(child, up, parent), (parent, down, child)] {
            // The first to hear of it may have fallen over it.
            if self.other_end(conn).is_none() {
                return;
            }
            let input = Input::LinkUp { conn, node: self.nodes[peer].id(), unit: self.nodes[peer].unit };
            self.turn(n, vec![input]);
        }
    }

    fn arrive(&mut self, n: usize, conn: ConnId, bytes: &[u8]) {
        if self.other_end(conn).is_none() {
            return;
        }
        let input = match Frame::open(bytes) {
            Ok(frame) => Input::Frame { conn, frame },
            Err(bad) => Input::BadFrame { conn, why: bad.hangup() },
        };
        self.outcome.frames += 1;
        self.turn(n, vec![input]);
    }

    fn turn(&mut self, n: usize, inputs: Vec<Input>) {
        let Some(outputs) = self.nodes[n].turn(self.now, inputs) else { return self.fell(n) };
        // A crash between any two effects: what was to come after it does not happen.
        let crash_after =
            (!self.healing && self.dice.chance(1)).then(|| self.dice.below(outputs.len() as u64 + 1));
        for (k, output) in outputs.into_iter().enumerate() {
            if crash_after == Some(k as u64) {
                return self.crash(n);
            }
            self.perform(n, output);
        }
    }

    fn perform(&mut self, n: usize, output: Output) {
        match output {
            Output::Send { conn, lane, frame } => self.send(conn, lane.number(), frame),
            Output::Hangup { conn, why } => {
                self.log(&format!("hangup {n}: {why:?}"));
                self.unlink(conn);
            }
            Output::Answer { ticket, answer } => self.told(ticket, answer.ok()),
            Output::Joined { .. }
            | Output::Carried { .. }
            | Output::Pause
            | Output::Resume
            | Output::DialNow => {}
        }
    }

    fn send(&mut self, conn: ConnId, lane: u8, frame: Vec<u8>) {
        let Some((to, there)) = self.other_end(conn) else { return };
        let delay = if self.healing { 20 } else { 5 + self.dice.below(1_500) };
        let last = self.lanes.entry((there, lane)).or_default();
        let at = (self.now.0 + delay).max(*last);
        *last = at;
        self.next += 1;
        self.air.insert((at, self.next), (to, there, frame));
    }

    fn command(&mut self, n: usize, command: Command, asked: Asked) {
        self.next += 1;
        let ticket = self.next;
        self.asked.insert(ticket, asked);
        self.turn(n, vec![Input::Command { ticket, command }]);
    }

    fn told(&mut self, ticket: u64, answer: Option<Value>) {
        let (Some(asked), Some(answer)) = (self.asked.remove(&ticket), answer) else { return };
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        match asked {
            Asked::Register => {
                self.log(&format!("saved {}", text("number")));
                self.saved.push(text("number"));
            }
            Asked::Act(number) => {
                self.log(&format!("event {number} {}", text("state")));
                self.events.push((number, text("event")));
            }
            Asked::Other => {}
        }
    }

    /// Somebody registers a case or does something to one, wherever it is visible.
    fn work(&mut self) {
        let n = self.dice.below(self.nodes.len() as u64) as usize;
        if self.nodes[n].machine.is_none() {
            return;
        }
        if self.saved.is_empty() || self.dice.chance(55) {
            let command = Command::CaseRegister {
                guide: "模拟事项".into(),
                applicant: format!("申请人{}", self.next),
                id_number: "11010519491231002X".into(),
                fields: [("materials".to_owned(), "申请表".to_owned())].into(),
            };
            return self.command(n, command, Asked::Register);
        }
        let number = self.saved[self.dice.below(self.saved.len() as u64) as usize].clone();
        let action = ["receive", "note", "note", "withdraw"][self.dice.below(4) as usize];
        let fields = [("text".to_owned(), format!("第{}条", self.next))].into();
        let command = Command::CaseAct { number: number.clone(), action: action.into(), fields, user: None };
        self.command(n, command, Asked::Act(number));
    }

    fn command_county(&mut self) {
        if self.nodes[0].machine.is_some() {
            self.command(0, Command::GuidePublish { id: "模拟事项".into(), effective: None }, Asked::Other);
        }
    }

    fn cut_or_mend(&mut self) {
        let n = 1 + self.dice.below(self.nodes.len() as u64 - 1) as usize;
        if self.dead.remove(&n) {
            return self.log(&format!("mend {n}"));
        }
        self.outcome.cuts += 1;
        self.log(&format!("cut {n}"));
        self.dead.insert(n);
        let wire = self.wires.iter().find(|wire| wire.ends[0].0 == n).map(|wire| wire.ends[0].1);
        if let Some(conn) = wire {
            self.unlink(conn);
        }
    }

    fn crash_now(&mut self) {
        let n = self.dice.below(self.nodes.len() as u64) as usize;
        if self.nodes[n].machine.is_some() {
            self.crash(n);
        }
    }

    /// The machine will fall in the middle of a disk operation of one of its next turns.
    fn crash_soon(&mut self) {
        let n = self.dice.below(self.nodes.len() as u64) as usize;
        let at = self.nodes[n].disk.operations() + self.dice.below(6) as usize;
        self.nodes[n].disk.fail_at(at, Failure::Crash);
    }

    fn crash(&mut self, n: usize) {
        self.nodes[n].machine = None;
        self.fell(n);
    }

    /// A machine is down: by kill -9 or by a power cut. It comes back after a while.
    fn fell(&mut self, n: usize) {
        self.outcome.crashes += 1;
        let power = self.dice.chance(50);
        self.log(&format!("down {n}{}", if power { " by a power cut" } else { "" }));
        if power {
            self.outcome.power_cuts += 1;
            let dice = &mut self.dice;
            self.nodes[n].disk.power_cut(&mut |choices| dice.below(choices.max(1) as u64) as usize);
            let unflushed = self.nodes[n].kv.unflushed() as u64;
            let keep = self.dice.below(unflushed + 1) as usize;
            self.nodes[n].kv.power_cut(keep);
        }
        let back = self.now.0 + 100 + self.dice.below(4_000);
        self.down.insert(n, back);
        let conns: Vec<ConnId> =
            self.wires.iter().flat_map(|w| w.ends).filter(|(at, _)| *at == n).map(|(_, conn)| conn).collect();
        for conn in conns {
            self.unlink(conn);
        }
    }

    fn start(&mut self, n: usize) -> Result<(), String> {
        let fresh_kv = !self.healing && self.dice.chance(15);
        let report = match self.nodes[n].start(fresh_kv) {
            Ok(report) => report,
            // It fell again while it was starting.
            Err(_) if self.nodes[n].disk.has_stopped() => {
                self.fell(n);
                return Ok(());
            }
            Err(e) => return Err(format!("node {n} does not start: {e}")),
        };
        self.log(&format!("up {n} rebuilt={} torn={}", report.rebuilt.is_some(), report.torn_bytes));
        if !report.damaged.is_empty() {
            return Err(format!("node {n} finds damage after a crash: {:?}", report.damaged));
        }
        Ok(())
    }

    /// Documents and rows follow, unless the machine is kept busy.
    fn follow(&mut self, n: usize) {
        if !self.healing && self.dice.chance(30) {
            return;
        }
        loop {
            let Some(machine) = self.nodes[n].machine.as_mut() else { return };
            match machine.follow(self.now) {
                Ok((more, outputs)) => {
                    for output in outputs {
                        self.perform(n, output);
                    }
                    if !more {
                        return;
                    }
                }
                Err(_) => return self.crash(n),
            }
        }
    }

    fn unlink(&mut self, conn: ConnId) {
        let Some(at) = self.wires.iter().position(|w| w.ends.iter().any(|(_, c)| *c == conn)) else { return };
        let wire = self.wires.remove(at);
        self.air.retain(|_, (_, c, _)| wire.ends.iter().all(|(_, end)| end != c));
        for (n, end) in wire.ends {
            if self.nodes[n].machine.is_some() {
                self.turn(n, vec![Input::LinkDown { conn: end }]);
            }
        }
    }

    fn other_end(&self, conn: ConnId) -> Option<(usize, ConnId)> {
        self.wires.iter().find_map(|wire| match wire.ends {
            [a, b] if a.1 == conn => Some(b),
            [a, b] if b.1 == conn => Some(a),
            _ => None,
        })
    }

    fn is_linked(&self, child: usize) -> bool {
        self.wires.iter().any(|wire| wire.ends[0].0 == child)
    }

    fn log(&mut self, line: &str) {
        self.outcome.trace.push(format!("{} {line}", self.now.0 - BEGIN.0));
    }
}
