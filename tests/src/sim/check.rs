//! What must hold when everything has healed: every demand on the county's end.

use std::collections::{BTreeMap, BTreeSet};

use sanji_node::command::Command;
use sanji_node::page::every_row;
use sanji_node::store::record::TurnRecord;
use sanji_sync::vector::Head;
use sanji_sync::{Hub, LogId, Scope, UnitCode};
use serde_json::Value;

use super::county::GUIDE_NAME;
use super::world::World;

impl World {
    /// Every demand at once; the error is the first that does not hold.
    pub(super) fn check(&mut self) -> Result<(), String> {
        // What a list says of a day depends on what the clock says.
        self.nodes.iter_mut().for_each(|node| node.clock_ms = 0);
        if let Some(difference) = self.differences().into_iter().next() {
            return Err(difference);
        }
        self.exactly_its_scopes()?;
        self.nothing_without_authority()?;
        self.nothing_in_anothers_name()?;
        self.every_fork_is_found()?;
        self.nothing_promised_is_lost()?;
        self.same_rows()?;
        self.one_machine_each()?;
        self.everybody_has_the_guide()?;
        self.everything_verifies()
    }

    /// Whether nothing is under way any more and everybody who should be linked holds the same.
    pub(super) fn has_converged(&mut self) -> bool {
        let members = self.members();
        let settled = |n: &usize| {
            self.nodes[*n].machine.as_ref().is_some_and(|machine| {
                !machine.store().is_behind() && machine.hub().sessions().all(|s| s.hello.is_some())
            })
        };
        let linked =
            |n: &usize| self.nodes[*n].parents.first().is_none_or(|p| self.network.is_linked(*n, *p));
        self.network.is_idle()
            && members.iter().all(settled)
            && members.iter().all(linked)
            && self.differences().is_empty()
    }

    /// Where parent and child do not hold the same bytes of a scope that they share.
    pub(super) fn differences(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for child in self.members() {
            for parent in self.nodes[child].parents.clone() {
                let (Some(above), Some(below)) = (self.hub(parent), self.hub(child)) else {
                    found.push(format!("node {child} or {parent} is down"));
                    continue;
                };
                let mut shared = above.tree().shared(above.unit(), below.unit());
                shared.push(Scope::Directory);
                let vector = |hub: &Hub, scope| hub.heads().vector(scope);
                let differ =
                    shared.into_iter().filter(|scope| vector(above, *scope) != vector(below, *scope));
                found.extend(differ.map(|scope| format!("nodes {child} and {parent} differ in {scope}")));
            }
        }
        found
    }

    /// No byte of a scope that the tree does not give it, in the log and in the decoded entries of the journal.
    fn exactly_its_scopes(&self) -> Result<(), String> {
        for n in self.honest() {
            let Some(machine) = self.nodes[n].machine.as_ref() else { continue };
            let tree = machine.hub().tree();
            let journal = machine.store().journal();
            let mut held: BTreeSet<Scope> = machine.hub().heads().logs().map(|(log, _)| log.scope).collect();
            for item in journal.scan(journal.start()) {
                let (_, record) = match item {
                    Ok(found) => found,
                    Err(_) if self.nodes[n].is_rotten => continue,
                    Err(damage) => return Err(format!("node {n}: {damage}")),
                };
                let turn = TurnRecord::decode(&record.payload).map_err(|e| format!("node {n}: {e}"))?;
                held.extend(turn.bodies.iter().flat_map(|body| body.runs.iter().map(|run| run.log.scope)));
            }
            if let Some(scope) = held.iter().find(|scope| !tree.holds(self.nodes[n].unit, scope)) {
                return Err(format!("node {n} holds {scope}, which the tree does not give it"));
            }
        }
        Ok(())
    }

    /// No entry anywhere whose writer may not write there.
    fn nothing_without_authority(&self) -> Result<(), String> {
        let tree = self.hub(0).ok_or("the county is down")?.tree();
        for n in self.members() {
            for (log, head) in self.logs(n) {
                if tree.may_write(&log, head.height) != Some(true) {
                    return Err(format!("node {n} took {log} up to {}, which has no authority", head.height));
                }
            }
        }
        Ok(())
    }

    /// No entry anywhere that its writer did not write.
    fn nothing_in_anothers_name(&self) -> Result<(), String> {
        let honest: BTreeSet<_> = self.honest().into_iter().map(|n| self.nodes[n].id()).collect();
        for n in self.honest() {
            for (log, head) in self.logs(n).into_iter().filter(|(log, _)| honest.contains(&log.node)) {
                if self.ledger.is_written(&log, head.height, &head.link) == Some(false) {
                    return Err(format!(
                        "node {n} holds {log} up to {}, which was never written",
                        head.height
                    ));
                }
            }
        }
        Ok(())
    }

