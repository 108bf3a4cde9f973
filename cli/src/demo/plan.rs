//! Which units of the file get a node, who is above whom, and who is cut off; and the folder it all lies in.
//!
//! Decided before anything starts, so that a file that is too small is refused at once. Knows no process.

use std::path::{Path, PathBuf};

use sanji_model::organisation::{NameTemplates, Organisation, Tier, Unit};
use sanji_node::refusal::Refusal;
use sanji_sync::{NodeId, Scope, Tree, UnitCode};

use super::trouble::Trouble;
use crate::failure::Failure;
use crate::input::Input;

const OWN_UNITS: &str = include_str!("../../demo/units.csv");

/// A unit with a node.
pub struct Seat {
    pub unit: Unit,
    /// The place of the one above in [`Plan::seats`].
    pub parent: Option<usize>,
    /// The scopes that both hold.
    pub shared: Vec<Scope>,
}

/// The county first, then the towns, then the villages.
pub struct Plan {
    pub seats: Vec<Seat>,
    /// Units in the file, all of which are imported.
    pub units: usize,
    /// The units as a file that `org import` can read.
    pub file: PathBuf,
}

impl Plan {
    pub fn read(
        given: Option<&Path>,
        folder: &Folder,
        towns: usize,
        villages: usize,
    ) -> Result<Plan, Failure> {
        let (input, file) = match given {
            Some(path) => (Input::read(path)?, path.to_owned()),
            None => {
                let own = Input { text: OWN_UNITS.to_owned(), file: "units.csv".to_owned() };
                (own, folder.write("units.csv", OWN_UNITS)?)
            }
        };
        let units = Organisation::read_csv(
            &input.text,
            &input.file,
            &Organisation::default(),
            &NameTemplates::default(),
        )
        .map_err(|problems| {
            Failure::refused(&Refusal::File(problems).to_json()).unwrap_or(Failure::Internal)
        })?;
        let organisation = Organisation::new(units);
        let seats = choose(&organisation, &input.file, towns, villages)?;
        Ok(Plan { seats, units: organisation.len(), file })
    }

    pub fn seats_in_order(&self) -> std::ops::Range<usize> {
        0..self.seats.len()
    }

    pub fn towns(&self) -> impl Iterator<Item = usize> + '_ {
        self.of(Tier::Town)
    }

    pub fn villages(&self) -> impl Iterator<Item = usize> + '_ {
        self.of(Tier::Village)
    }

    /// The village that loses its line: the first one.
    pub fn cut_village(&self) -> usize {
        self.villages().next().unwrap_or(0)
    }

    /// The town that loses its line to the county: the last one.
    pub fn cut_town(&self) -> usize {
        self.towns().last().unwrap_or(0)
    }

    /// Whether what is filed at this village does not reach the county while the lines are cut.
    pub fn is_cut_off(&self, village: usize) -> bool {
        village == self.cut_village() || self.seats[village].parent == Some(self.cut_town())
    }

    /// Whether `seat` is `above` or below it.
    pub fn is_within(&self, seat: usize, above: usize) -> bool {
        seat == above || self.seats[seat].parent.is_some_and(|parent| self.is_within(parent, above))
    }

    fn of(&self, tier: Tier) -> impl Iterator<Item = usize> + '_ {
        self.seats_in_order().filter(move |seat| self.seats[*seat].unit.tier == tier)
    }
}

fn choose(
    organisation: &Organisation,
    file: &str,
    towns: usize,
    villages: usize,
) -> Result<Vec<Seat>, Failure> {
    let Some(county) = organisation.root() else { return Err(Failure::Internal) };
    let below =
        |unit: UnitCode, tier: Tier| organisation.children(unit).filter(move |child| child.tier == tier);
    let fit: Vec<&Unit> = below(county.code, Tier::Town)
        .filter(|town| below(town.code, Tier::Village).count() >= villages)
        .collect();
    if fit.len() < towns {
        let found = fit.len();
        return Err(Trouble::TooFewUnits { file: file.to_owned(), towns, villages, found }.into());
    }
    let mut tree = Tree::new(NodeId([0; 32]));
    organisation.iter().for_each(|unit| tree.add_unit(unit.code, unit.parent));
    let seat = |unit: &Unit, parent: Option<usize>| {
        let shared = unit.parent.map(|above| tree.shared(above, unit.code)).unwrap_or_default();
        Seat { unit: unit.clone(), parent, shared }
    };
    let mut seats = vec![seat(county, None)];
    seats.extend(fit[..towns].iter().map(|town| seat(town, Some(0))));
    for (at, town) in fit[..towns].iter().enumerate() {
        seats.extend(
            below(town.code, Tier::Village).take(villages).map(|village| seat(village, Some(at + 1))),
        );
    }
    Ok(seats)
}

/// Where everything lies: a temporary folder that goes away with this, or one that stays.
pub struct Folder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    pub fn open(keep: Option<&Path>) -> Result<Folder, Failure> {
        let made = match keep {
            Some(path) => std::fs::create_dir_all(path)
                .and_then(|()| path.canonicalize())
                .map(|path| Folder { path, _temporary: None }),
            None => tempfile::Builder::new()
                .prefix("sanji-demo-")
                .tempdir()
                .map(|dir| Folder { path: dir.path().to_owned(), _temporary: Some(dir) }),
        };
        made.map_err(|error| {
            Trouble::Folder(keep.map_or_else(std::env::temp_dir, Path::to_owned), error).into()
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        match std::fs::write(&path, text) {
            Ok(()) => Ok(path),
            Err(error) => Err(Trouble::Folder(path, error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(towns: usize, villages: usize) -> Result<Plan, Failure> {
        Plan::read(None, &Folder::open(None)?, towns, villages)
    }

    #[test]
    fn its_own_county_is_enough_for_the_default() {
        let plan = plan(3, 2).unwrap();
        assert_eq!((plan.seats.len(), plan.towns().count(), plan.villages().count()), (10, 3, 6));
        assert!(
            plan.seats[1..]
                .iter()
                .all(|seat| seat.unit.parent == seat.parent.map(|p| plan.seats[p].unit.code))
        );
        let cut: Vec<usize> = plan.villages().filter(|seat| plan.is_cut_off(*seat)).collect();
        assert_eq!(cut, [4, 8, 9]);
        assert!(plan.is_within(9, 3) && plan.is_within(9, 0) && !plan.is_within(9, 1));
    }

    #[test]
    fn a_file_that_is_too_small_is_refused_with_what_it_has() {
        let Err(Failure::Demo(trouble)) = plan(30, 2) else { panic!("thirty towns were found") };
        assert!(matches!(trouble, Trouble::TooFewUnits { towns: 30, villages: 2, .. }), "{trouble}");
    }

    #[test]
    fn a_temporary_folder_goes_away_and_a_kept_one_stays() {
        let folder = Folder::open(None).unwrap();
        let path = folder.path().to_owned();
        folder.write("a", "b").unwrap();
        drop(folder);
        assert!(!path.exists());
        let scratch = tempfile::tempdir().unwrap();
        drop(Folder::open(Some(&scratch.path().join("kept"))).unwrap());
        assert!(scratch.path().join("kept").is_dir());
    }
}
