//! How much may be under way to a peer before it acknowledges: what the line carries in about a second, or in a few round
//! trips where those are longer.
//!
//! A batch that was sent and not acknowledged is sent again after a cut, so on a slow line little may be under way; on a
//! fast one enough that it never runs dry. Both follow from what comes back: the rate at which bytes are acknowledged, times
//! the shortest time that an acknowledgement took and some slack on top. Every lane has a window of its own, so that a
//! backlog in one does not keep another from sending. Knows no line and no clock; time is an argument.

use std::collections::BTreeMap;

use crate::frame::Lane;
use crate::ids::Time;
use crate::limits::{BATCH_RAW_BYTES_TARGET, BATCHES_IN_FLIGHT_MAX, WINDOW_BYTES_MAX, WINDOW_BYTES_MIN};

/// On top of the shortest acknowledgement's time, milliseconds: the peer's fsync, a busy turn of its loop, the line's
/// own queue. Where acknowledgements take long, four times their time: a lost packet holds back what is
/// behind it for more than a round trip, and may be lost again.
const SLACK_MS: u64 = 500;
/// What an acknowledgement takes at most, milliseconds; beyond it the clock was set.
const TOOK_MS_MAX: u64 = 60_000;
/// Batches that fill a window: a cut costs few bytes beside it, an acknowledgement comes before it is empty.
const BATCHES_A_WINDOW: usize = 4;
/// Bytes of entries for one packed byte, before the first batch shows it: cases at zstd's level 3 (ARCHITECTURE §9).
const RATIO_FIRST: usize = 3;

/// The windows of one session.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    lanes: BTreeMap<Lane, Window>,
    /// The shortest time from sending to acknowledgement, milliseconds.
    shortest_ms: Option<u64>,
    /// Bytes of entries for one packed byte in the last batch.
    ratio: Option<usize>,
}

#[derive(Clone, Debug)]
struct Window {
    /// Packed bytes that may be under way.
    bytes_max: usize,
    bytes: usize,
    batches: usize,
    /// Packed bytes acknowledged so far.
    delivered: u64,
}

/// What is kept of a batch until its acknowledgement.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    lane: Lane,
    at: Time,
    bytes: usize,
    /// Of its lane's bytes, what was acknowledged by then.
    delivered: u64,
    /// Whether it filled the window: then its acknowledgement tells how little the line carries.
    filled: bool,
    /// Whether nothing else of its lane was under way.
    alone: bool,
}

impl Default for Window {
    fn default() -> Window {
        Window { bytes_max: WINDOW_BYTES_MIN, bytes: 0, batches: 0, delivered: 0 }
    }
}

impl Windows {
    /// As a fast line would have opened them.
    pub fn wide() -> Windows {
        let wide = Window { bytes_max: WINDOW_BYTES_MAX, ..Window::default() };
        Windows { lanes: Lane::ENTRIES.map(|lane| (lane, wide.clone())).into(), ..Windows::default() }
    }

    /// Bytes of entries that the lane's next batch may hold; none while its window is full.
    pub fn room(&self, lane: Lane) -> Option<usize> {
        let fresh = Window::default();
        let window = self.lanes.get(&lane).unwrap_or(&fresh);
        let packed = window.bytes_max / BATCHES_A_WINDOW;
        let open = window.bytes + packed <= window.bytes_max && window.batches < BATCHES_IN_FLIGHT_MAX;
        let raw = packed.saturating_mul(self.ratio.unwrap_or(RATIO_FIRST));
        open.then(|| raw.min(BATCH_RAW_BYTES_TARGET))
    }

    /// Notes that a batch goes out: its bytes on the wire, and those of its entries.
    pub fn send(&mut self, now: Time, lane: Lane, packed: usize, raw: usize) -> Sent {
        self.ratio = Some((raw / packed.max(1)).max(1));
        let window = self.lanes.entry(lane).or_default();
        let alone = window.bytes == 0;
        window.bytes += packed;
        window.batches += 1;
        let filled = window.bytes + window.bytes_max / BATCHES_A_WINDOW > window.bytes_max;
        Sent { lane, at: now, bytes: packed, delivered: window.delivered, filled, alone }
    }

