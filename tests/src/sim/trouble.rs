//! What breaks and what goes on meanwhile: one thing at every step of the time of trouble.

use std::collections::BTreeSet;

use sanji_node::store::journal::Position;
use sanji_node::store::record::TurnRecord;
use sanji_sync::{Entry, Scope};

use super::holders::Holder;
use super::ledger::Written;
use super::network::Quality;
use super::node::Backup;
use super::shape::Fault;
use super::world::World;
use crate::disk::Failure;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

impl World {
    /// One thing happens, or nothing.
    pub(super) fn step(&mut self) {
        let thing = self.dice.below(100);
        let kind = match thing {
            0..=39 => return self.work(),
            40..=42 => return self.publish(),
            43..=52 => Fault::Cuts,
            53..=58 => Fault::Lines,
            59..=66 => Fault::Crashes,
            67..=70 => Fault::Clocks,
            71..=85 => Fault::Villain,
            86..=90 => Fault::Restores,
            91..=92 => Fault::Clones,
            93 => Fault::Revocations,
            94..=95 => Fault::Rot,
            _ => return,
        };
        if !self.shape.has(kind) {
            return;
        }
        match kind {
            Fault::Cuts => self.cut_or_mend(),
            Fault::Lines => self.change_line(),
            Fault::Crashes => self.crash(),
            Fault::Clocks => self.move_clock(),
            Fault::Villain => self.lie(),
            Fault::Restores => self.back_up_or_put_back(),
            Fault::Clones => self.clone_image(),
            Fault::Revocations => self.revoke(),
            Fault::Rot => self.rot(),
        }
    }

    fn cut_or_mend(&mut self) {
        let Some((child, parent)) = self.line() else { return };
        if self.network.mend(child, parent) {
            return self.log(&format!("mend {child} {parent}"));
        }
        self.outcome.cuts += 1;
        self.log(&format!("cut {child} {parent}"));
        self.network.cut(self.now.0, child, parent, &mut self.dice);
    }

    fn change_line(&mut self) {
        let Some((child, parent)) = self.line() else { return };
        let quality = Quality::draw(&mut self.dice);
        self.log(&format!("line {child} {parent}: {} ms", quality.delay_ms));
        self.network.set_quality(child, parent, quality);
    }

    /// A machine stops now, or in the middle of a disk operation of one of its next turns.
    fn crash(&mut self) {
        let honest = self.honest();
        let n = honest[self.dice.index(honest.len())];
        if self.dice.chance(500) {
            if self.nodes[n].machine.is_some() {
                self.fell(n);
            }
            return;
        }
        let at = self.nodes[n].disk.operations() + self.dice.index(6);
        self.nodes[n].disk.fail_at(at, Failure::Crash);
    }

    /// A clock is set wrong, or right again.
    fn move_clock(&mut self) {
        let honest = self.honest();
        let n = honest[self.dice.index(honest.len())];
        let offsets = [0, 7 * MINUTE_MS, -7 * MINUTE_MS, DAY_MS, -DAY_MS, 365 * DAY_MS, -365 * DAY_MS];
        self.nodes[n].clock_ms = offsets[self.dice.index(offsets.len())];
        self.log(&format!("clock {n}: {} ms off", self.nodes[n].clock_ms));
    }

    fn lie(&mut self) {
        let Some((n, villain)) = self.villain.as_mut() else { return };
        let n = *n;
        let Some((lie, said)) = villain.act(&mut self.dice) else { return };
        self.outcome.lies += 1;
        self.log(&format!("villain {n}: {lie:?}"));
        for (conn, lane, bytes) in said {
            self.network.send(self.now.0, conn, lane, bytes, &mut self.dice);
        }
    }

    /// A disk is copied, or such a copy is put back, behind the program's back or as the command does it.
    fn back_up_or_put_back(&mut self) {
        let members = self.members();
        let n = members[self.dice.index(members.len())];
        if self.nodes[n].backups.is_empty() || self.dice.chance(500) {
            if self.nodes[n].machine.is_some() {
                self.nodes[n].back_up();
            }
            return;
        }
        let by_command = self.dice.chance(500);
        self.log(&format!("put back {n}{}", if by_command { " by command" } else { "" }));
        let backup = self.nodes[n].backups[self.dice.index(self.nodes[n].backups.len())].clone();
        self.put_back(n, &backup, by_command);
    }

    /// A node starts again on a copy of its disk, in a new epoch if the command did it.
    pub(super) fn put_back(&mut self, n: usize, backup: &Backup, by_command: bool) {
        self.outcome.restores += 1;
        let before = self.evidence();
        let had = self.held_by(n);
        self.nodes[n].machine = None;
        self.network.fall(self.now.0, n, &mut self.dice);
        self.down.remove(&n);
        let node = &mut self.nodes[n];
        (node.disk, node.kv) = (backup.disk.snapshot(), backup.kv.snapshot());
        node.promised.clear();
        self.now_twins(n);
        self.start(n);
        let gone = self.gone(had);
        self.ledger.lose(gone);
        self.give_up_what_is_lost(&before);
        let clock = self.nodes[n].clock(self.now);
        if by_command
            && let Some(machine) = self.nodes[n].machine.as_mut()
            && machine.renew_epoch(clock).is_err()
        {
            self.fell(n);
        }
    }

