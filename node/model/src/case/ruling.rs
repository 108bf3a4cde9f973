//! Which counted events were set aside by which, while a walk over the events begins again each time that one is.
//!
//! A ruling stands as long as what made it counts, and so does whom it was made for: what the rules do not allow takes
//! nothing from anybody. Knows no event but by its place in the order, and no rule.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::UnitCode;

/// How often one unit's events may set others aside in one walk. People settle a handful; a document that claims more is
/// hostile, and uses up its own unit's share only.
const RULINGS_MAX: usize = 64;

/// Events times rulings of one unit: a document of thousands of events has few disputes that people can settle.
const WORK_MAX: usize = 20_000;

/// The event at one place gives way to the one at another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ruling {
    pub loser: usize,
    pub by: usize,
    /// The side that a settlement is for; none where the winner stands for itself.
    pub side: Option<usize>,
}

/// The rulings that were found, in the order in which they were, and what was found to make none.
pub struct Rulings<D> {
    made: Vec<Ruling>,
    /// How often events of a unit made any, and how often they may.
    times: BTreeMap<UnitCode, usize>,
    max: usize,
    /// Events that were to set others aside and do not count, with the reason and how many rulings were there then.
    failed: Vec<(usize, usize, D)>,
    /// Those that stand, by their losers.
    standing: BTreeMap<usize, Ruling>,
    /// What made them.
    rulers: BTreeSet<usize>,
    /// For whom settlements that stand were made, with the last such settlement.
    chosen: BTreeMap<usize, usize>,
    /// Events that must count, each with the first of the rulings that stand and need it to.
    needed: BTreeMap<usize, usize>,
}

impl<D> Rulings<D> {
    /// None yet, over so many events.
    pub fn none(events: usize) -> Rulings<D> {
        Rulings {
            made: Vec::new(),
            times: BTreeMap::new(),
            max: (WORK_MAX / events.max(1)).clamp(4, RULINGS_MAX),
            failed: Vec::new(),
            standing: BTreeMap::new(),
            rulers: BTreeSet::new(),
            chosen: BTreeMap::new(),
            needed: BTreeMap::new(),
        }
    }

    /// The ruling by which the event gives way.
    pub fn against(&self, place: usize) -> Option<Ruling> {
        self.standing.get(&place).copied()
    }

    /// Whether the event set another aside.
    pub fn has_ruled(&self, place: usize) -> bool {
        self.rulers.contains(&place)
    }

    /// The settlement that was made for the event.
    pub fn chosen(&self, place: usize) -> Option<usize> {
        self.chosen.get(&place).copied()
    }

    /// Why the event does not count, if it was to set another aside and could not.
    pub fn failed(&self, place: usize) -> Option<&D> {
        self.failed.iter().find(|(of, ..)| *of == place).map(|(.., why)| why)
    }

    /// Whether the event at this place, of this unit, may set another aside.
    pub fn may_rule(&self, place: usize, unit: &UnitCode) -> bool {
        self.times.get(unit).is_none_or(|times| *times < self.max) && self.failed(place).is_none()
    }

    /// Takes what an event of this unit sets aside.
    pub fn make(&mut self, unit: UnitCode, rulings: Vec<Ruling>) {
        *self.times.entry(unit).or_default() += 1;
        if rulings.iter().any(|ruling| ruling.side.is_some()) {
            // Whoever could do nothing as it stood may as it stands now.
            self.failed.clear();
        }
        self.made.extend(rulings);
        self.weigh();
    }

    /// The first ruling that needs the event at this place to count.
    pub fn resting_on(&self, place: usize) -> Option<Ruling> {
        self.needed.get(&place).map(|at| self.made[*at])
    }

    /// Takes a ruling back because what it rests on does not count, with everything that was found in its light. What
    /// made it does not count any more, for this reason.
    pub fn take_back(&mut self, ruling: Ruling, why: D) {
        let at = self.made.iter().position(|made| *made == ruling).unwrap_or(self.made.len());
        self.made.truncate(at);
        self.failed.retain(|(_, then, _)| *then <= at);
        self.failed.push((ruling.by, at, why));
        self.weigh();
    }

