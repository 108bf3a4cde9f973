//! Made-up cases by the real model, as signed entries that real nodes could have written: for benchmarks.
//!
//! Everything comes from a seed. Knows no node and no link; [`preload`] puts entries into a stopped node's store.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use automerge::AutoCommit;
use automerge::transaction::CommitOptions;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sanji_model::case::{Action, By, Case, CaseType, Event, EventId, GuidePin, NewCase, Role, Terms};
use sanji_model::identity::IdKind;
use sanji_model::number::CaseNumber;
use sanji_node::data::DataDir;
use sanji_node::trust::NodeKey;
use sanji_sync::ids::actor;
use sanji_sync::log::{ChangeBytes, genesis, next_link};
use sanji_sync::{DocId, Entry, Epoch, Link, LogId, Scope, Time, UnitCode, Writer};

/// The first case of every load is filed then.
const BEGIN: u64 = 1_790_000_000_000;
/// Between two cases of a unit, milliseconds.
const EVERY: u64 = 97_000;
/// Entries of one journal record that [`preload`] writes: a few turns' worth.
const RECORD_ENTRIES: usize = 16;

/// Who writes.
pub struct Desk {
    pub unit: UnitCode,
    pub key: NodeKey,
    pub role: Role,
}

/// A change with when it was made and by which desk.
pub struct Made {
    pub doc: DocId,
    pub at: u64,
    pub desk: usize,
    pub change: Vec<u8>,
}

/// The changes of case number `n` of the first desk's unit: it registers, receives and notes; the other desks go on.
pub fn case(seed: u64, n: u64, changes: usize, desks: &[Desk]) -> Vec<Made> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut at = BEGIN + n * EVERY + rng.next_u64() % EVERY;
    let uuid = |at: u64, rng: &mut ChaCha8Rng| {
        let mut random = [0; 10];
        rng.fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(at, &random).into_uuid()
    };
    let id = DocId(*uuid(at, &mut rng).as_bytes());
    let mut doc = AutoCommit::new();
    let mut made = Vec::with_capacity(changes);
    let mut seen: Vec<EventId> = Vec::new();
    for step in 0..changes {
        let desk = if step < 3.min(changes.div_ceil(2)) { 0 } else { step % desks.len() };
        let by = By {
            unit: desks[desk].unit,
            node: desks[desk].key.node().short(),
            user: None,
            instead_of: None,
            role: desks[desk].role,
        };
        let event: EventId = uuid(at, &mut rng).to_string().parse().expect("a UUID names an event");
        doc.set_actor(actor(&desks[desk].key.node(), Epoch(1)).as_slice().into());
        if step == 0 {
            let new = NewCase {
                id,
                number: number(desks[0].unit, n, at),
                unit: desks[0].unit,
                holder: desks[0].unit,
                parent: None,
                origin: None,
                guide: guide(),
                applicant: name(&mut rng),
                id_kind: IdKind::Ric,
                id_number: format!("11010519{:09}X", 491_231_002 + rng.next_u32() % 400_000_000),
                fields: answers(&mut rng),
                by,
                event: event.clone(),
                at: Time(at),
            };
            Case::create(&mut doc, &new).expect("a new case is written");
        } else {
            let (action, fields) = match step {
                1 => ("receive", BTreeMap::from([("materials".to_owned(), "申请表".to_owned())])),
                _ => ("note", BTreeMap::from([("text".to_owned(), note(&mut rng))])),
            };
            let event = Event {
                id: event.clone(),
                at: Time(at),
                action: Action::parse(action),
                by,
                seen: std::mem::take(&mut seen),
                fields,
            };
            Case::append(&mut doc, &event).expect("an event is written");
        }
        seen = vec![event];
        doc.commit_with(CommitOptions::default().with_time((at / 1_000) as i64));
        let change = doc.get_last_local_change().expect("something changed").raw_bytes().to_vec();
        made.push(Made { doc: id, at, desk, change });
        at += 600_000 + rng.next_u64() % 40_000_000;
    }
    made
}

/// These cases, in the order in which their changes came about: those of one case lie scattered.
pub fn cases(seed: u64, cases: Range<u64>, changes: usize, desks: &[Desk]) -> Vec<Made> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let cases = &cases;
    let part = move |t: u64| {
        let mine = (cases.start + t..cases.end).step_by(threads as usize);
        mine.flat_map(|n| case(seed, n, changes, desks)).collect::<Vec<_>>()
    };
    let mut made: Vec<Made> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|t| scope.spawn(move || part(t))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    made.sort_by_key(|made| (made.at, made.doc));
    made
}

