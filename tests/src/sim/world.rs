//! The run of one seed: the clock, who is up, what reaches whom, and what becomes of a turn's outputs.
//!
//! What people do is in `people`, what breaks in `trouble`, what must hold at every moment in `watch` and at the end in
//! `check`.

use std::collections::BTreeMap;

use sanji_model::directory::NodeEntry;
use sanji_node::machine::{Input, Output};
use sanji_node::trust::NodeKey;
use sanji_sync::batch::Body;
use sanji_sync::{Epoch, Frame, Lane, Time, Writer};

use super::county;
use super::dice::Dice;
use super::ledger::{Ledger, Written};
use super::network::{Arrival, Network};
use super::node::Node;
use super::people::Asked;
use super::shape::{Broken, CrashPoint, Fault, Shape};
use super::trace::Trace;
use super::villain::{Victims, Villain};

/// Virtual milliseconds that healing may take.
pub(super) const HEAL_MS_MAX: u64 = 120_000;
/// Between two attempts of a child to reach its parent.
const DIAL_MS: u64 = 700;

/// What a run came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Over everything that reached a machine, in order.
    pub digest: String,
    pub cases: usize,
    pub events: usize,
    pub crashes: usize,
    pub power_cuts: usize,
    pub cuts: usize,
    pub frames: usize,
    pub lies: usize,
    pub restores: usize,
    pub rotten: usize,
    pub clones: usize,
    pub revocations: usize,
    pub forks: usize,
    pub heal_ms: u64,
    /// Outputs performed, and disk operations of each node: the places where a machine can stop.
    pub outputs: usize,
    pub operations: Vec<usize>,
}

/// A simulated county from one seed.
pub struct World {
    pub(super) nodes: Vec<Node>,
    pub(super) shape: Shape,
    pub(super) dice: Dice,
    pub(super) now: Time,
    pub(super) network: Network,
    pub(super) ledger: Ledger,
    pub(super) outcome: Outcome,
    pub(super) healing: bool,
    /// Place and program of the hostile village.
    pub(super) villain: Option<(usize, Villain)>,
    pub(super) asked: BTreeMap<u64, Asked>,
    pub(super) next_ticket: u64,
    /// Nodes that come back at a time.
    pub(super) down: BTreeMap<usize, u64>,
    next_dial: BTreeMap<(usize, usize), u64>,
    trace: Trace,
    /// The first demand that did not hold.
    pub(super) wrong: Option<String>,
}

impl World {
    /// The county founded, every node enrolled in the directory, one guide published; nobody linked yet.
    pub fn new(seed: u64, shape: &Shape) -> World {
        let mut dice = Dice::new(seed);
        let units = county::units(shape);
        let keys: Vec<NodeKey> = units.iter().map(|_| NodeKey::from_seed(dice.bytes())).collect();
        let root = keys[0].node();
        let place = |code| units.iter().position(|u| Some(u.code) == code);
        let nodes: Vec<Node> = units
            .iter()
            .zip(&keys)
            .map(|(unit, key)| {
                let parents = place(unit.parent).into_iter().collect();
                Node::new(unit.code, parents, key.clone(), root, dice.bytes())
            })
            .collect();
        let mut world = World {
            nodes,
            shape: shape.clone(),
            dice,
            now: shape.begin,
            network: Network::default(),
            ledger: Ledger::default(),
            outcome: Outcome::default(),
            healing: false,
            villain: None,
            asked: BTreeMap::new(),
            next_ticket: 1,
            down: BTreeMap::new(),
            next_dial: BTreeMap::new(),
            trace: Trace::new(),
            wrong: None,
        };
        world.place_villain();
        if let Some((CrashPoint::Operation { node, number }, _)) = shape.crash {
            world.nodes[node].disk.fail_at(number, crate::disk::Failure::Crash);
        }
        for n in world.honest() {
            world.start(n);
        }
        let entry = |unit| NodeEntry {
            unit,
            since: shape.begin,
            addresses: Vec::new(),
            certificate: String::new(),
            revoked: None,
        };
        let seats: Vec<_> =
            units.iter().zip(&keys).map(|(unit, key)| (key.node(), entry(unit.code))).collect();
        if let Some(machine) = world.nodes[0].machine.as_mut() {
            match machine.found(shape.begin, &units, &seats) {
                Ok(done) => done.expect("the county may"),
                Err(_) => world.fell(0),
            }
        }
        world.open_for_business();
        world
    }