    /// Where two machines wrote two pasts of a log, or a disk went back and its node wrote on, the county knows, and no
    /// two machines write in one epoch any more. What anybody knows of a fork the county knows, and nobody believes in one
    /// that never was.
    fn every_fork_is_found(&mut self) -> Result<(), String> {
        let members = self.members();
        let found = |n: usize, log: &LogId| self.hub(n).is_some_and(|hub| hub.is_forked(log));
        for log in self.ledger.forks() {
            // Of a node that was revoked what it wrote afterwards reaches nobody.
            let Some(writer) = members.iter().copied().find(|n| self.nodes[*n].id() == log.node) else {
                continue;
            };
            for n in [0, writer] {
                if !found(n, &log) {
                    return Err(format!(
                        "{log} of node {writer} has two pasts, and node {n} did not find it"
                    ));
                }
            }
            // Two machines may come to one later epoch, and say the same anew in it: the first entry that only one of them
            // has tells the other.
            let machines = members.iter().filter(|n| self.nodes[**n].id() == log.node);
            let hubs: Vec<&Hub> = machines.filter_map(|n| self.hub(*n)).collect();
            let still: Vec<u32> =
                hubs.iter().map(|hub| hub.epoch().0).filter(|e| *e <= log.epoch.0).collect();
            let epochs: BTreeSet<u32> = still.iter().copied().collect();
            if epochs.len() < still.len() || (hubs.len() == 1 && !still.is_empty()) {
                return Err(format!("{log} has two pasts, and node {writer} still writes in that epoch"));
            }
        }
        let logs: BTreeSet<LogId> = members.iter().flat_map(|n| self.logs(*n)).map(|(log, _)| log).collect();
        for log in &logs {
            if let Some(n) = members.iter().find(|n| found(**n, log) && !found(0, log)) {
                return Err(format!("node {n} knows that {log} has two pasts, and the county does not"));
            }
        }
        let is_forked = |log: &LogId| {
            let machines = (0..self.nodes.len()).filter(|n| self.nodes[*n].id() == log.node);
            machines.into_iter().any(|n| self.nodes[n].is_twin || self.is_villain(n))
        };
        for log in logs.iter().filter(|log| !is_forked(log)) {
            if let Some(n) = members.iter().find(|n| found(**n, log)) {
                return Err(format!("node {n} believes that {log} has two pasts, which it never had"));
            }
        }
        self.outcome.forks = logs.iter().filter(|log| found(0, log)).count();
        Ok(())
    }

