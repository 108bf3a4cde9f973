//! A small package of a signed case, every byte of which is changed once.

use automerge::AutoCommit;
use ed25519_dalek::SigningKey;
use jiff::civil::Date;
use sanji_model::calendar::{Almanac, Calendar};
use sanji_model::case::package::{ATTACHMENTS, CASE, EVENTS};
use sanji_model::case::{Action, By, Case, Event, GuidePin, NewCase, PaperKind, Role, Terms};
use sanji_model::identity::IdKind;
use sanji_model::number::CaseNumber;
use sanji_sync::log::{genesis, next_link};
use sanji_sync::{DocId, Entry, Epoch, LogId, Scope, Time, UnitCode, Witness, Writer};
use serde_json::json;

use super::signed::{NODES, SIGNED};
use super::*;
use crate::paper::{Block, Label, Paper, Sheet};

fn almanac() -> Almanac {
    Almanac::new(Calendar::built_in(), Date::constant(2026, 2, 11))
}

/// A case of two changes of one writer, between which the log has another document's; the last one alone is signed.
fn signed_case() -> (Case, Vec<Witness>) {
    let unit = UnitCode::parse("640202001").unwrap();
    let writer = Writer::new(SigningKey::from_bytes(&[7; 32]), Epoch(1));
    let by = By { unit, node: writer.node().short(), user: None, instead_of: None, role: Role::Agent };
    let new = NewCase {
        id: DocId([5; 16]),
        number: CaseNumber::new(unit, Date::constant(2026, 2, 10), 1, 1).unwrap(),
        unit,
        holder: unit,
        parent: None,
        origin: None,
        guide: GuidePin {
            document: DocId([6; 16]),
            code: "X1".into(),
            name: "模拟事项".into(),
            version: 1,
            case_type: sanji_model::case::CaseType::Promised,
            materials_needed: true,
            terms: Terms::default(),
        },
        applicant: "王小明".into(),
        id_kind: IdKind::Ric,
        id_number: "11010519491231002X".into(),
        fields: Default::default(),
        by: by.clone(),
        event: "e0".parse().unwrap(),
        at: Time(1_770_700_000_000),
    };
    let receive = Event {
        id: "e1".parse().unwrap(),
        at: Time(1_770_700_100_000),
        action: Action::RECEIVE,
        by,
        seen: vec!["e0".parse().unwrap()],
        fields: [("materials".to_owned(), "身份证|paper|1+1".to_owned())].into(),
    };
    let mut doc = AutoCommit::new().with_actor(writer.actor().as_slice().into());
    Case::create(&mut doc, &new).unwrap();
    doc.commit();
    let first = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
    Case::append(&mut doc, &receive).unwrap();
    doc.commit();
    let second = doc.get_last_local_change().unwrap().raw_bytes().to_vec();

    let log = LogId { scope: Scope::Cases(unit), node: writer.node(), epoch: Epoch(1) };
    let others = b"of another case".to_vec();
    let mut link = genesis(&log);
    let mut entries = Vec::new();
    for (height, (doc, change)) in (1..).zip([(new.id, first), (DocId([9; 16]), others), (new.id, second)]) {
        link = next_link(&link, &doc, &change);
        let signature = (height == 3).then(|| writer.sign(&log, height, &link));
        entries.push(Entry { log, height, doc, change: change.into(), link, signature });
    }
    let witness = |at: usize| {
        let prev = if at == 0 { genesis(&log) } else { entries[at - 1].link };
        Witness::of(prev, entries[at..].iter().cloned()).unwrap()
    };
    (Case::read(&doc, &almanac()).unwrap(), vec![witness(0), witness(2)])
}

fn paper(case: &Case) -> Made {
    let paper = Paper {
        event: "e1".parse().unwrap(),
        kind: PaperKind::Receipt,
        number: format!("{}-02-1", case.number),
        title: Label::new("收件凭证", "receipt"),
        unit: "长胜街道".into(),
        made_on: Date::constant(2026, 2, 10),
        case: case.number,
        addressee: None,
        blocks: vec![Block::Text("今收到王小明的材料".into())],
        signatures: Vec::new(),
        remarks: Vec::new(),
    };
    let sheet = Sheet { paper, printing: None, archived: true };
    Made { sheet, as_printed: None, prints: json!([]) }
}

fn files() -> Vec<File> {
    let (case, witnesses) = signed_case();
    let mut texts = package::files(&case);
    texts.push(File::text(SIGNED, witnesses.iter().map(signed::line).collect()));
    texts.push(File::json(NODES, &json!([{ "node": witnesses[0].log.node }])));
    let texts: Vec<Text> = texts
        .into_iter()
        .map(|file| Text { name: file.name, text: String::from_utf8(file.bytes).unwrap() })
        .collect();
    contents(&json!({ "files": texts, "papers": [paper(&case)] }), None).unwrap()
}

