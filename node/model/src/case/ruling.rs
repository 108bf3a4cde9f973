//! Which counted events were set aside by which, while a walk over the events begins again each time that one is.
//!
//! A ruling stands as long as what made it counts, and so does whom it was made for: what the rules do not allow takes
//! nothing from anybody. Knows no event but by its place in the order, and no rule.

use std::collections::BTreeMap;

/// How often something may be set aside in one walk. People settle a handful; a document that claims more is hostile.
const RULINGS_MAX: usize = 64;

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
    /// How often any were.
    times: usize,
    /// Events that were to set others aside and do not count, with the reason and how many rulings were there then.
    failed: Vec<(usize, usize, D)>,
    /// Those that stand, by their losers.
    standing: BTreeMap<usize, Ruling>,
    /// Events that must count, each with the first of the rulings that stand and need it to.
    needed: BTreeMap<usize, usize>,
}

impl<D> Rulings<D> {
    pub fn none() -> Rulings<D> {
        Rulings {
            made: Vec::new(),
            times: 0,
            failed: Vec::new(),
            standing: BTreeMap::new(),
            needed: BTreeMap::new(),
        }
    }

    /// The ruling by which the event gives way.
    pub fn against(&self, place: usize) -> Option<Ruling> {
        self.standing.get(&place).copied()
    }

    /// Whether the event set another aside.
    pub fn has_ruled(&self, place: usize) -> bool {
        self.needed.get(&place).is_some_and(|at| self.made[*at].by == place)
    }

    /// Why the event does not count, if it was to set another aside and could not.
    pub fn failed(&self, place: usize) -> Option<&D> {
        self.failed.iter().find(|(of, ..)| *of == place).map(|(.., why)| why)
    }

    /// Whether the event at this place may set another aside.
    pub fn may_rule(&self, place: usize) -> bool {
        self.times < RULINGS_MAX && self.failed(place).is_none()
    }

    /// Takes what one event sets aside.
    pub fn make(&mut self, rulings: impl IntoIterator<Item = Ruling>) {
        self.times += 1;
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

    /// Finds which rulings stand: a settlement brings back the side that it is for, whatever was ruled before.
    fn weigh(&mut self) {
        self.standing.clear();
        for ruling in &self.made {
            if let Some(side) = ruling.side {
                self.standing.remove(&side);
            }
            self.standing.insert(ruling.loser, *ruling);
        }
        self.needed.clear();
        for (at, ruling) in self.made.iter().enumerate() {
            if self.standing.get(&ruling.loser) == Some(ruling) {
                for place in [Some(ruling.by), ruling.side].into_iter().flatten() {
                    self.needed.entry(place).or_insert(at);
                }
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

    #[test]
    fn a_settlement_brings_back_the_side_that_it_is_for_and_falls_with_it() {
        let mut rulings = Rulings::none();
        let settled = Ruling { loser: 2, by: 5, side: Some(1) };
        rulings.make([beaten(1, 2)]);
        rulings.make([settled]);
        assert_eq!((rulings.against(1), rulings.against(2)), (None, Some(settled)));
        assert_eq!((rulings.has_ruled(2), rulings.has_ruled(5)), (false, true));
        assert_eq!((rulings.resting_on(1), rulings.resting_on(2)), (Some(settled), None));
        rulings.take_back(settled, "no");
        assert_eq!((rulings.against(1), rulings.against(2)), (Some(beaten(1, 2)), None));
        assert_eq!((rulings.failed(5), rulings.failed(2)), (Some(&"no"), None));
    }

    #[test]
    fn what_was_found_in_the_light_of_a_ruling_goes_with_it() {
        let mut rulings = Rulings::none();
        rulings.make([beaten(0, 3)]);
        rulings.make([beaten(1, 4)]);
        rulings.take_back(beaten(1, 4), "in its light");
        assert_eq!((rulings.failed(4), rulings.against(0)), (Some(&"in its light"), Some(beaten(0, 3))));
        rulings.take_back(beaten(0, 3), "itself");
        assert_eq!((rulings.failed(4), rulings.failed(3)), (None, Some(&"itself")));
        assert_eq!(rulings.against(0), None);
    }
}
