//! Drafts that are edited in two places, and published versions.

use automerge::AutoCommit;
use automerge::transaction::Transactable;
use automerge::{ROOT, ReadDoc};
use sanji_sync::{DocId, Time, UnitCode};

use super::*;
use crate::document::Kept;

fn draft(guide: &Guide) -> AutoCommit {
    let mut doc = AutoCommit::new();
    guide.write(&mut doc).unwrap();
    doc
}

fn edit(doc: &mut AutoCommit, element: Element, text: &str) -> Written {
    let mut guide = Guide::read(doc).unwrap();
    guide.set_text(element, text).unwrap();
    guide.write(doc).unwrap()
}

fn meta(version: u32, effective_on: Date) -> PublishedMeta {
    PublishedMeta {
        guide: DocId([1; 16]),
        version,
        published_at: Time(1_770_000_000_000),
        published_by: UnitCode::parse("659901").unwrap(),
        effective_on,
        cancels_on: None,
    }
}

fn day(day: i8) -> Date {
    Date::constant(2026, 3, day)
}

#[test]
fn a_draft_reads_back_and_only_what_differs_is_written() {
    for mut guide in demo() {
        guide.remarks.insert("主题分类".to_owned(), "养老".to_owned());
        guide.translations.entry("mn".to_owned()).or_default().insert(Element::Name, "ᠨᠡᠷ".to_owned());
        let mut doc = draft(&guide);
        assert_eq!(Guide::read(&AutoCommit::load(&doc.save()).unwrap()), Ok(guide.clone()));
        let heads = doc.get_heads();
        assert!(guide.write(&mut doc).unwrap().is_empty());
        assert_eq!(doc.get_heads(), heads, "nothing new, no change");

        guide.remarks.clear();
        guide.fees = Content::Missing;
        guide.set_text(Element::Faq, "问：能代办吗？答：能。").unwrap();
        let written = guide.write(&mut doc).unwrap();
        assert_eq!(written.elements, [Element::Fees, Element::Faq]);
        assert_eq!(written.others, ["remark/主题分类"]);
        assert_eq!(Guide::read(&doc), Ok(guide));
    }
}

#[test]
fn edits_of_different_elements_merge_and_of_one_stay_both_visible() {
    let mut here = draft(&demo().remove(0));
    let mut there = here.fork();
    edit(&mut here, Element::Faq, "甲");
    edit(&mut there, Element::Conditions, "乙");
    here.merge(&mut there).unwrap();
    let merged = Guide::read(&here).unwrap();
    assert_eq!((merged.text(Element::Faq), merged.text(Element::Conditions)), (Some("甲"), Some("乙")));
    assert!(conflicts(&here).is_empty());

    there.merge(&mut here).unwrap();
    edit(&mut here, Element::Faq, "丙");
    edit(&mut there, Element::Faq, "丁");
    here.merge(&mut there).unwrap();
    there.merge(&mut here).unwrap();
    assert_eq!(Guide::read(&here), Guide::read(&there));
    let shown = Guide::read(&here).unwrap().text(Element::Faq).unwrap().to_owned();
    let other = if shown == "丙" { "丁" } else { "丙" };
    let both = Kept { shown: shown.clone(), others: vec![other.to_owned()] };
    assert_eq!(conflicts(&here), BTreeMap::from([("faq".to_owned(), both)]));

    // Keeping what is shown is a decision too.
    choose(&mut here, "faq", &shown).unwrap();
    assert!(conflicts(&here).is_empty());

    // Removed here, edited there: neither wins in silence. Removed on both sides they are of one mind.
    there.merge(&mut here).unwrap();
    for (key, there_says, sides) in [("faq", "戊", ["", "戊"]), ("conditions", "", ["", ""])] {
        edit(&mut here, key.parse().unwrap(), "");
        edit(&mut there, key.parse().unwrap(), there_says);
        here.merge(&mut there).unwrap();
        there.merge(&mut here).unwrap();
        assert_eq!(Guide::read(&here), Guide::read(&there));
        let kept = conflicts(&here).remove(key);
        let texts: BTreeSet<String> =
            kept.into_iter().flat_map(|kept| [kept.shown, kept.others.concat()]).collect();
        assert_eq!(texts, sides.iter().filter(|_| !there_says.is_empty()).map(|s| (*s).to_owned()).collect());
    }
    choose(&mut here, "faq", "").unwrap();
    assert!(conflicts(&here).is_empty());
    assert_eq!(Guide::read(&here).unwrap().text(Element::Faq), None);
    assert!(choose(&mut here, "materials", "not json").is_err());
    assert!(choose(&mut here, "kind", "case").is_err());
}

