//! The accident this prevents: one village's program is changed by somebody, and with entries that are signed and in its
//! own scope it stops its town, or shows its own doings as the county's.

use std::collections::BTreeMap;
use std::convert::Infallible;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT, ReadDoc as _};
use sanji_model::case::{By, Case, CaseType, Event, GuidePin, NewCase, Role, Terms};
use sanji_model::directory::{Cut, NodeEntry};
use sanji_model::identity::IdKind;
use sanji_model::number::CaseNumber;
use sanji_model::organisation::{Tier, Unit, UnitKind};
use sanji_node::command::Command;
use sanji_node::machine::{Input, Machine, Member, Output};
use sanji_node::page::every_row;
use sanji_node::store::documents::Documents;
use sanji_node::store::keys;
use sanji_node::store::kv::{Batch, Kv as _, MemoryKv, chunks};
use sanji_node::store::{Options, Store};
use sanji_node::trust::NodeKey;
use sanji_sync::batch::{Body, Codec};
use sanji_sync::log::{ChangeBytes, genesis, next_link};
use sanji_sync::{ConnId, DocId, Entry, Epoch, Frame, LogId, Opened, Scope, Time, UnitCode, Writer};
use sanji_tests::disk::SimDisk;
use serde_json::Value;

const NOW: Time = Time(1_790_000_000_000);
const CONN: ConnId = ConnId(1);

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

/// The county's machine, which a hostile village is linked to.
struct Victim {
    machine: Machine,
    writer: Writer,
    /// The next height of the village's log and the link before it.
    head: (u64, sanji_sync::Link),
    log: LogId,
    batches: u64,
}

impl Victim {
    fn new() -> Victim {
        let (county, village) = (NodeKey::from_seed([1; 32]), NodeKey::from_seed([2; 32]));
        let kv = MemoryKv::new();
        let mut open = |_| -> Result<Box<dyn sanji_node::store::kv::Kv>, _> { Ok(Box::new(kv.clone())) };
        let (store, _) =
            Store::open(SimDisk::new().files(), &mut open, &Options::default(), &mut |_| {}).unwrap();
        let member = Member {
            key: county.clone(),
            unit: unit("990101"),
            root: county.node(),
            authority: None,
            authority_certificate: Vec::new(),
            root_certificate: Vec::new(),
            seed: [7; 32],
        };
        let mut machine = Machine::open(member, store).unwrap();
        let make = |code: &str, tier, parent: Option<&str>| Unit {
            code: unit(code),
            name: code.into(),
            tier,
            parent: parent.map(unit),
            kind: UnitKind::assumed(tier, parent.is_some()),
        };
        let units = [
            make("990101", Tier::County, None),
            make("990101001", Tier::Town, Some("990101")),
            make("990101001001", Tier::Village, Some("990101001")),
        ];
        let seat = |code: &str| NodeEntry {
            unit: unit(code),
            since: NOW,
            addresses: Vec::new(),
            certificate: String::new(),
            revoked: None,
        };
        let seats = [(county.node(), seat("990101")), (village.node(), seat("990101001001"))];
        machine.found(NOW, &units, &seats).unwrap().unwrap();
        let writer = Writer::new(village.signing().clone(), Epoch(1));
        let scope = Scope::Cases(unit("990101001001"));
        let log = LogId { scope, node: village.node(), epoch: Epoch(1) };
        let mut victim = Victim { machine, head: (1, genesis(&log)), log, writer, batches: 0 };
        victim.turn(Input::LinkUp { conn: CONN, node: village.node(), unit: unit("990101001001") });
        victim
    }

    /// One that has a case of the village, with the document as the village has it.
    fn with_a_case() -> (Victim, AutoCommit, NewCase) {
        let mut victim = Victim::new();
        let mut doc = victim.document();
        let new = case(1, "990101001001", "甲");
        Case::create(&mut doc, &new).unwrap();
        let change = last_change(&mut doc);
        victim.send(new.id, change);
        (victim, doc, new)
    }

    fn turn(&mut self, input: Input) -> Vec<Output> {
        let outputs = self.machine.turn(NOW, vec![input]).expect("no peer ends the process");
        while self.machine.follow(NOW).expect("no peer ends the process").0 {}
        outputs
    }

