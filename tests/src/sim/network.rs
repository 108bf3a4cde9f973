//! The simulated network: lines between nodes with rate, delay, loss and cuts; connections over them, each with lanes
//! that keep their order; what is under way.
//!
//! Knows machines by their place only, and frames as bytes.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::ConnId;

use super::dice::Dice;

/// Bytes of one packet; loss strikes packet by packet.
const PACKET_BYTES: usize = 1_200;
/// Bytes of a frame that take time: a longer one is refused at its length before the rest has come.
const FRAME_BYTES_FELT: usize = 64 << 10;
/// Bytes of a frame whose packets may be lost. No limit of the protocol, so that raising one leaves every seed as it was.
const FRAME_BYTES_STRUCK: usize = (2 << 20) + 1;
/// So many retransmissions in a row fail before the connection is given up.
const LOSSES_MAX: u32 = 5;
/// Within this time, in milliseconds, a side that hears nothing more notices it.
const SILENCE_MS: u64 = 3_000;

/// How good a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quality {
    pub delay_ms: u64,
    /// Added by chance, frame by frame: lanes overtake one another.
    pub jitter_ms: u64,
    pub bytes_a_ms: u64,
    pub loss_permille: u64,
    /// Of 1,000 frames so many are lost, doubled or overtaken within their lane, as no reliable stream does it. The
    /// connection does not outlive it for long.
    pub spoilt_permille: u64,
}

impl Quality {
    /// What every line is when the county heals.
    pub const GOOD: Quality =
        Quality { delay_ms: 10, jitter_ms: 0, bytes_a_ms: 1_000, loss_permille: 0, spoilt_permille: 0 };

    /// A line as they are out there: from the hall's to the bad row of DOMAIN §8.
    pub fn draw(dice: &mut Dice) -> Quality {
        let rows = [(5, 12_500, 1), (40, 125, 20), (150, 32, 20), (300, 8, 50)];
        let (delay_ms, bytes_a_ms, loss_permille) = rows[dice.index(rows.len())];
        let spoilt_permille = if dice.chance(200) { 20 } else { 0 };
        Quality { delay_ms, jitter_ms: 1 + delay_ms * 3, bytes_a_ms, loss_permille, spoilt_permille }
    }
}

/// What reaches a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrival {
    Up { conn: ConnId, node: usize, peer: usize },
    Frame { conn: ConnId, node: usize, bytes: Vec<u8> },
    Down { conn: ConnId, node: usize },
}

/// Two nodes that are linked, the lower place first.
type Pair = (usize, usize);

struct End {
    node: usize,
    peer: usize,
    other: ConnId,
    /// When its node hears that it is up; no frame comes before.
    up_at: u64,
    /// Nothing arrives any more of what is sent; its node will hear so.
    closed: bool,
}

#[derive(Default)]
pub struct Network {
    ends: BTreeMap<ConnId, End>,
    air: BTreeMap<(u64, u64), Arrival>,
    /// When the last frame of a lane arrives at this end.
    lanes: BTreeMap<(ConnId, u8), u64>,
    /// Until when the sender is busy putting bytes on the line.
    busy: BTreeMap<(usize, usize), u64>,
    lines: BTreeMap<Pair, Quality>,
    cut: BTreeSet<Pair>,
    next: u64,
}

impl Network {
    pub fn set_quality(&mut self, a: usize, b: usize, quality: Quality) {
        self.lines.insert(pair(a, b), quality);
    }

    pub fn is_cut(&self, a: usize, b: usize) -> bool {
        self.cut.contains(&pair(a, b))
    }

    /// Whether `node` is linked to `peer` as far as it knows.
    pub fn is_linked(&self, node: usize, peer: usize) -> bool {
        self.ends.values().any(|end| end.node == node && end.peer == peer)
    }

    pub fn is_idle(&self) -> bool {
        self.air.is_empty()
    }

    pub fn next_at(&self) -> Option<u64> {
        self.air.first_key_value().map(|((at, _), _)| *at)
    }

    pub fn pop(&mut self) -> Option<Arrival> {
        let (_, arrival) = self.air.pop_first()?;
        if let Arrival::Down { conn, .. } = &arrival {
            self.ends.remove(conn);
        }
        Some(arrival)
    }

    /// A connection from `child` to `parent`; both hear of it, the one that accepts first.
    pub fn connect(&mut self, now: u64, child: usize, parent: usize) {
        let delay = self.quality(child, parent).delay_ms;
        let (up, down) = (ConnId(self.next + 1), ConnId(self.next + 2));
        self.next += 2;
        for (conn, other, node, peer, at) in
            [(down, up, parent, child, now + delay), (up, down, child, parent, now + 2 * delay)]
        {
            self.ends.insert(conn, End { node, peer, other, up_at: at, closed: false });
            self.put(at, Arrival::Up { conn, node, peer });
        }
    }

