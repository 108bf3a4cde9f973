//! One direction of a line: when a packet arrives, or why it does not. Knows no socket; time is an argument.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tokio::time::Instant;

use super::{Line, QUEUE_PACKETS_MIN};

/// What becomes of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Arrives(Instant),
    /// Takes the line's time and does not arrive; when it would have.
    Lost(Instant),
    /// The queue is full. When there will be room for it.
    Overflows(Instant),
}

/// A line that sends one packet after the other at its rate, behind a queue of bounded length.
#[derive(Debug)]
pub(super) struct Shaper {
    rate_bps: u64,
    delay: Duration,
    loss: f64,
    queue: Duration,
    dice: ChaCha8Rng,
    /// When everything accepted so far has left.
    free_at: Instant,
}

impl Shaper {
    pub(super) fn new(rate_bps: u64, line: &Line, seed: u64, now: Instant) -> Shaper {
        let shortest = Duration::from_secs_f64((QUEUE_PACKETS_MIN * 1_500 * 8) as f64 / rate_bps as f64);
        Shaper {
            rate_bps,
            delay: line.rtt / 2,
            loss: line.loss,
            queue: line.queue.max(shortest),
            dice: ChaCha8Rng::seed_from_u64(seed),
            free_at: now,
        }
    }

    pub(super) fn send(&mut self, now: Instant, bytes: u64) -> Fate {
        let begins = self.free_at.max(now);
        let waits = begins - now;
        if waits > self.queue {
            return Fate::Overflows(now + (waits - self.queue));
        }
        self.free_at = begins + Duration::from_secs_f64((bytes * 8) as f64 / self.rate_bps as f64);
        let arrives = self.free_at + self.delay;
        // 53 bits: every value of a double in [0, 1) that matters.
        let drawn = (self.dice.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        if drawn < self.loss { Fate::Lost(arrives) } else { Fate::Arrives(arrives) }
    }
}
