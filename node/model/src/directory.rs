//! The directory: one automerge document with units, nodes, calendars and users, written by the root node alone and held
//! by everybody (ARCHITECTURE §4).
//!
//! Knows no certificate beyond its fingerprint and no connection; gives replication its tree.

mod users;

use std::collections::BTreeMap;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc};
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use sanji_sync::tree::Seat;
use sanji_sync::{DocId, Epoch, LogId, NodeId, Scope, Signature, Time, Tree, UnitCode};
use serde::{Deserialize, Serialize};

pub use users::put_user;

use crate::calendar::Calendar;
use crate::case::sampling::Seed;
use crate::document::{int, map, text};
use crate::organisation::{Organisation, Unit};
use crate::parameters::{Parameters, Versions};
use crate::problem::Problem;
use crate::user::{User, UserId};

/// The one directory document.
pub const DOCUMENT: DocId = DocId(*b"sanji/directory\0");

/// What the root of the directory says under `kind`.
pub const KIND: &str = "directory";

/// The directory as read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Directory {
    pub organisation: Organisation,
    pub nodes: BTreeMap<NodeId, NodeEntry>,
    /// Rows as [`Calendar::read_csv`] reads them, by year.
    pub calendars: BTreeMap<i16, String>,
    /// Rows as [`Parameters::read_csv`] reads them, by the day from which they hold.
    pub parameters: BTreeMap<Date, String>,
    /// What the inspected items of a year are drawn from.
    pub seeds: BTreeMap<i16, Seed>,
    /// Who may act where, and as what.
    pub users: BTreeMap<UserId, User>,
    /// Records that could not be read; the rest is used without them.
    pub skipped: Vec<Skipped>,
}

/// One node's place in the directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeEntry {
    pub unit: UnitCode,
    /// When it was enrolled.
    pub since: Time,
    /// Where it can be reached, best first, as `host:port`.
    pub addresses: Vec<String>,
    /// Fingerprint or serial of its certificate, as text.
    pub certificate: String,
    /// Set when revoked: the last height that counts in each log it had; logs not named end at 0.
    pub revoked: Option<Vec<Cut>>,
}

/// How far one log of a revoked node counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Cut {
    pub scope: Scope,
    pub epoch: Epoch,
    pub height: u64,
    /// The writer's signature at that height, 128 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl Cut {
    /// The end of a log: its last height that counts, with the writer's signature there.
    pub fn at(log: &LogId, height: u64, signature: Option<Signature>) -> Cut {
        let proof = signature.map(|signature| HEXLOWER.encode(&signature.0));
        Cut { scope: log.scope, epoch: log.epoch, height, proof }
    }

    fn signature(&self) -> Option<Signature> {
        let bytes = HEXLOWER.decode(self.proof.as_deref()?.as_bytes()).ok()?;
        Some(Signature(bytes.try_into().ok()?))
    }
}

/// A record that is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    pub part: Part,
    pub key: String,
}

/// The maps of the directory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    Units,
    Nodes,
    Calendars,
    Parameters,
    Seeds,
    Users,
}

impl Part {
    fn key(self) -> &'static str {
        match self {
            Part::Units => "units",
            Part::Nodes => "nodes",
            Part::Calendars => "calendars",
            Part::Parameters => "parameters",
            Part::Seeds => "seeds",
            Part::Users => "users",
        }
    }
}

impl Directory {
    /// Reads whatever of the document is well-formed; an empty document is an empty directory.
    pub fn read(doc: &impl ReadDoc) -> Directory {
        let mut directory = Directory::default();
        for part in [Part::Units, Part::Nodes, Part::Calendars, Part::Parameters, Part::Seeds, Part::Users] {
            let Some(obj) = map(doc, &ROOT, part.key()) else { continue };
            for key in doc.keys(&obj) {
                if directory.read_record(doc, part, &obj, &key).is_none() {
                    directory.skipped.push(Skipped { part, key });
                }
            }
        }
        directory
    }

    /// The tree by which replication decides who holds and who may write what. `root` is the node that alone
    /// writes the directory; it is pinned when a node joins and not read from here.
    pub fn tree(&self, root: NodeId) -> Tree {
        let mut tree = Tree::new(root);
        for unit in self.organisation.iter() {
            tree.add_unit(unit.code, unit.parent);
        }
        for (id, node) in &self.nodes {
            let cuts = node.revoked.as_ref();
            for cut in cuts.into_iter().flatten() {
                if let Some(signature) = cut.signature() {
                    let log = LogId { scope: cut.scope, node: *id, epoch: cut.epoch };
                    tree.add_proof(log, cut.height, signature);
                }
            }
            let revoked =
                cuts.map(|cuts| cuts.iter().map(|cut| ((cut.scope, cut.epoch), cut.height)).collect());
            tree.add_node(*id, Seat { unit: node.unit, revoked });
        }
        tree
    }