fn names(files: &[File]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

/// With an index that fits.
fn sealed(mut files: Vec<File>) -> Vec<u8> {
    files.pop();
    files.push(package::index(&files));
    write(&files)
}

#[test]
fn every_changed_byte_is_found_and_every_cut() {
    let bytes = write(&files());
    let checked = check(&bytes).unwrap();
    assert_eq!(checked.files, files());
    for at in 0..bytes.len() {
        // Each byte once, some of them more.
        let flips: &[u8] =
            if at % 16 == 0 || at > bytes.len() - 600 { &[0x01, 0x20, 0x80, 0xff] } else { &[0x01] };
        for flip in flips {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            assert!(check(&changed).is_err(), "byte {at} with {flip:#x}");
        }
        if at % 16 == 0 {
            assert!(check(&bytes[..at]).is_err(), "cut at {at}");
        }
    }
    let longer = [&bytes[..], b"x"].concat();
    assert_eq!(check(&longer), Err(PackageFault::Container(bytes.len())));
}

#[test]
fn it_holds_case_events_signatures_and_papers() {
    let files = files();
    let expected =
        [CASE, EVENTS, ATTACHMENTS, SIGNED, NODES, PAPERS, "papers/01-receipt.html", package::INDEX];
    assert_eq!(names(&files), expected);
    let text = |at: usize| std::str::from_utf8(&files[at].bytes).unwrap();
    assert!(text(6).contains("今收到王小明的材料") && text(6).contains("归档副本"));
    assert_eq!(text(3).lines().count(), 2);
    assert!(!text(3).contains("another case"), "what is of others is a hash only");
}

#[test]
fn a_missing_and_an_added_file_are_named() {
    let good = files();
    let mut fewer = good.clone();
    fewer.remove(1);
    let found = Differences { missing: vec![EVENTS.to_owned()], ..Differences::default() };
    assert_eq!(check(&write(&fewer)), Err(PackageFault::Files(found)));
    let mut more = good.clone();
    more.insert(1, File::text("papers/02-decision.html", "准予".into()));
    let found = Differences { added: vec!["papers/02-decision.html".to_owned()], ..Differences::default() };
    assert_eq!(check(&write(&more)), Err(PackageFault::Files(found)));
    let mut content = good.clone();
    content[1].bytes.push(b' ');
    let found = Differences { changed: vec![EVENTS.to_owned()], ..Differences::default() };
    assert_eq!(check(&write(&content)), Err(PackageFault::Files(found)));
    assert_eq!(check(&write(&good[..4])), Err(PackageFault::NotOne));
    let mut index = good.clone();
    index.last_mut().unwrap().bytes.push(b' ');
    assert_eq!(check(&write(&index)), Err(PackageFault::Index));
}

#[test]
fn who_rewrites_the_index_as_well_is_found_by_the_signatures() {
    let good = files();
    let rewritten = |at: usize, from: &str, to: &str| {
        let mut files = good.clone();
        let text = String::from_utf8(files[at].bytes.clone()).unwrap();
        assert!(text.contains(from), "{from}");
        files[at].bytes = text.replacen(from, to, 1).into_bytes();
        check(&sealed(files))
    };
    let unproven = |why| Err(PackageFault::Unproven(why));
    assert_eq!(rewritten(0, "王小明", "王小红"), unproven(Unproven::Differs(CASE)));
    assert_eq!(rewritten(1, "1770700100000", "1770700100001"), unproven(Unproven::Differs(EVENTS)));
    assert_eq!(rewritten(3, "\"height\":3", "\"height\":4"), unproven(Unproven::Entry(2)));
    // An event that nobody signed, and a signed one that is left out.
    let mut fewer = good.clone();
    let text = String::from_utf8(fewer[1].bytes.clone()).unwrap();
    fewer[1].bytes = text.lines().next().unwrap().as_bytes().to_vec();
    assert_eq!(check(&sealed(fewer)), unproven(Unproven::Differs(EVENTS)));
    let mut none = good.clone();
    none[3].bytes.clear();
    assert_eq!(check(&sealed(none)), unproven(Unproven::NoCase));
}

#[test]
fn a_seal_tells_one_package_from_another() {
    let good = check(&write(&files())).unwrap();
    let mut other = files();
    other[2].bytes = b"[ ]\n".to_vec();
    let other = check(&sealed(other)).unwrap();
    let (wanted, found) = (good.seal.clone(), other.seal.clone());
    assert_eq!(other.expect(&wanted), Err(PackageFault::Seal { wanted: wanted.clone(), found }));
    assert_eq!(good.expect(&wanted[..8].to_uppercase()), Ok(()));
    assert!(other.expect("").is_err());
}
