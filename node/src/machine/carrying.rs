//! Files for a USB stick, as the machine sees them: frame by frame, each step one input, so that a long file holds nobody
//! up and what is under way belongs to whoever asked for it.
//!
//! Knows no cipher and no file; `bundle` does.

use sanji_sync::{Carried, Effect, Frame, Hangup, NodeId, Opened, Packing, Taken, Time, UnitCode};

use super::cases::unit_code;
use super::{Machine, Step};
use crate::refusal::Refusal;

/// One step of making or taking a file.
#[derive(Debug)]
pub enum Carry {
    /// Begin a file for a unit's node. `node` (the first digits of its id) chooses among several.
    Pack { unit: String, node: Option<String>, everything: bool },
    /// Its next frame.
    Next(Box<Packing>),
    /// Begin to take a file of this node, as its certificate says.
    Open { node: NodeId, unit: UnitCode },
    /// Take its next frame.
    Take(Box<Carried>, Box<Opened>),
}

/// What a step gave, with what is needed for the next.
#[derive(Debug)]
pub enum Cargo {
    /// With the frame that comes next; none when the file is complete, or when it was just begun.
    Packing(Box<Packing>, Option<Frame>),
    Carried(Box<Carried>, Taken),
}

/// Why a step was not done.
#[derive(Debug)]
pub enum NotCarried {
    Refused(Refusal),
    /// For this reason a peer would be hung up.
    HungUp(Hangup),
}

impl From<Refusal> for NotCarried {
    fn from(refusal: Refusal) -> NotCarried {
        NotCarried::Refused(refusal)
    }
}

impl From<Hangup> for NotCarried {
    fn from(why: Hangup) -> NotCarried {
        NotCarried::HungUp(why)
    }
}

impl Machine {
    pub(super) fn carry(
        &mut self,
        now: Time,
        carry: Carry,
        steps: &mut Vec<Step>,
    ) -> Result<Cargo, NotCarried> {
        match carry {
            Carry::Pack { unit, node, everything } => {
                let packing = self.pack(now, &unit, node.as_deref(), everything)?;
                Ok(Cargo::Packing(Box::new(packing), None))
            }
            Carry::Next(mut packing) => {
                let frame = packing.next_frame(&self.store);
                Ok(Cargo::Packing(packing, frame))
            }
            Carry::Open { node, unit } => {
                let carried = self.hub.carried(now, node, unit)?;
                Ok(Cargo::Carried(Box::new(carried), Taken::default()))
            }
            Carry::Take(mut carried, frame) => {
                let mut effects: Vec<Effect> = Vec::new();
                let taken = self.hub.take_carried(&mut carried, *frame, &self.store, &mut effects);
                steps.extend(effects.into_iter().map(Step::Effect));
                Ok(Cargo::Carried(carried, taken?))
            }
        }
    }

    fn pack(
        &self,
        now: Time,
        unit: &str,
        node: Option<&str>,
        everything: bool,
    ) -> Result<Packing, NotCarried> {
        if self.is_revoked() {
            return Err(Refusal::Revoked.into());
        }
        let unit = unit_code(unit)?;
        let tree = self.hub.tree();
        if !tree.knows(&self.hub.unit()) {
            return Err(Refusal::NotPlaced(self.hub.unit()).into());
        }
        self.directory.organisation.require(&unit).map_err(Refusal::from)?;
        let named = |id: &NodeId| node.is_none_or(|digits| id.to_string().starts_with(digits));
        let others = tree.nodes().filter(|(id, seat)| {
            seat.unit == unit && seat.revoked.is_none() && **id != self.hub.node() && named(id)
        });
        let nodes: Vec<NodeId> = others.map(|(id, _)| *id).collect();
        match nodes.as_slice() {
            [] => Err(Refusal::UnitWithoutNode(unit).into()),
            [node] => self.hub.pack(now, *node, unit, everything).map_err(|why| match why {
                Hangup::NotRelated => Refusal::NotRelated(unit).into(),
                other => other.into(),
            }),
            several => Err(Refusal::WhichNode(unit, several.to_vec()).into()),
        }
    }
}