    /// A change of a document reaches the county, signed by the village and in its own scope.
    fn send(&mut self, doc: DocId, change: Vec<u8>) -> Vec<Output> {
        let (height, prev) = self.head;
        let link = next_link(&prev, &doc, &change);
        let signature = Some(self.writer.sign(&self.log, height, &link));
        let entry = Entry { log: self.log, height, doc, change: ChangeBytes::from(change), link, signature };
        let body = Body::group(&[entry], |_| prev).unwrap();
        self.head = (height + 1, link);
        self.batches += 1;
        let frame = Frame::open(&Frame::batch(self.batches, &body, Codec::HIGHEST).encode())
            .expect("well-formed and signed");
        assert!(matches!(frame, Opened::Batch { .. }));
        self.turn(Input::Frame { conn: CONN, frame })
    }

    fn document(&self) -> AutoCommit {
        AutoCommit::new().with_actor(ActorId::from(self.writer.actor().as_slice()))
    }

    fn ask(&mut self, command: Command) -> Value {
        let outputs = self.turn(Input::Command { ticket: 1, command });
        outputs
            .into_iter()
            .find_map(|output| match output {
                Output::Answer { answer, .. } => Some(answer.expect("it is allowed")),
                _ => None,
            })
            .expect("an answer")
    }

    fn every_case(&mut self) -> Value {
        let Ok(rows) = every_row(|after| Ok::<_, Infallible>(self.ask(Command::cases(after))));
        rows
    }
}

fn case(id: u8, unit_code: &str, name: &str) -> NewCase {
    let at = sanji_model::local::date(NOW);
    NewCase {
        id: DocId([id; 16]),
        number: CaseNumber::new(unit(unit_code), at, 1, u16::from(id)).unwrap(),
        unit: unit(unit_code),
        holder: unit(unit_code),
        parent: None,
        origin: None,
        guide: GuidePin {
            document: DocId([9; 16]),
            code: "x".into(),
            name: "事项".into(),
            version: 1,
            case_type: CaseType::Promised,
            materials_needed: false,
            terms: Terms::default(),
        },
        applicant: name.into(),
        id_kind: IdKind::Ric,
        id_number: "11010519491231002X".into(),
        fields: BTreeMap::new(),
        by: By {
            unit: unit(unit_code),
            node: String::new(),
            user: None,
            instead_of: None,
            role: Role::Agent,
        },
        event: format!("e{id}").parse().unwrap(),
        at: NOW,
    }
}

