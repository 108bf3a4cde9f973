//! Congestion control for lines that lose packets for reasons of their own: keeps the line full behind a short queue.
//!
//! The window is what the line carries in the shortest round trip seen lately, and as much again as may wait in its
//! bottleneck: `rate × (round trip + queue)`. The rate is measured from what is acknowledged, so a lost packet costs its
//! own bytes and nothing else. A window that is too small measures a lower rate, but `queue` on top of it makes the next
//! one larger, until packets wait in the queue. Loss beyond what any line has by itself ([`LOSS_PERCENT_MAX`]) says that
//! the bottleneck's queue is shorter than that, and shortens ours. Why not the controllers of quinn: decision 11.
//!
//! Knows no line by name and keeps nothing between connections.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quinn_proto::RttEstimator;
use quinn_proto::congestion::{Controller, ControllerFactory};

/// Packets to begin with (RFC 9002 §7.2), and the fewest that keep acknowledgements and loss detection going.
const INITIAL_PACKETS: u64 = 10;
const PACKETS_MIN: u64 = 2;
/// Packets on top of rate times time: what delayed acknowledgements and slow lines' long packets take.
const SPARE_PACKETS: u64 = 3;
/// What may wait in the bottleneck: this, or half a round trip if that is more. Covers the jitter of a mobile line and
/// of a loaded machine.
const QUEUE: Duration = Duration::from_millis(50);
/// How long the shortest round trip is believed. Then the queue is let run dry to see it anew: a route may have changed.
const ROUND_TRIP_BELIEVED: Duration = Duration::from_secs(15);
/// Share of lost bytes up to which loss is the line's own: twice that of *bad* (DOMAIN §8).
const LOSS_PERCENT_MAX: u64 = 12;
/// Bytes in packets after which loss is judged.
const LOSS_JUDGED_PACKETS: u64 = 24;
/// Of the queue, in eighths: what loss leaves at least, so that a window that measures less can still grow.
const QUEUE_EIGHTHS_MIN: u32 = 2;
/// Times of sending that are remembered; beyond it every rate is measured over the window's older half.
const SENT_MAX: usize = 16_384;

/// Makes controllers for quinn.
#[derive(Debug, Default)]
pub(super) struct SteadyConfig;

impl ControllerFactory for SteadyConfig {
    fn build(self: Arc<Self>, now: Instant, current_mtu: u16) -> Box<dyn Controller> {
        Box::new(Steady::new(now, current_mtu))
    }
}

/// One path's state.
#[derive(Clone, Debug)]
struct Steady {
    mtu: u64,
    window: u64,
    /// Bytes acknowledged so far.
    delivered: u64,
    /// When packets were sent and what had been acknowledged by then, oldest first.
    sent: VecDeque<(Instant, u64)>,
    /// The youngest packet of the acknowledgement that is being read.
    acknowledged: Option<Instant>,
    rate: Lately<u64>,
    round_trip: Lately<Duration>,
    /// While the queue is let run dry.
    dry_until: Option<Instant>,
    loss: Loss,
}

impl Steady {
    fn new(now: Instant, mtu: u16) -> Steady {
        let mtu = u64::from(mtu);
        Steady {
            mtu,
            window: INITIAL_PACKETS * mtu,
            delivered: 0,
            sent: VecDeque::new(),
            acknowledged: None,
            rate: Lately::new(now),
            round_trip: Lately::new(now),
            dry_until: None,
            loss: Loss { acked: 0, lost: 0, queue_eighths: 8 },
        }
    }

    /// The window that the measurements ask for; none before the first.
    fn target(&self) -> Option<u64> {
        let rate = self.rate.best(u64::max)?;
        let round_trip = self.round_trip.best(Duration::min)?;
        let in_time = |time: Duration| (u128::from(rate) * time.as_micros() / 1_000_000) as u64;
        if self.dry_until.is_some() {
            return Some((in_time(round_trip) * 3 / 4).max(PACKETS_MIN * self.mtu));
        }
        let queue = QUEUE.max(round_trip / 2) * self.loss.queue_eighths / 8;
        Some(in_time(round_trip + queue) + SPARE_PACKETS * self.mtu)
    }

