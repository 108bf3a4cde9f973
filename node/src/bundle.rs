//! A file that takes the place of a line: what another node lacks, on a USB stick (DOMAIN §8, *dark*).
//!
//! Made and read here frame by frame, so that memory is bounded by one frame whatever the file's length. What a frame
//! means is the hub's; who owns the machine is behind [`Carrier`]. The format is in `docs/PROTOCOL.md` §11.

mod error;
mod sealed;

use std::io::{Read, Write};

use sanji_sync::{Frame, Packing, Taken, Time};
use serde_json::{Value, json};

pub use error::{BundleError, Fault};
pub use sealed::{Origin, SealedReader, SealedWriter};

use crate::machine::{Cargo, Carry, Input, Machine, Output};
use crate::trust::Identity;

/// Whoever owns the machine: the running node's loop, or a command that opened the directory for itself.
pub trait Carrier {
    /// Does one step. What it stored is durable when it returns.
    fn carry(&mut self, carry: Carry) -> Result<Cargo, BundleError>;
}

/// A machine that no loop drives, in a directory that no node has open.
pub struct Alone<'a> {
    pub machine: &'a mut Machine,
    pub clock: fn() -> Time,
}

impl Carrier for Alone<'_> {
    fn carry(&mut self, carry: Carry) -> Result<Cargo, BundleError> {
        let outputs = self.machine.turn((self.clock)(), vec![Input::Carry { ticket: 1, carry }]);
        let answer = outputs.map_err(BundleError::Store)?.into_iter().find_map(|output| match output {
            Output::Carried { answer, .. } => Some(answer),
            // No link is up, and nobody else asks.
            Output::Send { .. }
            | Output::Hangup { .. }
            | Output::Answer { .. }
            | Output::Joined { .. }
            | Output::Pause
            | Output::Resume
            | Output::DialNow => None,
        });
        Ok(answer.ok_or(BundleError::Stopping)??)
    }
}

/// Begins a file; nothing is written yet.
pub fn begin(
    carrier: &mut impl Carrier,
    unit: String,
    node: Option<String>,
    everything: bool,
) -> Result<Box<Packing>, BundleError> {
    packing(carrier.carry(Carry::Pack { unit, node, everything })?).map(|(packing, _)| packing)
}

/// Writes the file that was begun.
pub fn write(
    carrier: &mut impl Carrier,
    identity: &Identity,
    mut packing: Box<Packing>,
    now: Time,
    out: impl Write,
) -> Result<(), BundleError> {
    let mut sealed = SealedWriter::begin(out, identity, (packing.node(), packing.unit()), now)?;
    loop {
        let frame;
        (packing, frame) = self::packing(carrier.carry(Carry::Next(packing))?)?;
        match frame {
            Some(frame) => sealed.frame(&frame.encode())?,
            None => return sealed.end(),
        }
    }
}

/// Takes a file in, each frame durably before the next. What stands before a fault stays taken, since it proved
/// itself; taking a file again changes nothing.
pub fn read(
    carrier: &mut impl Carrier,
    identity: &Identity,
    input: impl Read,
) -> Result<Arrived, BundleError> {
    let mut taken = Taken::default();
    let (origin, mut sealed) = SealedReader::open(input, identity).map_err(|f| f.after(taken))?;
    let mut carried = match carrier.carry(Carry::Open { node: origin.node, unit: origin.unit })? {
        Cargo::Carried(carried, _) => carried,
        Cargo::Packing(..) => return Err(BundleError::Stopping),
    };
    while let Some(bytes) = sealed.next_frame().map_err(|fault| fault.after(taken))? {
        let frame = Frame::open(&bytes).map_err(|bad| BundleError::Sender(bad.hangup(), taken))?;
        match carrier.carry(Carry::Take(carried, Box::new(frame))) {
            Ok(Cargo::Carried(next, more)) => {
                carried = next;
                taken.add(more);
            }
            Ok(Cargo::Packing(..)) => return Err(BundleError::Stopping),
            Err(BundleError::Sender(why, _)) => return Err(BundleError::Sender(why, taken)),
            Err(error) => return Err(error),
        }
    }
    Ok(Arrived { origin, taken })
}

/// What came of a file that was taken to its end.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub origin: Origin,
    pub taken: Taken,
}

impl Arrived {
    /// As the command line prints it.
    pub fn to_json(&self) -> Value {
        let Taken { entries, new, left_out } = self.taken;
        json!({
            "entries": entries, "new": new, "left_out": left_out,
            "unit": self.origin.unit, "node": self.origin.node, "written": self.origin.written,
        })
    }
}

fn packing(cargo: Cargo) -> Result<(Box<Packing>, Option<Frame>), BundleError> {
    match cargo {
        Cargo::Packing(packing, frame) => Ok((packing, frame)),
        // A carrier answers what it was asked.
        Cargo::Carried(..) => Err(BundleError::Stopping),
    }
}