fn last_change(doc: &mut AutoCommit) -> Vec<u8> {
    doc.commit();
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn a_name_of_a_hundred_kilobytes_ends_nobody() {
    let mut victim = Victim::new();
    let mut doc = victim.document();
    Case::create(&mut doc, &case(1, "990101001001", &"长".repeat(100_000))).unwrap();
    let change = last_change(&mut doc);
    victim.send(DocId([1; 16]), change);
    let list = victim.every_case();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(victim.ask(Command::Verify)["bad"], serde_json::json!([]));
}

#[test]
fn an_event_is_attributed_to_the_unit_that_wrote_it() {
    let (mut victim, mut doc, new) = Victim::with_a_case();
    let claimed = Event {
        id: "claim".parse().unwrap(),
        by: By { unit: unit("990101"), node: String::new(), user: None, instead_of: None, role: Role::Clerk },
        seen: vec![new.event.clone()],
        fields: [("text".to_owned(), "县里已同意".to_owned())].into(),
        action: sanji_model::case::Action::NOTE,
        at: NOW,
    };
    Case::append(&mut doc, &claimed).unwrap();
    let change = last_change(&mut doc);
    victim.send(new.id, change);
    let shown = victim.ask(Command::CaseShow { number: new.number.to_string() });
    let event = shown["events"].as_array().unwrap().iter().find(|e| e["id"] == "claim").unwrap();
    assert_eq!(event["by"]["unit"], "990101001001", "the county did not write this");
    assert!(shown["flags"].as_array().unwrap().iter().any(|f| f == "over_authority"), "{shown}");
}

#[test]
fn what_the_county_said_of_a_case_cannot_be_written_over_nor_the_case_be_made_another() {
    let (mut victim, mut doc, new) = Victim::with_a_case();
    let fields = [("reason".to_owned(), "县里撤回".to_owned())].into();
    let number = new.number.to_string();
    victim.ask(Command::CaseAct { number: number.clone(), action: "withdraw".into(), fields, user: None });
    let shown = victim.ask(Command::CaseShow { number: number.clone() });
    // All that the county has, as a village would get it.
    let saved = chunks::get(victim.machine.store().kv(), &keys::document(&new.id)).unwrap().unwrap();
    doc.merge(&mut AutoCommit::load(&saved).unwrap()).unwrap();
    let said = |event: &Value| event["fields"]["reason"] == "县里撤回";
    let id = shown["events"].as_array().unwrap().iter().find(|e| said(e)).unwrap()["id"].as_str().unwrap();
    let of = |doc: &AutoCommit, key: &str| doc.get(ROOT, key).unwrap().unwrap().1;
    type Edit = Box<dyn Fn(&mut AutoCommit)>;
    let id = id.to_owned();
    let edits: [Edit; 5] = [
        Box::new({
            let id = id.clone();
            move |doc| doc.delete(of(doc, "events"), id.as_str()).unwrap()
        }),
        Box::new(move |doc| doc.put(of(doc, "events"), id.as_str(), "{}").unwrap()),
        Box::new(|doc| drop(doc.put_object(ROOT, "events", automerge::ObjType::Map).unwrap())),
        Box::new(|doc| doc.put(ROOT, "kind", "complaint").unwrap()),
        Box::new(move |doc| doc.put(of(doc, "applicant"), "name", "乙").unwrap()),
    ];
    for edit in edits {
        let mut forged = doc.fork().with_actor(ActorId::from(victim.writer.actor().as_slice()));
        edit(&mut forged);
        let change = last_change(&mut forged);
        victim.send(new.id, change);
        let after = victim.ask(Command::CaseShow { number: number.clone() });
        for key in ["state", "applicant", "events", "flags"] {
            assert_eq!(after[key], shown[key], "{key}");
        }
    }
    assert_eq!(victim.ask(Command::Status)["quarantined"], 5, "and is told of");
}

#[test]
fn a_document_that_says_it_is_another_units_case_is_not_shown_as_one() {
    let mut victim = Victim::new();
    let mut doc = victim.document();
    Case::create(&mut doc, &case(1, "990101001", "甲")).unwrap();
    let change = last_change(&mut doc);
    victim.send(DocId([1; 16]), change);
    let list = victim.every_case();
    assert_eq!(list, serde_json::json!([]));
}

#[test]
fn a_change_that_does_not_apply_is_set_aside_and_the_log_goes_on() {
    let mut victim = Victim::new();
    let mut doc = victim.document();
    doc.put(ROOT, "kind", "nonsense").unwrap();
    let first = last_change(&mut doc);
    doc.put(ROOT, "kind", "more").unwrap();
    let second = last_change(&mut doc);
    // The second without the first: its dependency is missing.
    victim.send(DocId([3; 16]), second);
    let mut good = victim.document();
    let new = case(4, "990101001001", "乙");
    Case::create(&mut good, &new).unwrap();
    let change = last_change(&mut good);
    victim.send(new.id, change);
    assert_eq!(victim.ask(Command::Status)["quarantined"], 1);
    assert_eq!(victim.ask(Command::CaseShow { number: new.number.to_string() })["applicant"], "乙");
    victim.send(DocId([3; 16]), first);
    assert_eq!(victim.ask(Command::Status)["quarantined"], 0, "what it stands on has come");
    assert_eq!(victim.ask(Command::Verify)["bad"], serde_json::json!([]));
}

#[test]
fn what_the_county_wrote_upon_an_event_that_a_revocation_cuts_off_is_written_anew() {
    let (mut victim, mut doc, new) = Victim::with_a_case();
    let event = |id: &str, seen: &str| Event {
        id: id.parse().unwrap(),
        by: By {
            unit: unit("990101001001"),
            node: String::new(),
            user: None,
            instead_of: None,
            role: Role::Agent,
        },
        seen: vec![seen.parse().unwrap()],
        fields: [("text".to_owned(), "村里备注".to_owned())].into(),
        action: sanji_model::case::Action::NOTE,
        at: NOW,
    };
    Case::append(&mut doc, &event("cut-off", new.event.as_str())).unwrap();
    let change = last_change(&mut doc);
    victim.send(new.id, change);
    let number = new.number.to_string();
    let fields = [("reason".to_owned(), "县里撤回".to_owned())].into();
    victim.ask(Command::CaseAct { number: number.clone(), action: "withdraw".into(), fields, user: None });

    let cut = Cut::at(&victim.log, 1, None);
    let mut seat = victim.machine.directory().nodes[&victim.log.node].clone();
    seat.revoked = Some(vec![cut]);
    victim.machine.found(NOW, &[], &[(victim.log.node, seat)]).unwrap().unwrap();
    let shown = victim.ask(Command::CaseShow { number: number.clone() });
    let events = shown["events"].as_array().unwrap();
    assert!(events.iter().any(|e| e["fields"]["reason"] == "县里撤回"), "the county's word stays: {shown}");
    assert!(events.iter().all(|e| e["id"] != "cut-off"), "the village's is cut off: {shown}");
    assert_eq!(victim.machine.hub().epoch(), Epoch(2));
    assert_eq!(victim.ask(Command::Status)["quarantined"], 0);
    assert_eq!(victim.ask(Command::Verify)["bad"], serde_json::json!([]));
}

#[test]
fn a_change_that_saves_but_never_loads_again_is_set_aside_before_it_spoils_its_document() {
    let mut victim = Victim::new();
    let mut doc = victim.document();
    let new = case(1, "990101001001", "甲");
    Case::create(&mut doc, &new).unwrap();
    let created = last_change(&mut doc);
    victim.send(new.id, created.clone());
    // Found by the fuzz target: a value's length says 0 and its bytes stay, so that automerge, which takes it, writes
    // another change when it loads the saved document, and refuses its own document for that.
    let mut plain = victim.document();
    plain.put(ROOT, "kind", "case").unwrap();
    let good = last_change(&mut plain);
    let spoilt = sanji_tests::fuzz::repaired(&replaced(&good, b"\x7f\x46", b"\x7f\x00"));
    assert!(automerge::Change::from_bytes(spoilt.clone()).is_ok());
    let mut swallowed = AutoCommit::new();
    swallowed.apply_changes([automerge::Change::from_bytes(spoilt.clone()).unwrap()]).unwrap();
    assert!(AutoCommit::load(&swallowed.save()).is_err(), "automerge has mended it: this guard can go");
    victim.send(DocId([7; 16]), spoilt);

    Case::append(
        &mut doc,
        &Event {
            id: "later".parse().unwrap(),
            by: By {
                unit: unit("990101001001"),
                node: String::new(),
                user: None,
                instead_of: None,
                role: Role::Agent,
            },
            seen: vec![new.event.clone()],
            fields: [("text".to_owned(), "补充".to_owned())].into(),
            action: sanji_model::case::Action::NOTE,
            at: NOW,
        },
    )
    .unwrap();
    let change = last_change(&mut doc);
    victim.send(new.id, change);
    assert_eq!(victim.ask(Command::Status)["quarantined"], 1);
    let shown = victim.ask(Command::CaseShow { number: new.number.to_string() });
    assert_eq!(shown["events"].as_array().unwrap().len(), 2, "{shown}");
}

#[test]
fn a_change_with_a_good_head_and_nonsense_behind_it_is_set_aside() {
    let mut victim = Victim::new();
    let mut plain = victim.document();
    plain.put(ROOT, "kind", "case").unwrap();
    let good = last_change(&mut plain);
    // An action of no meaning, a key cut short, columns that claim more than is there.
    let end = good.len() - 1;
    let spoilt = [
        good[..end].to_vec(),
        replaced(&good, b"kind", b"ki\xff\xff"),
        replaced(&good, b"\x7f\x46", b"\x7f\x7f"),
    ];
    for (n, change) in spoilt.into_iter().enumerate() {
        victim.send(DocId([n as u8 + 1; 16]), sanji_tests::fuzz::repaired(&change));
    }
    assert_eq!(victim.ask(Command::Status)["quarantined"], 3);
    let new = case(9, "990101001001", "乙");
    let mut doc = victim.document();
    Case::create(&mut doc, &new).unwrap();
    let change = last_change(&mut doc);
    victim.send(new.id, change);
    assert_eq!(victim.ask(Command::CaseShow { number: new.number.to_string() })["applicant"], "乙");
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn a_document_belongs_to_one_scope_whoever_names_it() {
    let mut victim = Victim::new();
    let before = victim.ask(Command::OrgList);
    // The village knows the directory document's id and writes into it under cover of its own cases.
    let mut doc = victim.document();
    let seat = NodeEntry {
        unit: unit("990101"),
        since: NOW,
        addresses: Vec::new(),
        certificate: String::new(),
        revoked: None,
    };
    let thief = NodeKey::from_seed([66; 32]).node();
    sanji_model::directory::put_node(&mut doc, &thief, &seat).unwrap();
    let change = last_change(&mut doc);
    victim.send(sanji_model::directory::DOCUMENT, change);
    // And into a guide draft of the county.
    let guide = include_str!("../src/sim/guide.jsonl").to_owned();
    let imported = victim.ask(Command::GuideImport { text: guide, file: "guide.jsonl".into(), user: None });
    let draft: DocId = imported["guides"][0]["id"].as_str().unwrap().parse().unwrap();
    let mut doc = victim.document();
    doc.put(ROOT, "name", "假指南").unwrap();
    let change = last_change(&mut doc);
    victim.send(draft, change);

    assert_eq!(victim.ask(Command::OrgList), before);
    let guides = victim.ask(Command::GuideList);
    assert_eq!(guides[0]["name"], "模拟事项");
    assert_eq!(victim.ask(Command::Status)["quarantined"], 2);
    // A real change of the directory afterwards does not bring it in.
    let csv = "code,name,tier,parent_code\n990101,990101,county,\n990101002,新镇,town,990101\n";
    victim.ask(Command::OrgImport { text: csv.into(), file: "units.csv".into() });
    let listed = victim.ask(Command::OrgList).to_string();
    assert!(listed.contains("新镇") && !listed.contains(&thief.to_string()), "{listed}");
}

#[test]
fn five_publications_in_one_turn_are_five_versions() {
    let mut victim = Victim::new();
    let guide = include_str!("../src/sim/guide.jsonl").to_owned();
    victim.ask(Command::GuideImport { text: guide, file: "guide.jsonl".into(), user: None });
    // The same content is another version for another day only.
    let publish = |ticket| Input::Command {
        ticket,
        command: Command::GuidePublish {
            id: "模拟事项".into(),
            effective: Some(format!("2031-01-0{ticket}")),
        },
    };
    let outputs = victim.machine.turn(NOW, (1..=5).map(publish).collect()).unwrap();
    let mut versions: Vec<u64> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Answer { answer: Ok(answer), .. } => answer["version"].as_u64(),
            _ => None,
        })
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
}