    /// Takes the rate at which bytes were acknowledged since `sent` was sent.
    fn measure(&mut self, now: Instant, sent: Instant, app_limited: bool) {
        while self.sent.front().is_some_and(|(at, _)| *at < sent) {
            self.sent.pop_front();
        }
        let Some((_, before)) = self.sent.front().filter(|(at, _)| *at == sent) else { return };
        let took = (now - sent).max(Duration::from_micros(1));
        let rate = u128::from(self.delivered - before) * 1_000_000 / took.as_micros();
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        // Who has little to send measures little; it says nothing about the line unless it is a record.
        if app_limited && self.rate.best(u64::max).is_some_and(|best| rate <= best) {
            return;
        }
        self.rate.take(now, rate, u64::max, 5 * took.max(QUEUE));
    }
}

impl Controller for Steady {
    fn on_sent(&mut self, now: Instant, _bytes: u64, _last_packet_number: u64) {
        if self.sent.back().is_none_or(|(at, _)| *at < now) {
            if self.sent.len() == SENT_MAX {
                self.sent.pop_front();
            }
            self.sent.push_back((now, self.delivered));
        }
    }

    fn on_ack(&mut self, now: Instant, sent: Instant, bytes: u64, app_limited: bool, rtt: &RttEstimator) {
        self.delivered += bytes;
        self.loss.count(bytes, 0, self.mtu);
        self.acknowledged = self.acknowledged.max(Some(sent));
        let aged = self.round_trip.take(now, now - sent, Duration::min, ROUND_TRIP_BELIEVED);
        if aged && !app_limited {
            self.dry_until = Some(now + rtt.get() * 2);
        }
        if self.dry_until.is_some_and(|until| now >= until) {
            self.dry_until = None;
        }
        match self.target() {
            // At most twice as much a round trip later.
            Some(target) if target > self.window && !app_limited => {
                self.window = target.min(self.window + bytes);
            }
            Some(target) if target < self.window => self.window = target.max(self.window - bytes),
            Some(_) | None => {}
        }
    }

    fn on_end_acks(&mut self, now: Instant, _in_flight: u64, app_limited: bool, _largest: Option<u64>) {
        if let Some(sent) = self.acknowledged.take() {
            self.measure(now, sent, app_limited);
        }
    }

    fn on_congestion_event(&mut self, _now: Instant, _sent: Instant, is_persistent: bool, lost_bytes: u64) {
        self.loss.count(0, lost_bytes, self.mtu);
        if is_persistent {
            // The line was dead. What it carried before is likely still right: doubling finds it in a few round trips.
            self.window = PACKETS_MIN * self.mtu;
        }
    }

    fn on_mtu_update(&mut self, new_mtu: u16) {
        self.mtu = u64::from(new_mtu);
        self.window = self.window.max(PACKETS_MIN * self.mtu);
    }

    fn window(&self) -> u64 {
        self.window
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(self.clone())
    }

    fn initial_window(&self) -> u64 {
        INITIAL_PACKETS * self.mtu
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The best value of the last one to two spans of time.
#[derive(Clone, Debug)]
struct Lately<T> {
    begun: Instant,
    now: Option<T>,
    before: Option<T>,
}

impl<T: Copy> Lately<T> {
    fn new(begun: Instant) -> Lately<T> {
        Lately { begun, now: None, before: None }
    }

    /// Takes a value; true when a new span began with it.
    fn take(&mut self, at: Instant, value: T, better: fn(T, T) -> T, span: Duration) -> bool {
        let aged = at.saturating_duration_since(self.begun) >= span;
        if aged {
            self.before = self.now.take();
            self.begun = at;
        }
        self.now = Some(self.now.map_or(value, |best| better(best, value)));
        aged
    }

    fn best(&self, better: fn(T, T) -> T) -> Option<T> {
        match (self.now, self.before) {
            (Some(now), Some(before)) => Some(better(now, before)),
            (now, before) => now.or(before),
        }
    }
}

/// How much gets lost, and what that leaves of the queue.
#[derive(Clone, Debug)]
struct Loss {
    acked: u64,
    lost: u64,
    queue_eighths: u32,
}

impl Loss {
    fn count(&mut self, acked: u64, lost: u64, mtu: u64) {
        self.acked += acked;
        self.lost += lost;
        let all = self.acked + self.lost;
        if all < LOSS_JUDGED_PACKETS * mtu {
            return;
        }
        self.queue_eighths = if self.lost * 100 > all * LOSS_PERCENT_MAX {
            (self.queue_eighths * 3 / 4).max(QUEUE_EIGHTHS_MIN)
        } else {
            (self.queue_eighths + 1).min(8)
        };
        (self.acked, self.lost) = (0, 0);
    }
}
