//! The organisation as replication needs it: units with parents, nodes with units, and what follows from them:
//! which scopes a unit holds and who may write into a scope.
//!
//! Knows no names, addresses or certificates; those are in the model's directory.

use std::collections::BTreeMap;

use crate::ids::{Epoch, LogId, NodeId, Scope, UnitCode};
use crate::log::Signature;

/// How one unit stands to another in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    Same,
    /// The first is above the second.
    Ancestor,
    /// The first is below the second.
    Descendant,
    /// Neither is above the other.
    Apart,
}

/// A node's place and the end of its right to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seat {
    pub unit: UnitCode,
    /// Set when revoked: for each of its logs the last height that still counts; logs not named end at 0.
    pub revoked: Option<BTreeMap<(Scope, Epoch), u64>>,
}

/// Units and nodes, and the rules of ARCHITECTURE §4 over them.
///
/// A unit's parent never changes (decision 0003): authority over old entries would change with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
    root: NodeId,
    parents: BTreeMap<UnitCode, Option<UnitCode>>,
    seats: BTreeMap<NodeId, Seat>,
    /// Of logs of revoked nodes: the writer's signature where the log ends.
    proofs: BTreeMap<(LogId, u64), Signature>,
}

impl Tree {
    /// A tree that knows only whose word the directory is.
    pub fn new(root: NodeId) -> Tree {
        Tree { root, parents: BTreeMap::new(), seats: BTreeMap::new(), proofs: BTreeMap::new() }
    }

    /// The node that alone writes the directory.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Adds a unit below `parent`. A unit that is already there keeps its place.
    pub fn add_unit(&mut self, unit: UnitCode, parent: Option<UnitCode>) {
        self.parents.entry(unit).or_insert(parent);
    }

    /// Gives a node its seat.
    pub fn add_node(&mut self, node: NodeId, seat: Seat) {
        self.seats.insert(node, seat);
    }

    /// The seat of `node`, if the directory names it.
    pub fn seat(&self, node: &NodeId) -> Option<&Seat> {
        self.seats.get(node)
    }

    pub fn unit_of(&self, node: &NodeId) -> Option<UnitCode> {
        self.seats.get(node).map(|seat| seat.unit)
    }

    pub fn knows(&self, unit: &UnitCode) -> bool {
        self.parents.contains_key(unit)
    }

    pub fn parent(&self, unit: &UnitCode) -> Option<UnitCode> {
        self.parents.get(unit).copied().flatten()
    }

