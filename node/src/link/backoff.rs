//! How long to wait before dialling again: exponential, with full jitter.
//!
//! The randomness is seeded per node, so that two hundred villages do not dial in step after an outage, and a test can
//! repeat it. Knows no clock.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    max: Duration,
    /// Waits since the last success.
    waits: u32,
    rng: ChaCha8Rng,
}

impl Backoff {
    pub(super) fn new(first: Duration, max: Duration, seed: [u8; 32]) -> Backoff {
        Backoff { first, max, waits: 0, rng: ChaCha8Rng::from_seed(seed) }
    }

    /// The next wait: anything from nothing to a bound that doubles each time.
    pub(super) fn next(&mut self) -> Duration {
        let bound = self.first.saturating_mul(2u32.saturating_pow(self.waits)).min(self.max);
        self.waits = self.waits.saturating_add(1);
        let bound_us = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(self.rng.next_u64() % bound_us)
    }

    pub(super) fn reset(&mut self) {
        self.waits = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_bound_differ_by_seed_and_start_anew() {
        let backoff = |seed| Backoff::new(Duration::from_millis(500), Duration::from_secs(60), [seed; 32]);
        let (mut a, mut b) = (backoff(1), backoff(2));
        let mut longest = Duration::ZERO;
        let mut same = 0;
        for n in 0..200 {
            let (wait, other) = (a.next(), b.next());
            assert!(wait < Duration::from_millis(500 << n.min(7)) && wait < Duration::from_secs(60));
            same += usize::from(wait == other);
            longest = longest.max(wait);
        }
        assert!(longest > Duration::from_secs(50) && same < 3);
        a.reset();
        assert!(a.next() < Duration::from_millis(500));
    }
}