    /// Notes that a batch was acknowledged, and learns from it.
    pub fn acknowledged(&mut self, now: Time, sent: &Sent) {
        let window = self.lanes.entry(sent.lane).or_default();
        window.bytes = window.bytes.saturating_sub(sent.bytes);
        window.batches = window.batches.saturating_sub(1);
        window.delivered += sent.bytes as u64;
        // A clock that was set back tells nothing.
        let Some(took_ms) = now.0.checked_sub(sent.at.0).map(|ms| ms.clamp(1, TOOK_MS_MAX)) else { return };
        let shortest_ms = self.shortest_ms.map_or(took_ms, |shortest| shortest.min(took_ms));
        // A line may have become slower for good. Behind other batches of a large window they are the likelier cause.
        let believed = sent.alone || window.bytes_max == WINDOW_BYTES_MIN;
        let shortest_ms = if believed { shortest_ms + (took_ms - shortest_ms) / 32 } else { shortest_ms };
        self.shortest_ms = Some(shortest_ms);
        let delivered = window.delivered - sent.delivered;
        let lasting_ms = shortest_ms + (4 * shortest_ms).max(SLACK_MS);
        let wanted = usize::try_from(delivered.saturating_mul(lasting_ms) / took_ms).unwrap_or(usize::MAX);
        let wanted = wanted.clamp(WINDOW_BYTES_MIN, WINDOW_BYTES_MAX);
        if wanted > window.bytes_max {
            // At most twice as much a window later.
            window.bytes_max = wanted.min(window.bytes_max + sent.bytes);
        } else if sent.filled || took_ms > lasting_ms {
            // The window is more than the line carries in the time that it is meant to last.
            window.bytes_max = wanted.max(window.bytes_max.saturating_sub(sent.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A line with a rate (bytes a second) and a round trip, on which a sender always has more. Returns bytes acknowledged
    /// in `seconds`, and the most that was under way in the second half.
    fn drive(
        windows: &mut Windows,
        begun_ms: u64,
        rate: u64,
        round_trip_ms: u64,
        seconds: u64,
    ) -> (u64, usize) {
        let mut under_way: VecDeque<(u64, Sent)> = VecDeque::new();
        let (mut free_ms, mut acked, mut most) = (begun_ms as f64, 0, 0);
        for now in begun_ms..begun_ms + seconds * 1_000 {
            while under_way.front().is_some_and(|(at, _)| *at <= now) {
                let (_, sent) = under_way.pop_front().unwrap();
                acked += sent.bytes as u64;
                windows.acknowledged(Time(now), &sent);
            }
            while let Some(raw) = windows.room(Lane::Events) {
                let packed = raw / RATIO_FIRST;
                let sent = windows.send(Time(now), Lane::Events, packed, raw);
                free_ms = free_ms.max(now as f64) + packed as f64 * 1_000.0 / rate as f64;
                under_way.push_back((free_ms.ceil() as u64 + round_trip_ms, sent));
            }
            if now >= begun_ms + seconds * 500 {
                most = most.max(under_way.iter().map(|(_, sent)| sent.bytes).sum());
            }
        }
        for (at, sent) in under_way {
            windows.acknowledged(Time(at), &sent);
        }
        (acked, most)
    }

    /// On each line of DOMAIN §8: full, and little under way.
    #[test]
    fn the_line_is_full_and_about_a_second_of_it_is_under_way() {
        for (rate, round_trip_ms, seconds_max) in [(125_000, 80, 0.9), (32_000, 300, 2.3), (8_000, 600, 5.8)]
        {
            let (acked, most) = drive(&mut Windows::default(), 0, rate, round_trip_ms, 60);
            let share = acked as f64 / (rate * 60) as f64;
            let under_way = most as f64 / rate as f64;
            assert!(share > 0.93, "{rate} bytes/s: {share}");
            assert!(under_way < seconds_max, "{rate} bytes/s: {under_way} s under way");
        }
    }

    #[test]
    fn a_fast_line_gets_a_large_window_within_a_fifth_of_a_second() {
        let mut windows = Windows::default();
        drive(&mut windows, 0, 100_000_000, 2, 1);
        let widest = Windows { ratio: windows.ratio, ..Windows::wide() };
        assert_eq!(windows.room(Lane::Events), widest.room(Lane::Events));
        let (acked, _) = drive(&mut Windows::default(), 0, 100_000_000, 2, 1);
        assert!(acked > 60_000_000, "{acked} bytes in the first second");
    }

    #[test]
    fn a_line_that_becomes_slow_gets_a_small_window_and_one_that_becomes_fast_a_large_one() {
        let mut windows = Windows::default();
        drive(&mut windows, 0, 4_000_000, 10, 5);
        let (_, most) = drive(&mut windows, 5_000, 32_000, 300, 120);
        assert!(most < 60_000, "{most} bytes under way");
        let (acked, _) = drive(&mut windows, 125_000, 4_000_000, 10, 5);
        assert!(acked > 15_000_000, "{acked}");
    }

    #[test]
    fn a_full_lane_does_not_close_another_and_a_quiet_one_keeps_its_window() {
        let mut windows = Windows::default();
        drive(&mut windows, 0, 4_000_000, 10, 5);
        let large = windows.lanes[&Lane::Events].bytes_max;
        while let Some(raw) = windows.room(Lane::Guides) {
            windows.send(Time(5_000), Lane::Guides, raw, raw);
        }
        assert!(windows.room(Lane::Events).is_some());
        for n in 0..100 {
            let sent = windows.send(Time(6_000 + n * 1_000), Lane::Events, 300, 900);
            windows.acknowledged(Time(6_010 + n * 1_000), &sent);
        }
        assert_eq!(windows.lanes[&Lane::Events].bytes_max, large);
    }

    #[test]
    fn a_clock_that_jumps_breaks_nothing() {
        let mut windows = Windows::default();
        let sent = windows.send(Time(1_000_000), Lane::Events, 4_000, 12_000);
        windows.acknowledged(Time(1_000), &sent);
        let sent = windows.send(Time(1_000), Lane::Events, 4_000, 12_000);
        windows.acknowledged(Time(u64::MAX), &sent);
        assert!(windows.room(Lane::Events).is_some());
        let (acked, _) = drive(&mut windows, 2_000, 32_000, 300, 60);
        assert!(acked > 32_000 * 50, "{acked}");
    }
}
