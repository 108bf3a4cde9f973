//! Elements of a draft that were edited in several places at once: every value, who wrote it and when.
//!
//! Knows what a change and an act say of their writer, not who that is.

use automerge::{AutoCommit, ObjId, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, Time, UnitCode};

use super::document::is_guides;
use super::life::{Act, acts};
use crate::case::By;
use crate::document::as_text;

/// One key with the values that stand against each other, the one that is shown first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    pub key: String,
    pub sides: Vec<Side>,
}

/// One of the values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    pub text: String,
    /// Proved by the log that carried it; none if the writer is not in the directory here.
    pub unit: Option<UnitCode>,
    /// As its act says, where it was an act of a person.
    pub by: Option<By>,
    /// By the clock of the node that wrote it.
    pub at: Option<Time>,
}

/// All conflicts of a draft, by key. The same text written twice is none.
pub fn conflicting(doc: &AutoCommit, unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>) -> Vec<Conflict> {
    let acts = acts(doc, &unit_of);
    let conflict = |key: String| {
        let values = doc.get_all(ROOT, key.as_str()).ok().filter(|values| values.len() > 1)?;
        let shown = as_text(&doc.get(ROOT, key.as_str()).ok()??.0)?;
        let mut sides: Vec<Side> = values
            .iter()
            .filter_map(|(value, written)| Some(side(doc, as_text(value)?, written, &acts, &unit_of)))
            .collect();
        sides.sort_by(|a, b| ((a.text != shown), &a.text, a.at).cmp(&((b.text != shown), &b.text, b.at)));
        sides.dedup_by(|a, b| a.text == b.text);
        (sides.len() > 1).then_some(Conflict { key, sides })
    };
    doc.keys(ROOT).filter(|key| is_guides(key)).filter_map(conflict).collect()
}

/// When and by whom what stands under a key was written.
pub fn written(
    doc: &AutoCommit,
    key: &str,
    unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
) -> Option<Side> {
    let (value, written) = doc.get(ROOT, key).ok()??;
    Some(side(doc, as_text(&value)?, &written, &acts(doc, &unit_of), &unit_of))
}

fn side(
    doc: &AutoCommit,
    text: String,
    written: &ObjId,
    acts: &[(Act, ObjId)],
    unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
) -> Side {
    let hash = doc.hash_for_opid(written);
    let change = hash.and_then(|hash| doc.get_change_by_hash(&hash));
    let act = acts.iter().find(|(_, of)| hash.is_some() && doc.hash_for_opid(of) == hash);
    let actor = match written {
        ObjId::Id(_, actor, _) => actor.to_bytes().try_into().ok(),
        ObjId::Root => None,
    };
    let at = change.and_then(|change| u64::try_from(change.timestamp()).ok());
    Side {
        text,
        unit: actor.and_then(|actor| unit_of(&actor)),
        by: act.map(|(act, _)| act.by.clone()),
        at: act.map(|(act, _)| act.at).or(at.map(|seconds| Time(seconds.saturating_mul(1_000)))),
    }
}