/// Signs what was made into logs, on and on.
pub struct Pen {
    writers: Vec<Writer>,
    heads: BTreeMap<LogId, (u64, Link)>,
}

impl Pen {
    pub fn new(desks: &[Desk]) -> Pen {
        let writers = desks.iter().map(|desk| Writer::new(desk.key.signing().clone(), Epoch(1))).collect();
        Pen { writers, heads: BTreeMap::new() }
    }

    /// The next entry of the desk's log of `scope`.
    pub fn sign(&mut self, scope: Scope, made: Made) -> Entry {
        let writer = &self.writers[made.desk];
        let log = LogId { scope, node: writer.node(), epoch: writer.epoch };
        let (height, link) = self.heads.entry(log).or_insert_with(|| (0, genesis(&log)));
        *link = next_link(link, &made.doc, &made.change);
        *height += 1;
        let signature = Some(writer.sign(&log, *height, link));
        Entry {
            log,
            height: *height,
            doc: made.doc,
            change: ChangeBytes::from(made.change),
            link: *link,
            signature,
        }
    }
}

/// Puts entries into the store of a stopped node, with documents and rows.
pub fn preload(data: &Path, parts: impl IntoIterator<Item = Vec<Entry>>) {
    let data = DataDir::open(data).expect("the node is stopped");
    let settings = data.settings().expect("its settings");
    let (mut store, _) = data.store(&settings, &mut |_| {}).expect("its store opens");
    for part in parts {
        for turn in part.chunks(RECORD_ENTRIES) {
            let turn = turn.iter().map(|entry| vec![entry.clone()]).collect();
            store.commit(turn, Vec::new()).expect("stored");
        }
        while store.is_behind() {
            store.drain(usize::MAX).expect("brought up to date");
        }
    }
    store.close().expect("a clean stop");
}

/// The desk of a stopped node.
pub fn desk(data: &Path, role: Role) -> Desk {
    let identity = DataDir::open(data).and_then(|data| data.identity()).expect("it was enrolled");
    Desk { unit: identity.unit(), key: identity.key().clone(), role }
}

fn number(unit: UnitCode, n: u64, at: u64) -> CaseNumber {
    let date = sanji_model::local::date(Time(at));
    CaseNumber::new(unit, date, (n / 9_999 % 100) as u8, (n % 9_999) as u16 + 1).expect("a number")
}

fn guide() -> GuidePin {
    GuidePin {
        document: DocId([7; 16]),
        code: "000114001000".into(),
        name: "城乡居民基本养老保险参保登记".into(),
        version: 3,
        case_type: CaseType::Promised,
        materials_needed: true,
        terms: Terms::default(),
    }
}

fn pick<'a>(rng: &mut ChaCha8Rng, of: &[&'a str]) -> &'a str {
    of[rng.next_u32() as usize % of.len()]
}

fn name(rng: &mut ChaCha8Rng) -> String {
    let surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "马", "丁"];
    let given =
        ["秀", "英", "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "勇", "军", "杰", "涛", "玉"];
    format!("{}{}{}", pick(rng, &surnames), pick(rng, &given), pick(rng, &given))
}

fn answers(rng: &mut ChaCha8Rng) -> BTreeMap<String, String> {
    let phone = format!("13{:09}", rng.next_u32() % 1_000_000_000);
    let address =
        format!("{}{}号", pick(rng, &["东队", "西队", "南街", "北街", "渠口", "河滩"]), rng.next_u32() % 400);
    BTreeMap::from([
        ("applicant.phone".to_owned(), phone),
        ("applicant.address".to_owned(), address),
        ("缴费档次".to_owned(), format!("{}元", (rng.next_u32() % 30 + 1) * 100)),
    ])
}

fn note(rng: &mut ChaCha8Rng) -> String {
    let what = ["已电话告知", "材料已核对", "申请人来访", "待补充户口簿复印件", "已转交经办", "复核无误"];
    let then = ["，请三日内回复", "，等待结果", "", "，已登记台账", "，另行通知"];
    format!("{}{}（{}）", pick(rng, &what), pick(rng, &then), rng.next_u32() % 100_000)
}
