//! Since when this node knows that somebody holds a log up to a height: a few steps for each holder and log.
//!
//! Hints like the memos beside them: lost, the time begins anew when it is told again. Knows no tree; which holders are
//! worth it is the machine's choice.

use minicbor::{Decode, Encode};
use sanji_sync::{LogId, NodeId, Time};

use super::keys;
use super::kv::{Batch, Kv, KvError};

/// Steps kept for a holder and log: under 1 KiB. Old ones are thinned, so that a time told for something months old is
/// late by days at most, and for something of today by minutes.
const STEPS_MAX: usize = 64;

/// From `at` on the holder was known to hold the log up to `height`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
struct Step {
    #[n(0)]
    height: u64,
    #[n(1)]
    at: Time,
}

/// In order of height and of time.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(transparent)]
struct Steps(#[n(0)] Vec<Step>);

/// Puts into the batch that from `now` on `holder` is known to hold `log` up to `height`, which may be less than before.
/// At most once for each holder and log in a batch.
pub fn note(
    kv: &dyn Kv,
    holder: &NodeId,
    log: &LogId,
    height: u64,
    now: Time,
    batch: &mut Batch,
) -> Result<(), KvError> {
    let mut steps = load(kv, holder, log)?;
    steps.note(height, now);
    batch.put(keys::since(holder, log), minicbor::to_vec(steps).expect("writing to memory cannot fail"));
    Ok(())
}

/// Since when `holder` is known to hold `log` up to `height`; a time that is not exact any more is late, never early.
pub fn since(kv: &dyn Kv, holder: &NodeId, log: &LogId, height: u64) -> Result<Option<Time>, KvError> {
    Ok(load(kv, holder, log)?.since(height))
}

fn load(kv: &dyn Kv, holder: &NodeId, log: &LogId) -> Result<Steps, KvError> {
    let bytes = kv.get(&keys::since(holder, log))?;
    Ok(bytes.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default())
}

impl Steps {
    fn since(&self, height: u64) -> Option<Time> {
        self.0.iter().find(|step| step.height >= height).map(|step| step.at)
    }

    fn note(&mut self, height: u64, now: Time) {
        // Less than before: the holder lost something. What it still has it has since it was known to have it.
        let at = self.since(height).unwrap_or(now);
        self.0.retain(|step| step.height < height);
        self.0.push(Step { height, at });
        if self.0.len() > STEPS_MAX {
            self.thin(now);
        }
    }

    /// Drops the step that is missed least: between its neighbours the time that is then told is the least later for its
    /// age. The first step stays, or what is oldest would be told later and later.
    fn thin(&mut self, now: Time) {
        let missed = |near: &[Step]| {
            let later = near[2].at.0.saturating_sub(near[0].at.0);
            let age = now.0.saturating_sub(near[0].at.0) + 1;
            u128::from(later) * 1_000_000 / u128::from(age)
        };
        let least = self.0.windows(3).enumerate().min_by_key(|(_, near)| missed(near)).map(|(n, _)| n + 1);
        if let Some(least) = least {
            self.0.remove(least);
        }
    }
}

#[cfg(test)]
mod tests {
    use sanji_sync::{Epoch, Scope};

    use super::super::kv::MemoryKv;
    use super::*;

    const MINUTE: u64 = 60_000;
    const DAY: u64 = 24 * 60 * MINUTE;

    #[test]
    fn a_height_is_known_since_the_first_step_that_reaches_it() {
        let kv = MemoryKv::default();
        let (holder, log) =
            (NodeId([1; 32]), LogId { scope: Scope::Directory, node: NodeId([2; 32]), epoch: Epoch(1) });
        for (height, at) in [(3, 10), (7, 20), (7, 30)] {
            let mut batch = Batch::new();
            note(&kv, &holder, &log, height, Time(at), &mut batch).unwrap();
            kv.apply(batch).unwrap();
        }
        let at = |height| since(&kv, &holder, &log, height).unwrap();
        assert_eq!(
            [1, 3, 4, 7, 8].map(at),
            [Some(Time(10)), Some(Time(10)), Some(Time(20)), Some(Time(20)), None]
        );
        assert_eq!(since(&kv, &NodeId([3; 32]), &log, 1).unwrap(), None);
    }

    #[test]
    fn a_holder_that_lost_something_has_the_rest_since_before_and_the_lost_anew() {
        let mut steps = Steps::default();
        for (height, at) in [(3, 10), (7, 20), (5, 30), (7, 40)] {
            steps.note(height, Time(at));
        }
        assert_eq!([3, 5, 6, 7].map(|h| steps.since(h)), [10, 20, 40, 40].map(|at| Some(Time(at))));
    }

    #[test]
    fn a_year_of_steps_is_thinned_to_times_that_are_never_early_and_a_little_late() {
        let mut steps = Steps::default();
        let step = 10 * MINUTE;
        let year = 365 * DAY / step;
        for height in 1..=year {
            steps.note(height, Time(height * step));
        }
        assert!(steps.0.len() <= STEPS_MAX && minicbor::to_vec(&steps).unwrap().len() < 1_024);
        let now = year * step;
        for height in 1..=year {
            let (truth, told) = (height * step, steps.since(height).unwrap().0);
            assert!(told >= truth, "{height} is told too early");
            let (late, age) = (told - truth, now - truth);
            assert!(late <= age / 2 + step, "{height}, {age} ms old, is told {late} ms late");
        }
    }
}