    /// Finds which rulings stand. A settlement brings back the side that it is for, whatever was ruled before; who is set
    /// aside sets nobody aside.
    fn weigh(&mut self) {
        self.standing.clear();
        for ruling in &self.made {
            if let Some(side) = ruling.side {
                self.standing.remove(&side);
            }
            self.standing.retain(|_, earlier| earlier.by != ruling.loser);
            self.standing.insert(ruling.loser, *ruling);
        }
        self.rulers.clear();
        self.chosen.clear();
        self.needed.clear();
        for (at, ruling) in self.made.iter().enumerate() {
            if self.standing.get(&ruling.loser) != Some(ruling) {
                continue;
            }
            self.rulers.insert(ruling.by);
            self.needed.entry(ruling.by).or_insert(at);
            // A side that gave way to something else since has what it was settled against down with it.
            if let Some(side) = ruling.side.filter(|side| !self.standing.contains_key(side)) {
                self.chosen.insert(side, ruling.by);
                self.needed.entry(side).or_insert(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beaten(loser: usize, by: usize) -> Ruling {
        Ruling { loser, by, side: None }
    }

    fn unit() -> UnitCode {
        UnitCode::parse("640202").unwrap()
    }

    #[test]
    fn a_settlement_brings_back_the_side_that_it_is_for_and_falls_with_it() {
        let mut rulings = Rulings::none(9);
        let settled = Ruling { loser: 2, by: 5, side: Some(1) };
        rulings.make(unit(), vec![beaten(1, 2)]);
        rulings.make(unit(), vec![settled]);
        assert_eq!((rulings.against(1), rulings.against(2)), (None, Some(settled)));
        assert_eq!((rulings.has_ruled(2), rulings.has_ruled(5)), (false, true));
        assert_eq!((rulings.resting_on(1), rulings.resting_on(2)), (Some(settled), None));
        rulings.take_back(settled, "no");
        assert_eq!((rulings.against(1), rulings.against(2)), (Some(beaten(1, 2)), None));
        assert_eq!((rulings.failed(5), rulings.failed(2)), (Some(&"no"), None));
    }

    #[test]
    fn what_was_found_in_the_light_of_a_ruling_goes_with_it() {
        let mut rulings = Rulings::none(9);
        rulings.make(unit(), vec![beaten(0, 3)]);
        rulings.make(unit(), vec![beaten(1, 4)]);
        rulings.take_back(beaten(1, 4), "in its light");
        assert_eq!((rulings.failed(4), rulings.against(0)), (Some(&"in its light"), Some(beaten(0, 3))));
        rulings.take_back(beaten(0, 3), "itself");
        assert_eq!((rulings.failed(4), rulings.failed(3)), (None, Some(&"itself")));
        assert_eq!(rulings.against(0), None);
    }

    #[test]
    fn who_is_set_aside_sets_nobody_aside() {
        let mut rulings: Rulings<()> = Rulings::none(9);
        rulings.make(unit(), vec![beaten(1, 3), beaten(2, 3)]);
        rulings.make(unit(), vec![Ruling { loser: 3, by: 4, side: Some(1) }]);
        assert_eq!((rulings.against(1), rulings.against(2)), (None, None));
        assert_eq!((rulings.has_ruled(3), rulings.resting_on(3)), (false, None));
        assert_eq!(rulings.chosen(1), Some(4));
        // A second settlement against the side of the first needs nothing of it any more.
        rulings.make(unit(), vec![Ruling { loser: 1, by: 5, side: Some(2) }]);
        assert_eq!((rulings.resting_on(1), rulings.chosen(1), rulings.chosen(2)), (None, None, Some(5)));
        assert!(rulings.against(3).is_some() && rulings.against(1).is_some());
    }

    #[test]
    fn a_unit_uses_up_its_own_share() {
        let mut rulings: Rulings<()> = Rulings::none(10_000);
        let village = UnitCode::parse("640202001001").unwrap();
        for n in 0..4 {
            assert!(rulings.may_rule(n, &village));
            rulings.make(village, vec![beaten(n, 100 + n)]);
        }
        assert!(!rulings.may_rule(9, &village) && rulings.may_rule(9, &unit()));
    }
}
