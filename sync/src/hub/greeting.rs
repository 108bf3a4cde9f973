//! How two nodes find out what the other lacks: Hello, digests, vectors; and what they agreed on, remembered.
//!
//! Reads heads only, except for a link at a height that a peer names: that is where forks are seen.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hub, push};
use crate::batch::Codec;
use crate::contract::{Effect, Incident, Memo};
use crate::frame::{Frame, Hangup, Hello, Lane, ScopeDigest};
use crate::ids::{LogId, NodeId, Scope, Time, UnitCode};
use crate::limits::{HELLO_VECTOR_BYTES_MAX, PROTOCOL_VERSION};
use crate::session::{ConnId, Session};
use crate::stream::Shelf;
use crate::vector::{Digest, LOG_HEAD_BYTES, ScopeVector, combine};

/// Starts of one peer's process that are remembered: two machines take turns.
const RUNS_KEPT: usize = 3;

impl Hub {
    pub(super) fn link_up(
        &mut self,
        now: Time,
        conn: ConnId,
        node: NodeId,
        unit: UnitCode,
        out: &mut Vec<Effect>,
    ) {
        if let Some(why) = self.unwelcome(node, unit) {
            out.push(Effect::Hangup { conn, why });
            return;
        }
        let mut session = Session::new(conn, node, unit, now);
        let shared = self.shared(unit);
        let agreed = self.agreed.get(&node);
        let empty = |scope| ScopeVector::empty(scope);
        let changed: Vec<ScopeVector> = shared
            .iter()
            .map(|scope| self.heads.vector(*scope))
            .filter(|now| agreed.and_then(|a| a.get(&now.scope)).unwrap_or(&empty(now.scope)) != now)
            .collect();
        let bytes = changed.iter().map(|v| v.logs.len() * LOG_HEAD_BYTES + 20).sum::<usize>();
        let hello = Hello {
            version: PROTOCOL_VERSION,
            node: self.writer.node(),
            epoch: self.writer.epoch,
            clock: now,
            digest: self.shared_digest(&shared),
            changed: if bytes <= HELLO_VECTOR_BYTES_MAX { changed } else { Vec::new() },
            told: self.told.get(&node).cloned().unwrap_or_default().digest(),
            codec: Some(Codec::HIGHEST.number()),
            run: Some(self.run),
        };
        session.offered.extend(shared);
        self.sessions.insert(conn, session);
        push(out, conn, Lane::Control, &Frame::Hello(hello));
        self.say_pasts(conn, unit, out);
    }

    pub(super) fn hello(
        &mut self,
        now: Time,
        conn: ConnId,
        hello: Hello,
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let (node, unit) = (self.session(conn)?.node, self.session(conn)?.unit);
        if hello.version < 1 {
            return Err(Hangup::Version);
        }
        if hello.node != node {
            return Err(Hangup::OutOfTurn);
        }
        let shared = self.shared(unit);
        let would_tell = self.held.for_peer(&self.tree, self.unit, unit);
        let (digest, changed, told) = (hello.digest, hello.changed.clone(), hello.told);
        self.met(node, hello.run, out);
        let session = self.session_mut(conn)?;
        session.skew_ms = hello.clock.0 as i64 - now.0 as i64;
        session.hello = Some(hello);
        if would_tell.digest() != told {
            session.tell = would_tell;
            // What it remembers may be too much as well as too little.
            push(out, conn, Lane::Control, &Frame::Held(Vec::new()));
        }
        if self.shared_digest(&shared) == digest {
            for scope in shared {
                let vector = self.heads.vector(scope);
                self.learn(conn, &vector, shelf, out)?;
            }
            return Ok(());
        }
        match self.explain(node, &shared, digest, changed) {
            Some(vectors) => {
                for vector in vectors {
                    self.learn(conn, &vector, shelf, out)?;
                }
            }
            None => {
                let vectors: Vec<ScopeVector> =
                    shared.iter().map(|scope| self.heads.vector(*scope)).collect();
                let digest = |v: &ScopeVector| Some(ScopeDigest { scope: v.scope, digest: v.digest()? });
                let digests = vectors.iter().filter_map(digest).collect();
                let session = self.session_mut(conn)?;
                session.asked = Some(vectors);
                session.round_trips += 1;
                push(out, conn, Lane::Control, &Frame::Digests(digests));
            }
        }
        Ok(())
    }