    pub fn units(&self) -> impl Iterator<Item = UnitCode> + '_ {
        self.parents.keys().copied()
    }

    pub fn nodes(&self) -> impl Iterator<Item = (&NodeId, &Seat)> {
        self.seats.iter()
    }

    /// The units above `unit`, nearest first. Ends at a cycle rather than running round it.
    pub fn ancestors(&self, unit: UnitCode) -> impl Iterator<Item = UnitCode> + '_ {
        let mut next = self.parent(&unit);
        let mut left = self.parents.len();
        std::iter::from_fn(move || {
            let here = next?;
            left = left.checked_sub(1)?;
            next = self.parent(&here);
            Some(here)
        })
    }

    pub fn relation(&self, a: UnitCode, b: UnitCode) -> Relation {
        if a == b {
            Relation::Same
        } else if self.ancestors(b).any(|up| up == a) {
            Relation::Ancestor
        } else if self.ancestors(a).any(|up| up == b) {
            Relation::Descendant
        } else {
            Relation::Apart
        }
    }

    /// Whether the tree gives `scope` to `unit` (who holds it, ARCHITECTURE §4).
    pub fn holds(&self, unit: UnitCode, scope: &Scope) -> bool {
        let Some(owner) = scope.unit() else { return true };
        if !self.knows(&owner) || !self.knows(&unit) {
            return false;
        }
        match (scope, self.relation(unit, owner)) {
            (_, Relation::Same | Relation::Ancestor) => true,
            (Scope::Guides(_) | Scope::Notices(_), Relation::Descendant) => true,
            (
                Scope::Directory
                | Scope::Guides(_)
                | Scope::Notices(_)
                | Scope::Cases(_)
                | Scope::Drafts(_)
                | Scope::Staff(_),
                Relation::Descendant | Relation::Apart,
            ) => false,
        }
    }

    /// Every scope that the tree gives to `unit`.
    pub fn scopes(&self, unit: UnitCode) -> Vec<Scope> {
        let mut scopes = vec![Scope::Directory];
        for owner in self.units() {
            scopes.extend(Scope::all_of(owner).into_iter().filter(|scope| self.holds(unit, scope)));
        }
        scopes.sort();
        scopes
    }

    /// The scopes that both units hold: what a session between them is about.
    pub fn shared(&self, a: UnitCode, b: UnitCode) -> Vec<Scope> {
        let mut scopes = self.scopes(a);
        scopes.retain(|scope| self.holds(b, scope));
        scopes
    }

    /// The last height that counts of a revoked writer's log; none if its writer is not revoked.
    pub fn cut_of(&self, log: &LogId) -> Option<u64> {
        let cuts = self.seats.get(&log.node)?.revoked.as_ref()?;
        Some(cuts.get(&(log.scope, log.epoch)).copied().unwrap_or(0))
    }

    /// Notes the writer's signature where a revoked node's log ends. An entry is signed only where a batch ended, so
    /// whoever cuts the log there may not have it, and could not pass on what is left.
    pub fn add_proof(&mut self, log: LogId, height: u64, signature: Signature) {
        self.proofs.insert((log, height), signature);
    }

    /// The writer's signature at this height, if the directory has it.
    pub fn proof(&self, log: &LogId, height: u64) -> Option<Signature> {
        self.proofs.get(&(*log, height)).copied()
    }

    /// Whether the log's writer may write the entry at `height` into its scope.
    ///
    /// `None` when this tree does not know the writer (yet): the directory may still be on its way.
    pub fn may_write(&self, log: &LogId, height: u64) -> Option<bool> {
        let Some(owner) = log.scope.unit() else { return Some(log.node == self.root) };
        let seat = self.seats.get(&log.node)?;
        if !self.knows(&owner) {
            return None;
        }
        if self.cut_of(log).is_some_and(|cut| height > cut) {
            return Some(false);
        }
        Some(matches!(self.relation(seat.unit, owner), Relation::Same | Relation::Ancestor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).unwrap()
    }

    fn county() -> Tree {
        let mut tree = Tree::new(NodeId([0; 32]));
        tree.add_unit(unit("640202"), None);
        for (town, villages) in [("640202001", 2), ("640202002", 1)] {
            tree.add_unit(unit(town), Some(unit("640202")));
            for n in 1..=villages {
                tree.add_unit(unit(&format!("{town}00{n}")), Some(unit(town)));
            }
        }
        for (n, code) in ["640202", "640202001", "640202001001", "640202001002"].iter().enumerate() {
            tree.add_node(NodeId([n as u8; 32]), Seat { unit: unit(code), revoked: None });
        }
        tree
    }

    #[test]
    fn guides_go_down_and_cases_go_up() {
        let tree = county();
        let (county, town, village) = (unit("640202"), unit("640202001"), unit("640202001001"));
        let sibling = unit("640202001002");
        assert!(tree.holds(village, &Scope::Guides(county)));
        assert!(tree.holds(county, &Scope::Cases(village)));
        assert!(tree.holds(town, &Scope::Cases(village)));
        assert!(!tree.holds(village, &Scope::Cases(county)));
        assert!(!tree.holds(village, &Scope::Cases(town)));
        assert!(!tree.holds(sibling, &Scope::Cases(village)));
        assert!(!tree.holds(village, &Scope::Drafts(county)));
        assert!(tree.holds(town, &Scope::Drafts(village)));
        assert!(tree.holds(sibling, &Scope::Directory));
    }

    #[test]
    fn only_a_unit_and_those_above_it_may_write_there() {
        let tree = county();
        let log = |n: u8, scope| LogId { node: NodeId([n; 32]), epoch: Epoch(1), scope };
        let (county, town, village) = (unit("640202"), unit("640202001"), unit("640202001001"));
        assert_eq!(tree.may_write(&log(2, Scope::Cases(village)), 1), Some(true));
        assert_eq!(tree.may_write(&log(1, Scope::Cases(village)), 1), Some(true));
        assert_eq!(tree.may_write(&log(0, Scope::Cases(village)), 1), Some(true));
        assert_eq!(tree.may_write(&log(3, Scope::Cases(village)), 1), Some(false));
        assert_eq!(tree.may_write(&log(2, Scope::Guides(county)), 1), Some(false));
        assert_eq!(tree.may_write(&log(2, Scope::Cases(town)), 1), Some(false));
        assert_eq!(tree.may_write(&log(9, Scope::Cases(village)), 1), None);
        assert_eq!(tree.may_write(&log(0, Scope::Directory), 1), Some(true));
        assert_eq!(tree.may_write(&log(1, Scope::Directory), 1), Some(false));
    }

    #[test]
    fn a_revoked_node_writes_up_to_its_cut_and_no_further() {
        let mut tree = county();
        let village = unit("640202001001");
        let cut = BTreeMap::from([((Scope::Cases(village), Epoch(1)), 5)]);
        tree.add_node(NodeId([2; 32]), Seat { unit: village, revoked: Some(cut) });
        let log = |epoch| LogId { node: NodeId([2; 32]), epoch: Epoch(epoch), scope: Scope::Cases(village) };
        assert_eq!(tree.may_write(&log(1), 5), Some(true));
        assert_eq!(tree.may_write(&log(1), 6), Some(false));
        assert_eq!(tree.may_write(&log(2), 1), Some(false));
    }
}