    /// Everything that was answered as saved is at its unit and at every unit above.
    fn nothing_promised_is_lost(&mut self) -> Result<(), String> {
        for promise in self.ledger.promises.clone() {
            for n in self.path(promise.unit) {
                if !self.shows(n, &promise) {
                    let what = promise.event.as_deref().unwrap_or("the registration");
                    return Err(format!(
                        "node {n} lost {what} of case {}, which was answered as saved",
                        promise.case
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whatever is shown of a case or a guide is the same on every node that holds it, and who is said to hold a case
    /// does, and is everybody above its unit.
    fn same_rows(&mut self) -> Result<(), String> {
        for n in self.members() {
            self.believes(n, true);
            self.keeps_its_epoch(n);
            // Rows are as of a day: they are the same once every clock has been put right.
            self.nodes[n].clock_ms = 0;
            self.follow(n);
        }
        let mut shown: BTreeMap<String, (usize, Value)> = BTreeMap::new();
        let mut cases: BTreeMap<usize, BTreeSet<(UnitCode, String)>> = BTreeMap::new();
        for n in self.members() {
            let refused = || format!("node {n} refuses a list");
            let every_case = every_row(|after| self.ask(n, Command::cases(after)).ok_or_else(refused))?;
            let every_guide = self.ask(n, Command::GuideList).ok_or_else(refused)?;
            for list in [every_case, every_guide] {
                let mut times: BTreeMap<String, usize> = BTreeMap::new();
                for mut row in list.as_array().cloned().unwrap_or_default() {
                    if row["number"].is_string() {
                        let id = row["id"].as_str().unwrap_or_default().to_owned();
                        let unit = row["unit"].as_str().unwrap_or_default();
                        let unit = UnitCode::parse(unit).map_err(|e| format!("node {n}, case {id}: {e}"))?;
                        self.is_delivered(n, &id, unit, &row["delivered_to"])?;
                        cases.entry(n).or_default().insert((unit, id));
                    }
                    // Who is known to hold it differs from place to place, and so do the other cases of a person.
                    if let Some(row) = row.as_object_mut() {
                        row.remove("delivered_to");
                        row.remove("duplicates");
                    }
                    // After a restore of the county two publications may bear one version.
                    let key = format!("{}{}{}", row["number"], row["id"], row["version"]);
                    let time = times.entry(key.clone()).or_default();
                    *time += 1;
                    let key = format!("{key}, {time}");
                    let (other, known) = shown.entry(key).or_insert_with(|| (n, row.clone()));
                    if *known != row {
                        return Err(format!("nodes {other} and {n} show different rows: {known} and {row}"));
                    }
                }
            }
        }
        let all: BTreeSet<(UnitCode, String)> = cases.values().flatten().cloned().collect();
        for case in all {
            let lacks = |n: &usize| !cases.get(n).is_some_and(|held| held.contains(&case));
            if let Some(n) = self.path(case.0).into_iter().find(lacks) {
                return Err(format!("node {n} has no row for case {}", case.1));
            }
        }
        Ok(())
    }

    /// The ticks of a case in a list: at its unit they name every unit above.
    fn is_delivered(&self, n: usize, case: &str, unit: UnitCode, delivered_to: &Value) -> Result<(), String> {
        let units: Vec<&str> =
            delivered_to.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let above = self.path(unit).into_iter().filter(|m| {
            let (theirs, ours) = (self.nodes[*m].unit, self.nodes[n].unit);
            theirs != ours && ours.as_str().starts_with(theirs.as_str())
        });
        match above.map(|m| self.nodes[m].unit).find(|unit| !units.contains(&unit.as_str())) {
            Some(unit) => {
                Err(format!("node {n} does not show case {case} as delivered to {unit}: {units:?}"))
            }
            None => Ok(()),
        }
    }

    /// The county sees the guide's latest version at every unit below.
    fn everybody_has_the_guide(&mut self) -> Result<(), String> {
        let rollout = self.ask(0, Command::GuideRollout { id: GUIDE_NAME.into() });
        // None if the county fell before it had a guide.
        let Some(rollout) = rollout else { return Ok(()) };
        let units: BTreeSet<String> =
            self.members().iter().map(|n| self.nodes[*n].unit.to_string()).collect();
        for row in rollout["units"].as_array().into_iter().flatten() {
            let ours = row["unit"].as_str().is_some_and(|unit| units.contains(unit));
            if ours && (row["state"] != "current" || !row["since"].is_u64()) {
                return Err(format!("the county believes of the guide: {row}"));
            }
        }
        Ok(())
    }

    /// A writer whose disk was put back may have lost what its own change stood on. If that counts no more and its own
    /// writer lost it as well, or was revoked, nobody can say it anew, and every node says so. That nothing promised is
    /// lost by it is another demand. Damaged places are accounted for by now.
    fn everything_verifies(&mut self) -> Result<(), String> {
        let put_back = self.members().into_iter().filter(|n| self.nodes[*n].is_twin);
        let put_back: Vec<String> = put_back.map(|n| format!("@{}.", self.nodes[n].id().short())).collect();
        let may_wait = |why: &str| {
            why.contains("stands on changes that are not here")
                && put_back.iter().any(|id| why.contains(id.as_str()))
        };
        for n in self.members() {
            let verified =
                self.ask(n, Command::Verify).ok_or_else(|| format!("node {n} refuses to verify"))?;
            let mut bad = verified["bad"].as_array().into_iter().flatten().filter_map(Value::as_str);
            if let Some(why) = bad.find(|why| !may_wait(why)) {
                return Err(format!("node {n} does not verify: {why}"));
            }
        }
        Ok(())
    }

    /// Every session as its node sees it, for whoever looks for a fault.
    pub fn explain(&self) -> String {
        let mut lines = Vec::new();
        for n in self.honest() {
            let Some(hub) = self.hub(n) else { continue };
            lines.push(format!("node {n} {} epoch {}", hub.unit(), hub.epoch().0));
            for (log, head) in hub.heads().logs() {
                let aside = if hub.is_forked(log) { ", set aside" } else { "" };
                lines.push(format!("  holds {log} up to {} {:?}{aside}", head.height, head.link));
            }
            for session in hub.sessions() {
                lines.push(format!("  session with {} open {:?}", session.unit, session.open));
                lines.push(format!("    dirty {:?} stalled {:?}", session.dirty, session.stalled));
                lines.push(format!("    deferred {:?} in flight {:?}", session.deferred, session.in_flight));
                lines.push(format!("    logs {:?}", session.logs));
            }
        }
        lines.join("\n")
    }

    pub(super) fn hub(&self, n: usize) -> Option<&Hub> {
        Some(self.nodes[n].machine.as_ref()?.hub())
    }

    fn logs(&self, n: usize) -> Vec<(LogId, Head)> {
        self.hub(n)
            .map(|hub| hub.heads().logs().map(|(log, head)| (*log, *head)).collect())
            .unwrap_or_default()
    }
}