    /// A start of the peer's process that comes back after another one: two of them are running.
    fn met(&mut self, node: NodeId, run: Option<u64>, out: &mut Vec<Effect>) {
        let Some(run) = run else { return };
        let runs = self.runs.entry(node).or_default();
        if runs.last() == Some(&run) {
            return;
        }
        let is_back = runs.contains(&run);
        runs.retain(|known| *known != run);
        runs.push(run);
        let old = runs.len().saturating_sub(RUNS_KEPT);
        runs.drain(..old);
        if is_back {
            out.push(Effect::Report(Incident::TwoMachines { node }));
            self.twin(node, out);
        }
    }

    /// What the peer holds of the shared scopes, if its changed vectors and what was last agreed add up to its digest.
    pub(super) fn explain(
        &self,
        node: NodeId,
        shared: &BTreeSet<Scope>,
        digest: Digest,
        changed: Vec<ScopeVector>,
    ) -> Option<Vec<ScopeVector>> {
        let mut guess: BTreeMap<Scope, ScopeVector> =
            shared.iter().map(|scope| (*scope, ScopeVector::empty(*scope))).collect();
        if let Some(agreed) = self.agreed.get(&node) {
            guess.extend(agreed.iter().filter(|(s, _)| shared.contains(s)).map(|(s, v)| (*s, v.clone())));
        }
        guess.extend(changed.into_iter().map(|vector| (vector.scope, vector)));
        let digests: BTreeMap<Scope, Digest> =
            guess.iter().filter_map(|(scope, vector)| Some((*scope, vector.digest()?))).collect();
        (combine(&digests) == digest)
            .then(|| guess.into_values().filter(|vector| shared.contains(&vector.scope)).collect())
    }

    pub(super) fn digests(
        &mut self,
        conn: ConnId,
        digests: &[ScopeDigest],
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let theirs: BTreeMap<Scope, Digest> = digests.iter().map(|d| (d.scope, d.digest)).collect();
        let shared = self.shared(self.session(conn)?.unit);
        let mut differing = Vec::new();
        for scope in &shared {
            if self.heads.digest(*scope).as_ref() == theirs.get(scope) {
                let vector = self.heads.vector(*scope);
                self.learn(conn, &vector, shelf, out)?;
            } else {
                differing.push(self.heads.vector(*scope));
            }
        }
        // What cannot be judged here yet is not equal, either: without a tree nothing of it is held.
        let unknown = theirs.keys().filter(|scope| !shared.contains(scope));
        differing.extend(unknown.map(|scope| ScopeVector::empty(*scope)));
        let session = self.session_mut(conn)?;
        session.deferred.extend(theirs.keys().filter(|scope| !session.offered.contains(scope)));
        session.offered.extend(differing.iter().map(|v| v.scope).filter(|scope| shared.contains(scope)));
        // If we asked as well, the peer answers that; else it must still tell us what it holds of these.
        let reply = session.asked.is_none();
        push(
            out,
            conn,
            Lane::Control,
            &Frame::Vectors { vectors: differing, reply, rest_equal: true, pasts: None },
        );
        Ok(())
    }

    pub(super) fn vectors(
        &mut self,
        conn: ConnId,
        vectors: &[ScopeVector],
        reply: bool,
        rest_equal: bool,
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let shared = self.shared(self.session(conn)?.unit);
        let mut answer = Vec::new();
        for vector in vectors {
            if shared.contains(&vector.scope) {
                self.learn(conn, vector, shelf, out)?;
                answer.push(self.heads.vector(vector.scope));
            } else {
                self.session_mut(conn)?.deferred.insert(vector.scope);
            }
        }
        if rest_equal && let Some(asked) = self.session_mut(conn)?.asked.take() {
            for vector in asked.into_iter().filter(|a| vectors.iter().all(|v| v.scope != a.scope)) {
                self.learn(conn, &vector, shelf, out)?;
            }
        }
        if reply && !answer.is_empty() {
            self.session_mut(conn)?.offered.extend(answer.iter().map(|v| v.scope));
            push(
                out,
                conn,
                Lane::Control,
                &Frame::Vectors { vectors: answer, reply: false, rest_equal: false, pasts: None },
            );
        }
        Ok(())
    }