    /// Faults, healing, and the demands on the end. The error says what did not hold.
    pub fn run(&mut self) -> Result<(), String> {
        self.faults();
        self.heal()?;
        self.check()?;
        self.wrong.clone().map_or(Ok(()), Err)
    }

    /// The time of trouble.
    fn faults(&mut self) {
        for _ in 0..self.shape.steps {
            if self.wrong.is_some() {
                return;
            }
            let ms = 10 + self.dice.below(400);
            self.pass(ms);
            self.step();
            self.believe_one();
        }
    }

    /// Everything works again; the county is given a bounded time to agree.
    pub(super) fn heal(&mut self) -> Result<(), String> {
        if !self.healing {
            self.outcome.operations = self.nodes.iter().map(|node| node.disk.operations()).collect();
        }
        self.healing = true;
        self.log("heal");
        self.network.mend_all(self.now.0, &mut self.dice);
        for n in self.honest() {
            self.nodes[n].disk.never_mind();
            if self.nodes[n].machine.is_none() && !self.nodes[n].is_stopped {
                self.start(n);
            }
        }
        self.down.clear();
        self.outcome.heal_ms = self.agree()?;
        Ok(())
    }

    /// Somebody stops the second machine of an identity, as the incident asks for. Until then the two take turns in what
    /// others remember of them; the one that runs on connects anew, since a node keeps one connection of each other.
    pub(super) fn one_machine_each(&mut self) -> Result<(), String> {
        let members = self.members();
        let is_second =
            |n: &usize| members.iter().any(|m| m < n && self.nodes[*m].id() == self.nodes[*n].id());
        let seconds: Vec<usize> = members.iter().copied().filter(is_second).collect();
        for n in seconds {
            self.log(&format!("stop {n}"));
            self.nodes[n].is_stopped = true;
            self.nodes[n].machine = None;
            self.network.fall(self.now.0, n, &mut self.dice);
            if let Some(first) = members.iter().copied().find(|m| self.nodes[*m].id() == self.nodes[n].id()) {
                self.network.close_all(self.now.0, first, &mut self.dice);
            }
            self.agree()?;
        }
        Ok(())
    }

    /// Lets time pass until the county agrees; how much of it.
    fn agree(&mut self) -> Result<u64, String> {
        let begun = self.now.0;
        while self.now.0 < begun + HEAL_MS_MAX {
            self.pass(100);
            if let Some(wrong) = &self.wrong {
                return Err(wrong.clone());
            }
            if self.has_converged() {
                return Ok(self.now.0 - begun);
            }
        }
        let differences = self.differences().join("; ");
        Err(format!("no agreement within {HEAL_MS_MAX} virtual ms: {differences}"))
    }

    pub fn trace(&self) -> &[String] {
        self.trace.lines()
    }

    pub fn outcome(&self) -> Outcome {
        let cases = self.ledger.cases().len();
        let events = self.ledger.promises.len() - cases;
        Outcome { digest: self.trace.digest(), cases, events, ..self.outcome.clone() }
    }

