//! What a command comes to on its way: steps to perform in order, or the reason why it stopped.
//!
//! Knows no command.

use sanji_sync::Effect;
use serde_json::Value;

use super::Output;
use crate::refusal::Refusal;
use crate::store::StoreError;

/// An effect of the hub or an output of the machine, in one order.
pub(super) enum Step {
    Effect(Effect),
    Output(Output),
}

/// Why a command did not do what was asked.
pub(super) enum Stop {
    /// The person is told; nothing was changed.
    Refused(Refusal),
    /// The process ends.
    Failed(StoreError),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Stop {
        Stop::Refused(refusal.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Failed(error)
    }
}

impl From<crate::store::kv::KvError> for Stop {
    fn from(error: crate::store::kv::KvError) -> Stop {
        Stop::Failed(error.into())
    }
}

pub(super) type Done = Result<Value, Stop>;

pub(super) fn flatten(done: Done) -> Result<Result<Value, Refusal>, StoreError> {
    match done {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(error)) => Err(error),
    }
}