    /// Learns what the peer holds of one shared scope: forks, a past of our own that we lost, what to stream.
    pub(super) fn learn(
        &mut self,
        conn: ConnId,
        vector: &ScopeVector,
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        self.heard(conn, vector)?;
        let mut doubtful = Vec::new();
        for (log, head) in vector.heads() {
            // What is said of a writer that may not write there is not kept.
            if self.heads.head(&log).is_none() && self.tree.may_write(&log, head.height) == Some(false) {
                continue;
            }
            #[cfg(feature = "broken-rules")]
            if self.breaks(crate::BrokenRule::VectorsAreTruth) && head.height > self.heads.height(&log) {
                self.own_log_elsewhere(log, head.height, self.heads.height(&log), out);
            }
            let ours = self.link_at(&log, head.height, shelf);
            if head.height > 0 && ours.is_some_and(|link| link != head.link) {
                doubtful.push((log, head.height));
            }
        }
        let heads = &self.heads;
        let session = self.sessions.get_mut(&conn).ok_or(Hangup::OutOfTurn)?;
        session.offered.insert(vector.scope);
        // What the peer asked to be sent again and has not gone out yet still goes out.
        let again: Vec<(LogId, u64)> = doubtful
            .iter()
            .filter(|(log, _)| session.shown.contains_key(log) && session.dirty.contains(log))
            .map(|(log, _)| (*log, session.logs.get(log).map_or(0, |p| p.sent) + 1))
            .collect();
        session.learn(vector, heads);
        // A vector is only a claim, so it changes no log. Each side sends what it holds from the height in doubt:
        // that is signed, and shows the other whether there are two pasts.
        for (log, _) in &doubtful {
            session.logs.entry(*log).or_default().has = 0;
            session.dirty.remove(log);
        }
        for (log, height) in again {
            session.send_again(log, height);
        }
        for (log, height) in doubtful {
            self.show(conn, log, height);
        }
        // What a peer says of itself counts, downwards, too: its disk may have gone back in time.
        // Of an own log that reaches further there it may be another past: its entries tell.
        let logs: Vec<(LogId, u64)> =
            self.heads.logs_of(vector.scope).map(|(log, head)| (*log, head.height)).collect();
        for (log, here) in logs {
            if log.node != self.node() || vector.height(&log) <= here {
                self.peer_holds(conn, log, out);
            }
        }
        self.settle(conn, vector.scope, out);
        Ok(())
    }

    /// Remembers the vector of a scope once both sides hold the same.
    pub(super) fn settle(&mut self, conn: ConnId, scope: Scope, out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(&conn) else { return };
        if !session.agrees(scope, &self.heads) {
            return;
        }
        let vector = self.heads.vector(scope);
        let known = self.agreed.entry(session.node).or_default();
        if known.get(&scope).unwrap_or(&ScopeVector::empty(scope)) != &vector {
            known.insert(scope, vector.clone());
            out.push(Effect::Remember(Memo::Agreed { peer: session.node, vector }));
        }
    }

    /// Offers scopes that a grown tree newly shares, and asks again for those that could not be judged before.
    pub(super) fn offer_new(&mut self, conn: ConnId, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(&conn) else { return };
        let shared = self.shared(session.unit);
        let mut vectors = Vec::new();
        for scope in &shared {
            let new = !session.offered.contains(scope);
            let vector = self.heads.vector(*scope);
            if session.deferred.contains(scope) || (new && !vector.logs.is_empty()) {
                vectors.push(vector);
            }
        }
        let silent: Vec<Scope> = shared
            .iter()
            .filter(|s| !session.offered.contains(s) && !vectors.iter().any(|v| v.scope == **s))
            .copied()
            .collect();
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.deferred.retain(|scope| !shared.contains(scope));
            session.offered.extend(shared);
            if !vectors.is_empty() {
                push(
                    out,
                    conn,
                    Lane::Control,
                    &Frame::Vectors { vectors, reply: true, rest_equal: false, pasts: None },
                );
            }
        }
        // Empty here, and empty there unless the peer says otherwise: nothing to say, ready to stream.
        for scope in silent {
            // The session was just looked up, so this cannot be out of turn.
            let _ = self.learn(conn, &ScopeVector::empty(scope), shelf, out);
        }
    }
}