    /// Puts a frame on the line, with everything that a line does to it.
    pub fn send(&mut self, now: u64, conn: ConnId, lane: u8, bytes: Vec<u8>, dice: &mut Dice) {
        let Some(end) = self.ends.get(&conn).filter(|end| !end.closed) else { return };
        let (node, peer, other) = (end.node, end.peer, end.other);
        if self.is_cut(node, peer) {
            return;
        }
        let line = self.quality(node, peer);
        let busy = self.busy.entry((node, peer)).or_default();
        *busy = (*busy).max(now) + bytes.len().min(FRAME_BYTES_FELT) as u64 / line.bytes_a_ms;
        let mut at = *busy + line.delay_ms + dice.below(line.jitter_ms + 1);
        for _ in 0..=bytes.len().min(FRAME_BYTES_STRUCK) / PACKET_BYTES {
            let mut losses = 0;
            while dice.chance(line.loss_permille) && losses < LOSSES_MAX {
                losses += 1;
                at += (2 * line.delay_ms) << losses.min(3);
            }
            if losses == LOSSES_MAX {
                return self.fade(now, conn, dice);
            }
        }
        at = at.max(self.ends.get(&other).map_or(0, |end| end.up_at));
        let spoil = if dice.chance(line.spoilt_permille) { dice.below(3) } else { 3 };
        match spoil {
            0 => return self.fade(now, conn, dice),
            1 => {
                let late = at + dice.below(2_000);
                self.put(late, Arrival::Frame { conn: other, node: peer, bytes: bytes.clone() });
                self.fade(now, conn, dice);
            }
            2 => {
                let late = at + dice.below(2_000);
                self.put(late, Arrival::Frame { conn: other, node: peer, bytes });
                return self.fade(now, conn, dice);
            }
            _ => {}
        }
        let last = self.lanes.entry((other, lane)).or_default();
        at = at.max(*last);
        *last = at;
        self.put(at, Arrival::Frame { conn: other, node: peer, bytes });
    }

    /// A side closes a connection; the other hears of it, or notices its silence when the line is cut.
    pub fn close(&mut self, now: u64, conn: ConnId, dice: &mut Dice) {
        let Some(end) = self.ends.get_mut(&conn).filter(|end| !end.closed) else { return };
        end.closed = true;
        let (node, peer, other) = (end.node, end.peer, end.other);
        self.put(now, Arrival::Down { conn, node });
        let wait = if self.is_cut(node, peer) { SILENCE_MS } else { self.quality(node, peer).delay_ms + 1 };
        self.hear_down(now, other, wait, dice);
    }

    /// A connection has died; each side notices that in its own time.
    pub fn fade(&mut self, now: u64, conn: ConnId, dice: &mut Dice) {
        let Some(other) = self.ends.get(&conn).map(|end| end.other) else { return };
        self.hear_down(now, conn, SILENCE_MS, dice);
        self.hear_down(now, other, SILENCE_MS, dice);
    }

    /// Cuts a line: what is under way is lost.
    pub fn cut(&mut self, now: u64, a: usize, b: usize, dice: &mut Dice) {
        self.cut.insert(pair(a, b));
        let conns = self.conns(|end| pair(end.node, end.peer) == pair(a, b));
        self.air.retain(|_, arrival| !matches!(arrival, Arrival::Frame { conn, .. } if conns.contains(conn)));
        for conn in conns {
            self.hear_down(now, conn, SILENCE_MS, dice);
        }
    }

    /// False if it was not cut.
    pub fn mend(&mut self, a: usize, b: usize) -> bool {
        self.cut.remove(&pair(a, b))
    }

    /// Every line works again, and what bad lines did to connections ends with them.
    pub fn mend_all(&mut self, now: u64, dice: &mut Dice) {
        // What would still be under way for longer than anybody listens is given up with its connection.
        self.air
            .retain(|(at, _), arrival| *at < now + SILENCE_MS || !matches!(arrival, Arrival::Frame { .. }));
        self.cut.clear();
        self.lines.clear();
        self.busy.clear();
        for conn in self.conns(|_| true) {
            self.close(now, conn, dice);
        }
    }

    /// Every connection of a node is closed.
    pub fn close_all(&mut self, now: u64, node: usize, dice: &mut Dice) {
        for conn in self.conns(|end| end.node == node) {
            self.close(now, conn, dice);
        }
    }

    /// A node stopped: it hears nothing more on its connections, and the others notice that it is silent.
    pub fn fall(&mut self, now: u64, node: usize, dice: &mut Dice) {
        for conn in self.conns(|end| end.node == node) {
            let Some(end) = self.ends.remove(&conn) else { continue };
            self.air.retain(|_, arrival| !matches!(arrival, Arrival::Up { conn: c, .. } if *c == conn));
            self.hear_down(now, end.other, SILENCE_MS, dice);
        }
        self.air.retain(
            |_, a| !matches!(a, Arrival::Frame { node: n, .. } | Arrival::Down { node: n, .. } if *n == node),
        );
    }

    /// The end's node hears within `wait` milliseconds that the connection is gone. Frames may still come after that.
    fn hear_down(&mut self, now: u64, conn: ConnId, wait: u64, dice: &mut Dice) {
        let Some(end) = self.ends.get_mut(&conn).filter(|end| !end.closed) else { return };
        end.closed = true;
        let (node, up_at) = (end.node, end.up_at);
        self.put(up_at.max(now + dice.below(wait) + 1), Arrival::Down { conn, node });
    }

    fn conns(&self, wanted: impl Fn(&End) -> bool) -> Vec<ConnId> {
        self.ends.iter().filter(|(_, end)| wanted(end)).map(|(conn, _)| *conn).collect()
    }

    fn quality(&self, a: usize, b: usize) -> Quality {
        self.lines.get(&pair(a, b)).copied().unwrap_or(Quality::GOOD)
    }

    fn put(&mut self, at: u64, arrival: Arrival) {
        self.next += 1;
        self.air.insert((at, self.next), arrival);
    }
}

fn pair(a: usize, b: usize) -> Pair {
    (a.min(b), a.max(b))
}