#[test]
fn a_clock_that_jumps_ahead_and_back_gives_no_number_twice() {
    let mut victim = Victim::new();
    let guide = include_str!("../src/sim/guide.jsonl").to_owned();
    victim.ask(Command::GuideImport { text: guide, file: "guide.jsonl".into(), user: None });
    victim.ask(Command::GuidePublish { id: "模拟事项".into(), effective: None });
    let mut numbers = std::collections::BTreeSet::new();
    let day = 24 * 3_600_000;
    for now in [NOW, NOW, NOW.plus_ms(day), NOW, NOW.plus_ms(365 * day), NOW, NOW.plus_ms(day)] {
        let command = Command::CaseRegister {
            guide: "模拟事项".into(),
            applicant: "甲".into(),
            id_number: "11010519491231002X".into(),
            fields: BTreeMap::new(),
            user: None,
        };
        let outputs = victim.machine.turn(now, vec![Input::Command { ticket: 1, command }]).unwrap();
        for output in outputs {
            if let Output::Answer { answer, .. } = output {
                let number = answer.expect("allowed")["number"].as_str().unwrap().to_owned();
                assert!(numbers.insert(number.clone()), "{number} was given twice");
            }
        }
    }
    assert_eq!(numbers.len(), 7);
}

#[test]
fn a_refused_change_takes_back_itself_and_nothing_else() {
    let mut victim = Victim::new();
    let head = "code,name,tier,parent_code\n990101,990101,county,\n";
    let town = |n: u32| format!("{head}9901010{n},镇{n},town,990101\n");
    // One change with all of these is longer than a node may send.
    let many: String = (100..999).map(|n| format!("990101{n},{},town,990101\n", "长".repeat(99))).collect();
    let huge = format!("{head}{many}{}", {
        let village = |n: u32| format!("990101001{n:03},{},village,990101001\n", "村".repeat(99));
        (2..999).map(village).collect::<String>()
    });
    let import = |ticket, text: String| Input::Command {
        ticket,
        command: Command::OrgImport { text, file: "units.csv".into() },
    };
    let inputs = vec![import(1, town(11)), import(2, huge), import(3, town(12))];
    let outputs = victim.machine.turn(NOW, inputs).unwrap();
    let answers: Vec<Option<String>> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Answer { answer, .. } => {
                use sanji_model::lang::Say;
                Some(answer.as_ref().err().map(|refusal| refusal.code().to_owned()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(answers, [None, Some("CHANGE_TOO_LARGE".to_owned()), None]);
    let listed = victim.ask(Command::OrgList);
    assert_eq!(listed.as_array().unwrap().len(), 5, "three from the beginning and two towns");
    assert_eq!(victim.ask(Command::Verify)["bad"], serde_json::json!([]));
}

#[test]
fn what_is_left_out_of_a_document_does_not_depend_on_the_order_of_arrival() {
    let (id, villages) = (DocId([1; 16]), [[1u8; 16], [2u8; 16]]);
    let mut doc = AutoCommit::new().with_actor(ActorId::from(villages[0]));
    Case::create(&mut doc, &case(1, "990101001001", "甲")).unwrap();
    let registered = last_change(&mut doc);
    let mut forged = doc.fork().with_actor(ActorId::from(villages[1]));
    let events = forged.get(ROOT, "events").unwrap().unwrap().1;
    forged.delete(&events, "e1").unwrap();
    let deleted = last_change(&mut forged);
    // The same without saying what it stands on.
    let mut alone = automerge::Change::from_bytes(deleted.clone()).unwrap().decode();
    alone.deps.clear();
    let alone = automerge::Change::from(alone).raw_bytes().to_vec();
    doc.put(&events, "e2", "{}").unwrap();
    let added = last_change(&mut doc);
    let all = [registered, deleted, alone, added];
    let log = Victim::new().log;
    let entry = |n: &usize| Entry {
        log,
        height: 1,
        doc: id,
        change: ChangeBytes::from(all[*n].clone()),
        link: genesis(&log),
        signature: None,
    };
    for order in [[0, 1, 2, 3], [1, 0, 3, 2], [2, 1, 0, 3], [3, 2, 1, 0]] {
        for together in [true, false] {
            let (kv, mut documents) = (MemoryKv::new(), Documents::new(1));
            let entries: Vec<Entry> = order.iter().map(entry).collect();
            let entries: Vec<&Entry> = entries.iter().collect();
            let mut left: Vec<&Entry> = Vec::new();
            for some in entries.chunks(if together { 4 } else { 1 }) {
                // What waits is tried again with what comes.
                let tried = [&left[..], some].concat();
                let aside = documents.apply(&kv, &id, &tried).unwrap();
                left = aside.iter().map(|one| tried[one.entry]).collect();
                let mut batch = Batch::new();
                documents.save(&kv, &id, &mut batch).unwrap();
                kv.apply(batch).unwrap();
            }
            let doc = documents.load(&kv, &id).unwrap().unwrap();
            let kept: Vec<String> = doc.keys(&events).collect();
            assert_eq!(kept, ["e1", "e2"], "{order:?} {together}");
            assert_eq!(left.len(), 2, "{order:?} {together}");
        }
    }
}