    /// A second machine starts from the image of a first, which runs on.
    fn clone_image(&mut self) {
        let members: Vec<usize> = self.members().into_iter().filter(|n| *n > 0).collect();
        let Some(n) = self.dice.pick(&members) else { return };
        if self.outcome.clones > 0 || self.nodes[n].machine.is_none() {
            return;
        }
        self.outcome.clones += 1;
        let twin = self.nodes[n].twin(self.dice.bytes());
        let place = self.nodes.len();
        self.log(&format!("clone {n} as {place}"));
        self.nodes.push(twin);
        self.now_twins(n);
        self.start(place);
    }

    /// The county ends a village's right to write and to connect, at what it holds of it now.
    fn revoke(&mut self) {
        let villages: Vec<usize> =
            self.members().into_iter().filter(|n| *n > self.shape.towns && !self.nodes[*n].is_twin).collect();
        let Some(n) = self.dice.pick(&villages) else { return };
        let (id, clock) = (self.nodes[n].id(), self.nodes[0].clock(self.now));
        if self.outcome.revocations > 0 {
            return;
        }
        let Some(machine) = self.nodes[0].machine.as_ref() else { return };
        let Some(mut entry) = machine.directory().nodes.get(&id).cloned() else { return };
        entry.revoked = Some(machine.ends_of(&id));
        // Even if the county falls over it and nobody knows whether it is durable: this node is counted out.
        self.count_out(n);
        let Some(machine) = self.nodes[0].machine.as_mut() else { return };
        let written = machine.found(clock, &[], &[(id, entry)]);
        match written {
            Ok(done) => done.expect("the county may"),
            Err(_) => return self.fell(0),
        }
        self.outcome.revocations += 1;
        self.log(&format!("revoke {n}"));
    }

    /// A sector under some record of a journal goes bad, and the machine starts anew; its derived store is there or not.
    /// What only that record held is gone, and what stands on it cannot be said without it.
    fn rot(&mut self) {
        let members = self.members();
        let n = members[self.dice.index(members.len())];
        let records = self.rottable(n);
        let Some((at, entries)) =
            (!records.is_empty()).then(|| records[self.dice.index(records.len())].clone())
        else {
            return;
        };
        self.log(&format!("rot {n} {at}"));
        let before = self.evidence();
        self.outcome.rotten += 1;
        self.nodes[n].machine = None;
        self.network.fall(self.now.0, n, &mut self.dice);
        self.down.remove(&n);
        let byte = self.dice.index(1 << 16);
        self.nodes[n].rot(at, byte);
        self.nodes[n].promised.clear();
        self.nodes[n].is_rotten = true;
        self.now_twins(n);
        let gone = self.gone(entries);
        self.ledger.lose(gone);
        self.give_up_what_is_lost(&before);
        self.start(n);
    }

    /// Records of a node's journal but for the last, which nobody could tell from one that was never finished, with what
    /// they hold. The county's own papers are spared unless somebody else has them, too: without them nobody works.
    fn rottable(&self, n: usize) -> Vec<(Position, BTreeSet<Written>)> {
        let Some(machine) = self.nodes[n].machine.as_ref() else { return Vec::new() };
        let journal = machine.store().journal();
        let others: Vec<Holder<'_>> =
            (0..self.nodes.len()).filter(|m| *m != n).filter_map(|m| self.holder(m)).collect();
        let mut records = Vec::new();
        for (at, record) in journal.scan(journal.start()).filter_map(Result::ok) {
            let turn = TurnRecord::decode(&record.payload).unwrap_or_default();
            let entries = turn.entries().unwrap_or_default();
            let is_spared = |e: &Entry| {
                !matches!(e.log.scope, Scope::Cases(_)) && !others.iter().any(|o| o.has(&Written::from(e)))
            };
            if record.next < journal.end() && !entries.iter().any(is_spared) {
                records.push((at, entries.iter().map(Written::from).collect()));
            }
        }
        records
    }

    /// What the county does not hold of a node that it is about to revoke is nobody's promise any more.
    pub(super) fn count_out(&mut self, n: usize) {
        let id = self.nodes[n].id();
        let before = self.evidence();
        let heads = self.holder(0).map(|county| {
            let of_it = county.hub().heads().logs().filter(|(log, _)| log.node == id);
            of_it.map(|(log, head)| (*log, head.height)).collect()
        });
        self.ledger.end(id, heads.unwrap_or_default());
        let is_beyond = |entry: &Written| entry.log.node == id && !self.ledger.is_within_its_end(entry);
        let beyond = self.ledger.written().filter(is_beyond).collect();
        let held = self.held_by(n);
        self.ledger.lose(beyond);
        self.nodes[n].is_revoked = true;
        let gone = self.gone(held);
        self.ledger.lose(gone);
        self.give_up_what_is_lost(&before);
    }

    /// Every machine with the key of this one counts as one of several from now on.
    fn now_twins(&mut self, n: usize) {
        let id = self.nodes[n].id();
        self.nodes.iter_mut().filter(|node| node.id() == id).for_each(|node| node.is_twin = true);
    }

    /// Some line of the county.
    fn line(&mut self) -> Option<(usize, usize)> {
        let child = 1 + self.dice.index(self.nodes.len() - 1);
        Some((child, self.dice.pick(&self.nodes[child].parents.clone())?))
    }
}
