//! Writes anew what only a past that gave way carried: by meaning, into the document as the others have it.
//!
//! Works on any document of this program, all of which are maps and scalars: where the past differs from what is left of
//! it, the difference is written. Knows no log; whoever calls it says what is left by isolating the document at it.

use std::collections::BTreeSet;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use crate::document::map;

/// What to do where both have something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Onto {
    /// The document stands where the past parted: the past's values and deletions are written.
    Parting,
    /// The document has come about anew, for instance because another machine wrote it: only what is missing is written.
    Present,
}

/// Brings into `doc` what `past` says and `doc` does not.
pub fn write_anew(
    past: &impl ReadDoc,
    doc: &mut impl Transactable,
    onto: Onto,
) -> Result<(), AutomergeError> {
    write_map(past, &ROOT, doc, &ROOT, onto)
}

fn write_map(
    past: &impl ReadDoc,
    theirs: &ObjId,
    doc: &mut impl Transactable,
    ours: &ObjId,
    onto: Onto,
) -> Result<(), AutomergeError> {
    let keys: BTreeSet<String> = past.keys(theirs).collect();
    if onto == Onto::Parting {
        let gone: Vec<String> = doc.keys(ours).filter(|key| !keys.contains(key)).collect();
        for key in gone {
            doc.delete(ours, key.as_str())?;
        }
    }
    for key in &keys {
        match past.get(theirs, key.as_str())? {
            Some((Value::Object(ObjType::Map), inner)) => {
                let (obj, onto) = match map(doc, ours, key) {
                    Some(obj) => (obj, onto),
                    None => (doc.put_object(ours, key.as_str(), ObjType::Map)?, Onto::Present),
                };
                write_map(past, &inner, doc, &obj, onto)?;
            }
            Some(_) => write_scalar(past, theirs, doc, ours, key, onto)?,
            None => {}
        }
    }
    Ok(())
}

/// Of several values that were written at once every one counts; the one that is shown is written last.
fn write_scalar(
    past: &impl ReadDoc,
    theirs: &ObjId,
    doc: &mut impl Transactable,
    ours: &ObjId,
    key: &str,
    onto: Onto,
) -> Result<(), AutomergeError> {
    let here = scalars(doc, ours, key)?;
    if onto == Onto::Present && !here.is_empty() {
        return Ok(());
    }
    let missing = scalars(past, theirs, key)?.into_iter().rfind(|value| !here.contains(value));
    match missing {
        Some(value) => doc.put(ours, key, value),
        None => Ok(()),
    }
}

/// All scalar values of a key, the shown one last.
fn scalars(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Result<Vec<ScalarValue>, AutomergeError> {
    let values = doc.get_all(obj, key)?;
    Ok(values.into_iter().filter_map(|(value, _)| value.into_scalar().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::AutoCommit;

    fn base() -> AutoCommit {
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "kind", "case").unwrap();
        let fields = doc.put_object(ROOT, "fields", ObjType::Map).unwrap();
        doc.put(&fields, "phone", "1").unwrap();
        doc.put(&fields, "fax", "9").unwrap();
        doc.commit();
        doc
    }

    fn text(doc: &AutoCommit, key: &str) -> Vec<String> {
        let fields = map(doc, &ROOT, "fields").unwrap();
        let values = scalars(doc, &fields, key).unwrap();
        let mut texts: Vec<String> = values.into_iter().filter_map(|v| v.into_string().ok()).collect();
        texts.sort();
        texts
    }

    #[test]
    fn what_only_the_past_says_comes_beside_what_others_wrote_since() {
        let mut doc = base();
        let parting = doc.get_heads();
        let mut past = doc.fork();
        let fields = map(&past, &ROOT, "fields").unwrap();
        past.put(&fields, "phone", "2").unwrap();
        past.put(&fields, "new", "x").unwrap();
        past.delete(&fields, "fax").unwrap();
        past.commit();
        doc.put(&fields, "phone", "3").unwrap();
        doc.put(&fields, "other", "y").unwrap();
        doc.commit();

        doc.isolate(&parting);
        write_anew(&past, &mut doc, Onto::Parting).unwrap();
        doc.commit();
        doc.integrate();
        assert_eq!(text(&doc, "phone"), ["2", "3"], "both are kept");
        assert_eq!((text(&doc, "new"), text(&doc, "other")), (vec!["x".to_owned()], vec!["y".to_owned()]));
        assert!(text(&doc, "fax").is_empty());
        assert!(AutoCommit::load(&doc.save()).is_ok());
    }

    #[test]
    fn a_document_that_is_gone_is_made_again_and_again_for_nothing() {
        let past = base();
        let mut doc = AutoCommit::new();
        write_anew(&past, &mut doc, Onto::Present).unwrap();
        doc.commit();
        assert_eq!(text(&doc, "phone"), ["1"]);
        let heads = doc.get_heads();
        write_anew(&past, &mut doc, Onto::Present).unwrap();
        doc.commit();
        assert_eq!(doc.get_heads(), heads);
    }
}