    /// The built-in calendar with the years of the directory on top, and what was wrong in those.
    pub fn calendar(&self) -> (Calendar, Vec<Problem>) {
        let mut calendar = Calendar::built_in();
        let mut problems = Vec::new();
        for (year, rows) in &self.calendars {
            match Calendar::read_csv(rows, &format!("directory/calendars/{year}")) {
                Ok(years) => calendar.add(&years),
                Err(found) => problems.extend(found),
            }
        }
        (calendar, problems)
    }

    /// The limits that the county set. A version that cannot be read, as one of a newer program, is passed over.
    pub fn parameters(&self) -> Versions {
        let read = |(day, rows): (&Date, &String)| {
            Some((*day, Parameters::read_csv(rows, "directory/parameters").ok()?))
        };
        Versions(self.parameters.iter().filter_map(read).collect())
    }

    fn read_record(&mut self, doc: &impl ReadDoc, part: Part, obj: &ObjId, key: &str) -> Option<()> {
        match part {
            Part::Units => self.organisation.insert(read_unit(doc, &map(doc, obj, key)?, key)?),
            Part::Nodes => {
                self.nodes.insert(key.parse().ok()?, read_node(doc, &map(doc, obj, key)?)?);
            }
            Part::Calendars => {
                self.calendars.insert(key.parse().ok()?, text(doc, obj, key)?);
            }
            Part::Parameters => {
                self.parameters.insert(key.parse().ok()?, text(doc, obj, key)?);
            }
            Part::Seeds => {
                let seed = serde_json::from_str(&text(doc, obj, key)?).ok()?;
                self.seeds.insert(key.parse().ok()?, seed);
            }
            Part::Users => {
                let user = users::read_user(doc, obj, key)?;
                self.users.insert(user.id.clone(), user);
            }
        }
        Some(())
    }
}

/// Writes the units of which something differs, and returns how many those were.
///
/// Parent and tier are written once and never again: authority over old entries hangs on them.
/// Read files with [`Organisation::read_csv`], which refuses such a change with a reason.
pub fn put_units<'a>(
    doc: &mut impl Transactable,
    units: impl IntoIterator<Item = &'a Unit>,
) -> Result<usize, AutomergeError> {
    let all = part(doc, Part::Units)?;
    let mut changed = 0;
    for unit in units {
        let key = unit.code.as_str();
        let (obj, is_new) = record(doc, &all, key)?;
        let mut touched = is_new;
        touched |= put_text(doc, &obj, "name", &unit.name)?;
        touched |= put_text(doc, &obj, "kind", unit.kind.word())?;
        if is_new {
            put_text(doc, &obj, "tier", unit.tier.word())?;
            put_text(doc, &obj, "parent", unit.parent.as_ref().map_or("", UnitCode::as_str))?;
        }
        changed += usize::from(touched);
    }
    Ok(changed)
}

/// Writes what differs of a node, and returns whether anything did (0 or 1).
pub fn put_node(doc: &mut impl Transactable, id: &NodeId, node: &NodeEntry) -> Result<usize, AutomergeError> {
    let all = part(doc, Part::Nodes)?;
    let (obj, is_new) = record(doc, &all, &id.to_string())?;
    let mut touched = is_new;
    touched |= put_text(doc, &obj, "unit", node.unit.as_str())?;
    touched |= put_text(doc, &obj, "addresses", &json(&node.addresses))?;
    touched |= put_text(doc, &obj, "certificate", &node.certificate)?;
    if int(doc, &obj, "since") != Some(node.since.0) {
        doc.put(&obj, "since", node.since.0)?;
        touched = true;
    }
    match &node.revoked {
        Some(cuts) => touched |= put_text(doc, &obj, "revoked", &json(cuts))?,
        None if doc.get(&obj, "revoked")?.is_some() => {
            doc.delete(&obj, "revoked")?;
            touched = true;
        }
        None => {}
    }
    Ok(usize::from(touched))
}

/// Writes a year's rows if they differ, and returns whether they did (0 or 1).
pub fn put_calendar(doc: &mut impl Transactable, year: i16, rows: &str) -> Result<usize, AutomergeError> {
    let all = part(doc, Part::Calendars)?;
    put_text(doc, &all, &year.to_string(), rows).map(usize::from)
}

