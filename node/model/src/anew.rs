//! Writes anew what a change said that stands on something which counts no more: by meaning, into the document as the
//! others have it.
//!
//! Works on any document of this program, all of which are maps and scalars. What the change said is the difference
//! between the document before it and after it. Knows no log; whoever calls it says where in the document it belongs, by
//! isolating it there.

use std::collections::BTreeSet;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use crate::document::map;

/// What to do where the document says something else than the change found there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Onto {
    /// The document stands where the change belongs: it is written, beside what others wrote since.
    Parting,
    /// The document has come about anew, for instance because another machine wrote it: that counts.
    Present,
}

/// Whether a change could be written anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anew {
    Written,
    /// Some map that it wrote into is not there. Whoever made it must make it again: two makers would hide each
    /// other's content.
    Lacks,
}

/// Brings into `doc` what a change said, after which the document was `after` and before it `base`.
pub fn write_anew(
    base: &impl ReadDoc,
    after: &impl ReadDoc,
    doc: &mut impl Transactable,
    onto: Onto,
) -> Result<Anew, AutomergeError> {
    write_map((base, Some(&ROOT)), (after, &ROOT), doc, &ROOT, onto)
}

fn write_map<B: ReadDoc, A: ReadDoc>(
    (base, was): (&B, Option<&ObjId>),
    (after, is): (&A, &ObjId),
    doc: &mut impl Transactable,
    ours: &ObjId,
    onto: Onto,
) -> Result<Anew, AutomergeError> {
    let mut anew = Anew::Written;
    let keys: BTreeSet<String> = after.keys(is).collect();
    if let Some(was) = was {
        for key in base.keys(was).filter(|key| !keys.contains(key)) {
            let untouched = scalars(doc, ours, &key)? == scalars(base, was, &key)?;
            if onto == Onto::Parting || untouched {
                delete(doc, ours, &key)?;
            }
        }
    }
    for key in &keys {
        let Some((Value::Object(ObjType::Map), inner)) = after.get(is, key.as_str())? else {
            let before = was.map(|was| scalars(base, was, key)).transpose()?.unwrap_or_default();
            write_scalar(&before, &scalars(after, is, key)?, doc, ours, key, onto)?;
            continue;
        };
        let before = was.and_then(|was| map(base, was, key));
        if !differs((base, before.as_ref()), (after, &inner))? {
            continue;
        }
        let written = match (map(doc, ours, key), &before) {
            (Some(obj), _) => write_map((base, before.as_ref()), (after, &inner), doc, &obj, onto)?,
            (None, None) => {
                let obj = doc.put_object(ours, key.as_str(), ObjType::Map)?;
                write_map((base, None), (after, &inner), doc, &obj, onto)?
            }
            (None, Some(_)) => Anew::Lacks,
        };
        if written == Anew::Lacks {
            anew = written;
        }
    }
    Ok(anew)
}

/// Whether the change did anything in this map; making it counts.
fn differs<B: ReadDoc, A: ReadDoc>(
    (base, was): (&B, Option<&ObjId>),
    (after, is): (&A, &ObjId),
) -> Result<bool, AutomergeError> {
    let Some(was) = was else { return Ok(true) };
    let keys: BTreeSet<String> = after.keys(is).collect();
    if base.keys(was).any(|key| !keys.contains(&key)) {
        return Ok(true);
    }
    for key in &keys {
        let differs = match after.get(is, key.as_str())? {
            Some((Value::Object(ObjType::Map), inner)) => {
                differs((base, map(base, was, key).as_ref()), (after, &inner))?
            }
            _ => scalars(base, was, key)? != scalars(after, is, key)?,
        };
        if differs {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Of several values that were written at once every one counts; the one that is shown is written last.
fn write_scalar(
    before: &[ScalarValue],
    said: &[ScalarValue],
    doc: &mut impl Transactable,
    ours: &ObjId,
    key: &str,
    onto: Onto,
) -> Result<(), AutomergeError> {
    let here = scalars(doc, ours, key)?;
    let others = onto == Onto::Present && !here.is_empty() && here != before;
    if before == said || here == said || others {
        return Ok(());
    }
    let new = said.iter().rfind(|value| !before.contains(value));
    match new.or(said.last()) {
        Some(value) => doc.put(ours, key, value.clone()),
        None => Ok(()),
    }
}

fn delete(doc: &mut impl Transactable, obj: &ObjId, key: &str) -> Result<(), AutomergeError> {
    match doc.get(obj, key)? {
        Some(_) => doc.delete(obj, key),
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
    fn what_a_lost_change_said_comes_beside_what_others_wrote_since() {
        let mut doc = base();
        let parting = doc.get_heads();
        let before = doc.fork();
        let mut after = doc.fork();
        let fields = map(&after, &ROOT, "fields").unwrap();
        after.put(&fields, "phone", "2").unwrap();
        after.put(&fields, "new", "x").unwrap();
        after.delete(&fields, "fax").unwrap();
        after.commit();
        doc.put(&fields, "phone", "3").unwrap();
        doc.put(&fields, "other", "y").unwrap();
        doc.commit();

        doc.isolate(&parting);
        assert_eq!(write_anew(&before, &after, &mut doc, Onto::Parting).unwrap(), Anew::Written);
        doc.commit();
        doc.integrate();
        assert_eq!(text(&doc, "phone"), ["2", "3"], "both are kept");
        assert_eq!((text(&doc, "new"), text(&doc, "other")), (vec!["x".to_owned()], vec!["y".to_owned()]));
        assert!(text(&doc, "fax").is_empty());
        assert!(AutoCommit::load(&doc.save()).is_ok());
    }

    #[test]
    fn only_what_the_change_itself_said_is_written() {
        let mut before = base();
        let fields = map(&before, &ROOT, "fields").unwrap();
        before.put(&fields, "phone", "somebody else's, which is gone").unwrap();
        before.commit();
        let mut after = before.fork();
        after.put(&fields, "fax", "8").unwrap();
        after.commit();
        let mut doc = base();
        write_anew(&before, &after, &mut doc, Onto::Parting).unwrap();
        doc.commit();
        assert_eq!((text(&doc, "phone"), text(&doc, "fax")), (vec!["1".to_owned()], vec!["8".to_owned()]));
    }

    #[test]
    fn a_document_that_is_gone_is_made_again_by_its_maker_and_again_for_nothing() {
        let nothing = AutoCommit::new();
        let mut first = base();
        let mut second = first.fork();
        let fields = map(&second, &ROOT, "fields").unwrap();
        second.put(&fields, "phone", "2").unwrap();
        second.commit();
        let mut doc = AutoCommit::new();
        assert_eq!(write_anew(&first, &second, &mut doc, Onto::Present).unwrap(), Anew::Lacks);
        assert!(doc.commit().is_none(), "nobody but its maker makes a map");
        write_anew(&nothing, &first, &mut doc, Onto::Present).unwrap();
        doc.commit();
        write_anew(&first, &second, &mut doc, Onto::Present).unwrap();
        doc.commit();
        assert_eq!((text(&doc, "phone"), text(&doc, "fax")), (vec!["2".to_owned()], vec!["9".to_owned()]));
        let heads = doc.get_heads();
        write_anew(&nothing, &first, &mut doc, Onto::Present).unwrap();
        write_anew(&first, &second, &mut doc, Onto::Present).unwrap();
        doc.commit();
        assert_eq!(doc.get_heads(), heads);
        assert!(first.commit().is_none());
    }
}