    /// Nodes that run the program.
    pub(super) fn honest(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|n| !self.is_villain(*n)).collect()
    }

    /// Nodes that belong to the county in the end.
    pub(super) fn members(&self) -> Vec<usize> {
        let belongs = |n: &usize| !self.nodes[*n].is_revoked && !self.nodes[*n].is_stopped;
        self.honest().into_iter().filter(belongs).collect()
    }

    pub(super) fn is_villain(&self, n: usize) -> bool {
        self.villain.as_ref().is_some_and(|(at, _)| *at == n)
    }

    /// Notes that a demand does not hold; the first one is what the run ends with.
    pub(super) fn fault(&mut self, what: String) {
        if self.wrong.is_none() {
            self.log(&format!("DOES NOT HOLD: {what}"));
            self.wrong = Some(what);
        }
    }

    /// Lets virtual time pass: frames arrive, children dial, nodes come back.
    pub(super) fn pass(&mut self, ms: u64) {
        let until = self.now.0 + ms;
        while self.wrong.is_none() {
            let arrival = self.network.next_at();
            let back = self.down.iter().map(|(n, at)| (*at, *n)).min();
            let dial = self.due_dial();
            let next = [arrival, back.map(|(at, _)| at), dial.map(|(at, _)| at)].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = Time(self.now.0.max(at));
            if arrival == Some(at) {
                if let Some(arrival) = self.network.pop() {
                    self.arrive(arrival);
                }
            } else if let Some((_, n)) = back.filter(|(t, _)| *t == at) {
                self.down.remove(&n);
                self.start(n);
            } else if let Some((_, (child, parent))) = dial {
                self.dial(child, parent);
            }
        }
        self.now = Time(until);
        for n in 0..self.nodes.len() {
            let due = self.nodes[n].machine.as_ref().and_then(|machine| machine.next_tick());
            if due.is_some_and(|due| due <= self.nodes[n].clock(self.now)) {
                self.turn(n, vec![Input::Tick]);
            }
            self.follow(n);
        }
    }

    fn due_dial(&self) -> Option<(u64, (usize, usize))> {
        let mut first: Option<(u64, (usize, usize))> = None;
        for (n, node) in self.nodes.iter().enumerate() {
            let up = if self.is_villain(n) { !self.healing } else { node.machine.is_some() };
            for parent in node.parents.iter().filter(|_| up) {
                let line = (n, *parent);
                if self.network.is_linked(n, *parent) {
                    // Parents are tried in order; the hostile program keeps no rule.
                    if self.is_villain(n) { continue } else { break }
                }
                if self.network.is_cut(n, *parent) {
                    continue;
                }
                let at = self.next_dial.get(&line).copied().unwrap_or(0).max(self.now.0);
                if first.is_none_or(|(earlier, _)| at < earlier) {
                    first = Some((at, line));
                }
            }
        }
        first
    }

    fn dial(&mut self, child: usize, parent: usize) {
        let wait = DIAL_MS / 2 + self.dice.below(DIAL_MS);
        self.next_dial.insert((child, parent), self.now.0 + wait);
        let Some(machine) = self.nodes[parent].machine.as_ref() else { return };
        // As the link asks at every accept.
        if machine.revoked_nodes().contains(&self.nodes[child].id()) {
            return;
        }
        self.log(&format!("link {child} {parent}"));
        self.network.connect(self.now.0, child, parent);
    }

    fn arrive(&mut self, arrival: Arrival) {
        let (conn, node) = match &arrival {
            Arrival::Up { conn, node, .. }
            | Arrival::Frame { conn, node, .. }
            | Arrival::Down { conn, node } => (*conn, *node),
        };
        if self.is_villain(node) {
            return self.arrive_at_villain(arrival);
        }
        if self.nodes[node].machine.is_none() {
            return;
        }
        let input = match arrival {
            Arrival::Up { peer, .. } => {
                Input::LinkUp { conn, node: self.nodes[peer].id(), unit: self.nodes[peer].unit }
            }
            Arrival::Down { .. } => Input::LinkDown { conn },
            Arrival::Frame { bytes, .. } => {
                self.outcome.frames += 1;
                self.trace.note(self.now.0 - self.shape.begin.0, node, &bytes);
                if self.shape.frames {
                    self.log(&format!("frame to {node} on {}: {}", conn.0, in_words(&bytes)));
                }
                match Frame::open(&bytes) {
                    Ok(frame) => Input::Frame { conn, frame },
                    Err(bad) => Input::BadFrame { conn, why: bad.hangup() },
                }
            }
        };
        self.turn(node, vec![input]);
    }

    fn arrive_at_villain(&mut self, arrival: Arrival) {
        let Some((_, villain)) = self.villain.as_mut() else { return };
        let said = match arrival {
            Arrival::Up { conn, peer, .. } => villain.up(self.now, conn, peer, &mut self.dice),
            Arrival::Frame { conn, bytes, .. } => villain.hear(conn, &bytes, &mut self.dice),
            Arrival::Down { conn, .. } => {
                villain.down(conn);
                Vec::new()
            }
        };
        for (conn, lane, bytes) in said {
            self.network.send(self.now.0, conn, lane, bytes, &mut self.dice);
        }
    }

    /// A turn of a node, and its outputs in order unless the node stops among them.
    pub(super) fn turn(&mut self, n: usize, inputs: Vec<Input>) {
        let too_early = self.shape.broken.and_then(Broken::too_early);
        if too_early.is_some() {
            self.nodes[n].disk.hold_syncs();
        }
        let Some(outputs) = self.nodes[n].turn(self.now, inputs) else { return self.fell(n) };
        self.note_own_logs(n);
        // A whole driver performs everything after the store has returned; a broken one some of it before.
        let (first, rest): (Vec<Output>, Vec<Output>) = outputs
            .into_iter()
            .partition(|output| too_early.is_some_and(|is_too_early| is_too_early(output)));
        let before_sync = first.len();
        let crash_before = self.crash_among(before_sync + rest.len());
        for (k, output) in first.into_iter().chain(rest).map(Some).chain([None]).enumerate() {
            if crash_before == Some(k) {
                return self.fell(n);
            }
            if k == before_sync && too_early.is_some() && self.nodes[n].disk.release_syncs().is_err() {
                return self.fell(n);
            }
            if let Some(output) = output {
                self.perform(n, output);
            }
        }
    }

    /// Before which of a turn's outputs the node stops, counting the end behind the last.
    fn crash_among(&mut self, outputs: usize) -> Option<usize> {
        if self.healing {
            return None;
        }
        let begun = self.outcome.outputs;
        self.outcome.outputs += outputs + 1;
        match self.shape.crash {
            Some((CrashPoint::Output(number), _)) => number.checked_sub(begun).filter(|k| *k <= outputs),
            Some((CrashPoint::Operation { .. }, _)) => None,
            None if !self.shape.has(Fault::Crashes) || !self.dice.chance(12) => None,
            None => Some(self.dice.index(outputs + 1)),
        }
    }

    pub(super) fn perform(&mut self, n: usize, output: Output) {
        match output {
            Output::Send { conn, lane, frame } => {
                self.watch(n, &frame);
                self.network.send(self.now.0, conn, lane.number(), frame, &mut self.dice);
            }
            Output::Hangup { conn, why } => {
                self.log(&format!("hangup {n}: {why:?}"));
                self.network.close(self.now.0, conn, &mut self.dice);
            }
            Output::Answer { ticket, answer } => self.told(n, ticket, answer.ok()),
            Output::Joined { .. }
            | Output::Carried { .. }
            | Output::Pause
            | Output::Resume
            | Output::DialNow => {}
        }
    }

    /// A machine is down: by kill -9 or by a power cut. It comes back after a while.
    pub(super) fn fell(&mut self, n: usize) {
        let power = self.shape.crash.map_or_else(|| self.dice.chance(500), |(_, power)| power);
        self.lose_machine(n, power);
        let back = self.now.0 + 100 + self.dice.below(4_000);
        self.down.insert(n, back);
        self.network.fall(self.now.0, n, &mut self.dice);
    }

    /// A machine is gone, and with the power what its disk had not synced.
    pub(super) fn lose_machine(&mut self, n: usize, power: bool) {
        self.nodes[n].machine = None;
        self.outcome.crashes += 1;
        self.log(&format!("down {n}{}", if power { " by a power cut" } else { "" }));
        if power {
            self.outcome.power_cuts += 1;
            let dice = &mut self.dice;
            self.nodes[n].disk.power_cut(&mut |choices| dice.index(choices.max(1)));
            let unflushed = self.nodes[n].kv.unflushed();
            let keep = self.dice.index(unflushed + 1);
            self.nodes[n].kv.power_cut(keep);
        }
    }

    pub(super) fn start(&mut self, n: usize) {
        let fresh_kv = !self.healing && self.shape.has(Fault::Crashes) && self.dice.chance(150);
        let report = match self.nodes[n].start(fresh_kv, self.shape.broken) {
            Ok(report) => report,
            // It fell again while it was starting.
            Err(_) if self.nodes[n].disk.has_stopped() => return self.fell(n),
            Err(e) => return self.fault(format!("node {n} does not start: {e}")),
        };
        self.log(&format!("up {n} rebuilt={} torn={}", report.rebuilt.is_some(), report.torn_bytes));
        if !report.damaged.is_empty() && !self.nodes[n].is_rotten {
            self.fault(format!("node {n} finds damage after a crash: {:?}", report.damaged));
        }
        self.note_own_logs(n);
        self.keeps_its_word(n);
    }

    /// Documents and rows follow, unless the machine is kept busy.
    pub(super) fn follow(&mut self, n: usize) {
        if !self.healing && self.shape.has(Fault::Crashes) && self.dice.chance(300) {
            return;
        }
        loop {
            let clock = self.nodes[n].clock(self.now);
            let Some(machine) = self.nodes[n].machine.as_mut() else { return };
            match machine.follow(clock) {
                Ok((more, outputs)) => {
                    for output in outputs {
                        self.perform(n, output);
                    }
                    if !more {
                        return;
                    }
                }
                Err(_) => return self.fell(n),
            }
        }
    }

    /// What the machine's own logs came to, as the truth that others' copies are held against.
    pub(super) fn note_own_logs(&mut self, n: usize) {
        let id = self.nodes[n].id();
        let Some(machine) = self.nodes[n].machine.as_ref() else { return };
        for (log, head) in machine.hub().heads().logs().filter(|(log, _)| log.node == id) {
            self.ledger.wrote(Written { log: *log, height: head.height, link: head.link });
        }
    }

    /// One village, if there are enough, gets the hostile program, and the county as a second parent.
    fn place_villain(&mut self) {
        let villages: Vec<usize> = (1 + self.shape.towns..self.nodes.len()).collect();
        if !self.shape.has(Fault::Villain) || villages.len() < 2 {
            return;
        }
        let n = villages[self.dice.index(villages.len())];
        let town = self.nodes[n].parents[0];
        let sibling = villages.iter().copied().find(|v| *v != n && self.nodes[*v].parents[0] == town);
        let victims = Victims {
            county: (self.nodes[0].unit, self.nodes[0].id()),
            town: (self.nodes[town].unit, self.nodes[town].id()),
            sibling: self.nodes[sibling.unwrap_or(town)].unit,
        };
        let writer = Writer::new(self.nodes[n].key.signing().clone(), Epoch(1));
        self.nodes[n].parents.push(0);
        self.villain = Some((n, Villain::new(writer, self.nodes[n].unit, victims)));
    }

    pub(super) fn log(&mut self, line: &str) {
        self.trace.line(format!("{} {line}", self.now.0 - self.shape.begin.0));
    }
}