/// Writes the parameters that hold from a day on if they differ, and returns whether they did (0 or 1).
pub fn put_parameters(
    doc: &mut impl Transactable,
    from: Date,
    parameters: &Parameters,
) -> Result<usize, AutomergeError> {
    let all = part(doc, Part::Parameters)?;
    put_text(doc, &all, &from.to_string(), &parameters.to_csv()).map(usize::from)
}

/// Writes a year's seed if it has none; one that stands is never changed.
pub fn put_seed(doc: &mut impl Transactable, year: i16, seed: &Seed) -> Result<usize, AutomergeError> {
    let all = part(doc, Part::Seeds)?;
    match text(doc, &all, &year.to_string()) {
        Some(_) => Ok(0),
        None => put_text(doc, &all, &year.to_string(), &json(seed)).map(usize::from),
    }
}

fn read_unit(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<Unit> {
    let parent = match text(doc, obj, "parent")?.as_str() {
        "" => None,
        code => Some(UnitCode::parse(code).ok()?),
    };
    Some(Unit {
        code: UnitCode::parse(key).ok()?,
        name: text(doc, obj, "name")?,
        tier: text(doc, obj, "tier")?.parse().ok()?,
        parent,
        kind: text(doc, obj, "kind")?.parse().ok()?,
    })
}

/// A revocation that cannot be read revokes all the same, from the first entry on.
fn read_node(doc: &impl ReadDoc, obj: &ObjId) -> Option<NodeEntry> {
    let revoked = doc.get(obj, "revoked").ok()?.is_some();
    let cuts = || text(doc, obj, "revoked").and_then(|json| serde_json::from_str(&json).ok());
    Some(NodeEntry {
        unit: UnitCode::parse(&text(doc, obj, "unit")?).ok()?,
        since: Time(int(doc, obj, "since")?),
        addresses: serde_json::from_str(&text(doc, obj, "addresses")?).ok()?,
        certificate: text(doc, obj, "certificate")?,
        revoked: revoked.then(|| cuts().unwrap_or_default()),
    })
}

/// One of the maps, made when first needed.
fn part(doc: &mut impl Transactable, part: Part) -> Result<ObjId, AutomergeError> {
    if text(doc, &ROOT, "kind").is_none() {
        doc.put(ROOT, "kind", KIND)?;
    }
    Ok(record(doc, &ROOT, part.key())?.0)
}

/// The map under a key, and whether it had to be made.
fn record(doc: &mut impl Transactable, obj: &ObjId, key: &str) -> Result<(ObjId, bool), AutomergeError> {
    match map(doc, obj, key) {
        Some(found) => Ok((found, false)),
        None => Ok((doc.put_object(obj, key, ObjType::Map)?, true)),
    }
}

fn put_text(
    doc: &mut impl Transactable,
    obj: &ObjId,
    key: &str,
    value: &str,
) -> Result<bool, AutomergeError> {
    if text(doc, obj, key).as_deref() == Some(value) {
        return Ok(false);
    }
    doc.put(obj, key, value)?;
    Ok(true)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("lists of strings and numbers always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisation::NameTemplates;
    use automerge::AutoCommit;

    fn units() -> Vec<Unit> {
        let text = "code,name,tier,parent_code\n640202,大武口区,county,\n640202001,长胜街道,town,640202\n";
        Organisation::read_csv(text, "f", &Organisation::default(), &NameTemplates::default()).unwrap()
    }

    fn node() -> NodeEntry {
        NodeEntry {
            unit: UnitCode::parse("640202001").unwrap(),
            since: Time(1_770_652_800_000),
            addresses: vec!["10.0.0.1:7100".to_owned()],
            certificate: "sha256:ab".to_owned(),
            revoked: None,
        }
    }

    #[test]
    fn what_is_put_is_read_and_put_again_for_nothing() {
        let mut doc = AutoCommit::new();
        let id = NodeId([7; 32]);
        assert_eq!(put_units(&mut doc, &units()).unwrap(), 2);
        assert_eq!(put_node(&mut doc, &id, &node()).unwrap(), 1);
        assert_eq!(put_calendar(&mut doc, 2027, "date,kind\n2027-01-01,holiday\n").unwrap(), 1);
        let from = Date::constant(2027, 1, 1);
        let parameters = Parameters::read_csv("parameter,value\nacceptance,3\n", "f").unwrap();
        assert_eq!(put_parameters(&mut doc, from, &parameters).unwrap(), 1);
        assert_eq!(put_parameters(&mut doc, from, &parameters).unwrap(), 0);
        let seed = Seed::new("双色球 2026137 期", from).unwrap();
        assert_eq!(put_seed(&mut doc, 2027, &seed).unwrap(), 1);
        let heads = doc.get_heads();
        let other = Seed::new("another", from).unwrap();
        assert_eq!(put_seed(&mut doc, 2027, &other).unwrap(), 0, "a seed stands");
        assert_eq!(put_units(&mut doc, &units()).unwrap(), 0);
        assert_eq!(put_node(&mut doc, &id, &node()).unwrap(), 0);
        assert_eq!(put_calendar(&mut doc, 2027, "date,kind\n2027-01-01,holiday\n").unwrap(), 0);
        assert_eq!(doc.get_heads(), heads, "nothing was written");

        let read = Directory::read(&automerge::Automerge::load(&doc.save()).unwrap());
        assert_eq!(read.organisation, Organisation::new(units()));
        assert_eq!(read.nodes, BTreeMap::from([(id, node())]));
        assert_eq!(read.skipped, []);
        assert_eq!(read.parameters().on(from), parameters);
        assert_eq!(read.seeds, BTreeMap::from([(2027, seed)]));
        let (calendar, problems) = read.calendar();
        assert_eq!(problems, []);
        assert!(calendar.years().any(|year| year == 2027));
        assert_eq!(crate::document::kind(&doc).as_deref(), Some(KIND));
    }

    #[test]
    fn a_unit_is_renamed_but_never_moved() {
        let mut doc = AutoCommit::new();
        put_units(&mut doc, &units()).unwrap();
        let mut town = units().remove(1);
        town.name = "长胜".to_owned();
        town.parent = UnitCode::parse("640209").ok();
        assert_eq!(put_units(&mut doc, [&town]).unwrap(), 1);
        let read = Directory::read(&doc);
        let unit = read.organisation.unit(&town.code).unwrap();
        assert_eq!((unit.name.as_str(), unit.parent), ("长胜", UnitCode::parse("640202").ok()));
    }

    #[test]
    fn malformed_records_are_skipped_and_named() {
        let mut doc = AutoCommit::new();
        put_units(&mut doc, &units()).unwrap();
        put_node(&mut doc, &NodeId([7; 32]), &node()).unwrap();
        put_calendar(&mut doc, 2027, "date,kind\nsoon,holiday\n").unwrap();
        let all = map(&doc, &ROOT, "units").unwrap();
        doc.put(&all, "640202002", 7).unwrap();
        let half = doc.put_object(&all, "640202003", ObjType::Map).unwrap();
        doc.put(&half, "name", "x").unwrap();
        let nodes = map(&doc, &ROOT, "nodes").unwrap();
        doc.put_object(&nodes, "not hex", ObjType::Map).unwrap();
        let calendars = map(&doc, &ROOT, "calendars").unwrap();
        doc.put(&calendars, "year", "x").unwrap();

        let read = Directory::read(&doc);
        let skipped: Vec<_> = read.skipped.iter().map(|s| (s.part, s.key.as_str())).collect();
        assert_eq!(
            skipped,
            [
                (Part::Units, "640202002"),
                (Part::Units, "640202003"),
                (Part::Nodes, "not hex"),
                (Part::Calendars, "year")
            ]
        );
        assert_eq!((read.organisation.len(), read.nodes.len()), (2, 1));
        assert_eq!(read.calendar().1[0].code, "CALENDAR_DATE");
        assert_eq!(Directory::read(&AutoCommit::new()), Directory::default());
    }

    #[test]
    fn the_tree_knows_places_and_revocations() {
        let mut doc = AutoCommit::new();
        let (root, id) = (NodeId([1; 32]), NodeId([7; 32]));
        put_units(&mut doc, &units()).unwrap();
        let mut revoked = node();
        let scope = Scope::Cases(revoked.unit);
        revoked.revoked = Some(vec![Cut { scope, epoch: Epoch(1), height: 5, proof: None }]);
        put_node(&mut doc, &id, &revoked).unwrap();
        let tree = Directory::read(&doc).tree(root);
        let log = sanji_sync::LogId { node: id, epoch: Epoch(1), scope };
        assert_eq!((tree.may_write(&log, 5), tree.may_write(&log, 6)), (Some(true), Some(false)));
        assert_eq!(tree.root(), root);

        let nodes = map(&doc, &ROOT, "nodes").unwrap();
        let obj = map(&doc, &nodes, &id.to_string()).unwrap();
        doc.put(&obj, "revoked", "garbage").unwrap();
        assert_eq!(
            Directory::read(&doc).tree(root).may_write(&log, 1),
            Some(false),
            "revoked from the start"
        );
        assert_eq!(put_node(&mut doc, &id, &node()).unwrap(), 1);
        assert_eq!(Directory::read(&doc).tree(root).may_write(&log, 6), Some(true));
    }
}