#[test]
fn foreign_documents_are_refused_in_words() {
    let mut doc = AutoCommit::new();
    assert_eq!(Guide::read(&doc), Err(BadDocument::NotAGuide));
    doc.put(ROOT, "kind", "guide-draft").unwrap();
    assert_eq!(Guide::read(&doc), Ok(Guide::default()));
    // Another part of the program may keep its own keys, and a write leaves them alone.
    doc.put(ROOT, "signed_by", "659901").unwrap();
    edit(&mut doc, Element::Name, "失业登记");
    assert!(doc.get(ROOT, "signed_by").unwrap().is_some());
    for (key, text) in
        [("materials", "[{"), ("code", "7"), ("effective_on", "昨天"), ("visits", "-1"), ("tiers", "[9]")]
    {
        let mut bad = doc.fork();
        bad.put(ROOT, key, text).unwrap();
        assert!(Guide::read(&bad).is_err(), "{key}");
    }
    doc.put(ROOT, "faq", 7).unwrap();
    assert_eq!(Guide::read(&doc), Err(BadDocument::Field("faq".to_owned())));
}

#[test]
fn a_published_version_reads_back() {
    let version = Published { meta: meta(4, day(2)), guide: demo().remove(1) };
    let mut doc = AutoCommit::new();
    version.write(&mut doc).unwrap();
    assert_eq!(crate::document::kind(&doc).as_deref(), Some(KIND_PUBLISHED));
    assert_eq!(Published::read(&doc), Ok(version.clone()));
    assert_eq!(Guide::read(&doc), Err(BadDocument::NotAGuide), "a version is no draft");
    let row = GuideRow::published(&version, version.meta.state(std::slice::from_ref(&version), day(2)));
    assert_eq!((row.version, row.state, row.effective_on), (Some(4), GuideState::InForce, Some(day(2))));
    doc.delete(ROOT, "published").unwrap();
    assert!(matches!(Published::read(&doc), Err(BadDocument::Field(_))));
}

#[test]
fn a_version_takes_force_on_its_day_and_ends_with_the_next() {
    let versions = [meta(1, day(1)), meta(2, day(10)), meta(3, day(10)), meta(4, day(20))];
    let version = |today| in_force(&versions, day(today)).map(|version| version.version);
    assert_eq!(in_force(&versions, Date::constant(2026, 2, 28)), None);
    assert_eq!([version(1), version(9), version(10), version(19), version(20)], [1, 1, 3, 3, 4].map(Some));
    let states = |today| versions.clone().map(|version| version.state(&versions, day(today)));
    let (soon, now, over) = (GuideState::Published, GuideState::InForce, GuideState::Superseded);
    assert_eq!(states(9), [now, soon, soon, soon]);
    assert_eq!(states(10), [over, over, now, soon]);

    // A cancelled version is not followed by the one before it.
    let mut versions = versions;
    versions[2].cancels_on = Some(day(15));
    assert_eq!(in_force(&versions, day(14)).map(|version| version.version), Some(3));
    assert_eq!(in_force(&versions, day(15)), None);
    assert_eq!(versions[2].state(&versions, day(15)), over);
    assert_eq!(in_force(&versions, day(20)).map(|version| version.version), Some(4));
}
