//! What breaks and what goes on meanwhile: one thing at every step of the time of trouble.

use super::network::Quality;
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
            Fault::Restores | Fault::Clones | Fault::Revocations => {}
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

    /// Some line of the county.
    fn line(&mut self) -> Option<(usize, usize)> {
        let child = 1 + self.dice.index(self.nodes.len() - 1);
        Some((child, self.dice.pick(&self.nodes[child].parents.clone())?))
    }
}