/// A frame in words.
fn in_words(bytes: &[u8]) -> String {
    match Frame::decode(bytes) {
        Ok(Frame::Batch(batch)) => match Body::unpack(batch.codec, &batch.body) {
            Ok(body) => {
                let runs = body.runs.iter().map(|run| format!("{} from {}", run.log, run.first));
                format!(
                    "Batch {}: {} entries, {}",
                    batch.number,
                    body.items.len(),
                    runs.collect::<Vec<_>>().join(", ")
                )
            }
            Err(why) => format!("Batch: {why}"),
        },
        Ok(frame) => format!("{frame:?}"),
        Err(why) => why.to_string(),
    }
}

impl Broken {
    /// What a driver that breaks the rule performs before the store has returned.
    fn too_early(self) -> Option<fn(&Output) -> bool> {
        match self {
            Broken::AnswerBeforeStore => Some(|output| matches!(output, Output::Answer { .. })),
            Broken::AckBeforeStore => {
                Some(|output| matches!(output, Output::Send { lane: Lane::Control, .. }))
            }
            Broken::RelayBeforeStore => {
                Some(|output| matches!(output, Output::Send { lane: Lane::Events | Lane::Guides, .. }))
            }
            #[cfg(feature = "broken-rules")]
            Broken::NoEpochAfterRestore
            | Broken::NoAuthorityCheck
            | Broken::VectorsAreTruth
            | Broken::DamageForgotten => None,
        }
    }
}
